/* SPDX-License-Identifier: Apache-2.0 */
/* A second SFTP channel to a node beside its SSH session, by the system's ssh program, for as long
 * as a long log takes: libssh2 1.10 decrypts 16 bytes at a time and on our loop, the program faster
 * and on another processor. The session stays what it is; where the program is not to be had, or
 * cannot log in, nothing is lost. */
#ifndef HW_NODE_SECOND_H
#define HW_NODE_SECOND_H

#include "node/sftp.h"
#include "node/ssh.h"

struct hw_second;

/* Called from the loop. `ready` once: requests may be sent. `ended` is the last call; it alone, and
 * neither `ready` nor a callback of a request, may free the channel. */
struct hw_second_handler {
    void (*ready)(void *data);
    void (*ended)(void *data, const struct hw_err *err);
    void *data;
};

#define HW_SECONDS_MAX 4u /* at one time: each is a process */

/* count: of all nodes now. NULL: there are enough. target outlives it. */
struct hw_second *hw_second_start(struct hw_ssh *ssh, struct hw_loop *loop,
                                  const struct hw_target *target, unsigned *count,
                                  const struct hw_second_handler *handler);
struct hw_sftp *hw_second_sftp(const struct hw_second *second);
void hw_second_free(struct hw_second *second); /* NULL allowed */

#endif
