/* SPDX-License-Identifier: Apache-2.0 */
#include "ui/highlight.h"

#include <ctype.h>

#include "base/text.h"
#include "ui/highlight_lexis.h"

/* What a line may begin within. */
enum mode {
    MODE_PLAIN,
    MODE_COMMENT,
    MODE_DOUBLE,      /* "... */
    MODE_SINGLE,      /* '... */
    MODE_HERE_DOUBLE, /* PowerShell @" */
    MODE_HERE_SINGLE, /* PowerShell @' */
    MODE_DOCUMENT,    /* <<WORD */
};

static const struct {
    const char *ending;
    enum ui_language language;
} endings[] = {
    {".yaml", UI_LANG_YAML},       {".yml", UI_LANG_YAML}, {".ps1", UI_LANG_POWERSHELL},
    {".psm1", UI_LANG_POWERSHELL}, {".sql", UI_LANG_SQL},  {".json", UI_LANG_JSON},
    {".hcl", UI_LANG_HCL},         {".sh", UI_LANG_SHELL},
};

enum ui_language ui_highlight_language(const char *path)
{
    for (size_t i = 0; i < HW_COUNT(endings); i++) {
        if (hw_text_ends(path, endings[i].ending))
            return endings[i].language;
    }
    return UI_LANG_TEXT;
}

const char *ui_highlight_language_name(enum ui_language language)
{
    static const char *const names[] = {
        [UI_LANG_TEXT] = "text",   [UI_LANG_YAML] = "YAML", [UI_LANG_POWERSHELL] = "PowerShell",
        [UI_LANG_SQL] = "T-SQL",   [UI_LANG_JSON] = "JSON", [UI_LANG_HCL] = "HCL",
        [UI_LANG_SHELL] = "shell",
    };
    return names[language];
}

void ui_scan_put(struct ui_scan *scan, size_t start, enum ui_token token)
{
    if (scan->at <= start || scan->count == UI_HIGHLIGHT_SPANS || token == UI_TOKEN_TEXT)
        return;
    scan->spans[scan->count++] = (struct ui_span){start, scan->at - start, token};
}

bool ui_scan_ahead(const struct ui_scan *scan, const char *text)
{
    if (!text)
        return false;
    size_t length = strlen(text);
    return scan->n - scan->at >= length && memcmp(scan->s + scan->at, text, length) == 0;
}

bool ui_scan_blank(const struct ui_scan *scan)
{
    for (size_t i = scan->at; i < scan->n; i++) {
        if (!isspace((unsigned char)scan->s[i]))
            return false;
    }
    return true;
}

static char peek(const struct ui_scan *scan, size_t ahead)
{
    return scan->at + ahead < scan->n ? scan->s[scan->at + ahead] : '\0';
}

static bool is_name(char c)
{
    return isalnum((unsigned char)c) || c == '_';
}

static uint32_t hash(const char *s, size_t n)
{
    uint32_t h = 2166136261u; /* FNV-1a */
    for (size_t i = 0; i < n; i++)
        h = (h ^ (unsigned char)s[i]) * 16777619u;
    return h ? h : 1;
}

/* The length of a variable that begins at scan->at with a sign of `signs`, or 0. */
static size_t variable_length(const struct ui_scan *scan, const char *signs)
{
    char sign = peek(scan, 0), next = peek(scan, 1);
    bool braces = sign == '$' && (next == '{' || next == '(');
    if (!braces && (sign == '\0' || !strchr(signs, sign)))
        return 0;
    size_t length = 1;
    if (braces) {
        char close = next == '{' ? '}' : ')';
        if (next == '(' && !strchr(signs, '$'))
            return 0;
        while (peek(scan, length) != '\0' && peek(scan, length) != close)
            length++;
        return peek(scan, length) == close ? length + 1 : 0;
    }
    while (peek(scan, length) == sign && sign == '@')
        length++; /* @@version */
    while (is_name(peek(scan, length)) ||
           (peek(scan, length) == ':' && is_name(peek(scan, length + 1))))
        length++;
    if (length == 1 && next != '\0' && sign == '$' && strchr("?#*!$@", next))
        length = 2;
    return length > 1 ? length : 0;
}

/* A string from scan->at to its closing quote, with its variables. start: where it began.
 * Returns false when the line ended first. */
static bool scan_string(const struct ui_lexis *lexis, struct ui_scan *scan, size_t start,
                        char quote, bool is_key)
{
    bool escapes = lexis->escape != 0 && (quote == '"' || lexis->escape_single);
    enum ui_token token = is_key ? UI_TOKEN_KEY : UI_TOKEN_STRING;
    while (scan->at < scan->n) {
        char c = scan->s[scan->at];
        bool may_vary = quote == '"' || lexis->variable_single;
        size_t variable = may_vary ? variable_length(scan, lexis->variable) : 0;
        if (escapes && c == lexis->escape && scan->at + 1 < scan->n) {
            scan->at += 2;
        } else if (c == quote && peek(scan, 1) == quote && lexis->escape != '\\') {
            scan->at += 2;
        } else if (c == quote) {
            scan->at++;
            ui_scan_put(scan, start, token);
            return true;
        } else if (variable > 0) {
            ui_scan_put(scan, start, token);
            start = scan->at;
            scan->at += variable;
            ui_scan_put(scan, start, UI_TOKEN_VARIABLE);
            start = scan->at;
        } else {
            scan->at++;
        }
    }
    ui_scan_put(scan, start, token);
    return false;
}

