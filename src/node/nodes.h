/* SPDX-License-Identifier: Apache-2.0 */
/* One node of a fleet: from its instance to its lines. Private to the fleet. */
#ifndef HW_NODE_NODES_H
#define HW_NODE_NODES_H

#include "logs/names.h"
#include "logs/redact.h"
#include "node/fleet.h"
#include "node/follow.h"
#include "node/instances.h"
#include "node/password.h"
#include "node/skew.h"
#include "node/ssh.h"
#include "secrets/values.h"

enum hw_asked { HW_ASKED_HOST_KEY, HW_ASKED_CERTIFICATE, HW_ASKED_LOGIN };

/* A certificate that nobody vouches for. */
struct hw_strange {
    char *sha256, *sha1, *subject, *until; /* sha256 NULL: there is none to be asked for */
};

struct hw_node {
    struct hw_fleet *fleet;
    char *name, *instance, *role, *group, *address, *pin, *ssh_pins, *detail, *via, *no_password;
    enum hw_node_state state;
    struct hw_buf strange_key; /* a host key that nobody vouches for */
    char *strange_shown;       /* its fingerprint; NULL: there is none to be asked for */
    struct hw_strange strange; /* of WinRM */
    char *host;                /* its full name in the directory; NULL: not known */
    struct hw_strv stages;     /* its stage lines, to be told again */
    bool told, complete;       /* complete: nothing more to come, when the fleet does not follow */
    bool unwanted;             /* not followed and not told */
    unsigned listed;           /* in which list it stood last; 0: in the one that it came with */
    bool lacks_login;          /* a person is to be asked for one */
    bool key_refused;          /* the password cannot be had */
    struct hw_password *asking;
    struct hw_secret *password;
    struct hw_target target; /* borrows from the above */
    struct hw_follow *follow;
    struct hw_skew skew;
};

struct hw_fleet {
    struct hw_aws *aws;
    struct hw_loop *loop;
    struct hw_work *work;
    const struct hw_sink *sink;
    char *cluster, *key_file, *user, *log_group, *domain;
    char *region, *profile;       /* where its instances are */
    struct hw_secret *password;   /* of that user */
    struct hw_secret *passphrase; /* of the key file */
    struct hw_fleet_asker asker;
    struct hw_node *asked; /* whom a person is asked about; NULL: nobody is asked */
    enum hw_asked asked_about;
    bool login_asked;                     /* and answered: not again */
    struct hw_strv *trusted, own_trusted; /* trusted: the caller's, or own_trusted */
    bool ticket;
    struct hw_strv wanted_stacks, wanted_instances, wanted_nodes;
    bool has_instances, once, listing_failed;
    bool tell_again; /* the nodes, when the list has been read */
    unsigned port, retry_ms, list_ms, logins, tunnels, read_ahead, seconds;
    unsigned crowd;   /* as the options have it */
    unsigned late_ms; /* the longest pace that a session may have begun with */
    bool ssh_first, winrm_only;
    struct hw_ssh *ssh; /* NULL: its configuration cannot be read */
    struct hw_way_room room;
    hw_fleet_fn *fn; /* NULL: called, or nobody asks */
    void *data;
    struct hw_multi *multi;
    struct hw_redact *redact;
    struct hw_values *values; /* the secrets' values, on their way to redact */
    struct hw_timer *values_timer;
    struct hw_buf command, snapshot, redacted, cleaned;
    struct hw_node **nodes;
    size_t count, capacity;
    struct hw_names ids;       /* of their instances, in the same order */
    unsigned lists;            /* read so far */
    struct hw_instances found; /* pages of the list that is being read */
    struct hw_aws_call *call;
    struct hw_timer *list_timer, *done_timer;
    void (*closed)(void *data);
    void *closed_data;
    size_t open; /* followers still closing */
};

/* "sql", "head", "std-01": a name of its own, which the instance keeps. The caller's. */
char *hw_node_name(const struct hw_fleet *fleet, const struct hw_instance *instance);
struct hw_node *hw_node_new(struct hw_fleet *fleet, const struct hw_instance *instance,
                            char *name_take);
void hw_node_free(struct hw_node *node);
/* What the list says of it now; begins whatever is the next step. */
void hw_node_update(struct hw_node *node, const struct hw_instance *instance);
void hw_node_gone(struct hw_node *node);
/* The fleet's login may be another: what was refused is tried again. */
void hw_node_again(struct hw_node *node);
/* Its state and its stages, once more. */
void hw_node_tell_again(struct hw_node *node);
/* A person trusts its certificate: WinRM is tried again. Only of a node that is followed. */
void hw_node_trusted(struct hw_node *node);

/* fleet_ask.c: the node's question needs no answer any more. */
void hw_fleet_drop_question(struct hw_fleet *fleet, struct hw_node *node, enum hw_asked about);
/* It has a host key, or a certificate, that nobody vouches for. data: the fleet. */
void hw_fleet_unknown_key(void *data, const struct hw_ssh_unknown *unknown);
void hw_fleet_unknown_certificate(void *data, const char *instance,
                                  const struct hw_wsman_certificate *shown);
/* Its password cannot be had, and no way goes without one. */
void hw_fleet_lacks_login(struct hw_fleet *fleet, struct hw_node *node);
/* The certificate that a person trusts; "": none. */
const char *hw_fleet_trusted(const struct hw_fleet *fleet, const char *instance);
void hw_strange_done(struct hw_strange *strange);
/* In fleet.c: NULL: it is not known. */
struct hw_node *hw_fleet_node(const struct hw_fleet *fleet, const char *instance);
/* In fleet.c: what is known of logging in counts from now on. */
void hw_fleet_use_login(struct hw_fleet *fleet);
/* In fleet.c: how to log in, as the options say it. */
void hw_fleet_take_login(struct hw_fleet *fleet, const struct hw_fleet_options *options);
/* In fleet.c: how the lines of nodes are gathered that are reached from now on. */
void hw_fleet_set_pace(struct hw_fleet *fleet);
/* In fleet.c: reads the secrets' values, then the list of instances, at once. */
void hw_fleet_look_anew(struct hw_fleet *fleet, const struct hw_strv *secrets);
/* In fleet.c: a node may have been the last that was waited for. */
void hw_fleet_check_done(struct hw_fleet *fleet);

#endif
