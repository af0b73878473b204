/* SPDX-License-Identifier: Apache-2.0 */
#include "template/lint.h"

#include "base/text.h"
#include "template/lint_parts.h"

#define HOUR 3600u

/* The longest texts that CloudFormation puts for a pseudo parameter: an ARN with a stack name of
 * 128 characters and a UUID; the longest region. */
#define STACK_ID_MAX 256u
#define REGION_MAX   32u

void hw_lint_say(struct hw_lint *lint, const char *id, enum hw_severity severity, const char *fmt,
                 ...)
{
    hw_auto(hw_buf) text = HW_BUF(HW_MAX_LINE);
    va_list args;
    va_start(args, fmt);
    hw_buf_vprint(&text, fmt, args);
    va_end(args);
    if (severity == HW_ERROR)
        lint->errors++;
    lint->fn(lint->data, id, severity, lint->file, hw_buf_cstr(&text));
}

/* --- Places in the tree ---------------------------------------------------------------------- */

yaml_node_t *hw_lint_under(struct hw_lint *lint, yaml_node_t *node, const char *a, const char *b)
{
    node = node ? hw_tpl_get(lint->tpl, node, a) : NULL;
    return node ? hw_tpl_get(lint->tpl, node, b) : NULL;
}

const char *hw_lint_user_data(struct hw_lint *lint, yaml_node_t *launch_template)
{
    yaml_node_t *data = hw_lint_under(lint, launch_template, "Properties", "LaunchTemplateData");
    return hw_tpl_scalar(data ? hw_lint_under(lint, data, "UserData", "Fn::Base64") : NULL);
}

/* --- Sizes ----------------------------------------------------------------------------------- */

static void check_body(struct hw_lint *lint, size_t size)
{
    if (size > HW_CFN_BODY_S3)
        hw_lint_say(lint, "template.body-size", HW_ERROR,
                    _("%zu bytes; CloudFormation takes at most %u"), size, HW_CFN_BODY_S3);
    else if (size > HW_CFN_BODY_INLINE)
        hw_lint_say(lint, "template.body-size", HW_WARNING,
                    _("%zu bytes; above %u it has to be uploaded to deploy.bucket"), size,
                    HW_CFN_BODY_INLINE);
}

static size_t count_pairs(const yaml_node_t *node)
{
    size_t count = 0;
    hw_tpl_each(node, pair) count++;
    return count;
}

static void check_counts(struct hw_lint *lint)
{
    size_t n = count_pairs(hw_tpl_get(lint->tpl, NULL, "Resources"));
    if (n > HW_CFN_RESOURCES)
        hw_lint_say(lint, "template.resources", HW_ERROR,
                    _("%zu resources; at most %u are allowed"), n, HW_CFN_RESOURCES);
    n = count_pairs(hw_tpl_get(lint->tpl, NULL, "Parameters"));
    if (n > HW_CFN_PARAMETERS)
        hw_lint_say(lint, "template.parameters", HW_ERROR,
                    _("%zu parameters; at most %u are allowed"), n, HW_CFN_PARAMETERS);
}

size_t hw_user_data_longest(const char *text)
{
    size_t length = strlen(text);
    for (const char *at = text; (at = strstr(at, "${")); at++) {
        if (hw_text_starts(at, "${AWS::StackId}"))
            length += STACK_ID_MAX;
        else if (hw_text_starts(at, "${AWS::"))
            length += REGION_MAX;
        else if (!hw_text_starts(at, "${!"))
            length += HW_MAX_VALUE;
    }
    return length;
}

static void check_user_data(struct hw_lint *lint, const char *name, size_t size)
{
    if (size > HW_EC2_USER_DATA)
        hw_lint_say(lint, "template.user-data-size", HW_ERROR,
                    _("%s: user data of %zu bytes; EC2 takes at most %u"), name, size,
                    HW_EC2_USER_DATA);
}

/* --- Periods --------------------------------------------------------------------------------- */

/* "PT1H30M" into seconds. */
static bool parse_period(const char *text, unsigned long *ret)
{
    unsigned long total = 0;
    if (!hw_text_starts(text, "PT"))
        return false;
    for (text += 2; *text;) {
        size_t digits = strspn(text, "0123456789");
        if (!digits || digits > 6)
            return false;
        unsigned long n = strtoul(text, NULL, 10);
        char unit = text[digits];
        if (unit != 'H' && unit != 'M' && unit != 'S')
            return false;
        total += n * (unit == 'H' ? HOUR : unit == 'M' ? 60 : 1);
        text += digits + 1;
    }
    *ret = total;
    return true;
}

/* A literal, or what a parameter's default says. */
static const char *literal(struct hw_lint *lint, yaml_node_t *node)
{
    if (!node || node->type != YAML_SCALAR_NODE)
        return "";
    if (strcmp((const char *)node->tag, "!Ref") != 0)
        return hw_tpl_scalar(node);
    yaml_node_t *parameters = hw_tpl_get(lint->tpl, NULL, "Parameters");
    yaml_node_t *parameter =
        parameters ? hw_tpl_get(lint->tpl, parameters, hw_tpl_scalar(node)) : NULL;
    return parameter ? hw_tpl_scalar(hw_tpl_get(lint->tpl, parameter, "Default")) : "";
}

static void check_period(struct hw_lint *lint, const char *id, const char *resource,
                         const char *property, yaml_node_t *node, unsigned long most)
{
    const char *text = literal(lint, node);
    unsigned long seconds;
    if (!*text)
        return;
    if (!parse_period(text, &seconds))
        hw_lint_say(lint, id, HW_ERROR, _("%s: %s '%s' is no ISO 8601 period"), resource, property,
                    text);
    else if (seconds > most)
        hw_lint_say(lint, id, HW_ERROR, _("%s: %s is %s; at most PT%luH is allowed"), resource,
                    property, text, most / HOUR);
}

