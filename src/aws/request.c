/* SPDX-License-Identifier: Apache-2.0 */
/* Building a request and writing it in the form that its service reads. */
#include "aws/parts.h"

#include <openssl/evp.h>

#include "base/text.h"

struct hw_aws_request *hw_aws_request_new(enum hw_aws_service service, const char *operation)
{
    static const char *const reads[] = {"Describe", "Get", "List", "Validate", "Simulate"};
    struct hw_aws_request *request = HW_NEW(struct hw_aws_request);
    request->service = service;
    request->operation = hw_strdup(operation);
    request->body = (struct hw_buf)HW_BUF(HW_MAX_FILE);
    for (size_t i = 0; i < HW_COUNT(reads); i++)
        request->idempotent = request->idempotent || hw_text_starts(operation, reads[i]);
    return request;
}

static void wipe_texts(struct hw_strv *texts)
{
    for (size_t i = 0; i < texts->count; i++)
        hw_wipe(texts->items[i], strlen(texts->items[i]));
}

static void wipe(struct hw_aws_request *request)
{
    wipe_texts(&request->values);
    wipe_texts(&request->header_values);
    hw_json_wipe(request->json);
    if (request->body.data)
        hw_wipe(request->body.data, request->body.len);
}

void hw_aws_request_keys(struct hw_aws_request *request, const struct hw_creds *keys)
{
    hw_creds_done(&request->keys);
    hw_creds_copy(keys, &request->keys);
    request->sign = HW_SIGN_AS_GIVEN;
    request->secret = true;
}

void hw_aws_request_unsigned(struct hw_aws_request *request)
{
    request->sign = HW_SIGN_NOT;
    request->secret = true;
}

void hw_aws_request_free(struct hw_aws_request *request)
{
    if (!request)
        return;
    if (request->secret)
        wipe(request);
    hw_creds_done(&request->keys);
    free(request->operation);
    hw_strv_done(&request->names);
    hw_strv_done(&request->values);
    hw_strv_done(&request->header_names);
    hw_strv_done(&request->header_values);
    json_decref(request->json);
    free(request->method);
    free(request->path);
    free(request->content_type);
    free(request->region);
    hw_buf_done(&request->body);
    free(request);
}

void hw_aws_param(struct hw_aws_request *request, const char *name, const char *value)
{
    hw_strv_add(&request->names, name);
    hw_strv_add(&request->values, value ? value : "");
}

void hw_aws_paramf(struct hw_aws_request *request, const char *value, const char *name_fmt, ...)
{
    hw_auto(hw_buf) name = HW_BUF(1024);
    va_list args;
    va_start(args, name_fmt);
    hw_buf_vprint(&name, name_fmt, args);
    va_end(args);
    hw_aws_param(request, hw_buf_cstr(&name), value);
}

void hw_aws_body_json(struct hw_aws_request *request, json_t *body_take)
{
    json_decref(request->json);
    request->json = body_take;
}

void hw_aws_rest(struct hw_aws_request *request, const char *method, const char *path)
{
    hw_replace(&request->method, method);
    hw_replace(&request->path, path);
    if (strcmp(method, "GET") == 0 || strcmp(method, "HEAD") == 0)
        request->idempotent = true;
}

void hw_aws_header(struct hw_aws_request *request, const char *name, const char *value)
{
    hw_strv_add(&request->header_names, name);
    hw_strv_add(&request->header_values, value);
}

void hw_aws_body(struct hw_aws_request *request, const char *content_type, const void *bytes,
                 size_t count)
{
    hw_replace(&request->content_type, content_type);
    hw_buf_clear(&request->body);
    hw_buf_add(&request->body, bytes, count);
}

void hw_aws_body_secret(struct hw_aws_request *request, const struct hw_secret *body)
{
    request->secret = request->whole = true;
    hw_buf_clear(&request->body);
    hw_buf_add(&request->body, hw_secret_bytes(body), hw_secret_length(body));
}

void hw_aws_secret_reply(struct hw_aws_request *request)
{
    request->secret = true;
}

void hw_aws_idempotent(struct hw_aws_request *request)
{
    request->idempotent = true;
}

void hw_aws_patient(struct hw_aws_request *request)
{
    request->patient = true;
}

void hw_aws_request_region(struct hw_aws_request *request, const char *region)
{
    hw_replace(&request->region, region);
}