/* A block comment from scan->at; `depth` of it are open. Returns false when the line ended first.
 */
static bool scan_comment(const struct ui_lexis *lexis, struct ui_scan *scan, size_t start,
                         uint8_t *depth)
{
    while (scan->at < scan->n) {
        if (ui_scan_ahead(scan, lexis->close)) {
            scan->at += strlen(lexis->close);
            if (--*depth == 0)
                break;
        } else if (lexis->comments_nest && *depth < UINT8_MAX && ui_scan_ahead(scan, lexis->open)) {
            scan->at += strlen(lexis->open);
            ++*depth;
        } else {
            scan->at++;
        }
    }
    ui_scan_put(scan, start, UI_TOKEN_COMMENT);
    return *depth == 0;
}

/* Does the string or word that ends at `at` stand before a sign that makes it a key? */
static bool key_follows(const struct ui_lexis *lexis, const struct ui_scan *scan, size_t at)
{
    if (!lexis->keys)
        return false;
    while (at < scan->n && isspace((unsigned char)scan->s[at]))
        at++;
    return at < scan->n && strchr(lexis->key_ends, scan->s[at]) &&
           !(at + 1 < scan->n && scan->s[at + 1] == '=');
}

static size_t string_end(const struct ui_lexis *lexis, const struct ui_scan *scan)
{
    size_t at = scan->at + 1;
    while (at < scan->n && scan->s[at] != '"')
        at += scan->s[at] == lexis->escape ? 2 : 1;
    return at + 1;
}

/* <<WORD, <<-WORD, <<~'WORD': the lines from the next one on are its text. */
static bool scan_document(struct ui_scan *scan, uint32_t *end_word)
{
    if (!ui_scan_ahead(scan, "<<") || peek(scan, 2) == '<')
        return false;
    size_t at = scan->at + 2;
    while (at < scan->n && strchr("-~\"'\\ ", scan->s[at]))
        at++;
    size_t first = at;
    while (at < scan->n && is_name(scan->s[at]))
        at++;
    if (at == first || isdigit((unsigned char)scan->s[first]))
        return false;
    *end_word = hash(scan->s + first, at - first);
    size_t start = scan->at;
    scan->at = at;
    ui_scan_put(scan, start, UI_TOKEN_KEYWORD);
    return true;
}

static bool is_number(const char *s, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (!isxdigit((unsigned char)s[i]) && !strchr(".xXoO_kKmMgGbB", s[i]))
            return false;
    }
    return n > 0 && isdigit((unsigned char)s[0]);
}

/* Verb-Noun: a letter, one dash within, no other sign; -Parameter is none. */
static bool is_cmdlet(const char *s, size_t n)
{
    const char *dash = memchr(s, '-', n);
    return dash && dash != s && dash != s + n - 1 && isupper((unsigned char)s[0]) &&
           !memchr(dash + 1, '-', (size_t)(s + n - dash - 1));
}

/* Does c go on with the word that began at start? A number may have a fraction. */
static bool in_word(const struct ui_lexis *lexis, const struct ui_scan *scan, size_t start, char c)
{
    return is_name(c) || (c & 0x80) || (c != '\0' && strchr(lexis->word_chars, c)) ||
           (c == '.' && isdigit((unsigned char)scan->s[start]) &&
            isdigit((unsigned char)peek(scan, 1)));
}

static void scan_word(const struct ui_lexis *lexis, struct ui_scan *scan)
{
    size_t start = scan->at;
    while (scan->at < scan->n && in_word(lexis, scan, start, scan->s[scan->at]))
        scan->at++;
    if (scan->at == start) {
        scan->at++;
        return;
    }
    const char *word = scan->s + start;
    size_t length = scan->at - start;
    if (is_number(word, length))
        ui_scan_put(scan, start, UI_TOKEN_NUMBER);
    else if (ui_lexis_has_word(lexis, word, length) || (lexis->cmdlets && is_cmdlet(word, length)))
        ui_scan_put(scan, start, UI_TOKEN_KEYWORD);
    else if (key_follows(lexis, scan, scan->at))
        ui_scan_put(scan, start, UI_TOKEN_KEY);
}

static bool line_comment_here(const struct ui_lexis *lexis, const struct ui_scan *scan)
{
    if (!ui_scan_ahead(scan, lexis->line_comment) && !ui_scan_ahead(scan, lexis->line_comment2))
        return false;
    return !lexis->comment_after_blank || scan->at == 0 ||
           strchr(" \t;(){}|", scan->s[scan->at - 1]) != NULL;
}

