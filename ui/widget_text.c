/* SPDX-License-Identifier: Apache-2.0 */
#include "ui/widget_text.h"

#include <ctype.h>
#include <strings.h>

#include "base/mem.h"
#include "base/text.h"
#include "ui/draw.h"

enum { SIDE_STEP = 8, TAB_COLUMNS = 8, MATCH_MARGIN = 4 };

void ui_text_done(struct ui_text *text)
{
    free(text->starts);
    free(text->pattern);
    memset(text, 0, sizeof(*text));
}

static void add_line(struct ui_text *text, size_t start)
{
    hw_grow(&text->starts, &text->capacity, text->count, sizeof(*text->starts));
    text->starts[text->count++] = start;
}

void ui_text_set(struct ui_text *text, const char *bytes, size_t length)
{
    text->bytes = bytes;
    text->length = length;
    text->count = text->first = 0;
    text->left = 0;
    text->match = SIZE_MAX;
    for (size_t at = 0; at < length;) {
        add_line(text, at);
        const char *end = memchr(bytes + at, '\n', length - at);
        at = end ? (size_t)(end - bytes) + 1 : length;
    }
}

static const char *line_at(const struct ui_text *text, size_t line, size_t *ret_n)
{
    size_t start = text->starts[line];
    size_t end = line + 1 < text->count ? text->starts[line + 1] : text->length;
    while (end > start && (text->bytes[end - 1] == '\n' || text->bytes[end - 1] == '\r'))
        end--;
    *ret_n = end - start;
    return text->bytes + start;
}

static void scroll(struct ui_text *text, long steps)
{
    long last = (long)text->count - (text->rows > 0 ? text->rows : 1);
    long first = (long)text->first + steps;
    if (first > last)
        first = last;
    text->first = first > 0 ? (size_t)first : 0;
}

void ui_text_show(struct ui_text *text, size_t line)
{
    size_t rows = text->rows > 0 ? (size_t)text->rows : 1;
    if (line < text->first || line >= text->first + rows) {
        text->first = line > rows / 3 ? line - rows / 3 : 0;
        scroll(text, 0);
    }
}

static bool has_capital(const char *pattern)
{
    for (; *pattern; pattern++) {
        if (isupper((unsigned char)*pattern))
            return true;
    }
    return false;
}

/* Offset of the first match at or behind `from`, or SIZE_MAX. */
static size_t find(const struct ui_text *text, const char *line, size_t n, size_t from)
{
    size_t length = text->pattern ? strlen(text->pattern) : 0;
    if (length == 0)
        return SIZE_MAX;
    bool exact = has_capital(text->pattern);
    for (size_t at = from; at + length <= n; at++) {
        if (exact ? memcmp(line + at, text->pattern, length) == 0
                  : strncasecmp(line + at, text->pattern, length) == 0)
            return at;
    }
    return SIZE_MAX;
}

static bool line_matches(const struct ui_text *text, size_t line)
{
    size_t n;
    const char *bytes = line_at(text, line, &n);
    return find(text, bytes, n, 0) != SIZE_MAX;
}

/* Columns of the first n bytes, as ui_put counts them. */
static int columns(const char *line, size_t n)
{
    int col = 0;
    for (size_t at = 0; at < n;) {
        uint32_t c;
        at += hw_utf8_next(line + at, n - at, &c);
        col += c == '\t' ? TAB_COLUMNS - col % TAB_COLUMNS : hw_char_width(c);
    }
    return col;
}

/* Its first match is in view; the beginning of the line too, if both can be. */
static void show_match(struct ui_text *text, size_t line)
{
    size_t n;
    const char *bytes = line_at(text, line, &n);
    if (n > HW_MAX_LINE) /* no more of it is drawn */
        n = HW_MAX_LINE;
    size_t at = find(text, bytes, n, 0);
    text->match = line;
    ui_text_show(text, line);
    if (at == SIZE_MAX || text->cols == 0)
        return;
    int start = columns(bytes, at), end = columns(bytes, at + strlen(text->pattern));
    text->left = end < text->cols ? 0 : end + MATCH_MARGIN - text->cols;
    if (text->left > start) /* it is longer than the row */
        text->left = start;
}

/* The next matching line in a direction, round the ends. */
static void go_match(struct ui_text *text, size_t from, bool forward)
{
    for (size_t i = 1; i <= text->count; i++) {
        size_t line = (forward ? from + i : from + text->count * 2 - i) % text->count;
        if (line_matches(text, line)) {
            show_match(text, line);
            return;
        }
    }
}

