/* SPDX-License-Identifier: Apache-2.0 */
/* How stacks move. An operation is a list of tasks, one a resource (cfn_task.h); all tasks whose
 * needs are done move at the same time. When all are done, or one has failed, the operation ends
 * and perhaps another one begins (rollback, clean-up). Events, statuses and their order: user
 * guide, "Stack status codes" and "Understand stack creation events". */
#include "sim/stack.h"

#include "base/mem.h"
#include "base/text.h"
#include "sim/cfn_task.h"
#include "sim/cfn_template.h"
#include "sim/engine.h"

static void begin_operation(struct sim_cloud *cloud, json_t *stack, const char *kind,
                            json_t *tasks);

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
        json_array_append_new(tasks, sim_task_new("delete", resource, users));
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

/* A failure stays as it is; what would undo it is kept. */
static void keep(struct sim_cloud *cloud, json_t *stack, const char *status, const char *reason)
{
    json_t *op = json_object_get(stack, "_op"), *failed = json_array();
    size_t i;
    json_t *task;
    json_array_foreach(json_object_get(op, "tasks"), i, task)
    {
        if (sim_int(task, "state") == SIM_TASK_FAILED)
            sim_append_text(failed, sim_text(task, "id"));
    }
    json_object_set_new(op, "failed", failed);
    json_object_set(stack, "_kept", op);
    end_operation(cloud, stack, status, reason);
}

