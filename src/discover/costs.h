/* SPDX-License-Identifier: Apache-2.0 */
/* Prices for what was discovered. */
#ifndef HW_DISCOVER_COSTS_H
#define HW_DISCOVER_COSTS_H

#include "discover/load.h"

/* The price files, once; what is wrong with them is told to the sink as a notice. */
void hw_costs_read_files(struct hw_discover *discover);
#endif
