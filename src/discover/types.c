/* SPDX-License-Identifier: Apache-2.0 */
/* Instance types: what the zone of the first subnet offers, and what each role needs. */
#include "discover/load.h"

struct role {
    enum hw_source source;
    long cores, gib;       /* the least that is fit */
    const char *wishes[5]; /* the first of them that is there is best */
};

/* Least sizes: "System requirements" of HPC Pack 2019 with room for SQL Server, whose licence
 * counts four cores at least. */
static const struct role roles[] = {
    {HW_SOURCE_TYPES_SQL, 4, 16, {"r6i.xlarge", "r7i.xlarge", "r5.xlarge", "m6i.xlarge", NULL}},
    {HW_SOURCE_TYPES_HEAD, 4, 16, {"m6i.xlarge", "m7i.xlarge", "m5.xlarge", "r6i.xlarge", NULL}},
    {HW_SOURCE_TYPES_COMPUTE,
     2,
     4,
     {"c6i.4xlarge", "c7i.4xlarge", "c5.4xlarge", "m6i.4xlarge", NULL}},
};

static bool key_types(const struct hw_discover *discover, const struct hw_cluster *cluster,
                      struct hw_buf *out)
{
    const char *id = hw_first_subnet(cluster);
    const struct hw_subnet *subnet = hw_subnet_find(discover, id);
    return hw_key_region(discover, cluster, out) &&
           hw_buf_print(out, " %s", subnet ? subnet->zone : id);
}

static void begin_types(struct hw_load *load, const struct hw_cluster *cluster)
{
    const char *id = hw_first_subnet(cluster);
    const struct hw_subnet *subnet = hw_subnet_find(load->discover, id);
    hw_replace(&load->subnet, id);
    hw_replace(&load->other, subnet ? subnet->zone : NULL);
}

static struct hw_aws_request *ask_zone(struct hw_load *load)
{
    return load->other || !*load->subnet ? NULL : hw_subnet_request(load->subnet);
}

/* From now on the zone is the key: another subnet of it needs nothing new. */
static void read_zone(struct hw_load *load, const struct hw_aws_reply *reply)
{
    const struct hw_xml *item = hw_xml_path(reply->xml, "subnetSet/item");
    if (!item)
        return;
    const struct hw_subnet *subnet = hw_subnet_find(load->discover, load->subnet);
    if (!subnet)
        subnet = hw_subnet_keep(load->discover, item);
    hw_replace(&load->other, subnet->zone);
    free(load->key);
    load->key = hw_format("%s %s", hw_aws_region(load->discover->aws), subnet->zone);
}

static struct hw_aws_request *ask_offerings(struct hw_load *load)
{
    if (!load->other)
        return NULL;
    struct hw_aws_request *request =
        hw_aws_request_new(HW_AWS_EC2, "DescribeInstanceTypeOfferings");
    hw_aws_param(request, "LocationType", "availability-zone");
    hw_aws_param(request, "Filter.1.Name", "location");
    hw_aws_param(request, "Filter.1.Value.1", load->other);
    hw_aws_param(request, "MaxResults", "1000");
    return request;
}

