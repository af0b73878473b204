/* SPDX-License-Identifier: Apache-2.0 */
#include "ui/widget_list.h"

#include "ui/draw.h"

void ui_list_set_count(struct ui_list *list, size_t count)
{
    list->count = count;
    if (list->focus >= count)
        list->focus = count ? count - 1 : 0;
}

void ui_list_focus(struct ui_list *list, size_t item)
{
    list->focus = item < list->count ? item : (list->count ? list->count - 1 : 0);
}

static void move(struct ui_list *list, long steps)
{
    long focus = (long)list->focus + steps;
    ui_list_focus(list, focus > 0 ? (size_t)focus : 0);
}

bool ui_list_act(struct ui_list *list, const struct ui_input *input)
{
    long screen = list->rows > 1 ? list->rows - 1 : 1;
    switch (input->action) {
    case UI_ACT_UP:
        move(list, -1);
        return true;
    case UI_ACT_DOWN:
        move(list, 1);
        return true;
    case UI_ACT_PAGE_UP:
        move(list, -screen);
        return true;
    case UI_ACT_PAGE_DOWN:
        move(list, screen);
        return true;
    case UI_ACT_HOME:
        ui_list_focus(list, 0);
        return true;
    case UI_ACT_END:
        ui_list_focus(list, list->count);
        return true;
    default:
        break;
    }
    if (input->code != UI_KEY_PGUP && input->code != UI_KEY_PGDN)
        return false;
    move(list, input->code == UI_KEY_PGUP ? -screen : screen);
    return true;
}

static void keep_in_view(struct ui_list *list)
{
    size_t rows = list->rows > 0 ? (size_t)list->rows : 1;
    if (list->focus < list->first)
        list->first = list->focus;
    if (list->focus >= list->first + rows)
        list->first = list->focus - rows + 1;
    if (list->first + rows > list->count)
        list->first = list->count > rows ? list->count - rows : 0;
}

void ui_list_draw(struct ui_list *list, struct ui_area area, bool active, ui_list_item_fn *fn,
                  void *data)
{
    list->rows = area.rows;
    keep_in_view(list);
    int cols = list->count > (size_t)area.rows ? area.cols - 1 : area.cols;
    for (int row = 0; row < area.rows && list->first + (size_t)row < list->count; row++) {
        size_t item = list->first + (size_t)row;
        bool focused = active && item == list->focus;
        fn(data, ui_area_sub(area, row, 0, 1, cols), item, focused);
        if (focused)
            ui_cursor(area, row, 0);
    }
    ui_draw_scroll(area, list->first, (size_t)area.rows, list->count);
}
