/* SPDX-License-Identifier: Apache-2.0 */
/* Discovery against canned answers: paging, dependencies, hostile names, what is best, what
 * follows, and facts. tests/peers/discover-*.* walk whole accounts. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "aws/parts.h"
#include "base/clock.h"
#include "discover/build.h"
#include "tests/unit/scripted-aws.h"

#define VPC     "vpc-0a1b2c3d4e5f67890"
#define SUBNETS 5000
#define A_PAGE  1000

struct fixture {
    struct hw_loop *loop;
    struct scripted server;
    struct hw_aws *aws;
    struct hw_discover *discover;
    struct hw_cluster *cluster;
    int told[HW_SOURCE_COUNT];
    size_t first_count; /* subnets that were there when they were first told about */
    bool done;
    struct hw_err err;
    struct hw_strv facts;
    bool refuse_vpcs;
};

static char *subnets_page(const char *request)
{
    hw_auto(hw_buf) out = HW_BUF(HW_MAX_FILE);
    const char *token = strstr(request, "&NextToken=");
    size_t from = token ? strtoul(token + strlen("&NextToken="), NULL, 10) : 0;
    size_t count = strstr(request, "SubnetId.1") ? 1 : A_PAGE;
    hw_buf_text(&out, "<DescribeSubnetsResponse><subnetSet>");
    for (size_t i = from; i < from + count; i++)
        hw_buf_print(&out,
                     "<item><subnetId>subnet-%08zx</subnetId><vpcId>" VPC "</vpcId>"
                     "<availabilityZone>eu-central-1%c</availabilityZone>"
                     "<cidrBlock>10.%zu.%zu.0/24</cidrBlock>"
                     "<availableIpAddressCount>%zu</availableIpAddressCount></item>",
                     i, "abc"[i % 3], i / 256, i % 256, i == 4001 || i == 4004 ? 251 : i % 200);
    hw_buf_text(&out, "</subnetSet>");
    if (count == A_PAGE && from + A_PAGE < SUBNETS)
        hw_buf_print(&out, "<nextToken>%zu</nextToken>", from + A_PAGE);
    hw_buf_text(&out, "</DescribeSubnetsResponse>");
    return hw_buf_take(&out);
}

/* All in one answer, whatever MaxResults says: some services do that. */
#define IMAGES 5000
static char *images(void)
{
    hw_auto(hw_buf) out = HW_BUF(HW_MAX_FILE);
    hw_buf_text(&out, "<DescribeImagesResponse><imagesSet>");
    for (size_t i = 0; i < IMAGES; i++)
        hw_buf_print(&out,
                     "<item><imageId>ami-%08zx</imageId><name>own-%zu</name>"
                     "<creationDate>20%02zu-01-01T00:00:00.000Z</creationDate>"
                     "<usageOperation>RunInstances:000%s</usageOperation>"
                     "<bootMode>legacy-bios</bootMode></item>",
                     i, i, i % 100, i % 2 ? "6" : "2");
    hw_buf_text(&out, "</imagesSet></DescribeImagesResponse>");
    return hw_buf_take(&out);
}

#define SET(op, set, items) "<" op "Response><" set ">" items "</" set "></" op "Response>"

struct canned {
    const char *asked, *body;
};

