/* SPDX-License-Identifier: Apache-2.0 */
#include "node/winrm.h"

#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>

#include "base/log.h"
#include "base/mem.h"
#include "base/text.h"
#include "node/soap.h"

#define CONNECT_TIMEOUT_MS 10000L
#define ANSWER_TIMEOUT_MS  30000L /* the long poll of 20 s, and 10 s for the way */
#define CLOSE_TIMEOUT_MS   2000L
#define KEPT_BYTES         (16u * 1024u)
#define PIECE_BYTES        2048u /* of output, handed on in one round of the loop */
#define HTTP_OK            200
#define HTTP_UNAUTHORIZED  401
#define HTTP_FAULT         500

enum stage { DELETE_OLD, CREATE, COMMAND, SEND, RECEIVE, SIGNAL, DELETE, OVER };

struct hw_winrm {
    struct hw_multi *multi;
    struct hw_loop *loop;
    struct hw_winrm_handler handler;
    CURL *easy;
    struct curl_slist *headers;
    char *url, *pin, *line, *input, *old_shell, *shell, *command;
    char seen_pin[HW_WINRM_PIN_SIZE]; /* what the machine showed when it was not the pin */
    char curl_error[CURL_ERROR_SIZE];
    enum stage stage;
    bool command_done, begun;
    struct hw_buf request, answer;
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

/* The certificate. */

/* In place of OpenSSL's own check of the chain: the leaf must be the one that was published. */
static int check_pin(X509_STORE_CTX *context, void *data)
{
    struct hw_winrm *winrm = data;
    X509 *leaf = X509_STORE_CTX_get0_cert(context);
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned size = 0;
    hw_auto(hw_buf) hex = HW_BUF(2 * EVP_MAX_MD_SIZE);
    bool right = leaf && X509_digest(leaf, EVP_sha256(), digest, &size) &&
                 hw_buf_hex(&hex, digest, size) && !strcmp(hw_buf_cstr(&hex), winrm->pin);
    if (!right)
        snprintf(winrm->seen_pin, sizeof winrm->seen_pin, "%s", hw_buf_cstr(&hex));
    X509_STORE_CTX_set_error(context, right ? X509_V_OK : X509_V_ERR_CERT_UNTRUSTED);
    return right;
}

static CURLcode set_up_tls(CURL *easy HW_UNUSED, void *ssl_context, void *data)
{
    SSL_CTX_set_cert_verify_callback(ssl_context, check_pin, data);
    return CURLE_OK;
}

/* Starting. */

static size_t on_bytes(char *bytes, size_t size, size_t count, void *data)
{
    struct hw_winrm *winrm = data;
    return hw_buf_add(&winrm->answer, bytes, size * count) ? size * count : 0;
}

/* False: libcurl was built without what the pin needs; then nothing may be sent. */
static bool set_up_curl(struct hw_winrm *winrm, const struct hw_winrm_target *target)
{
    CURL *easy = winrm->easy;
    bool ok = curl_easy_setopt(easy, CURLOPT_SSL_CTX_FUNCTION, set_up_tls) == CURLE_OK &&
              curl_easy_setopt(easy, CURLOPT_SSL_CTX_DATA, winrm) == CURLE_OK &&
              curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 1L) == CURLE_OK;
    curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 0L);
    curl_easy_setopt(easy, CURLOPT_SSL_SESSIONID_CACHE, 0L); /* resuming would skip the check */
    curl_easy_setopt(easy, CURLOPT_CAINFO, NULL);
    curl_easy_setopt(easy, CURLOPT_CAPATH, NULL);
    curl_easy_setopt(easy, CURLOPT_URL, winrm->url);
    curl_easy_setopt(easy, CURLOPT_PROXY, "");
    curl_easy_setopt(easy, CURLOPT_TCP_KEEPALIVE, 1L);
    curl_easy_setopt(easy, CURLOPT_TCP_KEEPIDLE, 15L);
    curl_easy_setopt(easy, CURLOPT_TCP_KEEPINTVL, 15L);
    curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1);
    curl_easy_setopt(easy, CURLOPT_HTTPAUTH, CURLAUTH_BASIC);
    curl_easy_setopt(easy, CURLOPT_USERNAME, target->user);
    curl_easy_setopt(easy, CURLOPT_PASSWORD, hw_secret_bytes(target->password));
    curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, CONNECT_TIMEOUT_MS);
    curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, winrm->curl_error);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_bytes);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, winrm);
    curl_easy_setopt(easy, CURLOPT_HTTPHEADER, winrm->headers);
    return ok;
}

