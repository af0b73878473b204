/* SPDX-License-Identifier: Apache-2.0 */
#include "wizard.h"

#include <signal.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/text.h"
#include "check/check.h"
#include "cli/cli.h"
#include "demo.h"
#include "deploy/find.h"
#include "deploy/pace.h"
#include "model/cluster_yaml.h"
#include "session/pack.h"
#include "template/generate.h"
#include "ui/plain.h"
#include "ui/run.h"

#define SAVED_LOG_MAX (512u * 1024u * 1024u)
#define ERROR_TEXT    2048

struct wizard {
    const struct hw_options *options;
    struct hw_loop *loop;
    struct hw_demo *demo;
    struct hw_session *session;
    struct ui_host host;
    struct ui_app *app;            /* full-screen, or */
    struct ui_plain *plain;        /* plain */
    struct hw_deploy_known *known; /* of the journals */
    struct ui_known_deployment *known_shown;
    size_t known_count, shown_count;
    int64_t known_ms;            /* when the journals were read */
    struct hw_deploy_find *find; /* in the account, under way */
    struct hw_deploy_known *found;
    size_t found_count;
    char *found_more; /* what became of it, in words; NULL: nothing to say */
    struct hw_fileset files;
    struct hw_cost cost;
    unsigned long cost_generation, cost_revision;
    bool cost_known;
    struct hw_check_run *check;
    struct hw_choices profiles;
    char *question;           /* what AWS asks a person; NULL: nothing */
    struct hw_pack *pack;     /* being collected, or collected */
    struct hw_bundle *bundle; /* what goes in; NULL: nothing was collected */
    char *bundle_path;        /* where the one that is being collected goes; NULL: nowhere */
    bool bundle_anonymous;
    struct ui_asked asked; /* about a node's host key; no text: nothing */
    char *asked_text;
    bool deploying; /* its calls must go on to the account and Region they began in */
};

static void tell_screen(void *data, const struct hw_event *event)
{
    struct wizard *w = data;
    if (w->app)
        ui_app_tell(w->app, event);
    if (w->plain)
        ui_plain_tell(w->plain, event);
}

static void tell_result(struct wizard *w, const char *command, const struct hw_err *err)
{
    tell_screen(w, &(struct hw_event){.type = HW_EV_RESULT,
                                      .u.result = {.ok = !err, .command = command, .err = err}});
}

/* ---- The host's functions ---- */

#define KNOWN_MS 1000 /* the journals are not read for each line that is drawn */

static void forget_known(struct wizard *w)
{
    hw_deploy_list_free(w->known, w->known_count);
    free(w->known_shown);
    w->known = NULL;
    w->known_shown = NULL;
    w->known_count = w->shown_count = 0;
}

static void forget_found(struct wizard *w)
{
    hw_deploy_find_free(w->find);
    hw_deploy_list_free(w->found, w->found_count);
    w->find = NULL;
    w->found = NULL;
    w->found_count = 0;
    hw_replace(&w->found_more, NULL);
    forget_known(w);
}

static void show_known(struct wizard *w, const struct hw_deploy_known *known)
{
    for (size_t i = 0; known->answers && i < w->known_count; i++) {
        if (strcmp(w->known[i].cluster, known->cluster) == 0 &&
            strcmp(w->known[i].region, known->region) == 0)
            return; /* its journal says more */
    }
    w->known_shown[w->shown_count++] = (struct ui_known_deployment){.cluster = known->cluster,
                                                                    .region = known->region,
                                                                    .file = known->file,
                                                                    .state = known->state,
                                                                    .answers = known->answers,
                                                                    .last_ms = known->last_ms};
}

