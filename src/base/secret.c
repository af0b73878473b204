/* SPDX-License-Identifier: Apache-2.0 */
#include "base/secret.h"

#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/mem.h"

/* One mapping of its own for each secret: MADV_DONTDUMP and mlock work on whole pages. */
struct hw_secret {
    size_t length;
    size_t mapped;
    char *bytes;
};

static struct hw_secret *begin(size_t most)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    size_t mapped = (most + page) / page * page;
    void *map = mmap(NULL, mapped, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (map == MAP_FAILED)
        return NULL;
    madvise(map, mapped, MADV_DONTDUMP);
    mlock(map, mapped); /* best effort: RLIMIT_MEMLOCK may be small */
    struct hw_secret *secret = HW_NEW(struct hw_secret);
    *secret = (struct hw_secret){.mapped = mapped, .bytes = map};
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
    if (count >= secret->mapped - secret->length || secret->length + count > HW_MAX_SECRET)
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
    hw_wipe(secret->bytes, secret->mapped);
    munmap(secret->bytes, secret->mapped);
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
