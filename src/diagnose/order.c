/* SPDX-License-Identifier: Apache-2.0 */
/* From slots to findings: which stand, which explains which, and in what order they are told. */
#include "diagnose/engine.h"

struct candidate {
    const struct hw_place *place;
    const struct hw_rule *rule;
    const struct hw_slot *slot;
    int rank;
    unsigned confidence;
    bool quiet;   /* it does not stand by itself: told only if it explains one that does */
    bool early;   /* told although nothing has failed: its stage lasts too long */
    bool told;    /* unless quiet, or found to explain */
    size_t cause; /* index of the candidate that explains it, or SIZE_MAX */
};

struct candidates {
    struct candidate *items;
    size_t count, capacity;
};

/* Its group was given up, so nothing will be tried again. */
static bool given_up(const struct hw_diagnose *d, const struct hw_place *node)
{
    for (size_t i = d->place_count; i-- > 0 && d->places[i]->is_stack;) {
        if (d->places[i]->failed && hw_place_of_stack(node, d->places[i]))
            return true;
    }
    return false;
}

/* Seen at a place where nothing will be tried again. Only a node tries again. */
static bool stands(const struct hw_diagnose *d, const struct hw_place *place, size_t rule)
{
    const struct hw_slot *slot = hw_slot_seen(place, rule);
    return !d->rules->items[rule].retried || place->is_stack || slot->failed || place->failed ||
           place->ended || given_up(d, place);
}

/* It stands in the stage that has not come to an end. */
static bool hangs(const struct hw_place *place, const struct hw_slot *slot)
{
    return place->stage_status == HW_STAGE_STARTED && strcmp(slot->stage, place->stage) == 0;
}

/* A stack hears the reason from its node: the node itself says it with its evidence. */
static bool told_by_node(const struct hw_diagnose *d, const struct hw_place *stack, size_t rule)
{
    for (size_t i = 0; i < d->place_count && !d->places[i]->is_stack; i++) {
        const struct hw_place *node = d->places[i];
        if (hw_slot_seen(node, rule)->hit && hw_place_of_stack(node, stack))
            return true;
    }
    return false;
}

static void add(struct hw_diagnose *d, struct candidates *list, const struct hw_place *place,
                size_t rule)
{
    const struct hw_slot *slot = hw_slot_seen(place, rule);
    const struct hw_rule *r = &d->rules->items[rule];
    if (!slot->hit || (place->is_stack && told_by_node(d, place, rule)))
        return;
    bool early = !stands(d, place, rule) && place->overdue && hangs(place, slot);
    bool quiet = !early && !stands(d, place, rule);
    /* Seen, but not seen to have brought the node down, nor to have held it to the end. */
    bool unsure = r->retried && !place->is_stack && !slot->failed && !quiet && !early &&
                  !(hangs(place, slot) && given_up(d, place));
    hw_grow(&list->items, &list->capacity, list->count, sizeof *list->items);
    list->items[list->count++] = (struct candidate){.place = place,
                                                    .rule = r,
                                                    .slot = slot,
                                                    .rank = hw_place_rank(place),
                                                    .confidence = early    ? r->confidence / 2
                                                                  : unsure ? r->confidence * 3 / 4
                                                                           : r->confidence,
                                                    .early = early,
                                                    .quiet = quiet,
                                                    .told = !quiet,
                                                    .cause = SIZE_MAX};
}

static void collect(struct hw_diagnose *d, struct candidates *list)
{
    for (size_t p = 0; p < d->place_count; p++) {
        const struct hw_place *place = d->places[p];
        size_t before = list->count;
        for (size_t i = 0; i < d->rules->count; i++) {
            if (!d->rules->items[i].fallback)
                add(d, list, place, i);
        }
        bool known = false;
        for (size_t i = before; i < list->count; i++)
            known = known || !list->items[i].quiet;
        for (size_t i = 0; !known && i < d->rules->count; i++) {
            if (d->rules->items[i].fallback)
                add(d, list, place, i);
        }
    }
}

/* Is `cause` where it can bring `effect` about: on the same machine, before it in the order of
 * installation, or on a node of the stack? */
static bool reaches(const struct candidate *cause, const struct candidate *effect)
{
    if (cause->place == effect->place)
        return true;
    if (effect->place->is_stack && !cause->place->is_stack &&
        hw_place_of_stack(cause->place, effect->place))
        return true;
    return cause->rank >= 0 && cause->rank < effect->rank;
}

