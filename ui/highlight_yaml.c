/* SPDX-License-Identifier: Apache-2.0 */
/* CloudFormation YAML: keys, tags (!Ref), intrinsic function names, quoted strings, numbers,
 * comments; and inside block scalars the language of the script that they hold. Which one that
 * is follows from the key above: a file name ("C:\cfn\x.ps1": content: |) or UserData. */
#include "ui/highlight_lexis.h"

#include <ctype.h>

#include "base/text.h"

/* Only what the strings of YAML need: quotes, escapes, ${...}. */
static const struct ui_lexis flow = {
    .escape = '\\',
    .variable = "",
    .variable_single = true,
    .word_chars = "",
};

static size_t indent_of(const struct ui_scan *scan)
{
    size_t i = 0;
    while (i < scan->n && scan->s[i] == ' ')
        i++;
    return i;
}

/* The end of a key that begins at scan->at (the place of its colon), or SIZE_MAX. */
static size_t key_end(const struct ui_scan *scan)
{
    size_t i = scan->at;
    char quote = i < scan->n && (scan->s[i] == '"' || scan->s[i] == '\'') ? scan->s[i] : '\0';
    if (quote) {
        for (i++; i < scan->n && scan->s[i] != quote; i++)
            ;
        i++;
    } else {
        while (i < scan->n && !strchr("{}[],#\"'", scan->s[i]) &&
               !(scan->s[i] == ':' && (i + 1 == scan->n || scan->s[i + 1] == ' ')))
            i++;
    }
    bool colon = i < scan->n && scan->s[i] == ':' && (i + 1 == scan->n || scan->s[i + 1] == ' ');
    return colon && i > scan->at ? i : SIZE_MAX;
}

static enum ui_language hint_of(const char *key, size_t length)
{
    char name[256] = "";
    if (length > 0 && (key[0] == '"' || key[0] == '\'') && length > 1) {
        key++;
        length -= 2;
    }
    if (length >= sizeof name)
        return UI_LANG_TEXT;
    memcpy(name, key, length);
    if (strcmp(name, "UserData") == 0)
        return UI_LANG_POWERSHELL;
    enum ui_language language = ui_highlight_language(name);
    return language == UI_LANG_YAML ? UI_LANG_TEXT : language;
}

static void put_key(struct ui_highlight *state, struct ui_scan *scan, size_t end)
{
    size_t start = scan->at;
    enum ui_language hint = hint_of(scan->s + start, end - start);
    if (start <= state->hint_indent)
        state->hint = UI_LANG_TEXT;
    if (hint != UI_LANG_TEXT && start <= UINT16_MAX) {
        state->hint = (uint8_t)hint;
        state->hint_indent = (uint16_t)start;
    }
    bool function = ui_scan_ahead(scan, "Fn::");
    scan->at = end;
    ui_scan_put(scan, start, function ? UI_TOKEN_KEYWORD : UI_TOKEN_KEY);
    scan->at++;
}

static bool is_block_start(const struct ui_scan *scan)
{
    struct hw_span rest = hw_text_trim(scan->s + scan->at, scan->n - scan->at);
    if (rest.n == 0 || rest.n > 3 || (rest.p[0] != '|' && rest.p[0] != '>'))
        return false;
    for (size_t i = 1; i < rest.n; i++) {
        if (!strchr("+-123456789", rest.p[i]))
            return false;
    }
    return true;
}

static void put_quoted(struct ui_scan *scan)
{
    /* A quoted string is a line of JSON's kind; its lexis does the escapes. */
    uint8_t mode = 0, depth = 0;
    uint32_t word = 0;
    char quote = scan->s[scan->at];
    size_t end = scan->at + 1;
    while (end < scan->n && scan->s[end] != quote)
        end += quote == '"' && scan->s[end] == '\\' ? 2 : 1;
    struct ui_scan part = *scan;
    part.n = end + 1 < scan->n ? end + 1 : scan->n;
    ui_highlight_lexis(&flow, &mode, &depth, &word, &part);
    scan->at = part.at;
    scan->count = part.count;
}

static bool looks_number(const char *s, size_t n)
{
    size_t digits = 0;
    for (size_t i = 0; i < n; i++) {
        if (isdigit((unsigned char)s[i]))
            digits++;
        else if (s[i] != '.' && !(i == 0 && s[i] == '-'))
            return false;
    }
    return digits > 0;
}

static bool is_constant(const char *s, size_t n)
{
    static const char *const words[] = {"true", "false", "null", "~"};
    struct hw_span span = {s, n};
    for (size_t i = 0; i < HW_COUNT(words); i++) {
        if (hw_span_equal(span, words[i]))
            return true;
    }
    return false;
}

