/* SPDX-License-Identifier: Apache-2.0 */
#include "ui/bundle.h"

#include "base/text.h"

static const struct ui_host *host_of(const struct ui_bundle *bundle)
{
    return ui_app_host(bundle->app);
}

bool ui_bundle_offered(struct ui_app *app)
{
    return ui_app_host(app)->bundle != NULL;
}

enum ui_result ui_bundle_begin(struct ui_bundle *bundle, struct ui_app *app)
{
    bundle->app = app;
    if (bundle->collecting)
        return UI_STAY;
    struct hw_err err = {0};
    if (!host_of(bundle)->bundle(host_of(bundle)->data, ui_app_cluster(app), &err)) {
        ui_app_error(app, &err);
        return UI_STAY;
    }
    bundle->collecting = true;
    ui_app_notice(app, HW_INFO, "%s", _("Collecting what goes into the bundle…"));
    return UI_STAY;
}

/* ---- What goes in ---------------------------------------------------------------------- */

static const struct group {
    const char *prefix, *what;
} groups[] = {
    {"cluster.yaml", N_("the answers (no secret is among them)")},
    {"generated/", N_("the generated templates and scripts")},
    {"events.jsonl", N_("what happened, event by event")},
    {"findings", N_("the findings")},
    {"logs/", N_("the logs of the nodes, as far as they were read")},
};

static void add_group(const struct ui_bundle *bundle, const struct group *group, struct hw_buf *out)
{
    const struct ui_host *host = host_of(bundle);
    unsigned long files = 0, bytes = 0;
    const char *name;
    size_t size;
    for (size_t i = 0; host->bundle_entry(host->data, i, &name, &size); i++) {
        if (!hw_text_starts(name, group->prefix))
            continue;
        files++;
        bytes += size;
    }
    if (files > 0)
        hw_buf_print(out, P_("%8lu KiB  %s, %lu file\n", "%8lu KiB  %s, %lu files\n", files),
                     (bytes + 1023) / 1024, _(group->what), files);
}

/* ---- The questions --------------------------------------------------------------------- */

static bool take_path(void *data, const char *answer, struct hw_err *err)
{
    struct ui_bundle *bundle = data;
    const struct ui_host *host = host_of(bundle);
    if (!answer)
        return true;
    if (!*answer)
        return hw_fail(err, HW_ERR_INPUT, "%s", _("a path is needed"));
    if (!host->bundle_write(host->data, ui_app_cluster(bundle->app), bundle->anonymous, answer,
                            err))
        return false;
    ui_app_notice(bundle->app, HW_INFO, "%s", _("The bundle is being written…"));
    return true;
}

static void ask_path(struct ui_bundle *bundle)
{
    const char *cluster = hw_cluster_get(ui_app_cluster(bundle->app), "cluster");
    hw_auto_text initial = hw_format("~/%s-bundle.tar.gz", *cluster ? cluster : "hpcwiz");
    ui_app_ask(bundle->app,
               &(struct ui_dialog){
                   .title = _("Support bundle"),
                   .text = bundle->anonymous
                               ? _("Names become words such as host-1. A map that turns them back "
                                   "is written beside the bundle, for you alone: do not send it.")
                               : _("Names, addresses and account numbers stand in it as they are."),
                   .label = _("Write it to"),
                   .initial = initial,
                   .fn = take_path,
                   .data = bundle});
}

static bool take_choice(void *data, const char *answer, struct hw_err *err)
{
    struct ui_bundle *bundle = data;
    if (!answer)
        return true;
    bool yes = strcmp(answer, _("yes")) == 0, no = strcmp(answer, _("no")) == 0;
    if (!yes && !no)
        return hw_fail(err, HW_ERR_INPUT, "%s", _("yes or no?"));
    bundle->anonymous = yes;
    ask_path(bundle);
    return true;
}

static void ask_choice(struct ui_bundle *bundle)
{
    hw_auto(hw_buf) text = HW_BUF(HW_MAX_VALUE);
    hw_buf_print(&text, "%s\n", _("This goes in; nothing is sent anywhere:"));
    for (size_t i = 0; i < HW_COUNT(groups); i++)
        add_group(bundle, &groups[i], &text);
    ui_app_ask(bundle->app, &(struct ui_dialog){.title = _("Support bundle"),
                                                .text = hw_buf_cstr(&text),
                                                .label = _("Replace names and addresses (yes/no)"),
                                                .initial = _("yes"),
                                                .fn = take_choice,
                                                .data = bundle});
}

void ui_bundle_event(struct ui_bundle *bundle, const struct hw_event *event)
{
    const struct hw_ev_result *result = &event->u.result;
    if (!bundle->collecting || event->type != HW_EV_RESULT || !result->command ||
        strcmp(result->command, "bundle") != 0)
        return;
    bundle->collecting = false;
    ask_choice(bundle);
}
