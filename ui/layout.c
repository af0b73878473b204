/* SPDX-License-Identifier: Apache-2.0 */
#include "ui/layout.h"

enum { STEPS_MIN = 16, STEPS_MAX = 24, BODY_COLS_MAX = 110 };
enum { AROUND_STEP = 4 }; /* its sign before, a gap behind */

/* Rows of the help text: a taller terminal has room for more of it. */
static int hint_rows(int rows)
{
    return rows >= 40 ? 6 : 4;
}

static int steps_cols(int steps)
{
    int cols = steps + AROUND_STEP;
    return cols < STEPS_MIN ? STEPS_MIN : cols > STEPS_MAX ? STEPS_MAX : cols;
}

struct ui_layout ui_layout(int rows, int cols, int steps, bool wide)
{
    struct ui_layout layout = {.fits = rows >= UI_MIN_ROWS && cols >= UI_MIN_COLS};
    if (!layout.fits)
        return layout;
    int content = rows - 4; /* header, two rules, keys */
    int hint = wide ? 0 : hint_rows(rows);
    int left = wide ? 0 : steps_cols(steps);
    layout.header = (struct ui_rect){0, 0, 1, cols};
    layout.rule_top = 1;
    layout.steps = (struct ui_rect){2, 0, wide ? 0 : content - hint, left};
    layout.body = (struct ui_rect){2, left, content - hint, cols - left};
    layout.hint = (struct ui_rect){2 + content - hint, 0, hint, cols};
    layout.rule_bottom = rows - 2;
    layout.keys = (struct ui_rect){rows - 1, 0, 1, cols};
    if (!wide && layout.body.cols > BODY_COLS_MAX)
        layout.body.cols = BODY_COLS_MAX;
    return layout;
}
