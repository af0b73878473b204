/* SPDX-License-Identifier: Apache-2.0 */
/* The role of the EC2 instance that we run on, from its metadata service: a token first (IMDSv2);
 * without one (IMDSv1) only where the service refuses tokens, or its answer gets lost, and that was
 * not forbidden ("Use the
 * Instance Metadata Service to access instance metadata", EC2 user guide; "IMDS credential
 * provider", AWS SDKs and Tools Reference Guide). */
#include <stdlib.h>

#include "aws/fetch.h"
#include "aws/parts.h"
#include "aws/provider.h"
#include "base/clock.h"
#include "base/text.h"

#define TOKEN_PATH  "/latest/api/token"
#define ROLE_PATH   "/latest/meta-data/iam/security-credentials/"
#define REGION_PATH "/latest/meta-data/placement/region"
#define TOKEN_LIFE  "x-aws-ec2-metadata-token-ttl-seconds: 21600"
#define TRIES_MAX   10
/* Keys that ran out while the service hands out no new ones are used on: AWS accepts them for a
 * while in such a disturbance ("Static stability", IMDS credential provider). */
#define STRETCH_MS (15 * 60 * 1000)

struct visit {
    struct hw_attempt *attempt;
    char *base;
    long timeout_ms, tries, tried;
    bool v1_forbidden;
    bool region_only;
    struct hw_fetch *fetch;
    struct hw_strv headers; /* the token's */
    char *role;
    struct hw_creds creds;
    char *path; /* what is being fetched */
    hw_fetch_fn *then;
};

static void visit_free(struct visit *visit)
{
    hw_fetch_stop(visit->fetch);
    for (size_t i = 0; i < visit->headers.count; i++)
        hw_wipe(visit->headers.items[i], strlen(visit->headers.items[i]));
    hw_strv_done(&visit->headers);
    hw_creds_done(&visit->creds);
    free(visit->base);
    free(visit->role);
    free(visit->path);
    free(visit);
}

static void answer(struct visit *visit, enum hw_outcome outcome, const struct hw_err *err)
{
    struct hw_attempt *attempt = visit->attempt;
    struct hw_creds creds = visit->creds;
    visit->creds = (struct hw_creds){0};
    visit_free(visit);
    hw_attempt_answer(attempt, outcome, &creds, err);
}

/* Nothing here, and a word on it for the case that nobody else has keys either. */
static void nothing(struct visit *visit, const char *what, const char *next)
{
    struct hw_err err = {0};
    hw_fail(&err, HW_ERR_AUTH, "%s", what);
    if (next)
        hw_err_next(&err, "%s", next);
    answer(visit, HW_KEYS_NONE, &err);
}

static void on_fetched(void *data, const struct hw_fetch_reply *reply);

static void send_out(struct visit *visit)
{
    bool token = strcmp(visit->path, TOKEN_PATH) == 0;
    hw_auto_text url = hw_format("%s%s", visit->base, visit->path);
    HW_CLEANUP(hw_strv_done) struct hw_strv first = {0};
    hw_strv_add(&first, TOKEN_LIFE);
    visit->fetch =
        hw_fetch_start(visit->attempt->lookup->aws,
                       &(struct hw_fetch_request){.service = "imds",
                                                  .method = token ? "PUT" : "GET",
                                                  .url = url,
                                                  .headers = token ? &first : &visit->headers,
                                                  .timeout_ms = visit->timeout_ms},
                       on_fetched, visit);
}

static void fetch(struct visit *visit, const char *path, hw_fetch_fn *then)
{
    hw_replace(&visit->path, path);
    visit->then = then;
    visit->tried = 0;
    send_out(visit);
}

static void on_fetched(void *data, const struct hw_fetch_reply *reply)
{
    struct visit *visit = data;
    bool failed = reply->status == 0 || reply->status >= 500;
    visit->fetch = NULL;
    if (failed && ++visit->tried < visit->tries)
        send_out(visit);
    else
        visit->then(visit, reply);
}

