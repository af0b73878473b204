/* SPDX-License-Identifier: Apache-2.0 */
#include "sim/engine.h"
#include "sim/call.h"
#include "sim/signal.h"
void sim_groups_step(struct sim_cloud *cloud HW_UNUSED, int64_t now_ms HW_UNUSED)
{
}
void sim_stacks_step(struct sim_cloud *cloud HW_UNUSED, int64_t now_ms HW_UNUSED)
{
}
void sim_signal_from_node(void *data HW_UNUSED, const char *instance_id HW_UNUSED,
                          const char *stack_id HW_UNUSED, const char *logical_id HW_UNUSED,
                          bool success HW_UNUSED, const char *reason HW_UNUSED)
{
}
static const struct sim_op NONE[] = {{NULL, NULL, NULL, NULL}};
const struct sim_service sim_cloudformation = {
    "cloudformation", SIM_QUERY, "http://cloudformation.amazonaws.com/doc/2010-05-15/", NONE, NULL};
const struct sim_service sim_autoscaling = {
    "autoscaling", SIM_QUERY, "http://autoscaling.amazonaws.com/doc/2011-01-01/", NONE, NULL};
