/* SPDX-License-Identifier: Apache-2.0 */
/* Nodes and stacks that a diagnosis knows, and what is remembered of each rule there. */
#include "diagnose/engine.h"

#include "base/text.h"

static int compare(const struct hw_place *place, const char *name, bool is_stack)
{
    if (place->is_stack != is_stack)
        return place->is_stack ? 1 : -1;
    return strcmp(place->name, name);
}

/* The first place that is not before (name, is_stack). */
static size_t lower_bound(const struct hw_diagnose *d, const char *name, bool is_stack)
{
    size_t low = 0, high = d->place_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (compare(d->places[middle], name, is_stack) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* The role that a node's or a stack's name tells: "head", "riskgrid-compute-std". */
static const char *role_of_name(const char *name, bool is_stack)
{
    if (is_stack)
        return hw_text_ends(name, "-sql")    ? "sql"
               : hw_text_ends(name, "-head") ? "head"
               : strstr(name, "-compute-")   ? "compute"
                                             : "";
    return strcmp(name, "sql") == 0 || strcmp(name, "head") == 0 ? name : "";
}

static struct hw_place *insert(struct hw_diagnose *d, size_t at, const char *name, bool is_stack)
{
    struct hw_place *place = HW_NEW(struct hw_place);
    *place = (struct hw_place){.name = hw_strdup(name),
                               .instance = hw_strdup(""),
                               .role = hw_strdup(role_of_name(name, is_stack)),
                               .group = hw_strdup(""),
                               .stage = hw_strdup(""),
                               .is_stack = is_stack,
                               .slots = hw_alloc(d->rules->count * sizeof(struct hw_slot *))};
    hw_grow(&d->places, &d->place_capacity, d->place_count, sizeof *d->places);
    memmove(d->places + at + 1, d->places + at, (d->place_count - at) * sizeof *d->places);
    d->places[at] = place;
    d->place_count++;
    return place;
}

struct hw_place *hw_place_get(struct hw_diagnose *d, const char *name, bool is_stack)
{
    if (!name)
        name = "";
    if (d->last && compare(d->last, name, is_stack) == 0)
        return d->last;
    size_t at = lower_bound(d, name, is_stack);
    struct hw_place *place = NULL;
    if (at < d->place_count && compare(d->places[at], name, is_stack) == 0)
        place = d->places[at];
    else if (d->place_count < HW_MAX_PLACES)
        place = insert(d, at, name, is_stack);
    if (place)
        d->last = place;
    return place;
}

void hw_place_free(struct hw_place *place, size_t rule_count)
{
    for (size_t i = 0; i < rule_count; i++) {
        hw_slot_clear(place->slots[i]);
        free(place->slots[i]);
    }
    for (size_t i = 0; i < place->source_count; i++)
        free(place->sources[i].name);
    hw_stretches_close(place);
    free(place->slots);
    free(place->name);
    free(place->instance);
    free(place->role);
    free(place->group);
    free(place->stage);
    free(place);
}

void hw_place_learn(struct hw_place *place, const char *instance, const char *role,
                    const char *group)
{
    if (instance && instance[0])
        hw_replace(&place->instance, instance);
    if (role && role[0])
        hw_replace(&place->role, role);
    if (group && group[0])
        hw_replace(&place->group, group);
}

uint64_t hw_place_count_line(struct hw_place *place, const char *source, bool first_byte,
                             struct hw_spot *ret)
{
    place->lines++;
    *ret = (struct hw_spot){.in_place = place->lines};
    /* The file that the last line came from stands first. */
    size_t i = 0;
    while (i < place->source_count && strcmp(place->sources[i].name, source) != 0)
        i++;
    if (i == place->source_count) {
        if (i == HW_MAX_SOURCES)
            return 0;
        place->sources[place->source_count++] =
            (struct hw_log_source){.name = hw_strdup(source), .whole = first_byte};
    }
    struct hw_log_source here = place->sources[i];
    if (first_byte)
        here = (struct hw_log_source){.name = here.name, .whole = true}; /* begun anew */
    here.lines++;
    place->sources[i] = place->sources[0];
    place->sources[0] = here;
    ret->source = here.name;
    ret->in_source = here.lines;
    return here.whole ? here.lines : 0;
}

int hw_place_rank(const struct hw_place *place)
{
    if (place->is_stack && hw_text_ends(place->name, "-foundation"))
        return 0;
    return strcmp(place->role, "sql") == 0       ? 1
           : strcmp(place->role, "head") == 0    ? 2
           : strcmp(place->role, "compute") == 0 ? 3
                                                 : -1;
}

bool hw_place_of_stack(const struct hw_place *node, const struct hw_place *stack)
{
    if (strcmp(node->role, stack->role) != 0)
        return false;
    if (strcmp(node->role, "compute") != 0 || !node->group[0])
        return true;
    hw_auto_text tail = hw_format("-compute-%s", node->group);
    return hw_text_ends(stack->name, tail);
}

const struct hw_slot *hw_slot_seen(const struct hw_place *place, size_t rule)
{
    static const struct hw_slot nothing;
    return place->slots[rule] ? place->slots[rule] : &nothing;
}

struct hw_slot *hw_slot_of(struct hw_place *place, size_t rule)
{
    if (!place->slots[rule])
        place->slots[rule] = HW_NEW(struct hw_slot);
    return place->slots[rule];
}

void hw_slot_clear(struct hw_slot *slot)
{
    if (!slot)
        return;
    for (size_t i = 0; i < slot->proof_count; i++) {
        free(slot->proofs[i].source);
        free(slot->proofs[i].text);
    }
    free(slot->proofs);
    hw_strv_done(&slot->values);
    free(slot->stage);
    free(slot->resource);
    *slot = (struct hw_slot){.near = slot->near, .not_near = slot->not_near};
}

void hw_slot_proof(struct hw_slot *slot, const char *source, uint64_t line, const char *text)
{
    if (!text || !text[0])
        return;
    for (size_t i = 0; i < slot->proof_count; i++) {
        if (strcmp(slot->proofs[i].text, text) == 0)
            return;
    }
    size_t at = slot->proof_count;
    if (!slot->proofs)
        slot->proofs = hw_alloc(HW_MAX_EVIDENCE * sizeof *slot->proofs);
    if (at == HW_MAX_EVIDENCE) { /* the first line stays, the newest replace the second */
        free(slot->proofs[1].source);
        free(slot->proofs[1].text);
        memmove(slot->proofs + 1, slot->proofs + 2, (at - 2) * sizeof *slot->proofs);
        at--;
    }
    slot->proofs[at] = (struct hw_proof){
        .source = hw_strdup(source),
        .line = line,
        .text = hw_strndup(text, hw_text_cut(text, HW_MAX_EVIDENCE_TEXT)),
    };
    slot->proof_count = at + 1;
}
