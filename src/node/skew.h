/* SPDX-License-Identifier: Apache-2.0 */
/* How far the clock of a node is ahead of the right one, so that the lines of many nodes can be put
 * in one order. The follower's first frame and its signs of life say its time, to the second; they
 * arrive late, never early, so a clock seems behind by as much. What is less than HW_SKEW_LEAST_MS
 * cannot be told from that and counts as none. Over ways that tell no time nothing is corrected. */
#ifndef HW_NODE_SKEW_H
#define HW_NODE_SKEW_H

#include <stdbool.h>
#include <stdint.h>

#define HW_SKEW_LEAST_MS 3000

struct hw_skew {
    int64_t ms; /* to be taken off the node's times */
};

/* The node said node_ms, right_ms is now. first: it is the first that a session says. True: the
 * skew is another one now. */
bool hw_skew_hear(struct hw_skew *skew, int64_t node_ms, int64_t right_ms, bool first);

#endif
