/* SPDX-License-Identifier: Apache-2.0 */
/* One line against the expressions of all rules, and what a match leaves in the slots. */
#include "diagnose/engine.h"

bool hw_rule_applies(const struct hw_rule *rule, const struct hw_place *place)
{
    bool role = rule->roles.count == 0 || !place->role[0] || hw_strv_has(&rule->roles, place->role);
    bool stage =
        rule->stages.count == 0 || !place->stage[0] || hw_strv_has(&rule->stages, place->stage);
    return role && (stage || place->is_stack);
}

/* ---- Which probes want a line ---------------------------------------------------------- */

static void mark(void *data, uint32_t id)
{
    struct hw_diagnose *d = data;
    if (id == HW_PROBE_STAGE) {
        d->stage_marked = true;
        return;
    }
    size_t probe = id >> 2, word = probe / 32;
    d->marked[word] |= (uint64_t)(id & HW_PROBE_BOTH) << 2 * (probe % 32);
    d->marked_low = word < d->marked_low ? word : d->marked_low;
    d->marked_high = word >= d->marked_high ? word + 1 : d->marked_high;
}

void hw_probe_mark(struct hw_diagnose *d, const char *text, size_t n)
{
    for (size_t i = d->marked_low; i < d->marked_high; i++)
        d->marked[i] = 0;
    d->marked_low = SIZE_MAX;
    d->marked_high = 0;
    d->stage_marked = false;
    hw_literals_find(d->rules->words, text, n, mark, d);
    for (size_t i = 0; i < d->rules->always_count; i++)
        mark(d, d->rules->always[i]);
}

/* ---- What a match means ---------------------------------------------------------------- */

/* Lines of two files of a node come as they were read: only those of one file are neighbours. */
static bool is_near(const struct hw_spot *a, const struct hw_spot *b)
{
    if (!a->in_place || !b->in_place)
        return false;
    uint64_t x = a->in_place, y = b->in_place;
    if (a->source && b->source) {
        if (a->source != b->source)
            return false;
        x = a->in_source;
        y = b->in_source;
    }
    return (x < y ? y - x : x - y) <= HW_NEAR_LINES;
}

void hw_probe_clear(struct hw_diagnose *d, struct hw_slot *slot)
{
    if (slot && slot->hit)
        d->changed = true;
    hw_slot_clear(slot);
}

#define VALUES_MAX 64u /* names and values that the lines of one finding give */
#define TELLING    12u /* bytes from which a text that stands in another says nothing new */

/* A stage line and its event, an event and the end of its stack say one thing twice, and so does a
 * line that comes again and again: the time before it is no news. */
static bool is_proven(const struct hw_slot *slot, const char *text)
{
    text += strspn(text, "[0123456789-/:., TZ");
    for (size_t i = 0; i < slot->proof_count; i++) {
        if (strlen(text) >= TELLING && strstr(slot->proofs[i].text, text))
            return true;
    }
    return false;
}

void hw_probe_prove(struct hw_slot *slot, const struct hw_sighting *s)
{
    if (is_proven(slot, s->text))
        return;
    hw_auto_text source = s->place->name[0]
                              ? hw_format("%s · %s", s->place->name, s->source ? s->source : "")
                              : hw_strdup(s->source ? s->source : "");
    hw_slot_proof(slot, source, s->line, s->shown ? s->shown : s->text);
}

static void remember(struct hw_strv *values, const char *name, const char *value)
{
    if (!value || !value[0])
        return;
    hw_strv_add(values, name);
    hw_strv_add(values, value);
}

