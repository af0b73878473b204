/* SPDX-License-Identifier: Apache-2.0 */
/* How far a deployment is and how long it may still take: each stack has a weight, the sum of what
 * the stages of its nodes took in earlier runs, or usually take; the pace of this run so far scales
 * the rest. A model without a clock of its own; event texts are copied. */
#ifndef HW_DEPLOY_GUESS_H
#define HW_DEPLOY_GUESS_H

#include "base/event.h"
#include "deploy/pace.h"

struct hw_guess;

/* cluster: its name, with which the names of its stacks begin. */
struct hw_guess *hw_guess_new(const char *cluster);
void hw_guess_free(struct hw_guess *guess); /* NULL allowed */

/* A stack that is to come, so that its time counts from the beginning. */
void hw_guess_stack(struct hw_guess *guess, const char *stack);
/* Looks at STEP, STACK, NODE and STAGE; now_ms stands in for an event without a time. */
void hw_guess_feed(struct hw_guess *guess, const struct hw_event *event, int64_t now_ms);

/* How far: 0 to 1000, below 1000 while something is missing. *ret_left_ms: a rough guess of the
 * rest; -1 while there is nothing to guess from. pace NULL: what is usual. */
unsigned hw_guess_permille(const struct hw_guess *guess, const struct hw_pace *pace, int64_t now_ms,
                           int64_t *ret_left_ms);

#endif
