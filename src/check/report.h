/* SPDX-License-Identifier: Apache-2.0 */
/* Collects what the checks found and tells it: each check of the catalogue once as passed or
 * skipped, or once for each thing it found wrong. */
#ifndef HW_CHECK_REPORT_H
#define HW_CHECK_REPORT_H

#include "check/check.h"

#define HW_MAX_CHECKS 128 /* at least the length of the catalogue */

struct hw_report {
    const struct hw_sink *sink;
    const struct hw_strv *skip;
    bool failed[HW_MAX_CHECKS];  /* by place in the catalogue */
    bool unknown[HW_MAX_CHECKS]; /* could not be carried out: told as skipped */
    bool told[HW_MAX_CHECKS];    /* as passed or skipped by request */
    struct hw_check_result result;
};

/* Something check id found wrong; what comes from outside is cleaned. remedy may be NULL. */
void hw_report_fail(struct hw_report *report, const char *id, const char *field, const char *remedy,
                    const char *fmt, ...) HW_PRINTF(5, 6);
/* Check id could not be carried out, and why. */
void hw_report_unknown(struct hw_report *report, const char *id, const char *why);
/* Check id is over: told as passed unless it found something. */
void hw_report_done(struct hw_report *report, const char *id);
/* Tells those of the catalogue (online or offline ones) that found nothing. */
void hw_report_rest(struct hw_report *report, bool online);

#endif
