/* SPDX-License-Identifier: Apache-2.0 */
/* What the account says of network, addresses, names and access. */
#include "check/account.h"

static const json_t *subnet_told(const struct hw_check_run *run, const char *id)
{
    return hw_told_find(run, HW_TOPIC_SUBNETS, "subnetId", id);
}

static const char *first_subnet(const struct hw_check_run *run)
{
    const struct hw_strv *subnets = hw_check_list(run, "network.subnets");
    return subnets->count ? subnets->items[0] : "";
}

static void judge_region(struct hw_check_run *run, const char *id)
{
    const char *region = hw_check_get(run, "region");
    const json_t *told = hw_told_find(run, HW_TOPIC_REGIONS, "regionName", region);
    if (!told)
        hw_found(run, id, "region", _("Choose one of the Regions that the list offers."),
                 _("there is no Region %s"), region);
    else if (hw_told_is(told, "optInStatus", "not-opted-in"))
        hw_found(run, id, "region", _("Enable it in the account settings, or choose another one."),
                 _("the Region %s is not enabled for this account"), region);
}

static void judge_vpc(struct hw_check_run *run, const char *id)
{
    const char *vpc = hw_check_get(run, "network.vpc");
    const json_t *told = json_array_get(hw_told(run, HW_TOPIC_VPC), 0);
    if (!told)
        hw_found(run, id, "network.vpc", _("Choose one that the account has."),
                 _("there is no VPC %s in %s"), vpc, hw_check_get(run, "region"));
    else if (!hw_told_is(told, "state", "available"))
        hw_found(run, id, "network.vpc", _("Choose another one, or wait."), _("VPC %s is %s"), vpc,
                 hw_told_text(told, "state"));
}

static void judge_dns(struct hw_check_run *run, const char *id)
{
    static const char *const attributes[] = {"enableDnsSupport", "enableDnsHostnames"};
    size_t i;
    json_t *told;
    json_array_foreach(hw_told(run, HW_TOPIC_DNS), i, told)
    {
        for (size_t a = 0; a < HW_COUNT(attributes); a++) {
            const json_t *value = hw_told_at(told, attributes[a]);
            if (value && !hw_told_is(value, "value", "true"))
                hw_found(run, id, "network.vpc",
                         _("Turn it on: aws ec2 modify-vpc-attribute, or VPC > Edit settings."),
                         _("%s is off in %s: private zones and endpoints do not resolve there"),
                         attributes[a], hw_check_get(run, "network.vpc"));
        }
    }
}

/* Values of one option of the VPC's DHCP options, or NULL. */
static const json_t *dhcp_values(const struct hw_check_run *run, const char *key)
{
    const json_t *options = json_array_get(hw_told(run, HW_TOPIC_DHCP), 0);
    size_t i;
    json_t *item;
    json_array_foreach(json_object_get(options, "dhcpConfigurationSet"), i, item)
    {
        if (hw_told_is(item, "key", key))
            return json_object_get(item, "valueSet");
    }
    return NULL;
}

/* The AmazonProvidedDNS resolver knows private zones and, through a Route 53 Resolver rule, the
 * directory; rules are not seen here, so this is a warning. A DNS server of one's own knows the
 * directory but has to forward the private zone. */
static void judge_dhcp(struct hw_check_run *run, const char *id)
{
    const json_t *servers = dhcp_values(run, "domain-name-servers");
    bool amazon = !servers || hw_told_is(servers, "0.value", "AmazonProvidedDNS");
    const char *domain = hw_check_get(run, "directory.domain");
    if (amazon)
        hw_found(run, id, "directory.domain",
                 _("Use DHCP options with the directory's DNS servers, or a Resolver rule for it."),
                 _("nodes ask Amazon's DNS, which knows %s only with a Resolver rule"), domain);
}

