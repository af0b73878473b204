/* SPDX-License-Identifier: Apache-2.0 */
#include "ui/keys.h"

#include <ctype.h>

struct key_row {
    uint32_t first, second;
    const char *label, *word, *help;
};

#define UI_ACTION_ROW(name, first, second, label, word, help)                                      \
    [UI_ACT_##name] = {first, second, label, word, help},
static const struct key_row rows[UI_ACT_COUNT] = {UI_ACTIONS(UI_ACTION_ROW)};

static const struct {
    const char *name;
    uint32_t code;
} names[] = {
    {"Tab", UI_KEY_TAB},
    {"Enter", UI_KEY_ENTER},
    {"Esc", UI_KEY_ESC},
    {"Space", UI_KEY_SPACE},
    {"Backspace", UI_KEY_BACKSPACE},
    {"Up", UI_KEY_UP},
    {"Down", UI_KEY_DOWN},
    {"Left", UI_KEY_LEFT},
    {"Right", UI_KEY_RIGHT},
    {"Home", UI_KEY_HOME},
    {"End", UI_KEY_END},
    {"PgUp", UI_KEY_PGUP},
    {"PgDn", UI_KEY_PGDN},
    {"Insert", UI_KEY_INSERT},
    {"Delete", UI_KEY_DELETE},
    {"Shift-Tab", UI_KEY_BACKTAB},
};

/* Keys that a text under the cursor takes for itself. Left and right move within it, so that
 * up, down and the page keys stay the page's. */
static bool is_text_key(uint32_t code)
{
    switch (code) {
    case UI_KEY_BACKSPACE:
    case UI_KEY_DELETE:
    case UI_KEY_LEFT:
    case UI_KEY_RIGHT:
    case UI_KEY_HOME:
    case UI_KEY_END:
    case UI_KEY_CTRL('a'):
    case UI_KEY_CTRL('e'):
    case UI_KEY_CTRL('k'):
    case UI_KEY_CTRL('u'):
    case UI_KEY_CTRL('w'):
        return true;
    default:
        return code >= ' ' && code < UI_KEY_UP;
    }
}

enum ui_action ui_keys_find(const struct ui_offer *offers, size_t count, uint32_t code, bool typing)
{
    if (typing && is_text_key(code))
        return UI_ACT_TEXT;
    for (size_t i = 0; i < count; i++) {
        const struct key_row *row = &rows[offers[i].action];
        if (code && (row->first == code || row->second == code))
            return offers[i].action;
    }
    return UI_ACT_NONE;
}

bool ui_keys_offered(const struct ui_offer *offers, size_t count, enum ui_action action)
{
    for (size_t i = 0; i < count; i++) {
        if (offers[i].action == action)
            return true;
    }
    return false;
}

void ui_offers_add(struct ui_offers *offers, enum ui_action action, const char *word)
{
    if (offers->count < UI_OFFERS_MAX)
        offers->items[offers->count++] = (struct ui_offer){action, word};
}

void ui_offers_quiet(struct ui_offers *offers, const enum ui_action *actions, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (!ui_keys_offered(offers->items, offers->count, actions[i]))
            ui_offers_add(offers, actions[i], "");
    }
}

const char *ui_keys_label(enum ui_action action)
{
    return rows[action].label ? rows[action].label : "";
}

static void add_name(uint32_t code, struct hw_buf *out)
{
    for (size_t i = 0; i < HW_COUNT(names); i++) {
        if (names[i].code == code) {
            hw_buf_text(out, names[i].name);
            return;
        }
    }
    if (code >= UI_KEY_F1 && code <= UI_KEY_F12)
        hw_buf_print(out, "F%d", (int)(code - UI_KEY_F1) + 1);
    else if (code < ' ')
        hw_buf_print(out, "Ctrl-%c", (int)code + '@');
    else
        hw_buf_char(out, (char)code);
}

void ui_keys_all_labels(enum ui_action action, struct hw_buf *out)
{
    if (rows[action].first)
        add_name(rows[action].first, out);
    if (rows[action].second) {
        hw_buf_text(out, ", ");
        add_name(rows[action].second, out);
    }
}

const char *ui_keys_word(enum ui_action action)
{
    return rows[action].word ? _(rows[action].word) : "";
}

const char *ui_keys_help(enum ui_action action)
{
    return rows[action].help ? _(rows[action].help) : "";
}

uint32_t ui_key_parse(const char *name)
{
    for (size_t i = 0; i < HW_COUNT(names); i++) {
        if (strcmp(names[i].name, name) == 0)
            return names[i].code;
    }
    if (name[0] == 'F' && isdigit((unsigned char)name[1])) {
        long number = strtol(name + 1, NULL, 10);
        return number >= 1 && number <= 12 ? UI_KEY_F1 + (uint32_t)number - 1 : UI_KEY_NONE;
    }
    if (name[0] == '^' && isalpha((unsigned char)name[1]) && !name[2])
        return UI_KEY_CTRL((uint32_t)(unsigned char)name[1]);
    return name[0] && !name[1] ? (uint32_t)(unsigned char)name[0] : UI_KEY_NONE;
}

/* A hyphen would become a typographic one in roff. */
static void add_roff(const char *text, struct hw_buf *out)
{
    for (; *text; text++) {
        if (*text == '-' || *text == '\\')
            hw_buf_char(out, '\\');
        hw_buf_text(out, *text == '\\' ? "e" : (const char[]){*text, '\0'});
    }
}

void ui_key_man(struct hw_buf *out)
{
    hw_buf_text(out, ".TS\ntab(|);\nlb lx.\n");
    for (enum ui_action action = UI_ACT_TEXT + 1; action < UI_ACT_COUNT; action++) {
        hw_auto(hw_buf) labels = HW_BUF(128);
        ui_keys_all_labels(action, &labels);
        add_roff(hw_buf_cstr(&labels), out);
        hw_buf_text(out, "|T{\n");
        add_roff(rows[action].help, out);
        hw_buf_text(out, "\nT}\n");
    }
    hw_buf_text(out, ".TE\n");
}
