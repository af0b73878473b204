/* SPDX-License-Identifier: Apache-2.0 */
#include "cost/cost.h"

#include "base/text.h"

#define VOLUME_TYPE    "gp3" /* templates/cloudformation: every volume */
#define ROOT_GIB       100   /* templates/cloudformation: VolumeSize of each launch template */
#define SQL_LEAST_VCPU 4     /* Microsoft's licence terms: four cores at least */

struct node {
    const char *role, *type, *image, *usage;
    long nodes, most, gib, vcpus;
    bool spot;
};

struct work {
    const struct hw_cluster *cluster;
    const struct hw_prices *prices;
    const struct hw_cost_facts *facts;
    const char *region;
    struct hw_cost *cost;
};

void hw_cost_done(struct hw_cost *cost)
{
    for (size_t i = 0; i < cost->count; i++) {
        struct hw_cost_line *line = &cost->lines[i];
        free(line->role);
        free(line->what);
        free(line->unknown);
        free(line->source);
        free(line->date);
    }
    free(cost->lines);
    free(cost->date);
    *cost = (struct hw_cost){0};
}

const char *hw_cost_part_word(enum hw_cost_part part)
{
    static const char *const words[] = {"linux", "windows", "sql", "volumes"};
    return words[part];
}

enum hw_sql_edition hw_cost_edition(const char *image, const char *usage)
{
    static const struct {
        const char *code, *name;
        enum hw_sql_edition edition;
    } editions[] = {
        {"RunInstances:0002", "-Base", HW_SQL_NONE},
        {"RunInstances:0202", "_Web", HW_SQL_WEB},
        {"RunInstances:0006", "_Standard", HW_SQL_STANDARD},
        {"RunInstances:0102", "_Enterprise", HW_SQL_ENTERPRISE},
        {"RunInstances:0800", NULL, HW_SQL_OWN_LICENCE},
        {NULL, "_Express", HW_SQL_NONE},
    };
    bool public = hw_text_starts(image, "ssm:/aws/service/ami-windows-latest/");
    for (size_t i = 0; i < HW_COUNT(editions); i++) {
        bool by_code = editions[i].code && strcmp(usage, editions[i].code) == 0;
        bool by_name = public && editions[i].name && hw_text_ends(image, editions[i].name);
        if (*usage ? by_code : by_name)
            return editions[i].edition;
    }
    return HW_SQL_UNKNOWN;
}

/* ---- Lines ------------------------------------------------------------------------------ */

static struct hw_cost_line *add_line(struct work *w, const struct node *node, const char *what,
                                     enum hw_cost_part part)
{
    struct hw_cost *cost = w->cost;
    hw_grow(&cost->lines, &cost->capacity, cost->count, sizeof *cost->lines);
    struct hw_cost_line *line = &cost->lines[cost->count++];
    *line = (struct hw_cost_line){.role = hw_strdup(node->role),
                                  .what = hw_strdup(what),
                                  .part = part,
                                  .nodes = node->nodes,
                                  .most = node->most,
                                  .at_most = node->spot};
    return line;
}

static void set_known(struct hw_cost_line *line, int64_t nano, const struct hw_price *price)
{
    line->known = true;
    line->each_nano = nano;
    hw_replace(&line->source, price->source);
    hw_replace(&line->date, price->date);
}

static void set_unknown(struct hw_cost_line *line, const char *why)
{
    hw_replace(&line->unknown, why);
}

static void add_base(struct work *w, const struct node *node)
{
    struct hw_cost_line *line = add_line(w, node, node->type, HW_COST_LINUX);
    struct hw_price price;
    if (hw_prices_find(w->prices, HW_PRICE_LINUX, w->region, node->type, &price))
        set_known(line, price.nano, &price);
    else
        set_unknown(line, _("no price of this type in this Region is known"));
}

