/* SPDX-License-Identifier: Apache-2.0 */
#include "sim/node_random.h"

/* FNV-1a over the name (draft-eastlake-fnv), then SplitMix64 (Steele, Lea, Flood 2014). */
struct sim_random sim_random_new(uint64_t seed, const char *name)
{
    uint64_t hash = 0xcbf29ce484222325u ^ seed;
    for (; *name; name++)
        hash = (hash ^ (unsigned char)*name) * 0x100000001b3u;
    return (struct sim_random){hash};
}

uint64_t sim_random_next(struct sim_random *random)
{
    uint64_t z = random->state += 0x9e3779b97f4a7c15u;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

unsigned sim_random_below(struct sim_random *random, unsigned below)
{
    return (unsigned)(sim_random_next(random) % below);
}

int64_t sim_random_around(struct sim_random *random, int64_t value, unsigned percent)
{
    int64_t span = value * (int64_t)percent / 100;
    if (span <= 0)
        return value;
    return value - span + (int64_t)(sim_random_next(random) % (uint64_t)(2 * span + 1));
}

void sim_random_guid(struct sim_random *random, char out[SIM_GUID_SIZE])
{
    uint64_t a = sim_random_next(random), b = sim_random_next(random);
    snprintf(out, SIM_GUID_SIZE, "%08X-%04X-4%03X-A%03X-%012llX", (unsigned)(a >> 32),
             (unsigned)(a >> 16) & 0xffffu, (unsigned)a & 0xfffu, (unsigned)(b >> 52),
             (unsigned long long)b & 0xffffffffffffu);
}
