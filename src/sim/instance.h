/* SPDX-License-Identifier: Apache-2.0 */
/* Instances: launched by Auto Scaling groups, played by the simulated nodes. */
#ifndef HW_SIM_INSTANCE_H
#define HW_SIM_INSTANCE_H

#include "sim/engine.h"

/* What a launch template says, resolved, and where the instance goes. Borrowed. */
struct sim_launch {
    const json_t *data; /* LaunchTemplateData */
    json_t *group;      /* the Auto Scaling group */
    json_t *subnet;     /* ignored with an interface of its own */
    unsigned number;    /* place in its group, from 1 */
};

/* The new instance, in state pending (borrowed from the state), or NULL with the reason why it
 * cannot be launched, as EC2 words it, appended to why. */
json_t *sim_instance_launch(struct sim_cloud *cloud, const struct sim_launch *launch,
                            struct hw_buf *why);
/* The instance with this id, as long as it is listed, or NULL. Borrowed from the state. */
json_t *sim_instance_find(struct sim_cloud *cloud, const char *id);
/* Shuts down; gone for its group at once. */
void sim_instance_terminate(struct sim_cloud *cloud, json_t *instance, const char *reason);
/* pending or running. */
bool sim_instance_lives(const json_t *instance);

/* A free address of the subnet (network order of text); the lowest from .10 on, or the wanted one.
 * false: none, or it is taken. Counts it in the subnet's free addresses. */
bool sim_address_take(struct sim_cloud *cloud, json_t *subnet, const char *wanted, char out[16]);
void sim_address_give(struct sim_cloud *cloud, const char *subnet_id);

/* After a restart: running instances get their nodes again. */
void sim_instances_resume(struct sim_cloud *cloud);

/* Hooks of the nodes. data is the cloud. */
void sim_instance_tag(void *data, const char *instance_id, const char *key, const char *value);
void sim_instance_problem(void *data, const char *instance_id, const char *text);

#endif
