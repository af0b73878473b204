/* SPDX-License-Identifier: Apache-2.0 */
/* A list of what a question offers: columns, groups, `/` filters, Space selects several,
 * choices that do not fit are dim with the reason. Usable while the rest is still loading.
 * An own value may be typed where the type allows it. */
#ifndef UI_WIDGET_CHOICE_H
#define UI_WIDGET_CHOICE_H

#include "model/choice.h"
#include "ui/widget_field.h"
#include "ui/widget_list.h"

struct ui_choice {
    const struct hw_choices *choices; /* borrowed; may change between calls */
    struct hw_strv chosen;            /* several; else the one */
    bool multi, own;                  /* several may be taken; an own value may be typed */
    bool filtering;                   /* the filter line has the focus */
    bool slashed; /* every value begins with the key that opens the filter: it is written, too */
    struct ui_field filter;
    size_t *shown; /* places of the choices that pass the filter */
    size_t shown_capacity;
    struct ui_list list;
    char *focus_value; /* of the focused choice: items may be replaced while more load */
    unsigned long generation;
};

enum ui_choice_result { UI_CHOICE_PASS, UI_CHOICE_STAY, UI_CHOICE_TAKEN, UI_CHOICE_CLOSED };

/* Opens on the values chosen so far (copied). */
void ui_choice_init(struct ui_choice *choice, const struct hw_choices *choices,
                    const struct hw_strv *chosen, bool multi, bool own);
void ui_choice_done(struct ui_choice *choice);
/* TAKEN: chosen holds the answer. CLOSED: Esc, nothing changes. */
enum ui_choice_result ui_choice_act(struct ui_choice *choice, const struct ui_input *input);
/* As the key that opens the filter. */
void ui_choice_search(struct ui_choice *choice);
bool ui_choice_typing(const struct ui_choice *choice);
void ui_choice_draw(struct ui_choice *choice, struct ui_area area);

#endif
