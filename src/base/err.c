/* SPDX-License-Identifier: Apache-2.0 */
#include "base/err.h"

#include <errno.h>
#include <stdarg.h>

#include "base/text.h"

/* Never cuts inside a character: formats into more room than it keeps. */
static void set_text(char *out, size_t size, const char *fmt, va_list args)
{
    char whole[sizeof((struct hw_err *)0)->what + 4];
    if (vsnprintf(whole, sizeof whole, fmt, args) < 0)
        whole[0] = '\0';
    size_t cut = hw_text_cut(whole, size - 1);
    memcpy(out, whole, cut);
    out[cut] = '\0';
}

bool hw_fail(struct hw_err *err, enum hw_code code, const char *fmt, ...)
{
    if (!err)
        return false;
    *err = (struct hw_err){.code = code};
    va_list args;
    va_start(args, fmt);
    set_text(err->what, sizeof err->what, fmt, args);
    va_end(args);
    return false;
}

bool hw_fail_errno(struct hw_err *err, const char *fmt, ...)
{
    int saved = errno;
    if (!err)
        return false;
    *err = (struct hw_err){.code = HW_ERR_IO};
    va_list args;
    va_start(args, fmt);
    set_text(err->what, sizeof err->what, fmt, args);
    va_end(args);
    size_t used = strlen(err->what);
    snprintf(err->what + used, sizeof err->what - used, ": %s", strerror(saved));
    return false;
}

bool hw_wrap(struct hw_err *err, const char *fmt, ...)
{
    if (!err)
        return false;
    char front[sizeof err->what], whole[2 * sizeof err->what + 2];
    va_list args;
    va_start(args, fmt);
    set_text(front, sizeof front, fmt, args);
    va_end(args);
    snprintf(whole, sizeof whole, "%s: %s", front, err->what);
    size_t cut = hw_text_cut(whole, sizeof err->what - 1);
    memcpy(err->what, whole, cut);
    err->what[cut] = '\0';
    return false;
}

bool hw_err_at(struct hw_err *err, const char *file, size_t line, size_t column)
{
    if (!err)
        return false;
    if (line == 0)
        snprintf(err->place, sizeof err->place, "%s", file);
    else if (column == 0)
        snprintf(err->place, sizeof err->place, "%s:%zu", file, line);
    else
        snprintf(err->place, sizeof err->place, "%s:%zu:%zu", file, line, column);
    return false;
}

bool hw_err_next(struct hw_err *err, const char *fmt, ...)
{
    if (!err)
        return false;
    va_list args;
    va_start(args, fmt);
    set_text(err->next, sizeof err->next, fmt, args);
    va_end(args);
    return false;
}

const char *hw_err_text(const struct hw_err *err, char *out, size_t size)
{
    snprintf(out, size, "%s%s%s%s%s", err->place, err->place[0] ? ": " : "", err->what,
             err->next[0] ? "\n" : "", err->next);
    return out;
}

int hw_err_exit_status(const struct hw_err *err)
{
    switch (err->code) {
    case HW_OK:
        return 0;
    case HW_ERR_USAGE:
    case HW_ERR_INPUT:
        return 2;
    case HW_ERR_CHECK:
        return 3;
    case HW_ERR_AUTH:
        return 4;
    case HW_ERR_INTERRUPTED:
        return 5;
    case HW_ERR_IO:
    case HW_ERR_NETWORK:
    case HW_ERR_THROTTLED:
    case HW_ERR_NOT_FOUND:
    case HW_ERR_SERVICE:
    case HW_ERR_PROTOCOL:
    case HW_ERR_LIMIT:
    case HW_ERR_CANCELLED:
    case HW_ERR_BUSY:
        return 1;
    }
    return 1;
}
