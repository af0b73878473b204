/* SPDX-License-Identifier: Apache-2.0 */
/* The picture of the lines: columns before them, wrapping, colours. */
#include "base/clock.h"
#include "base/text.h"
#include "ui/draw.h"
#include "ui/page_logs.h"

#include <time.h>

enum {
    ROOMY = 110,     /* from this many columns on, there is room for the file of each line */
    TAB_COLUMNS = 8, /* as ui_put */
    HEIGHT_MOST = 4096,
};

/* ---- Columns --------------------------------------------------------------------------- */

/* "20:15:05.000", with its date 11 more; names are cut. */
static const struct {
    int narrow, wide, gap;
} widths[UI_LOGS_COLUMNS] = {{12, 23, 2}, {8, 20, 1}, {14, 30, 2}};

static enum ui_logs_width width_of(const struct ui_logs *logs, enum ui_logs_column column)
{
    if (logs->widths[column] != UI_LOGS_AUTO)
        return logs->widths[column];
    bool helps = column == UI_LOGS_TIME || (column == UI_LOGS_NODE && logs->merged) ||
                 (column == UI_LOGS_SOURCE && logs->cols >= ROOMY &&
                  (logs->merged || !logs->source)); /* one file needs no name in each line */
    return helps ? UI_LOGS_SHORT : UI_LOGS_HIDDEN;
}

static int column_cols(const struct ui_logs *logs, enum ui_logs_column column)
{
    switch (width_of(logs, column)) {
    case UI_LOGS_SHORT:
        return widths[column].narrow;
    case UI_LOGS_WIDE:
        return widths[column].wide;
    default:
        return 0;
    }
}

/* With the gap behind it. */
static int step(const struct ui_logs *logs, enum ui_logs_column column)
{
    int cols = column_cols(logs, column);
    return cols > 0 ? cols + widths[column].gap : 0;
}

/* Where the text begins; one column is left for it at least. */
static int text_col(const struct ui_logs *logs)
{
    int col = 1;
    for (enum ui_logs_column i = 0; i < UI_LOGS_COLUMNS; i++)
        col += step(logs, i);
    return col < logs->cols - 2 ? col : logs->cols > 2 ? logs->cols - 2 : 0;
}

static int text_cols(const struct ui_logs *logs)
{
    int cols = logs->cols - 1 - text_col(logs); /* the last one shows where the view stands */
    return cols > 0 ? cols : 1;
}

void ui_logs_widen(struct ui_logs *logs, enum ui_logs_column column)
{
    static const enum ui_logs_width next[] = {[UI_LOGS_HIDDEN] = UI_LOGS_SHORT,
                                              [UI_LOGS_SHORT] = UI_LOGS_WIDE,
                                              [UI_LOGS_WIDE] = UI_LOGS_HIDDEN};
    logs->widths[column] = next[width_of(logs, column)];
    logs->top.piece = 0;
}

/* ---- Wrapping -------------------------------------------------------------------------- */

/* Bytes at the beginning of a line that the column of times says already. */
static size_t time_prefix(const struct ui_logs *logs, const struct hw_log_line *line)
{
    int64_t time_ms;
    size_t n = strcspn(line->text, " ");
    bool has = width_of(logs, UI_LOGS_TIME) != UI_LOGS_HIDDEN && line->time_ms != 0 &&
               line->text[n] == ' ' && n >= sizeof "2026-11-22T20:15:00Z" - 1 &&
               hw_time_parse(line->text, n, &time_ms) && time_ms == line->time_ms;
    return has ? n + 1 : 0;
}

/* Bytes of text that stand on one row: no character is cut, no mark leaves its letter. At least
 * one character, unless there is none. */
static size_t piece(const char *text, size_t n, int cols)
{
    size_t used = 0;
    int col = 0;
    while (used < n) {
        uint32_t c;
        size_t bytes = hw_utf8_next(text + used, n - used, &c);
        int width = c == '\t' ? TAB_COLUMNS - col % TAB_COLUMNS : hw_char_width(c);
        if (used > 0 && width > 0 && col + width > cols)
            break;
        used += bytes;
        col += width;
    }
    return used;
}

int ui_logs_height(const struct ui_logs *logs, size_t row)
{
    struct hw_log_line line;
    if (!logs->wrap || !hw_log_view_get(logs->view, row, &line))
        return 1;
    int height = 0, cols = text_cols(logs);
    for (size_t at = time_prefix(logs, &line); height < HEIGHT_MOST;) {
        at += piece(line.text + at, line.size - at, cols);
        height++;
        if (at >= line.size)
            break;
    }
    return height;
}

