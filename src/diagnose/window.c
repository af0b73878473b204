/* SPDX-License-Identifier: Apache-2.0 */
/* Expressions over several lines. The first line of one is a probe like any other; only where it
 * matches are the lines behind it in the same file kept, a few of them, and the whole expression is
 * held against them as they come. */
#include "diagnose/engine.h"

static void drop(struct hw_place *place, size_t index)
{
    hw_buf_done(&place->windows[index].text);
    place->window_count--;
    memmove(&place->windows[index], &place->windows[index + 1],
            (place->window_count - index) * sizeof *place->windows);
}

void hw_windows_close(struct hw_place *place)
{
    while (place->window_count > 0)
        drop(place, place->window_count - 1);
}

void hw_window_open(struct hw_place *place, const struct hw_probe *probe,
                    const struct hw_sighting *s, size_t n)
{
    if (!s->spot.source)
        return; /* a message of a stage is one line */
    if (place->window_count == HW_WINDOWS)
        drop(place, 0);
    struct hw_window *window = &place->windows[place->window_count++];
    *window = (struct hw_window){.probe = probe,
                                 .source = s->spot.source,
                                 .first = s->spot.in_source,
                                 .line = s->line,
                                 .text = HW_BUF(HW_EXPR_SUBJECT)};
    hw_buf_add(&window->text, s->text, n < HW_EXPR_SUBJECT ? n : HW_EXPR_SUBJECT);
}

/* The match, with its lines as one. */
static void tell(struct hw_diagnose *d, struct hw_window *window, const struct hw_sighting *s)
{
    struct hw_sighting whole = *s;
    char *text = window->text.data;
    for (char *lf = strchr(text, '\n'); lf; lf = strchr(lf, '\n'))
        *lf = ' '; /* what was captured stays in its place */
    whole.text = text;
    whole.line = window->line;
    hw_probe_hit(d, window->probe->rule, &window->probe->match->pattern, &whole);
}

void hw_windows_see(struct hw_diagnose *d, const struct hw_sighting *s, size_t n)
{
    struct hw_place *place = s->place;
    for (size_t i = place->window_count; i-- > 0;) {
        struct hw_window *window = &place->windows[i];
        if (window->source != s->spot.source)
            continue;
        bool room = hw_buf_char(&window->text, '\n') && hw_buf_add(&window->text, s->text, n);
        bool matches = room && hw_rule_applies(&d->rules->items[window->probe->rule], place) &&
                       hw_expr_match(d->rules, &window->probe->match->pattern, window->text.data,
                                     window->text.len);
        if (matches)
            tell(d, window, s);
        if (matches || !room || s->spot.in_source - window->first + 1 >= HW_SPAN_LINES)
            drop(place, i);
    }
}
