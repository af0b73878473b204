/* SPDX-License-Identifier: Apache-2.0 */
#include "base/log.h"

#include <fcntl.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/text.h"

bool hw_trace_on;
static int trace_fd = -1;

void hw_trace_open(void)
{
    const char *path = getenv("HPCWIZ_TRACE");
    if (!path || !*path)
        return;
    trace_fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    hw_trace_on = trace_fd >= 0;
}

void hw_trace_close(void)
{
    if (trace_fd >= 0)
        close(trace_fd);
    trace_fd = -1;
    hw_trace_on = false;
}

void hw_trace_write(const char *room, const char *fmt, ...)
{
    hw_auto(hw_buf) text = HW_BUF(HW_MAX_TEXT);
    hw_auto(hw_buf) line = HW_BUF(HW_MAX_TEXT);
    char now[HW_TIME_SIZE];
    va_list args;
    va_start(args, fmt);
    hw_buf_vprint(&text, fmt, args);
    va_end(args);
    hw_time_rfc3339(hw_clock_wall_ms(), now);
    hw_buf_print(&line, "%s %s: ", now, room);
    hw_text_clean(&line, hw_buf_cstr(&text), text.len, false);
    hw_buf_char(&line, '\n');
    ssize_t n = write(trace_fd, hw_buf_cstr(&line), line.len);
    (void)n; /* a trace that cannot be written is not worth failing for */
}
