/* SPDX-License-Identifier: Apache-2.0 */
#include "base/secret.h"

#include <pthread.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/mem.h"

#define PLACE_BYTES 64u
#define PLACES      64u /* the bits of struct shelf */

/* MADV_DONTDUMP and mlock work on whole pages, and RLIMIT_MEMLOCK may allow few of them: the
 * passwords of a thousand nodes share some, each in a place of its own. */
struct shelf {
    struct shelf *next;
    uint64_t taken; /* a bit a place */
    char *bytes;
};

/* Passwords are decrypted on threads of base/work.h. */
static pthread_mutex_t shelves_lock = PTHREAD_MUTEX_INITIALIZER;
static struct shelf *shelves;

struct hw_secret {
    size_t length, room;
    char *bytes;
    struct shelf *shelf; /* NULL: the secret has a mapping of its own */
};

/* NULL: no memory. */
static char *map_pages(size_t size)
{
    void *map = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (map == MAP_FAILED)
        return NULL;
    madvise(map, size, MADV_DONTDUMP);
    mlock(map, size); /* best effort: RLIMIT_MEMLOCK may be small */
    return map;
}

static struct shelf *add_shelf(void)
{
    char *bytes = map_pages(PLACES * PLACE_BYTES);
    if (!bytes)
        return NULL;
    struct shelf *shelf = HW_NEW(struct shelf);
    *shelf = (struct shelf){.next = shelves, .bytes = bytes};
    shelves = shelf;
    return shelf;
}

static void drop_shelf(struct shelf *shelf)
{
    struct shelf **at = &shelves;
    while (*at != shelf)
        at = &(*at)->next;
    *at = shelf->next;
    munmap(shelf->bytes, PLACES * PLACE_BYTES);
    free(shelf);
}

/* The place is zeroed. NULL: no memory. */
static char *take_place(struct shelf **ret)
{
    char *place = NULL;
    pthread_mutex_lock(&shelves_lock);
    struct shelf *shelf = shelves;
    while (shelf && shelf->taken == UINT64_MAX)
        shelf = shelf->next;
    if (!shelf)
        shelf = add_shelf();
    if (shelf) {
        unsigned at = (unsigned)__builtin_ctzll(~shelf->taken);
        shelf->taken |= (uint64_t)1 << at;
        place = shelf->bytes + at * PLACE_BYTES;
    }
    pthread_mutex_unlock(&shelves_lock);
    *ret = shelf;
    return place;
}

static void leave_place(struct shelf *shelf, const char *place)
{
    pthread_mutex_lock(&shelves_lock);
    shelf->taken &= ~((uint64_t)1 << (size_t)(place - shelf->bytes) / PLACE_BYTES);
    if (!shelf->taken)
        drop_shelf(shelf);
    pthread_mutex_unlock(&shelves_lock);
}

static struct hw_secret *begin(size_t most)
{
    struct hw_secret found = {.room = PLACE_BYTES};
    if (most < PLACE_BYTES) {
        found.bytes = take_place(&found.shelf);
    } else {
        size_t page = (size_t)sysconf(_SC_PAGESIZE);
        found.room = (most + page) / page * page;
        found.bytes = map_pages(found.room);
    }
    if (!found.bytes)
        return NULL;
    struct hw_secret *secret = HW_NEW(struct hw_secret);
    *secret = found;
    return secret;
}

struct hw_secret *hw_secret_new(const char *bytes, size_t length)
{
    struct hw_secret *secret = length <= HW_MAX_SECRET ? begin(length) : NULL;
    if (secret)
        hw_secret_add(secret, bytes, length);
    return secret;
}

struct hw_secret *hw_secret_copy(const struct hw_secret *secret)
{
    return secret ? hw_secret_new(secret->bytes, secret->length) : NULL;
}

struct hw_secret *hw_secret_begin(void)
{
    return begin(HW_MAX_SECRET);
}

bool hw_secret_add(struct hw_secret *secret, const char *bytes, size_t count)
{
    if (count >= secret->room - secret->length || secret->length + count > HW_MAX_SECRET)
        return false;
    memcpy(secret->bytes + secret->length, bytes, count);
    secret->length += count;
    return true;
}

void hw_secret_cut(struct hw_secret *secret, size_t length)
{
    if (length >= secret->length)
        return;
    hw_wipe(secret->bytes + length, secret->length - length);
    secret->length = length;
}

bool hw_secret_equal(const struct hw_secret *a, const struct hw_secret *b)
{
    unsigned char differ = 0;
    if (a->length != b->length)
        return false;
    for (size_t i = 0; i < a->length; i++)
        differ |= (unsigned char)(a->bytes[i] ^ b->bytes[i]);
    return differ == 0;
}

void hw_secret_free(struct hw_secret *secret)
{
    if (!secret)
        return;
    hw_wipe(secret->bytes, secret->room);
    if (secret->shelf)
        leave_place(secret->shelf, secret->bytes);
    else
        munmap(secret->bytes, secret->room);
    free(secret);
}

const char *hw_secret_bytes(const struct hw_secret *secret)
{
    return secret->bytes;
}

size_t hw_secret_length(const struct hw_secret *secret)
{
    return secret->length;
}

void hw_wipe(void *memory, size_t size)
{
    explicit_bzero(memory, size);
}

void hw_wipe_buf(struct hw_buf *buf)
{
    if (buf->data)
        hw_wipe(buf->data, buf->capacity);
    hw_buf_done(buf);
}

void hw_wipe_buf_reserve(struct hw_buf *buf, size_t size)
{
    hw_buf_fill(buf, '\0', size);
    hw_buf_clear(buf);
}

void hw_secret_protect_process(void)
{
    prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
}
