/* SPDX-License-Identifier: Apache-2.0 */
/* The only file that knows ncurses: brings a surface to the terminal and reads keys. The
 * terminal is restored when the program ends, crashes, is stopped or is killed. */
#ifndef UI_TERMINAL_H
#define UI_TERMINAL_H

#include "base/err.h"
#include "ui/surface.h"

struct ui_terminal;

struct ui_terminal_options {
    bool no_color, ascii;
};

/* false: standard input or output is no terminal, or TERM is unknown or dumb. */
bool ui_terminal_usable(void);
struct ui_terminal *ui_terminal_new(const struct ui_terminal_options *options, struct hw_err *err);
void ui_terminal_free(struct ui_terminal *terminal); /* NULL allowed; restores the screen */
bool ui_terminal_ascii(const struct ui_terminal *terminal);
void ui_terminal_size(const struct ui_terminal *terminal, int *ret_rows, int *ret_cols);
/* After SIGWINCH: asks the terminal for its size. */
void ui_terminal_resized(struct ui_terminal *terminal);
/* Writes the cells that changed since the last call, in one update. */
void ui_terminal_show(struct ui_terminal *terminal, const struct ui_surface *surface);
void ui_terminal_redraw(struct ui_terminal *terminal); /* the next show writes everything */
/* The next key without waiting; UI_KEY_NONE: none. */
uint32_t ui_terminal_key(struct ui_terminal *terminal);
/* The key that was read last was pasted, not typed. */
bool ui_terminal_pasting(const struct ui_terminal *terminal);
void ui_terminal_flush(struct ui_terminal *terminal); /* drops typed-ahead keys */
/* Hands a text of at most UI_CLIPBOARD_MAX bytes to the terminal for its clipboard; whether it
 * takes it is not known. False: it is no terminal of that kind. */
bool ui_terminal_copy(struct ui_terminal *terminal, const char *text, size_t n);
/* Gives the terminal back and stops the process (SIGTSTP); returns when it goes on. */
void ui_terminal_suspend(struct ui_terminal *terminal);

#endif
