/* SPDX-License-Identifier: Apache-2.0 */
/* Change sets: made at once here, shown as CREATE_PENDING for a moment as clients expect. */
#include "sim/op_cfn.h"

#include "base/mem.h"
#include "base/text.h"

#define PENDING_SECONDS 2
#define NO_CHANGES                                                                                 \
    "The submitted information didn't contain changes. Submit different information to create a "  \
    "change set."

/* By ARN, or by name within the stack. */
static json_t *find(struct sim_call *call, const char *name, const json_t *stack)
{
    size_t i;
    json_t *set;
    json_array_foreach(sim_cloud_list(call->cloud, "change_sets"), i, set)
    {
        if (sim_is(set, "ChangeSetId", name) ||
            (sim_is(set, "ChangeSetName", name) &&
             sim_is(set, "StackId", sim_text(stack, "StackId"))))
            return set;
    }
    return NULL;
}

static json_t *need_set(struct sim_call *call)
{
    const char *name = sim_need(call, "ChangeSetName");
    const char *stack_name = sim_text(call->in, "StackName");
    if (!name)
        return NULL;
    json_t *stack = sim_stack_find(call->cloud, call->region, stack_name);
    if (!stack && !hw_text_starts(name, "arn:")) {
        sim_cfn_invalid(call, "Stack [%s] does not exist", stack_name);
        return NULL;
    }
    json_t *set = find(call, name, stack);
    if (!set)
        sim_refuse(call, 404, "ChangeSetNotFound", "ChangeSet [%s] does not exist", name);
    return set;
}

/* The stack that the set is for; a CREATE set makes it, in review. NULL: refused. */
static json_t *target(struct sim_call *call)
{
    const char *name = sim_need(call, "StackName");
    json_t *stack = name ? sim_stack_find(call->cloud, call->region, name) : NULL;
    const char *status = sim_text(stack, "StackStatus");
    bool create = sim_is(call->in, "ChangeSetType", "CREATE");
    bool review = strcmp(status, "REVIEW_IN_PROGRESS") == 0;
    if (!name)
        return NULL;
    if (create && !stack) {
        if (!sim_cfn_name_is_fine(call, "stackName", name))
            return NULL;
        stack = sim_stack_new(call->cloud, call->region, name);
        sim_stack_status(call->cloud, stack, "REVIEW_IN_PROGRESS", "User Initiated");
    } else if (create && !review) {
        sim_cfn_invalid(call,
                        "Stack [%s] already exists and cannot be created again with the "
                        "changeSet [%s].",
                        name, sim_text(call->in, "ChangeSetName"));
        return NULL;
    } else if (!stack || (!create && review)) {
        sim_cfn_invalid(call, "Stack [%s] does not exist", name);
        return NULL;
    } else if (!create &&
               (sim_stack_busy(stack) ||
                (hw_text_ends(status, "_FAILED") && strcmp(status, "UPDATE_FAILED") != 0) ||
                strcmp(status, "ROLLBACK_COMPLETE") == 0)) {
        sim_cfn_invalid(call, "Stack:%s is in %s state and can not be updated.",
                        sim_text(stack, "StackId"), status);
        return NULL;
    }
    return stack;
}

static json_t *new_set(struct sim_call *call, json_t *stack)
{
    char id[SIM_ID_SIZE], now[HW_TIME_SIZE];
    const char *name = sim_text(call->in, "ChangeSetName");
    const char *type = sim_text(call->in, "ChangeSetType");
    json_t *set =
        json_pack("{s:s, s:O, s:O, s:s, s:s, s:s, s:[], s:{}, s:b}", "ChangeSetName", name,
                  "StackId", json_object_get(stack, "StackId"), "StackName",
                  json_object_get(stack, "StackName"), "CreationTime", sim_now(now), "_type",
                  *type ? type : "UPDATE", "_token", sim_text(call->in, "ClientToken"),
                  "NotificationARNs", "RollbackConfiguration", "IncludeNestedStacks", 0);
    sim_put(set, "ChangeSetId", "arn:aws:cloudformation:%s:%s:changeSet/%s/%s", call->region,
            sim_cloud_account(call->cloud), name, sim_uuid(call->cloud, id));
    static const char *const SAME[] = {"Capabilities", "Tags", "Description", "OnStackFailure"};
    for (size_t i = 0; i < HW_COUNT(SAME); i++)
        sim_copy(set, call->in, SAME[i]);
    sim_put_int(set, "_ready", sim_cloud_after(call->cloud, PENDING_SECONDS));
    return set;
}

