/* SPDX-License-Identifier: Apache-2.0 */
/* The one growing string. Every buffer is born with a maximum; an append beyond it changes
 * nothing, sets `full` and returns false, so that a caller may check once at the end.
 * data is always NUL-terminated after the first append. */
#ifndef HW_BASE_BUF_H
#define HW_BASE_BUF_H

#include <stdarg.h>

#include "base/defs.h"
#include "base/limits.h"

struct hw_buf {
    char *data;
    size_t len, capacity;
    size_t max; /* bytes of content at most */
    bool full;  /* an append was refused */
};

#define HW_BUF(maximum)                                                                            \
    {                                                                                              \
        .max = (maximum)                                                                           \
    }

/* A borrowed stretch of bytes; not NUL-terminated. */
struct hw_span {
    const char *p;
    size_t n;
};

void hw_buf_done(struct hw_buf *buf);
void hw_buf_clear(struct hw_buf *buf); /* keeps the memory */
bool hw_buf_add(struct hw_buf *buf, const void *bytes, size_t count);
bool hw_buf_text(struct hw_buf *buf, const char *text);
bool hw_buf_char(struct hw_buf *buf, char c);
bool hw_buf_fill(struct hw_buf *buf, char c, size_t count);
bool hw_buf_print(struct hw_buf *buf, const char *fmt, ...) HW_PRINTF(2, 3);
bool hw_buf_vprint(struct hw_buf *buf, const char *fmt, va_list args);
void hw_buf_drop(struct hw_buf *buf, size_t count); /* removes bytes from the front */
char *hw_buf_take(struct hw_buf *buf);              /* the caller's; never NULL; buf empty */
const char *hw_buf_cstr(const struct hw_buf *buf);  /* "" when empty */

/* Encodings that several rooms need. The span of out is appended to. */
bool hw_buf_base64(struct hw_buf *buf, const void *bytes, size_t count);
bool hw_buf_unbase64(struct hw_buf *buf, const char *text, size_t count); /* false: malformed */
bool hw_buf_hex(struct hw_buf *buf, const void *bytes, size_t count);     /* lower case */
bool hw_buf_uri(struct hw_buf *buf, const char *text, size_t count, bool keep_slash); /* RFC 3986 */
/* Between single quotes, those in it doubled: as PowerShell, SQL and YAML read it. */
bool hw_buf_quote(struct hw_buf *buf, const char *text);
bool hw_buf_xml(struct hw_buf *buf, const char *text); /* & < > " ' and control bytes escaped */
bool hw_buf_utf16le(struct hw_buf *buf, const char *utf8, size_t count);

#endif