size_t ui_text_search(struct ui_text *text, const char *pattern)
{
    size_t place, count;
    hw_replace(&text->pattern, pattern && *pattern ? pattern : NULL);
    text->match = SIZE_MAX;
    if (!text->pattern || text->count == 0)
        return 0;
    go_match(text, text->first + text->count - 1, true);
    ui_text_matches(text, &place, &count);
    return count;
}

void ui_text_matches(const struct ui_text *text, size_t *ret_place, size_t *ret_count)
{
    *ret_place = *ret_count = 0;
    for (size_t line = 0; text->pattern && line < text->count; line++) {
        if (!line_matches(text, line))
            continue;
        ++*ret_count;
        if (line == text->match)
            *ret_place = *ret_count;
    }
}

static bool act_search(struct ui_text *text, bool forward)
{
    if (!text->pattern || text->count == 0)
        return false;
    go_match(text, text->match == SIZE_MAX ? text->first : text->match, forward);
    return true;
}

static bool act_scroll(struct ui_text *text, const struct ui_input *input)
{
    long screen = text->rows > 1 ? text->rows - 1 : 1;
    switch (input->action) {
    case UI_ACT_UP:
        scroll(text, -1);
        return true;
    case UI_ACT_DOWN:
        scroll(text, 1);
        return true;
    case UI_ACT_HOME:
        text->first = 0;
        text->left = 0;
        return true;
    case UI_ACT_END:
        scroll(text, (long)text->count);
        return true;
    case UI_ACT_LEFT:
        text->left = text->left > SIDE_STEP ? text->left - SIDE_STEP : 0;
        return true;
    case UI_ACT_RIGHT:
        text->left = text->left < (int)HW_MAX_LINE ? text->left + SIDE_STEP : text->left;
        return true;
    default:
        break;
    }
    bool up = input->action == UI_ACT_PAGE_UP || input->code == UI_KEY_PGUP;
    if (!up && input->action != UI_ACT_PAGE_DOWN && input->code != UI_KEY_PGDN)
        return false;
    scroll(text, up ? -screen : screen);
    return true;
}

bool ui_text_act(struct ui_text *text, const struct ui_input *input)
{
    if (input->action == UI_ACT_SEARCH_NEXT || input->action == UI_ACT_SEARCH_PREVIOUS)
        return act_search(text, input->action == UI_ACT_SEARCH_NEXT);
    return act_scroll(text, input);
}

static void mark_matches(const struct ui_text *text, const char *line, size_t n, uint8_t *styles)
{
    size_t length = text->pattern ? strlen(text->pattern) : 0;
    for (size_t at = find(text, line, n, 0); at != SIZE_MAX; at = find(text, line, n, at + length))
        memset(styles + at, UI_MATCH, length);
}

static int digits(size_t number)
{
    int count = 1;
    while (number >= 10) {
        number /= 10;
        count++;
    }
    return count;
}

static void draw_line(struct ui_text *text, struct ui_area area, int row, size_t line, int col)
{
    size_t n;
    const char *bytes = line_at(text, line, &n);
    if (n > HW_MAX_LINE)
        n = HW_MAX_LINE;
    uint8_t *styles = hw_alloc(n + 1);
    if (text->style)
        text->style(text->style_data, line, bytes, n, styles);
    mark_matches(text, bytes, n, styles);
    ui_put_styled(area, row, col, bytes, n, styles, text->left);
    free(styles);
}

void ui_text_draw(struct ui_text *text, struct ui_area area)
{
    int col = text->numbers ? digits(text->count) + 2 : 0;
    struct ui_area lines = ui_area_sub(area, 0, 0, area.rows, area.cols - 1);
    text->rows = area.rows;
    text->cols = lines.cols - col;
    scroll(text, 0);
    for (int row = 0; row < area.rows && text->first + (size_t)row < text->count; row++) {
        size_t line = text->first + (size_t)row;
        if (text->numbers)
            ui_print(lines, row, 0, line == text->match ? UI_FOCUS : UI_DIM, "%*zu", col - 2,
                     line + 1);
        draw_line(text, lines, row, line, col);
    }
    ui_draw_scroll(area, text->first, (size_t)area.rows, text->count);
}
