/* SPDX-License-Identifier: Apache-2.0 */
/* How stacks move. An operation is a list of tasks, one a resource: {id, do, state, needs, _due}.
 * A task goes wait -> begun -> working -> (settling) -> done | failed; all tasks whose needs are
 * done move at the same time. When all are done, or one has failed, the operation ends and
 * perhaps another one begins (rollback, clean-up). Events, statuses and their order: user guide,
 * "Stack status codes" and "Understand stack creation events". */
#include "sim/stack.h"

#include "base/mem.h"
#include "base/text.h"
#include "sim/cfn_template.h"
#include "sim/cfn_type.h"
#include "sim/engine.h"
#include "sim/group.h"

#define BEGIN_SECONDS  1
#define REMOVE_SHARE   0.4 /* of the time it takes to make one */
#define SIGNAL_DEFAULT 300 /* seconds; CreationPolicy attribute, "Timeout" */

enum { WAIT, BEGUN, WORKING, SETTLING, DONE, FAILED };

struct step {
    struct sim_cloud *cloud;
    json_t *stack, *op, *task;
    int64_t now_ms;
};

static void begin_operation(struct sim_cloud *cloud, json_t *stack, const char *kind,
                            json_t *tasks);

/* Words. */

static bool is_kind(const json_t *op, const char *kind)
{
    return sim_is(op, "kind", kind);
}

/* "CREATE", "UPDATE", "DELETE": what the events of a task begin with. */
static const char *verb(const json_t *task)
{
    if (sim_is(task, "do", "create"))
        return "CREATE";
    return sim_is(task, "do", "delete") ? "DELETE" : "UPDATE";
}

static void tell(struct step *step, const char *what, const char *reason)
{
    hw_auto_text status = hw_format("%s_%s", verb(step->task), what);
    sim_stack_event(step->cloud, step->stack, json_object_get(step->task, "resource"), status,
                    reason);
}

static void go(struct step *step, int state, double seconds)
{
    sim_put_int(step->task, "state", state);
    sim_put_int(step->task, "_due", sim_cloud_after(step->cloud, seconds));
}

static void fail_task(struct step *step, const char *why)
{
    sim_put_int(step->task, "state", FAILED);
    tell(step, "FAILED", why);
}

/* Tasks. */

static json_t *new_task(const char *verb_word, json_t *resource, const json_t *needs)
{
    json_t *task = json_pack("{s:s, s:i, s:O, s:s}", "do", verb_word, "state", WAIT, "resource",
                             resource, "id", sim_text(resource, "LogicalResourceId"));
    json_object_set_new(task, "needs", needs ? json_incref((json_t *)needs) : json_array());
    return task;
}

static bool needs_are_done(const struct step *step)
{
    size_t i, k;
    json_t *need, *other;
    json_array_foreach(json_object_get(step->task, "needs"), i, need)
    {
        json_array_foreach(json_object_get(step->op, "tasks"), k, other)
        {
            if (sim_is(other, "id", json_string_value(need)) && sim_int(other, "state") != DONE)
                return false;
        }
    }
    return true;
}

static const struct sim_type *type_of(const struct step *step)
{
    return sim_type_find(sim_text(json_object_get(step->task, "resource"), "ResourceType"));
}

static const json_t *template_of(const struct step *step)
{
    const json_t *own = json_object_get(step->op, "template");
    return own ? own : json_object_get(step->stack, "_template");
}

static json_t *declaration(const struct step *step)
{
    return json_object_get(json_object_get(template_of(step), "Resources"),
                           sim_text(step->task, "id"));
}

/* Works out one part ("Properties") of the resource; absent parts are empty objects. */
static json_t *work_out(struct step *step, const char *part, struct sim_eval *eval)
{
    const json_t *values = json_object_get(step->op, "values");
    sim_stack_eval(step->cloud, step->stack, template_of(step),
                   values ? values : json_object_get(step->stack, "_values"), eval);
    eval->imports = sim_list(step->stack, "_imports");
    json_t *raw = json_object_get(declaration(step), part);
    return raw ? sim_eval(eval, raw) : json_object();
}

/* Sets resource[key] from the template part; false: the task has failed. */
static bool keep_part(struct step *step, const char *part, const char *key)
{
    struct sim_eval eval;
    json_t *value = work_out(step, part, &eval);
    if (!value) {
        fail_task(step, eval.error);
        return false;
    }
    json_object_set_new(json_object_get(step->task, "resource"), key, value);
    return true;
}

