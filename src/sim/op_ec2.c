/* SPDX-License-Identifier: Apache-2.0 */
#include "sim/op_ec2.h"

#include <openssl/evp.h>
#include <openssl/rsa.h>

#include "base/mem.h"
#include "base/text.h"
#include "sim/instance.h"

static const struct {
    const char *prefix, *collection, *id_key;
} KINDS[] = {
    {"i-", "instances", "instanceId"},
    {"vol-", "volumes", "volumeId"},
    {"eni-", "interfaces", "networkInterfaceId"},
    {"sg-", "groups", "groupId"},
    {"subnet-", "subnets", "subnetId"},
    {"vpc-", "vpcs", "vpcId"},
    {"ami-", "images", "imageId"},
};

/* Anything that carries tags, by its id. */
static json_t *find_anything(struct sim_cloud *cloud, const char *id)
{
    for (size_t i = 0; i < HW_COUNT(KINDS); i++) {
        if (hw_text_starts(id, KINDS[i].prefix))
            return sim_find(sim_cloud_list(cloud, KINDS[i].collection), KINDS[i].id_key, id);
    }
    return NULL;
}

static bool each_resource(struct sim_call *call, void (*fn)(json_t *resource, const json_t *tags))
{
    const json_t *ids = json_object_get(call->in, "ResourceId");
    const json_t *tags = json_object_get(call->in, "Tag");
    size_t i;
    json_t *id;
    json_array_foreach(ids, i, id)
    {
        const char *text = json_string_value(id);
        if (!text || !find_anything(call->cloud, text))
            return sim_refuse(call, 400, "InvalidID", "The ID '%s' is not valid", text ? text : "");
    }
    json_array_foreach(ids, i, id)
    {
        fn(find_anything(call->cloud, json_string_value(id)), tags);
    }
    sim_put_bool(call->out, "return", true);
    return true;
}

static void set_tags(json_t *resource, const json_t *tags)
{
    size_t i;
    json_t *tag;
    json_array_foreach(tags, i, tag)
    {
        sim_tag_set(sim_list(resource, "tagSet"), sim_text(tag, "Key"), sim_text(tag, "Value"));
    }
}

static void delete_tags(json_t *resource, const json_t *tags)
{
    json_t *set = sim_list(resource, "tagSet");
    for (size_t i = json_array_size(set); i-- > 0;) {
        if (!tags || sim_find(tags, "Key", sim_text(json_array_get(set, i), "key")))
            json_array_remove(set, i);
    }
}

static void create_tags(struct sim_call *call)
{
    each_resource(call, set_tags);
}

static void remove_tags(struct sim_call *call)
{
    each_resource(call, delete_tags);
}

static json_t *need_instance(struct sim_call *call, const char *id)
{
    json_t *instance = sim_instance_find(call->cloud, id ? id : "");
    if (!instance)
        sim_refuse(call, 400, "InvalidInstanceID.NotFound", "The instance ID '%s' does not exist",
                   id ? id : "");
    return instance;
}

static void describe_vpc_attribute(struct sim_call *call)
{
    const char *id = sim_need(call, "VpcId"), *name = id ? sim_need(call, "Attribute") : NULL;
    if (!name)
        return;
    json_t *vpc = sim_find(sim_cloud_list(call->cloud, "vpcs"), "vpcId", id);
    if (!vpc)
        sim_refuse(call, 400, "InvalidVpcID.NotFound", "The vpc ID '%s' does not exist", id);
    else if (strcmp(name, "enableDnsSupport") != 0 && strcmp(name, "enableDnsHostnames") != 0)
        sim_refuse(call, 400, "InvalidParameterValue",
                   "Value (%s) for parameter attribute is "
                   "invalid. Unknown attribute.",
                   name);
    else {
        sim_copy(call->out, vpc, "vpcId");
        json_object_set_new(call->out, name, json_pack("{s:b}", "value", (int)sim_bool(vpc, name)));
    }
}

static void terminate_instances(struct sim_call *call)
{
    const json_t *ids = json_object_get(call->in, "InstanceId");
    size_t i;
    json_t *id;
    json_array_foreach(ids, i, id)
    {
        if (!need_instance(call, json_string_value(id)))
            return;
    }
    json_t *set = sim_list(call->out, "instancesSet");
    json_array_foreach(ids, i, id)
    {
        json_t *instance = need_instance(call, json_string_value(id));
        json_t *before = json_deep_copy(json_object_get(instance, "instanceState"));
        sim_instance_terminate(call->cloud, instance,
                               "Client.UserInitiatedShutdown: User "
                               "initiated shutdown");
        json_array_append_new(set, json_pack("{s:O, s:O, s:o}", "instanceId", id, "currentState",
                                             json_object_get(instance, "instanceState"),
                                             "previousState", before));
    }
}

static void reboot_instances(struct sim_call *call)
{
    size_t i;
    json_t *id;
    json_array_foreach(json_object_get(call->in, "InstanceId"), i, id)
    {
        if (!need_instance(call, json_string_value(id)))
            return;
        struct sim_node *node =
            call->cloud->nodes ? sim_node_find(call->cloud->nodes, json_string_value(id)) : NULL;
        if (node)
            sim_node_reboot(node);
    }
    sim_put_bool(call->out, "return", true);
}

static void answer_with_time(struct sim_call *call, const json_t *instance)
{
    char now[HW_TIME_SIZE];
    sim_copy(call->out, instance, "instanceId");
    sim_put(call->out, "timestamp", "%s", sim_now(now));
}

