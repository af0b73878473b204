/* SPDX-License-Identifier: Apache-2.0 */
/* What AWS asks for things, and the directories of the account: the Price List Query API
 * (2017-10-15) and Directory Service (2015-04-16). The figures are the account file's own. */
#include "sim/call.h"

#include "base/mem.h"

static double figure(const struct sim_call *call, const char *name)
{
    return json_number_value(json_object_get(json_object_get(call->cloud->state, "prices"), name));
}

/* One element of PriceList, which is a text; its figure stands three levels down. */
static void add_product(struct sim_call *call, json_t *list, const char *family, json_t *facts_take,
                        const char *sku, const char *unit, double usd)
{
    json_t *filters = json_object_get(call->in, "Filters");
    size_t i;
    json_t *filter;
    bool wanted = usd > 0;
    json_array_foreach(filters, i, filter)
    {
        const char *field = sim_text(filter, "Field");
        wanted = wanted && sim_is(facts_take, field, sim_text(filter, "Value"));
    }
    json_t *rate = json_pack("{s:s, s:s, s:s, s:s, s:{}}", "unit", unit, "beginRange", "0",
                             "endRange", "Inf", "description", "Simulated", "pricePerUnit");
    sim_put(json_object_get(rate, "pricePerUnit"), "USD", "%.10f", usd);
    hw_auto_text term = hw_format("%s.JRTCKXETXF", sku);
    hw_auto_text code = hw_format("%s.6YS6EN2CT7", term);
    json_t *product =
        json_pack("{s:{s:s, s:s, s:o}, s:s, s:{s:{s:{s:s, s:s, s:{s:o}}}}, s:s, s:s}", "product",
                  "productFamily", family, "sku", sku, "attributes", facts_take, "serviceCode",
                  "AmazonEC2", "terms", "OnDemand", term, "offerTermCode", "JRTCKXETXF",
                  "effectiveDate", "2026-11-01T00:00:00Z", "priceDimensions", code, rate, "version",
                  "20261120000000", "publicationDate", "2026-11-20T00:00:00Z");
    char *text = json_dumps(product, JSON_COMPACT);
    if (wanted)
        sim_append_text(list, text);
    free(text);
    json_decref(product);
}

static void add_type(struct sim_call *call, json_t *list, json_t *type, size_t place)
{
    int64_t vcpus = sim_int(json_object_get(type, "vCpuInfo"), "defaultVCpus");
    int64_t mib = sim_int(json_object_get(type, "memoryInfo"), "sizeInMiB");
    json_t *facts = json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s}", "servicecode",
                              "AmazonEC2", "instanceType", sim_text(type, "instanceType"),
                              "operatingSystem", "Linux", "preInstalledSw", "NA", "tenancy",
                              "Shared", "capacitystatus", "Used", "licenseModel",
                              "No License required", "regionCode", sim_cloud_region(call->cloud));
    sim_put(facts, "vcpu", "%lld", (long long)vcpus);
    sim_put(facts, "memory", "%lld GiB", (long long)(mib / 1024));
    hw_auto_text sku = hw_format("SIMTYPE%04zu", place);
    add_product(call, list, "Compute Instance", facts, sku, "Hrs",
                figure(call, "vcpu") * (double)vcpus + figure(call, "gib") * (double)mib / 1024.0);
}

static void get_products(struct sim_call *call)
{
    static const struct sim_page page = {"PriceList", "MaxResults", "NextToken",
                                         "NextToken", 100,          100};
    const char *service = sim_need(call, "ServiceCode");
    json_t *list = json_array();
    size_t i;
    json_t *type;
    if (!service) {
        json_decref(list);
        return;
    }
    json_array_foreach(sim_cloud_list(call->cloud, "types"), i, type)
    {
        add_type(call, list, type, i);
    }
    add_product(call, list, "Storage",
                json_pack("{s:s, s:s, s:s, s:s}", "servicecode", "AmazonEC2", "volumeApiName",
                          "gp3", "volumeType", "General Purpose", "regionCode",
                          sim_cloud_region(call->cloud)),
                "SIMVOLUME", "GB-Mo", figure(call, "gp3"));
    sim_put(call->out, "FormatVersion", "aws_v1");
    sim_page(call, list, &page);
}

static void describe_directories(struct sim_call *call)
{
    static const struct sim_page page = {
        "DirectoryDescriptions", "Limit", "NextToken", "NextToken", 100, 100};
    const json_t *ids = json_object_get(call->in, "DirectoryIds");
    bool home = strcmp(call->region, sim_cloud_region(call->cloud)) == 0;
    json_t *list = json_array();
    size_t i;
    json_t *item;
    json_array_foreach(sim_cloud_list(call->cloud, "directories"), i, item)
    {
        if (home && (!json_array_size(ids) || sim_has(ids, sim_text(item, "DirectoryId"))))
            json_array_append(list, item);
    }
    sim_page(call, list, &page);
}

static const struct sim_op PRICES[] = {
    {"GetProducts", NULL, get_products, NULL},
    {NULL, NULL, NULL, NULL},
};
static const struct sim_op DIRECTORIES[] = {
    {"DescribeDirectories", NULL, describe_directories, NULL},
    {NULL, NULL, NULL, NULL},
};

const struct sim_service sim_pricing = {"pricing", SIM_JSON, "AWSPriceListService", PRICES, NULL};
const struct sim_service sim_ds = {"ds", SIM_JSON, "DirectoryService_20150416", DIRECTORIES, NULL};
