/* SPDX-License-Identifier: Apache-2.0 */
/* The engine: whose turn it is, and who is told. */
#include "discover/build.h"
#include "discover/job.h"

static const struct hw_source_rule *const rules[HW_SOURCE_COUNT] = {
    [HW_SOURCE_REGIONS] = &hw_regions_rule,
    [HW_SOURCE_VPCS] = &hw_vpcs_rule,
    [HW_SOURCE_SUBNETS] = &hw_subnets_rule,
    [HW_SOURCE_ZONES] = &hw_zones_rule,
    [HW_SOURCE_ADDRESSES] = &hw_addresses_rule,
    [HW_SOURCE_KEY_PAIRS] = &hw_key_pairs_rule,
    [HW_SOURCE_IMAGES_SQL] = &hw_images_sql_rule,
    [HW_SOURCE_IMAGES_WINDOWS] = &hw_images_windows_rule,
    [HW_SOURCE_TYPES_SQL] = &hw_types_sql_rule,
    [HW_SOURCE_TYPES_HEAD] = &hw_types_head_rule,
    [HW_SOURCE_TYPES_COMPUTE] = &hw_types_compute_rule,
    [HW_SOURCE_SECRET_NAMES] = &hw_secret_names_rule,
    [HW_SOURCE_DOMAINS] = &hw_domains_rule,
    [HW_SOURCE_NETWORKS] = &hw_networks_rule,
    [HW_SOURCE_MEDIA] = &hw_media_rule,
};

struct hw_discover *hw_discover_new(struct hw_aws *aws, hw_discover_fn *changed, void *data)
{
    struct hw_discover *discover = HW_NEW(struct hw_discover);
    discover->aws = aws;
    discover->changed = changed;
    discover->data = data;
    discover->builds = hw_alloc(HW_SOURCE_COUNT * sizeof *discover->builds);
    for (int i = 0; i < HW_SOURCE_COUNT; i++) {
        discover->builds[i].discover = discover;
        discover->builds[i].rule = rules[i];
    }
    discover->prices = hw_prices_new();
    return discover;
}

void hw_discover_reset(struct hw_discover *discover)
{
    for (int i = 0; i < HW_SOURCE_COUNT; i++) {
        if (rules[i])
            hw_build_forget(&discover->builds[i]);
    }
    hw_loads_forget(discover);
    discover->ahead = discover->browsing = false;
    hw_jobs_stop(discover);
}

void hw_discover_free(struct hw_discover *discover)
{
    if (!discover)
        return;
    hw_discover_reset(discover);
    hw_timer_cancel(discover->timer);
    hw_prices_free(discover->prices);
    free(discover->builds);
    free(discover);
}

/* ---- Turns ------------------------------------------------------------------------------ */

static size_t read_pages(struct hw_discover *discover, size_t left)
{
    size_t count = 0;
    for (struct hw_load *load = discover->loads; load; load = load->next) {
        if (hw_load_reading(load) && count < left)
            count += hw_load_read(load, left - count);
    }
    return count;
}

static size_t build_choices(struct hw_discover *discover, size_t left)
{
    size_t count = 0;
    for (int i = 0; i < HW_SOURCE_COUNT; i++) {
        if (rules[i])
            count += hw_build_work(&discover->builds[i], left - count);
    }
    return count;
}

static bool is_left(const struct hw_discover *discover)
{
    for (const struct hw_load *load = discover->loads; load; load = load->next) {
        if (hw_load_reading(load))
            return true;
    }
    for (int i = 0; i < HW_SOURCE_COUNT; i++) {
        if (rules[i] && hw_build_waits(&discover->builds[i]))
            return true;
    }
    return false;
}

/* The last thing of a turn: `changed` may want or reset anything. */
static void tell(struct hw_discover *discover)
{
    for (int i = 0; i < HW_SOURCE_COUNT; i++) {
        bool told = discover->builds[i].told;
        discover->builds[i].told = false;
        if (told && discover->changed)
            discover->changed(discover->data, (enum hw_source)i);
    }
}

/* The second step ahead: the zones of the VPCs, and the addresses that are taken in the subnet that
 * each of them would propose. */
static void step_ahead(struct hw_discover *discover)
{
    const struct hw_load *vpcs = hw_load_find(discover, HW_DATA_VPCS, "");
    const struct hw_load *subnets = hw_load_find(discover, HW_DATA_SUBNETS, "");
    if (!discover->ahead || !vpcs || !subnets || !vpcs->pages || !subnets->pages)
        return;
    hw_auto(hw_buf) wanted = HW_BUF(HW_MAX_VALUE);
    discover->ahead = false;
    for (size_t i = 0; i < vpcs->table.count && i < HW_ASKED_VPCS; i++) {
        const char *vpc = vpcs->table.rows[i].cell[HW_VPC_ID];
        if (!hw_is_plain(vpc))
            continue;
        const struct hw_row *subnet = hw_subnet_best(discover, vpc);
        hw_load_want(discover, HW_DATA_ZONES, vpc, false);
        if (subnet)
            hw_buf_print(&wanted, "%s%s", wanted.len ? " " : "", subnet->cell[HW_SUBNET_ID]);
    }
    if (wanted.len)
        hw_load_want(discover, HW_DATA_INTERFACES, hw_buf_cstr(&wanted), false);
}