static bool begin_create(struct step *step)
{
    json_t *resource = json_object_get(step->task, "resource");
    if (!keep_part(step, "Properties", "_properties") ||
        !keep_part(step, "Metadata", "_metadata") || !keep_part(step, "CreationPolicy", "_policy"))
        return false;
    sim_put(resource, "_deletion", "%s", sim_text(declaration(step), "DeletionPolicy"));
    tell(step, "IN_PROGRESS", NULL);
    go(step, BEGUN, BEGIN_SECONDS);
    return true;
}

static bool any_of(const json_t *names, const char *const *list)
{
    for (; list && *list; list++) {
        if (sim_has(names, *list))
            return true;
    }
    return false;
}

/* An update looks first at what differs; nothing: no event at all. */
static bool begin_update(struct step *step)
{
    struct sim_eval eval, other;
    json_t *resource = json_object_get(step->task, "resource");
    json_t *properties = work_out(step, "Properties", &eval);
    json_t *metadata = work_out(step, "Metadata", &other);
    if (!properties || !metadata) {
        fail_task(step, properties ? other.error : eval.error);
        json_decref(properties);
        json_decref(metadata);
        return false;
    }
    json_t *changed = sim_stack_difference(json_object_get(resource, "_properties"), properties);
    bool same = json_array_size(changed) == 0 &&
                json_equal(metadata, json_object_get(resource, "_metadata"));
    bool replace = any_of(changed, type_of(step)->replace);
    json_object_set_new(step->task, "metadata", metadata);
    json_object_set_new(step->task, "properties", properties);
    json_object_set_new(step->task, "changed", changed);
    if (same) {
        sim_put_int(step->task, "state", DONE);
        return true;
    }
    json_array_append_new(sim_list(step->op, "touched"), json_deep_copy(resource));
    if (replace) {
        sim_put(step->task, "do", "replace");
        json_array_append_new(sim_list(step->op, "cleanup"), json_deep_copy(resource));
    }
    tell(step, "IN_PROGRESS",
         replace ? "Requested update requires the creation of a new physical "
                   "resource; hence creating one."
                 : NULL);
    go(step, BEGUN, BEGIN_SECONDS);
    return true;
}

static bool kept(const struct step *step)
{
    json_t *resource = json_object_get(step->task, "resource");
    const char *policy = sim_text(resource, "_deletion");
    bool first = is_kind(step->op, "ROLLBACK");
    return strcmp(policy, "Retain") == 0 ||
           (strcmp(policy, "RetainExceptOnCreate") == 0 && !first) ||
           sim_has(json_object_get(step->op, "retain"), sim_text(step->task, "id"));
}

static bool begin_delete(struct step *step)
{
    if (!*sim_text(json_object_get(step->task, "resource"), "PhysicalResourceId")) {
        sim_put_int(step->task, "state", DONE);
    } else if (kept(step)) {
        tell(step, "SKIPPED", NULL);
        sim_put_int(step->task, "state", DONE);
    } else {
        tell(step, "IN_PROGRESS", NULL);
        go(step, BEGUN, BEGIN_SECONDS);
    }
    return true;
}

static void begin_task(struct step *step)
{
    if (sim_is(step->task, "do", "create"))
        begin_create(step);
    else if (sim_is(step->task, "do", "delete"))
        begin_delete(step);
    else if (sim_is(step->task, "do", "restore")) {
        tell(step, "IN_PROGRESS", NULL);
        go(step, BEGUN, BEGIN_SECONDS);
    } else
        begin_update(step);
}

/* Signals wanted: of a group that is made, CreationPolicy; of one whose instances are replaced,
 * UpdatePolicy. */
static void expect_signals(struct step *step, const json_t *policy, int64_t count,
                           const char *timeout)
{
    json_t *resource = json_object_get(step->task, "resource");
    unsigned seconds = SIGNAL_DEFAULT;
    hw_auto_text lower = hw_strdup(hw_text_starts(timeout, "PT") ? timeout + 2 : timeout);
    for (char *p = lower; *p; p++)
        *p = (char)(*p | 0x20);
    if (!policy)
        return;
    if (!hw_parse_duration(lower, &seconds))
        seconds = SIGNAL_DEFAULT;
    json_object_set_new(resource, "_signals", json_object());
    sim_put_int(step->task, "want", count);
    sim_put_int(step->task, "_deadline", sim_cloud_after(step->cloud, seconds));
}

