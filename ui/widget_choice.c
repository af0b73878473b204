/* SPDX-License-Identifier: Apache-2.0 */
#include "ui/widget_choice.h"

#include <strings.h>

#include "base/text.h"
#include "ui/draw.h"

static bool contains(const char *text, const char *part, size_t n)
{
    for (; text && *text; text++) {
        if (strncasecmp(text, part, n) == 0)
            return true;
    }
    return false;
}

/* Every word of the filter must occur somewhere in the choice. */
static bool passes(const struct hw_choice *item, const char *filter)
{
    while (*filter) {
        size_t n = strcspn(filter, " ");
        if (n > 0 && !contains(item->label, filter, n) && !contains(item->value, filter, n) &&
            !contains(item->detail, filter, n) && !contains(item->group, filter, n))
            return false;
        filter += n + strspn(filter + n, " ");
    }
    return true;
}

static size_t place_of(const struct ui_choice *choice, const char *value)
{
    for (size_t i = 0; i < choice->list.count; i++) {
        if (strcmp(choice->choices->items[choice->shown[i]].value, value) == 0)
            return i;
    }
    return SIZE_MAX;
}

/* Items may have arrived and the filter may have changed: keeps the focus on its value. */
static void arrange(struct ui_choice *choice, const char *keep)
{
    size_t count = 0;
    const struct hw_choices *choices = choice->choices;
    choice->shown = hw_realloc(choice->shown, choices->count + 1, sizeof(*choice->shown));
    for (size_t i = 0; i < choices->count; i++) {
        if (passes(&choices->items[i], ui_field_text(&choice->filter)))
            choice->shown[count++] = i;
    }
    ui_list_set_count(&choice->list, count);
    choice->generation = choices->generation;
    size_t place = keep ? place_of(choice, keep) : SIZE_MAX;
    if (place != SIZE_MAX)
        ui_list_focus(&choice->list, place);
}

static const struct hw_choice *focused(const struct ui_choice *choice)
{
    if (choice->list.count == 0)
        return NULL;
    return &choice->choices->items[choice->shown[choice->list.focus]];
}

/* The items of an older generation may be gone: only its text is safe to keep. */
static void refresh(struct ui_choice *choice)
{
    if (choice->generation == choice->choices->generation)
        return;
    hw_auto_text keep = hw_strdup(choice->focus_value);
    arrange(choice, keep);
}

static void remember_focus(struct ui_choice *choice)
{
    const struct hw_choice *item = focused(choice);
    hw_replace(&choice->focus_value, item ? item->value : NULL);
}

void ui_choice_init(struct ui_choice *choice, const struct hw_choices *choices,
                    const struct hw_strv *chosen, bool multi, bool own)
{
    *choice = (struct ui_choice){.choices = choices, .multi = multi, .own = own};
    ui_field_init(&choice->filter, "");
    if (chosen)
        hw_strv_copy(&choice->chosen, chosen);
    const struct hw_choice *best = hw_choices_best(choices);
    const char *first = choice->chosen.count ? choice->chosen.items[0] : NULL;
    if (first && !hw_choices_find(choices, first))
        first = NULL;
    arrange(choice, first ? first : best ? best->value : NULL);
    remember_focus(choice);
}

void ui_choice_done(struct ui_choice *choice)
{
    hw_strv_done(&choice->chosen);
    ui_field_done(&choice->filter);
    free(choice->shown);
    free(choice->focus_value);
    memset(choice, 0, sizeof(*choice));
}

bool ui_choice_typing(const struct ui_choice *choice)
{
    return choice->filtering;
}

static void take_one(struct ui_choice *choice, const char *value)
{
    hw_strv_done(&choice->chosen);
    hw_strv_add(&choice->chosen, value);
}

