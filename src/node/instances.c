/* SPDX-License-Identifier: Apache-2.0 */
#include "node/instances.h"

#include "base/text.h"

#define ID_MAX    32u
#define GROUP_MAX 12u /* as in the cluster file */
#define LABEL_MAX 32u
#define PIN_HEX   64u
#define PINS_MAX  256u /* a tag's value (EC2 user guide, "Tag restrictions") */

#define LETTERS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
#define DIGITS  "0123456789"

void hw_instances_done(struct hw_instances *instances)
{
    for (size_t i = 0; i < instances->count; i++) {
        struct hw_instance *item = &instances->items[i];
        free(item->id);
        free(item->address);
        free(item->state);
        free(item->launch);
        free(item->role);
        free(item->group);
        free(item->pin);
        free(item->ssh);
        free(item->label);
    }
    free(instances->items);
    *instances = (struct hw_instances){0};
}

/* Empties a text that has another byte than those allowed or is longer than max. */
static void demand(char *text, const char *allowed, size_t max)
{
    size_t length = strspn(text, allowed);
    if (text[length] || length > max)
        *text = '\0';
}

/* Empties a list that holds anything but pins. */
static void demand_pins(char *text)
{
    demand(text, DIGITS "abcdef ", PINS_MAX);
    for (const char *p = text; *p; p += strspn(p, " ")) {
        size_t n = strcspn(p, " ");
        if (n != PIN_HEX) {
            *text = '\0';
            return;
        }
        p += n;
    }
}

static char *tag(const struct hw_xml *instance, const char *name)
{
    const struct hw_xml *set = hw_xml_child(instance, "tagSet");
    for (struct hw_xml *item = set ? hw_xml_first(set, "item") : NULL; item;
         item = hw_xml_next(item)) {
        hw_auto_text key = hw_xml_text(item, "key");
        if (!strcmp(key, name))
            return hw_xml_text(item, "value");
    }
    return hw_strdup("");
}

static bool is_role(const char *word)
{
    return !strcmp(word, "sql") || !strcmp(word, "head") || !strcmp(word, "compute");
}

static void read_instance(struct hw_instances *instances, const struct hw_xml *xml)
{
    hw_auto_text id = hw_xml_text(xml, "instanceId");
    uint32_t address;
    hw_auto_text state = hw_xml_text(xml, "instanceState/name");
    demand(id, LETTERS DIGITS "-", ID_MAX);
    if (!*id || !strcmp(state, "terminated"))
        return;
    instances->cut = instances->cut || instances->count >= HW_MAX_NODES;
    if (instances->cut)
        return;
    hw_grow(&instances->items, &instances->capacity, instances->count, sizeof(*instances->items));
    struct hw_instance *item = &instances->items[instances->count++];
    *item = (struct hw_instance){
        .id = hw_strdup(id),
        .address = hw_xml_text(xml, "privateIpAddress"),
        .state = hw_strdup(state),
        .launch = hw_xml_text(xml, "launchTime"),
        .role = tag(xml, "hpcwiz:role"),
        .group = tag(xml, "hpcwiz:group"),
        .pin = tag(xml, "hpcwiz:winrm-sha256"),
        .ssh = tag(xml, "hpcwiz:ssh-sha256"),
        .label = tag(xml, "Name"),
    };
    if (!hw_parse_ipv4(item->address, &address))
        *item->address = '\0';
    if (!is_role(item->role))
        *item->role = '\0';
    demand(item->group, LETTERS DIGITS "-", GROUP_MAX);
    demand(item->label, LETTERS DIGITS "-._", LABEL_MAX);
    demand(item->pin, DIGITS "abcdef", PIN_HEX);
    if (strlen(item->pin) != PIN_HEX)
        *item->pin = '\0';
    demand_pins(item->ssh);
}

void hw_instances_read(struct hw_instances *instances, const struct hw_xml *xml, char **ret_token)
{
    const struct hw_xml *set = hw_xml_child(xml, "reservationSet");
    struct hw_xml *reservation = set ? hw_xml_first(set, "item") : NULL;
    for (; reservation; reservation = hw_xml_next(reservation)) {
        const struct hw_xml *list = hw_xml_child(reservation, "instancesSet");
        struct hw_xml *item = list ? hw_xml_first(list, "item") : NULL;
        for (; item; item = hw_xml_next(item))
            read_instance(instances, item);
    }
    instances->pages++;
    hw_auto_text token = hw_xml_text(xml, "nextToken");
    *ret_token = *token ? hw_strdup(token) : NULL;
}

static int compare(const void *left, const void *right)
{
    const struct hw_instance *a = left, *b = right;
    int order = strcmp(a->launch, b->launch);
    return order ? order : strcmp(a->id, b->id);
}

void hw_instances_sort(struct hw_instances *instances)
{
    if (instances->count)
        qsort(instances->items, instances->count, sizeof *instances->items, compare);
}
