/* SPDX-License-Identifier: Apache-2.0 */
/* Logs, findings, tests on nodes and bundles for the pages that show them. */
#include "wizard_parts.h"

#include "base/clock.h"
#include "base/file.h"

#define SAVED_LOG_MAX (512u * 1024u * 1024u)

static const struct hw_logs *host_logs(void *data)
{
    struct hw_wizard *w = data;
    return hw_session_logs(w->session);
}

static bool host_save_logs(void *data, const struct hw_log_view *view, const char *path,
                           struct hw_err *err)
{
    const struct hw_logs *logs = host_logs(data);
    hw_auto(hw_buf) out = HW_BUF(SAVED_LOG_MAX);
    struct hw_log_line line;
    for (size_t row = 0; row < hw_log_view_count(view); row++) {
        char when[HW_TIME_SIZE] = "-";
        if (!hw_log_view_get(view, row, &line))
            continue;
        if (line.time_ms)
            hw_time_rfc3339(line.time_ms, when);
        hw_buf_print(&out, "%s %s %s %s\n", when, hw_logs_node(logs, line.node),
                     hw_logs_source(logs, line.source), line.text);
    }
    if (out.full)
        return hw_fail(err, HW_ERR_LIMIT, _("the lines are larger than %u MiB; filter them first"),
                       SAVED_LOG_MAX >> 20);
    hw_auto_text expanded = hw_path_expand(path);
    return hw_file_write(expanded, hw_buf_cstr(&out), out.len, 0600, err);
}

static size_t host_findings(void *data)
{
    struct hw_wizard *w = data;
    const struct hw_diagnose *diagnose = hw_session_diagnose(w->session);
    return diagnose ? hw_diagnose_count(diagnose) : 0;
}

static const struct hw_ev_finding *host_finding(void *data, size_t index)
{
    struct hw_wizard *w = data;
    return hw_diagnose_at(hw_session_diagnose(w->session), index);
}

static size_t host_finding_cause(void *data, size_t index)
{
    struct hw_wizard *w = data;
    return hw_diagnose_cause_of(hw_session_diagnose(w->session), index);
}

static void on_bundle_written(void *data, const struct hw_err *err)
{
    struct hw_wizard *w = data;
    const struct hw_sink *sink = hw_session_sink(w->session);
    if (err)
        hw_tell_notice(sink, HW_ERROR, "%s", err->what);
    else if (w->bundle_anonymous)
        hw_tell_notice(sink, HW_INFO, _("Written: %s. Keep %s.map.json to yourself."),
                       w->bundle_path, w->bundle_path);
    else
        hw_tell_notice(sink, HW_INFO, _("Written: %s"), w->bundle_path);
    free(w->bundle_path);
    w->bundle_path = NULL;
}

static void on_packed(void *data, struct hw_bundle *bundle_take,
                      const struct hw_strv *missing HW_UNUSED)
{
    struct hw_wizard *w = data;
    hw_pack_free(w->pack);
    w->pack = NULL;
    hw_pack_write(w->session, bundle_take, w->bundle_path, on_bundle_written, w);
}

static void on_collected(void *data, struct hw_bundle *bundle_take, const struct hw_strv *missing)
{
    struct hw_wizard *w = data;
    hw_pack_free(w->pack);
    w->pack = NULL;
    hw_bundle_free(w->bundle);
    w->bundle = bundle_take;
    for (size_t i = 0; i < missing->count; i++)
        hw_tell_notice(hw_session_sink(w->session), HW_WARNING, "%s", missing->items[i]);
    hw_wizard_tell_result(w, "bundle", NULL);
}

static void pack(struct hw_wizard *w, const struct hw_cluster *cluster, bool anonymous,
                 hw_pack_fn *fn)
{
    struct hw_bundle_options options = {.anonymous = anonymous};
    hw_bundle_free(w->bundle);
    hw_pack_free(w->pack);
    w->bundle = NULL;
    w->pack = hw_pack_start(w->session, cluster, &options, fn, w);
}

/* What is on its way to its path keeps it, and its names replaced if that was asked for. */
static bool is_free(const struct hw_wizard *w, struct hw_err *err)
{
    return !w->bundle_path || hw_fail(err, HW_ERR_BUSY, "%s", _("another bundle is being written"));
}

static bool host_bundle(void *data, const struct hw_cluster *cluster, struct hw_err *err)
{
    if (!is_free(data, err))
        return false;
    pack(data, cluster, false, on_collected);
    return true;
}

static bool host_bundle_entry(void *data, size_t index, const char **ret_name, size_t *ret_bytes)
{
    struct hw_wizard *w = data;
    if (!w->bundle || index >= hw_bundle_count(w->bundle))
        return false;
    struct hw_bundle_entry entry = hw_bundle_at(w->bundle, index);
    *ret_name = entry.name;
    *ret_bytes = entry.bytes;
    return true;
}

static bool host_bundle_write(void *data, const struct hw_cluster *cluster, bool anonymous,
                              const char *path, struct hw_err *err)
{
    struct hw_wizard *w = data;
    if (!is_free(w, err))
        return false;
    w->bundle_path = hw_path_expand(path);
    w->bundle_anonymous = anonymous;
    pack(w, cluster, anonymous, on_packed);
    return true;
}

static void on_tested(void *data, enum hw_answer answer HW_UNUSED, const struct hw_err *err)
{
    struct hw_wizard *w = data;
    if (err)
        hw_tell_notice(hw_session_sink(w->session), HW_ERROR, "%s", err->what);
    hw_wizard_tell_result(w, "test", err);
}

static bool host_test(void *data, const struct hw_ev_question *question, struct hw_err *err)
{
    struct hw_wizard *w = data;
    return hw_session_test(w->session, question->node, question->test, question->with, on_tested, w,
                           err);
}

static void host_rate(void *data, double *ret_per_second, double *ret_budget)
{
    struct hw_wizard *w = data;
    hw_aws_rate(hw_session_aws(w->session), ret_per_second, ret_budget);
}

void hw_wizard_host_logs(struct ui_host *host)
{
    host->logs = host_logs;
    host->save_logs = host_save_logs;
    host->findings = host_findings;
    host->finding = host_finding;
    host->finding_cause = host_finding_cause;
    host->bundle = host_bundle;
    host->bundle_entry = host_bundle_entry;
    host->bundle_write = host_bundle_write;
    host->test = host_test;
    host->rate = host_rate;
}
