/* SPDX-License-Identifier: Apache-2.0 */
/* From the bytes of an answer to a reply or a sentence. Error forms: "Common errors" of each
 * service's API reference; awsQuery, ec2Query, awsJson1_1 and restXml in the Smithy protocol
 * specifications. */
#include "aws/denied.h"
#include "aws/parts.h"

#include "base/text.h"

static void wipe_xml(const struct hw_xml *root)
{
    for (const struct hw_xml *at = root; at; at = hw_xml_following(root, at))
        hw_wipe((char *)at->text, strlen(at->text)); /* the document's own memory, writable */
}

void hw_reply_done(struct hw_aws_call *call)
{
    if (call->request->secret) {
        hw_json_wipe(call->reply.json);
        if (call->doc)
            wipe_xml(hw_xml_root(call->doc));
    }
    hw_xml_free(call->doc);
    json_decref(call->reply.json);
    call->doc = NULL;
    call->reply = (struct hw_aws_reply){0};
}

static void set_clean(char *out, size_t size, const char *text)
{
    hw_auto(hw_buf) clean = HW_BUF(HW_MAX_TEXT);
    hw_text_clean(&clean, text, strnlen(text, HW_MAX_TEXT / 8), false);
    size_t n = hw_text_cut(hw_buf_cstr(&clean), size - 1);
    memcpy(out, hw_buf_cstr(&clean), n);
    out[n] = '\0';
}

struct service_error {
    char code[96];
    char message[600];
};

static void read_error_xml(const struct hw_xml *root, struct service_error *ret)
{
    const struct hw_xml *error = root;
    if (hw_xml_child(root, "Error"))
        error = hw_xml_child(root, "Error"); /* query, Route 53 */
    else if (hw_xml_path(root, "Errors/Error"))
        error = hw_xml_path(root, "Errors/Error"); /* EC2 */
    hw_auto_text code = hw_xml_text(error, "Code");
    hw_auto_text message = hw_xml_text(error, "Message");
    set_clean(ret->code, sizeof ret->code, code);
    set_clean(ret->message, sizeof ret->message, message);
}

/* "com.amazon.coral.service#Code" and "Code:http://..." to "Code". */
static void set_type(struct service_error *ret, const char *type)
{
    const char *hash = strrchr(type, '#');
    const char *start = hash ? hash + 1 : type;
    hw_auto_text code = hw_strndup(start, strcspn(start, ":"));
    set_clean(ret->code, sizeof ret->code, code);
}

static void read_error_json(const json_t *root, const char *header, struct service_error *ret)
{
    const char *type = json_string_value(json_object_get(root, "__type"));
    const char *message = json_string_value(json_object_get(root, "message"));
    if (!message)
        message = json_string_value(json_object_get(root, "Message"));
    set_type(ret, header[0] ? header : type ? type : "");
    set_clean(ret->message, sizeof ret->message, message ? message : "");
}

static bool is_json(const struct hw_aws_call *call)
{
    enum hw_aws_protocol protocol = hw_aws_service_info(call->request->service)->protocol;
    return protocol == HW_AWS_JSON || protocol == HW_AWS_REST_JSON;
}

static void read_error(const struct hw_aws_call *call, struct service_error *ret)
{
    const struct hw_aws_answer *answer = &call->answer;
    *ret = (struct service_error){.code = ""};
    if (is_json(call)) {
        json_t *root = json_loadb(hw_buf_cstr(&answer->body), answer->body.len, 0, NULL);
        read_error_json(root, answer->error_type, ret);
        json_decref(root);
    } else {
        struct hw_xml_doc *doc = hw_xml_parse(hw_buf_cstr(&answer->body), answer->body.len);
        if (doc)
            read_error_xml(hw_xml_root(doc), ret);
        hw_xml_free(doc);
    }
    /* EC2 adds a long encoded text that only sts:DecodeAuthorizationMessage can read. */
    char *encoded = strstr(ret->message, "Encoded authorization failure message");
    while (encoded && encoded > ret->message && encoded[-1] == ' ')
        encoded--;
    if (encoded)
        *encoded = '\0';
}

/* What stands behind an error of the family "these credentials will not do". */
enum cause { CAUSE_EXPIRED, CAUSE_KEYS, CAUSE_REGION, CAUSE_DENIED };

static const struct mapping {
    const char *code;
    enum cause cause;
} mappings[] = {
    {"ExpiredToken", CAUSE_EXPIRED},
    {"ExpiredTokenException", CAUSE_EXPIRED},
    {"RequestExpired", CAUSE_EXPIRED},
    {"InvalidToken", CAUSE_EXPIRED},
    {"InvalidClientTokenId", CAUSE_KEYS},
    {"UnrecognizedClientException", CAUSE_KEYS},
    {"InvalidAccessKeyId", CAUSE_KEYS},
    {"SignatureDoesNotMatch", CAUSE_KEYS},
    {"InvalidSignatureException", CAUSE_KEYS},
    {"IncompleteSignature", CAUSE_KEYS},
    {"MissingAuthenticationToken", CAUSE_KEYS},
    {"AuthFailure", CAUSE_KEYS},
    {"OptInRequired", CAUSE_REGION},
    {"RegionDisabledException", CAUSE_REGION},
    {"AccessDenied", CAUSE_DENIED},
    {"AccessDeniedException", CAUSE_DENIED},
    {"UnauthorizedOperation", CAUSE_DENIED},
    {"AuthorizationError", CAUSE_DENIED},
    {"NotAuthorized", CAUSE_DENIED},
    {"UnauthorizedException", CAUSE_DENIED},
    {"ForbiddenException", CAUSE_DENIED},
};

