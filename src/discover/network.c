/* SPDX-License-Identifier: Apache-2.0 */
/* VPCs, subnets, private zones, the networks that access may come from, directory domains. */
#include "discover/build.h"

static bool key_vpc(const struct hw_discover *discover HW_UNUSED, const struct hw_cluster *cluster,
                    struct hw_buf *out)
{
    const char *vpc = hw_cluster_get(cluster, "network.vpc");
    return *vpc && hw_buf_print(out, " %s", vpc);
}

static void begin_in_vpc(struct hw_build *build, const struct hw_cluster *cluster)
{
    hw_replace(&build->vpc, hw_cluster_get(cluster, "network.vpc"));
}

/* ---- VPCs ------------------------------------------------------------------------------- */

static void offer_vpc(struct hw_build *build, const struct hw_row *row)
{
    const char *id = row->cell[HW_VPC_ID], *name = row->cell[HW_VPC_NAME];
    bool standard = strcmp(row->cell[HW_VPC_DEFAULT], "true") == 0;
    hw_auto_text detail =
        hw_format("%s  %s%s%s", row->cell[HW_VPC_CIDR], name, standard && *name ? ", " : "",
                  standard ? _("default VPC") : "");
    struct hw_choice *choice = hw_offer(build, id, id, detail);
    if (choice)
        choice->best = standard;
}

static bool look_at_zones(struct hw_build *build)
{
    const struct hw_choices *choices = &build->choices;
    bool all = true;
    for (size_t i = 0; choices->count > 1 && i < choices->count && i < HW_ASKED_VPCS; i++) {
        const struct hw_load *load =
            hw_load_want(build->discover, HW_DATA_ZONES, choices->items[i].value, false);
        all = all && (hw_load_over(load) || load->pages);
    }
    return all;
}

static bool has_own_zone(const struct hw_discover *discover, const char *vpc)
{
    const struct hw_load *load = hw_load_find(discover, HW_DATA_ZONES, vpc);
    for (size_t i = 0; load && i < load->table.count; i++) {
        if (!*load->table.rows[i].cell[HW_ZONE_SERVICE])
            return true;
    }
    return false;
}

/* A cluster needs a private zone, so the first VPC that has one is the best, before the default
 * one. */
static void rank_vpcs(struct hw_build *build)
{
    struct hw_choices *choices = &build->choices;
    size_t found = choices->count;
    for (size_t i = choices->count < HW_ASKED_VPCS ? choices->count : HW_ASKED_VPCS; i-- > 0;) {
        if (has_own_zone(build->discover, choices->items[i].value))
            found = i;
    }
    for (size_t i = 0; found < choices->count && i < choices->count; i++)
        choices->items[i].best = i == found;
}

const struct hw_source_rule hw_vpcs_rule = {
    .source = HW_SOURCE_VPCS,
    .parts = (const struct hw_part[]){{.set = HW_DATA_VPCS, .offer = offer_vpc}},
    .part_count = 1,
    .look = look_at_zones,
    .look_set = HW_DATA_ZONES,
    .rank = rank_vpcs,
};

/* ---- Subnets ---------------------------------------------------------------------------- */

static void offer_subnet(struct hw_build *build, const struct hw_row *row)
{
    const char *id = row->cell[HW_SUBNET_ID], *zone = row->cell[HW_SUBNET_ZONE];
    long count = hw_row_number(row, HW_SUBNET_FREE);
    if (strcmp(row->cell[HW_SUBNET_VPC], build->vpc) != 0)
        return;
    hw_auto_text free_text = hw_format(_("%ld free"), count);
    hw_auto_text detail = hw_format("%s  %s  %s  %s", zone, row->cell[HW_SUBNET_CIDR], free_text,
                                    row->cell[HW_SUBNET_NAME]);
    struct hw_choice *choice = hw_offer(build, id, id, detail);
    if (!choice)
        return;
    hw_replace(&choice->group, zone);
    if (!*row->cell[HW_SUBNET_CIDR])
        hw_offer_unfit(choice, _("has no IPv4 network"));
    else if (count < 2)
        hw_offer_unfit(choice, _("has no free addresses"));
}

