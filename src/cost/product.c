/* SPDX-License-Identifier: Apache-2.0 */
/* One product as the AWS Price List Query API tells it. */
#include <jansson.h>

#include "base/text.h"
#include "cost/prices.h"

#define SOURCE    "AWS Price List API"
#define SIMULATED "simulated" /* by whoever describes the rate so */

static const char *text_at(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text ? text : "";
}

static bool is(const json_t *object, const char *key, const char *value)
{
    return strcmp(text_at(object, key), value) == 0;
}

/* The one figure of "terms": {"OnDemand": {TERM: {"priceDimensions": {RATE: {...}}}}}. Products
 * that cost differently with amount or time have several; they are not for us. */
static bool only_rate(const json_t *product, const char *unit, struct hw_price *ret)
{
    json_t *terms = json_object_get(json_object_get(product, "terms"), "OnDemand");
    if (json_object_size(terms) != 1)
        return false;
    json_t *term = json_object_iter_value(json_object_iter(terms));
    json_t *rates = json_object_get(term, "priceDimensions");
    if (json_object_size(rates) != 1)
        return false;
    const json_t *rate = json_object_iter_value(json_object_iter(rates));
    if (hw_text_equal_nocase(text_at(rate, "description"), SIMULATED))
        ret->source = SIMULATED;
    return hw_text_equal_nocase(text_at(rate, "unit"), unit) &&
           hw_amount_parse(text_at(json_object_get(rate, "pricePerUnit"), "USD"), &ret->nano);
}

static bool day_ok(const char *date)
{
    return strlen(date) >= 10 && strspn(date, "0123456789-") >= 10;
}

static bool read_instance(struct hw_prices *prices, const json_t *product, const json_t *facts,
                          struct hw_price *price)
{
    bool ours = is(facts, "operatingSystem", "Linux") && is(facts, "preInstalledSw", "NA") &&
                is(facts, "tenancy", "Shared") && is(facts, "capacitystatus", "Used") &&
                *text_at(facts, "instanceType");
    return ours && only_rate(product, "Hrs", price) &&
           hw_prices_put(prices, HW_PRICE_LINUX, text_at(facts, "regionCode"),
                         text_at(facts, "instanceType"), price);
}

/* Of several products of a volume type the one that counts what is stored has this unit. */
static bool read_volume(struct hw_prices *prices, const json_t *product, const json_t *facts,
                        struct hw_price *price)
{
    return *text_at(facts, "volumeApiName") && only_rate(product, "GB-Mo", price) &&
           hw_prices_put(prices, HW_PRICE_VOLUME, text_at(facts, "regionCode"),
                         text_at(facts, "volumeApiName"), price);
}

bool hw_prices_read_product(struct hw_prices *prices, const char *text, size_t length)
{
    json_t *root = json_loadb(text, length, 0, NULL);
    const json_t *product = json_object_get(root, "product");
    const json_t *facts = json_object_get(product, "attributes");
    const char *published = text_at(root, "publicationDate");
    bool done = false;
    if (facts && day_ok(published) && *text_at(facts, "regionCode")) {
        char date[11];
        snprintf(date, sizeof date, "%.10s", published);
        struct hw_price price = {.source = SOURCE, .date = date};
        done = is(product, "productFamily", "Storage") ? read_volume(prices, root, facts, &price)
                                                       : read_instance(prices, root, facts, &price);
    }
    json_decref(root);
    return done;
}
