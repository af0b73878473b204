/* SPDX-License-Identifier: Apache-2.0 */
/* The words without which an expression cannot match. */
#ifndef HW_DIAGNOSE_NEEDLE_H
#define HW_DIAGNOSE_NEEDLE_H

#include "base/mem.h"
#include "logs/literals.h"

#define HW_NEEDLE_MAX 64u /* bytes of one word */

#define HW_NEEDLE_SETS 2u

struct hw_needles {
    struct hw_strv sets[HW_NEEDLE_SETS]; /* the better one first; empty: nothing more is known */
};

/* Of each set at least one word stands, in upper or lower case, in whatever the expression (PCRE2,
 * compiled as expr.c does) matches; each has HW_LITERAL_MIN bytes or more. */
struct hw_needles hw_needles(const char *expression);
void hw_needles_done(struct hw_needles *needles);

#endif
