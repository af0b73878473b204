/* SPDX-License-Identifier: Apache-2.0 */
#include "ui/clipboard.h"

static void add(const char *text, size_t n, const char *escape, struct hw_buf *out)
{
    hw_buf_print(out, "%s]52;c;", escape);
    hw_buf_base64(out, text, n);
    hw_buf_char(out, '\a');
}

void ui_clipboard_sequence(const char *text, size_t n, bool tmux, struct hw_buf *out)
{
    add(text, n, "\033", out);
    if (!tmux)
        return;
    /* Within a string for another terminal an ESC stands twice (tmux(1), allow-passthrough). */
    hw_buf_text(out, "\033Ptmux;");
    add(text, n, "\033\033", out);
    hw_buf_text(out, "\033\\");
}
