/* SPDX-License-Identifier: Apache-2.0 */
/* Joins the screens (ui/) to the core: fills struct ui_host with the real rooms. */
#ifndef HW_WIZARD_H
#define HW_WIZARD_H

#include "cli/options.h"

/* The whole run of the wizard, full-screen or plain. Returns the exit status. */
int hw_wizard_run(const struct hw_options *options);

#endif
