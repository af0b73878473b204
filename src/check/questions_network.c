/* SPDX-License-Identifier: Apache-2.0 */
/* What the account is asked of its network, addresses, names and access. Names of parameters
 * and members are those of the API references of the services. */
#include "check/questions.h"

#define CLUSTER_TAG "tag:hpcwiz:cluster"

/* Asked where the account is at home: a Region that is not enabled answers nobody. */
static bool fill_regions(struct hw_check_run *run, size_t at HW_UNUSED,
                         struct hw_aws_request *request)
{
    const char *region = hw_check_get(run, "region");
    hw_aws_request_region(request, hw_text_starts(region, "cn-")       ? "cn-north-1"
                                   : hw_text_starts(region, "us-gov-") ? "us-gov-west-1"
                                                                       : "us-east-1");
    hw_aws_param(request, "AllRegions", "true");
    return true;
}

static bool fill_vpc(struct hw_check_run *run, size_t at HW_UNUSED, struct hw_aws_request *request)
{
    hw_aws_param(request, "VpcId.1", hw_check_get(run, "network.vpc"));
    return true;
}

static bool fill_dns(struct hw_check_run *run, size_t at, struct hw_aws_request *request)
{
    hw_aws_param(request, "VpcId", hw_check_get(run, "network.vpc"));
    hw_aws_param(request, "Attribute", at == 0 ? "enableDnsSupport" : "enableDnsHostnames");
    return true;
}

static bool fill_dhcp(struct hw_check_run *run, size_t at HW_UNUSED, struct hw_aws_request *request)
{
    const char *id = hw_told_text(json_array_get(hw_told(run, HW_TOPIC_VPC), 0), "dhcpOptionsId");
    hw_aws_param(request, "DhcpOptionsId.1", id);
    return hw_text_starts(id, "dopt-");
}

static bool fill_subnets(struct hw_check_run *run, size_t at HW_UNUSED,
                         struct hw_aws_request *request)
{
    return hw_ask_filter_all(request, 1, "subnet-id", hw_check_list(run, "network.subnets"));
}

static bool fill_in_vpc(struct hw_check_run *run, size_t at HW_UNUSED,
                        struct hw_aws_request *request)
{
    hw_ask_filter(request, 1, "vpc-id", hw_check_get(run, "network.vpc"));
    return true;
}

static bool fill_addresses(struct hw_check_run *run, size_t at HW_UNUSED,
                           struct hw_aws_request *request)
{
    hw_auto(hw_strv) addresses = {0};
    hw_strv_add(&addresses, hw_check_get(run, "network.head_address"));
    if (hw_check_sql_own(run))
        hw_strv_add(&addresses, hw_check_get(run, "network.sql_address"));
    hw_ask_filter(request, 1, "vpc-id", hw_check_get(run, "network.vpc"));
    return hw_ask_filter_all(request, 2, "addresses.private-ip-address", &addresses);
}

static bool fill_kept(struct hw_check_run *run, size_t at HW_UNUSED, struct hw_aws_request *request)
{
    hw_ask_filter(request, 1, CLUSTER_TAG, hw_check_get(run, "cluster"));
    return true;
}

static bool fill_zone(struct hw_check_run *run, size_t at HW_UNUSED, struct hw_aws_request *request)
{
    hw_auto_text path =
        hw_format("/2013-04-01/hostedzone/%s", hw_check_get(run, "network.hosted_zone"));
    hw_aws_rest(request, "GET", path);
    return true;
}

static bool fill_record(struct hw_check_run *run, size_t at, struct hw_aws_request *request)
{
    hw_auto_text path =
        hw_format("/2013-04-01/hostedzone/%s/rrset", hw_check_get(run, "network.hosted_zone"));
    hw_auto_text name =
        hw_format("%s.%s.", at == 0 ? "headnode" : "mssql", hw_check_get(run, "network.zone_name"));
    hw_aws_rest(request, "GET", path);
    hw_aws_param(request, "name", name);
    hw_aws_param(request, "type", "A");
    hw_aws_param(request, "maxitems", "1");
    return true;
}

