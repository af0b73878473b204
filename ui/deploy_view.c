/* SPDX-License-Identifier: Apache-2.0 */
#include "ui/deploy_view.h"

#include "base/clock.h"
#include "base/text.h"
#include "model/schema.h"

static void resource_done(struct ui_resource *resource)
{
    free(resource->name);
    free(resource->type);
    free(resource->physical_id);
    free(resource->status);
    free(resource->reason);
}

static void drop_changes(struct ui_stack *stack)
{
    for (size_t i = 0; i < stack->change_count; i++) {
        free(stack->changes[i].resource);
        free(stack->changes[i].type);
        free(stack->changes[i].properties);
        free(stack->changes[i].words);
    }
    stack->change_count = 0;
}

static void stack_done(struct ui_stack *stack)
{
    drop_changes(stack);
    free(stack->changes);
    for (size_t i = 0; i < stack->count; i++)
        resource_done(&stack->resources[i]);
    free(stack->resources);
    free(stack->name);
    free(stack->message);
}

static void moment_done(struct ui_moment *moment)
{
    free(moment->who);
    free(moment->what);
    free(moment->text);
}

void ui_deploy_view_done(struct ui_deploy_view *view)
{
    for (size_t i = 0; i < view->count; i++)
        stack_done(&view->stacks[i]);
    for (size_t i = 0; i < view->moment_count; i++)
        moment_done(&view->moments[i]);
    for (size_t i = 0; i < view->failure_count; i++) {
        free(view->failures[i].who);
        free(view->failures[i].what);
        free(view->failures[i].reason);
    }
    ui_nodes_done(&view->nodes);
    hw_guess_free(view->guess);
    free(view->stacks);
    free(view->moments);
    free(view->failures);
    free(view->cluster);
    free(view->outcome);
    free(view->next);
    free(view->place);
    hw_strv_done(&view->stuck);
    *view = (struct ui_deploy_view){0};
}

static struct ui_stack *get_stack(struct ui_deploy_view *view, const char *name)
{
    if (!name || name[0] == '\0')
        return NULL;
    for (size_t i = 0; i < view->count; i++) {
        if (strcmp(view->stacks[i].name, name) == 0)
            return &view->stacks[i];
    }
    if (view->count >= UI_MAX_STACKS)
        return NULL;
    hw_grow(&view->stacks, &view->capacity, view->count, sizeof *view->stacks);
    struct ui_stack *stack = &view->stacks[view->count++];
    *stack = (struct ui_stack){.name = hw_strdup(name)};
    return stack;
}

void ui_deploy_view_begin(struct ui_deploy_view *view, const char *cluster,
                          const struct hw_strv *stacks)
{
    struct hw_pace pace = view->pace;
    struct ui_nodes nodes = view->nodes;
    struct hw_strv stuck = {0};
    if (view->cluster && strcmp(view->cluster, cluster) == 0)
        hw_strv_copy(&stuck, &view->stuck);
    view->nodes = (struct ui_nodes){0};
    ui_deploy_view_done(view);
    view->stuck = stuck;
    ui_nodes_begin(&nodes);
    view->nodes = nodes;
    view->pace = pace;
    view->cluster = hw_strdup(cluster);
    view->guess = hw_guess_new(cluster);
    for (size_t i = 0; stacks && i < stacks->count; i++) {
        get_stack(view, stacks->items[i]);
        hw_guess_stack(view->guess, stacks->items[i]);
    }
}

static struct ui_resource *get_resource(struct ui_stack *stack, const char *name)
{
    for (size_t i = 0; i < stack->count; i++) {
        if (strcmp(stack->resources[i].name, name) == 0)
            return &stack->resources[i];
    }
    if (stack->count >= UI_MAX_RESOURCES)
        return NULL;
    hw_grow(&stack->resources, &stack->capacity, stack->count, sizeof *stack->resources);
    struct ui_resource *resource = &stack->resources[stack->count++];
    *resource = (struct ui_resource){.name = hw_strdup(name)};
    return resource;
}

