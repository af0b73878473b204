/* SPDX-License-Identifier: Apache-2.0 */
#include "wsman-client.h"

#include <curl/curl.h>
#include <pthread.h>

#include "base/mem.h"
#include "base/text.h"

#define WATCHDOG_S 60L
#define ADDRESSING "http://schemas.xmlsoap.org/ws/2004/08/addressing"
#define TRANSFER   "http://schemas.xmlsoap.org/ws/2004/09/transfer"
#define SHELL      "http://schemas.microsoft.com/wbem/wsman/1/windows/shell"

struct wsman_call {
    struct wsman_client *client;
    pthread_t thread;
    char *url, *user_password, *envelope;
    bool finished;
    struct wsman_reply reply;
};

void wsman_reply_done(struct wsman_reply *reply)
{
    hw_buf_done(&reply->headers);
    hw_buf_done(&reply->body);
    *reply = (struct wsman_reply){0};
}

void wsman_client_init(struct wsman_client *client, struct hw_loop *loop, const char *address,
                       unsigned port, const char *user_password)
{
    *client = (struct wsman_client){.loop = loop, .user_password = user_password};
    snprintf(client->url, sizeof client->url, "https://%s:%u/wsman", address, port);
}

static size_t on_bytes(char *bytes, size_t size, size_t count, void *data)
{
    hw_buf_add(data, bytes, size * count);
    return size * count;
}

static void on_finished(void *data)
{
    struct wsman_call *call = data;
    call->finished = true;
}

static void *perform(void *data)
{
    struct wsman_call *call = data;
    CURL *curl = curl_easy_init();
    struct curl_slist *headers =
        curl_slist_append(NULL, "Content-Type: application/soap+xml;charset=UTF-8");
    headers = curl_slist_append(headers, "Expect:");
    curl_easy_setopt(curl, CURLOPT_URL, call->url);
    curl_easy_setopt(curl, CURLOPT_USERPWD, call->user_password);
    curl_easy_setopt(curl, CURLOPT_HTTPAUTH, CURLAUTH_BASIC);
    curl_easy_setopt(curl, CURLOPT_POSTFIELDS, call->envelope);
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(curl, CURLOPT_SSL_VERIFYPEER, 0L);
    curl_easy_setopt(curl, CURLOPT_SSL_VERIFYHOST, 0L);
    curl_easy_setopt(curl, CURLOPT_PROXY, "");
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_TIMEOUT, WATCHDOG_S);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, on_bytes);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, &call->reply.body);
    curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, on_bytes);
    curl_easy_setopt(curl, CURLOPT_HEADERDATA, &call->reply.headers);
    call->reply.answered = curl_easy_perform(curl) == CURLE_OK;
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &call->reply.status);
    curl_slist_free_all(headers);
    curl_easy_cleanup(curl);
    hw_loop_post(call->client->loop, on_finished, call);
    return NULL;
}

struct wsman_call *wsman_begin(struct wsman_client *client, const char *envelope)
{
    struct wsman_call *call = HW_NEW(struct wsman_call);
    call->client = client;
    call->url = hw_strdup(client->url);
    call->user_password = hw_strdup(client->user_password);
    call->envelope = hw_strdup(envelope);
    call->reply.headers.max = HW_MAX_TEXT;
    call->reply.body.max = HW_MAX_SOAP;
    pthread_create(&call->thread, NULL, perform, call);
    return call;
}

void wsman_end(struct wsman_call *call, struct wsman_reply *ret)
{
    while (!call->finished)
        hw_loop_step(call->client->loop, -1);
    pthread_join(call->thread, NULL);
    *ret = call->reply;
    free(call->url);
    free(call->user_password);
    free(call->envelope);
    free(call);
}

void wsman_send(struct wsman_client *client, const char *envelope, struct wsman_reply *ret)
{
    wsman_end(wsman_begin(client, envelope), ret);
}

void wsman_put(struct wsman_client *client, struct hw_buf *out, const char *action,
               const char *timeout, const char *body)
{
    hw_buf_print(out,
                 "<?xml version=\"1.0\" encoding=\"utf-8\"?><env:Envelope "
                 "xmlns:env=\"http://www.w3.org/2003/05/soap-envelope\" xmlns:a=\"" ADDRESSING "\" "
                 "xmlns:w=\"http://schemas.dmtf.org/wbem/wsman/1/wsman.xsd\" xmlns:rsp=\"" SHELL
                 "\"><env:Header><a:To>%s</a:To><a:MessageID>uuid:%u</a:MessageID>"
                 "<w:MaxEnvelopeSize env:mustUnderstand=\"true\">153600</w:MaxEnvelopeSize>"
                 "<w:OperationTimeout>%s</w:OperationTimeout>"
                 "<w:ResourceURI env:mustUnderstand=\"true\">" SHELL "/cmd</w:ResourceURI>"
                 "<a:Action env:mustUnderstand=\"true\">%s</a:Action>",
                 client->url, ++client->next_message, timeout, action);
    if (*client->shell)
        hw_buf_print(out,
                     "<w:SelectorSet><w:Selector Name=\"ShellId\">%s</w:Selector>"
                     "</w:SelectorSet>",
                     client->shell);
    hw_buf_print(out, "</env:Header><env:Body>%s</env:Body></env:Envelope>", body);
}

