/* SPDX-License-Identifier: Apache-2.0 */
/* Stacks: what they are made of, what happened to them, and the operation under way.
 *
 * Beside the fields of the API a stack holds _region, _body, _template, _values (parameters as the
 * functions see them), _resources, _events (oldest first), _imports and, while something happens,
 * _op: {kind, token, tasks, template, values, shown, body, on_failure, cleanup, touched}. A failure
 * that was kept, or a rollback that got stuck, leaves that as _kept, with the failed ids. */
#ifndef HW_SIM_STACK_H
#define HW_SIM_STACK_H

#include "sim/cfn_eval.h"
#include "sim/cfn_params.h"

/* By id, or by name when it is not deleted; NULL: there is none. Borrowed. */
json_t *sim_stack_find(struct sim_cloud *cloud, const char *region, const char *name_or_id);
json_t *sim_stack_new(struct sim_cloud *cloud, const char *region, const char *name);

/* Texts may be NULL or "". resource NULL: about the stack itself. */
void sim_stack_event(struct sim_cloud *cloud, json_t *stack, json_t *resource, const char *status,
                     const char *reason);
/* Sets the status and writes the event. */
void sim_stack_status(struct sim_cloud *cloud, json_t *stack, const char *status,
                      const char *reason);
bool sim_stack_busy(const json_t *stack);
json_t *sim_stack_resource(const json_t *stack, const char *logical_id);
/* For functions over the stack as it is (template and values: of the operation, or its own). */
void sim_stack_eval(struct sim_cloud *cloud, const json_t *stack, const json_t *template,
                    const json_t *values, struct sim_eval *ret);

/* What an operation begins with. template and params are taken over. */
struct sim_stack_order {
    json_t *template;
    struct sim_params params;
    const char *body, *token;
    const char *on_failure; /* ROLLBACK DELETE DO_NOTHING */
};
void sim_stack_create(struct sim_cloud *cloud, json_t *stack, struct sim_stack_order *order);
void sim_stack_update(struct sim_cloud *cloud, json_t *stack, struct sim_stack_order *order);
/* retain: logical ids to keep, or NULL. */
void sim_stack_delete(struct sim_cloud *cloud, json_t *stack, const json_t *retain,
                      const char *token);
/* Stops an update; what was changed goes back. */
void sim_stack_cancel(struct sim_cloud *cloud, json_t *stack);
/* From UPDATE_ROLLBACK_FAILED on: what failed to go back is tried again, but for skip (logical ids,
 * or NULL), which count as gone back. */
void sim_stack_continue(struct sim_cloud *cloud, json_t *stack, const json_t *skip);
/* A resource that failed to go back, and so may be skipped. */
bool sim_stack_is_stuck(const json_t *stack, const char *logical_id);
/* From CREATE_FAILED or UPDATE_FAILED, where a failure was kept. */
void sim_stack_roll_back(struct sim_cloud *cloud, json_t *stack);

/* Changes that the new template and values would make: [{Type, ResourceChange}]; the caller's.
 * NULL: err->what is CloudFormation's sentence. */
json_t *sim_stack_changes(struct sim_cloud *cloud, const json_t *stack, const json_t *template,
                          const json_t *values, struct hw_err *err);
/* Names of properties in which a and b differ; the caller's. */
json_t *sim_stack_difference(const json_t *a, const json_t *b);

/* Outputs of the template worked out, exports checked against other stacks. */
bool sim_stack_outputs(struct sim_cloud *cloud, json_t *stack, struct hw_buf *why);
void sim_stack_drop_exports(struct sim_cloud *cloud, const json_t *stack);
/* The name of an export of this stack that another one imports, and the other's name. */
bool sim_stack_export_used(struct sim_cloud *cloud, const json_t *stack, const char **export,
                           const char **user);

#endif
