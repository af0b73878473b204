/* SPDX-License-Identifier: Apache-2.0 */
/* Starts the bundled simulator for --demo: in a private folder, on a free loopback port, and
 * ends it with the program, however that ends. The only place that knows the simulator. */
#ifndef HW_DEMO_H
#define HW_DEMO_H

#include "base/err.h"

struct hw_demo;

/* Waits (at most ten seconds) until the simulator answers, and points this process at it:
 * endpoint, test keys, Region, state folder. Options may be NULL. */
struct hw_demo *hw_demo_start(const char *scenario, const char *speed, const char *seed,
                              struct hw_err *err);
void hw_demo_stop(struct hw_demo *demo); /* NULL allowed */
const char *hw_demo_endpoint(const struct hw_demo *demo);
const char *hw_demo_key_file(const struct hw_demo *demo);

#endif
