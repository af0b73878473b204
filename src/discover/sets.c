/* SPDX-License-Identifier: Apache-2.0 */
/* The listings of the account, as a table: which operation, where its items and their texts stand
 * (EC2, SSM, Directory Service, Route 53, S3 and Pricing API references). */
#include "discover/load.h"

#define S3_URL "s3://"

/* ---- What depends on the subject -------------------------------------------------------- */

static void ask_zones(const struct hw_load *load, struct hw_aws_request *request)
{
    hw_aws_rest(request, "GET", "/2013-04-01/hostedzonesbyvpc");
    hw_aws_param(request, "vpcid", load->subject);
    hw_aws_param(request, "vpcregion", hw_aws_region(load->discover->aws));
    hw_aws_param(request, "maxitems", "100");
}

static void ask_interfaces(const struct hw_load *load, struct hw_aws_request *request)
{
    const char *at = load->subject;
    hw_aws_param(request, "Filter.1.Name", "subnet-id");
    for (unsigned n = 1; *at; n++) {
        size_t length = strcspn(at, " ");
        hw_auto_text subnet = hw_strndup(at, length);
        hw_aws_paramf(request, subnet, "Filter.1.Value.%u", n);
        at += length + (at[length] == ' ');
    }
    hw_aws_param(request, "MaxResults", "1000");
}

static void ask_standard_images(const struct hw_load *load HW_UNUSED,
                                struct hw_aws_request *request)
{
    json_t *names = json_array();
    for (size_t i = 0; i < HW_STANDARD_IMAGES; i++) {
        hw_auto_text name = hw_format("%s%s", HW_SSM_IMAGES, hw_standard_images[i].name);
        json_array_append_new(names, json_string(name));
    }
    hw_aws_body_json(request, json_pack("{s:o}", "Names", names));
}

static void ask_amazon_images(const struct hw_load *load HW_UNUSED, struct hw_aws_request *request)
{
    hw_aws_param(request, "Filter.4.Name", "name");
    for (size_t i = 0; i < HW_STANDARD_IMAGES; i++) {
        hw_auto_text pattern = hw_format("%s-*", hw_standard_images[i].name);
        hw_aws_paramf(request, pattern, "Filter.4.Value.%zu", i + 1);
    }
}

static void ask_secret_names(const struct hw_load *load HW_UNUSED, struct hw_aws_request *request)
{
    hw_aws_body_json(request, json_pack("{s:i}", "MaxResults", 50));
}

static void ask_buckets(const struct hw_load *load HW_UNUSED, struct hw_aws_request *request)
{
    hw_aws_rest(request, "GET", "/");
}

/* "s3://BUCKET/FOLDER/" */
static void ask_media(const struct hw_load *load, struct hw_aws_request *request)
{
    const char *bucket = load->subject + strlen(S3_URL);
    size_t length = strcspn(bucket, "/");
    hw_auto_text path = hw_format("/%.*s", (int)length, bucket);
    hw_aws_rest(request, "GET", path);
    hw_aws_param(request, "list-type", "2");
    hw_aws_param(request, "prefix", bucket[length] ? bucket + length + 1 : "");
}

/* The Price List API answers in few Regions ("AWS Price List API endpoints", Billing user guide).
 */
static const char *pricing_region(const char *region)
{
    static const char *const homes[][2] = {{"eu-", "eu-central-1"}, {"me-", "eu-central-1"},
                                           {"af-", "eu-central-1"}, {"il-", "eu-central-1"},
                                           {"ap-", "ap-south-1"},   {"cn-", "cn-northwest-1"}};
    for (size_t i = 0; i < HW_COUNT(homes); i++) {
        if (hw_text_starts(region, homes[i][0]))
            return homes[i][1];
    }
    return "us-east-1";
}

static void must_match(json_t *filters, const char *field, const char *value)
{
    json_array_append_new(filters, json_pack("{s:s, s:s, s:s}", "Type", "TERM_MATCH", "Field",
                                             field, "Value", value));
}

