/* SPDX-License-Identifier: Apache-2.0 */
#include "model/cluster.h"

#include <limits.h>

#include "base/limits.h"
#include "base/text.h"

struct answer {
    char *key;
    struct hw_strv values;
};

struct hw_cluster {
    struct answer *answers;
    size_t count, capacity;
    struct hw_strv left_empty; /* keys */
    size_t groups;
    unsigned long revision;
};

static unsigned long last_revision; /* of all clusters: only a copy shares another's */

static void answer_done(struct answer *answer)
{
    free(answer->key);
    hw_strv_done(&answer->values);
}

struct hw_cluster *hw_cluster_new(void)
{
    struct hw_cluster *cluster = HW_NEW(struct hw_cluster);
    cluster->groups = 1;
    hw_cluster_set(cluster, "nodes.compute.0.name", "std", NULL);
    return cluster;
}

struct hw_cluster *hw_cluster_copy(const struct hw_cluster *cluster)
{
    struct hw_cluster *copy = HW_NEW(struct hw_cluster);
    copy->groups = cluster->groups;
    copy->revision = cluster->revision;
    for (size_t i = 0; i < cluster->count; i++) {
        hw_grow(&copy->answers, &copy->capacity, copy->count, sizeof *copy->answers);
        struct answer *fresh = &copy->answers[copy->count++];
        *fresh = (struct answer){.key = hw_strdup(cluster->answers[i].key)};
        hw_strv_copy(&fresh->values, &cluster->answers[i].values);
    }
    hw_strv_copy(&copy->left_empty, &cluster->left_empty);
    return copy;
}

void hw_cluster_free(struct hw_cluster *cluster)
{
    if (!cluster)
        return;
    for (size_t i = 0; i < cluster->count; i++)
        answer_done(&cluster->answers[i]);
    free(cluster->answers);
    hw_strv_done(&cluster->left_empty);
    free(cluster);
}

static struct answer *find(const struct hw_cluster *cluster, const char *key)
{
    for (size_t i = 0; i < cluster->count; i++) {
        if (strcmp(cluster->answers[i].key, key) == 0)
            return &cluster->answers[i];
    }
    return NULL;
}

const char *hw_cluster_get(const struct hw_cluster *cluster, const char *key)
{
    const struct answer *answer = find(cluster, key);
    if (answer && answer->values.count)
        return answer->values.items[0];
    const struct hw_field *field = hw_schema_find(key);
    return field && field->def ? field->def : "";
}

long hw_cluster_int(const struct hw_cluster *cluster, const char *key)
{
    long value = 0;
    hw_parse_int(hw_cluster_get(cluster, key), LONG_MIN, LONG_MAX, &value);
    return value;
}

bool hw_cluster_bool(const struct hw_cluster *cluster, const char *key)
{
    return strcmp(hw_cluster_get(cluster, key), "true") == 0;
}

unsigned hw_cluster_seconds(const struct hw_cluster *cluster, const char *key)
{
    unsigned seconds = 0;
    hw_parse_duration(hw_cluster_get(cluster, key), &seconds);
    return seconds;
}

const struct hw_strv *hw_cluster_list(const struct hw_cluster *cluster, const char *key)
{
    static const struct hw_strv none;
    const struct answer *answer = find(cluster, key);
    return answer ? &answer->values : &none;
}

bool hw_cluster_is_set(const struct hw_cluster *cluster, const char *key)
{
    return find(cluster, key) != NULL;
}

static bool key_exists(const struct hw_cluster *cluster, const char *key,
                       const struct hw_field **ret)
{
    size_t group;
    *ret = hw_schema_find(key);
    if (!*ret || strchr(key, '*'))
        return false;
    return !hw_key_group(key, &group) || group < cluster->groups;
}

static bool unknown_key(const char *key, struct hw_err *err)
{
    const char *names[128];
    size_t count = 0;
    for (; count < hw_schema_count() && count < HW_COUNT(names); count++)
        names[count] = hw_schema_at(count)->key;
    hw_fail(err, HW_ERR_INPUT, _("there is no key '%s'"), key);
    const char *near = hw_text_nearest(key, names, count);
    return near ? hw_err_next(err, _("Did you mean '%s'?"), near) : false;
}

