/* SPDX-License-Identifier: Apache-2.0 */
#include "base/clock.h"
#include "base/text.h"
#include "ui/draw.h"
#include "ui/page_deploy.h"
#include "ui/page_logs.h"
#include "ui/widget_table.h"

enum { WIDE = 110, TIME_COLS = 12, NODE_COLS = 8, SOURCE_COLS = 14, PATTERN_COLS = 20 };

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

static void draw_table(struct ui_logs *logs, struct ui_area area)
{
    bool is_wide = area.cols >= WIDE;
    struct table table = {logs, is_wide ? wide_order : narrow_order};
    if (logs->nodes.count == 0) {
        ui_put(area, 0, 1, UI_TITLE, _("No nodes yet"));
        ui_draw_wrap(ui_area_sub(area, 1, 1, area.rows - 1, area.cols - 2), 0, UI_DIM,
                     _("Nodes appear here by themselves as soon as their instances start."));
        return;
    }
    ui_table_draw(&logs->list, area, is_wide ? wide : narrow,
                  is_wide ? HW_COUNT(wide) : HW_COUNT(narrow), !logs->in_log, cell, &table);
    /* With the focus in the log, the table still shows whose log that is. */
    size_t row = logs->list.focus - logs->list.first;
    if (logs->in_log && !logs->merged && row + 1 < (size_t)area.rows)
        ui_put(area, (int)row + 1, 1, UI_DIM, "▸");
}

/* ---- The log --------------------------------------------------------------------------- */

static void title_left(const struct ui_logs *logs, struct hw_buf *out)
{
    if (logs->merged)
        hw_buf_text(out, _("all nodes"));
    else if (logs->node)
        hw_buf_print(out, "%s · %s", logs->node, logs->source ? logs->source : _("all files"));
    if (logs->filter)
        hw_buf_print(out, "  &%s%s", logs->inverted ? "!" : "", logs->filter);
}

/* A quoted text (\\Q...\\E: the line that a finding quotes) is shown as what it is, and short. */
static void pattern_words(const char *pattern, struct hw_buf *out)
{
    bool quoted = hw_text_starts(pattern, "\\Q") && hw_text_ends(pattern, "\\E");
    const char *text = pattern + (quoted ? 2 : 0);
    size_t length = strlen(text) - (quoted ? 2 : 0), fit = hw_text_fit(text, PATTERN_COLS, NULL);
    hw_buf_add(out, text, fit < length ? fit : length);
    hw_buf_text(out, fit < length ? "…" : "");
}

static void title_right(const struct ui_logs *logs, struct hw_buf *out)
{
    size_t upto = 0, count = hw_log_view_count(logs->view);
    hw_auto(hw_buf) pattern = HW_BUF(HW_MAX_VALUE);
    if (logs->search) {
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
        hw_buf_text(out, _("older ones dropped   "));
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

static bool is_stage_line(const char *text)
{
    return strstr(text, "HPCWIZ stage=") != NULL;
}

/* Bytes of a time at the beginning of a line: the column at its left says it already. */
static size_t time_prefix(const struct hw_log_line *line)
{
    int64_t time_ms;
    size_t n = strcspn(line->text, " ");
    bool has = line->time_ms != 0 && line->text[n] == ' ' &&
               n >= sizeof "2026-11-22T20:15:00Z" - 1 && hw_time_parse(line->text, n, &time_ms) &&
               time_ms == line->time_ms;
    return has ? n + 1 : 0;
}

static void draw_text(const struct ui_logs *logs, struct ui_area area, int row, int col,
                      const struct hw_log_line *line, enum ui_style style)
{
    const char *text = line->text;
    size_t n = strlen(text), skip = time_prefix(line), start, end;
    uint8_t *styles = hw_alloc(n + 1);
    memset(styles, style, n);
    if (logs->search && hw_log_view_match(logs->view, text, &start, &end))
        memset(styles + start, UI_MATCH, end - start);
    ui_put_styled(area, row, col, text + skip, n - skip, styles + skip, logs->left);
    free(styles);
}

static int draw_origin(const struct ui_logs *logs, struct ui_area area, int row,
                       const struct hw_log_line *line)
{
    char time[HW_TIME_SIZE];
    int col = 1;
    if (line->time_ms != 0) {
        hw_time_of_day(line->time_ms, time);
        ui_print(area, row, col, UI_DIM, "%s.%03d", time, (int)(line->time_ms % 1000));
    }
    col += TIME_COLS + 2;
    if (logs->merged)
        col =
            ui_put_cut(area, row, col, NODE_COLS, UI_ACCENT, hw_logs_node(logs->logs, line->node)) +
            1;
    if (area.cols >= WIDE && !logs->source)
        col = ui_put_cut(area, row, col, SOURCE_COLS, UI_DIM,
                         hw_logs_source(logs->logs, line->source)) +
              2;
    return col;
}

static void draw_lines(const struct ui_logs *logs, struct ui_area area)
{
    size_t top = ui_logs_top(logs);
    struct hw_log_line line;
    for (int i = 0; i < area.rows; i++) {
        size_t row = top + (size_t)i;
        if (!hw_log_view_get(logs->view, row, &line))
            break;
        enum ui_style style = hw_log_view_is_error(logs->view, row) ? UI_BAD
                              : is_stage_line(line.text)            ? UI_ACCENT
                                                                    : UI_NORMAL;
        int col = draw_origin(logs, area, i, &line);
        draw_text(logs, area, i, col, &line, style);
        if (row == logs->current) {
            ui_put(area, i, 0, UI_FOCUS, "▸");
            ui_cursor(area, i, 0);
        }
    }
}

static void draw_log(struct ui_logs *logs, struct ui_area area)
{
    struct ui_area lines = ui_area_sub(area, 1, 0, area.rows - 1, area.cols);
    logs->rows = lines.rows;
    ui_logs_update(logs);
    draw_title(logs, area);
    if (!logs->view || hw_log_view_count(logs->view) == 0) {
        if (logs->caught_up || !logs->view)
            ui_put(lines, 0, 1, UI_DIM,
                   logs->filter ? _("No line passes the filter.")
                                : _("No lines yet. They are shown as soon as they are written."));
        return;
    }
    draw_lines(logs, ui_area_sub(lines, 0, 0, lines.rows, lines.cols - 1));
    ui_draw_scroll(lines, ui_logs_top(logs), (size_t)lines.rows, hw_log_view_count(logs->view));
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
