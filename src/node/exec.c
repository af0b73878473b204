/* SPDX-License-Identifier: Apache-2.0 */
#include "node/exec.h"

#include "base/mem.h"
#include "base/text.h"
#include "node/nodes.h"
#include "node/script.h"
#include "node/ssh_program.h"
#include "node/way_winrm.h"

struct hw_exec {
    struct hw_fleet *fleet;
    struct hw_node *node;
    struct hw_buf command, output;
    struct hw_way_winrm_peer peer;
    struct hw_winrm *winrm;
    struct hw_ssh_session *session;
    struct hw_ssh_program *program;
    struct hw_timer *timer;
    struct hw_err err;
    bool failed;
    hw_exec_fn *fn;
    void *data;
};

static void drop_connections(struct hw_exec *exec)
{
    hw_timer_cancel(exec->timer);
    hw_winrm_free(exec->winrm);
    hw_ssh_session_free(exec->session);
    hw_ssh_program_free(exec->program);
    exec->timer = NULL;
    exec->winrm = NULL;
    exec->session = NULL;
    exec->program = NULL;
}

void hw_exec_free(struct hw_exec *exec)
{
    if (!exec)
        return;
    drop_connections(exec);
    hw_buf_done(&exec->command);
    hw_buf_done(&exec->output);
    free(exec);
}

/* ---- The end --------------------------------------------------------------------------- */

/* What a machine says is as hostile as its logs, and may hold the same secrets. They are hidden
 * first: cleaned, a TAB before one is no blank any more. */
static void clean(const struct hw_exec *exec, struct hw_buf *out)
{
    hw_auto(hw_buf) hidden = HW_BUF(2 * HW_EXEC_OUTPUT);
    const char *p = hw_buf_cstr(&exec->output), *end = p + exec->output.len;
    unsigned pem = 0;
    while (p < end) {
        const char *newline = memchr(p, '\n', (size_t)(end - p));
        size_t whole = (size_t)((newline ? newline : end) - p);
        size_t n = whole > 0 && p[whole - 1] == '\r' ? whole - 1 : whole;
        hw_buf_clear(&hidden);
        hw_redact_line(exec->fleet->redact, &pem, p, n, &hidden);
        hw_text_clean(out, hw_buf_cstr(&hidden), hidden.len, false);
        hw_buf_char(out, '\n');
        p += whole + (newline != NULL);
    }
}

static void tell(void *data)
{
    struct hw_exec *exec = data;
    hw_auto(hw_buf) out = HW_BUF(4 * HW_EXEC_OUTPUT);
    exec->timer = NULL;
    drop_connections(exec);
    if (!exec->failed)
        clean(exec, &out);
    exec->fn(exec->data, hw_buf_cstr(&out), out.len, exec->failed ? &exec->err : NULL);
}

/* Not from inside what is to be freed. */
static void end_later(struct hw_exec *exec, const struct hw_err *err)
{
    if (err) {
        exec->failed = true;
        exec->err = *err;
    }
    hw_timer_cancel(exec->timer);
    exec->timer = hw_loop_timer(exec->fleet->loop, 0, tell, exec);
}

static void on_late(void *data)
{
    struct hw_exec *exec = data;
    exec->timer = NULL;
    hw_fail(&exec->err, HW_ERR_NETWORK, _("the node %s did not answer within %d seconds"),
            exec->node->name, HW_EXEC_DEADLINE_MS / 1000);
    exec->failed = true;
    tell(exec);
}

static void add_output(struct hw_exec *exec, const char *bytes, size_t n)
{
    size_t room = HW_EXEC_OUTPUT - exec->output.len;
    hw_buf_add(&exec->output, bytes, n < room ? n : room);
}

/* ---- WinRM ----------------------------------------------------------------------------- */

static void on_winrm_output(void *data, bool is_error, const char *bytes, size_t n)
{
    if (!is_error)
        add_output(data, bytes, n);
}

/* The shell is deleted before the answer is told, so that none is left on the node. */
static void on_winrm_closed(void *data)
{
    struct hw_exec *exec = data;
    exec->winrm = NULL;
    end_later(exec, NULL);
}

static void on_winrm_ended(void *data, enum hw_winrm_end how, int exit_code HW_UNUSED,
                           const struct hw_err *err)
{
    struct hw_exec *exec = data;
    if (how == HW_WINRM_ENDED)
        hw_winrm_close(exec->winrm, on_winrm_closed, exec);
    else
        end_later(exec, err);
}

