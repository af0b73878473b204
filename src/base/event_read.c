/* SPDX-License-Identifier: Apache-2.0 */
/* Events from the JSON objects that hw_event_json wrote. */
#include <jansson.h>

#include "base/clock.h"
#include "base/event.h"

static const char *text_at(const json_t *object, const char *name)
{
    const char *text = json_string_value(json_object_get(object, name));
    return text ? text : "";
}

static int64_t time_at(const json_t *object)
{
    const char *text = text_at(object, "time");
    int64_t ms = 0;
    hw_time_parse(text, strlen(text), &ms);
    return ms;
}

static void tell_stack(const struct hw_sink *sink, const json_t *o)
{
    hw_tell(sink, &(struct hw_event){.type = HW_EV_STACK,
                                     .u.stack = {.time_ms = time_at(o),
                                                 .stack = text_at(o, "stack"),
                                                 .resource = text_at(o, "resource"),
                                                 .resource_type = text_at(o, "resource_type"),
                                                 .physical_id = text_at(o, "physical_id"),
                                                 .status = text_at(o, "status"),
                                                 .reason = text_at(o, "reason"),
                                                 .event_id = text_at(o, "event_id")}});
}

static void tell_step(const struct hw_sink *sink, const json_t *o)
{
    enum hw_step step;
    if (hw_step_parse(text_at(o, "step"), &step))
        hw_tell(sink, &(struct hw_event){.type = HW_EV_STEP,
                                         .u.step = {.time_ms = time_at(o),
                                                    .stack = text_at(o, "stack"),
                                                    .step = step,
                                                    .message = text_at(o, "message")}});
}

static void tell_node(const struct hw_sink *sink, const json_t *o)
{
    enum hw_node_state state;
    if (hw_node_state_parse(text_at(o, "state"), &state))
        hw_tell(sink, &(struct hw_event){.type = HW_EV_NODE,
                                         .u.node = {.time_ms = time_at(o),
                                                    .node = text_at(o, "node"),
                                                    .instance = text_at(o, "instance"),
                                                    .role = text_at(o, "role"),
                                                    .group = text_at(o, "group"),
                                                    .address = text_at(o, "address"),
                                                    .state = state,
                                                    .via = text_at(o, "via"),
                                                    .detail = text_at(o, "detail")}});
}

static void tell_stage(const struct hw_sink *sink, const json_t *o)
{
    enum hw_stage_status status;
    json_int_t code = json_integer_value(json_object_get(o, "exit_code"));
    if (hw_stage_status_parse(text_at(o, "status"), &status))
        hw_tell(sink, &(struct hw_event){.type = HW_EV_STAGE,
                                         .u.stage = {.time_ms = time_at(o),
                                                     .node = text_at(o, "node"),
                                                     .instance = text_at(o, "instance"),
                                                     .role = text_at(o, "role"),
                                                     .stage = text_at(o, "stage"),
                                                     .status = status,
                                                     .exit_code = (int)code,
                                                     .message = text_at(o, "message")}});
}

static void tell_change(const struct hw_sink *sink, const json_t *o)
{
    enum hw_change_action action;
    if (hw_change_parse(text_at(o, "action"), &action))
        hw_tell(sink, &(struct hw_event){
                          .type = HW_EV_CHANGE,
                          .u.change = {.stack = text_at(o, "stack"),
                                       .resource = text_at(o, "resource"),
                                       .resource_type = text_at(o, "resource_type"),
                                       .physical_id = text_at(o, "physical_id"),
                                       .action = action,
                                       .loses_data = json_is_true(json_object_get(o, "loses_data")),
                                       .properties = text_at(o, "properties"),
                                       .message = text_at(o, "message")}});
}

static void tell_log(const struct hw_sink *sink, const json_t *o)
{
    json_int_t offset = json_integer_value(json_object_get(o, "offset"));
    hw_tell(sink, &(struct hw_event){.type = HW_EV_LOG,
                                     .u.log = {.time_ms = time_at(o),
                                               .node = text_at(o, "node"),
                                               .instance = text_at(o, "instance"),
                                               .source = text_at(o, "source"),
                                               .offset = (uint64_t)offset,
                                               .text = text_at(o, "text")}});
}

static void tell_test(const struct hw_sink *sink, const json_t *o)
{
    hw_auto(hw_strv) with = {0};
    json_t *arguments = json_object_get(o, "arguments"), *value;
    enum hw_answer answer;
    const char *name;
    json_object_foreach(arguments, name, value)
    {
        hw_strv_add(&with, name);
        hw_strv_add(&with, json_is_string(value) ? json_string_value(value) : "");
    }
    if (hw_answer_parse(text_at(o, "answer"), &answer))
        hw_tell(sink, &(struct hw_event){.type = HW_EV_TEST,
                                         .u.test = {.time_ms = time_at(o),
                                                    .node = text_at(o, "node"),
                                                    .instance = text_at(o, "instance"),
                                                    .test = text_at(o, "test"),
                                                    .with = &with,
                                                    .answer = answer,
                                                    .detail = text_at(o, "detail")}});
}

static const struct {
    const char *type;
    void (*tell)(const struct hw_sink *sink, const json_t *event);
} tellers[] = {
    {"event", tell_stack}, {"step", tell_step},     {"node", tell_node}, {"stage", tell_stage},
    {"log", tell_log},     {"change", tell_change}, {"test", tell_test},
};

bool hw_event_read(const json_t *object, const struct hw_sink *sink)
{
    for (size_t i = 0; i < HW_COUNT(tellers); i++) {
        if (strcmp(text_at(object, "type"), tellers[i].type) == 0) {
            tellers[i].tell(sink, object);
            return true;
        }
    }
    return false;
}
