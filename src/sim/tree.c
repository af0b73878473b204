/* SPDX-License-Identifier: Apache-2.0 */
#include "sim/tree.h"

#include <inttypes.h>

#include "base/mem.h"
#include "base/text.h"

const char *sim_text(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text ? text : "";
}

int64_t sim_int(const json_t *object, const char *key)
{
    const json_t *value = json_object_get(object, key);
    if (json_is_integer(value))
        return json_integer_value(value);
    if (json_is_real(value))
        return (int64_t)json_real_value(value);
    return json_is_string(value) ? strtoll(json_string_value(value), NULL, 10) : 0;
}

bool sim_bool(const json_t *object, const char *key)
{
    const json_t *value = json_object_get(object, key);
    return json_is_true(value) ||
           (json_is_string(value) && hw_text_equal_nocase(json_string_value(value), "true"));
}

bool sim_is(const json_t *object, const char *key, const char *value)
{
    return strcmp(sim_text(object, key), value) == 0;
}

json_t *sim_list(json_t *object, const char *key)
{
    json_t *list = json_object_get(object, key);
    if (!json_is_array(list)) {
        list = json_array();
        json_object_set_new(object, key, list);
    }
    return list;
}

json_t *sim_find(const json_t *array, const char *key, const char *value)
{
    size_t i;
    json_t *item;
    json_array_foreach(array, i, item)
    {
        if (sim_is(item, key, value))
            return item;
    }
    return NULL;
}

size_t sim_index(const json_t *array, const json_t *item)
{
    size_t i = 0;
    while (i < json_array_size(array) && json_array_get(array, i) != item)
        i++;
    return i;
}

bool sim_has(const json_t *array, const char *text)
{
    size_t i;
    json_t *item;
    json_array_foreach(array, i, item)
    {
        if (json_is_string(item) && strcmp(json_string_value(item), text) == 0)
            return true;
    }
    return false;
}

void sim_put(json_t *object, const char *key, const char *fmt, ...)
{
    hw_auto(hw_buf) text = HW_BUF(HW_MAX_TEMPLATE);
    va_list args;
    va_start(args, fmt);
    hw_buf_vprint(&text, fmt, args);
    va_end(args);
    json_object_set_new(object, key, json_string(hw_buf_cstr(&text)));
}

void sim_put_int(json_t *object, const char *key, int64_t value)
{
    json_object_set_new(object, key, json_integer(value));
}

void sim_put_bool(json_t *object, const char *key, bool value)
{
    json_object_set_new(object, key, json_boolean(value));
}

void sim_copy(json_t *to, const json_t *from, const char *key)
{
    json_t *value = json_object_get(from, key);
    if (value)
        json_object_set(to, key, value);
}

void sim_append_text(json_t *array, const char *text)
{
    json_array_append_new(array, json_string(text));
}

const char *sim_tag(const json_t *tags, const char *key)
{
    json_t *tag = sim_find(tags, "key", key);
    if (tag)
        return sim_text(tag, "value");
    return sim_text(sim_find(tags, "Key", key), "Value");
}

void sim_tag_set(json_t *tags, const char *key, const char *value)
{
    json_t *tag = sim_find(tags, "key", key);
    if (!tag) {
        tag = json_pack("{s:s}", "key", key);
        json_array_append_new(tags, tag);
    }
    json_object_set_new(tag, "value", json_string(value));
}

bool sim_scalar(const json_t *value, struct hw_buf *out)
{
    switch (json_typeof(value)) {
    case JSON_STRING:
        return hw_buf_add(out, json_string_value(value), json_string_length(value));
    case JSON_INTEGER:
        return hw_buf_print(out, "%" PRId64, (int64_t)json_integer_value(value));
    case JSON_REAL:
        return hw_buf_print(out, "%.15g", json_real_value(value));
    case JSON_TRUE:
        return hw_buf_text(out, "true");
    case JSON_FALSE:
        return hw_buf_text(out, "false");
    default:
        return false;
    }
}

bool sim_wildcard(const char *pattern, const char *text)
{
    const char *star = NULL, *resume = NULL;
    while (*text) {
        if (*pattern == '*') {
            star = pattern++;
            resume = text;
        } else if (*pattern == '?' || *pattern == *text) {
            pattern++;
            text++;
        } else if (star) {
            pattern = star + 1;
            text = ++resume;
        } else {
            return false;
        }
    }
    while (*pattern == '*')
        pattern++;
    return *pattern == '\0';
}

static bool match_scalar(const json_t *value, const json_t *patterns)
{
    hw_auto(hw_buf) text = HW_BUF(HW_MAX_TEXT);
    if (!sim_scalar(value, &text))
        return false;
    size_t i;
    json_t *pattern;
    json_array_foreach(patterns, i, pattern)
    {
        if (json_is_string(pattern) && sim_wildcard(json_string_value(pattern), hw_buf_cstr(&text)))
            return true;
    }
    return false;
}

bool sim_match(const json_t *object, const char *path, const json_t *patterns)
{
    if (json_is_array(object)) {
        size_t i;
        json_t *item;
        json_array_foreach(object, i, item)
        {
            if (sim_match(item, path, patterns))
                return true;
        }
        return false;
    }
    if (!object)
        return false;
    if (*path == '\0')
        return match_scalar(object, patterns);
    size_t length = strcspn(path, ".");
    hw_auto_text key = hw_strndup(path, length);
    return sim_match(json_object_get(object, key), path + length + (path[length] == '.'), patterns);
}

json_t *sim_select(const json_t *array, sim_keep_fn *keep, const void *data)
{
    json_t *chosen = json_array();
    size_t i;
    json_t *item;
    json_array_foreach(array, i, item)
    {
        if (keep(item, data))
            json_array_append(chosen, item);
    }
    return chosen;
}