static const struct mapping *find_mapping(const char *code)
{
    for (size_t i = 0; i < HW_COUNT(mappings); i++) {
        if (strcmp(mappings[i].code, code) == 0)
            return &mappings[i];
    }
    return NULL;
}

static bool next_for_keys(const struct hw_aws_call *call, struct hw_err *err)
{
    const char *region = call->endpoint.sign_region;
    if (hw_region_is_opt_in(region))
        return hw_err_next(err,
                           _("Check the keys of this profile, and that the region %s is "
                             "enabled for the account (Account > AWS Regions)."),
                           region);
    return hw_err_next(err, _("Check the access key id and the secret key of this profile."));
}

/* Which action on what, and whom to ask. */
static bool tell_denied(const struct hw_aws_call *call, const char *message, const char *code,
                        struct hw_err *err)
{
    const struct hw_aws_service_info *info = hw_aws_service_info(call->request->service);
    struct hw_denied denied;
    if (!hw_denied_parse(message, &denied))
        return hw_err_next(err, _("Ask whoever manages the account to allow %s:%s for you."),
                           info->signing, call->request->operation);
    const char *on = denied.resource[0] ? denied.resource : "*";
    const char *who = denied.who[0] ? denied.who : _("this user");
    hw_fail(err, HW_ERR_AUTH, _("%s %s: access denied: %s may not do %s on %s (%s)"), info->id,
            call->request->operation, who, denied.action, on, code);
    if (denied.forbidden)
        return hw_err_next(err, _("A %s forbids it explicitly: ask those who wrote it."),
                           denied.policy[0] ? denied.policy : _("policy"));
    if (denied.policy[0])
        return hw_err_next(
            err, _("Ask whoever manages the account to allow %s on %s (no %s allows it)."),
            denied.action, on, denied.policy);
    return hw_err_next(err, _("Ask whoever manages the account to allow %s on %s."), denied.action,
                       on);
}

static bool tell_cause(const struct hw_aws_call *call, enum cause cause,
                       const struct service_error *error, struct hw_err *err)
{
    const char *source = hw_aws_credentials_source(call->aws);
    switch (cause) {
    case CAUSE_EXPIRED:
        return hw_err_next(err,
                           _("The keys came from: %s. Sign in again (`aws sso login`, or new "
                             "keys), then repeat this."),
                           *source ? source : "?");
    case CAUSE_KEYS:
        return next_for_keys(call, err);
    case CAUSE_REGION:
        return hw_err_next(err,
                           _("Enable the region %s for this account (Account > AWS Regions), "
                             "or choose another."),
                           call->endpoint.sign_region);
    case CAUSE_DENIED:
        return tell_denied(call, error->message, error->code, err);
    }
    return false;
}

static bool means_not_found(const struct service_error *error, int status)
{
    return strstr(error->code, "NotFound") || hw_text_starts(error->code, "NoSuch") ||
           strstr(error->code, "DoesNotExist") || status == 404 ||
           (strcmp(error->code, "ValidationError") == 0 &&
            strstr(error->message, "does not exist"));
}

static enum hw_code code_of(const struct hw_aws_call *call, const struct service_error *error,
                            const struct mapping *mapping)
{
    int status = call->answer.status;
    if (mapping)
        return HW_ERR_AUTH;
    if (hw_retry_is_throttle(error->code) || status == 429)
        return HW_ERR_THROTTLED;
    if (means_not_found(error, status))
        return HW_ERR_NOT_FOUND;
    return status == 401 || status == 403 ? HW_ERR_AUTH : HW_ERR_SERVICE;
}

static bool report(const struct hw_aws_call *call, const struct service_error *error,
                   struct hw_err *err)
{
    const char *service = hw_aws_service_info(call->request->service)->id;
    const struct mapping *mapping = find_mapping(error->code);
    enum hw_code code = code_of(call, error, mapping);
    if (error->message[0])
        hw_fail(err, code, "%s %s: %s (%s)", service, call->request->operation, error->message,
                error->code);
    else
        hw_fail(err, code, _("%s %s: the service answered with HTTP %d %s"), service,
                call->request->operation, call->answer.status, error->code);
    if (mapping)
        tell_cause(call, mapping->cause, error, err);
    else if (code == HW_ERR_THROTTLED)
        hw_err_next(err, _("The account makes too many requests; try again later."));
    if (err)
        memcpy(err->service_code, error->code, sizeof err->service_code);
    return false;
}

