/* SPDX-License-Identifier: Apache-2.0 */
/* Subnets that were seen, and their free addresses. */
#include "discover/load.h"

#define OFFERED_ADDRESSES 64

void hw_subnets_forget(struct hw_discover *discover)
{
    for (size_t i = 0; i < discover->subnet_count; i++) {
        free(discover->subnets[i].id);
        free(discover->subnets[i].zone);
        free(discover->subnets[i].cidr);
    }
    discover->subnet_count = 0;
}

const struct hw_subnet *hw_subnet_find(const struct hw_discover *discover, const char *id)
{
    for (size_t i = 0; i < discover->subnet_count; i++) {
        if (strcmp(discover->subnets[i].id, id) == 0)
            return &discover->subnets[i];
    }
    return NULL;
}

const struct hw_subnet *hw_subnet_keep(struct hw_discover *discover, const struct hw_xml *item)
{
    hw_auto_text available = hw_xml_text(item, "availableIpAddressCount");
    long count = 0;
    hw_parse_int(available, 0, 1L << 30, &count);
    hw_grow(&discover->subnets, &discover->subnet_capacity, discover->subnet_count,
            sizeof *discover->subnets);
    struct hw_subnet *subnet = &discover->subnets[discover->subnet_count++];
    *subnet = (struct hw_subnet){.id = hw_xml_text(item, "subnetId"),
                                 .zone = hw_xml_text(item, "availabilityZone"),
                                 .cidr = hw_xml_text(item, "cidrBlock"),
                                 .free = count};
    return subnet;
}

struct hw_aws_request *hw_subnet_request(const char *id)
{
    struct hw_aws_request *request = hw_aws_request_new(HW_AWS_EC2, "DescribeSubnets");
    hw_aws_param(request, "SubnetId.1", id);
    return request;
}

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

static bool key_first_subnet(const struct hw_discover *discover, const struct hw_cluster *cluster,
                             struct hw_buf *out)
{
    const char *subnet = hw_first_subnet(cluster);
    return *subnet && hw_key_region(discover, cluster, out) && hw_buf_print(out, " %s", subnet);
}

static void begin_addresses(struct hw_load *load, const struct hw_cluster *cluster)
{
    hw_replace(&load->subnet, hw_first_subnet(cluster));
}

static struct hw_aws_request *ask_subnet(struct hw_load *load)
{
    bool known = hw_subnet_find(load->discover, load->subnet) != NULL;
    return known ? NULL : hw_subnet_request(load->subnet);
}

static void read_subnet(struct hw_load *load, const struct hw_aws_reply *reply)
{
    const struct hw_xml *item = hw_xml_path(reply->xml, "subnetSet/item");
    if (item && !hw_subnet_find(load->discover, load->subnet))
        hw_subnet_keep(load->discover, item);
}

static struct hw_aws_request *ask_interfaces(struct hw_load *load)
{
    struct hw_aws_request *request = hw_aws_request_new(HW_AWS_EC2, "DescribeNetworkInterfaces");
    hw_aws_param(request, "Filter.1.Name", "subnet-id");
    hw_aws_param(request, "Filter.1.Value.1", load->subnet);
    hw_aws_param(request, "MaxResults", "1000");
    return request;
}

static void read_interfaces(struct hw_load *load, const struct hw_aws_reply *reply)
{
    const struct hw_xml *set = hw_xml_child(reply->xml, "networkInterfaceSet");
    for (struct hw_xml *item = set ? hw_xml_first(set, "item") : NULL; item;
         item = hw_xml_next(item)) {
        const struct hw_xml *more = hw_xml_child(item, "privateIpAddressesSet");
        hw_strv_take(&load->names, hw_xml_text(item, "privateIpAddress"));
        for (struct hw_xml *one = more ? hw_xml_first(more, "item") : NULL; one;
             one = hw_xml_next(one))
            hw_strv_take(&load->names, hw_xml_text(one, "privateIpAddress"));
    }
}

static int by_address(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

/* Only when all taken addresses are known. */
static void rank_addresses(struct hw_load *load)
{
    const struct hw_subnet *subnet = hw_subnet_find(load->discover, load->subnet);
    uint32_t found[OFFERED_ADDRESSES];
    size_t taken_count = 0;
    if (load->query || !subnet || hw_offered(load, HW_SOURCE_ADDRESSES)->count)
        return;
    uint32_t *taken = hw_realloc(NULL, load->names.count + 1, sizeof *taken);
    for (size_t i = 0; i < load->names.count; i++)
        taken_count += hw_parse_ipv4(load->names.items[i], &taken[taken_count]);
    qsort(taken, taken_count, sizeof *taken, by_address);
    size_t count = hw_free_addresses(subnet->cidr, taken, taken_count, found, HW_COUNT(found));
    for (size_t i = 0; i < count; i++) {
        char text[16];
        hw_ipv4_text(found[i], text);
        struct hw_choice *choice = hw_offer(load, HW_SOURCE_ADDRESSES, text, text, _("free"));
        if (choice)
            choice->best = i == 0;
    }
    free(taken);
}

static const struct hw_query interfaces_query = {.build = ask_interfaces,
                                                 .read = read_interfaces,
                                                 .token_in = "NextToken",
                                                 .token_out = "nextToken"};
const struct hw_data_rule hw_data_addresses = {
    .key = key_first_subnet,
    .begin = begin_addresses,
    .query = &(
        const struct hw_query){.build = ask_subnet, .read = read_subnet, .then = &interfaces_query},
    .rank = rank_addresses,
    .sources = {HW_SOURCE_ADDRESSES},
};