static void judge_subnets(struct hw_check_run *run, const char *id)
{
    const struct hw_strv *subnets = hw_check_list(run, "network.subnets");
    const char *vpc = hw_check_get(run, "network.vpc");
    for (size_t i = 0; i < subnets->count; i++) {
        const char *name = subnets->items[i];
        const json_t *told = subnet_told(run, name);
        if (!told)
            hw_found(run, id, "network.subnets", _("Choose one that the VPC has."),
                     _("there is no subnet %s in %s"), name, hw_check_get(run, "region"));
        else if (!hw_told_is(told, "vpcId", vpc))
            hw_found(run, id, "network.subnets", _("Choose one of the same VPC."),
                     _("subnet %s is in %s, not in %s"), name, hw_told_text(told, "vpcId"), vpc);
        else if (!hw_told_is(told, "state", "available"))
            hw_found(run, id, "network.subnets", _("Choose another one, or wait."),
                     _("subnet %s is %s"), name, hw_told_text(told, "state"));
        else if (hw_told_is(told, "ipv6Native", "true"))
            hw_found(run, id, "network.subnets", _("Choose a subnet with an IPv4 range."),
                     _("subnet %s has IPv6 only, which HPC Pack does not use"), name);
    }
}

static void judge_spread(struct hw_check_run *run, const char *id)
{
    const struct hw_strv *subnets = hw_check_list(run, "network.subnets");
    const char *zone = hw_told_text(subnet_told(run, first_subnet(run)), "availabilityZone");
    for (size_t i = 1; i < subnets->count; i++) {
        const char *other = hw_told_text(subnet_told(run, subnets->items[i]), "availabilityZone");
        if (strcmp(zone, other) != 0)
            return;
    }
    if (subnets->count > 1 && *zone)
        hw_found(run, id, "network.subnets", _("Add a subnet in another zone if you can."),
                 _("all subnets are in %s: without capacity there, no node starts"), zone);
}

/* ---- Free addresses ---- */

static bool only_first_subnet(const struct hw_check_run *run, size_t group)
{
    hw_auto_text key = hw_key_of_group("nodes.compute.*.placement", group);
    return strcmp(hw_check_get(run, key), "cluster") == 0;
}

/* Addresses that this cluster has already: a second deployment needs no new ones for them. */
static long own_interfaces(const struct hw_check_run *run, const char *subnet)
{
    long count = 0;
    size_t i;
    json_t *item;
    json_array_foreach(hw_told(run, HW_TOPIC_KEPT), i, item)
    {
        count +=
            json_object_get(item, "networkInterfaceId") && hw_told_is(item, "subnetId", subnet);
    }
    return count;
}

static void judge_free_addresses(struct hw_check_run *run, const char *id)
{
    const struct hw_strv *subnets = hw_check_list(run, "network.subnets");
    long needed = 0, first = 0, available = 0;
    for (size_t i = 0; i < run->place_count; i++) {
        const struct hw_place *place = &run->places[i];
        bool compute = strcmp(place->role, "compute") == 0;
        long nodes = (long)place->most + (compute ? 1 : 0); /* one that is being replaced */
        needed += nodes;
        if (!compute || only_first_subnet(run, place->group))
            first += nodes;
    }
    for (size_t i = 0; i < subnets->count; i++) {
        long free_here =
            hw_told_number(subnet_told(run, subnets->items[i]), "availableIpAddressCount");
        if (free_here < 0)
            return; /* network.subnets says why */
        free_here += own_interfaces(run, subnets->items[i]);
        available += free_here;
        if (i == 0 && free_here < first)
            hw_found(run, id, "network.subnets", _("Choose a larger first subnet."),
                     _("%s has %ld free addresses, %ld may be needed in it"), subnets->items[0],
                     free_here, first);
    }
    if (available < needed)
        hw_found(run, id, "network.subnets", _("Add a subnet, or make the groups smaller."),
                 _("the subnets have %ld free addresses, %ld may be needed at full size"),
                 available, needed);
}

/* ---- The way out ---- */

static bool associated(const json_t *table, const char *member, const char *value)
{
    size_t i;
    json_t *item;
    json_array_foreach(json_object_get(table, "associationSet"), i, item)
    {
        if (hw_told_is(item, member, value))
            return true;
    }
    return false;
}

