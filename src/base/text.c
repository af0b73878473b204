/* SPDX-License-Identifier: Apache-2.0 */
#include "base/text.h"

#include <errno.h>
#include <limits.h>

#include "base/mem.h"
#include "base/width_table.h"

#define REPLACEMENT 0xFFFDu

size_t hw_utf8_next(const char *s, size_t n, uint32_t *ret)
{
    const unsigned char *p = (const unsigned char *)s;
    static const uint32_t smallest[5] = {0, 0, 0x80, 0x800, 0x10000};
    if (p[0] < 0x80) {
        *ret = p[0];
        return 1;
    }
    size_t length = p[0] >= 0xF0 ? 4 : p[0] >= 0xE0 ? 3 : 2;
    *ret = REPLACEMENT;
    if (p[0] < 0xC2 || p[0] > 0xF4 || n < length)
        return 1;
    uint32_t c = p[0] & (0xFFu >> (length + 1));
    for (size_t i = 1; i < length; i++) {
        if ((p[i] & 0xC0) != 0x80)
            return 1;
        c = c << 6 | (p[i] & 0x3F);
    }
    if (c < smallest[length] || c > 0x10FFFF || (c >= 0xD800 && c <= 0xDFFF))
        return 1;
    *ret = c;
    return length;
}

size_t hw_utf8_put(uint32_t c, char out[4])
{
    if (c > 0x10FFFF || (c >= 0xD800 && c <= 0xDFFF))
        c = REPLACEMENT;
    if (c < 0x80) {
        out[0] = (char)c;
        return 1;
    }
    if (c < 0x800) {
        out[0] = (char)(0xC0 | c >> 6);
        out[1] = (char)(0x80 | (c & 0x3F));
        return 2;
    }
    if (c < 0x10000) {
        out[0] = (char)(0xE0 | c >> 12);
        out[1] = (char)(0x80 | (c >> 6 & 0x3F));
        out[2] = (char)(0x80 | (c & 0x3F));
        return 3;
    }
    out[0] = (char)(0xF0 | c >> 18);
    out[1] = (char)(0x80 | (c >> 12 & 0x3F));
    out[2] = (char)(0x80 | (c >> 6 & 0x3F));
    out[3] = (char)(0x80 | (c & 0x3F));
    return 4;
}

bool hw_utf8_valid(const char *s, size_t n)
{
    for (size_t at = 0; at < n;) {
        uint32_t c;
        uint64_t eight;
        if (at + 8 <= n && !(memcpy(&eight, s + at, 8), eight & 0x8080808080808080u)) {
            at += 8;
            continue;
        }
        size_t used = hw_utf8_next(s + at, n - at, &c);
        if (c == REPLACEMENT && used == 1)
            return false;
        at += used;
    }
    return true;
}

size_t hw_text_cut(const char *s, size_t max)
{
    size_t n = strnlen(s, max + 1);
    if (n <= max)
        return n;
    n = max;
    while (n > 0 && ((unsigned char)s[n] & 0xC0) == 0x80)
        n--;
    return n;
}

static bool in_ranges(const struct width_range *ranges, size_t count, uint32_t c)
{
    size_t low = 0, high = count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (c > ranges[middle].last)
            low = middle + 1;
        else if (c < ranges[middle].first)
            high = middle;
        else
            return true;
    }
    return false;
}

int hw_char_width(uint32_t c)
{
    if (c < 0x300)
        return 1;
    if (in_ranges(zero_width, HW_COUNT(zero_width), c))
        return 0;
    return in_ranges(double_width, HW_COUNT(double_width), c) ? 2 : 1;
}

size_t hw_text_width(const char *s)
{
    size_t columns = 0, n = strlen(s);
    for (size_t at = 0; at < n;) {
        uint32_t c;
        at += hw_utf8_next(s + at, n - at, &c);
        columns += (size_t)hw_char_width(c);
    }
    return columns;
}

static bool add_blanks(struct hw_buf *out, const char *s, size_t columns)
{
    size_t width = hw_text_width(s);
    return hw_buf_fill(out, ' ', width < columns ? columns - width : 0);
}

bool hw_text_pad(struct hw_buf *out, const char *s, size_t columns)
{
    return hw_buf_text(out, s) && add_blanks(out, s, columns);
}

bool hw_text_pad_left(struct hw_buf *out, const char *s, size_t columns)
{
    return add_blanks(out, s, columns) && hw_buf_text(out, s);
}

size_t hw_text_fit(const char *s, size_t columns, size_t *ret_columns)
{
    size_t used = 0, at = 0, n = strlen(s);
    while (at < n) {
        uint32_t c;
        size_t length = hw_utf8_next(s + at, n - at, &c);
        size_t width = (size_t)hw_char_width(c);
        if (used + width > columns)
            break;
        used += width;
        at += length;
    }
    if (ret_columns)
        *ret_columns = used;
    return at;
}

