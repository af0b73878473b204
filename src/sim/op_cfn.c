/* SPDX-License-Identifier: Apache-2.0 */
/* CloudFormation's operations on stacks (API reference 2010-05-15). */
#include "sim/op_cfn.h"

#include "base/mem.h"
#include "base/text.h"
#include "sim/cfn_template.h"
#include "sim/op_s3.h"
#include "sim/signal.h"

#define ALNUM "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"

bool sim_cfn_invalid(struct sim_call *call, const char *fmt, ...)
{
    char text[900];
    va_list args;
    va_start(args, fmt);
    vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    return sim_refuse(call, 400, "ValidationError", "%s", text);
}

bool sim_cfn_name_is_fine(struct sim_call *call, const char *field, const char *name)
{
    size_t length = strlen(name);
    if (length && length <= 128 && strspn(name, ALNUM "-") == length &&
        !strchr("-0123456789", *name))
        return true;
    return sim_cfn_invalid(call,
                           "1 validation error detected: Value '%s' at '%s' failed to satisfy "
                           "constraint: Member must satisfy regular expression pattern: "
                           "[a-zA-Z][-a-zA-Z0-9]*",
                           name, field);
}

json_t *sim_cfn_stack(struct sim_call *call, const char *key)
{
    const char *name = sim_need(call, key);
    json_t *stack = name ? sim_stack_find(call->cloud, call->region, name) : NULL;
    if (name && !stack)
        sim_cfn_invalid(call, "Stack with id %s does not exist", name);
    return stack;
}

/* http://host/bucket/key, or https://bucket.s3.region.amazonaws.com/key. */
static char *fetch_url(struct sim_call *call, const char *url)
{
    char bucket[80], key[1024], host[256];
    const json_t *object = NULL;
    const char *rest = strstr(url, "://");
    if (rest && sscanf(rest + 3, "%255[^/]/%1023[^?]", host, key) == 2) {
        hw_auto_text first = hw_strndup(host, strcspn(host, "."));
        object = sim_s3_object(call->cloud, first, key);
        if (!object && sscanf(rest + 3, "%255[^/]/%79[^/]/%1023[^?]", host, bucket, key) == 3)
            object = sim_s3_object(call->cloud, bucket, key);
    }
    if (json_is_string(object))
        return hw_strdup(json_string_value(object));
    sim_cfn_invalid(call, "S3 error: Access Denied");
    return NULL;
}

static char *find_body(struct sim_call *call, const json_t *stack)
{
    const char *body = sim_text(call->in, "TemplateBody"), *url = sim_text(call->in, "TemplateURL");
    if (strlen(body) > HW_CFN_BODY_INLINE) {
        sim_cfn_invalid(call,
                        "1 validation error detected: Value at 'templateBody' failed to "
                        "satisfy constraint: Member must have length less than or equal to "
                        "%u",
                        HW_CFN_BODY_INLINE);
        return NULL;
    }
    if (*body)
        return hw_strdup(body);
    if (*url)
        return fetch_url(call, url);
    if (sim_bool(call->in, "UsePreviousTemplate") && stack)
        return hw_strdup(sim_text(stack, "_body"));
    if (stack && !json_object_get(call->in, "TemplateBody"))
        return hw_strdup(sim_text(stack, "_body"));
    sim_cfn_invalid(call, "Either Template URL or Template Body must be specified.");
    return NULL;
}

json_t *sim_cfn_template(struct sim_call *call, const json_t *stack, char **ret_body)
{
    struct hw_err err = {0};
    char *body = find_body(call, stack);
    if (!body)
        return NULL;
    json_t *template = sim_template_parse(body, strlen(body), &err);
    if (template) {
        *ret_body = body;
        return template;
    }
    free(body);
    sim_cfn_invalid(call, "%s", err.what);
    return NULL;
}

bool sim_cfn_capable(struct sim_call *call, const json_t *template)
{
    hw_auto(hw_buf) reason = HW_BUF(HW_MAX_TEXT);
    json_t *needed = sim_template_capabilities(template, &reason);
    const json_t *given = json_object_get(call->in, "Capabilities");
    const char *word = json_string_value(json_array_get(needed, 0));
    bool named = word && strcmp(word, "CAPABILITY_NAMED_IAM") == 0;
    bool fine = !word || sim_has(given, "CAPABILITY_NAMED_IAM") ||
                (!named && sim_has(given, "CAPABILITY_IAM"));
    if (!fine)
        sim_refuse(call, 400, "InsufficientCapabilitiesException", "Requires capabilities : [%s]",
                   word);
    json_decref(needed);
    return fine;
}

