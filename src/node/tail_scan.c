/* SPDX-License-Identifier: Apache-2.0 */
/* Folders: what is in one, and which paths match the patterns. */
#include "base/log.h"
#include "base/text.h"
#include "node/glob.h"
#include "node/tail_parts.h"

struct hw_listing {
    struct hw_tail *tail;
    struct hw_buf handle;
    struct hw_name *names;
    size_t count, capacity;
    hw_listing_fn *fn;
    void *data;
};

struct folder {
    char *path;
    struct hw_name *names;
    size_t count;
};

struct hw_scan {
    struct hw_tail *tail;
    struct hw_strv left; /* patterns still to be looked at, the next one last */
    struct hw_strv found;
    struct folder *folders; /* that were read in this scan: several patterns share one */
    size_t folder_count, folder_capacity;
    size_t name_count; /* in all of them */
    char *pattern;     /* under way */
    size_t wild, wild_length;
    struct hw_listing *listing;
    struct hw_timer *timer;
    hw_scan_fn *fn;
};

/* One folder. */

static void free_names(struct hw_name *names, size_t count)
{
    for (size_t i = 0; i < count; i++)
        free(names[i].text);
    free(names);
}

static struct hw_span handle_of(const struct hw_buf *handle)
{
    return (struct hw_span){handle->data, handle->len};
}

void hw_listing_free(struct hw_listing *listing)
{
    if (!listing)
        return;
    if (listing->handle.len)
        hw_sftp_close(listing->tail->options.sftp, handle_of(&listing->handle));
    free_names(listing->names, listing->count);
    hw_buf_done(&listing->handle);
    free(listing);
}

static void on_names(void *data, const struct hw_sftp_reply *answer);

static void end_listing(struct hw_listing *listing)
{
    struct hw_listing copy = *listing;
    listing->names = NULL;
    listing->count = 0;
    hw_listing_free(listing);
    copy.fn(copy.data, copy.names, copy.count);
    free_names(copy.names, copy.count);
}

static void add_name(struct hw_listing *listing, struct hw_span name, bool is_folder)
{
    if (!hw_glob_name_is_sane(name.p, name.n) || listing->count >= HW_MAX_FOLDER)
        return;
    hw_grow(&listing->names, &listing->capacity, listing->count, sizeof *listing->names);
    listing->names[listing->count++] =
        (struct hw_name){.text = hw_strndup(name.p, name.n), .is_folder = is_folder};
}

static void on_names(void *data, const struct hw_sftp_reply *answer)
{
    struct hw_listing *listing = data;
    struct hw_sftp_reply reply = *answer;
    struct hw_span name;
    bool is_folder, more = reply.status == HW_SFTP_OK && reply.name_count > 0;
    while (hw_sftp_next_name(&reply, &name, &is_folder))
        add_name(listing, name, is_folder);
    if (more && listing->count < HW_MAX_FOLDER) {
        hw_sftp_list(listing->tail->options.sftp, handle_of(&listing->handle), on_names, listing);
        return;
    }
    end_listing(listing);
}

static void on_folder(void *data, const struct hw_sftp_reply *reply)
{
    struct hw_listing *listing = data;
    if (reply->status != HW_SFTP_OK) {
        end_listing(listing);
        return;
    }
    hw_buf_add(&listing->handle, reply->bytes.p, reply->bytes.n);
    hw_sftp_list(listing->tail->options.sftp, handle_of(&listing->handle), on_names, listing);
}

struct hw_listing *hw_listing_start(struct hw_tail *tail, const char *folder, size_t n,
                                    hw_listing_fn *fn, void *data)
{
    struct hw_listing *listing = HW_NEW(struct hw_listing);
    hw_auto(hw_buf) path = HW_BUF(HW_MAX_NODE_PATH);
    *listing = (struct hw_listing){.tail = tail, .fn = fn, .data = data};
    listing->handle.max = HW_MAX_NODE_PATH;
    hw_glob_sftp_path(&path, folder, n);
    hw_sftp_open_folder(tail->options.sftp, hw_buf_cstr(&path), on_folder, listing);
    return listing;
}

/* All patterns. */