static void after_create(struct step *step, const struct sim_type *type)
{
    const json_t *policy = json_object_get(
        json_object_get(json_object_get(step->task, "resource"), "_policy"), "ResourceSignal");
    tell(step, "IN_PROGRESS",
         sim_is(step->task, "do", "create") ? "Resource creation Initiated" : NULL);
    int64_t count = json_object_get(policy, "Count") ? sim_int(policy, "Count") : 1;
    if (type->group)
        expect_signals(step, policy, count, sim_text(policy, "Timeout"));
}

/* New instances, when what they are launched from has changed. */
static void roll_group(struct step *step)
{
    struct sim_eval eval;
    json_t *policy = work_out(step, "UpdatePolicy", &eval);
    json_t *rolling = json_object_get(policy, "AutoScalingRollingUpdate");
    const char *name = sim_text(json_object_get(step->task, "resource"), "PhysicalResourceId");
    if (rolling && sim_has(json_object_get(step->task, "changed"), "LaunchTemplate")) {
        unsigned count = sim_group_replace(step->cloud, name);
        hw_auto_text text = hw_format("Rolling update initiated. Terminating %u obsolete "
                                      "instance(s) in batches of %lld",
                                      count, (long long)sim_int(rolling, "MaxBatchSize"));
        tell(step, "IN_PROGRESS", text);
        sim_put_bool(step->task, "rolled", true);
        if (sim_bool(rolling, "WaitOnResourceSignals"))
            expect_signals(step, rolling, count, sim_text(rolling, "PauseTime"));
    }
    json_decref(policy);
}

static bool run_maker(struct step *step, bool (*fn)(struct sim_make *), const json_t *properties)
{
    struct sim_make make = {.cloud = step->cloud,
                            .stack = step->stack,
                            .resource = json_object_get(step->task, "resource"),
                            .properties = properties};
    if (!fn || fn(&make))
        return true;
    hw_auto_text why = hw_format("Resource handler returned message: \"%s\"", make.why);
    fail_task(step, why);
    return false;
}

static void do_work(struct step *step)
{
    const struct sim_type *type = type_of(step);
    json_t *resource = json_object_get(step->task, "resource");
    json_t *properties = json_object_get(resource, "_properties");
    if (sim_is(step->task, "do", "delete")) {
        struct sim_make make = {step->cloud, step->stack, resource, properties, ""};
        if (type->remove)
            type->remove(&make);
        go(step, WORKING, type->seconds * REMOVE_SHARE);
        return;
    }
    bool replace = sim_is(step->task, "do", "replace"), create = sim_is(step->task, "do", "create");
    if (json_object_get(step->task, "properties"))
        properties = json_object_get(step->task, "properties");
    if (!run_maker(step, create || replace ? type->create : type->update, properties))
        return;
    json_object_set(resource, "_properties", properties);
    if (json_object_get(step->task, "metadata"))
        json_object_set(resource, "_metadata", json_object_get(step->task, "metadata"));
    go(step, WORKING, type->seconds);
    if (create || replace)
        after_create(step, type);
    else if (type->group && sim_is(step->task, "do", "update"))
        roll_group(step);
}

static void finish_task(struct step *step)
{
    sim_put_int(step->task, "state", DONE);
    json_object_del(json_object_get(step->task, "resource"), "_signals");
    tell(step, "COMPLETE", NULL);
}

static void count_signals(const json_t *signals, int64_t *good, int64_t *bad, const char **bad_id)
{
    const char *id;
    json_t *success;
    json_object_foreach((json_t *)signals, id, success)
    {
        if (json_is_true(success)) {
            ++*good;
        } else {
            ++*bad;
            *bad_id = id;
        }
    }
}

