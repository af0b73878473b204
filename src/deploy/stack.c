/* SPDX-License-Identifier: Apache-2.0 */
/* One stack: what its status asks for, and following it to its end. */
#include "deploy/run.h"

#include <stdarg.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/text.h"

#define PACE_MIN_MS   2000
#define PACE_MAX_MS   15000
#define PACE_EACH_MS  150 /* so long for each stack that moves: the budget is for the nodes, too */
#define LOOKS_UNASKED 5u
#define LOOKS_FAILED  3u /* in a row; the client has tried each several times */

static void on_timer(void *data)
{
    struct hw_unit *unit = data;
    unit->timer = NULL;
    unit->next(unit);
}

void hw_unit_later(struct hw_unit *unit, int64_t delay_ms, hw_unit_fn *next)
{
    if (unit->deploy->ended)
        return;
    unit->next = next;
    unit->timer = hw_loop_timer(unit->deploy->loop, delay_ms, on_timer, unit);
}

static void on_reply(void *data, const struct hw_aws_reply *reply, const struct hw_err *err)
{
    struct hw_unit *unit = data;
    unit->call = NULL;
    if (!err && !reply->xml) {
        struct hw_err empty = {0};
        hw_fail(&empty, HW_ERR_PROTOCOL, _("%s: CloudFormation's answer holds no result"),
                unit->stack->name);
        unit->reply(unit, NULL, &empty);
        return;
    }
    unit->reply(unit, err ? NULL : reply->xml, err);
}

void hw_unit_send(struct hw_unit *unit, struct hw_aws_request *request_take, hw_unit_reply_fn *fn)
{
    if (unit->deploy->ended) {
        hw_aws_request_free(request_take);
        return;
    }
    unit->reply = fn;
    unit->call = hw_aws_send(unit->deploy->aws, request_take, on_reply, unit);
}

void hw_unit_stop(struct hw_unit *unit)
{
    hw_aws_cancel(unit->call);
    hw_timer_cancel(unit->timer);
    unit->call = NULL;
    unit->timer = NULL;
}

void hw_unit_done(struct hw_unit *unit)
{
    hw_unit_stop(unit);
    hw_unit_forget_heard(unit);
    free(unit->stack_id);
    free(unit->begun_id);
    free(unit->image_source);
    free(unit->image);
    free(unit->volume_gib);
    free(unit->hpc_version);
    free(unit->status);
    free(unit->change_set);
    free(unit->stale_set);
    free(unit->last_event_id);
    free(unit->token);
    free(unit->reason);
    free(unit->turn);
    free(unit->group);
    free(unit->group_id);
    free(unit->held_told);
    hw_strv_done(&unit->held_groups);
    hw_unit_forget_changes(unit);
    hw_strv_done(&unit->activities);
}

void hw_unit_tell(struct hw_unit *unit, enum hw_step step, const char *fmt, ...)
{
    hw_auto(hw_buf) text = HW_BUF(HW_MAX_VALUE);
    va_list args;
    if (unit->step_told && unit->step == step)
        return;
    va_start(args, fmt);
    hw_buf_vprint(&text, fmt, args);
    va_end(args);
    unit->step = step;
    unit->step_told = true;
    struct hw_event event = {.type = HW_EV_STEP,
                             .u.step = {.time_ms = hw_aws_now_ms(unit->deploy->aws),
                                        .stack = unit->stack->name,
                                        .step = step,
                                        .message = hw_buf_cstr(&text)}};
    hw_deploy_note(unit->deploy, &event);
    hw_tell(unit->deploy->sink, &event);
}

void hw_unit_finish(struct hw_unit *unit, enum hw_unit_state state)
{
    hw_unit_stop(unit);
    unit->state = state;
    hw_run_advance(unit->deploy);
}

void hw_unit_fail(struct hw_unit *unit, const struct hw_err *err)
{
    unit->err = *err;
    hw_unit_tell(unit, HW_STEP_FAILED, "%s", err->what);
    hw_unit_finish(unit, HW_UNIT_FAILED);
}

