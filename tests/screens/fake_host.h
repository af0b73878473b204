/* SPDX-License-Identifier: Apache-2.0 */
/* A host without an account: canned choices, events on demand. */
#ifndef FAKE_HOST_H
#define FAKE_HOST_H

#include "ui/app.h"

struct fake_host;

struct fake_host *fake_host_new(void);
void fake_host_free(struct fake_host *fake);
const struct ui_host *fake_host_table(struct fake_host *fake);
/* Lists asked for stay LOADING, and checks run, until they are released; with fail lists end as
 * FAILED. Without hold they are there at the next turn. */
void fake_host_hold(struct fake_host *fake, bool hold);
void fake_host_fail(struct fake_host *fake, const char *why);
/* What was asked for since the last turn comes now: lists, identity, checks. */
void fake_host_turn(struct fake_host *fake, const struct hw_sink *sink);
void fake_host_demo(struct fake_host *fake, bool demo);
void fake_host_secrets(struct fake_host *fake);           /* it knows which parameters exist */
void fake_host_clock(struct fake_host *fake, long off_s); /* the services' clock minus ours */
void fake_host_known(struct fake_host *fake, bool known);
/* A question for a person; NULL: nobody waits for the answer any more. */
void fake_host_ask(struct fake_host *fake, const char *question);
/* Whether a node's host key, or its certificate, is trusted; false: nobody waits any more. */
void fake_host_ask_node(struct fake_host *fake, bool asks, bool certificate);
const char *fake_host_answered(const struct fake_host *fake); /* NULL: nothing */
/* There is an estimate of the cost: with prices that are "asked" for, with "some" or "all" of them.
 */
void fake_host_prices(struct fake_host *fake, const char *which);
/* The last path that a cluster was saved to; NULL: none. */
const char *fake_host_saved(const struct fake_host *fake);
/* The cluster that was checked, or generated for, last; NULL: none. */
const char *fake_host_checked(const struct fake_host *fake);
const char *fake_host_generated(const struct fake_host *fake);

/* Tells a line of fake_event.h; false: not understood. */
bool fake_host_tell(struct fake_host *fake, const char *line, const struct hw_sink *sink);

#endif
