/* SPDX-License-Identifier: Apache-2.0 */
#include "deploy/listen.h"

#include "base/limits.h"
#include "deploy/read.h"

/* One stack. A page of DescribeStackEvents has the newest 100 or so, newest first: enough to begin
 * with, and more than come between two looks. */
struct ear {
    struct hw_listen *listen;
    const char *stack;
    char *last; /* id of the newest event told; NULL: none yet */
    struct hw_aws_call *call;
};

struct hw_listen {
    struct hw_aws *aws;
    const struct hw_sink *sink;
    struct hw_strv stacks;
    struct ear *ears;
    unsigned every_ms;
    bool complained;
    struct hw_timer *timer;
};

static void tell(const struct ear *ear, const struct hw_xml *member)
{
    struct hw_heard heard;
    hw_heard_read(&heard, member);
    struct hw_event event = hw_heard_event(&heard, ear->stack);
    hw_tell(ear->listen->sink, &event);
    hw_heard_done(&heard);
}

static void tell_new(struct ear *ear, const struct hw_xml *events)
{
    const struct hw_xml *news[HW_MAX_LIST];
    size_t count = 0;
    hw_auto_text newest = NULL;
    struct hw_xml *member = events ? hw_xml_first(events, "member") : NULL;
    for (; member && count < HW_MAX_LIST; member = hw_xml_next(member)) {
        hw_auto_text id = hw_read_text(member, "EventId", HW_MAX_VALUE);
        if (ear->last && strcmp(ear->last, id) == 0)
            break;
        if (count == 0)
            newest = hw_strdup(id);
        news[count++] = member;
    }
    if (newest)
        hw_replace(&ear->last, newest);
    while (count > 0)
        tell(ear, news[--count]);
}

static void on_events(void *data, const struct hw_aws_reply *reply, const struct hw_err *err)
{
    struct ear *ear = data;
    struct hw_listen *listen = ear->listen;
    ear->call = NULL;
    if (reply) {
        tell_new(ear, hw_xml_child(reply->xml, "StackEvents"));
    } else if (!listen->complained) {
        listen->complained = true;
        hw_tell_notice(listen->sink, HW_WARNING, _("the events of %s cannot be read: %s"),
                       ear->stack, err->what);
    }
}

static void look(void *data)
{
    struct hw_listen *listen = data;
    for (size_t i = 0; i < listen->stacks.count; i++) {
        struct ear *ear = &listen->ears[i];
        if (ear->call)
            continue;
        struct hw_aws_request *request =
            hw_aws_request_new(HW_AWS_CLOUDFORMATION, "DescribeStackEvents");
        hw_aws_param(request, "StackName", ear->stack);
        ear->call = hw_aws_send(listen->aws, request, on_events, ear);
    }
    listen->timer = hw_loop_timer(hw_aws_loop(listen->aws), listen->every_ms, look, listen);
}

struct hw_listen *hw_listen_start(struct hw_aws *aws, const struct hw_strv *stacks,
                                  unsigned every_ms, const struct hw_sink *sink)
{
    struct hw_listen *listen = HW_NEW(struct hw_listen);
    *listen = (struct hw_listen){.aws = aws, .sink = sink, .every_ms = every_ms};
    hw_strv_copy(&listen->stacks, stacks);
    listen->ears = hw_alloc((stacks->count + 1) * sizeof *listen->ears);
    for (size_t i = 0; i < stacks->count; i++)
        listen->ears[i] = (struct ear){.listen = listen, .stack = listen->stacks.items[i]};
    listen->timer = hw_loop_timer(hw_aws_loop(aws), 0, look, listen);
    return listen;
}

void hw_listen_free(struct hw_listen *listen)
{
    if (!listen)
        return;
    hw_timer_cancel(listen->timer);
    for (size_t i = 0; i < listen->stacks.count; i++) {
        hw_aws_cancel(listen->ears[i].call);
        free(listen->ears[i].last);
    }
    free(listen->ears);
    hw_strv_done(&listen->stacks);
    free(listen);
}
