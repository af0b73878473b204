/* SPDX-License-Identifier: Apache-2.0 */
/* The intrinsic functions of CloudFormation (user guide, "Intrinsic function reference"). */
#ifndef HW_SIM_CFN_EVAL_H
#define HW_SIM_CFN_EVAL_H

#include "sim/cloud.h"

struct sim_eval {
    struct sim_cloud *cloud;
    const json_t *template;
    const json_t *parameters; /* {name: text or list of texts} */
    const json_t *resources;  /* the stack's: PhysicalResourceId and _attributes */
    const char *stack_name, *stack_id, *region;
    bool preview;    /* what is not made yet reads as SIM_UNKNOWN */
    json_t *imports; /* names of exports that were read; or NULL */
    unsigned depth;
    char error[640]; /* CloudFormation's sentence */
};

#define SIM_UNKNOWN "{{changeSet:KNOWN_AFTER_APPLY}}"

/* The value with every function worked out; the caller's. NULL: error says why. A member or item
 * that is AWS::NoValue is left out. */
json_t *sim_eval(struct sim_eval *eval, const json_t *value);

/* Does the named condition hold? false and error[0]: it cannot be said. */
bool sim_eval_condition(struct sim_eval *eval, const char *name);
/* Is this resource or output wanted, going by its Condition? */
bool sim_eval_wanted(struct sim_eval *eval, const json_t *part);

#endif
