/* SPDX-License-Identifier: Apache-2.0 */
/* One SSH connection, from the socket to its channel, as a row of stages. Each is tried again
 * whenever something came or may go out, until it is done. */
#include <errno.h>
#include <pwd.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/text.h"
#include "node/ssh_parts.h"

#define SSH_PORT       22u
#define CONNECT_MS     10000
#define LOGIN_MS       20000 /* behind it; for jump hosts, for others see node/follow.h */
#define ALIVE_MS       15000 /* between two signs of life */
#define DEAD_MS        45000 /* without any: three were missed */
#define OUT_MAX        (1024u * 1024u)
#define PIECE          32768u
#define ROUND_BYTES    (64u * 1024u) /* read in one round of the loop */
#define CHANNEL_WINDOW (512u * 1024u)
#define COMMAND_ROOM   90u /* what an advice has for words of a command */

/* Ends. */

enum hw_ssh_step hw_ssh_session_finish(struct hw_ssh_session *session, enum hw_ssh_end how,
                                       const struct hw_err *err)
{
    struct hw_ssh_handler handler = session->handler;
    if (session->stage == HW_AT_OVER)
        return HW_SSH_STOPPED;
    session->stage = HW_AT_OVER;
    hw_watch_remove(session->watch);
    session->watch = NULL;
    hw_trace("ssh", "%s: %s", session->asked, err->what);
    if (handler.ended)
        handler.ended(handler.data, how, err);
    return HW_SSH_STOPPED;
}

enum hw_ssh_step hw_ssh_session_fail(struct hw_ssh_session *session, const char *doing, int code)
{
    struct hw_err err = {0};
    hw_auto(hw_buf) clean = HW_BUF(HW_MAX_VALUE);
    char *text = NULL;
    int n = 0;
    libssh2_session_last_error(session->raw, &text, &n, 0);
    if (text)
        hw_text_clean(&clean, text, (size_t)n, false);
    hw_fail(&err, HW_ERR_NETWORK, "%s: %s (libssh2 %d)", doing, hw_buf_cstr(&clean), code);
    return hw_ssh_session_finish(session, HW_SSH_LOST, &err);
}

/* Whom do we talk to? */

static struct hw_ssh_who who_of(const struct hw_ssh_session *session)
{
    return (struct hw_ssh_who){
        .instance = session->target ? session->target->instance : "",
        .pins = session->target ? session->target->ssh_pins : "",
        .name = *session->host.alias ? session->host.alias : session->host.name,
        .port = *session->host.alias ? SSH_PORT : session->port,
        .files = &session->host.known_hosts,
    };
}

/* libssh2 must ask first for a key of a type that is known, or it would take another one for a
 * changed one. Others come behind, so that a change is seen. RSA over SHA-2 it verifies from 1.11
 * on: below, a machine of which only an RSA key is known is beyond it, which the false says. */
static bool prefer_known_keys(struct hw_ssh_session *session)
{
    static const char others[] =
        ",ssh-ed25519,ecdsa-sha2-nistp256,ecdsa-sha2-nistp384,ecdsa-sha2-nistp521";
    hw_auto(hw_buf) types = HW_BUF(HW_MAX_VALUE), list = HW_BUF(HW_MAX_VALUE);
    struct hw_ssh_who who = who_of(session);
    hw_ssh_hosts_types(session->ssh->hosts, &who, &types);
    if (types.len == 0)
        return true;
    bool rsa_alone = !strcmp(hw_buf_cstr(&types), "ssh-rsa");
    hw_buf_print(&list, "%s%s", rsa_alone ? "rsa-sha2-512,rsa-sha2-256" : hw_buf_cstr(&types),
                 rsa_alone ? "" : others);
    return libssh2_session_method_pref(session->raw, LIBSSH2_METHOD_HOSTKEY, hw_buf_cstr(&list)) ==
           0;
}

static enum hw_ssh_step beyond(struct hw_ssh_session *session, const char *why)
{
    struct hw_err err = {0};
    hw_fail(&err, HW_ERR_PROTOCOL, "%s", why);
    return hw_ssh_session_finish(session, HW_SSH_BEYOND, &err);
}

