/* SPDX-License-Identifier: Apache-2.0 */
/* The keys that a fleet logs in with: each file is read once, in the work pool, for all nodes; what
 * the agent holds is asked for again now and then. */
#ifndef HW_NODE_SSH_RING_H
#define HW_NODE_SSH_RING_H

#include "base/work.h"
#include "node/ssh_agent.h"
#include "node/ssh_key.h"

struct hw_ssh_ring;
struct hw_ssh_wait;

/* agent: path of its socket, or NULL. passphrase: for files that need one, or NULL; copied. */
struct hw_ssh_ring *hw_ssh_ring_new(struct hw_loop *loop, struct hw_work *work, const char *agent,
                                    const struct hw_secret *passphrase);
/* Another one, copied: what could not be read is read again when it is asked for. */
void hw_ssh_ring_passphrase(struct hw_ssh_ring *ring, const struct hw_secret *passphrase);
bool hw_ssh_ring_has_passphrase(const struct hw_ssh_ring *ring);
void hw_ssh_ring_free(struct hw_ssh_ring *ring); /* NULL allowed; nobody may be waiting */

/* Reads what of these files was not read yet. fn is called once from the loop, unless cancelled. */
struct hw_ssh_wait *hw_ssh_ring_read(struct hw_ssh_ring *ring, const struct hw_strv *paths,
                                     hw_timer_fn *fn, void *data);
void hw_ssh_ring_cancel(struct hw_ssh_wait *wait); /* NULL allowed; not after fn */

/* What was read, borrowed. NULL: none; *ret_why says why where there is a file, or is NULL. */
struct hw_ssh_key *hw_ssh_ring_key(const struct hw_ssh_ring *ring, const char *path,
                                   const char **ret_why);
const struct hw_agent_keys *hw_ssh_ring_agent(const struct hw_ssh_ring *ring);
const char *hw_ssh_ring_socket(const struct hw_ssh_ring *ring); /* of the agent, or NULL */

#endif
