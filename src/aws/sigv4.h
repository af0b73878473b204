/* SPDX-License-Identifier: Apache-2.0 */
/* AWS Signature Version 4 ("Signing AWS API requests", AWS General Reference), header form. */
#ifndef HW_AWS_SIGV4_H
#define HW_AWS_SIGV4_H

#include "base/buf.h"
#include "base/secret.h"

struct hw_sigv4_header {
    const char *name, *value;
};

struct hw_sigv4_request {
    const char *method;
    const char *path;                      /* as sent: begins with "/", percent-encoded once */
    const char *query;                     /* as sent, encoded, without "?"; "" = none */
    const struct hw_sigv4_header *headers; /* all that are sent; "Host" must be among them */
    size_t header_count;
    const void *body;
    size_t body_length;
    bool s3; /* the path is taken as it is, and the content hash is a header of its own */
};

struct hw_sigv4_keys {
    const char *key_id;
    const struct hw_secret *secret;
    const struct hw_secret *token; /* NULL: long-lived keys */
};

/* Keeps the derived keys of the last few (date, region, service); hw_sigv4_forget before signing
 * with other credentials. */
struct hw_sigv4;
struct hw_sigv4 *hw_sigv4_new(void);
void hw_sigv4_free(struct hw_sigv4 *signer); /* NULL allowed; wipes the keys */
void hw_sigv4_forget(struct hw_sigv4 *signer);

/* What must be sent beside the headers that were given: X-Amz-Date, X-Amz-Security-Token where
 * keys->token is set, X-Amz-Content-Sha256 where s3 is set, and Authorization. */
struct hw_sigv4_result {
    char date[32];
    char content_sha256[65];
    struct hw_buf authorization; /* initialised by hw_sigv4_sign; hw_sigv4_result_done */
};
void hw_sigv4_result_done(struct hw_sigv4_result *result);

/* Never signed, since proxies may change them: user-agent, expect, transfer-encoding,
 * connection, x-amzn-trace-id. false: the request is larger than the limits or libcrypto
 * failed (err). */
bool hw_sigv4_sign(struct hw_sigv4 *signer, const struct hw_sigv4_request *request,
                   const struct hw_sigv4_keys *keys, int64_t wall_ms, const char *region,
                   const char *service, struct hw_sigv4_result *ret, struct hw_err *err);

#endif
