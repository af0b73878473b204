/* SPDX-License-Identifier: Apache-2.0 */
/* EC2's Describe operations: each is a row of what it lists, how its items are named in the
 * request, and which filters it takes (EC2 API reference, "Request Parameters"). */
#include "sim/op_ec2.h"

#include "base/mem.h"
#include "base/text.h"

struct filter {
    const char *name, *path;
};

struct listing {
    const char *collection, *set;
    const char *id_param, *id_key;
    const char *missing; /* error for an id that does not exist, before ".NotFound" */
    const char *noun;
    size_t normal, most;          /* page sizes; 0: not paged */
    const struct filter *filters; /* ends with a row of NULLs */
};

#define FILTERS(...)                                                                               \
    (const struct filter[])                                                                        \
    {                                                                                              \
        __VA_ARGS__,                                                                               \
        {                                                                                          \
            NULL, NULL                                                                             \
        }                                                                                          \
    }

static bool known_filter(const struct listing *listing, const char *name, const char **path)
{
    for (const struct filter *filter = listing->filters; filter->name; filter++) {
        if (strcmp(filter->name, name) == 0) {
            *path = filter->path;
            return true;
        }
    }
    *path = NULL;
    return hw_text_starts(name, "tag:") || strcmp(name, "tag-key") == 0;
}

static bool tag_matches(const json_t *item, const char *name, const json_t *values)
{
    const json_t *tags = json_object_get(item, "tagSet");
    if (strcmp(name, "tag-key") == 0)
        return sim_match(tags, "key", values);
    json_t *tag = sim_find(tags, "key", name + strlen("tag:"));
    return tag && sim_match(tag, "value", values);
}

static bool passes(const struct listing *listing, const json_t *item, const json_t *filters)
{
    size_t i;
    json_t *filter;
    json_array_foreach(filters, i, filter)
    {
        const char *name = sim_text(filter, "Name"), *path;
        const json_t *values = json_object_get(filter, "Value");
        known_filter(listing, name, &path);
        if (path ? !sim_match(item, path, values) : !tag_matches(item, name, values))
            return false;
    }
    return true;
}

static bool check_filters(struct sim_call *call, const struct listing *listing)
{
    size_t i;
    json_t *filter;
    json_array_foreach(json_object_get(call->in, "Filter"), i, filter)
    {
        const char *path, *name = sim_text(filter, "Name");
        if (!known_filter(listing, name, &path))
            return sim_refuse(call, 400, "InvalidParameterValue", "The filter '%s' is invalid",
                              name);
    }
    return true;
}

static bool check_ids(struct sim_call *call, const struct listing *listing, const json_t *ids)
{
    size_t i;
    json_t *id;
    bool home = strcmp(call->region, sim_cloud_region(call->cloud)) == 0;
    json_array_foreach(ids, i, id)
    {
        const char *text = json_string_value(id);
        const json_t *list = home ? sim_cloud_list(call->cloud, listing->collection) : NULL;
        if (!text || !sim_find(list, listing->id_key, text)) {
            hw_auto_text code = hw_format("%s.NotFound", listing->missing);
            return sim_refuse(call, 400, code, "The %s '%s' does not exist", listing->noun,
                              text ? text : "");
        }
    }
    return true;
}

/* A new array of what the request asks for; NULL: refused. */
static json_t *choose(struct sim_call *call, const struct listing *listing)
{
    const json_t *ids = listing->id_param ? json_object_get(call->in, listing->id_param) : NULL;
    if (!check_filters(call, listing) || !check_ids(call, listing, ids))
        return NULL;
    json_t *chosen = json_array();
    if (strcmp(call->region, sim_cloud_region(call->cloud)) != 0)
        return chosen;
    size_t i;
    json_t *item;
    json_array_foreach(sim_cloud_list(call->cloud, listing->collection), i, item)
    {
        if ((!ids || sim_has(ids, sim_text(item, listing->id_key))) &&
            passes(listing, item, json_object_get(call->in, "Filter")))
            json_array_append(chosen, item);
    }
    return chosen;
}

static void reply(struct sim_call *call, const struct listing *listing, json_t *chosen)
{
    size_t all = json_array_size(chosen) + 1;
    struct sim_page page = {listing->set,
                            "MaxResults",
                            "NextToken",
                            "nextToken",
                            listing->normal ? listing->normal : all,
                            listing->normal ? listing->most : all};
    sim_page(call, chosen, &page);
}

