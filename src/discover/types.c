/* SPDX-License-Identifier: Apache-2.0 */
/* Instance types: what the zone of the first subnet offers, and what each role needs. */
#include "discover/build.h"
#include "discover/costs.h"

struct role {
    long cores, gib;       /* the least that is fit */
    const char *wishes[5]; /* the first of them that is there is best */
    const char *image;     /* its key */
};

/* Least sizes: "System requirements" of HPC Pack 2019 with room for SQL Server, whose licence
 * counts four cores at least. */
static const struct role sql_role = {
    4, 16, {"r6i.xlarge", "r7i.xlarge", "r5.xlarge", "m6i.xlarge", NULL}, "nodes.sql.image"};
static const struct role head_role = {
    4, 16, {"m6i.xlarge", "m7i.xlarge", "m5.xlarge", "r6i.xlarge", NULL}, "nodes.head.image"};
static const struct role compute_role = {
    2,
    4,
    {"c6i.4xlarge", "c7i.4xlarge", "c5.4xlarge", "m6i.4xlarge", NULL},
    "nodes.compute.0.image"};

static const struct role *role_of(const struct hw_build *build)
{
    switch (build->rule->source) {
    case HW_SOURCE_TYPES_SQL:
        return &sql_role;
    case HW_SOURCE_TYPES_HEAD:
        return &head_role;
    default:
        return &compute_role;
    }
}

static bool key_types(const struct hw_cluster *cluster, const struct role *role, struct hw_buf *out)
{
    return hw_buf_print(out, " %s %s", hw_first_subnet(cluster),
                        hw_cluster_get(cluster, role->image));
}

static bool key_sql(const struct hw_discover *discover HW_UNUSED, const struct hw_cluster *cluster,
                    struct hw_buf *out)
{
    return key_types(cluster, &sql_role, out);
}

static bool key_head(const struct hw_discover *discover HW_UNUSED, const struct hw_cluster *cluster,
                     struct hw_buf *out)
{
    return key_types(cluster, &head_role, out);
}

static bool key_compute(const struct hw_discover *discover HW_UNUSED,
                        const struct hw_cluster *cluster, struct hw_buf *out)
{
    return key_types(cluster, &compute_role, out);
}

static void begin_types(struct hw_build *build, const struct hw_cluster *cluster)
{
    hw_replace(&build->subnet, hw_first_subnet(cluster));
    hw_replace(&build->image, hw_cluster_get(cluster, role_of(build)->image));
    hw_costs_read_files(build->discover);
    if (build->discover->browsing)
        hw_load_want(build->discover, HW_DATA_PRICES, "", true);
}

