/* SPDX-License-Identifier: Apache-2.0 */
/* Whether a request that failed is sent again, and when ("Retry behavior", AWS SDKs and Tools
 * Reference Guide, standard mode; but a throttled request waits much longer, since slowing down
 * is no reason to end a deployment). */
#ifndef HW_AWS_RETRY_H
#define HW_AWS_RETRY_H

#include "base/defs.h"

enum hw_failure {
    HW_FAILURE_NONE,
    HW_FAILURE_NOT_SENT,  /* no connection: the service has not seen the request */
    HW_FAILURE_LOST,      /* sent, but no whole answer, or 5xx: it may have been carried out */
    HW_FAILURE_THROTTLED, /* refused for now */
    HW_FAILURE_FINAL,     /* asking again would not help */
};

#define HW_RETRY_ATTEMPTS     3 /* of standard mode, where neither files nor environment say */
#define HW_RETRY_ATTEMPTS_MAX 100

/* How often a request was sent so far, how many of these times it was throttled, and how often it
 * may be sent in all, not counting those. */
struct hw_retry_count {
    unsigned attempts, throttles, most;
};
/* random in [0, 1). Milliseconds to wait before the next attempt, or -1: give up. */
int64_t hw_retry_delay_ms(enum hw_failure failure, bool idempotent, struct hw_retry_count count,
                          double random);

/* What all calls together may spend on sending lost requests again, so that a service that is
 * down is not beaten by everybody at once; a call that succeeds pays back. Throttled requests are
 * not counted: they wait for the request budget (budget.h). */
struct hw_retry_quota {
    int tokens;
};
void hw_retry_quota_init(struct hw_retry_quota *quota);
/* Before another attempt; timed_out: nothing came at all. False: the quota is used up. */
bool hw_retry_quota_take(struct hw_retry_quota *quota, bool timed_out);
/* After a success; attempts: how often that call was sent. */
void hw_retry_quota_give(struct hw_retry_quota *quota, unsigned attempts);

/* A code by which services ask for fewer requests. */
bool hw_retry_is_throttle(const char *service_code);
/* A code behind which a wrong clock may stand. */
bool hw_retry_may_be_skew(const char *service_code);

#endif