/* Templates. */

static void describe_template(struct sim_call *call, const json_t *template)
{
    hw_auto(hw_buf) reason = HW_BUF(HW_MAX_TEXT);
    json_t *needed = sim_template_capabilities(template, &reason);
    json_t *description = json_object_get(template, "Description");
    if (json_is_string(description))
        json_object_set(call->out, "Description", description);
    if (json_array_size(needed))
        sim_put(call->out, "CapabilitiesReason",
                "The following resource(s) require capabilities: [%s]", hw_buf_cstr(&reason));
    json_object_set_new(call->out, "Capabilities", needed);
}

static void validate_template(struct sim_call *call)
{
    hw_auto_text body = NULL;
    json_t *template = sim_cfn_template(call, NULL, &body);
    if (!template)
        return;
    json_object_set_new(call->out, "Parameters", sim_params_declared(template, false));
    describe_template(call, template);
    json_decref(template);
}

static void get_template_summary(struct sim_call *call)
{
    hw_auto_text body = NULL;
    json_t *stack = *sim_text(call->in, "StackName") ? sim_cfn_stack(call, "StackName") : NULL;
    json_t *template = call->code[0] ? NULL : sim_cfn_template(call, stack, &body);
    if (!template)
        return;
    json_object_set_new(call->out, "Parameters", sim_params_declared(template, true));
    describe_template(call, template);
    json_t *types = sim_list(call->out, "ResourceTypes");
    const char *id;
    json_t *resource;
    json_object_foreach(json_object_get(template, "Resources"), id, resource)
    {
        if (!sim_has(types, sim_text(resource, "Type")))
            sim_append_text(types, sim_text(resource, "Type"));
    }
    sim_put(call->out, "Version", "2010-09-09");
    json_decref(template);
}

static void get_template(struct sim_call *call)
{
    json_t *stack = sim_cfn_stack(call, "StackName");
    if (!stack)
        return;
    sim_put(call->out, "TemplateBody", "%s", sim_text(stack, "_body"));
    json_t *stages = sim_list(call->out, "StagesAvailable");
    sim_append_text(stages, "Original");
    sim_append_text(stages, "Processed");
}

/* Making, changing, deleting. */

static bool read_order(struct sim_call *call, json_t *stack, json_t *template,
                       struct sim_stack_order *order)
{
    struct hw_err err = {0};
    const char *wanted = sim_text(call->in, "OnFailure");
    if (!sim_cfn_capable(call, template))
        return false;
    if (!sim_params_resolve(call->cloud, template, json_object_get(call->in, "Parameters"),
                            json_object_get(stack, "Parameters"), &order->params, &err))
        return sim_cfn_invalid(call, "%s", err.what);
    order->template = template;
    order->token = sim_text(call->in, "ClientRequestToken");
    order->on_failure = sim_bool(call->in, "DisableRollback") ? "DO_NOTHING"
                        : *wanted                             ? wanted
                                                              : "ROLLBACK";
    return true;
}

static void remember(struct sim_call *call, json_t *stack)
{
    sim_copy(stack, call->in, "Tags");
    sim_copy(stack, call->in, "Capabilities");
    sim_copy(stack, call->in, "RoleARN");
    sim_put_bool(stack, "DisableRollback", sim_bool(call->in, "DisableRollback"));
    json_object_set(call->out, "StackId", json_object_get(stack, "StackId"));
}

static void create_stack(struct sim_call *call)
{
    const char *name = sim_need(call, "StackName");
    if (!name || !sim_cfn_name_is_fine(call, "stackName", name))
        return;
    json_t *old = sim_stack_find(call->cloud, call->region, name);
    const char *token = sim_text(call->in, "ClientRequestToken");
    if (old && *token && sim_is(old, "_create_token", token)) {
        json_object_set(call->out, "StackId", json_object_get(old, "StackId"));
        return;
    }
    if (old && !sim_is(old, "StackStatus", "REVIEW_IN_PROGRESS")) {
        sim_refuse(call, 400, "AlreadyExistsException", "Stack [%s] already exists", name);
        return;
    }
    hw_auto_text body = NULL;
    struct sim_stack_order order = {0};
    json_t *template = sim_cfn_template(call, NULL, &body);
    if (!template)
        return;
    if (!read_order(call, NULL, template, &order)) {
        json_decref(template);
        return;
    }
    order.body = body;
    json_t *stack = old ? old : sim_stack_new(call->cloud, call->region, name);
    sim_put(stack, "_create_token", "%s", token);
    remember(call, stack);
    sim_stack_create(call->cloud, stack, &order);
}

