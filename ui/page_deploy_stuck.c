/* SPDX-License-Identifier: Apache-2.0 */
/* Rollbacks that got stuck: which resources could not go back, and which of them to leave out
 * (CloudFormation API reference: ContinueUpdateRollback, ResourcesToSkip). */
#include "ui/page_deploy.h"

#include "base/text.h"

#define SEPARATORS " \t,"
#define NAMED_MOST 8u /* in the question; the rest is counted */

static const char *resource_in(const char *stuck)
{
    return strchr(stuck, '/') + 1;
}

static void stacks_of(const struct hw_strv *stuck, struct hw_strv *ret)
{
    for (size_t i = 0; i < stuck->count; i++) {
        const char *full = stuck->items[i];
        char *stack = hw_format("%.*s", (int)(resource_in(full) - full - 1), full);
        if (hw_strv_has(ret, stack))
            free(stack);
        else
            hw_strv_take(ret, stack);
    }
}

/* The resources as they may be typed: where more than one stack is stuck, with the stack. */
static void name_all(const struct hw_strv *stuck, bool with_stack, struct hw_buf *out)
{
    for (size_t i = 0; i < stuck->count && i < NAMED_MOST; i++)
        hw_buf_print(out, "%s%s", i ? ", " : "",
                     with_stack ? stuck->items[i] : resource_in(stuck->items[i]));
    if (stuck->count > NAMED_MOST)
        hw_buf_print(out, P_(" and %zu more", " and %zu more", stuck->count - NAMED_MOST),
                     stuck->count - NAMED_MOST);
}

static bool add_named(const struct hw_strv *stuck, const char *name, struct hw_strv *skip)
{
    bool found = false;
    for (size_t i = 0; i < stuck->count; i++) {
        const char *full = stuck->items[i];
        if (strcmp(full, name) != 0 && strcmp(resource_in(full), name) != 0)
            continue;
        found = true;
        if (!hw_strv_has(skip, full))
            hw_strv_add(skip, full);
    }
    return found;
}

static bool read_names(const struct hw_strv *stuck, const char *answer, struct hw_strv *skip,
                       struct hw_err *err)
{
    for (const char *at = answer; *(at += strspn(at, SEPARATORS)); at += strcspn(at, SEPARATORS)) {
        hw_auto_text name = hw_format("%.*s", (int)strcspn(at, SEPARATORS), at);
        if (add_named(stuck, name, skip))
            continue;
        hw_auto(hw_buf) all = HW_BUF(HW_MAX_VALUE);
        name_all(stuck, false, &all);
        hw_fail(err, HW_ERR_INPUT, _("'%s' is none of the resources that could not go back"), name);
        return hw_err_next(err, _("Name some of these, or none: %s"), hw_buf_cstr(&all));
    }
    return true;
}

/* Only the stacks that are stuck: others, which going back might delete, are asked for with the
 * cluster's name. */
static bool answer_stuck(void *data, const char *answer, struct hw_err *err)
{
    struct ui_deploy *deploy = data;
    const struct ui_host *host = ui_app_host(deploy->page.app);
    hw_auto(hw_strv) only = {0};
    hw_auto(hw_strv) skip = {0};
    if (!answer)
        return true;
    if (!read_names(&deploy->view.stuck, answer, &skip, err))
        return false;
    stacks_of(&deploy->view.stuck, &only);
    return host->roll_back(host->data, ui_app_cluster(deploy->page.app), &only, &skip, err);
}

void ui_deploy_ask_stuck(struct ui_deploy *deploy)
{
    const struct hw_strv *stuck = &deploy->view.stuck;
    hw_auto(hw_strv) stacks = {0};
    hw_auto(hw_buf) all = HW_BUF(HW_MAX_VALUE);
    stacks_of(stuck, &stacks);
    name_all(stuck, stacks.count > 1, &all);
    hw_auto_text text =
        hw_format(_("Could not go back to what was before the update: %s\n"
                    "The rollback goes on. If the cause is not corrected, name those to leave out: "
                    "CloudFormation takes them for undone as they are, and you put them right "
                    "yourself before the next update."),
                  hw_buf_cstr(&all));
    ui_app_ask(deploy->page.app,
               &(struct ui_dialog){.title = _("Go on with a stuck rollback"),
                                   .text = text,
                                   .label = _("Leave out (blanks between names; empty: none)"),
                                   .fn = answer_stuck,
                                   .data = deploy});
}
