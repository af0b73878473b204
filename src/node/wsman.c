/* SPDX-License-Identifier: Apache-2.0 */
#include "node/wsman.h"

#include <strings.h>

#include "base/log.h"
#include "base/mem.h"
#include "base/text.h"
#include "node/certificate.h"
#include "node/negotiate.h"

#define CONNECT_TIMEOUT_MS 10000L
#define LEG_TIMEOUT_MS     15000L
#define LEGS_MAX           8u /* NTLM takes two, Kerberos one or two */
#define KEPT_BYTES         2048u
#define READ_BYTES         4096L  /* at once: a long poll holds this memory all the while */
#define WRITE_BYTES        16384L /* the least that libcurl takes, of 64 KiB */
#define SEALED_EXTRA       (64u * 1024u)
#define HTTP_OK            200
#define HTTP_UNAUTHORIZED  401
#define HTTP_FAULT         500
#define SCHEME             "Negotiate"
#define PLAIN_TYPE         "application/soap+xml;charset=UTF-8"
#define MUTUAL             "Authorization: http://schemas.dmtf.org/wbem/wsman/1/wsman/secprofile/https/mutual"

enum leg {
    ASKING,  /* what the machine offers, and its certificate, which the tokens are bound to */
    PROVING, /* a token is under way, or being made */
    CARRYING /* the message */
};

struct hw_wsman {
    struct hw_multi *multi;
    struct hw_loop *loop;
    struct hw_work *work;
    char *url, *user, *host, *cert_file, *key_file;
    struct hw_secret *password;
    enum hw_wsman_auth auth;
    bool plain;
    CURL *easy;
    struct curl_slist *headers, *connect_to;
    bool carries; /* headers are those of a message */
    struct hw_timer *timer;
    char curl_error[CURL_ERROR_SIZE];
    struct hw_certificate certificate; /* of the machine */
    unsigned attempts;                 /* how often libcurl sent what is being sent */

    struct hw_negotiate *negotiate; /* of the connection; NULL: none yet */
    enum leg leg;
    unsigned legs;
    bool proven;    /* the connection carries messages */
    bool renewed;   /* proven anew for the message under way */
    bool offered;   /* Negotiate, in the answer under way */
    bool basic;     /* Basic is offered there */
    bool connected; /* a first request has been sent */
    struct hw_buf challenge;
    bool misfit; /* the target cannot be used */

    const struct hw_buf *message; /* under way; NULL: none */
    long timeout_ms;
    hw_wsman_fn *fn;
    void *data;
    struct hw_buf sealed, answer, opened;
};

/* A thousand nodes must not each keep the memory of their largest answer. */
static void forget(struct hw_buf *buf)
{
    if (buf->capacity > KEPT_BYTES)
        hw_buf_done(buf);
    hw_buf_clear(buf);
}

static void tell(struct hw_wsman *wsman, enum hw_wsman_end end, long status,
                 const struct hw_buf *answer, const struct hw_err *err)
{
    hw_wsman_fn *fn = wsman->fn;
    wsman->message = NULL;
    wsman->fn = NULL;
    fn(wsman->data, end, status, answer, err);
}

/* Setting up. */

static size_t on_bytes(char *bytes, size_t size, size_t count, void *data)
{
    struct hw_wsman *wsman = data;
    return hw_buf_add(&wsman->answer, bytes, size * count) ? size * count : 0;
}

/* "WWW-Authenticate: Negotiate" or "... Negotiate <token>". */
static size_t on_header(char *bytes, size_t size, size_t count, void *data)
{
    static const char name[] = "WWW-Authenticate:";
    struct hw_wsman *wsman = data;
    if (size * count < strlen(name) || strncasecmp(bytes, name, strlen(name)) != 0)
        return size * count;
    hw_auto_text line = hw_strndup(bytes, size * count);
    struct hw_span value = hw_text_trim(line + strlen(name), strlen(line) - strlen(name));
    wsman->basic = wsman->basic || !strncasecmp(value.p, "Basic", strlen("Basic"));
    hw_auto_text offer = hw_strndup(value.p, value.n);
    size_t scheme = strlen(SCHEME);
    if (strncasecmp(offer, SCHEME, scheme) != 0 || (offer[scheme] && offer[scheme] != ' '))
        return size * count;
    wsman->offered = true;
    hw_buf_clear(&wsman->challenge);
    if (offer[scheme] &&
        !hw_buf_unbase64(&wsman->challenge, offer + scheme + 1, strlen(offer + scheme + 1)))
        hw_buf_clear(&wsman->challenge);
    return size * count;
}

