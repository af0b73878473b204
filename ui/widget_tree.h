/* SPDX-License-Identifier: Apache-2.0 */
/* A tree of items in the order of reading. The caller adds items with their depth; the widget
 * keeps what is open, what is in view and the focus. */
#ifndef UI_WIDGET_TREE_H
#define UI_WIDGET_TREE_H

#include "ui/widget_list.h"

struct ui_tree_item {
    size_t tag; /* the caller's number for it */
    int depth;
    bool open, branch;
};

struct ui_tree {
    struct ui_tree_item *items;
    size_t count, capacity;
    size_t *shown; /* places of the items in view order */
    size_t shown_capacity;
    struct ui_list list;       /* over shown */
    bool stale;                /* shown must be worked out anew */
    struct ui_tree_item *kept; /* between begin and end: the items as they were */
    size_t kept_count, focus_tag;
    bool focus_kept;
};

/* Draws the item's own text; the widget has drawn indent and sign and hands over the rest. */
typedef void ui_tree_item_fn(void *data, struct ui_area rest, size_t tag, bool focused);

void ui_tree_done(struct ui_tree *tree);
void ui_tree_add(struct ui_tree *tree, size_t tag, int depth, bool open);
/* Clears and adds anew, yet keeps open branches and the focus by tag. */
void ui_tree_begin(struct ui_tree *tree);
void ui_tree_end(struct ui_tree *tree);
/* Moves; left, right and Enter fold and unfold a branch; false: not its key. */
bool ui_tree_act(struct ui_tree *tree, const struct ui_input *input);
bool ui_tree_focus(const struct ui_tree *tree, size_t *ret_tag); /* false: empty */
void ui_tree_go(struct ui_tree *tree, size_t tag);               /* opens its branches */
void ui_tree_draw(struct ui_tree *tree, struct ui_area area, bool active, ui_tree_item_fn *fn,
                  void *data);

#endif
