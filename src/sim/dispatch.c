/* SPDX-License-Identifier: Apache-2.0 */
#include "sim/dispatch.h"

#include "base/mem.h"
#include "base/text.h"
#include "sim/sign.h"
#include "sim/wire.h"

static const struct sim_service *const SERVICES[] = {
    &sim_sts,     &sim_iam,    &sim_ec2,  &sim_autoscaling, &sim_cloudformation,
    &sim_ssm,     &sim_quotas, &sim_kms,  &sim_route53,     &sim_s3,
    &sim_pricing, &sim_ds,     &sim_logs,
};

struct refusal {
    int status;
    const char *code, *message;
};

#define TOKEN_INVALID "The security token included in the request is invalid."
#define MISMATCH                                                                                   \
    "The request signature we calculated does not match the signature you provided. Check your "   \
    "AWS Secret Access Key and signing method. Consult the service documentation for details."
#define PAYLOAD  "The provided 'x-amz-content-sha256' header does not match what was computed."
#define NO_TOKEN "Request is missing Authentication Token"
#define INCOMPLETE                                                                                 \
    "Authorization header requires 'Credential' parameter, 'SignedHeaders' parameter and "         \
    "'Signature' parameter."

/* Rows by protocol, columns by enum sim_sign. A NULL message is made by the check. */
static const struct refusal REFUSALS[][SIM_SIGN_COUNT] = {
    [SIM_QUERY] = {[SIM_SIGN_MISSING] = {403, "MissingAuthenticationToken", NO_TOKEN},
                   [SIM_SIGN_INCOMPLETE] = {400, "IncompleteSignature", INCOMPLETE},
                   [SIM_SIGN_KEY] = {403, "InvalidClientTokenId", TOKEN_INVALID},
                   [SIM_SIGN_MISMATCH] = {403, "SignatureDoesNotMatch", MISMATCH},
                   [SIM_SIGN_EXPIRED] = {403, "SignatureDoesNotMatch", NULL},
                   [SIM_SIGN_PAYLOAD] = {403, "SignatureDoesNotMatch", PAYLOAD}},
    [SIM_EC2] = {[SIM_SIGN_MISSING] = {400, "MissingAuthenticationToken", NO_TOKEN},
                 [SIM_SIGN_INCOMPLETE] = {400, "IncompleteSignature", INCOMPLETE},
                 [SIM_SIGN_KEY] = {401, "AuthFailure",
                                   "AWS was not able to validate the provided access credentials"},
                 [SIM_SIGN_MISMATCH] = {403, "SignatureDoesNotMatch", MISMATCH},
                 [SIM_SIGN_EXPIRED] = {400, "RequestExpired", "Request has expired."},
                 [SIM_SIGN_PAYLOAD] = {403, "SignatureDoesNotMatch", PAYLOAD}},
    [SIM_JSON] = {[SIM_SIGN_MISSING] = {400, "MissingAuthenticationTokenException",
                                        "Missing Authentication Token"},
                  [SIM_SIGN_INCOMPLETE] = {400, "IncompleteSignatureException", INCOMPLETE},
                  [SIM_SIGN_KEY] = {400, "UnrecognizedClientException", TOKEN_INVALID},
                  [SIM_SIGN_MISMATCH] = {400, "InvalidSignatureException", MISMATCH},
                  [SIM_SIGN_EXPIRED] = {400, "InvalidSignatureException", NULL},
                  [SIM_SIGN_PAYLOAD] = {400, "InvalidSignatureException", PAYLOAD}},
    [SIM_REST] = {[SIM_SIGN_MISSING] = {403, "MissingAuthenticationToken", NO_TOKEN},
                  [SIM_SIGN_INCOMPLETE] = {400, "IncompleteSignature", INCOMPLETE},
                  [SIM_SIGN_KEY] = {403, "InvalidClientTokenId", TOKEN_INVALID},
                  [SIM_SIGN_MISMATCH] = {403, "SignatureDoesNotMatch", MISMATCH},
                  [SIM_SIGN_EXPIRED] = {403, "SignatureDoesNotMatch", NULL},
                  [SIM_SIGN_PAYLOAD] = {403, "SignatureDoesNotMatch", PAYLOAD}},
    [SIM_S3] = {[SIM_SIGN_MISSING] = {403, "AccessDenied", "Access Denied"},
                [SIM_SIGN_INCOMPLETE] = {400, "AuthorizationHeaderMalformed",
                                         "The authorization header is malformed."},
                [SIM_SIGN_KEY] = {403, "InvalidAccessKeyId",
                                  "The AWS Access Key Id you provided does not exist in our "
                                  "records."},
                [SIM_SIGN_MISMATCH] = {403, "SignatureDoesNotMatch", MISMATCH},
                [SIM_SIGN_EXPIRED] = {403, "RequestTimeTooSkewed",
                                      "The difference between the request time and the current "
                                      "time is too large."},
                [SIM_SIGN_PAYLOAD] = {400, "XAmzContentSHA256Mismatch", PAYLOAD}},
};

