/* SPDX-License-Identifier: Apache-2.0 */
#include "aws/retry.h"

#define THROTTLE_ATTEMPTS 45 /* at 10 to 20 s each: longer than ten minutes */
#define LONGEST_MS        20000.0

static double doubled(double first_ms, unsigned times)
{
    double ms = first_ms;
    for (unsigned i = 0; i < times && ms < LONGEST_MS; i++)
        ms *= 2;
    return ms < LONGEST_MS ? ms : LONGEST_MS;
}

int64_t hw_retry_delay_ms(enum hw_failure failure, bool idempotent, struct hw_retry_count count,
                          double random)
{
    unsigned throttles = count.throttles;
    unsigned others = count.attempts > throttles ? count.attempts - throttles : 0;
    switch (failure) {
    case HW_FAILURE_NONE:
    case HW_FAILURE_FINAL:
        return -1;
    case HW_FAILURE_THROTTLED:
        if (throttles >= THROTTLE_ATTEMPTS)
            return -1;
        return (int64_t)(doubled(500, throttles ? throttles - 1 : 0) * (0.5 + random / 2));
    case HW_FAILURE_LOST:
        if (!idempotent)
            return -1;
        break;
    case HW_FAILURE_NOT_SENT:
        break;
    }
    if (others >= count.most)
        return -1;
    return (int64_t)(doubled(1000, others ? others - 1 : 0) * random);
}

/* "Retry behavior", standard mode. */
#define QUOTA_MAX     500
#define QUOTA_LOST    5
#define QUOTA_TIMEOUT 10

void hw_retry_quota_init(struct hw_retry_quota *quota)
{
    quota->tokens = QUOTA_MAX;
}

bool hw_retry_quota_take(struct hw_retry_quota *quota, bool timed_out)
{
    int cost = timed_out ? QUOTA_TIMEOUT : QUOTA_LOST;
    if (quota->tokens < cost)
        return false;
    quota->tokens -= cost;
    return true;
}

void hw_retry_quota_give(struct hw_retry_quota *quota, unsigned attempts)
{
    quota->tokens += attempts > 1 ? QUOTA_LOST : 1;
    if (quota->tokens > QUOTA_MAX)
        quota->tokens = QUOTA_MAX;
}

static bool among(const char *code, const char *const *codes, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(code, codes[i]) == 0)
            return true;
    }
    return false;
}

bool hw_retry_is_throttle(const char *service_code)
{
    /* LimitExceededException is not here: for most services it is a quota, which waiting does
     * not raise. */
    static const char *const codes[] = {"Throttling",
                                        "ThrottlingException",
                                        "ThrottledException",
                                        "RequestThrottled",
                                        "RequestThrottledException",
                                        "TooManyRequestsException",
                                        "RequestLimitExceeded",
                                        "BandwidthLimitExceeded",
                                        "SlowDown",
                                        "PriorRequestNotComplete",
                                        "EC2ThrottledException",
                                        "ProvisionedThroughputExceededException"};
    return among(service_code, codes, HW_COUNT(codes));
}

bool hw_retry_may_be_skew(const char *service_code)
{
    static const char *const codes[] = {"RequestTimeTooSkewed",      "RequestExpired",
                                        "RequestInTheFuture",        "SignatureDoesNotMatch",
                                        "InvalidSignatureException", "AuthFailure"};
    return among(service_code, codes, HW_COUNT(codes));
}
