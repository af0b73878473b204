/* SPDX-License-Identifier: Apache-2.0 */
/* plan, deploy, rollback and destroy: the ways to run a deployment to its end. */
#include <fcntl.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/text.h"
#include "check/check.h"
#include "cli/cli.h"
#include "model/logon.h"

/* How long the last lines of the nodes may take to arrive after the stacks have ended, beyond what
 * they are held back there. */
#define DRAIN_MS 1500
/* How much longer black boxes may take: each asks for three things of AWS. */
#define SAVE_MS      30000
#define SAVE_LOOK_MS 100

/* A pause that is worth a line, and how often it is looked for. */
#define QUIET_MS      120000
#define QUIET_LOOK_MS 10000

struct run {
    struct hw_cli *cli;
    struct hw_timer *quiet, *drain;
    int64_t quiet_ms; /* the pause that the next line is told at */
    int64_t seen_ms;  /* the newest event that was printed when it was looked for last */
    bool asked, finished, drained; /* asked: who we are */
    int64_t drain_ms;              /* when the nodes had their time */
    enum hw_deploy_outcome outcome;
    struct hw_err err;
    struct hw_strv found; /* what hw_cli_tell_found has told */
    char *head;           /* instance of the head node, as far as it was seen */
};

static void on_outcome(void *data, enum hw_deploy_outcome outcome, const struct hw_err *err)
{
    struct run *run = data;
    run->finished = true;
    run->outcome = outcome;
    if (err)
        run->err = *err;
}

/* "nothing for 4 min": a pause is told at 2 minutes, then each time that it has doubled, so that
 * somebody who looks in sees at once for how long nothing has moved. */
static void on_quiet(void *data)
{
    struct run *run = data;
    struct hw_cli *cli = run->cli;
    run->quiet = hw_loop_timer(cli->loop, QUIET_LOOK_MS, on_quiet, run);
    if (cli->told_ms != run->seen_ms)
        run->quiet_ms = QUIET_MS;
    run->seen_ms = cli->told_ms;
    int64_t pause_ms = cli->told_ms ? hw_clock_monotonic_ms() - cli->told_ms : 0;
    if (pause_ms < run->quiet_ms)
        return;
    int64_t told_ms = cli->told_ms;
    hw_tell_notice(&cli->sink, HW_INFO, _("nothing for %lld min"), (long long)(pause_ms / 60000));
    cli->told_ms = run->seen_ms = told_ms; /* that was no event */
    run->quiet_ms *= 2;
}

static void on_drained(void *data)
{
    struct run *run = data;
    bool late = hw_clock_monotonic_ms() - run->drain_ms > SAVE_MS;
    run->drained = late || !hw_session_is_saving(run->cli->session);
    run->drain = run->drained ? NULL : hw_loop_timer(run->cli->loop, SAVE_LOOK_MS, on_drained, run);
}

static void drain_nodes(struct run *run)
{
    int64_t delay_ms = DRAIN_MS + (int64_t)hw_session_late_ms(run->cli->session);
    run->drain_ms = hw_clock_monotonic_ms() + delay_ms;
    run->drain = hw_loop_timer(run->cli->loop, delay_ms, on_drained, run);
    hw_cli_wait(run->cli, &run->drained);
    hw_timer_cancel(run->drain);
    hw_cli_close_nodes(run->cli);
}

/* What goes on without us, and how to come back to it, for each way to run. */
static int interrupted(struct hw_cli *cli)
{
    const char *file = cli->options->args.items[0];
    if (cli->options->command == HW_CMD_PLAN) {
        hw_auto_text again = hw_format(_("Run it again: hpcwiz plan %s"), file);
        return hw_cli_interrupted(cli, _("interrupted; nothing was changed"), again);
    }
    if (cli->options->command == HW_CMD_FOLLOW) {
        hw_auto_text again = hw_format(_("Watch it again with: hpcwiz follow %s"), file);
        return hw_cli_interrupted(cli, _("interrupted; nothing was changed"), again);
    }
    if (cli->options->command == HW_CMD_ROLLBACK) {
        hw_auto_text again = hw_format(_("Go on with: hpcwiz rollback %s"), file);
        return hw_cli_interrupted(cli, _("interrupted; a rollback that has begun goes on"), again);
    }
    if (cli->options->command == HW_CMD_DESTROY) {
        hw_auto_text again = hw_format(_("Delete the rest with: hpcwiz destroy %s"), file);
        return hw_cli_interrupted(
            cli, _("interrupted; a stack that is being deleted goes on without hpcwiz"), again);
    }
    hw_auto_text again = hw_format(_("Take it up again with: hpcwiz deploy %s"), file);
    return hw_cli_interrupted(cli, _("interrupted; the stacks go on without hpcwiz"), again);
}

/* The last lines of a deployment: how to get to what it made. */
static void print_logon(const struct run *run, const struct hw_cluster *cluster)
{
    hw_auto(hw_buf) words = HW_BUF(HW_MAX_TEXT);
    if (run->cli->options->json)
        return;
    hw_logon_words(cluster, run->head, &words);
    if (words.len)
        hw_cli_print(run->cli, "\n%s\n", hw_buf_cstr(&words));
}

