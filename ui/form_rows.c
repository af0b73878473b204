/* SPDX-License-Identifier: Apache-2.0 */
/* The rows of a form page and the focus on them. */
#include "ui/form.h"

struct hw_cluster *ui_form_cluster(const struct ui_form *form)
{
    return ui_app_cluster(form->page.app);
}

const struct ui_form_row *ui_form_row(const struct ui_form *form)
{
    return form->focus < form->count ? &form->rows[form->focus] : NULL;
}

const char *ui_form_secret_name(const struct ui_form *form, size_t row)
{
    bool typed = row == form->focus && !ui_answer_is_list(form->rows[row].field);
    const char *text = typed ? ui_field_text(&form->edit) : "";
    return *text ? text : hw_cluster_get(ui_form_cluster(form), form->rows[row].key);
}

void ui_form_want_secrets(const struct ui_form *form)
{
    const struct ui_host *host = ui_app_host(form->page.app);
    for (size_t i = 0; host->secret_want && i < form->count; i++) {
        const struct hw_field *field = form->rows[i].field;
        const char *name = ui_form_secret_name(form, i);
        if (field->type == HW_TYPE_NAME_OF_SECRET &&
            hw_field_check(field, ui_form_cluster(form), name, NULL))
            host->secret_want(host->data, ui_form_cluster(form), name);
    }
}

bool ui_form_typed(const struct ui_form_row *row)
{
    return row && !ui_answer_is_list(row->field);
}

void ui_form_clear(struct ui_form *form)
{
    for (size_t i = 0; i < form->count; i++)
        free(form->rows[i].key);
    form->count = 0;
}

/* An advanced question is shown when asked for, and when it has an answer of its own. */
static bool is_shown(struct ui_form *form, const char *key, const struct hw_field *field)
{
    if (!field->advanced || form->advanced || hw_cluster_is_set(ui_form_cluster(form), key))
        return true;
    form->hiding = true;
    return false;
}

static void add_row(void *data, const char *key, const struct hw_field *field)
{
    struct ui_form *form = data;
    size_t group, before;
    if (field->page != form->page.id || !is_shown(form, key, field))
        return;
    bool gap = false;
    if (hw_key_group(key, &group) && field->page == HW_PAGE_NODES)
        gap = form->count == 0 || !hw_key_group(form->rows[form->count - 1].key, &before) ||
              before != group;
    hw_grow(&form->rows, &form->capacity, form->count, sizeof(*form->rows));
    form->rows[form->count++] = (struct ui_form_row){hw_strdup(key), field, gap};
}

void ui_form_load_edit(struct ui_form *form)
{
    const struct ui_form_row *row = ui_form_row(form);
    hw_replace(&form->problem, NULL);
    if (!ui_form_typed(row))
        return;
    hw_auto(ui_answer) answer = {0};
    ui_answer_get(ui_app_host(form->page.app), ui_form_cluster(form), row->key, row->field,
                  &answer);
    bool given = answer.state == UI_ANSWER_SET || answer.state == UI_ANSWER_DEFAULT;
    hw_replace(&form->original, given ? answer.value : "");
    ui_field_set(&form->edit, form->original);
}

void ui_form_focus(struct ui_form *form, size_t row)
{
    form->focus = row < form->count ? row : form->count ? form->count - 1 : 0;
    form->waiting = false;
    ui_form_load_edit(form);
}

void ui_form_focus_key(struct ui_form *form, const char *key)
{
    for (size_t i = 0; key && i < form->count; i++) {
        if (strcmp(form->rows[i].key, key) == 0)
            ui_form_focus(form, i);
    }
}

void ui_form_rebuild(struct ui_form *form)
{
    const struct ui_form_row *row = ui_form_row(form);
    hw_auto_text key = row ? hw_strdup(row->key) : NULL;
    ui_form_clear(form);
    form->hiding = false;
    hw_cluster_each(ui_form_cluster(form), add_row, form);
    form->revision = hw_cluster_revision(ui_form_cluster(form));
    ui_form_focus(form, form->focus);
    ui_form_focus_key(form, key);
    ui_form_want_secrets(form);
}

void ui_form_changed(struct ui_form *form)
{
    ui_answer_want(ui_app_host(form->page.app), ui_form_cluster(form), form->page.id);
    ui_form_rebuild(form);
}
