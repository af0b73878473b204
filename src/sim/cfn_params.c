/* SPDX-License-Identifier: Apache-2.0 */
#include "sim/cfn_params.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include "base/mem.h"
#include "base/text.h"

#define SSM_VALUE "AWS::SSM::Parameter::Value<"

static bool matches(const char *pattern, const char *text)
{
    int code;
    PCRE2_SIZE at;
    pcre2_code *compiled =
        pcre2_compile((PCRE2_SPTR)pattern, PCRE2_ZERO_TERMINATED,
                      PCRE2_ANCHORED | PCRE2_ENDANCHORED | PCRE2_UTF, &code, &at, NULL);
    if (!compiled)
        return false;
    pcre2_match_data *match = pcre2_match_data_create_from_pattern(compiled, NULL);
    int found = pcre2_match(compiled, (PCRE2_SPTR)text, strlen(text), 0, 0, match, NULL);
    pcre2_match_data_free(match);
    pcre2_code_free(compiled);
    return found >= 0;
}

static bool allowed(const json_t *declared, const char *text)
{
    const json_t *values = json_object_get(declared, "AllowedValues");
    size_t i;
    json_t *value;
    json_array_foreach(values, i, value)
    {
        hw_auto(hw_buf) one = HW_BUF(HW_MAX_VALUE);
        if (sim_scalar(value, &one) && strcmp(hw_buf_cstr(&one), text) == 0)
            return true;
    }
    return !values;
}

static bool check_number(const char *name, const json_t *declared, const char *text,
                         struct hw_err *err)
{
    char *end;
    double number = strtod(text, &end);
    if (end == text || *end)
        return hw_fail(err, HW_ERR_INPUT, "Parameter '%s' must be a number.", name);
    if (json_object_get(declared, "MinValue") && number < (double)sim_int(declared, "MinValue"))
        return hw_fail(err, HW_ERR_INPUT, "Parameter '%s' must be a number not less than %lld.",
                       name, (long long)sim_int(declared, "MinValue"));
    if (json_object_get(declared, "MaxValue") && number > (double)sim_int(declared, "MaxValue"))
        return hw_fail(err, HW_ERR_INPUT, "Parameter '%s' must be a number not greater than %lld.",
                       name, (long long)sim_int(declared, "MaxValue"));
    return true;
}

static bool check_text(const char *name, const json_t *declared, const char *text,
                       struct hw_err *err)
{
    const char *pattern = sim_text(declared, "AllowedPattern");
    const char *why = sim_text(declared, "ConstraintDescription");
    int64_t length = (int64_t)strlen(text);
    if (!allowed(declared, text))
        return hw_fail(err, HW_ERR_INPUT, "Parameter '%s' must be one of AllowedValues", name);
    if (*pattern && !matches(pattern, text))
        return *why ? hw_fail(err, HW_ERR_INPUT, "Parameter %s failed to satisfy constraint: %s",
                              name, why)
                    : hw_fail(err, HW_ERR_INPUT, "Parameter '%s' must match pattern %s", name,
                              pattern);
    if (length < sim_int(declared, "MinLength"))
        return hw_fail(err, HW_ERR_INPUT, "Parameter '%s' must contain at least %lld characters",
                       name, (long long)sim_int(declared, "MinLength"));
    if (json_object_get(declared, "MaxLength") && length > sim_int(declared, "MaxLength"))
        return hw_fail(err, HW_ERR_INPUT, "Parameter '%s' must contain at most %lld characters",
                       name, (long long)sim_int(declared, "MaxLength"));
    return true;
}

/* The types of things that must exist in the account. */
static bool exists(struct sim_cloud *cloud, const char *type, const char *text)
{
    static const struct {
        const char *type, *collection, *key;
    } THINGS[] = {
        {"AWS::EC2::VPC::Id", "vpcs", "vpcId"},
        {"AWS::EC2::Subnet::Id", "subnets", "subnetId"},
        {"AWS::EC2::SecurityGroup::Id", "groups", "groupId"},
        {"AWS::EC2::KeyPair::KeyName", "keys", "keyName"},
        {"AWS::EC2::Image::Id", "images", "imageId"},
        {"AWS::EC2::Instance::Id", "instances", "instanceId"},
        {"AWS::EC2::Volume::Id", "volumes", "volumeId"},
        {"AWS::EC2::AvailabilityZone::Name", "zones", "zoneName"},
        {"AWS::Route53::HostedZone::Id", "hosted_zones", "Id"},
        {"AWS::SSM::Parameter::Name", "parameters", "Name"},
    };
    for (size_t i = 0; i < HW_COUNT(THINGS); i++) {
        if (strcmp(THINGS[i].type, type) == 0)
            return sim_find(sim_cloud_list(cloud, THINGS[i].collection), THINGS[i].key, text);
    }
    return true;
}

