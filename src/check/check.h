/* SPDX-License-Identifier: Apache-2.0 */
/* Pre-flight checks. The catalogue is a table; each check has a stable id (for --skip and
 * --list), a severity, and reports through HW_EV_CHECK with the field it speaks of. */
#ifndef HW_CHECK_CHECK_H
#define HW_CHECK_CHECK_H

#include "base/event.h"
#include "model/cluster.h"

struct hw_aws;
struct hw_discover;

struct hw_check {
    const char *id; /* "network.address-in-subnet" */
    enum hw_severity severity;
    bool online;       /* needs the account */
    const char *title; /* N_(): what it makes sure of */
    const char *why;   /* N_(): what goes wrong without it */
};

size_t hw_check_count(void);
const struct hw_check *hw_check_at(size_t index);
bool hw_check_known(const char *id);

struct hw_check_result {
    unsigned passed, warnings, errors, skipped;
};

/* The checks that need no network, told one by one to the sink. skip: ids left out (told as
 * skipped). Never blocks for longer than generating the templates (20 ms). */
void hw_check_offline(const struct hw_cluster *cluster, const struct hw_strv *skip,
                      const struct hw_sink *sink, struct hw_check_result *ret);

/* All of them, told from the loop; fn comes when the last one has been told. */
struct hw_check_run;
typedef void hw_check_fn(void *data, const struct hw_check_result *result);
/* The questions go out side by side, each check is told as soon as it has its answers, and after a
 * minute what is still unanswered is told as skipped. aws and sink must outlive the run. */
struct hw_check_run *hw_check_start(struct hw_aws *aws, struct hw_discover *discover,
                                    const struct hw_cluster *cluster, const struct hw_strv *skip,
                                    const struct hw_sink *sink, hw_check_fn *fn, void *data);
void hw_check_cancel(struct hw_check_run *run); /* NULL allowed; not after fn ran */

#endif
