/* SPDX-License-Identifier: Apache-2.0 */
/* The picture of a form page, its keys and the help of its focus. */
#include "base/text.h"
#include "ui/draw.h"
#include "ui/form.h"

enum { LABEL_COL = 2, LABEL_MAX = 24, LABEL_MIN = 12, TITLE_ROWS = 2 };

static const struct hw_cluster *cluster_of(const struct ui_form *form)
{
    return ui_app_cluster(form->page.app);
}

/* Where a page shows the same question for several compute groups, each carries its name. */
static char *label_of(const struct ui_form *form, const struct ui_form_row *row)
{
    size_t group;
    const char *label = _(row->field->label);
    bool named = hw_key_group(row->key, &group) && form->page.id != HW_PAGE_NODES &&
                 hw_cluster_groups(cluster_of(form)) > 1;
    if (!named)
        return hw_strdup(label);
    hw_auto_text key = hw_key_of_group("nodes.compute.*.name", group);
    return hw_format("%s %s", label, hw_cluster_get(cluster_of(form), key));
}

static int label_width(const struct ui_form *form)
{
    int width = LABEL_MIN;
    for (size_t i = 0; i < form->count; i++) {
        hw_auto_text label = label_of(form, &form->rows[i]);
        int columns = (int)hw_text_width(label);
        if (columns > width)
            width = columns;
    }
    return width < LABEL_MAX ? width : LABEL_MAX;
}

/* ---- Rules of the whole cluster -------------------------------------------------------- */

struct rule_search {
    const char *key;
    struct hw_buf *out;
};

static void note_rule(void *data, const char *rule_id, const char *key, const char *message,
                      const char *remedy)
{
    struct rule_search *search = data;
    (void)rule_id;
    (void)remedy;
    if (strcmp(key, search->key) == 0 && search->out->len == 0)
        hw_buf_text(search->out, message);
}

/* What is known of the parameter that a row names; NULL: nothing, or no row of a secret. */
static const struct hw_parameter *secret_of(const struct ui_form *form, size_t row)
{
    const struct ui_host *host = ui_app_host(form->page.app);
    if (form->rows[row].field->type != HW_TYPE_NAME_OF_SECRET || !host->secret_known)
        return NULL;
    return host->secret_known(host->data, ui_form_secret_name(form, row));
}

static void secret_problem(const struct ui_form *form, size_t row, struct hw_buf *out)
{
    const struct hw_parameter *known = secret_of(form, row);
    if (!known)
        return;
    bool password = hw_secret_kind_of(form->rows[row].key) == HW_SECRET_PASSWORD;
    if (known->state == HW_PARAMETER_MISSING)
        hw_buf_print(out, _("does not exist yet: %s makes it"), ui_keys_label(UI_ACT_MAKE));
    else if (known->state == HW_PARAMETER_PLAIN && password)
        hw_buf_text(out, _("is a String: not encrypted"));
    else if (known->state == HW_PARAMETER_LIST)
        hw_buf_text(out, _("is a StringList, not one value"));
    else if (known->state == HW_PARAMETER_FAILED)
        hw_buf_print(out, _("not looked up: %s"), known->err.what);
}

/* At the right of the name, as far as there is room. */
static void draw_secret_state(const struct ui_form *form, size_t row, struct ui_area area, int line,
                              int col)
{
    const struct hw_parameter *known = secret_of(form, row);
    if (!known)
        return;
    const char *word = known->state == HW_PARAMETER_SECURE  ? "SecureString"
                       : known->state == HW_PARAMETER_PLAIN ? "String"
                       : known->state == HW_PARAMETER_ASKED ? _("looking…")
                                                            : "";
    bool there = known->state == HW_PARAMETER_SECURE || known->state == HW_PARAMETER_PLAIN;
    col += (int)hw_text_width(ui_form_secret_name(form, row)) + 2;
    if (!*word || col >= area.cols)
        return;
    if (there)
        col = ui_put(area, line, col, UI_GOOD, "✓") + 1;
    if (area.cols - col >= (int)hw_text_width(word))
        ui_put(area, line, col, UI_DIM, word);
}

