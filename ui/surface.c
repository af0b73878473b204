/* SPDX-License-Identifier: Apache-2.0 */
#include "ui/surface.h"

#include <stdarg.h>

#include "base/mem.h"
#include "base/text.h"

enum { TAB_COLUMNS = 8, PRINT_MAX = 1024 };

static const struct ui_cell blank = {.base = ' ', .style = UI_NORMAL};

void ui_surface_init(struct ui_surface *surface, int rows, int cols)
{
    memset(surface, 0, sizeof(*surface));
    ui_surface_resize(surface, rows, cols);
}

void ui_surface_done(struct ui_surface *surface)
{
    free(surface->cells);
    memset(surface, 0, sizeof(*surface));
}

void ui_surface_resize(struct ui_surface *surface, int rows, int cols)
{
    surface->rows = rows > 0 ? rows : 1;
    surface->cols = cols > 0 ? cols : 1;
    surface->cells = hw_realloc(surface->cells, (size_t)surface->rows * (size_t)surface->cols,
                                sizeof(struct ui_cell));
    ui_surface_clear(surface);
}

void ui_surface_clear(struct ui_surface *surface)
{
    size_t count = (size_t)surface->rows * (size_t)surface->cols;
    for (size_t i = 0; i < count; i++)
        surface->cells[i] = blank;
    surface->cursor_row = surface->cursor_col = -1;
}

static struct ui_cell *cell_at(const struct ui_surface *surface, int row, int col)
{
    return &surface->cells[(size_t)row * (size_t)surface->cols + (size_t)col];
}

static void dump_cell(const struct ui_cell *cell, struct hw_buf *out)
{
    char bytes[4];
    hw_buf_add(out, bytes, hw_utf8_put(cell->base, bytes));
    for (int i = 0; i < UI_MARKS && cell->marks[i]; i++)
        hw_buf_add(out, bytes, hw_utf8_put(cell->marks[i], bytes));
}

static void dump_row(const struct ui_surface *surface, int row, struct hw_buf *out)
{
    int end = surface->cols;
    while (end > 0 && cell_at(surface, row, end - 1)->base == ' ')
        end--;
    for (int col = 0; col < end; col++) {
        if (cell_at(surface, row, col)->base)
            dump_cell(cell_at(surface, row, col), out);
    }
    hw_buf_char(out, '\n');
}

static void dump_styles(const struct ui_surface *surface, int row, struct hw_buf *out)
{
    int end = surface->cols;
    while (end > 0 && cell_at(surface, row, end - 1)->style == UI_NORMAL)
        end--;
    if (end == 0)
        return;
    for (int col = 0; col < end; col++)
        hw_buf_char(out, ui_theme_letter(cell_at(surface, row, col)->style));
    hw_buf_char(out, '\n');
}

void ui_surface_dump(const struct ui_surface *surface, struct hw_buf *out, bool with_styles)
{
    for (int row = 0; row < surface->rows; row++) {
        dump_row(surface, row, out);
        if (with_styles)
            dump_styles(surface, row, out);
    }
}

struct ui_area ui_area_all(struct ui_surface *surface)
{
    return (struct ui_area){surface, 0, 0, surface->rows, surface->cols};
}

static void clip(int *start, int *length, int limit)
{
    if (*start < 0) {
        *length += *start;
        *start = 0;
    }
    if (*start > limit)
        *start = limit;
    if (*length > limit - *start)
        *length = limit - *start;
    if (*length < 0)
        *length = 0;
}

struct ui_area ui_area_sub(struct ui_area area, int row, int col, int rows, int cols)
{
    clip(&row, &rows, area.rows);
    clip(&col, &cols, area.cols);
    return (struct ui_area){area.surface, area.row + row, area.col + col, rows, cols};
}

/* A wide character of which one half is overwritten loses the other one too. */
static void unhalve(struct ui_surface *surface, int row, int col)
{
    if (!cell_at(surface, row, col)->base && col > 0)
        cell_at(surface, row, col - 1)->base = ' ';
    if (col + 1 < surface->cols && !cell_at(surface, row, col + 1)->base)
        cell_at(surface, row, col + 1)->base = ' ';
}

static void store(struct ui_surface *surface, int row, int col, uint32_t c, enum ui_style style)
{
    unhalve(surface, row, col);
    *cell_at(surface, row, col) = (struct ui_cell){.base = c, .style = style};
}

/* Format characters and variation selectors change how terminals count columns. */
static bool is_mark(uint32_t c)
{
    return !(c >= 0x200B && c <= 0x200F) && !(c >= 0x202A && c <= 0x202E) &&
           !(c >= 0x2060 && c <= 0x206F) && !(c >= 0xFE00 && c <= 0xFE0F) && c != 0xFEFF &&
           !(c >= 0xE0000 && c <= 0xE0FFF);
}

static void add_mark(struct ui_surface *surface, int row, int col, uint32_t c)
{
    struct ui_cell *cell = cell_at(surface, row, col);
    if (!cell->base && col > 0)
        cell = cell_at(surface, row, col - 1);
    if (surface->ascii || !is_mark(c))
        return;
    for (int i = 0; i < UI_MARKS; i++) {
        if (!cell->marks[i]) {
            cell->marks[i] = c;
            return;
        }
    }
}