static int64_t least_pace(const struct hw_deploy *d)
{
    int64_t all_ms = 0;
    for (size_t i = 0; i < d->unit_count; i++)
        all_ms += d->units[i].state == HW_UNIT_WORKING ? PACE_EACH_MS : 0;
    return all_ms > PACE_MIN_MS ? all_ms : PACE_MIN_MS;
}

int64_t hw_unit_pace(struct hw_unit *unit, bool moved)
{
    int64_t least_ms = least_pace(unit->deploy);
    if (unit->deploy->poll_ms > 0)
        return unit->deploy->poll_ms;
    if (moved || unit->pace_ms < least_ms)
        unit->pace_ms = least_ms;
    else if (unit->pace_ms < PACE_MAX_MS)
        unit->pace_ms = unit->pace_ms * 3 / 2;
    /* Stacks that are followed side by side must not ask in step. */
    return unit->pace_ms + (hw_clock_monotonic_ms() * 7919 + (int64_t)strlen(unit->stack->name)) %
                               (unit->pace_ms / 4);
}

bool hw_unit_absent(const struct hw_err *err)
{
    return err && strcmp(err->service_code, "ValidationError") == 0 &&
           strstr(err->what, "does not exist");
}

void hw_unit_look_failed(struct hw_unit *unit, const struct hw_err *err, hw_unit_fn *again)
{
    bool passing = err->code == HW_ERR_NETWORK || err->code == HW_ERR_THROTTLED;
    if (passing && ++unit->failures < LOOKS_FAILED) {
        if (unit->failures == 1)
            hw_tell_notice(unit->deploy->sink, HW_WARNING, _("%s: %s. Trying again."),
                           unit->stack->name, err->what);
        hw_unit_later(unit, hw_unit_pace(unit, false) * unit->failures, again);
        return;
    }
    struct hw_err failed = *err;
    hw_wrap(&failed, _("stack '%s'"), unit->stack->name);
    if (passing || !failed.next[0])
        hw_err_next(&failed, "%s",
                    _("What has begun goes on. Run `hpcwiz deploy FILE` to take it up again."));
    hw_unit_fail(unit, &failed);
}

static bool in_progress(const char *status)
{
    return hw_text_ends(status, "_IN_PROGRESS") && strcmp(status, "REVIEW_IN_PROGRESS") != 0;
}

static bool is_good_end(const char *status)
{
    return strcmp(status, "CREATE_COMPLETE") == 0 || strcmp(status, "UPDATE_COMPLETE") == 0 ||
           strcmp(status, "IMPORT_COMPLETE") == 0;
}

static void on_holder(struct hw_unit *unit, bool alive)
{
    bool there = unit->status[0] && strcmp(unit->status, "REVIEW_IN_PROGRESS") != 0;
    if (alive) {
        hw_unit_later(unit, hw_unit_pace(unit, false), hw_unit_look);
        return;
    }
    if ((there || unit->gone) && !unit->released) {
        unit->released = true;
        hw_unit_look(unit); /* how it was left */
        return;
    }
    if (unit->gone) {
        hw_unit_finish(unit, HW_UNIT_DONE);
        return;
    }
    unit->step_told = false; /* it waits for no other stack any more */
    hw_unit_tell(unit, HW_STEP_WAITING, "%s", _("not made"));
    hw_unit_finish(unit, HW_UNIT_UNMADE);
}

/* FOLLOW: a stack that is not there may come, and one that is there may go, as long as someone is
 * at work, here or elsewhere. */
static void await_holder(struct hw_unit *unit)
{
    struct hw_err err = {0};
    bool known = hw_path_exists(unit->deploy->journal_path); /* looking makes none */
    struct hw_journal *lock = known ? hw_journal_open(unit->deploy->journal_path, &err) : NULL;
    hw_journal_close(lock);
    if (err.code == HW_ERR_BUSY)
        hw_unit_later(unit, hw_unit_pace(unit, false), hw_unit_look);
    else
        hw_unit_ask_holder(unit, on_holder);
}