static size_t host_known(void *data, const struct ui_known_deployment **ret)
{
    struct wizard *w = data;
    int64_t now_ms = hw_clock_monotonic_ms();
    if (!w->known_shown || now_ms - w->known_ms >= KNOWN_MS) {
        forget_known(w);
        w->known_ms = now_ms;
        w->known = hw_deploy_list(&w->known_count);
        w->known_shown = hw_alloc((w->known_count + w->found_count + 1) * sizeof *w->known_shown);
        for (size_t i = 0; i < w->known_count; i++)
            show_known(w, &w->known[i]);
        for (size_t i = 0; i < w->found_count; i++)
            show_known(w, &w->found[i]);
    }
    *ret = w->known_shown;
    return w->shown_count;
}

static const char *host_known_more(void *data)
{
    struct wizard *w = data;
    return w->found_more;
}

static void on_find(void *data, struct hw_deploy_known *list, size_t count,
                    const struct hw_err *err)
{
    struct wizard *w = data;
    forget_found(w);
    w->found = list;
    w->found_count = count;
    if (err)
        w->found_more =
            hw_format(_("Clusters in the account could not be looked for: %s"), err->what);
    ui_app_dirty(w->app);
}

/* Who we are is known: which clusters does the account have? Nobody waits for the answer. */
static void find_clusters(struct wizard *w)
{
    struct hw_aws *aws = hw_session_aws(w->session);
    if (!w->app || !hw_aws_region(aws)[0])
        return;
    forget_found(w);
    w->found_more = hw_format(_("Looking for clusters in %s…"), hw_aws_region(aws));
    w->find = hw_deploy_find(aws, on_find, w);
    ui_app_dirty(w->app);
}

static void on_identity(void *data, const struct hw_ev_identity *identity HW_UNUSED,
                        const struct hw_err *err)
{
    struct wizard *w = data;
    if (err)
        hw_tell_notice(hw_session_sink(w->session), HW_ERROR, "%s. %s", err->what, err->next);
    else
        find_clusters(w);
}

static void host_identify(void *data)
{
    struct wizard *w = data;
    hw_discover_identity(hw_session_discover(w->session), on_identity, w);
}

static void add_profiles(struct hw_choices *choices, const struct hw_strv *names,
                         const struct hw_strv *details)
{
    for (size_t i = 0; i < names->count; i++) {
        hw_auto(hw_buf) label = HW_BUF(HW_MAX_TEXT);
        hw_text_clean(&label, names->items[i], strlen(names->items[i]), false);
        hw_choices_add(choices, names->items[i], hw_buf_cstr(&label), details->items[i]);
    }
}

static const struct hw_choices *host_profiles(void *data)
{
    struct wizard *w = data;
    hw_auto(hw_strv) names = {0};
    hw_auto(hw_strv) details = {0};
    unsigned long generation = w->profiles.generation + 1;
    struct hw_err err = {0};
    hw_choices_done(&w->profiles);
    w->profiles = (struct hw_choices){.state = HW_CHOICES_READY, .generation = generation};
    if (hw_aws_profiles(&names, &details, &err)) {
        add_profiles(&w->profiles, &names, &details);
    } else {
        w->profiles.state = HW_CHOICES_FAILED;
        w->profiles.err = err;
    }
    return &w->profiles;
}

static bool host_use_profile(void *data, const char *name, struct hw_err *err)
{
    struct wizard *w = data;
    if (w->deploying) {
        hw_fail(err, HW_ERR_BUSY, "%s", _("a deployment is being watched in this account"));
        return hw_err_next(err, "%s", _("Leave it running (d on the deploy page) first."));
    }
    if (!hw_aws_set_profile(hw_session_aws(w->session), name, err))
        return false;
    hw_session_close_nodes(w->session, NULL, NULL); /* those of the account before */
    hw_discover_reset(hw_session_discover(w->session));
    forget_found(w);
    host_identify(w);
    return true;
}

static void on_ask(void *data, const char *question)
{
    struct wizard *w = data;
    hw_replace(&w->question, question);
}

static void on_ask_done(void *data)
{
    struct wizard *w = data;
    hw_replace(&w->question, NULL);
}

static const char *host_asks(void *data)
{
    struct wizard *w = data;
    return w->question;
}

static void host_answer(void *data, const char *text)
{
    struct wizard *w = data;
    hw_replace(&w->question, NULL);
    hw_aws_answer(hw_session_aws(w->session), text);
}

