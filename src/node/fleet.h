/* SPDX-License-Identifier: Apache-2.0 */
/* The nodes of a cluster and their logs: finds the instances by the tag hpcwiz:cluster or by the
 * stacks that made them (again and again: groups replace nodes), reaches each one over WinRM or
 * SSH, follows its logs, and tells HW_EV_NODE, HW_EV_STAGE and HW_EV_LOG. No line is lost or told
 * twice, across reconnects and reboots. */
#ifndef HW_NODE_FLEET_H
#define HW_NODE_FLEET_H

#include "aws/client.h"

struct hw_fleet;

/* What only a person can decide: whether a host key, or the certificate of WinRM, that nobody
 * vouches for is the node's; or knows: how to log in. */
struct hw_fleet_question {
    const char *node, *instance, *address;
    const char *fingerprint;     /* of its host key, as ssh-keygen shows it; or NULL, and: */
    const char *sha256, *sha1;   /* of its certificate, lower-case hex */
    const char *subject, *until; /* its last day */
    const char *login;           /* why it cannot be logged in to; or NULL, and: */
    const char *key_file;        /* that was tried; or NULL */
};

/* ask returns at once; one question at a time, and it is over when it was answered or done was
 * called: its node is gone, or the fleet is. */
struct hw_fleet_asker {
    void (*ask)(void *data, const struct hw_fleet_question *question);
    void (*done)(void *data);
    void *data;
    bool logs_in; /* can be asked how to log in, once: answers with hw_fleet_login, or a no */
};

struct hw_fleet_options {
    const char *cluster;             /* value of the tag hpcwiz:cluster; NULL with instances */
    const struct hw_strv *stacks;    /* names; instead of cluster; or NULL */
    const struct hw_strv *instances; /* ids, for clusters that hpcwiz did not deploy; or NULL */
    const struct hw_strv *nodes;     /* follow only these names; NULL or empty = all */
    /* Names of SSM parameters whose values are hidden in all lines; they are read before the first
     * node is looked for. NULL: what looks like a secret is hidden, and nothing else. */
    const struct hw_strv *secrets;
    const char *key_file; /* private key of the EC2 key pair: for the Windows password, and SSH */
    const struct hw_secret *passphrase; /* of that file; copied; NULL: none is known */
    const char *user;                 /* NULL: "Administrator", over SSH what ~/.ssh/config says */
    const struct hw_secret *password; /* of that user; copied; NULL: none */
    bool ticket;                      /* that user has a Kerberos ticket */
    const char *domain;               /* of the directory: the end of the nodes' full names; NULL */
    const char *access;               /* winrm | ssh: which way is tried first; NULL: winrm */
    bool winrm_only; /* the nodes speak nothing else, and Systems Manager has no agent there */
    bool follow;     /* false: what is there now, then done */
    /* So many nodes are expected, and nobody reads along with each: hw_fleet_pace_ms. 0: every line
     * is told at once. */
    unsigned crowd;
    const struct hw_sink *sink;
    const struct hw_fleet_asker *asker; /* copied; NULL: nobody can be asked */
    /* Instance ids and the certificates (SHA-256) that a person trusts, in turn; read and added to.
     * It outlives the fleet; NULL: they are forgotten with it. */
    struct hw_strv *trusted;
    unsigned port;     /* of WinRM; 0: 5986 */
    unsigned retry_ms; /* the first wait before a node is tried again; 0: 2000 */
    unsigned
        list_ms; /* between two looks at the list of instances; 0: 5000, 15000 when all is well */
};

/* For how long lines of so many nodes are gathered on a node, in milliseconds: each answer of a
 * node costs the same however much it holds. 0, not at all, below 100 nodes. Stage lines never
 * wait, nor what was held when one comes. $HPCWIZ_PACE_MS, when set, is what it is for any number.
 */
unsigned hw_fleet_pace_ms(size_t nodes);

/* fn (may be NULL) is called once when follow is false and all that was there has been told, or
 * when the instances cannot be listed at all. */
typedef void hw_fleet_fn(void *data, const struct hw_err *err);
struct hw_fleet *hw_fleet_start(struct hw_aws *aws, struct hw_loop *loop, struct hw_work *work,
                                const struct hw_fleet_options *options, hw_fleet_fn *fn, void *data,
                                struct hw_err *err);
/* The same nodes for somebody who has heard nothing of them: goes on in their logs where it is, so
 * that no line is told again, while the state and the stages of each node are, once the list of
 * instances has been read anew. What else the options say of logging in and of secrets counts from
 * now on, and ways that were refused are tried again. False, and nothing has changed: these are
 * other nodes, or not all is followed; another fleet is needed. */
bool hw_fleet_again(struct hw_fleet *fleet, const struct hw_fleet_options *options);
/* How much later than written a line may come because of its pace, in milliseconds. */
unsigned hw_fleet_late_ms(const struct hw_fleet *fleet);
/* yes: it is the node's; that way to it is tried again. Without a question nothing. */
void hw_fleet_answer(struct hw_fleet *fleet, bool yes);
/* How to log in from now on; copied. Ways that were refused are tried again. */
struct hw_fleet_login {
    const char *user;                 /* NULL: it stays as it is */
    const struct hw_secret *password; /* of that user; NULL with a Kerberos ticket */
    bool ticket;
    const struct hw_secret *passphrase; /* of the key file; NULL: it stays as it is */
};
void hw_fleet_login(struct hw_fleet *fleet, const struct hw_fleet_login *login);
/* Ends shells on the nodes (bounded by a few seconds on the loop), then calls closed(data) and
 * frees. closed may be NULL. */
void hw_fleet_close(struct hw_fleet *fleet, void (*closed)(void *data), void *data);
/* At once, leaving shells to their idle timeout. NULL allowed. */
void hw_fleet_free(struct hw_fleet *fleet);

#endif
