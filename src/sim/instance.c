/* SPDX-License-Identifier: Apache-2.0 */
#include "sim/instance.h"

#include "base/clock.h"
#include "base/mem.h"
#include "base/text.h"

/* Seconds of the real world. */
#define BOOT_SECONDS 20
#define STOP_SECONDS 45
/* Windows answers while it shuts down; at high speed, long enough for its last lines to be read. */
#define STOP_LEAST_MS 1500
#define SHOWN_SECONDS 3600 /* a terminated instance is still listed so long */
#define FIRST_HOST    10u  /* below it stand the addresses that people choose */
#define LARGEST       16u  /* bits of the largest subnet that EC2 has */

static void set_state(json_t *instance, int code, const char *name)
{
    json_object_set_new(instance, "instanceState",
                        json_pack("{s:i, s:s}", "code", code, "name", name));
}

bool sim_instance_lives(const json_t *instance)
{
    const char *name = sim_text(json_object_get(instance, "instanceState"), "name");
    return strcmp(name, "pending") == 0 || strcmp(name, "running") == 0;
}

/* The list. */

bool sim_instances_loaded(struct sim_cloud *cloud)
{
    size_t i;
    json_t *instance;
    cloud->instances_by_id = json_object();
    json_array_foreach(sim_cloud_list(cloud, "instances"), i, instance)
    {
        json_object_set(cloud->instances_by_id, sim_text(instance, "instanceId"), instance);
    }
    return true;
}

json_t *sim_instance_find(struct sim_cloud *cloud, const char *id)
{
    return json_object_get(cloud->instances_by_id, id);
}

/* Takes instance over. */
static void list_instance(struct sim_cloud *cloud, json_t *instance)
{
    json_object_set(cloud->instances_by_id, sim_text(instance, "instanceId"), instance);
    json_array_append_new(sim_cloud_list(cloud, "instances"), instance);
}

static void unlist_instance(struct sim_cloud *cloud, size_t i)
{
    json_t *list = sim_cloud_list(cloud, "instances");
    json_object_del(cloud->instances_by_id, sim_text(json_array_get(list, i), "instanceId"));
    json_array_remove(list, i);
}

/* Addresses. */

/* Sets taken[host] for each address of the network that something of the list has. */
static void mark_taken(const json_t *list, uint32_t net, unsigned bits, bool *taken)
{
    size_t i;
    json_t *item;
    uint32_t address;
    json_array_foreach(list, i, item)
    {
        if (hw_parse_ipv4(sim_text(item, "privateIpAddress"), &address) &&
            hw_cidr_has(net, bits, address))
            taken[address - net] = true;
    }
}

/* The first four addresses and the last of a subnet belong to AWS (VPC user guide, "Subnet
 * sizing"). */
static bool is_usable(uint32_t net, unsigned bits, uint32_t address)
{
    uint32_t size = 1u << (32 - bits), host = address - net;
    return hw_cidr_has(net, bits, address) && host >= 4 && host < size - 1;
}

bool sim_address_take(struct sim_cloud *cloud, json_t *subnet, const char *wanted, char out[16])
{
    uint32_t net, address;
    unsigned bits;
    if (!hw_parse_cidr(sim_text(subnet, "cidrBlock"), &net, &bits) || bits < LARGEST)
        return false;
    HW_CLEANUP(hw_free_at) bool *taken = hw_alloc(((size_t)1 << (32 - bits)) * sizeof(*taken));
    mark_taken(sim_cloud_list(cloud, "interfaces"), net, bits, taken);
    mark_taken(sim_cloud_list(cloud, "instances"), net, bits, taken);
    address = net + FIRST_HOST;
    if (*wanted && !hw_parse_ipv4(wanted, &address))
        return false;
    while (!*wanted && is_usable(net, bits, address) && taken[address - net])
        address++;
    if (!is_usable(net, bits, address) || taken[address - net])
        return false;
    hw_ipv4_text(address, out);
    sim_put_int(subnet, "availableIpAddressCount", sim_int(subnet, "availableIpAddressCount") - 1);
    return true;
}