static const struct canned canned[] = {
    {"Action=DescribeVpcs",
     SET("DescribeVpcs", "vpcSet",
         "<item><vpcId>vpc-9</vpcId><cidrBlock>10.1.0.0/16</cidrBlock><isDefault>true</isDefault>"
         "</item><item><vpcId>" VPC "</vpcId><cidrBlock>10.0.0.0/8</cidrBlock>"
         "<dhcpOptionsId>dopt-1</dhcpOptionsId><cidrBlockAssociationSet><item>"
         "<cidrBlock>10.0.0.0/8</cidrBlock></item><item><cidrBlock>100.64.0.0/16</cidrBlock></item>"
         "</cidrBlockAssociationSet><tagSet><item><key>Owner</key><value>x</value></item><item>"
         "<key>Name</key><value>prod&#x9b;31m&#x202e;cba</value></item></tagSet></item>"
         "<item><vpcId>vpc-2&#x9b;31m</vpcId></item>")},
    {"Action=DescribeDhcpOptions",
     SET("DescribeDhcpOptions", "dhcpOptionsSet",
         "<item><dhcpOptionsId>dopt-1</dhcpOptionsId><dhcpConfigurationSet><item>"
         "<key>domain-name-servers</key><valueSet><item><value>192.0.2.1</value></item></valueSet>"
         "</item><item><key>domain-name</key><valueSet><item>"
         "<value>eu-central-1.compute.internal</value></item><item>"
         "<value>corp-services-and-more.example.internal</value></item></valueSet></item>"
         "</dhcpConfigurationSet></item>")},
    {"hostedzonesbyvpc?vpcid=vpc-9", "<R><HostedZoneSummaries/></R>"},
    {"hostedzonesbyvpc?vpcid=" VPC,
     "<R><HostedZoneSummaries><HostedZoneSummary><HostedZoneId>Z1</HostedZoneId>"
     "<Name>a.example.internal.</Name><Owner><OwningService>x</OwningService></Owner>"
     "</HostedZoneSummary><HostedZoneSummary><HostedZoneId>Z0123456789AB</HostedZoneId>"
     "<Name>hpc.example.internal.</Name><Owner><OwningAccount>1</OwningAccount></Owner>"
     "</HostedZoneSummary></HostedZoneSummaries></R>"},
    {"Action=DescribeNetworkInterfaces",
     SET("DescribeNetworkInterfaces", "networkInterfaceSet",
         "<item><privateIpAddress>10.0.0.5</privateIpAddress></item><item>"
         "<privateIpAddress>10.0.0.7</privateIpAddress><privateIpAddressesSet><item>"
         "<privateIpAddress>10.0.0.8</privateIpAddress></item></privateIpAddressesSet></item>"
         "<item><privateIpAddress>nonsense</privateIpAddress></item>")},
    {"Owner.1=amazon", SET("DescribeImages", "imagesSet", "")},
    {"Action=DescribeKeyPairs", SET("DescribeKeyPairs", "keySet",
                                    "<item><keyName>a-ed</keyName><keyType>ed25519</keyType></item>"
                                    "<item><keyName>b-rsa</keyName><keyType>rsa</keyType></item>")},
    {"Action=DescribeInstanceTypeOfferings",
     SET("DescribeInstanceTypeOfferings", "instanceTypeOfferingSet",
         "<item><instanceType>m5.large</instanceType><location>eu-central-1a</location></item>"
         "<item><instanceType>r6i.xlarge</instanceType><location>eu-central-1b</location></item>"
         "<item><instanceType>x9.2xlarge</instanceType><location>eu-central-1a</location></item>"
         "<item><instanceType>x9.xlarge</instanceType><location>eu-central-1a</location></item>")},
    {"Action=DescribeInstanceTypes",
     SET("DescribeInstanceTypes", "instanceTypeSet",
         "<item><instanceType>x9.2xlarge</instanceType><vCpuInfo><defaultVCpus>8</defaultVCpus>"
         "</vCpuInfo><memoryInfo><sizeInMiB>65536</sizeInMiB></memoryInfo></item>"
         "<item><instanceType>x9.xlarge</instanceType><vCpuInfo><defaultVCpus>4</defaultVCpus>"
         "</vCpuInfo><memoryInfo><sizeInMiB>32768</sizeInMiB></memoryInfo><supportedBootModes>"
         "<item>uefi</item></supportedBootModes></item>"
         "<item><instanceType>r6i.xlarge</instanceType><vCpuInfo><defaultVCpus>4</defaultVCpus>"
         "</vCpuInfo><memoryInfo><sizeInMiB>32768</sizeInMiB></memoryInfo></item>"
         "<item><instanceType>m5.large</instanceType><vCpuInfo><defaultVCpus>2</defaultVCpus>"
         "</vCpuInfo><memoryInfo><sizeInMiB>8192</sizeInMiB></memoryInfo></item>")},
    {"AWSPriceListService.GetProducts",
     "{\"PriceList\":[\"nonsense\",7,\"{\\\"product\\\":{\\\"productFamily\\\":\\\"Compute "
     "Instance\\\","
     "\\\"attributes\\\":{\\\"instanceType\\\":\\\"x9.xlarge\\\",\\\"operatingSystem\\\":"
     "\\\"Linux\\\","
     "\\\"preInstalledSw\\\":\\\"NA\\\",\\\"tenancy\\\":\\\"Shared\\\",\\\"capacitystatus\\\":"
     "\\\"Used\\\","
     "\\\"regionCode\\\":\\\"eu-central-1\\\"}},\\\"terms\\\":{\\\"OnDemand\\\":{\\\"a\\\":{"
     "\\\"priceDimensions\\\":{\\\"b\\\":{\\\"unit\\\":\\\"Hrs\\\",\\\"pricePerUnit\\\":{"
     "\\\"USD\\\":\\\"0.5\\\"}}}}}},\\\"publicationDate\\\":\\\"2026-11-18T00:00:00Z\\\"}\"]}"},
    {"DirectoryService_20150416.DescribeDirectories",
     "{\"DirectoryDescriptions\":[{\"Name\":\"ad.example.internal\",\"ShortName\":\"EXAMPLEAD\","
     "\"Type\":\"MicrosoftAD\",\"Stage\":\"Active\",\"VpcSettings\":{\"VpcId\":\"" VPC "\"}},"
     "{\"Name\":\"old.example.internal\",\"ShortName\":\"OLD\",\"Type\":\"MicrosoftAD\","
     "\"Stage\":\"Deleting\",\"VpcSettings\":{\"VpcId\":\"vpc-9\"}},"
     "{\"Name\":\"esc\\u001b[31m\"},{}]}"},
    {"GET /my-hpc-media?",
     "<ListBucketResult><Contents><Key>hpcpack/</Key><Size>0</Size></Contents><Contents>"
     "<Key>hpcpack/Setup.exe</Key><Size>1048576</Size></Contents></ListBucketResult>"},
    {"GET /other?", "<ListBucketResult/>"},
    {"GET / ", "<ListAllMyBucketsResult><Buckets><Bucket><Name>other</Name></Bucket><Bucket>"
               "<Name>my-hpc-media</Name></Bucket></Buckets></ListAllMyBucketsResult>"},
    {"AmazonSSM.GetParameters",
     "{\"Parameters\":[{\"Name\":\"/aws/service/w\",\"Value\":\"ami-0123456789abcdef0\"},"
     "{\"Name\":\"/odd\",\"Value\":\"i am no image\"}],\"InvalidParameters\":[]}"},
};