/* Linux by the hour, to which licences are added; of all types, of one, or a kind of volume. */
static void ask_prices(const struct hw_load *load, struct hw_aws_request *request)
{
    static const char *const instance[][2] = {{"operatingSystem", "Linux"},
                                              {"preInstalledSw", "NA"},
                                              {"tenancy", "Shared"},
                                              {"capacitystatus", "Used"}};
    const char *region = hw_aws_region(load->discover->aws);
    bool volume = hw_text_starts(load->subject, HW_PRICES_VOLUME);
    json_t *filters = json_array();
    must_match(filters, "regionCode", region);
    for (size_t i = 0; !volume && i < HW_COUNT(instance); i++)
        must_match(filters, instance[i][0], instance[i][1]);
    if (volume)
        must_match(filters, "volumeApiName", load->subject + strlen(HW_PRICES_VOLUME));
    else if (*load->subject)
        must_match(filters, "instanceType", load->subject);
    hw_aws_request_region(request, pricing_region(region));
    hw_aws_body_json(request,
                     json_pack("{s:s, s:s, s:i, s:o}", "ServiceCode", "AmazonEC2", "FormatVersion",
                               "aws_v1", "MaxResults", 100, "Filters", filters));
}

static void take_price(struct hw_load *load, const json_t *item)
{
    if (json_is_string(item))
        hw_prices_read_product(load->discover->prices, json_string_value(item),
                               json_string_length(item));
}

/* Once: other types would fail alike. */
static void no_prices(struct hw_load *load)
{
    struct hw_discover *discover = load->discover;
    if (!discover->no_prices)
        hw_tell_notice(hw_aws_sink(discover->aws), HW_INFO, _("No prices from AWS: %s"),
                       load->err.what);
    discover->no_prices = true;
}

/* ---- The table -------------------------------------------------------------------------- */

static const char *const thousand[] = {"MaxResults", "1000", NULL};
static const char *const all_regions[] = {"AllRegions", "true", NULL};
static const char *const by_zone[] = {"LocationType", "availability-zone", "MaxResults", "1000",
                                      NULL};
/* Windows and HPC Pack want x86-64; bare metal and earlier generations are not offered. */
static const char *const fit_types[] = {"Filter.1.Name",
                                        "processor-info.supported-architecture",
                                        "Filter.1.Value.1",
                                        "x86_64",
                                        "Filter.2.Name",
                                        "current-generation",
                                        "Filter.2.Value.1",
                                        "true",
                                        "Filter.3.Name",
                                        "bare-metal",
                                        "Filter.3.Value.1",
                                        "false",
                                        "MaxResults",
                                        "100",
                                        NULL};
#define WINDOWS_IMAGES                                                                             \
    "Filter.1.Name", "platform", "Filter.1.Value.1", "windows", "Filter.2.Name", "state",          \
        "Filter.2.Value.1", "available", "Filter.3.Name", "architecture", "Filter.3.Value.1",      \
        "x86_64", "MaxResults", "1000", NULL
static const char *const own_images[] = {"Owner.1", "self", WINDOWS_IMAGES};
static const char *const amazon_images[] = {"Owner.1", "amazon", WINDOWS_IMAGES};

#define IMAGE_CELLS                                                                                \
    {                                                                                              \
        "imageId", "name", "creationDate", "usageOperation", "bootMode", "deprecationTime"         \
    }
#define NAME_TAG "tagSet/item[key=Name]/value"