enum ui_progress ui_progress_of_status(const char *status)
{
    if (strcmp(status, "DELETE_COMPLETE") == 0 || strcmp(status, "DELETE_SKIPPED") == 0)
        return UI_GONE;
    if (hw_text_ends(status, "_FAILED") || hw_text_ends(status, "ROLLBACK_COMPLETE"))
        return UI_FAILED;
    if (strstr(status, "ROLLBACK") || hw_text_starts(status, "DELETE_"))
        return UI_UNDOES;
    if (hw_text_ends(status, "_IN_PROGRESS"))
        return UI_WORKS;
    return hw_text_ends(status, "_COMPLETE") ? UI_DONE : UI_WAITS;
}

bool ui_resource_stays(const struct ui_resource *resource)
{
    return resource->status && strcmp(resource->status, "DELETE_SKIPPED") == 0;
}

static enum ui_progress progress_of_step(enum hw_step step)
{
    switch (step) {
    case HW_STEP_WAITING:
        return UI_WAITS;
    case HW_STEP_PLANNING:
    case HW_STEP_PLANNED:
    case HW_STEP_EXECUTING:
        return UI_WORKS;
    case HW_STEP_UNCHANGED:
    case HW_STEP_DONE:
        return UI_DONE;
    case HW_STEP_FAILED:
        return UI_FAILED;
    case HW_STEP_ROLLING_BACK:
    case HW_STEP_DELETING:
        return UI_UNDOES;
    case HW_STEP_DELETED:
        return UI_GONE;
    }
    return UI_WAITS;
}

static void drop_oldest(struct ui_deploy_view *view)
{
    size_t count = UI_MAX_MOMENTS / 4;
    for (size_t i = 0; i < count; i++)
        moment_done(&view->moments[i]);
    view->moment_count -= count;
    view->dropped += count;
    memmove(view->moments, view->moments + count, view->moment_count * sizeof *view->moments);
}

/* Stack events and node lines come from two feeds, each in its own order and some seconds late:
 * a moment goes to where its time belongs. */
static void add_moment(struct ui_deploy_view *view, int64_t time_ms, enum hw_severity severity,
                       const char *who, const char *what, const char *text)
{
    if (view->moment_count >= UI_MAX_MOMENTS)
        drop_oldest(view);
    hw_grow(&view->moments, &view->moment_capacity, view->moment_count, sizeof *view->moments);
    size_t at = view->moment_count++;
    for (; at > 0 && view->moments[at - 1].time_ms > time_ms; at--)
        view->moments[at] = view->moments[at - 1];
    view->moments[at] = (struct ui_moment){.time_ms = time_ms,
                                           .severity = severity,
                                           .who = hw_strdup(who ? who : ""),
                                           .what = hw_strdup(what ? what : ""),
                                           .text = hw_strdup(text ? text : "")};
}

/* By time: a node's own words come some seconds later than what CloudFormation makes of them. */
static void add_failure(struct ui_deploy_view *view, int64_t time_ms, bool node, const char *who,
                        const char *what, const char *reason)
{
    if (view->failure_count >= UI_MAX_FAILURES)
        return;
    hw_grow(&view->failures, &view->failure_capacity, view->failure_count, sizeof *view->failures);
    size_t at = view->failure_count++;
    for (; at > 0 && view->failures[at - 1].time_ms > time_ms; at--)
        view->failures[at] = view->failures[at - 1];
    view->failures[at] = (struct ui_failure){.time_ms = time_ms,
                                             .node = node,
                                             .who = hw_strdup(who ? who : ""),
                                             .what = hw_strdup(what ? what : ""),
                                             .reason = hw_strdup(reason ? reason : "")};
}