static bool has_more(const struct hw_row *x, const struct hw_row *y)
{
    long a = hw_row_number(x, HW_SUBNET_FREE), b = hw_row_number(y, HW_SUBNET_FREE);
    return a != b ? a > b : strcmp(x->cell[HW_SUBNET_CIDR], y->cell[HW_SUBNET_CIDR]) < 0;
}

/* Of the VPC, not in this zone (NULL: in any). */
static const struct hw_row *best_subnet(const struct hw_table *subnets, const char *vpc,
                                        const char *other_zone)
{
    const struct hw_row *best = NULL;
    for (size_t i = 0; i < subnets->count; i++) {
        const struct hw_row *row = &subnets->rows[i];
        if (strcmp(row->cell[HW_SUBNET_VPC], vpc) != 0 || !*row->cell[HW_SUBNET_CIDR] ||
            (other_zone && strcmp(row->cell[HW_SUBNET_ZONE], other_zone) == 0))
            continue;
        if (!best || has_more(row, best))
            best = row;
    }
    return best;
}

const struct hw_row *hw_subnet_best(const struct hw_discover *discover, const char *vpc)
{
    return best_subnet(hw_table_of(discover, HW_DATA_SUBNETS), vpc, NULL);
}

const struct hw_row *hw_subnet_find(const struct hw_discover *discover, const char *id)
{
    return hw_table_find(hw_table_of(discover, HW_DATA_SUBNETS), HW_SUBNET_ID, id);
}

/* The one with most free addresses, and the one with most in another zone. */
static void rank_subnets(struct hw_build *build)
{
    const struct hw_table *subnets = hw_table_of(build->discover, HW_DATA_SUBNETS);
    const struct hw_row *first = best_subnet(subnets, build->vpc, NULL);
    const struct hw_row *second =
        first ? best_subnet(subnets, build->vpc, first->cell[HW_SUBNET_ZONE]) : NULL;
    for (size_t i = 0; i < build->choices.count; i++) {
        struct hw_choice *choice = &build->choices.items[i];
        bool best = (first && strcmp(choice->value, first->cell[HW_SUBNET_ID]) == 0) ||
                    (second && strcmp(choice->value, second->cell[HW_SUBNET_ID]) == 0);
        choice->best = best && !choice->unfit;
    }
}

const struct hw_source_rule hw_subnets_rule = {
    .source = HW_SOURCE_SUBNETS,
    .key = key_vpc,
    .begin = begin_in_vpc,
    .parts = (const struct hw_part[]){{.set = HW_DATA_SUBNETS, .offer = offer_subnet}},
    .part_count = 1,
    .rank = rank_subnets,
};

/* ---- The networks that access may come from --------------------------------------------- */

static void offer_vpc_networks(struct hw_build *build, const struct hw_row *row)
{
    const char *main_cidr = row->cell[HW_VPC_CIDR], *at = row->cell[HW_VPC_CIDRS];
    if (strcmp(row->cell[HW_VPC_ID], build->vpc) != 0)
        return;
    struct hw_choice *choice = hw_offer(build, main_cidr, main_cidr, _("the whole VPC"));
    if (choice)
        choice->best = true;
    while (*at) {
        size_t length = strcspn(at, " ");
        hw_auto_text cidr = hw_strndup(at, length);
        if (strcmp(cidr, main_cidr) != 0)
            hw_offer(build, cidr, cidr, _("another network of the VPC"));
        at += length + (at[length] == ' ');
    }
}

static void offer_subnet_network(struct hw_build *build, const struct hw_row *row)
{
    const char *cidr = row->cell[HW_SUBNET_CIDR];
    if (strcmp(row->cell[HW_SUBNET_VPC], build->vpc) == 0)
        hw_offer(build, cidr, cidr, row->cell[HW_SUBNET_NAME]);
}

static int order_networks(const void *a, const void *b)
{
    const struct hw_choice *x = a, *y = b;
    if (x->best != y->best)
        return x->best ? -1 : 1;
    return hw_text_compare_natural(x->value, y->value);
}

const struct hw_source_rule hw_networks_rule = {
    .source = HW_SOURCE_NETWORKS,
    .key = key_vpc,
    .begin = begin_in_vpc,
    .parts = (const struct hw_part[]){{.set = HW_DATA_VPCS, .offer = offer_vpc_networks},
                                      {.set = HW_DATA_SUBNETS, .offer = offer_subnet_network}},
    .part_count = 2,
    .order = order_networks,
};