static void list(struct sim_call *call)
{
    json_t *chosen = choose(call, call->row);
    if (chosen)
        reply(call, call->row, chosen);
}

/* Owner.N: self, amazon, or account numbers. */
static bool owned(const struct sim_call *call, const json_t *image, const json_t *owners)
{
    const char *owner = sim_text(image, "imageOwnerId");
    bool own = strcmp(owner, sim_cloud_account(call->cloud)) == 0;
    return !owners || sim_has(owners, owner) || (own && sim_has(owners, "self")) ||
           (!own && sim_has(owners, sim_text(image, "imageOwnerAlias")));
}

static void list_images(struct sim_call *call)
{
    json_t *chosen = choose(call, call->row), *kept = json_array();
    size_t i;
    json_t *image;
    json_array_foreach(chosen, i, image)
    {
        if (owned(call, image, json_object_get(call->in, "Owner")))
            json_array_append(kept, image);
    }
    if (chosen)
        reply(call, call->row, kept);
    else
        json_decref(kept);
    json_decref(chosen);
}

static void list_regions(struct sim_call *call)
{
    bool all = sim_bool(call->in, "AllRegions");
    const json_t *names = json_object_get(call->in, "RegionName");
    const struct listing *listing = call->row;
    if (!check_filters(call, listing))
        return;
    json_t *set = sim_list(call->out, listing->set);
    size_t i;
    json_t *region;
    json_array_foreach(sim_cloud_list(call->cloud, "regions"), i, region)
    {
        if ((all || !sim_is(region, "optInStatus", "not-opted-in")) &&
            (!names || sim_has(names, sim_text(region, "regionName"))) &&
            passes(listing, region, json_object_get(call->in, "Filter")))
            json_array_append(set, region);
    }
}

static void list_offerings(struct sim_call *call)
{
    json_t *chosen = choose(call, call->row);
    if (!chosen)
        return;
    if (sim_is(call->in, "LocationType", "availability-zone")) {
        reply(call, call->row, chosen);
        return;
    }
    json_t *regional = json_array();
    size_t i;
    json_t *offering;
    json_array_foreach(chosen, i, offering)
    {
        const char *type = sim_text(offering, "instanceType");
        if (!sim_find(regional, "instanceType", type))
            json_array_append_new(regional,
                                  json_pack("{s:s, s:s, s:s}", "instanceType", type, "locationType",
                                            "region", "location", call->region));
    }
    json_decref(chosen);
    reply(call, call->row, regional);
}

/* Each instance stands in a reservation of its own. */
static void list_instances(struct sim_call *call)
{
    json_t *chosen = choose(call, call->row), *reservations = json_array();
    size_t i;
    json_t *instance;
    json_array_foreach(chosen, i, instance)
    {
        json_array_append_new(reservations, json_pack("{s:O, s:s, s:[], s:[O]}", "reservationId",
                                                      json_object_get(instance, "_reservation"),
                                                      "ownerId", sim_cloud_account(call->cloud),
                                                      "groupSet", "instancesSet", instance));
    }
    if (chosen)
        reply(call, call->row, reservations);
    else
        json_decref(reservations);
    json_decref(chosen);
}

static void list_statuses(struct sim_call *call)
{
    json_t *chosen = choose(call, call->row), *statuses = json_array();
    bool all = sim_bool(call->in, "IncludeAllInstances");
    size_t i;
    json_t *instance;
    json_array_foreach(chosen, i, instance)
    {
        json_t *state = json_object_get(instance, "instanceState");
        bool running = sim_is(state, "name", "running");
        if (!running && !all)
            continue;
        const char *status = running ? "ok" : "not-applicable";
        json_array_append_new(
            statuses,
            json_pack("{s:O, s:O, s:O, s:{s:s}, s:{s:s}}", "instanceId",
                      json_object_get(instance, "instanceId"), "availabilityZone",
                      json_object_get(json_object_get(instance, "placement"), "availabilityZone"),
                      "instanceState", state, "systemStatus", "status", status, "instanceStatus",
                      "status", status));
    }
    if (chosen)
        reply(call, call->row, statuses);
    else
        json_decref(statuses);
    json_decref(chosen);
}