static void tell_turn(struct hw_unit *unit, const char *status)
{
    if (hw_text_ends(status, "ROLLBACK_IN_PROGRESS"))
        hw_unit_tell(unit, HW_STEP_ROLLING_BACK, "%s", unit->reason ? unit->reason : status);
    else if (strcmp(status, "DELETE_IN_PROGRESS") == 0)
        hw_unit_tell(unit, HW_STEP_DELETING, "%s", status);
}

/* Its status has been asked for just now. */
static void listen_as_seen(struct hw_unit *unit)
{
    tell_turn(unit, unit->status);
    unit->last_look = !in_progress(unit->status);
    hw_unit_listen(unit);
}

static bool is_being_deleted(const struct hw_deploy *d)
{
    for (size_t i = 0; i < d->unit_count; i++) {
        const struct hw_unit *unit = &d->units[i];
        if (unit->gone || strcmp(unit->status, "DELETE_IN_PROGRESS") == 0)
            return true;
    }
    return false;
}

/* FOLLOW: what was deleted has ended as it should; and where stacks are deleted, one that is whole
 * waits for its turn. */
static bool awaits_deletion(struct hw_unit *unit)
{
    if (unit->deploy->mode != HW_DEPLOY_FOLLOW)
        return false;
    unit->gone = !unit->status[0];
    if (unit->gone) {
        hw_unit_tell(unit, HW_STEP_DELETED, "%s", _("deleted"));
        hw_replace(&unit->last_event_id, NULL);
        hw_replace(&unit->reason, NULL);
    } else if (is_good_end(unit->status) && !unit->released && is_being_deleted(unit->deploy)) {
        hw_unit_tell(unit, HW_STEP_DONE, "%s", unit->status);
    } else {
        return false;
    }
    await_holder(unit);
    return true;
}

static void act_on_follow(struct hw_unit *unit)
{
    bool was_there = unit->step_told && unit->step == HW_STEP_DONE;
    if (!unit->status[0] && was_there)
        awaits_deletion(unit); /* deleted between two looks */
    else if (!unit->status[0] || strcmp(unit->status, "REVIEW_IN_PROGRESS") == 0)
        await_holder(unit);
    else
        listen_as_seen(unit); /* of one that has ended badly the events say why */
}

bool hw_unit_is_under_way(const struct hw_unit *unit)
{
    return unit->seen && in_progress(unit->status) &&
           strcmp(unit->status, "DELETE_IN_PROGRESS") != 0;
}

static void act_on_deploy(struct hw_unit *unit)
{
    struct hw_err err = {0};
    bool deploys = unit->deploy->mode == HW_DEPLOY_EXECUTE;
    if (in_progress(unit->status) && deploys) {
        unit->cleared = strcmp(unit->status, "DELETE_IN_PROGRESS") == 0;
        unit->acted = true;
        hw_unit_tell(unit, HW_STEP_EXECUTING, "%s", _("already under way"));
        hw_unit_follow(unit);
    } else if (in_progress(unit->status)) {
        hw_fail(&err, HW_ERR_BUSY, _("stack '%s' is in %s and cannot be planned now"),
                unit->stack->name, unit->status);
        hw_err_next(&err, "%s", _("Plan again when it has ended."));
        hw_unit_fail(unit, &err);
    } else if (deploys && unit->deploy->retry && hw_unit_can_retry(unit)) {
        hw_unit_clear(unit);
    } else if (hw_unit_is_dead_end(unit, &err)) {
        hw_unit_fail(unit, &err);
    } else {
        unit->creates = !unit->status[0] || strcmp(unit->status, "REVIEW_IN_PROGRESS") == 0;
        unit->made = unit->made || !unit->status[0] || unit->deploy->resumed;
        hw_unit_plan(unit);
    }
}

/* What happened to the stack that the run before the break had begun to change, while nobody
 * watched: it may be gone by now, and then only its id tells. */
