/* SPDX-License-Identifier: Apache-2.0 */
#include "ui/draw.h"

#include "base/text.h"

void ui_draw_rule(struct ui_area area, int row)
{
    for (int col = 0; col < area.cols; col++)
        ui_put(area, row, col, UI_RULE, "─");
}

size_t ui_draw_wrap_next(const char *text, int cols, size_t *ret_skip)
{
    size_t line = strcspn(text, "\n");
    size_t fit = hw_text_fit(text, (size_t)cols, NULL);
    *ret_skip = 0;
    if (fit >= line) {
        *ret_skip = text[line] == '\n' ? 1 : 0;
        return line;
    }
    size_t end = fit;
    while (end > 0 && text[end] != ' ')
        end--;
    if (end == 0)
        return fit > 0 ? fit : hw_text_cut(text, 4);
    *ret_skip = strspn(text + end, " ");
    return end;
}

int ui_draw_wrap(struct ui_area area, int row, enum ui_style style, const char *text)
{
    while (*text && row < area.rows && area.cols > 0) {
        size_t skip, n = ui_draw_wrap_next(text, area.cols, &skip);
        ui_put_n(area, row++, 0, style, text, n);
        if (n + skip == 0)
            break;
        text += n + skip;
    }
    return row;
}

int ui_draw_wrap_rows(const char *text, int cols)
{
    int rows = 0;
    while (*text && cols > 0) {
        size_t skip, n = ui_draw_wrap_next(text, cols, &skip);
        rows++;
        if (n + skip == 0)
            break;
        text += n + skip;
    }
    return rows;
}

void ui_draw_gauge(struct ui_area area, int row, int col, int width, int64_t part, int64_t whole)
{
    static const char *const eighths[] = {" ", "▏", "▎", "▍", "▌", "▋", "▊", "▉"};
    int64_t inner = width - 2;
    if (inner < 1)
        return;
    int64_t units = whole > 0 ? part * inner * 8 / whole : 0;
    if (units > inner * 8)
        units = inner * 8;
    if (units < 0)
        units = 0;
    ui_put(area, row, col, UI_DIM, "▕");
    for (int i = 0; i < inner; i++) {
        int64_t here = units - (int64_t)i * 8;
        ui_put(area, row, col + 1 + i, UI_ACCENT, here >= 8 ? "█" : eighths[here > 0 ? here : 0]);
    }
    ui_put(area, row, col + width - 1, UI_DIM, "▏");
}

void ui_draw_scroll(struct ui_area area, size_t first, size_t shown, size_t count)
{
    if (count <= shown || area.rows < 2 || area.cols < 1)
        return;
    size_t rows = (size_t)area.rows;
    size_t length = shown * rows / count;
    if (length == 0)
        length = 1;
    size_t start = first * (rows - length) / (count - shown);
    for (size_t row = 0; row < rows; row++)
        ui_put(area, (int)row, area.cols - 1, UI_RULE,
               row >= start && row < start + length ? "█" : "│");
}

const char *ui_draw_severity(enum hw_severity severity, enum ui_style *ret_style)
{
    static const struct {
        const char *sign;
        enum ui_style style;
    } signs[] = {
        [HW_INFO] = {"i", UI_DIM}, [HW_WARNING] = {"!", UI_WAIT}, [HW_ERROR] = {"✗", UI_BAD}};
    *ret_style = signs[severity].style;
    return signs[severity].sign;
}

enum ui_style ui_draw_node_style(const char *name)
{
    unsigned letters = 0, number = 0;
    for (const unsigned char *p = (const unsigned char *)name; *p; p++) {
        if (*p >= '0' && *p <= '9')
            number = number * 10 + (*p - '0');
        else
            letters = letters * 33 + *p;
    }
    unsigned colours = UI_NODE_LAST - UI_NODE_FIRST + 1;
    return (enum ui_style)(UI_NODE_FIRST + (letters + number) % colours);
}