/* The subnet's own route table, else the main one. */
static const json_t *route_table(const struct hw_check_run *run, const char *subnet)
{
    const json_t *main_table = NULL;
    size_t i;
    json_t *table;
    json_array_foreach(hw_told(run, HW_TOPIC_ROUTES), i, table)
    {
        if (associated(table, "subnetId", subnet))
            return table;
        if (associated(table, "main", "true"))
            main_table = table;
    }
    return main_table;
}

enum way { WAY_NONE, WAY_OPEN, WAY_PUBLIC, WAY_BLACKHOLE };

/* Where the default route of a table leads. Anything but an internet gateway gives private
 * addresses a way: NAT gateway, transit gateway, VPN, peering, an appliance. */
static enum way default_route(const json_t *table)
{
    size_t i;
    json_t *route;
    json_array_foreach(json_object_get(table, "routeSet"), i, route)
    {
        if (!hw_told_is(route, "destinationCidrBlock", "0.0.0.0/0"))
            continue;
        if (hw_told_is(route, "state", "blackhole"))
            return WAY_BLACKHOLE;
        return hw_text_starts(hw_told_text(route, "gatewayId"), "igw-") ? WAY_PUBLIC : WAY_OPEN;
    }
    return WAY_NONE;
}

static bool lists_text(const json_t *list, const char *member, const char *value)
{
    size_t i;
    json_t *item;
    json_array_foreach(list, i, item)
    {
        const char *text =
            json_is_string(item) ? json_string_value(item) : hw_told_text(item, member);
        if (strcmp(text, value) == 0)
            return true;
    }
    return false;
}

/* An endpoint of the VPC leads to the service: a gateway through the subnet's routes, an interface
 * if the service's own name resolves to it. */
static bool endpoint_leads(const struct hw_check_run *run, const char *service, const json_t *table)
{
    hw_auto_text ending = hw_format(".%s.%s", hw_check_get(run, "region"), service);
    size_t i;
    json_t *endpoint;
    json_array_foreach(hw_told(run, HW_TOPIC_ENDPOINTS), i, endpoint)
    {
        bool gateway = hw_told_is(endpoint, "vpcEndpointType", "Gateway");
        if (!hw_text_ends(hw_told_text(endpoint, "serviceName"), ending) ||
            strcasecmp(hw_told_text(endpoint, "state"), "available") != 0)
            continue;
        if (gateway ? lists_text(json_object_get(endpoint, "routeTableIdSet"), "",
                                 hw_told_text(table, "routeTableId"))
                    : hw_told_is(endpoint, "privateDnsEnabled", "true"))
            return true;
    }
    return false;
}

static void blame_way(struct hw_check_run *run, const char *id, const char *subnet, enum way way,
                      const char *missing)
{
    if (way == WAY_PUBLIC)
        hw_found(run, id, "network.subnets",
                 _("Choose private subnets behind a NAT gateway, or add the endpoints."),
                 _("%s leads to an internet gateway, but nodes get no public address: %s cannot be "
                   "reached"),
                 subnet, missing);
    else if (way == WAY_BLACKHOLE)
        hw_found(run, id, "network.subnets", _("Repair the route, or add the endpoints."),
                 _("the default route of %s leads nowhere (blackhole): %s cannot be reached"),
                 subnet, missing);
    else
        hw_found(run, id, "network.subnets",
                 _("Add a NAT gateway or VPC endpoints with private DNS for these services."),
                 _("nodes in %s have no way to %s: no signal would ever arrive"), subnet, missing);
}

