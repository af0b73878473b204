/* SPDX-License-Identifier: Apache-2.0 */
#include "sim/account.h"

#include <arpa/inet.h>
#include <errno.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mem.h"
#include "base/text.h"
#include "sim/yaml.h"

#define KEY_BITS 2048

static void convert_tags(json_t *item)
{
    json_t *set = json_array();
    const char *key;
    json_t *value;
    json_object_foreach(json_object_get(item, "tags"), key, value)
    {
        json_array_append_new(set, json_pack("{s:s, s:O}", "key", key, "value", value));
    }
    json_object_set_new(item, "tagSet", set);
    json_object_del(item, "tags");
}

/* The list under from becomes state[to], each item with the fields of defaults that it lacks. */
static json_t *adopt(json_t *state, const json_t *file, const char *from, const char *to,
                     const json_t *defaults)
{
    json_t *list = json_deep_copy(json_object_get(file, from));
    if (!json_is_array(list)) {
        json_decref(list);
        list = json_array();
    }
    size_t i;
    json_t *item;
    json_array_foreach(list, i, item)
    {
        json_object_update_missing(item, (json_t *)defaults);
        convert_tags(item);
        json_object_set(item, "ownerId", json_object_get(state, "account"));
    }
    json_object_set_new(state, to, list);
    return list;
}

static void add_regions(json_t *state, const json_t *file)
{
    const char *name;
    json_t *value;
    json_object_foreach(json_object_get((json_t *)file, "regions"), name, value)
    {
        json_t *region = json_pack("{s:s, s:O}", "regionName", name, "optInStatus", value);
        sim_put(region, "regionEndpoint", "ec2.%s.amazonaws.com", name);
        json_array_append_new(sim_list(state, "regions"), region);
    }
    json_object_foreach(json_object_get((json_t *)file, "zones"), name, value)
    {
        json_t *zone =
            json_pack("{s:s, s:O, s:s, s:s, s:s, s:O}", "zoneName", name, "zoneId", value,
                      "zoneState", "available", "zoneType", "availability-zone", "optInStatus",
                      "opt-in-not-required", "regionName", json_object_get(file, "region"));
        json_array_append_new(sim_list(state, "zones"), zone);
    }
}

static void add_network(json_t *state, const json_t *file)
{
    json_t *defaults = json_pack("{s:s, s:s}", "state", "available", "instanceTenancy", "default");
    adopt(state, file, "vpcs", "vpcs", defaults);
    json_decref(defaults);
    defaults = json_pack("{s:s, s:b, s:b}", "state", "available", "defaultForAz", 0,
                         "mapPublicIpOnLaunch", 0);
    json_t *subnets = adopt(state, file, "subnets", "subnets", defaults);
    json_decref(defaults);
    size_t i;
    json_t *subnet;
    json_array_foreach(subnets, i, subnet)
    {
        uint32_t net;
        unsigned bits;
        if (hw_parse_cidr(sim_text(subnet, "cidrBlock"), &net, &bits) && bits >= 16 && bits <= 28)
            sim_put_int(subnet, "availableIpAddressCount", (1L << (32 - bits)) - 5);
        json_t *zone =
            sim_find(sim_list(state, "zones"), "zoneName", sim_text(subnet, "availabilityZone"));
        json_object_set(subnet, "availabilityZoneId", json_object_get(zone, "zoneId"));
    }
    adopt(state, file, "security_groups", "groups", NULL);
    adopt(state, file, "key_pairs", "keys", NULL);
    adopt(state, file, "dhcp_options", "dhcp", NULL);
    adopt(state, file, "route_tables", "route_tables", NULL);
    adopt(state, file, "vpc_endpoints", "vpc_endpoints", NULL);
    adopt(state, file, "snapshots", "snapshots", NULL);
}

