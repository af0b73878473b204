/* SPDX-License-Identifier: Apache-2.0 */
/* Which ciphers and MACs are offered, and in which order: those that OpenSSH's server takes by
 * default (sshd_config(5), Ciphers and MACs), without SHA-1. Below 1.11 libssh2 has no AES-GCM, and
 * a third of the time that a long log takes goes into its MAC: what is fastest here comes first. */
#include <openssl/evp.h>
#include <time.h>

#include "node/ssh_parts.h"

#define SAMPLE_BYTES 32768u /* of a packet of a long log */
#define SAMPLE_TRIES 3

static const char *const ciphers[] = {"aes128-gcm@openssh.com", "aes256-gcm@openssh.com",
                                      "aes128-ctr", "aes192-ctr", "aes256-ctr"};
static const char *const macs_256_first[] = {"hmac-sha2-256-etm@openssh.com",
                                             "hmac-sha2-512-etm@openssh.com", "hmac-sha2-256",
                                             "hmac-sha2-512"};
static const char *const macs_512_first[] = {"hmac-sha2-512-etm@openssh.com",
                                             "hmac-sha2-256-etm@openssh.com", "hmac-sha2-512",
                                             "hmac-sha2-256"};

/* Nanoseconds of this thread, which others cannot prolong. */
static int64_t spent_ns(void)
{
    struct timespec spent;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &spent);
    return spent.tv_sec * 1000000000LL + spent.tv_nsec;
}

/* What it takes at least. */
static int64_t time_of(const EVP_MD *kind)
{
    static const unsigned char sample[SAMPLE_BYTES];
    unsigned char digest[EVP_MAX_MD_SIZE];
    int64_t least = INT64_MAX;
    for (int i = 0; i < SAMPLE_TRIES; i++) {
        int64_t begun = spent_ns();
        EVP_Digest(sample, sizeof sample, digest, NULL, kind, NULL);
        int64_t taken = spent_ns() - begun;
        least = taken < least ? taken : least;
    }
    return least;
}

/* SHA-256 is the faster one only where the processor has instructions for it. */
static bool prefers_512(void)
{
    static enum { UNKNOWN, NO, YES } known;
    if (known == UNKNOWN)
        known = time_of(EVP_sha512()) < time_of(EVP_sha256()) ? YES : NO;
    return known == YES;
}

static bool is_among(const char *name, const char **names, int count)
{
    for (int i = 0; i < count; i++) {
        if (!strcmp(names[i], name))
            return true;
    }
    return false;
}

/* libssh2 is told of no name that it does not know: 1.10 then damages the rest of the list. */
static bool prefer(LIBSSH2_SESSION *raw, int method, const char *const *wanted, size_t count)
{
    hw_auto(hw_buf) list = HW_BUF(HW_MAX_VALUE);
    const char **supported = NULL;
    int n = libssh2_session_supported_algs(raw, method, &supported);
    for (size_t i = 0; i < count; i++) {
        if (is_among(wanted[i], supported, n))
            hw_buf_print(&list, "%s%s", list.len ? "," : "", wanted[i]);
    }
    if (n > 0)
        libssh2_free(raw, supported);
    return list.len && libssh2_session_method_pref(raw, method, hw_buf_cstr(&list)) == 0;
}

bool hw_ssh_prefer_methods(struct hw_ssh_session *session)
{
    const char *const *macs = prefers_512() ? macs_512_first : macs_256_first;
    return prefer(session->raw, LIBSSH2_METHOD_CRYPT_CS, ciphers, HW_COUNT(ciphers)) &&
           prefer(session->raw, LIBSSH2_METHOD_CRYPT_SC, ciphers, HW_COUNT(ciphers)) &&
           prefer(session->raw, LIBSSH2_METHOD_MAC_CS, macs, HW_COUNT(macs_512_first)) &&
           prefer(session->raw, LIBSSH2_METHOD_MAC_SC, macs, HW_COUNT(macs_512_first));
}