static bool catch_up(struct hw_unit *unit)
{
    if (!unit->missed)
        return false;
    if (in_progress(unit->status) && strcmp(unit->stack_id, unit->begun_id) == 0) {
        unit->missed = false; /* it is followed */
        return false;
    }
    hw_replace(&unit->stack_id, unit->begun_id);
    hw_unit_listen(unit); /* then it is looked at anew */
    return true;
}

static void act_on_status(struct hw_unit *unit)
{
    if (catch_up(unit))
        return;
    switch (unit->deploy->mode) {
    case HW_DEPLOY_DESTROY:
        hw_unit_destroy(unit);
        break;
    case HW_DEPLOY_ROLLBACK:
        hw_unit_roll_back(unit);
        break;
    case HW_DEPLOY_FOLLOW:
        act_on_follow(unit);
        break;
    default:
        act_on_deploy(unit);
    }
}

/* NULL: there is none. The caller's. */
static char *value_of(const struct hw_xml *stack, const char *list, const char *key,
                      const char *name, const char *value)
{
    const struct hw_xml *member = hw_read_member(hw_xml_child(stack, list), key, name);
    return member ? hw_xml_text(member, value) : NULL;
}

static void learn_what_it_has(struct hw_unit *unit, const struct hw_xml *stack)
{
    free(unit->image_source);
    free(unit->image);
    free(unit->volume_gib);
    free(unit->hpc_version);
    unit->image_source = value_of(stack, "Tags", "Key", HW_IMAGE_TAG, "Value");
    unit->image = value_of(stack, "Parameters", "ParameterKey", "ImageId", "ParameterValue");
    unit->volume_gib =
        value_of(stack, "Parameters", "ParameterKey", HW_VOLUME_PARAMETER, "ParameterValue");
    unit->hpc_version =
        value_of(stack, "Parameters", "ParameterKey", HW_HPC_PARAMETER, "ParameterValue");
}

static void learn_stack(struct hw_unit *unit, const struct hw_xml *stack)
{
    if (!unit->stack_id)
        unit->stack_id = hw_xml_text(stack, "StackId");
    learn_what_it_has(unit, stack);
}

void hw_unit_see(struct hw_unit *unit, const struct hw_xml *stack)
{
    unit->seen = true;
    free(unit->status);
    unit->status = hw_xml_text(stack, "StackStatus");
    learn_stack(unit, stack);
}

/* Takes id and status out of a DescribeStacks answer; the status of a stack that is absent or was
 * deleted is "". False: there was no such answer, and `again` will ask for one. */
static bool learn_status(struct hw_unit *unit, const struct hw_xml *xml, const struct hw_err *err,
                         void (*again)(struct hw_unit *unit))
{
    if (err && !hw_unit_absent(err)) {
        hw_unit_look_failed(unit, err, again);
        return false;
    }
    struct hw_xml *stack = xml ? hw_xml_path(xml, "Stacks/member") : NULL;
    hw_auto_text status = stack ? hw_xml_text(stack, "StackStatus") : NULL;
    bool present = status && strcmp(status, "DELETE_COMPLETE") != 0;
    unit->failures = unit->unasked = 0;
    hw_replace(&unit->turn, NULL);
    hw_replace(&unit->status, present ? status : "");
    if (stack)
        learn_stack(unit, stack);
    return true;
}

static void on_look(struct hw_unit *unit, const struct hw_xml *xml, const struct hw_err *err)
{
    if (learn_status(unit, xml, err, hw_unit_look))
        act_on_status(unit);
}

static struct hw_aws_request *describe(const struct hw_unit *unit)
{
    struct hw_aws_request *request = hw_aws_request_new(HW_AWS_CLOUDFORMATION, "DescribeStacks");
    hw_aws_param(request, "StackName", unit->stack_id ? unit->stack_id : unit->stack->name);
    return request;
}

void hw_unit_look(struct hw_unit *unit)
{
    hw_replace(&unit->stack_id, NULL); /* by name: another stack may bear it by now */
    hw_unit_send(unit, describe(unit), on_look);
}