static char *answer(void *data, const char *request)
{
    const struct fixture *f = data;
    if (f->refuse_vpcs && strstr(request, "Action=DescribeVpcs"))
        return hw_strdup("not XML");
    if (strstr(request, "Action=DescribeSubnets"))
        return subnets_page(request);
    if (strstr(request, "Action=DescribeImages") && strstr(request, "Owner.1=self"))
        return images();
    for (size_t i = 0; i < HW_COUNT(canned); i++) {
        if (strstr(request, canned[i].asked))
            return hw_strdup(canned[i].body);
    }
    return hw_strdup("<nothing/>");
}

static void on_changed(void *data, enum hw_source source)
{
    struct fixture *f = data;
    f->told[source]++;
    if (source == HW_SOURCE_SUBNETS && !f->first_count)
        f->first_count = hw_discover_choices(f->discover, source)->count;
}

static int setup(void **state)
{
    struct fixture *f = HW_NEW(struct fixture);
    struct hw_err err = {0};
    f->loop = hw_loop_new(&err);
    f->aws = scripted_aws(&f->server, f->loop, answer, f);
    f->discover = hw_discover_new(f->aws, on_changed, f);
    f->cluster = hw_cluster_new();
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    hw_discover_free(f->discover);
    hw_cluster_free(f->cluster);
    hw_aws_free(f->aws);
    scripted_close(&f->server);
    hw_loop_free(f->loop);
    hw_strv_done(&f->facts);
    free(f);
    return 0;
}

