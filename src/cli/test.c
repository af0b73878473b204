/* SPDX-License-Identifier: Apache-2.0 */
/* diagnose --test: a test on a node that only reads, for the questions of findings. */
#include "base/text.h"
#include "cli/cli.h"
#include "diagnose/tests.h"

struct run {
    struct hw_cli *cli;
    const char *node, *test;
    struct hw_strv with;
    bool live;           /* the node is being followed */
    bool known, refused; /* it is there; it will not be reached */
    bool looked;         /* one of the above, or there is no such node */
    bool finished;
    struct hw_err err;
};

static void run_done(struct run *run)
{
    hw_strv_done(&run->with);
}

int hw_cli_list_tests(struct hw_cli *cli)
{
    struct hw_tests *tests;
    struct hw_err err = {0};
    if (!hw_tests_load(&tests, &err))
        return hw_cli_result(cli, &err, NULL);
    for (size_t i = 0; i < hw_tests_count(tests); i++) {
        hw_auto(hw_buf) arguments = HW_BUF(HW_MAX_VALUE);
        hw_tests_arguments(tests, i, &arguments);
        if (!cli->options->json) {
            hw_cli_print(cli, "%-16s %-12s %s\n", hw_tests_name(tests, i), hw_buf_cstr(&arguments),
                         _(hw_tests_title(tests, i)));
            continue;
        }
        json_t *line =
            json_pack("{s:s,s:s,s:s,s:s}", "type", "test", "test", hw_tests_name(tests, i),
                      "arguments", hw_buf_cstr(&arguments), "title", hw_tests_title(tests, i));
        char *text = json_dumps(line, JSON_COMPACT);
        hw_cli_print(cli, "%s\n", text ? text : "{}");
        free(text);
        json_decref(line);
    }
    hw_tests_free(tests);
    return hw_cli_result(cli, NULL, NULL);
}

/* --set NAME=VALUE */
static bool read_arguments(const struct hw_options *options, struct hw_strv *ret,
                           struct hw_err *err)
{
    for (size_t i = 0; i < options->set.count; i++) {
        const char *text = options->set.items[i], *equal = strchr(text, '=');
        if (!equal)
            return hw_fail(err, HW_ERR_USAGE, _("--set takes NAME=VALUE, not '%s'"), text);
        hw_strv_take(ret, hw_strndup(text, (size_t)(equal - text)));
        hw_strv_add(ret, equal + 1);
    }
    return true;
}

/* What is wrong with the command line is said before anything is asked or done. */
static bool prepare(struct run *run)
{
    const struct hw_options *o = run->cli->options;
    struct hw_tests *tests;
    if (!o->node)
        return hw_fail(&run->err, HW_ERR_USAGE, "%s", _("--test needs --node NAME")) ||
               hw_err_next(&run->err, _("List them with: hpcwiz status %s"), o->args.items[0]);
    if (!read_arguments(o, &run->with, &run->err) || !hw_tests_load(&tests, &run->err))
        return false;
    bool ok = hw_test_check(tests, o->test, &run->with, &run->err);
    hw_tests_free(tests);
    if (!ok)
        return false;
    hw_auto_text question =
        hw_format(_("The test '%s' runs on %s. It reads and changes nothing."), o->test, o->node);
    run->node = o->node;
    run->test = o->test;
    return hw_cli_agree(run->cli, question, &run->err);
}

static void on_event(void *data, const struct hw_event *event)
{
    struct run *run = data;
    if (event->type == HW_EV_TEST)
        hw_cli_tell(run->cli, event);
    if (event->type != HW_EV_NODE || strcmp(event->u.node.node, run->node) != 0)
        return;
    const struct hw_ev_node *node = &event->u.node;
    run->known = true;
    run->live = node->state == HW_NODE_LIVE;
    run->refused = node->state == HW_NODE_REFUSED || node->state == HW_NODE_GONE;
    run->looked = run->live || run->refused;
    if (run->refused)
        hw_fail(&run->err, HW_ERR_SERVICE, _("the node %s cannot be reached: %s"), run->node,
                node->detail ? node->detail : "");
}

static void on_answer(void *data, enum hw_answer answer HW_UNUSED, const struct hw_err *err)
{
    struct run *run = data;
    run->finished = true;
    if (err)
        run->err = *err;
}

/* All nodes were listed and the one that was named is not among them, or they cannot be listed. */
static void on_listed(void *data, const struct hw_err *err)
{
    struct run *run = data;
    if (err)
        run->err = *err;
    run->looked = true;
}

/* One look at what is there tells whether the node is among them; then it is followed. */
static bool reach(struct run *run, const struct hw_cluster *cluster)
{
    struct hw_cli *cli = run->cli;
    hw_auto(hw_strv) nodes = {0};
    struct hw_session_nodes of = hw_session_nodes_of(cluster);
    hw_strv_add(&nodes, run->node);
    of.nodes = &nodes;
    if (!hw_session_nodes(cli->session, &of, on_listed, run, &run->err))
        return false;
    hw_cli_wait(cli, &run->looked);
    if (run->err.code)
        return false;
    if (run->looked && !run->known) {
        hw_fail(&run->err, HW_ERR_NOT_FOUND, _("there is no node '%s'"), run->node);
        return hw_err_next(&run->err, _("List them with: hpcwiz status %s"),
                           cli->options->args.items[0]);
    }
    run->looked = run->live = false;
    of.follow = true;
    if (!hw_session_nodes(cli->session, &of, NULL, NULL, &run->err))
        return false;
    hw_cli_wait(cli, &run->looked);
    return run->live;
}

static int test(struct run *run, const struct hw_cluster *cluster)
{
    struct hw_cli *cli = run->cli;
    cli->hold_logs = cli->quiet_nodes = true;
    hw_session_learn(cli->session, cluster, cli->options->args.items[0]);
    cli->listen = (struct hw_sink){on_event, run};
    if (reach(run, cluster) &&
        hw_session_test(cli->session, run->node, run->test, &run->with, on_answer, run, &run->err))
        hw_cli_wait(cli, &run->finished);
    hw_cli_close_nodes(cli);
    cli->listen = (struct hw_sink){0};
    if (cli->interrupted)
        return hw_cli_interrupted(cli, _("interrupted; nothing was changed"), "");
    return hw_cli_result(cli, run->finished && !run->err.code ? NULL : &run->err, NULL);
}

int hw_cli_test(struct hw_cli *cli, const struct hw_cluster *cluster)
{
    HW_CLEANUP(run_done) struct run run = {.cli = cli};
    if (!prepare(&run))
        return hw_cli_result(cli, &run.err, NULL);
    return hw_cli_online(cli, cluster) ? test(&run, cluster) : cli->status;
}
