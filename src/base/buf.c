/* SPDX-License-Identifier: Apache-2.0 */
#include "base/buf.h"

#include <limits.h>

#include "base/mem.h"
#include "base/text.h"

/* Any text may hold a secret that nobody has told from the rest yet: a line of a log on its way to
 * where it is hidden. Memory that is given back holds nothing of it. */
static void give_back(struct hw_buf *buf)
{
    if (buf->data)
        explicit_bzero(buf->data, buf->capacity);
    free(buf->data);
}

void hw_buf_done(struct hw_buf *buf)
{
    give_back(buf);
    *buf = (struct hw_buf){.max = buf->max};
}

void hw_buf_clear(struct hw_buf *buf)
{
    buf->len = 0;
    buf->full = false;
    if (buf->data)
        buf->data[0] = '\0';
}

static bool reserve(struct hw_buf *buf, size_t more)
{
    if (more > buf->max || buf->len > buf->max - more) {
        buf->full = true;
        return false;
    }
    size_t need = buf->len + more + 1;
    if (need <= buf->capacity)
        return true;
    size_t capacity = buf->capacity ? buf->capacity : 64;
    while (capacity < need)
        capacity *= 2;
    if (capacity - 1 > buf->max)
        capacity = buf->max + 1;
    char *data = hw_realloc(NULL, capacity, 1);
    if (buf->data)
        memcpy(data, buf->data, buf->len + 1);
    give_back(buf);
    buf->data = data;
    buf->capacity = capacity;
    buf->data[buf->len] = '\0';
    return true;
}

bool hw_buf_add(struct hw_buf *buf, const void *bytes, size_t count)
{
    if (!reserve(buf, count))
        return false;
    if (count)
        memcpy(buf->data + buf->len, bytes, count);
    buf->len += count;
    buf->data[buf->len] = '\0';
    return true;
}

bool hw_buf_text(struct hw_buf *buf, const char *text)
{
    return hw_buf_add(buf, text, strlen(text));
}

bool hw_buf_char(struct hw_buf *buf, char c)
{
    return hw_buf_add(buf, &c, 1);
}

bool hw_buf_fill(struct hw_buf *buf, char c, size_t count)
{
    if (!reserve(buf, count))
        return false;
    memset(buf->data + buf->len, c, count);
    buf->len += count;
    buf->data[buf->len] = '\0';
    return true;
}

bool hw_buf_vprint(struct hw_buf *buf, const char *fmt, va_list args)
{
    va_list again;
    va_copy(again, args);
    int n = vsnprintf(NULL, 0, fmt, again);
    va_end(again);
    if (n < 0 || !reserve(buf, (size_t)n))
        return false;
    vsnprintf(buf->data + buf->len, (size_t)n + 1, fmt, args);
    buf->len += (size_t)n;
    return true;
}

bool hw_buf_print(struct hw_buf *buf, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    bool ok = hw_buf_vprint(buf, fmt, args);
    va_end(args);
    return ok;
}

void hw_buf_drop(struct hw_buf *buf, size_t count)
{
    if (count > buf->len)
        count = buf->len;
    if (count == 0)
        return;
    memmove(buf->data, buf->data + count, buf->len - count + 1);
    explicit_bzero(buf->data + buf->len - count + 1, count); /* as give_back */
    buf->len -= count;
}

char *hw_buf_take(struct hw_buf *buf)
{
    char *out = buf->data ? buf->data : hw_strdup("");
    *buf = (struct hw_buf){.max = buf->max};
    return out;
}

const char *hw_buf_cstr(const struct hw_buf *buf)
{
    return buf->data ? buf->data : "";
}

