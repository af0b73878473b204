/* SPDX-License-Identifier: Apache-2.0 */
#include "node/follow.h"

#include <openssl/rand.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/text.h"
#include "node/files.h"

#define SCRIPT "powershell/follow.ps1"
#define POWERSHELL                                                                                 \
    "powershell -NoProfile -NonInteractive -InputFormat None -ExecutionPolicy Bypass "             \
    "-EncodedCommand "
#define FOLLOWER_VERSION 1
#define BACKLOG_MAX      (8 * 1024 * 1024) /* of a file that is long when first seen */
#define BEAT_S           10
#define ONCE_BEAT_S      1
#define ONCE_TRIES       3
#define LONGEST_RETRY    15 /* times the first */
#define REBOOT_MS        (15 * 60 * 1000)
#define LOGIN_WAIT_MS    50
#define BOOT_SIZE        24

/* HPC Pack: Microsoft, "How to collect HPC Pack logs". EC2Launch: EC2 user guide. cfn-init:
 * CloudFormation user guide, "Bootstrapping Windows stacks". SQL Server: Microsoft Learn, "View the
 * SQL Server error log" and "setup log files". Domain join: "Netsetup.log". */
static const char *const globs[] = {
    "C:\\ProgramData\\hpcwiz\\install.log",
    "C:\\ProgramData\\Amazon\\EC2Launch\\log\\*.log",
    "C:\\ProgramData\\Amazon\\EC2-Windows\\Launch\\Log\\*.log",
    "C:\\cfn\\log\\cfn-init*.log",
    "C:\\cfn\\log\\*.ps1.txt",
    "C:\\Windows\\Temp\\HPCSetupLogs*\\*.txt",
    "C:\\Windows\\Temp\\HPCSetupLogs*\\*.log",
    "C:\\Windows\\Temp\\HPCSetupLogs*\\*\\*.txt",
    "C:\\Windows\\Temp\\HPCSetupLogs*\\*\\*.log",
    "C:\\Program Files\\Microsoft SQL Server\\*\\MSSQL\\Log\\ERRORLOG",
    "C:\\Program Files\\Microsoft SQL Server\\*\\Setup Bootstrap\\Log\\Summary.txt",
    "C:\\Windows\\debug\\NetSetup.LOG",
};

struct hw_follow {
    struct hw_follow_options options;
    char *address, *user, *pin;
    struct hw_winrm *winrm;
    struct hw_timer *timer;
    struct hw_frames frames;
    struct hw_files files;
    char *old_shell; /* of the session before, which may still run */
    char boot[BOOT_SIZE];
    bool was_live, completed;
    bool logging_in; /* counted in *options.logins */
    bool distrusted; /* the session under way sent what cannot be */
    unsigned failures;
    int64_t reboot_until_ms; /* monotonic; 0: none expected */
    void (*closed)(void *data);
    void *closed_data;
};

/* The script. */

bool hw_follow_command(struct hw_buf *out, struct hw_err *err)
{
    hw_auto(hw_buf) script = HW_BUF(HW_MAX_TEXT);
    hw_auto(hw_buf) lean = HW_BUF(HW_MAX_TEXT);
    hw_auto(hw_buf) wide = HW_BUF(2 * HW_MAX_TEXT);
    hw_auto_text path = hw_data_path(SCRIPT);
    if (!hw_file_read(path, &script, err))
        return hw_wrap(err, _("the log follower for the nodes"));
    const char *p = hw_buf_cstr(&script);
    while (*p) {
        size_t length = strcspn(p, "\n");
        struct hw_span line = hw_text_trim(p, length);
        if (line.n && line.p[0] != '#') {
            hw_buf_add(&lean, line.p, line.n);
            hw_buf_char(&lean, '\n');
        }
        p += length + (p[length] == '\n');
    }
    hw_buf_utf16le(&wide, hw_buf_cstr(&lean), lean.len);
    hw_buf_text(out, POWERSHELL);
    hw_buf_base64(out, hw_buf_cstr(&wide), wide.len);
    if (out->full || out->len > HW_WINRM_LINE_MAX)
        return hw_fail(err, HW_ERR_LIMIT, _("%s is too long: its command line may have %u bytes"),
                       path, HW_WINRM_LINE_MAX);
    return true;
}

/* One line of ASCII: the node's input code page is unknown. quiet 0: over WinRM the shell's idle
 * timeout ends a follower that nobody asks any more. The caller's. */
