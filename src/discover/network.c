/* SPDX-License-Identifier: Apache-2.0 */
/* VPCs, subnets, the networks that access may come from, and directory domains. */
#include "discover/load.h"

#define ASKED_VPCS 5

/* VPCs. */

static struct hw_aws_request *ask_vpcs(struct hw_load *load HW_UNUSED)
{
    struct hw_aws_request *request = hw_aws_request_new(HW_AWS_EC2, "DescribeVpcs");
    hw_aws_param(request, "MaxResults", "1000");
    return request;
}

static void read_vpcs(struct hw_load *load, const struct hw_aws_reply *reply)
{
    const struct hw_xml *set = hw_xml_child(reply->xml, "vpcSet");
    for (struct hw_xml *item = set ? hw_xml_first(set, "item") : NULL; item;
         item = hw_xml_next(item)) {
        hw_auto_text id = hw_xml_text(item, "vpcId");
        hw_auto_text cidr = hw_xml_text(item, "cidrBlock");
        hw_auto_text is_default = hw_xml_text(item, "isDefault");
        hw_auto_text name = hw_name_tag(item);
        bool standard = strcmp(is_default, "true") == 0;
        hw_auto_text detail = hw_format("%s  %s%s%s", cidr, name, standard && *name ? ", " : "",
                                        standard ? _("default VPC") : "");
        struct hw_choice *choice = hw_offer(load, HW_SOURCE_VPCS, id, id, detail);
        if (choice)
            choice->best = standard;
    }
}

/* A cluster needs a private zone, so the first VPC that has one is the best, before the default
 * one. Few are asked: Route 53 takes five requests a second from an account. */
static struct hw_aws_request *ask_vpc_zones(struct hw_load *load)
{
    const struct hw_choices *choices = hw_offered(load, HW_SOURCE_VPCS);
    if (choices->count < 2 || load->at >= choices->count || load->at >= ASKED_VPCS)
        return NULL;
    return hw_zones_request(load->discover, choices->items[load->at].value);
}

static bool has_own_zone(const struct hw_xml *set)
{
    for (struct hw_xml *item = set ? hw_xml_first(set, "HostedZoneSummary") : NULL; item;
         item = hw_xml_next(item)) {
        if (!hw_xml_path(item, "Owner/OwningService"))
            return true;
    }
    return false;
}

static void read_vpc_zones(struct hw_load *load, const struct hw_aws_reply *reply)
{
    struct hw_choices *choices = hw_offered(load, HW_SOURCE_VPCS);
    if (has_own_zone(hw_xml_child(reply->xml, "HostedZoneSummaries"))) {
        for (size_t i = 0; i < choices->count; i++)
            choices->items[i].best = i == load->at;
        load->at = choices->count;
    }
    load->at++;
}

static const struct hw_query vpc_zones_query = {
    .build = ask_vpc_zones, .read = read_vpc_zones, .repeat = true, .optional = true};
const struct hw_data_rule hw_data_vpcs = {
    .key = hw_key_region,
    .query = &(const struct hw_query){.build = ask_vpcs,
                                      .read = read_vpcs,
                                      .token_in = "NextToken",
                                      .token_out = "nextToken",
                                      .then = &vpc_zones_query},
    .sources = {HW_SOURCE_VPCS},
};

/* Subnets, and the networks of the VPC on the way. */

static void begin_in_vpc(struct hw_load *load, const struct hw_cluster *cluster)
{
    hw_replace(&load->vpc, hw_cluster_get(cluster, "network.vpc"));
}

static void begin_subnets(struct hw_load *load, const struct hw_cluster *cluster)
{
    begin_in_vpc(load, cluster);
    hw_subnets_forget(load->discover);
}

static struct hw_aws_request *ask_vpc(struct hw_load *load)
{
    struct hw_aws_request *request = hw_aws_request_new(HW_AWS_EC2, "DescribeVpcs");
    hw_aws_param(request, "VpcId.1", load->vpc);
    return request;
}

static void read_networks(struct hw_load *load, const struct hw_aws_reply *reply)
{
    const struct hw_xml *vpc = hw_xml_path(reply->xml, "vpcSet/item");
    const struct hw_xml *set = vpc ? hw_xml_child(vpc, "cidrBlockAssociationSet") : NULL;
    hw_auto_text main_cidr = hw_xml_text(vpc, "cidrBlock");
    struct hw_choice *choice =
        hw_offer(load, HW_SOURCE_NETWORKS, main_cidr, main_cidr, _("the whole VPC"));
    if (choice)
        choice->best = true;
    for (struct hw_xml *item = set ? hw_xml_first(set, "item") : NULL; item;
         item = hw_xml_next(item)) {
        hw_auto_text cidr = hw_xml_text(item, "cidrBlock");
        if (strcmp(cidr, main_cidr) != 0)
            hw_offer(load, HW_SOURCE_NETWORKS, cidr, cidr, _("another network of the VPC"));
    }
}

static struct hw_aws_request *ask_subnets(struct hw_load *load)
{
    struct hw_aws_request *request = hw_aws_request_new(HW_AWS_EC2, "DescribeSubnets");
    hw_aws_param(request, "Filter.1.Name", "vpc-id");
    hw_aws_param(request, "Filter.1.Value.1", load->vpc);
    hw_aws_param(request, "MaxResults", "1000");
    return request;
}