static bool explains(const struct candidate *cause, const struct candidate *effect)
{
    if (cause == effect || !reaches(cause, effect))
        return false;
    if (hw_strv_has(&effect->rule->consequence_of, cause->rule->id))
        return true;
    if (cause->quiet || !hw_strv_has(&effect->rule->consequence_of, "*"))
        return false;
    /* Two that anything explains: only upstream explains downstream. */
    return !hw_strv_has(&cause->rule->consequence_of, "*") || cause->place != effect->place;
}

/* Following the causes of `from`, does one come to `to`? */
static bool leads_to(const struct candidates *list, size_t from, size_t to)
{
    for (size_t steps = 0; from != SIZE_MAX && steps <= list->count; steps++) {
        if (from == to)
            return true;
        from = list->items[from].cause;
    }
    return false;
}

/* Nearest first: the same machine, then the node of the stack, then as far down the order of
 * installation as possible; among those the surest. */
static bool nearer(const struct candidate *effect, const struct candidate *a,
                   const struct candidate *b)
{
    bool same_a = a->place == effect->place, same_b = b->place == effect->place;
    if (same_a != same_b)
        return same_a;
    if (a->rank != b->rank)
        return a->rank > b->rank;
    if (a->place->is_stack != b->place->is_stack)
        return !a->place->is_stack;
    return a->confidence > b->confidence;
}

static void link_causes(struct candidates *list)
{
    for (size_t i = 0; i < list->count; i++) {
        struct candidate *effect = &list->items[i];
        for (size_t k = 0; effect->rule->consequence_of.count && k < list->count; k++) {
            const struct candidate *cause = &list->items[k];
            if (explains(cause, effect) && !leads_to(list, k, i) &&
                (effect->cause == SIZE_MAX || nearer(effect, cause, &list->items[effect->cause])))
                effect->cause = k;
        }
    }
}

/* Nodes of one role that fail alike are one cause: the first of them stands for the others. */
static void link_alike(struct candidates *list)
{
    for (size_t i = 1; i < list->count; i++) {
        struct candidate *c = &list->items[i];
        for (size_t k = 0; k < i && c->cause == SIZE_MAX && !c->place->is_stack; k++) {
            const struct candidate *first = &list->items[k];
            if (first->rule == c->rule && first->rank == c->rank && first->place != c->place &&
                !first->place->is_stack && first->quiet == c->quiet && first->cause == SIZE_MAX)
                c->cause = k;
        }
    }
}

/* What explains a finding is told, though it would not stand by itself. */
static void tell_explaining(struct candidates *list)
{
    for (size_t i = 0; i < list->count; i++) {
        size_t cause = list->items[i].quiet ? SIZE_MAX : list->items[i].cause;
        for (size_t steps = 0; cause != SIZE_MAX && steps <= list->count; steps++) {
            list->items[cause].told = true;
            cause = list->items[cause].cause;
        }
    }
}

static int compare_candidates(const struct candidate *a, const struct candidate *b)
{
    if (a->confidence != b->confidence)
        return a->confidence > b->confidence ? -1 : 1;
    if (a->rank != b->rank)
        return a->rank < b->rank ? -1 : 1;
    return a->slot->order < b->slot->order ? -1 : 1;
}

/* What its lines say comes before what is known of the cluster. */
static void collect_values(struct hw_diagnose *d, const struct candidate *c, struct hw_strv *ret)
{
    hw_auto(hw_buf) nearest = HW_BUF(HW_MAX_TEXT);
    hw_strv_copy(ret, &c->slot->values);
    if (c->rule->fallback) {
        hw_nearest_write(d, c->slot, &nearest);
        hw_strv_add(ret, "nearest");
        hw_strv_add(ret, hw_buf_cstr(&nearest));
    }
    for (size_t i = 0; i < d->facts.count; i++)
        hw_strv_add(ret, d->facts.items[i]);
    hw_remedy_values(d, c->place, c->slot, ret);
}

static char *cause_text(const struct candidate *c, const struct candidate *cause,
                        const struct hw_strv *values)
{
    hw_auto(hw_buf) text = HW_BUF(HW_MAX_TEXT);
    hw_rule_fill(&text, c->rule->cause, values);
    if (cause && cause->rule == c->rule)
        hw_buf_print(&text, _(" (the same as on %s)"), cause->place->name);
    else if (cause)
        hw_buf_print(&text, _(" (consequence of %s on %s)"), cause->rule->id, cause->place->name);
    if (c->early)
        hw_buf_print(&text,
                     _(" It has not failed yet: stage %s has lasted for more than %u minutes, far "
                       "longer than as a rule, and this is the last that was seen in it."),
                     c->place->stage, hw_stage_limit(c->place->stage));
    return hw_buf_take(&text);
}

