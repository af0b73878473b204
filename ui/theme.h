/* SPDX-License-Identifier: Apache-2.0 */
/* What a piece of the screen means. A page says the meaning; the terminal finds a colour for
 * it in 256, 16 or 8 colours or in none. Every meaning that matters also has a sign or a word,
 * so that mono, ASCII and a screen reader lose nothing. */
#ifndef UI_THEME_H
#define UI_THEME_H

#include "base/defs.h"

/* style, character in dumps of a surface, colour of 256, of 16, of 8, background of 256 (-1:
 * none), attributes with colours, attributes without. A terminal may be dark or light: a colour
 * that stands on the terminal's own background must be seen on both, and a background of ours has
 * a colour of ours upon it. */
#define UI_STYLES(X)                                                                               \
    X(NORMAL, '.', -1, -1, -1, -1, 0, 0)                                                           \
    X(TITLE, 't', -1, -1, -1, -1, UI_BOLD, UI_BOLD)                                                \
    X(FOCUS, 'f', 39, 14, 6, -1, UI_BOLD, UI_REVERSE)                                              \
    X(DIM, 'd', 245, 8, -1, -1, 0, UI_FAINT)                                                       \
    X(RULE, 'r', 240, 8, -1, -1, 0, UI_FAINT)                                                      \
    X(GOOD, 'g', 71, 2, 2, -1, 0, 0)                                                               \
    X(WAIT, 'w', 179, 3, 3, -1, 0, 0)                                                              \
    X(BAD, 'b', 167, 9, 1, -1, UI_BOLD, UI_BOLD)                                                   \
    X(ACCENT, 'a', 39, 14, 6, -1, 0, UI_BOLD)                                                      \
    X(MATCH, 'm', 16, 0, 0, 179, 0, UI_REVERSE)                                                    \
    X(EDIT, 'e', 254, -1, -1, 236, UI_UNDERLINE, UI_UNDERLINE)                                     \
    X(SELECT, 's', 255, -1, -1, 24, UI_UNDERLINE, UI_REVERSE)                                      \
    X(KEY, 'k', 39, 14, 6, -1, 0, UI_BOLD)                                                         \
    X(DEMO, 'D', 179, 11, 3, -1, UI_BOLD, UI_REVERSE)                                              \
    X(SYN_KEY, 'K', 74, 6, 6, -1, 0, 0)                                                            \
    X(SYN_STRING, 'S', 108, 2, 2, -1, 0, 0)                                                        \
    X(SYN_COMMENT, 'C', 245, 8, -1, -1, 0, UI_FAINT)                                               \
    X(SYN_WORD, 'W', 140, 5, 5, -1, 0, UI_BOLD)                                                    \
    X(SYN_NUMBER, 'N', 173, 3, 3, -1, 0, 0)                                                        \
    X(SYN_VARIABLE, 'V', 180, 3, 3, -1, 0, 0)                                                      \
    X(SYN_TAG, 'T', 140, 5, 5, -1, 0, 0)                                                           \
    X(NODE_FIRST, '1', 38, 6, 6, -1, 0, 0)                                                         \
    X(NODE_2, '2', 107, 2, 2, -1, 0, 0)                                                            \
    X(NODE_3, '3', 133, 5, 5, -1, 0, 0)                                                            \
    X(NODE_4, '4', 136, 3, 3, -1, 0, 0)                                                            \
    X(NODE_5, '5', 67, 12, 6, -1, 0, 0)                                                            \
    X(NODE_LAST, '6', 173, 13, 5, -1, 0, 0)

#define UI_STYLE_ENUM(name, letter, c256, c16, c8, back, attr, mono) UI_##name,
enum ui_style { UI_STYLES(UI_STYLE_ENUM) UI_STYLE_COUNT };

enum { UI_BOLD = 1, UI_REVERSE = 2, UI_FAINT = 4, UI_UNDERLINE = 8 };

struct ui_look {
    int fore, back; /* -1: the terminal's own */
    unsigned attributes;
};

/* How a style looks on a terminal with this many colours (256, 16, 8; less: none). */
struct ui_look ui_theme_look(enum ui_style style, int colours);
char ui_theme_letter(enum ui_style style);

/* The ASCII stand-in of a character, of the same width 1; '?' for one that has none. */
char ui_theme_ascii(uint32_t c);

#endif
