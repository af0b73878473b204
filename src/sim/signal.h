/* SPDX-License-Identifier: Apache-2.0 */
/* Signals of instances to the resources of a stack. */
#ifndef HW_SIM_SIGNAL_H
#define HW_SIM_SIGNAL_H

#include "sim/cloud.h"

/* Keeps the signal for the resource and wakes its stack. false: there is no such stack or
 * resource, or it does not wait for signals. A second signal of the same id is kept out. */
bool sim_signal_add(struct sim_cloud *cloud, const char *stack, const char *logical_id,
                    const char *unique_id, bool success, const char *reason);

/* A wait for signals, "PT1H30M", in seconds; what cannot be read is the default of the
 * CreationPolicy and UpdatePolicy attributes, 5 minutes. */
unsigned sim_signal_seconds(const char *timeout);

/* Hook of the nodes; data is the cloud. */
void sim_signal_from_node(void *data, const char *instance_id, const char *stack_id,
                          const char *logical_id, bool success, const char *reason);

#endif
