/* SPDX-License-Identifier: Apache-2.0 */
/* Which stacks a cluster has, in which order, with which parameters. deploy.sh, the parameter
 * files and the deployment all take it from here. */
#include "template/generate.h"
#include "template/tpl.h"
#include "template/value.h"

static void stack_done(struct hw_stack *stack)
{
    free(stack->name);
    free(stack->file);
    free(stack->role);
    free(stack->group);
    hw_strv_done(&stack->after);
    for (size_t i = 0; i < stack->count; i++) {
        free(stack->parameters[i].name);
        free(stack->parameters[i].value);
        free(stack->parameters[i].key);
    }
    free(stack->parameters);
}

void hw_stacks_done(struct hw_stacks *stacks)
{
    for (size_t i = 0; i < stacks->count; i++)
        stack_done(&stacks->items[i]);
    free(stacks->items);
    *stacks = (struct hw_stacks){0};
}

char *hw_stack_parameter_mark(const struct hw_stack_parameter *parameter)
{
    switch (parameter->resolve) {
    case HW_RESOLVE_SUBNET_ZONE:
        return hw_format("zone-of:%s", parameter->value);
    case HW_RESOLVE_SSM_IMAGE:
        return hw_format("ssm:%s", parameter->value);
    case HW_RESOLVE_NONE:
        break;
    }
    return hw_strdup(parameter->value);
}

/* A parameter that Metadata.hpcwiz.when leaves out is not given either. */
static bool is_dropped(struct hw_tpl *tpl, const struct hw_cluster *cluster, const char *name,
                       bool *ret, struct hw_err *err)
{
    hw_auto_text entry = hw_format("Parameters.%s", name);
    yaml_node_t *when = hw_tpl_path(tpl, "Metadata/hpcwiz/when");
    const char *question = when ? hw_tpl_scalar(hw_tpl_get(tpl, when, entry)) : "";
    bool keep = true;
    if (*question && !hw_value_is(cluster, question, &keep, err))
        return false;
    *ret = !keep;
    return true;
}

/* A question of a template may have a word behind its key: "timeouts.sql pause". */
static char *key_of(const char *question, size_t group)
{
    hw_auto_text key = hw_strndup(question, strcspn(question, " "));
    return hw_key_of_group(key, group);
}

static bool read_parameters(struct hw_tpl *tpl, const struct hw_cluster *cluster, size_t group,
                            struct hw_stack *stack, struct hw_err *err)
{
    yaml_node_t *questions = hw_tpl_path(tpl, "Metadata/hpcwiz/parameters");
    hw_tpl_each(questions, pair)
    {
        const char *name = hw_tpl_scalar(hw_tpl_node(tpl, pair->key));
        const char *question = hw_tpl_scalar(hw_tpl_node(tpl, pair->value));
        struct hw_stack_parameter fresh = {0};
        bool dropped;
        if (!is_dropped(tpl, cluster, name, &dropped, err))
            return false;
        if (dropped)
            continue;
        if (!hw_value_get(cluster, group, question, &fresh.value, &fresh.resolve, err))
            return hw_wrap(err, _("parameter '%s'"), name);
        fresh.name = hw_strdup(name);
        fresh.key = key_of(question, group);
        hw_grow(&stack->parameters, &stack->capacity, stack->count, sizeof *stack->parameters);
        stack->parameters[stack->count++] = fresh;
    }
    return true;
}

static char *base_name(const char *role, const char *group)
{
    return strcmp(role, "compute") == 0 ? hw_format("%s-%s", role, group) : hw_strdup(role);
}

char *hw_stack_name(const char *cluster, const char *role, const char *group)
{
    hw_auto_text base = base_name(role, group);
    return hw_format("%s-%s", cluster, base);
}

/* Adds a stack of the given kind, after the stack named by after (or NULL). */
static bool add(struct hw_stacks *stacks, const struct hw_cluster *cluster, struct hw_tpl *tpl,
                const char *role, size_t group, const char *after, struct hw_err *err)
{
    bool compute = strcmp(role, "compute") == 0;
    hw_auto_text key = hw_key_of_group("nodes.compute.*.name", group);
    const char *name = compute ? hw_cluster_get(cluster, key) : "";
    hw_auto_text base = base_name(role, name);
    hw_grow(&stacks->items, &stacks->capacity, stacks->count, sizeof *stacks->items);
    struct hw_stack *stack = &stacks->items[stacks->count++];
    *stack = (struct hw_stack){
        .name = hw_stack_name(hw_cluster_get(cluster, "cluster"), role, name),
        .file = hw_format("%s.yaml", base),
        .role = hw_strdup(role),
        .group = hw_strdup(name),
        .capability_iam = strcmp(role, "foundation") == 0,
    };
    if (after)
        hw_strv_add(&stack->after, after);
    if (!read_parameters(tpl, cluster, group, stack, err))
        return hw_wrap(err, "cloudformation/%s.yaml", role);
    return true;
}

/* Adds the stacks of a role, one for each compute group or just one. */
static bool add_role(struct hw_stacks *stacks, const struct hw_cluster *cluster, const char *role,
                     size_t count, struct hw_err *err)
{
    hw_auto_text source = hw_format("cloudformation/%s.yaml", role);
    hw_auto_text after = stacks->count ? hw_strdup(stacks->items[stacks->count - 1].name) : NULL;
    HW_CLEANUP(hw_tpl_done) struct hw_tpl tpl = {0};
    if (!hw_tpl_load(source, &tpl, err))
        return false;
    for (size_t group = 0; group < count; group++) {
        if (!add(stacks, cluster, &tpl, role, group, after, err))
            return false;
    }
    return true;
}

static bool add_all(struct hw_stacks *stacks, const struct hw_cluster *cluster, struct hw_err *err)
{
    return add_role(stacks, cluster, "foundation", 1, err) &&
           add_role(stacks, cluster, "sql", hw_cluster_sql_local(cluster) ? 0 : 1, err) &&
           add_role(stacks, cluster, "head", 1, err) &&
           add_role(stacks, cluster, "compute", hw_cluster_groups(cluster), err);
}

bool hw_template_stacks(const struct hw_cluster *cluster, struct hw_stacks *ret, struct hw_err *err)
{
    struct hw_stacks stacks = {0};
    if (!add_all(&stacks, cluster, err)) {
        hw_stacks_done(&stacks);
        return false;
    }
    *ret = stacks;
    return true;
}
