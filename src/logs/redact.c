/* SPDX-License-Identifier: Apache-2.0 */
#include "logs/redact.h"

#include "base/mem.h"
#include "base/secret.h"
#include "logs/pattern.h"

#define SHORTEST_VALUE 4u
#define MOST_VALUES    1024u
#define PEM_LINES      200u /* a longer block is none: its end got lost */

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
    /* An AWS secret key: 40 digits of base64; a SHA-1 thumbprint has only hexadecimal ones. */
    "|(?<![A-Za-z0-9/+=])(?=[^\\s]{0,39}[0-9])(?![0-9A-Fa-f]{40})(?-i:(?=[A-Za-z0-9/+]*[A-Z])"
    "(?=[A-Za-z0-9/+]*[a-z]))([A-Za-z0-9/+]{40})(?![A-Za-z0-9/+=])"
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
    if (!redact->count) {
        hide_forms(redact, text, n, out);
        return;
    }
    hw_auto(hw_buf) step = HW_BUF(out->max);
    hide_values(redact, text, n, &step);
    hide_forms(redact, hw_buf_cstr(&step), step.len, out);
}
