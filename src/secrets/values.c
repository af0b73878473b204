/* SPDX-License-Identifier: Apache-2.0 */
#include "secrets/values.h"

struct asked {
    struct hw_values *values;
    struct hw_aws_call *call; /* NULL: answered */
};

struct hw_values {
    struct hw_values_handler handler;
    struct asked *asked;
    size_t count, waiting;
    struct hw_values_result result;
    struct hw_err err;
    struct hw_timer *timer; /* the end, when there is nothing to ask */
};

static void finish(void *data)
{
    struct hw_values *values = data;
    values->timer = NULL;
    values->handler.done(values->handler.data, &values->result);
}

static void take_value(struct hw_values *values, const struct hw_aws_reply *reply)
{
    const json_t *parameter = json_object_get(reply->json, "Parameter");
    const json_t *value = json_object_get(parameter, "Value");
    if (!json_is_string(value))
        return;
    values->handler.value(values->handler.data, json_string_value(value),
                          json_string_length(value));
    values->result.known++;
}

static void on_reply(void *data, const struct hw_aws_reply *reply, const struct hw_err *err)
{
    struct asked *asked = data;
    struct hw_values *values = asked->values;
    asked->call = NULL;
    if (reply) {
        take_value(values, reply);
    } else if (err->code != HW_ERR_NOT_FOUND) {
        values->err = *err;
        values->result.err = &values->err;
        values->result.refused++;
    }
    if (--values->waiting == 0)
        finish(values);
}

struct hw_values *hw_values_read(struct hw_aws *aws, const struct hw_strv *names,
                                 const struct hw_values_handler *handler)
{
    struct hw_values *values = HW_NEW(struct hw_values);
    values->handler = *handler;
    values->asked = hw_alloc((names->count + 1) * sizeof *values->asked);
    values->count = values->waiting = names->count;
    for (size_t i = 0; i < names->count; i++) {
        struct hw_aws_request *request = hw_aws_request_new(HW_AWS_SSM, "GetParameter");
        hw_aws_body_json(request,
                         json_pack("{s:s,s:b}", "Name", names->items[i], "WithDecryption", 1));
        hw_aws_secret_reply(request);
        values->asked[i] = (struct asked){.values = values};
        values->asked[i].call = hw_aws_send(aws, request, on_reply, &values->asked[i]);
    }
    if (names->count == 0)
        values->timer = hw_loop_timer(hw_aws_loop(aws), 0, finish, values);
    return values;
}

void hw_values_free(struct hw_values *values)
{
    if (!values)
        return;
    for (size_t i = 0; i < values->count; i++)
        hw_aws_cancel(values->asked[i].call);
    hw_timer_cancel(values->timer);
    free(values->asked);
    free(values);
}