static char *host_key_text(const struct hw_fleet_question *q)
{
    return hw_format(
        _("%s (%s, %s) shows a host key that nobody vouches for: it is neither in a tag of the "
          "instance nor in a known_hosts file.\n%s\nCompare it on the machine: ssh-keygen -lf "
          "C:\\ProgramData\\ssh\\ssh_host_ed25519_key.pub\nIf it is trusted, hpcwiz remembers it "
          "for this instance."),
        q->node, q->instance, q->address, q->fingerprint);
}

static char *certificate_text(const struct hw_fleet_question *q)
{
    return hw_format(
        _("%s (%s, %s) shows a certificate for WinRM that nobody vouches for: no tag of the "
          "instance, and no authority.\nSHA-256 %s\nSHA-1 %s\nSubject %s, valid until %s\nCompare "
          "SHA-1 on the machine: winrm enumerate winrm/config/listener\nIf it is trusted, this "
          "run of hpcwiz remembers it for the instance."),
        q->node, q->instance, q->address, q->sha256, q->sha1, q->subject, q->until);
}

/* What nobody else vouches for is the person's word alone. */
static void on_node_ask(void *data, const struct hw_fleet_question *question)
{
    struct wizard *w = data;
    free(w->asked_text);
    w->asked_text = question->fingerprint ? host_key_text(question) : certificate_text(question);
    w->asked = (struct ui_asked){.title = _("Is this the node?"),
                                 .text = w->asked_text,
                                 .label = _("Type yes to trust it, Esc to leave it"),
                                 .expect = _("yes")};
}

static void on_node_ask_done(void *data)
{
    struct wizard *w = data;
    w->asked = (struct ui_asked){0};
}

static const struct ui_asked *host_node_asks(void *data)
{
    struct wizard *w = data;
    return w->asked.text ? &w->asked : NULL;
}

static void host_node_answer(void *data, const char *text)
{
    struct wizard *w = data;
    w->asked = (struct ui_asked){0};
    hw_session_answer(w->session, text != NULL);
}

/* The Region of the answers is the one that is asked. */
static void use_region(struct wizard *w, const struct hw_cluster *cluster)
{
    struct hw_aws *aws = hw_session_aws(w->session);
    const char *region = hw_cluster_get(cluster, "region");
    if (w->deploying || !*region || strcmp(region, hw_aws_region(aws)) == 0)
        return;
    hw_aws_set_region(aws, region);
    hw_discover_reset(hw_session_discover(w->session));
    hw_parameters_forget(hw_session_parameters(w->session));
}

static void host_want(void *data, const struct hw_cluster *cluster, enum hw_source source)
{
    struct wizard *w = data;
    use_region(w, cluster);
    hw_discover_ahead(hw_session_discover(w->session), cluster);
    hw_discover_want(hw_session_discover(w->session), cluster, source);
}

static void host_again(void *data, const struct hw_cluster *cluster, enum hw_source source)
{
    struct wizard *w = data;
    use_region(w, cluster);
    hw_discover_again(hw_session_discover(w->session), cluster, source);
}

static const struct hw_choices *host_choices(void *data, enum hw_source source)
{
    struct wizard *w = data;
    return hw_discover_choices(hw_session_discover(w->session), source);
}

static bool host_fill(void *data, struct hw_cluster *cluster)
{
    struct wizard *w = data;
    return hw_discover_fill(hw_session_discover(w->session), cluster);
}

static void on_parameters(void *data)
{
    struct wizard *w = data;
    if (w->app)
        ui_app_dirty(w->app);
    if (w->plain)
        ui_plain_poll(w->plain);
}

static void host_secret_want(void *data, const struct hw_cluster *cluster, const char *name)
{
    struct wizard *w = data;
    use_region(w, cluster);
    hw_parameters_want(hw_session_parameters(w->session), name);
}

static const struct hw_parameter *host_secret_known(void *data, const char *name)
{
    struct wizard *w = data;
    return hw_parameters_find(hw_session_parameters(w->session), name);
}

