/* SPDX-License-Identifier: Apache-2.0 */
#include "sim/sign.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "base/mem.h"
#include "base/text.h"
#include "sim/wire.h"

#define HASH        32
#define WINDOW_MS   (15 * 60 * 1000)
#define SCHEME      "AWS4-HMAC-SHA256"
#define SORTS_FIRST '\001'

static bool part(const char *text, const char *name, char *out, size_t size)
{
    const char *at = strstr(text, name);
    if (!at)
        return false;
    at += strlen(name);
    size_t length = strcspn(at, ", ");
    if (length == 0 || length >= size)
        return false;
    snprintf(out, size, "%.*s", (int)length, at);
    return true;
}

enum sim_sign sim_sign_scope(const struct sim_request *request, struct sim_scope *ret)
{
    const char *header = sim_text(request->headers, "authorization");
    char credential[400];
    if (!*header)
        return SIM_SIGN_MISSING;
    if (!hw_text_starts(header, SCHEME " ") ||
        !part(header, "Credential=", credential, sizeof credential) ||
        !part(header, "SignedHeaders=", ret->signed_headers, sizeof ret->signed_headers) ||
        !part(header, "Signature=", ret->signature, sizeof ret->signature))
        return SIM_SIGN_INCOMPLETE;
    char end[32];
    int parts = sscanf(credential, "%159[^/]/%15[^/]/%63[^/]/%63[^/]/%31s", ret->key, ret->date,
                       ret->region, ret->service, end);
    return parts == 5 && strcmp(end, "aws4_request") == 0 ? SIM_SIGN_OK : SIM_SIGN_INCOMPLETE;
}

static void sha256_hex(const void *bytes, size_t count, struct hw_buf *out)
{
    unsigned char hash[HASH];
    EVP_Digest(bytes ? bytes : "", count, hash, NULL, EVP_sha256(), NULL);
    hw_buf_hex(out, hash, sizeof hash);
}

static void hmac(const void *key, size_t key_length, const char *text, unsigned char out[HASH])
{
    unsigned length = HASH;
    HMAC(EVP_sha256(), key, (int)key_length, (const unsigned char *)text, strlen(text), out,
         &length);
}

/* The path as it came is encoded once by the client; every service but S3 signs it encoded once
 * more. */
static void canonical_path(const struct sim_request *request, bool s3, struct hw_buf *out)
{
    size_t length = strcspn(request->uri, "?");
    if (s3)
        hw_buf_add(out, request->uri, length);
    else
        hw_buf_uri(out, request->uri, length, true);
}

