/* SPDX-License-Identifier: Apache-2.0 */
#include "node/tail.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/text.h"
#include "node/glob.h"
#include "node/tail_parts.h"

/* A file that has been quiet for long is looked at less often: a thousand nodes have ten thousand
 * of them. */
#define QUIET_VISITS  20u
#define QUIET_WAIT    3u
#define SILENT_VISITS 60u
#define SILENT_WAIT   7u

#define LATE_ROUNDS  20u /* a writer may hold on to a rotated log for a while */
#define KNOWN_ENOUGH 16u /* bytes read of a file before it can be told from others */

static void round_begin(void *data);

void hw_tail_tell(struct hw_tail *tail, const struct hw_frame *frame)
{
    tail->options.frame(tail->options.data, frame);
}

/* Paths. */

static struct hw_path *find_path(const struct hw_tail *tail, const char *text)
{
    for (size_t i = 0; i < tail->path_count; i++) {
        if (hw_text_equal_nocase(tail->paths[i].text, text))
            return &tail->paths[i];
    }
    return NULL;
}

static struct hw_path *get_path(struct hw_tail *tail, const char *text)
{
    struct hw_path *path = find_path(tail, text);
    if (path)
        return path;
    hw_grow(&tail->paths, &tail->path_capacity, tail->path_count, sizeof *tail->paths);
    path = &tail->paths[tail->path_count++];
    *path = (struct hw_path){.text = hw_strdup(text)};
    return path;
}

static bool is_new(const struct hw_tail *tail, const struct hw_path *path)
{
    return !hw_files_find(tail->options.files, path->text);
}

static bool is_wanted(const struct hw_tail *tail, const char *path)
{
    for (size_t i = 0; i < tail->options.pattern_count; i++) {
        if (hw_glob_path(tail->options.patterns[i], path))
            return true;
    }
    return false;
}

/* A file that was read in an earlier session and is no longer found may have been renamed, or was
 * already then and not read to its end. */
static void add_earlier(struct hw_tail *tail)
{
    const struct hw_files *files = tail->options.files;
    for (size_t i = 0; i < files->count; i++) {
        const struct hw_file *file = files->items[i];
        bool renamed = strcmp(file->path, file->name) != 0;
        if (!find_path(tail, file->path) && (renamed || is_wanted(tail, file->path)))
            get_path(tail, file->path)->rounds = renamed ? LATE_ROUNDS : 1;
    }
}

static void drop_forgotten(struct hw_tail *tail)
{
    size_t kept = 0;
    for (size_t i = 0; i < tail->path_count; i++) {
        struct hw_path *path = &tail->paths[i];
        if (path->found || path->rounds || !is_new(tail, path))
            tail->paths[kept++] = *path;
        else
            free(path->text);
    }
    tail->path_count = kept;
}

/* Rounds. */

static bool is_busy(const struct hw_tail *tail)
{
    for (size_t i = 0; i < HW_TAIL_VISITS; i++) {
        if (tail->visits[i])
            return true;
    }
    return tail->search || tail->scan;
}

static void start_visit(struct hw_tail *tail, size_t slot, struct hw_path *path)
{
    struct hw_file *file = hw_files_find(tail->options.files, path->text);
    enum hw_visit_mode mode = path->accept ? HW_VISIT_ACCEPT : HW_VISIT_FOLLOW;
    path->accept = false;
    if (path->rounds)
        path->rounds--;
    tail->visits[slot] = hw_visit_start(tail, mode, path->text, file);
}

static bool is_visited(const struct hw_tail *tail, const struct hw_path *path)
{
    for (size_t i = 0; i < HW_TAIL_VISITS; i++) {
        if (tail->visits[i] && hw_text_equal_nocase(tail->visits[i]->path, path->text))
            return true;
    }
    return false;
}

/* The next path that is due, or NULL. */
static struct hw_path *next_path(struct hw_tail *tail)
{
    for (size_t i = 0; tail->urgent && i < tail->path_count; i++) {
        if (tail->paths[i].urgent) {
            tail->paths[i].urgent = false;
            tail->urgent--;
            return &tail->paths[i];
        }
    }
    while (tail->next < tail->path_count) {
        struct hw_path *path = &tail->paths[tail->next++];
        bool due = (path->found || path->rounds) && !is_visited(tail, path);
        if (!due || is_new(tail, path) != tail->news)
            continue;
        if (!path->wait)
            return path;
        path->wait--;
    }
    return NULL;
}

static void round_end(struct hw_tail *tail)
{
    struct hw_frame beat = {.kind = HW_FRAME_BEAT};
    tail->timer = hw_loop_timer(tail->options.loop, tail->options.poll_ms, round_begin, tail);
    hw_tail_tell(tail, &beat);
}

/* First the files that were seen before, then the others: a rotated log must be known again under
 * its new name before that is taken for a file of its own. */
static void go_on(struct hw_tail *tail)
{
    for (size_t slot = 0; slot < HW_TAIL_VISITS; slot++) {
        struct hw_path *path = tail->visits[slot] ? NULL : next_path(tail);
        if (path)
            start_visit(tail, slot, path);
    }
    if (is_busy(tail))
        return;
    if (!tail->news && !tail->deferred) {
        tail->news = true;
        tail->next = 0;
        go_on(tail);
        return;
    }
    round_end(tail);
}