/* What is wrong with a row: the focused one by what was typed, each by the cluster's rules. */
static void row_problem(const struct ui_form *form, size_t row, struct hw_buf *out)
{
    if (row == form->focus && form->problem) {
        hw_buf_text(out, form->problem);
        return;
    }
    secret_problem(form, row, out);
    if (out->len > 0)
        return;
    bool empty = !*hw_cluster_get(cluster_of(form), form->rows[row].key);
    if (empty && !form->visited) /* not answered yet is no problem yet */
        return;
    struct rule_search search = {form->rows[row].key, out};
    hw_cluster_rules(cluster_of(form), note_rule, &search);
}

/* ---- Values ---------------------------------------------------------------------------- */

static const struct {
    enum ui_style label, detail;
} answer_styles[] = {
    [UI_ANSWER_SET] = {UI_NORMAL, UI_DIM},      [UI_ANSWER_DEFAULT] = {UI_NORMAL, UI_DIM},
    [UI_ANSWER_PROPOSED] = {UI_ACCENT, UI_DIM}, [UI_ANSWER_LOADING] = {UI_WAIT, UI_DIM},
    [UI_ANSWER_FAILED] = {UI_BAD, UI_DIM},      [UI_ANSWER_EMPTY] = {UI_DIM, UI_DIM},
};

static void draw_empty(const struct ui_form_row *row, struct ui_area area, int line, int col)
{
    hw_auto_text text = NULL;
    if (row->field->required && ui_answer_is_list(row->field))
        text = hw_strdup(_("not chosen yet"));
    else if (row->field->example)
        text = hw_format(row->field->required ? _("such as %s") : _("empty; such as %s"),
                         row->field->example);
    else
        text = hw_strdup(_("empty"));
    ui_put_cut(area, line, col, area.cols - col, UI_DIM, text);
}

static void draw_answer(const struct ui_form *form, const struct ui_form_row *row,
                        struct ui_area area, int line, int col, bool focused)
{
    hw_auto(ui_answer) answer = {0};
    ui_answer_get(ui_app_host(form->page.app), cluster_of(form), row->key, row->field, &answer);
    if (answer.state == UI_ANSWER_EMPTY) {
        draw_empty(row, area, line, col);
        return;
    }
    enum ui_style style = answer_styles[answer.state].label;
    if (focused && style == UI_NORMAL)
        style = UI_FOCUS;
    if (answer.state == UI_ANSWER_FAILED)
        col = ui_put(area, line, col, UI_BAD, "✗") + 1;
    int width = (int)hw_text_width(answer.label);
    int room = area.cols - col;
    col = ui_put_cut(area, line, col, width < room ? width : room, style, answer.label);
    bool has_state =
        row->field->type == HW_TYPE_NAME_OF_SECRET && ui_app_host(form->page.app)->secret_known;
    if (*answer.detail && !has_state)
        ui_put_cut(area, line, col + 2, area.cols - col - 2, answer_styles[answer.state].detail,
                   answer.detail);
}

/* Behind an empty field stands what Enter would take. */
static void draw_placeholder(const struct ui_form *form, const struct ui_form_row *row,
                             struct ui_area area, int line, int col)
{
    hw_auto(ui_answer) answer = {0};
    if (form->edit.text.len > 0 || *form->original)
        return;
    ui_answer_get(ui_app_host(form->page.app), cluster_of(form), row->key, row->field, &answer);
    if (answer.state == UI_ANSWER_EMPTY)
        draw_empty(row, area, line, col);
    else
        ui_put_cut(area, line, col, area.cols - col, answer_styles[answer.state].label,
                   answer.label);
}

static void draw_focused(struct ui_form *form, const struct ui_form_row *row, struct ui_area area,
                         int line, int col)
{
    if (ui_answer_is_list(row->field)) {
        draw_answer(form, row, area, line, col, true);
        ui_cursor(area, line, 0);
        return;
    }
    ui_field_draw(&form->edit, area, line, col, area.cols - col);
    draw_placeholder(form, row, area, line, col);
}

