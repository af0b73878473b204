/* SPDX-License-Identifier: Apache-2.0 */
#include "diagnose/saved.h"

#include <jansson.h>

#include "base/text.h"

#define NODE_BYTES   "abcdefghijklmnopqrstuvwxyz0123456789-"
#define SOURCE_BYTES "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.()"

/* "2026-11-22T20:15:00.000Z", "20:15:00", "-" or blanks. Returns its bytes, 0: none of them. */
static size_t time_size(const char *line)
{
    size_t n = strspn(line, "0123456789-:.TZ");
    return n > 0 && line[n] == ' ' ? n : strncmp(line, "        ", 8) == 0 ? 8 : 0;
}

static bool take_word(const char **line, const char *bytes, char *out, size_t size)
{
    *line += strspn(*line, " ");
    size_t n = strspn(*line, bytes);
    if (n == 0 || n >= size || (*line)[n] != ' ')
        return false;
    memcpy(out, *line, n);
    out[n] = '\0';
    *line += n;
    return true;
}

bool hw_saved_line(const char *line, struct hw_saved_line *ret)
{
    size_t n = time_size(line);
    line += n;
    if (n == 0 || !take_word(&line, NODE_BYTES, ret->node, sizeof ret->node) ||
        !take_word(&line, SOURCE_BYTES, ret->source, sizeof ret->source))
        return false;
    ret->text = line + 1;
    return strchr(ret->source, '.') || strcmp(ret->source, "ERRORLOG") == 0;
}

/* Nine of ten lines must be of the form: a raw log may have one that looks like it. */
enum hw_saved_form hw_saved_form(const char *text, size_t n)
{
    hw_auto(hw_buf) line = HW_BUF(HW_MAX_LINE);
    size_t lines = 0, fit = 0;
    if (n > 8 && text[0] == '{' && memmem(text, n < 4096 ? n : 4096, "\"type\":", 7))
        return HW_SAVED_JSON;
    while (n > 0) {
        struct hw_saved_line saved;
        const char *end = memchr(text, '\n', n);
        size_t length = end ? (size_t)(end - text) : n;
        if (!end && lines > 0)
            break; /* cut */
        hw_buf_clear(&line);
        hw_buf_add(&line, text, length);
        lines += length > 0;
        fit += hw_saved_line(hw_buf_cstr(&line), &saved);
        text += length + (end != NULL);
        n -= length + (end != NULL);
    }
    return lines > 0 && fit * 10 >= lines * 9 ? HW_SAVED_LINES : HW_SAVED_RAW;
}

bool hw_saved_event(const char *line, size_t n, const struct hw_sink *sink)
{
    json_t *object = json_loadb(line, n, JSON_REJECT_DUPLICATES, NULL);
    bool told = object && hw_event_read(object, sink);
    json_decref(object);
    return told;
}