static void judge_way_out(struct hw_check_run *run, const char *id)
{
    static const char *const services[] = {"cloudformation", "ssm", "s3"};
    const struct hw_strv *subnets = hw_check_list(run, "network.subnets");
    for (size_t i = 0; i < subnets->count; i++) {
        const char *subnet = subnets->items[i];
        const json_t *table = route_table(run, subnet), *told = subnet_told(run, subnet);
        enum way way = default_route(table);
        bool public_address = hw_told_is(told, "mapPublicIpOnLaunch", "true");
        hw_auto(hw_buf) missing = HW_BUF(HW_MAX_VALUE);
        if (!told || way == WAY_OPEN || (way == WAY_PUBLIC && public_address))
            continue;
        for (size_t s = 0; s < HW_COUNT(services); s++) {
            if (!endpoint_leads(run, services[s], table))
                hw_buf_print(&missing, "%s%s", missing.len ? ", " : "", services[s]);
        }
        if (missing.len)
            blame_way(run, id, subnet, way, hw_buf_cstr(&missing));
    }
}

/* ---- Fixed addresses, what is kept ---- */

#define RESERVED_FIRST 4u /* VPC user guide, "Subnet CIDR blocks" */

static bool is_ours(const struct hw_check_run *run, const json_t *item)
{
    return strcmp(hw_told_tag(item, HW_CLUSTER_TAG), hw_check_get(run, "cluster")) == 0;
}

static void judge_in_use(struct hw_check_run *run, const char *id, const char *key,
                         const char *address)
{
    size_t i, k;
    json_t *nic, *own;
    json_array_foreach(hw_told(run, HW_TOPIC_ADDRESSES), i, nic)
    {
        bool has = hw_told_is(nic, "privateIpAddress", address);
        json_array_foreach(json_object_get(nic, "privateIpAddressesSet"), k, own)
        {
            has = has || hw_told_is(own, "privateIpAddress", address);
        }
        if (has && !is_ours(run, nic))
            hw_found(run, id, key, _("Choose a free one; the list offers some."),
                     _("%s: %s is in use by %s %s"), key, address,
                     hw_told_text(nic, "networkInterfaceId"), hw_told_text(nic, "description"));
    }
}

static void judge_address(struct hw_check_run *run, const char *id, const char *key)
{
    const char *address = hw_check_get(run, key);
    const char *cidr = hw_told_text(subnet_told(run, first_subnet(run)), "cidrBlock");
    uint32_t net, ip;
    unsigned bits;
    if (!*address || !hw_parse_ipv4(address, &ip) || !hw_parse_cidr(cidr, &net, &bits))
        return;
    uint32_t last = bits == 0 ? UINT32_MAX : net | (uint32_t)((UINT64_C(1) << (32 - bits)) - 1);
    if (!hw_cidr_has(net, bits, ip))
        hw_found(run, id, key, _("Choose one of the first subnet; the list offers some."),
                 _("%s: %s is outside %s, the range of the first subnet"), key, address, cidr);
    else if (ip < net + RESERVED_FIRST || ip == last)
        hw_found(run, id, key, _("Choose another one; the list offers some."),
                 _("%s: AWS keeps %s for itself in %s"), key, address, cidr);
    else
        judge_in_use(run, id, key, address);
}

static void judge_addresses(struct hw_check_run *run, const char *id)
{
    if (hw_check_sql_own(run))
        judge_address(run, id, "network.sql_address");
    judge_address(run, id, "network.head_address");
}

static bool stack_exists(const struct hw_check_run *run, const char *role)
{
    for (size_t i = 0; i < run->stacks.count; i++) {
        const json_t *told =
            hw_told_find(run, HW_TOPIC_STACKS, "StackName", run->stacks.items[i].name);
        if (strcmp(run->stacks.items[i].role, role) == 0 && told &&
            !hw_told_is(told, "StackStatus", "REVIEW_IN_PROGRESS") &&
            !hw_told_is(told, "StackStatus", "DELETE_COMPLETE"))
            return true;
    }
    return false;
}

/* An interface and a volume stay in their zone: in another one, CloudFormation replaces them, and
 * the new volume is empty. */