static const struct hw_choices *load(struct fixture *f, enum hw_source source)
{
    int64_t end_ms = hw_clock_monotonic_ms() + 60000; /* a watchdog, not a measure */
    const struct hw_choices *choices = hw_discover_choices(f->discover, source);
    hw_discover_want(f->discover, f->cluster, source);
    while (choices->state == HW_CHOICES_LOADING && hw_clock_monotonic_ms() < end_ms)
        hw_loop_step(f->loop, 1000);
    assert_int_not_equal(choices->state, HW_CHOICES_LOADING);
    return choices;
}

static void set(struct fixture *f, const char *key, const char *value)
{
    struct hw_err err = {0};
    if (!hw_cluster_set(f->cluster, key, value, &err))
        fail_msg("%s", err.what);
}

#define SUBNET "subnet-00000000"

static void test_vpc_with_a_zone_is_best(void **state)
{
    struct fixture *f = *state;
    const struct hw_choices *vpcs = load(f, HW_SOURCE_VPCS);
    assert_int_equal(vpcs->state, HW_CHOICES_READY);
    assert_int_equal(vpcs->count, 2); /* an id with control characters is no id */
    assert_string_equal(hw_choices_best(vpcs)->value, VPC);
    assert_null(strstr(vpcs->items[1].detail, "\xC2\x9B"));
    assert_null(strstr(vpcs->items[1].detail, "\xE2\x80\xAE"));
    assert_non_null(strstr(vpcs->items[1].detail, "prod"));
}

static void test_nothing_without_a_vpc(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(load(f, HW_SOURCE_SUBNETS)->state, HW_CHOICES_NONE);
    assert_int_equal(load(f, HW_SOURCE_ZONES)->state, HW_CHOICES_NONE);
    assert_int_equal(load(f, HW_SOURCE_ADDRESSES)->state, HW_CHOICES_NONE);
    assert_int_equal(f->server.played, 0);
}

static void test_many_subnets(void **state)
{
    struct fixture *f = *state;
    set(f, "network.vpc", VPC);
    const struct hw_choices *subnets = load(f, HW_SOURCE_SUBNETS);
    size_t best = 0;
    assert_int_equal(subnets->count, SUBNETS);
    assert_true(f->first_count <= A_PAGE); /* told before all were there */
    assert_true(f->told[HW_SOURCE_SUBNETS] >= SUBNETS / A_PAGE);
    for (size_t i = 0; i < subnets->count; i++)
        best += subnets->items[i].best;
    assert_int_equal(best, 2);
    assert_true(hw_choices_find(subnets, "subnet-00000fa1")->best);  /* 4001, zone c */
    assert_false(hw_choices_find(subnets, "subnet-00000fa4")->best); /* the same zone */
    assert_non_null(hw_choices_find(subnets, "subnet-00000000")->unfit);
    assert_string_equal(hw_choices_find(subnets, "subnet-00000001")->group, "eu-central-1b");
    const struct hw_choices *networks = load(f, HW_SOURCE_NETWORKS);
    assert_string_equal(hw_choices_best(networks)->value, "10.0.0.0/8");
    assert_string_equal(networks->items[0].value, "10.0.0.0/8");
    assert_non_null(hw_choices_find(networks, "100.64.0.0/16"));
    assert_int_equal(networks->count, SUBNETS + 2);
    assert_true(f->discover->most_items <= HW_SLICE);
}

