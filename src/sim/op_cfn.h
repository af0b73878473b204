/* SPDX-License-Identifier: Apache-2.0 */
/* What the operations on stacks and on change sets share. */
#ifndef HW_SIM_OP_CFN_H
#define HW_SIM_OP_CFN_H

#include "sim/call.h"
#include "sim/stack.h"

extern const struct sim_op sim_change_set_ops[];

/* op_drift.c */
void sim_cfn_detect_drift(struct sim_call *call);
void sim_cfn_drift_status(struct sim_call *call);
void sim_cfn_resource_drifts(struct sim_call *call);

/* The request's TemplateBody, TemplateURL (an object of a simulated bucket) or, with
 * UsePreviousTemplate, the stack's; checked. NULL: the call was refused. *ret_body is the
 * caller's. */
json_t *sim_cfn_template(struct sim_call *call, const json_t *stack, char **ret_body);
bool sim_cfn_invalid(struct sim_call *call, const char *fmt, ...) HW_PRINTF(2, 3);
/* The stack the call is about; refuses "Stack with id X does not exist". */
json_t *sim_cfn_stack(struct sim_call *call, const char *key);
/* An update from UPDATE_FAILED does without a rollback, or is refused. operation: of the AWS CLI.
 */
bool sim_cfn_keeps_failure(struct sim_call *call, const json_t *stack, const char *operation);
bool sim_cfn_capable(struct sim_call *call, const json_t *template);
bool sim_cfn_name_is_fine(struct sim_call *call, const char *field, const char *name);

#endif
