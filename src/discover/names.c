/* SPDX-License-Identifier: Apache-2.0 */
/* What is chosen by its name: regions, private zones, key pairs, SSM parameters, buckets. */
#include "discover/load.h"

/* Regions. Any region can list them, so one is taken where none is known yet. */

#define ANY_REGION "us-east-1"

static bool key_none(const struct hw_discover *discover, const struct hw_cluster *cluster HW_UNUSED,
                     struct hw_buf *out)
{
    return hw_buf_print(out, "regions as %s", hw_aws_profile(discover->aws));
}

static struct hw_aws_request *ask_regions(struct hw_load *load)
{
    struct hw_aws_request *request = hw_aws_request_new(HW_AWS_EC2, "DescribeRegions");
    hw_aws_param(request, "AllRegions", "true");
    if (!*hw_aws_region(load->discover->aws))
        hw_aws_request_region(request, ANY_REGION);
    return request;
}

static void read_regions(struct hw_load *load, const struct hw_aws_reply *reply)
{
    const struct hw_xml *set = hw_xml_child(reply->xml, "regionInfo");
    const char *ours = hw_aws_region(load->discover->aws);
    for (struct hw_xml *item = set ? hw_xml_first(set, "item") : NULL; item;
         item = hw_xml_next(item)) {
        hw_auto_text name = hw_xml_text(item, "regionName");
        hw_auto_text opt_in = hw_xml_text(item, "optInStatus");
        bool ours_too = strcmp(name, ours) == 0;
        struct hw_choice *choice =
            hw_offer(load, HW_SOURCE_REGIONS, name, name, ours_too ? _("of this profile") : "");
        if (choice)
            choice->best = ours_too;
        if (strcmp(opt_in, "not-opted-in") == 0)
            hw_offer_unfit(choice, _("not enabled for this account"));
    }
}

static void rank_regions(struct hw_load *load)
{
    hw_choices_sort(hw_offered(load, HW_SOURCE_REGIONS));
}

const struct hw_data_rule hw_data_regions = {
    .key = key_none,
    .query = &(const struct hw_query){.build = ask_regions, .read = read_regions},
    .rank = rank_regions,
    .sources = {HW_SOURCE_REGIONS},
};

/* Private zones that the VPC sees. */

static void begin_zones(struct hw_load *load, const struct hw_cluster *cluster)
{
    hw_replace(&load->vpc, hw_cluster_get(cluster, "network.vpc"));
}

struct hw_aws_request *hw_zones_request(const struct hw_discover *discover, const char *vpc)
{
    struct hw_aws_request *request = hw_aws_request_new(HW_AWS_ROUTE53, "ListHostedZonesByVPC");
    hw_aws_rest(request, "GET", "/2013-04-01/hostedzonesbyvpc");
    hw_aws_param(request, "vpcid", vpc);
    hw_aws_param(request, "vpcregion", hw_aws_region(discover->aws));
    hw_aws_param(request, "maxitems", "100");
    return request;
}

static struct hw_aws_request *ask_zones(struct hw_load *load)
{
    return hw_zones_request(load->discover, load->vpc);
}

static void offer_zone(struct hw_load *load, const struct hw_xml *item)
{
    hw_auto_text id = hw_xml_text(item, "HostedZoneId");
    hw_auto_text name = hw_xml_text(item, "Name");
    hw_auto_text service = hw_xml_text(item, "Owner/OwningService");
    const char *slash = strrchr(id, '/'); /* "/hostedzone/Z..." in some answers */
    size_t length = strlen(name);
    if (length && name[length - 1] == '.')
        name[length - 1] = '\0';
    const char *value = slash ? slash + 1 : id;
    struct hw_choice *choice = hw_offer(load, HW_SOURCE_ZONES, value, name, value);
    if (*service)
        hw_offer_unfit(choice, _("belongs to another AWS service"));
}

static void read_zones(struct hw_load *load, const struct hw_aws_reply *reply)
{
    const struct hw_xml *set = hw_xml_child(reply->xml, "HostedZoneSummaries");
    for (struct hw_xml *item = set ? hw_xml_first(set, "HostedZoneSummary") : NULL; item;
         item = hw_xml_next(item))
        offer_zone(load, item);
}

/* One that is named for the purpose, else the first: the zone of the directory would do, but its
 * records belong to the domain controllers. */
static void rank_zones(struct hw_load *load)
{
    struct hw_choices *choices = hw_offered(load, HW_SOURCE_ZONES);
    size_t best = 0;
    hw_choices_sort(choices);
    for (size_t i = choices->count; i-- > 0;) {
        choices->items[i].best = false;
        if (!choices->items[i].unfit && strcasestr(choices->items[i].label, "hpc"))
            best = i;
    }
    if (choices->count && !choices->items[best].unfit)
        choices->items[best].best = true;
}

const struct hw_data_rule hw_data_zones = {
    .key = hw_key_vpc,
    .begin = begin_zones,
    .query = &(const struct hw_query){.build = ask_zones,
                                      .read = read_zones,
                                      .token_in = "nexttoken",
                                      .token_out = "NextToken"},
    .rank = rank_zones,
    .sources = {HW_SOURCE_ZONES},
};

