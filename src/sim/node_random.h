/* SPDX-License-Identifier: Apache-2.0 */
/* Repeatable chance: the same seed and names give the same numbers on every machine. */
#ifndef HW_SIM_NODE_RANDOM_H
#define HW_SIM_NODE_RANDOM_H

#include "base/defs.h"

struct sim_random {
    uint64_t state;
};

/* A stream of its own for each name under one seed. */
struct sim_random sim_random_new(uint64_t seed, const char *name);
uint64_t sim_random_next(struct sim_random *random);
/* In [0, below); below > 0. */
unsigned sim_random_below(struct sim_random *random, unsigned below);
/* value, changed by at most percent of it either way. */
int64_t sim_random_around(struct sim_random *random, int64_t value, unsigned percent);
/* "xxxxxxxx-xxxx-4xxx-axxx-xxxxxxxxxxxx", upper case as Windows writes it. */
#define SIM_GUID_SIZE 37
void sim_random_guid(struct sim_random *random, char out[SIM_GUID_SIZE]);

#endif
