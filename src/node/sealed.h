/* SPDX-License-Identifier: Apache-2.0 */
/* The multipart form of a sealed WS-Management message over plain HTTP. Source: [MS-WSMV] 2.2.9.1,
 * "Encrypted Message Types". Nothing here knows how a message is sealed. */
#ifndef HW_NODE_SEALED_H
#define HW_NODE_SEALED_H

#include "base/buf.h"
#include "base/err.h"

#define HW_SEALED_TYPE                                                                             \
    "multipart/encrypted;protocol=\"application/HTTP-SPNEGO-session-encrypted\";"                  \
    "boundary=\"Encrypted Boundary\""

struct hw_sealed {
    size_t plain_length;    /* of the message when opened, its padding included */
    struct hw_span header;  /* the mechanism's signature */
    struct hw_span message; /* sealed */
};

/* Appends to out; false: out is full. */
bool hw_sealed_write(struct hw_buf *out, const struct hw_sealed *sealed);
/* The spans point into body, which may be hostile. False: it has another form. */
bool hw_sealed_read(const char *body, size_t n, struct hw_sealed *ret, struct hw_err *err);

#endif
