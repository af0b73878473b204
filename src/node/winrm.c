/* SPDX-License-Identifier: Apache-2.0 */
#include "node/winrm.h"

#include "base/mem.h"
#include "base/text.h"
#include "node/soap.h"

#define ANSWER_TIMEOUT_MS 30000L /* the long poll of 20 s, and 10 s for the way */
#define CLOSE_TIMEOUT_MS  2000L
#define KEPT_BYTES        2048u
#define PIECE_BYTES       2048u /* of output, handed on in one round of the loop */
#define HTTP_OK           200

enum stage { DELETE_OLD, CREATE, COMMAND, SEND, RECEIVE, SIGNAL, DELETE, OVER };

struct hw_winrm {
    struct hw_loop *loop;
    struct hw_wsman *way;
    struct hw_winrm_handler handler;
    char *line, *input, *old_shell, *shell, *command;
    enum stage stage;
    bool command_done;
    struct hw_buf request;
    bool receives;        /* request is a Receive */
    struct hw_buf output; /* came in one answer; handed on piece by piece */
    size_t handed;
    int exit_code;
    struct hw_timer *timer;
    void (*closed)(void *data);
    void *closed_data;
};

static const enum hw_soap_op op_of_stage[] = {
    [DELETE_OLD] = HW_SOAP_DELETE, [CREATE] = HW_SOAP_CREATE,   [COMMAND] = HW_SOAP_COMMAND,
    [SEND] = HW_SOAP_SEND,         [RECEIVE] = HW_SOAP_RECEIVE, [SIGNAL] = HW_SOAP_SIGNAL,
    [DELETE] = HW_SOAP_DELETE,
};

static void send_request(struct hw_winrm *winrm);

static void tell_end(struct hw_winrm *winrm, enum hw_winrm_end how, int exit_code,
                     const struct hw_err *err)
{
    struct hw_winrm_handler handler = winrm->handler;
    winrm->stage = OVER;
    winrm->handler = (struct hw_winrm_handler){0};
    if (handler.ended)
        handler.ended(handler.data, how, exit_code, err);
}

static void on_start(void *data)
{
    struct hw_winrm *winrm = data;
    winrm->timer = NULL;
    send_request(winrm);
}

struct hw_winrm *hw_winrm_start(struct hw_multi *multi, struct hw_loop *loop,
                                const struct hw_wsman_target *target,
                                const struct hw_winrm_command *command,
                                const struct hw_winrm_handler *handler)
{
    struct hw_winrm *winrm = HW_NEW(struct hw_winrm);
    winrm->loop = loop;
    winrm->handler = *handler;
    winrm->way = hw_wsman_new(multi, loop, target);
    winrm->line = hw_strdup(command->line);
    winrm->input = hw_strdup(command->input);
    winrm->old_shell = hw_strdup(command->old_shell);
    winrm->request.max = HW_MAX_SOAP;
    winrm->stage = winrm->old_shell ? DELETE_OLD : CREATE;
    winrm->timer = hw_loop_timer(loop, 0, on_start, winrm);
    return winrm;
}

const char *hw_winrm_shell(const struct hw_winrm *winrm)
{
    return winrm->shell;
}

void hw_winrm_free(struct hw_winrm *winrm)
{
    if (!winrm)
        return;
    hw_timer_cancel(winrm->timer);
    hw_wsman_free(winrm->way);
    free(winrm->line);
    free(winrm->input);
    free(winrm->old_shell);
    free(winrm->shell);
    free(winrm->command);
    hw_buf_done(&winrm->request);
    hw_buf_done(&winrm->output);
    free(winrm);
}

/* Answers. */

static void finish_close(struct hw_winrm *winrm)
{
    void (*closed)(void *data) = winrm->closed;
    void *data = winrm->closed_data;
    hw_winrm_free(winrm);
    if (closed)
        closed(data);
}

static void fail_fault(struct hw_winrm *winrm, const struct hw_soap_reply *reply)
{
    struct hw_err err = {0};
    if (reply->fault_code == HW_SOAP_SHELLS)
        hw_fail(&err, HW_ERR_BUSY, _("the node's quota of remote shells is used up"));
    else
        hw_fail(&err, HW_ERR_SERVICE, _("WinRM fault %u: %s"), reply->fault_code,
                reply->fault_text ? reply->fault_text : "");
    tell_end(winrm, HW_WINRM_LOST, 0, &err);
}

/* A thousand nodes must not each keep the memory of their largest answer. */
static void forget(struct hw_buf *buf)
{
    if (buf->capacity > KEPT_BYTES)
        hw_buf_done(buf);
    hw_buf_clear(buf);
}

/* An answer may hold a thousand lines, and a screen must not wait until all are taken in. The next
 * Receive goes out when nothing is left, so that a busy reader slows the node down. */
static void hand_on(void *data)
{
    struct hw_winrm *winrm = data;
    struct hw_winrm_handler *handler = &winrm->handler;
    size_t left = winrm->output.len - winrm->handed;
    size_t n = left < PIECE_BYTES ? left : PIECE_BYTES;
    winrm->timer = NULL;
    if (n && handler->output)
        handler->output(handler->data, false, winrm->output.data + winrm->handed, n);
    winrm->handed += n;
    if (n < left) {
        winrm->timer = hw_loop_timer(winrm->loop, 0, hand_on, winrm);
        return;
    }
    hw_buf_done(&winrm->output);
    if (winrm->command_done)
        tell_end(winrm, HW_WINRM_ENDED, winrm->exit_code, NULL);
    else
        send_request(winrm);
}