static void set_span(int64_t *start_ms, int64_t *end_ms, enum ui_progress progress, int64_t time_ms)
{
    bool ended = progress == UI_DONE || progress == UI_FAILED || progress == UI_GONE;
    if (*start_ms == 0 && progress != UI_WAITS)
        *start_ms = time_ms;
    *end_ms = ended ? time_ms : 0;
}

const char *ui_step_words(enum hw_step step)
{
    static const char *const words[] = {
        [HW_STEP_WAITING] = N_("waits"),
        [HW_STEP_PLANNING] = N_("is being planned"),
        [HW_STEP_PLANNED] = N_("is planned"),
        [HW_STEP_UNCHANGED] = N_("nothing to change"),
        [HW_STEP_EXECUTING] = N_("is being made"),
        [HW_STEP_DONE] = N_("done"),
        [HW_STEP_FAILED] = N_("failed"),
        [HW_STEP_ROLLING_BACK] = N_("is being rolled back"),
        [HW_STEP_DELETING] = N_("is being deleted"),
        [HW_STEP_DELETED] = N_("deleted"),
    };
    return _(words[step]);
}

static const char *stage_words(enum hw_stage_status status)
{
    static const char *const words[] = {
        [HW_STAGE_STARTED] = N_("started"),
        [HW_STAGE_DONE] = N_("done"),
        [HW_STAGE_FAILED] = N_("failed"),
        [HW_STAGE_SKIPPED] = N_("skipped"),
    };
    return _(words[status]);
}

static bool apply_step(struct ui_deploy_view *view, const struct hw_ev_step *step, int64_t time_ms)
{
    struct ui_stack *stack = get_stack(view, step->stack);
    if (!stack)
        return false;
    stack->step = step->step;
    if (step->step == HW_STEP_PLANNING)
        drop_changes(stack);
    stack->progress = progress_of_step(step->step);
    if (stack->end_ms == 0 || stack->progress == UI_WORKS)
        set_span(&stack->start_ms, &stack->end_ms, stack->progress, time_ms);
    hw_replace(&stack->message, step->message);
    bool failed = step->step == HW_STEP_FAILED;
    hw_auto(hw_buf) text = HW_BUF(HW_MAX_VALUE);
    const char *message = step->message ? step->message : "";
    const char *words = ui_step_words(step->step);
    bool more = message[0] && strcmp(message, words) != 0;
    hw_buf_print(&text, more ? "%s  %s" : "%s", words, message);
    if (step->step != HW_STEP_WAITING)
        add_moment(view, time_ms, failed ? HW_ERROR : HW_INFO, "hpcwiz", step->stack,
                   hw_buf_cstr(&text));
    return true;
}

/* The stack's own events carry it as their resource. */
static bool is_stack_itself(const struct hw_ev_stack *event)
{
    return strcmp(event->resource_type, "AWS::CloudFormation::Stack") == 0 &&
           strcmp(event->resource, event->stack) == 0;
}

static void apply_resource(struct ui_stack *stack, const struct hw_ev_stack *event,
                           enum ui_progress progress, int64_t time_ms)
{
    struct ui_resource *resource = get_resource(stack, event->resource);
    if (!resource)
        return;
    if (hw_text_starts(event->reason, "Received SUCCESS signal"))
        resource->signals++;
    if (resource->progress != UI_FAILED || progress == UI_WORKS || progress == UI_DONE)
        hw_replace(&resource->reason, event->reason);
    resource->progress = progress;
    set_span(&resource->start_ms, &resource->end_ms, progress, time_ms);
    hw_replace(&resource->type, event->resource_type);
    hw_replace(&resource->status, event->status);
    if (event->physical_id[0] != '\0')
        hw_replace(&resource->physical_id, event->physical_id);
}

/* The status of the stack itself is new: which of its resources a rollback got stuck at. Each has
 * been tried by then, so that what it failed with last is the rollback's. */
