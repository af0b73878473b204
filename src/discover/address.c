/* SPDX-License-Identifier: Apache-2.0 */
/* The free addresses of the first subnet. */
#include "discover/build.h"

#define OFFERED_ADDRESSES 64

size_t hw_free_addresses(const char *cidr, const uint32_t *taken, size_t taken_count, uint32_t *out,
                         size_t most)
{
    uint32_t net;
    unsigned bits;
    size_t count = 0, t = 0;
    if (!hw_parse_cidr(cidr, &net, &bits) || bits < 8 || bits > 28)
        return 0;
    uint32_t last = net + (1u << (32 - bits)) - 2; /* the one before the reserved last */
    for (uint32_t address = net + 5; address <= last && count < most; address++) {
        while (t < taken_count && taken[t] < address)
            t++;
        if (t == taken_count || taken[t] != address)
            out[count++] = address;
    }
    return count;
}

static bool key_first_subnet(const struct hw_discover *discover HW_UNUSED,
                             const struct hw_cluster *cluster, struct hw_buf *out)
{
    const char *subnet = hw_first_subnet(cluster);
    return *subnet && hw_buf_print(out, " %s", subnet);
}

static void begin_addresses(struct hw_build *build, const struct hw_cluster *cluster)
{
    hw_replace(&build->subnet, hw_first_subnet(cluster));
}

struct hw_load *hw_interfaces_of(struct hw_discover *discover, const char *subnet)
{
    for (struct hw_load *load = discover->loads; load; load = load->next) {
        bool asked = load->set == HW_DATA_INTERFACES && hw_has_word(load->subject, subnet);
        if (asked && load->state != HW_LOAD_FAILED)
            return hw_load_want(discover, HW_DATA_INTERFACES, load->subject, true);
    }
    return hw_load_want(discover, HW_DATA_INTERFACES, subnet, true);
}

static int by_address(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

static void take_addresses(const char *text, uint32_t *out, size_t most, size_t *count)
{
    while (*text && *count < most) {
        size_t length = strcspn(text, " ");
        hw_auto_text one = hw_strndup(text, length);
        *count += hw_parse_ipv4(one, &out[*count]);
        text += length + (text[length] == ' ');
    }
}

/* Sorted; the caller's. */
static uint32_t *taken_addresses(const struct hw_table *interfaces, const char *subnet,
                                 size_t *ret_count)
{
    size_t most = 1, count = 0;
    for (size_t i = 0; i < interfaces->count;
         i++) /* each is seven characters and a blank at least */
        most += 1 + strlen(interfaces->rows[i].cell[HW_INTERFACE_ADDRESSES]) / 8 + 1;
    uint32_t *taken = hw_realloc(NULL, most, sizeof *taken);
    for (size_t i = 0; i < interfaces->count; i++) {
        const struct hw_row *row = &interfaces->rows[i];
        if (*row->cell[HW_INTERFACE_SUBNET] && strcmp(row->cell[HW_INTERFACE_SUBNET], subnet) != 0)
            continue;
        take_addresses(row->cell[HW_INTERFACE_ADDRESS], taken, most, &count);
        take_addresses(row->cell[HW_INTERFACE_ADDRESSES], taken, most, &count);
    }
    qsort(taken, count, sizeof *taken, by_address);
    *ret_count = count;
    return taken;
}

static void offer_free(struct hw_build *build, const char *cidr, const struct hw_table *interfaces)
{
    uint32_t found[OFFERED_ADDRESSES];
    size_t taken_count;
    uint32_t *taken = taken_addresses(interfaces, build->subnet, &taken_count);
    size_t count = hw_free_addresses(cidr, taken, taken_count, found, HW_COUNT(found));
    for (size_t i = 0; i < count; i++) {
        char text[16];
        hw_ipv4_text(found[i], text);
        struct hw_choice *choice = hw_offer(build, text, text, _("free"));
        if (choice)
            choice->best = i == 0;
    }
    free(taken);
}

/* Only when all taken addresses are known. */
static bool look_at_interfaces(struct hw_build *build)
{
    const struct hw_row *subnet = hw_subnet_find(build->discover, build->subnet);
    const struct hw_load *load = hw_interfaces_of(build->discover, build->subnet);
    if (!hw_load_over(load))
        return false;
    if (load->state == HW_LOAD_FAILED) {
        build->err = &load->err;
        return false;
    }
    if (subnet && !build->choices.count)
        offer_free(build, subnet->cell[HW_SUBNET_CIDR], &load->table);
    return true;
}

const struct hw_source_rule hw_addresses_rule = {
    .source = HW_SOURCE_ADDRESSES,
    .key = key_first_subnet,
    .begin = begin_addresses,
    .parts = (const struct hw_part[]){{.set = HW_DATA_SUBNETS}},
    .part_count = 1,
    .look = look_at_interfaces,
    .look_set = HW_DATA_INTERFACES,
};
