/* SPDX-License-Identifier: Apache-2.0 */
/* What happens to one resource in an operation on its stack (CloudFormation user guide, "Understand
 * stack creation events"; CreationPolicy and UpdatePolicy attributes). */
#include "sim/cfn_task.h"

#include "base/mem.h"
#include "base/text.h"
#include "sim/cfn_roll.h"
#include "sim/cfn_template.h"
#include "sim/cfn_type.h"
#include "sim/engine.h"
#include "sim/group.h"
#include "sim/signal.h"

#define REMOVE_SHARE 0.4 /* of the time it takes to make one */

/* Words. */

bool sim_op_is(const json_t *op, const char *kind)
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

void sim_task_tell(struct sim_step *step, const char *what, const char *reason)
{
    hw_auto_text status = hw_format("%s_%s", verb(step->task), what);
    sim_stack_event(step->cloud, step->stack, json_object_get(step->task, "resource"), status,
                    reason);
}

static void go(struct sim_step *step, int state, double seconds)
{
    sim_put_int(step->task, "state", state);
    sim_put_int(step->task, "_due", sim_cloud_after(step->cloud, seconds));
}

void sim_task_fail(struct sim_step *step, const char *why)
{
    sim_put_int(step->task, "state", SIM_TASK_FAILED);
    sim_task_tell(step, "FAILED", why);
}

/* Tasks. */

json_t *sim_task_new(const char *verb_word, json_t *resource, const json_t *needs)
{
    json_t *task = json_pack("{s:s, s:i, s:O, s:s}", "do", verb_word, "state", SIM_TASK_WAIT,
                             "resource", resource, "id", sim_text(resource, "LogicalResourceId"));
    json_object_set_new(task, "needs", needs ? json_incref((json_t *)needs) : json_array());
    return task;
}

static bool needs_are_done(const struct sim_step *step)
{
    size_t i, k;
    json_t *need, *other;
    json_array_foreach(json_object_get(step->task, "needs"), i, need)
    {
        json_array_foreach(json_object_get(step->op, "tasks"), k, other)
        {
            if (sim_is(other, "id", json_string_value(need)) &&
                sim_int(other, "state") != SIM_TASK_DONE)
                return false;
        }
    }
    return true;
}

static const struct sim_type *type_of(const struct sim_step *step)
{
    return sim_type_find(sim_text(json_object_get(step->task, "resource"), "ResourceType"));
}

static const json_t *template_of(const struct sim_step *step)
{
    const json_t *own = json_object_get(step->op, "template");
    return own ? own : json_object_get(step->stack, "_template");
}

static json_t *declaration(const struct sim_step *step)
{
    return json_object_get(json_object_get(template_of(step), "Resources"),
                           sim_text(step->task, "id"));
}

/* Works out one part ("Properties") of the resource; absent parts are empty objects. */
static json_t *work_out(struct sim_step *step, const char *part, struct sim_eval *eval)
{
    const json_t *values = json_object_get(step->op, "values");
    sim_stack_eval(step->cloud, step->stack, template_of(step),
                   values ? values : json_object_get(step->stack, "_values"), eval);
    eval->imports = sim_list(step->stack, "_imports");
    json_t *raw = json_object_get(declaration(step), part);
    return raw ? sim_eval(eval, raw) : json_object();
}

/* Sets resource[key] from the template part; false: the task has failed. */
static bool keep_part(struct sim_step *step, const char *part, const char *key)
{
    struct sim_eval eval;
    json_t *value = work_out(step, part, &eval);
    if (!value) {
        sim_task_fail(step, eval.error);
        return false;
    }
    json_object_set_new(json_object_get(step->task, "resource"), key, value);
    return true;
}