static int conclude(struct run *run)
{
    struct hw_cli *cli = run->cli;
    switch (run->outcome) {
    case HW_DEPLOY_COMPLETE:
        return hw_cli_ok(cli, "{\"outcome\":\"complete\"}", "%s",
                         cli->options->command == HW_CMD_DESTROY    ? _("The stacks are deleted.")
                         : cli->options->command == HW_CMD_ROLLBACK ? _("Back to what was before.")
                                                                    : _("Everything is in place."));
    case HW_DEPLOY_NO_CHANGES:
        return hw_cli_ok(cli, "{\"outcome\":\"no-changes\"}", "%s", _("There is nothing to do."));
    case HW_DEPLOY_CHANGES:
        return hw_cli_ok(cli, "{\"outcome\":\"changes\"}", _("Deploy it with: hpcwiz deploy %s"),
                         cli->options->args.items[0]);
    case HW_DEPLOY_DELETED:
        return hw_cli_ok(cli, "{\"outcome\":\"deleted\"}", "%s",
                         _("What was being deleted is gone."));
    case HW_DEPLOY_STOPPED:
        return interrupted(cli);
    case HW_DEPLOY_FAILED:
        break;
    }
    hw_cli_findings(cli, hw_session_diagnose(cli->session));
    return hw_cli_result(cli, &run->err,
                         run->err.code == HW_ERR_INTERRUPTED ? "{\"outcome\":\"interrupted\"}"
                                                             : "{\"outcome\":\"failed\"}");
}

static void on_told(void *data, const struct hw_event *event)
{
    struct run *run = data;
    const char *head = hw_event_head(event);
    if (head)
        hw_replace(&run->head, head);
    if (event->type != HW_EV_IDENTITY)
        hw_cli_tell(run->cli, event);
}

/* Who only watches learns a cause when it is found: the end may be hours away. */
static void on_watched(void *data, const struct hw_event *event)
{
    struct run *run = data;
    on_told(run, event);
    hw_cli_tell_found(run->cli, &run->found);
}

static void run_done(struct run *run)
{
    run->cli->listen = (struct hw_sink){0};
    hw_strv_done(&run->found);
    free(run->head);
}

static void on_account(void *data, const struct hw_ev_identity *identity HW_UNUSED,
                       const struct hw_err *err HW_UNUSED)
{
    struct run *run = data;
    run->asked = true;
}

/* In whose account the journal's last run was has to be the same for it to be taken up. Where that
 * cannot be told it keeps nothing back: what is wrong with the keys the deployment says itself.
 * false: interrupted. */
static bool learn_account(struct run *run)
{
    hw_discover_identity(hw_session_discover(run->cli->session), on_account, run);
    hw_cli_wait(run->cli, &run->asked);
    return run->asked;
}

static int run_deployment(struct hw_cli *cli, const struct hw_cluster *cluster,
                          enum hw_deploy_mode mode)
{
    HW_CLEANUP(run_done)
    struct run run = {.cli = cli, .quiet_ms = QUIET_MS};
    cli->quiet_logs = true;
    cli->listen = (struct hw_sink){mode == HW_DEPLOY_FOLLOW ? on_watched : on_told, &run};
    struct hw_deploy_options options = {.mode = mode,
                                        .file = cli->options->args.items[0],
                                        .delete_data = cli->options->delete_data,
                                        .retry = cli->options->retry,
                                        .refresh_images = cli->options->refresh_images,
                                        .take_over = cli->options->take_over,
                                        .allow_loss = &cli->options->allow_loss,
                                        .only = &cli->options->stacks,
                                        .skip = &cli->options->skip_resources};
    if (mode != HW_DEPLOY_PLAN && mode != HW_DEPLOY_FOLLOW && !learn_account(&run))
        return interrupted(cli);
    if (!hw_session_deploy(cli->session, cluster, &options, on_outcome, &run, &run.err))
        return hw_cli_result(cli, &run.err, NULL);
    run.quiet = hw_loop_timer(cli->loop, QUIET_LOOK_MS, on_quiet, &run);
    hw_cli_wait(cli, &run.finished);
    hw_timer_cancel(run.quiet);
    if (!run.finished) /* interrupted, or nobody reads our output any more */
        return interrupted(cli);
    if (mode == HW_DEPLOY_EXECUTE || mode == HW_DEPLOY_FOLLOW)
        drain_nodes(&run);
    if (mode == HW_DEPLOY_PLAN && run.outcome != HW_DEPLOY_FAILED)
        hw_cli_cost(cli, cluster);
    if ((mode == HW_DEPLOY_EXECUTE || mode == HW_DEPLOY_FOLLOW) &&
        run.outcome == HW_DEPLOY_COMPLETE)
        print_logon(&run, cluster);
    return conclude(&run);
}

