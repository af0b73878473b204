/* SPDX-License-Identifier: Apache-2.0 */
#include "base/mem.h"

#include <stdarg.h>

static void out_of_memory(void)
{
    fputs("hpcwiz: out of memory\n", stderr);
    abort();
}

void *hw_alloc(size_t size)
{
    void *p = calloc(1, size ? size : 1);
    if (!p)
        out_of_memory();
    return p;
}

void *hw_realloc(void *old, size_t count, size_t item_size)
{
    void *p = reallocarray(old, count ? count : 1, item_size);
    if (!p)
        out_of_memory();
    return p;
}

char *hw_strdup(const char *text)
{
    return text ? hw_strndup(text, strlen(text)) : NULL;
}

char *hw_strndup(const char *text, size_t length)
{
    char *copy = hw_alloc(length + 1);
    memcpy(copy, text, length);
    return copy;
}

char *hw_format(const char *fmt, ...)
{
    char *out = NULL;
    va_list args;
    va_start(args, fmt);
    int n = vasprintf(&out, fmt, args);
    va_end(args);
    if (n < 0)
        out_of_memory();
    return out;
}

void hw_grow(void *array, size_t *capacity, size_t count, size_t item_size)
{
    if (count < *capacity)
        return;
    size_t larger = *capacity ? *capacity * 2 : 8;
    void *old;
    memcpy(&old, array, sizeof old);
    void *fresh = hw_realloc(old, larger, item_size);
    memcpy(array, &fresh, sizeof fresh);
    *capacity = larger;
}

void hw_replace(char **slot, const char *text)
{
    char *copy = hw_strdup(text);
    free(*slot);
    *slot = copy;
}

void hw_free_at(void *pointer_address)
{
    void *p;
    memcpy(&p, pointer_address, sizeof p);
    free(p);
}

void hw_strv_done(struct hw_strv *v)
{
    for (size_t i = 0; i < v->count; i++)
        free(v->items[i]);
    free(v->items);
    *v = (struct hw_strv){0};
}

void hw_strv_take(struct hw_strv *v, char *text)
{
    hw_grow(&v->items, &v->capacity, v->count, sizeof *v->items);
    v->items[v->count++] = text;
}

void hw_strv_add(struct hw_strv *v, const char *text)
{
    hw_strv_take(v, hw_strdup(text));
}

void hw_strv_copy(struct hw_strv *to, const struct hw_strv *from)
{
    struct hw_strv fresh = {0};
    for (size_t i = 0; i < from->count; i++)
        hw_strv_add(&fresh, from->items[i]);
    hw_strv_done(to);
    *to = fresh;
}

bool hw_strv_has(const struct hw_strv *v, const char *text)
{
    for (size_t i = 0; i < v->count; i++) {
        if (strcmp(v->items[i], text) == 0)
            return true;
    }
    return false;
}

bool hw_strv_equal(const struct hw_strv *a, const struct hw_strv *b)
{
    if (a->count != b->count)
        return false;
    for (size_t i = 0; i < a->count; i++) {
        if (strcmp(a->items[i], b->items[i]) != 0)
            return false;
    }
    return true;
}

const char *hw_strv_value(const struct hw_strv *pairs, const char *name)
{
    for (size_t i = 0; i + 1 < pairs->count; i += 2) {
        if (strcmp(pairs->items[i], name) == 0 && pairs->items[i + 1][0])
            return pairs->items[i + 1];
    }
    return NULL;
}

void hw_strv_put(struct hw_strv *pairs, const char *name, const char *value)
{
    for (size_t i = 0; i + 1 < pairs->count; i += 2) {
        if (strcmp(pairs->items[i], name) == 0) {
            hw_replace(&pairs->items[i + 1], value);
            return;
        }
    }
    hw_strv_add(pairs, name);
    hw_strv_add(pairs, value);
}
