/* SPDX-License-Identifier: Apache-2.0 */
/* How many requests may leave: a token bucket, halved when a service throttles and growing back
 * while none does. Pure arithmetic; the caller brings the time (monotonic milliseconds). */
#ifndef HW_AWS_BUDGET_H
#define HW_AWS_BUDGET_H

#include "base/defs.h"

/* Over so long a time the requests are counted: longer than a burst. */
#define HW_BUDGET_LOOK_MS 10000

struct hw_budget {
    double rate; /* requests a second, now */
    double tokens;
    int64_t at_ms;       /* when tokens was true */
    int64_t slowed_ms;   /* when the rate last changed downwards */
    int64_t recent[128]; /* when the last requests left: all of HW_BUDGET_LOOK_MS */
    size_t recent_next;
};

void hw_budget_init(struct hw_budget *budget, int64_t now_ms);
/* Takes one; 0: go. Else the milliseconds after which one may be there. */
int64_t hw_budget_take(struct hw_budget *budget, int64_t now_ms);
/* The same, but leaves half of a burst to those that somebody waits for. */
int64_t hw_budget_take_spare(struct hw_budget *budget, int64_t now_ms);
void hw_budget_throttled(struct hw_budget *budget, int64_t now_ms);
/* Of the last HW_BUDGET_LOOK_MS. A burst may bring it above the rate for that long. */
double hw_budget_per_second(const struct hw_budget *budget, int64_t now_ms);

#endif