static void note_stuck(struct ui_deploy_view *view, const struct ui_stack *stack,
                       const char *status)
{
    hw_auto_text prefix = hw_format("%s/", stack->name);
    struct hw_strv stuck = {0};
    for (size_t i = 0; i < view->stuck.count; i++) {
        if (!hw_text_starts(view->stuck.items[i], prefix))
            hw_strv_add(&stuck, view->stuck.items[i]);
    }
    bool is_stuck = strcmp(status, "UPDATE_ROLLBACK_FAILED") == 0;
    for (size_t i = 0; is_stuck && i < stack->count; i++) {
        const struct ui_resource *resource = &stack->resources[i];
        if (resource->status && strcmp(resource->status, "UPDATE_FAILED") == 0)
            hw_strv_take(&stuck, hw_format("%s%s", prefix, resource->name));
    }
    hw_strv_done(&view->stuck);
    view->stuck = stuck;
}

static const char *known(const char *text)
{
    return text ? text : "";
}

static bool apply_stack(struct ui_deploy_view *view, const struct hw_ev_stack *event,
                        int64_t time_ms)
{
    struct hw_ev_stack e = *event;
    struct ui_stack *stack = get_stack(view, e.stack);
    if (!stack)
        return false;
    e.resource = known(e.resource);
    e.resource_type = known(e.resource_type);
    e.status = known(e.status);
    e.reason = known(e.reason);
    e.physical_id = known(e.physical_id);
    enum ui_progress progress = ui_progress_of_status(e.status);
    bool itself = is_stack_itself(&e);
    if (itself) {
        note_stuck(view, stack, e.status);
        stack->progress = progress;
        stack->kept =
            strcmp(e.status, "CREATE_FAILED") == 0 || strcmp(e.status, "UPDATE_FAILED") == 0;
        stack->undone = hw_text_ends(e.status, "ROLLBACK_COMPLETE");
        set_span(&stack->start_ms, &stack->end_ms, progress, time_ms);
    } else {
        apply_resource(stack, &e, progress, time_ms);
    }
    /* What CloudFormation cancelled because something else failed is no cause. */
    bool failed = hw_text_ends(e.status, "_FAILED");
    if (failed && !itself && !strstr(e.reason, "cancelled"))
        add_failure(view, time_ms, false, e.stack, e.resource, e.reason);
    hw_auto(hw_buf) text = HW_BUF(HW_MAX_VALUE);
    hw_buf_print(&text, e.reason[0] != '\0' ? "%s  %s" : "%s", e.status, e.reason);
    add_moment(view, time_ms, failed ? HW_ERROR : HW_INFO, "cfn", e.resource, hw_buf_cstr(&text));
    return true;
}

static bool apply_stage(struct ui_deploy_view *view, const struct hw_event *event, int64_t time_ms)
{
    const struct hw_ev_stage *stage = &event->u.stage;
    if (!ui_nodes_apply(&view->nodes, event, time_ms))
        return false;
    bool failed = stage->status == HW_STAGE_FAILED;
    const char *message = known(stage->message);
    hw_auto(hw_buf) text = HW_BUF(HW_MAX_VALUE);
    if (failed) {
        hw_buf_print(&text, _("failed with %d"), stage->exit_code);
        if (message[0] != '\0')
            hw_buf_print(&text, ": %s", message);
        add_failure(view, time_ms, true, stage->node, stage->stage, hw_buf_cstr(&text));
    } else {
        const char *word = stage_words(stage->status);
        hw_buf_print(&text, message[0] != '\0' ? "%s  %s" : "%s", word, message);
    }
    add_moment(view, time_ms, failed ? HW_ERROR : HW_INFO, stage->node, stage->stage,
               hw_buf_cstr(&text));
    return true;
}

static void keep_change(struct ui_stack *stack, const struct hw_ev_change *change)
{
    if (!stack || stack->change_count >= UI_MAX_RESOURCES)
        return;
    hw_grow(&stack->changes, &stack->change_capacity, stack->change_count, sizeof *stack->changes);
    stack->changes[stack->change_count++] =
        (struct ui_change){.action = change->action,
                           .loses_data = change->loses_data,
                           .resource = hw_strdup(known(change->resource)),
                           .type = hw_strdup(known(change->resource_type)),
                           .properties = hw_strdup(known(change->properties)),
                           .words = hw_strdup(known(change->message))};
}

