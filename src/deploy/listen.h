/* SPDX-License-Identifier: Apache-2.0 */
/* The events of stacks that somebody else deploys: the newest ones there are, then each new one,
 * oldest first, as HW_EV_STACK. */
#ifndef HW_DEPLOY_LISTEN_H
#define HW_DEPLOY_LISTEN_H

#include "aws/client.h"

struct hw_listen;

/* every_ms: between two looks. A look that fails is told as a notice once and tried again. aws and
 * sink outlive it. */
struct hw_listen *hw_listen_start(struct hw_aws *aws, const struct hw_strv *stacks,
                                  unsigned every_ms, const struct hw_sink *sink);
void hw_listen_free(struct hw_listen *listen); /* NULL allowed */

#endif
