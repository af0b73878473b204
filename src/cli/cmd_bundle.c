/* SPDX-License-Identifier: Apache-2.0 */
/* bundle: what somebody else needs to understand a deployment. */
#include "base/file.h"
#include "base/text.h"
#include "cli/cli.h"
#include "diagnose/alias.h"
#include "diagnose/bundle.h"
#include "session/pack.h"

#define MIB (1024u * 1024u)

struct run {
    struct hw_cli *cli;
    struct hw_bundle *bundle;
    struct hw_cli_end end; /* of reading the nodes */
};

static void on_event(void *data, const struct hw_event *event)
{
    struct run *run = data;
    hw_bundle_feed(run->bundle, event);
}

/* The logs of the nodes that still run, whole; false: none can be had, run->end.err says why. */
static bool read_nodes(struct run *run, const struct hw_cluster *cluster)
{
    struct hw_cli *cli = run->cli;
    cli->listen = (struct hw_sink){on_event, run};
    struct hw_session_nodes of = hw_session_nodes_of(cluster);
    bool begun = hw_session_nodes(cli->session, &of, hw_cli_on_end, &run->end, &run->end.err);
    if (begun) {
        hw_cli_wait(cli, &run->end.finished);
        hw_cli_close_nodes(cli);
    }
    cli->listen = (struct hw_sink){0};
    return begun && !run->end.failed;
}

/* Everything; what cannot be had is said, and the rest goes in. */
static void collect(struct run *run, const struct hw_cluster *cluster, const char *path)
{
    struct hw_cli *cli = run->cli;
    hw_auto(hw_buf) source = HW_BUF(HW_MAX_CLUSTER_FILE);
    hw_auto(hw_strv) missing = {0};
    hw_file_read(path, &source, NULL);
    hw_session_learn(cli->session, cluster, path);
    if (!cli->options->offline && !read_nodes(run, cluster) && !cli->interrupted)
        fprintf(stderr, _("hpcwiz: without logs from the nodes: %s\n"), run->end.err.what);
    hw_pack_rest(run->bundle, cli->session, cluster, hw_buf_cstr(&source), source.len, &missing);
    for (size_t i = 0; i < missing.count; i++)
        fprintf(stderr, "hpcwiz: %s\n", missing.items[i]);
}

static size_t list_entries(struct hw_cli *cli, const struct hw_bundle *bundle)
{
    size_t total = 0;
    for (size_t i = 0; i < hw_bundle_count(bundle); i++) {
        struct hw_bundle_entry entry = hw_bundle_at(bundle, i);
        total += entry.bytes;
        if (!cli->options->json) {
            hw_cli_print(cli, "%10zu  %s\n", entry.bytes, entry.name);
            continue;
        }
        json_t *line = json_pack("{s:s,s:s,s:I,s:I}", "type", "entry", "name", entry.name, "bytes",
                                 (json_int_t)entry.bytes, "left_out", (json_int_t)entry.left_out);
        char *text = json_dumps(line, JSON_COMPACT);
        hw_cli_print(cli, "%s\n", text ? text : "{}");
        free(text);
        json_decref(line);
    }
    return total;
}

static int conclude(struct run *run, struct hw_err *err)
{
    struct hw_cli *cli = run->cli;
    const struct hw_options *o = cli->options;
    size_t count = hw_bundle_count(run->bundle);
    if (cli->interrupted)
        return hw_cli_interrupted(cli, _("interrupted; nothing was written"), "");
    hw_auto_text detail = hw_format("{\"entries\":%zu}", count);
    if (o->list) {
        size_t total = list_entries(cli, run->bundle);
        return hw_cli_ok(cli, detail, _("%zu files, %zu bytes. Nothing was written."), count,
                         total);
    }
    if (!hw_bundle_write(run->bundle, o->output, err))
        return hw_cli_result(cli, err, NULL);
    if (o->anonymous)
        return hw_cli_ok(cli, detail, _("%s is written. %s.map.json reads it back: keep it."),
                         o->output, o->output);
    return hw_cli_ok(cli, detail,
                     _("%s is written. Names and addresses are in it: see --anonymous."),
                     o->output);
}

static int make_bundle(struct hw_cli *cli, const struct hw_cluster *cluster, long max_log_mib)
{
    struct hw_err err = {0};
    struct hw_bundle_options options = {.anonymous = cli->options->anonymous,
                                        .max_log = (size_t)max_log_mib * MIB};
    struct run run = {.cli = cli, .bundle = hw_bundle_new(&options, cluster)};
    cli->hold_logs = cli->quiet_nodes = true;
    collect(&run, cluster, cli->options->args.items[0]);
    int status = conclude(&run, &err);
    hw_bundle_free(run.bundle);
    return status;
}

/* Standard input with the words of a bundle turned back, to standard output. */
static int reveal(struct hw_cli *cli)
{
    struct hw_err err = {0};
    hw_auto(hw_buf) map = HW_BUF(HW_MAX_FILE);
    hw_auto(hw_buf) text = HW_BUF(HW_MAX_FILE);
    hw_auto(hw_buf) out = HW_BUF(2 * HW_MAX_FILE);
    bool ok = hw_file_read(cli->options->reveal, &map, &err) &&
              hw_file_read("/dev/stdin", &text, &err) &&
              hw_alias_reveal(hw_buf_cstr(&map), map.len, hw_buf_cstr(&text), text.len, &out, &err);
    if (ok)
        hw_cli_print(cli, "%s", hw_buf_cstr(&out));
    return hw_cli_result(cli, ok ? NULL : &err, NULL);
}

int hw_cmd_bundle(struct hw_cli *cli)
{
    const struct hw_options *o = cli->options;
    struct hw_err err = {0};
    long max_log = 0;
    if (o->reveal)
        return reveal(cli);
    if (o->args.count == 0 || (!o->output && !o->list)) {
        hw_fail(&err, HW_ERR_USAGE, "%s",
                _("bundle needs a cluster file, and -o OUT.tar.gz or --list"));
        hw_err_next(&err, "%s", _("Try: hpcwiz bundle --help"));
        return hw_cli_result(cli, &err, NULL);
    }
    if (o->max_log && !hw_parse_int(o->max_log, 1, 500, &max_log)) {
        hw_fail(&err, HW_ERR_USAGE, _("--max-log takes 1 to 500 MiB, not '%s'"), o->max_log);
        return hw_cli_result(cli, &err, NULL);
    }
    struct hw_cluster *cluster = hw_cli_cluster(cli);
    if (!cluster)
        return cli->status;
    int status = hw_cli_online(cli, cluster) ? make_bundle(cli, cluster, max_log) : cli->status;
    hw_cluster_free(cluster);
    return status;
}
