/* SPDX-License-Identifier: Apache-2.0 */
#include "logs/redact.h"

#include "base/mem.h"
#include "base/secret.h"
#include "logs/pattern.h"

#define SHORTEST_VALUE    4u
#define MOST_VALUES       1024u
#define SECRET_KEY_LENGTH 40u
#define PEM_LINES         200u /* a longer block is none: its end got lost */

/* In each branch group 1 is what is hidden. */
#define VALUE "(\"[^\"]*\"|'[^']*'|[^\\s;,\"'&|<>]+)"
static const char secret_forms[] =
    "(?i)(?|"
    /* Password=x; PWD: x; "secretAccessKey": "x"; SQLSVCPASSWORD=x; -SSLPfxFilePassword:x */
    "(?:password|passwd|pwd|passphrase|secret_?(?:access_?)?key|session_?token|client_?secret)"
    "[\"']?\\s*[=:]\\s*" VALUE
    /* -Password x, -AdminPwd x; not a PowerShell variable or a further switch */
    "|[-/]\\w*(?:password|passwd|pwd)\\s+(?![-/$(])" VALUE
    /* schtasks /RP x, cmdkey /pass:x */
    "|(?<!\\S)[-/](?:rp|pass)[ :=]\\s*" VALUE
    /* net user NAME x, net use \\share x */
    "|\\bnet1?(?:\\.exe)?\\s+use[r]?\\s+\\S+\\s+(?![-/])" VALUE
    "|\\b(?:sqlcmd|osql|bcp)\\b.*?\\s(?-i:-P)\\s*" VALUE
    "|ConvertTo-SecureString\\s+(?:-String\\s+)?(\"[^\"]*\"|'[^']*')"
    /* user:x@host in a URL */
    "|://[^/\\s:@]+:([^@\\s/]+)@"
    "|X-Amz-(?:Signature|Security-Token)=([^&\\s\"]+)"
    "|Authorization:\\s*(?:Basic|Bearer|Negotiate)\\s+(\\S+)"
    ")";

struct hw_redact {
    struct hw_pattern *forms, *pem_begin, *pem_end, *pem_body;
    struct hw_secret **values;
    size_t count, capacity;
};

struct hw_redact *hw_redact_new(void)
{
    struct hw_redact *redact = HW_NEW(struct hw_redact);
    redact->forms = hw_pattern_new(secret_forms, NULL);
    redact->pem_begin = hw_pattern_new("-----BEGIN [A-Z0-9 ]+-----", NULL);
    redact->pem_end = hw_pattern_new("-----END [A-Z0-9 ]+-----", NULL);
    redact->pem_body = hw_pattern_new("^\\s*(?:[A-Za-z0-9+/=]{1,76}|[A-Za-z-]+: .*|)\\s*$", NULL);
    return redact;
}

void hw_redact_free(struct hw_redact *redact)
{
    if (!redact)
        return;
    hw_pattern_free(redact->forms);
    hw_pattern_free(redact->pem_begin);
    hw_pattern_free(redact->pem_end);
    hw_pattern_free(redact->pem_body);
    for (size_t i = 0; i < redact->count; i++)
        hw_secret_free(redact->values[i]);
    free(redact->values);
    free(redact);
}

static bool same_value(const struct hw_secret *secret, const char *bytes, size_t n)
{
    return hw_secret_length(secret) == n && memcmp(hw_secret_bytes(secret), bytes, n) == 0;
}

void hw_redact_value(struct hw_redact *redact, const char *bytes, size_t n)
{
    if (n < SHORTEST_VALUE || redact->count >= MOST_VALUES)
        return;
    for (size_t i = 0; i < redact->count; i++) {
        if (same_value(redact->values[i], bytes, n))
            return;
    }
    struct hw_secret *secret = hw_secret_new(bytes, n);
    if (!secret)
        return;
    hw_grow(&redact->values, &redact->capacity, redact->count, sizeof(struct hw_secret *));
    redact->values[redact->count++] = secret;
}

