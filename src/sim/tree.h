/* SPDX-License-Identifier: Apache-2.0 */
/* The simulator keeps everything it knows in one JSON tree: what the account holds, stacks,
 * their events, instances. Objects carry the names of the wire, so that an answer is a piece of
 * the tree; a member whose name begins with '_' is the simulator's own and never leaves it. */
#ifndef HW_SIM_TREE_H
#define HW_SIM_TREE_H

#include <jansson.h>

#include "base/buf.h"

/* Reading. An absent member reads as "", 0 or false. Numbers and booleans may be written as
 * text, as the query protocol writes them. Borrowed. */
const char *sim_text(const json_t *object, const char *key);
int64_t sim_int(const json_t *object, const char *key);
bool sim_bool(const json_t *object, const char *key);
bool sim_is(const json_t *object, const char *key, const char *value);

/* The array under key; made when absent. Borrowed. */
json_t *sim_list(json_t *object, const char *key);
/* The first object of the array whose member key is value, or NULL. Borrowed. */
json_t *sim_find(const json_t *array, const char *key, const char *value);
/* The array's position of item (the very object), or its size. */
size_t sim_index(const json_t *array, const json_t *item);
/* An array of texts holds this text. */
bool sim_has(const json_t *array, const char *text);

/* Writing. */
void sim_put(json_t *object, const char *key, const char *fmt, ...) HW_PRINTF(3, 4);
void sim_put_int(json_t *object, const char *key, int64_t value);
void sim_put_bool(json_t *object, const char *key, bool value);
/* Copies the member (shared, not deep) when from has it. */
void sim_copy(json_t *to, const json_t *from, const char *key);
void sim_append_text(json_t *array, const char *text);

/* [{word_key: KEY, word_value: VALUE}] of an array of tags: the value, or "". Both spellings,
 * key/value (EC2) and Key/Value (elsewhere), are understood. */
const char *sim_tag(const json_t *tags, const char *key);
/* Sets or adds a tag in EC2's spelling. */
void sim_tag_set(json_t *tags, const char *key, const char *value);

/* A scalar as text, appended: "true", "42", the string itself. false: not a scalar. */
bool sim_scalar(const json_t *value, struct hw_buf *out);

/* Does any value at path ("attachment.instanceId"; lists are searched in all their items)
 * match one of the patterns, with '*' and '?' as wildcards? */
bool sim_match(const json_t *object, const char *path, const json_t *patterns);
bool sim_wildcard(const char *pattern, const char *text);

/* A new array of the items that keep() wants; items are shared. */
typedef bool sim_keep_fn(const json_t *item, const void *data);
json_t *sim_select(const json_t *array, sim_keep_fn *keep, const void *data);

#endif