static void settle_signals(struct step *step, const char *name)
{
    json_t *resource = json_object_get(step->task, "resource");
    int64_t good = 0, bad = 0, want = sim_int(step->task, "want");
    const char *bad_id = "", *trouble = sim_group_trouble(step->cloud, name);
    count_signals(json_object_get(resource, "_signals"), &good, &bad, &bad_id);
    hw_auto_text text = NULL;
    if (bad && want > 1)
        text = hw_format("Received %lld FAILURE signal(s) out of %lld. Unable to satisfy 100%% "
                         "MinSuccessfulInstancesPercent requirement",
                         (long long)bad, (long long)want);
    else if (bad)
        text = hw_format("Received FAILURE signal with UniqueId %s", bad_id);
    else if (good >= want) {
        finish_task(step);
        return;
    } else if (*trouble) {
        text = hw_strdup(trouble);
    } else if (sim_due(step->cloud, step->task, "_deadline", step->now_ms)) {
        text = hw_format("Failed to receive %lld resource signal(s) within the specified duration",
                         (long long)(want - good));
    }
    if (text)
        fail_task(step, text);
}

static void settle_group(struct step *step)
{
    const char *name = sim_text(json_object_get(step->task, "resource"), "PhysicalResourceId");
    if (sim_is(step->task, "do", "delete")) {
        if (sim_group_gone(step->cloud, name))
            finish_task(step);
    } else if (json_object_get(step->task, "want")) {
        settle_signals(step, name);
    } else if (*sim_group_trouble(step->cloud, name)) {
        fail_task(step, sim_group_trouble(step->cloud, name));
    } else if (sim_group_ready(step->cloud, name)) {
        finish_task(step);
    }
}

static void step_task(struct step *step)
{
    int64_t state = sim_int(step->task, "state");
    if (state == DONE || state == FAILED)
        return;
    if (state == WAIT) {
        if (needs_are_done(step))
            begin_task(step);
    } else if (!sim_due(step->cloud, step->task, "_due", step->now_ms)) {
        return;
    } else if (state == BEGUN) {
        do_work(step);
    } else if (type_of(step)->group) {
        settle_group(step);
    } else {
        finish_task(step);
    }
    sim_due(step->cloud, step->task, "_due", step->now_ms);
}

/* Operations. */

/* Later deletions wait for earlier ones: the reverse of how things were made. */
static json_t *delete_tasks(const json_t *stack, const json_t *resources)
{
    json_t *needs = sim_template_needs(json_object_get(stack, "_template"));
    json_t *tasks = json_array();
    size_t i;
    json_t *resource;
    json_array_foreach(resources, i, resource)
    {
        json_t *users = json_array();
        const char *id;
        json_t *list;
        json_object_foreach(needs, id, list)
        {
            if (sim_has(list, sim_text(resource, "LogicalResourceId")))
                sim_append_text(users, id);
        }
        json_array_append_new(tasks, new_task("delete", resource, users));
        json_decref(users);
    }
    json_decref(needs);
    return tasks;
}

static void begin_operation(struct sim_cloud *cloud, json_t *stack, const char *kind, json_t *tasks)
{
    json_t *op = json_object_get(stack, "_op");
    if (!op) {
        op = json_object();
        json_object_set_new(stack, "_op", op);
    }
    sim_put(op, "kind", "%s", kind);
    json_object_set_new(op, "tasks", tasks);
    sim_cloud_wake(cloud);
}

static void end_operation(struct sim_cloud *cloud, json_t *stack, const char *status,
                          const char *reason)
{
    sim_stack_status(cloud, stack, status, reason);
    json_object_del(stack, "_op");
}

static void drop_resources(json_t *stack, const json_t *tasks)
{
    json_t *resources = sim_list(stack, "_resources");
    size_t i;
    json_t *task;
    json_array_foreach(tasks, i, task)
    {
        size_t at = sim_index(resources, json_object_get(task, "resource"));
        if (sim_is(task, "do", "delete") && at < json_array_size(resources))
            json_array_remove(resources, at);
    }
}

static void finish_delete(struct sim_cloud *cloud, json_t *stack)
{
    char now[HW_TIME_SIZE];
    sim_stack_drop_exports(cloud, stack);
    json_object_del(stack, "_imports");
    sim_put(stack, "DeletionTime", "%s", sim_now(now));
    end_operation(cloud, stack, "DELETE_COMPLETE", NULL);
}

static void begin_rollback(struct sim_cloud *cloud, json_t *stack, const char *reason)
{
    const char *wanted = sim_text(json_object_get(stack, "_op"), "on_failure");
    if (strcmp(wanted, "DO_NOTHING") == 0) {
        end_operation(cloud, stack, "CREATE_FAILED", reason);
        return;
    }
    bool delete = strcmp(wanted, "DELETE") == 0;
    hw_auto_text text =
        hw_format("%s %s requested by user.", reason, delete ? "Delete" : "Rollback");
    sim_stack_status(cloud, stack, delete ? "DELETE_IN_PROGRESS" : "ROLLBACK_IN_PROGRESS", text);
    begin_operation(cloud, stack, delete ? "DELETE" : "ROLLBACK",
                    delete_tasks(stack, json_object_get(stack, "_resources")));
}

