/* SPDX-License-Identifier: Apache-2.0 */
#include "diagnose/saved.h"

#include <jansson.h>

#include "base/clock.h"
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

static const char *text_of(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text ? text : "";
}

static int64_t time_of(const json_t *object)
{
    const char *text = text_of(object, "time");
    int64_t ms = 0;
    return hw_time_parse(text, strlen(text), &ms) ? ms : 0;
}

static bool tell_log(const json_t *o, const struct hw_sink *sink)
{
    hw_tell(sink, &(struct hw_event){.type = HW_EV_LOG,
                                     .u.log = {.time_ms = time_of(o),
                                               .node = text_of(o, "node"),
                                               .source = text_of(o, "source"),
                                               .offset = (uint64_t)json_integer_value(
                                                   json_object_get(o, "offset")),
                                               .text = text_of(o, "text")}});
    return true;
}

static bool tell_stage(const json_t *o, const struct hw_sink *sink)
{
    struct hw_ev_stage stage = {.time_ms = time_of(o),
                                .node = text_of(o, "node"),
                                .role = text_of(o, "role"),
                                .stage = text_of(o, "stage"),
                                .exit_code =
                                    (int)json_integer_value(json_object_get(o, "exit_code")),
                                .message = text_of(o, "message")};
    if (!hw_stage_status_parse(text_of(o, "status"), &stage.status))
        return false;
    hw_tell(sink, &(struct hw_event){.type = HW_EV_STAGE, .u.stage = stage});
    return true;
}

static bool tell_stack(const json_t *o, const struct hw_sink *sink)
{
    hw_tell(sink, &(struct hw_event){.type = HW_EV_STACK,
                                     .u.stack = {.time_ms = time_of(o),
                                                 .stack = text_of(o, "stack"),
                                                 .resource = text_of(o, "resource"),
                                                 .resource_type = text_of(o, "resource_type"),
                                                 .status = text_of(o, "status"),
                                                 .reason = text_of(o, "reason")}});
    return true;
}

static bool tell_step(const json_t *o, const struct hw_sink *sink)
{
    struct hw_ev_step step = {
        .time_ms = time_of(o), .stack = text_of(o, "stack"), .message = text_of(o, "message")};
    if (!hw_step_parse(text_of(o, "step"), &step.step))
        return false;
    hw_tell(sink, &(struct hw_event){.type = HW_EV_STEP, .u.step = step});
    return true;
}

static bool tell_node(const json_t *o, const struct hw_sink *sink)
{
    struct hw_ev_node node = {.time_ms = time_of(o),
                              .node = text_of(o, "node"),
                              .instance = text_of(o, "instance"),
                              .role = text_of(o, "role"),
                              .group = text_of(o, "group"),
                              .detail = text_of(o, "detail")};
    if (!hw_node_state_parse(text_of(o, "state"), &node.state))
        return false;
    hw_tell(sink, &(struct hw_event){.type = HW_EV_NODE, .u.node = node});
    return true;
}

bool hw_saved_event(const char *line, size_t n, const struct hw_sink *sink)
{
    static const struct {
        const char *type;
        bool (*tell)(const json_t *o, const struct hw_sink *sink);
    } kinds[] = {{"log", tell_log},
                 {"stage", tell_stage},
                 {"event", tell_stack},
                 {"step", tell_step},
                 {"node", tell_node}};
    json_t *object = json_loadb(line, n, JSON_REJECT_DUPLICATES, NULL);
    const char *type = text_of(object, "type");
    bool told = false;
    for (size_t i = 0; i < HW_COUNT(kinds); i++)
        told = told || (strcmp(kinds[i].type, type) == 0 && kinds[i].tell(object, sink));
    json_decref(object);
    return told;
}
