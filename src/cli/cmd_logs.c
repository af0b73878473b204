/* SPDX-License-Identifier: Apache-2.0 */
/* logs and follow: lines of the nodes, to standard output. */
#include <limits.h>

#include "base/clock.h"
#include "base/text.h"
#include "cli/cli.h"
#include "deploy/listen.h"

struct run {
    struct hw_cli *cli;
    struct hw_cli_end end;
    struct hw_strv seen; /* names of the nodes that are there */
    struct hw_strv read; /* of those that were reached */
    char *refusal;       /* why the last one that was not could not be */
    bool diagnosing;
    struct hw_strv found; /* what hw_cli_tell_found has told */
};

static void on_event(void *data, const struct hw_event *event)
{
    struct run *run = data;
    if (event->type == HW_EV_NODE) {
        const struct hw_ev_node *node = &event->u.node;
        if (!hw_strv_has(&run->seen, node->node))
            hw_strv_add(&run->seen, node->node);
        /* One that starts or is gone has no lines to miss. */
        bool no_matter = node->state == HW_NODE_LIVE || node->state == HW_NODE_PENDING ||
                         node->state == HW_NODE_GONE;
        if (no_matter && !hw_strv_has(&run->read, node->node))
            hw_strv_add(&run->read, node->node);
        if (!no_matter && node->detail && *node->detail)
            hw_replace(&run->refusal, node->detail);
    }
    hw_cli_tell(run->cli, event);
    if (run->diagnosing)
        hw_cli_tell_found(run->cli, &run->found);
}

/* "15m" before now, or an absolute time. */
static bool parse_since(const char *text, int64_t *ret, struct hw_err *err)
{
    unsigned seconds;
    if (hw_parse_duration(text, &seconds)) {
        *ret = hw_clock_wall_ms() - (int64_t)seconds * 1000;
        return true;
    }
    if (hw_time_parse(text, strlen(text), ret))
        return true;
    return hw_fail(err, HW_ERR_USAGE,
                   _("--since takes a duration such as 15m or a time such as "
                     "2026-11-22T20:15:00Z, not '%s'"),
                   text);
}

/* What the options let through. */
struct filter {
    int64_t since_ms;
    long tail; /* -1: all */
    bool grep;
    struct hw_log_view *view;
};

static void tell_line(struct hw_cli *cli, const struct hw_logs *logs,
                      const struct hw_log_line *line)
{
    const char *node = hw_logs_node(logs, line->node);
    hw_tell(&cli->sink,
            &(struct hw_event){.type = HW_EV_LOG,
                               .u.log = {.time_ms = line->time_ms,
                                         .node = node,
                                         .instance = hw_session_instance(cli->session, node),
                                         .source = hw_logs_source(logs, line->source),
                                         .offset = line->offset,
                                         .text = line->text}});
}

#define SLICE 100000u

/* The lines that are there, merged by time. */
static void print_held(struct hw_cli *cli, const struct filter *filter)
{
    const struct hw_logs *logs = hw_session_logs(cli->session);
    struct hw_log_line line;
    while (!hw_log_view_update(filter->view, SLICE))
        ;
    size_t count = hw_log_view_count(filter->view), first = 0;
    if (filter->tail >= 0 && (size_t)filter->tail < count)
        first = count - (size_t)filter->tail;
    for (size_t row = first; row < count && !cli->output_closed; row++) {
        if (hw_log_view_get(filter->view, row, &line) &&
            (!filter->since_ms || line.time_ms >= filter->since_ms))
            tell_line(cli, logs, &line);
    }
}

static bool make_filter(struct hw_cli *cli, struct filter *ret, struct hw_err *err)
{
    const struct hw_options *o = cli->options;
    *ret = (struct filter){.tail = -1};
    if (o->since && !parse_since(o->since, &ret->since_ms, err))
        return false;
    if (o->tail && !hw_parse_int(o->tail, 0, LONG_MAX, &ret->tail))
        return hw_fail(err, HW_ERR_USAGE, _("--tail takes a number, not '%s'"), o->tail);
    ret->view = hw_log_view_new(hw_session_logs(cli->session));
    ret->grep = o->grep && *o->grep;
    if (hw_log_view_filter(ret->view, NULL, NULL, o->grep, false, err) &&
        (!ret->grep || hw_log_view_search(ret->view, o->grep, err)))
        return true;
    hw_log_view_free(ret->view);
    err->code = HW_ERR_USAGE;
    return hw_wrap(err, "--grep");
}

