/* SPDX-License-Identifier: Apache-2.0 */
/* The functions of libarchive, each under its own name, from a library that is loaded when the
 * first of them is called: only a bundle needs it (see net/libcurl.c for why loading counts). Where
 * it is absent each function fails as libarchive would. */
#include <archive.h>
#include <archive_entry.h>

#define LIBRARY "libarchive.so.13" /* the name of every libarchive 3 */

#define FUNCTIONS(F)                                                                               \
    F(archive_entry_filetype)                                                                      \
    F(archive_entry_free)                                                                          \
    F(archive_entry_new)                                                                           \
    F(archive_entry_pathname)                                                                      \
    F(archive_entry_set_filetype)                                                                  \
    F(archive_entry_set_mtime)                                                                     \
    F(archive_entry_set_pathname)                                                                  \
    F(archive_entry_set_perm)                                                                      \
    F(archive_entry_set_size)                                                                      \
    F(archive_error_string)                                                                        \
    F(archive_read_data)                                                                           \
    F(archive_read_free)                                                                           \
    F(archive_read_new)                                                                            \
    F(archive_read_next_header)                                                                    \
    F(archive_read_open_filename)                                                                  \
    F(archive_read_support_filter_gzip)                                                            \
    F(archive_read_support_format_tar)                                                             \
    F(archive_write_add_filter_gzip)                                                               \
    F(archive_write_close)                                                                         \
    F(archive_write_data)                                                                          \
    F(archive_write_free)                                                                          \
    F(archive_write_header)                                                                        \
    F(archive_write_new)                                                                           \
    F(archive_write_open)                                                                          \
    F(archive_write_set_format_pax_restricted)

#define PREPARE true

#include "base/lazy.h"

FORWARD(struct archive_entry *, archive_entry_new, (void), (), NULL)
FORWARD_VOID(archive_entry_free, (struct archive_entry * entry), (entry))
FORWARD(__LA_MODE_T, archive_entry_filetype, (struct archive_entry * entry), (entry), 0)
FORWARD(const char *, archive_entry_pathname, (struct archive_entry * entry), (entry), NULL)
FORWARD_VOID(archive_entry_set_filetype, (struct archive_entry * entry, unsigned type),
             (entry, type))
FORWARD_VOID(archive_entry_set_mtime, (struct archive_entry * entry, time_t seconds, long ns),
             (entry, seconds, ns))
FORWARD_VOID(archive_entry_set_pathname, (struct archive_entry * entry, const char *name),
             (entry, name))
FORWARD_VOID(archive_entry_set_perm, (struct archive_entry * entry, __LA_MODE_T mode),
             (entry, mode))
FORWARD_VOID(archive_entry_set_size, (struct archive_entry * entry, la_int64_t size), (entry, size))

FORWARD(const char *, archive_error_string, (struct archive * archive), (archive),
        LIBRARY " is missing")

FORWARD(struct archive *, archive_read_new, (void), (), NULL)
FORWARD(int, archive_read_free, (struct archive * archive), (archive), ARCHIVE_FATAL)
FORWARD(int, archive_read_support_filter_gzip, (struct archive * archive), (archive), ARCHIVE_FATAL)
FORWARD(int, archive_read_support_format_tar, (struct archive * archive), (archive), ARCHIVE_FATAL)
FORWARD(int, archive_read_open_filename,
        (struct archive * archive, const char *path, size_t block_size),
        (archive, path, block_size), ARCHIVE_FATAL)
FORWARD(int, archive_read_next_header, (struct archive * archive, struct archive_entry **entry),
        (archive, entry), ARCHIVE_FATAL)
FORWARD(la_ssize_t, archive_read_data, (struct archive * archive, void *bytes, size_t size),
        (archive, bytes, size), ARCHIVE_FATAL)

FORWARD(struct archive *, archive_write_new, (void), (), NULL)
FORWARD(int, archive_write_free, (struct archive * archive), (archive), ARCHIVE_FATAL)
FORWARD(int, archive_write_close, (struct archive * archive), (archive), ARCHIVE_FATAL)
FORWARD(int, archive_write_add_filter_gzip, (struct archive * archive), (archive), ARCHIVE_FATAL)
FORWARD(int, archive_write_set_format_pax_restricted, (struct archive * archive), (archive),
        ARCHIVE_FATAL)
FORWARD(int, archive_write_open,
        (struct archive * archive, void *data, archive_open_callback *opened,
         archive_write_callback *written, archive_close_callback *closed),
        (archive, data, opened, written, closed), ARCHIVE_FATAL)
FORWARD(int, archive_write_header, (struct archive * archive, struct archive_entry *entry),
        (archive, entry), ARCHIVE_FATAL)
FORWARD(la_ssize_t, archive_write_data, (struct archive * archive, const void *bytes, size_t size),
        (archive, bytes, size), ARCHIVE_FATAL)
