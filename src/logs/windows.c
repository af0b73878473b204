/* SPDX-License-Identifier: Apache-2.0 */
#include "logs/windows.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>

#include "base/mem.h"
#include "base/secret.h"

#define MOST_VALUES 4096u
#define MAC_SIZE    16u

/* In a hw_secret: what the hashes are made with. */
struct keys {
    uint32_t table[256]; /* of the rolling hash (Cohen, "Recursive hashing functions for n-grams",
                            1997: cyclic polynomials) */
    unsigned char mac[32];
};

struct value {
    uint16_t tag;
    bool whole_run;
    unsigned char mac[MAC_SIZE];
};

/* The values of one length. */
struct length {
    size_t n;
    struct value *values;
    size_t count, capacity;
};

struct hw_windows {
    struct hw_secret *keys;
    struct length *lengths;
    size_t length_count, length_capacity;
    size_t count;
};

static const struct keys *keys_of(const struct hw_windows *windows)
{
    return (const struct keys *)(const void *)hw_secret_bytes(windows->keys);
}

struct hw_windows *hw_windows_new(void)
{
    struct hw_windows *windows = HW_NEW(struct hw_windows);
    struct keys keys;
    if (RAND_bytes((unsigned char *)&keys, sizeof keys) != 1)
        abort(); /* without them nothing may be learnt, and a secret would be shown */
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
    for (size_t i = 0; i < windows->length_count; i++)
        free(windows->lengths[i].values);
    free(windows->lengths);
    hw_secret_free(windows->keys);
    free(windows);
}

size_t hw_windows_count(const struct hw_windows *windows)
{
    return windows->count;
}

static uint32_t rotate(uint32_t x, unsigned bits)
{
    bits %= 32;
    return bits ? x << bits | x >> (32 - bits) : x;
}

static uint32_t hash(const struct keys *keys, const char *bytes, size_t n)
{
    uint32_t h = 0;
    for (size_t i = 0; i < n; i++)
        h = rotate(h, 1) ^ keys->table[(unsigned char)bytes[i]];
    return h;
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

static struct length *length_of(struct hw_windows *windows, size_t n)
{
    for (size_t i = 0; i < windows->length_count; i++) {
        if (windows->lengths[i].n == n)
            return &windows->lengths[i];
    }
    hw_grow(&windows->lengths, &windows->length_capacity, windows->length_count,
            sizeof *windows->lengths);
    windows->lengths[windows->length_count] = (struct length){.n = n};
    return &windows->lengths[windows->length_count++];
}

bool hw_windows_add(struct hw_windows *windows, const char *bytes, size_t n, bool whole_run)
{
    const struct keys *keys = keys_of(windows);
    struct length *length = length_of(windows, n);
    struct value value = {(uint16_t)(hash(keys, bytes, n) >> 16), whole_run, {0}};
    make_mac(keys, bytes, n, value.mac);
    for (size_t i = 0; i < length->count; i++) {
        if (CRYPTO_memcmp(length->values[i].mac, value.mac, MAC_SIZE) == 0)
            return true;
    }
    if (windows->count >= MOST_VALUES)
        return false;
    hw_grow(&length->values, &length->capacity, length->count, sizeof *length->values);
    length->values[length->count++] = value;
    windows->count++;
    return true;
}

/* The value that stands at p, or NULL. */
static const struct value *prove(const struct keys *keys, const struct length *length, uint16_t tag,
                                 const char *p)
{
    unsigned char mac[MAC_SIZE];
    bool made = false;
    for (size_t i = 0; i < length->count; i++) {
        const struct value *value = &length->values[i];
        if (value->tag != tag)
            continue;
        if (!made)
            make_mac(keys, p, length->n, mac);
        made = true;
        if (CRYPTO_memcmp(value->mac, mac, MAC_SIZE) == 0)
            return value;
    }
    return NULL;
}

static void find_length(const struct keys *keys, const struct length *length, const char *text,
                        size_t n, hw_windows_fn *found, void *data)
{
    uint32_t h = hash(keys, text, length->n);
    unsigned turn = (unsigned)(length->n % 32);
    for (size_t at = 0;; at++) {
        const struct value *value = prove(keys, length, (uint16_t)(h >> 16), text + at);
        if (value)
            found(data, at, at + length->n, value->whole_run);
        if (at + length->n >= n)
            return;
        h = rotate(h, 1) ^ rotate(keys->table[(unsigned char)text[at]], turn) ^
            keys->table[(unsigned char)text[at + length->n]];
    }
}

void hw_windows_find(const struct hw_windows *windows, const char *text, size_t n,
                     hw_windows_fn *found, void *data)
{
    const struct keys *keys = keys_of(windows);
    for (size_t i = 0; i < windows->length_count; i++) {
        if (windows->lengths[i].n <= n)
            find_length(keys, &windows->lengths[i], text, n, found, data);
    }
}
