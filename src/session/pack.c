/* SPDX-License-Identifier: Apache-2.0 */
#include "session/pack.h"

#include <dirent.h>

#include "base/file.h"
#include "base/mem.h"
#include "model/cluster_yaml.h"
#include "template/generate.h"

#define SLICE 5000u /* lines in one turn of the loop */

struct hw_pack {
    struct hw_session *session;
    struct hw_cluster *cluster;
    struct hw_bundle *bundle;
    uint64_t next;
    struct hw_timer *timer;
    struct gathering *gathering;
    hw_pack_fn *fn;
    void *data;
};

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

struct replay {
    struct hw_bundle *bundle;
    struct hw_diagnose *diagnose; /* or NULL */
};

static void on_journal(void *data, const struct hw_event *event)
{
    struct replay *replay = data;
    if (replay->diagnose)
        hw_diagnose_feed(replay->diagnose, event);
    hw_bundle_feed(replay->bundle, event);
}

/* Reads files and generates others; touches nothing but what it is given. */
static void gather(struct hw_bundle *bundle, const struct hw_cluster *cluster,
                   const char *cluster_text, size_t cluster_size, struct hw_diagnose *diagnose,
                   struct hw_strv *missing)
{
    struct hw_err err = {0};
    struct replay replay = {bundle, diagnose};
    struct hw_sink sink = {on_journal, &replay};
    hw_auto_text journal = hw_deploy_journal_path(cluster, &err);
    hw_bundle_add(bundle, "cluster.yaml", cluster_text, cluster_size);
    if (!add_generated(bundle, cluster))
        hw_strv_add(missing, _("without templates: the cluster file is not complete"));
    hw_bundle_logs_are_whole(bundle);
    if (!journal || !hw_deploy_replay(journal, &sink, &err))
        hw_strv_take(missing, hw_format(_("without the events of a deployment: %s"), err.what));
    add_blackboxes(bundle, cluster);
}

static void add_findings(struct hw_bundle *bundle, struct hw_session *session)
{
    struct hw_diagnose *diagnose = hw_session_diagnose(session);
    if (diagnose)
        hw_bundle_findings(bundle, diagnose);
}

void hw_pack_rest(struct hw_bundle *bundle, struct hw_session *session,
                  const struct hw_cluster *cluster, const char *cluster_text, size_t cluster_size,
                  struct hw_strv *missing)
{
    gather(bundle, cluster, cluster_text, cluster_size, hw_session_diagnose(session), missing);
    add_findings(bundle, session);
}

/* ---- In a thread ------------------------------------------------------------------------ */

struct gathering {
    struct hw_pack *pack; /* for the loop alone; NULL: nobody waits any more */
    struct hw_bundle *bundle;
    struct hw_cluster *cluster;
    struct hw_strv missing;
};

static void run_gathering(void *data)
{
    struct gathering *job = data;
    hw_auto(hw_buf) text = HW_BUF(HW_MAX_CLUSTER_FILE);
    hw_cluster_print(job->cluster, false, &text);
    gather(job->bundle, job->cluster, hw_buf_cstr(&text), text.len, NULL, &job->missing);
}

static void drop_gathering(void *data)
{
    struct gathering *job = data;
    if (job->pack)
        job->pack->gathering = NULL;
    hw_bundle_free(job->bundle);
    hw_cluster_free(job->cluster);
    hw_strv_done(&job->missing);
    free(job);
}

static void end_gathering(void *data)
{
    struct gathering *job = data;
    struct hw_pack *pack = job->pack;
    struct hw_bundle *bundle = job->bundle;
    if (pack) {
        job->pack = NULL;
        job->bundle = NULL;
        pack->gathering = NULL;
        add_findings(bundle, pack->session);
        pack->fn(pack->data, bundle, &job->missing);
    }
    drop_gathering(job);
}

static void finish(struct hw_pack *pack)
{
    struct gathering *job = HW_NEW(struct gathering);
    *job = (struct gathering){.pack = pack, .bundle = pack->bundle, .cluster = pack->cluster};
    pack->gathering = job;
    pack->bundle = NULL;
    pack->cluster = NULL;
    hw_work_add(hw_session_work(pack->session), run_gathering, end_gathering, drop_gathering, job);
}

/* ---- Slices ---------------------------------------------------------------------------- */

static void feed_line(struct hw_pack *pack, const struct hw_logs *logs,
                      const struct hw_log_line *line)
{
    const char *node = hw_logs_node(logs, line->node);
    struct hw_event event = {.type = HW_EV_LOG,
                             .u.log = {.time_ms = line->time_ms,
                                       .node = node,
                                       .instance = hw_session_instance(pack->session, node),
                                       .source = hw_logs_source(logs, line->source),
                                       .offset = line->offset,
                                       .text = line->text}};
    hw_bundle_feed(pack->bundle, &event);
}

static void slice(void *data)
{
    struct hw_pack *pack = data;
    const struct hw_logs *logs = hw_session_logs(pack->session);
    uint64_t first = hw_logs_first(logs);
    struct hw_log_line line;
    pack->timer = NULL;
    pack->next = pack->next < first ? first : pack->next;
    for (unsigned i = 0; i < SLICE && pack->next < hw_logs_end(logs); i++) {
        if (hw_logs_get(logs, pack->next++, &line))
            feed_line(pack, logs, &line);
    }
    if (pack->next < hw_logs_end(logs))
        pack->timer = hw_loop_timer(hw_aws_loop(hw_session_aws(pack->session)), 0, slice, pack);
    else
        finish(pack);
}

struct hw_pack *hw_pack_start(struct hw_session *session, const struct hw_cluster *cluster,
                              const struct hw_bundle_options *options, hw_pack_fn *fn, void *data)
{
    struct hw_pack *pack = HW_NEW(struct hw_pack);
    *pack = (struct hw_pack){.session = session,
                             .cluster = hw_cluster_copy(cluster),
                             .bundle = hw_bundle_new(options, cluster),
                             .fn = fn,
                             .data = data};
    pack->timer = hw_loop_timer(hw_aws_loop(hw_session_aws(session)), 0, slice, pack);
    return pack;
}

void hw_pack_free(struct hw_pack *pack)
{
    if (!pack)
        return;
    hw_timer_cancel(pack->timer);
    if (pack->gathering)
        pack->gathering->pack = NULL;
    hw_cluster_free(pack->cluster);
    hw_bundle_free(pack->bundle);
    free(pack);
}

/* ---- Writing --------------------------------------------------------------------------- */

struct job {
    struct hw_bundle *bundle;
    char *path;
    bool failed;
    struct hw_err err;
    hw_pack_written_fn *fn;
    void *data;
};

static void run_job(void *data)
{
    struct job *job = data;
    job->failed = !hw_bundle_write(job->bundle, job->path, &job->err);
}

static void drop_job(void *data)
{
    struct job *job = data;
    hw_bundle_free(job->bundle);
    free(job->path);
    free(job);
}

static void end_job(void *data)
{
    struct job *job = data;
    job->fn(job->data, job->failed ? &job->err : NULL);
    drop_job(job);
}

void hw_pack_write(struct hw_session *session, struct hw_bundle *bundle_take, const char *path,
                   hw_pack_written_fn *fn, void *data)
{
    struct job *job = HW_NEW(struct job);
    *job = (struct job){.bundle = bundle_take, .path = hw_strdup(path), .fn = fn, .data = data};
    hw_work_add(hw_session_work(session), run_job, end_job, drop_job, job);
}
