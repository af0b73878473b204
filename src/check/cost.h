/* SPDX-License-Identifier: Apache-2.0 */
/* The check of what the cluster costs at its full size against cost.limit_per_hour. */
#ifndef HW_CHECK_COST_H
#define HW_CHECK_COST_H

#include "check/report.h"

/* Asks for what it needs, if there is a limit; true: no more will come. Cheap to call often. */
bool hw_check_cost_over(struct hw_discover *discover, const struct hw_cluster *cluster);
void hw_check_cost(struct hw_report *report, const struct hw_discover *discover,
                   const struct hw_cluster *cluster);

#endif
