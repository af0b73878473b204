/* SPDX-License-Identifier: Apache-2.0 */
/* What several pages draw alike. */
#ifndef UI_DRAW_H
#define UI_DRAW_H

#include "base/event.h"
#include "ui/surface.h"

/* A horizontal rule over the whole row. */
void ui_draw_rule(struct ui_area area, int row);
/* Wraps text at blanks into the area from row on. Returns the row behind the last one used;
 * with area.rows == 0 nothing is drawn but the rows are still counted up to `most`. */
int ui_draw_wrap(struct ui_area area, int row, enum ui_style style, const char *text);
/* Bytes of text that stand on its first row at this many columns; *ret_skip: bytes behind them to
 * pass over. Both 0 only for "". */
size_t ui_draw_wrap_next(const char *text, int cols, size_t *ret_skip);
/* Rows that text takes when wrapped at this many columns. */
int ui_draw_wrap_rows(const char *text, int cols);
/* A progress bar of `width` columns with its frame; part of whole (whole 0: empty). */
void ui_draw_gauge(struct ui_area area, int row, int col, int width, int64_t part, int64_t whole);
/* A mark in the last column that shows where a scrolled view stands; nothing if all fits. */
void ui_draw_scroll(struct ui_area area, size_t first, size_t shown, size_t count);

/* The colour of a node: the same wherever and whenever it is named; neighbours by number differ. */
enum ui_style ui_draw_node_style(const char *name);

/* Sign and style of a severity: "✗" bad, "!" waiting, "i" dim. */
const char *ui_draw_severity(enum hw_severity severity, enum ui_style *ret_style);

#endif
