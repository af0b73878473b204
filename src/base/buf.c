/* SPDX-License-Identifier: Apache-2.0 */
#include "base/buf.h"

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

static int base64_value(char c)
{
    const char *at = c ? strchr(base64_digits, c) : NULL;
    return at ? (int)(at - base64_digits) : -1;
}

bool hw_buf_unbase64(struct hw_buf *buf, const char *text, size_t count)
{
    size_t start = buf->len, digits = 0, padding = 0;
    uint32_t bits = 0;
    for (size_t i = 0; i < count; i++) {
        char c = text[i];
        if (c == '\r' || c == '\n' || c == ' ' || c == '\t')
            continue;
        if (c == '=') {
            padding++;
            continue;
        }
        int v = base64_value(c);
        if (v < 0 || padding)
            goto malformed;
        bits = bits << 6 | (uint32_t)v;
        if (++digits % 4 == 0) {
            char three[3] = {(char)(bits >> 16), (char)(bits >> 8), (char)bits};
            if (!hw_buf_add(buf, three, 3))
                return false;
        }
    }
    size_t rest = digits % 4;
    if (rest == 1 || padding > 2 || (padding && (digits + padding) % 4 != 0))
        goto malformed;
    if (rest == 2)
        return hw_buf_char(buf, (char)(bits >> 4));
    if (rest == 3) {
        char two[2] = {(char)(bits >> 10), (char)(bits >> 2)};
        return hw_buf_add(buf, two, 2);
    }
    return true;
malformed:
    buf->len = start;
    if (buf->data)
        buf->data[start] = '\0';
    return false;
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