static void begin_rollback(struct sim_cloud *cloud, json_t *stack, const char *reason)
{
    const char *wanted = sim_text(json_object_get(stack, "_op"), "on_failure");
    if (strcmp(wanted, "DO_NOTHING") == 0) {
        keep(cloud, stack, "CREATE_FAILED", reason);
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
    if (sim_is(op, "on_failure", "DO_NOTHING")) {
        json_decref(tasks);
        keep(cloud, stack, "UPDATE_FAILED", reason);
        return;
    }
    sim_stack_status(cloud, stack, "UPDATE_ROLLBACK_IN_PROGRESS", reason);
    /* What was replaced stays as it was, and the new one goes. */
    json_t *new_ones = json_copy(json_object_get(op, "added"));
    json_array_foreach(json_object_get(op, "touched"), i, before)
    {
        json_t *now = sim_stack_resource(stack, sim_text(before, "LogicalResourceId"));
        if (!sim_is(now, "PhysicalResourceId", sim_text(before, "PhysicalResourceId")))
            json_array_append_new(new_ones, json_deep_copy(now));
        json_object_update(now, before);
        json_array_append_new(tasks, sim_task_new("restore", now, NULL));
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
    if (sim_op_is(op, "CREATE")) {
        adopt(stack, op);
        if (sim_stack_outputs(cloud, stack, &why))
            end_operation(cloud, stack, "CREATE_COMPLETE", NULL);
        else
            begin_rollback(cloud, stack, hw_buf_cstr(&why));
    } else if (sim_op_is(op, "UPDATE")) {
        adopt(stack, op);
        sim_stack_outputs(cloud, stack, &why);
        begin_cleanup(cloud, stack, "CLEANUP", "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS");
    } else if (sim_op_is(op, "CLEANUP")) {
        drop_resources(stack, json_object_get(op, "tasks"));
        end_operation(cloud, stack, "UPDATE_COMPLETE", NULL);
    } else if (sim_op_is(op, "UPDATE_ROLLBACK")) {
        begin_cleanup(cloud, stack, "ROLLBACK_CLEANUP",
                      "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS");
    } else if (sim_op_is(op, "ROLLBACK_CLEANUP")) {
        drop_resources(stack, json_object_get(op, "tasks"));
        end_operation(cloud, stack, "UPDATE_ROLLBACK_COMPLETE", NULL);
    } else if (sim_op_is(op, "ROLLBACK")) {
        drop_resources(stack, json_object_get(op, "tasks"));
        end_operation(cloud, stack, "ROLLBACK_COMPLETE", NULL);
    } else {
        finish_delete(cloud, stack);
    }
}

static void cancel_others(struct sim_step *step, struct hw_buf *names)
{
    size_t i;
    json_t *task;
    json_array_foreach(json_object_get(step->op, "tasks"), i, task)
    {
        int64_t state = sim_int(task, "state");
        step->task = task;
        if (state == SIM_TASK_FAILED)
            hw_buf_print(names, "%s%s", names->len ? ", " : "", sim_text(task, "id"));
        if (state == SIM_TASK_BEGUN || state == SIM_TASK_WORKING) {
            hw_auto_text text = hw_format("Resource %s cancelled",
                                          sim_is(task, "do", "create") ? "creation" : "update");
            sim_task_fail(step, text);
        }
        if (state == SIM_TASK_WAIT && sim_is(task, "do", "create"))
            sim_put_int(task, "state", SIM_TASK_DONE);
    }
}

static void name_failed(const struct sim_step *step, struct hw_buf *names)
{
    size_t i;
    json_t *task;
    json_array_foreach(json_object_get(step->op, "tasks"), i, task)
    {
        if (sim_int(task, "state") == SIM_TASK_FAILED)
            hw_buf_print(names, "%s%s", names->len ? ", " : "", sim_text(task, "id"));
    }
}

static void give_up(struct sim_step *step)
{
    hw_auto(hw_buf) names = HW_BUF(HW_MAX_VALUE);
    bool create = sim_op_is(step->op, "CREATE"), update = sim_op_is(step->op, "UPDATE");
    bool stuck = sim_op_is(step->op, "UPDATE_ROLLBACK");
    if (create || update)
        cancel_others(step, &names);
    else
        name_failed(step, &names);
    hw_auto_text text = hw_format("The following resource(s) failed to %s: [%s].",
                                  create            ? "create"
                                  : update || stuck ? "update"
                                                    : "delete",
                                  hw_buf_cstr(&names));
    if (create) {
        adopt(step->stack, step->op);
        begin_rollback(step->cloud, step->stack, text);
    } else if (update) {
        begin_update_rollback(step->cloud, step->stack, text);
    } else if (stuck) {
        keep(step->cloud, step->stack, "UPDATE_ROLLBACK_FAILED", text);
    } else {
        const char *status = sim_op_is(step->op, "DELETE")     ? "DELETE_FAILED"
                             : sim_op_is(step->op, "ROLLBACK") ? "ROLLBACK_FAILED"
                                                               : "UPDATE_ROLLBACK_FAILED";
        end_operation(step->cloud, step->stack, status, text);
    }
}

static void step_stack(struct sim_cloud *cloud, json_t *stack, int64_t now_ms)
{
    json_t *op = json_object_get(stack, "_op");
    struct sim_step step = {cloud, stack, op, NULL, now_ms};
    bool failed = false, done = true;
    size_t i;
    json_t *task;
    if (!op || !sim_due(cloud, op, "_due", now_ms))
        return;
    json_array_foreach(json_object_get(op, "tasks"), i, task)
    {
        step.task = task;
        if (!failed)
            sim_task_step(&step);
        failed = failed || sim_int(task, "state") == SIM_TASK_FAILED;
        done = done && sim_int(task, "state") == SIM_TASK_DONE;
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
        json_array_append_new(tasks, sim_task_new(fresh ? "create" : "update", resource,
                                                  json_object_get(needs, name)));
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
    sim_put_int(op, "_due", sim_cloud_after(cloud, SIM_BEGIN_SECONDS));
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
    struct sim_step step = {cloud, stack, json_object_get(stack, "_op"), NULL, hw_clock_wall_ms()};
    hw_auto(hw_buf) names = HW_BUF(HW_MAX_VALUE);
    cancel_others(&step, &names);
    begin_update_rollback(cloud, stack, "User Initiated");
}

bool sim_stack_is_stuck(const json_t *stack, const char *logical_id)
{
    return sim_has(json_object_get(json_object_get(stack, "_kept"), "failed"), logical_id);
}

/* The kept operation is under way again. */
static json_t *take_up(json_t *stack)
{
    json_t *op = json_incref(json_object_get(stack, "_kept"));
    json_object_set_new(stack, "_op", op ? op : json_object());
    json_object_del(stack, "_kept");
    return json_object_get(stack, "_op");
}

/* API reference, "ContinueUpdateRollback": the status of resources to skip becomes
 * UPDATE_COMPLETE. */
void sim_stack_continue(struct sim_cloud *cloud, json_t *stack, const json_t *skip)
{
    json_t *op = take_up(stack), *tasks = json_array();
    size_t i;
    json_t *id;
    sim_stack_status(cloud, stack, "UPDATE_ROLLBACK_IN_PROGRESS", "User Initiated");
    json_array_foreach(json_object_get(op, "failed"), i, id)
    {
        json_t *resource = sim_stack_resource(stack, json_string_value(id));
        if (sim_has(skip, json_string_value(id)))
            sim_stack_event(cloud, stack, resource, "UPDATE_COMPLETE", NULL);
        else if (resource)
            json_array_append_new(tasks, sim_task_new("restore", resource, NULL));
    }
    begin_operation(cloud, stack, "UPDATE_ROLLBACK", tasks);
}

void sim_stack_roll_back(struct sim_cloud *cloud, json_t *stack)
{
    bool update = sim_is(stack, "StackStatus", "UPDATE_FAILED");
    json_t *op = take_up(stack);
    sim_put(op, "on_failure", "ROLLBACK");
    if (update) {
        begin_update_rollback(cloud, stack, "User Initiated");
        return;
    }
    sim_stack_status(cloud, stack, "ROLLBACK_IN_PROGRESS", "User Initiated");
    begin_operation(cloud, stack, "ROLLBACK",
                    delete_tasks(stack, json_object_get(stack, "_resources")));
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
        json_t *op = json_object_get(stack, json_object_get(stack, "_op") ? "_op" : "_kept");
        relink(stack, json_object_get(op, "tasks"), "resource");
        relink(stack, json_object_get(op, "added"), NULL);
        relink(stack, json_object_get(op, "cleanup"), NULL);
    }
}
