/* SPDX-License-Identifier: Apache-2.0 */
#include "logs/redact.h"

#include "base/mem.h"
#include "logs/pattern.h"
#include "logs/redact_value.h"
#include "logs/literals.h"

#define SECRET_KEY_LENGTH 40u
#define DER_LENGTH        64u  /* digits of base64 or hex from which a run may be a certificate */
#define PEM_RUN           30u  /* and within a block, behind a prefix of the line */
#define PEM_LINES         400u /* a longer block is none: its end got lost */
#define PEM_CUT           0x8000u /* in *pem: the piece before ended within a secret */
#define PIECE_LENGTH      7000u   /* bytes of a line that may be a piece (HW_DECODE_PIECE) */

/* In each form group 1 is what is hidden. */
#define NAME                                                                                       \
    "(?:pass(?:word|wd|wort|phrase)|kennwort|wachtwoord|pwd|secret_?(?:access_?)?key|"             \
    "session_?token|client_?secret|secret_?string|authentication_?key|account_?key)"
#define VALUE                                                                                      \
    "(\"(?:[^\"\\\\]|\\\\.|\"\")*(?:\"|$)|'(?:[^']|'')*(?:'|$)|"                                   \
    "[^\\s;\"'<>][^\\s;<>]*?(?=,?(?:\\s|$)|[;<>]))"

static const struct form {
    const char *words; /* separated by '|': without one of them the form is not tried */
    const char *expression;
} forms[] = {
    /* Password=x; PWD: x; "secretAccessKey": "x"; SQLSVCPASSWORD=x; -SSLPfxFilePassword:x */
    {"passw|passphrase|kennwort|wachtwoord|pwd|secret|token|key",
     "(?i)" NAME "[do]?\\\\?[\"']?\\s*[=:]\\s*" VALUE},
    /* -Password x, -AdminPwd x; not a PowerShell variable or a further switch */
    {"passw|kennwort|wachtwoord|pwd",
     "(?i)(?<![^\\s\"'(])[-/]{1,2}\\w*(?:passw(?:or)?[dt]|kennwort|wachtwoord|pwd)\\s+(?![-/"
     "$(])" VALUE},
    {"passw|pwd", "(?i)<\\w*(?:password|passwd|pwd)\\w*>([^<]+)"},
    /* schtasks /RP x, cmdkey /pass:x */
    {"/rp|-rp|/pass|-pass", "(?i)(?<!\\S)[-/](?:rp|pass)[ :=]\\s*" VALUE},
    /* net user NAME x, net use \\share x */
    {"net", "(?i)\\bnet1?(?:\\.exe)?\\s+user?\\s+\\S+\\s+(?![-/])" VALUE},
    {"sqlcmd|osql|bcp", "(?i)\\b(?:sqlcmd|osql|bcp)\\b.*?\\s(?-i:-P)\\s*" VALUE},
    {"psexec", "(?i)\\bpsexec\\w*(?:\\.exe)?\\b.*?\\s-p\\s+" VALUE},
    {"curl", "(?i)\\bcurl\\b.*?\\s(?-i:-u|--user)\\s+[^\\s:]+:(\\S+)"},
    {"securestring", "(?i)ConvertTo-SecureString\\s+(?:-String\\s+)?(\"[^\"]*\"|'[^']*')"},
    /* What an encoded command says is not looked into. */
    {"-enc|/enc|-ec ", "(?i)(?<!\\S)[-/]e(?:c|nc|ncodedcommand)?\\s+([A-Za-z0-9+/=]{40,})"},
    /* user:x@host in a URL */
    {"://", "(?i)://[^/\\s:@]+:([^@\\s/]+)@"},
    {"x-amz-", "(?i)X-Amz-(?:Signature|Security-Token|Credential)=([^&\\s\"]+)"},
    {"authorization",
     "(?i)Authorization[\"']?\\s*[:=]\\s*[\"']?(?:Basic|Bearer|Negotiate)\\s+(\\S+)"},
    /* Access key ids and the beginnings of session tokens; IAM user guide, "IAM identifiers" */
    {"akia|asia", "\\b((?:AKIA|ASIA)[A-Z0-9]{16})\\b"},
    {"iqojb3jpz2lux2vj|fwogzxivyxdz", "\\b((?:IQoJb3JpZ2luX2Vj|FwoGZXIvYXdz)[A-Za-z0-9+/=_%-]+)"},
};

