/* SPDX-License-Identifier: Apache-2.0 */
/* logs and follow: lines of the nodes, to standard output. */
#include "base/clock.h"
#include "base/text.h"
#include "cli/cli.h"

struct run {
    struct hw_cli *cli;
    bool finished, closed;
    struct hw_err err;
    bool failed;
};

static void on_done(void *data, const struct hw_err *err)
{
    struct run *run = data;
    run->finished = true;
    run->failed = err != NULL;
    if (err)
        run->err = *err;
}

static void on_closed(void *data)
{
    struct run *run = data;
    run->closed = true;
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
    hw_tell(&cli->sink, &(struct hw_event){.type = HW_EV_LOG,
                                           .u.log = {.time_ms = line->time_ms,
                                                     .node = hw_logs_node(logs, line->node),
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
    return !filter->grep || hw_log_view_match(filter->view, log->text, &start, &end);
}

static int follow_nodes(struct hw_cli *cli, const char *cluster, const char *key_pair,
                        const struct hw_strv *instances, const struct hw_strv *nodes, bool follow)
{
    struct run run = {.cli = cli};
    struct filter filter;
    if (!make_filter(cli, &filter, &run.err))
        return hw_cli_result(cli, &run.err, NULL);
    cli->hold_logs = !follow;
    cli->keep_log = follow ? keep_line : NULL;
    cli->keep_data = &filter;
    bool ok = hw_session_nodes(cli->session, cluster, key_pair, instances, nodes, follow, on_done,
                               &run, &run.err);
    if (ok)
        hw_cli_wait(cli, &run.finished);
    cli->hold_logs = false;
    if (ok && !follow && !run.failed)
        print_held(cli, &filter);
    cli->keep_log = NULL;
    hw_log_view_free(filter.view);
    if (ok) {
        cli->interrupted = false; /* the shells on the nodes are closed in any case */
        hw_session_close_nodes(cli->session, on_closed, &run);
        hw_cli_wait(cli, &run.closed);
    }
    return hw_cli_result(cli, ok && !run.failed ? NULL : &run.err, NULL);
}

int hw_cmd_logs(struct hw_cli *cli)
{
    struct hw_cluster *cluster = hw_cli_cluster(cli);
    if (!cluster)
        return 2;
    hw_auto(hw_strv) nodes = {0};
    for (size_t i = 1; i < cli->options->args.count; i++)
        hw_strv_add(&nodes, cli->options->args.items[i]);
    int status = 4;
    if (hw_cli_online(cli, cluster))
        status = follow_nodes(cli, hw_cluster_get(cluster, "cluster"),
                              hw_cluster_get(cluster, "access.key_pair"), NULL, &nodes,
                              cli->options->follow);
    hw_cluster_free(cluster);
    return status;
}

int hw_cmd_follow(struct hw_cli *cli)
{
    const struct hw_options *o = cli->options;
    hw_auto(hw_strv) instances = {0};
    struct hw_err err = {0};
    if (o->instances) {
        for (const char *p = o->instances; *p; p += *p == ',') {
            size_t n = strcspn(p, ",");
            if (n)
                hw_strv_take(&instances, hw_strndup(p, n));
            p += n;
        }
    }
    const char *cluster = o->args.count ? o->args.items[0] : NULL;
    if (!cluster && instances.count == 0) {
        hw_fail(&err, HW_ERR_USAGE, "%s", _("follow needs a cluster's name or --instances ID,..."));
        return hw_cli_result(cli, &err, NULL);
    }
    if (!hw_cli_online(cli, NULL))
        return 4;
    return follow_nodes(cli, cluster, "", instances.count ? &instances : NULL, NULL, true);
}
