/* SPDX-License-Identifier: Apache-2.0 */
/* How far a deployment is, as deploy/guess.h reckons it, and which stack a node belongs to. */
#include "base/text.h"
#include "ui/deploy_view.h"

size_t ui_deploy_view_stack_of(const struct ui_deploy_view *view, const struct ui_node *node)
{
    hw_auto(hw_buf) name = HW_BUF(HW_MAX_VALUE);
    const char *role = node->role ? node->role : "";
    hw_buf_print(&name, "%s-%s", view->cluster ? view->cluster : "", role);
    if (strcmp(role, "compute") == 0)
        hw_buf_print(&name, "-%s", node->group ? node->group : "");
    for (size_t i = 0; i < view->count; i++) {
        if (strcmp(view->stacks[i].name, hw_buf_cstr(&name)) == 0)
            return i;
    }
    return SIZE_MAX;
}

unsigned ui_deploy_view_permille(const struct ui_deploy_view *view, int64_t now_ms,
                                 int64_t *ret_left_ms)
{
    *ret_left_ms = -1;
    if (view->end_ms != 0 && view->ok)
        return 1000;
    if (!view->guess)
        return 0;
    int64_t until_ms = view->end_ms ? view->end_ms : now_ms;
    unsigned permille = hw_guess_permille(view->guess, &view->pace, until_ms, ret_left_ms);
    if (view->end_ms != 0)
        *ret_left_ms = -1;
    return permille;
}
