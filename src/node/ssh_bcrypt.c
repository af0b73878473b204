/* SPDX-License-Identifier: Apache-2.0 */
/* bcrypt_pbkdf: how OpenSSH turns a passphrase into the key of an encrypted private key. No library
 * of the system offers it. Blowfish as B. Schneier described it (FSE 1993); its tables are the
 * first 33,344 bits of pi's fraction and are computed here once. */
#include <openssl/bn.h>
#include <openssl/evp.h>
#include <pthread.h>
#include <string.h>

#include "base/secret.h"
#include "node/ssh_key.h"

#define ROUNDS       16u
#define P_WORDS      (ROUNDS + 2u)
#define S_WORDS      (4u * 256u)
#define TABLE_BITS   ((P_WORDS + S_WORDS) * 32u)
#define GUARD_BITS   64u
#define HASH_WORDS   8u
#define HASH_BYTES   (HASH_WORDS * 4u)
#define SHA512_BYTES 64u
#define MAX_OUTPUT   (HASH_BYTES * HASH_BYTES)

struct blowfish {
    uint32_t words[P_WORDS + S_WORDS]; /* P, then the four S */
};

static struct blowfish pi;
static pthread_once_t pi_once = PTHREAD_ONCE_INIT;

/* sum += sign * factor * 2^bits * arctan(1/x), by its series. */
static void add_arctan(BIGNUM *sum, unsigned factor, unsigned x, int sign)
{
    BIGNUM *power = BN_new(), *term = BN_new();
    BN_set_word(power, factor);
    BN_lshift(power, power, (int)(TABLE_BITS + GUARD_BITS));
    BN_div_word(power, x);
    for (unsigned n = 1; !BN_is_zero(power); n += 2, sign = -sign) {
        BN_copy(term, power);
        BN_div_word(term, n);
        if (sign > 0)
            BN_add(sum, sum, term);
        else
            BN_sub(sum, sum, term);
        BN_div_word(power, x * x);
    }
    BN_free(power);
    BN_free(term);
}

/* Machin's formula: pi = 16 arctan(1/5) - 4 arctan(1/239). */
static void compute_pi(void)
{
    unsigned char bytes[TABLE_BITS / 8];
    BIGNUM *value = BN_new();
    add_arctan(value, 16, 5, 1);
    add_arctan(value, 4, 239, -1);
    BN_rshift(value, value, GUARD_BITS);
    BN_mask_bits(value, TABLE_BITS); /* the fraction */
    BN_bn2binpad(value, bytes, sizeof bytes);
    BN_free(value);
    for (size_t i = 0; i < P_WORDS + S_WORDS; i++)
        pi.words[i] = (uint32_t)bytes[4 * i] << 24 | (uint32_t)bytes[4 * i + 1] << 16 |
                      (uint32_t)bytes[4 * i + 2] << 8 | bytes[4 * i + 3];
}

static void encipher(const struct blowfish *state, uint32_t *left, uint32_t *right)
{
    const uint32_t *s = state->words + P_WORDS;
    uint32_t l = *left, r = *right;
    for (size_t i = 0; i < ROUNDS; i++) {
        l ^= state->words[i];
        uint32_t f = ((s[l >> 24] + s[256 + (l >> 16 & 0xFF)]) ^ s[512 + (l >> 8 & 0xFF)]) +
                     s[768 + (l & 0xFF)];
        uint32_t swap = r ^ f;
        r = l;
        l = swap;
    }
    *left = r ^ state->words[ROUNDS + 1];
    *right = l ^ state->words[ROUNDS];
}

/* The next 32 bits of a text that is read round and round. */
static uint32_t next_word(const unsigned char *bytes, size_t n, size_t *at)
{
    uint32_t word = 0;
    for (size_t i = 0; i < 4; i++) {
        word = word << 8 | bytes[*at];
        *at = (*at + 1) % n;
    }
    return word;
}

