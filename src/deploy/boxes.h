/* SPDX-License-Identifier: Apache-2.0 */
/* Which nodes of a deployment get a black box (deploy/blackbox.h), and when: a node whose stage
 * fails, at once; and when the group of a stack fails, the node that its reason names, or else
 * each of its nodes that has not told CloudFormation yet: a node that hangs, or that nobody could
 * reach, tells no failed stage. At most HW_MAX_BLACKBOXES. */
#ifndef HW_DEPLOY_BOXES_H
#define HW_DEPLOY_BOXES_H

#include "deploy/blackbox.h"

struct hw_boxes;

/* The loop, aws, logs and the sink must outlive it. Of the stacks of this cluster; what failed
 * before is history. */
struct hw_boxes *hw_boxes_new(struct hw_loop *loop, struct hw_aws *aws, const struct hw_logs *logs,
                              const struct hw_sink *sink, const char *cluster);
/* Every event of the deployment and of its nodes, after it was told. */
void hw_boxes_feed(struct hw_boxes *boxes, const struct hw_event *event);
/* Something is not saved yet. */
bool hw_boxes_are_busy(const struct hw_boxes *boxes);
/* Saves the lines that have come last and frees. NULL allowed. */
void hw_boxes_free(struct hw_boxes *boxes);

#endif