static void tell_end(struct hw_winrm *winrm, enum hw_winrm_end how, int exit_code,
                     const struct hw_err *err)
{
    struct hw_winrm_handler handler = winrm->handler;
    winrm->stage = OVER;
    winrm->handler = (struct hw_winrm_handler){0};
    if (handler.ended)
        handler.ended(handler.data, how, exit_code, err);
}

static void on_unusable(void *data)
{
    struct hw_winrm *winrm = data;
    struct hw_err err = {0};
    winrm->timer = NULL;
    hw_fail(&err, HW_ERR_IO, _("libcurl was built without OpenSSL, which pinning needs"));
    tell_end(winrm, HW_WINRM_REFUSED, 0, &err);
}

static void on_start(void *data)
{
    struct hw_winrm *winrm = data;
    winrm->timer = NULL;
    send_request(winrm);
}

struct hw_winrm *hw_winrm_start(struct hw_multi *multi, struct hw_loop *loop,
                                const struct hw_winrm_target *target,
                                const struct hw_winrm_command *command,
                                const struct hw_winrm_handler *handler)
{
    struct hw_winrm *winrm = HW_NEW(struct hw_winrm);
    winrm->multi = multi;
    winrm->loop = loop;
    winrm->handler = *handler;
    winrm->url = hw_format("https://%s:%u/wsman", target->address,
                           target->port ? target->port : HW_WINRM_PORT);
    winrm->pin = hw_strdup(target->pin);
    winrm->line = hw_strdup(command->line);
    winrm->input = hw_strdup(command->input);
    winrm->old_shell = hw_strdup(command->old_shell);
    winrm->request.max = winrm->answer.max = HW_MAX_SOAP;
    winrm->stage = winrm->old_shell ? DELETE_OLD : CREATE;
    winrm->headers = curl_slist_append(NULL, "Content-Type: application/soap+xml;charset=UTF-8");
    winrm->headers = curl_slist_append(winrm->headers, "Expect:");
    winrm->easy = curl_easy_init();
    bool usable = set_up_curl(winrm, target);
    winrm->timer = hw_loop_timer(loop, 0, usable ? on_start : on_unusable, winrm);
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
    hw_multi_remove(winrm->multi, winrm->easy);
    curl_easy_cleanup(winrm->easy);
    curl_slist_free_all(winrm->headers);
    free(winrm->url);
    free(winrm->pin);
    free(winrm->line);
    free(winrm->input);
    free(winrm->old_shell);
    free(winrm->shell);
    free(winrm->command);
    hw_buf_done(&winrm->request);
    hw_buf_done(&winrm->answer);
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

static void fail_pin(struct hw_winrm *winrm)
{
    struct hw_err err = {0};
    hw_fail(&err, HW_ERR_AUTH,
            _("the certificate is not the one the node published: expected %s, got %s"), winrm->pin,
            winrm->seen_pin);
    hw_err_next(&err, _("Somebody may be in between. Compare both with the certificate on the "
                        "node, then replace the node or its tag hpcwiz:winrm-sha256."));
    tell_end(winrm, HW_WINRM_REFUSED, 0, &err);
}

static void fail_transfer(struct hw_winrm *winrm, CURLcode code)
{
    struct hw_err err = {0};
    if (*winrm->seen_pin) {
        fail_pin(winrm);
        return;
    }
    if (winrm->answer.full)
        hw_fail(&err, HW_ERR_LIMIT, _("the answer of the node is larger than %u bytes"),
                HW_MAX_SOAP);
    else
        hw_fail(&err, HW_ERR_NETWORK, "%s",
                *winrm->curl_error ? winrm->curl_error : curl_easy_strerror(code));
    tell_end(winrm, HW_WINRM_LOST, 0, &err);
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

static void fail_status(struct hw_winrm *winrm, long status)
{
    struct hw_err err = {0};
    if (status != HTTP_UNAUTHORIZED) {
        hw_fail(&err, HW_ERR_SERVICE, _("the node answered with HTTP status %ld"), status);
        tell_end(winrm, HW_WINRM_LOST, 0, &err);
        return;
    }
    hw_fail(&err, HW_ERR_AUTH, _("the node refused user name or password (401)"));
    hw_err_next(&err, _("Not tried again, since that could lock the account. Was the password "
                        "changed after launch?"));
    tell_end(winrm, HW_WINRM_REFUSED, 0, &err);
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
    forget(&winrm->answer);
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
        winrm->stage = winrm->stage == CREATE ? COMMAND : winrm->input ? SEND : RECEIVE;
        break;
    case SEND:
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

static void read_answer(struct hw_winrm *winrm, long status)
{
    struct hw_soap_reply reply;
    struct hw_err err = {0};
    if (!hw_soap_read(hw_buf_cstr(&winrm->answer), winrm->answer.len, &reply, &err)) {
        if (status == HTTP_OK)
            tell_end(winrm, HW_WINRM_LOST, 0, &err);
        else
            fail_status(winrm, status);
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

static void on_answer(void *data, CURL *easy, CURLcode code)
{
    struct hw_winrm *winrm = data;
    long status = 0;
    curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
    if (winrm->stage == DELETE || (winrm->stage == SIGNAL && code != CURLE_OK)) {
        finish_close(winrm);
    } else if (winrm->stage == SIGNAL) {
        winrm->stage = DELETE;
        send_request(winrm);
    } else if (code != CURLE_OK) {
        hw_trace("winrm", "%s: %s", winrm->url, winrm->curl_error);
        fail_transfer(winrm, code);
    } else if (status == HTTP_OK || status == HTTP_FAULT) {
        read_answer(winrm, status);
    } else {
        fail_status(winrm, status);
    }
}

static void send_request(struct hw_winrm *winrm)
{
    struct hw_soap_request request = {
        .op = op_of_stage[winrm->stage],
        .url = winrm->url,
        .shell = winrm->stage == DELETE_OLD ? winrm->old_shell : winrm->shell,
        .command = winrm->command,
        .text = winrm->stage == COMMAND ? winrm->line : winrm->input,
    };
    bool closing = winrm->stage == SIGNAL || winrm->stage == DELETE;
    forget(&winrm->request);
    forget(&winrm->answer);
    hw_soap_write(&winrm->request, &request);
    *winrm->curl_error = '\0';
    curl_easy_setopt(winrm->easy, CURLOPT_POSTFIELDS, hw_buf_cstr(&winrm->request));
    curl_easy_setopt(winrm->easy, CURLOPT_POSTFIELDSIZE, (long)winrm->request.len);
    curl_easy_setopt(winrm->easy, CURLOPT_TIMEOUT_MS,
                     closing ? CLOSE_TIMEOUT_MS : ANSWER_TIMEOUT_MS);
    /* An address may have been another machine's: its kept connection must not be used. */
    curl_easy_setopt(winrm->easy, CURLOPT_FRESH_CONNECT, winrm->begun ? 0L : 1L);
    winrm->begun = true;
    hw_multi_add(winrm->multi, winrm->easy, on_answer, winrm);
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
    hw_multi_remove(winrm->multi, winrm->easy);
    winrm->stage = winrm->command && !winrm->command_done ? SIGNAL : DELETE;
    hw_timer_cancel(winrm->timer);
    winrm->timer = hw_loop_timer(winrm->loop, 0, on_close, winrm);
}
