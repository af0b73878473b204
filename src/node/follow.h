/* SPDX-License-Identifier: Apache-2.0 */
/* The logs of one node, followed over whatever way reaches it (node/way.h): tries the ways in their
 * order, each with its deadline, keeps why each one failed, tries again when a connection breaks,
 * takes a makeshift way only while no direct one goes and shows what is seen from outside only
 * while none at all does, and goes on in each file exactly where it stood, whatever happened
 * between: a reboot, a rotation, a lost answer, another way. A way that refused us is not tried
 * again, so that no account is locked. */
#ifndef HW_NODE_FOLLOW_H
#define HW_NODE_FOLLOW_H

#include "base/event.h"
#include "node/way.h"

struct hw_follow;

/* Called from the loop; none may free or close the struct. */
struct hw_follow_handler {
    /* via: name of the way that is in use or was tried last. detail: why, for each way; at
     * HW_NODE_LIVE whatever a person should know of it. */
    void (*state)(void *data, enum hw_node_state state, const char *via, const char *detail);
    /* A whole line: valid UTF-8, neither cleaned nor redacted. path: on the node when the file was
     * first seen, not cleaned. offset: of its first raw byte. state: belongs to the file. */
    void (*line)(void *data, const char *path, struct hw_line_state *state, uint64_t offset,
                 const char *text, size_t n);
    /* The node's clock says node_ms; first: as the session begins. May be NULL. */
    void (*clock)(void *data, int64_t node_ms, bool first);
    /* With `once`: all that was there has been told, or it cannot be had (the state says why). */
    void (*complete)(void *data);
    void *data;
};

/* Logins at one time: each costs a handshake here. */
#define HW_FOLLOW_LOGINS 64u
#define HW_FOLLOW_WAYS   4u

struct hw_follow_options {
    const struct hw_way_room *room; /* outlives the follower */
    const struct hw_target *target; /* outlives it and may change: hw_follow_look_again */
    const struct hw_way_class *ways[HW_FOLLOW_WAYS]; /* in the order of trial; the rest NULL */
    /* Of rank HW_WAY_BESIDE, ended by NULL (node/beside.h); NULL: none. */
    const struct hw_way_class *const *beside;
    bool once;
    unsigned *logins;  /* under way now, shared by all nodes; HW_FOLLOW_LOGINS at most */
    unsigned retry_ms; /* the first wait after a broken connection; doubles up to 15 times that */
    /* So long the others wait for the first way, while what it needs is not known yet. */
    unsigned hold_ms;
    struct hw_follow_handler handler;
};

struct hw_follow *hw_follow_start(const struct hw_follow_options *options);
/* The node said that it will restart: losing the connection is no alarm for a while. Or it went on
 * with something else: it has restarted, if only before its log was read. */
void hw_follow_expect_reboot(struct hw_follow *follow, bool expected);
/* More is known of the target than before: what was waited for may be there. */
void hw_follow_look_again(struct hw_follow *follow);
/* This way is tried first from now on; one that has gone well goes before it. Not one of its ways:
 * nothing. */
void hw_follow_prefer(struct hw_follow *follow, const struct hw_way_class *way);
/* What this way was refused for may be over (the node published another identity, a person has
 * another login): it is tried again. NULL: each way that was. */
void hw_follow_forgive(struct hw_follow *follow, const struct hw_way_class *way);
/* Ends what runs on the node, then calls closed(data) (may be NULL) and frees. */
void hw_follow_close(struct hw_follow *follow, void (*closed)(void *data), void *data);
void hw_follow_free(struct hw_follow *follow); /* at once, also while closing; NULL allowed */

#endif
