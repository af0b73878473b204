/* SPDX-License-Identifier: Apache-2.0 */
/* A list that scrolls: knows how many items there are, which has the focus and which are in
 * view. What an item looks like is the caller's. */
#ifndef UI_WIDGET_LIST_H
#define UI_WIDGET_LIST_H

#include "ui/keys.h"
#include "ui/surface.h"

struct ui_list {
    size_t count, focus, first;
    int rows; /* in view at the last draw */
};

typedef void ui_list_item_fn(void *data, struct ui_area row, size_t item, bool focused);

void ui_list_set_count(struct ui_list *list, size_t count); /* keeps the focus within */
void ui_list_focus(struct ui_list *list, size_t item);
/* Up, down, Home, End, a screenful (also PgUp and PgDn); false: not its key. */
bool ui_list_act(struct ui_list *list, const struct ui_input *input);
/* One row per item; active: the list has the focus of the page. The cursor goes to the focus. */
void ui_list_draw(struct ui_list *list, struct ui_area area, bool active, ui_list_item_fn *fn,
                  void *data);

#endif