/* While following, a line is printed as it comes. */
static bool keep_line(void *data, const struct hw_ev_log *log)
{
    const struct filter *filter = data;
    size_t start, end;
    if (filter->since_ms && log->time_ms && log->time_ms < filter->since_ms)
        return false;
    return !filter->grep || hw_log_view_match(filter->view, log->text, 0, &start, &end);
}

/* Nodes that were named and are not there, or could not be read, fail the command; what could be
 * read was printed. */
static bool judge(struct run *run, const struct hw_strv *nodes)
{
    for (size_t i = 0; nodes && i < nodes->count; i++) {
        if (hw_strv_has(&run->seen, nodes->items[i]))
            continue;
        hw_fail(&run->end.err, HW_ERR_NOT_FOUND, _("there is no node '%s'"), nodes->items[i]);
        return hw_err_next(&run->end.err, _("List them with: hpcwiz status %s"),
                           run->cli->options->args.items[0]);
    }
    if (run->seen.count == 0) {
        hw_fail(&run->end.err, HW_ERR_NOT_FOUND, "%s", _("the cluster has no nodes"));
        return hw_err_next(&run->end.err, _("See its stacks with: hpcwiz status %s"),
                           run->cli->options->args.items[0]);
    }
    size_t missed = run->seen.count - run->read.count;
    if (missed == 0)
        return true;
    hw_fail(&run->end.err, HW_ERR_SERVICE,
            P_("%zu node could not be read: %s", "%zu nodes could not be read: %s", missed), missed,
            run->refusal ? run->refusal : _("no answer"));
    return hw_err_next(&run->end.err, "%s",
                       _("Name the key pair's private key with --key-file FILE; see NODE LOGS in "
                         "hpcwiz(1)."));
}

static void run_done(struct run *run)
{
    hw_strv_done(&run->seen);
    hw_strv_done(&run->read);
    hw_strv_done(&run->found);
    free(run->refusal);
}

/* Following has no other end. What was found until then is told. */
static int conclude_interrupted(struct hw_cli *cli, bool follow)
{
    if (cli->options->command == HW_CMD_FOLLOW)
        hw_cli_findings(cli, hw_session_diagnose(cli->session));
    return hw_cli_interrupted(cli, _("interrupted; the nodes go on"),
                              follow ? "" : _("Run it again for the whole logs."));
}

static int follow_nodes(struct hw_cli *cli, const struct hw_session_nodes *of)
{
    bool follow = of->follow;
    HW_CLEANUP(run_done)
    struct run run = {.cli = cli, .diagnosing = cli->options->command == HW_CMD_FOLLOW};
    struct filter filter;
    if (!make_filter(cli, &filter, &run.end.err))
        return hw_cli_result(cli, &run.end.err, NULL);
    cli->listen = (struct hw_sink){on_event, &run};
    cli->quiet_nodes = cli->options->command == HW_CMD_LOGS;
    cli->hold_logs = !follow;
    cli->keep_log = follow ? keep_line : NULL;
    cli->keep_data = &filter;
    bool ok = hw_session_nodes(cli->session, of, hw_cli_on_end, &run.end, &run.end.err);
    if (ok)
        hw_cli_wait(cli, &run.end.finished);
    cli->hold_logs = false;
    if (ok && !follow && !run.end.failed)
        print_held(cli, &filter);
    cli->keep_log = NULL;
    hw_log_view_free(filter.view);
    if (ok)
        hw_cli_close_nodes(cli);
    cli->listen = (struct hw_sink){0};
    if (cli->interrupted)
        return conclude_interrupted(cli, follow);
    ok = ok && !run.end.failed && (follow || judge(&run, of->nodes));
    return hw_cli_result(cli, ok ? NULL : &run.end.err, NULL);
}

int hw_cmd_logs(struct hw_cli *cli)
{
    struct hw_cluster *cluster = hw_cli_cluster(cli);
    if (!cluster)
        return cli->status;
    hw_auto(hw_strv) nodes = {0};
    for (size_t i = 1; i < cli->options->args.count; i++)
        hw_strv_add(&nodes, cli->options->args.items[i]);
    struct hw_session_nodes of = hw_session_nodes_of(cluster);
    of.nodes = &nodes;
    of.follow = cli->options->follow;
    int status = hw_cli_online(cli, cluster) ? follow_nodes(cli, &of) : cli->status;
    hw_cluster_free(cluster);
    return status;
}

