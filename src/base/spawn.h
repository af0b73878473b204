/* SPDX-License-Identifier: Apache-2.0 */
/* What every program that is started needs. */
#ifndef HW_BASE_SPAWN_H
#define HW_BASE_SPAWN_H

#include <spawn.h>
#include <unistd.h>

/* The last of the actions: the child keeps its three standard descriptors and no other. libcurl
 * opens its sockets without O_CLOEXEC, and a program that runs for hours would hold them open. A C
 * library without the call (glibc before 2.34) leaves the child what has no O_CLOEXEC. */
static inline void hw_spawn_close_others(posix_spawn_file_actions_t *actions)
{
#if defined __GLIBC__ && __GLIBC_PREREQ(2, 34)
    posix_spawn_file_actions_addclosefrom_np(actions, STDERR_FILENO + 1);
#else
    (void)actions;
#endif
}

#endif
