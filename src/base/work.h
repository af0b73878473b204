/* SPDX-License-Identifier: Apache-2.0 */
/* A small pool of threads for what blocks or burns CPU for more than a frame. A job owns its
 * inputs; `run` touches nothing else; `done` is called from the loop, exactly once, and takes
 * the job back. */
#ifndef HW_BASE_WORK_H
#define HW_BASE_WORK_H

#include "base/loop.h"

struct hw_work;

/* Where no thread can be started (EAGAIN: there are too many) the loop's own runs the jobs, one in
 * a round: slower for whoever waits, but none is lost. */
struct hw_work *hw_work_new(struct hw_loop *loop, unsigned threads);
/* Waits for the jobs under way; those not begun are dropped (their `drop` is called). Call it when
 * the loop no longer runs and before hw_loop_free. */
void hw_work_free(struct hw_work *work);

typedef void hw_work_fn(void *job);
/* drop(job) frees a job that never ran or whose `done` can no longer be delivered. */
void hw_work_add(struct hw_work *work, hw_work_fn *run, hw_work_fn *done, hw_work_fn *drop,
                 void *job);

#endif