static void start_winrm(struct hw_exec *exec)
{
    struct hw_winrm_command command = {.line = hw_buf_cstr(&exec->command)};
    struct hw_winrm_handler handler = {
        .output = on_winrm_output, .ended = on_winrm_ended, .data = exec};
    exec->peer = (struct hw_way_winrm_peer){&exec->fleet->room, &exec->node->target};
    exec->winrm = hw_way_winrm_connect(&exec->peer, &command, &handler);
}

/* ---- SSH ------------------------------------------------------------------------------- */

static void on_ssh_bytes(void *data, bool is_error, const char *bytes, size_t n)
{
    if (!is_error)
        add_output(data, bytes, n);
}

static void on_ssh_ended(void *data, enum hw_ssh_end how, const struct hw_err *err);

static void start_program(void *data)
{
    struct hw_exec *exec = data;
    struct hw_ssh_handler handler = {.bytes = on_ssh_bytes, .ended = on_ssh_ended, .data = exec};
    drop_connections(exec);
    exec->program = hw_ssh_program_start(exec->fleet->ssh, exec->fleet->loop, &exec->node->target,
                                         hw_buf_cstr(&exec->command), &handler);
    exec->timer = hw_loop_timer(exec->fleet->loop, HW_EXEC_DEADLINE_MS, on_late, exec);
}

/* A connection that ends after the command has written is the usual end of it. */
static void on_ssh_ended(void *data, enum hw_ssh_end how, const struct hw_err *err)
{
    struct hw_exec *exec = data;
    if (how == HW_SSH_BEYOND && !exec->program) {
        hw_timer_cancel(exec->timer);
        exec->timer = hw_loop_timer(exec->fleet->loop, 0, start_program, exec);
    } else {
        end_later(exec, exec->output.len ? NULL : err);
    }
}

static void on_ssh_opened(void *data)
{
    hw_ssh_session_end_input(((struct hw_exec *)data)->session);
}

static void start_ssh(struct hw_exec *exec)
{
    struct hw_ssh_handler handler = {
        .opened = on_ssh_opened, .bytes = on_ssh_bytes, .ended = on_ssh_ended, .data = exec};
    exec->session = hw_ssh_session_start(exec->fleet->ssh, &exec->node->target,
                                         hw_buf_cstr(&exec->command), &handler);
}

/* ---- The face -------------------------------------------------------------------------- */

static struct hw_node *find_node(struct hw_fleet *fleet, const char *name, struct hw_err *err)
{
    for (size_t i = 0; i < fleet->count; i++) {
        struct hw_node *node = fleet->nodes[i];
        if (strcmp(node->name, name) != 0 || node->state == HW_NODE_GONE)
            continue;
        if (node->state == HW_NODE_LIVE)
            return node;
        hw_fail(err, HW_ERR_SERVICE, _("the node %s is not reached at the moment: %s"), name,
                *node->detail ? node->detail : hw_node_state_word(node->state));
        return NULL;
    }
    hw_fail(err, HW_ERR_NOT_FOUND, _("the node %s is not there any more"), name);
    return NULL;
}

struct hw_exec *hw_exec_start(struct hw_fleet *fleet, const char *name, const char *script,
                              hw_exec_fn *fn, void *data, struct hw_err *err)
{
    struct hw_node *node = find_node(fleet, name, err);
    bool ssh = node && strcmp(node->via, hw_way_ssh.name) == 0;
    if (!node)
        return NULL;
    if (!ssh && strcmp(node->via, hw_way_winrm.name) != 0) {
        hw_fail(err, HW_ERR_SERVICE, _("no command can be run on %s over %s"), name, node->via);
        return NULL;
    }
    struct hw_exec *exec = HW_NEW(struct hw_exec);
    *exec = (struct hw_exec){.fleet = fleet, .node = node, .fn = fn, .data = data};
    exec->command.max = HW_MAX_TEXT;
    exec->output.max = HW_EXEC_OUTPUT;
    if (!hw_script_encode(&exec->command, script)) {
        hw_fail(err, HW_ERR_LIMIT, "%s", _("the command for the node is too long"));
        hw_exec_free(exec);
        return NULL;
    }
    exec->timer = hw_loop_timer(fleet->loop, HW_EXEC_DEADLINE_MS, on_late, exec);
    if (ssh)
        start_ssh(exec);
    else
        start_winrm(exec);
    return exec;
}

const char *hw_exec_instance(const struct hw_exec *exec)
{
    return exec->node->instance;
}