static void test_wanted_once(void **state)
{
    struct fixture *f = *state;
    load(f, HW_SOURCE_KEY_PAIRS);
    size_t played = f->server.played;
    unsigned long generation = hw_discover_choices(f->discover, HW_SOURCE_KEY_PAIRS)->generation;
    for (int i = 0; i < 100; i++)
        load(f, HW_SOURCE_KEY_PAIRS);
    assert_int_equal(f->server.played, played);
    assert_int_equal(hw_discover_choices(f->discover, HW_SOURCE_KEY_PAIRS)->generation, generation);
    hw_discover_reset(f->discover);
    assert_int_equal(hw_discover_choices(f->discover, HW_SOURCE_KEY_PAIRS)->state, HW_CHOICES_NONE);
    assert_int_equal(load(f, HW_SOURCE_KEY_PAIRS)->count, 2);
    assert_int_equal(f->server.played, played + 1);
}

static void test_key_pairs(void **state)
{
    struct fixture *f = *state;
    const struct hw_choices *keys = load(f, HW_SOURCE_KEY_PAIRS);
    assert_string_equal(hw_choices_best(keys)->value, "b-rsa");
    assert_non_null(strstr(hw_choices_find(keys, "a-ed")->unfit, "RSA"));
}

static void test_another_vpc_starts_again(void **state)
{
    struct fixture *f = *state;
    set(f, "network.vpc", VPC);
    hw_discover_want(f->discover, f->cluster, HW_SOURCE_SUBNETS);
    while (!f->first_count)
        hw_loop_step(f->loop, 1000);
    set(f, "network.vpc", "vpc-0a1b2c3d4e5f67891"); /* in the middle of the pages */
    assert_int_equal(load(f, HW_SOURCE_SUBNETS)->count, 0);
    size_t played = f->server.played;
    set(f, "network.vpc", VPC);
    assert_int_equal(load(f, HW_SOURCE_SUBNETS)->count, SUBNETS);
    assert_int_equal(f->server.played, played); /* the listing is of the whole Region */
    assert_true(f->discover->most_items <= HW_SLICE);
    hw_cluster_clear(f->cluster, "network.vpc");
    assert_int_equal(load(f, HW_SOURCE_SUBNETS)->state, HW_CHOICES_NONE);
}

static void test_failure_is_kept(void **state)
{
    struct fixture *f = *state;
    f->refuse_vpcs = true;
    const struct hw_choices *vpcs = load(f, HW_SOURCE_VPCS);
    assert_int_equal(vpcs->state, HW_CHOICES_FAILED);
    assert_int_equal(vpcs->err.code, HW_ERR_PROTOCOL);
    size_t played = f->server.played;
    load(f, HW_SOURCE_VPCS);
    assert_int_equal(f->server.played, played); /* not again and again */
    f->refuse_vpcs = false;
    hw_discover_reset(f->discover);
    assert_int_equal(load(f, HW_SOURCE_VPCS)->state, HW_CHOICES_READY);
}

static void test_types_of_the_zone(void **state)
{
    struct fixture *f = *state;
    set(f, "network.subnets", SUBNET);
    const struct hw_choices *types = load(f, HW_SOURCE_TYPES_SQL);
    assert_string_equal(hw_choices_best(types)->value, "x9.xlarge"); /* the smallest there */
    assert_non_null(strstr(hw_choices_find(types, "r6i.xlarge")->unfit, "eu-central-1a"));
    assert_non_null(strstr(hw_choices_find(types, "m5.large")->unfit, "too small"));
    assert_null(hw_choices_find(load(f, HW_SOURCE_TYPES_COMPUTE), "m5.large")->unfit);
    size_t played = f->server.played;
    set(f, "network.subnets", "subnet-00000001"); /* of another zone */
    types = load(f, HW_SOURCE_TYPES_HEAD);
    assert_string_equal(hw_choices_best(types)->value, "r6i.xlarge");
    assert_non_null(strstr(hw_choices_find(types, "x9.xlarge")->unfit, "eu-central-1b"));
    assert_int_equal(f->server.played, played);
}