enum { MARK_PEM = HW_COUNT(forms), MARK_COUNT };

struct hw_redact {
    struct hw_literals *words;
    struct hw_pattern *forms[HW_COUNT(forms)];
    struct hw_pattern *pem_begin, *pem_end, *pem_body;
    struct hw_windows *values;
};

/* What is to be hidden of a line. */
struct hiding {
    const char *text;
    size_t n;
    struct hw_span_at {
        size_t start, end;
    } * spans;
    size_t count, capacity;
};

static void add_words(struct hw_literals *words, const char *list, uint32_t id)
{
    while (*list) {
        size_t n = strcspn(list, "|");
        hw_literals_add(words, list, n, id);
        list += n + (list[n] == '|');
    }
}

struct hw_redact *hw_redact_new(void)
{
    struct hw_redact *redact = HW_NEW(struct hw_redact);
    redact->words = hw_literals_new();
    redact->values = hw_windows_new();
    for (size_t i = 0; i < HW_COUNT(forms); i++) {
        redact->forms[i] = hw_pattern_new(forms[i].expression, NULL);
        add_words(redact->words, forms[i].words, (uint32_t)i);
    }
    add_words(redact->words, "-----BEGIN ", MARK_PEM);
    hw_literals_seal(redact->words);
    redact->pem_begin = hw_pattern_new("-----BEGIN [A-Z0-9 ]+-----", NULL);
    redact->pem_end = hw_pattern_new("-----END [A-Z0-9 ]+-----", NULL);
    redact->pem_body = hw_pattern_new("^\\s*(?:[A-Za-z0-9+/=]{1,76}|[A-Za-z-]+: .*|)\\s*$", NULL);
    return redact;
}

void hw_redact_free(struct hw_redact *redact)
{
    if (!redact)
        return;
    for (size_t i = 0; i < HW_COUNT(forms); i++)
        hw_pattern_free(redact->forms[i]);
    hw_pattern_free(redact->pem_begin);
    hw_pattern_free(redact->pem_end);
    hw_pattern_free(redact->pem_body);
    hw_literals_free(redact->words);
    hw_windows_free(redact->values);
    free(redact);
}

void hw_redact_value(struct hw_redact *redact, const char *bytes, size_t n)
{
    hw_redact_value_forms(redact->values, bytes, n);
}

static void hide(struct hiding *h, size_t start, size_t end)
{
    if (end <= start)
        return;
    hw_grow(&h->spans, &h->capacity, h->count, sizeof *h->spans);
    h->spans[h->count++] = (struct hw_span_at){start, end};
}

/* ---- What stands in a line ------------------------------------------------------------- */

static void hide_form(const struct hw_pattern *form, struct hiding *h)
{
    size_t at = 0, start, end;
    while (at < h->n && hw_pattern_find(form, h->text, h->n, at, 1, &start, &end) && end > at) {
        hide(h, start, end);
        at = end;
    }
}

static bool is_base64(char c)
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '+' ||
           c == '/';
}