static void turn(void *data)
{
    struct hw_discover *discover = data;
    discover->timer = NULL;
    size_t count = read_pages(discover, HW_SLICE);
    step_ahead(discover);
    count += build_choices(discover, HW_SLICE - count);
    if (count > discover->most_items)
        discover->most_items = count;
    if (is_left(discover))
        hw_discover_go_on(discover);
    tell(discover);
}

void hw_discover_go_on(struct hw_discover *discover)
{
    if (!discover->timer)
        discover->timer = hw_loop_timer(hw_aws_loop(discover->aws), 0, turn, discover);
}

/* ---- What others ask -------------------------------------------------------------------- */

const struct hw_choices *hw_discover_choices(const struct hw_discover *discover,
                                             enum hw_source source)
{
    return &discover->builds[source].choices;
}

void hw_discover_want(struct hw_discover *discover, const struct hw_cluster *cluster,
                      enum hw_source source)
{
    if (rules[source])
        hw_build_want(&discover->builds[source], cluster);
}

static bool reads(const struct hw_source_rule *rule, enum hw_data_set set)
{
    for (size_t i = 0; i < rule->part_count; i++) {
        if (rule->parts[i].set == set)
            return true;
    }
    return rule->look_set && rule->look_set == set;
}

static bool share_a_set(const struct hw_source_rule *a, const struct hw_source_rule *b)
{
    for (size_t i = 0; i < a->part_count; i++) {
        if (reads(b, a->parts[i].set))
            return true;
    }
    return a->look_set && reads(b, a->look_set);
}

void hw_discover_again(struct hw_discover *discover, const struct hw_cluster *cluster,
                       enum hw_source source)
{
    const struct hw_source_rule *rule = rules[source];
    if (!rule)
        return;
    for (int i = 0; i < HW_SOURCE_COUNT; i++) { /* whatever points into the same tables */
        if (rules[i] && share_a_set(rule, rules[i]))
            hw_build_forget(&discover->builds[i]);
    }
    for (size_t i = 0; i < rule->part_count; i++)
        hw_load_drop(discover, rule->parts[i].set);
    if (rule->look_set)
        hw_load_drop(discover, rule->look_set);
    for (int i = 0; i < HW_SOURCE_COUNT; i++) {
        if (rules[i] && share_a_set(rule, rules[i]))
            hw_build_want(&discover->builds[i], cluster);
    }
}

void hw_discover_ahead(struct hw_discover *discover, const struct hw_cluster *cluster)
{
    static const enum hw_data_set early[] = {
        HW_DATA_REGIONS,      HW_DATA_VPCS,          HW_DATA_SUBNETS, HW_DATA_DHCP,
        HW_DATA_DIRECTORIES,  HW_DATA_KEY_PAIRS,     HW_DATA_TYPES,   HW_DATA_OFFERINGS,
        HW_DATA_OWN_IMAGES,   HW_DATA_AMAZON_IMAGES, HW_DATA_BUCKETS, HW_DATA_STANDARD_IMAGES,
        HW_DATA_SECRET_NAMES,
    };
    if (discover->browsing || !*hw_aws_region(discover->aws))
        return;
    discover->ahead = discover->browsing = true;
    for (size_t i = 0; i < HW_COUNT(early); i++)
        hw_load_want(discover, early[i], "", false);
    hw_discover_want(discover, cluster, HW_SOURCE_VPCS); /* these two look closer by themselves */
    hw_discover_want(discover, cluster, HW_SOURCE_MEDIA);
}

bool hw_load_is_current(const struct hw_discover *discover, const struct hw_cluster *cluster,
                        enum hw_source source)
{
    const struct hw_build *build = &discover->builds[source];
    hw_auto(hw_buf) key = HW_BUF(HW_MAX_LINE);
    return build->key && build->choices.state == HW_CHOICES_READY &&
           hw_build_key(build, cluster, &key) && strcmp(build->key, hw_buf_cstr(&key)) == 0;
}

const char *hw_first_subnet(const struct hw_cluster *cluster)
{
    const struct hw_strv *subnets = hw_cluster_list(cluster, "network.subnets");
    return subnets && subnets->count ? subnets->items[0] : "";
}
