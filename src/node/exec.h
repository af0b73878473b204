/* SPDX-License-Identifier: Apache-2.0 */
/* One command on a node that a fleet follows, beside its logs: over the way that reaches it, with
 * the same proofs of who is who. For commands that read and come to an end by themselves. */
#ifndef HW_NODE_EXEC_H
#define HW_NODE_EXEC_H

#include "node/fleet.h"

#define HW_EXEC_DEADLINE_MS 90000
#define HW_EXEC_OUTPUT      (64u * 1024u) /* more of it is dropped */

struct hw_exec;

/* Called from the loop, once. output: of the standard output, without secrets, cleaned, lines end
 * in LF; borrowed. err: it could not be run, or did not come to an end; output is empty then. */
typedef void hw_exec_fn(void *data, const char *output, size_t n, const struct hw_err *err);

/* script: PowerShell. NULL: there is no such node, or it is not being followed now. */
struct hw_exec *hw_exec_start(struct hw_fleet *fleet, const char *node, const char *script,
                              hw_exec_fn *fn, void *data, struct hw_err *err);
const char *hw_exec_instance(const struct hw_exec *exec); /* of the node; borrowed */
/* Before the fleet; also from inside fn; without a word before. NULL allowed. */
void hw_exec_free(struct hw_exec *exec);

#endif