static bool begin_create(struct sim_step *step)
{
    json_t *resource = json_object_get(step->task, "resource");
    if (!keep_part(step, "Properties", "_properties") ||
        !keep_part(step, "Metadata", "_metadata") || !keep_part(step, "CreationPolicy", "_policy"))
        return false;
    sim_put(resource, "_deletion", "%s", sim_text(declaration(step), "DeletionPolicy"));
    sim_task_tell(step, "IN_PROGRESS", NULL);
    go(step, SIM_TASK_BEGUN, SIM_BEGIN_SECONDS);
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
static bool begin_update(struct sim_step *step)
{
    struct sim_eval eval, other;
    json_t *resource = json_object_get(step->task, "resource");
    json_t *properties = work_out(step, "Properties", &eval);
    json_t *metadata = work_out(step, "Metadata", &other);
    if (!properties || !metadata) {
        sim_task_fail(step, properties ? other.error : eval.error);
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
        sim_put_int(step->task, "state", SIM_TASK_DONE);
        return true;
    }
    json_array_append_new(sim_list(step->op, "touched"), json_deep_copy(resource));
    if (replace) {
        sim_put(step->task, "do", "replace");
        json_array_append_new(sim_list(step->op, "cleanup"), json_deep_copy(resource));
    }
    sim_task_tell(step, "IN_PROGRESS",
                  replace ? "Requested update requires the creation of a new physical "
                            "resource; hence creating one."
                          : NULL);
    go(step, SIM_TASK_BEGUN, SIM_BEGIN_SECONDS);
    return true;
}

static bool kept(const struct sim_step *step)
{
    json_t *resource = json_object_get(step->task, "resource");
    const char *policy = sim_text(resource, "_deletion");
    bool first = sim_op_is(step->op, "ROLLBACK");
    return strcmp(policy, "Retain") == 0 ||
           (strcmp(policy, "RetainExceptOnCreate") == 0 && !first) ||
           sim_has(json_object_get(step->op, "retain"), sim_text(step->task, "id"));
}

static bool begin_delete(struct sim_step *step)
{
    if (!*sim_text(json_object_get(step->task, "resource"), "PhysicalResourceId")) {
        sim_put_int(step->task, "state", SIM_TASK_DONE);
    } else if (kept(step)) {
        sim_task_tell(step, "SKIPPED", NULL);
        sim_put_int(step->task, "state", SIM_TASK_DONE);
    } else {
        sim_task_tell(step, "IN_PROGRESS", NULL);
        go(step, SIM_TASK_BEGUN, SIM_BEGIN_SECONDS);
    }
    return true;
}

static void begin_task(struct sim_step *step)
{
    if (sim_is(step->task, "do", "create"))
        begin_create(step);
    else if (sim_is(step->task, "do", "delete"))
        begin_delete(step);
    else if (sim_is(step->task, "do", "restore")) {
        sim_task_tell(step, "IN_PROGRESS", NULL);
        go(step, SIM_TASK_BEGUN, SIM_BEGIN_SECONDS);
    } else
        begin_update(step);
}

/* Signals wanted of a group that is made: CreationPolicy. */
static void expect_signals(struct sim_step *step, const json_t *policy)
{
    json_t *resource = json_object_get(step->task, "resource");
    if (!policy)
        return;
    json_object_set_new(resource, "_signals", json_object());
    sim_put_int(step->task, "want",
                json_object_get(policy, "Count") ? sim_int(policy, "Count") : 1);
    sim_put_int(step->task, "_deadline",
                sim_cloud_after(step->cloud, sim_signal_seconds(sim_text(policy, "Timeout"))));
}

static void after_create(struct sim_step *step, const struct sim_type *type)
{
    const json_t *policy = json_object_get(
        json_object_get(json_object_get(step->task, "resource"), "_policy"), "ResourceSignal");
    sim_task_tell(step, "IN_PROGRESS",
                  sim_is(step->task, "do", "create") ? "Resource creation Initiated" : NULL);
    if (type->group)
        expect_signals(step, policy);
}

/* New instances, when what they are launched from has changed, or changes back. */
static void roll_group(struct sim_step *step)
{
    struct sim_eval eval;
    json_t *policy = work_out(step, "UpdatePolicy", &eval);
    json_t *rolling = json_object_get(policy, "AutoScalingRollingUpdate");
    if (rolling)
        sim_roll_begin(step, rolling);
    json_decref(policy);
}

static bool run_maker(struct sim_step *step, bool (*fn)(struct sim_make *),
                      const json_t *properties)
{
    struct sim_make make = {.cloud = step->cloud,
                            .stack = step->stack,
                            .resource = json_object_get(step->task, "resource"),
                            .properties = properties};
    if (!fn || fn(&make))
        return true;
    hw_auto_text why = hw_format("Resource handler returned message: \"%s\"", make.why);
    sim_task_fail(step, why);
    return false;
}

#define HELD_AGAIN_SECONDS   10
#define HELD_GIVE_UP_SECONDS 1800

static bool is_held(const struct sim_step *step)
{
    const json_t *resource = json_object_get(step->task, "resource");
    size_t i, k;
    json_t *nic, *group;
    if (!sim_is(resource, "ResourceType", "AWS::EC2::SecurityGroup"))
        return false;
    json_array_foreach(sim_cloud_list(step->cloud, "interfaces"), i, nic)
    {
        json_array_foreach(json_object_get(nic, "groupSet"), k, group)
        {
            if (sim_is(group, "groupId", sim_text(resource, "PhysicalResourceId")))
                return true;
        }
    }
    return false;
}

/* CloudFormation tries for a while to delete a security group that an interface still has. */
static void wait_for_interfaces(struct sim_step *step)
{
    const char *id = sim_text(json_object_get(step->task, "resource"), "PhysicalResourceId");
    if (!json_object_get(step->task, "_give_up"))
        sim_put_int(step->task, "_give_up", sim_cloud_after(step->cloud, HELD_GIVE_UP_SECONDS));
    if (!sim_due(step->cloud, step->task, "_give_up", step->now_ms)) {
        go(step, SIM_TASK_BEGUN, HELD_AGAIN_SECONDS);
        return;
    }
    hw_auto_text why = hw_format("resource %s has a dependent object (Service: Ec2, Status Code: "
                                 "400, Error Code: DependencyViolation)",
                                 id);
    sim_task_fail(step, why);
}

/* Metadata alone reaches no service: a launch template gets no new version from it. */
static bool has_changed(const struct sim_step *step)
{
    const json_t *changed = json_object_get(step->task, "changed");
    return !changed || json_array_size(changed) > 0;
}

static void do_work(struct sim_step *step)
{
    const struct sim_type *type = type_of(step);
    json_t *resource = json_object_get(step->task, "resource");
    json_t *properties = json_object_get(resource, "_properties");
    if (sim_is(step->task, "do", "delete") && is_held(step)) {
        wait_for_interfaces(step);
        return;
    }
    if (sim_is(step->task, "do", "delete")) {
        struct sim_make make = {step->cloud, step->stack, resource, properties, ""};
        if (type->remove)
            type->remove(&make);
        go(step, SIM_TASK_WORKING, type->seconds * REMOVE_SHARE);
        return;
    }
    bool replace = sim_is(step->task, "do", "replace"), create = sim_is(step->task, "do", "create");
    if (json_object_get(step->task, "properties"))
        properties = json_object_get(step->task, "properties");
    if (create || replace) {
        if (!run_maker(step, type->create, properties))
            return;
    } else if (has_changed(step) && !run_maker(step, type->update, properties)) {
        return;
    }
    json_object_set(resource, "_properties", properties);
    if (json_object_get(step->task, "metadata"))
        json_object_set(resource, "_metadata", json_object_get(step->task, "metadata"));
    go(step, SIM_TASK_WORKING, type->seconds);
    if (create || replace)
        after_create(step, type);
    else if (type->group && has_changed(step))
        roll_group(step);
}

static void finish_task(struct sim_step *step)
{
    sim_put_int(step->task, "state", SIM_TASK_DONE);
    json_object_del(json_object_get(step->task, "resource"), "_signals");
    sim_task_tell(step, "COMPLETE", NULL);
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

static void settle_signals(struct sim_step *step, const char *name)
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
        sim_task_fail(step, text);
}

static void settle_roll(struct sim_step *step)
{
    hw_auto(hw_buf) why = HW_BUF(HW_MAX_VALUE);
    enum sim_roll how = sim_roll_step(step, &why);
    if (how == SIM_ROLL_DONE)
        finish_task(step);
    else if (how == SIM_ROLL_FAILED)
        sim_task_fail(step, hw_buf_cstr(&why));
}

static void settle_group(struct sim_step *step)
{
    const char *name = sim_text(json_object_get(step->task, "resource"), "PhysicalResourceId");
    if (sim_is(step->task, "do", "delete")) {
        if (sim_group_gone(step->cloud, name))
            finish_task(step);
    } else if (sim_roll_is_on(step)) {
        settle_roll(step);
    } else if (json_object_get(step->task, "want")) {
        settle_signals(step, name);
    } else if (*sim_group_trouble(step->cloud, name)) {
        sim_task_fail(step, sim_group_trouble(step->cloud, name));
    } else if (sim_group_ready(step->cloud, name)) {
        finish_task(step);
    }
}

void sim_task_step(struct sim_step *step)
{
    int64_t state = sim_int(step->task, "state");
    if (state == SIM_TASK_DONE || state == SIM_TASK_FAILED)
        return;
    if (state == SIM_TASK_WAIT) {
        if (needs_are_done(step))
            begin_task(step);
    } else if (!sim_due(step->cloud, step->task, "_due", step->now_ms)) {
        return;
    } else if (state == SIM_TASK_BEGUN) {
        do_work(step);
    } else if (type_of(step)->group) {
        settle_group(step);
    } else {
        finish_task(step);
    }
    /* In fast time the next thing may be due already: nothing else would come back to it. */
    if (sim_due(step->cloud, step->task, "_due", step->now_ms) &&
        sim_int(step->task, "state") != state)
        sim_cloud_wake(step->cloud);
}