static void set_up_proof(struct hw_wsman *wsman)
{
    CURL *easy = wsman->easy;
    if (wsman->auth == HW_WSMAN_BASIC) {
        curl_easy_setopt(easy, CURLOPT_HTTPAUTH, CURLAUTH_BASIC);
        curl_easy_setopt(easy, CURLOPT_USERNAME, wsman->user);
        curl_easy_setopt(easy, CURLOPT_PASSWORD, hw_secret_bytes(wsman->password));
    } else if (wsman->auth == HW_WSMAN_MUTUAL) {
        curl_easy_setopt(easy, CURLOPT_SSLCERT, wsman->cert_file);
        curl_easy_setopt(easy, CURLOPT_SSLKEY, wsman->key_file);
    }
}

/* libcurl repeats by itself, over a new connection, what got no byte of an answer on one that it
 * had kept: the node may have done it the first time, and given away what it answered with. */
static int on_attempt(void *data, char *remote_ip HW_UNUSED, char *local_ip HW_UNUSED,
                      int remote_port HW_UNUSED, int local_port HW_UNUSED)
{
    struct hw_wsman *wsman = data;
    wsman->attempts++;
    return CURL_PREREQFUNC_OK;
}

static bool set_up_curl(struct hw_wsman *wsman)
{
    CURL *easy = wsman->easy;
    bool ok = hw_certificate_set_up(&wsman->certificate, easy);
    set_up_proof(wsman);
    curl_easy_setopt(easy, CURLOPT_URL, wsman->url);
    curl_easy_setopt(easy, CURLOPT_CONNECT_TO, wsman->connect_to);
    curl_easy_setopt(easy, CURLOPT_PROXY, "");
    curl_easy_setopt(easy, CURLOPT_TCP_KEEPALIVE, 1L);
    curl_easy_setopt(easy, CURLOPT_TCP_KEEPIDLE, 15L);
    curl_easy_setopt(easy, CURLOPT_TCP_KEEPINTVL, 15L);
    curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1);
    curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, CONNECT_TIMEOUT_MS);
    curl_easy_setopt(easy, CURLOPT_BUFFERSIZE, READ_BYTES);
    curl_easy_setopt(easy, CURLOPT_UPLOAD_BUFFERSIZE, WRITE_BYTES);
    curl_easy_setopt(easy, CURLOPT_PREREQFUNCTION, on_attempt);
    curl_easy_setopt(easy, CURLOPT_PREREQDATA, wsman);
    curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, wsman->curl_error);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_bytes);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, wsman);
    curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_header);
    curl_easy_setopt(easy, CURLOPT_HEADERDATA, wsman);
    return ok;
}

static bool is_misfit(const struct hw_wsman_target *target)
{
    bool tells_password = target->auth == HW_WSMAN_BASIC && !target->plain;
    bool has_trust =
        target->plain || target->pin || (target->ca_file && target->host) || target->unknown;
    return !has_trust || (target->plain && target->auth != HW_WSMAN_NEGOTIATE) ||
           (target->auth == HW_WSMAN_NEGOTIATE && !target->work) ||
           (target->auth == HW_WSMAN_MUTUAL && (!target->cert_file || !target->key_file)) ||
           ((tells_password || target->auth == HW_WSMAN_NEGOTIATE) && !target->user) ||
           (tells_password && !target->password) ||
           (target->auth == HW_WSMAN_NEGOTIATE && !target->password && !target->host);
}