static void on_value(void *data, size_t start, size_t end, bool whole_run)
{
    struct hiding *h = data;
    while (whole_run && start > 0 && is_base64(h->text[start - 1]))
        start--;
    while (whole_run && end < h->n && (is_base64(h->text[end]) || h->text[end] == '='))
        end++;
    hide(h, start, end);
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

/* A PFX file or a key in DER begins as a SEQUENCE of some hundred bytes: "MI" in base64, 3082 in
 * hexadecimal digits (X.690, 8.1.3). */
static bool is_der(const char *run, size_t n)
{
    return n >= DER_LENGTH && (memcmp(run, "MI", 2) == 0 || memcmp(run, "3082", 4) == 0);
}

static void hide_run(struct hiding *h, size_t start, size_t end, unsigned *pem)
{
    const char *run = h->text + start;
    size_t n = end - start;
    bool ends = end == h->n || h->text[end] != '=';
    if (is_secret_key(run, n) && ends) {
        hide(h, start, end);
    } else if (is_der(run, n) || (memcmp(run, "0x", 2) == 0 && is_der(run + 2, n - 2)) ||
               (*pem && n >= PEM_RUN)) {
        while (end < h->n && h->text[end] == '=')
            end++;
        hide(h, start, end);
        if (end == h->n)
            *pem = *pem ? *pem : PEM_LINES;
    }
}

/* A run that is long enough covers a place in each SECRET_KEY_LENGTH bytes, or PEM_RUN in a block:
 * only those are looked at. */
static void hide_runs(struct hiding *h, unsigned *pem)
{
    size_t step = *pem ? PEM_RUN : SECRET_KEY_LENGTH;
    size_t from = 0; /* no run begins before */
    while (from + step <= h->n) {
        size_t at = from + step - 1;
        if (!is_base64(h->text[at])) {
            from = at + 1;
            continue;
        }
        size_t start = at, end = at + 1;
        while (start > from && is_base64(h->text[start - 1]))
            start--;
        if (start > from && at - start + 1 < step) {
            /* too short so far: look a whole step from its beginning */
            from = start;
            continue;
        }
        while (end < h->n && is_base64(h->text[end]))
            end++;
        hide_run(h, start, end, pem);
        from = end + 1;
    }
}

/* ---- Blocks of several lines ----------------------------------------------------------- */

static bool in_pem(const struct hw_redact *redact, unsigned *pem, const char *text, size_t n,
                   bool begins)
{
    begins = begins && hw_pattern_find(redact->pem_begin, text, n, 0, 0, NULL, NULL);
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
    if (hw_pattern_find(redact->pem_body, text, n, 0, 0, NULL, NULL)) {
        --*pem;
        return true;
    }
    return false;
}

/* ---- A line ---------------------------------------------------------------------------- */

static void mark(void *data, uint32_t id)
{
    *(uint32_t *)data |= 1u << id;
}

static int by_start(const void *a, const void *b)
{
    const struct hw_span_at *x = a, *y = b;
    return x->start < y->start ? -1 : x->start > y->start;
}

static void write_rest(struct hiding *h, struct hw_buf *out)
{
    size_t told = 0;
    qsort(h->spans, h->count, sizeof *h->spans, by_start);
    for (size_t i = 0; i < h->count; i++) {
        size_t start = h->spans[i].start, end = h->spans[i].end;
        while (i + 1 < h->count && h->spans[i + 1].start < end) {
            i++;
            end = h->spans[i].end > end ? h->spans[i].end : end;
        }
        hw_buf_add(out, h->text + told, start - told);
        hw_buf_text(out, HW_REDACTED);
        told = end;
    }
    hw_buf_add(out, h->text + told, h->n - told);
}

/* A piece of a long line: when it ends within a secret, or behind the name of one, the next piece
 * begins with the rest of it. */
static bool ends_in_secret(const struct hiding *h)
{
    size_t n = h->n;
    for (size_t i = 0; i < h->count; i++) {
        if (h->spans[i].end == h->n)
            return true;
    }
    while (n > 0 && (h->text[n - 1] == ' ' || h->text[n - 1] == '"' || h->text[n - 1] == '\''))
        n--;
    return n > 0 && (h->text[n - 1] == ':' || h->text[n - 1] == '=');
}

static void hide_cut_secret(struct hiding *h)
{
    size_t end = 0;
    while (end < h->n && (h->text[end] == ' ' || h->text[end] == '=' || h->text[end] == ':'))
        end++;
    while (end < h->n && !strchr(" ;<>\t", h->text[end]))
        end++;
    hide(h, 0, end);
}

void hw_redact_line(const struct hw_redact *redact, unsigned *pem, const char *text, size_t n,
                    struct hw_buf *out)
{
    struct hiding h = {.text = text, .n = n};
    uint32_t marks = 0;
    bool cut = *pem & PEM_CUT;
    *pem &= ~PEM_CUT;
    hw_literals_find(redact->words, text, n, mark, &marks);
    if ((*pem || marks >> MARK_PEM & 1) && in_pem(redact, pem, text, n, marks >> MARK_PEM & 1)) {
        hw_buf_text(out, HW_REDACTED);
        return;
    }
    unsigned block = *pem;
    if (cut)
        hide_cut_secret(&h);
    hide_runs(&h, pem);
    if (block && h.count == 0)
        *pem = 0; /* the block has ended, or never was one */
    if (hw_windows_count(redact->values))
        hw_windows_find(redact->values, text, n, on_value, &h);
    for (size_t i = 0; marks && i < HW_COUNT(forms); i++) {
        if (marks >> i & 1)
            hide_form(redact->forms[i], &h);
    }
    if (h.count)
        write_rest(&h, out);
    else
        hw_buf_add(out, text, n);
    if (n >= PIECE_LENGTH && ends_in_secret(&h))
        *pem |= PEM_CUT;
    free(h.spans);
}
