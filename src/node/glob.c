/* SPDX-License-Identifier: Apache-2.0 */
#include "node/glob.h"

#include <string.h>

#include "base/text.h"

static bool is_separator(char c)
{
    return c == '\\' || c == '/';
}

static size_t part_length(const char *text)
{
    return strcspn(text, "\\/");
}

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c + 'a' - 'A') : c;
}

/* The next character begins behind this many bytes; '?' takes a whole one. */
static size_t character(const char *s, size_t n)
{
    uint32_t c;
    return hw_utf8_next(s, n, &c);
}

/* Goes back to the last '*' alone, so that its time is bounded by the product of both lengths. */
static bool matches(const char *part, size_t part_n, const char *name, size_t name_n)
{
    size_t p = 0, s = 0, star = SIZE_MAX, retry = 0;
    while (s < name_n) {
        if (p < part_n && part[p] == '*') {
            star = p++;
            retry = s;
        } else if (p < part_n && part[p] == '?') {
            p++;
            s += character(name + s, name_n - s);
        } else if (p < part_n && lower(part[p]) == lower(name[s])) {
            p++;
            s++;
        } else if (star != SIZE_MAX) {
            p = star + 1;
            retry += character(name + retry, name_n - retry);
            s = retry;
        } else {
            return false;
        }
    }
    while (p < part_n && part[p] == '*')
        p++;
    return p == part_n;
}

bool hw_glob_name(const char *part, size_t n, const char *name)
{
    return matches(part, n, name, strlen(name));
}

bool hw_glob_path(const char *pattern, const char *path)
{
    for (;;) {
        size_t part = part_length(pattern), name = part_length(path);
        if (!matches(pattern, part, path, name))
            return false;
        pattern += part;
        path += name;
        if (!*pattern || !*path)
            return !*pattern && !*path;
        pattern++;
        path++;
    }
}

bool hw_glob_first_wild(const char *pattern, size_t *ret_begin, size_t *ret_length)
{
    size_t begin = 0;
    for (;;) {
        size_t length = part_length(pattern + begin);
        if (memchr(pattern + begin, '*', length) || memchr(pattern + begin, '?', length)) {
            *ret_begin = begin;
            *ret_length = length;
            return true;
        }
        if (!pattern[begin + length])
            return false;
        begin += length + 1;
    }
}

bool hw_glob_sftp_path(struct hw_buf *out, const char *path, size_t n)
{
    if (n && is_separator(path[0]))
        return hw_buf_add(out, path, n);
    bool ok = hw_buf_char(out, '/');
    for (size_t i = 0; i < n; i++)
        ok = hw_buf_char(out, path[i] == '\\' ? '/' : path[i]);
    return ok;
}

bool hw_glob_name_is_sane(const char *name, size_t n)
{
    bool dots = (n == 1 && name[0] == '.') || (n == 2 && name[0] == '.' && name[1] == '.');
    if (n == 0 || n > HW_GLOB_NAME_MAX || dots || !hw_utf8_valid(name, n))
        return false;
    for (size_t i = 0; i < n; i++) {
        if ((unsigned char)name[i] < 0x20 || name[i] == 0x7F || strchr("\\/*?", name[i]))
            return false;
    }
    return true;
}