static void get_console_output(struct sim_call *call)
{
    json_t *instance = need_instance(call, sim_text(call->in, "InstanceId"));
    if (!instance)
        return;
    struct sim_node *node =
        call->cloud->nodes ? sim_node_find(call->cloud->nodes, sim_text(instance, "instanceId"))
                           : NULL;
    const char *console = node ? sim_node_console(node) : "";
    hw_auto(hw_buf) text = HW_BUF(HW_MAX_TEXT);
    hw_buf_base64(&text, console, strlen(console));
    answer_with_time(call, instance);
    sim_put(call->out, "output", "%s", hw_buf_cstr(&text));
}

static bool encrypt(void *key, const char *password, struct hw_buf *out)
{
    unsigned char bytes[1024];
    size_t length = sizeof bytes;
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new(key, NULL);
    bool ok = context && EVP_PKEY_encrypt_init(context) > 0 &&
              EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PADDING) > 0 &&
              EVP_PKEY_encrypt(context, bytes, &length, (const unsigned char *)password,
                               strlen(password)) > 0;
    EVP_PKEY_CTX_free(context);
    return ok && hw_buf_base64(out, bytes, length);
}

/* Only instances of an RSA key pair have a password that can be read; it is there when Windows
 * has set it. */
static void get_password_data(struct sim_call *call)
{
    json_t *instance = need_instance(call, sim_text(call->in, "InstanceId"));
    if (!instance)
        return;
    struct sim_cloud *cloud = call->cloud;
    struct sim_node *node =
        cloud->nodes ? sim_node_find(cloud->nodes, sim_text(instance, "instanceId")) : NULL;
    json_t *key = sim_find(sim_cloud_list(cloud, "keys"), "keyName", sim_text(instance, "keyName"));
    const char *password = node ? sim_node_password(node) : NULL;
    hw_auto(hw_buf) data = HW_BUF(HW_MAX_VALUE);
    answer_with_time(call, instance);
    if (password && sim_is(key, "keyType", "rsa") && !encrypt(cloud->host_key, password, &data))
        sim_refuse(call, 500, "InternalError", "The password cannot be encrypted");
    else
        sim_put(call->out, "passwordData", "%s", hw_buf_cstr(&data));
}

/* ---- A dry run of a launch ---- */

static json_t *find_asked(struct sim_call *call, const char *collection, const char *key,
                          const char *parameter)
{
    return sim_find(sim_cloud_list(call->cloud, collection), key, sim_text(call->in, parameter));
}

static bool is_offered_in(struct sim_call *call, const char *type, const char *zone)
{
    size_t i;
    json_t *offering;
    json_array_foreach(sim_cloud_list(call->cloud, "offerings"), i, offering)
    {
        if (sim_is(offering, "instanceType", type) && sim_is(offering, "location", zone))
            return true;
    }
    return false;
}

/* The launches themselves are Auto Scaling's; by hand one can only be tried. */
static void run_instances(struct sim_call *call)
{
    const char *image = sim_need(call, "ImageId"), *type = sim_text(call->in, "InstanceType");
    const char *key = sim_text(call->in, "KeyName"), *subnet_id = sim_text(call->in, "SubnetId");
    json_t *subnet = find_asked(call, "subnets", "subnetId", "SubnetId");
    const char *zone = sim_text(subnet, "availabilityZone");
    if (!image)
        return;
    if (!find_asked(call, "images", "imageId", "ImageId"))
        sim_refuse(call, 400, "InvalidAMIID.NotFound", "The image id '[%s]' does not exist", image);
    else if (!find_asked(call, "types", "instanceType", "InstanceType"))
        sim_refuse(call, 400, "InvalidParameterValue", "Invalid value '%s' for InstanceType.",
                   type);
    else if (*key && !find_asked(call, "keys", "keyName", "KeyName"))
        sim_refuse(call, 400, "InvalidKeyPair.NotFound", "The key pair '%s' does not exist", key);
    else if (!subnet)
        sim_refuse(call, 400, "InvalidSubnetID.NotFound", "The subnet ID '%s' does not exist",
                   subnet_id);
    else if (!is_offered_in(call, type, zone))
        sim_refuse(call, 400, "Unsupported",
                   "Your requested instance type (%s) is not supported in your requested "
                   "Availability Zone (%s).",
                   type, zone);
    else if (sim_int(subnet, "availableIpAddressCount") < 1)
        sim_refuse(call, 400, "InsufficientFreeAddressesInSubnet",
                   "The specified subnet does not have enough free addresses to satisfy the "
                   "request.");
    else if (sim_bool(call->in, "DryRun"))
        sim_refuse(call, 412, "DryRunOperation",
                   "Request would have succeeded, but DryRun flag is set.");
    else
        sim_refuse(call, 400, "UnsupportedOperation",
                   "The simulator starts instances for Auto Scaling groups only.");
}

static const struct sim_op OPERATIONS[] = {
    {"RunInstances", NULL, run_instances, NULL},
    {"DescribeVpcAttribute", NULL, describe_vpc_attribute, NULL},
    {"CreateTags", NULL, create_tags, NULL},
    {"DeleteTags", NULL, remove_tags, NULL},
    {"TerminateInstances", NULL, terminate_instances, NULL},
    {"RebootInstances", NULL, reboot_instances, NULL},
    {"GetConsoleOutput", NULL, get_console_output, NULL},
    {"GetPasswordData", NULL, get_password_data, NULL},
    {NULL, NULL, NULL, NULL},
};

const struct sim_service sim_ec2 = {"ec2", SIM_EC2, "http://ec2.amazonaws.com/doc/2016-11-15/",
                                    OPERATIONS, sim_ec2_lists};