static void add_images(json_t *state, const json_t *file)
{
    json_t *images =
        adopt(state, file, "images", "images", json_object_get(file, "image_defaults"));
    size_t i;
    json_t *image;
    json_array_foreach(images, i, image)
    {
        if (sim_is(image, "imageOwnerId", "self")) {
            json_object_set(image, "imageOwnerId", json_object_get(state, "account"));
            json_object_del(image, "imageOwnerAlias");
        }
        if (json_is_null(json_object_get(image, "platform")))
            json_object_del(image, "platform");
        json_object_del(image, "ownerId");
        sim_put(image, "imageLocation", "%s/%s", sim_text(image, "imageOwnerId"),
                sim_text(image, "name"));
        json_t *disk = json_pack("{s:O, s:{s:i, s:s, s:b, s:b}}", "deviceName",
                                 json_object_get(image, "rootDeviceName"), "ebs", "volumeSize",
                                 (int)sim_int(image, "rootGiB"), "volumeType", "gp3", "encrypted",
                                 0, "deleteOnTermination", 1);
        json_array_append_new(sim_list(image, "blockDeviceMapping"), disk);
        json_object_del(image, "rootGiB");
    }
}

static json_t *boot_modes(const char *letters)
{
    json_t *modes = json_array();
    if (strchr(letters, 'b'))
        sim_append_text(modes, "legacy-bios");
    if (strchr(letters, 'u'))
        sim_append_text(modes, "uefi");
    return modes;
}

static void add_offerings(json_t *state, const char *type, const char *zones)
{
    const char *region = sim_text(state, "region");
    for (; *zones; zones++) {
        json_t *offering =
            json_pack("{s:s, s:s}", "instanceType", type, "locationType", "availability-zone");
        sim_put(offering, "location", "%s%c", region, *zones);
        json_array_append_new(sim_list(state, "offerings"), offering);
    }
}

/* "type: [vCPUs, GiB, network, interfaces, boot modes, zones]". */
static bool add_type(json_t *state, const char *name, json_t *row, struct hw_err *err)
{
    int cpus, gib, interfaces;
    const char *network, *boot, *zones;
    if (json_unpack(row, "[iisiss!]", &cpus, &gib, &network, &interfaces, &boot, &zones) < 0)
        return hw_fail(err, HW_ERR_INPUT, _("instance type %s: six fields are expected"), name);
    bool arm = strchr(boot, 'b') == NULL;
    json_t *type = json_pack(
        "{s:s, s:b, s:s, s:b, s:{s:i, s:i, s:i}, s:{s:i}, s:{s:[s]}, s:{s:s, s:i, s:b, s:b},"
        " s:{s:[s, s, s]}, s:o, s:b, s:b}",
        "instanceType", name, "currentGeneration", name[0] != 'm' || name[1] != '5', "hypervisor",
        "nitro", "bareMetal", 0, "vCpuInfo", "defaultVCpus", cpus, "defaultCores",
        arm ? cpus : cpus / 2, "defaultThreadsPerCore", arm ? 1 : 2, "memoryInfo", "sizeInMiB",
        gib * 1024, "processorInfo", "supportedArchitectures", arm ? "arm64" : "x86_64",
        "networkInfo", "networkPerformance", network, "maximumNetworkInterfaces", interfaces,
        "efaSupported", 0, "enaSupport", 1, "placementGroupInfo", "supportedStrategies", "cluster",
        "partition", "spread", "supportedBootModes", boot_modes(boot),
        "burstablePerformanceSupported", name[0] == 't', "freeTierEligible", 0);
    sim_append_text(sim_list(type, "supportedUsageClasses"), "on-demand");
    sim_append_text(sim_list(type, "supportedUsageClasses"), "spot");
    json_array_append_new(sim_list(state, "types"), type);
    add_offerings(state, name, zones);
    return true;
}