static void judge_same_zone(struct hw_check_run *run, const char *id)
{
    const char *zone = hw_told_text(subnet_told(run, first_subnet(run)), "availabilityZone");
    size_t i;
    json_t *item;
    json_array_foreach(hw_told(run, HW_TOPIC_KEPT), i, item)
    {
        const char *where = hw_told_text(item, "availabilityZone");
        const char *role = hw_told_tag(item, "hpcwiz:role");
        bool volume = *hw_told_text(item, "volumeId");
        bool kept = *role && *hw_told_tag(item, "aws:cloudformation:stack-name") &&
                    (strcmp(role, "sql") == 0 || strcmp(role, "head") == 0);
        if (!kept || !*zone || !*where || strcmp(zone, where) == 0 || !stack_exists(run, role))
            continue;
        hw_found(run, id, "network.subnets", _("Put a subnet of that zone first."),
                 volume ? _("data volume %s of the running cluster is in %s, the first subnet in "
                            "%s: its node would start with an empty one")
                        : _("interface %s of the running cluster is in %s, the first subnet in %s: "
                            "it would be replaced, with its address"),
                 hw_told_text(item, volume ? "volumeId" : "networkInterfaceId"), where, zone);
    }
}

static void judge_leftovers(struct hw_check_run *run, const char *id)
{
    size_t i;
    json_t *item;
    json_array_foreach(hw_told(run, HW_TOPIC_KEPT), i, item)
    {
        const char *volume = hw_told_text(item, "volumeId");
        if (*volume && hw_told_is(item, "status", "available") && !stack_exists(run, "sql"))
            hw_found(run, id, "cluster",
                     _("Delete it when its databases are not needed any more; it costs money."),
                     _("volume %s (%s GiB, %s) is left of an earlier cluster %s"), volume,
                     hw_told_text(item, "size"), hw_told_text(item, "availabilityZone"),
                     hw_check_get(run, "cluster"));
        else if (!*volume && hw_told_is(item, "status", "available") &&
                 !stack_exists(run, "head") && !stack_exists(run, "sql"))
            hw_found(run, id, "cluster", _("Delete it if nothing else uses it."),
                     _("interface %s (%s) is left of an earlier cluster %s"),
                     hw_told_text(item, "networkInterfaceId"),
                     hw_told_text(item, "privateIpAddress"), hw_check_get(run, "cluster"));
    }
}

/* ---- Names ---- */

static bool has_vpc(const json_t *zone, const char *vpc, const char *region)
{
    size_t i;
    json_t *item;
    json_array_foreach(json_object_get(zone, "VPCs"), i, item)
    {
        if (hw_told_is(item, "VPCId", vpc) && hw_told_is(item, "VPCRegion", region))
            return true;
    }
    return false;
}

static void judge_zone(struct hw_check_run *run, const char *id)
{
    const json_t *told = json_array_get(hw_told(run, HW_TOPIC_ZONE), 0);
    const char *zone = hw_check_get(run, "network.hosted_zone"),
               *vpc = hw_check_get(run, "network.vpc");
    if (!told)
        hw_found(run, id, "network.hosted_zone", _("Choose one that the VPC sees."),
                 _("there is no hosted zone %s"), zone);
    else if (!hw_told_is(told, "HostedZone.Config.PrivateZone", "true"))
        hw_found(run, id, "network.hosted_zone", _("Choose a private zone."),
                 _("zone %s is public: the nodes' addresses would be told to the world"), zone);
    else if (!has_vpc(told, vpc, hw_check_get(run, "region")))
        hw_found(run, id, "network.hosted_zone",
                 _("Associate it: aws route53 associate-vpc-with-hosted-zone."),
                 _("zone %s is not associated with %s: nodes would not find each other"), zone,
                 vpc);
}

static void judge_zone_name(struct hw_check_run *run, const char *id)
{
    const json_t *told = json_array_get(hw_told(run, HW_TOPIC_ZONE), 0);
    const char *full = hw_told_text(told, "HostedZone.Name");
    hw_auto_text name = hw_strndup(full, strlen(full) - hw_text_ends(full, "."));
    const char *ours = hw_check_get(run, "network.zone_name");
    if (*name && !hw_text_equal_nocase(name, ours) &&
        !(hw_text_ends(ours, name) && ours[strlen(ours) - strlen(name) - 1] == '.'))
        hw_found(run, id, "network.zone_name", _("Clear the answer: it follows from the zone."),
                 _("zone %s is named %s, not %s: its records would be refused"),
                 hw_check_get(run, "network.hosted_zone"), name, ours);
}

