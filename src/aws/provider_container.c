/* SPDX-License-Identifier: Apache-2.0 */
/* Keys of a container: ECS, EKS Pod Identity, CloudShell and whoever else sets the variables
 * ("Container credential provider", AWS SDKs and Tools Reference Guide). */
#include "aws/fetch.h"
#include "aws/parts.h"
#include "aws/provider.h"
#include "base/file.h"
#include "base/text.h"

#define RELATIVE_BASE "http://169.254.170.2"
#define TIMEOUT_MS    2000
#define TRIES         3
#define PAUSE_MS      1000

struct visit {
    struct hw_attempt *attempt;
    char *url;
    struct hw_strv headers;
    struct hw_fetch *fetch;
    struct hw_timer *timer;
    unsigned tried;
};

static void visit_free(struct visit *visit)
{
    hw_fetch_stop(visit->fetch);
    hw_timer_cancel(visit->timer);
    for (size_t i = 0; i < visit->headers.count; i++)
        hw_wipe(visit->headers.items[i], strlen(visit->headers.items[i]));
    hw_strv_done(&visit->headers);
    free(visit->url);
    free(visit);
}

static bool is_local(const char *host)
{
    static const char *const hosts[] = {"localhost", "[::1]", "169.254.170.2", "169.254.170.23",
                                        "[fd00:ec2::23]"};
    uint32_t address;
    for (size_t i = 0; i < HW_COUNT(hosts); i++) {
        if (hw_text_equal_nocase(host, hosts[i]))
            return true;
    }
    return hw_parse_ipv4(host, &address) && address >> 24 == 127;
}

/* A full URI may use plain HTTP only where nobody else can listen. */
static bool may_ask(const char *url, struct hw_err *err)
{
    char *scheme = NULL, *host = NULL;
    CURLU *parts = curl_url();
    bool whole = parts && !curl_url_set(parts, CURLUPART_URL, url, 0) &&
                 !curl_url_get(parts, CURLUPART_SCHEME, &scheme, 0) &&
                 !curl_url_get(parts, CURLUPART_HOST, &host, 0);
    bool ok =
        whole && (strcmp(scheme, "https") == 0 || (strcmp(scheme, "http") == 0 && is_local(host)));
    if (!ok)
        hw_fail(
            err, HW_ERR_AUTH,
            _("AWS_CONTAINER_CREDENTIALS_FULL_URI names a host that keys are not fetched from"));
    if (!ok)
        hw_err_next(err, _("It must be https, or a loopback or container metadata address."));
    curl_free(scheme);
    curl_free(host);
    curl_url_cleanup(parts);
    return ok;
}

static bool add_authorization(struct hw_strv *headers, const char *token, struct hw_err *err)
{
    if (strpbrk(token, "\r\n")) {
        hw_fail(err, HW_ERR_AUTH, _("the container's authorization token spans several lines"));
        return hw_err_next(err, _("Correct AWS_CONTAINER_AUTHORIZATION_TOKEN or its file."));
    }
    hw_strv_take(headers, hw_format("Authorization: %s", token));
    return true;
}

static bool read_authorization(struct hw_strv *headers, struct hw_err *err)
{
    const char *path = hw_aws_env("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE");
    const char *token = hw_aws_env("AWS_CONTAINER_AUTHORIZATION_TOKEN");
    if (!path)
        return !token || add_authorization(headers, token, err);
    struct hw_buf text = HW_BUF(HW_MAX_SECRET);
    bool ok = hw_file_read(path, &text, err) && add_authorization(headers, hw_buf_cstr(&text), err);
    hw_wipe_buf(&text);
    return ok;
}

static void answer(struct visit *visit, enum hw_outcome outcome, struct hw_creds *creds,
                   const struct hw_err *err)
{
    struct hw_attempt *attempt = visit->attempt;
    visit_free(visit);
    hw_attempt_answer(attempt, outcome, creds, err);
}

static void ask(void *data);

static void read_keys(struct visit *visit, const struct hw_buf *body)
{
    static const struct hw_creds_names names = {"AccessKeyId", "SecretAccessKey", "Token",
                                                "Expiration"};
    json_t *object = json_loadb(hw_buf_cstr(body), body->len, 0, NULL);
    struct hw_creds creds = {0};
    struct hw_err err = {0};
    bool ok = hw_creds_from_json(object, &names, "container-role",
                                 hw_strdup(_("the container's role")), &creds, &err);
    json_decref(object);
    answer(visit, ok ? HW_KEYS_FOUND : HW_KEYS_BROKEN, &creds, &err);
}

static void on_fetched(void *data, const struct hw_fetch_reply *reply)
{
    struct visit *visit = data;
    struct hw_err err = {0};
    visit->fetch = NULL;
    if (reply->status == 200) {
        read_keys(visit, reply->body);
        return;
    }
    if (++visit->tried < TRIES) {
        double backoff = visit->attempt->lookup->aws->tuning.backoff;
        visit->timer = hw_loop_timer(visit->attempt->lookup->aws->loop,
                                     (int64_t)(PAUSE_MS * backoff), ask, visit);
        return;
    }
    if (reply->status)
        hw_fail(&err, HW_ERR_AUTH, _("the container's credential service answered with HTTP %d"),
                reply->status);
    else
        hw_fail(&err, HW_ERR_AUTH, _("the container's credential service does not answer: %s"),
                reply->why);
    hw_err_next(&err, _("Check the task's role, or unset AWS_CONTAINER_CREDENTIALS_*_URI."));
    answer(visit, HW_KEYS_BROKEN, NULL, &err);
}

static void ask(void *data)
{
    struct visit *visit = data;
    visit->timer = NULL;
    visit->fetch = hw_fetch_start(visit->attempt->lookup->aws,
                                  &(struct hw_fetch_request){.service = "container",
                                                             .method = "GET",
                                                             .url = visit->url,
                                                             .headers = &visit->headers,
                                                             .timeout_ms = TIMEOUT_MS},
                                  on_fetched, visit);
}

static enum hw_outcome start(struct hw_attempt *attempt, struct hw_creds *ret HW_UNUSED,
                             struct hw_err *err)
{
    const char *relative = hw_aws_env("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI");
    const char *full = hw_aws_env("AWS_CONTAINER_CREDENTIALS_FULL_URI");
    if (!relative && !full)
        return HW_KEYS_NONE;
    struct visit *visit = HW_NEW(struct visit);
    visit->attempt = attempt;
    visit->url = relative ? hw_format("%s%s", RELATIVE_BASE, relative) : hw_strdup(full);
    hw_strv_add(&visit->headers, "Accept: application/json");
    if ((!relative && !may_ask(full, err)) || !read_authorization(&visit->headers, err)) {
        visit_free(visit);
        return HW_KEYS_BROKEN;
    }
    attempt->state = visit;
    ask(visit);
    return HW_KEYS_LATER;
}

static void stop(struct hw_attempt *attempt)
{
    visit_free(attempt->state);
}

const struct hw_provider hw_provider_container = {
    .method = "container-role", .start = start, .stop = stop};
