/* SPDX-License-Identifier: Apache-2.0 */
/* Systems Manager's Parameter Store (SSM API reference). */
#include "sim/op_ssm.h"

#include <regex.h>

#include "base/mem.h"
#include "base/text.h"

#define MAX_NAMES 10u

static json_t *find_parameter(struct sim_call *call, const char *name)
{
    bool home = strcmp(call->region, sim_cloud_region(call->cloud)) == 0;
    return home ? sim_find(sim_cloud_list(call->cloud, "parameters"), "Name", name) : NULL;
}

/* A SecureString that is not decrypted shows a text of no meaning. */
static json_t *show(struct sim_call *call, const json_t *parameter)
{
    json_t *shown = json_object();
    static const char *const SAME[] = {"Name", "Type", "Version", "LastModifiedDate"};
    for (size_t i = 0; i < HW_COUNT(SAME); i++)
        sim_copy(shown, parameter, SAME[i]);
    const char *name = sim_text(parameter, "Name"), *type = sim_text(parameter, "DataType");
    sim_put(shown, "DataType", "%s", *type ? type : "text");
    sim_put(shown, "ARN", "arn:aws:ssm:%s:%s:parameter%s%s", call->region,
            hw_text_starts(name, "/aws/") ? "" : sim_cloud_account(call->cloud),
            name[0] == '/' ? "" : "/", name);
    if (sim_is(parameter, "Type", "SecureString") && !sim_bool(call->in, "WithDecryption"))
        sim_put(shown, "Value", "AQICAHhSimulatedCiphertext==");
    else
        sim_copy(shown, parameter, "Value");
    return shown;
}

void sim_ssm_deleted(void *data, const char *instance_id HW_UNUSED, const char *parameter)
{
    json_t *list = sim_cloud_list(data, "parameters");
    for (size_t i = 0; i < json_array_size(list); i++) {
        if (sim_is(json_array_get(list, i), "Name", parameter)) {
            json_array_remove(list, i);
            sim_cloud_wake(data);
            return;
        }
    }
}

static void get_parameter(struct sim_call *call)
{
    const char *name = sim_need(call, "Name");
    json_t *parameter = name ? find_parameter(call, name) : NULL;
    if (name && !parameter)
        sim_refuse(call, 400, "ParameterNotFound", "Parameter %s not found.", name);
    else if (name)
        json_object_set_new(call->out, "Parameter", show(call, parameter));
}

static void get_parameters(struct sim_call *call)
{
    const json_t *names = json_object_get(call->in, "Names");
    if (json_array_size(names) == 0 || json_array_size(names) > MAX_NAMES) {
        sim_refuse(call, 400, "ValidationException",
                   "1 validation error detected: Value at 'names' failed to satisfy constraint: "
                   "Member must have length less than or equal to %u",
                   MAX_NAMES);
        return;
    }
    json_t *found = sim_list(call->out, "Parameters"),
           *bad = sim_list(call->out, "InvalidParameters");
    size_t i;
    json_t *name;
    json_array_foreach(names, i, name)
    {
        json_t *parameter =
            json_is_string(name) ? find_parameter(call, json_string_value(name)) : NULL;
        if (parameter)
            json_array_append_new(found, show(call, parameter));
        else
            json_array_append(bad, name);
    }
}

static bool below(const char *name, const char *path, bool recursive)
{
    size_t length = strlen(path);
    if (length && path[length - 1] == '/')
        length--;
    return strncmp(name, path, length) == 0 && name[length] == '/' &&
           (recursive || !strchr(name + length + 1, '/'));
}

static void get_parameters_by_path(struct sim_call *call)
{
    static const struct sim_page page = {"Parameters", "MaxResults", "NextToken",
                                         "NextToken",  10,           10};
    const char *path = sim_need(call, "Path");
    if (!path)
        return;
    bool home = strcmp(call->region, sim_cloud_region(call->cloud)) == 0;
    json_t *list = json_array();
    size_t i;
    json_t *item;
    json_array_foreach(sim_cloud_list(call->cloud, "parameters"), i, item)
    {
        if (home && below(sim_text(item, "Name"), path, sim_bool(call->in, "Recursive")))
            json_array_append_new(list, show(call, item));
    }
    sim_page(call, list, &page);
}

/* ParameterFilters: Key Name (Option Equals | BeginsWith | Contains), Type, Path. */
static bool passes(const json_t *parameter, const json_t *filter)
{
    const char *key = sim_text(filter, "Key"), *option = sim_text(filter, "Option");
    const char *text = sim_text(parameter, strcmp(key, "Type") == 0 ? "Type" : "Name");
    bool path = strcmp(key, "Path") == 0;
    size_t i;
    json_t *value;
    json_array_foreach(json_object_get(filter, "Values"), i, value)
    {
        const char *want = json_is_string(value) ? json_string_value(value) : "";
        if (path ? below(text, want, strcmp(option, "Recursive") == 0)
            : strcmp(option, "BeginsWith") == 0 ? hw_text_starts(text, want)
            : strcmp(option, "Contains") == 0   ? strstr(text, want) != NULL
                                                : strcmp(text, want) == 0)
            return true;
    }
    return false;
}

