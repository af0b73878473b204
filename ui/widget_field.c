/* SPDX-License-Identifier: Apache-2.0 */
#include "ui/widget_field.h"

#include "base/mem.h"
#include "base/text.h"

void ui_field_init(struct ui_field *field, const char *text)
{
    *field = (struct ui_field){.text = HW_BUF(HW_MAX_VALUE)};
    ui_field_set(field, text);
}

void ui_field_done(struct ui_field *field)
{
    hw_buf_done(&field->text);
}

void ui_field_set(struct ui_field *field, const char *text)
{
    hw_buf_clear(&field->text);
    hw_buf_add(&field->text, text, hw_text_cut(text, HW_MAX_VALUE));
    field->cursor = field->text.len;
    field->first = 0;
    field->selected = field->text.len > 0;
}

const char *ui_field_text(const struct ui_field *field)
{
    return hw_buf_cstr(&field->text);
}

/* Behind the character at `at` with its combining marks. */
static size_t after(const struct ui_field *field, size_t at)
{
    const char *text = ui_field_text(field);
    uint32_t c;
    if (at >= field->text.len)
        return at;
    at += hw_utf8_next(text + at, field->text.len - at, &c);
    while (at < field->text.len) {
        size_t n = hw_utf8_next(text + at, field->text.len - at, &c);
        if (hw_char_width(c) > 0)
            break;
        at += n;
    }
    return at;
}

static size_t before(const struct ui_field *field, size_t at)
{
    size_t start = 0;
    for (size_t next = after(field, 0); next < at; next = after(field, next))
        start = next;
    return at == 0 ? 0 : start;
}

static void replace(struct ui_field *field, size_t from, size_t to, const char *with, size_t n)
{
    hw_auto_text tail = hw_strdup(ui_field_text(field) + to);
    size_t tail_length = strlen(tail);
    if (from + n + tail_length > field->text.max)
        return;
    if (field->text.len > from)
        field->text.len = from;
    hw_buf_add(&field->text, with, n);
    hw_buf_add(&field->text, tail, tail_length);
    if (field->text.data)
        field->text.data[field->text.len] = '\0';
    field->cursor = from + n;
}

static size_t word_start(const struct ui_field *field)
{
    const char *text = ui_field_text(field);
    size_t at = field->cursor;
    while (at > 0 && strchr(" ,./", text[at - 1]))
        at--;
    while (at > 0 && !strchr(" ,./", text[at - 1]))
        at--;
    return at;
}

static void type(struct ui_field *field, uint32_t code)
{
    char bytes[4];
    size_t n = hw_utf8_put(code, bytes);
    if (field->selected)
        replace(field, 0, field->text.len, "", 0);
    replace(field, field->cursor, field->cursor, bytes, n);
}

static bool edit(struct ui_field *field, const struct ui_input *input)
{
    size_t at = field->cursor;
    switch (input->code) {
    case UI_KEY_BACKSPACE:
        replace(field, before(field, at), at, "", 0);
        return true;
    case UI_KEY_DELETE:
        replace(field, at, after(field, at), "", 0);
        return true;
    case UI_KEY_CTRL('k'):
        replace(field, at, field->text.len, "", 0);
        return true;
    case UI_KEY_CTRL('u'):
        replace(field, 0, at, "", 0);
        return true;
    case UI_KEY_CTRL('w'):
        replace(field, word_start(field), at, "", 0);
        return true;
    case UI_KEY_LEFT:
        field->cursor = before(field, at);
        return true;
    case UI_KEY_RIGHT:
        field->cursor = after(field, at);
        return true;
    case UI_KEY_HOME:
    case UI_KEY_CTRL('a'):
        field->cursor = 0;
        return true;
    case UI_KEY_END:
    case UI_KEY_CTRL('e'):
        field->cursor = field->text.len;
        return true;
    default:
        if (input->code < ' ' || input->code >= UI_KEY_UP)
            return false;
        type(field, input->code);
        return true;
    }
}

bool ui_field_act(struct ui_field *field, const struct ui_input *input)
{
    if (!edit(field, input))
        return false;
    field->selected = false;
    return true;
}

static size_t columns_between(const struct ui_field *field, size_t from, size_t to)
{
    hw_auto_text part = hw_strndup(ui_field_text(field) + from, to - from);
    return hw_text_width(part);
}

void ui_field_draw(struct ui_field *field, struct ui_area area, int row, int col, int width)
{
    if (width < 2)
        return;
    if (field->first > field->cursor)
        field->first = field->cursor;
    while (columns_between(field, field->first, field->cursor) >= (size_t)width)
        field->first = after(field, field->first);
    struct ui_area box = ui_area_sub(area, row, col, 1, width);
    for (int i = 0; i < width; i++)
        ui_put(box, 0, i, UI_EDIT, " ");
    ui_put(box, 0, 0, field->selected ? UI_SELECT : UI_EDIT, ui_field_text(field) + field->first);
    ui_cursor(box, 0, (int)columns_between(field, field->first, field->cursor));
}
