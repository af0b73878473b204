/* SPDX-License-Identifier: Apache-2.0 */
/* Here a call becomes a transfer, and the bytes of an answer are gathered with a limit. */
#include "aws/parts.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/text.h"

static size_t on_body(char *bytes, size_t size, size_t count, void *data)
{
    struct hw_aws_call *call = data;
    if (hw_buf_add(&call->answer.body, bytes, size * count))
        return size * count;
    call->answer.too_big = true;
    return 0;
}

static bool take_header(struct hw_span line, const char *name, char *out, size_t size)
{
    size_t n = strlen(name);
    if (line.n <= n || line.p[n] != ':')
        return false;
    hw_auto_text own = hw_strndup(line.p, n);
    if (!hw_text_equal_nocase(own, name))
        return false;
    struct hw_span value = hw_text_trim(line.p + n + 1, line.n - n - 1);
    hw_auto(hw_buf) clean = HW_BUF(HW_MAX_LINE);
    hw_text_clean(&clean, value.p, value.n < size ? value.n : size - 1, false);
    size_t length = hw_text_cut(hw_buf_cstr(&clean), size - 1);
    memcpy(out, hw_buf_cstr(&clean), length);
    out[length] = '\0';
    return true;
}

static size_t on_header(char *bytes, size_t size, size_t count, void *data)
{
    struct hw_aws_answer *answer = &((struct hw_aws_call *)data)->answer;
    struct hw_span line = {bytes, size * count};
    char date[64];
    if (take_header(line, "date", date, sizeof date)) {
        time_t seconds = curl_getdate(date, NULL);
        answer->date_ms = seconds > 0 ? (int64_t)seconds * 1000 : 0;
    }
    take_header(line, "x-amzn-requestid", answer->request_id, sizeof answer->request_id);
    take_header(line, "x-amz-request-id", answer->request_id, sizeof answer->request_id);
    take_header(line, "x-amzn-errortype", answer->error_type, sizeof answer->error_type);
    return size * count;
}

void hw_headers_add(struct curl_slist **headers, const char *line)
{
    struct curl_slist *grown = curl_slist_append(*headers, line);
    if (grown)
        *headers = grown;
}

void hw_headers_free(struct curl_slist *headers)
{
    for (struct curl_slist *at = headers; at; at = at->next)
        hw_wipe(at->data, strlen(at->data));
    curl_slist_free_all(headers);
}

static void add_header(struct hw_aws_call *call, const char *name, const char *value)
{
    hw_auto_text line = hw_format("%s: %s", name, value);
    hw_headers_add(&call->headers, line);
    hw_wipe(line, strlen(line)); /* it may be the session token */
}

/* The headers that are signed; at most max. */
static size_t gather_headers(const struct hw_aws_call *call, struct hw_sigv4_header *out,
                             size_t max)
{
    const struct hw_aws_request *request = call->request;
    size_t count = 0;
    out[count++] = (struct hw_sigv4_header){"Host", call->endpoint.host};
    if (call->encoded.content_type)
        out[count++] = (struct hw_sigv4_header){"Content-Type", call->encoded.content_type};
    if (call->encoded.target)
        out[count++] = (struct hw_sigv4_header){"X-Amz-Target", call->encoded.target};
    for (size_t i = 0; i < request->header_names.count && count < max; i++)
        out[count++] = (struct hw_sigv4_header){request->header_names.items[i],
                                                request->header_values.items[i]};
    return count;
}

static void add_signature(struct hw_aws_call *call, const struct hw_sigv4_result *result,
                          const struct hw_secret *token)
{
    add_header(call, "X-Amz-Date", result->date);
    if (token)
        add_header(call, "X-Amz-Security-Token", hw_secret_bytes(token));
    if (call->request->service == HW_AWS_S3)
        add_header(call, "X-Amz-Content-Sha256", result->content_sha256);
    add_header(call, "Authorization", hw_buf_cstr(&result->authorization));
}

/* The signer keeps keys derived from the client's; other keys get one of their own. */
static bool sign_request(struct hw_aws_call *call, const struct hw_sigv4_request *request,
                         struct hw_err *err)
{
    struct hw_aws *aws = call->aws;
    bool given = call->request->sign == HW_SIGN_AS_GIVEN;
    const struct hw_creds *creds = given ? &call->request->keys : &aws->keys.creds;
    struct hw_sigv4 *signer = given ? hw_sigv4_new() : aws->signer;
    struct hw_sigv4_keys keys = {creds->key_id, creds->secret, creds->token};
    HW_CLEANUP(hw_sigv4_result_done) struct hw_sigv4_result result = {.date = ""};
    call->skew_ms = aws->skew_ms;
    call->signed_ms = hw_clock_wall_ms() + aws->skew_ms;
    call->keys_number = aws->keys.number;
    bool ok = hw_sigv4_sign(signer, request, &keys, call->signed_ms, call->endpoint.sign_region,
                            hw_aws_service_info(call->request->service)->signing, &result, err);
    if (ok)
        add_signature(call, &result, keys.token);
    if (given)
        hw_sigv4_free(signer);
    return ok;
}

