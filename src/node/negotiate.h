/* SPDX-License-Identifier: Apache-2.0 */
/* HTTP's Negotiate for one connection to a Windows machine, by GSSAPI: NTLM (gss-ntlmssp), or
 * SPNEGO that prefers Kerberos where the user has a realm and the machine a name. Messages that
 * travel over plain HTTP are sealed with the same context. Sources: RFC 4559 (Negotiate), RFC 5929
 * (tls-server-end-point), [MS-WSMV] 2.2.9.1 (sealed bodies). */
#ifndef HW_NODE_NEGOTIATE_H
#define HW_NODE_NEGOTIATE_H

#include "base/buf.h"
#include "base/secret.h"
#include "base/work.h"

struct hw_negotiate;

/* The person has a Kerberos ticket of that user ("name@REALM") which still counts: no password is
 * needed where a machine's full name is known. Reads the ticket cache. */
bool hw_negotiate_has_ticket(const char *user);

struct hw_negotiate_options {
    const char *user;                 /* "name", "DOMAIN\\name", or "name@REALM" */
    const struct hw_secret *password; /* copied; NULL: a Kerberos ticket is there instead */
    const char *host;                 /* the machine's full name, for Kerberos; NULL: NTLM alone */
    const void *end_point;            /* digest of the machine's certificate; NULL: no TLS */
    size_t end_point_size;
};

/* Everything is copied. A context serves one connection, and its messages in their order. */
struct hw_negotiate *hw_negotiate_new(struct hw_work *work,
                                      const struct hw_negotiate_options *options);
/* While a step is under way, it ends in the pool first; its callback will not come. NULL allowed.
 */
void hw_negotiate_free(struct hw_negotiate *negotiate);

/* One leg: in is the machine's token (n 0: none yet), copied. A step may ask a domain controller,
 * so it runs in the pool. fn comes from the loop: token is for the machine (may be empty when
 * complete) and borrowed; complete: no further leg is expected; err not NULL: HW_ERR_AUTH, or
 * HW_ERR_IO where a library is missing. */
typedef void hw_negotiate_fn(void *data, const struct hw_buf *token, bool complete,
                             const struct hw_err *err);
void hw_negotiate_step(struct hw_negotiate *negotiate, const void *in, size_t n,
                       hw_negotiate_fn *fn, void *data);

/* Sealed bodies; once complete. Both append to out, at most its maximum. */
extern const char hw_negotiate_sealed_type[]; /* the Content-Type */
bool hw_negotiate_seal(struct hw_negotiate *negotiate, const struct hw_buf *plain,
                       struct hw_buf *out, struct hw_err *err);
/* HW_ERR_PROTOCOL for what was not sealed, or was changed on the way. */
bool hw_negotiate_unseal(struct hw_negotiate *negotiate, const struct hw_buf *body,
                         struct hw_buf *out, struct hw_err *err);

#endif
