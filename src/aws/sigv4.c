/* SPDX-License-Identifier: Apache-2.0 */
#include "aws/sigv4.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/text.h"

#define HASH_SIZE 32
#define KEPT_KEYS 12  /* one for each service, and a change of date */
#define MAX_ITEMS 512 /* headers or query parameters of one request */
#define MAX_PARTS (128u * 1024u)

struct derived {
    char date[9], region[64], service[32];
    unsigned char key[HASH_SIZE];
};

struct hw_sigv4 {
    struct derived kept[KEPT_KEYS];
    size_t count, oldest;
};

struct pair {
    char *name, *value;
    size_t place; /* equal names keep their order */
};

struct pairs {
    struct pair items[MAX_ITEMS];
    size_t count;
};

struct hw_sigv4 *hw_sigv4_new(void)
{
    return HW_NEW(struct hw_sigv4);
}

void hw_sigv4_forget(struct hw_sigv4 *signer)
{
    hw_wipe(signer, sizeof *signer);
}

void hw_sigv4_free(struct hw_sigv4 *signer)
{
    if (!signer)
        return;
    hw_sigv4_forget(signer);
    free(signer);
}

void hw_sigv4_result_done(struct hw_sigv4_result *result)
{
    hw_buf_done(&result->authorization);
}

static bool hash_hex(const void *bytes, size_t count, char out[65])
{
    unsigned char digest[HASH_SIZE];
    if (!EVP_Digest(count ? bytes : "", count, digest, NULL, EVP_sha256(), NULL))
        return false;
    for (size_t i = 0; i < HASH_SIZE; i++)
        snprintf(out + 2 * i, 3, "%02x", digest[i]);
    return true;
}

static bool hmac(const void *key, size_t key_size, const char *text, unsigned char out[HASH_SIZE])
{
    unsigned size = HASH_SIZE;
    return HMAC(EVP_sha256(), key, (int)key_size, (const unsigned char *)text, strlen(text), out,
                &size) != NULL;
}

static void pairs_free(struct pairs *pairs)
{
    for (size_t i = 0; i < pairs->count; i++) {
        hw_wipe(pairs->items[i].value, strlen(pairs->items[i].value));
        free(pairs->items[i].name);
        free(pairs->items[i].value);
    }
    free(pairs);
}

static bool pairs_add(struct pairs *pairs, char *name_take, char *value_take)
{
    if (pairs->count == MAX_ITEMS) {
        free(name_take);
        free(value_take);
        return false;
    }
    pairs->items[pairs->count] = (struct pair){name_take, value_take, pairs->count};
    pairs->count++;
    return true;
}

static int by_name(const void *a, const void *b)
{
    const struct pair *x = a, *y = b;
    int order = strcmp(x->name, y->name);
    return order ? order : (x->place > y->place) - (x->place < y->place);
}

static int by_name_and_value(const void *a, const void *b)
{
    const struct pair *x = a, *y = b;
    int order = strcmp(x->name, y->name);
    return order ? order : strcmp(x->value, y->value);
}

/* Without "." and ".." segments and doubled slashes (RFC 3986 section 5.2.4). */
static void normal_path(const char *path, struct hw_buf *out)
{
    for (const char *p = path; *p;) {
        const char *end = strchrnul(p, '/');
        size_t n = (size_t)(end - p);
        if (n == 2 && memcmp(p, "..", 2) == 0) {
            while (out->len && out->data[out->len - 1] != '/')
                out->len--;
            if (out->len)
                out->data[--out->len] = '\0';
        } else if (n && !(n == 1 && *p == '.')) {
            hw_buf_char(out, '/');
            hw_buf_add(out, p, n);
        }
        p = *end ? end + 1 : end;
    }
    if (!out->len || (path[0] && path[strlen(path) - 1] == '/'))
        hw_buf_char(out, '/');
}

static bool add_path(const struct hw_sigv4_request *request, struct hw_buf *out)
{
    if (request->s3)
        return hw_buf_text(out, request->path[0] ? request->path : "/");
    hw_auto(hw_buf) path = HW_BUF(MAX_PARTS);
    normal_path(request->path, &path);
    return !path.full && hw_buf_uri(out, path.data, path.len, true);
}

