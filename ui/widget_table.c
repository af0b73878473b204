/* SPDX-License-Identifier: Apache-2.0 */
#include "ui/widget_table.h"

#include "base/text.h"

enum { COLUMNS_MAX = 16, MARK_COLS = 3, GAP = 2 };

struct table {
    const struct ui_column *columns;
    size_t count;
    int starts[COLUMNS_MAX + 1]; /* the last one: behind the table */
    ui_table_cell_fn *fn;
    void *data;
};

/* Fixed widths first, then what is left by weight. */
static void place(struct table *table, int cols)
{
    int fixed = MARK_COLS, weights = 0;
    for (size_t i = 0; i < table->count; i++) {
        fixed += table->columns[i].width + GAP;
        weights += table->columns[i].weight;
    }
    int left = cols > fixed ? cols - fixed : 0, at = MARK_COLS;
    for (size_t i = 0; i < table->count; i++) {
        table->starts[i] = at;
        at += table->columns[i].width + GAP;
        if (weights > 0)
            at += left * table->columns[i].weight / weights;
    }
    table->starts[table->count] = at;
}

static void put_cell(const struct table *table, struct ui_area row, size_t column,
                     enum ui_style style, const char *text)
{
    int start = table->starts[column], width = table->starts[column + 1] - start - GAP;
    if (column + 1 == table->count)
        width = row.cols - start;
    int columns = (int)hw_text_width(text);
    if (table->columns[column].right && columns < width)
        start += width - columns;
    ui_put_cut(row, 0, start, width, style, text);
}

static void draw_row(void *data, struct ui_area row, size_t item, bool focused)
{
    const struct table *table = data;
    for (size_t column = 0; column < table->count; column++) {
        enum ui_style style = UI_NORMAL;
        const char *text = table->fn(table->data, item, column, &style);
        put_cell(table, row, column, focused && style == UI_NORMAL ? UI_FOCUS : style, text);
    }
    if (focused)
        ui_put(row, 0, 1, UI_FOCUS, "▸");
}

void ui_table_draw(struct ui_list *list, struct ui_area area, const struct ui_column *columns,
                   size_t count, bool active, ui_table_cell_fn *fn, void *data)
{
    struct table table = {.columns = columns,
                          .count = count < COLUMNS_MAX ? count : COLUMNS_MAX,
                          .fn = fn,
                          .data = data};
    place(&table, area.cols);
    struct ui_area title = ui_area_sub(area, 0, 0, 1, area.cols);
    for (size_t i = 0; i < table.count; i++)
        put_cell(&table, title, i, UI_DIM, *columns[i].title ? _(columns[i].title) : "");
    ui_list_draw(list, ui_area_sub(area, 1, 0, area.rows - 1, area.cols), active, draw_row, &table);
}
