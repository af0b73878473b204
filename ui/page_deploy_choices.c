/* SPDX-License-Identifier: Apache-2.0 */
/* What a person can do when something went wrong: hold the node under the focus, release it, have
 * it made again, or go back to what was before. */
#include "ui/page_deploy.h"

#include "base/text.h"

static const struct ui_host *host_of(const struct ui_deploy *deploy)
{
    return ui_app_host(deploy->page.app);
}

/* The node under the focus, if something can be done with it. */
static const struct ui_node *node_of(const struct ui_deploy *deploy)
{
    struct ui_deploy_row row;
    bool can = host_of(deploy)->node_act && ui_deploy_focus(deploy, &row) && row.node;
    bool there = can && row.node->instance && row.node->state != HW_NODE_GONE;
    return there ? row.node : NULL;
}

bool ui_deploy_is_held(const struct ui_deploy *deploy, const struct ui_node *node)
{
    return deploy->held && node->instance && strcmp(deploy->held, node->instance) == 0;
}

static void hold(struct ui_deploy *deploy, const struct ui_node *node)
{
    const struct ui_host *host = host_of(deploy);
    bool held = ui_deploy_is_held(deploy, node);
    host->node_act(host->data, held ? HW_NODE_RELEASE : HW_NODE_HOLD, node->instance);
    hw_replace(&deploy->held, held ? NULL : node->instance);
}

static bool retry_answer(void *data, const char *answer, struct hw_err *err HW_UNUSED)
{
    struct ui_deploy *deploy = data;
    const struct ui_host *host = host_of(deploy);
    if (answer && deploy->chosen)
        host->node_act(host->data, HW_NODE_RETRY, deploy->chosen);
    return true;
}

static void ask_retry(struct ui_deploy *deploy, const struct ui_node *node)
{
    struct ui_deploy_row row;
    bool too_late = ui_deploy_focus(deploy, &row) && row.stack->progress == UI_FAILED;
    hw_auto_text text = hw_format(
        _("%s (%s) is terminated, and its group starts a new one, which "
          "begins with its first stage. Its logs stay here.\n%s"
          "Enter does it, Esc leaves the node alone."),
        node->name, node->instance,
        too_late ? _("Its stack has failed already and stays so, whatever the new node does: D "
                     "makes the stack again.\n")
                 : "");
    hw_replace(&deploy->chosen, node->instance);
    ui_app_ask(deploy->page.app, &(struct ui_dialog){.title = _("Make this node again"),
                                                     .text = text,
                                                     .fn = retry_answer,
                                                     .data = deploy});
}

static bool back_answer(void *data, const char *answer, struct hw_err *err)
{
    struct ui_deploy *deploy = data;
    const struct ui_host *host = host_of(deploy);
    return !answer ||
           host->roll_back(host->data, ui_app_cluster(deploy->page.app), NULL, NULL, err);
}

static void ask_back(struct ui_deploy *deploy)
{
    ui_app_ask(
        deploy->page.app,
        &(struct ui_dialog){
            .title = _("Roll back"),
            .text =
                _("Updates that are under way or have failed are undone; a stack that was never "
                  "whole is deleted with its nodes. Data volumes are kept. Stacks that are "
                  "done stay as they are."),
            .label = _("Type the cluster's name"),
            .expect = hw_cluster_get(ui_app_cluster(deploy->page.app), "cluster"),
            .fn = back_answer,
            .data = deploy});
}

/* CloudFormation has undone by itself what failed, and nothing else is under way. */
static bool is_undone(const struct ui_deploy_view *view)
{
    bool undone = false;
    for (size_t i = 0; i < view->count; i++) {
        const struct ui_stack *stack = &view->stacks[i];
        bool open = stack->progress == UI_WORKS || stack->progress == UI_UNDOES;
        if (open || (stack->progress == UI_FAILED && !stack->undone))
            return false;
        undone = undone || stack->undone;
    }
    return undone;
}

static bool can_roll_back(const struct ui_deploy *deploy)
{
    const struct ui_deploy_view *view = &deploy->view;
    bool failed = view->failure_count > 0 || (view->end_ms != 0 && !view->ok && !view->plan);
    return host_of(deploy)->roll_back && failed && !is_undone(view);
}

bool ui_deploy_choose(struct ui_deploy *deploy, enum ui_action action)
{
    const struct ui_node *node = node_of(deploy);
    if (action == UI_ACT_HOLD_NODE && node)
        hold(deploy, node);
    else if (action == UI_ACT_RETRY_NODE && node)
        ask_retry(deploy, node);
    else if (action == UI_ACT_ROLL_BACK && can_roll_back(deploy) && deploy->view.stuck.count)
        ui_deploy_ask_stuck(deploy);
    else if (action == UI_ACT_ROLL_BACK && can_roll_back(deploy))
        ask_back(deploy);
    else
        return false;
    return true;
}

void ui_deploy_offer_choices(struct ui_deploy *deploy, struct ui_offers *offers)
{
    const struct ui_node *node = node_of(deploy);
    if (node) {
        ui_offers_add(offers, UI_ACT_HOLD_NODE,
                      ui_deploy_is_held(deploy, node) ? _("release") : NULL);
        ui_offers_add(offers, UI_ACT_RETRY_NODE, NULL);
    }
    if (can_roll_back(deploy))
        ui_offers_add(offers, UI_ACT_ROLL_BACK, NULL);
}
