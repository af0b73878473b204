/* SPDX-License-Identifier: Apache-2.0 */
/* What moves by itself: instances that start and stop, Auto Scaling groups that keep their
 * number, stacks that make their resources. Each step looks at the state, does what is due, and
 * asks the cloud to be woken when the next thing will be. */
#ifndef HW_SIM_ENGINE_H
#define HW_SIM_ENGINE_H

#include "sim/cloud.h"

void sim_instances_step(struct sim_cloud *cloud, int64_t now_ms);
void sim_groups_step(struct sim_cloud *cloud, int64_t now_ms);
void sim_stacks_step(struct sim_cloud *cloud, int64_t now_ms);

/* After the state was read from any file, before the first step. True. */
bool sim_instances_loaded(struct sim_cloud *cloud);
/* After the state was read from a file that this program wrote. */
void sim_stacks_restored(struct sim_cloud *cloud);
void sim_groups_restored(struct sim_cloud *cloud);

/* Whether the time in object[key] is there; if not, asks to be woken then. Absent: it is. */
bool sim_due(struct sim_cloud *cloud, const json_t *object, const char *key, int64_t now_ms);

#endif