static bool passes_all(struct sim_call *call, const json_t *parameter)
{
    size_t i;
    json_t *filter;
    json_array_foreach(json_object_get(call->in, "ParameterFilters"), i, filter)
    {
        if (!passes(parameter, filter))
            return false;
    }
    return true;
}

static void describe_parameters(struct sim_call *call)
{
    static const struct sim_page page = {"Parameters", "MaxResults", "NextToken",
                                         "NextToken",  10,           50};
    bool home = strcmp(call->region, sim_cloud_region(call->cloud)) == 0;
    json_t *list = json_array();
    size_t i;
    json_t *item;
    json_array_foreach(sim_cloud_list(call->cloud, "parameters"), i, item)
    {
        if (!home || hw_text_starts(sim_text(item, "Name"), "/aws/") || !passes_all(call, item))
            continue;
        json_t *shown = show(call, item);
        json_object_del(shown, "Value");
        sim_put(shown, "Tier", "Standard");
        sim_copy(shown, item, "AllowedPattern");
        sim_copy(shown, item, "Description");
        if (sim_is(item, "Type", "SecureString"))
            sim_put(shown, "KeyId", "%s",
                    *sim_text(item, "KeyId") ? sim_text(item, "KeyId") : "alias/aws/ssm");
        json_array_append_new(list, shown);
    }
    sim_page(call, list, &page);
}

static bool matches_pattern(const char *pattern, const char *value)
{
    regex_t expression;
    if (regcomp(&expression, pattern, REG_EXTENDED | REG_NOSUB) != 0)
        return false;
    bool matches = regexec(&expression, value, 0, NULL, 0) == 0;
    regfree(&expression);
    return matches;
}

static void put_parameter(struct sim_call *call)
{
    const char *name = sim_need(call, "Name"), *value = name ? sim_need(call, "Value") : NULL;
    if (!value)
        return;
    json_t *parameter = find_parameter(call, name);
    if (hw_text_starts(name, "/aws") || hw_text_starts(name, "aws")) {
        sim_refuse(call, 400, "AccessDeniedException", "No access to reserved parameter name: %s.",
                   name);
        return;
    }
    if (parameter && !sim_bool(call->in, "Overwrite")) {
        sim_refuse(call, 400, "ParameterAlreadyExists",
                   "The parameter already exists. To overwrite this value, set the overwrite "
                   "option in the request to true.");
        return;
    }
    const char *pattern = sim_text(call->in, "AllowedPattern");
    if (*pattern && !matches_pattern(pattern, value)) {
        sim_refuse(call, 400, "ParameterPatternMismatchException",
                   "Parameter value, cannot be validated against allowedPattern: %s", pattern);
        return;
    }
    if (!parameter) {
        const char *type = sim_text(call->in, "Type");
        parameter = json_pack("{s:s, s:s, s:i}", "Name", name, "Type", *type ? type : "String",
                              "Version", 0);
        json_array_append_new(sim_cloud_list(call->cloud, "parameters"), parameter);
    }
    static const char *const SAME[] = {"Type", "Value", "KeyId", "AllowedPattern", "Description"};
    for (size_t i = 0; i < HW_COUNT(SAME); i++)
        sim_copy(parameter, call->in, SAME[i]);
    sim_put_int(parameter, "Version", sim_int(parameter, "Version") + 1);
    sim_put_int(parameter, "LastModifiedDate", hw_clock_wall_ms() / 1000);
    sim_copy(call->out, parameter, "Version");
    sim_put(call->out, "Tier", "Standard");
    sim_cloud_wake(call->cloud);
}

static void delete_parameter(struct sim_call *call)
{
    const char *name = sim_need(call, "Name");
    json_t *parameter = name ? find_parameter(call, name) : NULL;
    json_t *list = sim_cloud_list(call->cloud, "parameters");
    if (name && !parameter)
        sim_refuse(call, 400, "ParameterNotFound", "Parameter %s not found.", name);
    else if (name)
        json_array_remove(list, sim_index(list, parameter));
}

static const struct sim_op OPERATIONS[] = {
    {"GetParameter", NULL, get_parameter, NULL},
    {"GetParameters", NULL, get_parameters, NULL},
    {"GetParametersByPath", NULL, get_parameters_by_path, NULL},
    {"DescribeParameters", NULL, describe_parameters, NULL},
    {"PutParameter", NULL, put_parameter, NULL},
    {"DeleteParameter", NULL, delete_parameter, NULL},
    {NULL, NULL, NULL, NULL},
};

const struct sim_service sim_ssm = {"ssm", SIM_JSON, "AmazonSSM", OPERATIONS, sim_ssm_run};
