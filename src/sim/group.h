/* SPDX-License-Identifier: Apache-2.0 */
/* Auto Scaling groups (list "asgs" of the state): fields of the API and _stack_id, _stack_name,
 * _logical_id, _template_id, _version, _subnets, _activities, _failures, _attempts. */
#ifndef HW_SIM_GROUP_H
#define HW_SIM_GROUP_H

#include "sim/cloud.h"

json_t *sim_group_find(struct sim_cloud *cloud, const char *name); /* or NULL */
/* As many instances in service as are wanted. */
bool sim_group_ready(struct sim_cloud *cloud, const char *name);
/* Why launches keep failing, or "". Borrowed. */
const char *sim_group_trouble(struct sim_cloud *cloud, const char *name);
/* After sim_group_remove: all instances are gone, and so is the group. */
bool sim_group_gone(struct sim_cloud *cloud, const char *name);
/* Ids of members; of those that were launched from another version of the launch template than the
 * group has now. The caller's. */
json_t *sim_group_members(const json_t *group);
json_t *sim_group_obsolete(const json_t *group);
void sim_group_resize(struct sim_cloud *cloud, json_t *group, int64_t min_size, int64_t desired);
/* Terminates these at the request of an update; the group launches others. */
void sim_group_take_out(struct sim_cloud *cloud, json_t *group, const json_t *ids);
/* Terminated, or no longer listed. */
bool sim_group_is_terminated(struct sim_cloud *cloud, const char *instance_id);
/* One instance goes; smaller: the group gets smaller too. */
void sim_group_terminate(struct sim_cloud *cloud, json_t *group, json_t *instance, bool smaller,
                         const char *cause);
/* Newest first. The activity is borrowed. */
json_t *sim_group_activity(struct sim_cloud *cloud, json_t *group, const char *description,
                           const char *cause, const char *status);

#endif
