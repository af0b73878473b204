/* SPDX-License-Identifier: Apache-2.0 */
/* The certificate that a machine shows for WS-Management, and whether it is the machine's. */
#ifndef HW_NODE_CERTIFICATE_H
#define HW_NODE_CERTIFICATE_H

#include <openssl/evp.h>

#include "node/wsman.h"

struct hw_certificate {
    char *pin, *ca_file; /* as hw_wsman_target; owned */
    void (*unknown)(void *data, const struct hw_wsman_certificate *certificate); /* or NULL */
    void *unknown_data;
    char seen[HW_WSMAN_PIN_SIZE]; /* what the machine showed when it was not the pin */
    X509 *strange;                /* what it showed where there is none */
    /* For channel binding; size 0: none was shown. */
    unsigned char end_point[EVP_MAX_MD_SIZE];
    unsigned end_point_size;
};

/* What libcurl must check; c stays where it is. False: libcurl was built without what that needs;
 * then nothing may be sent. */
bool hw_certificate_set_up(struct hw_certificate *c, CURL *easy);
/* After a transfer that failed. True: because of the certificate, and err says so; of one that
 * nobody vouches for `unknown` was told. untrusted: libcurl says so. */
bool hw_certificate_refused(const struct hw_certificate *c, bool untrusted, struct hw_err *err);
void hw_certificate_done(struct hw_certificate *c);

#endif