#define FOLLOWED_MAX 64 /* as the command line takes */

/* Which of the names of `follow` are stacks. */
struct names {
    size_t waiting, absent;
    bool finished;
    struct hw_err err;
    const char *missing; /* the first that is no stack */
};

struct question {
    struct names *names;
    const char *name;
};

static void on_stack(void *data, const struct hw_aws_reply *reply HW_UNUSED,
                     const struct hw_err *err)
{
    struct question *question = data;
    struct names *names = question->names;
    if (err && (err->code == HW_ERR_NOT_FOUND || strstr(err->what, "does not exist"))) {
        if (names->absent++ == 0)
            names->missing = question->name;
    } else if (err) {
        names->err = *err;
    }
    names->finished = --names->waiting == 0;
}

/* A single name that is no stack is taken as the tag of a cluster (*ret_stacks is false then);
 * among several each must be a stack. */
static bool look_up(struct hw_cli *cli, bool *ret_stacks, struct hw_err *err)
{
    const struct hw_strv *args = &cli->options->args;
    struct names names = {.waiting = args->count};
    struct question questions[FOLLOWED_MAX];
    for (size_t i = 0; i < args->count; i++) {
        questions[i] = (struct question){&names, args->items[i]};
        struct hw_aws_request *request =
            hw_aws_request_new(HW_AWS_CLOUDFORMATION, "DescribeStacks");
        hw_aws_param(request, "StackName", args->items[i]);
        hw_aws_send(hw_session_aws(cli->session), request, on_stack, &questions[i]);
    }
    hw_cli_wait(cli, &names.finished);
    *ret_stacks = names.absent == 0;
    if (!names.finished) {
        hw_session_free(cli->session); /* the open calls die before what they point to */
        cli->session = NULL;
        return hw_fail(err, HW_ERR_INTERRUPTED, "%s", _("interrupted; nothing was changed"));
    }
    if (names.err.code != HW_OK) {
        *err = names.err;
        return false;
    }
    if (names.absent == 0)
        return true;
    if (args->count == 1) {
        fprintf(stderr,
                _("hpcwiz: there is no stack '%s'; nodes whose tag hpcwiz:cluster is '%s' are "
                  "followed\n"),
                names.missing, names.missing);
        return true;
    }
    hw_fail(err, HW_ERR_NOT_FOUND, _("there is no stack '%s'"), names.missing);
    return hw_err_next(err, "%s", _("Name the Region of the stacks with --region."));
}

static void split_instances(const char *text, struct hw_strv *ret)
{
    for (const char *p = text; p && *p; p += *p == ',') {
        size_t n = strcspn(p, ",");
        if (n)
            hw_strv_take(ret, hw_strndup(p, n));
        p += n;
    }
}

#define EVENTS_MS 10000u

int hw_cmd_follow(struct hw_cli *cli)
{
    const struct hw_strv *args = &cli->options->args;
    hw_auto(hw_strv) instances = {0};
    struct hw_err err = {0};
    bool stacks = false;
    split_instances(cli->options->instances, &instances);
    if (args->count == 0 && instances.count == 0) {
        hw_fail(&err, HW_ERR_USAGE, "%s", _("follow needs names of stacks, or --instances ID,..."));
        hw_err_next(&err, "%s", _("Try: hpcwiz follow --help"));
        return hw_cli_result(cli, &err, NULL);
    }
    if (args->count == 1 && hw_text_ends(args->items[0], ".yaml"))
        return hw_cmd_watch(cli);
    if (!hw_cli_online(cli, NULL))
        return cli->status;
    struct hw_session_nodes of = {.instances = &instances, .follow = true};
    if (instances.count)
        return follow_nodes(cli, &of);
    if (!look_up(cli, &stacks, &err))
        return hw_cli_result(cli, &err, NULL);
    of = (struct hw_session_nodes){
        .cluster = args->items[0], .stacks = stacks ? args : NULL, .follow = true};
    struct hw_listen *listen =
        stacks ? hw_listen_start(hw_session_aws(cli->session), args, hw_poll_ms(EVENTS_MS),
                                 hw_session_sink(cli->session))
               : NULL;
    int status = follow_nodes(cli, &of);
    hw_listen_free(listen);
    return status;
}
