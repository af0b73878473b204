/* SPDX-License-Identifier: Apache-2.0 */
/* One way to the logs of a node: WinRM, SSH, Systems Manager, and whatever else can bring them, be
 * it only a copy of some. Behind this face they are all alike: one attempt is a session that tells
 * frames (node/frames.h) and ends once. When to try which, again or never, is the business of
 * node/follow.h alone. */
#ifndef HW_NODE_WAY_H
#define HW_NODE_WAY_H

#include "aws/client.h"
#include "base/loop.h"
#include "base/secret.h"
#include "node/files.h"
#include "node/frames.h"
#include "node/wsman.h"

/* What is known of a node and how to prove who it is. Its owner changes it as more becomes known.
 */
struct hw_target {
    const char *instance;             /* id: under it host keys are remembered */
    const char *address;              /* numeric IPv4 */
    const char *user;                 /* NULL: "Administrator", or what ~/.ssh/config says */
    bool login;                       /* a person named the user; the password is that user's */
    bool ticket;                      /* of Kerberos, in the place of a password */
    const char *host;                 /* full name of the machine, for Kerberos; NULL: not known */
    const struct hw_secret *password; /* of the Administrator; NULL: not known */
    const char *no_password;          /* why it is not known, for a person */
    bool password_pending;            /* it is being asked for */
    bool password_refused;            /* it cannot be had */
    bool publishes;                   /* a node that hpcwiz made: its pins come by and by */
    const char *winrm_pin;            /* lower-case hex of SHA-256 over the certificate, or "" */
    const char *ssh_pins;             /* the same over each host key, separated by blanks, or "" */
    unsigned winrm_port, ssh_port;    /* 0: the usual one */
};

/* What all nodes of a fleet share. */
struct hw_way_room {
    struct hw_loop *loop;
    struct hw_multi *multi; /* for WinRM */
    struct hw_work *work;   /* for WinRM's Negotiate; or NULL */
    const char *command;    /* hw_script_command */
    const char *snapshot;   /* hw_script_snapshot */
    struct hw_ssh *ssh;     /* NULL: no SSH */
    struct hw_aws *aws;     /* for the ways through AWS; or NULL */
    const char *log_group;  /* of the cluster in CloudWatch Logs, where it has one; or NULL */
    unsigned *tunnels;      /* through the plugin now; HW_WAY_TUNNELS at most */
    unsigned *read_ahead;   /* as hw_tail_options has it */
    unsigned *seconds;      /* as hw_second_start has it; NULL: none */
    /* WinRM: a certificate that nobody vouches for, before its refusal. NULL: nobody can be asked,
     * and a node without a pin is not tried over HTTPS. */
    void (*unknown)(void *data, const char *instance, const struct hw_wsman_certificate *shown);
    void *unknown_data;
    /* As hw_script_input has it, for sessions that begin from now on. Not over SFTP, where nobody
     * on the node sees a stage line come. */
    unsigned pace_ms;
    unsigned slow_ms; /* between two looks through AWS at what may have changed */
    /* Which logs, over ways that look for them themselves; NULL: hw_log_patterns. For tests. */
    const char *const *patterns;
    size_t pattern_count;
};

enum hw_way_end {
    HW_WAY_LOST,    /* no connection, or it broke: worth another try later */
    HW_WAY_REFUSED, /* wrong password, key or identity: another try would be no better, and could
                     * lock the account */
};

/* Called from the loop. Only `ended`, which is the last call, may free or close the session. */
struct hw_way_handler {
    void (*frame)(void *data, const struct hw_frame *frame);
    void (*ended)(void *data, enum hw_way_end how, const struct hw_err *err);
    void *data;
};

struct hw_way_start {
    const struct hw_way_room *room;
    const struct hw_target *target; /* as it is now; outlives the session */
    const struct hw_files *files;   /* how far each file has been read; outlives the session */
    bool once;                      /* what is there now is all that is wanted */
    const char *left_over;          /* what this way left on the node before, or NULL */
};

enum hw_way_rank {
    HW_WAY_DIRECT,    /* the logs themselves, as they grow */
    HW_WAY_MAKESHIFT, /* the logs themselves, late or at some cost: while no direct way goes */
    HW_WAY_BESIDE,    /* what is seen of the node from outside, under names of its own: the node
                       * stays unreached, and the other ways are tried all the while */
};

struct hw_way_class {
    const char *name;     /* winrm, ssh: what HW_EV_NODE says as `via` */
    const char *title;    /* for a person */
    unsigned deadline_ms; /* for the first frame */
    enum hw_way_rank rank;
    /* Why it cannot be tried now, translated; NULL: it can. *ret_final: waiting will not help. */
    const char *(*missing)(const struct hw_way_room *room, const struct hw_target *target,
                           bool *ret_final);
    void *(*start)(const struct hw_way_start *start, const struct hw_way_handler *handler);
    /* What a broken session leaves on the node, for the next one; the caller's, or NULL. */
    char *(*left_over)(const void *session);
    /* How it goes there, beyond the name ("by the system's ssh"), translated, or NULL. */
    const char *(*manner)(const void *session);
    /* Ends what runs on the node, then calls closed(data) and frees; takes some seconds at most.
     * The handler is not called any more. */
    void (*close)(void *session, void (*closed)(void *data), void *data);
    void (*free)(void *session); /* at once */
};

#define HW_ADMIN_USER  "Administrator"
#define HW_WAY_TUNNELS 64u
#define HW_WAYS_BESIDE 2u /* at most, of rank HW_WAY_BESIDE */

/* Behind the names of logs that are copies in CloudWatch Logs. */
#define HW_WAY_COPIED " (CloudWatch)"

extern const struct hw_way_class hw_way_winrm, hw_way_ssh, hw_way_tunnel, hw_way_ssm,
    hw_way_cloudwatch, hw_way_console;

/* For the ways alone: the end of a session that somebody waits for. `close` begins it;
 * hw_way_closed, which any callback may be, frees the session and tells whoever waits. */
struct hw_way_closing {
    void *session;
    void (*free)(void *session); /* cancels the timer */
    void (*closed)(void *data);
    void *data;
    struct hw_timer *timer; /* of hw_way_close_in */
};

void hw_way_close(struct hw_way_closing *closing, void *session, void (*free)(void *session),
                  void (*closed)(void *data), void *data);
void hw_way_close_in(struct hw_way_closing *closing, struct hw_loop *loop, int64_t delay_ms);
void hw_way_closed(void *closing);
/* For `left_over` and `manner` of a way that has nothing to say. */
char *hw_way_leaves_nothing(const void *session);
const char *hw_way_no_manner(const void *session);

#endif
