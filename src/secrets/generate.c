/* SPDX-License-Identifier: Apache-2.0 */
#include <openssl/rand.h>

#include "secrets/policy.h"

#define LENGTH 24
static const char alphabet[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+-._@#";
#define LETTERS 52u

/* A number below most, each as likely as any other. */
static bool pick(unsigned most, unsigned *ret)
{
    unsigned char byte;
    do {
        if (RAND_priv_bytes(&byte, 1) != 1)
            return false;
    } while (byte >= 256 / most * most);
    *ret = byte % most;
    hw_wipe(&byte, 1);
    return true;
}

static bool fill(struct hw_secret *secret)
{
    hw_secret_cut(secret, 0);
    for (size_t i = 0; i < LENGTH; i++) {
        unsigned at; /* a letter first: a sign could be taken for the beginning of an option */
        if (!pick(i == 0 ? LETTERS : sizeof alphabet - 1, &at) ||
            !hw_secret_add(secret, &alphabet[at], 1))
            return false;
        hw_wipe(&at, sizeof at);
    }
    return true;
}

struct hw_secret *hw_secret_generate(struct hw_err *err)
{
    struct hw_secret *secret = hw_secret_begin();
    bool made = secret && fill(secret);
    while (made && !hw_secret_check(HW_SECRET_PASSWORD, secret, NULL))
        made = fill(secret);
    if (made)
        return secret;
    hw_secret_free(secret);
    hw_fail(err, HW_ERR_IO, "%s", _("no random bytes: OpenSSL's generator failed"));
    return NULL;
}