/* PowerShell: @" or @' as the last thing of a line. */
static uint8_t here_string_mode(const struct ui_lexis *lexis, const struct ui_scan *scan)
{
    struct ui_scan rest = *scan;
    rest.at += 2;
    if (!lexis->here_strings || peek(scan, 0) != '@' || !ui_scan_blank(&rest))
        return MODE_PLAIN;
    return peek(scan, 1) == '"'    ? MODE_HERE_DOUBLE
           : peek(scan, 1) == '\'' ? MODE_HERE_SINGLE
                                   : MODE_PLAIN;
}

static void scan_quoted(const struct ui_lexis *lexis, uint8_t *mode, struct ui_scan *scan)
{
    size_t start = scan->at;
    char quote = scan->s[scan->at];
    bool key = quote == '"' && key_follows(lexis, scan, string_end(lexis, scan));
    scan->at++;
    if (!scan_string(lexis, scan, start, quote, key) && lexis->quotes_span_lines)
        *mode = quote == '"' ? MODE_DOUBLE : MODE_SINGLE;
}

/* One token; scan->at < scan->n. Leaves *mode plain unless the line ended within it. */
static void scan_token(const struct ui_lexis *lexis, uint8_t *mode, uint8_t *depth,
                       uint32_t *end_word, struct ui_scan *scan)
{
    size_t start = scan->at;
    char c = scan->s[start];
    size_t variable = variable_length(scan, lexis->variable);
    uint8_t here = here_string_mode(lexis, scan);
    if (here != MODE_PLAIN) {
        *mode = here;
        scan->at = scan->n;
        ui_scan_put(scan, start, UI_TOKEN_STRING);
    } else if (ui_scan_ahead(scan, lexis->open)) {
        scan->at += strlen(lexis->open);
        *depth = 1;
        if (!scan_comment(lexis, scan, start, depth))
            *mode = MODE_COMMENT;
    } else if (line_comment_here(lexis, scan)) {
        scan->at = scan->n;
        ui_scan_put(scan, start, UI_TOKEN_COMMENT);
    } else if (c == '"' || c == '\'') {
        scan_quoted(lexis, mode, scan);
    } else if (variable > 0) {
        scan->at += variable;
        ui_scan_put(scan, start, UI_TOKEN_VARIABLE);
    } else if (c == '\\' && lexis->escape == '\\') {
        scan->at += start + 1 < scan->n ? 2 : 1;
    } else if (!lexis->here_documents || !scan_document(scan, end_word)) {
        scan_word(lexis, scan);
    }
}

/* The part of a line that still belongs to what began on an earlier one. */
static void scan_rest(const struct ui_lexis *lexis, uint8_t *mode, uint8_t *depth,
                      uint32_t *end_word, struct ui_scan *scan)
{
    bool ended = true;
    struct hw_span text = hw_text_trim(scan->s, scan->n);
    if (*mode == MODE_COMMENT) {
        ended = scan_comment(lexis, scan, 0, depth);
    } else if (*mode == MODE_DOUBLE || *mode == MODE_SINGLE) {
        ended = scan_string(lexis, scan, 0, *mode == MODE_DOUBLE ? '"' : '\'', false);
    } else if (*mode == MODE_DOCUMENT) {
        ended = hash(text.p, text.n) == *end_word;
        scan->at = scan->n;
        ui_scan_put(scan, 0, ended ? UI_TOKEN_KEYWORD : UI_TOKEN_STRING);
    } else {
        ended = ui_scan_ahead(scan, *mode == MODE_HERE_DOUBLE ? "\"@" : "'@");
        scan->at = ended ? 2 : scan->n;
        ui_scan_put(scan, 0, UI_TOKEN_STRING);
    }
    if (ended)
        *mode = MODE_PLAIN;
}

void ui_highlight_lexis(const struct ui_lexis *lexis, uint8_t *mode, uint8_t *depth,
                        uint32_t *end_word, struct ui_scan *scan)
{
    uint32_t document = 0;
    if (*mode != MODE_PLAIN)
        scan_rest(lexis, mode, depth, end_word, scan);
    while (scan->at < scan->n)
        scan_token(lexis, mode, depth, &document, scan);
    if (document && *mode == MODE_PLAIN) {
        *mode = MODE_DOCUMENT;
        *end_word = document;
    }
}

size_t ui_highlight_line(enum ui_language language, struct ui_highlight *state, const char *line,
                         size_t length, struct ui_span spans[UI_HIGHLIGHT_SPANS])
{
    struct ui_scan scan = {.s = line, .n = length, .spans = spans};
    const struct ui_lexis *lexis = ui_lexis(language);
    if (language == UI_LANG_YAML)
        ui_highlight_yaml(state, &scan);
    else if (lexis)
        ui_highlight_lexis(lexis, &state->mode, &state->depth, &state->word, &scan);
    return scan.count;
}
