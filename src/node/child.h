/* SPDX-License-Identifier: Apache-2.0 */
/* Starting another program. */
#ifndef HW_NODE_CHILD_H
#define HW_NODE_CHILD_H

#include <sys/types.h>

/* Found by PATH, in a session of its own, so that it can neither ask on the terminal nor be hit by
 * its Ctrl-C. arguments and environment (NULL: ours) end with NULL; the descriptors become its
 * standard ones and stay the caller's. 0, or errno. */
int hw_child_start(char *const *arguments, char *const *environment, int input, int output,
                   int error, pid_t *ret);

#endif
