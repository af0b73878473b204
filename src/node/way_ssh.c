/* SPDX-License-Identifier: Apache-2.0 */
/* The logs of a node over SSH: read over SFTP, by which nothing of ours runs there; where SFTP is
 * off, by the follower script in PowerShell. The connection is libssh2's, or, where that is not
 * enough, the system's ssh program's. */
#include "node/way.h"

#include "base/log.h"
#include "base/mem.h"
#include "node/script.h"
#include "node/second.h"
#include "node/ssh_program.h"
#include "node/tail.h"

#define DEADLINE_MS  40000u
#define TRACED_BYTES 500
#define POLL_MS      500u  /* each look is requests of ours, while a follower looks by itself */
#define NEWLINE_MS   30000 /* the script ends when it hears nothing for so long, times three */
#define QUIET_S      90u
#define CLOSE_MS     300 /* for the end of the input to reach the script */

struct session {
    struct hw_way_handler handler;
    struct hw_way_start start;
    struct hw_ssh_session *raw;
    struct hw_ssh_program *program;
    struct hw_sftp *sftp;
    struct hw_tail *tail;
    struct hw_second *second; /* while a log is long */
    bool by_second;           /* the tail reads through it */
    bool no_second;           /* it was tried in vain */
    struct hw_timer *back;    /* from it */
    struct hw_frames frames;
    bool scripted;   /* by the script in place of SFTP */
    bool programmed; /* by the ssh program in place of libssh2 */
    bool failed;
    struct hw_buf manner;
    struct hw_timer *timer; /* the end, or the next newline */
    struct hw_err err;
    struct hw_way_closing closing;
};

static void connect_node(struct session *session);

static void tell(void *data, const struct hw_frame *frame)
{
    struct session *session = data;
    if (!session->failed && session->handler.frame)
        session->handler.frame(session->handler.data, frame);
}

/* Bytes. */

static void write_bytes(void *data, const char *bytes, size_t n)
{
    struct session *session = data;
    if (session->program)
        hw_ssh_program_write(session->program, bytes, n);
    else if (session->raw)
        hw_ssh_session_write(session->raw, bytes, n);
}

static void on_failed(void *data)
{
    struct session *session = data;
    session->timer = NULL;
    session->handler.ended(session->handler.data, HW_WAY_LOST, &session->err);
}

/* Not from inside what is to be freed. */
static void fail_later(struct session *session)
{
    if (session->failed)
        return;
    session->failed = true;
    hw_timer_cancel(session->timer);
    session->timer = hw_loop_timer(session->start.room->loop, 0, on_failed, session);
}

static void want_second(void *data);
static void tell_of_tail(void *data, const struct hw_frame *frame);

static void follow_over(struct session *session, struct hw_sftp *sftp)
{
    const struct hw_way_room *room = session->start.room;
    struct hw_tail_options options = {.loop = room->loop,
                                      .sftp = sftp,
                                      .files = session->start.files,
                                      .poll_ms = POLL_MS,
                                      .scan_ms = HW_SCAN_S * 1000,
                                      .backlog_max = HW_BACKLOG_MAX,
                                      .read_ahead = room->read_ahead,
                                      .is_long = want_second,
                                      .frame = tell_of_tail,
                                      .data = session};
    options.patterns = room->patterns;
    options.pattern_count = room->pattern_count;
    if (!room->patterns)
        options.patterns = hw_log_patterns(&options.pattern_count);
    session->tail = hw_tail_new(&options);
}

/* A long log, by a second channel. */

static void drop_second(struct session *session)
{
    hw_timer_cancel(session->back);
    session->back = NULL;
    if (session->by_second) {
        hw_tail_free(session->tail);
        session->tail = NULL;
    }
    hw_second_free(session->second);
    session->second = NULL;
    session->by_second = false;
}

static void go_back(void *data)
{
    struct session *session = data;
    bool moved = session->by_second;
    session->back = NULL;
    drop_second(session);
    if (moved)
        follow_over(session, session->sftp);
}

static void on_second_ready(void *data)
{
    struct session *session = data;
    hw_tail_free(session->tail);
    hw_sftp_forget(session->sftp);
    session->by_second = true;
    follow_over(session, hw_second_sftp(session->second));
}

static void on_second_ended(void *data, const struct hw_err *err)
{
    struct session *session = data;
    hw_trace("ssh", "%s: no second channel: %s", session->start.target->address, err->what);
    session->no_second = true;
    go_back(session);
}

static void want_second(void *data)
{
    struct session *session = data;
    const struct hw_way_room *room = session->start.room;
    struct hw_second_handler handler = {
        .ready = on_second_ready, .ended = on_second_ended, .data = session};
    if (session->second || session->no_second || session->failed || !room->seconds ||
        !session->raw || !hw_ssh_session_is_slow(session->raw))
        return;
    session->second =
        hw_second_start(room->ssh, room->loop, session->start.target, room->seconds, &handler);
    if (session->second)
        hw_trace("ssh", "%s: a long log is read by the ssh program",
                 session->start.target->address);
}

/* A round is over: everything has been read. */
static void tell_of_tail(void *data, const struct hw_frame *frame)
{
    struct session *session = data;
    if (frame->kind == HW_FRAME_BEAT && session->by_second && !session->back)
        session->back = hw_loop_timer(session->start.room->loop, 0, go_back, session);
    tell(session, frame);
}

static void on_sftp_ready(void *data)
{
    struct session *session = data;
    struct hw_frame hello = {.kind = HW_FRAME_HELLO, .version = HW_SCRIPT_VERSION, .text = ""};
    tell(session, &hello);
    follow_over(session, session->sftp);
}

static void start_sftp(struct session *session)
{
    struct hw_sftp_handler handler = {
        .write = write_bytes, .ready = on_sftp_ready, .data = session};
    session->sftp = hw_sftp_new(&handler);
}

