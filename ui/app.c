/* SPDX-License-Identifier: Apache-2.0 */
#include "ui/app.h"

#include <stdarg.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/text.h"
#include "ui/answer.h"
#include "ui/app_private.h"
#include "ui/rescue.h"

enum { NOTICE_MS = 12000, NOTICE_MAX = 1024 };

static const struct ui_page_class *const classes[HW_PAGE_COUNT] = {
    [HW_PAGE_START] = &ui_page_start,       [HW_PAGE_ACCOUNT] = &ui_page_account,
    [HW_PAGE_NETWORK] = &ui_page_form,      [HW_PAGE_DIRECTORY] = &ui_page_form,
    [HW_PAGE_IMAGES] = &ui_page_form,       [HW_PAGE_NODES] = &ui_page_form,
    [HW_PAGE_HPC_PACK] = &ui_page_form,     [HW_PAGE_SECRETS] = &ui_page_form,
    [HW_PAGE_CHECKS] = &ui_page_checks,     [HW_PAGE_REVIEW] = &ui_page_review,
    [HW_PAGE_DEPLOY] = &ui_page_deploy,     [HW_PAGE_LOGS] = &ui_page_logs,
    [HW_PAGE_FINDINGS] = &ui_page_findings,
};

struct ui_page *ui_app_page(const struct ui_app *app)
{
    return app->pages[app->current];
}

const struct ui_page_class *ui_app_class(const struct ui_app *app)
{
    return app->pages[app->current]->class;
}

static int longest_step(void)
{
    int longest = 0;
    for (enum hw_page_id id = HW_PAGE_START + 1; id < HW_PAGE_COUNT; id++) {
        int width = (int)hw_text_width(_(hw_page(id)->title));
        longest = width > longest ? width : longest;
    }
    return longest;
}

struct ui_layout ui_app_layout(const struct ui_app *app)
{
    return ui_layout(app->rows, app->cols, longest_step(), ui_app_class(app)->wide);
}

static void layout_page(struct ui_app *app)
{
    struct ui_layout layout = ui_app_layout(app);
    if (layout.fits && ui_app_class(app)->layout)
        ui_app_class(app)->layout(ui_app_page(app), layout.body.rows, layout.body.cols);
}

void ui_app_show(struct ui_app *app, enum hw_page_id page, const char *key)
{
    app->current = page;
    app->origin = HW_PAGE_COUNT;
    for (enum hw_page_id before = HW_PAGE_START; before <= page; before++)
        app->reached[before] = true;
    layout_page(app);
    if (ui_app_class(app)->enter)
        ui_app_class(app)->enter(ui_app_page(app), key);
    app->dirty = true;
}

/* A cluster that came from a file opens at its first question without answer. */
static void show_first_open(struct ui_app *app)
{
    hw_auto_text missing = hw_cluster_first_missing(app->cluster);
    const struct hw_field *field = missing ? hw_schema_find(missing) : NULL;
    if (field && field->page < HW_PAGE_COUNT)
        ui_app_show(app, field->page, missing);
    else
        ui_app_show(app, HW_PAGE_CHECKS, NULL);
}

static void set_cluster(struct ui_app *app, struct hw_cluster *cluster, const char *path)
{
    if (cluster != app->cluster)
        hw_cluster_free(app->cluster);
    app->cluster = cluster;
    app->saved_revision = hw_cluster_revision(cluster);
    hw_replace(&app->path, path);
    if (path)
        ui_answer_settle(cluster);
}

struct ui_app *ui_app_new(const struct ui_host *host, struct hw_cluster *cluster, const char *path)
{
    struct ui_app *app = HW_NEW(struct ui_app);
    app->host = host;
    app->rows = UI_MIN_ROWS;
    app->cols = UI_MIN_COLS;
    app->now_ms = hw_clock_wall_ms;
    set_cluster(app, cluster, path);
    for (enum hw_page_id id = HW_PAGE_START; id < HW_PAGE_COUNT; id++) {
        app->pages[id] = classes[id]->init(app, id);
        app->pages[id]->class = classes[id];
        app->pages[id]->app = app;
        app->pages[id]->id = id;
    }
    if (path)
        show_first_open(app);
    else
        ui_app_show(app, HW_PAGE_START, NULL);
    return app;
}