static void test_what_follows(void **state)
{
    struct fixture *f = *state;
    set(f, "network.vpc", VPC);
    set(f, "network.subnets", SUBNET);
    assert_false(hw_discover_fill(f->discover, f->cluster)); /* nothing is known yet */
    load(f, HW_SOURCE_ADDRESSES);
    assert_true(hw_discover_fill(f->discover, f->cluster));
    assert_string_equal(hw_cluster_get(f->cluster, "network.sql_address"), "10.0.0.6");
    assert_string_equal(hw_cluster_get(f->cluster, "network.head_address"), "10.0.0.9");
    assert_false(hw_discover_fill(f->discover, f->cluster));
    hw_cluster_leave_empty(f->cluster, "network.sql_address");
    assert_false(hw_discover_fill(f->discover, f->cluster));
    assert_false(hw_cluster_is_set(f->cluster, "network.sql_address"));
    set(f, "network.sql_address", "10.0.0.6");
    hw_cluster_clear(f->cluster, "network.sql_address");
    assert_true(hw_discover_fill(f->discover, f->cluster));
    const struct hw_choices *domains = load(f, HW_SOURCE_DOMAINS);
    assert_int_equal(domains->count, 3); /* Amazon's own is none, nor is a hostile one */
    set(f, "directory.domain", "corp-services-and-more.example.internal");
    assert_true(hw_discover_fill(f->discover, f->cluster));
    assert_string_equal(hw_cluster_get(f->cluster, "directory.netbios"), "CORP-SERVICES-A");
}

static void test_directories(void **state)
{
    struct fixture *f = *state;
    set(f, "network.vpc", VPC);
    const struct hw_choices *domains = load(f, HW_SOURCE_DOMAINS);
    assert_string_equal(hw_choices_best(domains)->value, "ad.example.internal");
    assert_non_null(hw_choices_find(domains, "old.example.internal")->unfit);
    set(f, "directory.domain", "ad.example.internal");
    assert_true(hw_discover_fill(f->discover, f->cluster));
    assert_string_equal(hw_cluster_get(f->cluster, "directory.netbios"), "EXAMPLEAD");
}

static void test_many_images(void **state)
{
    struct fixture *f = *state;
    const struct hw_choices *sql = load(f, HW_SOURCE_IMAGES_SQL);
    const struct hw_choices *windows = load(f, HW_SOURCE_IMAGES_WINDOWS);
    assert_int_equal(sql->count + windows->count, IMAGES + HW_STANDARD_IMAGES);
    assert_true(f->discover->most_items <= HW_SLICE);
    assert_true(f->told[HW_SOURCE_IMAGES_SQL] > 3); /* as they came, not at the end */
    assert_true(hw_text_starts(windows->items[0].value, "ssm:"));
    for (size_t i = 3; i < windows->count; i++) /* newest first */
        assert_true(strncmp(windows->items[i - 1].detail, windows->items[i].detail, 10) >= 0);
    assert_non_null(windows->items[0].unfit); /* the Region's parameters do not have it */
}

static void test_boot_mode(void **state)
{
    struct fixture *f = *state;
    set(f, "network.subnets", SUBNET);
    set(f, "nodes.head.image", "ami-00000002");
    load(f, HW_SOURCE_IMAGES_WINDOWS);
    const struct hw_choices *types = load(f, HW_SOURCE_TYPES_HEAD);
    assert_non_null(strstr(hw_choices_find(types, "x9.xlarge")->unfit, "legacy-bios"));
    assert_null(hw_choices_find(types, "x9.2xlarge")->unfit); /* which does not say */
}

static void wait_for_detail(struct fixture *f, const struct hw_choices *choices, const char *value,
                            const char *text)
{
    int64_t end_ms = hw_clock_monotonic_ms() + 60000; /* a watchdog, not a measure */
    while (!strstr(hw_choices_find(choices, value)->detail, text) &&
           hw_clock_monotonic_ms() < end_ms)
        hw_loop_step(f->loop, 1000);
    assert_non_null(strstr(hw_choices_find(choices, value)->detail, text));
}