static bool split_query(const char *query, struct pairs *pairs)
{
    while (*query) {
        const char *end = strchrnul(query, '&');
        const char *equals = memchr(query, '=', (size_t)(end - query));
        const char *name_end = equals ? equals : end;
        const char *value = equals ? equals + 1 : end;
        if (!pairs_add(pairs, hw_strndup(query, (size_t)(name_end - query)),
                       hw_strndup(value, (size_t)(end - value))))
            return false;
        query = *end ? end + 1 : end;
    }
    return true;
}

static bool add_query(const char *query, struct hw_buf *out)
{
    struct pairs *pairs = HW_NEW(struct pairs);
    bool ok = split_query(query, pairs);
    qsort(pairs->items, pairs->count, sizeof pairs->items[0], by_name_and_value);
    for (size_t i = 0; i < pairs->count; i++)
        hw_buf_print(out, "%s%s=%s", i ? "&" : "", pairs->items[i].name, pairs->items[i].value);
    pairs_free(pairs);
    return ok;
}

static bool is_unsigned_header(const char *name)
{
    static const char *const names[] = {"user-agent", "expect",          "transfer-encoding",
                                        "connection", "x-amzn-trace-id", "authorization"};
    for (size_t i = 0; i < HW_COUNT(names); i++) {
        if (strcmp(names[i], name) == 0)
            return true;
    }
    return false;
}

