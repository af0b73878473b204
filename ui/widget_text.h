/* SPDX-License-Identifier: Apache-2.0 */
/* A text that scrolls, with line numbers, search and highlighting. */
#ifndef UI_WIDGET_TEXT_H
#define UI_WIDGET_TEXT_H

#include "ui/keys.h"
#include "ui/surface.h"

/* Fills styles (n bytes, preset to UI_NORMAL) for one line. */
typedef void ui_text_style_fn(void *data, size_t line, const char *text, size_t n, uint8_t *styles);

struct ui_text {
    const char *bytes; /* borrowed */
    size_t length;
    size_t *starts; /* byte offset of each line */
    size_t count, capacity;
    size_t first; /* line in view */
    int left;     /* columns scrolled to the right */
    int rows;     /* in view at the last draw */
    int cols;     /* of a line's text, then */
    size_t match; /* line of the current match; SIZE_MAX: none */
    char *pattern;
    bool numbers;
    ui_text_style_fn *style;
    void *style_data;
};

void ui_text_done(struct ui_text *text);
/* Shows these bytes (borrowed until the next set or done) from their beginning. */
void ui_text_set(struct ui_text *text, const char *bytes, size_t length);
/* All scroll keys, PgUp and PgDn included, n and N; false: not its key. */
bool ui_text_act(struct ui_text *text, const struct ui_input *input);
void ui_text_show(struct ui_text *text, size_t line); /* scrolls so that it is in view */
void ui_text_draw(struct ui_text *text, struct ui_area area);
/* Plain text; upper and lower case count only if the pattern has a capital letter. "" ends the
 * search. Goes, sideways too, to the first match from the view on. Returns the number of lines that
 * match. */
size_t ui_text_search(struct ui_text *text, const char *pattern);
/* "3 of 17" for the key line or title; 0 of 0 without a search. */
void ui_text_matches(const struct ui_text *text, size_t *ret_place, size_t *ret_count);

#endif
