/* SPDX-License-Identifier: Apache-2.0 */
#include "ui/theme.h"

struct style_row {
    char letter;
    short c256, c16, c8, back;
    unsigned char attributes, mono;
};

#define UI_STYLE_ROW(name, letter, c256, c16, c8, back, attr, mono)                                \
    {letter, c256, c16, c8, back, attr, mono},
static const struct style_row styles[UI_STYLE_COUNT] = {UI_STYLES(UI_STYLE_ROW)};

/* Signs of the screens and letters that names and translations may hold. Sorted. */
static const struct {
    uint32_t c;
    char ascii;
} stand_ins[] = {
    {0x00A0, ' '},  {0x00B0, 'o'}, {0x00B7, '.'}, {0x00BB, '>'}, {0x00C4, 'A'}, {0x00C9, 'E'},
    {0x00D6, 'O'},  {0x00DC, 'U'}, {0x00DF, 's'}, {0x00E0, 'a'}, {0x00E1, 'a'}, {0x00E2, 'a'},
    {0x00E4, 'a'},  {0x00E7, 'c'}, {0x00E8, 'e'}, {0x00E9, 'e'}, {0x00EA, 'e'}, {0x00EB, 'e'},
    {0x00EF, 'i'},  {0x00F1, 'n'}, {0x00F3, 'o'}, {0x00F4, 'o'}, {0x00F6, 'o'}, {0x00FA, 'u'},
    {0x00FC, 'u'},  {0x2010, '-'}, {0x2011, '-'}, {0x2013, '-'}, {0x2014, '-'}, {0x2018, '\''},
    {0x2019, '\''}, {0x201C, '"'}, {0x201D, '"'}, {0x201E, '"'}, {0x2022, '*'}, {0x2026, '~'},
    {0x2039, '<'},  {0x203A, '>'}, {0x2190, '<'}, {0x2191, '^'}, {0x2192, '>'}, {0x2193, 'v'},
    {0x21BB, '@'},  {0x2212, '-'}, {0x241B, '^'}, {0x2500, '-'}, {0x2502, '|'}, {0x2504, '-'},
    {0x2588, '#'},  {0x2589, '#'}, {0x258A, '#'}, {0x258B, '#'}, {0x258C, '|'}, {0x258D, ' '},
    {0x258E, ' '},  {0x258F, '|'}, {0x2595, '|'}, {0x25A0, 'x'}, {0x25A1, '_'}, {0x25B8, '>'},
    {0x25B9, '>'},  {0x25BE, 'v'}, {0x25C6, '*'}, {0x25CB, 'o'}, {0x25CF, '*'}, {0x2713, '+'},
    {0x2717, 'X'},
};

/* With few colours a background is the one of a match, or none. */
static int plain_back(const struct style_row *row, enum ui_style style)
{
    return row->back >= 0 && style == UI_MATCH ? 3 : -1;
}

struct ui_look ui_theme_look(enum ui_style style, int colours)
{
    const struct style_row *row = &styles[style];
    if (colours < 8)
        return (struct ui_look){-1, -1, row->mono};
    if (colours < 16) /* no grey among eight: faint does instead */
        return (struct ui_look){row->c8, plain_back(row, style),
                                row->attributes | (row->mono & UI_FAINT)};
    if (colours < 256)
        return (struct ui_look){row->c16, plain_back(row, style), row->attributes};
    return (struct ui_look){row->c256, row->back, row->attributes};
}

char ui_theme_letter(enum ui_style style)
{
    return styles[style].letter;
}

char ui_theme_ascii(uint32_t c)
{
    if (c < 0x80)
        return (char)c;
    size_t low = 0, high = HW_COUNT(stand_ins);
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (stand_ins[middle].c == c)
            return stand_ins[middle].ascii;
        if (stand_ins[middle].c < c)
            low = middle + 1;
        else
            high = middle;
    }
    return '?';
}