/* ---- The picture ----------------------------------------------------------------------- */

static enum ui_style line_style(const struct ui_logs *logs, size_t row)
{
    static const struct {
        enum hw_log_mark mark;
        enum ui_style style;
    } styles[] = {{HW_LOG_ERROR, UI_BAD}, {HW_LOG_WARNING, UI_WAIT}, {HW_LOG_STAGE, UI_ACCENT}};
    for (size_t i = 0; i < HW_COUNT(styles); i++) {
        if (hw_log_view_is(logs->view, row, styles[i].mark))
            return styles[i].style;
    }
    return UI_NORMAL;
}

/* One style for each byte. The caller's. */
static uint8_t *paint(const struct ui_logs *logs, size_t row, const struct hw_log_line *line)
{
    uint8_t *styles = hw_alloc(line->size + 1);
    size_t start, end, from = 0;
    memset(styles, line_style(logs, row), line->size);
    while (logs->search && from < line->size &&
           hw_log_view_match(logs->view, line->text, from, &start, &end)) {
        memset(styles + start, UI_MATCH, end - start);
        from = end > start ? end : end + 1;
    }
    return styles;
}

static void draw_time(const struct ui_logs *logs, struct ui_area area, int row, int col,
                      const struct hw_log_line *line)
{
    char time[HW_TIME_SIZE], date[HW_TIME_SIZE] = "";
    if (line->time_ms == 0)
        return;
    hw_time_of_day(line->time_ms, time);
    if (width_of(logs, UI_LOGS_TIME) == UI_LOGS_WIDE) {
        time_t seconds = (time_t)(line->time_ms / 1000);
        struct tm tm;
        localtime_r(&seconds, &tm);
        strftime(date, sizeof date, "%Y-%m-%d ", &tm);
    }
    ui_print(area, row, col, UI_DIM, "%s%s.%03d", date, time, (int)(line->time_ms % 1000));
}

static void draw_columns(const struct ui_logs *logs, struct ui_area area, int row,
                         const struct hw_log_line *line)
{
    const char *node = hw_logs_node(logs->logs, line->node);
    int col = 1;
    if (column_cols(logs, UI_LOGS_TIME) > 0)
        draw_time(logs, area, row, col, line);
    col += step(logs, UI_LOGS_TIME);
    ui_put_cut(area, row, col, column_cols(logs, UI_LOGS_NODE), ui_draw_node_style(node), node);
    col += step(logs, UI_LOGS_NODE);
    ui_put_cut(area, row, col, column_cols(logs, UI_LOGS_SOURCE), UI_DIM,
               hw_logs_source(logs->logs, line->source));
}

/* A bookmark is seen under the pointer too: by its sign, while the cursor points. */
static void draw_pointer(const struct ui_logs *logs, struct ui_area area, int at, size_t row)
{
    bool marked = hw_log_view_is(logs->view, row, HW_LOG_BOOKMARK), here = row == logs->current;
    if (marked || here)
        ui_put(area, at, 0, here ? UI_FOCUS : UI_ACCENT, marked ? "◆" : "▸");
    if (here)
        ui_cursor(area, at, 0);
}

/* From the piece on that place says; returns the rows taken. */
static int draw_line(const struct ui_logs *logs, struct ui_area area, int at,
                     struct ui_logs_place place, const struct hw_log_line *line)
{
    int col = text_col(logs), cols = text_cols(logs), i = 0;
    struct ui_area text = ui_area_sub(area, 0, col, area.rows, cols);
    uint8_t *styles = paint(logs, place.row, line);
    size_t from = time_prefix(logs, line);
    if (place.piece == 0) {
        draw_columns(logs, ui_area_sub(area, 0, 0, area.rows, col), at, line);
        draw_pointer(logs, area, at, place.row);
    }
    for (; at + i - place.piece < area.rows; i++) {
        size_t n =
            logs->wrap ? piece(line->text + from, line->size - from, cols) : line->size - from;
        if (i >= place.piece)
            ui_put_styled(text, at + i - place.piece, 0, line->text + from, n, styles + from,
                          logs->left);
        from += n;
        if (from >= line->size) {
            i++;
            break;
        }
    }
    free(styles);
    return i > place.piece ? i - place.piece : 1;
}

void ui_logs_draw_lines(const struct ui_logs *logs, struct ui_area area)
{
    struct ui_logs_place place = ui_logs_top(logs);
    struct hw_log_line line;
    for (int at = 0; at < area.rows && hw_log_view_get(logs->view, place.row, &line);
         place = (struct ui_logs_place){place.row + 1, 0})
        at += draw_line(logs, area, at, place, &line);
}
