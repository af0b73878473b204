/* SPDX-License-Identifier: Apache-2.0 */
#include "ui/answer.h"

#include "base/text.h"

/* What an answer takes with it when it changes. A region takes images only by id: ssm: paths
 * are the same everywhere. */
static const struct {
    const char *key, *dependent;
} dependents[] = {
    {"region", "network.vpc"},
    {"region", "access.key_pair"},
    {"region", "nodes.*.image"},
    {"network.vpc", "network.subnets"},
    {"network.vpc", "network.hosted_zone"},
    {"network.subnets", "network.sql_address"},
    {"network.subnets", "network.head_address"},
    {"network.hosted_zone", "network.zone_name"},
};

void ui_answer_done(struct ui_answer *answer)
{
    free(answer->value);
    free(answer->label);
    free(answer->detail);
    memset(answer, 0, sizeof(*answer));
}

bool ui_answer_is_list(const struct hw_field *field)
{
    return field->options || field->type == HW_TYPE_CHOICE || field->type == HW_TYPE_MULTI ||
           field->type == HW_TYPE_NAME_OF_SECRET;
}

const struct hw_choices *ui_answer_choices(const struct ui_host *host, const struct hw_field *field,
                                           struct hw_choices *scratch)
{
    if (!field->options) {
        bool asked = field->source != HW_SOURCE_NONE && host->choices;
        return asked ? host->choices(host->data, field->source) : NULL;
    }
    hw_choices_done(scratch);
    memset(scratch, 0, sizeof(*scratch));
    scratch->state = HW_CHOICES_READY;
    for (size_t i = 0; field->options[i]; i++)
        hw_choices_add(scratch, field->options[i], field->options[i], "");
    return scratch;
}

static void join(const struct hw_strv *values, struct hw_buf *out)
{
    for (size_t i = 0; i < values->count; i++)
        hw_buf_print(out, "%s%s", i ? ", " : "", values->items[i]);
}

/* The fit choices marked best, for several answers all of them; else the first fit one. */
static void best_values(const struct hw_choices *choices, bool several, struct hw_strv *ret)
{
    for (size_t i = 0; several && i < choices->count; i++) {
        if (choices->items[i].best && !choices->items[i].unfit)
            hw_strv_add(ret, choices->items[i].value);
    }
    const struct hw_choice *best = ret->count ? NULL : hw_choices_best(choices);
    if (best && !best->unfit)
        hw_strv_add(ret, best->value);
}

/* Names the values by their labels: one with its detail, several by count. */
static void describe(const struct hw_choices *choices, const struct hw_strv *values,
                     struct ui_answer *ret)
{
    const struct hw_choice *one = NULL;
    if (choices && values->count == 1)
        one = hw_choices_find(choices, values->items[0]);
    hw_auto(hw_buf) all = HW_BUF(HW_MAX_TEXT);
    if (values->count > 1 && choices) {
        for (size_t i = 0; i < values->count; i++) {
            const struct hw_choice *item = hw_choices_find(choices, values->items[i]);
            const char *name = item && *item->group ? item->group
                               : item               ? item->label
                                                    : values->items[i];
            hw_buf_print(&all, "%s%s", i ? ", " : "", name);
        }
        ret->label = hw_format(P_("%zu chosen", "%zu chosen", values->count), values->count);
        ret->detail = hw_buf_take(&all);
        return;
    }
    ret->label = hw_strdup(one ? one->label : ret->value);
    ret->detail = hw_strdup(one ? one->detail : "");
}

static void take(struct ui_answer *ret, enum ui_answer_state state,
                 const struct hw_choices *choices, const struct hw_strv *values)
{
    hw_auto(hw_buf) text = HW_BUF(HW_MAX_TEXT);
    join(values, &text);
    ret->state = state;
    ret->value = hw_buf_take(&text);
    describe(choices, values, ret);
}

static void nothing(struct ui_answer *ret, enum ui_answer_state state, const char *label)
{
    ret->state = state;
    ret->value = hw_strdup("");
    ret->label = hw_strdup(label);
    ret->detail = hw_strdup("");
}

void ui_answer_get(const struct ui_host *host, const struct hw_cluster *cluster, const char *key,
                   const struct hw_field *field, struct ui_answer *ret)
{
    hw_auto(hw_choices) scratch = {0};
    hw_auto(hw_strv) best = {0};
    const struct hw_choices *choices = ui_answer_choices(host, field, &scratch);
    bool set = hw_cluster_is_set(cluster, key);
    memset(ret, 0, sizeof(*ret));
    if (set) {
        take(ret, UI_ANSWER_SET, choices, hw_cluster_list(cluster, key));
        return;
    }
    if (*hw_cluster_get(cluster, key)) {
        hw_strv_add(&best, hw_cluster_get(cluster, key));
        take(ret, UI_ANSWER_DEFAULT, choices, &best);
        return;
    }
    if (!choices || !field->required) {
        nothing(ret, UI_ANSWER_EMPTY, "");
        return;
    }
    best_values(choices, field->list, &best);
    if (best.count > 0)
        take(ret, UI_ANSWER_PROPOSED, choices, &best);
    else if (choices->state == HW_CHOICES_LOADING)
        nothing(ret, UI_ANSWER_LOADING, _("loading…"));
    else if (choices->state == HW_CHOICES_FAILED)
        nothing(ret, UI_ANSWER_FAILED, choices->err.what);
    else
        nothing(ret, UI_ANSWER_EMPTY, "");
}