void sim_address_give(struct sim_cloud *cloud, const char *subnet_id)
{
    json_t *subnet = sim_find(sim_cloud_list(cloud, "subnets"), "subnetId", subnet_id);
    if (subnet)
        sim_put_int(subnet, "availableIpAddressCount",
                    sim_int(subnet, "availableIpAddressCount") + 1);
}

/* Launching. */

static json_t *copy_tags(const json_t *group)
{
    json_t *tags = json_array();
    size_t i;
    json_t *tag;
    json_array_foreach(json_object_get(group, "Tags"), i, tag)
    {
        if (sim_bool(tag, "PropagateAtLaunch"))
            sim_tag_set(tags, sim_text(tag, "Key"), sim_text(tag, "Value"));
    }
    sim_tag_set(tags, "aws:autoscaling:groupName", sim_text(group, "AutoScalingGroupName"));
    if (*sim_text(group, "_stack_id")) {
        sim_tag_set(tags, "aws:cloudformation:stack-id", sim_text(group, "_stack_id"));
        sim_tag_set(tags, "aws:cloudformation:stack-name", sim_text(group, "_stack_name"));
        sim_tag_set(tags, "aws:cloudformation:logical-id", sim_text(group, "_logical_id"));
    }
    return tags;
}

static void add_template_tags(json_t *tags, const json_t *data)
{
    size_t i, k;
    json_t *specification, *tag;
    json_array_foreach(json_object_get(data, "TagSpecifications"), i, specification)
    {
        if (!sim_is(specification, "ResourceType", "instance"))
            continue;
        json_array_foreach(json_object_get(specification, "Tags"), k, tag)
        {
            sim_tag_set(tags, sim_text(tag, "Key"), sim_text(tag, "Value"));
        }
    }
}

/* The interface that the template names for device 0, or NULL. */
static json_t *own_interface(struct sim_cloud *cloud, const json_t *data, bool *named)
{
    json_t *first = json_array_get(json_object_get(data, "NetworkInterfaces"), 0);
    const char *id = sim_text(first, "NetworkInterfaceId");
    *named = *id != '\0';
    return sim_find(sim_cloud_list(cloud, "interfaces"), "networkInterfaceId", id);
}

static bool check_launch(struct sim_cloud *cloud, const struct sim_launch *launch,
                         struct hw_buf *why)
{
    const char *image = sim_text(launch->data, "ImageId");
    const char *type = sim_text(launch->data, "InstanceType");
    const char *key = sim_text(launch->data, "KeyName");
    if (!sim_find(sim_cloud_list(cloud, "images"), "imageId", image))
        hw_buf_print(why, "The image id '[%s]' does not exist. Launching EC2 instance failed.",
                     image);
    else if (!sim_find(sim_cloud_list(cloud, "types"), "instanceType", type))
        hw_buf_print(why, "Invalid instance type: %s. Launching EC2 instance failed.", type);
    else if (*key && !sim_find(sim_cloud_list(cloud, "keys"), "keyName", key))
        hw_buf_print(why, "The key pair '%s' does not exist. Launching EC2 instance failed.", key);
    return why->len == 0;
}

static json_t *new_interface(struct sim_cloud *cloud, const struct sim_launch *launch,
                             struct hw_buf *why)
{
    char id[SIM_ID_SIZE], address[16];
    if (!sim_address_take(cloud, launch->subnet, "", address)) {
        hw_buf_print(why,
                     "There are not enough free addresses in subnet '%s' to satisfy the requested "
                     "number of instances. Launching EC2 instance failed.",
                     sim_text(launch->subnet, "subnetId"));
        return NULL;
    }
    json_t *nic =
        json_pack("{s:s, s:s, s:s, s:s, s:b, s:[], s:[]}", "networkInterfaceId",
                  sim_id(cloud, "eni-", 17, id), "privateIpAddress", address, "status", "available",
                  "interfaceType", "interface", "_delete", 1, "tagSet", "groupSet");
    sim_copy(nic, launch->subnet, "subnetId");
    sim_copy(nic, launch->subnet, "vpcId");
    sim_copy(nic, launch->subnet, "availabilityZone");
    const json_t *first = json_array_get(json_object_get(launch->data, "NetworkInterfaces"), 0);
    size_t i;
    json_t *group;
    json_array_foreach(json_object_get(first, "Groups"), i, group)
    {
        json_array_append_new(sim_list(nic, "groupSet"),
                              json_pack("{s:s}", "groupId", json_string_value(group)));
    }
    json_array_append_new(sim_cloud_list(cloud, "interfaces"), nic);
    return nic;
}

