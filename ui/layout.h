/* SPDX-License-Identifier: Apache-2.0 */
/* Where things stand on the screen: pure arithmetic. */
#ifndef UI_LAYOUT_H
#define UI_LAYOUT_H

#include "base/defs.h"

enum { UI_MIN_ROWS = 24, UI_MIN_COLS = 80 };

struct ui_rect {
    int row, col, rows, cols;
};

struct ui_layout {
    bool fits; /* false: the terminal is smaller than UI_MIN_ROWS x UI_MIN_COLS */
    struct ui_rect header, steps, body, hint, keys;
    int rule_top, rule_bottom; /* rows of the two rules; notices stand on the lower one */
};

/* steps: columns that the longest name of a step takes, which depends on the language. wide: the
 * page has the whole width; steps and hint have no rows. */
struct ui_layout ui_layout(int rows, int cols, int steps, bool wide);

#endif
