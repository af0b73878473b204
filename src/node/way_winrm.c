/* SPDX-License-Identifier: Apache-2.0 */
/* The logs of a node over WinRM: one remote command runs there, the follower script. */
#include "node/way_winrm.h"

#include "base/log.h"
#include "base/mem.h"
#include "node/script.h"

#define TRACED_BYTES 500

struct session {
    struct hw_way_handler handler;
    struct hw_frames frames;
    struct hw_winrm *winrm;
    struct hw_way_winrm_peer peer;
    struct hw_way_closing closing;
};

static const char *missing(const struct hw_way_room *room, const struct hw_target *target,
                           bool *ret_final)
{
    if (!*target->winrm_pin && target->publishes) {
        *ret_final = false;
        return _("waiting for the node to publish its certificate");
    }
    if (!*target->winrm_pin && !target->login && !room->unknown) {
        *ret_final = true;
        return _("the node has no tag hpcwiz:winrm-sha256 with the SHA-256 of its certificate "
                 "(the wizard asks instead)");
    }
    *ret_final = target->login || target->password_refused;
    if (target->password || (target->ticket && target->host))
        return NULL;
    return target->ticket ? _("the node's full name is not known, which a Kerberos ticket needs")
                          : target->no_password;
}

static void free_session(void *data)
{
    struct session *session = data;
    hw_winrm_free(session->winrm);
    hw_frames_done(&session->frames);
    free(session);
}

static void on_frame(void *data, const struct hw_frame *frame)
{
    struct session *session = data;
    if (session->handler.frame)
        session->handler.frame(session->handler.data, frame);
}

/* Over WinRM the shell's idle timeout ends a follower that nobody asks any more. */
static void on_output(void *data, bool is_error, const char *bytes, size_t n)
{
    struct session *session = data;
    if (!is_error)
        hw_frames_add(&session->frames, bytes, n, on_frame, session);
    else
        hw_trace("winrm", "%s stderr: %.*s", session->peer.target->address,
                 (int)(n < TRACED_BYTES ? n : TRACED_BYTES), bytes);
}

static void on_ended(void *data, enum hw_winrm_end how, int exit_code, const struct hw_err *err)
{
    struct session *session = data;
    struct hw_err ended = {0};
    if (how == HW_WINRM_ENDED) {
        hw_fail(&ended, HW_ERR_SERVICE, _("the log follower on the node ended (exit code %d)"),
                exit_code);
        err = &ended;
    }
    session->handler.ended(session->handler.data,
                           how == HW_WINRM_REFUSED ? HW_WAY_REFUSED : HW_WAY_LOST, err);
}

static void on_unknown(void *data, const struct hw_wsman_certificate *shown)
{
    const struct hw_way_winrm_peer *peer = data;
    peer->room->unknown(peer->room->unknown_data, peer->target->instance, shown);
}

struct hw_winrm *hw_way_winrm_connect(struct hw_way_winrm_peer *peer,
                                      const struct hw_winrm_command *command,
                                      const struct hw_winrm_handler *handler)
{
    const struct hw_way_room *room = peer->room;
    const struct hw_target *to = peer->target;
    struct hw_wsman_target target = {.address = to->address,
                                     .port = to->winrm_port,
                                     .user = to->user ? to->user : HW_ADMIN_USER,
                                     .password = to->password,
                                     .host = to->host,
                                     .work = room->work};
    /* A domain account is known to Negotiate alone. A named user asks a node without a published
     * certificate over plain HTTP, where the login seals every message. */
    bool pinned = *to->winrm_pin;
    target.plain = !pinned && to->login;
    target.pin = pinned ? to->winrm_pin : NULL;
    target.unknown = pinned || target.plain || !room->unknown ? NULL : on_unknown;
    target.unknown_data = peer;
    if (to->login && (target.plain || strpbrk(to->user, "\\@")))
        target.auth = HW_WSMAN_NEGOTIATE;
    return hw_winrm_start(room->multi, room->loop, &target, command, handler);
}

static void *start(const struct hw_way_start *start, const struct hw_way_handler *handler)
{
    struct session *session = HW_NEW(struct session);
    hw_auto_text input = hw_script_input(start->files, start->once, 0, start->room->pace_ms);
    session->handler = *handler;
    session->peer = (struct hw_way_winrm_peer){start->room, start->target};
    hw_frames_init(&session->frames);
    struct hw_winrm_command command = {
        .line = start->room->command, .input = input, .old_shell = start->left_over};
    struct hw_winrm_handler inner = {.output = on_output, .ended = on_ended, .data = session};
    session->winrm = hw_way_winrm_connect(&session->peer, &command, &inner);
    return session;
}

static char *left_over(const void *data)
{
    const struct session *session = data;
    return hw_strdup(hw_winrm_shell(session->winrm));
}

static void on_closed(void *data)
{
    struct session *session = data;
    session->winrm = NULL; /* it is gone */
    hw_way_closed(&session->closing);
}

static void close_session(void *data, void (*closed)(void *data), void *closed_data)
{
    struct session *session = data;
    hw_way_close(&session->closing, session, free_session, closed, closed_data);
    hw_winrm_close(session->winrm, on_closed, session);
}

/* Connecting may take 10 s, and powershell.exe as long to start on a node that is busy
 * installing. */
#define DEADLINE_MS 60000u

const struct hw_way_class hw_way_winrm = {
    .name = "winrm",
    .title = "WinRM",
    .deadline_ms = DEADLINE_MS,
    .missing = missing,
    .start = start,
    .left_over = left_over,
    .manner = hw_way_no_manner,
    .close = close_session,
    .free = free_session,
};
