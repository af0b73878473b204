/* SPDX-License-Identifier: Apache-2.0 */
/* SSH as the nodes of a fleet share it: the person's configuration, the keys, the known hosts, the
 * connections to jump hosts; and one connection to a machine that carries one channel. libssh2,
 * non-blocking, on the loop. What libssh2 cannot do ends with HW_SSH_BEYOND: the system's ssh
 * program (node/ssh_program.h) may. */
#ifndef HW_NODE_SSH_H
#define HW_NODE_SSH_H

#include "node/ssh_config.h"
#include "node/ssh_hosts.h"
#include "node/ssh_ring.h"
#include "node/way.h"

struct hw_ssh;

/* A node shows a host key that nobody vouches for. Borrowed. */
struct hw_ssh_unknown {
    const char *instance;
    struct hw_span blob;     /* the key, as SSH writes it */
    const char *fingerprint; /* as ssh-keygen shows it */
};

struct hw_ssh_options {
    const char *key_file;               /* of the EC2 key pair; NULL: none */
    const struct hw_secret *passphrase; /* of the key files; NULL: none is known */
    /* Told before that session ends, refused; NULL: nobody is told. */
    void (*unknown)(void *data, const struct hw_ssh_unknown *unknown);
    void *unknown_data;
    /* NULL: what is usual. For tests. */
    const char *config_file;      /* instead of ~/.ssh/config and /etc/ssh/ssh_config */
    const char *known_hosts_file; /* our own */
    const char *agent;            /* path of the agent's socket: $SSH_AUTH_SOCK; "": none */
};

/* Reads the configuration (small local files). NULL: err. */
struct hw_ssh *hw_ssh_new(struct hw_loop *loop, struct hw_work *work,
                          const struct hw_ssh_options *options, struct hw_err *err);
/* Another key file and its passphrase, as in the options, for logins from now on; jump hosts that
 * refused us are tried again. */
void hw_ssh_use_key(struct hw_ssh *ssh, const char *key_file, const struct hw_secret *passphrase);
/* All sessions must be gone. NULL allowed. */
void hw_ssh_free(struct hw_ssh *ssh);

/* A person trusts the key: it is remembered under the instance's id. */
void hw_ssh_trust(struct hw_ssh *ssh, const char *instance, struct hw_span blob);

const struct hw_ssh_config *hw_ssh_config_of(const struct hw_ssh *ssh);
struct hw_ssh_hosts *hw_ssh_hosts_of(const struct hw_ssh *ssh);
const char *hw_ssh_key_file_of(const struct hw_ssh *ssh);    /* or NULL */
const char *hw_ssh_config_file_of(const struct hw_ssh *ssh); /* or NULL: the usual ones */

enum hw_ssh_end {
    HW_SSH_LOST,
    HW_SSH_REFUSED,
    HW_SSH_BEYOND,     /* libssh2 cannot do it */
    HW_SSH_NO_CHANNEL, /* we are in, but what was asked for does not run there */
};

/* Called from the loop. Only `ended`, the last call, may free the session. */
struct hw_ssh_handler {
    void (*opened)(void *data);
    void (*bytes)(void *data, bool is_error, const char *bytes, size_t n);
    void (*ended)(void *data, enum hw_ssh_end how, const struct hw_err *err);
    void *data;
};

struct hw_ssh_session;

/* command NULL: the SFTP subsystem. target and its password outlive the session. */
struct hw_ssh_session *hw_ssh_session_start(struct hw_ssh *ssh, const struct hw_target *target,
                                            const char *command,
                                            const struct hw_ssh_handler *handler);
/* The ssh program would be faster, since the cipher is not AES-GCM, which libssh2 below 1.11 does
 * not have; and it can log in as we did: straight to the machine, by the agent or a key file
 * without a passphrase. After `opened`. */
bool hw_ssh_session_is_slow(const struct hw_ssh_session *session);
/* Keeps what cannot go out yet. After `opened`. */
void hw_ssh_session_write(struct hw_ssh_session *session, const char *bytes, size_t n);
/* No more is written: the command's standard input ends. */
void hw_ssh_session_end_input(struct hw_ssh_session *session);
void hw_ssh_session_free(struct hw_ssh_session *session); /* at once; NULL allowed */

#endif