static void drop(void *data, const char *key, const struct hw_field *field)
{
    struct hw_strv *keys = data;
    (void)field;
    if (hw_text_starts(key, "nodes.") && hw_text_ends(key, ".image"))
        hw_strv_add(keys, key);
}

static void drop_images(struct hw_cluster *cluster)
{
    hw_auto(hw_strv) keys = {0};
    hw_cluster_each(cluster, drop, &keys);
    for (size_t i = 0; i < keys.count; i++) {
        if (!hw_text_starts(hw_cluster_get(cluster, keys.items[i]), "ssm:"))
            hw_cluster_clear(cluster, keys.items[i]);
    }
}

static void drop_dependents(struct hw_cluster *cluster, const char *key)
{
    for (size_t i = 0; i < HW_COUNT(dependents); i++) {
        if (strcmp(dependents[i].key, key) != 0)
            continue;
        if (strchr(dependents[i].dependent, '*')) {
            drop_images(cluster);
            continue;
        }
        hw_cluster_clear(cluster, dependents[i].dependent);
        drop_dependents(cluster, dependents[i].dependent);
    }
}

bool ui_answer_set(const struct ui_host *host, struct hw_cluster *cluster, const char *key,
                   const char *value, struct hw_err *err)
{
    hw_auto(hw_buf) before = HW_BUF(HW_MAX_TEXT), now = HW_BUF(HW_MAX_TEXT);
    join(hw_cluster_list(cluster, key), &before);
    const struct hw_field *field = hw_schema_find(key);
    if (!*value && field && !field->required)
        hw_cluster_leave_empty(cluster, key);
    else if (!*value)
        hw_cluster_clear(cluster, key);
    else if (!hw_cluster_set(cluster, key, value, err))
        return false;
    join(hw_cluster_list(cluster, key), &now);
    if (before.len > 0 && strcmp(hw_buf_cstr(&before), hw_buf_cstr(&now)) != 0)
        drop_dependents(cluster, key);
    if (*value && host->fill)
        host->fill(host->data, cluster);
    return true;
}

static void leave_empty(void *data, const char *key, const struct hw_field *field)
{
    struct hw_cluster *cluster = data;
    if (!field->required && !hw_cluster_is_set(cluster, key))
        hw_cluster_leave_empty(cluster, key);
}

void ui_answer_settle(struct hw_cluster *cluster)
{
    hw_auto_text missing = hw_cluster_first_missing(cluster);
    if (!missing)
        hw_cluster_each(cluster, leave_empty, cluster);
}

bool ui_answer_accept(const struct ui_host *host, struct hw_cluster *cluster, const char *key,
                      const struct hw_field *field, struct hw_err *err)
{
    hw_auto(ui_answer) answer = {0};
    ui_answer_get(host, cluster, key, field, &answer);
    switch (answer.state) {
    case UI_ANSWER_SET:
    case UI_ANSWER_DEFAULT:
        return true;
    case UI_ANSWER_PROPOSED:
        return ui_answer_set(host, cluster, key, answer.value, err);
    case UI_ANSWER_LOADING:
        return hw_fail(err, HW_ERR_BUSY, "%s", _("still loading, one moment"));
    case UI_ANSWER_FAILED:
        return hw_fail(err, HW_ERR_NETWORK, _("the list could not be loaded: %s"), answer.label);
    case UI_ANSWER_EMPTY:
        break;
    }
    if (!field->required)
        return true;
    return hw_fail(err, HW_ERR_INPUT, "%s", _("this needs an answer"));
}

struct wanted {
    const struct ui_host *host;
    const struct hw_cluster *cluster;
    enum hw_page_id page;
};

static void want_field(void *data, const char *key, const struct hw_field *field)
{
    const struct wanted *wanted = data;
    (void)key;
    if (field->page == wanted->page && field->source != HW_SOURCE_NONE)
        wanted->host->want(wanted->host->data, wanted->cluster, field->source);
}

void ui_answer_want(const struct ui_host *host, const struct hw_cluster *cluster,
                    enum hw_page_id page)
{
    struct wanted wanted = {host, cluster, page};
    if (host->want)
        hw_cluster_each(cluster, want_field, &wanted);
}
