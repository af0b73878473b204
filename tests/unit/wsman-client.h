/* SPDX-License-Identifier: Apache-2.0 */
/* A WS-Management client for tests of the simulated nodes: libcurl on a thread of its own, while
 * the test's thread runs the loop. Trusts any certificate: the peer is this very process. */
#ifndef HW_TESTS_WSMAN_CLIENT_H
#define HW_TESTS_WSMAN_CLIENT_H

#include "base/buf.h"
#include "base/loop.h"

struct wsman_client {
    struct hw_loop *loop;
    char url[64];
    const char *user_password; /* "Administrator:..." */
    char shell[64], command[64];
    unsigned next_message;
};

struct wsman_reply {
    bool answered; /* false: no HTTP answer: refused, reset */
    long status;
    struct hw_buf headers, body;
};
void wsman_reply_done(struct wsman_reply *reply);

struct wsman_call;

void wsman_client_init(struct wsman_client *client, struct hw_loop *loop, const char *address,
                       unsigned port, const char *user_password);

/* begin sends an envelope and returns at once; end runs the loop until the answer is there. */
struct wsman_call *wsman_begin(struct wsman_client *client, const char *envelope);
void wsman_end(struct wsman_call *call, struct wsman_reply *ret);
void wsman_send(struct wsman_client *client, const char *envelope, struct wsman_reply *ret);

/* Envelopes. timeout: "PT20S". shell and command of the client are put in. Appended to out. */
void wsman_put(struct wsman_client *client, struct hw_buf *out, const char *action,
               const char *timeout, const char *body);

/* One operation each; true when the status is 200. Create and Command set shell and command. */
bool wsman_create(struct wsman_client *client, struct wsman_reply *ret);
bool wsman_command(struct wsman_client *client, const char *line, struct wsman_reply *ret);
bool wsman_input(struct wsman_client *client, const char *text, bool end, struct wsman_reply *ret);
bool wsman_receive(struct wsman_client *client, const char *timeout, struct wsman_reply *ret);
bool wsman_signal(struct wsman_client *client, const char *code, struct wsman_reply *ret);
bool wsman_delete(struct wsman_client *client, struct wsman_reply *ret);

/* A pending Receive. */
struct wsman_call *wsman_begin_receive(struct wsman_client *client, const char *timeout);

/* Appends the decoded bytes of the named stream. */
void wsman_stream(const struct wsman_reply *reply, const char *name, struct hw_buf *out);
bool wsman_is_done(const struct wsman_reply *reply, int *ret_exit_code);
/* The WSManFault code, or 0. */
unsigned long wsman_fault(const struct wsman_reply *reply);
/* "powershell ... -EncodedCommand" for a script that the simulator takes for the follower. */
void wsman_follower(struct hw_buf *out);

#endif
