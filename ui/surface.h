/* SPDX-License-Identifier: Apache-2.0 */
/* A grid of cells in memory. Everything is drawn here; only ui/terminal.c brings it to a real
 * terminal, and the screen tests compare it as text. An area is a rectangle of a surface by
 * value; drawing into an area never leaves it, whatever is asked. */
#ifndef UI_SURFACE_H
#define UI_SURFACE_H

#include "base/buf.h"
#include "ui/theme.h"

enum { UI_MARKS = 3 }; /* combining marks that one cell keeps; more are dropped */

struct ui_cell {
    uint32_t base; /* 0: the right half of the wide character before it */
    uint32_t marks[UI_MARKS];
    uint32_t style; /* enum ui_style; as wide as the rest, so that cells compare as bytes */
};

struct ui_surface {
    struct ui_cell *cells;
    int rows, cols;
    bool ascii;                 /* characters outside ASCII get their stand-in */
    int cursor_row, cursor_col; /* where the real cursor stands; -1: hidden */
};

struct ui_area {
    struct ui_surface *surface;
    int row, col, rows, cols;
};

void ui_surface_init(struct ui_surface *surface, int rows, int cols);
void ui_surface_done(struct ui_surface *surface);
void ui_surface_resize(struct ui_surface *surface, int rows, int cols); /* clears */
void ui_surface_clear(struct ui_surface *surface);
/* All rows as text without trailing blanks. styles: each row is followed by a row of style
 * letters (ui_theme_letter) if it has any but NORMAL. */
void ui_surface_dump(const struct ui_surface *surface, struct hw_buf *out, bool styles);

struct ui_area ui_area_all(struct ui_surface *surface);
/* A rectangle within area, cut where it would stick out. */
struct ui_area ui_area_sub(struct ui_area area, int row, int col, int rows, int cols);

/* Draw UTF-8 text at a place of the area, cut at its right edge. A line feed ends the text;
 * other control characters are shown as a sign. Returns the column behind it. */
int ui_put(struct ui_area area, int row, int col, enum ui_style style, const char *text);
int ui_put_n(struct ui_area area, int row, int col, enum ui_style style, const char *text,
             size_t n);
int ui_print(struct ui_area area, int row, int col, enum ui_style style, const char *fmt, ...)
    HW_PRINTF(5, 6);
/* One style per byte of text (the style of a character is that of its first byte). skip: columns
 * of the text left of the area. › in the last column: the text goes on. */
void ui_put_styled(struct ui_area area, int row, int col, const char *text, size_t n,
                   const uint8_t *styles, int skip);
/* As ui_put within `width` columns: a longer text ends in an ellipsis. Returns col + width. */
int ui_put_cut(struct ui_area area, int row, int col, int width, enum ui_style style,
               const char *text);
int ui_put_right(struct ui_area area, int row, int right, enum ui_style style, const char *text);

void ui_clear(struct ui_area area);
void ui_cursor(struct ui_area area, int row, int col);

#endif
