/* SPDX-License-Identifier: Apache-2.0 */
#ifndef HW_SIM_OP_EC2_H
#define HW_SIM_OP_EC2_H

#include "sim/call.h"

/* The Describe operations; the rest stands in op_ec2.c. */
extern const struct sim_op sim_ec2_lists[];

#endif