static void put_scalar(struct ui_scan *scan)
{
    size_t start = scan->at;
    char first = scan->s[start];
    while (scan->at < scan->n && !strchr(" \t,[]{}", scan->s[scan->at])) {
        if (ui_scan_ahead(scan, "${") && scan->at > start)
            break;
        if (ui_scan_ahead(scan, "${")) {
            while (scan->at < scan->n && scan->s[scan->at] != '}')
                scan->at++;
            scan->at += scan->at < scan->n;
            ui_scan_put(scan, start, UI_TOKEN_VARIABLE);
            return;
        }
        scan->at++;
    }
    size_t length = scan->at - start;
    if (length == 0)
        scan->at++;
    else if (first == '!' || is_constant(scan->s + start, length))
        ui_scan_put(scan, start, UI_TOKEN_KEYWORD);
    else if (first == '&' || first == '*')
        ui_scan_put(scan, start, UI_TOKEN_VARIABLE);
    else if (looks_number(scan->s + start, length))
        ui_scan_put(scan, start, UI_TOKEN_NUMBER);
}

/* A value: flow collections may hold further keys. */
static void put_value(struct ui_scan *scan)
{
    char sign = '\0'; /* the last character that is no blank */
    while (scan->at < scan->n) {
        char c = scan->s[scan->at];
        size_t start = scan->at;
        bool begins = start == 0 || strchr(" {[,", scan->s[start - 1]);
        size_t end = begins && (sign == '{' || sign == ',') && c != ' ' ? key_end(scan) : SIZE_MAX;
        if (c == '#' && begins) {
            scan->at = scan->n;
            ui_scan_put(scan, start, UI_TOKEN_COMMENT);
        } else if (end != SIZE_MAX) {
            put_key(&(struct ui_highlight){0}, scan, end);
        } else if (begins && (c == '"' || c == '\'')) {
            put_quoted(scan);
        } else if (strchr(" \t,[]{}", c)) {
            scan->at++;
        } else {
            put_scalar(scan);
        }
        if (c != ' ')
            sign = scan->s[scan->at - 1];
    }
}

static void begin_block(struct ui_highlight *state, struct ui_scan *scan, size_t indent)
{
    size_t start = scan->at;
    scan->at = scan->n;
    ui_scan_put(scan, start, UI_TOKEN_KEYWORD);
    state->in_block = true;
    state->block_indent = indent < UINT16_MAX ? (uint16_t)indent : UINT16_MAX;
    state->inner = state->hint;
    state->inner_mode = state->inner_depth = 0;
    state->word = 0;
}

/* A line of a block scalar. Scripts are coloured from the block's indentation on, so that what
 * must stand at the start of a line (the end of a here-string) is seen there. */
static void put_block_line(struct ui_highlight *state, struct ui_scan *scan)
{
    const struct ui_lexis *lexis = ui_lexis((enum ui_language)state->inner);
    size_t indent = indent_of(scan);
    if (!lexis) {
        scan->at = indent;
        put_value(scan);
        return;
    }
    struct ui_scan part = {
        .s = scan->s + indent, .n = scan->n - indent, .spans = scan->spans + scan->count};
    ui_highlight_lexis(lexis, &state->inner_mode, &state->inner_depth, &state->word, &part);
    for (size_t i = 0; i < part.count; i++)
        part.spans[i].start += indent;
    scan->count += part.count;
}

void ui_highlight_yaml(struct ui_highlight *state, struct ui_scan *scan)
{
    size_t indent = indent_of(scan);
    if (ui_scan_blank(scan))
        return;
    if (state->in_block && indent > state->block_indent) {
        put_block_line(state, scan);
        return;
    }
    state->in_block = false;
    scan->at = indent;
    while (ui_scan_ahead(scan, "- ") || ui_scan_ahead(scan, "? ")) {
        indent = scan->at;
        scan->at += 2;
        while (scan->at < scan->n && scan->s[scan->at] == ' ')
            scan->at++;
    }
    size_t end = key_end(scan);
    if (end != SIZE_MAX) {
        indent = scan->at;
        put_key(state, scan, end);
    }
    size_t tag = scan->at;
    while (tag < scan->n && scan->s[tag] == ' ')
        tag++;
    scan->at = tag;
    if (tag < scan->n && scan->s[tag] == '!') { /* content: !Sub | */
        put_scalar(scan);
        while (scan->at < scan->n && scan->s[scan->at] == ' ')
            scan->at++;
    }
    if (is_block_start(scan))
        begin_block(state, scan, indent);
    else
        put_value(scan);
}
