/* SPDX-License-Identifier: Apache-2.0 */
/* Checks, files, costs and deployments for the pages that show them. */
#include "wizard_parts.h"

#include "base/clock.h"
#include "base/file.h"
#include "check/check.h"
#include "deploy/pace.h"
#include "model/cluster_yaml.h"

static void on_checked(void *data, const struct hw_check_result *result)
{
    struct hw_wizard *w = data;
    struct hw_err err = {0};
    w->check = NULL;
    if (result->errors)
        hw_fail(&err, HW_ERR_CHECK,
                P_("%u check found an error", "%u checks found an error", result->errors),
                result->errors);
    hw_wizard_tell_result(w, "check", result->errors ? &err : NULL);
}

/* A stack that was never whole is no error here: deploying deletes it and makes it again (`retry`
 * above), and says itself what it cannot go on from. */
#define DEPLOY_JUDGES "deploy.stacks"

static void host_check(void *data, const struct hw_cluster *cluster)
{
    struct hw_wizard *w = data;
    hw_auto(hw_strv) skip = {0};
    hw_strv_copy(&skip, &w->options->skip);
    hw_strv_add(&skip, DEPLOY_JUDGES);
    hw_wizard_use_region(w, cluster);
    hw_check_cancel(w->check);
    w->check = hw_check_start(hw_session_aws(w->session), hw_session_discover(w->session), cluster,
                              &skip, hw_session_sink(w->session), on_checked, w);
}

static const struct hw_fileset *host_generate(void *data, const struct hw_cluster *cluster,
                                              struct hw_err *err)
{
    struct hw_wizard *w = data;
    struct hw_fileset fresh = {0};
    if (!hw_generate(cluster, &fresh, err))
        return NULL;
    hw_fileset_done(&w->files);
    w->files = fresh;
    return &w->files;
}

static unsigned long host_cost_generation(void *data)
{
    struct hw_wizard *w = data;
    return hw_discover_cost_generation(hw_session_discover(w->session));
}

/* Reckoned anew only when something of it has changed. */
static const struct hw_cost *host_cost(void *data, const struct hw_cluster *cluster, bool *ret_over)
{
    struct hw_wizard *w = data;
    struct hw_discover *discover = hw_session_discover(w->session);
    hw_wizard_use_region(w, cluster);
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

static const char *file_of(const struct hw_wizard *w)
{
    if (w->app)
        return ui_app_path(w->app);
    return w->options->args.count ? w->options->args.items[0] : NULL;
}

static void on_deployed(void *data, enum hw_deploy_outcome outcome HW_UNUSED,
                        const struct hw_err *err)
{
    struct hw_wizard *w = data;
    w->deploying = false;
    if (err) /* what it missed may have been there when it was looked for */
        hw_parameters_forget(hw_session_parameters(w->session));
    hw_wizard_tell_result(w, "deploy", err);
}

static bool start(struct hw_wizard *w, const struct hw_cluster *cluster,
                  const struct hw_deploy_options *options, hw_deploy_fn *fn, struct hw_err *err)
{
    w->deploying = false; /* the one before ends with this one */
    hw_wizard_use_region(w, cluster);
    w->deploying = hw_session_deploy(w->session, cluster, options, fn, w, err);
    return w->deploying;
}

static bool start_deployment(struct hw_wizard *w, const struct hw_cluster *cluster,
                             enum hw_deploy_mode mode, hw_deploy_fn *fn, struct hw_err *err)
{
    struct hw_deploy_options options = {
        .mode = mode, .file = file_of(w), .retry = mode == HW_DEPLOY_EXECUTE};
    return start(w, cluster, &options, fn, err);
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
    struct hw_wizard *w = data;
    w->deploying = false;
    hw_wizard_tell_result(w, "plan", err);
}

static bool host_plan(void *data, const struct hw_cluster *cluster, struct hw_err *err)
{
    return start_deployment(data, cluster, HW_DEPLOY_PLAN, on_planned, err);
}

static void on_rolled_back(void *data, enum hw_deploy_outcome outcome HW_UNUSED,
                           const struct hw_err *err)
{
    struct hw_wizard *w = data;
    w->deploying = false;
    hw_wizard_tell_result(w, "rollback", err);
}

static bool host_roll_back(void *data, const struct hw_cluster *cluster, const struct hw_strv *only,
                           const struct hw_strv *skip, struct hw_err *err)
{
    struct hw_deploy_options options = {
        .mode = HW_DEPLOY_ROLLBACK, .file = file_of(data), .only = only, .skip = skip};
    return start(data, cluster, &options, on_rolled_back, err);
}

static const char *const acted[] = {
    [HW_NODE_RETRY] = N_("terminated; its group starts a new one"),
    [HW_NODE_HOLD] = N_("held: its group takes no node away, and a rollback waits; H releases it"),
    [HW_NODE_RELEASE] = N_("released: its group may take it away again"),
};

static void on_node_act(void *data, const char *group HW_UNUSED, const struct hw_err *err)
{
    struct hw_wizard *w = data;
    const struct hw_sink *sink = hw_session_sink(w->session);
    if (err)
        hw_tell_notice(sink, HW_ERROR, "%s %s", err->what, err->next);
    else
        hw_tell_notice(sink, HW_INFO, "%s", _(acted[w->node_action]));
}

static void host_node_act(void *data, enum hw_node_action action, const char *instance)
{
    struct hw_wizard *w = data;
    w->node_action = action;
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
    struct hw_wizard *w = data;
    int64_t off_ms = hw_aws_now_ms(hw_session_aws(w->session)) - hw_clock_wall_ms();
    return off_ms > -HW_AWS_CLOCK_SLACK_MS && off_ms < HW_AWS_CLOCK_SLACK_MS ? 0 : off_ms;
}

static void host_leave(void *data)
{
    struct hw_wizard *w = data;
    w->deploying = false;
    hw_session_stop(w->session);
}

void hw_wizard_host_deploy(struct ui_host *host)
{
    host->check = host_check;
    host->generate = host_generate;
    host->cost = host_cost;
    host->cost_generation = host_cost_generation;
    host->save_files = host_save_files;
    host->save_cluster = host_save_cluster;
    host->deploy = host_deploy;
    host->follow = host_follow;
    host->plan = host_plan;
    host->roll_back = host_roll_back;
    host->node_act = host_node_act;
    host->pace = host_pace;
    host->clock_off = host_clock_off;
    host->leave = host_leave;
}