static void toggle(struct ui_choice *choice, const char *value)
{
    struct hw_strv rest = {0};
    for (size_t i = 0; i < choice->chosen.count; i++) {
        if (strcmp(choice->chosen.items[i], value) != 0)
            hw_strv_add(&rest, choice->chosen.items[i]);
    }
    if (rest.count == choice->chosen.count)
        hw_strv_add(&rest, value);
    hw_strv_done(&choice->chosen);
    choice->chosen = rest;
}

static enum ui_choice_result take_own(struct ui_choice *choice)
{
    const char *text = ui_field_text(&choice->filter);
    if (!choice->own || !*text)
        return UI_CHOICE_STAY;
    if (choice->multi)
        toggle(choice, text);
    else
        take_one(choice, text);
    return UI_CHOICE_TAKEN;
}

static enum ui_choice_result take(struct ui_choice *choice)
{
    const struct hw_choice *item = focused(choice);
    if (!item)
        return take_own(choice);
    if (choice->multi && choice->chosen.count > 0)
        return UI_CHOICE_TAKEN;
    if (item->unfit)
        return UI_CHOICE_STAY;
    take_one(choice, item->value);
    return UI_CHOICE_TAKEN;
}

static enum ui_choice_result act_filter(struct ui_choice *choice, const struct ui_input *input)
{
    if (input->action == UI_ACT_CANCEL) {
        ui_field_set(&choice->filter, "");
        choice->filtering = false;
        arrange(choice, choice->focus_value);
        return UI_CHOICE_STAY;
    }
    if (!ui_field_act(&choice->filter, input))
        return UI_CHOICE_PASS;
    arrange(choice, choice->focus_value);
    return UI_CHOICE_STAY;
}

void ui_choice_search(struct ui_choice *choice)
{
    choice->filtering = true;
    if (choice->slashed && !*ui_field_text(&choice->filter)) {
        ui_field_set(&choice->filter, "/");
        choice->filter.selected = false; /* what is typed goes behind it */
        arrange(choice, choice->focus_value);
    }
}

static enum ui_choice_result act_key(struct ui_choice *choice, const struct ui_input *input)
{
    switch (input->action) {
    case UI_ACT_SEARCH:
        ui_choice_search(choice);
        return UI_CHOICE_STAY;
    case UI_ACT_ENTER:
        return take(choice);
    case UI_ACT_CANCEL:
        return UI_CHOICE_CLOSED;
    case UI_ACT_SELECT:
        if (choice->multi && focused(choice) && !focused(choice)->unfit)
            toggle(choice, focused(choice)->value);
        return UI_CHOICE_STAY;
    default:
        return ui_list_act(&choice->list, input) ? UI_CHOICE_STAY : UI_CHOICE_PASS;
    }
}

enum ui_choice_result ui_choice_act(struct ui_choice *choice, const struct ui_input *input)
{
    refresh(choice);
    enum ui_choice_result result = UI_CHOICE_PASS;
    if (choice->filtering && (input->action == UI_ACT_TEXT || input->action == UI_ACT_CANCEL))
        result = act_filter(choice, input);
    else
        result = act_key(choice, input);
    remember_focus(choice);
    return result;
}

struct draw {
    const struct ui_choice *choice;
    int label, detail; /* widths of the columns */
};

static int widest(int now, const char *text, int most)
{
    int columns = (int)hw_text_width(text);
    if (columns > most)
        columns = most;
    return columns > now ? columns : now;
}

static void measure(struct draw *draw, int cols)
{
    const struct ui_choice *choice = draw->choice;
    for (size_t i = 0; i < choice->list.count; i++) {
        const struct hw_choice *item = &choice->choices->items[choice->shown[i]];
        draw->label = widest(draw->label, item->label, cols / 2);
        draw->detail = widest(draw->detail, item->detail, cols / 2);
    }
}

