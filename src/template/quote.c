/* SPDX-License-Identifier: Apache-2.0 */
#include "template/quote.h"

#include "base/text.h"

static bool plain_ascii(const char *value)
{
    for (const char *p = value; *p; p++) {
        if (*p < ' ' || *p > '~')
            return false;
    }
    return true;
}

void hw_quote_yaml(struct hw_buf *out, const char *value)
{
    if (plain_ascii(value)) {
        hw_buf_char(out, '\'');
        for (const char *p = value; *p; p++) {
            hw_buf_char(out, *p);
            if (*p == '\'')
                hw_buf_char(out, '\'');
        }
        hw_buf_char(out, '\'');
        return;
    }
    size_t n = strlen(value);
    hw_buf_char(out, '"');
    for (size_t i = 0; i < n;) {
        uint32_t c;
        i += hw_utf8_next(value + i, n - i, &c);
        if (c == '"' || c == '\\')
            hw_buf_print(out, "\\%c", (int)c);
        else if (c >= ' ' && c <= '~')
            hw_buf_char(out, (char)c);
        else
            hw_buf_print(out, c > 0xffff ? "\\U%08X" : "\\u%04X", (unsigned)c);
    }
    hw_buf_char(out, '"');
}

/* Checks one line of a block; n without its newline. */
static bool block_line(const char *line, size_t n)
{
    if (n && line[n - 1] == ' ')
        return false;
    for (size_t i = 0; i < n; i++) {
        if ((unsigned char)line[i] < ' ' || line[i] == 0x7f)
            return false;
    }
    return true;
}

bool hw_quote_yaml_block(struct hw_buf *out, const char *text, size_t indent)
{
    size_t before = out->len, n = strlen(text);
    bool ok =
        n > 1 && text[0] != ' ' && text[0] != '\n' && text[n - 1] == '\n' && text[n - 2] != '\n';
    hw_buf_text(out, "|");
    for (const char *line = text; ok && *line;) {
        size_t length = strcspn(line, "\n");
        ok = block_line(line, length);
        hw_buf_char(out, '\n');
        if (length)
            hw_buf_fill(out, ' ', indent);
        hw_buf_add(out, line, length);
        line += length + 1;
    }
    if (!ok) {
        out->len = before;
        if (out->data)
            out->data[before] = '\0';
    }
    return ok;
}

void hw_quote_word(struct hw_buf *out, const char *value)
{
    static const char plain[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-/~";
    if (*value && value[strspn(value, plain)] == '\0')
        hw_buf_text(out, value);
    else
        hw_quote_shell(out, value);
}

void hw_quote_shell(struct hw_buf *out, const char *value)
{
    hw_buf_char(out, '\'');
    for (const char *p = value; *p; p++) {
        if (*p == '\'')
            hw_buf_text(out, "'\\''");
        else
            hw_buf_char(out, *p);
    }
    hw_buf_char(out, '\'');
}