bool sim_refuse(struct sim_call *call, int status, const char *code, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    vsnprintf(call->message, sizeof call->message, fmt, args);
    va_end(args);
    snprintf(call->code, sizeof call->code, "%s", code);
    call->status = status;
    return false;
}

const char *sim_need(struct sim_call *call, const char *key)
{
    const char *text = sim_text(call->in, key);
    if (*text)
        return text;
    if (call->service->protocol == SIM_EC2)
        sim_refuse(call, 400, "MissingParameter", "The request must contain the parameter %s", key);
    else if (call->service->protocol == SIM_JSON)
        sim_refuse(call, 400, "ValidationException",
                   "1 validation error detected: Value null at '%s' failed to satisfy constraint: "
                   "Member must not be null",
                   key);
    else
        sim_refuse(call, 400, "ValidationError",
                   "1 validation error detected: Value null at '%s' failed to satisfy constraint: "
                   "Member must not be null",
                   key);
    return NULL;
}

/* Without a signature the form of the request tells the service. */
static const struct sim_service *guess_service(const struct sim_request *request)
{
    if (*sim_text(request->headers, "x-amz-target"))
        return &sim_ssm;
    if (hw_text_starts(request->uri, "/2013-04-01/"))
        return &sim_route53;
    return strcmp(request->uri, "/") == 0 ? &sim_sts : &sim_s3;
}

static const struct sim_service *find_service(const char *name)
{
    for (size_t i = 0; i < HW_COUNT(SERVICES); i++) {
        if (strcmp(SERVICES[i]->name, name) == 0)
            return SERVICES[i];
    }
    return NULL;
}

/* Fills call->in and finds the operation's name. */
static bool read_parameters(struct sim_call *call)
{
    const struct hw_buf *body = &call->request->body;
    const char *bytes = hw_buf_cstr(body);
    if (call->service->protocol == SIM_JSON) {
        const char *target = sim_text(call->request->headers, "x-amz-target");
        const char *dot = strrchr(target, '.');
        call->operation = dot ? dot + 1 : target;
        call->in = body->len ? json_loadb(bytes, body->len, 0, NULL) : json_object();
        return json_is_object(call->in) ||
               sim_refuse(call, 400, "SerializationException", "Unable to parse the body");
    }
    const char *query = strchr(call->request->uri, '?');
    if (call->service->protocol == SIM_REST || call->service->protocol == SIM_S3)
        call->in = sim_query_parse(query ? query + 1 : "", query ? strlen(query + 1) : 0);
    else if (strcmp(call->request->method, "GET") == 0 && query)
        call->in = sim_form_parse(query + 1, strlen(query + 1));
    else
        call->in = sim_form_parse(bytes, body->len);
    if (!call->in)
        return sim_refuse(call, 400, "MalformedQueryString",
                          "The request's parameters cannot be read");
    call->operation = sim_text(call->in, "Action");
    return true;
}

static const struct sim_op *find_in(const struct sim_op *ops, const char *name)
{
    for (; ops && ops->name; ops++) {
        if (strcmp(ops->name, name) == 0)
            return ops;
    }
    return NULL;
}

static const struct sim_op *find_operation(const struct sim_call *call)
{
    const struct sim_op *op = find_in(call->service->ops, call->operation);
    return op ? op : find_in(call->service->more, call->operation);
}