static bool is_blank(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

/* Trimmed, and each run of blanks one space. */
static char *plain_value(const char *value)
{
    char *out = hw_alloc(strlen(value) + 1);
    size_t n = 0;
    for (const char *p = value; *p; p++) {
        if (!is_blank(*p))
            out[n++] = *p;
        else if (n && out[n - 1] != ' ')
            out[n++] = ' ';
    }
    if (n && out[n - 1] == ' ')
        n--;
    out[n] = '\0';
    return out;
}

static bool add_header(struct pairs *pairs, const char *name, const char *value)
{
    char *lower = hw_strdup(name);
    for (char *p = lower; *p; p++) {
        if (*p >= 'A' && *p <= 'Z')
            *p = (char)(*p - 'A' + 'a');
    }
    if (is_unsigned_header(lower)) {
        free(lower);
        return true;
    }
    return pairs_add(pairs, lower, plain_value(value));
}

static bool collect_headers(const struct hw_sigv4_request *request,
                            const struct hw_sigv4_keys *keys, const char *date, const char *sha,
                            struct pairs *pairs)
{
    bool ok = true;
    for (size_t i = 0; i < request->header_count; i++)
        ok = add_header(pairs, request->headers[i].name, request->headers[i].value) && ok;
    ok = add_header(pairs, "x-amz-date", date) && ok;
    if (keys->token)
        ok = add_header(pairs, "x-amz-security-token", hw_secret_bytes(keys->token)) && ok;
    if (request->s3)
        ok = add_header(pairs, "x-amz-content-sha256", sha) && ok;
    qsort(pairs->items, pairs->count, sizeof pairs->items[0], by_name);
    return ok;
}

static bool same_as_last(const struct pairs *pairs, size_t i)
{
    return i > 0 && strcmp(pairs->items[i].name, pairs->items[i - 1].name) == 0;
}

static void add_signed_names(const struct pairs *pairs, struct hw_buf *out)
{
    for (size_t i = 0; i < pairs->count; i++) {
        if (!same_as_last(pairs, i))
            hw_buf_print(out, "%s%s", i ? ";" : "", pairs->items[i].name);
    }
}

static void add_headers(const struct pairs *pairs, struct hw_buf *out)
{
    for (size_t i = 0; i < pairs->count; i++) {
        if (same_as_last(pairs, i))
            hw_buf_print(out, ",%s", pairs->items[i].value);
        else
            hw_buf_print(out, "%s%s:%s", i ? "\n" : "", pairs->items[i].name,
                         pairs->items[i].value);
    }
    hw_buf_text(out, "\n\n");
}

static bool canonical(const struct hw_sigv4_request *request, const struct pairs *headers,
                      const char *sha, struct hw_buf *out)
{
    hw_buf_print(out, "%s\n", request->method);
    bool ok = add_path(request, out);
    hw_buf_char(out, '\n');
    ok = add_query(request->query, out) && ok;
    hw_buf_char(out, '\n');
    add_headers(headers, out);
    add_signed_names(headers, out);
    hw_buf_print(out, "\n%s", sha);
    return ok && !out->full;
}

static bool derive(const struct hw_secret *secret, const struct derived *scope,
                   unsigned char out[HASH_SIZE])
{
    char first[HW_MAX_SECRET + 8];
    unsigned char a[HASH_SIZE], b[HASH_SIZE];
    snprintf(first, sizeof first, "AWS4%s", hw_secret_bytes(secret));
    bool ok = hmac(first, strlen(first), scope->date, a) && hmac(a, sizeof a, scope->region, b) &&
              hmac(b, sizeof b, scope->service, a) && hmac(a, sizeof a, "aws4_request", out);
    hw_wipe(first, sizeof first);
    hw_wipe(a, sizeof a);
    hw_wipe(b, sizeof b);
    return ok;
}

/* The signing key of the scope, kept; NULL when libcrypto fails. */
static const unsigned char *signing_key(struct hw_sigv4 *signer, const struct hw_secret *secret,
                                        const char *date, const char *region, const char *service)
{
    struct derived scope = {.date = ""};
    snprintf(scope.date, sizeof scope.date, "%.8s", date);
    snprintf(scope.region, sizeof scope.region, "%s", region);
    snprintf(scope.service, sizeof scope.service, "%s", service);
    for (size_t i = 0; i < signer->count; i++) {
        struct derived *kept = &signer->kept[i];
        if (strcmp(kept->date, scope.date) == 0 && strcmp(kept->region, scope.region) == 0 &&
            strcmp(kept->service, scope.service) == 0)
            return kept->key;
    }
    if (!derive(secret, &scope, scope.key))
        return NULL;
    size_t at = signer->count < KEPT_KEYS ? signer->count++ : signer->oldest++ % KEPT_KEYS;
    signer->kept[at] = scope;
    hw_wipe(&scope, sizeof scope);
    return signer->kept[at].key;
}

static bool sign_text(const unsigned char *key, const char *date, const char *scope,
                      const struct hw_buf *request, char out[2 * HASH_SIZE + 1])
{
    char hash[65];
    unsigned char signature[HASH_SIZE];
    if (!hash_hex(request->data, request->len, hash))
        return false;
    hw_auto_text text = hw_format("AWS4-HMAC-SHA256\n%s\n%s\n%s", date, scope, hash);
    if (!hmac(key, HASH_SIZE, text, signature))
        return false;
    for (size_t i = 0; i < HASH_SIZE; i++)
        snprintf(out + 2 * i, 3, "%02x", signature[i]);
    return true;
}

bool hw_sigv4_sign(struct hw_sigv4 *signer, const struct hw_sigv4_request *request,
                   const struct hw_sigv4_keys *keys, int64_t wall_ms, const char *region,
                   const char *service, struct hw_sigv4_result *ret, struct hw_err *err)
{
    char signature[2 * HASH_SIZE + 1];
    hw_auto(hw_buf) text = HW_BUF(4 * MAX_PARTS);
    *ret = (struct hw_sigv4_result){.authorization = HW_BUF(MAX_PARTS)};
    hw_time_compact(wall_ms, ret->date);
    hw_auto_text scope = hw_format("%.8s/%s/%s/aws4_request", ret->date, region, service);
    const unsigned char *key = signing_key(signer, keys->secret, ret->date, region, service);
    struct pairs *headers = HW_NEW(struct pairs);
    bool ok = key && hash_hex(request->body, request->body_length, ret->content_sha256) &&
              collect_headers(request, keys, ret->date, ret->content_sha256, headers) &&
              canonical(request, headers, ret->content_sha256, &text) &&
              sign_text(key, ret->date, scope, &text, signature);
    if (ok) {
        hw_buf_print(&ret->authorization,
                     "AWS4-HMAC-SHA256 Credential=%s/%s, SignedHeaders=", keys->key_id, scope);
        add_signed_names(headers, &ret->authorization);
        hw_buf_print(&ret->authorization, ", Signature=%s", signature);
    }
    if (text.data)
        hw_wipe(text.data, text.capacity);
    pairs_free(headers);
    if (!ok || ret->authorization.full) {
        hw_sigv4_result_done(ret);
        return hw_fail(err, HW_ERR_LIMIT, _("the request is too large to be signed"));
    }
    return true;
}