static json_t *find_interface(struct sim_cloud *cloud, const struct sim_launch *launch,
                              struct hw_buf *why)
{
    bool named;
    json_t *nic = own_interface(cloud, launch->data, &named);
    const char *id = sim_text(json_array_get(json_object_get(launch->data, "NetworkInterfaces"), 0),
                              "NetworkInterfaceId");
    if (!named)
        return new_interface(cloud, launch, why);
    if (!nic)
        hw_buf_print(
            why, "The networkInterface ID '%s' does not exist. Launching EC2 instance failed.", id);
    else if (!sim_is(nic, "status", "available")) {
        hw_buf_print(why, "Interface: [%s] in use. Launching EC2 instance failed.", id);
        nic = NULL;
    }
    return nic;
}

static void attach(struct sim_cloud *cloud, json_t *nic, const char *instance_id)
{
    char id[SIM_ID_SIZE], now[HW_TIME_SIZE];
    json_object_set_new(nic, "attachment",
                        json_pack("{s:s, s:s, s:s, s:s, s:i}", "attachmentId",
                                  sim_id(cloud, "eni-attach-", 17, id), "instanceId", instance_id,
                                  "status", "attached", "attachTime", sim_now(now), "deviceIndex",
                                  0));
    sim_put(nic, "status", "in-use");
}

static void describe_image(struct sim_cloud *cloud, json_t *instance, const json_t *data)
{
    json_t *image = sim_find(sim_cloud_list(cloud, "images"), "imageId", sim_text(data, "ImageId"));
    static const char *const SAME[] = {"imageId",        "platform",       "platformDetails",
                                       "architecture",   "rootDeviceName", "rootDeviceType",
                                       "usageOperation", "bootMode"};
    for (size_t i = 0; i < HW_COUNT(SAME); i++)
        sim_copy(instance, image, SAME[i]);
}

static void add_cpus(struct sim_cloud *cloud, json_t *instance)
{
    const json_t *type = sim_find(sim_cloud_list(cloud, "types"), "instanceType",
                                  sim_text(instance, "instanceType"));
    const json_t *cpus = json_object_get(type, "vCpuInfo");
    json_t *options = json_object();
    sim_put_int(options, "coreCount", sim_int(cpus, "defaultCores"));
    sim_put_int(options, "threadsPerCore", sim_int(cpus, "defaultThreadsPerCore"));
    json_object_set_new(instance, "cpuOptions", options);
}

static void describe_network(json_t *instance, json_t *nic)
{
    const char *address = sim_text(nic, "privateIpAddress");
    sim_copy(instance, nic, "privateIpAddress");
    sim_copy(instance, nic, "subnetId");
    sim_copy(instance, nic, "vpcId");
    json_object_set_new(instance, "placement",
                        json_pack("{s:O, s:s, s:s}", "availabilityZone",
                                  json_object_get(nic, "availabilityZone"), "tenancy", "default",
                                  "groupName", ""));
    hw_auto_text dashed = hw_strdup(address);
    for (char *p = dashed; *p; p++)
        *p = *p == '.' ? '-' : *p;
    sim_put(instance, "privateDnsName", "ip-%s.%.*s.compute.internal", dashed,
            (int)strlen(sim_text(nic, "availabilityZone")) - 1, sim_text(nic, "availabilityZone"));
    json_t *shown =
        json_pack("{s:O, s:O, s:O, s:O, s:O, s:s}", "networkInterfaceId",
                  json_object_get(nic, "networkInterfaceId"), "subnetId",
                  json_object_get(nic, "subnetId"), "vpcId", json_object_get(nic, "vpcId"),
                  "privateIpAddress", json_object_get(nic, "privateIpAddress"), "attachment",
                  json_object_get(nic, "attachment"), "status", "in-use");
    json_array_append_new(sim_list(instance, "networkInterfaceSet"), shown);
    json_object_set(instance, "groupSet", sim_list(nic, "groupSet"));
}

