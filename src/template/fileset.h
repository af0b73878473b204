/* SPDX-License-Identifier: Apache-2.0 */
/* Filling a fileset; for generate.c and the tests. */
#ifndef HW_TEMPLATE_FILESET_H
#define HW_TEMPLATE_FILESET_H

#include "template/generate.h"

/* Takes file->path and file->bytes over; mode 0 becomes 0644. */
void hw_fileset_take(struct hw_fileset *set, const struct hw_file *file);
void hw_fileset_sort(struct hw_fileset *set);

#define HW_SHA256_HEX 65
void hw_sha256_hex(const void *bytes, size_t count, char out[HW_SHA256_HEX]);

/* Adds MANIFEST.json for what is in the set; source is the cluster file. */
bool hw_fileset_manifest(struct hw_fileset *set, const char *cluster, struct hw_span source,
                         struct hw_err *err);

#endif