struct hw_wsman *hw_wsman_new(struct hw_multi *multi, struct hw_loop *loop,
                              const struct hw_wsman_target *target)
{
    struct hw_wsman *wsman = HW_NEW(struct hw_wsman);
    unsigned port = target->port    ? target->port
                    : target->plain ? HW_WSMAN_PLAIN_PORT
                                    : HW_WSMAN_PORT;
    bool by_name = !target->plain && !target->pin && target->host;
    wsman->multi = multi;
    wsman->loop = loop;
    wsman->work = target->work;
    wsman->auth = target->auth;
    wsman->plain = target->plain;
    wsman->url = hw_format("%s://%s:%u/wsman", target->plain ? "http" : "https",
                           by_name ? target->host : target->address, port);
    if (by_name) {
        hw_auto_text way = hw_format("::%s:%u", target->address, port);
        wsman->connect_to = curl_slist_append(NULL, way);
    }
    wsman->user = hw_strdup(target->user);
    wsman->host = hw_strdup(target->host);
    wsman->certificate = (struct hw_certificate){.pin = hw_strdup(target->pin),
                                                 .ca_file = hw_strdup(target->ca_file),
                                                 .unknown = target->unknown,
                                                 .unknown_data = target->unknown_data};
    wsman->cert_file = hw_strdup(target->cert_file);
    wsman->key_file = hw_strdup(target->key_file);
    wsman->password = hw_secret_copy(target->password);
    wsman->answer.max = wsman->opened.max = HW_MAX_SOAP;
    wsman->sealed.max = HW_MAX_SOAP + SEALED_EXTRA;
    wsman->challenge.max = SEALED_EXTRA;
    wsman->easy = curl_easy_init();
    wsman->misfit = is_misfit(target) || !set_up_curl(wsman);
    return wsman;
}

const char *hw_wsman_url(const struct hw_wsman *wsman)
{
    return wsman->url;
}

void hw_wsman_drop(struct hw_wsman *wsman)
{
    hw_timer_cancel(wsman->timer);
    wsman->timer = NULL;
    hw_multi_remove(wsman->multi, wsman->easy);
    if (wsman->message && wsman->leg == PROVING) {
        hw_negotiate_free(wsman->negotiate); /* its step would call back */
        wsman->negotiate = NULL;
    }
    wsman->message = NULL;
    wsman->fn = NULL;
}

void hw_wsman_free(struct hw_wsman *wsman)
{
    if (!wsman)
        return;
    hw_wsman_drop(wsman);
    hw_negotiate_free(wsman->negotiate);
    curl_easy_cleanup(wsman->easy);
    curl_slist_free_all(wsman->headers);
    curl_slist_free_all(wsman->connect_to);
    hw_secret_free(wsman->password);
    free(wsman->url);
    free(wsman->user);
    free(wsman->host);
    hw_certificate_done(&wsman->certificate);
    free(wsman->cert_file);
    free(wsman->key_file);
    hw_buf_done(&wsman->challenge);
    hw_buf_done(&wsman->sealed);
    hw_buf_done(&wsman->answer);
    hw_buf_done(&wsman->opened);
    free(wsman);
}

/* Failing. */

static void refuse(struct hw_wsman *wsman, const struct hw_err *err)
{
    tell(wsman, HW_WSMAN_REFUSED, 0, NULL, err);
}

static void fail_transfer(struct hw_wsman *wsman, CURLcode code)
{
    struct hw_err err = {0};
    if (hw_certificate_refused(&wsman->certificate, code == CURLE_PEER_FAILED_VERIFICATION, &err)) {
        refuse(wsman, &err);
        return;
    }
    if (wsman->answer.full)
        hw_fail(&err, HW_ERR_LIMIT, _("the answer of the node is larger than %u bytes"),
                HW_MAX_SOAP);
    else
        hw_fail(&err, HW_ERR_NETWORK, "%s",
                *wsman->curl_error ? wsman->curl_error : curl_easy_strerror(code));
    if (code == CURLE_PEER_FAILED_VERIFICATION)
        refuse(wsman, &err);
    else
        tell(wsman, HW_WSMAN_LOST, 0, NULL, &err);
}

static void fail_repeated(struct hw_wsman *wsman)
{
    struct hw_err err = {0};
    hw_fail(&err, HW_ERR_NETWORK, "%s",
            _("the connection broke, and what the node had answered may be lost with it"));
    tell(wsman, HW_WSMAN_LOST, 0, NULL, &err);
}

static void fail_login(struct hw_wsman *wsman)
{
    struct hw_err err = {0};
    hw_fail(&err, HW_ERR_AUTH, _("the node refused user name or password (401)"));
    hw_err_next(&err, _("Not tried again, since that could lock the account. Was the password "
                        "changed after launch?"));
    refuse(wsman, &err);
}

static void fail_offer(struct hw_wsman *wsman)
{
    struct hw_err err = {0};
    hw_fail(&err, HW_ERR_AUTH, _("the node does not offer Negotiate"));
    hw_err_next(&err, _("On the node: winrm get winrm/config/service/auth"));
    refuse(wsman, &err);
}