/* A file that was not there before may be another one under a new name, however quiet that was. */
static void wake_quiet(struct hw_tail *tail)
{
    bool news = false;
    for (size_t i = 0; i < tail->path_count && !news; i++)
        news = tail->paths[i].found && !tail->paths[i].missing && is_new(tail, &tail->paths[i]);
    for (size_t i = 0; news && i < tail->path_count; i++)
        tail->paths[i].wait = 0;
}

static void on_scan(struct hw_tail *tail, struct hw_strv *found)
{
    for (size_t i = 0; i < tail->path_count; i++) {
        struct hw_path *path = &tail->paths[i];
        path->rounds += path->found && !path->rounds; /* where it went is looked for */
        path->found = false;
    }
    for (size_t i = 0; i < found->count; i++)
        get_path(tail, found->items[i])->found = true;
    add_earlier(tail);
    drop_forgotten(tail);
    wake_quiet(tail);
    hw_scan_free(tail->scan);
    tail->scan = NULL;
    go_on(tail);
}

static void round_begin(void *data)
{
    struct hw_tail *tail = data;
    int64_t now = hw_clock_monotonic_ms();
    tail->timer = NULL;
    tail->next = 0;
    tail->news = tail->deferred = false;
    if (now < tail->scan_due_ms) {
        go_on(tail);
        return;
    }
    tail->scan_due_ms = now + tail->options.scan_ms;
    tail->scan = hw_scan_start(tail, on_scan);
}

/* What a visit found. */

static bool can_search(const struct hw_file *file)
{
    return file && file->offset >= KNOWN_ENOUGH && file->tail_length > 0;
}

/* path: of the visit. It is no longer what it was. */
static void look_for(struct hw_tail *tail, struct hw_path *path, struct hw_file *file, bool missing)
{
    if (!can_search(file)) {
        path->missing = missing;
        path->accept = !missing;
    } else if (tail->search) {
        tail->deferred = true;
        path->rounds++;
    } else {
        path->missing = missing;
        path->accept = !missing;
        tail->search = hw_search_start(tail, file);
    }
}

static void set_wait(struct hw_path *path, const struct hw_file *file)
{
    uint64_t offset = file ? file->offset : 0;
    path->idle = offset == path->offset ? path->idle + 1 : 0;
    path->offset = offset;
    path->wait = path->idle >= SILENT_VISITS  ? SILENT_WAIT
                 : path->idle >= QUIET_VISITS ? QUIET_WAIT
                                              : 0;
}

static void take_visit(struct hw_tail *tail, struct hw_visit *visit, enum hw_visit_end how)
{
    struct hw_path *path = find_path(tail, visit->path);
    if (!path)
        return;
    if (how == HW_VISIT_READ || path->missing)
        set_wait(path, visit->file);
    else
        path->idle = path->wait = 0;
    if (how == HW_VISIT_READ)
        path->missing = false;
    else if (how == HW_VISIT_OTHER || !path->missing)
        look_for(tail, path, visit->file, how == HW_VISIT_MISSING);
}

void hw_tail_visited(struct hw_visit *visit, enum hw_visit_end how)
{
    struct hw_tail *tail = visit->tail;
    if (visit->mode == HW_VISIT_COMPARE) {
        hw_search_visited(tail->search, how);
    } else {
        for (size_t i = 0; i < HW_TAIL_VISITS; i++) {
            if (tail->visits[i] == visit)
                tail->visits[i] = NULL;
        }
        take_visit(tail, visit, how);
        go_on(tail);
    }
    hw_visit_free(visit);
}

void hw_tail_searched(struct hw_tail *tail, struct hw_file *file, const char *found)
{
    hw_auto_text path = hw_strdup(found);
    hw_search_free(tail->search);
    tail->search = NULL;
    if (path) {
        struct hw_path *old = find_path(tail, file->path);
        struct hw_frame name = {.kind = HW_FRAME_FILE,
                                .id = file->id,
                                .offset = file->offset,
                                .length = file->offset,
                                .text = file->path};
        struct hw_frame frame = {.kind = HW_FRAME_RENAMED, .id = file->id, .text = path};
        hw_trace("ssh", "%s is now %s", file->path, path);
        if (old)
            old->accept = old->missing = false;
        if (!file->known)
            hw_tail_tell(tail, &name);
        hw_tail_tell(tail, &frame);
        struct hw_path *late = get_path(tail, path);
        late->rounds = LATE_ROUNDS;
        tail->urgent += !late->urgent;
        late->urgent = true;
    }
    go_on(tail);
}

/* Life. */

/* Behind all that an earlier tail of the same session may have given. */
static uint64_t free_id(const struct hw_files *files)
{
    uint64_t id = files->count;
    for (size_t i = 0; i < files->count; i++) {
        if (files->items[i]->known && files->items[i]->id >= id)
            id = files->items[i]->id + 1;
    }
    return id;
}

struct hw_tail *hw_tail_new(const struct hw_tail_options *options)
{
    struct hw_tail *tail = HW_NEW(struct hw_tail);
    tail->options = *options;
    tail->next_id = free_id(options->files);
    tail->timer = hw_loop_timer(options->loop, 0, round_begin, tail);
    return tail;
}

void hw_tail_free(struct hw_tail *tail)
{
    if (!tail)
        return;
    hw_timer_cancel(tail->timer);
    for (size_t i = 0; i < HW_TAIL_VISITS; i++)
        hw_visit_free(tail->visits[i]);
    hw_search_free(tail->search);
    hw_scan_free(tail->scan);
    for (size_t i = 0; i < tail->path_count; i++)
        free(tail->paths[i].text);
    free(tail->paths);
    free(tail);
}
