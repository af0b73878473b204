/* SPDX-License-Identifier: Apache-2.0 */
/* The one error idiom.
 *
 *   bool hw_x(..., struct hw_x **ret, struct hw_err *err);
 *
 * true: done. false: outputs are untouched and *err says what failed, on what, why, and
 * what to do next. A struct hw_err owns nothing and may live on the stack; initialise with
 * `struct hw_err err = {0};`. Every function accepts err == NULL (the caller does not care).
 * On the way up wrap, never swallow:
 *
 *   if (!hw_ini_read(path, &ini, err))
 *       return hw_wrap(err, _("profile '%s'"), name);
 */
#ifndef HW_BASE_ERR_H
#define HW_BASE_ERR_H

#include "base/defs.h"

enum hw_code {
    HW_OK = 0,
    HW_ERR_USAGE,       /* wrong command line */
    HW_ERR_INPUT,       /* unreadable or invalid file or value */
    HW_ERR_CHECK,       /* a pre-flight check found an error */
    HW_ERR_AUTH,        /* no usable credentials, expired, or access denied */
    HW_ERR_INTERRUPTED, /* stopped by the user; can be taken up again */
    HW_ERR_IO,          /* the local machine: disk, memory map, process */
    HW_ERR_NETWORK,     /* no answer, broken connection, TLS refused */
    HW_ERR_THROTTLED,   /* the service asks for fewer requests */
    HW_ERR_NOT_FOUND,   /* the named thing does not exist */
    HW_ERR_SERVICE,     /* the service answered with an error */
    HW_ERR_PROTOCOL,    /* the answer could not be understood */
    HW_ERR_LIMIT,       /* a named limit of base/limits.h was reached */
    HW_ERR_CANCELLED,   /* the caller cancelled it */
    HW_ERR_BUSY,        /* somebody else holds it (a second deployment) */
};

struct hw_err {
    enum hw_code code;
    char what[768];        /* the sentence: what failed and why; never ends with a newline */
    char place[256];       /* file:line:column, field, URL; "" = none */
    char next[256];        /* what to do next; "" = none */
    char service_code[96]; /* the service's own error code ("ThrottlingException"); "" = none */
};

/* Sets *err (if not NULL) and returns false, so that `return hw_fail(err, ...)` reads well. */
bool hw_fail(struct hw_err *err, enum hw_code code, const char *fmt, ...) HW_PRINTF(3, 4);

/* As hw_fail with ": <strerror(errno)>" added; code HW_ERR_IO. */
bool hw_fail_errno(struct hw_err *err, const char *fmt, ...) HW_PRINTF(2, 3);

/* Puts "fmt: " in front of the sentence that is already there. Returns false. */
bool hw_wrap(struct hw_err *err, const char *fmt, ...) HW_PRINTF(2, 3);

/* Says where (line and column count from 1; 0 = unknown). Returns false. */
bool hw_err_at(struct hw_err *err, const char *file, size_t line, size_t column);

/* Says what to do next. Returns false. */
bool hw_err_next(struct hw_err *err, const char *fmt, ...) HW_PRINTF(2, 3);

/* Writes "place: what. next" as one text into out (always ends with NUL). Returns out. */
const char *hw_err_text(const struct hw_err *err, char *out, size_t size);

/* The exit status of contract section 1 for this code (0 to 5). */
int hw_err_exit_status(const struct hw_err *err);

#endif
