/* SPDX-License-Identifier: Apache-2.0 */
#include "sim/cfn_eval.h"

#include "base/mem.h"
#include "base/text.h"

#define MAX_DEPTH 100u

static json_t *fail(struct sim_eval *eval, const char *fmt, ...) HW_PRINTF(2, 3);

static json_t *fail(struct sim_eval *eval, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    if (!eval->error[0])
        vsnprintf(eval->error, sizeof eval->error, fmt, args);
    va_end(args);
    return NULL;
}

/* AWS::NoValue while it is on its way up. A JSON null of the template is one of these too. */
static json_t *no_value(void)
{
    return json_null();
}

static json_t *pseudo(struct sim_eval *eval, const char *name)
{
    const char *account = sim_cloud_account(eval->cloud);
    if (strcmp(name, "AWS::Region") == 0)
        return json_string(eval->region);
    if (strcmp(name, "AWS::AccountId") == 0)
        return json_string(account);
    if (strcmp(name, "AWS::StackName") == 0)
        return json_string(eval->stack_name);
    if (strcmp(name, "AWS::StackId") == 0)
        return json_string(eval->stack_id);
    if (strcmp(name, "AWS::Partition") == 0)
        return json_string("aws");
    if (strcmp(name, "AWS::URLSuffix") == 0)
        return json_string("amazonaws.com");
    if (strcmp(name, "AWS::NotificationARNs") == 0)
        return json_array();
    if (strcmp(name, "AWS::NoValue") == 0)
        return no_value();
    return fail(eval, "Template error: unresolved pseudo parameter %s", name);
}

static json_t *ref(struct sim_eval *eval, const char *name)
{
    if (hw_text_starts(name, "AWS::"))
        return pseudo(eval, name);
    json_t *parameter = json_object_get(eval->parameters, name);
    if (parameter)
        return json_incref(parameter);
    json_t *resource = sim_find(eval->resources, "LogicalResourceId", name);
    json_t *id = json_object_get(resource, "PhysicalResourceId");
    if (json_is_string(id) && json_string_length(id))
        return json_incref(id);
    if (eval->preview)
        return json_string(SIM_UNKNOWN);
    return fail(
        eval, "Unresolved resource dependencies [%s] in the Resources block of the template", name);
}

static json_t *attribute(struct sim_eval *eval, const char *id, const char *name)
{
    json_t *resource = sim_find(eval->resources, "LogicalResourceId", id);
    json_t *value = json_object_get(json_object_get(resource, "_attributes"), name);
    if (value)
        return json_incref(value);
    if (eval->preview)
        return json_string(SIM_UNKNOWN);
    return fail(eval,
                "Template error: resource %s does not support attribute type %s in "
                "Fn::GetAtt",
                id, name);
}

static json_t *get_att(struct sim_eval *eval, const json_t *value)
{
    if (json_is_string(value)) {
        const char *text = json_string_value(value), *dot = strchr(text, '.');
        hw_auto_text id = hw_strndup(text, strcspn(text, "."));
        return attribute(eval, id, dot ? dot + 1 : "");
    }
    json_t *name = sim_eval(eval, json_array_get(value, 1));
    const char *id = json_string_value(json_array_get(value, 0));
    json_t *result = name && id && json_is_string(name)
                         ? attribute(eval, id, json_string_value(name))
                         : fail(eval, "Template error: every Fn::GetAtt object requires two "
                                      "non-empty parameters");
    json_decref(name);
    return result;
}

/* A text out of a value that may be a scalar. */
static bool add_text(struct sim_eval *eval, const char *where, const json_t *value,
                     struct hw_buf *out)
{
    if (value && sim_scalar(value, out))
        return true;
    fail(eval, "Template error: every %s object must be made of texts", where);
    return false;
}

/* "A.B" is an attribute, "A" a reference, unless the function's own map names it. */
static bool sub_name(struct sim_eval *eval, const json_t *map, const char *name, struct hw_buf *out)
{
    json_t *own = json_object_get(map, name), *value;
    const char *dot = strchr(name, '.');
    if (own) {
        value = sim_eval(eval, own);
    } else if (dot && !hw_text_starts(name, "AWS::")) {
        hw_auto_text id = hw_strndup(name, (size_t)(dot - name));
        value = attribute(eval, id, dot + 1);
    } else {
        value = ref(eval, name);
    }
    bool ok = value && add_text(eval, "Fn::Sub", value, out);
    json_decref(value);
    return ok;
}

