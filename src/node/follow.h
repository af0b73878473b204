/* SPDX-License-Identifier: Apache-2.0 */
/* The logs of one Windows node, followed over WinRM: keeps one remote command running (the script
 * powershell/follow.ps1), tries again when the connection breaks, and goes on in each file exactly
 * where it stood, whatever happened between: a reboot, a rotation, a lost answer. */
#ifndef HW_NODE_FOLLOW_H
#define HW_NODE_FOLLOW_H

#include "base/event.h"
#include "node/files.h"
#include "node/winrm.h"

struct hw_follow;

/* The command line that starts the follower, at most HW_WINRM_LINE_MAX: the script without comments
 * and indentation, encoded as powershell.exe's -EncodedCommand wants it. */
bool hw_follow_command(struct hw_buf *out, struct hw_err *err);

/* Called from the loop; none may free or close the struct. */
struct hw_follow_handler {
    void (*state)(void *data, enum hw_node_state state, const char *detail);
    /* A whole line: valid UTF-8, neither cleaned nor redacted. path: on the node, not cleaned.
     * offset: of its first raw byte. state: belongs to the file. */
    void (*line)(void *data, const char *path, struct hw_line_state *state, uint64_t offset,
                 const char *text, size_t n);
    /* With `once`: all that was there has been told, or it cannot be had (the state says why). */
    void (*complete)(void *data);
    void *data;
};

/* Logins at one time: each costs a TLS handshake here. */
#define HW_FOLLOW_LOGINS 64u

struct hw_follow_options {
    struct hw_multi *multi;
    struct hw_loop *loop;
    struct hw_wsman_target target; /* password is borrowed and must outlive; the rest is copied */
    const char *command;           /* from hw_follow_command; must outlive */
    bool once;
    unsigned *logins;  /* under way now, shared by all nodes; HW_FOLLOW_LOGINS at most */
    unsigned retry_ms; /* the first wait after a broken connection; doubles up to 15 times that */
    struct hw_follow_handler handler;
};

struct hw_follow *hw_follow_start(const struct hw_follow_options *options);
/* The node said that it will restart: losing the connection is no alarm for a while. */
void hw_follow_expect_reboot(struct hw_follow *follow);
/* The node published another certificate; a node that was refused is tried again. */
void hw_follow_set_pin(struct hw_follow *follow, const char *pin);
/* Ends the shell on the node, then calls closed(data) (may be NULL) and frees. */
void hw_follow_close(struct hw_follow *follow, void (*closed)(void *data), void *data);
void hw_follow_free(struct hw_follow *follow); /* at once, also while closing; NULL
                                                * allowed */

#endif
