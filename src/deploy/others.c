/* SPDX-License-Identifier: Apache-2.0 */
/* Stacks of the cluster that its file does not name: of a compute group that was taken out, or of a
 * SQL Server node that became local. They carry the cluster's tag. Destroying and rolling back take
 * them along; planning and deploying tell of them. */
#include "deploy/run.h"

#include "base/text.h"

static bool has_tag(const struct hw_deploy *d, const struct hw_xml *stack)
{
    const struct hw_xml *tag = hw_read_member(hw_xml_child(stack, "Tags"), "Key", HW_CLUSTER_TAG);
    hw_auto_text value = hw_xml_text(tag, "Value");
    return tag && strcmp(value, d->cluster) == 0;
}

/* It imports from the head node's stack at most; nothing imports from a compute group. */
static void add_unit(struct hw_deploy *d, const char *name)
{
    struct hw_stacks *stacks = &d->stacks;
    hw_grow(&stacks->items, &stacks->capacity, stacks->count, sizeof *stacks->items);
    struct hw_stack *stack = &stacks->items[stacks->count++];
    *stack = (struct hw_stack){.name = hw_strdup(name),
                               .file = hw_strdup(""),
                               .role = hw_strdup("compute"),
                               .group = hw_strdup("")};
    bool compute = strstr(name + strlen(d->cluster), "-compute-") != NULL;
    for (size_t i = 0; i + 1 < stacks->count; i++) {
        const char *role = stacks->items[i].role;
        if (strcmp(role, "foundation") == 0 || (compute && strcmp(role, "head") == 0))
            hw_strv_add(&stack->after, stacks->items[i].name);
    }
    d->units = hw_realloc(d->units, stacks->count + 1, sizeof *d->units);
    d->units[d->unit_count++] = (struct hw_unit){.deploy = d};
    for (size_t i = 0; i < d->unit_count; i++)
        d->units[i].stack = &stacks->items[i];
}

static void found(struct hw_deploy *d, const char *name)
{
    if (d->stacks.count >= HW_MAX_LIST || d->mode == HW_DEPLOY_FOLLOW)
        return;
    if (hw_run_backwards(d))
        add_unit(d, name);
    else
        hw_tell_notice(d->sink, HW_WARNING,
                       _("stack '%s' belongs to the cluster, but the cluster file does not name it "
                         "any more. It stays as it is; delete it with: hpcwiz destroy FILE "
                         "--stack %s"),
                       name, name);
}

static void ask_page(struct hw_deploy *d);

static void on_page(void *data, const struct hw_aws_reply *reply, const struct hw_err *err)
{
    struct hw_deploy *d = data;
    d->data_call = NULL;
    struct hw_xml *list = err || !reply->xml ? NULL : hw_xml_child(reply->xml, "Stacks");
    struct hw_xml *stack = list ? hw_xml_first(list, "member") : NULL;
    for (; stack; stack = hw_xml_next(stack)) {
        hw_auto_text name = hw_read_text(stack, "StackName", 128);
        struct hw_unit *unit = hw_run_unit(d, name);
        if (unit)
            hw_unit_see(unit, stack);
        else if (has_tag(d, stack))
            found(d, name);
    }
    hw_replace(&d->page_token, NULL);
    if (list)
        d->page_token = hw_xml_text(reply->xml, "NextToken");
    if (err && hw_run_backwards(d))
        hw_tell_notice(d->sink, HW_WARNING,
                       _("stacks that the cluster file does not name cannot be looked for: %s"),
                       err->what);
    if (d->page_token && d->page_token[0] && ++d->pages < HW_MAX_PAGES)
        ask_page(d);
    else
        hw_run_begin(d);
}

static void ask_page(struct hw_deploy *d)
{
    struct hw_aws_request *request = hw_aws_request_new(HW_AWS_CLOUDFORMATION, "DescribeStacks");
    if (d->page_token && d->page_token[0])
        hw_aws_param(request, "NextToken", d->page_token);
    d->data_call = hw_aws_send(d->aws, request, on_page, d);
}

void hw_run_find_others(struct hw_deploy *d)
{
    d->pages = 0;
    hw_replace(&d->page_token, NULL);
    ask_page(d);
}