static void list_tags(struct sim_call *call)
{
    static const struct {
        const char *collection, *id, *type;
    } TAGGED[] = {
        {"vpcs", "vpcId", "vpc"},
        {"subnets", "subnetId", "subnet"},
        {"groups", "groupId", "security-group"},
        {"images", "imageId", "image"},
        {"instances", "instanceId", "instance"},
        {"interfaces", "networkInterfaceId", "network-interface"},
        {"volumes", "volumeId", "volume"},
    };
    if (!check_filters(call, call->row))
        return;
    json_t *found = json_array();
    for (size_t t = 0; t < HW_COUNT(TAGGED); t++) {
        size_t i, k;
        json_t *item, *tag;
        json_array_foreach(sim_cloud_list(call->cloud, TAGGED[t].collection), i, item)
        {
            json_array_foreach(json_object_get(item, "tagSet"), k, tag)
            {
                json_t *row =
                    json_pack("{s:s, s:s, s:O, s:O}", "resourceId", sim_text(item, TAGGED[t].id),
                              "resourceType", TAGGED[t].type, "key", json_object_get(tag, "key"),
                              "value", json_object_get(tag, "value"));
                if (passes(call->row, row, json_object_get(call->in, "Filter")))
                    json_array_append(found, row);
                json_decref(row);
            }
        }
    }
    reply(call, call->row, found);
}

static const struct listing REGIONS = {.set = "regionInfo",
                                       .filters = FILTERS({"region-name", "regionName"},
                                                          {"opt-in-status", "optInStatus"},
                                                          {"endpoint", "regionEndpoint"})};
static const struct listing ZONES = {"zones",
                                     "availabilityZoneInfo",
                                     "ZoneName",
                                     "zoneName",
                                     "InvalidAvailabilityZone",
                                     "availability zone",
                                     0,
                                     0,
                                     FILTERS({"zone-name", "zoneName"}, {"zone-id", "zoneId"},
                                             {"state", "zoneState"}, {"region-name", "regionName"},
                                             {"zone-type", "zoneType"},
                                             {"opt-in-status", "optInStatus"})};
static const struct listing VPCS = {"vpcs",
                                    "vpcSet",
                                    "VpcId",
                                    "vpcId",
                                    "InvalidVpcID",
                                    "vpc ID",
                                    100,
                                    1000,
                                    FILTERS({"vpc-id", "vpcId"}, {"cidr", "cidrBlock"},
                                            {"isDefault", "isDefault"}, {"is-default", "isDefault"},
                                            {"state", "state"}, {"owner-id", "ownerId"})};
static const struct listing SUBNETS = {
    "subnets",
    "subnetSet",
    "SubnetId",
    "subnetId",
    "InvalidSubnetID",
    "subnet ID",
    100,
    1000,
    FILTERS({"vpc-id", "vpcId"}, {"subnet-id", "subnetId"},
            {"availability-zone", "availabilityZone"}, {"availabilityZone", "availabilityZone"},
            {"cidr-block", "cidrBlock"}, {"state", "state"}, {"default-for-az", "defaultForAz"},
            {"owner-id", "ownerId"}, {"map-public-ip-on-launch", "mapPublicIpOnLaunch"})};
static const struct listing GROUPS = {
    "groups",
    "securityGroupInfo",
    "GroupId",
    "groupId",
    "InvalidGroup",
    "security group",
    100,
    1000,
    FILTERS({"vpc-id", "vpcId"}, {"group-id", "groupId"}, {"group-name", "groupName"},
            {"description", "groupDescription"}, {"owner-id", "ownerId"},
            {"ip-permission.cidr", "ipPermissions.ipRanges.cidrIp"},
            {"ip-permission.protocol", "ipPermissions.ipProtocol"})};
static const struct listing KEYS = {"keys",
                                    "keySet",
                                    "KeyName",
                                    "keyName",
                                    "InvalidKeyPair",
                                    "key pair",
                                    0,
                                    0,
                                    FILTERS({"key-name", "keyName"}, {"key-pair-id", "keyPairId"},
                                            {"fingerprint", "keyFingerprint"})};
