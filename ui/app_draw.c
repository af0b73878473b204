/* SPDX-License-Identifier: Apache-2.0 */
/* The frame's picture: header, steps, notices, key line. */
#include "base/text.h"
#include "ui/app_private.h"
#include "ui/draw.h"

/* A need that is never hidden. */
enum { ALWAYS = 4 };

static struct ui_area place(struct ui_surface *surface, struct ui_rect rect)
{
    return ui_area_sub(ui_area_all(surface), rect.row, rect.col, rect.rows, rect.cols);
}

static void draw_header(struct ui_app *app, struct ui_area area)
{
    const char *region = hw_cluster_get(app->cluster, "region");
    if (!*region && app->region)
        region = app->region;
    int right = area.cols - 1;
    if (app->host->demo)
        right = ui_put_right(area, 0, right, UI_DEMO, _("DEMO")) - 2;
    if (*region)
        right = ui_put_right(area, 0, right, UI_NORMAL, region) - 2;
    if (app->account && *app->account) {
        hw_auto_text who = hw_format("%s@%s", app->user, app->account);
        right = ui_put_right(area, 0, right, UI_NORMAL, who) - 2;
    }
    int col = ui_put(area, 0, 1, UI_ACCENT, "hpcwiz") + 3;
    const char *name = hw_cluster_get(app->cluster, "cluster");
    int width = (int)hw_text_width(name);
    ui_put_cut(area, 0, col, width < right - col ? width : right - col, UI_TITLE, name);
    if (*name && ui_app_unsaved(app) && right - col - width > 2)
        ui_put(area, 0, col + width + 1, UI_DIM, "*");
}

enum ui_page_state ui_app_state(const struct ui_app *app, enum hw_page_id id)
{
    const struct ui_page *page = app->pages[id];
    return page->class->state ? page->class->state(page) : UI_PAGE_OPEN;
}

static const struct {
    const char *sign;
    enum ui_style style;
} state_signs[] = {
    [UI_PAGE_OPEN] = {" ", UI_DIM},     [UI_PAGE_DONE] = {"✓", UI_GOOD},
    [UI_PAGE_PROBLEM] = {"!", UI_WAIT}, [UI_PAGE_BUSY] = {"●", UI_WAIT},
    [UI_PAGE_FAILED] = {"✗", UI_BAD},
};

static void draw_steps(const struct ui_app *app, struct ui_area area)
{
    for (enum hw_page_id id = HW_PAGE_START + 1; id < HW_PAGE_COUNT; id++) {
        int row = (int)id - 1;
        bool here = id == app->current;
        enum ui_page_state state = ui_app_state(app, id);
        if (here)
            ui_put(area, row, 1, UI_FOCUS, "▸");
        else if (app->reached[id] || state >= UI_PAGE_BUSY)
            ui_put(area, row, 1, state_signs[state].style, state_signs[state].sign);
        enum ui_style style = here ? UI_FOCUS : app->reached[id] ? UI_NORMAL : UI_DIM;
        ui_put_cut(area, row, 3, area.cols - 4, style, _(hw_page(id)->title));
    }
}

static int offer_width(const struct ui_offer *offer)
{
    const char *word = offer->word ? offer->word : ui_keys_word(offer->action);
    return *word ? (int)(hw_text_width(ui_keys_label(offer->action)) + hw_text_width(word)) + 3 : 0;
}

static bool fits(const struct ui_offer *offers, size_t count, const bool *hidden, int cols)
{
    int width = 1;
    for (size_t i = 0; i < count; i++)
        width += hidden[i] ? 0 : offer_width(&offers[i]);
    return width - 2 <= cols;
}

/* What a person misses least goes first: the way out, which F1 names too, then the arrows, which
 * everybody tries, and the way back, which is the same on each page. The way on, help and what
 * closes a list stay. */
static int need_of(enum ui_action action)
{
    switch (action) {
    case UI_ACT_QUIT:
        return 0;
    case UI_ACT_UP:
        return 1;
    case UI_ACT_BACK:
        return 2;
    case UI_ACT_NEXT:
    case UI_ACT_HELP:
    case UI_ACT_CANCEL:
        return ALWAYS;
    default:
        return 3;
    }
}

