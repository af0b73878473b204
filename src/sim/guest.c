/* SPDX-License-Identifier: Apache-2.0 */
#include "sim/guest.h"

#include "base/mem.h"
#include "base/text.h"

struct sim_guest {
    struct sim_guest_file **files; /* each on its own, so that a borrowed pointer stays good */
    size_t count, capacity;
};

struct sim_guest *sim_guest_new(void)
{
    return HW_NEW(struct sim_guest);
}

static void free_file(struct sim_guest_file *file)
{
    hw_buf_done(&file->bytes);
    free(file->path);
    free(file);
}

void sim_guest_free(struct sim_guest *guest)
{
    if (!guest)
        return;
    for (size_t i = 0; i < guest->count; i++)
        free_file(guest->files[i]);
    free(guest->files);
    free(guest);
}

static size_t place_of(const struct sim_guest *guest, const char *path)
{
    size_t i = 0;
    while (i < guest->count && !hw_text_equal_nocase(guest->files[i]->path, path))
        i++;
    return i;
}

const struct sim_guest_file *sim_guest_find(const struct sim_guest *guest, const char *path)
{
    size_t i = place_of(guest, path);
    return i < guest->count ? guest->files[i] : NULL;
}

static struct sim_guest_file *add_file(struct sim_guest *guest, const char *path,
                                       enum sim_encoding encoding)
{
    if (guest->count >= HW_MAX_SIM_FILES)
        return NULL;
    struct sim_guest_file *file = HW_NEW(struct sim_guest_file);
    file->path = hw_strdup(path);
    file->bytes.max = HW_MAX_SIM_FILE;
    if (encoding == SIM_UTF16LE_BOM)
        hw_buf_add(&file->bytes, "\xFF\xFE", 2);
    else if (encoding == SIM_UTF8_BOM)
        hw_buf_add(&file->bytes, "\xEF\xBB\xBF", 3);
    hw_grow(&guest->files, &guest->capacity, guest->count, sizeof(*guest->files));
    return guest->files[guest->count++] = file;
}

bool sim_guest_write(struct sim_guest *guest, const char *path, enum sim_encoding encoding,
                     bool crlf, const char *line)
{
    size_t i = place_of(guest, path);
    struct sim_guest_file *file =
        i < guest->count ? guest->files[i] : add_file(guest, path, encoding);
    if (!file)
        return false;
    struct hw_buf *bytes = &file->bytes;
    const char *end = crlf ? "\r\n" : "\n";
    if (encoding == SIM_UTF8 || encoding == SIM_UTF8_BOM)
        return hw_buf_text(bytes, line) && hw_buf_text(bytes, end);
    return hw_buf_utf16le(bytes, line, strlen(line)) && hw_buf_utf16le(bytes, end, strlen(end));
}

static char fold(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c;
}

/* Linear: on a mismatch only the last star of the same path component takes one more character. */
static bool glob_fits(const char *glob, const char *path)
{
    const char *star = NULL, *resume = NULL;
    while (*path) {
        if (*glob == '*') {
            star = ++glob;
            resume = path;
        } else if ((*glob == '?' && *path != '\\') || (*glob && fold(*glob) == fold(*path))) {
            glob++;
            path++;
        } else if (star && *resume != '\\') {
            glob = star;
            path = ++resume;
        } else {
            return false;
        }
    }
    while (*glob == '*')
        glob++;
    return *glob == '\0';
}

const struct sim_guest_file *sim_guest_next(const struct sim_guest *guest, const char *glob,
                                            const struct sim_guest_file *after)
{
    size_t i = 0;
    if (after) {
        while (i < guest->count && guest->files[i] != after)
            i++;
        i++;
    }
    for (; i < guest->count; i++) {
        if (glob_fits(glob, guest->files[i]->path))
            return guest->files[i];
    }
    return NULL;
}

bool sim_guest_remove(struct sim_guest *guest, const char *path)
{
    size_t i = place_of(guest, path);
    if (i == guest->count)
        return false;
    free_file(guest->files[i]);
    memmove(&guest->files[i], &guest->files[i + 1], (guest->count - i - 1) * sizeof(*guest->files));
    guest->count--;
    return true;
}
