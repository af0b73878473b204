/* SPDX-License-Identifier: Apache-2.0 */
#include "node/way_calls.h"

void hw_way_calls_init(struct hw_way_calls *calls, const struct hw_way_start *start,
                       const struct hw_way_handler *handler, void (*free)(void *session))
{
    *calls = (struct hw_way_calls){.free = free, .handler = *handler, .start = *start};
    calls->start.left_over = NULL;
}

static void stop(struct hw_way_calls *calls)
{
    hw_aws_cancel(calls->call);
    hw_timer_cancel(calls->timer);
    hw_way_calls_over(calls);
}

void hw_way_calls_done(struct hw_way_calls *calls)
{
    stop(calls);
    hw_timer_cancel(calls->closing.timer);
}

const char *hw_way_calls_missing(const struct hw_way_room *room,
                                 const struct hw_target *target HW_UNUSED, bool *ret_final)
{
    *ret_final = true;
    return room->aws ? NULL : _("AWS is not asked");
}

void hw_way_calls_send(struct hw_way_calls *calls, struct hw_aws_request *request_take,
                       hw_aws_fn *fn)
{
    if (calls->told)
        hw_aws_patient(request_take);
    calls->call = hw_aws_send(calls->start.room->aws, request_take, fn, calls);
}

void hw_way_calls_ask(struct hw_way_calls *calls, enum hw_aws_service service,
                      const char *operation, json_t *body_take, hw_aws_fn *fn)
{
    struct hw_aws_request *request = hw_aws_request_new(service, operation);
    hw_aws_body_json(request, body_take);
    hw_way_calls_send(calls, request, fn);
}

void hw_way_calls_wait(struct hw_way_calls *calls, int64_t delay_ms, hw_timer_fn *fn)
{
    calls->timer = hw_loop_timer(calls->start.room->loop, delay_ms, fn, calls);
}

void hw_way_calls_over(struct hw_way_calls *calls)
{
    calls->call = NULL;
    calls->timer = NULL;
}

void hw_way_calls_tell(struct hw_way_calls *calls, const struct hw_frame *frame)
{
    calls->told = true;
    calls->handler.frame(calls->handler.data, frame);
}

void hw_way_calls_lose(struct hw_way_calls *calls, enum hw_way_end how, const struct hw_err *err)
{
    calls->handler.ended(calls->handler.data, how, err);
}

void hw_way_calls_fail(struct hw_way_calls *calls, const struct hw_err *err)
{
    hw_way_calls_lose(calls, err->code == HW_ERR_AUTH ? HW_WAY_REFUSED : HW_WAY_LOST, err);
}

void hw_way_calls_close(void *session, void (*closed)(void *data), void *data)
{
    struct hw_way_calls *calls = session;
    hw_way_close(&calls->closing, session, calls->free, closed, data);
    stop(calls);
    hw_way_close_in(&calls->closing, calls->start.room->loop, 0);
}

const char *hw_way_calls_text(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text ? text : "";
}
