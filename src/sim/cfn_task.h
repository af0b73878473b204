/* SPDX-License-Identifier: Apache-2.0 */
/* A task: what an operation on a stack does with one resource, {id, do, state, needs, resource,
 * _due}. It goes wait -> begun -> working -> done | failed. */
#ifndef HW_SIM_CFN_TASK_H
#define HW_SIM_CFN_TASK_H

#include "sim/stack.h"

#define SIM_BEGIN_SECONDS 1 /* before a task or a clean-up does anything */

enum {
    SIM_TASK_WAIT,
    SIM_TASK_BEGUN,
    SIM_TASK_WORKING,
    SIM_TASK_DONE,
    SIM_TASK_FAILED,
};

/* One look at one task of the operation under way. */
struct sim_step {
    struct sim_cloud *cloud;
    json_t *stack, *op, *task;
    int64_t now_ms;
};

/* The operation's kind, as begin_operation in cfn_engine.c names it. */
bool sim_op_is(const json_t *op, const char *kind);

/* verb: "create", "update", "delete". needs: ids of tasks that come before, or NULL. The caller's.
 */
json_t *sim_task_new(const char *verb, json_t *resource, const json_t *needs);
/* Moves the task on when its time has come. */
void sim_task_step(struct sim_step *step);
/* Writes an event of the resource: what "IN_PROGRESS" of an update is UPDATE_IN_PROGRESS. reason
 * may be NULL. */
void sim_task_tell(struct sim_step *step, const char *what, const char *reason);
/* Writes the FAILED event. */
void sim_task_fail(struct sim_step *step, const char *why);

#endif
