/* SPDX-License-Identifier: Apache-2.0 */
/* The one way to wait. One thread runs the loop; nothing on it may block. A callback always
 * comes from the loop, never from inside the call that asked for it, and may add or remove
 * anything, itself included. */
#ifndef HW_BASE_LOOP_H
#define HW_BASE_LOOP_H

#include "base/err.h"

struct hw_loop;
struct hw_watch; /* a file descriptor */
struct hw_timer;

enum { HW_READ = 1, HW_WRITE = 2 };

struct hw_loop *hw_loop_new(struct hw_err *err); /* NULL: err says why */
void hw_loop_free(struct hw_loop *loop);         /* NULL allowed; what is still added goes too */

/* Runs until hw_loop_stop. hw_loop_step waits at most timeout_ms (-1: for ever) for one round
 * and returns false if stop was asked for. A stop ends one run; the loop may be run again. */
void hw_loop_run(struct hw_loop *loop);
bool hw_loop_step(struct hw_loop *loop, int timeout_ms);
void hw_loop_stop(struct hw_loop *loop);

/* Level-triggered. events: HW_READ | HW_WRITE. The descriptor stays the caller's. A watch whose
 * descriptor was closed must be removed first. */
typedef void hw_watch_fn(void *data, int fd, unsigned events);
struct hw_watch *hw_loop_watch(struct hw_loop *loop, int fd, unsigned events, hw_watch_fn *fn,
                               void *data);
/* What a person waits for: looked at again after every callback, and when it was ready the round
 * ends, so that its effect can be shown. One watch of a loop at most. */
void hw_watch_urgent(struct hw_watch *watch);
void hw_watch_change(struct hw_watch *watch, unsigned events);
void hw_watch_remove(struct hw_watch *watch); /* NULL allowed */

/* Fires once after delay_ms (0: in the next round). Freed after it fired. */
typedef void hw_timer_fn(void *data);
struct hw_timer *hw_loop_timer(struct hw_loop *loop, int64_t delay_ms, hw_timer_fn *fn, void *data);
void hw_timer_cancel(struct hw_timer *timer); /* NULL allowed; not after it fired */

/* Calls fn(data) from the loop's thread. The only function here that other threads may call. */
void hw_loop_post(struct hw_loop *loop, hw_timer_fn *fn, void *data);

/* Delivers the signal as a callback. One handler per signal; NULL gives it back to default. */
typedef void hw_signal_fn(void *data, int signo);
bool hw_loop_signal(struct hw_loop *loop, int signo, hw_signal_fn *fn, void *data,
                    struct hw_err *err);

#endif