static void draw_row(struct ui_form *form, size_t index, struct ui_area area, int line, int value)
{
    const struct ui_form_row *row = &form->rows[index];
    bool focused = index == form->focus;
    hw_auto_text label = label_of(form, row);
    if (focused)
        ui_put(area, line, 0, UI_FOCUS, "▸");
    ui_put_cut(area, line, LABEL_COL, value - LABEL_COL - 2, focused ? UI_FOCUS : UI_NORMAL, label);
    struct ui_area room = ui_area_sub(area, 0, 0, area.rows, area.cols - 3);
    if (focused)
        draw_focused(form, row, room, line, value);
    else
        draw_answer(form, row, room, line, value, false);
    draw_secret_state(form, index, room, line, value);
    bool list = row->field->options || row->field->source != HW_SOURCE_NONE;
    if (list)
        ui_put(area, line, area.cols - 2, focused ? UI_FOCUS : UI_DIM, "▾");
}

static void draw_problem(struct ui_area area, int line, int col, bool own, const char *text)
{
    ui_put(area, line, col, own ? UI_BAD : UI_WAIT, own ? "✗" : "!");
    ui_put_cut(area, line, col + 2, area.cols - col - 2, own ? UI_BAD : UI_WAIT, text);
}

/* ---- The page -------------------------------------------------------------------------- */

/* Lines of the whole form; ret_top and ret_end: of the focused row with its problem. */
static int measure(const struct ui_form *form, int *ret_top, int *ret_end)
{
    int line = 0;
    for (size_t i = 0; i < form->count; i++) {
        hw_auto(hw_buf) problem = HW_BUF(HW_MAX_TEXT);
        row_problem(form, i, &problem);
        if (i == form->focus)
            *ret_top = line;
        line += 1 + (form->rows[i].gap ? 1 : 0) + (problem.len ? 1 : 0);
        if (i == form->focus)
            *ret_end = line;
    }
    return line;
}

static void scroll_to_focus(struct ui_form *form, int rows, int *ret_lines)
{
    int top = 0, end = 0;
    *ret_lines = measure(form, &top, &end);
    if (form->first > top)
        form->first = top;
    if (form->first < end - rows)
        form->first = end - rows;
    if (form->first > *ret_lines - rows)
        form->first = *ret_lines > rows ? *ret_lines - rows : 0;
}

static void draw_rows(struct ui_form *form, struct ui_area area)
{
    int lines, value = LABEL_COL + label_width(form) + 2;
    scroll_to_focus(form, area.rows, &lines);
    int line = -form->first;
    for (size_t i = 0; i < form->count; i++) {
        hw_auto(hw_buf) problem = HW_BUF(HW_MAX_TEXT);
        line += form->rows[i].gap ? 1 : 0;
        if (line >= 0 && line < area.rows)
            draw_row(form, i, area, line, value);
        line++;
        row_problem(form, i, &problem);
        if (problem.len > 0)
            draw_problem(area, line++, value, i == form->focus && form->problem,
                         hw_buf_cstr(&problem));
    }
    ui_draw_scroll(area, (size_t)form->first, (size_t)area.rows, (size_t)lines);
}

static void draw_list(struct ui_form *form, struct ui_area area)
{
    const struct ui_form_row *row = ui_form_row(form);
    hw_auto_text label = label_of(form, row);
    hw_auto_text title = hw_format("%s › %s", _(hw_page(form->page.id)->title), label);
    ui_put_cut(area, 0, 0, area.cols, UI_TITLE, title);
    if (form->choice.multi)
        ui_print(area, 0, (int)hw_text_width(title) + 2, UI_DIM,
                 P_("%zu chosen", "%zu chosen", form->choice.chosen.count),
                 form->choice.chosen.count);
    ui_choice_draw(&form->choice,
                   ui_area_sub(area, TITLE_ROWS, 0, area.rows - TITLE_ROWS, area.cols));
}

