/* SPDX-License-Identifier: Apache-2.0 */
/* The questions of the log page. */
#include "base/file.h"
#include "ui/page_logs.h"

static bool search_answer(void *data, const char *answer, struct hw_err *err)
{
    return !answer || ui_logs_search(data, answer, err);
}

static bool filter_answer(void *data, const char *answer, struct hw_err *err)
{
    struct ui_logs *logs = data;
    if (!answer)
        return true;
    bool inverted = answer[0] == '!';
    const char *pattern = answer + inverted;
    hw_auto_text old = logs->filter;
    bool was_inverted = logs->inverted;
    logs->filter = pattern[0] != '\0' ? hw_strdup(pattern) : NULL;
    logs->inverted = inverted;
    if (ui_logs_refilter_held(logs, err))
        return true;
    free(logs->filter);
    logs->filter = old;
    old = NULL;
    logs->inverted = was_inverted;
    return false;
}

static bool save_answer(void *data, const char *answer, struct hw_err *err)
{
    struct ui_logs *logs = data;
    const struct ui_host *host = ui_app_host(logs->page.app);
    if (!answer)
        return true;
    if (answer[0] == '\0')
        return hw_fail(err, HW_ERR_INPUT, "%s", _("a file name is needed"));
    hw_auto_text path = hw_path_expand(answer);
    if (!host->save_logs(host->data, logs->view, path, err))
        return false;
    ui_app_notice(logs->page.app, HW_INFO, _("Saved %zu lines to %s."),
                  hw_log_view_count(logs->view), path);
    return true;
}

static void ask(struct ui_logs *logs, const char *title, const char *text, const char *label,
                const char *initial, ui_dialog_fn *fn)
{
    ui_app_ask(logs->page.app, &(struct ui_dialog){.title = title,
                                                   .text = text,
                                                   .label = label,
                                                   .initial = initial,
                                                   .fn = fn,
                                                   .data = logs});
}

void ui_logs_ask_search(struct ui_logs *logs)
{
    ask(logs, _("Search"), _("A regular expression; n and N go on. Nothing ends the search."),
        _("Search"), logs->search, search_answer);
}

void ui_logs_ask_filter(struct ui_logs *logs)
{
    hw_auto_text initial =
        logs->filter ? hw_format("%s%s", logs->inverted ? "!" : "", logs->filter) : NULL;
    ask(logs, _("Show only lines that match"),
        _("A regular expression; with ! before it the lines that do not match. Nothing shows all."),
        _("Filter"), initial, filter_answer);
}

void ui_logs_ask_save(struct ui_logs *logs)
{
    const struct ui_host *host = ui_app_host(logs->page.app);
    const char *cluster = hw_cluster_get(ui_app_cluster(logs->page.app), "cluster");
    if (!logs->view || !host->save_logs)
        return;
    hw_auto_text name = hw_format("%s-%s.log", cluster, logs->merged ? "all" : logs->node);
    ask(logs, _("Save the log"), _("The lines that are shown now, filter included."), _("File"),
        name, save_answer);
}

static bool place_answer(void *data, const char *answer, struct hw_err *err)
{
    return !answer || ui_logs_go(data, answer, err);
}

void ui_logs_ask_place(struct ui_logs *logs)
{
    ask(logs, _("Go to a time or a stage"),
        _("14:03, 14:03:22, 2026-11-23 14:03, in the time zone of the column of times; or the name "
          "of a stage, such as setup."),
        _("Time or stage"), NULL, place_answer);
}
