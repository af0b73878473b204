/* SPDX-License-Identifier: Apache-2.0 */
#include "sim/cfn_template.h"

#include "base/mem.h"
#include "base/text.h"
#include "sim/cfn_type.h"
#include "sim/yaml.h"

#define FORMAT_ERROR "Template format error: "

static bool wrong(struct hw_err *err, const char *fmt, ...) HW_PRINTF(2, 3);

static bool wrong(struct hw_err *err, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    char text[640];
    vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    return hw_fail(err, HW_ERR_INPUT, "%s", text);
}

void sim_template_each_sub(const char *text, sim_sub_fn *fn, void *data)
{
    for (const char *at = strstr(text, "${"); at; at = strstr(at, "${")) {
        at += 2;
        size_t length = strcspn(at, "}");
        if (at[length] == '\0')
            return;
        if (at[0] != '!') {
            hw_auto_text name = hw_strndup(at, length);
            fn(data, name);
        }
        at += length;
    }
}

/* Who refers to whom. */

struct walk {
    const json_t *template;
    const json_t *local; /* names that a Fn::Sub's own map defines */
    json_t *needs;       /* ids of resources found */
    char unresolved[256];
};

static void add_need(struct walk *walk, const char *name, bool attribute)
{
    hw_auto_text id = hw_strndup(name, strcspn(name, "."));
    const json_t *resources = json_object_get(walk->template, "Resources");
    const json_t *parameters = json_object_get(walk->template, "Parameters");
    if (json_object_get(resources, id)) {
        if (!sim_has(walk->needs, id))
            sim_append_text(walk->needs, id);
    } else if ((attribute || !json_object_get(parameters, id)) && !hw_text_starts(id, "AWS::") &&
               !walk->unresolved[0]) {
        snprintf(walk->unresolved, sizeof walk->unresolved, "%s", id);
    }
}

static void on_sub(void *data, const char *name)
{
    struct walk *walk = data;
    if (!json_object_get(walk->local, name))
        add_need(walk, name, false);
}

static void walk_value(struct walk *walk, const json_t *value);

static void walk_sub(struct walk *walk, const json_t *value)
{
    const json_t *text = json_is_array(value) ? json_array_get(value, 0) : value;
    const json_t *before = walk->local;
    if (json_is_array(value)) {
        walk->local = json_array_get(value, 1);
        walk_value(walk, walk->local);
    }
    if (json_is_string(text))
        sim_template_each_sub(json_string_value(text), on_sub, walk);
    walk->local = before;
}

static void walk_function(struct walk *walk, const char *key, const json_t *value)
{
    if (strcmp(key, "Ref") == 0 && json_is_string(value))
        add_need(walk, json_string_value(value), false);
    else if (strcmp(key, "Fn::GetAtt") == 0) {
        const json_t *id = json_is_array(value) ? json_array_get(value, 0) : value;
        if (json_is_string(id))
            add_need(walk, json_string_value(id), true);
    } else if (strcmp(key, "Fn::Sub") == 0) {
        walk_sub(walk, value);
    } else {
        walk_value(walk, value);
    }
}

static void walk_value(struct walk *walk, const json_t *value)
{
    size_t i;
    json_t *item;
    const char *key;
    if (json_is_array(value)) {
        json_array_foreach(value, i, item)
        {
            walk_value(walk, item);
        }
    } else if (json_is_object(value)) {
        json_object_foreach((json_t *)value, key, item)
        {
            walk_function(walk, key, item);
        }
    }
}

static void walk_depends_on(struct walk *walk, const json_t *value)
{
    size_t i;
    json_t *item;
    if (json_is_string(value))
        add_need(walk, json_string_value(value), true);
    json_array_foreach(value, i, item)
    {
        if (json_is_string(item))
            add_need(walk, json_string_value(item), true);
    }
}

static json_t *needs_of(struct walk *walk, const json_t *resource)
{
    static const char *const PARTS[] = {"Properties", "Metadata", "CreationPolicy", "UpdatePolicy"};
    walk->needs = json_array();
    walk_depends_on(walk, json_object_get(resource, "DependsOn"));
    for (size_t i = 0; i < HW_COUNT(PARTS); i++)
        walk_value(walk, json_object_get(resource, PARTS[i]));
    return walk->needs;
}

json_t *sim_template_needs(const json_t *template)
{
    json_t *all = json_object();
    const char *id;
    json_t *resource;
    json_object_foreach(json_object_get(template, "Resources"), id, resource)
    {
        struct walk walk = {.template = template};
        json_object_set_new(all, id, needs_of(&walk, resource));
    }
    return all;
}

static bool all_in(const json_t *needs, const json_t *done)
{
    size_t i;
    json_t *need;
    json_array_foreach(needs, i, need)
    {
        if (!sim_has(done, json_string_value(need)))
            return false;
    }
    return true;
}

json_t *sim_template_order(const json_t *template, struct hw_buf *cycle)
{
    json_t *needs = sim_template_needs(template), *order = json_array();
    size_t before;
    const char *id;
    json_t *list;
    do {
        before = json_array_size(order);
        json_object_foreach(needs, id, list)
        {
            if (!sim_has(order, id) && all_in(list, order))
                sim_append_text(order, id);
        }
    } while (json_array_size(order) > before);
    bool whole = json_array_size(order) == json_object_size(needs);
    json_object_foreach(needs, id, list)
    {
        if (!sim_has(order, id))
            hw_buf_print(cycle, "%s%s", cycle->len ? ", " : "", id);
    }
    json_decref(needs);
    if (whole)
        return order;
    json_decref(order);
    return NULL;
}

/* Checks. */

