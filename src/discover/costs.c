/* SPDX-License-Identifier: Apache-2.0 */
/* What a cluster costs, with what was discovered of its types and images. */
#include "discover/costs.h"

#include "cost/cost.h"

#define VOLUME HW_PRICES_VOLUME "gp3"

void hw_costs_read_files(struct hw_discover *discover)
{
    struct hw_err err = {0};
    char text[1400];
    if (discover->prices_read)
        return;
    discover->prices_read = true;
    if (!hw_prices_load_all(discover->prices, &err))
        hw_tell_notice(hw_aws_sink(discover->aws), HW_WARNING, _("No prices from a file: %s"),
                       hw_err_text(&err, text, sizeof text));
}

long hw_discover_vcpus(const struct hw_discover *discover, const char *type)
{
    const struct hw_row *row =
        hw_table_find(hw_table_of(discover, HW_DATA_TYPES), HW_TYPE_NAME, type);
    return row ? hw_row_number(row, HW_TYPE_VCPUS) : 0;
}

static const char *usage_of(const struct hw_discover *discover, const char *image)
{
    const struct hw_row *row = hw_image_find(discover, image);
    return row ? row->cell[HW_IMAGE_USAGE] : "";
}

static long facts_vcpus(void *data, const char *type)
{
    return hw_discover_vcpus(data, type);
}

static const char *facts_usage(void *data, const char *image)
{
    return usage_of(data, image);
}

/* The price of one type, unless the list of all is on its way or it is known already. */
static bool price_is_over(struct hw_discover *discover, const char *type)
{
    struct hw_price price;
    const struct hw_load *all = hw_load_find(discover, HW_DATA_PRICES, "");
    if (!*type || hw_prices_find(discover->prices, HW_PRICE_LINUX, hw_aws_region(discover->aws),
                                 type, &price))
        return true;
    return hw_load_over(all ? all : hw_load_want(discover, HW_DATA_PRICES, type, true));
}

static bool set_is_over(struct hw_discover *discover, enum hw_data_set set)
{
    return hw_load_over(hw_load_want(discover, set, "", true));
}

bool hw_discover_want_cost(struct hw_discover *discover, const struct hw_cluster *cluster)
{
    bool over = set_is_over(discover, HW_DATA_TYPES);
    hw_costs_read_files(discover);
    over = set_is_over(discover, HW_DATA_OWN_IMAGES) && over;
    over = set_is_over(discover, HW_DATA_AMAZON_IMAGES) && over;
    over = hw_load_over(hw_load_want(discover, HW_DATA_PRICES, VOLUME, true)) && over;
    if (!hw_cluster_sql_local(cluster))
        over = price_is_over(discover, hw_cluster_get(cluster, "nodes.sql.type")) && over;
    over = price_is_over(discover, hw_cluster_get(cluster, "nodes.head.type")) && over;
    for (size_t group = 0; group < hw_cluster_groups(cluster); group++) {
        hw_auto_text key = hw_key_of_group("nodes.compute.*.type", group);
        over = price_is_over(discover, hw_cluster_get(cluster, key)) && over;
    }
    return over;
}

void hw_discover_cost(const struct hw_discover *discover, const struct hw_cluster *cluster,
                      struct hw_cost *ret)
{
    struct hw_cost_facts facts = {(void *)discover, facts_vcpus, facts_usage};
    hw_cost_estimate(cluster, discover->prices, &facts, ret);
}

unsigned long hw_discover_cost_generation(const struct hw_discover *discover)
{
    return discover->side_facts + hw_prices_generation(discover->prices);
}