static void add_parameters(json_t *state, const json_t *file)
{
    json_t *list = sim_list(state, "parameters");
    size_t i;
    json_t *item;
    json_array_foreach(json_object_get(file, "parameters"), i, item)
    {
        json_array_append_new(list, json_deep_copy(item));
    }
    const char *name;
    json_t *image;
    json_object_foreach(json_object_get((json_t *)file, "images_parameters"), name, image)
    {
        json_array_append_new(list,
                              json_pack("{s:s, s:s, s:O, s:s}", "Name", name, "Type", "String",
                                        "Value", image, "DataType", "aws:ec2:image"));
    }
    json_array_foreach(list, i, item)
    {
        sim_put_int(item, "Version", 1);
        sim_put_int(item, "LastModifiedDate", 1792000000);
    }
}

static void add_zones_of_names(json_t *state, const json_t *file)
{
    size_t i;
    json_t *item;
    json_array_foreach(json_object_get(file, "hosted_zones"), i, item)
    {
        json_t *zone = json_deep_copy(item);
        const char *name = sim_text(zone, "Name");
        json_t *records = sim_list(zone, "_records");
        json_array_append_new(records,
                              json_pack("{s:s, s:s, s:i, s:[{s:s}]}", "Name", name, "Type", "NS",
                                        "TTL", 172800, "ResourceRecords/ResourceRecord", "Value",
                                        "ns-1536.awsdns-00.co.uk."));
        json_array_append_new(
            records,
            json_pack("{s:s, s:s, s:i, s:[{s:s}]}", "Name", name, "Type", "SOA", "TTL", 900,
                      "ResourceRecords/ResourceRecord", "Value",
                      "ns-1536.awsdns-00.co.uk. awsdns-hostmaster.amazon.com. 1 7200 900 1209600 "
                      "86400"));
        json_array_append_new(sim_list(state, "hosted_zones"), zone);
    }
}

static bool build(json_t *state, const json_t *file, struct hw_err *err)
{
    static const char *const SAME[] = {"account",           "region",  "quotas",
                                       "instance_profiles", "buckets", "prices",
                                       "directories",       "denied",  "kms_keys"};
    for (size_t i = 0; i < HW_COUNT(SAME); i++)
        sim_copy(state, file, SAME[i]);
    sim_put(state, "arn", "arn:aws:iam::%s:user/%s", sim_text(file, "account"),
            sim_text(file, "user"));
    add_regions(state, file);
    add_network(state, file);
    add_images(state, file);
    add_parameters(state, file);
    add_zones_of_names(state, file);
    const char *name;
    json_t *row;
    json_object_foreach(json_object_get((json_t *)file, "types"), name, row)
    {
        if (!add_type(state, name, row, err))
            return false;
    }
    return true;
}

json_t *sim_account_load(const char *path, struct hw_err *err)
{
    hw_auto_text own = path ? hw_strdup(path) : hw_data_path("scenarios/account.yaml");
    hw_auto(hw_buf) text = HW_BUF(HW_MAX_FILE);
    if (!hw_file_read(own, &text, err))
        return NULL;
    json_t *file = sim_yaml_parse(own, hw_buf_cstr(&text), text.len, err);
    if (!file)
        return NULL;
    json_t *state = json_object();
    if (!build(state, file, err)) {
        hw_wrap(err, "%s", own);
        json_decref(state);
        state = NULL;
    }
    json_decref(file);
    return state;
}

static void move_cidr(json_t *item, uint32_t from, uint32_t to)
{
    uint32_t net;
    unsigned bits;
    char text[16];
    if (!hw_parse_cidr(sim_text(item, "cidrBlock"), &net, &bits) || !hw_cidr_has(from, 16, net))
        return;
    hw_ipv4_text(to | (net & 0xFFFF), text);
    sim_put(item, "cidrBlock", "%s/%u", text, bits);
}

static bool first_network(const json_t *state, uint32_t *ret_net, struct hw_err *err)
{
    unsigned bits;
    const json_t *vpc = json_array_get(json_object_get(state, "vpcs"), 0);
    if (!hw_parse_cidr(sim_text(vpc, "cidrBlock"), ret_net, &bits))
        return hw_fail(err, HW_ERR_INPUT, _("the account's first VPC has no network"));
    return true;
}

