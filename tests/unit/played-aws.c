/* SPDX-License-Identifier: Apache-2.0 */
#include "played-aws.h"

#include "base/mem.h"

static struct {
    struct hw_loop *loop;
    void (*answer)(struct hw_aws_call *call);
    void (*free_request)(struct hw_aws_request *request);
} played;

void played_aws(struct hw_loop *loop, void (*answer)(struct hw_aws_call *call),
                void (*free_request)(struct hw_aws_request *request))
{
    played.loop = loop;
    played.answer = answer;
    played.free_request = free_request;
}

static void free_call(struct hw_aws_call *call)
{
    played.free_request(call->request);
    free(call);
}

static void on_answer(void *data)
{
    struct hw_aws_call *call = data;
    played.answer(call);
    free_call(call);
}

struct hw_aws_call *hw_aws_send(struct hw_aws *aws HW_UNUSED, struct hw_aws_request *request_take,
                                hw_aws_fn *fn, void *data)
{
    struct hw_aws_call *call = HW_NEW(struct hw_aws_call);
    *call = (struct hw_aws_call){.request = request_take, .fn = fn, .data = data};
    call->timer = hw_loop_timer(played.loop, 0, on_answer, call);
    return call;
}

void hw_aws_cancel(struct hw_aws_call *call)
{
    if (!call)
        return;
    hw_timer_cancel(call->timer);
    free_call(call);
}