static void offer_subnet(struct hw_load *load, const struct hw_xml *item)
{
    const struct hw_subnet *subnet = hw_subnet_keep(load->discover, item);
    hw_auto_text name = hw_name_tag(item);
    hw_auto_text free_text = hw_format(_("%ld free"), subnet->free);
    hw_auto_text detail = hw_format("%s  %s  %s  %s", subnet->zone, subnet->cidr, free_text, name);
    struct hw_choice *choice = hw_offer(load, HW_SOURCE_SUBNETS, subnet->id, subnet->id, detail);
    if (!choice)
        return;
    hw_replace(&choice->group, subnet->zone);
    if (subnet->free < 2)
        hw_offer_unfit(choice, _("has no free addresses"));
    hw_offer(load, HW_SOURCE_NETWORKS, subnet->cidr, subnet->cidr, name);
}

static void read_subnets(struct hw_load *load, const struct hw_aws_reply *reply)
{
    const struct hw_xml *set = hw_xml_child(reply->xml, "subnetSet");
    for (struct hw_xml *item = set ? hw_xml_first(set, "item") : NULL; item;
         item = hw_xml_next(item))
        offer_subnet(load, item);
}

static int by_free(const void *a, const void *b)
{
    const struct hw_subnet *x = *(const struct hw_subnet *const *)a;
    const struct hw_subnet *y = *(const struct hw_subnet *const *)b;
    if (x->free != y->free)
        return x->free > y->free ? -1 : 1;
    return strcmp(x->cidr, y->cidr);
}

static void mark_best(struct hw_choices *choices, const struct hw_subnet *subnet)
{
    for (size_t i = 0; subnet && i < choices->count; i++) {
        if (strcmp(choices->items[i].value, subnet->id) == 0)
            choices->items[i].best = !choices->items[i].unfit;
    }
}

/* The one with most free addresses, and the one with most in another zone. */
static void rank_subnets(struct hw_load *load)
{
    struct hw_discover *discover = load->discover;
    struct hw_choices *choices = hw_offered(load, HW_SOURCE_SUBNETS);
    size_t count = discover->subnet_count;
    if (!count)
        return;
    const struct hw_subnet **order = hw_realloc(NULL, count, sizeof *order);
    for (size_t i = 0; i < count; i++)
        order[i] = &discover->subnets[i];
    qsort(order, count, sizeof *order, by_free);
    size_t second = 1;
    while (second < count && strcmp(order[second]->zone, order[0]->zone) == 0)
        second++;
    for (size_t i = 0; i < choices->count; i++)
        choices->items[i].best = false;
    mark_best(choices, order[0]);
    mark_best(choices, second < count ? order[second] : NULL);
    free(order);
}

static const struct hw_query subnets_query = {
    .build = ask_subnets, .read = read_subnets, .token_in = "NextToken", .token_out = "nextToken"};
const struct hw_data_rule hw_data_subnets = {
    .key = hw_key_vpc,
    .begin = begin_subnets,
    .query =
        &(const struct hw_query){.build = ask_vpc, .read = read_networks, .then = &subnets_query},
    .rank = rank_subnets,
    .sources = {HW_SOURCE_SUBNETS, HW_SOURCE_NETWORKS},
};

/* Directory domains: the domain name that DHCP hands to the machines of the VPC. */

static void read_dhcp_id(struct hw_load *load, const struct hw_aws_reply *reply)
{
    free(load->other);
    load->other = hw_xml_text(reply->xml, "vpcSet/item/dhcpOptionsId");
}

static struct hw_aws_request *ask_dhcp(struct hw_load *load)
{
    if (!load->other || !hw_text_starts(load->other, "dopt-"))
        return NULL; /* "default": the VPC has none of its own */
    struct hw_aws_request *request = hw_aws_request_new(HW_AWS_EC2, "DescribeDhcpOptions");
    hw_aws_param(request, "DhcpOptionsId.1", load->other);
    return request;
}

/* The names that Amazon gives are no directory domains. */
static bool is_amazon_domain(const char *name)
{
    return strcmp(name, "ec2.internal") == 0 || hw_text_ends(name, ".compute.internal");
}

static void offer_domains(struct hw_load *load, const struct hw_xml *values)
{
    for (struct hw_xml *item = values ? hw_xml_first(values, "item") : NULL; item;
         item = hw_xml_next(item)) {
        hw_auto_text value = hw_xml_text(item, "value");
        size_t length = strcspn(value, " ");
        hw_auto_text name = hw_strndup(value, length);
        if (*name && !is_amazon_domain(name))
            hw_offer(load, HW_SOURCE_DOMAINS, name, name, _("from the VPC's DHCP options"));
    }
}

static void read_dhcp(struct hw_load *load, const struct hw_aws_reply *reply)
{
    const struct hw_xml *set = hw_xml_path(reply->xml, "dhcpOptionsSet/item/dhcpConfigurationSet");
    for (struct hw_xml *item = set ? hw_xml_first(set, "item") : NULL; item;
         item = hw_xml_next(item)) {
        hw_auto_text key = hw_xml_text(item, "key");
        if (strcmp(key, "domain-name") == 0)
            offer_domains(load, hw_xml_child(item, "valueSet"));
    }
}

static const struct hw_query dhcp_query = {.build = ask_dhcp, .read = read_dhcp};
const struct hw_data_rule hw_data_domains = {
    .key = hw_key_vpc,
    .begin = begin_in_vpc,
    .query = &(const struct hw_query){.build = ask_vpc, .read = read_dhcp_id, .then = &dhcp_query},
    .sources = {HW_SOURCE_DOMAINS},
};
