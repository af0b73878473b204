/* SPDX-License-Identifier: Apache-2.0 */
/* A rolling update of an Auto Scaling group: its obsolete instances are replaced batch by batch
 * (CloudFormation user guide, UpdatePolicy attribute, AutoScalingRollingUpdate). Of the policy
 * MaxBatchSize, MinInstancesInService, PauseTime and WaitOnResourceSignals are played; all
 * instances must succeed, and no process is suspended.
 *
 * What is under way is the task's member "roll". */
#ifndef HW_SIM_CFN_ROLL_H
#define HW_SIM_CFN_ROLL_H

#include "sim/cfn_task.h"

enum sim_roll { SIM_ROLL_ON, SIM_ROLL_DONE, SIM_ROLL_FAILED };

/* policy: AutoScalingRollingUpdate, worked out. false: every instance is as the group wants it, and
 * nothing begins. */
bool sim_roll_begin(struct sim_step *step, const json_t *policy);
bool sim_roll_is_on(const struct sim_step *step);
/* Moves it on. SIM_ROLL_FAILED: why is appended, as CloudFormation words it. */
enum sim_roll sim_roll_step(struct sim_step *step, struct hw_buf *why);

#endif
