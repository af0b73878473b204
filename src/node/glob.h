/* SPDX-License-Identifier: Apache-2.0 */
/* Patterns of paths on a node: C:\Windows\Temp\HPCSetupLogs*\*.txt. '*' is any run of characters
 * within a name, '?' any one; case of ASCII letters does not count, as on Windows. A path that
 * begins with '/' is one of another system and stays as it is. */
#ifndef HW_NODE_GLOB_H
#define HW_NODE_GLOB_H

#include "base/buf.h"

/* One name against one part of a pattern, of n bytes. */
bool hw_glob_name(const char *part, size_t n, const char *name);
/* A whole path against a whole pattern. */
bool hw_glob_path(const char *pattern, const char *path);
/* The first part that holds a wildcard, and where it begins in the pattern; false: none does.
 * What stands before it ends with its separator. */
bool hw_glob_first_wild(const char *pattern, size_t *ret_begin, size_t *ret_length);

/* "C:\a\b" as SFTP writes it ("/C:/a/b"; Win32-OpenSSH, sftp-server.c). */
bool hw_glob_sftp_path(struct hw_buf *out, const char *path, size_t n);
/* A name that a node gave for something in a folder, which may be hostile: one part of a path,
 * neither "." nor "..", valid UTF-8 without control characters or wildcards. */
bool hw_glob_name_is_sane(const char *name, size_t n);

#define HW_GLOB_NAME_MAX 255u /* of one part, in bytes: NTFS takes 255 units of UTF-16 */

#endif
