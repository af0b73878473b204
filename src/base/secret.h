/* SPDX-License-Identifier: Apache-2.0 */
/* The only place a secret value may live: locked, kept out of core dumps, zeroed when freed; short
 * ones share pages. From any thread, each of one at a time.
 * A secret is never put into argv, an environment, a log, a file or a screen. */
#ifndef HW_BASE_SECRET_H
#define HW_BASE_SECRET_H

#include "base/err.h"

struct hw_secret;

/* Copies length bytes (at most HW_MAX_SECRET) and leaves wiping of the source to the caller.
 * NULL when too long. */
struct hw_secret *hw_secret_new(const char *bytes, size_t length) HW_USE_RESULT;
/* NULL: of NULL, or no memory. */
struct hw_secret *hw_secret_copy(const struct hw_secret *secret) HW_USE_RESULT;
void hw_secret_free(struct hw_secret *secret); /* NULL allowed */
/* An empty one that takes up to HW_MAX_SECRET bytes as they are typed or read, so that they never
 * stand anywhere else. NULL: no memory. */
struct hw_secret *hw_secret_begin(void) HW_USE_RESULT;
bool hw_secret_add(struct hw_secret *secret, const char *bytes, size_t count); /* false: full */
void hw_secret_cut(struct hw_secret *secret, size_t length); /* to its first length bytes */
/* Compares in a time that does not depend on where they differ. */
bool hw_secret_equal(const struct hw_secret *a, const struct hw_secret *b);
const char *hw_secret_bytes(const struct hw_secret *secret); /* NUL-terminated, borrowed */
size_t hw_secret_length(const struct hw_secret *secret);

/* Zeroes memory that held a secret on its way. */
void hw_wipe(void *memory, size_t size);
/* hw_buf_done for a buffer that held a secret. */
struct hw_buf;
void hw_wipe_buf(struct hw_buf *buf);
/* Room for a secret that will come in pieces, so that growing leaves no copies behind. */
void hw_wipe_buf_reserve(struct hw_buf *buf, size_t size);

/* Keeps the whole process out of core dumps and debuggers of other users (PR_SET_DUMPABLE). */
void hw_secret_protect_process(void);

#endif