static void begin_update_rollback(struct sim_cloud *cloud, json_t *stack, const char *reason)
{
    json_t *op = json_object_get(stack, "_op"), *tasks = json_array();
    size_t i;
    json_t *before;
    sim_stack_status(cloud, stack, "UPDATE_ROLLBACK_IN_PROGRESS", reason);
    /* What was replaced stays as it was, and the new one goes. */
    json_t *new_ones = json_copy(json_object_get(op, "added"));
    json_array_foreach(json_object_get(op, "touched"), i, before)
    {
        json_t *now = sim_stack_resource(stack, sim_text(before, "LogicalResourceId"));
        if (!sim_is(now, "PhysicalResourceId", sim_text(before, "PhysicalResourceId")))
            json_array_append_new(new_ones, json_deep_copy(now));
        json_object_update(now, before);
        json_array_append_new(tasks, new_task("restore", now, NULL));
    }
    json_object_set_new(op, "cleanup", new_ones ? new_ones : json_array());
    json_object_del(op, "template");
    json_object_del(op, "values");
    begin_operation(cloud, stack, "UPDATE_ROLLBACK", tasks);
}

/* The new template is the stack's own now. */
static void adopt(json_t *stack, const json_t *op)
{
    static const struct {
        const char *from, *to;
    } PARTS[] = {{"template", "_template"},
                 {"values", "_values"},
                 {"shown", "Parameters"},
                 {"body", "_body"}};
    for (size_t i = 0; i < HW_COUNT(PARTS); i++) {
        json_t *part = json_object_get(op, PARTS[i].from);
        if (part)
            json_object_set(stack, PARTS[i].to, part);
    }
    json_t *description = json_object_get(json_object_get(stack, "_template"), "Description");
    if (json_is_string(description))
        json_object_set(stack, "Description", description);
}

static void begin_cleanup(struct sim_cloud *cloud, json_t *stack, const char *kind,
                          const char *status)
{
    json_t *resources = json_incref(sim_list(json_object_get(stack, "_op"), "cleanup"));
    sim_stack_status(cloud, stack, status, NULL);
    begin_operation(cloud, stack, kind, delete_tasks(stack, resources));
    json_decref(resources);
}

static void succeed(struct sim_cloud *cloud, json_t *stack)
{
    json_t *op = json_object_get(stack, "_op");
    hw_auto(hw_buf) why = HW_BUF(HW_MAX_VALUE);
    if (is_kind(op, "CREATE")) {
        adopt(stack, op);
        if (sim_stack_outputs(cloud, stack, &why))
            end_operation(cloud, stack, "CREATE_COMPLETE", NULL);
        else
            begin_rollback(cloud, stack, hw_buf_cstr(&why));
    } else if (is_kind(op, "UPDATE")) {
        adopt(stack, op);
        sim_stack_outputs(cloud, stack, &why);
        begin_cleanup(cloud, stack, "CLEANUP", "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS");
    } else if (is_kind(op, "CLEANUP")) {
        drop_resources(stack, json_object_get(op, "tasks"));
        end_operation(cloud, stack, "UPDATE_COMPLETE", NULL);
    } else if (is_kind(op, "UPDATE_ROLLBACK")) {
        begin_cleanup(cloud, stack, "ROLLBACK_CLEANUP",
                      "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS");
    } else if (is_kind(op, "ROLLBACK_CLEANUP")) {
        drop_resources(stack, json_object_get(op, "tasks"));
        end_operation(cloud, stack, "UPDATE_ROLLBACK_COMPLETE", NULL);
    } else if (is_kind(op, "ROLLBACK")) {
        drop_resources(stack, json_object_get(op, "tasks"));
        end_operation(cloud, stack, "ROLLBACK_COMPLETE", NULL);
    } else {
        finish_delete(cloud, stack);
    }
}