static int by_bytes(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static void canonical_query(const struct sim_request *request, struct hw_buf *out)
{
    const char *query = strchr(request->uri, '?');
    json_t *fields = query ? sim_query_parse(query + 1, strlen(query + 1)) : NULL;
    struct hw_strv lines = {0};
    const char *key;
    json_t *value;
    json_object_foreach(fields, key, value)
    {
        hw_auto(hw_buf) line = HW_BUF(HW_MAX_TEXT);
        hw_buf_uri(&line, key, strlen(key), false);
        hw_buf_char(&line, SORTS_FIRST); /* "a=1" before "a-b=1" */
        hw_buf_uri(&line, json_string_value(value), json_string_length(value), false);
        hw_strv_take(&lines, hw_buf_take(&line));
    }
    if (lines.count)
        qsort(lines.items, lines.count, sizeof *lines.items, by_bytes);
    for (size_t i = 0; i < lines.count; i++) {
        *strchr(lines.items[i], SORTS_FIRST) = '=';
        hw_buf_print(out, "%s%s", i ? "&" : "", lines.items[i]);
    }
    hw_strv_done(&lines);
    json_decref(fields);
}

/* Values without blanks at the ends and with single blanks inside. */
static void canonical_value(const char *value, struct hw_buf *out)
{
    struct hw_span trimmed = hw_text_trim(value, strlen(value));
    for (size_t i = 0; i < trimmed.n; i++) {
        if (trimmed.p[i] != ' ' || trimmed.p[i + 1] != ' ')
            hw_buf_char(out, trimmed.p[i]);
    }
}

static void canonical_headers(const struct sim_request *request, const char *names,
                              struct hw_buf *out)
{
    while (*names) {
        size_t length = strcspn(names, ";");
        hw_auto_text name = hw_strndup(names, length);
        hw_buf_print(out, "%s:", name);
        canonical_value(sim_text(request->headers, name), out);
        hw_buf_char(out, '\n');
        names += length + (names[length] == ';');
    }
}

static bool payload_hash(const struct sim_request *request, struct hw_buf *out)
{
    const char *said = sim_text(request->headers, "x-amz-content-sha256");
    hw_auto(hw_buf) hash = HW_BUF(2 * HASH);
    sha256_hex(request->body.data, request->body.len, &hash);
    bool free_form = hw_text_starts(said, "UNSIGNED-") || hw_text_starts(said, "STREAMING-");
    hw_buf_text(out, *said ? said : hw_buf_cstr(&hash));
    return !*said || free_form || strcmp(said, hw_buf_cstr(&hash)) == 0;
}

static void signature(const struct sim_cloud *cloud, const struct sim_scope *scope,
                      const char *text, struct hw_buf *out)
{
    unsigned char key[HASH];
    char first[HW_MAX_SECRET + 8];
    int length = snprintf(first, sizeof first, "AWS4%s", hw_secret_bytes(cloud->secret_key));
    hmac(first, (size_t)length, scope->date, key);
    hw_wipe(first, sizeof first);
    hmac(key, HASH, scope->region, key);
    hmac(key, HASH, scope->service, key);
    hmac(key, HASH, "aws4_request", key);
    hmac(key, HASH, text, key);
    hw_buf_hex(out, key, HASH);
    hw_wipe(key, sizeof key);
}

static bool expired(const char *date, int64_t now_ms, struct hw_buf *detail)
{
    hw_auto_text extended = strlen(date) == 16
                                ? hw_format("%.4s-%.2s-%.2sT%.2s:%.2s:%.2sZ", date, date + 4,
                                            date + 6, date + 9, date + 11, date + 13)
                                : hw_strdup("");
    int64_t signed_ms = 0;
    if (hw_time_parse(extended, strlen(extended), &signed_ms) && signed_ms >= now_ms - WINDOW_MS &&
        signed_ms <= now_ms + WINDOW_MS)
        return false;
    bool early = signed_ms > now_ms;
    char now[HW_TIME_SIZE], limit[HW_TIME_SIZE];
    hw_time_compact(now_ms, now);
    hw_time_compact(early ? now_ms + WINDOW_MS : now_ms - WINDOW_MS, limit);
    hw_buf_print(detail, "Signature %s: %s is %s %s (%s %c 15 min.)",
                 early ? "not yet current" : "expired", date,
                 early ? "still later than" : "now earlier than", limit, now, early ? '+' : '-');
    return true;
}

enum sim_sign sim_sign_check(const struct sim_cloud *cloud, const struct sim_request *request,
                             const struct sim_scope *scope, int64_t now_ms, struct hw_buf *detail)
{
    if (strcmp(scope->key, cloud->access_key) != 0 ||
        strcmp(sim_text(request->headers, "x-amz-security-token"), cloud->session_token) != 0)
        return SIM_SIGN_KEY;
    const char *date = sim_text(request->headers, "x-amz-date");
    hw_auto(hw_buf) text = HW_BUF(HW_SIM_MAX_BODY);
    hw_buf_print(&text, "%s\n", request->method);
    canonical_path(request, strcmp(scope->service, "s3") == 0, &text);
    hw_buf_char(&text, '\n');
    canonical_query(request, &text);
    hw_buf_char(&text, '\n');
    canonical_headers(request, scope->signed_headers, &text);
    hw_buf_print(&text, "\n%s\n", scope->signed_headers);
    if (!payload_hash(request, &text))
        return SIM_SIGN_PAYLOAD;
    hw_auto(hw_buf) to_sign = HW_BUF(HW_MAX_TEXT);
    hw_buf_print(&to_sign, SCHEME "\n%s\n%s/%s/%s/aws4_request\n", date, scope->date, scope->region,
                 scope->service);
    sha256_hex(text.data, text.len, &to_sign);
    hw_auto(hw_buf) expected = HW_BUF(2 * HASH);
    signature(cloud, scope, hw_buf_cstr(&to_sign), &expected);
    if (strlen(scope->signature) != 2 * HASH ||
        CRYPTO_memcmp(scope->signature, expected.data, 2 * HASH) != 0 ||
        strncmp(date, scope->date, 8) != 0)
        return SIM_SIGN_MISMATCH;
    return expired(date, now_ms, detail) ? SIM_SIGN_EXPIRED : SIM_SIGN_OK;
}
