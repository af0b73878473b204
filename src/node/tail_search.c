/* SPDX-License-Identifier: Apache-2.0 */
/* Where a file went that is no longer under its name: a rotated log lies beside its successor,
 * under a name that begins alike (ERRORLOG.1, agent-2026-11-22.log). */
#include "base/text.h"
#include "node/tail_parts.h"

#define CANDIDATES 32u

struct hw_search {
    struct hw_tail *tail;
    struct hw_file *file;
    struct hw_strv candidates;
    size_t next;
    struct hw_listing *listing;
    struct hw_visit *visit;
    struct hw_timer *timer;
};

void hw_search_free(struct hw_search *search)
{
    if (!search)
        return;
    hw_timer_cancel(search->timer);
    hw_listing_free(search->listing);
    hw_visit_free(search->visit);
    hw_strv_done(&search->candidates);
    free(search);
}

static size_t folder_length(const char *path)
{
    size_t length = strlen(path);
    while (length && path[length - 1] != '\\' && path[length - 1] != '/')
        length--;
    return length;
}

static bool begins_nocase(const char *name, const char *begin, size_t n)
{
    hw_auto_text cut = hw_strndup(name, strnlen(name, n));
    hw_auto_text wanted = hw_strndup(begin, n);
    return hw_text_equal_nocase(cut, wanted);
}

static void on_end(void *data)
{
    struct hw_search *search = data;
    search->timer = NULL;
    hw_tail_searched(search->tail, search->file, NULL);
}

static void try_next(struct hw_search *search)
{
    if (search->next < search->candidates.count)
        search->visit = hw_visit_start(search->tail, HW_VISIT_COMPARE,
                                       search->candidates.items[search->next++], search->file);
    else
        search->timer = hw_loop_timer(search->tail->options.loop, 0, on_end, search);
}

void hw_search_visited(struct hw_search *search, enum hw_visit_end how)
{
    search->visit = NULL;
    if (how != HW_VISIT_READ)
        try_next(search);
    else
        hw_tail_searched(search->tail, search->file, search->candidates.items[search->next - 1]);
}

static void on_listing(void *data, const struct hw_name *names, size_t count)
{
    struct hw_search *search = data;
    const char *path = search->file->path;
    size_t folder = folder_length(path);
    size_t stem = strcspn(path + folder, ".");
    search->listing = NULL;
    for (size_t i = 0; i < count && search->candidates.count < CANDIDATES; i++) {
        if (names[i].is_folder || !begins_nocase(names[i].text, path + folder, stem))
            continue;
        char *candidate = hw_format("%.*s%s", (int)folder, path, names[i].text);
        if (hw_files_find(search->tail->options.files, candidate))
            free(candidate); /* itself, or one that is followed already */
        else
            hw_strv_take(&search->candidates, candidate);
    }
    try_next(search);
}

struct hw_search *hw_search_start(struct hw_tail *tail, struct hw_file *file)
{
    struct hw_search *search = HW_NEW(struct hw_search);
    search->tail = tail;
    search->file = file;
    search->listing =
        hw_listing_start(tail, file->path, folder_length(file->path), on_listing, search);
    return search;
}
