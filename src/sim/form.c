/* SPDX-License-Identifier: Apache-2.0 */
#include "sim/wire.h"

#include <ctype.h>

#include "base/mem.h"
#include "base/text.h"

#define MAX_FIELDS 4096u

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c = (char)(c | 0x20);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool decode(const char *text, size_t count, struct hw_buf *out)
{
    for (size_t i = 0; i < count; i++) {
        char c = text[i];
        if (c == '%') {
            if (count - i < 3)
                return false;
            int high = hex_digit(text[i + 1]), low = hex_digit(text[i + 2]);
            if (high < 0 || low < 0 || (high == 0 && low == 0))
                return false;
            c = (char)(high << 4 | low);
            i += 2;
        } else if (c == '+') {
            c = ' ';
        }
        hw_buf_char(out, c);
    }
    return !out->full;
}

typedef bool field_fn(json_t *into, const char *key, const char *value);

static bool each_field(const char *text, size_t count, field_fn *fn, json_t *into)
{
    size_t fields = 0;
    for (size_t at = 0; at < count;) {
        const char *p = text + at;
        const char *end = memchr(p, '&', count - at);
        size_t length = end ? (size_t)(end - p) : count - at;
        const char *equals = memchr(p, '=', length);
        size_t key_length = equals ? (size_t)(equals - p) : length;
        hw_auto(hw_buf) key = HW_BUF(HW_MAX_VALUE);
        hw_auto(hw_buf) value = HW_BUF(HW_SIM_MAX_BODY);
        if (!decode(p, key_length, &key) || ++fields > MAX_FIELDS)
            return false;
        if (equals && !decode(equals + 1, length - key_length - 1, &value))
            return false;
        if (key.len && !fn(into, hw_buf_cstr(&key), hw_buf_cstr(&value)))
            return false;
        at += length + 1;
    }
    return true;
}

static bool add_flat(json_t *into, const char *key, const char *value)
{
    return json_object_set_new(into, key, json_string(value)) == 0;
}

json_t *sim_query_parse(const char *text, size_t count)
{
    json_t *query = json_object();
    if (each_field(text, count, add_flat, query))
        return query;
    json_decref(query);
    return NULL;
}

/* Every step of "A.1.B" becomes an object at first; number_lists turns those whose members are
 * all numbered into arrays. */
static bool add_nested(json_t *into, const char *key, const char *value)
{
    unsigned depth = 0;
    for (const char *step = key; ++depth <= HW_MAX_DEPTH;) {
        size_t length = strcspn(step, ".");
        bool last = step[length] == '\0';
        hw_auto_text name = hw_strndup(step, length);
        if (last)
            return json_object_set_new(into, name, json_string(value)) == 0;
        step += length + 1;
        if (hw_text_starts(step, "member.") && isdigit((unsigned char)step[7]))
            step += 7;
        json_t *next = json_object_get(into, name);
        if (!json_is_object(next)) {
            next = json_object();
            if (json_object_set_new(into, name, next) < 0)
                return false;
        }
        into = next;
    }
    return false;
}

static bool is_numbered(const json_t *object)
{
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)object, key, value)
    {
        if (strspn(key, "0123456789") != strlen(key))
            return false;
    }
    return json_object_size(object) > 0;
}

static int by_number(const void *a, const void *b)
{
    return hw_text_compare_natural(*(const char *const *)a, *(const char *const *)b);
}

static json_t *number_lists(json_t *object);

static json_t *to_list(json_t *object)
{
    size_t count = 0;
    const char **keys = hw_realloc(NULL, json_object_size(object), sizeof *keys);
    const char *key;
    json_t *value;
    json_object_foreach(object, key, value)
    {
        keys[count++] = key;
    }
    qsort(keys, count, sizeof *keys, by_number);
    json_t *list = json_array();
    for (size_t i = 0; i < count; i++)
        json_array_append_new(list, number_lists(json_object_get(object, keys[i])));
    free(keys);
    return list;
}

/* A new reference. */
static json_t *number_lists(json_t *object)
{
    if (!json_is_object(object))
        return json_incref(object);
    if (is_numbered(object))
        return to_list(object);
    json_t *copy = json_object();
    const char *key;
    json_t *value;
    json_object_foreach(object, key, value)
    {
        json_object_set_new(copy, key, number_lists(value));
    }
    return copy;
}

json_t *sim_form_parse(const char *text, size_t count)
{
    json_t *nested = json_object(), *tree = NULL;
    if (each_field(text, count, add_nested, nested))
        tree = number_lists(nested);
    json_decref(nested);
    return tree;
}
