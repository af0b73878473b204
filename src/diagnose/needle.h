/* SPDX-License-Identifier: Apache-2.0 */
/* The words without which an expression cannot match. */
#ifndef HW_DIAGNOSE_NEEDLE_H
#define HW_DIAGNOSE_NEEDLE_H

#include "base/mem.h"
#include "logs/words.h"

#define HW_NEEDLE_MAX 64u /* bytes of one word */

/* At least one of the words stands, in upper or lower case, in whatever the expression (PCRE2,
 * compiled as expr.c does) matches; each has HW_WORD_MIN bytes or more. None: nothing is known of
 * the matches. The caller's. */
struct hw_strv hw_needles(const char *expression);

#endif