static const struct hw_choices *host_secret_keys(void *data)
{
    struct wizard *w = data;
    return hw_parameters_keys(hw_session_parameters(w->session));
}

static struct hw_secret *host_secret_generate(void *data HW_UNUSED, struct hw_err *err)
{
    return hw_secret_generate(err);
}

static void on_secret_put(void *data, const struct hw_err *err)
{
    tell_result(data, "secret", err);
}

static void host_secret_put(void *data, const char *name, enum hw_secret_kind kind,
                            struct hw_secret *value_take, const char *key_id)
{
    struct wizard *w = data;
    hw_parameters_put(hw_session_parameters(w->session), name, kind, value_take, key_id,
                      on_secret_put, w);
}

static void on_checked(void *data, const struct hw_check_result *result)
{
    struct wizard *w = data;
    struct hw_err err = {0};
    w->check = NULL;
    if (result->errors)
        hw_fail(&err, HW_ERR_CHECK,
                P_("%u check found an error", "%u checks found an error", result->errors),
                result->errors);
    tell_result(w, "check", result->errors ? &err : NULL);
}

/* A stack that was never whole is no error here: deploying deletes it and makes it again (`retry`
 * above), and says itself what it cannot go on from. */
#define DEPLOY_JUDGES "deploy.stacks"

static void host_check(void *data, const struct hw_cluster *cluster)
{
    struct wizard *w = data;
    hw_auto(hw_strv) skip = {0};
    hw_strv_copy(&skip, &w->options->skip);
    hw_strv_add(&skip, DEPLOY_JUDGES);
    use_region(w, cluster);
    hw_check_cancel(w->check);
    w->check = hw_check_start(hw_session_aws(w->session), hw_session_discover(w->session), cluster,
                              &skip, hw_session_sink(w->session), on_checked, w);
}

static const struct hw_fileset *host_generate(void *data, const struct hw_cluster *cluster,
                                              struct hw_err *err)
{
    struct wizard *w = data;
    struct hw_fileset fresh = {0};
    if (!hw_generate(cluster, &fresh, err))
        return NULL;
    hw_fileset_done(&w->files);
    w->files = fresh;
    return &w->files;
}

static unsigned long host_cost_generation(void *data)
{
    struct wizard *w = data;
    return hw_discover_cost_generation(hw_session_discover(w->session));
}

/* Reckoned anew only when something of it has changed. */
static const struct hw_cost *host_cost(void *data, const struct hw_cluster *cluster, bool *ret_over)
{
    struct wizard *w = data;
    struct hw_discover *discover = hw_session_discover(w->session);
    use_region(w, cluster);
    *ret_over = hw_discover_want_cost(discover, cluster);
    unsigned long generation = host_cost_generation(w), revision = hw_cluster_revision(cluster);
    if (!w->cost_known || generation != w->cost_generation || revision != w->cost_revision) {
        hw_cost_done(&w->cost);
        hw_discover_cost(discover, cluster, &w->cost);
        w->cost_known = true;
        w->cost_generation = generation;
        w->cost_revision = revision;
    }
    return &w->cost;
}

static bool host_save_files(void *data HW_UNUSED, const struct hw_cluster *cluster,
                            const char *folder, struct hw_err *err)
{
    hw_auto(hw_fileset) files = {0};
    hw_auto_text path = hw_path_expand(folder);
    return hw_generate(cluster, &files, err) && hw_generate_write(&files, path, err);
}

static bool host_save_cluster(void *data HW_UNUSED, const struct hw_cluster *cluster,
                              const char *path, struct hw_err *err)
{
    hw_auto_text expanded = hw_path_expand(path);
    return hw_cluster_write(cluster, expanded, false, err);
}

static const char *file_of(const struct wizard *w)
{
    if (w->app)
        return ui_app_path(w->app);
    return w->options->args.count ? w->options->args.items[0] : NULL;
}