static char *first_input(const struct hw_follow *follow)
{
    json_t *paths = json_array();
    for (size_t i = 0; i < HW_COUNT(globs); i++)
        json_array_append_new(paths, json_string(globs[i]));
    json_t *config = json_pack("{s:o,s:o,s:i,s:i,s:i,s:i,s:i,s:i}", "globs", paths, "resume",
                               hw_files_resume(&follow->files), "poll", 500, "scan", 3, "beat",
                               follow->options.once ? ONCE_BEAT_S : BEAT_S, "quiet", 0, "ttl", 12,
                               "max", BACKLOG_MAX);
    char *text = json_dumps(config, JSON_COMPACT | JSON_ENSURE_ASCII);
    char *line = hw_format("%s\n", text ? text : "{}");
    free(text);
    json_decref(config);
    return line;
}

/* Telling. */

static void tell_state(struct hw_follow *follow, enum hw_node_state state, const char *detail)
{
    follow->options.handler.state(follow->options.handler.data, state, detail);
}

static void tell_complete(struct hw_follow *follow)
{
    if (!follow->options.once || follow->completed)
        return;
    follow->completed = true;
    hw_files_flush(&follow->files);
    follow->options.handler.complete(follow->options.handler.data);
}

static void on_line(void *data, struct hw_file *file, uint64_t offset, const char *text, size_t n)
{
    struct hw_follow *follow = data;
    follow->options.handler.line(follow->options.handler.data, file->path, &file->state, offset,
                                 text, n);
}

/* The session. */

static void connect_node(void *data);

static void leave_login(struct hw_follow *follow)
{
    if (follow->logging_in)
        --*follow->options.logins;
    follow->logging_in = false;
}

static void end_session(struct hw_follow *follow)
{
    leave_login(follow);
    if (!follow->winrm)
        return;
    const char *shell = hw_winrm_shell(follow->winrm);
    if (shell)
        hw_replace(&follow->old_shell, shell);
    hw_winrm_free(follow->winrm);
    follow->winrm = NULL;
}

/* 1, 2, 4 ... times the first wait, a fifth more or less, so that many nodes that were lost at once
 * do not come back at once. */
static unsigned retry_delay(const struct hw_follow *follow)
{
    uint32_t random = 0;
    unsigned factor = follow->failures < 4 ? 1u << follow->failures : LONGEST_RETRY;
    unsigned delay = follow->options.retry_ms * factor;
    RAND_bytes((unsigned char *)&random, sizeof random);
    return delay - delay / 5 + random % (delay / 5 * 2 + 1);
}

static enum hw_node_state state_without_connection(const struct hw_follow *follow)
{
    if (follow->reboot_until_ms > hw_clock_monotonic_ms())
        return HW_NODE_REBOOTING;
    return follow->was_live ? HW_NODE_LOST : HW_NODE_CONNECTING;
}

static void retry_later(struct hw_follow *follow, const struct hw_err *err)
{
    end_session(follow);
    tell_state(follow, state_without_connection(follow), err->what);
    unsigned delay = retry_delay(follow);
    follow->failures++;
    follow->timer = hw_loop_timer(follow->options.loop, delay, connect_node, follow);
    if (follow->failures >= ONCE_TRIES)
        tell_complete(follow);
}

static void refuse(struct hw_follow *follow, const struct hw_err *err)
{
    hw_auto(hw_buf) why = HW_BUF(sizeof err->what + sizeof err->next + 8);
    hw_buf_print(&why, "%s%s%s", err->what, *err->next ? ". " : "", err->next);
    end_session(follow);
    tell_state(follow, HW_NODE_REFUSED, hw_buf_cstr(&why));
    tell_complete(follow);
}

static void on_ended(void *data, enum hw_winrm_end how, int exit_code, const struct hw_err *err)
{
    struct hw_follow *follow = data;
    struct hw_err ended = {0};
    if (how == HW_WINRM_REFUSED) {
        refuse(follow, err);
        return;
    }
    if (how == HW_WINRM_ENDED) {
        hw_fail(&ended, HW_ERR_SERVICE, _("the log follower on the node ended (exit code %d)"),
                exit_code);
        err = &ended;
    }
    retry_later(follow, err);
}

static void on_distrust(void *data)
{
    struct hw_follow *follow = data;
    struct hw_err err = {0};
    follow->timer = NULL;
    if (!follow->winrm)
        return;
    hw_fail(&err, HW_ERR_PROTOCOL, _("the log follower on the node sent what does not fit"));
    retry_later(follow, &err);
}

static void distrust(struct hw_follow *follow)
{
    if (follow->distrusted)
        return;
    follow->distrusted = true;
    follow->timer = hw_loop_timer(follow->options.loop, 0, on_distrust, follow);
}

