/* SPDX-License-Identifier: Apache-2.0 */
/* Replaces what tells whose cluster it is (names, addresses, account numbers) by words such as
 * "host-1", the same word for the same thing everywhere, and back again with the map. */
#ifndef HW_DIAGNOSE_ALIAS_H
#define HW_DIAGNOSE_ALIAS_H

#include "base/buf.h"
#include "base/err.h"

struct hw_alias;

struct hw_alias *hw_alias_new(void);
void hw_alias_free(struct hw_alias *alias); /* NULL allowed */

/* name stands for itself wherever it is a word of its own, in upper or lower case. kind is the
 * word's beginning: "host". Names of one or two letters, and known ones, are passed over. */
void hw_alias_name(struct hw_alias *alias, const char *kind, const char *name);

/* Appends text with every known name, every IPv4 address and every 12-digit account number
 * replaced; new addresses and numbers get their word on the way. Loopback and netmasks stay. False:
 * out is full. */
bool hw_alias_apply(struct hw_alias *alias, const char *text, size_t n, struct hw_buf *out);

/* {"host-1": "HEAD", ...}, one a line. */
bool hw_alias_map(const struct hw_alias *alias, struct hw_buf *out);
/* The other way, with such a map (at most HW_MAX_FILE, from a file that a person gives).
 * HW_ERR_INPUT: it is none. */
bool hw_alias_reveal(const char *map, size_t map_size, const char *text, size_t n,
                     struct hw_buf *out, struct hw_err *err);

#endif