static const char base64_digits[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

bool hw_buf_base64(struct hw_buf *buf, const void *bytes, size_t count)
{
    const unsigned char *in = bytes;
    if (!reserve(buf, (count + 2) / 3 * 4))
        return false;
    for (size_t i = 0; i < count; i += 3) {
        uint32_t v = (uint32_t)in[i] << 16;
        if (i + 1 < count)
            v |= (uint32_t)in[i + 1] << 8;
        if (i + 2 < count)
            v |= in[i + 2];
        char quad[4] = {base64_digits[v >> 18 & 63], base64_digits[v >> 12 & 63],
                        i + 1 < count ? base64_digits[v >> 6 & 63] : '=',
                        i + 2 < count ? base64_digits[v & 63] : '='};
        hw_buf_add(buf, quad, 4);
    }
    return true;
}

/* One more than each digit is worth; of other bytes 0. */
static const unsigned char base64_values[UCHAR_MAX + 1] = {
    ['A'] = 1,  ['B'] = 2,  ['C'] = 3,  ['D'] = 4,  ['E'] = 5,  ['F'] = 6,  ['G'] = 7,  ['H'] = 8,
    ['I'] = 9,  ['J'] = 10, ['K'] = 11, ['L'] = 12, ['M'] = 13, ['N'] = 14, ['O'] = 15, ['P'] = 16,
    ['Q'] = 17, ['R'] = 18, ['S'] = 19, ['T'] = 20, ['U'] = 21, ['V'] = 22, ['W'] = 23, ['X'] = 24,
    ['Y'] = 25, ['Z'] = 26, ['a'] = 27, ['b'] = 28, ['c'] = 29, ['d'] = 30, ['e'] = 31, ['f'] = 32,
    ['g'] = 33, ['h'] = 34, ['i'] = 35, ['j'] = 36, ['k'] = 37, ['l'] = 38, ['m'] = 39, ['n'] = 40,
    ['o'] = 41, ['p'] = 42, ['q'] = 43, ['r'] = 44, ['s'] = 45, ['t'] = 46, ['u'] = 47, ['v'] = 48,
    ['w'] = 49, ['x'] = 50, ['y'] = 51, ['z'] = 52, ['0'] = 53, ['1'] = 54, ['2'] = 55, ['3'] = 56,
    ['4'] = 57, ['5'] = 58, ['6'] = 59, ['7'] = 60, ['8'] = 61, ['9'] = 62, ['+'] = 63, ['/'] = 64,
};

#define BASE64_BLOCK 192u

/* The digits of text as bytes, three for each four of them; those that are left over stand in
 * *ret_bits. 1: they are well-formed, 0: not, -1: buf is full. */
static int take_base64(struct hw_buf *buf, const char *text, size_t count, size_t *ret_digits,
                       size_t *ret_padding, uint32_t *ret_bits)
{
    char block[BASE64_BLOCK];
    size_t n = 0, digits = 0, padding = 0;
    uint32_t bits = 0;
    int well = 1;
    for (size_t i = 0; i < count && well == 1; i++) {
        char c = text[i];
        unsigned value = base64_values[(unsigned char)c];
        if (value && !padding) {
            bits = bits << 6 | (value - 1);
            if (++digits % 4 != 0)
                continue;
            block[n++] = (char)(bits >> 16);
            block[n++] = (char)(bits >> 8);
            block[n++] = (char)bits;
        } else if (c == '=') {
            padding++;
        } else if (c != '\r' && c != '\n' && c != ' ' && c != '\t') {
            well = 0;
        }
        if (n == sizeof block) {
            well = hw_buf_add(buf, block, n) ? well : -1;
            n = 0;
        }
    }
    if (well == 1 && !hw_buf_add(buf, block, n))
        well = -1;
    explicit_bzero(block, sizeof block);
    *ret_digits = digits;
    *ret_padding = padding;
    *ret_bits = bits;
    return well;
}

bool hw_buf_unbase64(struct hw_buf *buf, const char *text, size_t count)
{
    size_t start = buf->len, digits, padding;
    uint32_t bits;
    int well = take_base64(buf, text, count, &digits, &padding, &bits);
    size_t rest = digits % 4;
    if (well < 0)
        return false;
    if (!well || rest == 1 || padding > 2 || (padding && (digits + padding) % 4 != 0)) {
        buf->len = start;
        if (buf->data)
            buf->data[start] = '\0';
        return false;
    }
    char two[2] = {(char)(bits >> (rest == 3 ? 10 : 4)), (char)(bits >> 2)};
    return rest == 0 || hw_buf_add(buf, two, rest - 1);
}

bool hw_buf_hex(struct hw_buf *buf, const void *bytes, size_t count)
{
    const unsigned char *in = bytes;
    for (size_t i = 0; i < count; i++) {
        if (!hw_buf_print(buf, "%02x", in[i]))
            return false;
    }
    return true;
}

static bool uri_unreserved(unsigned char c)
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_' || c == '.' || c == '~';
}

bool hw_buf_uri(struct hw_buf *buf, const char *text, size_t count, bool keep_slash)
{
    for (size_t i = 0; i < count; i++) {
        unsigned char c = (unsigned char)text[i];
        bool plain = uri_unreserved(c) || (keep_slash && c == '/');
        if (!(plain ? hw_buf_char(buf, (char)c) : hw_buf_print(buf, "%%%02X", c)))
            return false;
    }
    return true;
}

bool hw_buf_quote(struct hw_buf *buf, const char *text)
{
    hw_buf_char(buf, '\'');
    for (const char *p = text; *p; p++) {
        if (*p == '\'')
            hw_buf_char(buf, *p);
        hw_buf_char(buf, *p);
    }
    return hw_buf_char(buf, '\'');
}

bool hw_buf_xml(struct hw_buf *buf, const char *text)
{
    for (const char *p = text; *p; p++) {
        unsigned char c = (unsigned char)*p;
        bool ok;
        switch (c) {
        case '&':
            ok = hw_buf_text(buf, "&amp;");
            break;
        case '<':
            ok = hw_buf_text(buf, "&lt;");
            break;
        case '>':
            ok = hw_buf_text(buf, "&gt;");
            break;
        case '"':
            ok = hw_buf_text(buf, "&quot;");
            break;
        case '\'':
            ok = hw_buf_text(buf, "&apos;");
            break;
        default:
            if (c < 0x20 && c != '\t' && c != '\n' && c != '\r')
                ok = hw_buf_text(buf, "\xEF\xBF\xBD"); /* not allowed in XML 1.0: U+FFFD */
            else if (c == '\r')
                ok = hw_buf_text(buf, "&#13;");
            else
                ok = hw_buf_char(buf, (char)c);
        }
        if (!ok)
            return false;
    }
    return true;
}

bool hw_buf_utf16le(struct hw_buf *buf, const char *utf8, size_t count)
{
    for (size_t at = 0; at < count;) {
        uint32_t c;
        at += hw_utf8_next(utf8 + at, count - at, &c);
        uint16_t units[2];
        size_t n = 1;
        if (c >= 0x10000) {
            c -= 0x10000;
            units[0] = (uint16_t)(0xD800 | c >> 10);
            units[1] = (uint16_t)(0xDC00 | (c & 0x3FF));
            n = 2;
        } else {
            units[0] = (uint16_t)c;
        }
        for (size_t i = 0; i < n; i++) {
            char pair[2] = {(char)(units[i] & 0xFF), (char)(units[i] >> 8)};
            if (!hw_buf_add(buf, pair, 2))
                return false;
        }
    }
    return true;
}