static enum hw_failure read_service_error(const struct hw_aws_call *call, struct hw_err *err)
{
    struct service_error error;
    read_error(call, &error);
    report(call, &error, err);
    if (hw_retry_is_throttle(error.code) || call->answer.status == 429)
        return HW_FAILURE_THROTTLED;
    bool lost = call->answer.status >= 500 || hw_text_starts(error.code, "RequestTimeout");
    return lost ? HW_FAILURE_LOST : HW_FAILURE_FINAL;
}

static enum hw_failure read_curl_error(const struct hw_aws_call *call, struct hw_err *err)
{
    const struct hw_aws_answer *answer = &call->answer;
    const char *service = hw_aws_service_info(call->request->service)->id;
    const char *reason =
        answer->curl_text[0] ? answer->curl_text : curl_easy_strerror(answer->curl);
    char why[256];
    set_clean(why, sizeof why, reason);
    hw_fail(err, HW_ERR_NETWORK, _("%s %s: no answer from %s: %s"), service,
            call->request->operation, call->endpoint.url, why);
    switch (answer->curl) {
    case CURLE_COULDNT_RESOLVE_PROXY:
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_CONNECT:
    case CURLE_SSL_CONNECT_ERROR:
        hw_err_next(err, _("Check the network, the region and HTTPS_PROXY."));
        return HW_FAILURE_NOT_SENT;
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_ISSUER_ERROR:
        hw_err_next(err, _("Its certificate is not trusted. Behind an inspecting proxy set "
                           "AWS_CA_BUNDLE."));
        return HW_FAILURE_FINAL;
    case CURLE_URL_MALFORMAT:
    case CURLE_UNSUPPORTED_PROTOCOL:
        hw_err_next(err, _("What answers there does not speak HTTP: check the endpoint URL."));
        return HW_FAILURE_FINAL;
    default:
        hw_err_next(err, _("Check the network and try again."));
        return HW_FAILURE_LOST;
    }
}

static enum hw_failure malformed(const struct hw_aws_call *call, struct hw_err *err)
{
    hw_fail(err, HW_ERR_PROTOCOL, _("%s %s: the answer from %s could not be understood"),
            hw_aws_service_info(call->request->service)->id, call->request->operation,
            call->endpoint.url);
    hw_err_next(err, _("A proxy or sign-in page may have answered instead of AWS."));
    return HW_FAILURE_LOST;
}

static enum hw_failure read_json(struct hw_aws_call *call, struct hw_err *err)
{
    const struct hw_buf *body = &call->answer.body;
    call->reply.json = body->len ? json_loadb(body->data, body->len, 0, NULL) : json_object();
    if (!json_is_object(call->reply.json))
        return malformed(call, err);
    return HW_FAILURE_NONE;
}

/* "<DescribeStacksResponse>", in which the result of a query service is wrapped once more. */
static bool unwrap(struct hw_aws_call *call, struct hw_xml *root)
{
    const char *operation = call->request->operation;
    hw_auto_text response = hw_format("%sResponse", operation);
    hw_auto_text result = hw_format("%sResult", operation);
    if (hw_aws_service_info(call->request->service)->protocol != HW_AWS_REST_XML &&
        strcmp((const char *)root->name, response) != 0)
        return false;
    struct hw_xml *inner = hw_xml_child(root, result);
    call->reply.xml = inner ? inner : root;
    if (!call->answer.request_id[0]) {
        hw_auto_text id = hw_xml_text(root, "ResponseMetadata/RequestId");
        hw_auto_text ec2_id = hw_xml_text(root, "requestId");
        set_clean(call->answer.request_id, sizeof call->answer.request_id, *id ? id : ec2_id);
    }
    return true;
}

static enum hw_failure read_xml(struct hw_aws_call *call, struct hw_err *err)
{
    bool rest = hw_aws_service_info(call->request->service)->protocol == HW_AWS_REST_XML;
    if (rest && call->answer.body.len == 0)
        return HW_FAILURE_NONE; /* PutObject, HeadBucket */
    call->doc = hw_xml_parse(hw_buf_cstr(&call->answer.body), call->answer.body.len);
    struct hw_xml *root = call->doc ? hw_xml_root(call->doc) : NULL;
    if (!root || !unwrap(call, root))
        return malformed(call, err);
    return HW_FAILURE_NONE;
}

enum hw_failure hw_reply_read(struct hw_aws_call *call, struct hw_err *err)
{
    const struct hw_aws_answer *answer = &call->answer;
    const struct hw_aws_service_info *info = hw_aws_service_info(call->request->service);
    hw_reply_done(call);
    if (answer->too_big) {
        hw_fail(err, HW_ERR_LIMIT, _("%s %s: the answer is larger than %zu KiB"), info->id,
                call->request->operation, call->aws->tuning.reply_max / 1024);
        return HW_FAILURE_FINAL;
    }
    if (answer->curl != CURLE_OK)
        return read_curl_error(call, err);
    if (answer->status < 200 || answer->status >= 300)
        return read_service_error(call, err);
    call->reply.status = answer->status;
    call->reply.request_id = answer->request_id;
    return is_json(call) ? read_json(call, err) : read_xml(call, err);
}
