/* SPDX-License-Identifier: Apache-2.0 */
/* Lines to the terminal's clipboard. */
#include "base/buf.h"
#include "ui/clipboard.h"
#include "ui/page_logs.h"

static void add_line(const struct ui_logs *logs, size_t row, struct hw_buf *out, size_t *count)
{
    struct hw_log_line line;
    if (!hw_log_view_get(logs->view, row, &line))
        return;
    if (*count > 0)
        hw_buf_char(out, '\n');
    if (logs->merged)
        hw_buf_print(out, "%s  ", hw_logs_node(logs->logs, line.node));
    hw_buf_add(out, line.text, line.size);
    ++*count;
}

static void copy(struct ui_logs *logs, const struct hw_buf *text, size_t count)
{
    struct ui_app *app = logs->page.app;
    if (text->full)
        ui_app_notice(
            app, HW_WARNING,
            _("More than %u bytes: too much for a terminal. s saves the lines to a file."),
            UI_CLIPBOARD_MAX);
    else if (!ui_app_copy(app, text->data, text->len))
        ui_app_notice(app, HW_WARNING, "%s",
                      _("This terminal has no clipboard. s saves the lines to a file."));
    else
        ui_app_notice(app, HW_INFO,
                      P_("Handed %zu line to the terminal for its clipboard.",
                         "Handed %zu lines to the terminal for its clipboard.", count),
                      count);
}

void ui_logs_copy_line(struct ui_logs *logs)
{
    hw_auto(hw_buf) text = HW_BUF(UI_CLIPBOARD_MAX);
    size_t count = 0;
    if (!logs->view || hw_log_view_count(logs->view) == 0)
        return;
    for (size_t row = SIZE_MAX; !text.full;) {
        row = hw_log_view_next(logs->view, row, 1, HW_LOG_BOOKMARK);
        if (row == SIZE_MAX)
            break;
        add_line(logs, row, &text, &count);
    }
    if (count == 0)
        add_line(logs, ui_logs_pointed(logs), &text, &count);
    copy(logs, &text, count);
}

void ui_logs_copy_screen(struct ui_logs *logs)
{
    hw_auto(hw_buf) text = HW_BUF(UI_CLIPBOARD_MAX);
    size_t count = 0;
    if (!logs->view || hw_log_view_count(logs->view) == 0)
        return;
    for (size_t row = ui_logs_top(logs).row; row < ui_logs_bottom(logs); row++)
        add_line(logs, row, &text, &count);
    copy(logs, &text, count);
}
