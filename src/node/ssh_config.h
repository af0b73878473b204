/* SPDX-License-Identifier: Apache-2.0 */
/* What ~/.ssh/config and /etc/ssh/ssh_config say of a host (ssh_config(5)): Host, Include,
 * HostName, User, Port, IdentityFile, IdentitiesOnly, ProxyJump, HostKeyAlias, UserKnownHostsFile,
 * StrictHostKeyChecking accept-new. Match blocks other than `Match all` are passed over. Whatever
 * else would change how a host is reached is named in `foreign`, and only the ssh program can do
 * it. */
#ifndef HW_NODE_SSH_CONFIG_H
#define HW_NODE_SSH_CONFIG_H

#include "base/err.h"
#include "base/mem.h"

struct hw_ssh_config;

struct hw_ssh_host {
    char *name;                             /* HostName, else what was asked for */
    char *user;                             /* "": not said */
    char *jump;                             /* ProxyJump: [user@]host[:port][,...]; "": none */
    char *alias;                            /* HostKeyAlias, or "" */
    char *foreign;                          /* a keyword that is beyond hpcwiz, or "" */
    unsigned port;                          /* 0: not said */
    bool identities_only;                   /* only the keys of IdentityFile */
    bool accept_new;                        /* an unknown host key is taken and remembered */
    struct hw_strv identities, known_hosts; /* paths, expanded; empty: not said */
};

/* A file that is not there says nothing. NULL: a file cannot be read or is malformed. */
struct hw_ssh_config *hw_ssh_config_read(const char *const *paths, size_t count,
                                         struct hw_err *err);
/* The same from text, for tests. Include is not followed. path names it in errors. */
struct hw_ssh_config *hw_ssh_config_parse(const char *text, size_t n, const char *path,
                                          struct hw_err *err);
void hw_ssh_config_free(struct hw_ssh_config *config); /* NULL allowed */

void hw_ssh_config_host(const struct hw_ssh_config *config, const char *name,
                        struct hw_ssh_host *ret);
void hw_ssh_host_done(struct hw_ssh_host *host);

/* One stop of a ProxyJump list, "[user@]host[:port]" or "ssh://...". False: malformed.
 * *ret_user may be NULL after it; all are the caller's. */
bool hw_ssh_jump_parse(const char *text, size_t n, char **ret_user, char **ret_host,
                       unsigned *ret_port);

#endif
