/* SPDX-License-Identifier: Apache-2.0 */
/* Colours for the files that generation writes. One line at a time: the state at the start of a
 * line is all that a line needs, so a page draws any part of a file without reading the rest.
 * Knows no screen; a token is a meaning, the theme chooses its colour. */
#ifndef UI_HIGHLIGHT_H
#define UI_HIGHLIGHT_H

#include "base/defs.h"

enum ui_language {
    UI_LANG_TEXT,
    UI_LANG_YAML, /* CloudFormation; scripts inside it have their own colours */
    UI_LANG_POWERSHELL,
    UI_LANG_SQL, /* T-SQL */
    UI_LANG_JSON,
    UI_LANG_HCL, /* Packer */
    UI_LANG_SHELL,
};

enum ui_token {
    UI_TOKEN_TEXT,
    UI_TOKEN_KEY,
    UI_TOKEN_STRING,
    UI_TOKEN_COMMENT,
    UI_TOKEN_KEYWORD, /* also tags (!Ref), cmdlets and commands */
    UI_TOKEN_NUMBER,
    UI_TOKEN_VARIABLE,
};

/* A stretch of one line, in bytes. What no span covers is UI_TOKEN_TEXT. */
struct ui_span {
    size_t start, length;
    enum ui_token token;
};

/* Spans of one line at most; the rest of a longer line stays UI_TOKEN_TEXT. */
#define UI_HIGHLIGHT_SPANS 256

/* What a line hands to the next one. Zeroed = the start of a file. */
struct ui_highlight {
    uint8_t mode;        /* of the tokeniser: in a comment, a here-string ... */
    uint8_t depth;       /* of nested comments (T-SQL) */
    uint8_t inner, hint; /* YAML: language of the block scalar; of the file being described */
    uint8_t inner_mode, inner_depth;
    bool in_block;         /* YAML: in a block scalar */
    uint16_t block_indent; /* a line indented by no more than this ends it */
    uint16_t hint_indent;
    uint32_t word; /* hash of the word that ends a here-document */
};

/* By the name's ending; the first line of a file without one is not looked at. */
enum ui_language ui_highlight_language(const char *path);
/* "CFN", "PowerShell": short name for a status line. */
const char *ui_highlight_language_name(enum ui_language language);

/* Tokens of one line (without its newline), in order, not overlapping; moves *state on to the
 * next line. Returns the number of spans. Any bytes are allowed in a line. */
size_t ui_highlight_line(enum ui_language language, struct ui_highlight *state, const char *line,
                         size_t length, struct ui_span spans[UI_HIGHLIGHT_SPANS]);

#endif