/* Characters that change how their neighbours are shown: bidi controls and line separators. */
static bool deceptive(uint32_t c)
{
    return (c >= 0x202A && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069) || c == 0x2028 ||
           c == 0x2029 || c == 0x200E || c == 0x200F || c == 0x061C || c == 0xFEFF;
}

static bool clean_one(struct hw_buf *out, uint32_t c, bool keep_layout)
{
    char utf8[4];
    if (keep_layout && (c == '\t' || c == '\n'))
        return hw_buf_char(out, (char)c);
    if (c < 0x20)
        c += 0x2400; /* U+2400..: pictures of control characters */
    else if (c == 0x7F)
        c = 0x2421;
    else if ((c >= 0x80 && c < 0xA0) || deceptive(c))
        return hw_buf_print(out, "<%04X>", (unsigned)c);
    return hw_buf_add(out, utf8, hw_utf8_put(c, utf8));
}

static bool plain_byte(unsigned char c)
{
    return (c >= 0x20 && c < 0x7F) || c == '\t';
}

bool hw_text_plain(const char *s, size_t n)
{
    const uint64_t each = 0x0101010101010101u, top = each << 7;
    size_t at = 0;
    for (; at + 8 <= n; at += 8) { /* eight bytes at once: none above 0x7E, none below 0x20 */
        uint64_t w;
        memcpy(&w, s + at, 8);
        uint64_t high = w | (w + each), low = (w - each * 0x20) & ~w;
        if (!((high | low) & top))
            continue;
        for (size_t i = at; i < at + 8; i++) {
            if (!plain_byte((unsigned char)s[i]))
                return false;
        }
    }
    while (at < n && plain_byte((unsigned char)s[at]))
        at++;
    return at >= n;
}

bool hw_text_clean(struct hw_buf *out, const char *s, size_t n, bool keep_layout)
{
    if (keep_layout && hw_text_plain(s, n))
        return hw_buf_add(out, s, n);
    for (size_t at = 0; at < n;) {
        size_t plain = at;
        while (plain < n && (unsigned char)s[plain] >= 0x20 && (unsigned char)s[plain] < 0x7F)
            plain++;
        if (plain > at && !hw_buf_add(out, s + at, plain - at))
            return false;
        at = plain;
        if (at < n) {
            uint32_t c;
            at += hw_utf8_next(s + at, n - at, &c);
            if (!clean_one(out, c, keep_layout))
                return false;
        }
    }
    return true;
}

#define NEAREST_MAX 64

static size_t least(size_t a, size_t b, size_t c)
{
    size_t m = a < b ? a : b;
    return m < c ? m : c;
}

/* Optimal string alignment: insert, delete, replace, swap neighbours. */
static size_t edit_distance(const char *a, const char *b)
{
    size_t n = strlen(a), m = strlen(b);
    if (n > NEAREST_MAX || m > NEAREST_MAX)
        return SIZE_MAX;
    size_t d[NEAREST_MAX + 1][NEAREST_MAX + 1];
    for (size_t i = 0; i <= n; i++)
        d[i][0] = i;
    for (size_t j = 0; j <= m; j++)
        d[0][j] = j;
    for (size_t i = 1; i <= n; i++) {
        for (size_t j = 1; j <= m; j++) {
            size_t change = a[i - 1] == b[j - 1] ? 0 : 1;
            d[i][j] = least(d[i - 1][j] + 1, d[i][j - 1] + 1, d[i - 1][j - 1] + change);
            bool swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
            if (swapped && d[i - 2][j - 2] + 1 < d[i][j])
                d[i][j] = d[i - 2][j - 2] + 1;
        }
    }
    return d[n][m];
}

const char *hw_text_nearest(const char *word, const char *const *candidates, size_t count)
{
    size_t best = strlen(word) / 3 > 2 ? strlen(word) / 3 : 2;
    const char *found = NULL;
    for (size_t i = 0; i < count; i++) {
        size_t distance = edit_distance(word, candidates[i]);
        if (distance < best || (distance == best && !found)) {
            best = distance;
            found = candidates[i];
        }
    }
    return found;
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

int hw_text_compare_natural(const char *a, const char *b)
{
    const char *first_a = a, *first_b = b;
    while (*a && *b) {
        if (is_digit(*a) && is_digit(*b)) {
            while (*a == '0')
                a++;
            while (*b == '0')
                b++;
            size_t na = strspn(a, "0123456789"), nb = strspn(b, "0123456789");
            if (na != nb)
                return na < nb ? -1 : 1;
            int order = memcmp(a, b, na);
            if (order)
                return order;
            a += na;
            b += nb;
        } else if (*a != *b) {
            return (unsigned char)*a < (unsigned char)*b ? -1 : 1;
        } else {
            a++;
            b++;
        }
    }
    if (*a || *b)
        return *a ? 1 : -1;
    return strcmp(first_a, first_b);
}

bool hw_text_starts(const char *s, const char *prefix)
{
    return strncmp(s, prefix, strlen(prefix)) == 0;
}

bool hw_text_ends(const char *s, const char *suffix)
{
    size_t n = strlen(s), m = strlen(suffix);
    return n >= m && strcmp(s + n - m, suffix) == 0;
}

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
}

