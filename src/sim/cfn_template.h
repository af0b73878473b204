/* SPDX-License-Identifier: Apache-2.0 */
/* A CloudFormation template: its sections, what its resources need of each other. */
#ifndef HW_SIM_CFN_TEMPLATE_H
#define HW_SIM_CFN_TEMPLATE_H

#include "base/err.h"
#include "sim/tree.h"

/* Reads and checks a body: sections, known resource types and properties' presence, references
 * that lead somewhere, no cycle. NULL: err->what is CloudFormation's own sentence. */
json_t *sim_template_parse(const char *body, size_t count, struct hw_err *err);

/* {LogicalId: [ids it depends on]} over DependsOn, Ref, Fn::GetAtt and Fn::Sub; the caller's. */
json_t *sim_template_needs(const json_t *template);

/* Logical ids in an order in which each comes after those it depends on; the caller's. NULL: a
 * cycle; its members, joined by ", ", are appended to cycle. */
json_t *sim_template_order(const json_t *template, struct hw_buf *cycle);

/* What the template demands: [] or ["CAPABILITY_IAM"] or ["CAPABILITY_NAMED_IAM"]; reason: the
 * ids of the resources. The caller's. */
json_t *sim_template_capabilities(const json_t *template, struct hw_buf *reason);

/* Calls fn for each "${Name}" of a Fn::Sub text that is not written "${!..}". */
typedef void sim_sub_fn(void *data, const char *name);
void sim_template_each_sub(const char *text, sim_sub_fn *fn, void *data);

#endif
