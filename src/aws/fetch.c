/* SPDX-License-Identifier: Apache-2.0 */
#include "aws/fetch.h"

#include "aws/parts.h"
#include "base/clock.h"
#include "base/text.h"

struct hw_fetch {
    struct hw_aws *aws;
    CURL *easy;
    struct curl_slist *headers;
    struct hw_timer *timer; /* without libcurl: the bad news comes from the loop, too */
    char *service, *operation;
    struct hw_buf body;
    bool too_big;
    int64_t started_ms;
    char curl_text[CURL_ERROR_SIZE];
    hw_fetch_fn *fn;
    void *data;
};

static size_t on_body(char *bytes, size_t size, size_t count, void *data)
{
    struct hw_fetch *fetch = data;
    if (hw_buf_add(&fetch->body, bytes, size * count))
        return size * count;
    fetch->too_big = true;
    return 0;
}

static void fetch_free(struct hw_fetch *fetch)
{
    if (fetch->easy) {
        hw_multi_remove(fetch->aws->multi, fetch->easy);
        curl_easy_cleanup(fetch->easy);
    }
    hw_timer_cancel(fetch->timer);
    hw_headers_free(fetch->headers);
    hw_wipe_buf(&fetch->body);
    free(fetch->service);
    free(fetch->operation);
    free(fetch);
}

void hw_fetch_stop(struct hw_fetch *fetch)
{
    if (fetch)
        fetch_free(fetch);
}

static void reason(const struct hw_fetch *fetch, CURLcode code, struct hw_buf *out)
{
    const char *text = fetch->curl_text[0] ? fetch->curl_text : curl_easy_strerror(code);
    if (fetch->too_big)
        hw_buf_print(out, _("the answer is larger than %u KiB"), HW_MAX_HANDED_KEYS / 1024);
    else
        hw_text_clean(out, text, strlen(text), false);
}

static void on_ended(void *data, CURL *easy, CURLcode code)
{
    struct hw_fetch *fetch = data;
    hw_auto(hw_buf) why = HW_BUF(1024);
    long status = 0;
    curl_off_t connect_us = 0;
    curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
    curl_easy_getinfo(easy, CURLINFO_CONNECT_TIME_T, &connect_us);
    if (code != CURLE_OK)
        reason(fetch, code, &why);
    hw_calllog_line(fetch->aws,
                    &(struct hw_calllog_entry){.service = fetch->service,
                                               .operation = fetch->operation,
                                               .status = (int)status,
                                               .ms = hw_clock_monotonic_ms() - fetch->started_ms,
                                               .attempt = 1,
                                               .error = hw_buf_cstr(&why)});
    struct hw_fetch_reply reply = {.status = code == CURLE_OK ? (int)status : 0,
                                   .connected = connect_us > 0,
                                   .why = hw_buf_cstr(&why),
                                   .body = &fetch->body};
    fetch->fn(fetch->data, &reply);
    fetch->easy = NULL;
    curl_easy_cleanup(easy);
    fetch_free(fetch);
}

static void on_no_library(void *data)
{
    struct hw_fetch *fetch = data;
    struct hw_fetch_reply reply = {.why = _("the HTTP library cannot be initialised"),
                                   .body = &fetch->body};
    fetch->timer = NULL;
    fetch->fn(fetch->data, &reply);
    fetch_free(fetch);
}

static void set_options(struct hw_fetch *fetch, const struct hw_fetch_request *request)
{
    CURL *easy = fetch->easy;
    curl_easy_setopt(easy, CURLOPT_URL, request->url);
    curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, request->method);
    curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(easy, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_NOPROXY, "*");
    curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, request->timeout_ms);
    curl_easy_setopt(easy, CURLOPT_USERAGENT, PACKAGE_NAME "/" PACKAGE_VERSION);
    curl_easy_setopt(easy, CURLOPT_HTTPHEADER, fetch->headers);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, fetch);
    curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, fetch->curl_text);
    if (fetch->aws->profile.ca_bundle[0])
        curl_easy_setopt(easy, CURLOPT_CAINFO, fetch->aws->profile.ca_bundle);
}

/* "GET /latest/api/token", without a query: it is not ours to log. */
static char *operation_of(const struct hw_fetch_request *request)
{
    const char *host = strstr(request->url, "://");
    const char *path = strchr(host ? host + 3 : request->url, '/');
    path = path ? path : "/";
    return hw_format("%s:%.*s", request->method, (int)strcspn(path, "?#"), path);
}

struct hw_fetch *hw_fetch_start(struct hw_aws *aws, const struct hw_fetch_request *request,
                                hw_fetch_fn *fn, void *data)
{
    struct hw_fetch *fetch = HW_NEW(struct hw_fetch);
    *fetch = (struct hw_fetch){.aws = aws,
                               .easy = curl_easy_init(),
                               .service = hw_strdup(request->service),
                               .operation = operation_of(request),
                               .body = HW_BUF(HW_MAX_HANDED_KEYS),
                               .started_ms = hw_clock_monotonic_ms(),
                               .fn = fn,
                               .data = data};
    if (!fetch->easy) {
        fetch->timer = hw_loop_timer(aws->loop, 0, on_no_library, fetch);
        return fetch;
    }
    hw_wipe_buf_reserve(&fetch->body, HW_MAX_HANDED_KEYS / 4);
    for (size_t i = 0; request->headers && i < request->headers->count; i++)
        hw_headers_add(&fetch->headers, request->headers->items[i]);
    set_options(fetch, request);
    hw_multi_add(aws->multi, fetch->easy, on_ended, fetch);
    return fetch;
}
