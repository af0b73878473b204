/* SPDX-License-Identifier: Apache-2.0 */
/* A .tar.gz, written to a file or read from one (libarchive). */
#ifndef HW_DIAGNOSE_ARCHIVE_H
#define HW_DIAGNOSE_ARCHIVE_H

#include "base/buf.h"
#include "base/err.h"

struct hw_archive_item {
    const char *name;
    const char *bytes;
    size_t size;
};

/* Whole or not at all, mode 0600; every item below the folder `root`. */
bool hw_archive_write(const char *path, const char *root, const struct hw_archive_item *items,
                      size_t count, struct hw_err *err);

/* Calls fn for each regular file, its bytes cut to `limit`. HW_ERR_INPUT: it is no archive, or it
 * is torn. What it holds may be hostile: nothing is written to the disk. */
typedef void hw_archive_fn(void *data, const struct hw_archive_item *item);
bool hw_archive_read(const char *path, size_t limit, hw_archive_fn *fn, void *data,
                     struct hw_err *err);

#endif