static char *title_text(const struct candidate *c, const struct hw_strv *values)
{
    hw_auto(hw_buf) text = HW_BUF(HW_MAX_VALUE);
    hw_rule_fill(&text, c->rule->title, values);
    return hw_buf_take(&text);
}

static void tell(struct hw_diagnose *d, const struct candidates *list, const struct candidate *c,
                 size_t cause_index)
{
    struct hw_found *f = &d->found[d->found_count++];
    hw_auto(hw_strv) values = {0};
    collect_values(d, c, &values);
    *f = (struct hw_found){
        .title = title_text(c, &values),
        .cause = cause_text(c, c->cause == SIZE_MAX ? NULL : &list->items[c->cause], &values),
        .action = hw_remedy_action(c->rule->action, &values),
        .cause_index = cause_index};
    for (size_t i = 0; i < c->slot->proof_count; i++)
        f->evidence[i] = (struct hw_evidence){.source = c->slot->proofs[i].source,
                                              .line = c->slot->proofs[i].line,
                                              .text = c->slot->proofs[i].text};
    f->event = (struct hw_ev_finding){.id = c->rule->id,
                                      .ref = c->rule->ref,
                                      .node = c->place->is_stack ? "" : c->place->name,
                                      .stage = c->slot->stage,
                                      .confidence = c->confidence,
                                      .title = f->title,
                                      .cause = f->cause,
                                      .evidence = f->evidence,
                                      .evidence_count = c->slot->proof_count,
                                      .explained = cause_index != SIZE_MAX,
                                      .action = f->action};
    hw_path_walk(d, c->rule, c->place, &values, f);
}

/* The best candidate explained by `cause` that comes after `after` in the order of telling. */
static size_t next_child(const struct candidates *list, size_t cause, size_t after)
{
    size_t best = SIZE_MAX;
    for (size_t i = 0; i < list->count; i++) {
        const struct candidate *c = &list->items[i];
        if (!c->told || c->cause != cause || i == after ||
            (after != SIZE_MAX && compare_candidates(c, &list->items[after]) < 0))
            continue;
        if (best == SIZE_MAX || compare_candidates(c, &list->items[best]) < 0)
            best = i;
    }
    return best;
}

static void tell_below(struct hw_diagnose *d, const struct candidates *list, size_t cause,
                       size_t cause_index)
{
    size_t i = next_child(list, cause, SIZE_MAX);
    for (; i != SIZE_MAX; i = next_child(list, cause, i)) {
        size_t index = d->found_count;
        tell(d, list, &list->items[i], cause_index);
        tell_below(d, list, i, index);
    }
}

void hw_diagnose_forget_found(struct hw_diagnose *d)
{
    for (size_t i = 0; i < d->found_count; i++) {
        free(d->found[i].title);
        free(d->found[i].cause);
        free(d->found[i].remedy);
        free(d->found[i].action);
        hw_path_done(&d->found[i]);
    }
    free(d->found);
    d->found = NULL;
    d->found_count = 0;
}

void hw_diagnose_order(struct hw_diagnose *d)
{
    struct candidates list = {0};
    if (!d->stale)
        return;
    hw_diagnose_forget_found(d);
    d->nearest_left = HW_NEAREST_FINDINGS;
    collect(d, &list);
    link_causes(&list);
    link_alike(&list);
    tell_explaining(&list);
    d->found = hw_alloc((list.count + 1) * sizeof *d->found);
    tell_below(d, &list, SIZE_MAX, SIZE_MAX);
    d->stale = false;
    free(list.items);
}

size_t hw_diagnose_count(const struct hw_diagnose *d)
{
    hw_diagnose_order((struct hw_diagnose *)d); /* a cache: what it says does not change */
    return d->found_count;
}

const struct hw_ev_finding *hw_diagnose_at(const struct hw_diagnose *d, size_t index)
{
    return index < hw_diagnose_count(d) ? &d->found[index].event : NULL;
}

size_t hw_diagnose_cause_of(const struct hw_diagnose *d, size_t index)
{
    return index < hw_diagnose_count(d) ? d->found[index].cause_index : SIZE_MAX;
}