/* What to do when another key was expected depends on who expected it. */
static void advise_changed(const struct hw_ssh_session *session, struct hw_err *err)
{
    struct hw_ssh_who who = who_of(session);
    hw_auto_text name = hw_ssh_hosts_own_name(&who);
    const char *file = hw_ssh_hosts_own_file(session->ssh->hosts);
    bool is_own = hw_ssh_hosts_has_own(session->ssh->hosts, &who);
    if (*who.pins)
        hw_err_next(err, _("Somebody may be in between. Compare with `ssh-keygen -l` on the "
                           "machine; if it is right, the instance's tag hpcwiz:ssh-sha256 is "
                           "wrong: correct or remove it"));
    else if (is_own && strlen(name) + strlen(file) <= COMMAND_ROOM)
        hw_err_next(err,
                    _("Somebody may be in between. Compare with `ssh-keygen -l` on the machine; if "
                      "it is right, forget the old key: ssh-keygen -R '%s' -f '%s'"),
                    name, file);
    else
        hw_err_next(err,
                    _("Somebody may be in between. Compare with `ssh-keygen -l` on the machine; if "
                      "it is right, remove the old key from %s"),
                    is_own ? file : "known_hosts");
}

static enum hw_ssh_step distrust(struct hw_ssh_session *session, enum hw_ssh_verdict verdict,
                                 const char *shown, const char *expected)
{
    struct hw_err err = {0};
    if (verdict == HW_SSH_UNKNOWN) {
        hw_fail(&err, HW_ERR_AUTH, _("nobody vouches for the host key of %s: %s"), session->asked,
                shown);
        hw_err_next(&err, _("Compare it with `ssh-keygen -l` on the machine, then add it to "
                            "~/.ssh/known_hosts or set StrictHostKeyChecking accept-new in "
                            "~/.ssh/config"));
    } else if (verdict == HW_SSH_REVOKED) {
        hw_fail(&err, HW_ERR_AUTH, _("the host key of %s is marked as revoked: %s"), session->asked,
                shown);
    } else {
        hw_fail(&err, HW_ERR_AUTH, _("the host key of %s has changed: expected %s, got %s"),
                session->asked, expected, shown);
        advise_changed(session, &err);
    }
    return hw_ssh_session_finish(session, HW_SSH_REFUSED, &err);
}

static enum hw_ssh_step check_host_key(struct hw_ssh_session *session)
{
    struct hw_ssh_who who = who_of(session);
    hw_auto(hw_buf) shown = HW_BUF(HW_MAX_VALUE), expected = HW_BUF(HW_MAX_VALUE);
    size_t n = 0;
    int type;
    const char *key = libssh2_session_hostkey(session->raw, &n, &type);
    struct hw_span blob = {key, key ? n : 0};
    enum hw_ssh_verdict verdict = hw_ssh_hosts_check(session->ssh->hosts, &who, blob, &expected);
    bool taken = verdict == HW_SSH_UNKNOWN && session->host.accept_new;
    if (verdict != HW_SSH_KNOWN && !taken) {
        hw_ssh_fingerprint(blob, &shown);
        struct hw_ssh_unknown unknown = {
            .instance = who.instance, .blob = blob, .fingerprint = hw_buf_cstr(&shown)};
        if (verdict == HW_SSH_UNKNOWN && *who.instance && session->ssh->unknown)
            session->ssh->unknown(session->ssh->unknown_data, &unknown);
        return distrust(session, verdict, hw_buf_cstr(&shown), hw_buf_cstr(&expected));
    }
    if (*who.pins || taken)
        hw_ssh_hosts_add(session->ssh->hosts, &who, blob);
    session->stage = HW_AT_METHODS;
    return HW_SSH_ON;
}

