/* SPDX-License-Identifier: Apache-2.0 */
/* Which host key is whose. Private addresses are used again by other instances, so that a key is
 * remembered under the instance's id, in hpcwiz's own file (in the form of known_hosts, sshd(8)).
 * Who vouches, in this order:
 *   1. the account: the tag hpcwiz:ssh-sha256, which the node itself published through AWS;
 *   2. our own file, under the instance's id;
 *   3. the known_hosts files of the person and the machine, under the name or address. */
#ifndef HW_NODE_SSH_HOSTS_H
#define HW_NODE_SSH_HOSTS_H

#include "base/buf.h"
#include "base/mem.h"
#include "base/work.h"

struct hw_ssh_hosts;

/* Our file is read again when it has changed, unless something waits to be written: that is written
 * as a whole, so that what another process adds in the same half second is lost.
 * own: our file; NULL: known_hosts below hw_dir_state. NULL: err. */
struct hw_ssh_hosts *hw_ssh_hosts_new(struct hw_loop *loop, struct hw_work *work, const char *own,
                                      struct hw_err *err);
void hw_ssh_hosts_free(struct hw_ssh_hosts *hosts); /* NULL allowed */
const char *hw_ssh_hosts_own_file(const struct hw_ssh_hosts *hosts);

struct hw_ssh_who {
    const char *instance; /* "": it is none */
    const char *pins;     /* what the account vouches for: SHA-256 in lower-case hex, or "" */
    const char *name;     /* as known_hosts has it: an address, a name or a HostKeyAlias */
    unsigned port;
    const struct hw_strv *files; /* known_hosts files; empty: the usual ones */
};

enum hw_ssh_verdict {
    HW_SSH_KNOWN,
    HW_SSH_UNKNOWN, /* nobody vouches for it */
    HW_SSH_CHANGED, /* another key was expected */
    HW_SSH_REVOKED, /* the files say that it must never be trusted */
};

/* blob: the public key as SSH writes it. expected (may be NULL): for HW_SSH_CHANGED what was
 * expected, as ssh-keygen shows it. */
enum hw_ssh_verdict hw_ssh_hosts_check(struct hw_ssh_hosts *hosts, const struct hw_ssh_who *who,
                                       struct hw_span blob, struct hw_buf *expected);
/* The types of the keys that are known for it, separated by commas; empty: none, or any will do.
 * Only one of these can be verified, so only these are asked for. */
void hw_ssh_hosts_types(struct hw_ssh_hosts *hosts, const struct hw_ssh_who *who,
                        struct hw_buf *out);
/* Our own file has a key of it. */
bool hw_ssh_hosts_has_own(struct hw_ssh_hosts *hosts, const struct hw_ssh_who *who);
/* The name of it in our file; the caller's. */
char *hw_ssh_hosts_own_name(const struct hw_ssh_who *who);
/* Remembers it in our file, under the instance's id or else the name; written soon. */
void hw_ssh_hosts_add(struct hw_ssh_hosts *hosts, const struct hw_ssh_who *who,
                      struct hw_span blob);
/* What was added stands in our file now, for another program that reads it. */
void hw_ssh_hosts_flush(struct hw_ssh_hosts *hosts);

/* "SHA256:..." as ssh-keygen -l shows it. */
void hw_ssh_fingerprint(struct hw_span blob, struct hw_buf *out);
void hw_ssh_fingerprint_of_pin(const char *hex, size_t n, struct hw_buf *out);

#endif