void hw_aws_encoded_done(struct hw_aws_encoded *encoded)
{
    if (encoded->secret && encoded->body.data)
        hw_wipe(encoded->body.data, encoded->body.len);
    hw_buf_done(&encoded->path);
    hw_buf_done(&encoded->query);
    hw_wipe_buf(&encoded->body);
    free(encoded->target);
    *encoded = (struct hw_aws_encoded){0};
}

static void add_fields(const struct hw_aws_request *request, struct hw_buf *out)
{
    for (size_t i = 0; i < request->names.count; i++) {
        const char *name = request->names.items[i], *value = request->values.items[i];
        if (out->len)
            hw_buf_char(out, '&');
        hw_buf_uri(out, name, strlen(name), false);
        hw_buf_char(out, '=');
        hw_buf_uri(out, value, strlen(value), false);
    }
}

char *hw_aws_params_digest(const struct hw_aws_request *request)
{
    hw_auto(hw_buf) fields = HW_BUF(HW_MAX_FILE);
    hw_auto(hw_buf) hex = HW_BUF(2 * EVP_MAX_MD_SIZE);
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned count = 0;
    add_fields(request, &fields);
    EVP_Digest(hw_buf_cstr(&fields), fields.len, digest, &count, EVP_sha256(), NULL);
    hw_buf_hex(&hex, digest, count);
    return hw_buf_take(&hex);
}

static void encode_query(const struct hw_aws_request *request,
                         const struct hw_aws_service_info *info, struct hw_aws_encoded *out)
{
    out->method = "POST";
    out->content_type = "application/x-www-form-urlencoded; charset=utf-8";
    hw_buf_print(&out->body, "Action=%s&Version=%s", request->operation, info->version);
    add_fields(request, &out->body);
}

static bool add_json(const json_t *object, struct hw_buf *out)
{
    char *text = json_dumps(object, JSON_COMPACT);
    bool ok = text && hw_buf_text(out, text);
    if (text)
        hw_wipe(text, strlen(text));
    free(text);
    return ok;
}

static bool encode_json(const struct hw_aws_request *request,
                        const struct hw_aws_service_info *info, struct hw_aws_encoded *out)
{
    out->method = "POST";
    out->content_type = "application/x-amz-json-1.1";
    out->target = hw_format("%s.%s", info->target, request->operation);
    out->secret = request->whole;
    if (request->whole) /* in one piece: a buffer that grows leaves copies behind */
        return hw_buf_add(&out->body, hw_buf_cstr(&request->body), request->body.len);
    json_t *object = request->json ? json_copy(request->json) : json_object();
    for (size_t i = 0; i < request->names.count; i++)
        json_object_set_new(object, request->names.items[i], json_string(request->values.items[i]));
    bool ok = add_json(object, &out->body);
    json_decref(object);
    return ok;
}

static void encode_rest(const struct hw_aws_request *request, struct hw_aws_encoded *out)
{
    out->method = request->method ? request->method : "GET";
    out->content_type = request->content_type;
    add_fields(request, &out->query);
    hw_buf_add(&out->body, hw_buf_cstr(&request->body), request->body.len);
}

static bool encode_rest_json(const struct hw_aws_request *request, struct hw_aws_encoded *out)
{
    encode_rest(request, out);
    if (!request->json)
        return true;
    out->content_type = "application/json";
    return add_json(request->json, &out->body);
}

bool hw_aws_request_encode(const struct hw_aws_request *request, const char *prefix,
                           struct hw_aws_encoded *ret, struct hw_err *err)
{
    const struct hw_aws_service_info *info = hw_aws_service_info(request->service);
    const char *path = request->path ? request->path : "/";
    struct hw_aws_encoded out = {
        .path = HW_BUF(HW_MAX_LINE), .query = HW_BUF(HW_MAX_LINE), .body = HW_BUF(HW_MAX_FILE)};
    bool ok = hw_buf_text(&out.path, prefix) && hw_buf_uri(&out.path, path, strlen(path), true);
    if (info->protocol == HW_AWS_JSON)
        ok = encode_json(request, info, &out) && ok;
    else if (info->protocol == HW_AWS_REST_XML)
        encode_rest(request, &out);
    else if (info->protocol == HW_AWS_REST_JSON)
        ok = encode_rest_json(request, &out) && ok;
    else
        encode_query(request, info, &out);
    if (!ok || out.path.full || out.query.full || out.body.full || request->body.full) {
        hw_aws_encoded_done(&out);
        return hw_fail(err, HW_ERR_LIMIT, _("%s %s: the request is too large, or not UTF-8"),
                       info->id, request->operation);
    }
    *ret = out;
    return true;
}