/* ---- Private zones that the VPC sees ---------------------------------------------------- */

static void offer_zone(struct hw_build *build, const struct hw_row *row)
{
    const char *slash =
        strrchr(row->cell[HW_ZONE_ID], '/'); /* "/hostedzone/Z..." in some answers */
    const char *value = slash ? slash + 1 : row->cell[HW_ZONE_ID];
    hw_auto_text name = hw_strdup(row->cell[HW_ZONE_NAME]);
    size_t length = strlen(name);
    if (length && name[length - 1] == '.')
        name[length - 1] = '\0';
    struct hw_choice *choice = hw_offer(build, value, name, value);
    if (*row->cell[HW_ZONE_SERVICE])
        hw_offer_unfit(choice, _("belongs to another AWS service"));
}

/* One that is named for the purpose, else the first: the zone of the directory would do, but its
 * records belong to the domain controllers. */
static void rank_zones(struct hw_build *build)
{
    struct hw_choices *choices = &build->choices;
    size_t best = 0;
    for (size_t i = choices->count; i-- > 0;) {
        choices->items[i].best = false;
        if (!choices->items[i].unfit && strcasestr(choices->items[i].label, "hpc"))
            best = i;
    }
    if (choices->count && !choices->items[best].unfit)
        choices->items[best].best = true;
}

const struct hw_source_rule hw_zones_rule = {
    .source = HW_SOURCE_ZONES,
    .key = key_vpc,
    .begin = begin_in_vpc,
    .parts = (const struct hw_part[]){{.set = HW_DATA_ZONES, .offer = offer_zone, .of_vpc = true}},
    .part_count = 1,
    .rank = rank_zones,
    .order = hw_order_fit,
};

/* ---- Directory domains ------------------------------------------------------------------ */

/* The names that Amazon gives are no directory domains. */
static bool is_amazon_domain(const char *name)
{
    return strcmp(name, "ec2.internal") == 0 || hw_text_ends(name, ".compute.internal");
}

/* The domain name that DHCP hands to the machines of the VPC. */
static void offer_dhcp(struct hw_build *build, const struct hw_row *row)
{
    const struct hw_row *vpc =
        hw_table_find(hw_table_of(build->discover, HW_DATA_VPCS), HW_VPC_ID, build->vpc);
    const char *at = row->cell[HW_DHCP_DOMAINS];
    if (!vpc || strcmp(vpc->cell[HW_VPC_DHCP], row->cell[HW_DHCP_ID]) != 0)
        return;
    while (*at) {
        size_t length = strcspn(at, " ");
        hw_auto_text name = hw_strndup(at, length);
        if (!is_amazon_domain(name) && !hw_choices_find(&build->choices, name))
            hw_offer(build, name, name, _("from the VPC's DHCP options"));
        at += length + (at[length] == ' ');
    }
}

static void offer_directory(struct hw_build *build, const struct hw_row *row)
{
    const char *name = row->cell[HW_DIRECTORY_NAME], *stage = row->cell[HW_DIRECTORY_STAGE];
    bool here = strcmp(row->cell[HW_DIRECTORY_VPC], build->vpc) == 0;
    hw_auto_text detail =
        hw_format(here ? _("directory in this VPC: %s  %s") : _("directory in another VPC: %s  %s"),
                  row->cell[HW_DIRECTORY_SHORT], row->cell[HW_DIRECTORY_TYPE]);
    struct hw_choice *choice = (struct hw_choice *)hw_choices_find(&build->choices, name);
    if (choice)
        hw_offer_detail(choice, detail);
    else
        choice = hw_offer(build, name, name, detail);
    if (!choice)
        return;
    choice->best = here;
    if (strcmp(stage, "Active") != 0) {
        hw_auto_text why = hw_format(_("the directory is not active: %s"), stage);
        hw_offer_unfit(choice, why);
    }
}

const struct hw_source_rule hw_domains_rule = {
    .source = HW_SOURCE_DOMAINS,
    .key = key_vpc,
    .begin = begin_in_vpc,
    .parts =
        (const struct hw_part[]){
            {.set = HW_DATA_VPCS},
            {.set = HW_DATA_DHCP, .offer = offer_dhcp},
            {.set = HW_DATA_DIRECTORIES, .offer = offer_directory, .optional = true}},
    .part_count = 3,
};