static void judge_records(struct hw_check_run *run, const char *id)
{
    static const struct {
        const char *host, *role;
    } names[] = {{"headnode", "head"}, {"mssql", "sql"}};
    for (size_t i = 0; i < HW_COUNT(names); i++) {
        hw_auto_text name =
            hw_format("%s.%s.", names[i].host, hw_check_get(run, "network.zone_name"));
        bool wanted = i == 0 || hw_check_sql_own(run);
        if (wanted && hw_told_find(run, HW_TOPIC_RECORDS, "Name", name) &&
            !stack_exists(run, names[i].role))
            hw_found(run, id, "network.hosted_zone",
                     _("Delete the record if it is stale, or use another zone."),
                     _("the name %s is taken already: another cluster in this zone?"), name);
    }
}

static void judge_key_pair(struct hw_check_run *run, const char *id)
{
    const char *name = hw_check_get(run, "access.key_pair");
    const json_t *told = hw_told_find(run, HW_TOPIC_KEY_PAIR, "keyName", name);
    if (!told)
        hw_found(run, id, "access.key_pair", _("Choose one that the account has."),
                 _("there is no key pair %s in %s"), name, hw_check_get(run, "region"));
    else if (!hw_told_is(told, "keyType", "rsa"))
        hw_found(run, id, "access.key_pair", _("Choose or make an RSA key pair."),
                 _("key pair %s is %s: a Windows password can only be decrypted with RSA"), name,
                 hw_told_text(told, "keyType"));
}

#define RULES_DEFAULT 60 /* Amazon VPC quotas, "Inbound or outbound rules per security group" */

static void judge_rules(struct hw_check_run *run, const char *id)
{
    long most = hw_told_number(json_array_get(hw_told(run, HW_TOPIC_RULES_QUOTA), 0), "Value");
    long needed = 2 * (long)hw_check_list(run, "access.from")->count;
    if (most < 0)
        most = RULES_DEFAULT;
    if (needed > most)
        hw_found(run, id, "access.from", _("Name fewer, larger networks."),
                 _("%ld rules are needed for access.from, a security group takes %ld"), needed,
                 most);
}

#define ON(topic) HW_TOPIC_BIT(HW_TOPIC_##topic)

const struct hw_judgement hw_judge_network[] = {
    {"account.region", ON(REGIONS), judge_region},
    {"network.vpc", ON(VPC), judge_vpc},
    {"network.dns", ON(DNS), judge_dns},
    {"network.dhcp", ON(VPC) | ON(DHCP), judge_dhcp},
    {"network.subnets", ON(SUBNETS), judge_subnets},
    {"network.spread", ON(SUBNETS), judge_spread},
    {"network.free-addresses", ON(SUBNETS) | ON(KEPT), judge_free_addresses},
    {"network.way-out", ON(SUBNETS) | ON(ROUTES) | ON(ENDPOINTS), judge_way_out},
    {"network.address", ON(SUBNETS) | ON(ADDRESSES), judge_addresses},
    {"network.same-zone", ON(SUBNETS) | ON(KEPT) | ON(STACKS), judge_same_zone},
    {"network.zone", ON(ZONE), judge_zone},
    {"network.zone-name", ON(ZONE), judge_zone_name},
    {"network.records", ON(RECORDS) | ON(STACKS), judge_records},
    {"access.key-pair", ON(KEY_PAIR), judge_key_pair},
    {"access.rules", ON(RULES_QUOTA), judge_rules},
    {"deploy.leftovers", ON(KEPT) | ON(STACKS), judge_leftovers},
    {NULL, 0, NULL},
};