/* 0.5 for Linux and 4 vCPU of Windows; the list is there before the prices are. */
static void test_price_beside_a_type(void **state)
{
    struct fixture *f = *state;
    set(f, "network.subnets", SUBNET);
    hw_discover_ahead(f->discover, f->cluster);
    const struct hw_choices *types = load(f, HW_SOURCE_TYPES_HEAD);
    wait_for_detail(f, types, "x9.xlarge", "4 vCPU   32 GiB   0.684 USD/h");
    assert_null(strstr(hw_choices_find(types, "x9.2xlarge")->detail, "USD"));
    set(f, "nodes.sql.image",
        "ssm:/aws/service/ami-windows-latest/Windows_Server-2022-English-Full-SQL_2022_Standard");
    wait_for_detail(f, load(f, HW_SOURCE_TYPES_SQL), "x9.xlarge", "1.164 USD/h");
    assert_true(f->discover->most_items <= HW_SLICE);
}

static void test_media(void **state)
{
    struct fixture *f = *state;
    const struct hw_choices *media = load(f, HW_SOURCE_MEDIA);
    assert_string_equal(hw_choices_best(media)->value, "s3://my-hpc-media/hpcpack/");
    wait_for_detail(f, media, "s3://my-hpc-media/hpcpack/", "1 file, 1.0 MiB");
    wait_for_detail(f, media, "s3://other/hpcpack/", "nothing");
}

static size_t count_seen(const struct fixture *f, const char *text)
{
    size_t count = 0;
    for (size_t i = 0; i < f->server.seen_count; i++)
        count += strstr(f->server.seen[i], text) != NULL;
    return count;
}

/* Everything at once, each listing once, only its first page; what is wanted later comes whole. */
static void test_ahead(void **state)
{
    struct fixture *f = *state;
    int64_t end_ms = hw_clock_monotonic_ms() + 60000;
    for (int i = 0; i < 10; i++)
        hw_discover_ahead(f->discover, f->cluster);
    while (!count_seen(f, "DescribeNetworkInterfaces") && hw_clock_monotonic_ms() < end_ms)
        hw_loop_step(f->loop, 1000);
    load(f, HW_SOURCE_VPCS);
    assert_int_equal(count_seen(f, "DescribeSubnets"), 1);
    assert_int_equal(count_seen(f, "DescribeVpcs"), 1);
    assert_int_equal(count_seen(f, "hostedzonesbyvpc"), 2);
    set(f, "network.vpc", VPC);
    assert_int_equal(load(f, HW_SOURCE_SUBNETS)->count, SUBNETS);
    assert_int_equal(count_seen(f, "DescribeSubnets"), SUBNETS / A_PAGE);
    hw_discover_reset(f->discover); /* in the middle of others, which teardown sees */
    hw_discover_ahead(f->discover, f->cluster);
}

static void test_again(void **state)
{
    struct fixture *f = *state;
    f->refuse_vpcs = true;
    assert_int_equal(load(f, HW_SOURCE_VPCS)->state, HW_CHOICES_FAILED);
    f->refuse_vpcs = false;
    hw_discover_again(f->discover, f->cluster, HW_SOURCE_VPCS);
    assert_int_equal(load(f, HW_SOURCE_VPCS)->state, HW_CHOICES_READY);
    assert_string_equal(hw_choices_best(load(f, HW_SOURCE_VPCS))->value, VPC);
    set(f, "network.vpc", VPC);
    assert_int_equal(load(f, HW_SOURCE_ZONES)->count, 2);
    size_t played = f->server.played;
    hw_discover_again(f->discover, f->cluster, HW_SOURCE_VPCS); /* the zones were looked at, too */
    assert_string_equal(hw_choices_best(load(f, HW_SOURCE_VPCS))->value, VPC);
    assert_int_equal(load(f, HW_SOURCE_ZONES)->count, 2);
    assert_true(f->server.played >= played + 2);
}