/* "GET /2013-04-01/hostedzone/<*>/rrset": the star is one path element, in S3 all the rest. */
static bool route_matches(const struct sim_call *call, const char *route, struct hw_buf *tail)
{
    size_t method = strcspn(route, " ");
    if (strncmp(route, call->request->method, method) != 0 ||
        strlen(call->request->method) != method)
        return false;
    const char *pattern = route + method + 1, *path = call->path;
    hw_buf_clear(tail);
    while (*pattern && *pattern == *path) {
        pattern++;
        path++;
    }
    if (*pattern == '*') {
        size_t length =
            pattern[1] || call->service->protocol == SIM_REST ? strcspn(path, "/") : strlen(path);
        hw_buf_add(tail, path, length);
        path += length;
        pattern++;
        if (length == 0)
            return false;
    }
    return strcmp(pattern, path) == 0;
}

static const struct sim_op *find_route(struct sim_call *call, struct hw_buf *tail)
{
    for (const struct sim_op *op = call->service->ops; op->name; op++) {
        if (route_matches(call, op->route, tail))
            return op;
    }
    return NULL;
}

static bool refuse_unknown(struct sim_call *call)
{
    switch (call->service->protocol) {
    case SIM_JSON:
        return sim_refuse(call, 400, "UnknownOperationException", "%s is not known here",
                          call->operation);
    case SIM_EC2:
    case SIM_QUERY:
        return sim_refuse(call, 400, "InvalidAction",
                          "The action %s is not valid for this web service.", call->operation);
    default:
        return sim_refuse(call, 405, "MethodNotAllowed",
                          "The specified method is not allowed against this resource.");
    }
}

static bool check_region(struct sim_call *call, const struct sim_scope *scope)
{
    const json_t *regions = json_object_get(call->cloud->state, "regions");
    const json_t *region = sim_find(regions, "regionName", scope->region);
    if (region && !sim_is(region, "optInStatus", "not-opted-in"))
        return true;
    const struct refusal *refusal = &REFUSALS[call->service->protocol][SIM_SIGN_KEY];
    return sim_refuse(call, refusal->status, refusal->code, "%s", refusal->message);
}

static bool authenticate(struct sim_call *call, struct sim_scope *scope)
{
    enum sim_sign verdict = sim_sign_scope(call->request, scope);
    call->service =
        verdict == SIM_SIGN_OK ? find_service(scope->service) : guess_service(call->request);
    if (!call->service) {
        call->service = &sim_sts;
        return sim_refuse(call, 404, "UnknownService", "The simulator has no service '%s'",
                          scope->service);
    }
    hw_auto(hw_buf) detail = HW_BUF(HW_MAX_VALUE);
    if (verdict == SIM_SIGN_OK)
        verdict = sim_sign_check(call->cloud, call->request, scope, hw_clock_wall_ms(), &detail);
    call->region = scope->region;
    if (verdict == SIM_SIGN_OK)
        return check_region(call, scope);
    const struct refusal *refusal = &REFUSALS[call->service->protocol][verdict];
    return sim_refuse(call, refusal->status, refusal->code, "%s",
                      refusal->message ? refusal->message : hw_buf_cstr(&detail));
}

static bool refuse_by_fault(struct sim_call *call, enum sim_fault_kind fault)
{
    bool json = call->service->protocol == SIM_JSON, ec2 = call->service->protocol == SIM_EC2;
    switch (fault) {
    case SIM_FAULT_THROTTLE:
        return sim_refuse(call, ec2 ? 503 : 400,
                          json  ? "ThrottlingException"
                          : ec2 ? "RequestLimitExceeded"
                                : "Throttling",
                          ec2 ? "Request limit exceeded." : "Rate exceeded");
    case SIM_FAULT_500:
        return sim_refuse(call, 500, json ? "InternalServerError" : "InternalFailure",
                          "An internal error has occurred. Retry your request.");
    case SIM_FAULT_503:
        return sim_refuse(call, 503, "ServiceUnavailable", "Service Unavailable");
    case SIM_FAULT_EXPIRED:
        return sim_refuse(call, json ? 400 : 403,
                          json  ? "ExpiredTokenException"
                          : ec2 ? "RequestExpired"
                                : "ExpiredToken",
                          "The security token included in the request is expired");
    case SIM_FAULT_DENIED:
        return sim_refuse(call, json ? 400 : 403,
                          json  ? "AccessDeniedException"
                          : ec2 ? "UnauthorizedOperation"
                                : "AccessDenied",
                          "User: %s is not authorized to perform: %s:%s on resource: * because no "
                          "identity-based policy allows the %s:%s action",
                          sim_text(call->cloud->state, "arn"), call->service->name, call->operation,
                          call->service->name, call->operation);
    default:
        return true;
    }
}