static void cancel_others(struct step *step, struct hw_buf *names)
{
    size_t i;
    json_t *task;
    json_array_foreach(json_object_get(step->op, "tasks"), i, task)
    {
        int64_t state = sim_int(task, "state");
        step->task = task;
        if (state == FAILED)
            hw_buf_print(names, "%s%s", names->len ? ", " : "", sim_text(task, "id"));
        if (state == BEGUN || state == WORKING) {
            hw_auto_text text = hw_format("Resource %s cancelled",
                                          sim_is(task, "do", "create") ? "creation" : "update");
            fail_task(step, text);
        }
        if (state == WAIT && sim_is(task, "do", "create"))
            sim_put_int(task, "state", DONE);
    }
}

static void give_up(struct step *step)
{
    hw_auto(hw_buf) names = HW_BUF(HW_MAX_VALUE);
    bool create = is_kind(step->op, "CREATE"), update = is_kind(step->op, "UPDATE");
    if (create || update)
        cancel_others(step, &names);
    hw_auto_text text = hw_format("The following resource(s) failed to %s: [%s].",
                                  create   ? "create"
                                  : update ? "update"
                                           : "delete",
                                  hw_buf_cstr(&names));
    if (create) {
        adopt(step->stack, step->op);
        begin_rollback(step->cloud, step->stack, text);
    } else if (update) {
        begin_update_rollback(step->cloud, step->stack, text);
    } else {
        const char *status = is_kind(step->op, "DELETE")     ? "DELETE_FAILED"
                             : is_kind(step->op, "ROLLBACK") ? "ROLLBACK_FAILED"
                                                             : "UPDATE_ROLLBACK_FAILED";
        end_operation(step->cloud, step->stack, status, text);
    }
}

static void step_stack(struct sim_cloud *cloud, json_t *stack, int64_t now_ms)
{
    json_t *op = json_object_get(stack, "_op");
    struct step step = {cloud, stack, op, NULL, now_ms};
    bool failed = false, done = true;
    size_t i;
    json_t *task;
    if (!op || !sim_due(cloud, op, "_due", now_ms))
        return;
    json_array_foreach(json_object_get(op, "tasks"), i, task)
    {
        step.task = task;
        if (!failed)
            step_task(&step);
        failed = failed || sim_int(task, "state") == FAILED;
        done = done && sim_int(task, "state") == DONE;
    }
    if (failed)
        give_up(&step);
    else if (done)
        succeed(cloud, stack);
    if (failed || done)
        sim_cloud_wake(cloud);
}

void sim_stacks_step(struct sim_cloud *cloud, int64_t now_ms)
{
    size_t i;
    json_t *stack;
    json_array_foreach(sim_cloud_list(cloud, "stacks"), i, stack)
    {
        step_stack(cloud, stack, now_ms);
    }
}

/* Beginnings. */

static json_t *take_order(json_t *stack, struct sim_stack_order *order)
{
    json_t *op =
        json_pack("{s:o, s:o, s:o, s:s, s:s, s:s, s:[], s:[], s:[]}", "template", order->template,
                  "values", order->params.values, "shown", order->params.shown, "body", order->body,
                  "token", order->token ? order->token : "", "on_failure", order->on_failure,
                  "cleanup", "touched", "added");
    json_object_set_new(stack, "_op", op);
    return op;
}

/* A task for each resource of the template that its condition wants, in order. */
static json_t *make_tasks(struct sim_cloud *cloud, json_t *stack, const json_t *op)
{
    const json_t *template = json_object_get(op, "template");
    hw_auto(hw_buf) cycle = HW_BUF(HW_MAX_VALUE);
    json_t *order = sim_template_order(template, &cycle), *needs = sim_template_needs(template);
    json_t *tasks = json_array(), *resources = sim_list(stack, "_resources");
    struct sim_eval eval;
    sim_stack_eval(cloud, stack, template, json_object_get(op, "values"), &eval);
    size_t i;
    json_t *id;
    json_array_foreach(order, i, id)
    {
        const char *name = json_string_value(id);
        json_t *declared = json_object_get(json_object_get(template, "Resources"), name);
        if (!sim_eval_wanted(&eval, declared))
            continue;
        json_t *resource = sim_stack_resource(stack, name);
        bool fresh = !resource;
        if (fresh) {
            resource = json_pack("{s:s, s:s, s:O, s:s, s:{s:s}}", "LogicalResourceId", name,
                                 "PhysicalResourceId", "", "ResourceType",
                                 json_object_get(declared, "Type"), "ResourceStatus", "",
                                 "DriftInformation", "StackResourceDriftStatus", "NOT_CHECKED");
            json_array_append_new(resources, resource);
            json_array_append(sim_list((json_t *)op, "added"), resource);
        }
        json_array_append_new(
            tasks, new_task(fresh ? "create" : "update", resource, json_object_get(needs, name)));
    }
    json_decref(order);
    json_decref(needs);
    return tasks;
}

