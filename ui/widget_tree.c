/* SPDX-License-Identifier: Apache-2.0 */
#include "ui/widget_tree.h"

#include "base/mem.h"

void ui_tree_done(struct ui_tree *tree)
{
    free(tree->items);
    free(tree->shown);
    free(tree->kept);
    memset(tree, 0, sizeof(*tree));
}

static const struct ui_tree_item *kept_item(const struct ui_tree *tree, size_t tag)
{
    for (size_t i = 0; i < tree->kept_count; i++) {
        if (tree->kept[i].tag == tag)
            return &tree->kept[i];
    }
    return NULL;
}

void ui_tree_add(struct ui_tree *tree, size_t tag, int depth, bool open)
{
    const struct ui_tree_item *old = kept_item(tree, tag);
    hw_grow(&tree->items, &tree->capacity, tree->count, sizeof(*tree->items));
    if (tree->count > 0 && tree->items[tree->count - 1].depth < depth)
        tree->items[tree->count - 1].branch = true;
    tree->items[tree->count++] =
        (struct ui_tree_item){.tag = tag, .depth = depth, .open = old ? old->open : open};
    tree->stale = true;
}

void ui_tree_begin(struct ui_tree *tree)
{
    tree->focus_kept = ui_tree_focus(tree, &tree->focus_tag);
    free(tree->kept);
    tree->kept = tree->items;
    tree->kept_count = tree->count;
    tree->items = NULL;
    tree->count = tree->capacity = 0;
}

/* The items whose branches are all open. */
static void arrange(struct ui_tree *tree)
{
    size_t shown = 0;
    int closed = -1; /* depth of the closed branch that we are in */
    tree->shown_capacity = tree->count ? tree->count : 1;
    tree->shown = hw_realloc(tree->shown, tree->shown_capacity, sizeof(*tree->shown));
    for (size_t i = 0; i < tree->count; i++) {
        const struct ui_tree_item *item = &tree->items[i];
        if (closed >= 0 && item->depth > closed)
            continue;
        closed = item->branch && !item->open ? item->depth : -1;
        tree->shown[shown++] = i;
    }
    ui_list_set_count(&tree->list, shown);
    tree->stale = false;
}

static void focus_tag(struct ui_tree *tree, size_t tag)
{
    for (size_t i = 0; i < tree->list.count; i++) {
        if (tree->items[tree->shown[i]].tag == tag)
            ui_list_focus(&tree->list, i);
    }
}

void ui_tree_end(struct ui_tree *tree)
{
    free(tree->kept);
    tree->kept = NULL;
    tree->kept_count = 0;
    arrange(tree);
    if (tree->focus_kept)
        focus_tag(tree, tree->focus_tag);
}

static struct ui_tree_item *focused_item(struct ui_tree *tree)
{
    return tree->list.count ? &tree->items[tree->shown[tree->list.focus]] : NULL;
}

static void focus_parent(struct ui_tree *tree)
{
    int depth = focused_item(tree)->depth;
    while (tree->list.focus > 0 && focused_item(tree)->depth >= depth)
        tree->list.focus--;
}

static bool fold(struct ui_tree *tree, struct ui_tree_item *item, enum ui_action action)
{
    if (action == UI_ACT_LEFT && !(item->branch && item->open)) {
        if (item->depth > 0)
            focus_parent(tree);
        return true;
    }
    if (!item->branch)
        return action == UI_ACT_RIGHT;
    if (action == UI_ACT_RIGHT && item->open) {
        ui_list_focus(&tree->list, tree->list.focus + 1);
        return true;
    }
    item->open = action == UI_ACT_ENTER ? !item->open : action == UI_ACT_RIGHT;
    arrange(tree);
    return true;
}

bool ui_tree_act(struct ui_tree *tree, const struct ui_input *input)
{
    if (tree->stale)
        arrange(tree);
    struct ui_tree_item *item = focused_item(tree);
    enum ui_action action = input->action;
    if (item && (action == UI_ACT_LEFT || action == UI_ACT_RIGHT || action == UI_ACT_ENTER))
        return fold(tree, item, action);
    return ui_list_act(&tree->list, input);
}

bool ui_tree_focus(const struct ui_tree *tree, size_t *ret_tag)
{
    if (tree->list.count == 0 || tree->list.focus >= tree->list.count)
        return false;
    *ret_tag = tree->items[tree->shown[tree->list.focus]].tag;
    return true;
}

void ui_tree_go(struct ui_tree *tree, size_t tag)
{
    size_t place = 0;
    while (place < tree->count && tree->items[place].tag != tag)
        place++;
    if (place == tree->count)
        return;
    int depth = tree->items[place].depth;
    for (size_t i = place; i-- > 0 && depth > 0;) {
        if (tree->items[i].depth < depth) {
            tree->items[i].open = true;
            depth = tree->items[i].depth;
        }
    }
    arrange(tree);
    focus_tag(tree, tag);
}

struct tree_draw {
    struct ui_tree *tree;
    ui_tree_item_fn *fn;
    void *data;
};

static void draw_item(void *data, struct ui_area row, size_t place, bool focused)
{
    struct tree_draw *draw = data;
    const struct ui_tree_item *item = &draw->tree->items[draw->tree->shown[place]];
    int col = 2 + 2 * item->depth;
    if (focused)
        ui_put(row, 0, 0, UI_FOCUS, "▸");
    if (item->branch)
        ui_put(row, 0, col, focused ? UI_FOCUS : UI_DIM, item->open ? "▾" : "▹");
    struct ui_area rest = ui_area_sub(row, 0, col + 2, 1, row.cols - col - 2);
    draw->fn(draw->data, rest, item->tag, focused);
}

void ui_tree_draw(struct ui_tree *tree, struct ui_area area, bool active, ui_tree_item_fn *fn,
                  void *data)
{
    struct tree_draw draw = {tree, fn, data};
    if (tree->stale)
        arrange(tree);
    ui_list_draw(&tree->list, area, active, draw_item, &draw);
}