static void forget_left_empty(struct hw_cluster *cluster, const char *key)
{
    struct hw_strv *keys = &cluster->left_empty;
    for (size_t i = 0; i < keys->count; i++) {
        if (strcmp(keys->items[i], key) != 0)
            continue;
        free(keys->items[i]);
        keys->items[i] = keys->items[--keys->count];
        return;
    }
}

static void store(struct hw_cluster *cluster, const char *key, const struct hw_strv *values)
{
    struct answer *answer = find(cluster, key);
    if (!answer) {
        hw_grow(&cluster->answers, &cluster->capacity, cluster->count, sizeof *cluster->answers);
        answer = &cluster->answers[cluster->count++];
        *answer = (struct answer){.key = hw_strdup(key)};
    }
    hw_strv_copy(&answer->values, values);
    forget_left_empty(cluster, key);
    cluster->revision = ++last_revision;
}

static bool check_all(const struct hw_field *field, const struct hw_cluster *cluster,
                      const char *key, const struct hw_strv *values, struct hw_err *err)
{
    if (values->count > HW_MAX_LIST)
        return hw_fail(err, HW_ERR_INPUT, _("%s: more than %u items"), key, HW_MAX_LIST);
    for (size_t i = 0; i < values->count; i++) {
        if (!hw_field_check(field, cluster, values->items[i], err))
            return hw_wrap(err, "%s", key);
    }
    return true;
}

bool hw_cluster_set_list(struct hw_cluster *cluster, const char *key, const struct hw_strv *values,
                         struct hw_err *err)
{
    const struct hw_field *field;
    if (!key_exists(cluster, key, &field))
        return unknown_key(key, err);
    if (!field->list && values->count > 1)
        return hw_fail(err, HW_ERR_INPUT, _("%s takes one value, not a list"), key);
    if (!check_all(field, cluster, key, values, err))
        return false;
    if (values->count == 0)
        hw_cluster_clear(cluster, key);
    else
        store(cluster, key, values);
    return true;
}

static void split_list(const char *text, struct hw_strv *ret)
{
    for (const char *p = text;; p++) {
        size_t n = strcspn(p, ",");
        struct hw_span item = hw_text_trim(p, n);
        if (item.n)
            hw_strv_take(ret, hw_strndup(item.p, item.n));
        p += n;
        if (!*p)
            return;
    }
}

bool hw_cluster_set(struct hw_cluster *cluster, const char *key, const char *value,
                    struct hw_err *err)
{
    const struct hw_field *field;
    hw_auto(hw_strv) values = {0};
    if (!key_exists(cluster, key, &field))
        return unknown_key(key, err);
    if (field->list)
        split_list(value, &values);
    else if (*value)
        hw_strv_add(&values, value);
    return hw_cluster_set_list(cluster, key, &values, err);
}

void hw_cluster_clear(struct hw_cluster *cluster, const char *key)
{
    struct answer *answer = find(cluster, key);
    if (!answer)
        return;
    answer_done(answer);
    size_t at = (size_t)(answer - cluster->answers);
    memmove(answer, answer + 1, (cluster->count - at - 1) * sizeof *answer);
    cluster->count--;
    cluster->revision = ++last_revision;
}

void hw_cluster_leave_empty(struct hw_cluster *cluster, const char *key)
{
    hw_cluster_clear(cluster, key);
    if (!hw_cluster_is_left_empty(cluster, key))
        hw_strv_add(&cluster->left_empty, key);
}

bool hw_cluster_is_left_empty(const struct hw_cluster *cluster, const char *key)
{
    return hw_strv_has(&cluster->left_empty, key);
}

size_t hw_cluster_groups(const struct hw_cluster *cluster)
{
    return cluster->groups;
}

static bool name_is_used(const struct hw_cluster *cluster, const char *name)
{
    for (size_t i = 0; i < cluster->groups; i++) {
        hw_auto_text key = hw_key_of_group("nodes.compute.*.name", i);
        if (hw_text_equal_nocase(hw_cluster_get(cluster, key), name))
            return true;
    }
    return false;
}

