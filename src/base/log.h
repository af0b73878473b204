/* SPDX-License-Identifier: Apache-2.0 */
/* The program's own trace, for its developers: $HPCWIZ_TRACE names a file (made 0600). Off, a
 * call costs one branch. Never on standard output; never holds a secret; outside text is
 * cleaned. `room` is the folder: "loop", "aws", "winrm". */
#ifndef HW_BASE_LOG_H
#define HW_BASE_LOG_H

#include "base/defs.h"

extern bool hw_trace_on;
void hw_trace_open(void); /* reads the environment; call once from main */
void hw_trace_close(void);
void hw_trace_write(const char *room, const char *fmt, ...) HW_PRINTF(2, 3);

#define hw_trace(...)                                                                              \
    do {                                                                                           \
        if (hw_trace_on)                                                                           \
            hw_trace_write(__VA_ARGS__);                                                           \
    } while (0)

#endif