static void fill(struct hw_diagnose *d, struct hw_slot *slot, const struct hw_expr *pattern,
                 const struct hw_sighting *s)
{
    char code[16];
    snprintf(code, sizeof code, "%d", s->code);
    if (pattern && pattern->code)
        hw_expr_captures(d->rules, pattern, s->text, &slot->values);
    remember(&slot->values, "code", code);
    remember(&slot->values, "message", s->text);
    remember(&slot->values, "resource", s->resource);
    remember(&slot->values, "event_status", s->status);
    remember(&slot->values, "stage", s->place->stage);
    remember(&slot->values, s->place->is_stack ? "stack" : "node", s->place->name);
    hw_replace(&slot->stage, s->place->stage);
    hw_replace(&slot->resource, s->resource ? s->resource : "");
    slot->order = ++d->order;
}

void hw_probe_hit(struct hw_diagnose *d, size_t rule, const struct hw_expr *pattern,
                  const struct hw_sighting *s)
{
    struct hw_slot *slot = hw_slot_of(s->place, rule);
    const struct hw_expr *near = &d->rules->items[rule].near;
    if (is_near(&slot->not_near, &s->spot))
        return;
    if (!slot->hit) {
        bool beside = near->code && is_near(&slot->near, &s->spot);
        if (near->code && !beside)
            hw_slot_clear(slot);
        fill(d, slot, pattern, s);
        slot->hit = beside || !near->code;
        slot->waiting = !slot->hit;
    } else if (pattern && pattern->code && slot->values.count < VALUES_MAX) {
        hw_expr_captures(d->rules, pattern, s->text,
                         &slot->values); /* the first of a name counts */
    }
    slot->at = s->spot;
    hw_probe_prove(slot, s);
    d->changed = d->changed || slot->hit;
}

static void see_near(struct hw_diagnose *d, struct hw_slot *slot, const struct hw_expr *pattern,
                     const struct hw_sighting *s)
{
    bool completes = slot->waiting && is_near(&slot->at, &s->spot);
    slot->near = s->spot;
    if (slot->hit)
        return;
    if (!completes)
        hw_slot_clear(slot);
    hw_expr_captures(d->rules, pattern, s->text, &slot->values);
    hw_probe_prove(slot, s);
    if (completes) {
        slot->hit = true;
        slot->waiting = false;
        d->changed = true;
    }
}

static void see_not_near(struct hw_diagnose *d, struct hw_slot *slot, const struct hw_sighting *s)
{
    slot->not_near = s->spot;
    if ((slot->hit || slot->waiting) && is_near(&slot->at, &s->spot))
        hw_probe_clear(d, slot);
}

static void probe(struct hw_diagnose *d, const struct hw_probe *probe, const struct hw_sighting *s,
                  size_t n)
{
    if (!hw_expr_match(d->rules, probe->pattern, s->text, n))
        return;
    struct hw_slot *slot = hw_slot_of(s->place, probe->rule);
    switch (probe->kind) {
    case HW_PROBE_CLEAR:
        if (!slot->failed)
            hw_probe_clear(d, slot);
        break;
    case HW_PROBE_NOT_NEAR:
        see_not_near(d, slot, s);
        break;
    case HW_PROBE_NEAR:
        see_near(d, slot, probe->pattern, s);
        break;
    case HW_PROBE_DECISIVE:
        hw_probe_prove(slot, s);
        d->changed = d->changed || slot->hit;
        break;
    case HW_PROBE_FIRST:
        hw_stretch_open(s->place, probe, s, n);
        break;
    case HW_PROBE_HIT:
        hw_probe_hit(d, probe->rule, probe->pattern, s);
        break;
    }
}

void hw_probe_line(struct hw_diagnose *d, const struct hw_sighting *s, size_t n)
{
    for (size_t word = d->marked_low; word < d->marked_high; word++) {
        uint64_t bits = d->marked[word] & d->marked[word] >> 1 & 0x5555555555555555u;
        for (; bits; bits &= bits - 1) {
            const struct hw_probe *p =
                &d->rules->probes[word * 32 + (size_t)__builtin_ctzll(bits) / 2];
            if (hw_rule_applies(&d->rules->items[p->rule], s->place))
                probe(d, p, s, n);
        }
    }
}
