/* SPDX-License-Identifier: Apache-2.0 */
/* The system's ssh program (OpenSSH 8.5 or newer), as a pipe to a node, for what libssh2 cannot do:
 * certificates, security keys, hosts with RSA keys alone, ProxyCommand. It asks nothing
 * (BatchMode), so that passwords are not for it, and verifies the host key against the same
 * vouchers as we do. */
#ifndef HW_NODE_SSH_PROGRAM_H
#define HW_NODE_SSH_PROGRAM_H

#include "node/ssh.h"

struct hw_ssh_program;

/* command NULL: the SFTP subsystem. `opened` is not called: bytes may be written at once. */
struct hw_ssh_program *hw_ssh_program_start(struct hw_ssh *ssh, struct hw_loop *loop,
                                            const struct hw_target *target, const char *command,
                                            const struct hw_ssh_handler *handler);
void hw_ssh_program_write(struct hw_ssh_program *program, const char *bytes, size_t n);
void hw_ssh_program_end_input(struct hw_ssh_program *program);
void hw_ssh_program_free(struct hw_ssh_program *program); /* ends it; NULL allowed */

#endif
