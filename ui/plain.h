/* SPDX-License-Identifier: Apache-2.0 */
/* --plain: the same questions as numbered prompts, one line at a time, for screen readers,
 * TERM=dumb and pipes. Enter takes the default, b goes back, ? explains, q quits, + asks
 * the advanced questions too, g and x add and remove compute groups. */
#ifndef UI_PLAIN_H
#define UI_PLAIN_H

#include "base/loop.h"
#include "ui/host.h"

struct ui_plain;

/* cluster is taken over; path: its file or NULL. Reads lines from descriptor `in`, writes to
 * `out`; both stay the caller's. */
struct ui_plain *ui_plain_new(const struct ui_host *host, struct hw_cluster *cluster,
                              const char *path, int in, FILE *out);
void ui_plain_free(struct ui_plain *plain);                               /* NULL allowed */
void ui_plain_tell(struct ui_plain *plain, const struct hw_event *event); /* the host's sink */
/* Runs the loop until the person quits or the input ends (true), or a deployment that was
 * asked for has failed or a signal ends the program (false, err). */
bool ui_plain_run(struct ui_plain *plain, struct hw_loop *loop, struct hw_err *err);
/* What ui_plain_run does; tests do it step by step. One line that was typed (without line feed), as
 * if it had been read. */
void ui_plain_line(struct ui_plain *plain, const char *line);
void ui_plain_poll(struct ui_plain *plain); /* lists may have changed */
bool ui_plain_ended(const struct ui_plain *plain);

#endif