static void draw_item(void *data, struct ui_area row, size_t place, bool active)
{
    const struct draw *draw = data;
    const struct ui_choice *choice = draw->choice;
    const struct hw_choice *item = &choice->choices->items[choice->shown[place]];
    bool taken = hw_strv_has(&choice->chosen, item->value);
    enum ui_style style = item->unfit ? UI_DIM : active ? UI_FOCUS : UI_NORMAL;
    if (active)
        ui_put(row, 0, 0, UI_FOCUS, "▸");
    if (choice->multi)
        ui_put(row, 0, 2, taken ? UI_GOOD : UI_DIM, taken ? "■" : "□");
    else if (taken)
        ui_put(row, 0, 2, UI_GOOD, "✓");
    int col = ui_put_cut(row, 0, 4, draw->label, style, item->label) + 2;
    const char *more = item->unfit ? item->unfit : item->detail;
    int left = row.cols - col;
    bool grouped = *item->group && !item->unfit && left > draw->detail + 2;
    int width = grouped ? draw->detail : left;
    col = ui_put_cut(row, 0, col, width, active && !item->unfit ? UI_FOCUS : UI_DIM, more) + 2;
    if (grouped)
        ui_put_cut(row, 0, col, row.cols - col, UI_DIM, item->group);
}

static void draw_filter(struct ui_choice *choice, struct ui_area area)
{
    int col = ui_put(area, 0, 4, UI_ACCENT, "/") + 1;
    if (choice->filtering)
        ui_field_draw(&choice->filter, area, 0, col, area.cols - col - 1);
    else
        ui_put_cut(area, 0, col, area.cols - col - 1, UI_NORMAL, ui_field_text(&choice->filter));
}

static void draw_failed(const struct ui_choice *choice, struct ui_area area)
{
    const struct hw_err *err = &choice->choices->err;
    struct ui_area text = ui_area_sub(area, 0, 4, area.rows, area.cols - 5);
    ui_put(area, 0, 2, UI_BAD, "✗");
    int row = ui_draw_wrap(text, 0, UI_BAD, err->what);
    if (*err->next)
        row = ui_draw_wrap(text, row, UI_NORMAL, err->next);
    ui_draw_wrap(text, row, UI_DIM,
                 choice->own ? _("F5 asks again; / lets you type the answer.")
                             : _("F5 asks again."));
}

/* What stands under the list: loading, failed, nothing fits the filter. */
static void draw_state(const struct ui_choice *choice, struct ui_area area)
{
    const struct hw_choices *choices = choice->choices;
    const char *filter = ui_field_text(&choice->filter);
    if (choices->state == HW_CHOICES_FAILED) {
        draw_failed(choice, area);
    } else if (choices->state == HW_CHOICES_LOADING) {
        ui_put(area, 0, 4, UI_WAIT, choices->count ? _("more are loading…") : _("loading…"));
    } else if (choice->list.count == 0 && *filter && choice->own) {
        ui_print(area, 0, 4, UI_DIM, _("Nothing matches. Enter takes \"%s\" as typed."), filter);
    } else if (choice->list.count == 0) {
        ui_put(area, 0, 4, UI_DIM,
               *filter ? _("Nothing matches.") : _("There is nothing to choose."));
    }
}

void ui_choice_draw(struct ui_choice *choice, struct ui_area area)
{
    struct draw draw = {.choice = choice};
    refresh(choice);
    measure(&draw, area.cols);
    bool filter = choice->filtering || *ui_field_text(&choice->filter);
    if (filter) {
        draw_filter(choice, area);
        area = ui_area_sub(area, 1, 0, area.rows - 1, area.cols);
    }
    bool settled = choice->choices->state == HW_CHOICES_READY && choice->list.count > 0;
    int rows = settled ? area.rows : area.rows - 1;
    if ((size_t)rows > choice->list.count && !settled)
        rows = (int)choice->list.count;
    int row = area.surface->cursor_row, col = area.surface->cursor_col;
    ui_list_draw(&choice->list, ui_area_sub(area, 0, 0, rows, area.cols), true, draw_item, &draw);
    if (choice->filtering) {
        area.surface->cursor_row = row;
        area.surface->cursor_col = col;
    }
    if (!settled)
        draw_state(choice, ui_area_sub(area, rows, 0, area.rows - rows, area.cols));
}
