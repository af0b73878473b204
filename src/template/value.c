/* SPDX-License-Identifier: Apache-2.0 */
#include "template/value.h"

#include "base/text.h"

/* PauseTime of a rolling update is at most an hour (CloudFormation, UpdatePolicy attribute). */
#define PAUSE_MAX 3600u

/* CloudFormation splits a list parameter at commas and knows no escape for them. */
static bool join(const struct hw_strv *list, const char *key, char **ret, struct hw_err *err)
{
    hw_auto(hw_buf) out = HW_BUF(HW_MAX_TEXT);
    for (size_t i = 0; i < list->count; i++) {
        if (strchr(list->items[i], ',')) {
            hw_fail(err, HW_ERR_INPUT, _("'%s' holds a comma, which no list of a template can"),
                    list->items[i]);
            return hw_err_at(err, key, 0, 0);
        }
        hw_buf_print(&out, "%s%s", i ? "," : "", list->items[i]);
    }
    *ret = hw_buf_take(&out);
    return true;
}

/* "PT1H30M"; a period without any part is not valid. */
static char *period(unsigned seconds)
{
    unsigned h = seconds / 3600, m = seconds / 60 % 60, s = seconds % 60;
    struct hw_buf out = HW_BUF(64);
    hw_buf_text(&out, "PT");
    if (h)
        hw_buf_print(&out, "%uH", h);
    if (m)
        hw_buf_print(&out, "%uM", m);
    if (s || !seconds)
        hw_buf_print(&out, "%uS", s);
    return hw_buf_take(&out);
}

static char *image(const char *value, enum hw_resolve *ret_resolve)
{
    if (!hw_text_starts(value, "ssm:"))
        return hw_strdup(value);
    *ret_resolve = HW_RESOLVE_SSM_IMAGE;
    return hw_strdup(value + strlen("ssm:"));
}

/* Questions that are no key of the cluster file. NULL: not one of them. */
static char *derived(const struct hw_cluster *cluster, const char *question)
{
    if (strcmp(question, "access.port") == 0)
        return hw_strdup(strcmp(hw_cluster_get(cluster, "access.method"), "ssh") ? "5986" : "22");
    if (strcmp(question, "nodes.sql.own") == 0)
        return hw_strdup(hw_cluster_sql_local(cluster) ? "false" : "true");
    if (strcmp(question, "nodes.sql") == 0)
        return hw_strdup(hw_cluster_sql_local(cluster) ? "local" : "own");
    if (strcmp(question, "network.subnets.0") == 0) {
        const struct hw_strv *subnets = hw_cluster_list(cluster, "network.subnets");
        return hw_strdup(subnets && subnets->count ? subnets->items[0] : "");
    }
    if (strcmp(question, "hpc_pack.media") == 0) {
        const char *media = hw_cluster_get(cluster, question);
        return hw_format("%s%s", media, hw_text_ends(media, "/") ? "" : "/");
    }
    return NULL;
}

static bool unanswered(const char *question, struct hw_err *err)
{
    return hw_fail(err, HW_ERR_IO, _("a template source asks for '%s', which no key answers"),
                   question);
}

static bool by_key(const struct hw_cluster *cluster, size_t group, const char *question, bool pause,
                   char **ret, enum hw_resolve *ret_resolve, struct hw_err *err)
{
    hw_auto_text key =
        strchr(question, '*') ? hw_key_of_group(question, group) : hw_strdup(question);
    const struct hw_field *field = hw_schema_find(key);
    if (!field)
        return unanswered(question, err);
    if (field->list)
        return join(hw_cluster_list(cluster, key), key, ret, err);
    if (field->type == HW_TYPE_DURATION) {
        unsigned seconds = hw_cluster_seconds(cluster, key);
        *ret = period(pause && seconds > PAUSE_MAX ? PAUSE_MAX : seconds);
    } else if (hw_text_ends(key, ".image")) {
        *ret = image(hw_cluster_get(cluster, key), ret_resolve);
    } else {
        *ret = hw_strdup(hw_cluster_get(cluster, key));
    }
    return true;
}

bool hw_value_get(const struct hw_cluster *cluster, size_t group, const char *question, char **ret,
                  enum hw_resolve *ret_resolve, struct hw_err *err)
{
    size_t n = strcspn(question, " ");
    hw_auto_text key = hw_strndup(question, n);
    const char *how = question + n + (question[n] == ' ');
    enum hw_resolve resolve = HW_RESOLVE_NONE;
    char *value = derived(cluster, key);
    if (!value && !by_key(cluster, group, key, strcmp(how, "pause") == 0, &value, &resolve, err))
        return false;
    if (strcmp(how, "zone") == 0)
        resolve = HW_RESOLVE_SUBNET_ZONE;
    *ret = value;
    *ret_resolve = resolve;
    return true;
}

bool hw_value_is(const struct hw_cluster *cluster, const char *question, bool *ret,
                 struct hw_err *err)
{
    hw_auto_text value = NULL;
    enum hw_resolve resolve;
    if (!hw_value_get(cluster, 0, question, &value, &resolve, err))
        return false;
    if (strcmp(value, "true") && strcmp(value, "false"))
        return hw_fail(err, HW_ERR_IO, _("'%s' is neither true nor false"), question);
    *ret = strcmp(value, "true") == 0;
    return true;
}