bool hw_text_equal_nocase(const char *a, const char *b)
{
    while (*a && lower(*a) == lower(*b)) {
        a++;
        b++;
    }
    return *a == '\0' && *b == '\0';
}

struct hw_span hw_text_trim(const char *s, size_t n)
{
    static const char blanks[] = " \t\r\n\v\f";
    while (n && strchr(blanks, s[n - 1]) && s[n - 1])
        n--;
    while (n && strchr(blanks, s[0]) && s[0]) {
        s++;
        n--;
    }
    return (struct hw_span){s, n};
}

bool hw_span_equal(struct hw_span a, const char *text)
{
    return strlen(text) == a.n && memcmp(a.p, text, a.n) == 0;
}

bool hw_parse_int(const char *s, long min, long max, long *ret)
{
    char *end;
    if (!is_digit(s[0]) && !(s[0] == '-' && is_digit(s[1])))
        return false;
    errno = 0;
    long v = strtol(s, &end, 10);
    if (*end || errno || v < min || v > max)
        return false;
    *ret = v;
    return true;
}

#define DURATION_MAX 43200u

bool hw_parse_duration(const char *s, unsigned *ret_seconds)
{
    static const struct {
        char unit;
        unsigned seconds;
    } units[] = {{'h', 3600}, {'m', 60}, {'s', 1}};
    unsigned long total = 0;
    size_t next_unit = 0;
    if (!*s)
        return false;
    while (*s) {
        char *end;
        if (!is_digit(*s))
            return false;
        errno = 0;
        unsigned long v = strtoul(s, &end, 10);
        while (next_unit < HW_COUNT(units) && units[next_unit].unit != *end)
            next_unit++;
        if (next_unit == HW_COUNT(units) || errno || v > DURATION_MAX)
            return false;
        total += v * units[next_unit++].seconds;
        s = end + 1;
    }
    if (total == 0 || total > DURATION_MAX)
        return false;
    *ret_seconds = (unsigned)total;
    return true;
}

bool hw_parse_ipv4(const char *s, uint32_t *ret)
{
    uint32_t address = 0;
    for (int part = 0; part < 4; part++) {
        size_t digits = strspn(s, "0123456789");
        if (digits == 0 || digits > 3 || (digits > 1 && s[0] == '0'))
            return false;
        unsigned long v = strtoul(s, NULL, 10);
        if (v > 255)
            return false;
        address = address << 8 | (uint32_t)v;
        s += digits;
        if (*s != (part < 3 ? '.' : '\0'))
            return false;
        s++;
    }
    *ret = address;
    return true;
}

bool hw_parse_cidr(const char *s, uint32_t *ret_net, unsigned *ret_bits)
{
    const char *slash = strchr(s, '/');
    char front[16];
    uint32_t net;
    long bits;
    if (!slash || (size_t)(slash - s) >= sizeof front)
        return false;
    memcpy(front, s, (size_t)(slash - s));
    front[slash - s] = '\0';
    if (!hw_parse_ipv4(front, &net) || !hw_parse_int(slash + 1, 0, 32, &bits))
        return false;
    if (bits < 32 && (net & (0xFFFFFFFFu >> bits)) != 0)
        return false;
    *ret_net = net;
    *ret_bits = (unsigned)bits;
    return true;
}

bool hw_cidr_has(uint32_t net, unsigned bits, uint32_t address)
{
    uint32_t mask = bits ? 0xFFFFFFFFu << (32 - bits) : 0;
    return (address & mask) == net;
}

void hw_ipv4_text(uint32_t address, char out[16])
{
    snprintf(out, 16, "%u.%u.%u.%u", address >> 24, address >> 16 & 255, address >> 8 & 255,
             address & 255);
}

void hw_text_number(struct hw_buf *out, const char *lines, int cols)
{
    for (unsigned number = 1; *lines; number++) {
        size_t n = strcspn(lines, "\n");
        hw_buf_print(out, "%*u. %.*s\n", cols, number, (int)n, lines);
        lines += n + (lines[n] == '\n');
    }
}