static void say_alive(void *data)
{
    struct session *session = data;
    session->timer = hw_loop_timer(session->start.room->loop, NEWLINE_MS, say_alive, session);
    write_bytes(session, "\n", 1);
}

static void start_script(struct session *session)
{
    hw_auto_text input = hw_script_input(session->start.files, session->start.once, QUIET_S,
                                         session->start.room->pace_ms);
    write_bytes(session, input, strlen(input));
    session->timer = hw_loop_timer(session->start.room->loop, NEWLINE_MS, say_alive, session);
}

static void on_opened(void *data)
{
    struct session *session = data;
    if (session->scripted)
        start_script(session);
    else
        start_sftp(session);
}

static void on_bytes(void *data, bool is_error, const char *bytes, size_t n)
{
    struct session *session = data;
    if (session->failed)
        return;
    if (is_error)
        hw_trace("ssh", "%s stderr: %.*s", session->start.target->address,
                 (int)(n < TRACED_BYTES ? n : TRACED_BYTES), bytes);
    else if (session->scripted)
        hw_frames_add(&session->frames, bytes, n, tell, session);
    else if (session->sftp && !hw_sftp_take(session->sftp, bytes, n, &session->err))
        fail_later(session);
}

/* Connections. */

static void drop_connection(struct session *session)
{
    hw_timer_cancel(session->timer);
    session->timer = NULL;
    drop_second(session);
    hw_tail_free(session->tail);
    hw_sftp_free(session->sftp);
    hw_ssh_session_free(session->raw);
    hw_ssh_program_free(session->program);
    session->tail = NULL;
    session->sftp = NULL;
    session->raw = NULL;
    session->program = NULL;
}

static void add_manner(struct session *session, const char *text)
{
    hw_buf_print(&session->manner, "%s%s", session->manner.len ? "; " : "", text);
}

static void on_ended(void *data, enum hw_ssh_end how, const struct hw_err *err)
{
    struct session *session = data;
    struct hw_err copy = *err; /* it may live in what is freed now */
    if (session->failed)
        return;
    drop_connection(session);
    if (how == HW_SSH_BEYOND && !session->programmed) {
        hw_auto_text text = hw_format(_("by the system's ssh program: %s"), copy.what);
        add_manner(session, text);
        session->programmed = true;
        connect_node(session);
    } else if (how == HW_SSH_NO_CHANNEL && !session->scripted) {
        add_manner(session, _("SFTP is off: read by PowerShell"));
        session->scripted = true;
        connect_node(session);
    } else {
        enum hw_way_end end = how == HW_SSH_REFUSED ? HW_WAY_REFUSED : HW_WAY_LOST;
        session->handler.ended(session->handler.data, end, &copy);
    }
}

static void connect_node(struct session *session)
{
    struct hw_ssh_handler handler = {
        .opened = on_opened, .bytes = on_bytes, .ended = on_ended, .data = session};
    const struct hw_way_room *room = session->start.room;
    const char *command = session->scripted ? room->command : NULL;
    hw_frames_reset(&session->frames);
    if (!session->programmed) {
        session->raw = hw_ssh_session_start(room->ssh, session->start.target, command, &handler);
        return;
    }
    session->program =
        hw_ssh_program_start(room->ssh, room->loop, session->start.target, command, &handler);
    on_opened(session);
}

/* The face. */

static const char *missing(const struct hw_way_room *room HW_UNUSED, const struct hw_target *target,
                           bool *ret_final)
{
    *ret_final = false;
    return *target->address ? NULL : _("the node has no address yet");
}

static void *start(const struct hw_way_start *start, const struct hw_way_handler *handler)
{
    struct session *session = HW_NEW(struct session);
    const struct hw_ssh_config *config = hw_ssh_config_of(start->room->ssh);
    struct hw_ssh_host host;
    session->handler = *handler;
    session->start = *start;
    session->manner.max = HW_MAX_TEXT;
    hw_frames_init(&session->frames);
    hw_ssh_config_host(config, start->target->address, &host);
    session->programmed = *host.foreign;
    if (*host.foreign) {
        hw_auto_text text =
            hw_format(_("by the system's ssh program: ~/.ssh/config has %s"), host.foreign);
        add_manner(session, text);
    }
    hw_ssh_host_done(&host);
    connect_node(session);
    return session;
}

static void free_session(void *data)
{
    struct session *session = data;
    hw_timer_cancel(session->closing.timer);
    drop_connection(session);
    hw_frames_done(&session->frames);
    hw_buf_done(&session->manner);
    free(session);
}

static const char *manner(const void *data)
{
    const struct session *session = data;
    return session->manner.len ? hw_buf_cstr(&session->manner) : NULL;
}

/* An SFTP server ends with its connection, a script on Windows does not (Win32-OpenSSH, issue
 * 1751): it ends with its input. */
static void close_session(void *data, void (*closed)(void *data), void *closed_data)
{
    struct session *session = data;
    hw_way_close(&session->closing, session, free_session, closed, closed_data);
    session->failed = true;
    hw_timer_cancel(session->timer);
    if (session->scripted && session->raw)
        hw_ssh_session_end_input(session->raw);
    if (session->scripted && session->program)
        hw_ssh_program_end_input(session->program);
    session->timer = NULL;
    hw_way_close_in(&session->closing, session->start.room->loop, session->scripted ? CLOSE_MS : 0);
}

const struct hw_way_class hw_way_ssh = {
    .name = "ssh",
    .title = "SSH",
    .deadline_ms = DEADLINE_MS,
    .missing = missing,
    .start = start,
    .left_over = hw_way_leaves_nothing,
    .manner = manner,
    .close = close_session,
    .free = free_session,
};
