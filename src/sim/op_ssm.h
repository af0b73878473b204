/* SPDX-License-Identifier: Apache-2.0 */
/* Systems Manager beyond its Parameter Store. */
#ifndef HW_SIM_OP_SSM_H
#define HW_SIM_OP_SSM_H

#include "sim/call.h"

extern const struct sim_op sim_ssm_run[];

/* For struct sim_node_hooks; data: the cloud. */
void sim_ssm_deleted(void *data, const char *instance_id, const char *parameter);

#endif