static void on_region(void *data, const struct hw_fetch_reply *reply)
{
    struct visit *visit = data;
    struct hw_span text = hw_text_trim(hw_buf_cstr(reply->body), reply->body->len);
    if (reply->status == 200 && text.n && text.n < 64)
        visit->creds.region = hw_strndup(text.p, text.n);
    bool found = visit->creds.region || !visit->region_only;
    answer(visit, found ? HW_KEYS_FOUND : HW_KEYS_NONE, NULL);
}

static void stretch(struct hw_creds *creds)
{
    if (creds->expires_ms && creds->expires_ms < creds->got_ms + STRETCH_MS)
        creds->expires_ms = creds->got_ms + STRETCH_MS;
}

static const struct hw_creds_names names = {"AccessKeyId", "SecretAccessKey", "Token",
                                            "Expiration"};

static bool read_keys(struct visit *visit, const struct hw_buf *body, struct hw_err *err)
{
    json_t *object = json_loadb(hw_buf_cstr(body), body->len, 0, NULL);
    const char *code = json_string_value(json_object_get(object, "Code"));
    hw_auto(hw_buf) clean = HW_BUF(256);
    if (code)
        hw_text_clean(&clean, code, strnlen(code, 64), false);
    bool refused = code && strcmp(code, "Success") != 0;
    bool ok = !refused &&
              hw_creds_from_json(object, &names, "iam-role",
                                 hw_format(_("instance role %s"), visit->role), &visit->creds, err);
    json_decref(object);
    if (refused)
        hw_fail(err, HW_ERR_AUTH, _("the instance's role has no keys: %s"), hw_buf_cstr(&clean));
    return ok;
}

static void on_keys(void *data, const struct hw_fetch_reply *reply)
{
    struct visit *visit = data;
    struct hw_err err = {0};
    if (reply->status != 200) {
        nothing(visit, _("the metadata service does not hand out the keys of the instance's role"),
                NULL);
        return;
    }
    if (!read_keys(visit, reply->body, &err)) {
        answer(visit, HW_KEYS_NONE, &err);
        return;
    }
    stretch(&visit->creds);
    if (hw_aws_region(visit->attempt->lookup->aws)[0])
        answer(visit, HW_KEYS_FOUND, NULL);
    else
        fetch(visit, REGION_PATH, on_region);
}

static void no_role(struct visit *visit, const struct hw_fetch_reply *reply)
{
    if (reply->status == 401)
        nothing(visit, _("the metadata service wants a token, but its answer did not come through"),
                _("In a container, raise the instance's metadata hop limit to 2 "
                  "(HttpPutResponseHopLimit)."));
    else if (reply->status == 404)
        nothing(visit, _("this EC2 instance has no role"),
                _("Attach an instance profile to it, or set keys."));
    else
        nothing(visit, _("the metadata service of the instance does not answer as it should"),
                NULL);
}

static void on_role(void *data, const struct hw_fetch_reply *reply)
{
    struct visit *visit = data;
    const char *body = hw_buf_cstr(reply->body);
    struct hw_span role = hw_text_trim(body, strcspn(body, "\n"));
    if (reply->status != 200 || !role.n || role.n > 128) {
        no_role(visit, reply);
        return;
    }
    hw_auto(hw_buf) path = HW_BUF(1024);
    hw_auto(hw_buf) clean = HW_BUF(1024);
    hw_buf_text(&path, ROLE_PATH);
    hw_buf_uri(&path, role.p, role.n, false);
    hw_text_clean(&clean, role.p, role.n, false);
    visit->role = hw_buf_take(&clean);
    fetch(visit, hw_buf_cstr(&path), on_keys);
}

/* What is wanted: the region, or the role, and then its keys. */
static void fetch_first(struct visit *visit)
{
    if (visit->region_only)
        fetch(visit, REGION_PATH, on_region);
    else
        fetch(visit, ROLE_PATH, on_role);
}

