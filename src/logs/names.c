/* SPDX-License-Identifier: Apache-2.0 */
#include "logs/names.h"

#include "base/limits.h"

void hw_names_done(struct hw_names *names)
{
    hw_strv_done(&names->texts);
    free(names->slots);
    *names = (struct hw_names){0};
}

/* FNV-1a (Fowler, Noll, Vo). */
static uint32_t hash(const char *text)
{
    uint32_t h = 2166136261u;
    for (const char *p = text; *p; p++)
        h = (h ^ (unsigned char)*p) * 16777619u;
    return h;
}

static size_t slot_of(const struct hw_names *names, const char *text)
{
    size_t at = hash(text) & (names->slot_count - 1);
    while (names->slots[at] && strcmp(names->texts.items[names->slots[at] - 1], text) != 0)
        at = (at + 1) & (names->slot_count - 1);
    return at;
}

uint32_t hw_names_find(const struct hw_names *names, const char *text)
{
    if (!names->slot_count)
        return HW_NAMES_NONE;
    uint32_t number = names->slots[slot_of(names, text)];
    return number ? number - 1 : HW_NAMES_NONE;
}

static void grow(struct hw_names *names)
{
    free(names->slots);
    names->slot_count = names->slot_count ? names->slot_count * 2 : 64;
    names->slots = hw_alloc(names->slot_count * sizeof *names->slots);
    for (size_t i = 0; i < names->texts.count; i++)
        names->slots[slot_of(names, names->texts.items[i])] = (uint32_t)i + 1;
}

uint32_t hw_names_add(struct hw_names *names, const char *text)
{
    if (names->last < names->texts.count && !strcmp(names->texts.items[names->last], text))
        return names->last;
    if (names->texts.count * 2 >= names->slot_count)
        grow(names);
    size_t at = slot_of(names, text);
    if (!names->slots[at]) {
        if (names->texts.count >= HW_MAX_LOG_NAMES)
            return HW_MAX_LOG_NAMES - 1;
        hw_strv_add(&names->texts, text);
        names->slots[at] = (uint32_t)names->texts.count;
    }
    names->last = names->slots[at] - 1;
    return names->last;
}