/* What the list of all stacks has told at the beginning is fresh as long as nothing was waited for:
 * then the stack need not be asked for by itself. */
void hw_unit_start(struct hw_unit *unit)
{
    bool fresh =
        hw_unit_is_under_way(unit) || (unit->seen && unit->deploy->mode == HW_DEPLOY_FOLLOW);
    unit->state = HW_UNIT_WORKING;
    unit->seen = false;
    if (fresh)
        hw_unit_later(unit, 0, act_on_status);
    else
        hw_unit_look(unit);
}

/* Where the run wants the stack to be. */
static bool is_goal(const struct hw_unit *unit)
{
    enum hw_deploy_mode mode = unit->deploy->mode;
    if (mode == HW_DEPLOY_DESTROY || unit->cleared)
        return !unit->status[0];
    if (mode == HW_DEPLOY_ROLLBACK)
        return !unit->status[0] || strcmp(unit->status, "UPDATE_ROLLBACK_COMPLETE") == 0;
    return is_good_end(unit->status);
}

static void conclude_well(struct hw_unit *unit)
{
    if (unit->cleared) {
        unit->cleared = false;
        hw_replace(&unit->last_event_id, NULL);
        hw_replace(&unit->reason, NULL);
        hw_unit_tell(unit, HW_STEP_DELETED, "%s", _("cleared away; it is made again"));
        hw_unit_look(unit);
        return;
    }
    if (unit->deploy->mode == HW_DEPLOY_EXECUTE && !unit->executed) {
        hw_run_turn_back(unit); /* it has what somebody asked for, at some time */
        return;
    }
    if (!unit->status[0])
        hw_unit_tell(unit, HW_STEP_DELETED, "%s", _("deleted"));
    else
        hw_unit_tell(unit, HW_STEP_DONE, "%s", unit->status);
    hw_unit_finish(unit, HW_UNIT_DONE);
}

void hw_unit_conclude_badly(struct hw_unit *unit)
{
    struct hw_err err = {0};
    const char *status = unit->status[0] ? unit->status : "DELETE_COMPLETE";
    if (unit->reason)
        hw_fail(&err, HW_ERR_SERVICE, _("stack '%s' failed: %s"), unit->stack->name, unit->reason);
    else
        hw_fail(&err, HW_ERR_SERVICE, _("stack '%s' ended in %s"), unit->stack->name, status);
    hw_unit_choices(unit, &err);
    hw_unit_fail(unit, &err);
}

/* The stack has ended and its events are told. */
static void conclude(struct hw_unit *unit)
{
    if (awaits_deletion(unit))
        return;
    if (is_goal(unit))
        conclude_well(unit);
    else if (!hw_unit_await_interfaces(unit))
        hw_unit_conclude_badly(unit);
}

void hw_unit_heard_all(struct hw_unit *unit, bool any)
{
    if (unit->missed) {
        unit->missed = false;
        hw_unit_look(unit);
    } else if (unit->last_look) {
        conclude(unit);
    } else if (unit->turn) {
        tell_turn(unit, unit->turn);
        hw_unit_follow(unit);
    } else if (!hw_unit_ask_activities(unit) && !hw_unit_ask_interfaces(unit)) {
        hw_unit_later(unit, hw_unit_pace(unit, any), hw_unit_follow);
    }
}

static void on_follow(struct hw_unit *unit, const struct hw_xml *xml, const struct hw_err *err)
{
    if (learn_status(unit, xml, err, hw_unit_follow))
        listen_as_seen(unit);
}

/* The events of a stack tell of each turn that it takes. Then it is asked for itself, and now and
 * then in case an event was missed. */
void hw_unit_follow(struct hw_unit *unit)
{
    if (unit->turn || !in_progress(unit->status) || unit->unasked >= LOOKS_UNASKED) {
        hw_unit_send(unit, describe(unit), on_follow);
        return;
    }
    unit->unasked++;
    unit->last_look = false;
    hw_unit_listen(unit);
}