/* Of two that are needed alike, the one that the page named last. */
static void hide_one(const struct ui_offer *offers, size_t count, bool *hidden)
{
    for (int need = 0; need < ALWAYS; need++) {
        for (size_t i = count; i-- > 0;) {
            if (hidden[i] || !offer_width(&offers[i]) || need_of(offers[i].action) != need)
                continue;
            hidden[i] = true;
            return;
        }
    }
}

static void draw_keys(struct ui_app *app, struct ui_area area)
{
    struct ui_offer offers[UI_OFFERS_MAX];
    bool hidden[UI_OFFERS_MAX] = {false};
    size_t count = app->overlay != UI_OVERLAY_NONE ? ui_overlay_offers(app, offers)
                                                   : ui_app_offers(app, offers);
    for (size_t i = 0; i < count && !fits(offers, count, hidden, area.cols); i++)
        hide_one(offers, count, hidden);
    int col = 1;
    for (size_t i = 0; i < count; i++) {
        if (hidden[i] || !offer_width(&offers[i]))
            continue;
        const char *word = offers[i].word ? offers[i].word : ui_keys_word(offers[i].action);
        col = ui_put(area, 0, col, UI_KEY, ui_keys_label(offers[i].action));
        col = ui_put(area, 0, col + 1, UI_NORMAL, word) + 2;
    }
}

static void draw_notice(const struct ui_app *app, struct ui_area all, int row)
{
    enum ui_style style;
    if (!app->notice.text)
        return;
    const char *sign = ui_draw_severity(app->notice.severity, &style);
    int width = (int)hw_text_width(app->notice.text);
    int room = all.cols - 7;
    ui_put(all, row, 2, UI_NORMAL, "   ");
    ui_put(all, row, 3, style, sign);
    int col = ui_put_cut(all, row, 5, width < room ? width : room, UI_NORMAL, app->notice.text);
    ui_put(all, row, col, UI_NORMAL, " ");
}

static void draw_too_small(const struct ui_app *app, struct ui_area all)
{
    hw_auto_text text = hw_format(_("This terminal has %d x %d characters; hpcwiz needs at least "
                                    "%d x %d. Make it larger, and everything is back."),
                                  app->cols, app->rows, UI_MIN_COLS, UI_MIN_ROWS);
    ui_draw_wrap(all, 0, UI_NORMAL, text);
}

static void draw_page(struct ui_app *app, struct ui_surface *surface,
                      const struct ui_layout *layout)
{
    struct ui_page *page = ui_app_page(app);
    draw_steps(app, place(surface, layout->steps));
    page->class->draw(page, place(surface, layout->body));
    const char *hint = page->class->hint ? page->class->hint(page) : NULL;
    struct ui_area area = place(surface, layout->hint);
    if (hint && area.rows > 1)
        ui_draw_wrap(ui_area_sub(area, 1, 1, area.rows - 1, area.cols - 2), 0, UI_NORMAL, hint);
}

void ui_app_draw(struct ui_app *app, struct ui_surface *surface)
{
    if (surface->rows != app->rows || surface->cols != app->cols)
        ui_surface_resize(surface, app->rows, app->cols);
    ui_surface_clear(surface);
    app->dirty = false;
    struct ui_layout layout = ui_app_layout(app);
    struct ui_area all = ui_area_all(surface);
    if (!layout.fits) {
        draw_too_small(app, all);
        return;
    }
    draw_header(app, place(surface, layout.header));
    ui_draw_rule(all, layout.rule_top);
    if (!ui_overlay_covers(app))
        draw_page(app, surface, &layout);
    ui_overlay_draw(app, ui_area_sub(all, layout.rule_top + 1, 0,
                                     layout.rule_bottom - layout.rule_top - 1, all.cols));
    ui_draw_rule(all, layout.rule_bottom);
    draw_notice(app, all, layout.rule_bottom);
    draw_keys(app, place(surface, layout.keys));
}
