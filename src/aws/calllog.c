/* SPDX-License-Identifier: Apache-2.0 */
#include "aws/parts.h"

#include <fcntl.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/text.h"

bool hw_calllog_open(struct hw_aws *aws, const char *path, struct hw_err *err)
{
    aws->log_fd = -1;
    if (!path || !*path)
        return true;
    aws->log_fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOCTTY, 0600);
    if (aws->log_fd >= 0)
        return true;
    hw_fail_errno(err, _("cannot write the log file '%s'"), path);
    return hw_err_next(err, _("Give --log-file a path in a folder that you may write to."));
}

void hw_calllog_close(struct hw_aws *aws)
{
    if (aws->log_fd >= 0)
        close(aws->log_fd);
    aws->log_fd = -1;
}

/* time service operation status milliseconds request-id attempt [error] */
void hw_calllog_line(const struct hw_aws *aws, const struct hw_calllog_entry *entry)
{
    if (aws->log_fd < 0)
        return;
    hw_auto(hw_buf) text = HW_BUF(HW_MAX_LINE);
    hw_auto(hw_buf) line = HW_BUF(HW_MAX_LINE);
    char now[HW_TIME_SIZE];
    bool has_id = entry->request_id && entry->request_id[0];
    hw_time_rfc3339(hw_clock_wall_ms(), now);
    hw_buf_print(&text, "%s %s %s %d %lldms %s attempt=%u", now, entry->service, entry->operation,
                 entry->status, (long long)entry->ms, has_id ? entry->request_id : "-",
                 entry->attempt);
    if (entry->error && entry->error[0])
        hw_buf_print(&text, " error=%s", entry->error);
    hw_text_clean(&line, text.data, text.len, false);
    hw_buf_char(&line, '\n');
    ssize_t n = write(aws->log_fd, line.data, line.len);
    (void)n; /* a full disk must not end a deployment */
}

void hw_calllog_write(const struct hw_aws_call *call, const struct hw_err *err)
{
    const char *error = err->service_code[0] ? err->service_code : err->what;
    hw_calllog_line(call->aws, &(struct hw_calllog_entry){
                                   .service = hw_aws_service_info(call->request->service)->id,
                                   .operation = call->request->operation,
                                   .status = call->answer.status,
                                   .ms = hw_clock_monotonic_ms() - call->started_ms,
                                   .request_id = call->answer.request_id,
                                   .attempt = call->attempts,
                                   .error = err->code == HW_OK ? NULL : error});
}