/* Its own words, as issue 6368 of aws-cli and issue 1655 of amazon.aws cite them. */
bool sim_cfn_keeps_failure(struct sim_call *call, const json_t *stack, const char *operation)
{
    if (!sim_is(stack, "StackStatus", "UPDATE_FAILED") || sim_bool(call->in, "DisableRollback"))
        return true;
    return sim_cfn_invalid(call,
                           "This stack is currently in a non-terminal [UPDATE_FAILED] state. To "
                           "update the stack from this state, please use the disable-rollback "
                           "parameter with %s API. To rollback to the last known good state, use "
                           "the rollback-stack API",
                           operation);
}

static bool can_update(struct sim_call *call, const json_t *stack)
{
    const char *status = sim_text(stack, "StackStatus");
    if (!sim_stack_busy(stack) &&
        (strcmp(status, "CREATE_COMPLETE") == 0 || strcmp(status, "UPDATE_COMPLETE") == 0 ||
         strcmp(status, "UPDATE_ROLLBACK_COMPLETE") == 0 || strcmp(status, "UPDATE_FAILED") == 0))
        return sim_cfn_keeps_failure(call, stack, "update-stack");
    return sim_cfn_invalid(call, "Stack:%s is in %s state and can not be updated.",
                           sim_text(stack, "StackId"), status);
}

static void update_stack(struct sim_call *call)
{
    json_t *stack = sim_cfn_stack(call, "StackName");
    hw_auto_text body = NULL;
    struct sim_stack_order order = {0};
    struct hw_err err = {0};
    json_t *template =
        stack && can_update(call, stack) ? sim_cfn_template(call, stack, &body) : NULL;
    if (!template)
        return;
    if (!read_order(call, stack, template, &order)) {
        json_decref(template);
        return;
    }
    order.body = body;
    json_t *changes = sim_stack_changes(call->cloud, stack, template, order.params.values, &err);
    size_t count = json_array_size(changes);
    json_decref(changes);
    if (!changes || count == 0) {
        sim_cfn_invalid(call, "%s", changes ? "No updates are to be performed." : err.what);
        sim_params_done(&order.params);
        json_decref(template);
        return;
    }
    remember(call, stack);
    sim_stack_update(call->cloud, stack, &order);
}

static void delete_stack(struct sim_call *call)
{
    const char *name = sim_need(call, "StackName");
    json_t *stack = name ? sim_stack_find(call->cloud, call->region, name) : NULL;
    const json_t *retain = json_object_get(call->in, "RetainResources");
    if (!stack || sim_is(stack, "StackStatus", "DELETE_COMPLETE") ||
        sim_is(stack, "StackStatus", "DELETE_IN_PROGRESS"))
        return;
    if (sim_bool(stack, "EnableTerminationProtection")) {
        sim_cfn_invalid(call, "Stack [%s] cannot be deleted while TerminationProtection is enabled",
                        sim_text(stack, "StackName"));
        return;
    }
    sim_stack_delete(call->cloud, stack, retain, sim_text(call->in, "ClientRequestToken"));
}

static void cancel_update(struct sim_call *call)
{
    json_t *stack = sim_cfn_stack(call, "StackName");
    if (stack && !sim_is(stack, "StackStatus", "UPDATE_IN_PROGRESS"))
        sim_cfn_invalid(call, "CancelUpdateStack cannot be called from current stack status");
    else if (stack)
        sim_stack_cancel(call->cloud, stack);
}

static bool can_skip(struct sim_call *call, const json_t *stack)
{
    size_t i;
    json_t *id;
    json_array_foreach(json_object_get(call->in, "ResourcesToSkip"), i, id)
    {
        const char *name = json_string_value(id);
        if (!name || !sim_stack_is_stuck(stack, name))
            return sim_cfn_invalid(call, "The following resource(s) [%s] cannot be skipped",
                                   name ? name : "");
    }
    return true;
}

static void roll_back(struct sim_call *call)
{
    json_t *stack = sim_cfn_stack(call, "StackName");
    const char *status = sim_text(stack, "StackStatus");
    if (stack && strcmp(status, "CREATE_FAILED") != 0 && strcmp(status, "UPDATE_FAILED") != 0) {
        sim_cfn_invalid(call, "Stack [%s] is in %s state and cannot be rolled back",
                        sim_text(stack, "StackId"), status);
    } else if (stack) {
        sim_copy(call->out, stack, "StackId");
        sim_stack_roll_back(call->cloud, stack);
    }
}

