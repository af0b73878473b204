/* SPDX-License-Identifier: Apache-2.0 */
/* Events as text for people, one or a few lines each, at most 80 columns where the content
 * allows. */
#ifndef HW_CLI_PRINT_H
#define HW_CLI_PRINT_H

#include "base/event.h"

/* color: SGR sequences around what matters. */
void hw_print_event(const struct hw_event *event, bool color, struct hw_buf *out);

#endif
