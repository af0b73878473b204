/* SPDX-License-Identifier: Apache-2.0 */
/* The agent that holds a person's keys (draft-miller-ssh-agent). Blocking, for the work pool: an
 * agent may ask the person before it signs. hpcwiz speaks to it itself, since libssh2 1.10 asks for
 * RSA signatures over SHA-1 only. */
#ifndef HW_NODE_SSH_AGENT_H
#define HW_NODE_SSH_AGENT_H

#include "base/buf.h"
#include "base/err.h"
#include "base/mem.h"

struct hw_agent_key {
    char *blob; /* as the agent gave it */
    size_t n;
    char *comment; /* cleaned */
};

struct hw_agent_keys {
    struct hw_agent_key *items;
    size_t count, capacity;
    bool beyond; /* there are others, of kinds that only the ssh program can use */
};

void hw_agent_keys_done(struct hw_agent_keys *keys);

/* socket: path. False: no agent answers there. */
bool hw_agent_list(const char *socket, struct hw_agent_keys *ret, struct hw_err *err);
/* The signature without its algorithm's name; RSA over SHA-256. */
bool hw_agent_sign(const char *socket, const struct hw_agent_key *key, const void *bytes, size_t n,
                   struct hw_buf *out, struct hw_err *err);

#endif
