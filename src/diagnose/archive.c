/* SPDX-License-Identifier: Apache-2.0 */
#include "diagnose/archive.h"

#include <archive.h>
#include <archive_entry.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/mem.h"

#define BLOCK 65536u

/* Writing. */

static la_ssize_t take_bytes(struct archive *archive HW_UNUSED, void *data, const void *bytes,
                             size_t n)
{
    return hw_buf_add(data, bytes, n) ? (la_ssize_t)n : -1;
}

static bool put_item(struct archive *archive, const char *root, const struct hw_archive_item *item)
{
    struct archive_entry *entry = archive_entry_new();
    hw_auto_text name = hw_format("%s/%s", root, item->name);
    archive_entry_set_pathname(entry, name);
    archive_entry_set_filetype(entry, AE_IFREG);
    archive_entry_set_perm(entry, 0600);
    archive_entry_set_size(entry, (la_int64_t)item->size);
    archive_entry_set_mtime(entry, (time_t)(hw_clock_wall_ms() / 1000), 0);
    bool ok = archive_write_header(archive, entry) == ARCHIVE_OK &&
              archive_write_data(archive, item->bytes, item->size) == (la_ssize_t)item->size;
    archive_entry_free(entry);
    return ok;
}

static bool pack(struct archive *archive, const char *root, const struct hw_archive_item *items,
                 size_t count, struct hw_buf *out)
{
    bool ok = archive_write_set_format_pax_restricted(archive) == ARCHIVE_OK &&
              archive_write_add_filter_gzip(archive) == ARCHIVE_OK &&
              archive_write_open(archive, out, NULL, take_bytes, NULL) == ARCHIVE_OK;
    for (size_t i = 0; ok && i < count; i++)
        ok = put_item(archive, root, &items[i]);
    return ok && archive_write_close(archive) == ARCHIVE_OK;
}

bool hw_archive_write(const char *path, const char *root, const struct hw_archive_item *items,
                      size_t count, struct hw_err *err)
{
    hw_auto(hw_buf) out = HW_BUF(HW_MAX_BUNDLE);
    struct archive *archive = archive_write_new();
    bool ok = pack(archive, root, items, count, &out);
    if (!ok)
        hw_fail(err, HW_ERR_IO, _("cannot pack '%s': %s"), path, archive_error_string(archive));
    archive_write_free(archive);
    return ok && hw_file_write(path, out.data, out.len, 0600, err);
}

/* Reading. */

static bool read_item(struct archive *archive, size_t limit, struct hw_buf *out)
{
    char block[BLOCK];
    la_ssize_t n;
    hw_buf_clear(out);
    while ((n = archive_read_data(archive, block, sizeof block)) > 0) {
        size_t room = limit - out->len;
        hw_buf_add(out, block, (size_t)n < room ? (size_t)n : room);
    }
    return n == 0;
}

static bool unpack(struct archive *archive, size_t limit, hw_archive_fn *fn, void *data)
{
    struct archive_entry *entry;
    hw_auto(hw_buf) bytes = HW_BUF(limit);
    unsigned count = 0;
    int code;
    while ((code = archive_read_next_header(archive, &entry)) == ARCHIVE_OK) {
        const char *name = archive_entry_pathname(entry);
        if (!name || archive_entry_filetype(entry) != AE_IFREG)
            continue;
        if (++count > HW_MAX_BUNDLE_FILES)
            return true;
        hw_auto_text kept = hw_strdup(name);
        if (!read_item(archive, limit, &bytes))
            return false;
        struct hw_archive_item item = {kept, hw_buf_cstr(&bytes), bytes.len};
        fn(data, &item);
    }
    return code == ARCHIVE_EOF;
}

bool hw_archive_read(const char *path, size_t limit, hw_archive_fn *fn, void *data,
                     struct hw_err *err)
{
    struct archive *archive = archive_read_new();
    bool ok = archive_read_support_filter_gzip(archive) == ARCHIVE_OK &&
              archive_read_support_format_tar(archive) == ARCHIVE_OK &&
              archive_read_open_filename(archive, path, BLOCK) == ARCHIVE_OK &&
              unpack(archive, limit, fn, data);
    if (!ok)
        hw_fail(err, HW_ERR_INPUT, _("cannot read the archive '%s': %s"), path,
                archive_error_string(archive));
    archive_read_free(archive);
    return ok;
}