static enum hw_ssh_step handshake(struct hw_ssh_session *session)
{
    if (!session->raw) {
        session->raw = libssh2_session_init_ex(NULL, NULL, NULL, session);
        hw_ssh_carry(session);
        libssh2_session_set_blocking(session->raw, 0);
        libssh2_keepalive_config(session->raw, 1, ALIVE_MS / 1000);
        if (!hw_ssh_prefer_methods(session))
            return beyond(session, _("libssh2 shares no algorithms with the machine"));
        if (!prefer_known_keys(session))
            return beyond(session, _("libssh2 cannot verify the host key that is known"));
    }
    int code = libssh2_session_handshake(session->raw, session->fd);
    switch (code) {
    case 0:
        return check_host_key(session);
    case LIBSSH2_ERROR_EAGAIN:
        return HW_SSH_AGAIN;
    case LIBSSH2_ERROR_KEX_FAILURE:
    case LIBSSH2_ERROR_KEY_EXCHANGE_FAILURE:
    case LIBSSH2_ERROR_METHOD_NONE:
    case LIBSSH2_ERROR_HOSTKEY_INIT:
        return beyond(session, _("libssh2 shares no algorithms with the machine"));
    default:
        return hw_ssh_session_fail(session, _("the SSH handshake broke off"), code);
    }
}

/* The channel. */

static enum hw_ssh_step open_channel(struct hw_ssh_session *session)
{
    if (session->jump) {
        session->stage = HW_AT_OPEN;
        if (session->handler.opened)
            session->handler.opened(session->handler.data);
        return HW_SSH_ON;
    }
    session->channel =
        libssh2_channel_open_ex(session->raw, "session", strlen("session"), CHANNEL_WINDOW,
                                LIBSSH2_CHANNEL_PACKET_DEFAULT, NULL, 0);
    if (session->channel) {
        session->stage = HW_AT_REQUEST;
        return HW_SSH_ON;
    }
    int code = libssh2_session_last_errno(session->raw);
    return code == LIBSSH2_ERROR_EAGAIN
               ? HW_SSH_AGAIN
               : hw_ssh_session_fail(session, _("the SSH server opens no channel"), code);
}

static enum hw_ssh_step end_without_channel(struct hw_ssh_session *session)
{
    struct hw_err err = {0};
    hw_fail(&err, HW_ERR_SERVICE, "%s",
            session->command ? _("the SSH server runs no commands")
                             : _("the SSH server offers no SFTP"));
    return hw_ssh_session_finish(session, HW_SSH_NO_CHANNEL, &err);
}

static enum hw_ssh_step request(struct hw_ssh_session *session)
{
    const char *kind = session->command ? "exec" : "subsystem";
    const char *what = session->command ? session->command : "sftp";
    int code = libssh2_channel_process_startup(session->channel, kind, (unsigned)strlen(kind), what,
                                               (unsigned)strlen(what));
    if (code == LIBSSH2_ERROR_EAGAIN)
        return HW_SSH_AGAIN;
    if (code == LIBSSH2_ERROR_CHANNEL_REQUEST_DENIED || code == LIBSSH2_ERROR_CHANNEL_FAILURE)
        return end_without_channel(session);
    if (code)
        return hw_ssh_session_fail(session, _("the SSH connection broke"), code);
    session->stage = HW_AT_OPEN;
    if (session->handler.opened)
        session->handler.opened(session->handler.data);
    return HW_SSH_ON;
}

static enum hw_ssh_step write_out(struct hw_ssh_session *session)
{
    while (session->sent < session->out.len) {
        ssize_t n = libssh2_channel_write(session->channel, session->out.data + session->sent,
                                          session->out.len - session->sent);
        if (n == LIBSSH2_ERROR_EAGAIN)
            return HW_SSH_ON;
        if (n < 0)
            return hw_ssh_session_fail(session, _("the SSH connection broke"), (int)n);
        session->sent += (size_t)n;
    }
    hw_buf_done(&session->out);
    session->sent = 0;
    if (session->end_input && !session->input_ended &&
        libssh2_channel_send_eof(session->channel) == 0)
        session->input_ended = true;
    return HW_SSH_ON;
}

