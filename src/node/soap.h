/* SPDX-License-Identifier: Apache-2.0 */
/* Envelopes of the WS-Management remote shell: the requests that hpcwiz makes and what it needs of
 * the answers. Sources: DMTF DSP0226 (WS-Management 1.0), Microsoft [MS-WSMV] 3.1.4 (shells). */
#ifndef HW_NODE_SOAP_H
#define HW_NODE_SOAP_H

#include "base/buf.h"
#include "base/err.h"

enum hw_soap_op {
    HW_SOAP_CREATE,  /* a shell, which the node ends after 180 s without a request */
    HW_SOAP_COMMAND, /* text: the command line */
    HW_SOAP_SEND,    /* text: for the command's standard input */
    HW_SOAP_RECEIVE, /* a long poll of 20 s for standard output and error */
    HW_SOAP_SIGNAL,  /* ends the command */
    HW_SOAP_DELETE,  /* ends the shell */
};

struct hw_soap_request {
    enum hw_soap_op op;
    const char *url, *shell, *command, *text; /* what op needs; others NULL */
};

/* false: HW_MAX_SOAP reached. A fresh message id each time. */
bool hw_soap_write(struct hw_buf *out, const struct hw_soap_request *request);
/* Makes the same request once more of one that hw_soap_write has written: with a new id. */
void hw_soap_renew(struct hw_buf *message);

/* Codes of WSManFault: [MS-WSMV] 2.2.4.43 and WSManFaults.h of the Windows SDK. */
#define HW_SOAP_TIMED_OUT 2150858793u /* the long poll ended without news: ask again */
#define HW_SOAP_NO_SHELL  2150858843u
#define HW_SOAP_SHELLS    2150859173u /* the user's quota of shells is used up */
#define HW_SOAP_COMMANDS  2150859174u

struct hw_soap_reply {
    char *shell, *command; /* ids, or NULL */
    struct hw_buf out, err;
    bool done; /* the command has ended */
    int exit_code;
    bool fault;
    uint32_t fault_code; /* 0: none given */
    char *fault_text;    /* cleaned, or NULL */
};

/* Reads an answer of any kind, which may be hostile: no entities, no network, at most HW_MAX_SOAP.
 * False: it is no SOAP envelope or holds broken base64; ret holds nothing then. */
bool hw_soap_read(const char *xml, size_t n, struct hw_soap_reply *ret, struct hw_err *err);
void hw_soap_reply_done(struct hw_soap_reply *reply);

#endif