const char *ui_change_words(enum hw_change_action action)
{
    static const char *const words[] = {
        [HW_CHANGE_ADD] = N_("add"),         [HW_CHANGE_MODIFY] = N_("modify"),
        [HW_CHANGE_REPLACE] = N_("REPLACE"), [HW_CHANGE_MAY_REPLACE] = N_("may be replaced"),
        [HW_CHANGE_REMOVE] = N_("remove"),
    };
    return _(words[action]);
}

/* The words of a change, for the timeline: "replace  its data volume stays". */
static bool apply_change(struct ui_deploy_view *view, const struct hw_ev_change *change,
                         int64_t time_ms)
{
    const char *message = known(change->message);
    hw_auto(hw_buf) text = HW_BUF(HW_MAX_VALUE);
    keep_change(get_stack(view, change->stack), change);
    if (change->loses_data)
        hw_buf_print(&text, "%s  ", _("DATA IS LOST"));
    hw_buf_print(&text, message[0] != '\0' ? "%s  %s" : "%s", ui_change_words(change->action),
                 message);
    bool gentle = change->action == HW_CHANGE_ADD || change->action == HW_CHANGE_MODIFY;
    add_moment(view, time_ms,
               change->loses_data ? HW_ERROR
               : gentle           ? HW_INFO
                                  : HW_WARNING,
               "plan", change->resource, hw_buf_cstr(&text));
    return true;
}

/* err NULL: it ended well. */
static void take_error(struct ui_deploy_view *view, const struct hw_err *err)
{
    enum hw_page_id page;
    const struct hw_field *field;
    bool asked = err && hw_place_find(err->place, &page, &field);
    bool elsewhere = err && !asked && err->place[0];
    hw_auto_text located = elsewhere ? hw_format("%s: %s", err->place, err->what) : NULL;
    hw_replace(&view->place, asked ? err->place : NULL);
    hw_replace(&view->outcome, elsewhere ? located : err ? err->what : NULL);
    hw_replace(&view->next, err ? err->next : NULL);
}

/* Nothing comes any more of what a stack has waited for. */
static void end_waiting(struct ui_deploy_view *view)
{
    for (size_t i = 0; i < view->count; i++) {
        struct ui_stack *stack = &view->stacks[i];
        bool waits = stack->progress == UI_WAITS && stack->step == HW_STEP_WAITING;
        if (waits && stack->message && stack->message[0])
            hw_replace(&stack->message, _("not made"));
    }
}

static bool apply_result(struct ui_deploy_view *view, const struct hw_ev_result *result,
                         int64_t time_ms)
{
    static const char *const commands[] = {"deploy", "follow", "plan", "rollback"};
    bool ours = false;
    for (size_t i = 0; result->command && i < HW_COUNT(commands); i++)
        ours = ours || strcmp(result->command, commands[i]) == 0;
    if (!ours)
        return false;
    view->plan = strcmp(result->command, "plan") == 0;
    view->rollback = strcmp(result->command, "rollback") == 0;
    /* The clock of the account may be ahead of ours: nothing ends before what happened in it. */
    int64_t newest = view->moment_count ? view->moments[view->moment_count - 1].time_ms : 0;
    view->end_ms = time_ms > newest ? time_ms : newest;
    view->ok = result->ok;
    if (view->ok && !view->plan)
        hw_strv_done(&view->stuck);
    view->stands = result->err && result->err->code == HW_ERR_INTERRUPTED;
    for (size_t i = 0; view->plan && i < view->count; i++) { /* what is planned goes no further */
        struct ui_stack *stack = &view->stacks[i];
        if (stack->start_ms != 0 && stack->end_ms == 0)
            stack->end_ms = view->end_ms;
        if (stack->progress == UI_WORKS)
            stack->progress = UI_WAITS;
    }
    if (!view->ok && !view->plan)
        end_waiting(view);
    take_error(view, result->err);
    return true;
}

