/* SPDX-License-Identifier: Apache-2.0 */
#include "template/assemble.h"
#include "template/quote.h"

static const char begin_line[] = "# hpcwiz: begin\n", end_line[] = "# hpcwiz: end\n";

static void set_variable(struct hw_buf *out, const char *name, const char *value)
{
    hw_buf_print(out, "%s=", name);
    hw_quote_shell(out, value);
    hw_buf_char(out, '\n');
}

/* deploy.sh: "name base" a line in order; destroy.sh: names in reverse order. */
static char *stack_lines(const struct hw_stacks *stacks, bool reverse)
{
    struct hw_buf out = HW_BUF(HW_MAX_TEXT);
    for (size_t i = 0; i < stacks->count; i++) {
        const struct hw_stack *stack = &stacks->items[reverse ? stacks->count - 1 - i : i];
        hw_buf_print(&out, "%s%s", i ? "\n" : "", stack->name);
        if (!reverse)
            hw_buf_print(&out, " %.*s", (int)strcspn(stack->file, "."), stack->file);
    }
    return hw_buf_take(&out);
}

static void set_variables(const struct hw_cluster *cluster, const struct hw_stacks *stacks,
                          bool destroy, struct hw_buf *out)
{
    hw_auto_text lines = stack_lines(stacks, destroy);
    set_variable(out, "cluster", hw_cluster_get(cluster, "cluster"));
    set_variable(out, "region", hw_cluster_get(cluster, "region"));
    if (!destroy) {
        set_variable(out, "bucket", hw_cluster_get(cluster, "deploy.bucket"));
        set_variable(out, "on_failure", hw_cluster_get(cluster, "deploy.on_failure"));
    }
    set_variable(out, "stacks", lines);
}

bool hw_assemble_shell(const struct hw_cluster *cluster, const char *source,
                       const struct hw_stacks *stacks, struct hw_buf *out, struct hw_err *err)
{
    hw_auto(hw_buf) text = HW_BUF(HW_MAX_TEMPLATE);
    if (!hw_assemble_copy(source, &text, err))
        return false;
    const char *begin = strstr(hw_buf_cstr(&text), begin_line);
    const char *end = begin ? strstr(begin, end_line) : NULL;
    if (!end)
        return hw_fail(err, HW_ERR_IO, _("'%s' has no lines between '%.15s' and its end"), source,
                       begin_line);
    hw_buf_add(out, text.data, (size_t)(begin - text.data));
    set_variables(cluster, stacks, strstr(source, "destroy") != NULL, out);
    hw_buf_text(out, end + strlen(end_line));
    return true;
}