static void set_outcome(json_t *set, const json_t *changes, const char *why)
{
    bool same = changes && json_array_size(changes) == 0 && sim_is(set, "_type", "UPDATE");
    bool failed = !changes || same;
    sim_put(set, "_status", "%s", failed ? "FAILED" : "CREATE_COMPLETE");
    sim_put(set, "_execution", "%s", failed ? "UNAVAILABLE" : "AVAILABLE");
    if (failed)
        sim_put(set, "StatusReason", "%s", same ? NO_CHANGES : why);
    json_object_set_new(set, "_changes", changes ? json_incref((json_t *)changes) : json_array());
}

static void work_out(struct sim_call *call, json_t *stack, json_t *set, json_t *template,
                     const char *body)
{
    struct hw_err err = {0};
    struct sim_params params = {NULL, NULL};
    if (!sim_params_resolve(call->cloud, template, json_object_get(call->in, "Parameters"),
                            json_object_get(stack, "Parameters"), &params, &err)) {
        sim_cfn_invalid(call, "%s", err.what);
        return;
    }
    json_t *changes = sim_stack_changes(call->cloud, stack, template, params.values, &err);
    set_outcome(set, changes, err.what);
    json_decref(changes);
    json_object_set_new(set, "Parameters", params.shown);
    json_object_set_new(set, "_values", params.values);
    json_object_set(set, "_template", template);
    sim_put(set, "_body", "%s", body);
}

static void answer_ids(struct sim_call *call, const json_t *set)
{
    json_object_set(call->out, "Id", json_object_get(set, "ChangeSetId"));
    sim_copy(call->out, set, "StackId");
}

static void drop_stack_in_review(struct sim_call *call, json_t *stack)
{
    json_t *stacks = sim_cloud_list(call->cloud, "stacks");
    size_t i;
    json_t *set;
    json_array_foreach(sim_cloud_list(call->cloud, "change_sets"), i, set)
    {
        if (sim_is(set, "StackId", sim_text(stack, "StackId")))
            return;
    }
    if (sim_is(stack, "StackStatus", "REVIEW_IN_PROGRESS"))
        json_array_remove(stacks, sim_index(stacks, stack));
}

static void create_change_set(struct sim_call *call)
{
    const char *name = sim_need(call, "ChangeSetName");
    const char *token = sim_text(call->in, "ClientToken");
    hw_auto_text body = NULL;
    if (!name || !sim_cfn_name_is_fine(call, "changeSetName", name))
        return;
    json_t *known = sim_stack_find(call->cloud, call->region, sim_text(call->in, "StackName"));
    json_t *old = known ? find(call, name, known) : NULL;
    if (old && *token && sim_is(old, "_token", token)) {
        answer_ids(call, old);
        return;
    }
    if (old) {
        sim_refuse(call, 400, "AlreadyExistsException", "ChangeSet %s already exists for stack %s",
                   name, sim_text(old, "StackId"));
        return;
    }
    json_t *template = sim_cfn_template(call, known, &body);
    json_t *stack = template && sim_cfn_capable(call, template) ? target(call) : NULL;
    if (stack) {
        json_t *set = new_set(call, stack);
        work_out(call, stack, set, template, body);
        if (call->code[0]) {
            json_decref(set);
            drop_stack_in_review(call, stack);
        } else {
            answer_ids(call, set);
            json_array_append_new(sim_cloud_list(call->cloud, "change_sets"), set);
            sim_cloud_wake(call->cloud);
        }
    }
    json_decref(template);
}

static bool pending(const json_t *set)
{
    return sim_int(set, "_ready") > hw_clock_wall_ms();
}

static void add_status(json_t *shown, const json_t *set)
{
    sim_put(shown, "Status", "%s", pending(set) ? "CREATE_PENDING" : sim_text(set, "_status"));
    sim_put(shown, "ExecutionStatus", "%s",
            pending(set) ? "UNAVAILABLE" : sim_text(set, "_execution"));
    if (pending(set))
        json_object_del(shown, "StatusReason");
}

static void describe_change_set(struct sim_call *call)
{
    static const struct sim_page page = {"Changes", NULL, "NextToken", "NextToken", 20, 100};
    json_t *set = need_set(call);
    if (!set)
        return;
    json_object_update(call->out, set);
    add_status(call->out, set);
    json_t *changes = pending(set) ? json_array() : json_incref(json_object_get(set, "_changes"));
    sim_page(call, changes, &page);
}

static bool can_execute(struct sim_call *call, const json_t *set)
{
    if (!pending(set) && sim_is(set, "_execution", "AVAILABLE"))
        return true;
    return sim_refuse(call, 400, "InvalidChangeSetStatus",
                      "ChangeSet [%s] cannot be executed in its current status of [%s]",
                      sim_text(set, "ChangeSetId"),
                      pending(set) ? "CREATE_PENDING" : sim_text(set, "_status"));
}