static void on_deployed(void *data, enum hw_deploy_outcome outcome HW_UNUSED,
                        const struct hw_err *err)
{
    struct wizard *w = data;
    w->deploying = false;
    tell_result(w, "deploy", err);
}

static bool start_deployment(struct wizard *w, const struct hw_cluster *cluster,
                             enum hw_deploy_mode mode, hw_deploy_fn *fn, struct hw_err *err)
{
    w->deploying = false; /* the one before ends with this one */
    use_region(w, cluster);
    struct hw_deploy_options options = {
        .mode = mode, .file = file_of(w), .retry = mode == HW_DEPLOY_EXECUTE};
    w->deploying = hw_session_deploy(w->session, cluster, &options, fn, w, err);
    return w->deploying;
}

static bool host_deploy(void *data, const struct hw_cluster *cluster, struct hw_err *err)
{
    return start_deployment(data, cluster, HW_DEPLOY_EXECUTE, on_deployed, err);
}

static bool host_follow(void *data, const struct hw_cluster *cluster, struct hw_err *err)
{
    return start_deployment(data, cluster, HW_DEPLOY_FOLLOW, on_deployed, err);
}

static void on_planned(void *data, enum hw_deploy_outcome outcome HW_UNUSED,
                       const struct hw_err *err)
{
    struct wizard *w = data;
    w->deploying = false;
    tell_result(w, "plan", err);
}

static bool host_plan(void *data, const struct hw_cluster *cluster, struct hw_err *err)
{
    return start_deployment(data, cluster, HW_DEPLOY_PLAN, on_planned, err);
}

static void on_rolled_back(void *data, enum hw_deploy_outcome outcome HW_UNUSED,
                           const struct hw_err *err)
{
    struct wizard *w = data;
    struct hw_err back = {0};
    w->deploying = false;
    hw_fail(&back, HW_ERR_CANCELLED, "%s", _("rolled back; what was there before is there again"));
    tell_result(w, "deploy", err ? err : &back);
}

static bool host_roll_back(void *data, const struct hw_cluster *cluster, struct hw_err *err)
{
    return start_deployment(data, cluster, HW_DEPLOY_ROLLBACK, on_rolled_back, err);
}

static void on_node_act(void *data, const char *group, const struct hw_err *err)
{
    struct wizard *w = data;
    const struct hw_sink *sink = hw_session_sink(w->session);
    if (err)
        hw_tell_notice(sink, HW_ERROR, "%s %s", err->what, err->next);
    else
        hw_tell_notice(sink, HW_INFO, _("done, through the group %s"), group);
}

static void host_node_act(void *data, enum hw_node_action action, const char *instance)
{
    struct wizard *w = data;
    hw_session_node_act(w->session, action, instance, on_node_act, w);
}

static void host_pace(void *data HW_UNUSED, const struct hw_cluster *cluster, struct hw_pace *ret)
{
    hw_auto_text path = hw_deploy_journal_path(cluster, NULL);
    *ret = (struct hw_pace){0};
    if (path)
        hw_pace_learn(ret, path);
}

static int64_t host_clock_off(void *data)
{
    struct wizard *w = data;
    int64_t off_ms = hw_aws_now_ms(hw_session_aws(w->session)) - hw_clock_wall_ms();
    return off_ms > -HW_AWS_CLOCK_SLACK_MS && off_ms < HW_AWS_CLOCK_SLACK_MS ? 0 : off_ms;
}

static void host_leave(void *data)
{
    struct wizard *w = data;
    w->deploying = false;
    hw_session_stop(w->session);
}

static const struct hw_logs *host_logs(void *data)
{
    struct wizard *w = data;
    return hw_session_logs(w->session);
}