/* A licence by the vCPU. */
static void add_licence(struct work *w, const struct node *node, enum hw_cost_part part,
                        enum hw_price_kind kind, long least)
{
    hw_auto_text what = hw_format(_("%ld vCPU"), node->vcpus > least ? node->vcpus : least);
    struct hw_cost_line *line = add_line(w, node, node->vcpus ? what : "", part);
    struct hw_price price;
    if (!node->vcpus)
        set_unknown(line, _("the number of vCPUs is not known"));
    else if (hw_prices_is_except(w->prices, node->type))
        set_unknown(line, _("the figure per vCPU is not for this family"));
    else if (!hw_prices_find(w->prices, kind, w->region, "", &price))
        set_unknown(line, _("no price of this licence is known"));
    else
        set_known(line, price.nano * (node->vcpus > least ? node->vcpus : least), &price);
}

static const struct {
    enum hw_sql_edition edition;
    enum hw_price_kind kind;
} sql_kinds[] = {{HW_SQL_WEB, HW_PRICE_SQL_WEB},
                 {HW_SQL_STANDARD, HW_PRICE_SQL_STANDARD},
                 {HW_SQL_ENTERPRISE, HW_PRICE_SQL_ENTERPRISE}};

static void add_licences(struct work *w, const struct node *node)
{
    enum hw_sql_edition edition = hw_cost_edition(node->image, node->usage);
    if (edition == HW_SQL_UNKNOWN) {
        set_unknown(add_line(w, node, "", HW_COST_WINDOWS),
                    _("the licence of the image is not known"));
        return;
    }
    if (edition != HW_SQL_OWN_LICENCE)
        add_licence(w, node, HW_COST_WINDOWS, HW_PRICE_WINDOWS, 0);
    for (size_t i = 0; i < HW_COUNT(sql_kinds); i++) {
        if (sql_kinds[i].edition == edition)
            add_licence(w, node, HW_COST_SQL, sql_kinds[i].kind, SQL_LEAST_VCPU);
    }
}

static void add_volumes(struct work *w, struct node *node)
{
    hw_auto_text what = hw_format(_("%s, %ld GiB"), VOLUME_TYPE, node->gib);
    node->spot = false;
    struct hw_cost_line *line = add_line(w, node, what, HW_COST_VOLUMES);
    struct hw_price price;
    if (hw_prices_find(w->prices, HW_PRICE_VOLUME, w->region, VOLUME_TYPE, &price))
        set_known(line, price.nano * node->gib / HW_HOURS_A_MONTH, &price);
    else
        set_unknown(line, _("no price of this volume in this Region is known"));
}

static void add_node(struct work *w, struct node *node)
{
    const struct hw_cost_facts *facts = w->facts;
    node->vcpus = facts && facts->vcpus ? facts->vcpus(facts->data, node->type) : 0;
    node->usage = facts && facts->usage ? facts->usage(facts->data, node->image) : "";
    add_base(w, node);
    add_licences(w, node);
    add_volumes(w, node);
}

static void add_group(struct work *w, size_t group)
{
    hw_auto_text name = hw_key_of_group("nodes.compute.*.name", group);
    hw_auto_text type = hw_key_of_group("nodes.compute.*.type", group);
    hw_auto_text image = hw_key_of_group("nodes.compute.*.image", group);
    hw_auto_text desired = hw_key_of_group("nodes.compute.*.desired", group);
    hw_auto_text max = hw_key_of_group("nodes.compute.*.max", group);
    hw_auto_text spot = hw_key_of_group("nodes.compute.*.spot", group);
    hw_auto_text role = hw_format("compute %s", hw_cluster_get(w->cluster, name));
    struct node node = {.role = role,
                        .type = hw_cluster_get(w->cluster, type),
                        .image = hw_cluster_get(w->cluster, image),
                        .nodes = hw_cluster_int(w->cluster, desired),
                        .most = hw_cluster_int(w->cluster, max),
                        .gib = ROOT_GIB,
                        .spot = hw_cluster_bool(w->cluster, spot)};
    add_node(w, &node);
}

/* ---- Sums ------------------------------------------------------------------------------- */

int64_t hw_cost_line_now(const struct hw_cost_line *line)
{
    return line->known ? line->each_nano * line->nodes : 0;
}

int64_t hw_cost_line_most(const struct hw_cost_line *line)
{
    return line->known ? line->each_nano * line->most : 0;
}