static bool substitute(struct sim_eval *eval, const char *text, const json_t *map,
                       struct hw_buf *out)
{
    while (*text) {
        size_t length = strcspn(text, "$");
        hw_buf_add(out, text, length);
        text += length;
        if (*text == '\0')
            break;
        size_t end = text[1] == '{' ? strcspn(text, "}") : 0;
        if (end == 0 || text[end] == '\0') {
            hw_buf_char(out, *text++);
            continue;
        }
        hw_auto_text name = hw_strndup(text + 2, end - 2);
        text += end + 1;
        if (name[0] == '!')
            hw_buf_print(out, "${%s}", name + 1);
        else if (!sub_name(eval, map, name, out))
            return false;
    }
    return true;
}

static json_t *text_of(struct hw_buf *buf)
{
    return json_stringn(hw_buf_cstr(buf), buf->len);
}

static json_t *sub(struct sim_eval *eval, const json_t *value)
{
    const json_t *map = json_is_array(value) ? json_array_get(value, 1) : NULL;
    const json_t *text = json_is_array(value) ? json_array_get(value, 0) : value;
    hw_auto(hw_buf) out = HW_BUF(HW_MAX_TEMPLATE);
    if (!json_is_string(text))
        return fail(eval, "Template error: One or more Fn::Sub intrinsic functions don't specify "
                          "expected arguments. Specify a string as first argument, and an "
                          "optional second argument to specify a mapping of values to replace in "
                          "the string");
    return substitute(eval, json_string_value(text), map, &out) ? text_of(&out) : NULL;
}

static json_t *join_list(struct sim_eval *eval, const char *between, const json_t *list)
{
    hw_auto(hw_buf) out = HW_BUF(HW_MAX_TEMPLATE);
    if (json_is_string(list))
        return json_incref((json_t *)list);
    size_t i;
    json_t *item;
    json_array_foreach(list, i, item)
    {
        if (i)
            hw_buf_text(&out, between);
        if (!add_text(eval, "Fn::Join", item, &out))
            return NULL;
    }
    return text_of(&out);
}

static json_t *join(struct sim_eval *eval, const json_t *args)
{
    const char *between = json_string_value(json_array_get(args, 0));
    const json_t *list = json_array_get(args, 1);
    if (!between || (!json_is_array(list) && !json_is_string(list)))
        return fail(eval, "Template error: every Fn::Join object requires two parameters, (1) a "
                          "string delimiter and (2) a list of strings to be joined or a function "
                          "that returns a list of strings to be joined.");
    return join_list(eval, between, list);
}

static json_t *select_item(struct sim_eval *eval, const json_t *args)
{
    hw_auto(hw_buf) index = HW_BUF(32);
    const json_t *list = json_array_get(args, 1);
    if (eval->preview && json_is_string(list))
        return json_string(SIM_UNKNOWN);
    if (!json_array_get(args, 0) || !sim_scalar(json_array_get(args, 0), &index) ||
        !json_is_array(list))
        return fail(eval, "Template error: Fn::Select requires a list argument with two elements: "
                          "an integer index and a list");
    json_t *item = json_array_get(list, strtoul(hw_buf_cstr(&index), NULL, 10));
    return item ? json_incref(item)
                : fail(eval,
                       "Template error: Fn::Select cannot select nonexistent value at index "
                       "%s",
                       hw_buf_cstr(&index));
}

static json_t *split(struct sim_eval *eval, const json_t *args)
{
    const char *between = json_string_value(json_array_get(args, 0));
    const char *text = json_string_value(json_array_get(args, 1));
    if (!between || !*between || !text)
        return fail(eval, "Template error: every Fn::Split object requires two parameters, (1) a "
                          "string delimiter and (2) a string to be split or a function that "
                          "returns a string to be split.");
    json_t *list = json_array();
    for (const char *at; (at = strstr(text, between)); text = at + strlen(between))
        json_array_append_new(list, json_stringn(text, (size_t)(at - text)));
    sim_append_text(list, text);
    return list;
}

static json_t *base64(struct sim_eval *eval, const json_t *value)
{
    hw_auto(hw_buf) plain = HW_BUF(HW_MAX_TEMPLATE), out = HW_BUF(2 * HW_MAX_TEMPLATE);
    if (!add_text(eval, "Fn::Base64", value, &plain))
        return NULL;
    hw_buf_base64(&out, hw_buf_cstr(&plain), plain.len);
    return text_of(&out);
}