static void on_hello(struct hw_follow *follow, const struct hw_frame *frame)
{
    bool rebooted = *follow->boot && strcmp(follow->boot, frame->boot) != 0;
    if (frame->version != FOLLOWER_VERSION) {
        distrust(follow);
        return;
    }
    snprintf(follow->boot, sizeof follow->boot, "%s", frame->boot);
    if (rebooted)
        follow->reboot_until_ms = 0;
    leave_login(follow);
    follow->failures = 0;
    follow->was_live = true;
    hw_replace(&follow->old_shell, NULL);
    tell_state(follow, HW_NODE_LIVE, rebooted ? _("rebooted") : "");
}

static void on_frame(void *data, const struct hw_frame *frame)
{
    struct hw_follow *follow = data;
    if (follow->distrusted)
        return;
    switch (frame->kind) {
    case HW_FRAME_HELLO:
        on_hello(follow, frame);
        break;
    case HW_FRAME_BEAT:
        if (hw_files_complete(&follow->files))
            tell_complete(follow);
        break;
    case HW_FRAME_BROKEN:
        distrust(follow);
        break;
    default:
        if (!hw_files_take(&follow->files, frame))
            distrust(follow);
        break;
    }
}

static void on_output(void *data, bool is_error, const char *bytes, size_t n)
{
    struct hw_follow *follow = data;
    if (!is_error)
        hw_frames_add(&follow->frames, bytes, n, on_frame, follow);
    else
        hw_trace("winrm", "%s stderr: %.*s", follow->address, (int)(n < 500 ? n : 500), bytes);
}

static void connect_node(void *data)
{
    struct hw_follow *follow = data;
    follow->timer = NULL;
    if (*follow->options.logins >= HW_FOLLOW_LOGINS) {
        follow->timer = hw_loop_timer(follow->options.loop, LOGIN_WAIT_MS, connect_node, follow);
        return;
    }
    ++*follow->options.logins;
    follow->logging_in = true;
    follow->distrusted = false;
    hw_frames_reset(&follow->frames);
    hw_files_begin(&follow->files);
    hw_auto_text input = first_input(follow);
    struct hw_wsman_target target = follow->options.target;
    target.address = follow->address;
    target.user = follow->user;
    target.pin = follow->pin;
    struct hw_winrm_command command = {
        .line = follow->options.command, .input = input, .old_shell = follow->old_shell};
    struct hw_winrm_handler handler = {.output = on_output, .ended = on_ended, .data = follow};
    follow->winrm =
        hw_winrm_start(follow->options.multi, follow->options.loop, &target, &command, &handler);
    hw_replace(&follow->old_shell, NULL);
}

struct hw_follow *hw_follow_start(const struct hw_follow_options *options)
{
    struct hw_follow *follow = HW_NEW(struct hw_follow);
    follow->options = *options;
    follow->address = hw_strdup(options->target.address);
    follow->user = hw_strdup(options->target.user);
    follow->pin = hw_strdup(options->target.pin);
    follow->files.line = on_line;
    follow->files.data = follow;
    hw_frames_init(&follow->frames);
    follow->timer = hw_loop_timer(options->loop, 0, connect_node, follow);
    return follow;
}

void hw_follow_expect_reboot(struct hw_follow *follow)
{
    follow->reboot_until_ms = hw_clock_monotonic_ms() + REBOOT_MS;
}

void hw_follow_free(struct hw_follow *follow)
{
    if (!follow)
        return;
    leave_login(follow);
    hw_timer_cancel(follow->timer);
    hw_winrm_free(follow->winrm);
    hw_frames_done(&follow->frames);
    hw_files_done(&follow->files);
    free(follow->old_shell);
    free(follow->address);
    free(follow->user);
    free(follow->pin);
    free(follow);
}

void hw_follow_set_pin(struct hw_follow *follow, const char *pin)
{
    hw_replace(&follow->pin, pin);
    if (!follow->winrm && !follow->timer)
        follow->timer = hw_loop_timer(follow->options.loop, 0, connect_node, follow);
}

static void on_closed(void *data)
{
    struct hw_follow *follow = data;
    void (*closed)(void *data) = follow->closed;
    void *closed_data = follow->closed_data;
    follow->winrm = NULL;
    follow->timer = NULL;
    hw_follow_free(follow);
    if (closed)
        closed(closed_data);
}

void hw_follow_close(struct hw_follow *follow, void (*closed)(void *data), void *data)
{
    follow->closed = closed;
    follow->closed_data = data;
    hw_timer_cancel(follow->timer);
    follow->timer = NULL;
    if (follow->winrm)
        hw_winrm_close(follow->winrm, on_closed, follow);
    else
        follow->timer = hw_loop_timer(follow->options.loop, 0, on_closed, follow);
}