static int64_t event_time(const struct hw_event *event)
{
    switch (event->type) {
    case HW_EV_STEP:
        return event->u.step.time_ms;
    case HW_EV_STACK:
        return event->u.stack.time_ms;
    case HW_EV_NODE:
        return event->u.node.time_ms;
    case HW_EV_STAGE:
        return event->u.stage.time_ms;
    default: /* of a notice: by this machine's clock, while the others are the services' */
        return 0;
    }
}

static bool apply(struct ui_deploy_view *view, const struct hw_event *event, int64_t time_ms)
{
    switch (event->type) {
    case HW_EV_STEP:
        return apply_step(view, &event->u.step, time_ms);
    case HW_EV_CHANGE:
        return apply_change(view, &event->u.change, time_ms);
    case HW_EV_STACK:
        return apply_stack(view, &event->u.stack, time_ms);
    case HW_EV_STAGE:
        return apply_stage(view, event, time_ms);
    case HW_EV_NODE:
    case HW_EV_LOG:
        return ui_nodes_apply(&view->nodes, event, time_ms);
    case HW_EV_NOTICE:
        if (!ui_deploy_view_running(view))
            return false;
        add_moment(view, time_ms, event->u.notice.severity, "hpcwiz", "", event->u.notice.text);
        return true;
    case HW_EV_RESULT:
        return apply_result(view, &event->u.result, time_ms);
    default:
        return false;
    }
}

bool ui_deploy_view_apply(struct ui_deploy_view *view, const struct hw_event *event, int64_t now_ms)
{
    int64_t time_ms = event_time(event);
    if (time_ms == 0)
        time_ms = now_ms;
    if (!apply(view, event, time_ms))
        return false;
    if (view->guess)
        hw_guess_feed(view->guess, event, now_ms);
    if (event->type == HW_EV_STEP || event->type == HW_EV_STACK) {
        if (view->start_ms == 0 || time_ms < view->start_ms)
            view->start_ms = time_ms;
    }
    view->heard_ms = now_ms;
    return true;
}

bool ui_deploy_view_running(const struct ui_deploy_view *view)
{
    return view->start_ms != 0 && view->end_ms == 0;
}

bool ui_stack_alters(const struct ui_stack *stack)
{
    for (size_t i = 0; i < stack->change_count; i++) {
        if (stack->changes[i].action != HW_CHANGE_ADD)
            return true;
    }
    return false;
}

bool ui_deploy_view_deleted(const struct ui_deploy_view *view)
{
    bool deleted = false;
    for (size_t i = 0; i < view->count; i++)
        deleted = deleted || view->stacks[i].step == HW_STEP_DELETED;
    return deleted && view->end_ms != 0 && view->ok;
}

size_t ui_stack_resources_done(const struct ui_stack *stack)
{
    size_t done = 0;
    for (size_t i = 0; i < stack->count; i++)
        done += stack->resources[i].progress == UI_DONE;
    return done;
}

int64_t ui_span_ms(int64_t start_ms, int64_t end_ms, int64_t now_ms)
{
    int64_t until_ms = end_ms ? end_ms : now_ms;
    return start_ms == 0 || until_ms < start_ms ? 0 : until_ms - start_ms;
}

int64_t ui_deploy_view_gap(const struct ui_deploy_view *view, size_t index, int64_t now_ms)
{
    if (index == 0 || index > view->moment_count)
        return 0;
    bool last = index == view->moment_count;
    if (last && !ui_deploy_view_running(view))
        return 0;
    int64_t gap = (last ? now_ms : view->moments[index].time_ms) - view->moments[index - 1].time_ms;
    return gap >= UI_GAP_MS ? gap : 0;
}