static json_t *find_in_map(struct sim_eval *eval, const json_t *args)
{
    const json_t *at = json_object_get(eval->template, "Mappings");
    for (size_t i = 0; i < 3; i++) {
        hw_auto(hw_buf) key = HW_BUF(HW_MAX_VALUE);
        const json_t *arg = json_array_get(args, i);
        if (!arg || !sim_scalar(arg, &key))
            return fail(eval, "Template error: every Fn::FindInMap object requires three "
                              "parameters, the map name, map key and the attribute for return "
                              "value");
        at = json_object_get(at, hw_buf_cstr(&key));
        if (!at)
            return fail(eval, "Template error: Unable to get mapping for %s::%s::%s",
                        json_string_value(json_array_get(args, 0)),
                        json_string_value(json_array_get(args, 1)), hw_buf_cstr(&key));
    }
    return json_incref((json_t *)at);
}

static json_t *get_azs(struct sim_eval *eval, const json_t *value)
{
    const char *region = json_string_value(value);
    json_t *list = json_array();
    size_t i;
    json_t *zone;
    json_array_foreach(sim_cloud_list(eval->cloud, "zones"), i, zone)
    {
        if (sim_is(zone, "regionName", region && *region ? region : eval->region))
            json_array_append(list, json_object_get(zone, "zoneName"));
    }
    return list;
}

static json_t *cidr(struct sim_eval *eval, const json_t *args)
{
    hw_auto(hw_buf) count = HW_BUF(32), size = HW_BUF(32);
    uint32_t net;
    unsigned bits;
    const char *block = json_string_value(json_array_get(args, 0));
    if (!block || !hw_parse_cidr(block, &net, &bits) ||
        !add_text(eval, "Fn::Cidr", json_array_get(args, 1), &count))
        return fail(eval, "Template error: Fn::Cidr requires a CIDR block and a count");
    if (json_array_get(args, 2))
        add_text(eval, "Fn::Cidr", json_array_get(args, 2), &size);
    unsigned long host_bits = size.len ? strtoul(hw_buf_cstr(&size), NULL, 10) : 8;
    unsigned long wanted = strtoul(hw_buf_cstr(&count), NULL, 10);
    if (host_bits < 1 || host_bits > 32 - bits || wanted < 1 || wanted > 256 ||
        wanted > 1ul << (32 - bits - host_bits))
        return fail(eval, "Template error: Fn::Cidr: %s does not hold %lu blocks", block, wanted);
    json_t *list = json_array();
    for (unsigned long i = 0; i < wanted; i++) {
        char text[16];
        hw_ipv4_text(net + (uint32_t)(i << host_bits), text);
        json_array_append_new(list, json_sprintf("%s/%lu", text, 32 - host_bits));
    }
    return list;
}

static json_t *import_value(struct sim_eval *eval, const json_t *value)
{
    const char *name = json_string_value(value);
    json_t *export = sim_find(sim_cloud_list(eval->cloud, "exports"), "Name", name ? name : "");
    if (!export)
        return fail(eval, "No export named %s found.", name ? name : "");
    if (eval->imports && !sim_has(eval->imports, name))
        sim_append_text(eval->imports, name);
    return json_incref(json_object_get(export, "Value"));
}

/* Conditions. */

static bool holds(struct sim_eval *eval, const json_t *value);

static bool equal(struct sim_eval *eval, const json_t *args)
{
    hw_auto(hw_buf) a = HW_BUF(HW_MAX_TEMPLATE), b = HW_BUF(HW_MAX_TEMPLATE);
    json_t *left = sim_eval(eval, json_array_get(args, 0));
    json_t *right = sim_eval(eval, json_array_get(args, 1));
    bool same = left && right &&
                (json_equal(left, right) || (sim_scalar(left, &a) && sim_scalar(right, &b) &&
                                             strcmp(hw_buf_cstr(&a), hw_buf_cstr(&b)) == 0));
    json_decref(left);
    json_decref(right);
    return same;
}

static bool combine(struct sim_eval *eval, const json_t *args, bool all)
{
    size_t i;
    json_t *arg;
    json_array_foreach(args, i, arg)
    {
        if (holds(eval, arg) != all)
            return !all;
    }
    return all;
}

static bool holds(struct sim_eval *eval, const json_t *value)
{
    void *iterator = json_object_iter((json_t *)value);
    const char *key = iterator ? json_object_iter_key(iterator) : "";
    const json_t *args = iterator ? json_object_iter_value(iterator) : NULL;
    if (eval->depth > MAX_DEPTH)
        return fail(eval, "Template error: conditions refer to each other in a circle") != NULL;
    eval->depth++;
    bool result = false;
    if (strcmp(key, "Fn::And") == 0)
        result = combine(eval, args, true);
    else if (strcmp(key, "Fn::Or") == 0)
        result = combine(eval, args, false);
    else if (strcmp(key, "Fn::Not") == 0)
        result = !holds(eval, json_array_get(args, 0));
    else if (strcmp(key, "Fn::Equals") == 0)
        result = equal(eval, args);
    else if (strcmp(key, "Condition") == 0 && json_is_string(args))
        result = sim_eval_condition(eval, json_string_value(args));
    else
        fail(eval, "Template error: %s is no condition function", key);
    eval->depth--;
    return result;
}

