/* SPDX-License-Identifier: Apache-2.0 */
/* bundle: what somebody else needs to understand a deployment. */
#include <dirent.h>

#include "base/file.h"
#include "base/text.h"
#include "cli/cli.h"
#include "diagnose/alias.h"
#include "diagnose/bundle.h"
#include "model/cluster_yaml.h"
#include "template/generate.h"

#define MIB (1024u * 1024u)

struct run {
    struct hw_cli *cli;
    struct hw_bundle *bundle;
    bool finished, closed, failed;
    struct hw_err err;
};

static void on_event(void *data, const struct hw_event *event)
{
    struct run *run = data;
    hw_bundle_feed(run->bundle, event);
}

static void on_journal(void *data, const struct hw_event *event)
{
    struct run *run = data;
    struct hw_diagnose *diagnose = hw_session_diagnose(run->cli->session);
    if (diagnose)
        hw_diagnose_feed(diagnose, event);
    hw_bundle_feed(run->bundle, event);
}

static void on_nodes_read(void *data, const struct hw_err *err)
{
    struct run *run = data;
    run->finished = true;
    run->failed = err != NULL;
    if (err)
        run->err = *err;
}

static void on_closed(void *data)
{
    ((struct run *)data)->closed = true;
}

static bool add_generated(struct hw_bundle *bundle, const struct hw_cluster *cluster)
{
    hw_auto(hw_fileset) files = {0};
    if (!hw_generate(cluster, &files, NULL))
        return false;
    for (size_t i = 0; i < files.count; i++) {
        hw_auto_text name = hw_format("generated/%s", files.items[i].path);
        hw_bundle_add(bundle, name, files.items[i].bytes, files.items[i].size);
    }
    return true;
}

/* The files of one black box, as deploy/blackbox.h has them. */
static void add_blackbox(struct hw_bundle *bundle, const char *folder, const char *box)
{
    static const char *const FILES[] = {"stage.json", "logs.txt", "console.txt", "instance.xml",
                                        "group.xml"};
    hw_auto_text path = hw_path_join(folder, box);
    for (size_t i = 0; i < HW_COUNT(FILES); i++) {
        hw_auto(hw_buf) text = HW_BUF(HW_MAX_FILE);
        hw_auto_text file = hw_path_join(path, FILES[i]);
        hw_auto_text name = hw_format("blackbox/%s/%s", box, FILES[i]);
        if (hw_file_read(file, &text, NULL))
            hw_bundle_add(bundle, name, hw_buf_cstr(&text), text.len);
    }
}

/* What was saved of nodes whose stage failed, and that may be gone. */
static void add_blackboxes(struct hw_bundle *bundle, const struct hw_cluster *cluster)
{
    hw_auto_text state = NULL;
    if (!hw_dir_state(&state, NULL))
        return;
    hw_auto_text folder = hw_format("%s/blackbox/%s", state, hw_cluster_get(cluster, "cluster"));
    DIR *dir = opendir(folder);
    size_t count = 0;
    for (struct dirent *entry = dir ? readdir(dir) : NULL; entry; entry = readdir(dir)) {
        if (entry->d_name[0] != '.' && count++ < HW_MAX_BLACKBOXES)
            add_blackbox(bundle, folder, entry->d_name);
    }
    if (dir)
        closedir(dir);
}

/* The logs of the nodes that still run, whole; false: none can be had, run->err says why. */
static bool read_nodes(struct run *run, const struct hw_cluster *cluster)
{
    struct hw_cli *cli = run->cli;
    cli->listen = (struct hw_sink){on_event, run};
    struct hw_session_nodes of = hw_session_nodes_of(cluster);
    bool begun = hw_session_nodes(cli->session, &of, on_nodes_read, run, &run->err);
    if (begun) {
        hw_cli_wait(cli, &run->finished);
        bool was_interrupted = cli->interrupted;
        cli->interrupted = false; /* the shells on the nodes are closed in any case */
        hw_session_close_nodes(cli->session, on_closed, run);
        hw_cli_wait(cli, &run->closed);
        cli->interrupted = was_interrupted;
    }
    cli->listen = (struct hw_sink){0};
    return begun && !run->failed;
}

/* Everything; what cannot be had is said, and the rest goes in. */
static void collect(struct run *run, const struct hw_cluster *cluster, const char *path)
{
    struct hw_cli *cli = run->cli;
    struct hw_err err = {0};
    hw_auto(hw_buf) source = HW_BUF(HW_MAX_CLUSTER_FILE);
    if (hw_file_read(path, &source, NULL))
        hw_bundle_add(run->bundle, "cluster.yaml", source.data, source.len);
    if (!add_generated(run->bundle, cluster))
        fprintf(stderr, "hpcwiz: %s\n", _("without templates: the cluster file is not complete"));
    if (!cli->options->offline && !read_nodes(run, cluster) && !cli->interrupted)
        fprintf(stderr, _("hpcwiz: without logs from the nodes: %s\n"), run->err.what);
    hw_bundle_logs_are_whole(run->bundle);
    struct hw_sink sink = {on_journal, run};
    hw_auto_text journal = hw_deploy_journal_path(cluster, &err);
    if (!journal || !hw_deploy_replay(journal, &sink, &err))
        fprintf(stderr, _("hpcwiz: without the events of a deployment: %s\n"), err.what);
    add_blackboxes(run->bundle, cluster);
    struct hw_diagnose *diagnose = hw_session_diagnose(cli->session);
    if (diagnose)
        hw_bundle_findings(run->bundle, diagnose);
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
