/* SPDX-License-Identifier: Apache-2.0 */
#include "node/skew.h"

#define HALF_A_SECOND 500 /* what the seconds leave out, on the average */

bool hw_skew_hear(struct hw_skew *skew, int64_t node_ms, int64_t right_ms, bool first)
{
    int64_t ahead = node_ms + HALF_A_SECOND - right_ms, before = skew->ms;
    int64_t change = ahead - before;
    bool small = ahead > -HW_SKEW_LEAST_MS && ahead < HW_SKEW_LEAST_MS;
    /* Within a session a sign of life may wait behind many lines: it tells nothing when it is late.
     */
    if (change >= HW_SKEW_LEAST_MS || (first && change <= -HW_SKEW_LEAST_MS))
        skew->ms = small ? 0 : ahead;
    return skew->ms != before;
}