/* *ret_count: bytes that came. */
static enum hw_ssh_step read_stream(struct hw_ssh_session *session, int stream, size_t *ret_count)
{
    char piece[PIECE];
    ssize_t n = libssh2_channel_read_ex(session->channel, stream, piece, sizeof piece);
    if (n == LIBSSH2_ERROR_EAGAIN || n == 0)
        return HW_SSH_ON;
    if (n < 0)
        return hw_ssh_session_fail(session, _("the SSH connection broke"), (int)n);
    *ret_count += (size_t)n;
    session->heard_channel = session->heard_channel || stream == 0;
    session->handler.bytes(session->handler.data, stream != 0, piece, (size_t)n);
    return HW_SSH_ON;
}

static enum hw_ssh_step end_of_channel(struct hw_ssh_session *session)
{
    struct hw_err err = {0};
    if (!session->heard_channel)
        return end_without_channel(session);
    hw_fail(&err, HW_ERR_NETWORK, _("the SSH server ended the channel (exit code %d)"),
            libssh2_channel_get_exit_status(session->channel));
    return hw_ssh_session_finish(session, HW_SSH_LOST, &err);
}

/* The connection to a jump host has no channel of its own: whatever comes is for those inside. */
static enum hw_ssh_step serve_inner(struct hw_ssh_session *session)
{
    char nothing[1];
    LIBSSH2_CHANNEL *any = NULL;
    hw_ssh_jump_tidy(session->jump);
    for (size_t i = 0; i < session->jump->count && !any; i++)
        any = session->jump->inner[i]->tunnel;
    ssize_t n = any ? libssh2_channel_read_stderr(any, nothing, 0) : 0;
    if (n < 0 && !HW_SSH_WAITS(n))
        return hw_ssh_session_fail(session, _("the SSH connection broke"), (int)n);
    if (session->jump->count)
        hw_ssh_jump_stir(session->jump);
    return HW_SSH_AGAIN;
}

static enum hw_ssh_step serve(struct hw_ssh_session *session)
{
    if (session->jump)
        return serve_inner(session);
    size_t total = 0, before;
    if (write_out(session) == HW_SSH_STOPPED)
        return HW_SSH_STOPPED;
    /* libssh2 takes all that is there from the socket, whatever it was asked for: only when a pass
     * found nothing there does nothing wait inside it. */
    do {
        before = total;
        session->stirred = false;
        for (int stream = 0; stream < 2; stream++) {
            if (read_stream(session, stream, &total) == HW_SSH_STOPPED)
                return HW_SSH_STOPPED;
        }
    } while ((total > before || session->stirred) && total < ROUND_BYTES);
    /* What was read may have opened the window for what waits to go out. */
    if (session->sent < session->out.len && write_out(session) == HW_SSH_STOPPED)
        return HW_SSH_STOPPED;
    if (total > before || session->stirred)
        hw_ssh_session_kick(session);
    else if (libssh2_channel_eof(session->channel))
        return end_of_channel(session);
    return HW_SSH_AGAIN;
}

/* Driving. */

static enum hw_ssh_step step(struct hw_ssh_session *session)
{
    switch (session->stage) {
    case HW_AT_RESOLVE:
        return hw_ssh_resolve(session);
    case HW_AT_CONNECT:
        return hw_ssh_connected(session);
    case HW_AT_TUNNEL:
        return hw_ssh_open_tunnel(session);
    case HW_AT_HANDSHAKE:
        return handshake(session);
    case HW_AT_METHODS:
        return hw_ssh_auth_methods(session);
    case HW_AT_KEYS:
        return HW_SSH_AGAIN;
    case HW_AT_LOGIN:
        return hw_ssh_auth_login(session);
    case HW_AT_CHANNEL:
        return open_channel(session);
    case HW_AT_REQUEST:
        return request(session);
    case HW_AT_OPEN:
        return serve(session);
    case HW_AT_OVER:
        break;
    }
    return HW_SSH_STOPPED;
}

static void on_ready(void *data, int fd HW_UNUSED, unsigned events HW_UNUSED)
{
    hw_ssh_session_drive(data);
}

bool hw_ssh_session_is_half_out(const struct hw_ssh_session *session)
{
    return session->raw &&
           (libssh2_session_block_directions(session->raw) & LIBSSH2_SESSION_BLOCK_OUTBOUND);
}