static void fail_status(struct hw_wsman *wsman, long status)
{
    struct hw_err err = {0};
    hw_fail(&err, HW_ERR_SERVICE, _("the node answered with HTTP status %ld"), status);
    tell(wsman, HW_WSMAN_LOST, status, NULL, &err);
}

/* Sending. */

static void set_headers(struct hw_wsman *wsman, const char *type, const char *proof)
{
    hw_auto_text content = hw_format("Content-Type: %s", type);
    curl_slist_free_all(wsman->headers);
    wsman->headers = curl_slist_append(NULL, content);
    wsman->headers = curl_slist_append(wsman->headers, "Expect:");
    if (proof)
        wsman->headers = curl_slist_append(wsman->headers, proof);
    curl_easy_setopt(wsman->easy, CURLOPT_HTTPHEADER, wsman->headers);
    wsman->carries = false;
}

static void on_answer(void *data, CURL *easy, CURLcode code);

static void send_body(struct hw_wsman *wsman, const struct hw_buf *body, long timeout_ms)
{
    forget(&wsman->answer);
    hw_buf_clear(&wsman->challenge);
    wsman->offered = wsman->basic = false;
    *wsman->curl_error = '\0';
    curl_easy_setopt(wsman->easy, CURLOPT_POSTFIELDS, body ? hw_buf_cstr(body) : "");
    curl_easy_setopt(wsman->easy, CURLOPT_POSTFIELDSIZE, body ? (long)body->len : 0L);
    curl_easy_setopt(wsman->easy, CURLOPT_TIMEOUT_MS, timeout_ms);
    /* An address may have been another machine's: its kept connection must not be used. */
    curl_easy_setopt(wsman->easy, CURLOPT_FRESH_CONNECT, wsman->connected ? 0L : 1L);
    wsman->connected = true;
    wsman->attempts = 0;
    hw_multi_add(wsman->multi, wsman->easy, on_answer, wsman);
}

static long leg_timeout(const struct hw_wsman *wsman)
{
    return wsman->timeout_ms < LEG_TIMEOUT_MS ? wsman->timeout_ms : LEG_TIMEOUT_MS;
}

static void carry(struct hw_wsman *wsman)
{
    struct hw_err err = {0};
    const struct hw_buf *body = wsman->message;
    wsman->leg = CARRYING;
    if (wsman->plain) {
        forget(&wsman->sealed);
        if (!hw_negotiate_seal(wsman->negotiate, wsman->message, &wsman->sealed, &err)) {
            tell(wsman, HW_WSMAN_LOST, 0, NULL, &err);
            return;
        }
        body = &wsman->sealed;
    }
    if (!wsman->carries)
        set_headers(wsman, wsman->plain ? hw_negotiate_sealed_type : PLAIN_TYPE,
                    wsman->auth == HW_WSMAN_MUTUAL ? MUTUAL : NULL);
    wsman->carries = true;
    send_body(wsman, body, wsman->timeout_ms);
}

static void on_token(void *data, const struct hw_buf *token, bool complete,
                     const struct hw_err *err)
{
    struct hw_wsman *wsman = data;
    if (err) {
        refuse(wsman, err);
        return;
    }
    if (complete && !token->len) {
        wsman->proven = true;
        carry(wsman);
        return;
    }
    hw_auto(hw_buf) proof = HW_BUF(2 * SEALED_EXTRA);
    hw_buf_text(&proof, "Authorization: " SCHEME " ");
    hw_buf_base64(&proof, token->data, token->len);
    set_headers(wsman, PLAIN_TYPE, hw_buf_cstr(&proof));
    send_body(wsman, NULL, leg_timeout(wsman));
}

static void prove(struct hw_wsman *wsman)
{
    if (!wsman->negotiate) {
        struct hw_negotiate_options options = {.user = wsman->user,
                                               .password = wsman->password,
                                               .host = wsman->host,
                                               .end_point = wsman->certificate.end_point,
                                               .end_point_size = wsman->certificate.end_point_size};
        wsman->negotiate = hw_negotiate_new(wsman->work, &options);
        wsman->legs = 0;
    }
    wsman->leg = PROVING;
    wsman->legs++;
    hw_negotiate_step(wsman->negotiate, wsman->challenge.data, wsman->challenge.len, on_token,
                      wsman);
}