void sim_stack_create(struct sim_cloud *cloud, json_t *stack, struct sim_stack_order *order)
{
    json_t *op = take_order(stack, order);
    adopt(stack, op);
    sim_stack_status(cloud, stack, "CREATE_IN_PROGRESS", "User Initiated");
    begin_operation(cloud, stack, "CREATE", make_tasks(cloud, stack, op));
    sim_put_int(op, "_due", sim_cloud_after(cloud, BEGIN_SECONDS));
}

void sim_stack_update(struct sim_cloud *cloud, json_t *stack, struct sim_stack_order *order)
{
    char now[HW_TIME_SIZE];
    json_t *op = take_order(stack, order);
    json_t *tasks = make_tasks(cloud, stack, op);
    sim_put(stack, "LastUpdatedTime", "%s", sim_now(now));
    size_t i, k;
    json_t *resource, *task;
    json_array_foreach(sim_list(stack, "_resources"), i, resource)
    {
        bool used = false;
        json_array_foreach(tasks, k, task)
        {
            used = used || json_object_get(task, "resource") == resource;
        }
        if (!used)
            json_array_append(sim_list(op, "cleanup"), resource);
    }
    sim_stack_status(cloud, stack, "UPDATE_IN_PROGRESS", "User Initiated");
    begin_operation(cloud, stack, "UPDATE", tasks);
}

void sim_stack_delete(struct sim_cloud *cloud, json_t *stack, const json_t *retain,
                      const char *token)
{
    const char *export, *user;
    json_object_set_new(stack, "_op", json_pack("{s:s}", "token", token ? token : ""));
    json_object_set_new(json_object_get(stack, "_op"), "retain",
                        retain ? json_incref((json_t *)retain) : json_array());
    sim_stack_status(cloud, stack, "DELETE_IN_PROGRESS", "User Initiated");
    if (sim_stack_export_used(cloud, stack, &export, &user)) {
        hw_auto_text text =
            hw_format("Export %s cannot be deleted as it is in use by %s", export, user);
        end_operation(cloud, stack, "DELETE_FAILED", text);
        return;
    }
    begin_operation(cloud, stack, "DELETE",
                    delete_tasks(stack, json_object_get(stack, "_resources")));
}

void sim_stack_cancel(struct sim_cloud *cloud, json_t *stack)
{
    struct step step = {cloud, stack, json_object_get(stack, "_op"), NULL, hw_clock_wall_ms()};
    hw_auto(hw_buf) names = HW_BUF(HW_MAX_VALUE);
    cancel_others(&step, &names);
    begin_update_rollback(cloud, stack, "User Initiated");
}

void sim_stack_continue(struct sim_cloud *cloud, json_t *stack)
{
    sim_stack_status(cloud, stack, "UPDATE_ROLLBACK_IN_PROGRESS", "User Initiated");
    begin_operation(cloud, stack, "ROLLBACK_CLEANUP", json_array());
}

/* A saved state lost that a task's resource is the very object of the stack's list. */
static void relink(json_t *stack, json_t *list, const char *key)
{
    size_t i;
    json_t *item;
    json_array_foreach(list, i, item)
    {
        json_t *copy = key ? json_object_get(item, key) : item;
        json_t *own = sim_stack_resource(stack, sim_text(copy, "LogicalResourceId"));
        if (!own || !sim_is(own, "PhysicalResourceId", sim_text(copy, "PhysicalResourceId")))
            continue;
        if (key)
            json_object_set(item, key, own);
        else
            json_array_set(list, i, own);
    }
}

void sim_stacks_restored(struct sim_cloud *cloud)
{
    size_t i;
    json_t *stack;
    json_array_foreach(sim_cloud_list(cloud, "stacks"), i, stack)
    {
        json_t *op = json_object_get(stack, "_op");
        relink(stack, json_object_get(op, "tasks"), "resource");
        relink(stack, json_object_get(op, "added"), NULL);
        relink(stack, json_object_get(op, "cleanup"), NULL);
    }
}
