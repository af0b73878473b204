/* SPDX-License-Identifier: Apache-2.0 */
#include "check/check.h"
#include "base/text.h"
#include "cli/cli.h"

static void print_title(struct hw_cli *cli, const struct hw_check *check)
{
    hw_auto(hw_buf) where = HW_BUF(HW_MAX_TEXT);
    hw_text_pad(&where, check->online ? _("account") : _("offline"), 8);
    hw_cli_print(cli, "%-30s %-8s %s %s\n", check->id, hw_severity_word(check->severity),
                 hw_buf_cstr(&where), _(check->title));
}

static int list_checks(struct hw_cli *cli)
{
    for (size_t i = 0; i < hw_check_count(); i++) {
        const struct hw_check *check = hw_check_at(i);
        if (cli->options->json)
            hw_tell(&cli->sink, &(struct hw_event){.type = HW_EV_CHECK,
                                                   .u.check = {.id = check->id,
                                                               .severity = check->severity,
                                                               .status = HW_SKIPPED,
                                                               .message = _(check->title),
                                                               .remedy = _(check->why)}});
        else
            print_title(cli, check);
    }
    return hw_cli_result(cli, NULL, NULL);
}

static bool skips_are_known(const struct hw_strv *skip, struct hw_err *err)
{
    for (size_t i = 0; i < skip->count; i++) {
        if (!hw_check_known(skip->items[i])) {
            hw_fail(err, HW_ERR_USAGE, _("there is no check '%s'"), skip->items[i]);
            return hw_err_next(err, "%s", _("List them with: hpcwiz check --list"));
        }
    }
    return true;
}

/* What the results say together: a cause that keeps many checks from being looked at is told once,
 * and the end of a long list says the first error again. */
struct telling {
    struct hw_cli *cli;
    struct hw_buf reason;        /* of the skipped check told last; empty: another kind came last */
    size_t silent;               /* skipped for the same reason, and not told */
    char *id, *message, *remedy; /* of the first error; NULL: none yet */
};

static void tell_silent(struct telling *telling)
{
    if (telling->silent)
        hw_cli_print(telling->cli,
                     P_("        and %zu more check, for the same reason\n",
                        "        and %zu more checks, for the same reason\n", telling->silent),
                     telling->silent);
    telling->silent = 0;
    hw_buf_clear(&telling->reason);
}

static bool is_told(struct telling *telling, const struct hw_ev_check *check)
{
    bool skipped = check->status == HW_SKIPPED && check->message && *check->message;
    if (telling->cli->options->json)
        return false;
    if (skipped && strcmp(hw_buf_cstr(&telling->reason), check->message) == 0) {
        telling->silent++;
        return true;
    }
    tell_silent(telling);
    hw_buf_text(&telling->reason, skipped ? check->message : "");
    return false;
}

static void on_result(void *data, const struct hw_event *event)
{
    struct telling *telling = data;
    const struct hw_ev_check *check = &event->u.check;
    if (event->type == HW_EV_CHECK && is_told(telling, check))
        return;
    if (event->type == HW_EV_CHECK && !telling->id && check->severity == HW_ERROR &&
        check->status == HW_CHECK_FAIL) {
        telling->id = hw_strdup(check->id);
        telling->message = hw_strdup(check->message ? check->message : "");
        telling->remedy = hw_strdup(check->remedy ? check->remedy : "");
    }
    hw_cli_tell(telling->cli, event);
}

static void telling_done(struct telling *telling)
{
    telling->cli->listen = (struct hw_sink){0};
    hw_buf_done(&telling->reason);
    free(telling->id);
    free(telling->message);
    free(telling->remedy);
}

struct online {
    bool finished;
    struct hw_check_result result;
};

static void on_checked(void *data, const struct hw_check_result *result)
{
    struct online *online = data;
    online->finished = true;
    online->result = *result;
}

static bool run_online(struct hw_cli *cli, const struct hw_cluster *cluster,
                       struct hw_check_result *ret)
{
    struct online online = {0};
    if (!hw_cli_online(cli, cluster))
        return false;
    struct hw_check_run *run =
        hw_check_start(hw_session_aws(cli->session), hw_session_discover(cli->session), cluster,
                       &cli->options->skip, hw_session_sink(cli->session), on_checked, &online);
    hw_cli_wait(cli, &online.finished);
    if (!online.finished)
        hw_check_cancel(run);
    *ret = online.result;
    return true;
}

static void fail_with(const struct telling *telling, unsigned errors, struct hw_err *err)
{
    if (errors == 1)
        hw_fail(err, HW_ERR_CHECK, _("1 check found an error: %s: %s"), telling->id,
                telling->message);
    else
        hw_fail(err, HW_ERR_CHECK, _("%u checks found an error; the first is %s: %s"), errors,
                telling->id, telling->message);
    if (*telling->remedy)
        hw_err_next(err, "%s", telling->remedy);
    else
        hw_err_next(err, "%s", _("Correct the cluster file, or leave a check out with --skip."));
}

static int conclude(const struct telling *telling, const struct hw_check_result *result)
{
    hw_auto_text detail =
        hw_format("{\"passed\":%u,\"warnings\":%u,\"errors\":%u,\"skipped\":%u}", result->passed,
                  result->warnings, result->errors, result->skipped);
    if (result->errors) {
        struct hw_err err = {0};
        fail_with(telling, result->errors, &err);
        return hw_cli_result(telling->cli, &err, detail);
    }
    return hw_cli_ok(telling->cli, detail, _("%u passed, %u warnings, %u skipped"), result->passed,
                     result->warnings, result->skipped);
}

static int run_checks(struct hw_cli *cli, const struct hw_cluster *cluster)
{
    HW_CLEANUP(telling_done)
    struct telling telling = {.cli = cli, .reason = HW_BUF(HW_MAX_TEXT)};
    struct hw_check_result result = {0};
    bool ran = true;
    cli->listen = (struct hw_sink){on_result, &telling};
    if (cli->options->offline)
        hw_check_offline(cluster, &cli->options->skip, &cli->sink, &result);
    else
        ran = run_online(cli, cluster, &result);
    tell_silent(&telling);
    if (cli->interrupted) {
        hw_auto_text again =
            hw_format(_("Run it again: hpcwiz check %s"), cli->options->args.items[0]);
        return hw_cli_interrupted(cli, _("interrupted; nothing was changed"), again);
    }
    return ran ? conclude(&telling, &result) : cli->status;
}

int hw_cmd_check(struct hw_cli *cli)
{
    struct hw_err err = {0};
    if (cli->options->list)
        return list_checks(cli);
    if (cli->options->args.count == 0) {
        hw_fail(&err, HW_ERR_USAGE, "%s", _("usage: hpcwiz check FILE"));
        hw_err_next(&err, "%s", _("Make a cluster file with: hpcwiz new FILE"));
        return hw_cli_result(cli, &err, NULL);
    }
    if (!skips_are_known(&cli->options->skip, &err))
        return hw_cli_result(cli, &err, NULL);
    struct hw_cluster *cluster = hw_cli_cluster(cli);
    if (!cluster)
        return cli->status;
    int status = run_checks(cli, cluster);
    hw_cluster_free(cluster);
    return status;
}