static bool check_sections(const json_t *template, struct hw_err *err)
{
    static const char *const SECTIONS[] = {"AWSTemplateFormatVersion",
                                           "Description",
                                           "Metadata",
                                           "Parameters",
                                           "Mappings",
                                           "Conditions",
                                           "Resources",
                                           "Outputs",
                                           "Rules"};
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)template, key, value)
    {
        bool known = false;
        for (size_t i = 0; i < HW_COUNT(SECTIONS); i++)
            known = known || strcmp(SECTIONS[i], key) == 0;
        if (strcmp(key, "Transform") == 0)
            return wrong(err, "The simulator does not process transforms");
        if (!known)
            return wrong(err, "Invalid template property or properties [%s]", key);
    }
    const json_t *resources = json_object_get(template, "Resources");
    if (json_object_size(resources) == 0)
        return wrong(err, FORMAT_ERROR "At least one Resources member must be defined.");
    if (json_object_size(resources) > HW_CFN_RESOURCES)
        return wrong(err,
                     FORMAT_ERROR "Number of resources, %zu, is greater than maximum "
                                  "allowed, %u",
                     json_object_size(resources), HW_CFN_RESOURCES);
    return true;
}

static bool is_alphanumeric(const char *text)
{
    return *text &&
           strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789") ==
               strlen(text);
}

static bool check_condition(const json_t *template, const json_t *part, const char *id,
                            struct hw_err *err)
{
    const char *name = sim_text(part, "Condition");
    if (!*name || json_object_get(json_object_get(template, "Conditions"), name))
        return true;
    return wrong(err, FORMAT_ERROR "Unresolved condition %s in %s", name, id);
}

static bool check_resource(const json_t *template, const char *id, const json_t *resource,
                           struct hw_err *err)
{
    static const char *const KNOWN[] = {"Type",         "Properties",     "DependsOn",
                                        "Metadata",     "Condition",      "CreationPolicy",
                                        "UpdatePolicy", "DeletionPolicy", "UpdateReplacePolicy"};
    const char *type = sim_text(resource, "Type"), *key;
    json_t *value;
    if (!is_alphanumeric(id))
        return wrong(err, FORMAT_ERROR "Resource name %s is non alphanumeric.", id);
    if (!*type)
        return wrong(err,
                     FORMAT_ERROR "[/Resources/%s] Every Resources object must contain a Type "
                                  "member.",
                     id);
    if (!sim_type_find(type))
        return wrong(err, FORMAT_ERROR "Unrecognized resource types: [%s]", type);
    json_object_foreach((json_t *)resource, key, value)
    {
        bool known = false;
        for (size_t i = 0; i < HW_COUNT(KNOWN); i++)
            known = known || strcmp(KNOWN[i], key) == 0;
        if (!known)
            return wrong(err, "Invalid template resource property '%s'", key);
    }
    return check_condition(template, resource, id, err);
}

static bool check_references(const json_t *template, struct hw_err *err)
{
    struct walk walk = {.template = template};
    const char *id;
    json_t *part;
    json_object_foreach(json_object_get(template, "Resources"), id, part)
    {
        json_decref(needs_of(&walk, part));
        if (walk.unresolved[0])
            return wrong(err,
                         FORMAT_ERROR "Unresolved resource dependencies [%s] in the Resources "
                                      "block of the template",
                         walk.unresolved);
    }
    walk.needs = json_array();
    walk_value(&walk, json_object_get(template, "Outputs"));
    json_decref(walk.needs);
    if (walk.unresolved[0])
        return wrong(err,
                     FORMAT_ERROR "Unresolved resource dependencies [%s] in the Outputs block "
                                  "of the template",
                     walk.unresolved);
    return true;
}

static bool check(const json_t *template, struct hw_err *err)
{
    if (!json_is_object(template))
        return wrong(err, FORMAT_ERROR "unsupported structure.");
    if (!check_sections(template, err))
        return false;
    const char *id;
    json_t *part;
    json_object_foreach(json_object_get(template, "Resources"), id, part)
    {
        if (!check_resource(template, id, part, err))
            return false;
    }
    json_object_foreach(json_object_get(template, "Outputs"), id, part)
    {
        if (!json_object_get(part, "Value"))
            return wrong(err, FORMAT_ERROR "Output %s is malformed.", id);
        if (!check_condition(template, part, id, err))
            return false;
    }
    if (!check_references(template, err))
        return false;
    hw_auto(hw_buf) cycle = HW_BUF(HW_MAX_VALUE);
    json_t *order = sim_template_order(template, &cycle);
    json_decref(order);
    return order || wrong(err, "Circular dependency between resources: [%s]", hw_buf_cstr(&cycle));
}

json_t *sim_template_parse(const char *body, size_t count, struct hw_err *err)
{
    struct hw_err why = {0};
    json_t *template = sim_yaml_parse("template", body, count, &why);
    if (!template) {
        wrong(err, FORMAT_ERROR "YAML not well-formed. (%s, %s)", why.place, why.what);
        return NULL;
    }
    if (check(template, err))
        return template;
    json_decref(template);
    return NULL;
}

json_t *sim_template_capabilities(const json_t *template, struct hw_buf *reason)
{
    bool iam = false, named = false;
    const char *id;
    json_t *resource;
    json_object_foreach(json_object_get(template, "Resources"), id, resource)
    {
        const char *type = sim_text(resource, "Type");
        const json_t *properties = json_object_get(resource, "Properties");
        if (!hw_text_starts(type, "AWS::IAM::"))
            continue;
        iam = true;
        named = named || json_object_get(properties, "RoleName") ||
                json_object_get(properties, "InstanceProfileName");
        hw_buf_print(reason, "%s%s", reason->len ? ", " : "", type);
    }
    json_t *list = json_array();
    if (iam)
        sim_append_text(list, named ? "CAPABILITY_NAMED_IAM" : "CAPABILITY_IAM");
    return list;
}
