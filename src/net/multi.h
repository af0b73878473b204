/* SPDX-License-Identifier: Apache-2.0 */
/* libcurl's multi interface on the loop: the one carrier of every HTTP request (AWS and
 * WS-Management). Transfers run side by side; connections are kept and used again. */
#ifndef HW_NET_MULTI_H
#define HW_NET_MULTI_H

#include <curl/curl.h>

#include "base/loop.h"

struct hw_multi;

/* max_connections: idle and busy connections kept, at least 1. With 64 or more an easy handle may
 * find only those of its own earlier transfers. */
struct hw_multi *hw_multi_new(struct hw_loop *loop, long max_connections);
/* Drops what is under way without calling back; the easy handles stay their owners'. NULL
 * allowed. Also from inside a hw_multi_fn, but not from inside a callback of libcurl. */
void hw_multi_free(struct hw_multi *multi);

/* The transfer ended: code is libcurl's, CURLE_OK whatever the HTTP status. CURLE_FAILED_INIT where
 * it could not begin. The easy handle is no longer part of the multi and may be used again, added
 * again or cleaned up. */
typedef void hw_multi_fn(void *data, CURL *easy, CURLcode code);

/* Starts the transfer that easy describes. easy stays the caller's; CURLOPT_PRIVATE is taken.
 * fn comes exactly once, from the loop, unless removed before. */
void hw_multi_add(struct hw_multi *multi, CURL *easy, hw_multi_fn *fn, void *data);
/* Ends the transfer without calling back. An easy that is not under way is passed over. Not from
 * inside a callback of libcurl. */
void hw_multi_remove(struct hw_multi *multi, CURL *easy);

#endif
