/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/cli.h"
#include "diagnose/bundle.h"

static int conclude(struct hw_cli *cli, size_t count)
{
    hw_auto_text detail = hw_format("{\"findings\":%zu}", count);
    if (count == 0)
        return hw_cli_ok(cli, detail, "%s", _("No known cause of a failure was found."));
    return hw_cli_ok(cli, detail,
                     P_("%zu finding, the likeliest cause first.",
                        "%zu findings, the likeliest cause first.", count),
                     count);
}

static void feed(void *data, const struct hw_event *event)
{
    if (data)
        hw_diagnose_feed(data, event);
}

/* Logs, and bundles that somebody sent. */
static bool diagnose_paths(struct hw_diagnose *diagnose, const struct hw_strv *paths,
                           struct hw_err *err)
{
    struct hw_sink sink = {feed, diagnose};
    hw_auto(hw_strv) logs = {0};
    for (size_t i = 0; i < paths->count; i++) {
        if (!hw_bundle_is(paths->items[i]))
            hw_strv_add(&logs, paths->items[i]);
        else if (!hw_bundle_read(paths->items[i], &sink, err))
            return false;
    }
    return hw_diagnose_files(diagnose, &logs, err);
}

static int diagnose_files(struct hw_cli *cli)
{
    struct hw_rules *rules = NULL;
    struct hw_err err = {0};
    if (!hw_rules_load(HW_RULES_OWN, cli->options->rules, &rules, &err))
        return hw_cli_result(cli, &err, NULL);
    struct hw_diagnose *diagnose = hw_diagnose_new(rules);
    int status = diagnose_paths(diagnose, &cli->options->logs, &err)
                     ? conclude(cli, hw_cli_findings(cli, diagnose))
                     : hw_cli_result(cli, &err, NULL);
    hw_diagnose_free(diagnose);
    hw_rules_free(rules);
    return status;
}

/* What the journal kept of the last run, and what the nodes that still run have in their logs. */
static int diagnose_cluster(struct hw_cli *cli, const struct hw_cluster *cluster)
{
    struct hw_err err = {0};
    struct hw_cli_end end = {0};
    struct hw_diagnose *diagnose = hw_session_diagnose(cli->session);
    struct hw_sink sink = {feed, diagnose};
    hw_auto_text journal = hw_deploy_journal_path(cluster, &err);
    hw_session_learn(cli->session, cluster, cli->options->args.items[0]);
    bool known = journal && hw_deploy_replay(journal, &sink, &err);
    cli->hold_logs = cli->quiet_nodes = true;
    struct hw_session_nodes of = hw_session_nodes_of(cluster);
    bool reached = hw_session_nodes(cli->session, &of, hw_cli_on_end, &end, &end.err);
    if (reached) {
        hw_cli_wait(cli, &end.finished);
        hw_cli_close_nodes(cli);
    }
    if (cli->interrupted) {
        hw_auto_text again =
            hw_format(_("Run it again: hpcwiz diagnose %s"), cli->options->args.items[0]);
        return hw_cli_interrupted(cli, _("interrupted; nothing was changed"), again);
    }
    if (!reached || end.failed) {
        if (!known)
            return hw_cli_result(cli, &end.err, NULL);
        fprintf(stderr, _("hpcwiz: only what the last deployment left is looked at: %s\n"),
                end.err.what);
    }
    return conclude(cli, hw_cli_findings(cli, diagnose));
}

int hw_cmd_diagnose(struct hw_cli *cli)
{
    struct hw_err err = {0};
    if (cli->options->list)
        return hw_cli_list_tests(cli);
    if (cli->options->logs.count)
        return diagnose_files(cli);
    if (cli->options->args.count == 0) {
        hw_fail(&err, HW_ERR_USAGE, "%s",
                _("diagnose needs a cluster file, or saved logs with --log"));
        hw_err_next(&err, "%s", _("Try: hpcwiz diagnose --help"));
        return hw_cli_result(cli, &err, NULL);
    }
    struct hw_cluster *cluster = hw_cli_cluster(cli);
    if (!cluster)
        return cli->status;
    int status = cli->options->test            ? hw_cli_test(cli, cluster)
                 : hw_cli_online(cli, cluster) ? diagnose_cluster(cli, cluster)
                                               : cli->status;
    hw_cluster_free(cluster);
    return status;
}