static void run(struct sim_call *call, struct sim_faults *faults, struct sim_answer *answer)
{
    struct sim_scope scope = {0};
    hw_auto(hw_buf) tail = HW_BUF(HW_MAX_VALUE);
    if (!authenticate(call, &scope) || !read_parameters(call))
        return;
    bool rest = call->service->protocol == SIM_REST || call->service->protocol == SIM_S3;
    const struct sim_op *op = rest ? find_route(call, &tail) : find_operation(call);
    if (!op) {
        refuse_unknown(call);
        return;
    }
    call->operation = op->name;
    call->row = op->row;
    call->tail = hw_buf_cstr(&tail);
    enum sim_fault_kind fault = sim_fault_take(faults, call->cloud, call->service->name);
    answer->reset = fault == SIM_FAULT_RESET;
    answer->delay_ms = sim_fault_delay(faults, call->service->name);
    if (answer->reset || !refuse_by_fault(call, fault))
        return;
    op->fn(call);
    answer->reset = fault == SIM_FAULT_LOST;
    if (fault == SIM_FAULT_MALFORMED)
        answer->status = -1;
}

static void render(struct sim_call *call, struct sim_answer *answer)
{
    char request_id[SIM_ID_SIZE];
    sim_uuid(call->cloud, request_id);
    bool malformed = answer->status == -1;
    answer->status = call->status;
    answer->body.max = HW_MAX_REPLY;
    if (call->code[0])
        sim_wire_error(call, request_id, &answer->body);
    else
        sim_wire_answer(call, request_id, &answer->body);
    if (malformed)
        answer->body.len /= 2;
    sim_put(call->headers, "Content-Type", "%s", sim_wire_type(call));
    sim_put(call->headers,
            call->service->protocol == SIM_S3 ? "x-amz-request-id" : "x-amzn-RequestId", "%s",
            request_id);
    answer->headers = json_incref(call->headers);
    snprintf(answer->what, sizeof answer->what, "%s %s %d %s", call->service->name,
             call->operation ? call->operation : "-", call->status, call->code);
}

static char *decoded_path(const char *uri)
{
    hw_auto_text raw = hw_strndup(uri, strcspn(uri, "?"));
    for (char *p = raw; *p; p++) {
        if (*p == '&' || *p == '=' || *p == '+')
            *p = '_';
    }
    json_t *fields = sim_query_parse(raw, strlen(raw));
    const char *path = json_object_iter_key(json_object_iter(fields));
    char *copy = hw_strdup(path ? path : "/");
    json_decref(fields);
    return copy;
}

void sim_dispatch(struct sim_cloud *cloud, struct sim_faults *faults,
                  const struct sim_request *request, struct sim_answer *ret)
{
    hw_auto_text path = decoded_path(request->uri);
    struct sim_call call = {.cloud = cloud,
                            .request = request,
                            .region = "",
                            .path = path,
                            .out = json_object(),
                            .headers = json_object(),
                            .raw = HW_BUF(HW_SIM_MAX_BODY),
                            .status = 200};
    run(&call, faults, ret);
    render(&call, ret);
    hw_buf_done(&call.raw);
    json_decref(call.in);
    json_decref(call.out);
    json_decref(call.headers);
}

void sim_answer_done(struct sim_answer *answer)
{
    hw_buf_done(&answer->body);
    json_decref(answer->headers);
    answer->headers = NULL;
}

void sim_request_done(struct sim_request *request)
{
    free(request->method);
    free(request->uri);
    json_decref(request->headers);
    hw_buf_done(&request->body);
}