/* While a signature is being made nothing reads, so nothing is watched. */
static void update_watch(struct hw_ssh_session *session)
{
    bool wants_write = session->stage == HW_AT_CONNECT || hw_ssh_session_is_half_out(session);
    unsigned events =
        (session->stage == HW_AT_CONNECT ? 0 : HW_READ) | (wants_write ? HW_WRITE : 0);
    const struct hw_ssh_jump *jump = session->jump;
    bool nobody =
        jump && session->stage == HW_AT_OPEN && !jump->count && !jump->left_count && !jump->opening;
    bool idle = session->fd < 0 || session->outer || session->signing || nobody ||
                session->stage == HW_AT_KEYS;
    if (idle) {
        hw_watch_remove(session->watch);
        session->watch = NULL;
    } else if (session->watch) {
        hw_watch_change(session->watch, events);
    } else {
        session->watch = hw_loop_watch(session->ssh->loop, session->fd, events, on_ready, session);
    }
}

void hw_ssh_session_drive(struct hw_ssh_session *session)
{
    enum hw_ssh_step result;
    struct hw_ssh_jump *outer = session->outer;
    do
        result = step(session);
    while (result == HW_SSH_ON);
    if (outer && outer->session) {
        update_watch(outer->session);
        if (outer->session->stirred)
            hw_ssh_jump_stir(outer); /* what was read may be for others inside */
    }
    if (result == HW_SSH_AGAIN)
        update_watch(session);
}

static void on_kick(void *data)
{
    struct hw_ssh_session *session = data;
    session->kick = NULL;
    hw_ssh_session_drive(session);
}

void hw_ssh_session_kick(struct hw_ssh_session *session)
{
    if (!session->kick && session->stage != HW_AT_OVER)
        session->kick = hw_loop_timer(session->ssh->loop, 0, on_kick, session);
}

/* Signs of life. */

static void on_alive(void *data)
{
    struct hw_ssh_session *session = data;
    struct hw_err err = {0};
    int64_t silent = hw_clock_monotonic_ms() - session->heard_ms;
    session->alive = NULL;
    if (session->jump && session->stage == HW_AT_OPEN && !session->jump->count) {
        hw_ssh_jump_drop(session->jump);
        return;
    }
    if (session->stage == HW_AT_OPEN && silent >= DEAD_MS) {
        hw_fail(&err, HW_ERR_NETWORK, _("nothing was heard for %d seconds"), DEAD_MS / 1000);
        hw_ssh_session_finish(session, HW_SSH_LOST, &err);
        return;
    }
    /* In the middle of a packet nothing else may be sent. */
    int next;
    if (session->stage == HW_AT_OPEN && !hw_ssh_session_is_half_out(session) &&
        silent >= ALIVE_MS / 2)
        libssh2_keepalive_send(session->raw, &next);
    session->alive = hw_loop_timer(session->ssh->loop, ALIVE_MS, on_alive, session);
    hw_ssh_session_kick(session);
}

/* All nodes behind a jump host wait for it, and none of their deadlines ends it. */
static void on_late_login(void *data)
{
    struct hw_ssh_session *session = data;
    struct hw_err err = {0};
    session->connecting = NULL;
    if (session->stage >= HW_AT_OPEN)
        return;
    hw_fail(&err, HW_ERR_NETWORK, _("no answer within %u seconds"),
            (CONNECT_MS + LOGIN_MS) / 1000u);
    hw_ssh_session_finish(session, HW_SSH_LOST, &err);
}

static void on_late(void *data)
{
    struct hw_ssh_session *session = data;
    session->connecting = NULL;
    if (session->stage <= HW_AT_CONNECT)
        hw_ssh_session_fail_errno(session, ETIMEDOUT);
    else if (session->jump)
        session->connecting = hw_loop_timer(session->ssh->loop, LOGIN_MS, on_late_login, session);
}

/* Life. */

/* For an SFTP channel SIGPIPE and the like are no concern: libssh2 is told once per process. */
static void init_library(void)
{
    static bool done;
    if (!done)
        libssh2_init(0);
    done = true;
}

static char *local_user(void)
{
    const struct passwd *me = getpwuid(getuid());
    return hw_strdup(me ? me->pw_name : "root");
}

