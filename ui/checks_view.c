/* SPDX-License-Identifier: Apache-2.0 */
#include "ui/checks_view.h"

#include "base/text.h"
#include "model/schema.h"

static void clear(struct ui_checks *checks)
{
    for (size_t i = 0; i < checks->count; i++) {
        free(checks->items[i].id);
        free(checks->items[i].message);
        free(checks->items[i].field);
        free(checks->items[i].remedy);
    }
    checks->count = 0;
    memset(checks->of_kind, 0, sizeof checks->of_kind);
}

void ui_checks_done(struct ui_checks *checks)
{
    clear(checks);
    free(checks->items);
    free(checks->failure);
    *checks = (struct ui_checks){0};
}

void ui_checks_begin(struct ui_checks *checks, const struct hw_cluster *cluster)
{
    checks->of = hw_cluster_revision(cluster);
    checks->running = checks->stale = true;
    checks->outdated = false;
    checks->revision++;
    hw_replace(&checks->failure, NULL);
}

bool ui_checks_go_on(const struct ui_checks *checks, const struct hw_cluster *cluster)
{
    return checks->running && checks->of == hw_cluster_revision(cluster);
}

static enum ui_check_kind kind_of(const struct hw_ev_check *check)
{
    if (check->status == HW_PASS)
        return UI_CHECK_PASSED;
    if (check->status == HW_SKIPPED)
        return UI_CHECK_SKIPPED;
    return check->severity == HW_ERROR     ? UI_CHECK_ERROR
           : check->severity == HW_WARNING ? UI_CHECK_WARNING
                                           : UI_CHECK_NOTE;
}

/* "nodes.compute.0.type: 72 vCPU needed" is "Type std: 72 vCPU needed" to somebody who answered
 * on a form. The caller's. */
static char *message_of(const struct hw_cluster *cluster, const struct hw_ev_check *check)
{
    const char *message = check->message ? check->message : "", *key = check->field;
    const struct hw_field *field = key ? hw_schema_find(key) : NULL;
    size_t length = key ? strlen(key) : 0, group;
    if (!field || !hw_text_starts(message, key) || message[length] != ':')
        return hw_strdup(message);
    if (!hw_key_group(key, &group) || hw_cluster_groups(cluster) < 2)
        return hw_format("%s%s", _(field->label), message + length);
    hw_auto_text name_key = hw_key_of_group("nodes.compute.*.name", group);
    return hw_format("%s %s%s", _(field->label), hw_cluster_get(cluster, name_key),
                     message + length);
}

static void add(struct ui_checks *checks, const struct hw_cluster *cluster,
                const struct hw_ev_check *check)
{
    if (checks->count >= UI_MAX_CHECKS)
        return;
    enum ui_check_kind kind = kind_of(check);
    hw_grow(&checks->items, &checks->capacity, checks->count, sizeof *checks->items);
    size_t at = checks->count;
    for (; at > 0 && checks->items[at - 1].kind > kind; at--)
        checks->items[at] = checks->items[at - 1];
    checks->items[at] = (struct ui_check){.id = hw_strdup(check->id ? check->id : ""),
                                          .message = message_of(cluster, check),
                                          .field = hw_strdup(check->field ? check->field : ""),
                                          .remedy = hw_strdup(check->remedy ? check->remedy : ""),
                                          .kind = kind,
                                          .number = checks->count};
    checks->count++;
    checks->of_kind[kind]++;
}

static bool end(struct ui_checks *checks, const struct hw_ev_result *result)
{
    char text[1400];
    const char *command = result->command ? result->command : "";
    if (strcmp(command, "deploy") == 0 || strcmp(command, "rollback") == 0)
        checks->outdated = true;
    if (strcmp(command, "check") != 0)
        return false;
    if (checks->stale)
        clear(checks);
    checks->running = checks->stale = false;
    checks->known = true;
    checks->revision++;
    bool broken = result->err && result->err->code != HW_ERR_CHECK;
    hw_replace(&checks->failure, broken ? hw_err_text(result->err, text, sizeof text) : NULL);
    return true;
}

bool ui_checks_apply(struct ui_checks *checks, const struct hw_cluster *cluster,
                     const struct hw_event *event)
{
    if (event->type == HW_EV_RESULT)
        return end(checks, &event->u.result);
    if (event->type != HW_EV_CHECK)
        return false;
    if (!checks->running)
        ui_checks_begin(checks, cluster);
    if (checks->stale)
        clear(checks);
    checks->stale = false;
    add(checks, cluster, &event->u.check);
    checks->revision++;
    return true;
}

static void print_count(struct hw_buf *out, enum ui_check_kind kind, unsigned long n)
{
    switch (kind) {
    case UI_CHECK_ERROR:
        hw_buf_print(out, P_("%lu error", "%lu errors", n), n);
        break;
    case UI_CHECK_WARNING:
        hw_buf_print(out, P_("%lu warning", "%lu warnings", n), n);
        break;
    case UI_CHECK_NOTE:
        hw_buf_print(out, P_("%lu note", "%lu notes", n), n);
        break;
    case UI_CHECK_PASSED:
        hw_buf_print(out, P_("%lu passed", "%lu passed", n), n);
        break;
    case UI_CHECK_SKIPPED:
        hw_buf_print(out, P_("%lu skipped", "%lu skipped", n), n);
        break;
    case UI_CHECK_KINDS:
        break;
    }
}

void ui_checks_summary(const struct ui_checks *checks, struct hw_buf *out)
{
    static const enum ui_check_kind order[] = {UI_CHECK_ERROR, UI_CHECK_WARNING, UI_CHECK_NOTE,
                                               UI_CHECK_PASSED, UI_CHECK_SKIPPED};
    for (size_t i = 0; i < HW_COUNT(order); i++) {
        size_t n = checks->of_kind[order[i]];
        if (n == 0 && order[i] != UI_CHECK_PASSED)
            continue;
        hw_buf_text(out, out->len ? ", " : "");
        print_count(out, order[i], n);
    }
}

size_t ui_checks_findings(const struct ui_checks *checks)
{
    return checks->of_kind[UI_CHECK_ERROR] + checks->of_kind[UI_CHECK_WARNING] +
           checks->of_kind[UI_CHECK_NOTE];
}