/* "List<X>" and "CommaDelimitedList" are lists of X and String. */
static bool list_type(const char *type, char item[128])
{
    bool list = hw_text_starts(type, "List<");
    bool comma = strcmp(type, "CommaDelimitedList") == 0;
    size_t length = strlen(type);
    if (list)
        snprintf(item, 128, "%.*s", (int)(length > 6 ? length - 6 : 0), type + 5);
    else
        snprintf(item, 128, "%s", comma ? "String" : type);
    return list || comma;
}

struct one {
    struct sim_cloud *cloud;
    const char *name, *type;
    const json_t *declared;
    struct hw_err *err;
};

static bool check_item(const struct one *one, const char *type, const char *text)
{
    if (strcmp(type, "Number") == 0 && !check_number(one->name, one->declared, text, one->err))
        return false;
    if (!check_text(one->name, one->declared, text, one->err))
        return false;
    return exists(one->cloud, type, text) ||
           hw_fail(one->err, HW_ERR_INPUT,
                   "Parameter validation failed: parameter value %s for parameter name %s does "
                   "not exist",
                   text, one->name);
}

static json_t *split_list(const struct one *one, const char *type, const char *text)
{
    json_t *list = json_array();
    while (true) {
        size_t length = strcspn(text, ",");
        struct hw_span item = hw_text_trim(text, length);
        hw_auto_text copy = hw_strndup(item.p, item.n);
        if (!check_item(one, type, copy)) {
            json_decref(list);
            return NULL;
        }
        sim_append_text(list, copy);
        if (text[length] == '\0')
            return list;
        text += length + 1;
    }
}

/* What the functions see; NULL: err says why. */
static json_t *value_of(const struct one *one, const char *type, const char *text)
{
    char item[128];
    if (list_type(type, item))
        return split_list(one, item, text);
    return check_item(one, item, text) ? json_string(text) : NULL;
}

static json_t *from_ssm(const struct one *one, const char *name, json_t *shown)
{
    char inner[128];
    snprintf(inner, sizeof inner, "%.*s", (int)(strlen(one->type) - strlen(SSM_VALUE) - 1),
             one->type + strlen(SSM_VALUE));
    json_t *parameter = sim_find(sim_cloud_list(one->cloud, "parameters"), "Name", name);
    if (!parameter || sim_is(parameter, "Type", "SecureString")) {
        hw_fail(one->err, HW_ERR_INPUT,
                "Unable to fetch parameters [%s] from parameter store for this account.", name);
        return NULL;
    }
    sim_put(shown, "ResolvedValue", "%s", sim_text(parameter, "Value"));
    struct one resolved = *one;
    resolved.declared = NULL;
    return value_of(&resolved, inner, sim_text(parameter, "Value"));
}

static bool add_value(const struct one *one, const char *text, struct sim_params *out)
{
    json_t *shown = json_pack("{s:s, s:s}", "ParameterKey", one->name, "ParameterValue",
                              sim_bool(one->declared, "NoEcho") ? "****" : text);
    json_t *value = hw_text_starts(one->type, SSM_VALUE) ? from_ssm(one, text, shown)
                                                         : value_of(one, one->type, text);
    json_array_append_new(out->shown, shown);
    if (value)
        json_object_set_new(out->values, one->name, value);
    return value != NULL;
}

/* The text of the parameter, or false when none was given and there is no default. */
static bool find_text(const char *name, const json_t *declared, const json_t *given,
                      const json_t *before, struct hw_buf *out)
{
    json_t *entry = sim_find(given, "ParameterKey", name);
    json_t *previous = sim_find(before, "ParameterKey", name);
    if (entry && sim_bool(entry, "UsePreviousValue"))
        return previous && hw_buf_text(out, sim_text(previous, "_raw"));
    if (entry)
        return hw_buf_text(out, sim_text(entry, "ParameterValue"));
    json_t *preset = json_object_get(declared, "Default");
    return preset && sim_scalar(preset, out);
}