static uint32_t visible(uint32_t c)
{
    if (c < 0x20)
        return 0x2400 + c;
    if (c == 0x7f)
        return 0x2421;
    return c >= 0x80 && c < 0xa0 ? 0xFFFD : c;
}

/* One character of width 1 or 2 at an area column that may lie outside. */
static void put_char(struct ui_area area, int row, int col, uint32_t c, int width,
                     enum ui_style style)
{
    int at_row = area.row + row, at_col = area.col + col;
    if (col < 0 || col >= area.cols) {
        if (col == -1 && width == 2 && area.cols > 0)
            store(area.surface, at_row, area.col, ' ', style);
        return;
    }
    if (col + width > area.cols) {
        store(area.surface, at_row, at_col, ' ', style);
        return;
    }
    c = visible(c);
    if (area.surface->ascii)
        c = (unsigned char)ui_theme_ascii(c);
    store(area.surface, at_row, at_col, c, style);
    if (width == 2) {
        store(area.surface, at_row, at_col + 1, c, style);
        if (!area.surface->ascii)
            cell_at(area.surface, at_row, at_col + 1)->base = 0;
    }
}

static int tab_width(int col, int start)
{
    return TAB_COLUMNS - (col - start) % TAB_COLUMNS;
}

static int put(struct ui_area area, int row, int col, const char *text, size_t n,
               const uint8_t *styles, enum ui_style style)
{
    bool inside = row >= 0 && row < area.rows;
    int start = col;
    for (size_t used = 0; used < n && col <= area.cols && text[used] && text[used] != '\n';) {
        uint32_t c;
        enum ui_style now = styles ? (enum ui_style)styles[used] : style;
        used += hw_utf8_next(text + used, n - used, &c);
        int width = c == '\t' ? tab_width(col, start) : hw_char_width(c);
        if (width == 0 && inside && col > 0 && col <= area.cols)
            add_mark(area.surface, area.row + row, area.col + col - 1, c);
        for (int i = 0; c == '\t' && i < width && inside; i++)
            put_char(area, row, col + i, ' ', 1, now);
        if (width > 0 && c != '\t' && inside)
            put_char(area, row, col, c, width, now);
        col += width;
    }
    return col;
}

static int within(struct ui_area area, int col)
{
    return col < area.cols ? col : area.cols;
}

int ui_put_n(struct ui_area area, int row, int col, enum ui_style style, const char *text, size_t n)
{
    return within(area, put(area, row, col, text, n, NULL, style));
}

int ui_put(struct ui_area area, int row, int col, enum ui_style style, const char *text)
{
    return within(area, put(area, row, col, text, strlen(text), NULL, style));
}

int ui_print(struct ui_area area, int row, int col, enum ui_style style, const char *fmt, ...)
{
    char text[PRINT_MAX];
    va_list args;
    va_start(args, fmt);
    int length = vsnprintf(text, sizeof(text), fmt, args);
    va_end(args);
    size_t n = length < 0 ? 0 : hw_text_cut(text, sizeof(text) - 1);
    return within(area, put(area, row, col, text, n, NULL, style));
}

void ui_put_styled(struct ui_area area, int row, int col, const char *text, size_t n,
                   const uint8_t *styles, int skip)
{
    struct ui_area rest = ui_area_sub(area, 0, col, area.rows, area.cols - col);
    int end = put(rest, row, -skip, text, n, styles, UI_NORMAL);
    if (end > rest.cols && rest.cols > 0)
        ui_put(rest, row, rest.cols - 1, UI_DIM, "›");
}

int ui_put_cut(struct ui_area area, int row, int col, int width, enum ui_style style,
               const char *text)
{
    if (width <= 0)
        return col;
    size_t n = strcspn(text, "\n"), columns;
    size_t fit = hw_text_fit(text, (size_t)width, &columns);
    if (fit >= n) {
        put(area, row, col, text, n, NULL, style);
        return col + width;
    }
    fit = hw_text_fit(text, (size_t)width - 1, &columns);
    put(area, row, col, text, fit, NULL, style);
    ui_put(area, row, col + (int)columns, style, "…");
    return col + width;
}

int ui_put_right(struct ui_area area, int row, int right, enum ui_style style, const char *text)
{
    int col = right - (int)hw_text_width(text);
    ui_put(area, row, col, style, text);
    return col;
}

void ui_clear(struct ui_area area)
{
    for (int row = 0; row < area.rows; row++) {
        for (int col = 0; col < area.cols; col++)
            store(area.surface, area.row + row, area.col + col, ' ', UI_NORMAL);
    }
}

void ui_cursor(struct ui_area area, int row, int col)
{
    if (row < 0 || row >= area.rows || area.cols == 0)
        return;
    if (col >= area.cols)
        col = area.cols - 1;
    area.surface->cursor_row = area.row + row;
    area.surface->cursor_col = area.col + (col > 0 ? col : 0);
}