static void receive(struct hw_winrm *winrm, struct hw_soap_reply *reply)
{
    struct hw_winrm_handler *handler = &winrm->handler;
    if (reply->err.len && handler->output)
        handler->output(handler->data, true, reply->err.data, reply->err.len);
    winrm->command_done = reply->done;
    winrm->exit_code = reply->exit_code;
    winrm->output = reply->out;
    reply->out = (struct hw_buf){0};
    winrm->handed = 0;
    hand_on(winrm);
}

static void fail_missing_id(struct hw_winrm *winrm)
{
    struct hw_err err = {0};
    hw_fail(&err, HW_ERR_PROTOCOL, _("the node's answer lacks the id of the shell or command"));
    tell_end(winrm, HW_WINRM_LOST, 0, &err);
}

static void go_on(struct hw_winrm *winrm, struct hw_soap_reply *reply)
{
    char **id = winrm->stage == CREATE ? &winrm->shell : &winrm->command;
    char *given = winrm->stage == CREATE ? reply->shell : reply->command;
    switch (winrm->stage) {
    case DELETE_OLD:
        winrm->stage = CREATE;
        break;
    case CREATE:
    case COMMAND:
        if (!given) {
            fail_missing_id(winrm);
            return;
        }
        *id = hw_strdup(given);
        if (winrm->stage == COMMAND)
            hw_replace(&winrm->line, NULL); /* a thousand nodes need not each keep it */
        winrm->stage = winrm->stage == CREATE ? COMMAND : winrm->input ? SEND : RECEIVE;
        break;
    case SEND:
        hw_replace(&winrm->input, NULL);
        winrm->stage = RECEIVE;
        break;
    case RECEIVE:
        receive(winrm, reply);
        return;
    case SIGNAL:
        winrm->stage = DELETE;
        break;
    case DELETE:
    case OVER:
        return;
    }
    if (winrm->stage == RECEIVE && winrm->handler.opened)
        winrm->handler.opened(winrm->handler.data);
    send_request(winrm);
}

static void read_answer(struct hw_winrm *winrm, long status, const struct hw_buf *answer)
{
    struct hw_soap_reply reply;
    struct hw_err err = {0};
    if (!hw_soap_read(hw_buf_cstr(answer), answer->len, &reply, &err)) {
        if (status != HTTP_OK)
            hw_fail(&err, HW_ERR_SERVICE, _("the node answered with HTTP status %ld"), status);
        tell_end(winrm, HW_WINRM_LOST, 0, &err);
    } else if (!reply.fault) {
        go_on(winrm, &reply);
    } else if (winrm->stage == DELETE_OLD) {
        go_on(winrm, &reply); /* it is gone already */
    } else if (winrm->stage == RECEIVE && reply.fault_code == HW_SOAP_TIMED_OUT) {
        send_request(winrm);
    } else {
        fail_fault(winrm, &reply);
    }
    hw_soap_reply_done(&reply);
}

static void on_answer(void *data, enum hw_wsman_end end, long status, const struct hw_buf *answer,
                      const struct hw_err *err)
{
    struct hw_winrm *winrm = data;
    if (winrm->stage == DELETE || (winrm->stage == SIGNAL && end != HW_WSMAN_ANSWERED)) {
        finish_close(winrm);
    } else if (winrm->stage == SIGNAL) {
        winrm->stage = DELETE;
        send_request(winrm);
    } else if (end == HW_WSMAN_ANSWERED) {
        read_answer(winrm, status, answer);
    } else {
        tell_end(winrm, end == HW_WSMAN_LOST ? HW_WINRM_LOST : HW_WINRM_REFUSED, 0, err);
    }
}

static void send_request(struct hw_winrm *winrm)
{
    struct hw_soap_request request = {
        .op = op_of_stage[winrm->stage],
        .url = hw_wsman_url(winrm->way),
        .shell = winrm->stage == DELETE_OLD ? winrm->old_shell : winrm->shell,
        .command = winrm->command,
        .text = winrm->stage == COMMAND ? winrm->line : winrm->input,
    };
    bool closing = winrm->stage == SIGNAL || winrm->stage == DELETE;
    if (winrm->receives && winrm->stage == RECEIVE) {
        hw_soap_renew(&winrm->request);
    } else {
        forget(&winrm->request);
        hw_soap_write(&winrm->request, &request);
    }
    winrm->receives = winrm->stage == RECEIVE;
    hw_wsman_post(winrm->way, &winrm->request, closing ? CLOSE_TIMEOUT_MS : ANSWER_TIMEOUT_MS,
                  on_answer, winrm);
}

static void on_close(void *data)
{
    struct hw_winrm *winrm = data;
    winrm->timer = NULL;
    if (winrm->shell)
        send_request(winrm);
    else
        finish_close(winrm);
}

void hw_winrm_close(struct hw_winrm *winrm, void (*closed)(void *data), void *data)
{
    winrm->closed = closed;
    winrm->closed_data = data;
    winrm->handler = (struct hw_winrm_handler){0};
    hw_wsman_drop(winrm->way);
    winrm->stage = winrm->command && !winrm->command_done ? SIGNAL : DELETE;
    hw_timer_cancel(winrm->timer);
    winrm->timer = hw_loop_timer(winrm->loop, 0, on_close, winrm);
}