static int by_text(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static void read_offerings(struct hw_load *load, const struct hw_aws_reply *reply)
{
    const struct hw_xml *set = hw_xml_child(reply->xml, "instanceTypeOfferingSet");
    for (struct hw_xml *item = set ? hw_xml_first(set, "item") : NULL; item;
         item = hw_xml_next(item))
        hw_strv_take(&load->names, hw_xml_text(item, "instanceType"));
    if (load->names.count)
        qsort(load->names.items, load->names.count, sizeof load->names.items[0], by_text);
}

static struct hw_aws_request *ask_types(struct hw_load *load HW_UNUSED)
{
    static const char *const filters[][2] = {
        {"processor-info.supported-architecture", "x86_64"},
        {"current-generation", "true"},
        {"bare-metal", "false"},
    };
    struct hw_aws_request *request = hw_aws_request_new(HW_AWS_EC2, "DescribeInstanceTypes");
    for (size_t i = 0; i < HW_COUNT(filters); i++) {
        hw_aws_paramf(request, filters[i][0], "Filter.%zu.Name", i + 1);
        hw_aws_paramf(request, filters[i][1], "Filter.%zu.Value.1", i + 1);
    }
    hw_aws_param(request, "MaxResults", "100");
    return request;
}

static bool is_offered(const struct hw_load *load, const char *type)
{
    return !load->other ||
           (load->names.count && bsearch(&type, load->names.items, load->names.count,
                                         sizeof load->names.items[0], by_text));
}

static long number_at(const struct hw_xml *item, const char *path)
{
    hw_auto_text text = hw_xml_text(item, path);
    long value = 0;
    hw_parse_int(text, 0, 1L << 40, &value);
    return value;
}

static void offer_type(struct hw_load *load, const struct hw_xml *item, const struct role *role)
{
    hw_auto_text type = hw_xml_text(item, "instanceType");
    hw_auto_text network = hw_xml_text(item, "networkInfo/networkPerformance");
    long cores = number_at(item, "vCpuInfo/defaultVCpus");
    long mib = number_at(item, "memoryInfo/sizeInMiB");
    hw_auto_text detail = hw_format(_("%ld vCPU  %ld GiB  %s"), cores, mib / 1024, network);
    struct hw_choice *choice = hw_offer(load, role->source, type, type, detail);
    if (!choice)
        return;
    hw_replace(&choice->group, load->other ? load->other : "");
    if (!is_offered(load, type)) {
        hw_auto_text why = hw_format(_("not offered in %s"), load->other);
        hw_offer_unfit(choice, why);
    } else if (cores < role->cores || mib < role->gib * 1024) {
        hw_auto_text why =
            hw_format(_("too small: needs %ld vCPU and %ld GiB"), role->cores, role->gib);
        hw_offer_unfit(choice, why);
    }
}

static void read_types(struct hw_load *load, const struct hw_aws_reply *reply)
{
    const struct hw_xml *set = hw_xml_child(reply->xml, "instanceTypeSet");
    for (struct hw_xml *item = set ? hw_xml_first(set, "item") : NULL; item;
         item = hw_xml_next(item)) {
        for (size_t i = 0; i < HW_COUNT(roles); i++)
            offer_type(load, item, &roles[i]);
    }
}

/* vCPU count as the detail begins with it. */
static long size_of(const struct hw_choice *choice)
{
    return strtol(choice->detail, NULL, 10);
}

/* Without prices the smallest fit one stands for the cheapest. */
static struct hw_choice *smallest(struct hw_choices *choices)
{
    struct hw_choice *found = NULL;
    for (size_t i = 0; i < choices->count; i++) {
        struct hw_choice *choice = &choices->items[i];
        if (!choice->unfit && (!found || size_of(choice) < size_of(found)))
            found = choice;
    }
    return found;
}

static struct hw_choice *wished(struct hw_choices *choices, const struct role *role)
{
    for (const char *const *wish = role->wishes; *wish; wish++) {
        struct hw_choice *choice = (struct hw_choice *)hw_choices_find(choices, *wish);
        if (choice && !choice->unfit)
            return choice;
    }
    return NULL;
}

static void rank_types(struct hw_load *load)
{
    for (size_t i = 0; i < HW_COUNT(roles); i++) {
        struct hw_choices *choices = hw_offered(load, roles[i].source);
        hw_choices_sort(choices);
        for (size_t j = 0; j < choices->count; j++)
            choices->items[j].best = false;
        struct hw_choice *best = wished(choices, &roles[i]);
        if (!best)
            best = smallest(choices);
        if (best)
            best->best = true;
    }
}

static const struct hw_query types_query = {
    .build = ask_types, .read = read_types, .token_in = "NextToken", .token_out = "nextToken"};
static const struct hw_query offerings_query = {.build = ask_offerings,
                                                .read = read_offerings,
                                                .token_in = "NextToken",
                                                .token_out = "nextToken",
                                                .then = &types_query};
const struct hw_data_rule hw_data_types = {
    .key = key_types,
    .begin = begin_types,
    .query =
        &(const struct hw_query){.build = ask_zone, .read = read_zone, .then = &offerings_query},
    .rank = rank_types,
    .sources = {HW_SOURCE_TYPES_SQL, HW_SOURCE_TYPES_HEAD, HW_SOURCE_TYPES_COMPUTE},
};