bool sim_eval_condition(struct sim_eval *eval, const char *name)
{
    const json_t *condition = json_object_get(json_object_get(eval->template, "Conditions"), name);
    if (!condition)
        return fail(eval, "Template error: unresolved condition dependency %s", name) != NULL;
    return holds(eval, condition);
}

bool sim_eval_wanted(struct sim_eval *eval, const json_t *part)
{
    const char *name = sim_text(part, "Condition");
    return !*name || sim_eval_condition(eval, name);
}

static json_t *choose(struct sim_eval *eval, const json_t *args)
{
    const char *name = json_string_value(json_array_get(args, 0));
    if (!name || json_array_size(args) != 3)
        return fail(eval, "Template error: Fn::If requires a list argument with three elements");
    bool yes = sim_eval_condition(eval, name);
    return eval->error[0] ? NULL : sim_eval(eval, json_array_get(args, yes ? 1 : 2));
}

/* Functions whose arguments are worked out first. */
static const struct {
    const char *name;
    json_t *(*fn)(struct sim_eval *eval, const json_t *args);
} EAGER[] = {
    {"Fn::Join", join},     {"Fn::Select", select_item},       {"Fn::Split", split},
    {"Fn::Base64", base64}, {"Fn::FindInMap", find_in_map},    {"Fn::GetAZs", get_azs},
    {"Fn::Cidr", cidr},     {"Fn::ImportValue", import_value},
};

/* false: this object is no function. */
static bool call_function(struct sim_eval *eval, const json_t *object, json_t **ret)
{
    void *iterator = json_object_iter((json_t *)object);
    const char *key = json_object_iter_key(iterator);
    const json_t *args = json_object_iter_value(iterator);
    *ret = NULL;
    if (strcmp(key, "Ref") == 0 && json_is_string(args)) {
        *ret = ref(eval, json_string_value(args));
        return true;
    }
    if (!hw_text_starts(key, "Fn::"))
        return false;
    if (strcmp(key, "Fn::GetAtt") == 0)
        *ret = get_att(eval, args);
    else if (strcmp(key, "Fn::Sub") == 0)
        *ret = sub(eval, args);
    else if (strcmp(key, "Fn::If") == 0)
        *ret = choose(eval, args);
    for (size_t i = 0; i < HW_COUNT(EAGER); i++) {
        if (strcmp(EAGER[i].name, key) != 0)
            continue;
        json_t *values = sim_eval(eval, args);
        *ret = values ? EAGER[i].fn(eval, values) : NULL;
        json_decref(values);
    }
    if (!*ret)
        fail(eval, "Template error: the function %s is not known", key);
    return true;
}

static json_t *eval_list(struct sim_eval *eval, const json_t *list)
{
    json_t *result = json_array();
    size_t i;
    json_t *item;
    json_array_foreach(list, i, item)
    {
        json_t *value = sim_eval(eval, item);
        if (!value) {
            json_decref(result);
            return NULL;
        }
        if (json_is_null(value))
            json_decref(value);
        else
            json_array_append_new(result, value);
    }
    return result;
}

static json_t *eval_object(struct sim_eval *eval, const json_t *object)
{
    json_t *result = NULL;
    if (json_object_size(object) == 1 && call_function(eval, object, &result))
        return result;
    result = json_object();
    const char *key;
    json_t *member;
    json_object_foreach((json_t *)object, key, member)
    {
        json_t *value = sim_eval(eval, member);
        if (!value) {
            json_decref(result);
            return NULL;
        }
        if (json_is_null(value))
            json_decref(value);
        else
            json_object_set_new(result, key, value);
    }
    return result;
}

json_t *sim_eval(struct sim_eval *eval, const json_t *value)
{
    if (!value)
        return fail(eval, "Template error: a function lacks an argument");
    if (eval->depth > MAX_DEPTH)
        return fail(eval, "Template error: nested too deeply");
    eval->depth++;
    json_t *result = json_is_array(value)    ? eval_list(eval, value)
                     : json_is_object(value) ? eval_object(eval, value)
                                             : json_incref((json_t *)value);
    eval->depth--;
    return result;
}
