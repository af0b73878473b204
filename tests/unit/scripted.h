/* SPDX-License-Identifier: Apache-2.0 */
/* For tests: an HTTP server on the loop of the test that plays a script, whatever it is asked. */
#ifndef HW_TESTS_SCRIPTED_H
#define HW_TESTS_SCRIPTED_H

#include "base/buf.h"
#include "base/loop.h"

#define SCRIPTED_REQUESTS 64

enum scripted_ending { KEEP, CLOSE, RESET, HOLD };

struct scene {
    const char *status; /* "200 OK"; NULL: body is sent as it is, and nothing else */
    const char *headers, *body;
    enum scripted_ending ending;
};

struct scripted_peer;

struct scripted {
    struct hw_loop *loop;
    struct hw_watch *watch;
    int fd;
    const struct scene *scenes; /* in their order; the last one again and again */
    size_t scene_count, played;
    /* Instead of scenes: the body for a request; the caller's to give away; behind a '!' the body
     * of an error. May be NULL. */
    char *(*answer)(void *data, const char *request);
    /* Or: which of the scenes a request gets, counted from 0. May be NULL. */
    size_t (*choose)(void *data, const char *request);
    void *data;
    char *seen[SCRIPTED_REQUESTS]; /* whole requests */
    size_t seen_count;
    struct scripted_peer *peers;
};

/* The port, on 127.0.0.1. */
unsigned scripted_open(struct scripted *server, struct hw_loop *loop);
void scripted_close(struct scripted *server);

#endif
