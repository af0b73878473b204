/* SPDX-License-Identifier: Apache-2.0 */
#include "logs/spool.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mem.h"

#define TAIL_BYTES   (256u * 1024u) /* in memory before they go into the file */
#define WINDOW_BYTES (64u * 1024u)
#define WINDOWS      16u

/* A stretch of the file that was read. */
struct window {
    uint64_t start;
    size_t size;
    char *bytes; /* NULL: free */
};

struct hw_spool {
    int fd;        /* -1: no file yet */
    uint64_t head; /* what lies before was dropped */
    uint64_t base; /* place of tail[0]; what lies before is in the file */
    char *tail;
    size_t tail_size, tail_capacity;
    int broken; /* errno of the write that failed; 0: none */
    struct window windows[WINDOWS];
    char *large;
    size_t large_capacity;
    char *map; /* of the last scan; NULL: none */
    size_t map_size;
};

struct hw_spool *hw_spool_new(void)
{
    struct hw_spool *spool = HW_NEW(struct hw_spool);
    spool->fd = -1;
    return spool;
}

static void unmap(struct hw_spool *spool)
{
    if (spool->map)
        munmap(spool->map, spool->map_size);
    spool->map = NULL;
}

void hw_spool_free(struct hw_spool *spool)
{
    if (!spool)
        return;
    if (spool->fd >= 0)
        close(spool->fd);
    for (size_t i = 0; i < WINDOWS; i++)
        free(spool->windows[i].bytes);
    unmap(spool);
    free(spool->tail);
    free(spool->large);
    free(spool);
}

/* The file. */

static int open_nameless(const char *folder)
{
    int fd = open(folder, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    if (fd >= 0)
        return fd;
    hw_auto_text path = hw_path_join(folder, "spool-XXXXXX"); /* not every file system can */
    fd = mkostemp(path, O_CLOEXEC);
    if (fd >= 0)
        unlink(path);
    return fd;
}

/* The state folder lies on a disk; a temporary one may be memory. */
static int open_file(void)
{
    hw_auto_text state = NULL;
    int fd = hw_dir_state(&state, NULL) ? open_nameless(state) : -1;
    const char *temporary = getenv("TMPDIR");
    return fd >= 0 ? fd : open_nameless(temporary && *temporary ? temporary : "/tmp");
}

static bool write_all(int fd, const char *bytes, size_t n, uint64_t place)
{
    while (n) {
        ssize_t written = pwrite(fd, bytes, n, (off_t)place);
        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0)
            return false;
        bytes += written;
        place += (uint64_t)written;
        n -= (size_t)written;
    }
    return true;
}

static void flush_tail(struct hw_spool *spool)
{
    if (spool->fd < 0)
        spool->fd = open_file();
    if (spool->fd < 0 || !write_all(spool->fd, spool->tail, spool->tail_size, spool->base)) {
        spool->broken = errno ? errno : EIO;
        return;
    }
    spool->base += spool->tail_size;
    spool->tail_size = 0;
}

uint64_t hw_spool_end(const struct hw_spool *spool)
{
    return spool->base + spool->tail_size;
}

char *hw_spool_room(struct hw_spool *spool, size_t n, uint64_t *ret_place)
{
    if (spool->tail_size + n > TAIL_BYTES && spool->tail_size && !spool->broken)
        flush_tail(spool);
    if (spool->tail_size + n > spool->tail_capacity) {
        size_t capacity = spool->tail_capacity ? spool->tail_capacity : 4096;
        while (capacity < spool->tail_size + n)
            capacity *= 2;
        spool->tail = hw_realloc(spool->tail, capacity, 1);
        spool->tail_capacity = capacity;
    }
    char *room = spool->tail + spool->tail_size;
    *ret_place = hw_spool_end(spool);
    spool->tail_size += n;
    return room;
}

uint64_t hw_spool_append(struct hw_spool *spool, const void *bytes, size_t n)
{
    uint64_t place;
    memcpy(hw_spool_room(spool, n, &place), bytes, n);
    return place;
}

/* Reading. */

static size_t read_file(const struct hw_spool *spool, char *bytes, size_t n, uint64_t place)
{
    size_t have = 0;
    while (have < n) {
        ssize_t got = pread(spool->fd, bytes + have, n - have, (off_t)(place + have));
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            break;
        have += (size_t)got;
    }
    return have;
}

