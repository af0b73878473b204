/* SPDX-License-Identifier: Apache-2.0 */
/* Secret values that can be found in a text without being kept, in about a nanosecond a byte also
 * when there are thousands. Of each value its length, 18 bits of a hash of its first four bytes, 16
 * of one of all of them and a MAC are known (HMAC-SHA-256, 128 bits), all under keys that are made
 * anew in each process and lie where core dumps do not reach. A place in a text is told by the
 * first hash, then by the second, then proven by the MAC. */
#ifndef HW_LOGS_WINDOWS_H
#define HW_LOGS_WINDOWS_H

#include "base/buf.h"

struct hw_windows;

struct hw_windows *hw_windows_new(void);
void hw_windows_free(struct hw_windows *windows); /* NULL allowed */
size_t hw_windows_count(const struct hw_windows *windows);

/* Learns a value; the caller wipes it. whole_run: the value is a part of base64 text, and where it
 * stands all of that text is meant. False: it has less than four bytes, or the most values are
 * known already. */
bool hw_windows_add(struct hw_windows *windows, const char *bytes, size_t n, bool whole_run);

typedef void hw_windows_fn(void *data, size_t start, size_t end, bool whole_run);
/* Tells every place where a value stands, in no order; places may overlap. */
void hw_windows_find(const struct hw_windows *windows, const char *text, size_t n,
                     hw_windows_fn *found, void *data);

#endif