static bool host_save_logs(void *data, const struct hw_log_view *view, const char *path,
                           struct hw_err *err)
{
    const struct hw_logs *logs = host_logs(data);
    hw_auto(hw_buf) out = HW_BUF(SAVED_LOG_MAX);
    struct hw_log_line line;
    for (size_t row = 0; row < hw_log_view_count(view); row++) {
        char when[HW_TIME_SIZE] = "-";
        if (!hw_log_view_get(view, row, &line))
            continue;
        if (line.time_ms)
            hw_time_rfc3339(line.time_ms, when);
        hw_buf_print(&out, "%s %s %s %s\n", when, hw_logs_node(logs, line.node),
                     hw_logs_source(logs, line.source), line.text);
    }
    if (out.full)
        return hw_fail(err, HW_ERR_LIMIT, _("the lines are larger than %u MiB; filter them first"),
                       SAVED_LOG_MAX >> 20);
    hw_auto_text expanded = hw_path_expand(path);
    return hw_file_write(expanded, hw_buf_cstr(&out), out.len, 0600, err);
}

static size_t host_findings(void *data)
{
    struct wizard *w = data;
    const struct hw_diagnose *diagnose = hw_session_diagnose(w->session);
    return diagnose ? hw_diagnose_count(diagnose) : 0;
}

static const struct hw_ev_finding *host_finding(void *data, size_t index)
{
    struct wizard *w = data;
    return hw_diagnose_at(hw_session_diagnose(w->session), index);
}

static size_t host_finding_cause(void *data, size_t index)
{
    struct wizard *w = data;
    return hw_diagnose_cause_of(hw_session_diagnose(w->session), index);
}

static void on_bundle_written(void *data, const struct hw_err *err)
{
    struct wizard *w = data;
    const struct hw_sink *sink = hw_session_sink(w->session);
    if (err)
        hw_tell_notice(sink, HW_ERROR, "%s", err->what);
    else if (w->bundle_anonymous)
        hw_tell_notice(sink, HW_INFO, _("Written: %s. Keep %s.map.json to yourself."),
                       w->bundle_path, w->bundle_path);
    else
        hw_tell_notice(sink, HW_INFO, _("Written: %s"), w->bundle_path);
    free(w->bundle_path);
    w->bundle_path = NULL;
}

static void on_packed(void *data, struct hw_bundle *bundle_take, const struct hw_strv *missing)
{
    struct wizard *w = data;
    hw_pack_free(w->pack);
    w->pack = NULL;
    if (w->bundle_path) {
        hw_pack_write(w->session, bundle_take, w->bundle_path, on_bundle_written, w);
        return;
    }
    hw_bundle_free(w->bundle);
    w->bundle = bundle_take;
    for (size_t i = 0; i < missing->count; i++)
        hw_tell_notice(hw_session_sink(w->session), HW_WARNING, "%s", missing->items[i]);
    tell_result(w, "bundle", NULL);
}

static void pack(struct wizard *w, const struct hw_cluster *cluster, bool anonymous)
{
    struct hw_bundle_options options = {.anonymous = anonymous};
    hw_bundle_free(w->bundle);
    hw_pack_free(w->pack);
    w->bundle = NULL;
    w->pack = hw_pack_start(w->session, cluster, &options, on_packed, w);
}

static void host_bundle(void *data, const struct hw_cluster *cluster)
{
    pack(data, cluster, false);
}

static bool host_bundle_entry(void *data, size_t index, const char **ret_name, size_t *ret_bytes)
{
    struct wizard *w = data;
    if (!w->bundle || index >= hw_bundle_count(w->bundle))
        return false;
    struct hw_bundle_entry entry = hw_bundle_at(w->bundle, index);
    *ret_name = entry.name;
    *ret_bytes = entry.bytes;
    return true;
}

static bool host_bundle_write(void *data, const struct hw_cluster *cluster, bool anonymous,
                              const char *path, struct hw_err *err)
{
    struct wizard *w = data;
    if (w->bundle_path)
        return hw_fail(err, HW_ERR_BUSY, "%s", _("another bundle is being written"));
    w->bundle_path = hw_path_expand(path);
    w->bundle_anonymous = anonymous;
    pack(w, cluster, anonymous);
    return true;
}

