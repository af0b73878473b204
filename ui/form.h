/* SPDX-License-Identifier: Apache-2.0 */
/* What page_form.c, form_rows.c and form_draw.c share; page_account.c, which wraps a form page,
 * looks whether its list is open. Nobody else. */
#ifndef UI_FORM_H
#define UI_FORM_H

#include "base/mem.h"
#include "ui/answer.h"
#include "ui/app.h"
#include "ui/widget_choice.h"
#include "ui/widget_field.h"

struct ui_form_row {
    char *key;
    const struct hw_field *field;
    bool gap; /* a compute group begins: an empty line before it */
};

struct ui_form {
    struct ui_page page;
    struct ui_form_row *rows;
    size_t count, capacity, focus;
    int first;             /* line in view */
    bool advanced, hiding; /* hiding: there are advanced questions that are not shown */
    bool visited;          /* was left once: what is missing is a problem now */
    bool waiting;          /* Enter came before the proposal did */
    bool open;             /* the list of the focused question is open */
    struct ui_choice choice;
    struct hw_choices options; /* of a question with options of its own */
    struct ui_field edit;      /* the text of the focused question, if it is typed */
    char *original;            /* that text as it was when the focus came */
    char *problem;             /* what is wrong with the focused answer */
    unsigned long revision;
    struct hw_buf hint;
};

/* form_rows.c */
struct hw_cluster *ui_form_cluster(const struct ui_form *form);
/* The name that a row of a secret has: of the focused one what is typed at the moment. */
const char *ui_form_secret_name(const struct ui_form *form, size_t row);
const struct ui_form_row *ui_form_row(const struct ui_form *form); /* focused; NULL: none */
bool ui_form_typed(const struct ui_form_row *row); /* its answer is typed; NULL: no */
void ui_form_clear(struct ui_form *form);
/* The questions that apply now, with the focus on the same one as before. */
void ui_form_rebuild(struct ui_form *form);
void ui_form_changed(struct ui_form *form); /* an answer: others may follow from it */
void ui_form_focus(struct ui_form *form, size_t row);
void ui_form_focus_key(struct ui_form *form, const char *key); /* NULL: the focus stays */
void ui_form_load_edit(struct ui_form *form);                  /* of the focused question */
/* Asks whether the parameters exist that the rows of secrets name, as far as those are names. */
void ui_form_want_secrets(const struct ui_form *form);

/* form_draw.c */
void ui_form_draw(struct ui_page *page, struct ui_area area);
size_t ui_form_offers(struct ui_page *page, const struct ui_offer **ret);
const char *ui_form_hint(struct ui_page *page);

#endif
