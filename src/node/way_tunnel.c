/* SPDX-License-Identifier: Apache-2.0 */
/* WinRM through Systems Manager: session-manager-plugin brings the node's port to our loopback, and
 * there WinRM is spoken as ever, with the same certificate asked for. Each node takes a process,
 * and AWS counts sessions: it is for the few nodes that have no better way. */
#include "node/plugin.h"
#include "node/wsman.h"

#include "base/mem.h"

#define DEADLINE_MS 90000u

struct session {
    struct hw_way_handler handler;
    struct hw_way_start start;
    struct hw_target target; /* the node, at the near end */
    struct hw_plugin *plugin;
    void *winrm; /* session of hw_way_winrm; NULL until the port is open */
    char *left_over;
    struct hw_way_closing closing;
};

static const char *missing(const struct hw_way_room *room, const struct hw_target *target,
                           bool *ret_final)
{
    *ret_final = true;
    if (!room->aws || !hw_plugin_is_installed())
        return _("session-manager-plugin is not installed");
    if (*room->tunnels >= HW_WAY_TUNNELS) {
        *ret_final = false;
        return _("as many nodes as can be are reached through it already");
    }
    if (!*target->winrm_pin) {
        *ret_final = !target->publishes;
        return _("the node has published no certificate");
    }
    return hw_way_winrm.missing(room, target, ret_final);
}

static void on_frame(void *data, const struct hw_frame *frame)
{
    struct session *session = data;
    session->handler.frame(session->handler.data, frame);
}

static void on_ended(void *data, enum hw_way_end how, const struct hw_err *err)
{
    struct session *session = data;
    session->handler.ended(session->handler.data, how, err);
}

static void on_ready(void *data, unsigned port)
{
    struct session *session = data;
    struct hw_way_start start = session->start;
    struct hw_way_handler handler = {.frame = on_frame, .ended = on_ended, .data = session};
    session->target = *session->start.target;
    session->target.address = "127.0.0.1";
    session->target.winrm_port = port;
    start.target = &session->target;
    start.left_over = session->left_over;
    session->winrm = hw_way_winrm.start(&start, &handler);
}

static void *start(const struct hw_way_start *start, const struct hw_way_handler *handler)
{
    struct session *session = HW_NEW(struct session);
    struct hw_plugin_handler ends = {.ready = on_ready, .ended = on_ended, .data = session};
    unsigned port = start->target->winrm_port ? start->target->winrm_port : HW_WSMAN_PORT;
    session->handler = *handler;
    session->start = *start;
    session->left_over = hw_strdup(start->left_over);
    session->plugin = hw_plugin_start(start->room->aws, start->target->instance, port, &ends);
    ++*start->room->tunnels;
    return session;
}

static void free_session(void *data)
{
    struct session *session = data;
    if (session->winrm)
        hw_way_winrm.free(session->winrm);
    hw_plugin_free(session->plugin);
    --*session->start.room->tunnels;
    free(session->left_over);
    free(session);
}

static char *left_over(const void *data)
{
    const struct session *session = data;
    return session->winrm ? hw_way_winrm.left_over(session->winrm) : hw_strdup(session->left_over);
}

static const char *manner(const void *data HW_UNUSED)
{
    return _("through Systems Manager (session-manager-plugin)");
}

static void on_plugin_closed(void *data)
{
    struct session *session = data;
    session->plugin = NULL; /* it is gone */
    hw_way_closed(&session->closing);
}

static void on_winrm_closed(void *data)
{
    struct session *session = data;
    session->winrm = NULL; /* the same */
    hw_plugin_close(session->plugin, on_plugin_closed, session);
}

static void close_session(void *data, void (*closed)(void *data), void *closed_data)
{
    struct session *session = data;
    hw_way_close(&session->closing, session, free_session, closed, closed_data);
    if (session->winrm)
        hw_way_winrm.close(session->winrm, on_winrm_closed, session);
    else
        hw_plugin_close(session->plugin, on_plugin_closed, session);
}

const struct hw_way_class hw_way_tunnel = {
    .name = "tunnel",
    .title = N_("WinRM through Systems Manager"),
    .deadline_ms = DEADLINE_MS,
    .rank = HW_WAY_MAKESHIFT,
    .missing = missing,
    .start = start,
    .left_over = left_over,
    .manner = manner,
    .close = close_session,
    .free = free_session,
};
