/* SPDX-License-Identifier: Apache-2.0 */
/* Signs the requests on standard input, one JSON object a line, and prints the value of each
 * Authorization header; sigv4-botocore.py compares. */
#include <jansson.h>

#include "aws/sigv4.h"
#include "base/mem.h"

#define MOST_HEADERS 64

static const char *text(const json_t *object, const char *name)
{
    const char *value = json_string_value(json_object_get(object, name));
    return value ? value : "";
}

static size_t headers_of(const json_t *object, struct hw_sigv4_header *out)
{
    const json_t *list = json_object_get(object, "headers");
    size_t count = json_array_size(list);
    for (size_t i = 0; i < count && i < MOST_HEADERS; i++) {
        const json_t *pair = json_array_get(list, i);
        out[i].name = json_string_value(json_array_get(pair, 0));
        out[i].value = json_string_value(json_array_get(pair, 1));
    }
    return count < MOST_HEADERS ? count : MOST_HEADERS;
}

static struct hw_secret *secret_of(const json_t *object, const char *name)
{
    const char *value = text(object, name);
    return *value ? hw_secret_new(value, strlen(value)) : NULL;
}

static bool sign_line(struct hw_sigv4 *signer, const json_t *object)
{
    struct hw_sigv4_header headers[MOST_HEADERS];
    struct hw_sigv4_request request = {
        .method = text(object, "method"),
        .path = text(object, "path"),
        .query = text(object, "query"),
        .headers = headers,
        .header_count = headers_of(object, headers),
        .body = text(object, "body"),
        .body_length = json_string_length(json_object_get(object, "body")),
        .s3 = json_is_true(json_object_get(object, "s3")),
    };
    struct hw_sigv4_keys keys = {text(object, "key_id"), secret_of(object, "secret"),
                                 secret_of(object, "token")};
    struct hw_sigv4_result result;
    struct hw_err err = {0};
    bool ok = hw_sigv4_sign(signer, &request, &keys,
                            json_integer_value(json_object_get(object, "time_ms")),
                            text(object, "region"), text(object, "service"), &result, &err);
    puts(ok ? hw_buf_cstr(&result.authorization) : err.what);
    if (ok)
        hw_sigv4_result_done(&result);
    hw_secret_free((struct hw_secret *)keys.secret);
    hw_secret_free((struct hw_secret *)keys.token);
    return ok;
}

int main(void)
{
    struct hw_sigv4 *signer = hw_sigv4_new();
    bool ok = true;
    json_t *object;
    while ((object = json_loadf(stdin, JSON_DISABLE_EOF_CHECK, NULL))) {
        ok = sign_line(signer, object) && ok;
        json_decref(object);
    }
    hw_sigv4_free(signer);
    return ok ? 0 : 1;
}