static const struct listing IMAGES = {
    "images",
    "imagesSet",
    "ImageId",
    "imageId",
    "InvalidAMIID",
    "image id",
    100,
    1000,
    FILTERS({"image-id", "imageId"}, {"name", "name"}, {"description", "description"},
            {"platform", "platform"}, {"platform-details", "platformDetails"},
            {"architecture", "architecture"}, {"state", "imageState"}, {"owner-id", "imageOwnerId"},
            {"owner-alias", "imageOwnerAlias"}, {"is-public", "isPublic"},
            {"root-device-type", "rootDeviceType"}, {"virtualization-type", "virtualizationType"},
            {"image-type", "imageType"}, {"boot-mode", "bootMode"}, {"hypervisor", "hypervisor"},
            {"usage-operation", "usageOperation"}, {"ena-support", "enaSupport"})};
static const struct listing TYPES = {
    "types",
    "instanceTypeSet",
    "InstanceType",
    "instanceType",
    "InvalidInstanceType",
    "instance type",
    20,
    100,
    FILTERS({"instance-type", "instanceType"}, {"current-generation", "currentGeneration"},
            {"processor-info.supported-architecture", "processorInfo.supportedArchitectures"},
            {"supported-boot-mode", "supportedBootModes"}, {"hypervisor", "hypervisor"},
            {"bare-metal", "bareMetal"}, {"vcpu-info.default-vcpus", "vCpuInfo.defaultVCpus"},
            {"memory-info.size-in-mib", "memoryInfo.sizeInMiB"},
            {"burstable-performance-supported", "burstablePerformanceSupported"},
            {"free-tier-eligible", "freeTierEligible"},
            {"network-info.efa-supported", "networkInfo.efaSupported"})};
static const struct listing OFFERINGS = {
    .collection = "offerings",
    .set = "instanceTypeOfferingSet",
    .normal = 50,
    .most = 1000,
    .filters = FILTERS({"instance-type", "instanceType"}, {"location", "location"})};
static const struct filter INSTANCE_FILTERS[] = {
    {"instance-id", "instanceId"},
    {"instance-state-name", "instanceState.name"},
    {"instance-state-code", "instanceState.code"},
    {"vpc-id", "vpcId"},
    {"subnet-id", "subnetId"},
    {"image-id", "imageId"},
    {"instance-type", "instanceType"},
    {"private-ip-address", "privateIpAddress"},
    {"private-dns-name", "privateDnsName"},
    {"key-name", "keyName"},
    {"availability-zone", "placement.availabilityZone"},
    {"instance.group-id", "groupSet.groupId"},
    {"reservation-id", "_reservation"},
    {"network-interface.network-interface-id", "networkInterfaceSet.networkInterfaceId"},
    {"architecture", "architecture"},
    {"platform", "platform"},
    {"group-id", "groupSet.groupId"},
    {NULL, NULL},
};
static const struct listing INSTANCES = {
    "instances",         "reservationSet", "InstanceId", "instanceId",
    "InvalidInstanceID", "instance ID",    50,           1000,
    INSTANCE_FILTERS};
static const struct listing STATUSES = {
    "instances",         "instanceStatusSet", "InstanceId", "instanceId",
    "InvalidInstanceID", "instance ID",       50,           1000,
    INSTANCE_FILTERS};
static const struct listing INTERFACES = {
    "interfaces",
    "networkInterfaceSet",
    "NetworkInterfaceId",
    "networkInterfaceId",
    "InvalidNetworkInterfaceID",
    "networkInterface ID",
    50,
    1000,
    FILTERS({"network-interface-id", "networkInterfaceId"}, {"vpc-id", "vpcId"},
            {"subnet-id", "subnetId"}, {"status", "status"},
            {"private-ip-address", "privateIpAddress"},
            {"addresses.private-ip-address", "privateIpAddress"},
            {"attachment.instance-id", "attachment.instanceId"},
            {"attachment.status", "attachment.status"}, {"group-id", "groupSet.groupId"},
            {"description", "description"}, {"availability-zone", "availabilityZone"},
            {"interface-type", "interfaceType"}, {"owner-id", "ownerId"})};
static const struct listing VOLUMES = {
    "volumes",
    "volumeSet",
    "VolumeId",
    "volumeId",
    "InvalidVolume",
    "volume",
    50,
    1000,
    FILTERS({"volume-id", "volumeId"}, {"status", "status"},
            {"availability-zone", "availabilityZone"}, {"size", "size"},
            {"volume-type", "volumeType"}, {"encrypted", "encrypted"},
            {"attachment.instance-id", "attachmentSet.instanceId"},
            {"attachment.status", "attachmentSet.status"})};
