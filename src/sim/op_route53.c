/* SPDX-License-Identifier: Apache-2.0 */
/* Route 53 (API reference 2013-04-01): zones and their records. */
#include "sim/call.h"

#include "base/mem.h"
#include "base/text.h"

static json_t *describe_zone(const json_t *zone)
{
    json_t *shown =
        json_pack("{s:s, s:O, s:s, s:{s:O, s:b}}", "Id", "", "Name", json_object_get(zone, "Name"),
                  "CallerReference", "hpcwiz-sim", "Config", "Comment",
                  json_object_get(zone, "comment"), "PrivateZone", 1);
    sim_put(shown, "Id", "/hostedzone/%s", sim_text(zone, "Id"));
    sim_put_int(shown, "ResourceRecordSetCount",
                (int64_t)json_array_size(json_object_get(zone, "_records")));
    return shown;
}

static json_t *need_zone(struct sim_call *call)
{
    json_t *zone = sim_find(sim_cloud_list(call->cloud, "hosted_zones"), "Id", call->tail);
    if (!zone)
        sim_refuse(call, 404, "NoSuchHostedZone", "No hosted zone found with ID: %s", call->tail);
    return zone;
}

static void list_by_vpc(struct sim_call *call)
{
    static const struct sim_page page = {
        "HostedZoneSummaries/HostedZoneSummary", "maxitems", "nexttoken", "NextToken", 1, 100};
    const char *vpc = sim_text(call->in, "vpcid"), *region = sim_text(call->in, "vpcregion");
    if (!sim_find(sim_cloud_list(call->cloud, "vpcs"), "vpcId", vpc) ||
        strcmp(region, sim_cloud_region(call->cloud)) != 0) {
        sim_refuse(call, 400, "InvalidVPCId",
                   "The VPC: %s in region: %s you provided is not "
                   "authorized to make the association.",
                   vpc, region);
        return;
    }
    json_t *list = json_array();
    size_t i;
    json_t *zone;
    json_array_foreach(sim_cloud_list(call->cloud, "hosted_zones"), i, zone)
    {
        if (!sim_has(json_object_get(zone, "vpcs"), vpc))
            continue;
        json_array_append_new(list, json_pack("{s:O, s:O, s:{s:s}}", "HostedZoneId",
                                              json_object_get(zone, "Id"), "Name",
                                              json_object_get(zone, "Name"), "Owner",
                                              "OwningAccount", sim_cloud_account(call->cloud)));
    }
    if (sim_page(call, list, &page))
        sim_put(call->out, "MaxItems", "%s",
                *sim_text(call->in, "maxitems") ? sim_text(call->in, "maxitems") : "100");
}

static void list_zones(struct sim_call *call)
{
    static const struct sim_page page = {
        "HostedZones/HostedZone", "maxitems", "marker", "NextMarker", 100, 100};
    json_t *list = json_array();
    size_t i;
    json_t *zone;
    json_array_foreach(sim_cloud_list(call->cloud, "hosted_zones"), i, zone)
    {
        json_array_append_new(list, describe_zone(zone));
    }
    if (!sim_page(call, list, &page))
        return;
    sim_put_bool(call->out, "IsTruncated", *sim_text(call->out, "NextMarker") != '\0');
    sim_put(call->out, "MaxItems", "100");
}

static void get_zone(struct sim_call *call)
{
    json_t *zone = need_zone(call);
    if (!zone)
        return;
    json_object_set_new(call->out, "HostedZone", describe_zone(zone));
    json_t *vpcs = sim_list(call->out, "VPCs/VPC");
    size_t i;
    json_t *vpc;
    json_array_foreach(json_object_get(zone, "vpcs"), i, vpc)
    {
        json_array_append_new(vpcs, json_pack("{s:s, s:O}", "VPCRegion",
                                              sim_cloud_region(call->cloud), "VPCId", vpc));
    }
}

/* Records are in the order of their names and types; the next page begins at NextRecordName. */
static void list_records(struct sim_call *call)
{
    json_t *zone = need_zone(call);
    if (!zone)
        return;
    const char *from = sim_text(call->in, "name"), *type = sim_text(call->in, "type");
    int64_t most = sim_int(call->in, "maxitems");
    most = most > 0 && most < 300 ? most : 300;
    json_t *shown = sim_list(call->out, "ResourceRecordSets/ResourceRecordSet");
    bool more = false;
    size_t i;
    json_t *record;
    json_array_foreach(json_object_get(zone, "_records"), i, record)
    {
        const char *name = sim_text(record, "Name");
        bool before = strcmp(name, from) < 0 ||
                      (strcmp(name, from) == 0 && strcmp(sim_text(record, "Type"), type) < 0);
        if (*from && before)
            continue;
        if ((int64_t)json_array_size(shown) == most) {
            sim_put(call->out, "NextRecordName", "%s", name);
            sim_put(call->out, "NextRecordType", "%s", sim_text(record, "Type"));
            more = true;
            break;
        }
        json_array_append(shown, record);
    }
    sim_put_bool(call->out, "IsTruncated", more);
    sim_put_int(call->out, "MaxItems", most);
}

static const struct sim_op OPERATIONS[] = {
    {"ListHostedZonesByVPC", "GET /2013-04-01/hostedzonesbyvpc", list_by_vpc, NULL},
    {"ListHostedZones", "GET /2013-04-01/hostedzone", list_zones, NULL},
    {"GetHostedZone", "GET /2013-04-01/hostedzone/*", get_zone, NULL},
    {"ListResourceRecordSets", "GET /2013-04-01/hostedzone/*/rrset", list_records, NULL},
    {NULL, NULL, NULL, NULL},
};

const struct sim_service sim_route53 = {
    "route53", SIM_REST, "https://route53.amazonaws.com/doc/2013-04-01/", OPERATIONS, NULL};
