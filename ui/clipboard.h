/* SPDX-License-Identifier: Apache-2.0 */
/* A text for the clipboard of the terminal, wherever that runs: OSC 52 (xterm's control sequences,
 * "Manipulate Selection Data"). No terminal answers whether it took it. */
#ifndef UI_CLIPBOARD_H
#define UI_CLIPBOARD_H

#include "base/buf.h"

/* Terminals drop longer sequences without a word; hterm takes 100,000 bytes of base64. */
#define UI_CLIPBOARD_MAX 74994u

/* tmux: it runs within tmux(1), which takes the sequence for itself with set-clipboard on, and
 * hands it through to its own terminal with allow-passthrough on. */
void ui_clipboard_sequence(const char *text, size_t n, bool tmux, struct hw_buf *out);

#endif