static void start_leg(struct hw_wsman *wsman)
{
    if (wsman->auth != HW_WSMAN_NEGOTIATE || wsman->proven) {
        carry(wsman);
        return;
    }
    wsman->leg = ASKING;
    set_headers(wsman, PLAIN_TYPE, NULL);
    send_body(wsman, NULL, leg_timeout(wsman));
}

/* The connection that was proven is gone (a server ends idle ones): once more from the start. */
static void prove_anew(struct hw_wsman *wsman)
{
    hw_negotiate_free(wsman->negotiate);
    wsman->negotiate = NULL;
    wsman->proven = false;
    wsman->connected = false;
    wsman->renewed = true;
    start_leg(wsman);
}

/* Answers. */

static void take_message(struct hw_wsman *wsman, long status)
{
    struct hw_err err = {0};
    if (!wsman->plain) {
        tell(wsman, HW_WSMAN_ANSWERED, status, &wsman->answer, NULL);
        return;
    }
    forget(&wsman->opened);
    if (hw_negotiate_unseal(wsman->negotiate, &wsman->answer, &wsman->opened, &err))
        tell(wsman, HW_WSMAN_ANSWERED, status, &wsman->opened, NULL);
    else
        tell(wsman, HW_WSMAN_LOST, status, NULL, &err);
}

static void take_leg(struct hw_wsman *wsman, long status)
{
    if (status == HTTP_UNAUTHORIZED && wsman->leg == ASKING && wsman->offered) {
        prove(wsman);
    } else if (status == HTTP_UNAUTHORIZED && wsman->leg == ASKING) {
        fail_offer(wsman);
    } else if (wsman->leg == ASKING) {
        fail_status(wsman, status);
    } else if (wsman->challenge.len && wsman->legs < LEGS_MAX) {
        prove(wsman);
    } else if (status == HTTP_UNAUTHORIZED) {
        fail_login(wsman);
    } else {
        wsman->proven = true;
        carry(wsman);
    }
}

/* A policy has switched Basic off, as many domains do: the password was not looked at. */
static bool can_negotiate(const struct hw_wsman *wsman)
{
    return wsman->auth == HW_WSMAN_BASIC && wsman->work && wsman->offered && !wsman->basic;
}

static void negotiate_instead(struct hw_wsman *wsman)
{
    wsman->auth = HW_WSMAN_NEGOTIATE;
    curl_easy_setopt(wsman->easy, CURLOPT_HTTPAUTH, CURLAUTH_NONE);
    curl_easy_setopt(wsman->easy, CURLOPT_USERNAME, NULL);
    curl_easy_setopt(wsman->easy, CURLOPT_PASSWORD, NULL);
    start_leg(wsman);
}

static void on_answer(void *data, CURL *easy, CURLcode code)
{
    struct hw_wsman *wsman = data;
    long status = 0;
    curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
    if (code != CURLE_OK) {
        hw_trace("wsman", "%s: %s", wsman->url, wsman->curl_error);
        fail_transfer(wsman, code);
    } else if (wsman->leg == CARRYING && wsman->attempts > 1) {
        fail_repeated(wsman);
    } else if (wsman->leg != CARRYING) {
        take_leg(wsman, status);
    } else if (status == HTTP_OK || status == HTTP_FAULT) {
        take_message(wsman, status);
    } else if (status != HTTP_UNAUTHORIZED) {
        fail_status(wsman, status);
    } else if (can_negotiate(wsman)) {
        negotiate_instead(wsman);
    } else if (wsman->auth == HW_WSMAN_NEGOTIATE && !wsman->renewed) {
        prove_anew(wsman);
    } else {
        fail_login(wsman);
    }
}

static void on_start(void *data)
{
    struct hw_wsman *wsman = data;
    struct hw_err err = {0};
    wsman->timer = NULL;
    if (!wsman->misfit) {
        start_leg(wsman);
        return;
    }
    hw_fail(&err, HW_ERR_AUTH,
            _("nothing here proves that the node is the right one, or who asks"));
    refuse(wsman, &err);
}

void hw_wsman_post(struct hw_wsman *wsman, const struct hw_buf *message, long timeout_ms,
                   hw_wsman_fn *fn, void *data)
{
    wsman->message = message;
    wsman->timeout_ms = timeout_ms;
    wsman->fn = fn;
    wsman->data = data;
    wsman->renewed = false;
    wsman->timer = hw_loop_timer(wsman->loop, 0, on_start, wsman);
}