static const struct listing PLACEMENTS = {
    "placements",
    "placementGroupSet",
    "GroupName",
    "groupName",
    "InvalidPlacementGroup",
    "placement group",
    0,
    0,
    FILTERS({"group-name", "groupName"}, {"state", "state"}, {"strategy", "strategy"})};
static const struct listing TEMPLATES = {"launch_templates",
                                         "launchTemplates",
                                         "LaunchTemplateId",
                                         "launchTemplateId",
                                         "InvalidLaunchTemplateId",
                                         "launch template",
                                         50,
                                         200,
                                         FILTERS({"launch-template-name", "launchTemplateName"})};
static const struct listing TAGS = {.set = "tagSet",
                                    .normal = 100,
                                    .most = 1000,
                                    .filters = FILTERS({"resource-id", "resourceId"},
                                                       {"resource-type", "resourceType"},
                                                       {"key", "key"}, {"value", "value"})};

static const struct listing DHCP = {
    "dhcp",
    "dhcpOptionsSet",
    "DhcpOptionsId",
    "dhcpOptionsId",
    "InvalidDhcpOptionsID",
    "dhcpOptions ID",
    100,
    1000,
    FILTERS({"dhcp-options-id", "dhcpOptionsId"}, {"owner-id", "ownerId"})};

static const struct listing ROUTES = {"route_tables",
                                      "routeTableSet",
                                      "RouteTableId",
                                      "routeTableId",
                                      "InvalidRouteTableID",
                                      "routeTable ID",
                                      100,
                                      100,
                                      FILTERS({"vpc-id", "vpcId"},
                                              {"route-table-id", "routeTableId"},
                                              {"association.subnet-id", "associationSet.subnetId"},
                                              {"association.main", "associationSet.main"})};
static const struct listing ENDPOINTS = {"vpc_endpoints",
                                         "vpcEndpointSet",
                                         "VpcEndpointId",
                                         "vpcEndpointId",
                                         "InvalidVpcEndpointId",
                                         "Vpc Endpoint Id",
                                         100,
                                         1000,
                                         FILTERS({"vpc-id", "vpcId"},
                                                 {"service-name", "serviceName"},
                                                 {"vpc-endpoint-type", "vpcEndpointType"})};
static const struct listing SNAPSHOTS = {
    "snapshots",
    "snapshotSet",
    "SnapshotId",
    "snapshotId",
    "InvalidSnapshot",
    "snapshot",
    100,
    1000,
    FILTERS({"snapshot-id", "snapshotId"}, {"volume-id", "volumeId"}, {"status", "status"})};

const struct sim_op sim_ec2_lists[] = {
    {"DescribeRegions", NULL, list_regions, &REGIONS},
    {"DescribeAvailabilityZones", NULL, list, &ZONES},
    {"DescribeVpcs", NULL, list, &VPCS},
    {"DescribeDhcpOptions", NULL, list, &DHCP},
    {"DescribeSubnets", NULL, list, &SUBNETS},
    {"DescribeRouteTables", NULL, list, &ROUTES},
    {"DescribeVpcEndpoints", NULL, list, &ENDPOINTS},
    {"DescribeSnapshots", NULL, list, &SNAPSHOTS},
    {"DescribeSecurityGroups", NULL, list, &GROUPS},
    {"DescribeKeyPairs", NULL, list, &KEYS},
    {"DescribeImages", NULL, list_images, &IMAGES},
    {"DescribeInstanceTypes", NULL, list, &TYPES},
    {"DescribeInstanceTypeOfferings", NULL, list_offerings, &OFFERINGS},
    {"DescribeInstances", NULL, list_instances, &INSTANCES},
    {"DescribeInstanceStatus", NULL, list_statuses, &STATUSES},
    {"DescribeNetworkInterfaces", NULL, list, &INTERFACES},
    {"DescribeVolumes", NULL, list, &VOLUMES},
    {"DescribePlacementGroups", NULL, list, &PLACEMENTS},
    {"DescribeLaunchTemplates", NULL, list, &TEMPLATES},
    {"DescribeTags", NULL, list_tags, &TAGS},
    {NULL, NULL, NULL, NULL},
};
