/* SPDX-License-Identifier: Apache-2.0 */
#include "wizard.h"

#include <signal.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "check/check.h"
#include "cli/cli.h"
#include "demo.h"
#include "model/cluster_yaml.h"
#include "wizard_parts.h"

#define ERROR_TEXT 2048

static void tell_screen(void *data, const struct hw_event *event)
{
    struct hw_wizard *w = data;
    if (w->app)
        ui_app_tell(w->app, event);
    if (w->plain)
        ui_plain_tell(w->plain, event);
}

void hw_wizard_tell_result(struct hw_wizard *w, const char *command, const struct hw_err *err)
{
    tell_screen(w, &(struct hw_event){.type = HW_EV_RESULT,
                                      .u.result = {.ok = !err, .command = command, .err = err}});
}

static struct ui_host make_host(struct hw_wizard *w)
{
    struct ui_host host = {.data = w, .demo = w->demo != NULL};
    hw_wizard_host_clusters(&host);
    hw_wizard_host_account(w, &host);
    hw_wizard_host_deploy(&host);
    hw_wizard_host_logs(&host);
    return host;
}

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
static bool ask_login(struct hw_wizard *w, const struct hw_cluster *cluster,
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

static bool start_rooms(struct hw_wizard *w, const struct hw_cluster *cluster, struct hw_err *err)
{
    const struct hw_options *o = w->options;
    const char *region = hw_cluster_get(cluster, "region");
    if (o->demo) {
        w->demo = hw_demo_start(o->scenario, o->speed, o->seed, err);
        if (!w->demo)
            return false;
    }
    struct hw_aws_asker asker = {hw_wizard_on_ask, hw_wizard_on_ask_done, w};
    struct hw_fleet_asker node_asker = {hw_wizard_on_node_ask, hw_wizard_on_node_ask_done, w,
                                        .logs_in = true};
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
                                         .parameters_changed = hw_wizard_on_parameters,
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
static void close_nodes(struct hw_wizard *w)
{
    bool closed = false, late = false;
    hw_session_close_nodes(w->session, on_nodes_closed, &closed);
    struct hw_timer *timer = hw_loop_timer(w->loop, CLOSE_MS, on_late, &late);
    while (!closed && !late)
        hw_loop_step(w->loop, CLOSE_MS);
    if (!late)
        hw_timer_cancel(timer);
}

static bool run_screens(struct hw_wizard *w, struct hw_cluster *cluster, struct hw_err *err)
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

static void wizard_done(struct hw_wizard *w)
{
    hw_check_cancel(w->check);
    hw_wizard_forget_found(w);
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
    free(w->login_user);
    hw_cost_done(&w->cost);
}

int hw_wizard_run(const struct hw_options *options)
{
    struct hw_wizard w = {.options = options};
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