bool sim_account_move(json_t *state, const char *cidr, struct hw_err *err)
{
    uint32_t from, to;
    unsigned bits;
    if (!hw_parse_cidr(cidr, &to, &bits) || bits != 16 || to >> 24 != 127) {
        hw_fail(err, HW_ERR_USAGE, _("'%s' is no network of the simulator"), cidr);
        return hw_err_next(err, _("Give a /16 of 127.0.0.0/8, such as 127.30.0.0/16."));
    }
    if (!first_network(state, &from, err))
        return false;
    size_t i;
    json_t *subnet;
    json_array_foreach(json_object_get(state, "subnets"), i, subnet)
    {
        move_cidr(subnet, from, to);
    }
    move_cidr(json_array_get(json_object_get(state, "vpcs"), 0), from, to);
    return true;
}

/* The bound descriptor, or -1. While it is open no other simulator takes this network. */
static int hold_port(uint32_t address, unsigned port)
{
    struct sockaddr_in name = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    name.sin_addr.s_addr = htonl(address);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd >= 0 && bind(fd, (struct sockaddr *)&name, sizeof name) < 0) {
        close(fd);
        fd = -1;
    }
    return fd;
}

bool sim_account_hold(const json_t *state, unsigned port, int *ret_hold, struct hw_err *err)
{
    uint32_t net;
    char text[16];
    if (!first_network(state, &net, err))
        return false;
    if (net >> 24 != 127)
        return true;
    *ret_hold = hold_port(net + 1, port);
    if (*ret_hold >= 0)
        return true;
    hw_ipv4_text(net, text);
    hw_fail(err, HW_ERR_IO, _("the network %s/16 is used by another simulator"), text);
    return hw_err_next(err, _("End the other one first."));
}

bool sim_account_move_to_free(json_t *state, unsigned port, int *ret_hold, struct hw_err *err)
{
    uint32_t net;
    if (!first_network(state, &net, err))
        return false;
    for (uint32_t second = net >> 16 & 0xFF; second < 255; second++) {
        uint32_t candidate = 127u << 24 | second << 16;
        *ret_hold = hold_port(candidate + 1, port);
        if (*ret_hold < 0)
            continue;
        char text[16], cidr[24];
        hw_ipv4_text(candidate, text);
        snprintf(cidr, sizeof cidr, "%s/16", text);
        return sim_account_move(state, cidr, err);
    }
    return hw_fail(err, HW_ERR_IO, _("port %u is taken on every network of 127.0.0.0/8"), port);
}

static bool write_key(const char *key_file, EVP_PKEY *key, struct hw_err *err)
{
    BIO *memory = BIO_new(BIO_s_mem());
    char *pem = NULL;
    bool ok = PEM_write_bio_PrivateKey_traditional(memory, key, NULL, NULL, 0, NULL, NULL) == 1;
    long length = BIO_get_mem_data(memory, &pem);
    ok = ok ? hw_file_write(key_file, pem, (size_t)length, 0600, err)
            : hw_fail(err, HW_ERR_IO, _("the RSA key cannot be written"));
    BIO_free(memory);
    return ok;
}

bool sim_account_key(const char *key_file, void **ret, struct hw_err *err)
{
    FILE *file = key_file ? fopen(key_file, "re") : NULL;
    EVP_PKEY *key = file ? PEM_read_PrivateKey(file, NULL, NULL, NULL) : NULL;
    if (file)
        fclose(file);
    if (!key) {
        key = EVP_RSA_gen(KEY_BITS);
        if (!key)
            return hw_fail(err, HW_ERR_IO, _("an RSA key cannot be made"));
        if (key_file && !write_key(key_file, key, err)) {
            EVP_PKEY_free(key);
            return false;
        }
    }
    *ret = key;
    return true;
}
