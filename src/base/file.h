/* SPDX-License-Identifier: Apache-2.0 */
/* Files: read whole with a limit, written whole or not at all, private. */
#ifndef HW_BASE_FILE_H
#define HW_BASE_FILE_H

#include <sys/types.h>

#include "base/buf.h"
#include "base/err.h"

/* Reads a file of at most out->max bytes, appended to out. "-" is not special. A pipe or a device
 * is waited for until a signal comes. */
bool hw_file_read(const char *path, struct hw_buf *out, struct hw_err *err);

/* Says, by errno, why nothing can be made beside path: a missing folder with how to make it. False.
 */
bool hw_fail_beside(struct hw_err *err, const char *path);

/* Writes a temporary file beside path, fsync, rename, fsync of the folder. On failure path is
 * as it was and no temporary file stays behind. Where path is a link, its target is written; what
 * is no regular file is refused. */
bool hw_file_write(const char *path, const void *bytes, size_t count, mode_t mode,
                   struct hw_err *err);

/* mkdir -p with the given mode for what is missing. */
bool hw_dir_make(const char *path, mode_t mode, struct hw_err *err);

/* Removes path and all below it; does not follow symbolic links. Missing = done. */
bool hw_dir_remove(const char *path, struct hw_err *err);

/* A new folder, mode 0700, under $TMPDIR or /tmp: "<tmp>/<prefix>XXXXXX". *ret is the caller's. */
bool hw_dir_private(const char *prefix, char **ret, struct hw_err *err);

/* $XDG_STATE_HOME/hpcwiz or ~/.local/state/hpcwiz (made, 0700); the caller's. */
bool hw_dir_state(char **ret, struct hw_err *err);

/* Where data files lie: $HPCWIZ_DATADIR, else the installed $(pkgdatadir). Joined with name;
 * the caller's. */
char *hw_data_path(const char *name);

char *hw_path_join(const char *folder, const char *name); /* the caller's */
const char *hw_path_base(const char *path);               /* borrowed: behind the last '/' */
bool hw_path_exists(const char *path);
/* The folder that holds path: "." for a bare name. The caller's. */
char *hw_path_folder(const char *path);

/* "~/x" to "$HOME/x"; other paths are copied. The caller's. */
char *hw_path_expand(const char *path);

#endif
