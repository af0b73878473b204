/* SPDX-License-Identifier: Apache-2.0 */
#include "node/ssh_program.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/log.h"
#include "base/text.h"
#include "node/child.h"

#define PIECE       32768u
#define OUT_MAX     (1024u * 1024u)
#define NOTES_MAX   8192u /* of what it says on standard error */
#define REAP_MS     50
#define EXIT_FAILED 255 /* ssh(1): an error of ssh itself */

struct hw_ssh_program {
    struct hw_loop *loop;
    struct hw_ssh_handler handler;
    char *name;
    bool subsystem;
    pid_t pid;
    int fd, err_fd; /* its standard input and output; its standard error */
    struct hw_watch *watch, *err_watch;
    struct hw_timer *timer;
    struct hw_buf out, notes;
    size_t sent;
    bool heard, end_input, input_ended, ended;
    int spawn_error;
};

/* Arguments. */

/* Asked with the key that the machine showed, it answers only if the account vouches for it
 * (ssh_config(5), KnownHostsCommand). */
static void add_pins(const char *pins, struct hw_buf *out)
{
    hw_buf_text(out, "KnownHostsCommand=/bin/sh -c \"case %f in ");
    for (const char *p = pins; *p; p += strspn(p, " ")) {
        size_t n = strcspn(p, " ");
        hw_buf_text(out, p == pins ? "" : "|");
        hw_ssh_fingerprint_of_pin(p, n, out);
        p += n;
    }
    hw_buf_text(out, ") echo %H %t %K;; esac\"");
}

static void add_option(struct hw_strv *out, const char *option)
{
    hw_strv_add(out, "-o");
    hw_strv_add(out, option);
}

static void add_host_keys(struct hw_ssh *ssh, const struct hw_target *target, struct hw_strv *out)
{
    hw_auto(hw_buf) text = HW_BUF(HW_MAX_VALUE);
    hw_auto_text alias = hw_format("HostKeyAlias=%s", target->instance);
    struct hw_ssh_who who = {.instance = target->instance, .name = target->instance};
    if (*target->ssh_pins) {
        add_pins(target->ssh_pins, &text);
        add_option(out, hw_buf_cstr(&text));
        add_option(out, "UserKnownHostsFile=/dev/null");
        add_option(out, "GlobalKnownHostsFile=/dev/null");
        add_option(out, alias);
    } else if (hw_ssh_hosts_has_own(hw_ssh_hosts_of(ssh), &who)) {
        hw_ssh_hosts_flush(hw_ssh_hosts_of(ssh));
        hw_buf_print(&text, "UserKnownHostsFile=\"%s\"",
                     hw_ssh_hosts_own_file(hw_ssh_hosts_of(ssh)));
        add_option(out, hw_buf_cstr(&text));
        add_option(out, alias);
    }
}

static void list_arguments(struct hw_ssh *ssh, const struct hw_target *target, const char *command,
                           struct hw_strv *out)
{
    static const char *const options[] = {
        "BatchMode=yes",         "ConnectTimeout=10", "ServerAliveInterval=15",
        "ServerAliveCountMax=3", "LogLevel=ERROR",    "ClearAllForwardings=yes",
        "EscapeChar=none",       "RequestTTY=no",     "PermitLocalCommand=no",
    };
    struct hw_ssh_host host;
    hw_ssh_config_host(hw_ssh_config_of(ssh), target->address, &host);
    hw_strv_add(out, "ssh");
    if (hw_ssh_config_file_of(ssh)) {
        hw_strv_add(out, "-F");
        hw_strv_add(out, hw_ssh_config_file_of(ssh));
    }
    for (size_t i = 0; i < HW_COUNT(options); i++)
        add_option(out, options[i]);
    if (!host.accept_new)
        add_option(out, "StrictHostKeyChecking=yes");
    add_host_keys(ssh, target, out);
    if (hw_ssh_key_file_of(ssh)) {
        hw_strv_add(out, "-i");
        hw_strv_add(out, hw_ssh_key_file_of(ssh));
    }
    if (target->ssh_port) {
        hw_strv_add(out, "-p");
        hw_strv_take(out, hw_format("%u", target->ssh_port));
    }
    if (target->user || !*host.user) {
        hw_strv_add(out, "-l");
        hw_strv_add(out, target->user ? target->user : HW_ADMIN_USER);
    }
    if (!command)
        hw_strv_add(out, "-s");
    hw_strv_add(out, "--");
    hw_strv_add(out, target->address);
    hw_strv_add(out, command ? command : "sftp");
    hw_ssh_host_done(&host);
}