static bool offline_checks_pass(struct hw_cli *cli, const struct hw_cluster *cluster,
                                struct hw_err *err)
{
    struct hw_check_result result;
    hw_check_offline(cluster, &cli->options->skip, NULL, &result);
    if (!result.errors)
        return true;
    hw_fail(err, HW_ERR_CHECK,
            P_("%u check found an error; nothing was changed",
               "%u checks found an error; nothing was changed", result.errors),
            result.errors);
    return hw_err_next(err, _("See them with: hpcwiz check --offline %s"),
                       cli->options->args.items[0]);
}

/* What another hpcwiz, or none, deploys: nothing is changed. */
int hw_cmd_watch(struct hw_cli *cli)
{
    struct hw_cluster *cluster = hw_cli_cluster(cli);
    if (!cluster)
        return cli->status;
    int status =
        hw_cli_online(cli, cluster) ? run_deployment(cli, cluster, HW_DEPLOY_FOLLOW) : cli->status;
    hw_cluster_free(cluster);
    return status;
}

int hw_cmd_plan(struct hw_cli *cli)
{
    struct hw_cluster *cluster = hw_cli_cluster(cli);
    if (!cluster)
        return cli->status;
    int status =
        hw_cli_online(cli, cluster) ? run_deployment(cli, cluster, HW_DEPLOY_PLAN) : cli->status;
    hw_cluster_free(cluster);
    return status;
}

/* Goes on in a session of its own, its output in a file beside the journal. The parent's return
 * value is the child's process id, the child's is 0, -1 is an error. */
static pid_t detach(const struct hw_cluster *cluster, char **ret_log, struct hw_err *err)
{
    hw_auto_text state = NULL;
    if (!hw_dir_state(&state, err))
        return -1;
    hw_auto_text name = hw_format("%s.log", hw_cluster_get(cluster, "cluster"));
    char *path = hw_path_join(state, name);
    int out = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    pid_t child = out < 0 ? -1 : fork();
    if (child < 0)
        hw_fail_errno(err, _("cannot go on in the background with '%s'"), path);
    if (child == 0) {
        setsid();
        if (freopen("/dev/null", "r", stdin) == NULL)
            close(STDIN_FILENO);
        dup2(out, STDOUT_FILENO);
        dup2(out, STDERR_FILENO);
    }
    if (out >= 0)
        close(out);
    *ret_log = path;
    return child;
}

/* Deploys here, or in the background while this process says where. */
static int deploy_now(struct hw_cli *cli, const struct hw_cluster *cluster)
{
    if (cli->options->detach) {
        struct hw_err err = {0};
        hw_auto_text log = NULL;
        hw_watch_remove(cli->output); /* of this process; the child has a file */
        cli->output = NULL;
        pid_t child = detach(cluster, &log, &err);
        if (child < 0)
            return hw_cli_result(cli, &err, NULL);
        if (child > 0) /* at once: the loop is the child's now, and freeing it here would take
                          its watches out of the epoll set that both share */
            _exit(hw_cli_ok(cli, NULL, _("Process %ld goes on; its output: %s"), (long)child, log));
    }
    return hw_cli_online(cli, cluster) ? run_deployment(cli, cluster, HW_DEPLOY_EXECUTE)
                                       : cli->status;
}

int hw_cmd_deploy(struct hw_cli *cli)
{
    struct hw_cluster *cluster = hw_cli_cluster(cli);
    struct hw_err err = {0};
    if (!cluster)
        return cli->status;
    bool ok = offline_checks_pass(cli, cluster, &err) &&
              (cli->options->yes ||
               hw_cli_confirm(cli, cluster, _("This creates or changes resources that cost money."),
                              &err));
    int status = ok ? deploy_now(cli, cluster) : hw_cli_result(cli, &err, NULL);
    hw_cluster_free(cluster);
    return status;
}

/* Asks question unless --yes, then runs. */
static int run_asked(struct hw_cli *cli, enum hw_deploy_mode mode, const char *question)
{
    struct hw_cluster *cluster = hw_cli_cluster(cli);
    struct hw_err err = {0};
    if (!cluster)
        return cli->status;
    int status = 1;
    if (!cli->options->yes && !hw_cli_confirm(cli, cluster, question, &err))
        status = hw_cli_result(cli, &err, NULL);
    else if (hw_cli_online(cli, cluster))
        status = run_deployment(cli, cluster, mode);
    else
        status = cli->status;
    hw_cluster_free(cluster);
    return status;
}

int hw_cmd_rollback(struct hw_cli *cli)
{
    return run_asked(cli, HW_DEPLOY_ROLLBACK,
                     _("This undoes what is under way or has failed. Stacks that were never whole "
                       "are deleted."));
}

int hw_cmd_destroy(struct hw_cli *cli)
{
    const char *question =
        cli->options->delete_data
            ? _("This deletes the cluster, its data volumes and its certificate, for good.")
        : cli->options->stacks.count
            ? _("This deletes the stacks that are named. Data volumes are kept.")
            : _("This deletes the cluster. Its data volumes are kept.");
    return run_asked(cli, HW_DEPLOY_DESTROY, question);
}