const struct hw_data_rule hw_data_rules[HW_DATA_COUNT] = {
    [HW_DATA_REGIONS] = {.service = HW_AWS_EC2,
                         .operation = "DescribeRegions",
                         .params = all_regions,
                         .items = "regionInfo/item",
                         .cells = {"regionName", "optInStatus"}},
    [HW_DATA_VPCS] = {.service = HW_AWS_EC2,
                      .operation = "DescribeVpcs",
                      .params = thousand,
                      .items = "vpcSet/item",
                      .cells = {"vpcId", "cidrBlock", "isDefault", "dhcpOptionsId", NAME_TAG,
                                "cidrBlockAssociationSet/item/cidrBlock"},
                      .token_in = "NextToken",
                      .token_out = "nextToken"},
    [HW_DATA_SUBNETS] = {.service = HW_AWS_EC2,
                         .operation = "DescribeSubnets",
                         .params = thousand,
                         .items = "subnetSet/item",
                         .cells = {"subnetId", "vpcId", "availabilityZone", "cidrBlock",
                                   "availableIpAddressCount", NAME_TAG},
                         .token_in = "NextToken",
                         .token_out = "nextToken"},
    [HW_DATA_DHCP] = {.service = HW_AWS_EC2,
                      .operation = "DescribeDhcpOptions",
                      .params = thousand,
                      .items = "dhcpOptionsSet/item",
                      .cells = {"dhcpOptionsId", "dhcpConfigurationSet/item[key=domain-name]/"
                                                 "valueSet/item/value"},
                      .token_in = "NextToken",
                      .token_out = "nextToken"},
    [HW_DATA_DIRECTORIES] = {.service = HW_AWS_DS,
                             .operation = "DescribeDirectories",
                             .items = "DirectoryDescriptions",
                             .cells = {"Name", "ShortName", "Type", "Stage", "VpcSettings/VpcId"},
                             .token_in = "NextToken",
                             .token_out = "NextToken"},
    [HW_DATA_ZONES] = {.service = HW_AWS_ROUTE53,
                       .operation = "ListHostedZonesByVPC",
                       .items = "HostedZoneSummaries/HostedZoneSummary",
                       .cells = {"HostedZoneId", "Name", "Owner/OwningService"},
                       .token_in = "nexttoken",
                       .token_out = "NextToken",
                       .prepare = ask_zones},
    [HW_DATA_INTERFACES] = {.service = HW_AWS_EC2,
                            .operation = "DescribeNetworkInterfaces",
                            .items = "networkInterfaceSet/item",
                            .cells = {"subnetId", "privateIpAddress",
                                      "privateIpAddressesSet/item/privateIpAddress"},
                            .token_in = "NextToken",
                            .token_out = "nextToken",
                            .prepare = ask_interfaces},
    [HW_DATA_KEY_PAIRS] = {.service = HW_AWS_EC2,
                           .operation = "DescribeKeyPairs",
                           .items = "keySet/item",
                           .cells = {"keyName", "keyType", "keyPairId"}},
    [HW_DATA_STANDARD_IMAGES] = {.service = HW_AWS_SSM,
                                 .operation = "GetParameters",
                                 .items = "Parameters",
                                 .cells = {"Name", "Value"},
                                 .prepare = ask_standard_images},
    [HW_DATA_OWN_IMAGES] = {.service = HW_AWS_EC2,
                            .operation = "DescribeImages",
                            .params = own_images,
                            .items = "imagesSet/item",
                            .cells = IMAGE_CELLS,
                            .token_in = "NextToken",
                            .token_out = "nextToken"},
    [HW_DATA_AMAZON_IMAGES] = {.service = HW_AWS_EC2,
                               .operation = "DescribeImages",
                               .params = amazon_images,
                               .items = "imagesSet/item",
                               .cells = IMAGE_CELLS,
                               .token_in = "NextToken",
                               .token_out = "nextToken",
                               .prepare = ask_amazon_images},
    [HW_DATA_OFFERINGS] = {.service = HW_AWS_EC2,
                           .operation = "DescribeInstanceTypeOfferings",
                           .params = by_zone,
                           .items = "instanceTypeOfferingSet/item",
                           .cells = {"instanceType", "location"},
                           .token_in = "NextToken",
                           .token_out = "nextToken"},
    [HW_DATA_TYPES] = {.service = HW_AWS_EC2,
                       .operation = "DescribeInstanceTypes",
                       .params = fit_types,
                       .items = "instanceTypeSet/item",
                       .cells = {"instanceType", "vCpuInfo/defaultVCpus", "memoryInfo/sizeInMiB",
                                 "networkInfo/networkPerformance", "supportedBootModes/item"},
                       .token_in = "NextToken",
                       .token_out = "nextToken"},
    [HW_DATA_SECRET_NAMES] = {.service = HW_AWS_SSM,
                              .operation = "DescribeParameters", /* it never tells a value */
                              .items = "Parameters",
                              .cells = {"Name", "Type"},
                              .token_in = "NextToken",
                              .token_out = "NextToken",
                              .prepare = ask_secret_names},
    [HW_DATA_BUCKETS] = {.service = HW_AWS_S3,
                         .operation = "ListBuckets",
                         .items = "Buckets/Bucket",
                         .cells = {"Name"},
                         .prepare = ask_buckets},
    [HW_DATA_MEDIA] = {.service = HW_AWS_S3,
                       .operation = "ListObjectsV2",
                       .items = "Contents",
                       .cells = {"Key", "Size"},
                       .token_in = "continuation-token",
                       .token_out = "NextContinuationToken",
                       .prepare = ask_media},
    [HW_DATA_PRICES] = {.service = HW_AWS_PRICING,
                        .operation = "GetProducts",
                        .items = "PriceList",
                        .token_in = "NextToken",
                        .token_out = "NextToken",
                        .prepare = ask_prices,
                        .take = take_price,
                        .failed = no_prices,
                        .weight = 20},
};
