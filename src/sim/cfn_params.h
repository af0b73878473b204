/* SPDX-License-Identifier: Apache-2.0 */
/* Parameters of a stack: what was given, checked against what the template declares. */
#ifndef HW_SIM_CFN_PARAMS_H
#define HW_SIM_CFN_PARAMS_H

#include "sim/cloud.h"

struct sim_params {
    json_t *values; /* {name: text or list of texts}, for the functions */
    json_t *shown;  /* [{ParameterKey, ParameterValue, ResolvedValue}], for DescribeStacks */
};

/* given: the request's list; before: the stack's values, for UsePreviousValue, or NULL. On
 * success *ret is the caller's; false: err->what is CloudFormation's own sentence. */
bool sim_params_resolve(struct sim_cloud *cloud, const json_t *template, const json_t *given,
                        const json_t *before, struct sim_params *ret, struct hw_err *err);
void sim_params_done(struct sim_params *params);

/* [{ParameterKey, DefaultValue, ParameterType, NoEcho, Description, ParameterConstraints}]; the
 * caller's. summary: with the types and constraints that GetTemplateSummary adds. */
json_t *sim_params_declared(const json_t *template, bool summary);

#endif