static struct hw_ssh_session *new_session(struct hw_ssh *ssh, const char *name)
{
    struct hw_ssh_session *session = HW_NEW(struct hw_ssh_session);
    init_library();
    session->ssh = ssh;
    session->fd = -1;
    session->asked = hw_strdup(name);
    session->out.max = OUT_MAX;
    session->signature.max = session->notes.max = HW_MAX_TEXT;
    session->heard_ms = hw_clock_monotonic_ms();
    hw_ssh_config_host(ssh->config, name, &session->host);
    session->alive = hw_loop_timer(ssh->loop, ALIVE_MS, on_alive, session);
    session->connecting = hw_loop_timer(ssh->loop, CONNECT_MS, on_late, session);
    hw_ssh_session_kick(session);
    return session;
}

/* Where it cannot be had, open_tunnel says so in the next round, as everything does. */
static void take_route(struct hw_ssh_session *session, const char *route, unsigned depth)
{
    if (!route || !*route)
        return;
    struct hw_ssh_jump *jump =
        hw_ssh_jump_get(session->ssh, route, depth, &session->route_how, &session->route_err);
    session->stage = HW_AT_TUNNEL;
    session->outer = jump;
    if (jump)
        hw_ssh_jump_join(jump, session);
}

struct hw_ssh_session *hw_ssh_session_start(struct hw_ssh *ssh, const struct hw_target *target,
                                            const char *command,
                                            const struct hw_ssh_handler *handler)
{
    struct hw_ssh_session *session = new_session(ssh, target->address);
    session->target = target;
    session->command = hw_strdup(command);
    session->handler = *handler;
    session->port = target->ssh_port     ? target->ssh_port
                    : session->host.port ? session->host.port
                                         : SSH_PORT;
    session->user = target->user          ? hw_strdup(target->user)
                    : *session->host.user ? hw_strdup(session->host.user)
                                          : hw_strdup(HW_ADMIN_USER);
    take_route(session, session->host.jump, 0);
    return session;
}

struct hw_ssh_session *hw_ssh_jump_session(struct hw_ssh_jump *jump, const char *user,
                                           const char *host, unsigned port, const char *route,
                                           unsigned depth)
{
    struct hw_ssh_session *session = new_session(jump->ssh, host);
    session->jump = jump;
    session->port = port ? port : session->host.port ? session->host.port : SSH_PORT;
    session->user = user                  ? hw_strdup(user)
                    : *session->host.user ? hw_strdup(session->host.user)
                                          : local_user();
    take_route(session, route ? route : session->host.jump, depth);
    return session;
}

bool hw_ssh_session_is_slow(const struct hw_ssh_session *session)
{
    const char *cipher = libssh2_session_methods(session->raw, LIBSSH2_METHOD_CRYPT_SC);
    return cipher && !strstr(cipher, "-gcm") && session->plain_key && !session->outer;
}

void hw_ssh_session_write(struct hw_ssh_session *session, const char *bytes, size_t n)
{
    hw_buf_add(&session->out, bytes, n);
    hw_ssh_session_kick(session);
}

void hw_ssh_session_end_input(struct hw_ssh_session *session)
{
    session->end_input = true;
    hw_ssh_session_kick(session);
}

void hw_ssh_session_free(struct hw_ssh_session *session)
{
    if (!session)
        return;
    session->stage = HW_AT_OVER;
    hw_timer_cancel(session->kick);
    hw_timer_cancel(session->alive);
    hw_timer_cancel(session->connecting);
    hw_watch_remove(session->watch);
    hw_ssh_resolve_drop(session);
    hw_ssh_auth_done(session);
    session->closing = true; /* nothing more comes or goes: libssh2 need not wait for anything */
    if (session->raw)
        libssh2_session_free(session->raw);
    if (session->outer)
        hw_ssh_jump_leave(session->outer, session);
    else if (session->fd >= 0)
        close(session->fd);
    hw_ssh_host_done(&session->host);
    hw_buf_done(&session->out);
    hw_buf_done(&session->signature);
    hw_buf_done(&session->notes);
    free(session->asked);
    free(session->user);
    free(session->command);
    free(session);
}