/* Key pairs. */

static struct hw_aws_request *ask_key_pairs(struct hw_load *load HW_UNUSED)
{
    return hw_aws_request_new(HW_AWS_EC2, "DescribeKeyPairs");
}

static void read_key_pairs(struct hw_load *load, const struct hw_aws_reply *reply)
{
    const struct hw_xml *set = hw_xml_child(reply->xml, "keySet");
    for (struct hw_xml *item = set ? hw_xml_first(set, "item") : NULL; item;
         item = hw_xml_next(item)) {
        hw_auto_text name = hw_xml_text(item, "keyName");
        hw_auto_text type = hw_xml_text(item, "keyType");
        hw_auto_text id = hw_xml_text(item, "keyPairId");
        hw_auto_text detail = hw_format("%s  %s", type, id);
        struct hw_choice *choice = hw_offer(load, HW_SOURCE_KEY_PAIRS, name, name, detail);
        if (strcmp(type, "ed25519") == 0)
            hw_offer_unfit(choice, _("Ed25519: Windows passwords need an RSA key"));
    }
}

static void rank_key_pairs(struct hw_load *load)
{
    struct hw_choices *choices = hw_offered(load, HW_SOURCE_KEY_PAIRS);
    hw_choices_sort(choices);
    for (size_t i = 0; i < choices->count; i++)
        choices->items[i].best = i == 0 && !choices->items[i].unfit;
}

const struct hw_data_rule hw_data_key_pairs = {
    .key = hw_key_region,
    .query = &(const struct hw_query){.build = ask_key_pairs, .read = read_key_pairs},
    .rank = rank_key_pairs,
    .sources = {HW_SOURCE_KEY_PAIRS},
};

/* Names of SSM parameters; DescribeParameters never tells a value. */

static struct hw_aws_request *ask_parameters(struct hw_load *load HW_UNUSED)
{
    struct hw_aws_request *request = hw_aws_request_new(HW_AWS_SSM, "DescribeParameters");
    hw_aws_body_json(request, json_pack("{s:i}", "MaxResults", 50));
    return request;
}

static void read_parameters(struct hw_load *load, const struct hw_aws_reply *reply)
{
    size_t i;
    json_t *item;
    json_array_foreach(json_object_get(reply->json, "Parameters"), i, item)
    {
        const char *name = json_string_value(json_object_get(item, "Name"));
        const char *type = json_string_value(json_object_get(item, "Type"));
        if (!name || !type)
            continue;
        struct hw_choice *choice = hw_offer(load, HW_SOURCE_SECRET_NAMES, name, name, type);
        if (strcmp(type, "StringList") == 0)
            hw_offer_unfit(choice, _("a list, not one value"));
    }
}

static void rank_parameters(struct hw_load *load)
{
    hw_choices_sort(hw_offered(load, HW_SOURCE_SECRET_NAMES));
}

const struct hw_data_rule hw_data_secret_names = {
    .key = hw_key_region,
    .query = &(const struct hw_query){.build = ask_parameters,
                                      .read = read_parameters,
                                      .token_in = "NextToken",
                                      .token_out = "NextToken"},
    .rank = rank_parameters,
    .sources = {HW_SOURCE_SECRET_NAMES},
};

/* Buckets that may hold the install media. */

static struct hw_aws_request *ask_buckets(struct hw_load *load HW_UNUSED)
{
    struct hw_aws_request *request = hw_aws_request_new(HW_AWS_S3, "ListBuckets");
    hw_aws_rest(request, "GET", "/");
    return request;
}

static void read_buckets(struct hw_load *load, const struct hw_aws_reply *reply)
{
    const struct hw_xml *set = reply->xml ? hw_xml_child(reply->xml, "Buckets") : NULL;
    for (struct hw_xml *item = set ? hw_xml_first(set, "Bucket") : NULL; item;
         item = hw_xml_next(item)) {
        hw_auto_text name = hw_xml_text(item, "Name");
        hw_auto_text value = hw_format("s3://%s/hpcpack/", name);
        if (*name)
            hw_offer(load, HW_SOURCE_MEDIA, value, value, _("folder in a bucket of this account"));
    }
}

static void rank_buckets(struct hw_load *load)
{
    struct hw_choices *choices = hw_offered(load, HW_SOURCE_MEDIA);
    bool found = false;
    hw_choices_sort(choices);
    for (size_t i = 0; i < choices->count && !found; i++) {
        const char *bucket = choices->items[i].value + strlen("s3://");
        found = strstr(bucket, "hpc") < strchr(bucket, '/'); /* the folder has it in any case */
        choices->items[i].best = found;
    }
}

const struct hw_data_rule hw_data_media = {
    .key = hw_key_region,
    .query = &(const struct hw_query){.build = ask_buckets, .read = read_buckets},
    .rank = rank_buckets,
    .sources = {HW_SOURCE_MEDIA},
};