void ui_app_free(struct ui_app *app)
{
    if (!app)
        return;
    ui_overlay_close(app);
    for (enum hw_page_id id = HW_PAGE_START; id < HW_PAGE_COUNT; id++)
        app->pages[id]->class->done(app->pages[id]);
    hw_cluster_free(app->cluster);
    free(app->path);
    free(app->target_key);
    free(app->overwrite);
    free(app->account);
    free(app->user);
    free(app->region);
    free(app->notice.text);
    free(app);
}

void ui_app_open(struct ui_app *app, struct hw_cluster *cluster, const char *path)
{
    set_cluster(app, cluster, path);
    memset(app->reached, 0, sizeof(app->reached));
    app->watched = false;
    show_first_open(app);
}

/* A page, a question or an event may have asked to go to another page. */
static void jump(struct ui_app *app)
{
    if (!app->jumping)
        return;
    hw_auto_text key = app->target_key;
    app->target_key = NULL;
    app->jumping = false;
    enum hw_page_id from = app->current;
    ui_app_show(app, app->target, key);
    if (key && from >= HW_PAGE_CHECKS)
        app->origin = from;
}

/* ---- Events ---------------------------------------------------------------------------- */

/* The name at the end of an ARN: a user, or the session of a role. */
static const char *name_of_arn(const char *arn)
{
    const char *name = arn;
    for (const char *p = arn; *p; p++) {
        if (*p == '/' || *p == ':')
            name = p + 1;
    }
    return name;
}

static void take_identity(struct ui_app *app, const struct hw_ev_identity *identity)
{
    hw_replace(&app->account, identity->account ? identity->account : "");
    hw_replace(&app->user, name_of_arn(identity->arn ? identity->arn : ""));
    hw_replace(&app->region, identity->region ? identity->region : "");
}

void ui_app_forget_identity(struct ui_app *app)
{
    take_identity(app, &(struct hw_ev_identity){.region = NULL});
}

static void take_event(struct ui_app *app, const struct hw_event *event)
{
    switch (event->type) {
    case HW_EV_IDENTITY:
        take_identity(app, &event->u.identity);
        break;
    case HW_EV_NOTICE:
        ui_app_notice(app, event->u.notice.severity, "%s", event->u.notice.text);
        break;
    case HW_EV_STEP:
        app->deploying = app->watched = true;
        break;
    case HW_EV_RESULT:
        if (strcmp(event->u.result.command, "deploy") == 0 ||
            strcmp(event->u.result.command, "rollback") == 0)
            app->deploying = app->executing = false;
        if (strcmp(event->u.result.command, "plan") == 0)
            app->deploying = false;
        ui_secret_result(app, &event->u.result);
        break;
    default:
        break;
    }
}

void ui_app_tell(struct ui_app *app, const struct hw_event *event)
{
    take_event(app, event);
    for (enum hw_page_id id = HW_PAGE_START; id < HW_PAGE_COUNT; id++) {
        if (app->pages[id]->class->event)
            app->pages[id]->class->event(app->pages[id], event);
    }
    app->dirty = true;
    jump(app);
}

/* ---- Keys ------------------------------------------------------------------------------ */

static const struct ui_offer frame_offers[] = {
    {UI_ACT_NEXT, NULL}, {UI_ACT_BACK, NULL}, {UI_ACT_HELP, NULL},
    {UI_ACT_QUIT, NULL}, {UI_ACT_STEPS, ""},  {UI_ACT_FILE_SAVE, ""},
    {UI_ACT_CANCEL, ""}, {UI_ACT_REDRAW, ""}, {UI_ACT_WHY, ""},
};

static bool frame_has(const struct ui_app *app, enum ui_action action)
{
    if (action == UI_ACT_NEXT)
        return app->current + 1 < HW_PAGE_COUNT && app->current != HW_PAGE_START;
    if (action == UI_ACT_WHY) /* from where its remedy led; before a deployment there is no why */
        return app->reached[HW_PAGE_DEPLOY];
    return action != UI_ACT_BACK || app->current != HW_PAGE_START;
}

size_t ui_app_offers(struct ui_app *app, struct ui_offer offers[UI_OFFERS_MAX])
{
    const struct ui_offer *own = NULL;
    size_t count = 0, own_count = 0;
    if (ui_app_class(app)->offers)
        own_count = ui_app_class(app)->offers(ui_app_page(app), &own);
    for (size_t i = 0; i < own_count && count < UI_OFFERS_MAX; i++)
        offers[count++] = own[i];
    for (size_t i = 0; i < HW_COUNT(frame_offers) && count < UI_OFFERS_MAX; i++) {
        enum ui_action action = frame_offers[i].action;
        if (!ui_keys_offered(offers, count, action) && frame_has(app, action))
            offers[count++] = frame_offers[i];
    }
    return count;
}