static int by_text(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The types that the zone offers, once: thousands of rows are not gone through for each type. */
static void gather_offered(struct hw_build *build)
{
    const struct hw_table *rows = hw_table_of(build->discover, HW_DATA_OFFERINGS);
    hw_strv_done(&build->offered);
    for (size_t i = 0; i < rows->count; i++) {
        if (strcmp(rows->rows[i].cell[HW_OFFERING_ZONE], build->zone) == 0)
            hw_strv_add(&build->offered, rows->rows[i].cell[HW_OFFERING_TYPE]);
    }
    if (build->offered.count)
        qsort(build->offered.items, build->offered.count, sizeof build->offered.items[0], by_text);
}

/* What holds for all types: the zone, the image's boot mode and licence. */
static void look_around(struct hw_build *build)
{
    struct hw_discover *discover = build->discover;
    if (build->facts_seen == discover->side_facts && build->zone)
        return;
    build->facts_seen = discover->side_facts;
    const struct hw_row *subnet = hw_subnet_find(discover, build->subnet);
    const struct hw_row *image = hw_image_find(discover, build->image);
    hw_replace(&build->zone, subnet ? subnet->cell[HW_SUBNET_ZONE] : "");
    hw_replace(&build->boot, image ? image->cell[HW_IMAGE_BOOT] : "");
    build->edition = *build->image
                         ? hw_cost_edition(build->image, image ? image->cell[HW_IMAGE_USAGE] : "")
                         : HW_SQL_NONE;
    gather_offered(build);
}

/* Where nothing says that it is not, it is. */
static bool is_offered(const struct hw_build *build, const char *type)
{
    const struct hw_load *load = hw_load_find(build->discover, HW_DATA_OFFERINGS, "");
    if (!*build->zone || !load || load->state != HW_LOAD_READY)
        return true;
    return build->offered.count && bsearch(&type, build->offered.items, build->offered.count,
                                           sizeof build->offered.items[0], by_text);
}

/* An image that prefers UEFI starts in either mode. */
static bool boots(const struct hw_row *type, const char *mode)
{
    const char *modes = type->cell[HW_TYPE_BOOT];
    return !*mode || !*modes || strcmp(mode, "uefi-preferred") == 0 || hw_has_word(modes, mode);
}

/* Why it cannot be chosen, or NULL; the caller's. */
static char *why_not(const struct hw_build *build, const struct hw_row *row)
{
    const struct role *role = role_of(build);
    if (!is_offered(build, row->cell[HW_TYPE_NAME]))
        return hw_format(_("not offered in %s"), build->zone);
    if (hw_row_number(row, HW_TYPE_VCPUS) < role->cores ||
        hw_row_number(row, HW_TYPE_MIB) < role->gib * 1024)
        return hw_format(_("too small: needs %ld vCPU and %ld GiB"), role->cores, role->gib);
    if (!boots(row, build->boot))
        return hw_format(_("does not boot the image, which needs %s"), build->boot);
    return NULL;
}

/* Columns under one another in the list, whatever the language. */
static void put_column(struct hw_buf *out, const char *text, size_t columns, bool right)
{
    size_t width = hw_text_width(text), blanks = width < columns ? columns - width : 0;
    hw_buf_fill(out, ' ', right ? blanks : 0);
    hw_buf_text(out, text);
    hw_buf_fill(out, ' ', right ? 0 : blanks);
}

/* "Up to 12.5 Gigabit" as "to 12.5 Gbit": the list is narrow. */
static void put_network(struct hw_buf *out, const char *network)
{
    double gigabit;
    char end;
    bool up_to = hw_text_starts(network, "Up to ");
    if (sscanf(network + (up_to ? strlen("Up to ") : 0), "%lf Gigabi%c", &gigabit, &end) == 2)
        hw_buf_print(out, up_to ? _("  to %g Gbit") : _("  %g Gbit"), gigabit);
    else
        hw_buf_print(out, "  %s", network);
}

static void describe(const struct hw_build *build, const struct hw_row *row, struct hw_buf *out)
{
    const struct hw_discover *discover = build->discover;
    long vcpus = hw_row_number(row, HW_TYPE_VCPUS);
    char amount[32];
    int64_t nano = 0;
    hw_auto_text cores = hw_format(_("%ld vCPU"), vcpus);
    hw_auto_text memory = hw_format(_("%ld GiB"), hw_row_number(row, HW_TYPE_MIB) / 1024);
    put_column(out, cores, 9, false); /* "128 vCPU" and a blank */
    put_column(out, memory, 7, false);
    bool known = hw_cost_of_type(discover->prices, hw_aws_region(discover->aws),
                                 row->cell[HW_TYPE_NAME], vcpus, build->edition, &nano);
    if (known || hw_prices_generation(discover->prices) > 0) { /* others have a price */
        hw_auto_text price = hw_format(_("%s USD/h"), hw_amount_text(nano, 3, amount));
        hw_buf_char(out, ' ');
        put_column(out, known ? price : "", 12, true);
    }
    put_network(out, row->cell[HW_TYPE_NETWORK]);
}

static void judge(struct hw_build *build, struct hw_choice *choice, const struct hw_row *row)
{
    hw_auto(hw_buf) detail = HW_BUF(HW_MAX_VALUE);
    look_around(build);
    describe(build, row, &detail);
    hw_offer_detail(choice, hw_buf_cstr(&detail));
    free(choice->unfit);
    choice->unfit = why_not(build, row);
}

static void offer_type(struct hw_build *build, const struct hw_row *row)
{
    const char *type = row->cell[HW_TYPE_NAME];
    struct hw_choice *choice = hw_offer(build, type, type, "");
    if (choice)
        judge(build, choice, row);
}

static void revise_type(struct hw_build *build, struct hw_choice *choice)
{
    const struct hw_row *row =
        hw_table_find(hw_table_of(build->discover, HW_DATA_TYPES), HW_TYPE_NAME, choice->value);
    if (row)
        judge(build, choice, row);
}

/* Among what is fit the fewest vCPUs stand for the cheapest: prices may be unknown. */
static struct hw_choice *smallest(const struct hw_build *build)
{
    struct hw_choice *found = NULL;
    long least = 0;
    for (size_t i = 0; i < build->choices.count; i++) {
        struct hw_choice *choice = &build->choices.items[i];
        long vcpus = choice->unfit ? 0 : hw_discover_vcpus(build->discover, choice->value);
        if (vcpus && (!found || vcpus < least)) {
            found = choice;
            least = vcpus;
        }
    }
    return found;
}

static struct hw_choice *wished(const struct hw_build *build)
{
    for (const char *const *wish = role_of(build)->wishes; *wish; wish++) {
        struct hw_choice *choice = (struct hw_choice *)hw_choices_find(&build->choices, *wish);
        if (choice && !choice->unfit)
            return choice;
    }
    return NULL;
}

static void rank_types(struct hw_build *build)
{
    for (size_t i = 0; i < build->choices.count; i++)
        build->choices.items[i].best = false;
    struct hw_choice *best = wished(build);
    if (!best)
        best = smallest(build);
    if (best)
        best->best = true;
}

/* Where types are offered must be known before one is judged; should nobody tell, none is unfit. */
#define TYPE_PARTS                                                                                 \
    (const struct hw_part[])                                                                       \
    {                                                                                              \
        {.set = HW_DATA_SUBNETS, .optional = true}, {.set = HW_DATA_OFFERINGS, .optional = true},  \
        {                                                                                          \
            .set = HW_DATA_TYPES, .offer = offer_type                                              \
        }                                                                                          \
    }

#define TYPES_RULE(the_source, the_key)                                                            \
    {                                                                                              \
        .source = the_source, .key = the_key, .begin = begin_types, .parts = TYPE_PARTS,           \
        .part_count = 3, .rank = rank_types, .revise = revise_type, .order = hw_order_fit          \
    }

const struct hw_source_rule hw_types_sql_rule = TYPES_RULE(HW_SOURCE_TYPES_SQL, key_sql);
const struct hw_source_rule hw_types_head_rule = TYPES_RULE(HW_SOURCE_TYPES_HEAD, key_head);
const struct hw_source_rule hw_types_compute_rule =
    TYPES_RULE(HW_SOURCE_TYPES_COMPUTE, key_compute);
