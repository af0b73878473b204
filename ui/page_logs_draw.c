/* SPDX-License-Identifier: Apache-2.0 */
#include "base/clock.h"
#include "base/text.h"
#include "ui/draw.h"
#include "ui/known.h"
#include "ui/page_deploy.h"
#include "ui/page_logs.h"
#include "ui/widget_table.h"

enum { WIDE = 110, PATTERN_COLS = 20 };

enum column { COL_SIGN, COL_NODE, COL_ROLE, COL_INSTANCE, COL_STAGE, COL_LAST, COL_VIA, COL_STATE };

static const struct ui_column narrow[] = {
    {"", 1, 0, false},        {N_("NODE"), 8, 0, false}, {N_("STAGE"), 15, 0, false},
    {N_("LAST"), 6, 0, true}, {N_("VIA"), 5, 0, false},  {N_("STATE"), 10, 1, false},
};
static const enum column narrow_order[] = {COL_SIGN, COL_NODE, COL_STAGE,
                                           COL_LAST, COL_VIA,  COL_STATE};
static const struct ui_column wide[] = {
    {"", 1, 0, false},           {N_("NODE"), 12, 0, false},
    {N_("ROLE"), 8, 0, false},   {N_("INSTANCE"), 19, 0, false},
    {N_("STAGE"), 18, 0, false}, {N_("LAST"), 7, 0, true},
    {N_("VIA"), 6, 0, false},    {N_("STATE"), 10, 1, false},
};
static const enum column wide_order[] = {COL_SIGN,  COL_NODE, COL_ROLE, COL_INSTANCE,
                                         COL_STAGE, COL_LAST, COL_VIA,  COL_STATE};

struct table {
    struct ui_logs *logs;
    const enum column *order;
};

static const char *known(const char *text)
{
    return text ? text : "";
}

static const char *age(struct ui_logs *logs, const struct ui_node *node)
{
    char text[HW_TIME_SIZE];
    hw_buf_clear(&logs->cell);
    if (node->line_ms != 0) {
        hw_time_elapsed(ui_span_ms(node->line_ms, 0, ui_app_now_ms(logs->page.app)), text);
        hw_buf_text(&logs->cell, text);
    }
    return hw_buf_cstr(&logs->cell);
}

static const char *words(struct ui_logs *logs, const struct ui_node *node, enum ui_style *style)
{
    bool broken = ui_node_health(node) == UI_NODE_BROKEN;
    hw_buf_clear(&logs->cell);
    ui_node_words(node, ui_app_now_ms(logs->page.app), &logs->cell);
    if (broken)
        *style = UI_BAD;
    return hw_buf_cstr(&logs->cell);
}

static const char *cell(void *data, size_t row, size_t column, enum ui_style *ret_style)
{
    const struct table *table = data;
    const struct ui_node *node = &table->logs->nodes.items[row];
    const struct ui_stage *stage = ui_node_stage(node);
    switch (table->order[column]) {
    case COL_SIGN:
        return ui_deploy_node_sign(node, ret_style);
    case COL_NODE:
        if (row != table->logs->list.focus)
            *ret_style = ui_draw_node_style(node->name);
        return node->name;
    case COL_ROLE:
        return known(node->role);
    case COL_INSTANCE:
        return known(node->instance);
    case COL_STAGE:
        return stage ? stage->name : "-";
    case COL_LAST:
        return age(table->logs, node);
    case COL_VIA:
        return known(node->via);
    case COL_STATE:
        return words(table->logs, node, ret_style);
    }
    return "";
}

/* The nodes whose lines are shown, where those are some of all. */
static void draw_some(const struct ui_logs *logs, struct ui_area area)
{
    for (int row = 1; logs->merged && row < area.rows; row++) {
        size_t item = logs->list.first + (size_t)row - 1;
        if (item < logs->nodes.count && hw_strv_has(&logs->some, logs->nodes.items[item].name))
            ui_put(area, row, 0, UI_ACCENT, "◆");
    }
}

static void draw_table(struct ui_logs *logs, struct ui_area area)
{
    bool is_wide = area.cols >= WIDE;
    struct table table = {logs, is_wide ? wide_order : narrow_order};
    if (logs->nodes.count == 0) {
        const struct ui_known_deployment *known = ui_known_here(logs->page.app);
        ui_put(area, 0, 1, UI_TITLE, _("No nodes yet"));
        ui_draw_wrap(ui_area_sub(area, 1, 1, area.rows - 1, area.cols - 2), 0, UI_DIM,
                     known
                         ? ui_known_sentence(known)
                         : _("Nodes appear here by themselves as soon as their instances start."));
        return;
    }
    ui_table_draw(&logs->list, area, is_wide ? wide : narrow,
                  is_wide ? HW_COUNT(wide) : HW_COUNT(narrow), !logs->in_log, cell, &table);
    draw_some(logs, area);
    /* With the focus in the log, the table still shows whose log that is. */
    size_t row = logs->list.focus - logs->list.first;
    if (logs->in_log && !logs->merged && row + 1 < (size_t)area.rows)
        ui_put(area, (int)row + 1, 1, UI_DIM, "▸");
}

