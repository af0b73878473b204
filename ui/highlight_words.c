/* SPDX-License-Identifier: Apache-2.0 */
/* The languages, as tables. Keywords: about_Language_Keywords (PowerShell), Transact-SQL
 * reference "Reserved keywords", HCL native syntax, POSIX shell command language. Sorted. */
#include "ui/highlight_lexis.h"

#include <ctype.h>

static const char *const powershell_words[] = {
    "begin",   "break",  "catch",    "class", "continue", "data",   "do",      "dynamicparam",
    "else",    "elseif", "end",      "enum",  "exit",     "filter", "finally", "for",
    "foreach", "from",   "function", "if",    "in",       "param",  "process", "return",
    "switch",  "throw",  "trap",     "try",   "until",    "using",  "while",
};

static const char *const sql_words[] = {
    "add",     "alter",      "and",         "any",       "as",         "authorization", "begin",
    "by",      "case",       "catch",       "check",     "close",      "collate",       "column",
    "commit",  "constraint", "containment", "create",    "cursor",     "database",      "declare",
    "default", "delete",     "deny",        "distinct",  "drop",       "else",          "end",
    "exec",    "execute",    "exists",      "fetch",     "filegrowth", "filename",      "for",
    "foreign", "from",       "function",    "go",        "goto",       "grant",         "group",
    "having",  "if",         "in",          "index",     "insert",     "into",          "is",
    "join",    "key",        "left",        "like",      "log",        "login",         "maxsize",
    "member",  "merge",      "name",        "nocount",   "not",        "null",          "off",
    "on",      "open",       "or",          "order",     "outer",      "output",        "password",
    "primary", "print",      "proc",        "procedure", "raiserror",  "recovery",      "return",
    "revert",  "revoke",     "role",        "rollback",  "schema",     "select",        "server",
    "set",     "simple",     "size",        "table",     "then",       "throw",         "to",
    "top",     "tran",       "transaction", "trigger",   "truncate",   "try",           "union",
    "unique",  "update",     "use",         "user",      "values",     "view",          "waitfor",
    "when",    "where",      "while",       "windows",   "with",
};

static const char *const hcl_words[] = {
    "build",  "data",   "dynamic",  "false",  "for",         "if",
    "in",     "locals", "null",     "packer", "provisioner", "required_plugins",
    "source", "true",   "variable",
};

static const char *const json_words[] = {"false", "null", "true"};

static const char *const shell_words[] = {
    "break",    "case",   "continue", "do",    "done", "elif",     "else",  "esac",  "eval",
    "exec",     "exit",   "export",   "fi",    "for",  "function", "if",    "in",    "local",
    "readonly", "return", "set",      "shift", "then", "trap",     "unset", "until", "while",
};

static const struct ui_lexis powershell = {
    .words = powershell_words,
    .word_count = HW_COUNT(powershell_words),
    .line_comment = "#",
    .comment_after_blank = true,
    .open = "<#",
    .close = "#>",
    .escape = '`',
    .quotes_span_lines = true,
    .variable = "$",
    .word_chars = "-",
    .here_strings = true,
    .cmdlets = true,
};

static const struct ui_lexis sql = {
    .words = sql_words,
    .word_count = HW_COUNT(sql_words),
    .line_comment = "--",
    .open = "/*",
    .close = "*/",
    .comments_nest = true,
    .quotes_span_lines = true,
    .variable = "@$",
    .word_chars = "",
};

static const struct ui_lexis json = {
    .words = json_words,
    .word_count = HW_COUNT(json_words),
    .case_matters = true,
    .escape = '\\',
    .variable = "",
    .word_chars = "",
    .keys = true,
    .key_ends = ":",
};

static const struct ui_lexis hcl = {
    .words = hcl_words,
    .word_count = HW_COUNT(hcl_words),
    .case_matters = true,
    .line_comment = "#",
    .line_comment2 = "//",
    .open = "/*",
    .close = "*/",
    .escape = '\\',
    .variable = "",
    .word_chars = "-.",
    .here_documents = true,
    .keys = true,
    .key_ends = "=",
};

static const struct ui_lexis shell = {
    .words = shell_words,
    .word_count = HW_COUNT(shell_words),
    .case_matters = true,
    .line_comment = "#",
    .comment_after_blank = true,
    .escape = '\\',
    .quotes_span_lines = true,
    .variable = "$",
    .word_chars = "-./",
    .here_documents = true,
};

const struct ui_lexis *ui_lexis(enum ui_language language)
{
    switch (language) {
    case UI_LANG_POWERSHELL:
        return &powershell;
    case UI_LANG_SQL:
        return &sql;
    case UI_LANG_JSON:
        return &json;
    case UI_LANG_HCL:
        return &hcl;
    case UI_LANG_SHELL:
        return &shell;
    case UI_LANG_TEXT:
    case UI_LANG_YAML:
        break;
    }
    return NULL;
}

static int compare(const char *word, const char *text, size_t length, bool case_matters)
{
    for (size_t i = 0; i < length; i++) {
        unsigned char c = (unsigned char)text[i];
        int difference = (unsigned char)word[i] - (case_matters ? c : tolower(c));
        if (difference != 0 || word[i] == '\0')
            return difference;
    }
    return word[length] == '\0' ? 0 : 1;
}

bool ui_lexis_has_word(const struct ui_lexis *lexis, const char *word, size_t length)
{
    size_t low = 0, high = lexis->word_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = compare(lexis->words[middle], word, length, lexis->case_matters);
        if (order == 0)
            return true;
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return false;
}
