/* SPDX-License-Identifier: Apache-2.0 */
/* The black box of a node: what is known of it when one of its stages or its group fails, saved
 * before CloudFormation or its group takes the node away. A folder of its own below
 * "<state>/blackbox/<cluster>/", mode 0700:
 *   stage.json      the stage that failed (contract section 4), if one did
 *   logs.txt        every line of its logs that has arrived, by time
 *   console.txt     ec2:GetConsoleOutput (on Windows the last errors of its system event log)
 *   instance.xml    ec2:DescribeInstances
 *   group.xml       autoscaling:DescribeAutoScalingInstances */
#ifndef HW_DEPLOY_BLACKBOX_H
#define HW_DEPLOY_BLACKBOX_H

#include "aws/client.h"
#include "logs/store.h"

struct hw_blackbox;

/* aws, logs and the sink must outlive it. Tells where the folder is as a notice. NULL: it cannot be
 * made; that was told. */
struct hw_blackbox *hw_blackbox_new(struct hw_aws *aws, const struct hw_logs *logs,
                                    const struct hw_sink *sink, const char *cluster,
                                    const char *node, const char *instance);
/* "i-..." of the node; borrowed. */
const char *hw_blackbox_instance(const struct hw_blackbox *box);
void hw_blackbox_save_stage(struct hw_blackbox *box, const struct hw_ev_stage *stage);
/* All lines that have arrived; looks through the whole store. */
void hw_blackbox_save_logs(struct hw_blackbox *box);
/* AWS has not answered everything yet. */
bool hw_blackbox_is_asking(const struct hw_blackbox *box);
/* What was not answered is not saved. NULL allowed. */
void hw_blackbox_free(struct hw_blackbox *box);

#endif