static void on_tested(void *data, enum hw_answer answer HW_UNUSED, const struct hw_err *err)
{
    struct wizard *w = data;
    if (err)
        hw_tell_notice(hw_session_sink(w->session), HW_ERROR, "%s", err->what);
    tell_result(w, "test", err);
}

static bool host_test(void *data, const struct hw_ev_question *question, struct hw_err *err)
{
    struct wizard *w = data;
    return hw_session_test(w->session, question->node, question->test, question->with, on_tested, w,
                           err);
}

static void host_rate(void *data, double *ret_per_second, double *ret_budget)
{
    struct wizard *w = data;
    hw_aws_rate(hw_session_aws(w->session), ret_per_second, ret_budget);
}

static struct ui_host make_host(struct wizard *w)
{
    return (struct ui_host){.data = w,
                            .known = host_known,
                            .known_more = host_known_more,
                            .demo = w->demo != NULL,
                            .identify = host_identify,
                            .profiles = w->demo ? NULL : host_profiles,
                            .use_profile = host_use_profile,
                            .asks = host_asks,
                            .answer = host_answer,
                            .node_asks = host_node_asks,
                            .node_answer = host_node_answer,
                            .want = host_want,
                            .choices = host_choices,
                            .again = host_again,
                            .fill = host_fill,
                            .secret_want = host_secret_want,
                            .secret_known = host_secret_known,
                            .secret_keys = host_secret_keys,
                            .secret_generate = host_secret_generate,
                            .secret_put = host_secret_put,
                            .check = host_check,
                            .generate = host_generate,
                            .cost = host_cost,
                            .cost_generation = host_cost_generation,
                            .save_files = host_save_files,
                            .save_cluster = host_save_cluster,
                            .deploy = host_deploy,
                            .follow = host_follow,
                            .plan = host_plan,
                            .roll_back = host_roll_back,
                            .node_act = host_node_act,
                            .pace = host_pace,
                            .clock_off = host_clock_off,
                            .leave = host_leave,
                            .logs = host_logs,
                            .save_logs = host_save_logs,
                            .findings = host_findings,
                            .finding = host_finding,
                            .finding_cause = host_finding_cause,
                            .bundle = host_bundle,
                            .bundle_entry = host_bundle_entry,
                            .bundle_write = host_bundle_write,
                            .test = host_test,
                            .rate = host_rate};
}

/* ---- The run ---- */

static bool open_cluster(const struct hw_options *options, struct hw_cluster **ret,
                         struct hw_err *err)
{
    if (options->args.count)
        return hw_cluster_read(options->args.items[0], true, ret, err);
    *ret = hw_cluster_new();
    return true;
}

static void on_interrupt(void *data, int signo HW_UNUSED)
{
    bool *interrupted = data;
    *interrupted = true;
}

/* On the terminal, before the screens take it; a signal must not leave it without an echo. */
static bool ask_login(struct wizard *w, const struct hw_cluster *cluster,
                      struct hw_session_options *ret, struct hw_err *err)
{
    static const int signals[] = {SIGINT, SIGTERM, SIGHUP};
    bool interrupted = false, ok = true;
    struct hw_login login = {0};
    for (size_t i = 0; ok && i < HW_COUNT(signals); i++)
        ok = hw_loop_signal(w->loop, signals[i], on_interrupt, &interrupted, err);
    ok = ok && hw_login_ask(w->loop, w->options, hw_cluster_get(cluster, "access.key_pair"),
                            &interrupted, &login, err);
    for (size_t i = 0; i < HW_COUNT(signals); i++)
        hw_loop_signal(w->loop, signals[i], NULL, NULL, NULL);
    ret->password_take = login.password;
    ret->ticket = login.ticket;
    ret->passphrase_take = login.passphrase;
    return ok;
}

