/* SPDX-License-Identifier: Apache-2.0 */
#include "model/choice.h"

static void free_choice(struct hw_choice *choice)
{
    free(choice->value);
    free(choice->label);
    free(choice->detail);
    free(choice->group);
    free(choice->unfit);
}

void hw_choices_done(struct hw_choices *choices)
{
    for (size_t i = 0; i < choices->count; i++)
        free_choice(&choices->items[i]);
    free(choices->items);
    *choices = (struct hw_choices){.generation = choices->generation + 1};
}

static char *text_or_empty(const char *text)
{
    return hw_strdup(text ? text : "");
}

struct hw_choice *hw_choices_add(struct hw_choices *choices, const char *value, const char *label,
                                 const char *detail)
{
    hw_grow(&choices->items, &choices->capacity, choices->count, sizeof *choices->items);
    struct hw_choice *choice = &choices->items[choices->count++];
    *choice = (struct hw_choice){.value = text_or_empty(value),
                                 .label = text_or_empty(label),
                                 .detail = text_or_empty(detail),
                                 .group = text_or_empty(NULL)};
    choices->generation++;
    return choice;
}

const struct hw_choice *hw_choices_find(const struct hw_choices *choices, const char *value)
{
    for (size_t i = 0; i < choices->count; i++) {
        if (strcmp(choices->items[i].value, value) == 0)
            return &choices->items[i];
    }
    return NULL;
}

const struct hw_choice *hw_choices_best(const struct hw_choices *choices)
{
    const struct hw_choice *fit = NULL;
    for (size_t i = 0; i < choices->count; i++) {
        const struct hw_choice *choice = &choices->items[i];
        if (choice->unfit)
            continue;
        if (choice->best)
            return choice;
        if (!fit)
            fit = choice;
    }
    return fit;
}
