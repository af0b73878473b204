/* SPDX-License-Identifier: Apache-2.0 */
#include "logs/pattern.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include "base/mem.h"

#define STEPS_A_MATCH 200000u

struct hw_pattern {
    pcre2_code *code;
    pcre2_match_data *match;
    pcre2_match_context *context;
};

/* An escape such as \W is no upper-case letter of the text. */
static bool has_upper_case(const char *expression)
{
    for (const char *p = expression; *p; p++) {
        if (*p == '\\' && p[1])
            p++;
        else if (*p >= 'A' && *p <= 'Z')
            return true;
    }
    return false;
}

struct hw_pattern *hw_pattern_new(const char *expression, struct hw_err *err)
{
    uint32_t options = PCRE2_UTF | PCRE2_MATCH_INVALID_UTF;
    int code;
    PCRE2_SIZE at;
    if (!has_upper_case(expression))
        options |= PCRE2_CASELESS;
    pcre2_code *compiled =
        pcre2_compile((PCRE2_SPTR)expression, PCRE2_ZERO_TERMINATED, options, &code, &at, NULL);
    if (!compiled) {
        PCRE2_UCHAR message[160] = "";
        pcre2_get_error_message(code, message, sizeof message);
        hw_fail(err, HW_ERR_INPUT, _("this is not a regular expression: %s (character %zu)"),
                (const char *)message, (size_t)at + 1);
        return NULL;
    }
    pcre2_jit_compile(compiled, PCRE2_JIT_COMPLETE); /* absent on some machines: interpreted */
    struct hw_pattern *pattern = HW_NEW(struct hw_pattern);
    pattern->code = compiled;
    pattern->match = pcre2_match_data_create_from_pattern(compiled, NULL);
    pattern->context = pcre2_match_context_create(NULL);
    pcre2_set_match_limit(pattern->context, STEPS_A_MATCH);
    return pattern;
}

void hw_pattern_free(struct hw_pattern *pattern)
{
    if (!pattern)
        return;
    pcre2_match_context_free(pattern->context);
    pcre2_match_data_free(pattern->match);
    pcre2_code_free(pattern->code);
    free(pattern);
}

bool hw_pattern_find(const struct hw_pattern *pattern, const char *text, size_t n, size_t start,
                     unsigned group, size_t *ret_start, size_t *ret_end)
{
    int groups =
        pcre2_match(pattern->code, (PCRE2_SPTR)text, n, start, 0, pattern->match, pattern->context);
    if (groups < 0 || (unsigned)groups <= group)
        return false;
    const PCRE2_SIZE *ends = pcre2_get_ovector_pointer(pattern->match);
    if (ends[2 * group] == PCRE2_UNSET)
        return false;
    if (ret_start)
        *ret_start = ends[2 * group];
    if (ret_end)
        *ret_end = ends[2 * group + 1];
    return true;
}