static bool start_rooms(struct wizard *w, const struct hw_cluster *cluster, struct hw_err *err)
{
    const struct hw_options *o = w->options;
    const char *region = hw_cluster_get(cluster, "region");
    if (o->demo) {
        w->demo = hw_demo_start(o->scenario, o->speed, o->seed, err);
        if (!w->demo)
            return false;
    }
    struct hw_aws_asker asker = {on_ask, on_ask_done, w};
    struct hw_fleet_asker node_asker = {on_node_ask, on_node_ask_done, w};
    struct hw_session_options session = {.asker = &asker,
                                         .node_asker = &node_asker,
                                         .region = o->region ? o->region
                                                   : *region ? region
                                                             : NULL,
                                         .profile = o->profile,
                                         .endpoint_url = o->endpoint_url,
                                         .log_file = o->log_file,
                                         .key_file = o->key_file,
                                         .user = o->user,
                                         .rules = o->rules,
                                         .no_secret_lookup = o->no_secret_lookup,
                                         .parameters_changed = on_parameters,
                                         .parameters_data = w};
    if (!hw_options_log_space(o, &session.log_space, err) || !ask_login(w, cluster, &session, err))
        return false;
    if (w->demo) {
        session.endpoint_url = hw_demo_endpoint(w->demo);
        session.key_file = hw_demo_key_file(w->demo);
    }
    w->session = hw_session_new(w->loop, &session, &(struct hw_sink){tell_screen, w}, err);
    return w->session != NULL;
}

static void on_nodes_closed(void *data)
{
    bool *closed = data;
    *closed = true;
}

#define CLOSE_MS 3000

static void on_late(void *data)
{
    bool *late = data;
    *late = true;
}

/* Ends the shells on the nodes, within a few seconds. */
static void close_nodes(struct wizard *w)
{
    bool closed = false, late = false;
    hw_session_close_nodes(w->session, on_nodes_closed, &closed);
    struct hw_timer *timer = hw_loop_timer(w->loop, CLOSE_MS, on_late, &late);
    while (!closed && !late)
        hw_loop_step(w->loop, CLOSE_MS);
    if (!late)
        hw_timer_cancel(timer);
}

static bool run_screens(struct wizard *w, struct hw_cluster *cluster, struct hw_err *err)
{
    const char *path = w->options->args.count ? w->options->args.items[0] : NULL;
    bool plain = w->options->plain || !ui_terminal_usable();
    bool ok;
    w->host = make_host(w);
    if (plain) {
        w->plain = ui_plain_new(&w->host, cluster, path, STDIN_FILENO, stdout);
        ok = ui_plain_run(w->plain, w->loop, err);
        ui_plain_free(w->plain);
        w->plain = NULL;
    } else {
        struct ui_terminal_options look = {w->options->no_color, w->options->ascii};
        w->app = ui_app_new(&w->host, cluster, path);
        ok = ui_run(w->app, w->loop, &look, err);
        ui_app_free(w->app);
        w->app = NULL;
    }
    return ok;
}

static void wizard_done(struct wizard *w)
{
    hw_check_cancel(w->check);
    forget_found(w);
    hw_pack_free(w->pack);
    hw_session_free(w->session);
    hw_bundle_free(w->bundle);
    free(w->bundle_path);
    hw_loop_free(w->loop);
    hw_demo_stop(w->demo);
    hw_fileset_done(&w->files);
    hw_choices_done(&w->profiles);
    free(w->question);
    free(w->asked_text);
    hw_cost_done(&w->cost);
}

int hw_wizard_run(const struct hw_options *options)
{
    struct wizard w = {.options = options};
    struct hw_cluster *cluster = NULL;
    struct hw_err err = {0};
    char text[ERROR_TEXT];
    signal(SIGPIPE, SIG_IGN);
    w.loop = hw_loop_new(&err);
    bool ok = w.loop && open_cluster(options, &cluster, &err);
    if (ok && !start_rooms(&w, cluster, &err)) {
        hw_cluster_free(cluster);
        ok = false;
    } else if (ok) {
        ok = run_screens(&w, cluster, &err);
        close_nodes(&w);
    }
    wizard_done(&w);
    if (!ok)
        fprintf(stderr, "hpcwiz: %s\n", hw_err_text(&err, text, sizeof text));
    return ok ? 0 : hw_err_exit_status(&err);
}
