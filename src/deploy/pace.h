/* SPDX-License-Identifier: Apache-2.0 */
/* How long the stages of a node take: what is usual, and what earlier runs of the same cluster
 * took, which their journal knows. */
#ifndef HW_DEPLOY_PACE_H
#define HW_DEPLOY_PACE_H

#include "base/err.h"

#define HW_PACE_STAGES 32u /* stages of all roles */

struct hw_pace {
    struct {
        unsigned seconds; /* newest run that had it; 0: the usual time */
    } learned[HW_PACE_STAGES];
};

/* The stages of a role in their order (contract section 5). NULL: no such role. seconds: measured
 * on HPC Pack 2019 with on-line installers; only their relation matters until runs are known. */
struct hw_pace_stage {
    const char *name;
    unsigned seconds;
};
const struct hw_pace_stage *hw_pace_stages(const char *role, size_t *ret_count);

/* Takes the stages that the runs of a journal have brought to their end; a journal that is missing
 * or unreadable teaches nothing. */
void hw_pace_learn(struct hw_pace *pace, const char *journal_path);
/* pace NULL: what is usual. 0: no such stage. */
unsigned hw_pace_seconds(const struct hw_pace *pace, const char *role, const char *stage);
/* Of all stages of a role, in whole minutes, at least 1. */
unsigned hw_pace_role_minutes(const struct hw_pace *pace, const char *role);

#endif
