/* SPDX-License-Identifier: Apache-2.0 */
/* The wizard on a real terminal: app, terminal and loop together. */
#ifndef UI_RUN_H
#define UI_RUN_H

#include "base/loop.h"
#include "ui/app.h"
#include "ui/terminal.h"

/* Runs the loop until the person quits (true) or a signal ends the program (false, err has
 * HW_ERR_INTERRUPTED). Owns SIGWINCH, SIGTSTP, SIGCONT, SIGINT, SIGTERM and SIGHUP meanwhile. */
bool ui_run(struct ui_app *app, struct hw_loop *loop, const struct ui_terminal_options *options,
            struct hw_err *err);

#endif
