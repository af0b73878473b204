/* SPDX-License-Identifier: Apache-2.0 */
/* What a question offers. Filled by discovery, shown by the screens. */
#ifndef HW_MODEL_CHOICE_H
#define HW_MODEL_CHOICE_H

#include "base/mem.h"
#include "model/schema.h"

struct hw_choice {
    char *value;  /* what goes into the cluster file */
    char *label;  /* "vpc-0a1b2c3d" or a name; cleaned text */
    char *detail; /* "10.20.0.0/16  hpc-prod"; cleaned, may be "" */
    char *group;  /* what it belongs to for grouping: the zone of a subnet; may be "" */
    char *unfit;  /* why it cannot be chosen, or NULL */
    bool best;    /* the default that Enter takes: chosen from live facts */
};

enum hw_choices_state { HW_CHOICES_NONE, HW_CHOICES_LOADING, HW_CHOICES_READY, HW_CHOICES_FAILED };

struct hw_choices {
    enum hw_choices_state state; /* LOADING may already hold the first items */
    struct hw_err err;           /* when FAILED */
    struct hw_choice *items;
    size_t count, capacity;
    unsigned long generation; /* counts up at each change */
};

void hw_choices_done(struct hw_choices *choices);
/* Copies the texts (NULL = ""; unfit NULL stays NULL). Returns the new item, borrowed. */
struct hw_choice *hw_choices_add(struct hw_choices *choices, const char *value, const char *label,
                                 const char *detail);
const struct hw_choice *hw_choices_find(const struct hw_choices *choices, const char *value);
/* The one marked best, else the first fit one, else NULL. */
const struct hw_choice *hw_choices_best(const struct hw_choices *choices);

#endif
