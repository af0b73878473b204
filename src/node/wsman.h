/* SPDX-License-Identifier: Apache-2.0 */
/* The way to the WS-Management service of one Windows machine: carries one message after the other
 * and brings the answers. Knows whom it talks to and proves who asks; knows no message.
 *
 * Over HTTPS the machine's certificate must be the published one (nodes sign their own, so neither
 * a chain nor a name says anything), or, with an authority's file, have a chain and the name.
 * Nothing that proves who asks leaves before. Over HTTP every message is sealed. Sources:
 * [MS-WSMV] 2.2.9 (message exchange), 3.1.4.1 (authentication). */
#ifndef HW_NODE_WSMAN_H
#define HW_NODE_WSMAN_H

#include "base/buf.h"
#include "base/secret.h"
#include "base/work.h"
#include "net/multi.h"

#define HW_WSMAN_PORT       5986
#define HW_WSMAN_PLAIN_PORT 5985
#define HW_WSMAN_PIN_SIZE   65 /* SHA-256 in hex, and NUL */

enum hw_wsman_auth {
    HW_WSMAN_BASIC,     /* HTTPS only; local accounts. Where the machine offers Negotiate alone and
                         * there is `work`, that is used */
    HW_WSMAN_NEGOTIATE, /* NTLM or Kerberos (node/negotiate.h) */
    HW_WSMAN_MUTUAL,    /* a client certificate; HTTPS only */
};

/* A certificate that neither a pin nor an authority vouches for. Borrowed; the texts are clean. */
struct hw_wsman_certificate {
    const char *sha256, *sha1; /* lower-case hex over its DER form */
    const char *subject;
    const char *until; /* its last day, UTC: 2027-11-28 */
};

struct hw_wsman_target {
    const char *address; /* numeric IPv4 */
    unsigned port;       /* 0: the usual one */
    bool plain;          /* HTTP, sealed: needs HW_WSMAN_NEGOTIATE */
    enum hw_wsman_auth auth;
    const char *user;
    const struct hw_secret *password; /* NULL with HW_WSMAN_NEGOTIATE: a Kerberos ticket is there */
    const char *host;      /* full name of the machine, for Kerberos and for ca_file; or NULL */
    const char *pin;       /* lower-case hex of SHA-256 over the certificate's DER form; or NULL */
    const char *ca_file;   /* authorities to trust where there is no pin; or NULL */
    const char *cert_file; /* HW_WSMAN_MUTUAL: certificate and key in PEM */
    const char *key_file;
    /* Told before the refusal, where neither pin nor ca_file is given: then the system's
     * authorities ($SSL_CERT_FILE, if it is set) are asked, and for the name that of the URL.
     * Nothing was sent to that machine. Or NULL. */
    void (*unknown)(void *data, const struct hw_wsman_certificate *certificate);
    void *unknown_data;
    struct hw_work *work; /* for Negotiate, which may ask a domain controller; or NULL */
};

struct hw_wsman;
/* Everything is copied. Never NULL; what is wrong with the target comes as the first answer. */
struct hw_wsman *hw_wsman_new(struct hw_multi *multi, struct hw_loop *loop,
                              const struct hw_wsman_target *target);
void hw_wsman_free(struct hw_wsman *wsman);             /* NULL allowed; also from inside fn */
const char *hw_wsman_url(const struct hw_wsman *wsman); /* for the To of an envelope */

enum hw_wsman_end {
    HW_WSMAN_ANSWERED, /* HTTP 200 or 500 with a message */
    HW_WSMAN_LOST,     /* no connection, or it broke: worth another try later */
    HW_WSMAN_REFUSED,  /* certificate, user or password: another try could lock the account */
};

/* Comes from the loop exactly once, unless dropped. answer is borrowed, and NULL unless ANSWERED;
 * err is NULL then. */
typedef void hw_wsman_fn(void *data, enum hw_wsman_end end, long status,
                         const struct hw_buf *answer, const struct hw_err *err);
/* message is borrowed until fn. timeout_ms: for this message; proving who asks has its own. */
void hw_wsman_post(struct hw_wsman *wsman, const struct hw_buf *message, long timeout_ms,
                   hw_wsman_fn *fn, void *data);
void hw_wsman_drop(struct hw_wsman *wsman); /* ends what is under way; fn will not come */

#endif