bool hw_cluster_group_add(struct hw_cluster *cluster, struct hw_err *err)
{
    if (cluster->groups >= HW_MAX_GROUPS)
        return hw_fail(err, HW_ERR_LIMIT, _("a cluster has at most %u compute groups"),
                       HW_MAX_GROUPS);
    char name[16] = "std";
    for (unsigned number = 2; name_is_used(cluster, name); number++)
        snprintf(name, sizeof name, "group%u", number);
    hw_auto_text key = hw_key_of_group("nodes.compute.*.name", cluster->groups);
    cluster->groups++;
    return hw_cluster_set(cluster, key, name, err);
}

static void rename_group(struct answer *answer, size_t from, size_t to)
{
    size_t group;
    if (!hw_key_group(answer->key, &group) || group != from)
        return;
    const char *rest = strchr(answer->key + strlen("nodes.compute."), '.');
    char *renamed = hw_format("nodes.compute.%zu%s", to, rest ? rest : "");
    free(answer->key);
    answer->key = renamed;
}

bool hw_cluster_group_remove(struct hw_cluster *cluster, size_t group, struct hw_err *err)
{
    if (cluster->groups <= 1 || group >= cluster->groups)
        return hw_fail(err, HW_ERR_INPUT, "%s", _("a cluster needs at least one compute group"));
    for (size_t i = cluster->count; i-- > 0;) {
        size_t at;
        if (hw_key_group(cluster->answers[i].key, &at) && at == group)
            hw_cluster_clear(cluster, cluster->answers[i].key);
    }
    for (size_t later = group + 1; later < cluster->groups; later++) {
        for (size_t i = 0; i < cluster->count; i++)
            rename_group(&cluster->answers[i], later, later - 1);
    }
    cluster->groups--;
    cluster->revision = ++last_revision;
    return true;
}

bool hw_cluster_sql_local(const struct hw_cluster *cluster)
{
    return strcmp(hw_cluster_get(cluster, "nodes.sql"), "local") == 0;
}

unsigned long hw_cluster_revision(const struct hw_cluster *cluster)
{
    return cluster->revision;
}

static void visit(const struct hw_cluster *cluster, const char *key, const struct hw_field *field,
                  hw_key_fn *fn, void *data)
{
    if (!field->applies || field->applies(cluster))
        fn(data, key, field);
}

/* Rows of the group's fields stand together in the schema; each group goes through all of them
 * before the next one. Returns the index behind them. */
static size_t visit_groups(const struct hw_cluster *cluster, size_t first, hw_key_fn *fn,
                           void *data)
{
    size_t end = first;
    while (end < hw_schema_count() && strchr(hw_schema_at(end)->key, '*'))
        end++;
    for (size_t group = 0; group < cluster->groups; group++) {
        for (size_t i = first; i < end; i++) {
            hw_auto_text key = hw_key_of_group(hw_schema_at(i)->key, group);
            visit(cluster, key, hw_schema_at(i), fn, data);
        }
    }
    return end;
}

void hw_cluster_each(const struct hw_cluster *cluster, hw_key_fn *fn, void *data)
{
    for (size_t i = 0; i < hw_schema_count();) {
        const struct hw_field *field = hw_schema_at(i);
        if (strchr(field->key, '*')) {
            i = visit_groups(cluster, i, fn, data);
        } else {
            visit(cluster, field->key, field, fn, data);
            i++;
        }
    }
}

struct missing {
    const struct hw_cluster *cluster;
    enum hw_page_id page;
    char *key;
};

static void note_missing(void *data, const char *key, const struct hw_field *field)
{
    struct missing *missing = data;
    bool empty = hw_cluster_get(missing->cluster, key)[0] == '\0';
    if (!field->required || !empty || (missing->key && field->page >= missing->page))
        return;
    hw_replace(&missing->key, key);
    missing->page = field->page;
}

char *hw_cluster_first_missing(const struct hw_cluster *cluster)
{
    struct missing missing = {.cluster = cluster};
    hw_cluster_each(cluster, note_missing, &missing);
    return missing.key;
}
