/* SPDX-License-Identifier: Apache-2.0 */
/* A regular expression (PCRE2, compiled by its JIT). Without an upper-case letter in it, it
 * ignores case. Steps of one match are bounded, so that no expression can hang the program. */
#ifndef HW_LOGS_PATTERN_H
#define HW_LOGS_PATTERN_H

#include "base/err.h"

struct hw_pattern;

/* NULL: the expression is wrong; err says why and at which character. */
struct hw_pattern *hw_pattern_new(const char *expression, struct hw_err *err);
void hw_pattern_free(struct hw_pattern *pattern); /* NULL allowed */

/* The first match in n bytes from start on; group 0 is the whole match. ret_start and ret_end may
 * be NULL. A group that took no part in the match gives false. */
bool hw_pattern_find(const struct hw_pattern *pattern, const char *text, size_t n, size_t start,
                     unsigned group, size_t *ret_start, size_t *ret_end);

#endif
