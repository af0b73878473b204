/* SPDX-License-Identifier: Apache-2.0 */
/* The events of a stack: DescribeStackEvents gives the newest first, in pages that shift while
 * events come in. Pages are read down to the newest event already told; then the new ones are told
 * from the oldest on, each once. */
#include "deploy/run.h"

#include "base/clock.h"
#include "base/text.h"

void hw_unit_forget_heard(struct hw_unit *unit)
{
    for (size_t i = 0; i < unit->heard_count; i++)
        hw_heard_done(&unit->heard[i]);
    free(unit->heard);
    unit->heard = NULL;
    unit->heard_count = unit->heard_capacity = 0;
}

static bool heard_already(const struct hw_unit *unit, const char *event_id)
{
    /* A page that shifted repeats the end of the one before it. */
    for (size_t i = unit->heard_count; i-- > 0;) {
        if (strcmp(unit->heard[i].event_id, event_id) == 0)
            return true;
    }
    return false;
}

/* false: the event, and so all below it, is known. */
static bool hear(struct hw_unit *unit, const struct hw_xml *member)
{
    struct hw_heard h;
    hw_heard_read(&h, member);
    bool known = unit->last_event_id && strcmp(unit->last_event_id, h.event_id) == 0;
    if (known || heard_already(unit, h.event_id) || unit->heard_count >= HW_MAX_STACK_EVENTS) {
        hw_heard_done(&h);
        return !known;
    }
    hw_grow(&unit->heard, &unit->heard_capacity, unit->heard_count, sizeof *unit->heard);
    unit->heard[unit->heard_count++] = h;
    return true;
}

/* "Resource creation cancelled" only follows from another failure. */
static bool is_cause(const struct hw_heard *h)
{
    return hw_text_ends(h->status, "_FAILED") && h->reason[0] && !strstr(h->reason, "cancelled");
}

static void learn_from(struct hw_unit *unit, const struct hw_heard *h)
{
    struct hw_deploy *d = unit->deploy;
    if (strcmp(h->type, "AWS::AutoScaling::AutoScalingGroup") == 0 && h->physical_id[0]) {
        hw_replace(&unit->group, h->resource);
        hw_replace(&unit->group_id, h->physical_id);
    }
    if (!unit->reason && is_cause(h))
        unit->reason = hw_format("%s: %s", h->resource, h->reason);
    if (strcmp(h->type, "AWS::CloudFormation::Stack") == 0 &&
        strcmp(h->resource, unit->stack->name) == 0)
        hw_replace(&unit->turn, strcmp(h->status, unit->status) != 0 ? h->status : NULL);
    hw_unit_learn_held(unit, h);
    if (d->mode == HW_DEPLOY_DESTROY && strcmp(h->status, "DELETE_SKIPPED") == 0 &&
        strcmp(h->type, "AWS::EC2::Volume") == 0 && !hw_strv_has(&d->kept, h->physical_id))
        hw_strv_add(&d->kept, h->physical_id);
}

static void tell_heard(struct hw_unit *unit, const struct hw_heard *h)
{
    struct hw_event event = hw_heard_event(h, unit->stack->name);
    hw_deploy_note(unit->deploy, &event);
    hw_tell(unit->deploy->sink, &event);
}

static void end_listening(struct hw_unit *unit)
{
    bool any = unit->heard_count > 0;
    for (size_t i = unit->heard_count; i-- > 0;) {
        learn_from(unit, &unit->heard[i]);
        tell_heard(unit, &unit->heard[i]);
    }
    if (unit->heard_count > 0)
        hw_replace(&unit->last_event_id, unit->heard[0].event_id);
    hw_unit_forget_heard(unit);
    hw_replace(&unit->token, NULL);
    hw_unit_heard_all(unit, any);
}

static void ask_page(struct hw_unit *unit);

/* Events come with the next look. The last ones are asked for again and again; but that a stack has
 * ended does not depend on them. */
#define LAST_TRIES 5u

static void unheard(struct hw_unit *unit, const struct hw_err *err)
{
    if (err->code == HW_ERR_AUTH)
        hw_unit_look_failed(unit, err, hw_unit_follow);
    else if ((unit->last_look || unit->missed) && ++unit->deaf < LAST_TRIES)
        hw_unit_later(unit, hw_unit_pace(unit, false), hw_unit_listen);
    else
        hw_unit_heard_all(unit, false);
}

static void on_page(struct hw_unit *unit, const struct hw_xml *xml, const struct hw_err *err)
{
    if (err) {
        hw_unit_forget_heard(unit);
        hw_replace(&unit->token, NULL);
        unheard(unit, err);
        return;
    }
    unit->deaf = 0;
    bool below = true;
    struct hw_xml *events = hw_xml_child(xml, "StackEvents");
    struct hw_xml *member = events ? hw_xml_first(events, "member") : NULL;
    for (; member && below; member = hw_xml_next(member))
        below = hear(unit, member);
    free(unit->token);
    unit->token = hw_xml_text(xml, "NextToken");
    if (below && unit->token[0] && unit->heard_count < HW_MAX_STACK_EVENTS)
        ask_page(unit);
    else
        end_listening(unit);
}

static void ask_page(struct hw_unit *unit)
{
    struct hw_aws_request *request =
        hw_aws_request_new(HW_AWS_CLOUDFORMATION, "DescribeStackEvents");
    hw_aws_param(request, "StackName", unit->stack_id ? unit->stack_id : unit->stack->name);
    if (unit->token && unit->token[0])
        hw_aws_param(request, "NextToken", unit->token);
    hw_unit_send(unit, request, on_page);
}

void hw_unit_listen(struct hw_unit *unit)
{
    hw_replace(&unit->token, NULL);
    ask_page(unit);
}
