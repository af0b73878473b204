/* SPDX-License-Identifier: Apache-2.0 */
/* A small HTTP request to a metadata service: no signature, no proxy, no redirect, an answer of
 * HW_MAX_HANDED_KEYS at most. For the files of this folder. */
#ifndef HW_AWS_FETCH_H
#define HW_AWS_FETCH_H

#include <curl/curl.h>

#include "base/buf.h"
#include "base/mem.h"

struct hw_aws;
struct hw_fetch;

struct hw_fetch_request {
    const char *service;           /* for --log-file: "imds", "container" */
    const char *method, *url;      /* "GET" or "PUT" */
    const struct hw_strv *headers; /* "Name: value"; NULL: none */
    long timeout_ms;               /* of the whole exchange */
};

struct hw_fetch_reply {
    int status;                /* 0: no answer */
    bool connected;            /* somebody listens there */
    const char *why;           /* without an answer: a sentence, cleaned */
    const struct hw_buf *body; /* may hold keys: wiped after the call */
};

/* Exactly once, from the loop, unless stopped; fetch is gone then. */
typedef void hw_fetch_fn(void *data, const struct hw_fetch_reply *reply);

/* Everything is copied. */
struct hw_fetch *hw_fetch_start(struct hw_aws *aws, const struct hw_fetch_request *request,
                                hw_fetch_fn *fn, void *data);
void hw_fetch_stop(struct hw_fetch *fetch); /* NULL allowed */

#endif