static const char *find_value(const struct hw_redact *redact, const char *text, size_t n,
                              size_t *ret_length)
{
    const char *first = NULL;
    for (size_t i = 0; i < redact->count; i++) {
        const struct hw_secret *value = redact->values[i];
        size_t length = hw_secret_length(value);
        const char *at = memmem(text, n, hw_secret_bytes(value), length);
        if (at && (!first || at < first || (at == first && length > *ret_length))) {
            first = at;
            *ret_length = length;
        }
    }
    return first;
}

static void hide_values(const struct hw_redact *redact, const char *text, size_t n,
                        struct hw_buf *out)
{
    size_t length = 0;
    const char *at;
    while ((at = find_value(redact, text, n, &length))) {
        hw_buf_add(out, text, (size_t)(at - text));
        hw_buf_text(out, HW_REDACTED);
        n -= (size_t)(at - text) + length;
        text = at + length;
    }
    hw_buf_add(out, text, n);
}

static void hide_forms(const struct hw_redact *redact, const char *text, size_t n,
                       struct hw_buf *out)
{
    size_t at = 0, start, end;
    while (at < n && hw_pattern_find(redact->forms, text, n, at, 1, &start, &end) && end > at) {
        hw_buf_add(out, text + at, start - at);
        hw_buf_text(out, HW_REDACTED);
        at = end;
    }
    hw_buf_add(out, text + at, n - at);
}

/* The form of an AWS secret key: a run of exactly 40 digits of base64, of every kind. A SHA-1
 * thumbprint has hexadecimal ones only. */
static bool is_secret_key(const char *run, size_t n)
{
    bool upper = false, lower = false, digit = false, not_hex = false;
    if (n != SECRET_KEY_LENGTH)
        return false;
    for (size_t i = 0; i < n; i++) {
        char c = run[i];
        upper = upper || (c >= 'A' && c <= 'Z');
        lower = lower || (c >= 'a' && c <= 'z');
        digit = digit || (c >= '0' && c <= '9');
        not_hex = not_hex || c == '+' || c == '/' || (c | 0x20) > 'f';
    }
    return upper && lower && digit && not_hex;
}

static bool is_base64(char c)
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '+' ||
           c == '/';
}

static void hide_keys(const char *text, size_t n, struct hw_buf *out)
{
    size_t told = 0, start = 0;
    for (size_t at = 0; at <= n; at++) {
        if (at < n && is_base64(text[at]))
            continue;
        if (is_secret_key(text + start, at - start) && (at == n || text[at] != '=')) {
            hw_buf_add(out, text + told, start - told);
            hw_buf_text(out, HW_REDACTED);
            told = at;
        }
        start = at + 1;
    }
    hw_buf_add(out, text + told, n - told);
}

static bool in_pem(const struct hw_redact *redact, unsigned *pem, const char *text, size_t n)
{
    bool begins = memmem(text, n, "-----BEGIN ", 11) &&
                  hw_pattern_find(redact->pem_begin, text, n, 0, 0, NULL, NULL);
    if (!begins && *pem == 0)
        return false;
    if (hw_pattern_find(redact->pem_end, text, n, 0, 0, NULL, NULL)) {
        *pem = 0;
        return true;
    }
    if (begins) {
        *pem = PEM_LINES;
        return true;
    }
    bool body = hw_pattern_find(redact->pem_body, text, n, 0, 0, NULL, NULL);
    *pem = body ? *pem - 1 : 0;
    return body;
}

void hw_redact_line(const struct hw_redact *redact, unsigned *pem, const char *text, size_t n,
                    struct hw_buf *out)
{
    if (in_pem(redact, pem, text, n)) {
        hw_buf_text(out, HW_REDACTED);
        return;
    }
    hw_auto(hw_buf) one = HW_BUF(out->max);
    hw_auto(hw_buf) two = HW_BUF(out->max);
    hide_keys(text, n, &one);
    if (redact->count) {
        hide_values(redact, hw_buf_cstr(&one), one.len, &two);
        hide_forms(redact, hw_buf_cstr(&two), two.len, out);
    } else {
        hide_forms(redact, hw_buf_cstr(&one), one.len, out);
    }
}
