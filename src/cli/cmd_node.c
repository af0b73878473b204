/* SPDX-License-Identifier: Apache-2.0 */
/* retry, hold and release: what a person can do with one node. */
#include "base/text.h"
#include "cli/cli.h"

struct act {
    struct hw_cli *cli;
    const char *node; /* its name, or its instance */
    char *instance, *group;
    bool listed, done;
    struct hw_err err;
};

/* The list of nodes begins with the instances; nothing more of them is waited for. */
static void on_event(void *data, const struct hw_event *event)
{
    struct act *act = data;
    const struct hw_ev_node *node = &event->u.node;
    if (event->type != HW_EV_NODE || node->state == HW_NODE_GONE)
        return;
    if (strcmp(node->node, act->node) == 0 || strcmp(node->instance, act->node) == 0) {
        hw_replace(&act->instance, node->instance);
        act->listed = true;
    }
}

static void on_listed(void *data, const struct hw_err *err)
{
    struct act *act = data;
    act->listed = true;
    if (err)
        act->err = *err;
}

static void on_done(void *data, const char *group, const struct hw_err *err)
{
    struct act *act = data;
    act->done = true;
    hw_replace(&act->group, group);
    if (err)
        act->err = *err;
}

/* As EC2 writes it. The nodes of a group that is called "i" are i-01, i-02... */
static bool is_instance_id(const char *text)
{
    size_t digits = hw_text_starts(text, "i-") ? strspn(text + 2, "0123456789abcdef") : 0;
    return (digits == 8 || digits == 17) && text[2 + digits] == '\0';
}

/* An id too has to be among the cluster's: its name is what the person agreed to. */
static bool find_instance(struct act *act, const struct hw_cluster *cluster)
{
    struct hw_cli *cli = act->cli;
    hw_auto(hw_strv) nodes = {0};
    hw_strv_add(&nodes, act->node);
    cli->listen = (struct hw_sink){on_event, act};
    struct hw_session_nodes of = hw_session_nodes_of(cluster);
    of.nodes = is_instance_id(act->node) ? NULL : &nodes;
    if (hw_session_nodes(cli->session, &of, on_listed, act, &act->err))
        hw_cli_wait(cli, &act->listed);
    hw_cli_close_nodes(cli);
    cli->listen = (struct hw_sink){0};
    if (act->instance || act->err.code)
        return act->instance != NULL;
    hw_fail(&act->err, HW_ERR_NOT_FOUND, _("the cluster has no node '%s'"), act->node);
    return hw_err_next(&act->err, "%s", _("`hpcwiz status FILE` lists the nodes that are there."));
}

static int tell_done(const struct act *act)
{
    const char *file = act->cli->options->args.items[0];
    hw_auto_text detail = hw_format("{\"instance\":\"%s\"}", act->instance);
    switch (act->cli->options->command) {
    case HW_CMD_HOLD:
        return hw_cli_ok(act->cli, detail,
                         _("%s (%s) is held: its group takes no node away, and a rollback waits. "
                           "End it with: hpcwiz release %s %s"),
                         act->node, act->instance, file, act->node);
    case HW_CMD_RELEASE:
        return hw_cli_ok(act->cli, detail, _("%s (%s) is released."), act->node, act->instance);
    default:
        return hw_cli_ok(act->cli, detail, _("%s (%s) is terminated; its group starts a new one."),
                         act->node, act->instance);
    }
}

static int run(struct hw_cli *cli, const struct hw_cluster *cluster)
{
    struct act act = {.cli = cli, .node = cli->options->args.items[1]};
    enum hw_node_action action = cli->options->command == HW_CMD_HOLD      ? HW_NODE_HOLD
                                 : cli->options->command == HW_CMD_RELEASE ? HW_NODE_RELEASE
                                                                           : HW_NODE_RETRY;
    if (find_instance(&act, cluster)) {
        hw_session_node_act(cli->session, action, act.instance, on_done, &act);
        hw_cli_wait(cli, &act.done);
    }
    int status = act.err.code ? hw_cli_result(cli, &act.err, NULL)
                 : act.done   ? tell_done(&act)
                              : hw_cli_interrupted(cli, _("interrupted"), "");
    /* What is still under way dies with the session, before its data. */
    hw_session_free(cli->session);
    cli->session = NULL;
    free(act.instance);
    free(act.group);
    return status;
}

int hw_cmd_node(struct hw_cli *cli)
{
    struct hw_cluster *cluster = hw_cli_cluster(cli);
    struct hw_err err = {0};
    if (!cluster)
        return cli->status;
    bool asks = cli->options->command == HW_CMD_RETRY && !cli->options->yes;
    int status;
    if (asks && !hw_cli_confirm(cli, cluster, _("This terminates the node."), &err))
        status = hw_cli_result(cli, &err, NULL);
    else
        status = hw_cli_online(cli, cluster) ? run(cli, cluster) : cli->status;
    hw_cluster_free(cluster);
    return status;
}
