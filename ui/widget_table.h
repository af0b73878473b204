/* SPDX-License-Identifier: Apache-2.0 */
/* Columns with titles over a scrolling list. */
#ifndef UI_WIDGET_TABLE_H
#define UI_WIDGET_TABLE_H

#include "ui/widget_list.h"

struct ui_column {
    const char *title; /* N_(); "" = none */
    int width;         /* columns at least */
    int weight;        /* share of what is left; 0 = fixed */
    bool right;        /* numbers stand at the right */
};

/* Text and style of one cell, valid until the next call. */
typedef const char *ui_table_cell_fn(void *data, size_t row, size_t column,
                                     enum ui_style *ret_style);

/* Title row and then the items of list in area; the focused row is marked with ▸. */
void ui_table_draw(struct ui_list *list, struct ui_area area, const struct ui_column *columns,
                   size_t count, bool active, ui_table_cell_fn *fn, void *data);

#endif