/* Its end. */

static const char *last_line(const struct hw_buf *notes, struct hw_buf *out)
{
    struct hw_span text = hw_text_trim(hw_buf_cstr(notes), notes->len);
    size_t begin = text.n;
    while (begin && text.p[begin - 1] != '\n')
        begin--;
    hw_text_clean(out, text.p + begin, text.n - begin, false);
    return hw_buf_cstr(out);
}

static void tell_end(struct hw_ssh_program *program, enum hw_ssh_end how, const struct hw_err *err)
{
    struct hw_ssh_handler handler = program->handler;
    program->ended = true;
    hw_watch_remove(program->watch);
    hw_watch_remove(program->err_watch);
    program->watch = program->err_watch = NULL;
    handler.ended(handler.data, how, err);
}

static bool says(const struct hw_ssh_program *program, const char *text)
{
    return strstr(hw_buf_cstr(&program->notes), text) != NULL;
}

/* What OpenSSH says is not translated. */
static void judge_end(struct hw_ssh_program *program, int status)
{
    struct hw_err err = {0};
    hw_auto(hw_buf) line = HW_BUF(NOTES_MAX);
    int code = WIFEXITED(status) ? WEXITSTATUS(status) : EXIT_FAILED;
    const char *why = last_line(&program->notes, &line);
    enum hw_ssh_end how = HW_SSH_LOST;
    if (says(program, "Permission denied") || says(program, "Host key verification failed") ||
        says(program, "No ED25519 host key is known") || says(program, "host key is known for"))
        how = HW_SSH_REFUSED;
    else if (program->subsystem && !program->heard &&
             (says(program, "subsystem request failed") || code != EXIT_FAILED))
        how = HW_SSH_NO_CHANNEL;
    if (says(program, "REMOTE HOST IDENTIFICATION HAS CHANGED"))
        why = _("the host key has changed");
    hw_fail(&err, how == HW_SSH_REFUSED ? HW_ERR_AUTH : HW_ERR_NETWORK, "ssh %s: %s (%d)",
            program->name, *why ? why : _("ended"), code);
    if (says(program, "Host key verification failed"))
        hw_err_next(&err, _("See what it shows with `ssh-keyscan`, compare it with `ssh-keygen -l` "
                            "on the machine, then add it to ~/.ssh/known_hosts"));
    tell_end(program, how, &err);
}

static void read_notes(struct hw_ssh_program *program)
{
    char piece[1024];
    ssize_t n;
    while ((n = read(program->err_fd, piece, sizeof piece)) > 0)
        hw_buf_add(&program->notes, piece, (size_t)n);
    if (n == 0) {
        hw_watch_remove(program->err_watch);
        program->err_watch = NULL;
    }
}

/* Its output has ended, so that it ends, too. */
static void reap(void *data)
{
    struct hw_ssh_program *program = data;
    int status = 0;
    program->timer = NULL;
    pid_t done = waitpid(program->pid, &status, WNOHANG);
    if (done == 0) {
        kill(program->pid, SIGTERM);
        program->timer = hw_loop_timer(program->loop, REAP_MS, reap, program);
        return;
    }
    program->pid = 0;
    read_notes(program);
    judge_end(program, status);
}

static void end_output(struct hw_ssh_program *program)
{
    hw_watch_remove(program->watch);
    program->watch = NULL;
    if (!program->timer)
        program->timer = hw_loop_timer(program->loop, REAP_MS, reap, program);
}

/* Bytes. */

static void watch_for_room(struct hw_ssh_program *program)
{
    bool more = program->sent < program->out.len;
    if (program->watch)
        hw_watch_change(program->watch, HW_READ | (more ? HW_WRITE : 0));
}

