/* SPDX-License-Identifier: Apache-2.0 */
/* What an update would change. Resources are looked at in their order; a resource that changes
 * makes its attributes unknown for those behind it. */
#include "sim/stack.h"

#include "sim/cfn_template.h"
#include "sim/cfn_type.h"

struct preview {
    struct sim_eval eval;
    json_t *resources; /* a copy: changed ones lose their attributes */
    json_t *changes;
};

json_t *sim_stack_difference(const json_t *a, const json_t *b)
{
    json_t *names = json_array();
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)a, key, value)
    {
        if (!json_equal(value, json_object_get(b, key)))
            sim_append_text(names, key);
    }
    json_object_foreach((json_t *)b, key, value)
    {
        if (!json_object_get(a, key))
            sim_append_text(names, key);
    }
    return names;
}

static json_t *add_change(struct preview *preview, const char *action, const json_t *resource)
{
    json_t *change = json_pack("{s:s, s:O, s:O, s:[], s:[]}", "Action", action, "LogicalResourceId",
                               json_object_get(resource, "LogicalResourceId"), "ResourceType",
                               json_object_get(resource, "ResourceType"), "Scope", "Details");
    const char *id = sim_text(resource, "PhysicalResourceId");
    if (*id)
        sim_put(change, "PhysicalResourceId", "%s", id);
    json_array_append_new(preview->changes,
                          json_pack("{s:s, s:o}", "Type", "Resource", "ResourceChange", change));
    return change;
}

static const char *recreation(const struct sim_type *type, const char *property)
{
    for (const char *const *name = type->replace; name && *name; name++) {
        if (strcmp(*name, property) == 0)
            return "Always";
    }
    return "Never";
}

static bool add_details(json_t *change, const struct sim_type *type, const json_t *names)
{
    bool replace = false;
    size_t i;
    json_t *name;
    json_array_foreach(names, i, name)
    {
        const char *property = json_string_value(name), *how = recreation(type, property);
        replace = replace || strcmp(how, "Always") == 0;
        json_array_append_new(sim_list(change, "Details"),
                              json_pack("{s:{s:s, s:s, s:s}, s:s, s:s}", "Target", "Attribute",
                                        "Properties", "Name", property, "RequiresRecreation", how,
                                        "Evaluation", "Static", "ChangeSource",
                                        "DirectModification"));
    }
    if (i)
        sim_append_text(sim_list(change, "Scope"), "Properties");
    return replace;
}

static void add_metadata(json_t *change)
{
    sim_append_text(sim_list(change, "Scope"), "Metadata");
    json_array_append_new(sim_list(change, "Details"),
                          json_pack("{s:{s:s, s:s}, s:s, s:s}", "Target", "Attribute", "Metadata",
                                    "RequiresRecreation", "Never", "Evaluation", "Static",
                                    "ChangeSource", "DirectModification"));
}

static void forget(json_t *resource, bool replace)
{
    json_object_del(resource, "_attributes");
    if (replace)
        json_object_del(resource, "PhysicalResourceId");
}

static bool compare(struct preview *preview, json_t *resource, const json_t *declared)
{
    const struct sim_type *type = sim_type_find(sim_text(declared, "Type"));
    json_t *raw = json_object_get(declared, "Properties"),
           *meta = json_object_get(declared, "Metadata");
    json_t *properties = raw ? sim_eval(&preview->eval, raw) : json_object();
    json_t *metadata = meta ? sim_eval(&preview->eval, meta) : json_object();
    bool ok = properties && metadata;
    json_t *names =
        ok ? sim_stack_difference(json_object_get(resource, "_properties"), properties) : NULL;
    bool meta_differs = ok && !json_equal(metadata, json_object_get(resource, "_metadata"));
    if (json_array_size(names) || meta_differs) {
        json_t *change = add_change(preview, "Modify", resource);
        bool replace = add_details(change, type, names);
        if (meta_differs)
            add_metadata(change);
        sim_put(change, "Replacement", "%s", replace ? "True" : "False");
        forget(resource, replace);
    }
    json_decref(names);
    json_decref(properties);
    json_decref(metadata);
    return ok;
}

static bool look_at(struct preview *preview, const char *id, const json_t *declared)
{
    json_t *resource = sim_find(preview->resources, "LogicalResourceId", id);
    bool wanted = sim_eval_wanted(&preview->eval, declared);
    if (preview->eval.error[0])
        return false;
    if (wanted && !resource) {
        json_t *fresh = json_pack("{s:s, s:O}", "LogicalResourceId", id, "ResourceType",
                                  json_object_get(declared, "Type"));
        add_change(preview, "Add", fresh);
        json_decref(fresh);
        /* An import that does not exist is found here, not when the resource is made. */
        json_t *raw = json_object_get(declared, "Properties");
        json_t *properties = raw ? sim_eval(&preview->eval, raw) : json_object();
        json_decref(properties);
        return properties != NULL;
    }
    return !wanted || compare(preview, resource, declared);
}

static void add_removals(struct preview *preview, const json_t *template)
{
    size_t i;
    json_t *resource;
    json_array_foreach(preview->resources, i, resource)
    {
        const char *id = sim_text(resource, "LogicalResourceId");
        json_t *declared = json_object_get(json_object_get(template, "Resources"), id);
        if (!declared || !sim_eval_wanted(&preview->eval, declared)) {
            json_t *change = add_change(preview, "Remove", resource);
            sim_put(change, "PolicyAction", "Delete");
        }
    }
}

/* CloudFormation compares templates and parameters: with neither changed there is nothing to do,
 * also where an attribute has another value by now, as the version of a launch template after a
 * rollback, which made a new one with the old content. */
static bool is_same(const json_t *stack, const json_t *template, const json_t *values)
{
    return json_equal(json_object_get(stack, "_template"), template) &&
           json_equal(json_object_get(stack, "_values"), values);
}

json_t *sim_stack_changes(struct sim_cloud *cloud, const json_t *stack, const json_t *template,
                          const json_t *values, struct hw_err *err)
{
    if (is_same(stack, template, values))
        return json_array();
    struct preview preview = {.resources = json_deep_copy(json_object_get(stack, "_resources")),
                              .changes = json_array()};
    hw_auto(hw_buf) cycle = HW_BUF(HW_MAX_VALUE);
    json_t *order = sim_template_order(template, &cycle);
    sim_stack_eval(cloud, stack, template, values, &preview.eval);
    preview.eval.resources = preview.resources;
    preview.eval.preview = true;
    bool ok = order != NULL;
    size_t i;
    json_t *id;
    json_array_foreach(order, i, id)
    {
        const char *name = json_string_value(id);
        ok = ok &&
             look_at(&preview, name, json_object_get(json_object_get(template, "Resources"), name));
    }
    if (ok)
        add_removals(&preview, template);
    json_decref(order);
    json_decref(preview.resources);
    if (ok)
        return preview.changes;
    json_decref(preview.changes);
    hw_fail(err, HW_ERR_INPUT, "%s", preview.eval.error);
    return NULL;
}
