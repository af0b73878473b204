/* SPDX-License-Identifier: Apache-2.0 */
#ifndef HW_SIM_OP_IAM_H
#define HW_SIM_OP_IAM_H

#include "sim/call.h"

/* The simulation of policies; the rest stands in op_identity.c. */
extern const struct sim_op sim_iam_simulations[];

#endif