static bool check_known(const json_t *declarations, const json_t *given, struct hw_err *err)
{
    hw_auto(hw_buf) unknown = HW_BUF(HW_MAX_VALUE);
    size_t i;
    json_t *entry;
    json_array_foreach(given, i, entry)
    {
        const char *name = sim_text(entry, "ParameterKey");
        if (!json_object_get(declarations, name))
            hw_buf_print(&unknown, "%s%s", unknown.len ? ", " : "", name);
    }
    return unknown.len == 0 ||
           hw_fail(err, HW_ERR_INPUT, "Parameters: [%s] do not exist in the template",
                   hw_buf_cstr(&unknown));
}

static bool resolve_all(struct sim_cloud *cloud, const json_t *declarations, const json_t *given,
                        const json_t *before, struct sim_params *out, struct hw_err *err)
{
    hw_auto(hw_buf) missing = HW_BUF(HW_MAX_VALUE);
    const char *name;
    json_t *declared;
    json_object_foreach((json_t *)declarations, name, declared)
    {
        hw_auto(hw_buf) text = HW_BUF(HW_MAX_VALUE);
        if (!find_text(name, declared, given, before, &text)) {
            hw_buf_print(&missing, "%s%s", missing.len ? ", " : "", name);
            continue;
        }
        struct one one = {cloud, name, sim_text(declared, "Type"), declared, err};
        if (!add_value(&one, hw_buf_cstr(&text), out))
            return false;
        json_t *shown = json_array_get(out->shown, json_array_size(out->shown) - 1);
        sim_put(shown, "_raw", "%s", hw_buf_cstr(&text));
    }
    return missing.len == 0 ||
           hw_fail(err, HW_ERR_INPUT, "Parameters: [%s] must have values", hw_buf_cstr(&missing));
}

bool sim_params_resolve(struct sim_cloud *cloud, const json_t *template, const json_t *given,
                        const json_t *before, struct sim_params *ret, struct hw_err *err)
{
    const json_t *declarations = json_object_get(template, "Parameters");
    struct sim_params out = {json_object(), json_array()};
    if (check_known(declarations, given, err) &&
        resolve_all(cloud, declarations, given, before, &out, err)) {
        *ret = out;
        return true;
    }
    sim_params_done(&out);
    return false;
}

void sim_params_done(struct sim_params *params)
{
    json_decref(params->values);
    json_decref(params->shown);
    *params = (struct sim_params){NULL, NULL};
}

static json_t *texts(const json_t *values)
{
    json_t *list = json_array();
    size_t i;
    json_t *value;
    json_array_foreach(values, i, value)
    {
        hw_auto(hw_buf) text = HW_BUF(HW_MAX_VALUE);
        if (sim_scalar(value, &text))
            sim_append_text(list, hw_buf_cstr(&text));
    }
    return list;
}

json_t *sim_params_declared(const json_t *template, bool summary)
{
    json_t *list = json_array();
    const char *name;
    json_t *declared;
    json_object_foreach(json_object_get(template, "Parameters"), name, declared)
    {
        json_t *shown = json_pack("{s:s, s:b}", "ParameterKey", name, "NoEcho",
                                  (int)sim_bool(declared, "NoEcho"));
        hw_auto(hw_buf) preset = HW_BUF(HW_MAX_VALUE);
        json_t *value = json_object_get(declared, "Default");
        if (value && sim_scalar(value, &preset))
            sim_put(shown, "DefaultValue", "%s", hw_buf_cstr(&preset));
        sim_copy(shown, declared, "Description");
        if (summary) {
            json_object_set(shown, "ParameterType", json_object_get(declared, "Type"));
            json_t *allowed_values = json_object_get(declared, "AllowedValues");
            if (allowed_values)
                json_object_set_new(shown, "ParameterConstraints",
                                    json_pack("{s:o}", "AllowedValues", texts(allowed_values)));
        }
        json_array_append_new(list, shown);
    }
    return list;
}