json_t *sim_instance_launch(struct sim_cloud *cloud, const struct sim_launch *launch,
                            struct hw_buf *why)
{
    json_t *nic = check_launch(cloud, launch, why) ? find_interface(cloud, launch, why) : NULL;
    if (!nic)
        return NULL;
    char id[SIM_ID_SIZE], reservation[SIM_ID_SIZE], now[HW_TIME_SIZE];
    sim_id(cloud, "i-", 17, id);
    attach(cloud, nic, id);
    json_t *instance =
        json_pack("{s:s, s:s, s:s, s:i, s:s, s:s, s:s, s:b}", "instanceId", id, "_reservation",
                  sim_id(cloud, "r-", 17, reservation), "launchTime", sim_now(now),
                  "amiLaunchIndex", 0, "virtualizationType", "hvm", "hypervisor", "xen", "_group",
                  sim_text(launch->group, "AutoScalingGroupName"), "enaSupport", 1);
    sim_put_int(instance, "_number", launch->number);
    json_object_set(instance, "instanceType", json_object_get(launch->data, "InstanceType"));
    add_cpus(cloud, instance);
    json_object_set(instance, "keyName", json_object_get(launch->data, "KeyName"));
    json_object_set_new(instance, "tagSet", copy_tags(launch->group));
    add_template_tags(json_object_get(instance, "tagSet"), launch->data);
    describe_image(cloud, instance, launch->data);
    describe_network(instance, nic);
    set_state(instance, 0, "pending");
    sim_put_int(instance, "_due", sim_cloud_after(cloud, BOOT_SECONDS));
    sim_cloud_wake(cloud); /* groups launch after the instances have been looked at */
    list_instance(cloud, instance);
    return instance;
}

/* The end. */

static void drop_interface(struct sim_cloud *cloud, size_t i)
{
    json_t *list = sim_cloud_list(cloud, "interfaces");
    sim_address_give(cloud, sim_text(json_array_get(list, i), "subnetId"));
    json_array_remove(list, i);
}

/* Those of terminated instances that AWS has kept for a while. */
static void drop_kept_interfaces(struct sim_cloud *cloud, int64_t now_ms)
{
    json_t *list = sim_cloud_list(cloud, "interfaces");
    for (size_t i = json_array_size(list); i-- > 0;) {
        json_t *nic = json_array_get(list, i);
        if (json_object_get(nic, "_kept_until") && sim_due(cloud, nic, "_kept_until", now_ms))
            drop_interface(cloud, i);
    }
}

static void release_interface(struct sim_cloud *cloud, const char *instance_id)
{
    unsigned stay = cloud->scenario ? cloud->scenario->interfaces_stay : 0;
    json_t *list = sim_cloud_list(cloud, "interfaces");
    for (size_t i = json_array_size(list); i-- > 0;) {
        json_t *nic = json_array_get(list, i);
        if (!sim_is(json_object_get(nic, "attachment"), "instanceId", instance_id))
            continue;
        json_object_del(nic, "attachment");
        sim_put(nic, "status", "available");
        if (sim_bool(nic, "_delete") && stay > 0)
            sim_put_int(nic, "_kept_until", sim_cloud_after(cloud, stay));
        else if (sim_bool(nic, "_delete"))
            drop_interface(cloud, i);
    }
}

