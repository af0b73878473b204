/* SPDX-License-Identifier: Apache-2.0 */
/* Attributes, cleanup idiom and translation macros that every file may use. */
#ifndef HW_BASE_DEFS_H
#define HW_BASE_DEFS_H

#include <libintl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/banned.h"

#define HW_PRINTF(fmt, first) __attribute__((format(printf, fmt, first)))
#define HW_FORMAT_ARG(n)      __attribute__((format_arg(n)))
#define HW_USE_RESULT         __attribute__((warn_unused_result))
#define HW_UNUSED             __attribute__((unused))
#define HW_COUNT(array)       (sizeof(array) / sizeof((array)[0]))

/* Scope cleanup: `hw_auto(hw_buf) out = HW_BUF(HW_MAX_FILE);` calls hw_buf_done(&out)
 * when `out` leaves its scope, whichever way. */
#define HW_CLEANUP(fn) __attribute__((cleanup(fn)))
#define hw_auto(type)  HW_CLEANUP(type##_done) struct type

/* gettext. N_ marks a constant that is translated where it is used. */
#define _(text)          gettext(text)
#define N_(text)         text
#define P_(one, many, n) ngettext(one, many, n)

#endif