/* --- One resource ---------------------------------------------------------------------------- */

static void check_group(struct hw_lint *lint, const char *name, yaml_node_t *resource)
{
    yaml_node_t *signal = hw_lint_under(lint, resource, "CreationPolicy", "ResourceSignal");
    yaml_node_t *rolling =
        hw_lint_under(lint, resource, "UpdatePolicy", "AutoScalingRollingUpdate");
    if (signal)
        check_period(lint, "template.timeout", name, "Timeout",
                     hw_tpl_get(lint->tpl, signal, "Timeout"), 12 * HOUR);
    if (rolling)
        check_period(lint, "template.pause-time", name, "PauseTime",
                     hw_tpl_get(lint->tpl, rolling, "PauseTime"), HOUR);
}

static bool mentions_interface(struct hw_lint *lint, yaml_node_t *resource)
{
    yaml_node_t *data = hw_lint_under(lint, resource, "Properties", "LaunchTemplateData");
    yaml_node_t *list = data ? hw_tpl_get(lint->tpl, data, "NetworkInterfaces") : NULL;
    if (!list || list->type != YAML_SEQUENCE_NODE)
        return false;
    for (yaml_node_item_t *i = list->data.sequence.items.start; i < list->data.sequence.items.top;
         i++) {
        yaml_node_t *item = hw_tpl_node(lint->tpl, *i);
        if (item->type == YAML_MAPPING_NODE && hw_tpl_get(lint->tpl, item, "NetworkInterfaceId"))
            return true;
    }
    return false;
}

/* The launch template that a group names without a condition. */
static void check_interface(struct hw_lint *lint, const char *name, yaml_node_t *group)
{
    yaml_node_t *properties = hw_tpl_get(lint->tpl, group, "Properties");
    yaml_node_t *zones = properties ? hw_tpl_get(lint->tpl, properties, "VPCZoneIdentifier") : NULL;
    yaml_node_t *id =
        properties ? hw_lint_under(lint, properties, "LaunchTemplate", "LaunchTemplateId") : NULL;
    if (!id || !zones || strcmp((const char *)zones->tag, "!If") == 0)
        return;
    yaml_node_t *resources = hw_tpl_get(lint->tpl, NULL, "Resources");
    yaml_node_t *template = hw_tpl_get(lint->tpl, resources, hw_tpl_scalar(id));
    if (template && mentions_interface(lint, template))
        hw_lint_say(
            lint, "template.interface-and-subnets", HW_ERROR,
            _("%s: a kept network interface excludes VPCZoneIdentifier; use AvailabilityZones"),
            name);
}

static void check_resource(struct hw_lint *lint, const char *name, yaml_node_t *resource)
{
    const char *type = hw_tpl_scalar(hw_tpl_get(lint->tpl, resource, "Type"));
    if (strcmp(type, "AWS::AutoScaling::AutoScalingGroup") == 0) {
        check_group(lint, name, resource);
        check_interface(lint, name, resource);
        hw_lint_signals(lint, name, resource);
    }
    if (strcmp(type, "AWS::EC2::LaunchTemplate") == 0) {
        check_user_data(lint, name, hw_user_data_longest(hw_lint_user_data(lint, resource)));
        hw_lint_start(lint, name, resource);
    }
}

static void check_structure(struct hw_lint *lint, const char *text, size_t size)
{
    HW_CLEANUP(hw_tpl_done) struct hw_tpl tpl = {0};
    struct hw_err err = {0};
    if (!hw_tpl_parse(lint->file, text, size, &tpl, &err)) {
        hw_lint_say(lint, "template.syntax", HW_ERROR, "%s", err.what);
        return;
    }
    lint->tpl = &tpl;
    check_counts(lint);
    hw_lint_references(lint);
    hw_tpl_each(hw_tpl_get(&tpl, NULL, "Resources"), pair)
    {
        yaml_node_t *resource = hw_tpl_node(&tpl, pair->value);
        if (resource->type == YAML_MAPPING_NODE)
            check_resource(lint, hw_tpl_scalar(hw_tpl_node(&tpl, pair->key)), resource);
    }
}

size_t hw_lint_template(const char *file, const char *text, size_t size, hw_lint_fn *fn, void *data)
{
    struct hw_lint lint = {.file = file, .fn = fn, .data = data};
    check_body(&lint, size);
    check_structure(&lint, text, size);
    return lint.errors;
}

/* "compute" of "compute-std.yaml". */
static bool same_role(const char *a, const char *b)
{
    size_t n = strcspn(a, "-.");
    return n == strcspn(b, "-.") && strncmp(a, b, n) == 0;
}

/* Compute groups come from one source and differ in names and numbers that no rule looks at: to
 * parse one of them is enough. */
static bool is_repeated(const struct hw_fileset *set, size_t index)
{
    for (size_t i = 0; i < index; i++) {
        if (set->items[i].resources && same_role(set->items[i].path, set->items[index].path))
            return true;
    }
    return false;
}

size_t hw_lint_fileset(const struct hw_fileset *set, hw_lint_fn *fn, void *data)
{
    size_t errors = 0;
    for (size_t i = 0; i < set->count; i++) {
        const struct hw_file *file = &set->items[i];
        struct hw_lint lint = {.file = file->path, .fn = fn, .data = data};
        if (!file->resources)
            continue;
        check_body(&lint, file->size);
        if (!is_repeated(set, i))
            check_structure(&lint, file->bytes, file->size);
        errors += lint.errors;
    }
    return errors + hw_lint_imports(set, fn, data);
}
