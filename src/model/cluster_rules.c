/* SPDX-License-Identifier: Apache-2.0 */
/* Rules that look at several answers at once. */
#include "base/limits.h"
#include "base/text.h"
#include "model/cluster.h"

struct report {
    const struct hw_cluster *cluster;
    hw_rule_fn *fn;
    void *data;
};

static void tell(const struct report *report, const char *rule_id, const char *key,
                 const char *remedy, const char *fmt, ...) HW_PRINTF(5, 6);

static void tell(const struct report *report, const char *rule_id, const char *key,
                 const char *remedy, const char *fmt, ...)
{
    hw_auto(hw_buf) text = HW_BUF(HW_MAX_VALUE);
    va_list args;
    va_start(args, fmt);
    hw_buf_vprint(&text, fmt, args);
    va_end(args);
    report->fn(report->data, rule_id, key, hw_buf_cstr(&text), remedy);
}

static void required(void *data, const char *key, const struct hw_field *field)
{
    const struct report *report = data;
    if (field->required && hw_cluster_get(report->cluster, key)[0] == '\0')
        tell(report, "cluster.required", key, _("Give it a value."), _("%s is missing"), key);
}

/* Values may have been set while other answers differed: look at each one again. */
static void valid(void *data, const char *key, const struct hw_field *field)
{
    const struct report *report = data;
    const struct hw_strv *values = hw_cluster_list(report->cluster, key);
    for (size_t i = 0; i < values->count; i++) {
        struct hw_err err = {0};
        if (!hw_field_check(field, report->cluster, values->items[i], &err))
            tell(report, "cluster.value", key, _("Correct the value."), "%s: %s", key, err.what);
    }
}

static void unique_list(const struct report *report, const char *key)
{
    const struct hw_strv *values = hw_cluster_list(report->cluster, key);
    for (size_t i = 0; i < values->count; i++) {
        for (size_t j = i + 1; j < values->count; j++) {
            if (strcmp(values->items[i], values->items[j]) == 0)
                tell(report, "cluster.duplicate", key, _("Remove one of them."),
                     _("%s names %s twice"), key, values->items[i]);
        }
    }
}

static size_t tag_key_length(const char *tag)
{
    return strcspn(tag, "=");
}

#define TAGS_MAX 40 /* 50 of a resource, less those that hpcwiz and AWS add */

static void tags(const struct report *report)
{
    const struct hw_strv *all = hw_cluster_list(report->cluster, "tags");
    if (all->count > TAGS_MAX)
        tell(report, "cluster.tags", "tags", _("Remove some tags."),
             _("%zu tags: a resource takes %d besides those of hpcwiz"), all->count, TAGS_MAX);
    for (size_t i = 0; i < all->count; i++) {
        for (size_t j = i + 1; j < all->count; j++) {
            size_t n = tag_key_length(all->items[i]);
            if (n == tag_key_length(all->items[j]) && !memcmp(all->items[i], all->items[j], n))
                tell(report, "cluster.tags", "tags", _("Remove one of them."),
                     _("the tag '%.*s' is set twice"), (int)n, all->items[i]);
        }
    }
}

static void addresses(const struct report *report)
{
    const char *sql = hw_cluster_get(report->cluster, "network.sql_address");
    const char *head = hw_cluster_get(report->cluster, "network.head_address");
    if (*sql && strcmp(sql, head) == 0 && !hw_cluster_sql_local(report->cluster))
        tell(report, "network.addresses-differ", "network.head_address",
             _("Choose another address for one of them."),
             _("the SQL Server and the head node have the same address %s"), sql);
}

static long group_int(const struct hw_cluster *cluster, const char *starred, size_t group)
{
    hw_auto_text key = hw_key_of_group(starred, group);
    return hw_cluster_int(cluster, key);
}

static void group_size(const struct report *report, size_t group)
{
    long min = group_int(report->cluster, "nodes.compute.*.min", group);
    long desired = group_int(report->cluster, "nodes.compute.*.desired", group);
    long max = group_int(report->cluster, "nodes.compute.*.max", group);
    hw_auto_text key = hw_key_of_group("nodes.compute.*.desired", group);
    if (min > desired || desired > max)
        tell(report, "nodes.group-size", key, _("Make it fewest <= nodes <= most."),
             _("compute group %zu: fewest %ld, nodes %ld, most %ld do not ascend"), group + 1, min,
             desired, max);
}

static void group_names(const struct report *report, size_t group)
{
    hw_auto_text key = hw_key_of_group("nodes.compute.*.name", group);
    const char *name = hw_cluster_get(report->cluster, key);
    for (size_t other = 0; other < group; other++) {
        hw_auto_text other_key = hw_key_of_group("nodes.compute.*.name", other);
        if (*name && hw_text_equal_nocase(name, hw_cluster_get(report->cluster, other_key)))
            tell(report, "nodes.group-names", key, _("Give each group a name of its own."),
                 _("two compute groups are named '%s'"), name);
    }
    if (hw_text_equal_nocase(name, "sql") || hw_text_equal_nocase(name, "head"))
        tell(report, "nodes.group-names", key, _("Give the group another name."),
             _("the compute group '%s' has the name of a node"), name);
}

#define SPREAD_MAX 7 /* instances of a spread placement group in one zone */

/* EC2 user guide, "Placement strategies for your placement groups". */
static void group_placement(const struct report *report, size_t group)
{
    hw_auto_text key = hw_key_of_group("nodes.compute.*.placement", group);
    hw_auto_text type_key = hw_key_of_group("nodes.compute.*.type", group);
    const char *placement = hw_cluster_get(report->cluster, key);
    const char *type = hw_cluster_get(report->cluster, type_key);
    long subnets = (long)hw_cluster_list(report->cluster, "network.subnets")->count;
    long max = group_int(report->cluster, "nodes.compute.*.max", group);
    if (strcmp(placement, "cluster") == 0 && (type[0] == 't' || hw_text_starts(type, "m7i-flex")))
        tell(report, "nodes.placement", key, _("Choose another type, or another placement."),
             _("compute group %zu: a cluster placement group takes no %s"), group + 1, type);
    if (strcmp(placement, "spread") == 0 && max > SPREAD_MAX * subnets)
        tell(report, "nodes.placement", key, _("Allow fewer nodes, or choose partition."),
             _("compute group %zu: a spread placement group takes %d nodes in a zone, %ld here"),
             group + 1, SPREAD_MAX, SPREAD_MAX * subnets);
}

static void netbios(const struct report *report)
{
    const char *domain = hw_cluster_get(report->cluster, "directory.domain");
    const char *name = hw_cluster_get(report->cluster, "directory.netbios");
    if (*name && strchr(name, '.'))
        tell(report, "directory.netbios", "directory.netbios",
             _("Use the short name, such as CORP."), _("'%s' is not a NetBIOS name"), name);
    if (*domain && *name && hw_text_equal_nocase(domain, name))
        tell(report, "directory.netbios", "directory.netbios",
             _("Use the short name, such as CORP."),
             _("the NetBIOS name is the same as the domain's full name"));
}

void hw_cluster_rules(const struct hw_cluster *cluster, hw_rule_fn *fn, void *data)
{
    struct report report = {cluster, fn, data};
    hw_cluster_each(cluster, required, &report);
    hw_cluster_each(cluster, valid, &report);
    unique_list(&report, "network.subnets");
    unique_list(&report, "access.from");
    tags(&report);
    addresses(&report);
    netbios(&report);
    for (size_t group = 0; group < hw_cluster_groups(cluster); group++) {
        group_size(&report, group);
        group_names(&report, group);
        group_placement(&report, group);
    }
}