static void continue_rollback(struct sim_call *call)
{
    json_t *stack = sim_cfn_stack(call, "StackName");
    if (stack && !sim_is(stack, "StackStatus", "UPDATE_ROLLBACK_FAILED"))
        sim_cfn_invalid(call, "Stack [%s] is in %s state and can not continue rollback",
                        sim_text(stack, "StackId"), sim_text(stack, "StackStatus"));
    else if (stack && can_skip(call, stack))
        sim_stack_continue(call->cloud, stack, json_object_get(call->in, "ResourcesToSkip"));
}

static void protect(struct sim_call *call)
{
    json_t *stack = sim_cfn_stack(call, "StackName");
    if (!stack)
        return;
    sim_put_bool(stack, "EnableTerminationProtection",
                 sim_bool(call->in, "EnableTerminationProtection"));
    sim_copy(call->out, stack, "StackId");
}

static void signal_resource(struct sim_call *call)
{
    json_t *stack = sim_cfn_stack(call, "StackName");
    const char *id = stack ? sim_need(call, "LogicalResourceId") : NULL;
    const char *unique = id ? sim_need(call, "UniqueId") : NULL;
    const json_t *resource = unique ? sim_stack_resource(stack, id) : NULL;
    if (unique && !resource)
        sim_cfn_invalid(call, "Resource %s does not exist for stack %s", id,
                        sim_text(stack, "StackName"));
    else if (unique && !sim_signal_add(call->cloud, sim_text(stack, "StackId"), id, unique,
                                       sim_is(call->in, "Status", "SUCCESS"), ""))
        sim_cfn_invalid(call, "Signal is not allowed: resource %s is in %s state", id,
                        sim_text(resource, "ResourceStatus"));
}

/* Looking. */

static void describe_stacks(struct sim_call *call)
{
    static const struct sim_page page = {"Stacks", NULL, "NextToken", "NextToken", 10, 10};
    json_t *list = json_array();
    size_t i;
    json_t *stack;
    if (*sim_text(call->in, "StackName")) {
        stack = sim_cfn_stack(call, "StackName");
        if (stack)
            json_array_append(list, stack);
    } else {
        json_array_foreach(sim_cloud_list(call->cloud, "stacks"), i, stack)
        {
            if (sim_is(stack, "_region", call->region) &&
                !sim_is(stack, "StackStatus", "DELETE_COMPLETE"))
                json_array_insert(list, 0, stack);
        }
    }
    if (call->code[0])
        json_decref(list);
    else
        sim_page(call, list, &page);
}

static void list_stacks(struct sim_call *call)
{
    static const struct sim_page page = {"StackSummaries", NULL, "NextToken", "NextToken", 20, 100};
    static const char *const SAME[] = {"StackId",           "StackName",       "CreationTime",
                                       "LastUpdatedTime",   "DeletionTime",    "StackStatus",
                                       "StackStatusReason", "DriftInformation"};
    const json_t *wanted = json_object_get(call->in, "StackStatusFilter");
    json_t *list = json_array();
    size_t i;
    json_t *stack;
    json_array_foreach(sim_cloud_list(call->cloud, "stacks"), i, stack)
    {
        if (!sim_is(stack, "_region", call->region) ||
            (wanted && !sim_has(wanted, sim_text(stack, "StackStatus"))))
            continue;
        json_t *shown = json_object();
        for (size_t k = 0; k < HW_COUNT(SAME); k++)
            sim_copy(shown, stack, SAME[k]);
        sim_put(shown, "TemplateDescription", "%s", sim_text(stack, "Description"));
        json_array_insert_new(list, 0, shown);
    }
    sim_page(call, list, &page);
}

static void describe_events(struct sim_call *call)
{
    static const struct sim_page page = {"StackEvents", NULL, "NextToken", "NextToken", 20, 20};
    json_t *stack = sim_cfn_stack(call, "StackName");
    if (!stack)
        return;
    json_t *newest_first = json_array();
    size_t i;
    json_t *event;
    json_array_foreach(json_object_get(stack, "_events"), i, event)
    {
        json_array_insert(newest_first, 0, event);
    }
    sim_page(call, newest_first, &page);
}

static json_t *show_resource(const json_t *stack, const json_t *resource, bool with_stack)
{
    json_t *shown = json_copy((json_t *)resource);
    if (with_stack) {
        sim_copy(shown, stack, "StackId");
        sim_copy(shown, stack, "StackName");
        json_object_set(shown, "Timestamp", json_object_get(resource, "LastUpdatedTimestamp"));
    }
    return shown;
}

