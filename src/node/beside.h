/* SPDX-License-Identifier: Apache-2.0 */
/* What is seen of one node from outside while no way leads to it: the ways of rank HW_WAY_BESIDE,
 * side by side, each by itself. Their lines have names of their own, and what was told is
 * remembered, however often this begins and rests. */
#ifndef HW_NODE_BESIDE_H
#define HW_NODE_BESIDE_H

#include "node/way.h"

struct hw_beside;

/* The functions are called from the loop; none may free the struct. */
struct hw_beside_options {
    const struct hw_way_room *room;
    const struct hw_target *target;
    const struct hw_way_class *const *ways; /* ended by NULL; outlives the struct, as the above */
    bool once;
    void (*line)(void *data, struct hw_file *file, uint64_t offset, const char *text, size_t n);
    void (*changed)(void *data); /* hw_beside_tell says something else now */
    void (*over)(void *data);    /* with `once`: what there is has been told; comes once */
    void *data;
};

struct hw_beside *hw_beside_new(const struct hw_beside_options *options);
void hw_beside_free(struct hw_beside *beside);  /* NULL allowed */
void hw_beside_begin(struct hw_beside *beside); /* nothing when it runs */
void hw_beside_rest(struct hw_beside *beside);
/* Appends "title: what came of it" of each way, separated by "; ". */
void hw_beside_tell(const struct hw_beside *beside, struct hw_buf *out);

#endif
