/* SPDX-License-Identifier: Apache-2.0 */
#include "sim/stack.h"

#include "base/mem.h"
#include "base/text.h"

#define STACK_TYPE "AWS::CloudFormation::Stack"

json_t *sim_stack_find(struct sim_cloud *cloud, const char *region, const char *name_or_id)
{
    size_t i;
    json_t *stack;
    json_array_foreach(sim_cloud_list(cloud, "stacks"), i, stack)
    {
        bool here = !region || sim_is(stack, "_region", region);
        bool alive = !sim_is(stack, "StackStatus", "DELETE_COMPLETE");
        if (here && (sim_is(stack, "StackId", name_or_id) ||
                     (alive && sim_is(stack, "StackName", name_or_id))))
            return stack;
    }
    return NULL;
}

json_t *sim_stack_new(struct sim_cloud *cloud, const char *region, const char *name)
{
    char id[SIM_ID_SIZE], now[HW_TIME_SIZE];
    json_t *stack =
        json_pack("{s:s, s:s, s:s, s:b, s:b, s:{s:s}, s:{}, s:[], s:[], s:[], s:[], s:[], s:s}",
                  "StackName", name, "CreationTime", sim_now(now), "StackStatus",
                  "REVIEW_IN_PROGRESS", "DisableRollback", 0, "EnableTerminationProtection", 0,
                  "DriftInformation", "StackDriftStatus", "NOT_CHECKED", "RollbackConfiguration",
                  "Parameters", "Capabilities", "Tags", "_resources", "_events", "_region", region);
    sim_put(stack, "StackId", "arn:aws:cloudformation:%s:%s:stack/%s/%s", region,
            sim_cloud_account(cloud), name, sim_uuid(cloud, id));
    json_array_append_new(sim_cloud_list(cloud, "stacks"), stack);
    return stack;
}

static json_t *new_event(struct sim_cloud *cloud, json_t *stack, const char *status,
                         const char *reason)
{
    char now[HW_TIME_SIZE];
    json_t *event = json_pack("{s:O, s:O, s:s, s:s}", "StackId", json_object_get(stack, "StackId"),
                              "StackName", json_object_get(stack, "StackName"), "Timestamp",
                              sim_now(now), "ResourceStatus", status);
    if (reason && *reason)
        sim_put(event, "ResourceStatusReason", "%s", reason);
    const char *token = sim_text(json_object_get(stack, "_op"), "token");
    if (*token)
        sim_put(event, "ClientRequestToken", "%s", token);
    json_array_append_new(sim_list(stack, "_events"), event);
    sim_cloud_wake(cloud);
    return event;
}

static void set_resource_status(json_t *resource, const char *status, const char *reason)
{
    char now[HW_TIME_SIZE];
    sim_put(resource, "ResourceStatus", "%s", status);
    sim_put(resource, "LastUpdatedTimestamp", "%s", sim_now(now));
    if (reason && *reason)
        sim_put(resource, "ResourceStatusReason", "%s", reason);
    else
        json_object_del(resource, "ResourceStatusReason");
}

void sim_stack_event(struct sim_cloud *cloud, json_t *stack, json_t *resource, const char *status,
                     const char *reason)
{
    char id[SIM_ID_SIZE];
    json_t *event = new_event(cloud, stack, status, reason);
    sim_uuid(cloud, id);
    if (!resource) {
        sim_put(event, "EventId", "%s", id);
        json_object_set(event, "LogicalResourceId", json_object_get(stack, "StackName"));
        json_object_set(event, "PhysicalResourceId", json_object_get(stack, "StackId"));
        sim_put(event, "ResourceType", STACK_TYPE);
        return;
    }
    set_resource_status(resource, status, reason);
    sim_put(event, "EventId", "%s-%s", sim_text(resource, "LogicalResourceId"), id);
    sim_copy(event, resource, "LogicalResourceId");
    sim_put(event, "PhysicalResourceId", "%s", sim_text(resource, "PhysicalResourceId"));
    sim_copy(event, resource, "ResourceType");
    char *properties = json_dumps(json_object_get(resource, "_properties"), JSON_COMPACT);
    if (properties)
        json_object_set_new(event, "ResourceProperties", json_string(properties));
    free(properties);
}

void sim_stack_status(struct sim_cloud *cloud, json_t *stack, const char *status,
                      const char *reason)
{
    sim_put(stack, "StackStatus", "%s", status);
    if (reason && *reason)
        sim_put(stack, "StackStatusReason", "%s", reason);
    else
        json_object_del(stack, "StackStatusReason");
    sim_stack_event(cloud, stack, NULL, status, reason);
}

