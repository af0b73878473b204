/* SPDX-License-Identifier: Apache-2.0 */
/* Expressions over several lines. The first line of one is a probe like any other; only where it
 * matches are the lines behind it in the same file kept, a few of them, and the whole expression is
 * held against them as they come. */
#include "diagnose/engine.h"

static void drop(struct hw_place *place, size_t index)
{
    hw_buf_done(&place->stretches[index].text);
    place->stretch_count--;
    memmove(&place->stretches[index], &place->stretches[index + 1],
            (place->stretch_count - index) * sizeof *place->stretches);
}

void hw_stretches_close(struct hw_place *place)
{
    while (place->stretch_count > 0)
        drop(place, place->stretch_count - 1);
}

void hw_stretch_open(struct hw_place *place, const struct hw_probe *probe,
                     const struct hw_sighting *s, size_t n)
{
    if (!s->spot.source)
        return; /* a message of a stage is one line */
    if (place->stretch_count == HW_STRETCHES)
        drop(place, 0);
    struct hw_stretch *stretch = &place->stretches[place->stretch_count++];
    *stretch = (struct hw_stretch){.probe = probe,
                                   .source = s->spot.source,
                                   .first = s->spot.in_source,
                                   .line = s->line,
                                   .text = HW_BUF(HW_EXPR_SUBJECT)};
    hw_buf_add(&stretch->text, s->text, n < HW_EXPR_SUBJECT ? n : HW_EXPR_SUBJECT);
}

/* The match, with its lines as one. */
static void tell(struct hw_diagnose *d, struct hw_stretch *stretch, const struct hw_sighting *s)
{
    struct hw_sighting whole = *s;
    char *text = stretch->text.data;
    for (char *lf = strchr(text, '\n'); lf; lf = strchr(lf, '\n'))
        *lf = ' '; /* what was captured stays in its place */
    whole.text = text;
    whole.line = stretch->line;
    hw_probe_hit(d, stretch->probe->rule, &stretch->probe->match->pattern, &whole);
}

void hw_stretches_see(struct hw_diagnose *d, const struct hw_sighting *s, size_t n)
{
    struct hw_place *place = s->place;
    for (size_t i = place->stretch_count; i-- > 0;) {
        struct hw_stretch *stretch = &place->stretches[i];
        if (stretch->source != s->spot.source)
            continue;
        bool room = hw_buf_char(&stretch->text, '\n') && hw_buf_add(&stretch->text, s->text, n);
        bool matches = room && hw_rule_applies(&d->rules->items[stretch->probe->rule], place) &&
                       hw_expr_match(d->rules, &stretch->probe->match->pattern, stretch->text.data,
                                     stretch->text.len);
        if (matches)
            tell(d, stretch, s);
        if (matches || !room || s->spot.in_source - stretch->first + 1 >= HW_SPAN_LINES)
            drop(place, i);
    }
}
