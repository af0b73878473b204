/* SPDX-License-Identifier: Apache-2.0 */
/* What a person can do with one node, through the Auto Scaling group that it belongs to. */
#ifndef HW_DEPLOY_ACT_H
#define HW_DEPLOY_ACT_H

#include "aws/client.h"

enum hw_node_action {
    HW_NODE_RETRY,   /* terminate it; its group starts a new one */
    HW_NODE_HOLD,    /* its group takes no node away, whatever becomes of it */
    HW_NODE_RELEASE, /* its group does again what it did before the hold */
};

struct hw_node_act;
/* err NULL: done; group: the Auto Scaling group, "" when it failed. From the loop, once; it may
 * free the act. */
typedef void hw_node_act_fn(void *data, const char *group, const struct hw_err *err);

/* instance: "i-...". aws must outlive it. HOLD suspends the group's processes Terminate,
 * ReplaceUnhealthy, HealthCheck and AZRebalance (Auto Scaling API reference, SuspendProcesses): so
 * also a rollback, which deletes the group, waits until the release. */
struct hw_node_act *hw_node_act(struct hw_aws *aws, enum hw_node_action action,
                                const char *instance, hw_node_act_fn *fn, void *data);
void hw_node_act_free(struct hw_node_act *act); /* NULL allowed; fn is not called any more */

#endif