static void go(struct ui_app *app, int steps)
{
    int page = (int)app->current + steps;
    if (page >= HW_PAGE_START && page < HW_PAGE_COUNT)
        ui_app_show(app, (enum hw_page_id)page, NULL);
}

static void frame_act(struct ui_app *app, const struct ui_input *input)
{
    switch (input->action) {
    case UI_ACT_NEXT:
        go(app, 1);
        break;
    case UI_ACT_BACK:
        go(app, -1);
        break;
    case UI_ACT_CANCEL:
        if (app->current == HW_PAGE_START)
            ui_overlay_open(app, UI_OVERLAY_QUIT);
        else if (app->origin < HW_PAGE_COUNT) /* back to what led here */
            ui_app_show(app, app->origin, NULL);
        else
            go(app, -1);
        break;
    case UI_ACT_HELP:
        ui_overlay_open(app, UI_OVERLAY_HELP);
        break;
    case UI_ACT_WHY:
        ui_app_show(app, HW_PAGE_FINDINGS, NULL);
        break;
    case UI_ACT_STEPS:
        ui_overlay_open(app, UI_OVERLAY_STEPS);
        break;
    case UI_ACT_FILE_SAVE:
        ui_overlay_save(app);
        break;
    case UI_ACT_QUIT:
        ui_overlay_open(app, UI_OVERLAY_QUIT);
        break;
    case UI_ACT_NONE:
        ui_app_notice(app, HW_INFO, _("This key does nothing here. F1 shows the keys that do."));
        break;
    default:
        break;
    }
}

static void follow_result(struct ui_app *app, enum ui_result result, const struct ui_input *input)
{
    switch (result) {
    case UI_PASS:
        frame_act(app, input);
        break;
    case UI_STAY:
        break;
    case UI_NEXT:
        go(app, 1);
        break;
    case UI_BACK:
        go(app, -1);
        break;
    case UI_QUIT:
        ui_overlay_open(app, UI_OVERLAY_QUIT);
        break;
    case UI_HELP:
        ui_overlay_open(app, UI_OVERLAY_HELP);
        break;
    case UI_GOTO: /* jump() goes there when everything else is done */
        break;
    }
}

static void page_key(struct ui_app *app, uint32_t code)
{
    const struct ui_page_class *class = ui_app_class(app);
    struct ui_page *page = ui_app_page(app);
    struct ui_offer offers[UI_OFFERS_MAX];
    size_t count = ui_app_offers(app, offers);
    bool typing = class->typing && class->typing(page);
    struct ui_input input = {ui_keys_find(offers, count, code, typing), code};
    enum ui_result result = class->act ? class->act(page, &input) : UI_PASS;
    follow_result(app, result, &input);
}

void ui_app_key(struct ui_app *app, uint32_t code)
{
    if (code == UI_KEY_NONE || code == UI_KEY_RESIZE)
        return;
    app->pasted_line = false;
    ui_app_notice_clear(app);
    if (!ui_app_layout(app).fits)
        return;
    if (app->overlay != UI_OVERLAY_NONE)
        ui_overlay_key(app, code);
    else
        page_key(app, code);
    jump(app);
}

static bool takes_text(struct ui_app *app)
{
    const struct ui_page_class *class = ui_app_class(app);
    if (app->overlay != UI_OVERLAY_NONE)
        return app->overlay == UI_OVERLAY_ASK || app->overlay == UI_OVERLAY_SECRET;
    return class->typing && class->typing(ui_app_page(app));
}

void ui_app_paste(struct ui_app *app, uint32_t code)
{
    if (!takes_text(app)) {
        ui_app_notice(app, HW_INFO, "%s", _("Nothing here takes a pasted text."));
        return;
    }
    if (code == UI_KEY_ENTER || code == UI_KEY_TAB) {
        app->pasted_line = true;
        return;
    }
    if (code < ' ' || code == UI_KEY_BACKSPACE || code >= UI_KEY_UP)
        return;
    if (app->pasted_line)
        ui_app_key(app, ' ');
    ui_app_key(app, code);
}

void ui_app_resize(struct ui_app *app, int rows, int cols)
{
    app->rows = rows;
    app->cols = cols;
    app->dirty = true;
    layout_page(app);
}

/* ---- For pages ------------------------------------------------------------------------- */