/* The text between `from` and '<', into out. */
static void cut_out(const struct wsman_reply *reply, const char *from, char *out, size_t size)
{
    const char *at = strstr(hw_buf_cstr(&reply->body), from);
    at = at ? at + strlen(from) : "";
    snprintf(out, size, "%.*s", (int)strcspn(at, "<"), at);
}

static bool operate(struct wsman_client *client, const char *action, const char *timeout,
                    const char *body, struct wsman_reply *ret)
{
    hw_auto(hw_buf) envelope = HW_BUF(HW_MAX_SOAP);
    wsman_put(client, &envelope, action, timeout, body);
    wsman_send(client, hw_buf_cstr(&envelope), ret);
    return ret->answered && ret->status == 200;
}

bool wsman_create(struct wsman_client *client, struct wsman_reply *ret)
{
    client->shell[0] = '\0';
    bool ok = operate(client, TRANSFER "/Create", "PT20S",
                      "<rsp:Shell><rsp:IdleTimeOut>PT180S</rsp:IdleTimeOut>"
                      "<rsp:InputStreams>stdin</rsp:InputStreams>"
                      "<rsp:OutputStreams>stdout stderr</rsp:OutputStreams></rsp:Shell>",
                      ret);
    if (ok)
        cut_out(ret, "Name=\"ShellId\">", client->shell, sizeof client->shell);
    return ok;
}

bool wsman_command(struct wsman_client *client, const char *line, struct wsman_reply *ret)
{
    hw_auto(hw_buf) body = HW_BUF(HW_MAX_SOAP);
    hw_buf_text(&body, "<rsp:CommandLine><rsp:Command>");
    hw_buf_xml(&body, line);
    hw_buf_text(&body, "</rsp:Command></rsp:CommandLine>");
    bool ok = operate(client, SHELL "/Command", "PT20S", hw_buf_cstr(&body), ret);
    if (ok)
        cut_out(ret, "<rsp:CommandId>", client->command, sizeof client->command);
    return ok;
}

bool wsman_input(struct wsman_client *client, const char *text, bool end, struct wsman_reply *ret)
{
    hw_auto(hw_buf) body = HW_BUF(HW_MAX_SOAP);
    hw_buf_print(&body, "<rsp:Send><rsp:Stream Name=\"stdin\" CommandId=\"%s\"%s>", client->command,
                 end ? " End=\"true\"" : "");
    hw_buf_base64(&body, text, strlen(text));
    hw_buf_text(&body, "</rsp:Stream></rsp:Send>");
    return operate(client, SHELL "/Send", "PT20S", hw_buf_cstr(&body), ret);
}

static char *receive_body(const struct wsman_client *client)
{
    return hw_format("<rsp:Receive><rsp:DesiredStream CommandId=\"%s\">stdout stderr"
                     "</rsp:DesiredStream></rsp:Receive>",
                     client->command);
}

bool wsman_receive(struct wsman_client *client, const char *timeout, struct wsman_reply *ret)
{
    hw_auto_text body = receive_body(client);
    return operate(client, SHELL "/Receive", timeout, body, ret);
}

struct wsman_call *wsman_begin_receive(struct wsman_client *client, const char *timeout)
{
    hw_auto_text body = receive_body(client);
    hw_auto(hw_buf) envelope = HW_BUF(HW_MAX_SOAP);
    wsman_put(client, &envelope, SHELL "/Receive", timeout, body);
    return wsman_begin(client, hw_buf_cstr(&envelope));
}

bool wsman_signal(struct wsman_client *client, const char *code, struct wsman_reply *ret)
{
    hw_auto_text body = hw_format("<rsp:Signal CommandId=\"%s\"><rsp:Code>" SHELL
                                  "/signal/%s</rsp:Code></rsp:Signal>",
                                  client->command, code);
    return operate(client, SHELL "/Signal", "PT20S", body, ret);
}

bool wsman_delete(struct wsman_client *client, struct wsman_reply *ret)
{
    return operate(client, TRANSFER "/Delete", "PT20S", "", ret);
}

void wsman_stream(const struct wsman_reply *reply, const char *name, struct hw_buf *out)
{
    hw_auto_text mark = hw_format("<rsp:Stream Name=\"%s\"", name);
    const char *at = hw_buf_cstr(&reply->body);
    while ((at = strstr(at, mark))) {
        at = strchr(at, '>') + 1;
        hw_buf_unbase64(out, at, strcspn(at, "<"));
    }
}

bool wsman_is_done(const struct wsman_reply *reply, int *ret_exit_code)
{
    char code[32];
    if (!strstr(hw_buf_cstr(&reply->body), "CommandState/Done"))
        return false;
    cut_out(reply, "<rsp:ExitCode>", code, sizeof code);
    *ret_exit_code = (int)strtol(code, NULL, 10);
    return true;
}

unsigned long wsman_fault(const struct wsman_reply *reply)
{
    const char *at = strstr(hw_buf_cstr(&reply->body), "Code=\"");
    return at ? strtoul(at + strlen("Code=\""), NULL, 10) : 0;
}

void wsman_follower(struct hw_buf *out)
{
    static const char script[] = "Put ('@H 1 {0}' -f $PID) # é";
    hw_auto(hw_buf) wide = HW_BUF(4096);
    hw_buf_utf16le(&wide, script, strlen(script));
    hw_buf_text(out, "powershell -NoProfile -NonInteractive -InputFormat None "
                     "-ExecutionPolicy Bypass -EncodedCommand ");
    hw_buf_base64(out, wide.data, wide.len);
}
