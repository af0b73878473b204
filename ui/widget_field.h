/* SPDX-License-Identifier: Apache-2.0 */
/* One line of text with a cursor. Moves by whole characters with their combining marks. */
#ifndef UI_WIDGET_FIELD_H
#define UI_WIDGET_FIELD_H

#include "ui/keys.h"
#include "ui/surface.h"

struct ui_field {
    struct hw_buf text;
    size_t cursor; /* byte offset */
    size_t first;  /* byte offset of the first character shown */
    bool selected; /* the first character that is typed takes the place of all */
};

void ui_field_init(struct ui_field *field, const char *text); /* cursor at the end */
void ui_field_done(struct ui_field *field);
void ui_field_set(struct ui_field *field, const char *text);
const char *ui_field_text(const struct ui_field *field);
bool ui_field_act(struct ui_field *field, const struct ui_input *input); /* false: not its key */
/* In one row, `width` columns from col on; sets the real cursor. */
void ui_field_draw(struct ui_field *field, struct ui_area area, int row, int col, int width);

#endif
