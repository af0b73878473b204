/* SPDX-License-Identifier: Apache-2.0 */
/* The cluster file (contract section 2): YAML 1.1, read by libyaml events so that every error
 * has file:line:column, written whole or not at all, mode 0600, never a secret value. */
#ifndef HW_MODEL_CLUSTER_YAML_H
#define HW_MODEL_CLUSTER_YAML_H

#include "base/buf.h"
#include "model/cluster.h"

/* name: as errors call it (the path). Unknown key (with the nearest known one), wrong type,
 * duplicate key, missing required key (unless `partial`), second document, alias, control
 * character, limits: HW_ERR_INPUT with err->place = "name:line:column". */
bool hw_cluster_parse(const char *name, const char *text, size_t length, bool partial,
                      struct hw_cluster **ret, struct hw_err *err);
/* The same from a file, whose bytes are kept in text (limit HW_MAX_CLUSTER_FILE). */
bool hw_cluster_load(const char *path, bool partial, struct hw_buf *text, struct hw_cluster **ret,
                     struct hw_err *err);
bool hw_cluster_read(const char *path, bool partial, struct hw_cluster **ret, struct hw_err *err);

/* What was set, in schema order. With comments: every field, each explained, the unset ones
 * with their default or, without one, commented out (`hpcwiz new`). */
bool hw_cluster_print(const struct hw_cluster *cluster, bool comments, struct hw_buf *out);
bool hw_cluster_write(const struct hw_cluster *cluster, const char *path, bool comments,
                      struct hw_err *err);

#endif
