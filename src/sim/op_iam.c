/* SPDX-License-Identifier: Apache-2.0 */
/* IAM's policy simulator (IAM API reference, SimulateCustomPolicy and SimulatePrincipalPolicy): the
 * policies that are handed in are evaluated, the user of the simulator may do everything; the
 * account file's `denied` stands above both. Of conditions StringEquals is understood. */
#include "sim/op_iam.h"

#include "base/mem.h"
#include "base/text.h"

/* A text, or one of a list, as a pattern. */
static bool names(const json_t *patterns, const char *text)
{
    size_t i;
    json_t *pattern;
    if (json_is_string(patterns))
        return sim_wildcard(json_string_value(patterns), text);
    json_array_foreach(patterns, i, pattern)
    {
        if (json_is_string(pattern) && sim_wildcard(json_string_value(pattern), text))
            return true;
    }
    return false;
}

/* The caller's value of a context key, or NULL. */
static const char *context_value(const struct sim_call *call, const char *key)
{
    const json_t *entries = json_object_get(call->in, "ContextEntries");
    const json_t *entry = sim_find(entries, "ContextKeyName", key);
    return json_string_value(json_array_get(json_object_get(entry, "ContextKeyValues"), 0));
}

static bool meets_conditions(const struct sim_call *call, const json_t *statement)
{
    const char *kind, *key;
    json_t *pairs, *wanted;
    json_object_foreach(json_object_get(statement, "Condition"), kind, pairs)
    {
        if (strcmp(kind, "StringEquals") != 0)
            return false;
        json_object_foreach(pairs, key, wanted)
        {
            const char *value = context_value(call, key);
            if (!value || !names(wanted, value))
                return false;
        }
    }
    return true;
}

static bool applies(const struct sim_call *call, const json_t *statement, const char *action,
                    const char *resource)
{
    return names(json_object_get(statement, "Action"), action) &&
           names(json_object_get(statement, "Resource"), resource) &&
           meets_conditions(call, statement);
}

static const char *decide(const struct sim_call *call, const json_t *policy, const char *action,
                          const char *resource, bool *allowed)
{
    size_t i;
    json_t *statement;
    json_array_foreach(json_object_get(policy, "Statement"), i, statement)
    {
        if (!applies(call, statement, action, resource))
            continue;
        if (sim_is(statement, "Effect", "Deny"))
            return "explicitDeny";
        *allowed = true;
    }
    return NULL;
}

static const char *decide_all(struct sim_call *call, const json_t *policies, const char *action,
                              const char *resource)
{
    bool allowed = !policies;
    size_t i;
    json_t *policy;
    if (names(json_object_get(call->cloud->state, "denied"), action))
        return "explicitDeny";
    json_array_foreach(policies, i, policy)
    {
        const char *denied = decide(call, policy, action, resource, &allowed);
        if (denied)
            return denied;
    }
    return allowed ? "allowed" : "implicitDeny";
}

static void simulate(struct sim_call *call, const json_t *policies)
{
    json_t *results = sim_list(call->out, "EvaluationResults");
    const json_t *resources = json_object_get(call->in, "ResourceArns");
    size_t count = json_array_size(resources), i;
    json_t *action;
    json_array_foreach(json_object_get(call->in, "ActionNames"), i, action)
    {
        for (size_t r = 0; r < (count ? count : 1); r++) {
            const char *resource = count ? json_string_value(json_array_get(resources, r)) : "*";
            const char *decision = decide_all(call, policies, json_string_value(action), resource);
            json_array_append_new(results, json_pack("{s:O, s:s, s:s}", "EvalActionName", action,
                                                     "EvalDecision", decision, "EvalResourceName",
                                                     resource));
        }
    }
    sim_put_bool(call->out, "IsTruncated", false);
}

static void simulate_principal_policy(struct sim_call *call)
{
    if (sim_need(call, "PolicySourceArn"))
        simulate(call, NULL);
}

static void simulate_custom_policy(struct sim_call *call)
{
    json_t *policies = json_array();
    size_t i;
    json_t *text;
    json_array_foreach(json_object_get(call->in, "PolicyInputList"), i, text)
    {
        const char *document = json_string_value(text);
        json_t *policy = document ? json_loads(document, 0, NULL) : NULL;
        if (!json_is_object(policy)) {
            json_decref(policy);
            json_decref(policies);
            sim_refuse(call, 400, "InvalidInput", "Policy document %zu is malformed", i + 1);
            return;
        }
        json_array_append_new(policies, policy);
    }
    simulate(call, policies);
    json_decref(policies);
}

const struct sim_op sim_iam_simulations[] = {
    {"SimulatePrincipalPolicy", NULL, simulate_principal_policy, NULL},
    {"SimulateCustomPolicy", NULL, simulate_custom_policy, NULL},
    {NULL, NULL, NULL, NULL},
};