void hw_scan_free(struct hw_scan *scan)
{
    if (!scan)
        return;
    hw_timer_cancel(scan->timer);
    hw_listing_free(scan->listing);
    for (size_t i = 0; i < scan->folder_count; i++) {
        free(scan->folders[i].path);
        free_names(scan->folders[i].names, scan->folders[i].count);
    }
    free(scan->folders);
    hw_strv_done(&scan->left);
    hw_strv_done(&scan->found);
    free(scan->pattern);
    free(scan);
}

static void add_found(struct hw_scan *scan, const char *path)
{
    for (size_t i = 0; i < scan->found.count; i++) {
        if (hw_text_equal_nocase(scan->found.items[i], path))
            return;
    }
    if (scan->found.count < HW_MAX_NODE_FILES)
        hw_strv_add(&scan->found, path);
}

static void match_names(struct hw_scan *scan, const struct hw_name *names, size_t count)
{
    const char *part = scan->pattern + scan->wild;
    const char *rest = part + scan->wild_length;
    for (size_t i = 0; i < count; i++) {
        if (!hw_glob_name(part, scan->wild_length, names[i].text) ||
            strlen(scan->pattern) + strlen(names[i].text) > HW_MAX_NODE_PATH)
            continue;
        char *path = hw_format("%.*s%s%s", (int)scan->wild, scan->pattern, names[i].text, rest);
        if (*rest && scan->left.count < HW_MAX_FOLDER) {
            hw_strv_take(&scan->left, path);
            continue;
        }
        if (!*rest && !names[i].is_folder)
            add_found(scan, path);
        free(path);
    }
}

static const struct folder *known_folder(const struct hw_scan *scan)
{
    for (size_t i = 0; i < scan->folder_count; i++) {
        const char *path = scan->folders[i].path;
        if (strlen(path) == scan->wild && !strncmp(path, scan->pattern, scan->wild))
            return &scan->folders[i];
    }
    return NULL;
}

static struct hw_name *copy_names(const struct hw_name *names, size_t count)
{
    struct hw_name *copy = hw_realloc(NULL, count + 1, sizeof *copy);
    for (size_t i = 0; i < count; i++)
        copy[i] = (struct hw_name){hw_strdup(names[i].text), names[i].is_folder};
    return copy;
}

static void go_on(struct hw_scan *scan);

static void on_listing(void *data, const struct hw_name *names, size_t count)
{
    struct hw_scan *scan = data;
    scan->listing = NULL;
    hw_grow(&scan->folders, &scan->folder_capacity, scan->folder_count, sizeof *scan->folders);
    scan->folders[scan->folder_count++] =
        (struct folder){.path = hw_strndup(scan->pattern, scan->wild),
                        .names = copy_names(names, count),
                        .count = count};
    scan->name_count += count;
    match_names(scan, names, count);
    go_on(scan);
}

static void on_end(void *data)
{
    struct hw_scan *scan = data;
    scan->timer = NULL;
    scan->fn(scan->tail, &scan->found);
}

/* More is kept of no node, whatever it says that it has. */
static bool is_full(const struct hw_scan *scan)
{
    bool full = scan->folder_count >= HW_MAX_SCAN_DIRS || scan->name_count >= HW_MAX_SCAN_NAMES;
    if (full)
        hw_trace("ssh", "too many folders: %s is not looked for", scan->pattern);
    return full;
}

/* Takes patterns until one needs a folder that was not read yet. */
static void go_on(struct hw_scan *scan)
{
    while (scan->left.count) {
        free(scan->pattern);
        scan->pattern = scan->left.items[--scan->left.count];
        if (!hw_glob_first_wild(scan->pattern, &scan->wild, &scan->wild_length)) {
            add_found(scan, scan->pattern);
            continue;
        }
        const struct folder *folder = known_folder(scan);
        if (!folder && is_full(scan))
            continue;
        if (!folder) {
            scan->listing =
                hw_listing_start(scan->tail, scan->pattern, scan->wild, on_listing, scan);
            return;
        }
        match_names(scan, folder->names, folder->count);
    }
    scan->timer = hw_loop_timer(scan->tail->options.loop, 0, on_end, scan);
}

struct hw_scan *hw_scan_start(struct hw_tail *tail, hw_scan_fn *fn)
{
    struct hw_scan *scan = HW_NEW(struct hw_scan);
    scan->tail = tail;
    scan->fn = fn;
    for (size_t i = tail->options.pattern_count; i-- > 0;)
        hw_strv_add(&scan->left, tail->options.patterns[i]);
    go_on(scan);
    return scan;
}