/* salt NULL: none. */
static void expand(struct blowfish *state, const unsigned char *salt, const unsigned char *key)
{
    size_t key_at = 0, salt_at = 0;
    uint32_t left = 0, right = 0;
    for (size_t i = 0; i < P_WORDS; i++)
        state->words[i] ^= next_word(key, SHA512_BYTES, &key_at);
    for (size_t i = 0; i < P_WORDS + S_WORDS; i += 2) {
        if (salt) {
            left ^= next_word(salt, SHA512_BYTES, &salt_at);
            right ^= next_word(salt, SHA512_BYTES, &salt_at);
        }
        encipher(state, &left, &right);
        state->words[i] = left;
        state->words[i + 1] = right;
    }
}

static void bcrypt_hash(const unsigned char *pass, const unsigned char *salt,
                        unsigned char out[HASH_BYTES])
{
    static const unsigned char text[HASH_BYTES + 1] = "OxychromaticBlowfishSwatDynamite";
    struct blowfish state = pi;
    uint32_t words[HASH_WORDS];
    size_t at = 0;
    expand(&state, salt, pass);
    for (int i = 0; i < 64; i++) {
        expand(&state, NULL, salt);
        expand(&state, NULL, pass);
    }
    for (size_t i = 0; i < HASH_WORDS; i++)
        words[i] = next_word(text, HASH_BYTES, &at);
    for (int i = 0; i < 64; i++) {
        for (size_t pair = 0; pair < HASH_WORDS; pair += 2)
            encipher(&state, &words[pair], &words[pair + 1]);
    }
    for (size_t i = 0; i < HASH_BYTES; i++)
        out[i] = (unsigned char)(words[i / 4] >> (i % 4 * 8));
    hw_wipe(&state, sizeof state);
}

/* One block of output: rounds hashes, each of the one before, added without carry. */
static void block(const unsigned char *pass, const void *salt, size_t salt_n, uint32_t number,
                  unsigned rounds, unsigned char out[HASH_BYTES])
{
    unsigned char hashed[SHA512_BYTES], last[HASH_BYTES];
    const unsigned char count[4] = {(unsigned char)(number >> 24), (unsigned char)(number >> 16),
                                    (unsigned char)(number >> 8), (unsigned char)number};
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    EVP_DigestInit_ex(context, EVP_sha512(), NULL);
    EVP_DigestUpdate(context, salt, salt_n);
    EVP_DigestUpdate(context, count, sizeof count);
    EVP_DigestFinal_ex(context, hashed, NULL);
    EVP_MD_CTX_free(context);
    bcrypt_hash(pass, hashed, last);
    memcpy(out, last, HASH_BYTES);
    for (unsigned i = 1; i < rounds; i++) {
        EVP_Digest(last, sizeof last, hashed, NULL, EVP_sha512(), NULL);
        bcrypt_hash(pass, hashed, last);
        for (size_t at = 0; at < HASH_BYTES; at++)
            out[at] ^= last[at];
    }
    hw_wipe(last, sizeof last);
}

bool hw_bcrypt_pbkdf(const char *pass, size_t pass_n, const void *salt, size_t salt_n,
                     unsigned rounds, unsigned char *out, size_t out_n)
{
    unsigned char hashed[SHA512_BYTES], bytes[HASH_BYTES];
    if (!rounds || !pass_n || !salt_n || !out_n || out_n > MAX_OUTPUT)
        return false;
    pthread_once(&pi_once, compute_pi);
    size_t stride = (out_n + HASH_BYTES - 1) / HASH_BYTES;
    size_t share = (out_n + stride - 1) / stride; /* bytes of each block that are used */
    EVP_Digest(pass, pass_n, hashed, NULL, EVP_sha512(), NULL);
    for (uint32_t number = 0; number < stride; number++) {
        block(hashed, salt, salt_n, number + 1, rounds, bytes);
        for (size_t i = 0; i < share && i * stride + number < out_n; i++)
            out[i * stride + number] = bytes[i];
    }
    hw_wipe(hashed, sizeof hashed);
    hw_wipe(bytes, sizeof bytes);
    return true;
}