static bool sign(struct hw_aws_call *call, struct hw_err *err)
{
    struct hw_sigv4_header headers[32];
    struct hw_sigv4_request request = {
        .method = call->encoded.method,
        .path = hw_buf_cstr(&call->encoded.path),
        .query = hw_buf_cstr(&call->encoded.query),
        .headers = headers,
        .header_count = gather_headers(call, headers, HW_COUNT(headers)),
        .body = hw_buf_cstr(&call->encoded.body),
        .body_length = call->encoded.body.len,
        .s3 = call->request->service == HW_AWS_S3,
    };
    for (size_t i = 0; i < request.header_count; i++)
        add_header(call, headers[i].name, headers[i].value);
    if (call->request->sign != HW_SIGN_NOT && !sign_request(call, &request, err))
        return false;
    add_header(call, "Expect", ""); /* curl's own "100-continue" costs a round trip */
    return true;
}

static void set_body(struct hw_aws_call *call)
{
    const struct hw_buf *body = &call->encoded.body;
    const char *method = call->encoded.method;
    if (strcmp(method, "GET") == 0)
        return;
    if (strcmp(method, "HEAD") == 0) {
        curl_easy_setopt(call->easy, CURLOPT_NOBODY, 1L);
        return;
    }
    curl_easy_setopt(call->easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)body->len);
    curl_easy_setopt(call->easy, CURLOPT_POSTFIELDS, hw_buf_cstr(body));
    curl_easy_setopt(call->easy, CURLOPT_CUSTOMREQUEST, method);
    if (!call->encoded.content_type)
        add_header(call, "Content-Type", ""); /* none, instead of curl's form type */
}

static void set_transport(struct hw_aws_call *call)
{
    struct hw_aws *aws = call->aws;
    hw_auto_text url =
        hw_format("%s%s%s%s", call->endpoint.url, hw_buf_cstr(&call->encoded.path),
                  call->encoded.query.len ? "?" : "", hw_buf_cstr(&call->encoded.query));
    curl_easy_setopt(call->easy, CURLOPT_URL, url);
    curl_easy_setopt(call->easy, CURLOPT_PATH_AS_IS, 1L); /* what is signed is what is sent */
    curl_easy_setopt(call->easy, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(call->easy, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    curl_easy_setopt(call->easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(call->easy, CURLOPT_TCP_KEEPALIVE, 1L);
    curl_easy_setopt(call->easy, CURLOPT_CONNECTTIMEOUT_MS, aws->tuning.connect_ms);
    curl_easy_setopt(call->easy, CURLOPT_TIMEOUT_MS, aws->tuning.total_ms);
    curl_easy_setopt(call->easy, CURLOPT_USERAGENT, PACKAGE_NAME "/" PACKAGE_VERSION);
    if (aws->profile.ca_bundle[0])
        curl_easy_setopt(call->easy, CURLOPT_CAINFO, aws->profile.ca_bundle);
    if (call->endpoint.loopback)
        curl_easy_setopt(call->easy, CURLOPT_NOPROXY, "*");
}

static void on_ended(void *data, CURL *easy, CURLcode code)
{
    struct hw_aws_call *call = data;
    long status = 0;
    curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
    call->answer.curl = code;
    call->answer.status = (int)status;
    hw_wire_stop(call);
    hw_call_ended(call);
}

bool hw_wire_send(struct hw_aws_call *call, struct hw_err *err)
{
    struct hw_buf body = call->answer.body;
    hw_buf_clear(&body);
    body.max = call->aws->tuning.reply_max;
    call->answer = (struct hw_aws_answer){.body = body};
    if (call->request->secret)
        hw_wipe_buf_reserve(&call->answer.body, HW_MAX_HANDED_KEYS / 4);
    call->easy = curl_easy_init();
    if (!call->easy)
        return hw_fail(err, HW_ERR_IO, _("the HTTP library cannot be initialised"));
    if (!sign(call, err)) {
        hw_wire_stop(call);
        return false;
    }
    set_transport(call);
    set_body(call);
    curl_easy_setopt(call->easy, CURLOPT_HTTPHEADER, call->headers);
    curl_easy_setopt(call->easy, CURLOPT_WRITEFUNCTION, on_body);
    curl_easy_setopt(call->easy, CURLOPT_WRITEDATA, call);
    curl_easy_setopt(call->easy, CURLOPT_HEADERFUNCTION, on_header);
    curl_easy_setopt(call->easy, CURLOPT_HEADERDATA, call);
    curl_easy_setopt(call->easy, CURLOPT_ERRORBUFFER, call->answer.curl_text);
    call->started_ms = hw_clock_monotonic_ms();
    hw_trace("aws", "send %s %s to %s (attempt %u)",
             hw_aws_service_info(call->request->service)->id, call->request->operation,
             call->endpoint.url, call->attempts);
    hw_multi_add(call->aws->multi, call->easy, on_ended, call);
    return true;
}

void hw_wire_stop(struct hw_aws_call *call)
{
    if (!call->easy)
        return;
    hw_multi_remove(call->aws->multi, call->easy);
    curl_easy_cleanup(call->easy);
    call->easy = NULL;
    hw_headers_free(call->headers);
    call->headers = NULL;
}
