/* SPDX-License-Identifier: Apache-2.0 */
/* Allocation. Running out of memory ends the program with a sentence; sizes that outside
 * data chooses are bounded before they come here (base/limits.h). */
#ifndef HW_BASE_MEM_H
#define HW_BASE_MEM_H

#include "base/defs.h"

void *hw_alloc(size_t size) __attribute__((malloc, returns_nonnull)); /* zeroed */
void *hw_realloc(void *old, size_t count, size_t item_size);          /* overflow-checked */
char *hw_strdup(const char *text);                                    /* NULL stays NULL */
char *hw_strndup(const char *text, size_t length);
char *hw_format(const char *fmt, ...) HW_PRINTF(1, 2);

/* *array has room for one more item of item_size behind count items; grows by doubling. */
void hw_grow(void *array, size_t *capacity, size_t count, size_t item_size);

#define HW_NEW(type) ((type *)hw_alloc(sizeof(type)))

/* Sets *slot to a copy of text (NULL allowed) and frees what was there. */
void hw_replace(char **slot, const char *text);

void hw_free_at(void *pointer_address); /* free(*p) for hw_auto_text */
#define hw_auto_text HW_CLEANUP(hw_free_at) char *

/* A list of owned strings. */
struct hw_strv {
    char **items;
    size_t count, capacity;
};
void hw_strv_done(struct hw_strv *v);
void hw_strv_add(struct hw_strv *v, const char *text);
void hw_strv_take(struct hw_strv *v, char *text);
void hw_strv_copy(struct hw_strv *to, const struct hw_strv *from); /* replaces what to held */
bool hw_strv_has(const struct hw_strv *v, const char *text);
bool hw_strv_equal(const struct hw_strv *a, const struct hw_strv *b);

/* Lists of names and values, in turn. value: the first one of the name that is not empty, borrowed;
 * NULL: there is none. put: replaces the value of the name, or adds both. */
const char *hw_strv_value(const struct hw_strv *pairs, const char *name);
void hw_strv_put(struct hw_strv *pairs, const char *name, const char *value);

#endif