static void write_out(struct hw_ssh_program *program)
{
    while (program->sent < program->out.len) {
        ssize_t n = send(program->fd, program->out.data + program->sent,
                         program->out.len - program->sent, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (n <= 0)
            break;
        program->sent += (size_t)n;
    }
    if (program->sent == program->out.len) {
        hw_buf_done(&program->out);
        program->sent = 0;
        if (program->end_input && !program->input_ended)
            program->input_ended = shutdown(program->fd, SHUT_WR) == 0;
    }
    watch_for_room(program);
}

static void on_ready(void *data, int fd, unsigned events)
{
    struct hw_ssh_program *program = data;
    char piece[PIECE];
    if (events & HW_WRITE)
        write_out(program);
    if (!(events & HW_READ))
        return;
    ssize_t n = recv(fd, piece, sizeof piece, MSG_DONTWAIT);
    if (n > 0) {
        program->heard = true;
        program->handler.bytes(program->handler.data, false, piece, (size_t)n);
    } else if (n == 0 || (errno != EAGAIN && errno != EINTR)) {
        end_output(program);
    }
}

static void on_notes(void *data, int fd HW_UNUSED, unsigned events HW_UNUSED)
{
    read_notes(data);
}

/* Starting. */

static void on_no_program(void *data)
{
    struct hw_ssh_program *program = data;
    struct hw_err err = {0};
    program->timer = NULL;
    hw_fail(&err, HW_ERR_IO, _("the ssh program cannot be started: %s"),
            strerror(program->spawn_error));
    hw_err_next(&err, _("Install OpenSSH's client"));
    tell_end(program, HW_SSH_REFUSED, &err);
}

static void start_child(struct hw_ssh_program *program, struct hw_strv *arguments)
{
    int pair[2] = {-1, -1}, notes[2] = {-1, -1};
    hw_strv_take(arguments, NULL); /* ends the list */
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0 || pipe2(notes, O_CLOEXEC) < 0)
        program->spawn_error = errno;
    else
        program->spawn_error =
            hw_child_start(arguments->items, NULL, pair[1], pair[1], notes[1], &program->pid);
    close(pair[1]);
    close(notes[1]);
    program->fd = pair[0];
    program->err_fd = notes[0];
    if (program->spawn_error) {
        program->pid = 0;
        program->timer = hw_loop_timer(program->loop, 0, on_no_program, program);
        return;
    }
    fcntl(program->err_fd, F_SETFL, O_NONBLOCK);
    program->watch = hw_loop_watch(program->loop, program->fd, HW_READ, on_ready, program);
    program->err_watch = hw_loop_watch(program->loop, program->err_fd, HW_READ, on_notes, program);
}

struct hw_ssh_program *hw_ssh_program_start(struct hw_ssh *ssh, struct hw_loop *loop,
                                            const struct hw_target *target, const char *command,
                                            const struct hw_ssh_handler *handler)
{
    struct hw_ssh_program *program = HW_NEW(struct hw_ssh_program);
    hw_auto(hw_strv) arguments = {0};
    program->loop = loop;
    program->handler = *handler;
    program->name = hw_strdup(target->address);
    program->subsystem = !command;
    program->out.max = OUT_MAX;
    program->notes.max = NOTES_MAX;
    list_arguments(ssh, target, command, &arguments);
    start_child(program, &arguments);
    return program;
}

void hw_ssh_program_write(struct hw_ssh_program *program, const char *bytes, size_t n)
{
    hw_buf_add(&program->out, bytes, n);
    write_out(program);
}

void hw_ssh_program_end_input(struct hw_ssh_program *program)
{
    program->end_input = true;
    write_out(program);
}

void hw_ssh_program_free(struct hw_ssh_program *program)
{
    if (!program)
        return;
    hw_timer_cancel(program->timer);
    hw_watch_remove(program->watch);
    hw_watch_remove(program->err_watch);
    if (program->fd >= 0)
        close(program->fd);
    if (program->err_fd >= 0)
        close(program->err_fd);
    if (program->pid > 0) {
        kill(program->pid, SIGKILL); /* it keeps nothing that would need tidying */
        waitpid(program->pid, NULL, 0);
    }
    hw_buf_done(&program->out);
    hw_buf_done(&program->notes);
    free(program->name);
    free(program);
}