static json_t *visible_resources(const json_t *stack, bool with_stack)
{
    json_t *list = json_array();
    size_t i;
    json_t *resource;
    json_array_foreach(json_object_get(stack, "_resources"), i, resource)
    {
        if (*sim_text(resource, "ResourceStatus"))
            json_array_append_new(list, show_resource(stack, resource, with_stack));
    }
    return list;
}

static void list_resources(struct sim_call *call)
{
    static const struct sim_page page = {
        "StackResourceSummaries", NULL, "NextToken", "NextToken", 20, 100};
    json_t *stack = sim_cfn_stack(call, "StackName");
    if (stack)
        sim_page(call, visible_resources(stack, false), &page);
}

static void describe_resources(struct sim_call *call)
{
    json_t *stack = sim_cfn_stack(call, "StackName");
    if (stack)
        json_object_set_new(call->out, "StackResources", visible_resources(stack, true));
}

static void describe_resource(struct sim_call *call)
{
    json_t *stack = sim_cfn_stack(call, "StackName");
    const char *id = stack ? sim_need(call, "LogicalResourceId") : NULL;
    json_t *resource = id ? sim_stack_resource(stack, id) : NULL;
    if (!resource && id) {
        sim_cfn_invalid(call, "Resource %s does not exist for stack %s", id,
                        sim_text(stack, "StackName"));
    } else if (id) {
        json_t *shown = show_resource(stack, resource, true);
        char *metadata = json_dumps(json_object_get(resource, "_metadata"), JSON_COMPACT);
        if (metadata)
            json_object_set_new(shown, "Metadata", json_string(metadata));
        free(metadata);
        json_object_set_new(call->out, "StackResourceDetail", shown);
    }
}

static void list_exports(struct sim_call *call)
{
    static const struct sim_page page = {"Exports", NULL, "NextToken", "NextToken", 100, 100};
    sim_page(call, json_incref(sim_cloud_list(call->cloud, "exports")), &page);
}

static void list_imports(struct sim_call *call)
{
    static const struct sim_page page = {"Imports", NULL, "NextToken", "NextToken", 100, 100};
    const char *name = sim_need(call, "ExportName");
    json_t *list = json_array();
    size_t i;
    json_t *stack;
    json_array_foreach(sim_cloud_list(call->cloud, "stacks"), i, stack)
    {
        if (name && sim_has(json_object_get(stack, "_imports"), name))
            json_array_append(list, json_object_get(stack, "StackName"));
    }
    if (name && json_array_size(list) == 0)
        sim_cfn_invalid(call, "Export '%s' is not imported by any stack.", name);
    if (call->code[0])
        json_decref(list);
    else
        sim_page(call, list, &page);
}

static const struct sim_op OPERATIONS[] = {
    {"ValidateTemplate", NULL, validate_template, NULL},
    {"GetTemplateSummary", NULL, get_template_summary, NULL},
    {"GetTemplate", NULL, get_template, NULL},
    {"CreateStack", NULL, create_stack, NULL},
    {"UpdateStack", NULL, update_stack, NULL},
    {"DeleteStack", NULL, delete_stack, NULL},
    {"CancelUpdateStack", NULL, cancel_update, NULL},
    {"ContinueUpdateRollback", NULL, continue_rollback, NULL},
    {"RollbackStack", NULL, roll_back, NULL},
    {"UpdateTerminationProtection", NULL, protect, NULL},
    {"SignalResource", NULL, signal_resource, NULL},
    {"DetectStackDrift", NULL, sim_cfn_detect_drift, NULL},
    {"DescribeStackDriftDetectionStatus", NULL, sim_cfn_drift_status, NULL},
    {"DescribeStackResourceDrifts", NULL, sim_cfn_resource_drifts, NULL},
    {"DescribeStacks", NULL, describe_stacks, NULL},
    {"ListStacks", NULL, list_stacks, NULL},
    {"DescribeStackEvents", NULL, describe_events, NULL},
    {"ListStackResources", NULL, list_resources, NULL},
    {"DescribeStackResources", NULL, describe_resources, NULL},
    {"DescribeStackResource", NULL, describe_resource, NULL},
    {"ListExports", NULL, list_exports, NULL},
    {"ListImports", NULL, list_imports, NULL},
    {NULL, NULL, NULL, NULL},
};

const struct sim_service sim_cloudformation = {
    "cloudformation", SIM_QUERY, "http://cloudformation.amazonaws.com/doc/2010-05-15/", OPERATIONS,
    sim_change_set_ops};