/* The window that begins at start, read when it is another or shorter than needed. */
static const struct window *window_at(struct hw_spool *spool, uint64_t start, size_t needed)
{
    struct window *window = &spool->windows[start / WINDOW_BYTES % WINDOWS];
    if (window->bytes && window->start == start && window->size >= needed)
        return window;
    if (!window->bytes)
        window->bytes = hw_alloc(WINDOW_BYTES);
    uint64_t there = spool->base - start;
    window->start = start;
    window->size =
        read_file(spool, window->bytes, there < WINDOW_BYTES ? (size_t)there : WINDOW_BYTES, start);
    return window->size >= needed ? window : NULL;
}

/* What lies across windows, or partly in memory. */
static const char *read_large(struct hw_spool *spool, uint64_t place, size_t n)
{
    if (n > spool->large_capacity) {
        spool->large = hw_realloc(spool->large, n, 1);
        spool->large_capacity = n;
    }
    size_t filed = place >= spool->base ? 0 : (size_t)(spool->base - place);
    filed = filed < n ? filed : n;
    if (read_file(spool, spool->large, filed, place) != filed)
        return NULL;
    if (filed < n)
        memcpy(spool->large + filed, spool->tail + (place + filed - spool->base), n - filed);
    return spool->large;
}

const char *hw_spool_read(struct hw_spool *spool, uint64_t place, size_t n)
{
    if (place < spool->head || n > HW_SPOOL_READ || place + n > hw_spool_end(spool))
        return NULL;
    if (place >= spool->base)
        return spool->tail + (place - spool->base);
    uint64_t start = place - place % WINDOW_BYTES;
    size_t at = (size_t)(place - start);
    if (at + n > WINDOW_BYTES || place + n > spool->base)
        return read_large(spool, place, n);
    const struct window *window = window_at(spool, start, at + n);
    return window ? window->bytes + at : NULL;
}

/* A mapping that is kept would count as memory: it lives until the next scan alone. Not every file
 * system can map a file, nor may every process: then the bytes are copied. */
const char *hw_spool_scan(struct hw_spool *spool, uint64_t place, size_t most, size_t *ret_n)
{
    *ret_n = 0;
    unmap(spool);
    if (place < spool->head || place >= hw_spool_end(spool))
        return NULL;
    uint64_t left = (place >= spool->base ? hw_spool_end(spool) : spool->base) - place;
    size_t n = left < most ? (size_t)left : most;
    if (place >= spool->base) {
        *ret_n = n;
        return spool->tail + (place - spool->base);
    }
    uint64_t start = place - place % WINDOW_BYTES;
    spool->map_size = n + (size_t)(place - start);
    void *map = mmap(NULL, spool->map_size, PROT_READ, MAP_SHARED, spool->fd, (off_t)start);
    spool->map = map == MAP_FAILED ? NULL : map;
    const char *bytes = spool->map ? spool->map + (place - start) : read_large(spool, place, n);
    *ret_n = bytes ? n : 0;
    return bytes;
}

/* Dropping. */

static void drop_from_tail(struct hw_spool *spool, uint64_t place)
{
    size_t gone = (size_t)(place - spool->base);
    if (gone * 2 < spool->tail_size) /* moving the rest costs as much as it frees, or less */
        return;
    memmove(spool->tail, spool->tail + gone, spool->tail_size - gone);
    spool->tail_size -= gone;
    spool->base = place;
}

void hw_spool_drop(struct hw_spool *spool, uint64_t place)
{
    if (place <= spool->head || place > hw_spool_end(spool))
        return;
    uint64_t filed = place < spool->base ? place : spool->base;
    if (spool->fd >= 0 && filed > spool->head)
        (void)!fallocate(spool->fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, (off_t)spool->head,
                         (off_t)(filed - spool->head));
    spool->head = place;
    if (place > spool->base && spool->broken)
        drop_from_tail(spool, place);
}

size_t hw_spool_memory(const struct hw_spool *spool)
{
    return spool->tail_size;
}

bool hw_spool_is_broken(const struct hw_spool *spool, struct hw_err *err)
{
    if (!spool->broken)
        return false;
    errno = spool->broken;
    hw_fail_errno(err, _("log lines cannot be kept on disk, only in memory"));
    return true;
}