/* ---- The log --------------------------------------------------------------------------- */

static void title_left(const struct ui_logs *logs, struct hw_buf *out)
{
    if (logs->merged && logs->some.count)
        hw_buf_print(out, P_("%zu of %zu node", "%zu of %zu nodes", logs->nodes.count),
                     logs->some.count, logs->nodes.count);
    else if (logs->merged)
        hw_buf_text(out, _("all nodes"));
    else if (logs->node)
        hw_buf_print(out, "%s · %s", logs->node, logs->source ? logs->source : _("all files"));
    if (logs->filter)
        hw_buf_print(out, "  &%s%s", logs->inverted ? "!" : "", logs->filter);
}

static void pattern_words(const char *pattern, struct hw_buf *out)
{
    size_t length = strlen(pattern), fit = hw_text_fit(pattern, PATTERN_COLS, NULL);
    hw_buf_add(out, pattern, fit < length ? fit : length);
    hw_buf_text(out, fit < length ? "…" : "");
}

static void title_right(const struct ui_logs *logs, struct hw_buf *out)
{
    size_t upto = 0, count = hw_log_view_count(logs->view);
    hw_auto(hw_buf) pattern = HW_BUF(HW_MAX_VALUE);
    if (logs->search && !logs->seek.quoted) {
        pattern_words(logs->search, &pattern);
        bool at_match = logs->current != SIZE_MAX && logs->at_match && logs->caught_up;
        size_t all = hw_log_view_matches(logs->view, at_match ? &upto : NULL, logs->current);
        if (at_match)
            hw_buf_print(out, _("match %zu of %zu  /%s   "), upto, all, hw_buf_cstr(&pattern));
        else
            hw_buf_print(out, P_("%zu match  /%s   ", "%zu matches  /%s   ", all), all,
                         hw_buf_cstr(&pattern));
    }
    if (!logs->caught_up)
        hw_buf_text(out, _("reading…   "));
    hw_buf_print(out, P_("%zu line   ", "%zu lines   ", count), count);
    if (logs->logs && hw_logs_dropped(logs->logs))
        hw_buf_print(out, _("%llu older dropped   "),
                     (unsigned long long)hw_logs_dropped(logs->logs));
    hw_buf_text(out, logs->follow ? _("following") : _("held"));
}

static void draw_title(const struct ui_logs *logs, struct ui_area area)
{
    hw_auto(hw_buf) left = HW_BUF(HW_MAX_TEXT), right = HW_BUF(HW_MAX_TEXT);
    int col = area.cols - 1;
    title_left(logs, &left);
    if (logs->view) {
        title_right(logs, &right);
        col = ui_put_right(area, 0, col, logs->follow ? UI_DIM : UI_WAIT, hw_buf_cstr(&right));
    }
    ui_put_cut(area, 0, 1, col - 3, logs->in_log ? UI_FOCUS : UI_TITLE, hw_buf_cstr(&left));
}

static void draw_log(struct ui_logs *logs, struct ui_area area)
{
    struct ui_area lines = ui_area_sub(area, 1, 0, area.rows - 1, area.cols);
    ui_logs_resize(logs, lines.rows, lines.cols);
    ui_logs_update(logs);
    draw_title(logs, area);
    if (!logs->view || hw_log_view_count(logs->view) == 0) {
        if (logs->caught_up || !logs->view)
            ui_put(lines, 0, 1, UI_DIM,
                   logs->filter ? _("No line passes the filter.")
                                : _("No lines yet. They are shown as soon as they are written."));
        return;
    }
    ui_logs_draw_lines(logs, lines);
    ui_draw_scroll(lines, ui_logs_top(logs).row, (size_t)lines.rows, hw_log_view_count(logs->view));
}

void ui_logs_draw(struct ui_logs *logs, struct ui_area area)
{
    size_t most = (size_t)area.rows / 3 - 1;
    size_t nodes = logs->nodes.count < most ? logs->nodes.count : most;
    int rows = 1 + (int)(nodes > 0 ? nodes : 1);
    draw_table(logs, ui_area_sub(area, 0, 0, rows, area.cols));
    ui_draw_rule(area, rows);
    draw_log(logs, ui_area_sub(area, rows + 1, 0, area.rows - rows - 1, area.cols));
}