static const char *on_failure(const struct sim_call *call, const json_t *set)
{
    const char *wanted = sim_text(set, "OnStackFailure");
    if (sim_bool(call->in, "DisableRollback"))
        return "DO_NOTHING";
    return *wanted ? wanted : "ROLLBACK";
}

static void drop_sets_of(struct sim_call *call, const json_t *stack)
{
    json_t *sets = sim_cloud_list(call->cloud, "change_sets");
    for (size_t i = json_array_size(sets); i-- > 0;) {
        if (sim_is(json_array_get(sets, i), "StackId", sim_text(stack, "StackId")))
            json_array_remove(sets, i);
    }
}

static void execute_change_set(struct sim_call *call)
{
    json_t *set = need_set(call);
    json_t *stack =
        set ? sim_stack_find(call->cloud, call->region, sim_text(set, "StackId")) : NULL;
    const char *token = sim_text(call->in, "ClientRequestToken");
    bool done = set && sim_is(set, "_execution", "EXECUTE_COMPLETE");
    if (done && *token && sim_is(set, "_execute_token", token))
        return;
    if (!stack || !can_execute(call, set) ||
        !sim_cfn_keeps_failure(call, stack, "execute-change-set"))
        return;
    struct sim_stack_order order = {.template = json_incref(json_object_get(set, "_template")),
                                    .params = {json_incref(json_object_get(set, "_values")),
                                               json_incref(json_object_get(set, "Parameters"))},
                                    .body = sim_text(set, "_body"),
                                    .token = token,
                                    .on_failure = on_failure(call, set)};
    static const char *const SAME[] = {"Tags", "Capabilities", "ChangeSetId"};
    for (size_t i = 0; i < HW_COUNT(SAME); i++)
        sim_copy(stack, set, SAME[i]);
    sim_put_bool(stack, "DisableRollback", sim_bool(call->in, "DisableRollback"));
    json_incref(set);
    drop_sets_of(call, stack);
    json_array_append(sim_cloud_list(call->cloud, "change_sets"), set);
    sim_put(set, "_execution", "EXECUTE_COMPLETE");
    sim_put(set, "_execute_token", "%s", token);
    if (sim_is(set, "_type", "CREATE"))
        sim_stack_create(call->cloud, stack, &order);
    else
        sim_stack_update(call->cloud, stack, &order);
    json_decref(set);
}

static void delete_change_set(struct sim_call *call)
{
    json_t *set = need_set(call), *sets = sim_cloud_list(call->cloud, "change_sets");
    if (set && sim_is(set, "_execution", "EXECUTE_COMPLETE"))
        sim_refuse(call, 400, "InvalidChangeSetStatus",
                   "ChangeSet [%s] cannot be deleted in its current status",
                   sim_text(set, "ChangeSetId"));
    else if (set)
        json_array_remove(sets, sim_index(sets, set));
    else if (strcmp(call->code, "ChangeSetNotFound") == 0) {
        call->code[0] = '\0'; /* deleting what is gone succeeds */
        call->status = 200;
    }
}

static void list_change_sets(struct sim_call *call)
{
    static const struct sim_page page = {"Summaries", NULL, "NextToken", "NextToken", 20, 100};
    static const char *const SAME[] = {"ChangeSetId",  "ChangeSetName",      "StackId",
                                       "StackName",    "CreationTime",       "Description",
                                       "StatusReason", "IncludeNestedStacks"};
    json_t *stack = sim_cfn_stack(call, "StackName"), *list = json_array();
    size_t i;
    json_t *set;
    json_array_foreach(sim_cloud_list(call->cloud, "change_sets"), i, set)
    {
        if (!stack || !sim_is(set, "StackId", sim_text(stack, "StackId")))
            continue;
        json_t *shown = json_object();
        for (size_t k = 0; k < HW_COUNT(SAME); k++)
            sim_copy(shown, set, SAME[k]);
        add_status(shown, set);
        json_array_append_new(list, shown);
    }
    if (stack)
        sim_page(call, list, &page);
    else
        json_decref(list);
}

const struct sim_op sim_change_set_ops[] = {
    {"CreateChangeSet", NULL, create_change_set, NULL},
    {"DescribeChangeSet", NULL, describe_change_set, NULL},
    {"ExecuteChangeSet", NULL, execute_change_set, NULL},
    {"DeleteChangeSet", NULL, delete_change_set, NULL},
    {"ListChangeSets", NULL, list_change_sets, NULL},
    {NULL, NULL, NULL, NULL},
};
