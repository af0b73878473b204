/* SPDX-License-Identifier: Apache-2.0 */
#include "sim/cloud.h"

/* xorshift64*: Vigna, "An experimental exploration of Marsaglia's xorshift generators,
 * scrambled", 2016. */
uint64_t sim_random(struct sim_cloud *cloud)
{
    uint64_t x = cloud->chance;
    x ^= x >> 12;
    x ^= x << 25;
    x ^= x >> 27;
    cloud->chance = x;
    return x * 0x2545F4914F6CDD1Du;
}

static void digits(struct sim_cloud *cloud, const char *alphabet, unsigned base, char *out,
                   unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        out[i] = alphabet[(sim_random(cloud) >> 33) % base];
    out[count] = '\0';
}

const char *sim_id(struct sim_cloud *cloud, const char *prefix, unsigned hex_digits,
                   char out[SIM_ID_SIZE])
{
    size_t length = (size_t)snprintf(out, SIM_ID_SIZE, "%s", prefix);
    if (length < SIM_ID_SIZE - hex_digits - 1)
        digits(cloud, "0123456789abcdef", 16, out + length, hex_digits);
    return out;
}

const char *sim_uuid(struct sim_cloud *cloud, char out[SIM_ID_SIZE])
{
    digits(cloud, "0123456789abcdef", 16, out, 36);
    out[8] = out[13] = out[18] = out[23] = '-';
    out[14] = '4';
    out[19] = "89ab"[sim_random(cloud) >> 62];
    return out;
}

const char *sim_suffix(struct sim_cloud *cloud, char out[SIM_ID_SIZE])
{
    digits(cloud, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789", 36, out, 12);
    return out;
}

const char *sim_now(char out[HW_TIME_SIZE])
{
    hw_time_rfc3339(hw_clock_wall_ms(), out);
    return out;
}