static void without_token(struct visit *visit)
{
    if (visit->v1_forbidden)
        nothing(visit, _("the metadata service gives no token (IMDSv2), and IMDSv1 is disabled"),
                _("Enable IMDSv2 for the instance, or set keys."));
    else
        fetch_first(visit);
}

static void on_token(void *data, const struct hw_fetch_reply *reply)
{
    struct visit *visit = data;
    struct hw_span token = hw_text_trim(hw_buf_cstr(reply->body), reply->body->len);
    struct hw_err err = {0};
    if (reply->status == 200 && token.n && !memchr(token.p, '\n', token.n)) {
        hw_strv_take(&visit->headers,
                     hw_format("x-aws-ec2-metadata-token: %.*s", (int)token.n, token.p));
        fetch_first(visit);
    } else if (reply->status == 400) {
        hw_fail(&err, HW_ERR_AUTH, _("the metadata service refuses to give a token"));
        answer(visit, HW_KEYS_BROKEN, &err);
    } else if (reply->status || reply->connected) {
        without_token(visit); /* refused (403, 404, 405), or the answer was too far away */
    } else {
        answer(visit, HW_KEYS_NONE, NULL); /* nobody there: this is no EC2 instance */
    }
}

static char *base_url(const struct hw_lookup *lookup)
{
    const char *url =
        hw_aws_files_setting(lookup->files, lookup->profile, "AWS_EC2_METADATA_SERVICE_ENDPOINT",
                             "ec2_metadata_service_endpoint");
    const char *mode = hw_aws_files_setting(lookup->files, lookup->profile,
                                            "AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE",
                                            "ec2_metadata_service_endpoint_mode");
    if (!url && mode && hw_text_equal_nocase(mode, "ipv6"))
        url = "http://[fd00:ec2::254]";
    if (!url)
        url = "http://169.254.169.254";
    size_t n = strlen(url);
    while (n && url[n - 1] == '/')
        n--;
    return hw_strndup(url, n);
}

static long setting(const struct hw_lookup *lookup, const char *variable, const char *name,
                    long most)
{
    const char *text = hw_aws_files_setting(lookup->files, lookup->profile, variable, name);
    long value;
    return text && hw_parse_int(text, 1, most, &value) ? value : 1;
}

static enum hw_outcome ask(struct hw_attempt *attempt, bool region_only)
{
    const struct hw_lookup *lookup = attempt->lookup;
    if (hw_aws_is_true(hw_aws_env("AWS_EC2_METADATA_DISABLED")))
        return HW_KEYS_NONE;
    struct visit *visit = HW_NEW(struct visit);
    *visit = (struct visit){.attempt = attempt,
                            .region_only = region_only,
                            .base = base_url(lookup),
                            .timeout_ms = 1000 * setting(lookup, "AWS_METADATA_SERVICE_TIMEOUT",
                                                         "metadata_service_timeout", 60),
                            .tries = setting(lookup, "AWS_METADATA_SERVICE_NUM_ATTEMPTS",
                                             "metadata_service_num_attempts", TRIES_MAX),
                            .v1_forbidden = hw_aws_is_true(hw_aws_files_setting(
                                lookup->files, lookup->profile, "AWS_EC2_METADATA_V1_DISABLED",
                                "ec2_metadata_v1_disabled"))};
    attempt->state = visit;
    fetch(visit, TOKEN_PATH, on_token);
    return HW_KEYS_LATER;
}

static enum hw_outcome start(struct hw_attempt *attempt, struct hw_creds *ret HW_UNUSED,
                             struct hw_err *err HW_UNUSED)
{
    return ask(attempt, false);
}

static enum hw_outcome start_region(struct hw_attempt *attempt, struct hw_creds *ret HW_UNUSED,
                                    struct hw_err *err HW_UNUSED)
{
    return ask(attempt, true);
}

static void stop(struct hw_attempt *attempt)
{
    visit_free(attempt->state);
}

const struct hw_provider hw_provider_imds = {.method = "iam-role", .start = start, .stop = stop};
const struct hw_provider hw_provider_imds_region = {
    .method = "imds", .start = start_region, .stop = stop};
