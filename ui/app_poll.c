/* SPDX-License-Identifier: Apache-2.0 */
/* What the frame looks at by itself, each time round: choices that came, prices, the clock, what
 * the host asks. */
#include "ui/app_private.h"

enum { TICK_MS = 1000 };

static bool choices_changed(struct ui_app *app)
{
    bool changed = false;
    for (enum hw_source source = HW_SOURCE_NONE + 1; source < HW_SOURCE_COUNT; source++) {
        const struct hw_choices *choices = app->host->choices(app->host->data, source);
        if (choices && choices->generation != app->generations[source]) {
            app->generations[source] = choices->generation;
            changed = true;
        }
    }
    return changed;
}

static void poll_choices(struct ui_app *app)
{
    if (!app->host->choices || !choices_changed(app))
        return;
    app->dirty = true;
    if (app->host->fill && app->current != HW_PAGE_START)
        app->host->fill(app->host->data, app->cluster);
    if (ui_app_class(app)->choices)
        ui_app_class(app)->choices(ui_app_page(app));
}

static void poll_cost(struct ui_app *app)
{
    const struct ui_host *host = app->host;
    unsigned long now = host->cost_generation ? host->cost_generation(host->data) : 0;
    if (now != app->cost_generation && app->current == HW_PAGE_REVIEW)
        app->dirty = true;
    app->cost_generation = now;
}

static void poll_clock(struct ui_app *app)
{
    int64_t now = app->now_ms();
    if (app->notice.text && now >= app->notice.until_ms)
        ui_app_notice_clear(app);
    if (now - app->ticked_ms < TICK_MS && now >= app->ticked_ms)
        return;
    app->ticked_ms = now;
    if (ui_app_class(app)->ages)
        app->dirty = true;
}

static bool take_answer(void *data, const char *answer, struct hw_err *err HW_UNUSED)
{
    struct ui_app *app = data;
    app->asking = false;
    app->host->answer(app->host->data, answer);
    return true;
}

static bool take_node_answer(void *data, const char *answer, struct hw_err *err HW_UNUSED)
{
    struct ui_app *app = data;
    app->asking = false;
    app->host->node_answer(app->host->data, answer);
    return true;
}

static void take_node_secret(void *data, struct hw_secret *value_take)
{
    struct ui_app *app = data;
    app->asking = false;
    app->host->node_secret(app->host->data, value_take);
}

static void ask_about_node(struct ui_app *app, const struct ui_asked *asked)
{
    app->asking = true;
    ui_app_ask(app, &(struct ui_dialog){.title = asked->title,
                                        .text = asked->text,
                                        .label = asked->label,
                                        .expect = asked->expect,
                                        .fn = take_node_answer,
                                        .secret_fn = asked->hidden ? take_node_secret : NULL,
                                        .data = app});
}

/* Opened when nothing else lies over the page, and closed when nobody waits for it any more. */
static void poll_question(struct ui_app *app)
{
    const struct ui_host *host = app->host;
    const char *question = host->asks ? host->asks(host->data) : NULL;
    const struct ui_asked *asked = host->node_asks ? host->node_asks(host->data) : NULL;
    if (asked && !question && app->overlay == UI_OVERLAY_NONE) {
        ask_about_node(app, asked);
    } else if (question && app->overlay == UI_OVERLAY_NONE) {
        app->asking = true;
        ui_app_ask(app, &(struct ui_dialog){.title = _("AWS asks"),
                                            .text = _("The role of this profile is given only "
                                                      "with the code that the device shows now."),
                                            .label = question,
                                            .fn = take_answer,
                                            .data = app});
    } else if (!question && !asked && app->asking) {
        app->asking = false;
        ui_overlay_close(app);
        app->dirty = true;
    }
}

bool ui_app_poll(struct ui_app *app)
{
    poll_question(app);
    if (!app->identified && app->host->identify) {
        app->identified = true;
        app->host->identify(app->host->data);
    }
    poll_choices(app);
    poll_cost(app);
    poll_clock(app);
    return app->dirty;
}