static void test_zone_name(void **state)
{
    struct fixture *f = *state;
    set(f, "network.vpc", VPC);
    const struct hw_choices *zones = load(f, HW_SOURCE_ZONES);
    assert_int_equal(zones->count, 2);
    assert_string_equal(hw_choices_best(zones)->value, "Z0123456789AB");
    assert_non_null(hw_choices_find(zones, "Z1")->unfit);
    set(f, "network.hosted_zone", "Z0123456789AB");
    assert_true(hw_discover_fill(f->discover, f->cluster));
    assert_string_equal(hw_cluster_get(f->cluster, "network.zone_name"), "hpc.example.internal");
}

static void on_facts(void *data, const struct hw_facts *facts, const struct hw_err *err)
{
    struct fixture *f = data;
    f->done = true;
    if (err)
        f->err = *err;
    for (size_t i = 0; facts && i < facts->names.count; i++)
        hw_strv_take(&f->facts, hw_format("%s=%s", facts->names.items[i], facts->values.items[i]));
}

static void ask_facts(struct fixture *f)
{
    f->done = false;
    hw_discover_facts(f->discover, f->cluster, on_facts, f);
    assert_false(f->done);
    while (!f->done)
        hw_loop_step(f->loop, 1000);
}

static void test_facts(void **state)
{
    struct fixture *f = *state;
    set(f, "network.subnets", SUBNET);
    set(f, "nodes.sql.image", "ami-00000000000000001");
    set(f, "nodes.head.image", "ssm:/aws/service/w");
    set(f, "nodes.compute.0.image", "ssm:/aws/service/w");
    ask_facts(f);
    assert_true(hw_strv_has(&f->facts, "zone=eu-central-1a"));
    assert_true(hw_strv_has(&f->facts, "nodes.sql.image=ami-00000000000000001"));
    assert_true(hw_strv_has(&f->facts, "nodes.head.image=ami-0123456789abcdef0"));
    assert_true(hw_strv_has(&f->facts, "nodes.compute.0.image=ami-0123456789abcdef0"));
    set(f, "nodes.head.image", "ssm:/missing");
    ask_facts(f);
    assert_int_equal(f->err.code, HW_ERR_NOT_FOUND);
    assert_non_null(strstr(f->err.what, "nodes.head.image"));
    set(f, "nodes.head.image", "ssm:/odd");
    ask_facts(f);
    assert_non_null(strstr(f->err.what, "/odd"));
    hw_discover_facts(f->discover, f->cluster, on_facts, f); /* teardown ends it */
}

static void test_free_addresses(void **state HW_UNUSED)
{
    uint32_t out[64], taken[] = {0x0A000105, 0x0A000107};
    char text[16];
    assert_int_equal(hw_free_addresses("10.0.1.0/24", taken, 2, out, 64), 64);
    hw_ipv4_text(out[0], text);
    assert_string_equal(text, "10.0.1.6");
    hw_ipv4_text(out[1], text);
    assert_string_equal(text, "10.0.1.8");
    assert_int_equal(hw_free_addresses("10.0.1.16/28", NULL, 0, out, 64), 10); /* .21 to .30 */
    hw_ipv4_text(out[9], text);
    assert_string_equal(text, "10.0.1.30");
    assert_int_equal(hw_free_addresses("10.0.1.0/30", NULL, 0, out, 64), 0);
    assert_int_equal(hw_free_addresses("nonsense", NULL, 0, out, 64), 0);
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_vpc_with_a_zone_is_best),
        CASE(test_nothing_without_a_vpc),
        CASE(test_many_subnets),
        CASE(test_wanted_once),
        CASE(test_key_pairs),
        CASE(test_another_vpc_starts_again),
        CASE(test_failure_is_kept),
        CASE(test_types_of_the_zone),
        CASE(test_what_follows),
        CASE(test_directories),
        CASE(test_many_images),
        CASE(test_boot_mode),
        CASE(test_price_beside_a_type),
        CASE(test_media),
        CASE(test_ahead),
        CASE(test_again),
        CASE(test_zone_name),
        CASE(test_facts),
        cmocka_unit_test(test_free_addresses),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
