/* SPDX-License-Identifier: Apache-2.0 */
/* What the tokenisers of highlight*.c share: the scanner of one line and the description of a
 * language. Not for others. */
#ifndef UI_HIGHLIGHT_LEXIS_H
#define UI_HIGHLIGHT_LEXIS_H

#include "ui/highlight.h"

struct ui_scan {
    const char *s;
    size_t n, at;
    struct ui_span *spans;
    size_t count;
};

/* Gives the bytes from start to scan->at the token. */
void ui_scan_put(struct ui_scan *scan, size_t start, enum ui_token token);
bool ui_scan_ahead(const struct ui_scan *scan, const char *text);
bool ui_scan_blank(const struct ui_scan *scan); /* nothing but blanks from here on */

/* How a language is written, as far as colours need it. */
struct ui_lexis {
    const char *const *words; /* keywords, sorted, lower case when !case_matters */
    size_t word_count;
    bool case_matters;
    const char *line_comment, *line_comment2;
    bool comment_after_blank; /* a comment begins a word: `a#b` is none (shell) */
    const char *open, *close; /* block comment; NULL = none */
    bool comments_nest;
    char escape;            /* within "...": '\\', '`', or 0 = a doubled quote */
    bool escape_single;     /* also within '...' */
    bool quotes_span_lines; /* a string goes on behind the end of the line */
    const char *variable;   /* characters that begin a variable */
    bool variable_single;   /* also within '...' (Fn::Sub) */
    const char *word_chars; /* besides letters, digits and '_' */
    bool here_strings;      /* PowerShell @" "@ */
    bool here_documents;    /* <<WORD */
    bool keys;              /* a word or string before ':' or '=' or '{' is a key */
    const char *key_ends;
    bool cmdlets; /* Verb-Noun is a keyword */
};

const struct ui_lexis *ui_lexis(enum ui_language language); /* NULL: plain text or YAML */
bool ui_lexis_has_word(const struct ui_lexis *lexis, const char *word, size_t length);

/* One line of a language that has a lexis. */
void ui_highlight_lexis(const struct ui_lexis *lexis, uint8_t *mode, uint8_t *depth,
                        uint32_t *end_word, struct ui_scan *scan);
void ui_highlight_yaml(struct ui_highlight *state, struct ui_scan *scan);

#endif