void ui_form_draw(struct ui_page *page, struct ui_area area)
{
    struct ui_form *form = (struct ui_form *)page;
    if (form->open) {
        draw_list(form, area);
        return;
    }
    const struct hw_page *about = hw_page(page->id);
    int col = ui_put(area, 0, 0, UI_TITLE, _(about->title)) + 2;
    if (about->intro && (int)hw_text_width(_(about->intro)) < area.cols - col)
        ui_put(area, 0, col, UI_DIM, _(about->intro));
    draw_rows(form, ui_area_sub(area, TITLE_ROWS, 0, area.rows - TITLE_ROWS, area.cols));
}

const char *ui_form_hint(struct ui_page *page)
{
    struct ui_form *form = (struct ui_form *)page;
    const struct ui_form_row *row = ui_form_row(form);
    hw_buf_clear(&form->hint);
    if (form->problem && !form->open) /* in full: beside the field there is room for its start */
        hw_buf_print(&form->hint, "✗ %s\n", form->problem);
    if (row)
        hw_buf_text(&form->hint, _(row->field->help));
    return hw_buf_cstr(&form->hint);
}

/* ---- Keys ------------------------------------------------------------------------------ */

static void list_offers(const struct ui_form *form, struct ui_offers *out)
{
    ui_offers_add(out, UI_ACT_UP, NULL);
    if (form->choice.multi)
        ui_offers_add(out, UI_ACT_SELECT, NULL);
    ui_offers_add(out, UI_ACT_ENTER, _("take"));
    ui_offers_add(out, UI_ACT_SEARCH, NULL);
    if (form->choice.choices->state == HW_CHOICES_FAILED)
        ui_offers_add(out, UI_ACT_REFRESH, NULL);
    ui_offers_add(out, UI_ACT_CANCEL, _("close"));
}

static void row_offers(const struct ui_form *form, struct ui_offers *out)
{
    const struct ui_form_row *row = ui_form_row(form);
    size_t group;
    ui_offers_add(out, UI_ACT_UP, _("field"));
    ui_offers_add(out, UI_ACT_ENTER, _("accept"));
    const struct hw_parameter *known = row ? secret_of(form, form->focus) : NULL;
    if (known) /* where it cannot be made, the key says why */
        ui_offers_add(out, UI_ACT_MAKE, known->state == HW_PARAMETER_MISSING ? NULL : "");
    if (row && ui_answer_is_list(row->field)) {
        ui_offers_add(out, UI_ACT_SELECT, _("list"));
        ui_offers_add(out, UI_ACT_LIST, "");
    } else if (row && row->field->source != HW_SOURCE_NONE) {
        ui_offers_add(out, UI_ACT_LIST, NULL);
    }
    if (form->page.id == HW_PAGE_NODES)
        ui_offers_add(out, UI_ACT_GROUP_ADD, NULL);
    if (row && hw_key_group(row->key, &group) && hw_cluster_groups(cluster_of(form)) > 1)
        ui_offers_add(out, UI_ACT_GROUP_REMOVE, "");
    if (form->hiding || form->advanced)
        ui_offers_add(out, UI_ACT_ADVANCED, form->advanced ? _("fewer") : _("more"));
    if (row && ui_answer_is_list(row->field)) /* last: the list that Space opens has it too */
        ui_offers_add(out, UI_ACT_SEARCH, NULL);
}

size_t ui_form_offers(struct ui_page *page, const struct ui_offer **ret)
{
    static struct ui_offers offers;
    const struct ui_form *form = (const struct ui_form *)page;
    offers.count = 0;
    if (form->open)
        list_offers(form, &offers);
    else
        row_offers(form, &offers);
    UI_OFFERS_QUIET(&offers, UI_ACT_DOWN, UI_ACT_TAB, UI_ACT_BACKTAB, UI_ACT_HOME, UI_ACT_END,
                    UI_ACT_REFRESH, UI_ACT_CLEAR, UI_ACT_RIGHT, UI_ACT_PAGE_UP, UI_ACT_PAGE_DOWN);
    if (form->open)
        UI_OFFERS_QUIET(&offers, UI_ACT_NEXT, UI_ACT_BACK);
    *ret = offers.items;
    return offers.count;
}
