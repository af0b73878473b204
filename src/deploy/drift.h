/* SPDX-License-Identifier: Apache-2.0 */
/* What was changed outside CloudFormation. Each difference is told as a check of the id "drift":
 * failed, a warning, its message naming stack, resource, property, what the template has and what
 * is there; and each stack without any as passed. */
#ifndef HW_DEPLOY_DRIFT_H
#define HW_DEPLOY_DRIFT_H

#include "aws/client.h"
#include "base/mem.h"

struct hw_drift;
/* err: the first stack that could not be looked at; the others were. From the loop, once. */
typedef void hw_drift_fn(void *data, const struct hw_err *err);

/* stacks: names, copied. aws and the sink must outlive it. poll_ms: between two looks at a
 * detection; 0: 3000. */
struct hw_drift *hw_drift_start(struct hw_aws *aws, struct hw_loop *loop,
                                const struct hw_strv *stacks, unsigned poll_ms,
                                const struct hw_sink *sink, hw_drift_fn *fn, void *data);
void hw_drift_free(struct hw_drift *drift); /* NULL allowed; fn is not called any more */

#endif