static void add_to(struct hw_cost_sum *sum, int64_t nano, bool known)
{
    sum->nano += nano;
    sum->whole = sum->whole && known;
}

static void sum_up(struct hw_cost *cost)
{
    cost->now.whole = cost->most.whole = cost->licences.whole = true;
    for (size_t i = 0; i < cost->count; i++) {
        const struct hw_cost_line *line = &cost->lines[i];
        add_to(&cost->now, hw_cost_line_now(line), line->known);
        add_to(&cost->most, hw_cost_line_most(line), line->known);
        if (line->part == HW_COST_WINDOWS || line->part == HW_COST_SQL)
            add_to(&cost->licences, hw_cost_line_now(line), line->known);
        if (line->known && (!*cost->date || strcmp(line->date, cost->date) < 0))
            hw_replace(&cost->date, line->date);
    }
}

void hw_cost_estimate(const struct hw_cluster *cluster, const struct hw_prices *prices,
                      const struct hw_cost_facts *facts, struct hw_cost *ret)
{
    struct work w = {cluster, prices, facts, hw_cluster_get(cluster, "region"), ret};
    *ret = (struct hw_cost){.date = hw_strdup("")};
    if (!hw_cluster_sql_local(cluster)) {
        struct node sql = {.role = "sql",
                           .type = hw_cluster_get(cluster, "nodes.sql.type"),
                           .image = hw_cluster_get(cluster, "nodes.sql.image"),
                           .nodes = 1,
                           .most = 1,
                           .gib = ROOT_GIB + hw_cluster_int(cluster, "nodes.sql.data_volume_gib")};
        add_node(&w, &sql);
    }
    struct node head = {.role = "head",
                        .type = hw_cluster_get(cluster, "nodes.head.type"),
                        .image = hw_cluster_get(cluster, "nodes.head.image"),
                        .nodes = 1,
                        .most = 1,
                        .gib = ROOT_GIB};
    add_node(&w, &head);
    for (size_t group = 0; group < hw_cluster_groups(cluster); group++)
        add_group(&w, group);
    sum_up(ret);
}

bool hw_cost_of_type(const struct hw_prices *prices, const char *region, const char *type,
                     long vcpus, enum hw_sql_edition edition, int64_t *ret_nano)
{
    struct hw_price price;
    if (!vcpus || edition == HW_SQL_UNKNOWN ||
        !hw_prices_find(prices, HW_PRICE_LINUX, region, type, &price))
        return false;
    int64_t nano = price.nano;
    if (edition != HW_SQL_OWN_LICENCE) {
        if (hw_prices_is_except(prices, type) ||
            !hw_prices_find(prices, HW_PRICE_WINDOWS, region, "", &price))
            return false;
        nano += price.nano * vcpus;
    }
    for (size_t i = 0; i < HW_COUNT(sql_kinds); i++) {
        if (sql_kinds[i].edition != edition)
            continue;
        if (!hw_prices_find(prices, sql_kinds[i].kind, region, "", &price))
            return false;
        nano += price.nano * (vcpus > SQL_LEAST_VCPU ? vcpus : SQL_LEAST_VCPU);
    }
    *ret_nano = nano;
    return true;
}

int64_t hw_cost_limit(const struct hw_cluster *cluster)
{
    int64_t nano = 0;
    return hw_amount_parse(hw_cluster_get(cluster, "cost.limit_per_hour"), &nano) ? nano : 0;
}

char *hw_cost_say(const struct hw_cost *cost, size_t columns)
{
    char now[32], licences[32];
    hw_amount_text(cost->now.nano, 2, now);
    hw_amount_text(cost->licences.nano, 2, licences);
    if (!cost->now.nano)
        return hw_strdup(_("cost unknown"));
    char *text = cost->now.whole ? hw_format(_("about %s USD/h"), now)
                                 : hw_format(_("at least %s USD/h"), now);
    hw_auto_text more = hw_format(_(" (licences %s, %s)"), licences, cost->date);
    if (hw_text_width(text) + hw_text_width(more) > columns)
        return text;
    char *whole = hw_format("%s%s", text, more);
    free(text);
    return whole;
}