const struct ui_host *ui_app_host(const struct ui_app *app)
{
    return app->host;
}

bool ui_app_on_top(const struct ui_app *app, const struct ui_page *page)
{
    return ui_app_page(app) == page && app->overlay == UI_OVERLAY_NONE;
}

struct hw_cluster *ui_app_cluster(struct ui_app *app)
{
    return app->cluster;
}

const char *ui_app_path(const struct ui_app *app)
{
    return app->path;
}

bool ui_app_deploying(const struct ui_app *app)
{
    return app->executing;
}

void ui_app_executes(struct ui_app *app, bool executes)
{
    app->executing = app->deploying = executes;
}

bool ui_app_watched(const struct ui_app *app)
{
    return app->watched;
}

void ui_app_watch(struct ui_app *app)
{
    app->watched = true;
}

bool ui_app_unsaved(const struct ui_app *app)
{
    return hw_cluster_revision(app->cluster) != app->saved_revision;
}

bool ui_app_save(struct ui_app *app, const char *path, struct hw_err *err)
{
    if (!app->host->save_cluster)
        return hw_fail(err, HW_ERR_IO, "%s", _("saving is not available here"));
    hw_auto_text expanded = hw_path_expand(path);
    if (!app->host->save_cluster(app->host->data, app->cluster, expanded, err))
        return false;
    if (path != app->path)
        hw_replace(&app->path, expanded);
    app->saved_revision = hw_cluster_revision(app->cluster);
    return true;
}

bool ui_app_rescue(struct ui_app *app, char *ret_path, size_t size)
{
    if (!ui_app_unsaved(app))
        return false;
    hw_auto_text path = ui_rescue_path(app->cluster, app->path);
    snprintf(ret_path, size, "%s", path);
    return ui_app_save(app, path, NULL);
}

int64_t ui_app_now_ms(const struct ui_app *app)
{
    return app->now_ms();
}

void ui_app_dirty(struct ui_app *app)
{
    app->dirty = true;
}

void ui_app_notice(struct ui_app *app, enum hw_severity severity, const char *fmt, ...)
{
    char text[NOTICE_MAX];
    va_list args;
    va_start(args, fmt);
    int length = vsnprintf(text, sizeof(text), fmt, args);
    va_end(args);
    if (length < 0)
        return;
    text[hw_text_cut(text, NOTICE_MAX - 1)] = '\0';
    hw_replace(&app->notice.text, text);
    app->notice.severity = severity;
    app->notice.until_ms = app->now_ms() + NOTICE_MS;
    app->dirty = true;
}

void ui_app_notice_clear(struct ui_app *app)
{
    hw_replace(&app->notice.text, NULL);
    app->dirty = true;
}

void ui_app_error(struct ui_app *app, const struct hw_err *err)
{
    char text[NOTICE_MAX];
    ui_app_notice(app, HW_ERROR, "%s", hw_err_text(err, text, sizeof(text)));
}

enum ui_result ui_app_goto(struct ui_app *app, enum hw_page_id page, const char *key)
{
    app->target = page;
    app->jumping = true;
    hw_replace(&app->target_key, key);
    return UI_GOTO;
}

enum ui_result ui_app_goto_origin(struct ui_app *app)
{
    return app->origin < HW_PAGE_COUNT ? ui_app_goto(app, app->origin, NULL) : UI_PASS;
}

bool ui_app_goto_place(struct ui_app *app, const char *place)
{
    enum hw_page_id page;
    const struct hw_field *field;
    if (!hw_place_find(place, &page, &field))
        return false;
    const char *colon = strchr(place, ':');
    ui_app_goto(app, page, !field ? NULL : colon ? colon + 1 : place);
    return true;
}

void ui_app_on_flush(struct ui_app *app, void (*flush)(void *data), void *data)
{
    app->flush = flush;
    app->flush_data = data;
}

void ui_app_on_copy(struct ui_app *app, bool (*copy)(void *data, const char *text, size_t n),
                    void *data)
{
    app->copy = copy;
    app->copy_data = data;
}

bool ui_app_copy(struct ui_app *app, const char *text, size_t n)
{
    return app->copy && app->copy(app->copy_data, text, n);
}

void ui_app_set_clock(struct ui_app *app, int64_t (*now_ms)(void))
{
    app->now_ms = now_ms ? now_ms : hw_clock_wall_ms;
}

bool ui_app_ended(const struct ui_app *app)
{
    return app->ended;
}
