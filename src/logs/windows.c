/* SPDX-License-Identifier: Apache-2.0 */
#include "logs/windows.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>

#include "base/mem.h"
#include "base/secret.h"

#define MOST_VALUES 65536u
#define MAC_SIZE    16u
#define BEGIN_SIZE  4u  /* by so many bytes at its beginning a value is told first */
#define BEGIN_BITS  18u /* of their hash */
#define SLOT_BITS   14u /* of these, for the lists */
#define NONE        UINT32_MAX

/* In a hw_secret: what the hashes are made with. */
struct keys {
    uint64_t begin;      /* odd, of a multiplicative hash */
    uint32_t table[256]; /* of a hash of any length (Cohen, "Recursive hashing functions for
                            n-grams", 1997: cyclic polynomials) */
    unsigned char mac[32];
};

struct value {
    uint32_t next; /* of those in the same slot */
    uint32_t n;
    uint16_t tag;
    bool whole_run;
    unsigned char mac[MAC_SIZE];
};

struct hw_windows {
    struct hw_secret *keys;
    struct value *values;
    size_t count, capacity;
    uint64_t begins[(1u << BEGIN_BITS) / 64];
    uint32_t slots[1u << SLOT_BITS];
};

static const struct keys *keys_of(const struct hw_windows *windows)
{
    return (const struct keys *)(const void *)hw_secret_bytes(windows->keys);
}

struct hw_windows *hw_windows_new(void)
{
    struct hw_windows *windows = HW_NEW(struct hw_windows);
    struct keys keys;
    memset(windows->slots, 0xFF, sizeof windows->slots);
    if (RAND_bytes((unsigned char *)&keys, sizeof keys) != 1)
        abort(); /* without them nothing may be learnt, and a secret would be shown */
    keys.begin |= 1;
    windows->keys = hw_secret_new((const char *)&keys, sizeof keys);
    hw_wipe(&keys, sizeof keys);
    if (!windows->keys)
        abort();
    return windows;
}

void hw_windows_free(struct hw_windows *windows)
{
    if (!windows)
        return;
    free(windows->values);
    hw_secret_free(windows->keys);
    free(windows);
}

size_t hw_windows_count(const struct hw_windows *windows)
{
    return windows->count;
}

static uint32_t begin_of(const struct keys *keys, const char *p)
{
    uint32_t bytes;
    memcpy(&bytes, p, BEGIN_SIZE);
    return (uint32_t)(bytes * keys->begin >> (64 - BEGIN_BITS));
}

static uint16_t tag_of(const struct keys *keys, const char *bytes, size_t n)
{
    uint32_t h = 0;
    for (size_t i = 0; i < n; i++)
        h = (h << 1 | h >> 31) ^ keys->table[(unsigned char)bytes[i]];
    return (uint16_t)(h >> 16);
}

static void make_mac(const struct keys *keys, const char *bytes, size_t n,
                     unsigned char out[MAC_SIZE])
{
    unsigned char whole[EVP_MAX_MD_SIZE];
    unsigned length;
    HMAC(EVP_sha256(), keys->mac, sizeof keys->mac, (const unsigned char *)bytes, n, whole,
         &length);
    memcpy(out, whole, MAC_SIZE);
}

static uint32_t *slot_of(struct hw_windows *windows, uint32_t begin)
{
    return &windows->slots[begin >> (BEGIN_BITS - SLOT_BITS)];
}

bool hw_windows_add(struct hw_windows *windows, const char *bytes, size_t n, bool whole_run)
{
    const struct keys *keys = keys_of(windows);
    if (n < BEGIN_SIZE || n > UINT32_MAX)
        return false;
    uint32_t begin = begin_of(keys, bytes), *slot = slot_of(windows, begin);
    struct value value = {*slot, (uint32_t)n, tag_of(keys, bytes, n), whole_run, {0}};
    make_mac(keys, bytes, n, value.mac);
    for (uint32_t i = *slot; i != NONE; i = windows->values[i].next) {
        const struct value *other = &windows->values[i];
        if (other->n == n && CRYPTO_memcmp(other->mac, value.mac, MAC_SIZE) == 0)
            return true;
    }
    if (windows->count >= MOST_VALUES)
        return false;
    hw_grow(&windows->values, &windows->capacity, windows->count, sizeof *windows->values);
    *slot = (uint32_t)windows->count;
    windows->values[windows->count++] = value;
    windows->begins[begin / 64] |= (uint64_t)1 << begin % 64;
    return true;
}

/* The values that may stand at text[at], by the slot of their beginning. */
static void prove(const struct hw_windows *windows, uint32_t begin, const char *text, size_t n,
                  size_t at, hw_windows_fn *found, void *data)
{
    const struct keys *keys = keys_of(windows);
    unsigned char mac[MAC_SIZE];
    for (uint32_t i = windows->slots[begin >> (BEGIN_BITS - SLOT_BITS)]; i != NONE;
         i = windows->values[i].next) {
        const struct value *value = &windows->values[i];
        if (value->n > n - at || tag_of(keys, text + at, value->n) != value->tag)
            continue;
        make_mac(keys, text + at, value->n, mac);
        if (CRYPTO_memcmp(value->mac, mac, MAC_SIZE) == 0)
            found(data, at, at + value->n, value->whole_run);
    }
}

void hw_windows_find(const struct hw_windows *windows, const char *text, size_t n,
                     hw_windows_fn *found, void *data)
{
    const struct keys *keys = keys_of(windows);
    for (size_t at = 0; at + BEGIN_SIZE <= n; at++) {
        uint32_t begin = begin_of(keys, text + at);
        if (windows->begins[begin / 64] >> begin % 64 & 1)
            prove(windows, begin, text, n, at, found, data);
    }
}