static bool fill_key_pair(struct hw_check_run *run, size_t at HW_UNUSED,
                          struct hw_aws_request *request)
{
    hw_ask_filter(request, 1, "key-name", hw_check_get(run, "access.key_pair"));
    return true;
}

static bool fill_rules_quota(struct hw_check_run *run HW_UNUSED, size_t at HW_UNUSED,
                             struct hw_aws_request *request)
{
    hw_aws_param(request, "ServiceCode", "vpc");
    hw_aws_param(request, "QuotaCode", "L-0EA8095F");
    return true;
}

const struct hw_first_question hw_first_network[] = {
    {HW_ONCE,
     EC2(HW_TOPIC_REGIONS, "DescribeRegions", .fill = fill_regions, .set = "regionInfo/item")},
    {HW_ONCE, EC2(HW_TOPIC_VPC, "DescribeVpcs", .fill = fill_vpc, .set = "vpcSet/item",
                  .refused = hw_ask_absent)},
    {HW_TWICE, EC2(HW_TOPIC_DNS, "DescribeVpcAttribute", .fill = fill_dns, .set = "",
                   .refused = hw_ask_absent)},
    {HW_ONCE,
     EC2(HW_TOPIC_SUBNETS, "DescribeSubnets", .fill = fill_subnets, .set = "subnetSet/item")},
    {HW_ONCE, EC2(HW_TOPIC_ROUTES, "DescribeRouteTables", .fill = fill_in_vpc,
                  .set = "routeTableSet/item", PAGES)},
    {HW_ONCE, EC2(HW_TOPIC_ENDPOINTS, "DescribeVpcEndpoints", .fill = fill_in_vpc,
                  .set = "vpcEndpointSet/item", PAGES)},
    {HW_ONCE, EC2(HW_TOPIC_ADDRESSES, "DescribeNetworkInterfaces", .fill = fill_addresses,
                  .set = "networkInterfaceSet/item")},
    {HW_ONCE, EC2(HW_TOPIC_KEPT, "DescribeNetworkInterfaces", .fill = fill_kept,
                  .set = "networkInterfaceSet/item")},
    {HW_ONCE,
     EC2(HW_TOPIC_KEPT, "DescribeVolumes", .fill = fill_kept, .set = "volumeSet/item", PAGES)},
    {HW_ONCE,
     {.topic = HW_TOPIC_ZONE,
      .service = HW_AWS_ROUTE53,
      .operation = "GetHostedZone",
      .action = "route53:GetHostedZone",
      .fill = fill_zone,
      .set = "",
      .refused = hw_ask_absent}},
    {HW_TWICE,
     {.topic = HW_TOPIC_RECORDS,
      .service = HW_AWS_ROUTE53,
      .operation = "ListResourceRecordSets",
      .action = "route53:ListResourceRecordSets",
      .fill = fill_record,
      .set = "ResourceRecordSets/ResourceRecordSet",
      .refused = hw_ask_absent}},
    {HW_ONCE,
     EC2(HW_TOPIC_KEY_PAIR, "DescribeKeyPairs", .fill = fill_key_pair, .set = "keySet/item")},
    {HW_ONCE,
     {.topic = HW_TOPIC_RULES_QUOTA,
      .service = HW_AWS_SERVICE_QUOTAS,
      .operation = "GetServiceQuota",
      .action = "servicequotas:GetServiceQuota",
      .fill = fill_rules_quota,
      .set = "Quota",
      .refused = hw_ask_absent}},
    {.question = {.operation = NULL}},
};

const struct hw_check_question hw_question_dhcp =
    EC2(HW_TOPIC_DHCP, "DescribeDhcpOptions", .fill = fill_dhcp, .set = "dhcpOptionsSet/item",
        .refused = hw_ask_absent);
