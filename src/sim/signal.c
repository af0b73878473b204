/* SPDX-License-Identifier: Apache-2.0 */
#include "sim/signal.h"

#include "base/mem.h"
#include "base/text.h"
#include "sim/stack.h"

#define SIGNAL_DEFAULT 300 /* seconds */

bool sim_signal_add(struct sim_cloud *cloud, const char *stack_name, const char *logical_id,
                    const char *unique_id, bool success, const char *reason HW_UNUSED)
{
    json_t *stack = sim_stack_find(cloud, NULL, stack_name);
    json_t *resource = sim_stack_resource(stack, logical_id);
    json_t *signals = json_object_get(resource, "_signals");
    if (!signals)
        return false;
    json_t *known = json_object_get(signals, unique_id);
    if (known)
        return true;
    json_object_set_new(signals, unique_id, json_boolean(success));
    hw_auto_text text = hw_format("Received %s signal with UniqueId %s",
                                  success ? "SUCCESS" : "FAILURE", unique_id);
    hw_auto_text status = hw_strdup(sim_text(resource, "ResourceStatus"));
    sim_stack_event(cloud, stack, resource, status, text);
    return true;
}

unsigned sim_signal_seconds(const char *timeout)
{
    unsigned seconds = SIGNAL_DEFAULT;
    hw_auto_text lower = hw_strdup(hw_text_starts(timeout, "PT") ? timeout + 2 : timeout);
    for (char *p = lower; *p; p++)
        *p = (char)(*p | 0x20);
    return hw_parse_duration(lower, &seconds) ? seconds : SIGNAL_DEFAULT;
}

void sim_signal_from_node(void *data, const char *instance_id, const char *stack_id,
                          const char *logical_id, bool success, const char *reason)
{
    sim_signal_add(data, stack_id, logical_id, instance_id, success, reason);
}