void sim_instance_terminate(struct sim_cloud *cloud, json_t *instance, const char *reason)
{
    if (!sim_instance_lives(instance))
        return;
    set_state(instance, 32, "shutting-down");
    json_object_set_new(
        instance, "stateReason",
        json_pack("{s:s, s:s}", "code", "Client.UserInitiatedShutdown", "message", reason));
    int64_t due_ms = sim_cloud_after(cloud, STOP_SECONDS);
    int64_t least_ms = hw_clock_wall_ms() + STOP_LEAST_MS;
    sim_put_int(instance, "_due", due_ms > least_ms ? due_ms : least_ms);
    sim_cloud_wake(cloud);
}

/* Stepping. */

static void boot_node(struct sim_cloud *cloud, const json_t *instance)
{
    const json_t *tags = json_object_get(instance, "tagSet");
    struct sim_node_spec spec = {
        .instance_id = sim_text(instance, "instanceId"),
        .address = sim_text(instance, "privateIpAddress"),
        .group = sim_tag(tags, "hpcwiz:group"),
        .cluster = sim_tag(tags, "hpcwiz:cluster"),
        .number = (unsigned)sim_int(instance, "_number"),
        .stack_name = sim_tag(tags, "aws:cloudformation:stack-name"),
        .stack_id = sim_tag(tags, "aws:cloudformation:stack-id"),
        .logical_id = sim_tag(tags, "aws:cloudformation:logical-id"),
        .region = sim_cloud_region(cloud),
        .instance_type = sim_text(instance, "instanceType"),
    };
    bool loopback = strncmp(spec.address, "127.", 4) == 0;
    if (cloud->nodes && loopback && sim_role_parse(sim_tag(tags, "hpcwiz:role"), &spec.role))
        sim_node_boot(cloud->nodes, &spec);
}

static bool is_state(const json_t *instance, const char *name)
{
    return sim_is(json_object_get(instance, "instanceState"), "name", name);
}

/* false: the instance is no longer listed. */
static bool step(struct sim_cloud *cloud, json_t *instance, int64_t now_ms)
{
    if (is_state(instance, "running") || !sim_due(cloud, instance, "_due", now_ms))
        return true;
    if (is_state(instance, "pending")) {
        set_state(instance, 16, "running");
        boot_node(cloud, instance);
    } else if (is_state(instance, "shutting-down")) {
        set_state(instance, 48, "terminated");
        if (cloud->nodes)
            sim_node_stop(sim_node_find(cloud->nodes, sim_text(instance, "instanceId")));
        release_interface(cloud, sim_text(instance, "instanceId"));
        json_object_del(instance, "privateIpAddress");
        json_object_del(instance, "networkInterfaceSet");
        sim_put_int(instance, "_due", sim_cloud_after(cloud, SHOWN_SECONDS));
        sim_due(cloud, instance, "_due", now_ms);
    } else {
        return false;
    }
    return true;
}

void sim_instances_step(struct sim_cloud *cloud, int64_t now_ms)
{
    json_t *list = sim_cloud_list(cloud, "instances");
    for (size_t i = json_array_size(list); i-- > 0;) {
        if (!step(cloud, json_array_get(list, i), now_ms))
            unlist_instance(cloud, i);
    }
    drop_kept_interfaces(cloud, now_ms);
}

void sim_instances_resume(struct sim_cloud *cloud)
{
    size_t i;
    json_t *instance;
    json_array_foreach(sim_cloud_list(cloud, "instances"), i, instance)
    {
        if (is_state(instance, "running"))
            boot_node(cloud, instance);
    }
}

void sim_instance_tag(void *data, const char *instance_id, const char *key, const char *value)
{
    struct sim_cloud *cloud = data;
    json_t *instance = sim_instance_find(cloud, instance_id);
    if (instance)
        sim_tag_set(sim_list(instance, "tagSet"), key, value);
}

void sim_instance_problem(void *data HW_UNUSED, const char *instance_id, const char *text)
{
    fprintf(stderr, "hpcwiz-sim: %s: %s\n", instance_id, text);
}
