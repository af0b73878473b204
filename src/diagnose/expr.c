/* SPDX-License-Identifier: Apache-2.0 */
/* Regular expressions of rules. Compiled without UTF mode: any byte sequence is a legal subject,
 * and the expressions of the rules look for ASCII words. */
#include "diagnose/rules.h"

#include "base/text.h"

#define OPTIONS                                                                                    \
    (PCRE2_MULTILINE | PCRE2_CASELESS | PCRE2_DUPNAMES | PCRE2_NO_AUTO_CAPTURE |                   \
     PCRE2_NEVER_BACKSLASH_C)

bool hw_expr_compile(struct hw_expr *pattern, const char *text, struct hw_err *err,
                     size_t *ret_column)
{
    int code;
    PCRE2_SIZE place;
    pcre2_code *compiled =
        pcre2_compile((PCRE2_SPTR)text, PCRE2_ZERO_TERMINATED, OPTIONS, &code, &place, NULL);
    if (!compiled) {
        PCRE2_UCHAR message[160];
        pcre2_get_error_message(code, message, sizeof message);
        *ret_column = place + 1;
        return hw_fail(err, HW_ERR_INPUT, _("not a regular expression: %s (at character %zu)"),
                       (const char *)message, (size_t)place + 1);
    }
    pcre2_jit_compile(compiled, PCRE2_JIT_COMPLETE); /* without JIT it is only slower */
    *pattern = (struct hw_expr){.code = compiled, .text = hw_strdup(text)};
    return true;
}

/* Where the first \n stands; *ret_depth: in how many groups and classes. SIZE_MAX: nowhere. */
static size_t find_newline(const char *text, unsigned *ret_depth)
{
    bool class = false;
    *ret_depth = 0;
    for (size_t i = 0; text[i]; i++) {
        if (text[i] == '\\' && text[i + 1] == 'n') {
            *ret_depth += class;
            return i;
        }
        if (text[i] == '\\' && text[i + 1])
            i++;
        else if (class)
            class = text[i] != ']';
        else if (text[i] == '[')
            class = true;
        else if (text[i] == '(')
            ++*ret_depth;
        else if (text[i] == ')' && *ret_depth > 0)
            --*ret_depth;
    }
    return SIZE_MAX;
}

bool hw_expr_first_line(const char *text, struct hw_expr *ret_first, struct hw_err *err)
{
    unsigned depth;
    size_t column, n = find_newline(text, &depth);
    if (n == SIZE_MAX)
        return true;
    if (depth > 0 || n == 0)
        return hw_fail(err, HW_ERR_INPUT, "%s",
                       _("the first \\n of an expression must stand in no group, behind the "
                         "expression of its first line"));
    hw_auto_text first = hw_strndup(text, n);
    return hw_expr_compile(ret_first, first, err, &column);
}

void hw_expr_done(struct hw_expr *pattern)
{
    pcre2_code_free(pattern->code);
    free(pattern->text);
    *pattern = (struct hw_expr){0};
}

bool hw_expr_match(const struct hw_rules *rules, const struct hw_expr *pattern, const char *text,
                   size_t n)
{
    if (!pattern->code)
        return true;
    if (n > HW_EXPR_SUBJECT)
        n = HW_EXPR_SUBJECT;
    return pcre2_match(pattern->code, (PCRE2_SPTR)text, n, 0, 0, rules->match_data,
                       rules->match_context) >= 0;
}

/* The table of named groups (pcre2api(3), "Information about a pattern"). */
struct names {
    uint32_t count, entry_size;
    PCRE2_SPTR table;
};

static struct names names_of(const struct hw_expr *pattern)
{
    struct names names = {0};
    if (!pattern->code)
        return names;
    pcre2_pattern_info(pattern->code, PCRE2_INFO_NAMECOUNT, &names.count);
    pcre2_pattern_info(pattern->code, PCRE2_INFO_NAMEENTRYSIZE, &names.entry_size);
    pcre2_pattern_info(pattern->code, PCRE2_INFO_NAMETABLE, &names.table);
    return names;
}

static const char *name_at(const struct names *names, uint32_t i, size_t *ret_group)
{
    PCRE2_SPTR entry = names->table + (size_t)i * names->entry_size;
    *ret_group = (size_t)entry[0] << 8 | entry[1];
    return (const char *)entry + 2;
}

bool hw_expr_has(const struct hw_expr *pattern, const char *name)
{
    struct names names = names_of(pattern);
    size_t group;
    for (uint32_t i = 0; i < names.count; i++) {
        if (strcmp(name_at(&names, i, &group), name) == 0)
            return true;
    }
    return false;
}

void hw_expr_captures(const struct hw_rules *rules, const struct hw_expr *pattern, const char *text,
                      struct hw_strv *ret)
{
    struct names names = names_of(pattern);
    const PCRE2_SIZE *ends = pcre2_get_ovector_pointer(rules->match_data);
    size_t pairs = pcre2_get_ovector_count(rules->match_data);
    for (uint32_t i = 0; i < names.count; i++) {
        size_t group;
        const char *name = name_at(&names, i, &group);
        if (group >= pairs || ends[2 * group] == PCRE2_UNSET ||
            ends[2 * group + 1] <= ends[2 * group])
            continue;
        hw_auto(hw_buf) value = HW_BUF(HW_MAX_EVIDENCE_TEXT);
        size_t n = ends[2 * group + 1] - ends[2 * group];
        hw_text_clean(&value, text + ends[2 * group], n < 256 ? n : 256, false);
        hw_strv_add(ret, name);
        hw_strv_add(ret, hw_buf_cstr(&value));
    }
}