bool sim_stack_busy(const json_t *stack)
{
    const char *status = sim_text(stack, "StackStatus");
    return hw_text_ends(status, "_IN_PROGRESS") && strcmp(status, "REVIEW_IN_PROGRESS") != 0;
}

json_t *sim_stack_resource(const json_t *stack, const char *logical_id)
{
    return sim_find(json_object_get(stack, "_resources"), "LogicalResourceId", logical_id);
}

void sim_stack_eval(struct sim_cloud *cloud, const json_t *stack, const json_t *template,
                    const json_t *values, struct sim_eval *ret)
{
    *ret = (struct sim_eval){
        .cloud = cloud,
        .template = template,
        .parameters = values,
        .resources = json_object_get(stack, "_resources"),
        .stack_name = sim_text(stack, "StackName"),
        .stack_id = sim_text(stack, "StackId"),
        .region = sim_text(stack, "_region"),
    };
}

/* Outputs and exports. */

void sim_stack_drop_exports(struct sim_cloud *cloud, const json_t *stack)
{
    json_t *exports = sim_cloud_list(cloud, "exports");
    for (size_t i = json_array_size(exports); i-- > 0;) {
        if (sim_is(json_array_get(exports, i), "ExportingStackId", sim_text(stack, "StackId")))
            json_array_remove(exports, i);
    }
}

bool sim_stack_export_used(struct sim_cloud *cloud, const json_t *stack, const char **export,
                           const char **user)
{
    size_t i, k;
    json_t *item, *other;
    json_array_foreach(sim_cloud_list(cloud, "exports"), i, item)
    {
        if (!sim_is(item, "ExportingStackId", sim_text(stack, "StackId")))
            continue;
        json_array_foreach(sim_cloud_list(cloud, "stacks"), k, other)
        {
            if (other == stack || sim_is(other, "StackStatus", "DELETE_COMPLETE") ||
                !sim_has(json_object_get(other, "_imports"), sim_text(item, "Name")))
                continue;
            *export = sim_text(item, "Name");
            *user = sim_text(other, "StackName");
            return true;
        }
    }
    return false;
}

static bool add_export(struct sim_cloud *cloud, json_t *stack, const json_t *name,
                       const json_t *value, struct hw_buf *why)
{
    json_t *exports = sim_cloud_list(cloud, "exports");
    json_t *other = sim_find(exports, "Name", json_string_value(name));
    if (other) {
        json_t *owner = sim_stack_find(cloud, NULL, sim_text(other, "ExportingStackId"));
        hw_buf_print(why,
                     "Export with name %s is already exported by stack %s. Rollback requested "
                     "by user.",
                     json_string_value(name), sim_text(owner, "StackName"));
        return false;
    }
    json_array_append_new(exports, json_pack("{s:O, s:O, s:O}", "ExportingStackId",
                                             json_object_get(stack, "StackId"), "Name", name,
                                             "Value", value));
    return true;
}

static bool add_output(struct sim_eval *eval, json_t *stack, const char *key, const json_t *output,
                       struct hw_buf *why)
{
    hw_auto(hw_buf) text = HW_BUF(HW_MAX_VALUE);
    json_t *value = sim_eval(eval, json_object_get(output, "Value"));
    json_t *export = json_object_get(json_object_get(output, "Export"), "Name");
    json_t *name = export ? sim_eval(eval, export) : NULL;
    bool ok = value && sim_scalar(value, &text) && (!export || json_is_string(name));
    if (ok) {
        json_t *shown =
            json_pack("{s:s, s:s}", "OutputKey", key, "OutputValue", hw_buf_cstr(&text));
        sim_copy(shown, output, "Description");
        if (name)
            json_object_set(shown, "ExportName", name);
        json_array_append_new(sim_list(stack, "Outputs"), shown);
        ok = !name ||
             add_export(eval->cloud, stack, name, json_object_get(shown, "OutputValue"), why);
    } else if (why->len == 0) {
        hw_buf_print(why, "%s",
                     eval->error[0] ? eval->error
                                    : "Template format error: Output value must be a "
                                      "string");
    }
    json_decref(value);
    json_decref(name);
    return ok;
}

bool sim_stack_outputs(struct sim_cloud *cloud, json_t *stack, struct hw_buf *why)
{
    struct sim_eval eval;
    const json_t *template = json_object_get(stack, "_template");
    sim_stack_eval(cloud, stack, template, json_object_get(stack, "_values"), &eval);
    sim_stack_drop_exports(cloud, stack);
    json_object_del(stack, "Outputs");
    const char *key;
    json_t *output;
    json_object_foreach(json_object_get(template, "Outputs"), key, output)
    {
        if (sim_eval_wanted(&eval, output) && !add_output(&eval, stack, key, output, why))
            return false;
    }
    return true;
}
