/* SPDX-License-Identifier: Apache-2.0 */
/* The policies that the generated foundation gives the nodes, with their functions resolved, so
 * that IAM can be asked what they allow before the roles exist. */
#include "check/account.h"
#include "template/tpl.h"

#define DEPTH_MAX HW_MAX_DEPTH

struct resolver {
    const struct hw_check_run *run;
    struct hw_tpl *tpl;
    const json_t *locals; /* of the Fn::Sub at hand */
};

static json_t *resolve(struct resolver *r, const yaml_node_t *node, unsigned depth);

/* A template parameter's or a pseudo parameter's value, NULL if it has none that is known. */
static const char *value_of(const struct resolver *r, const char *name)
{
    const struct hw_check_run *run = r->run;
    const char *local = json_string_value(json_object_get(r->locals, name));
    if (local)
        return local;
    if (strcmp(name, "AWS::Region") == 0)
        return hw_check_get(run, "region");
    if (strcmp(name, "AWS::AccountId") == 0)
        return run->account;
    if (strcmp(name, "AWS::Partition") == 0)
        return run->partition;
    if (!run->stacks.count)
        return NULL;
    const struct hw_stack *stack = &run->stacks.items[0];
    for (size_t i = 0; i < stack->count; i++) {
        if (strcmp(stack->parameters[i].name, name) == 0)
            return stack->parameters[i].value;
    }
    return NULL;
}

/* "${Name}" by its value, "${!x}" by "${x}"; NULL: a name has no value. */
static json_t *substitute(const struct resolver *r, const char *text)
{
    hw_auto(hw_buf) out = HW_BUF(HW_MAX_TEXT);
    for (const char *at; (at = strstr(text, "${")); text = strchr(at, '}') + 1) {
        hw_buf_add(&out, text, (size_t)(at - text));
        if (!strchr(at, '}'))
            return NULL;
        hw_auto_text name = hw_strndup(at + 2, strcspn(at + 2, "}"));
        const char *value = value_of(r, name);
        if (*name == '!')
            hw_buf_print(&out, "${%s}", name + 1);
        else if (!value)
            return NULL;
        else
            hw_buf_text(&out, value);
    }
    hw_buf_text(&out, text);
    return json_string(hw_buf_cstr(&out));
}

static json_t *resolve_list(struct resolver *r, const yaml_node_t *node, unsigned depth)
{
    json_t *list = json_array();
    for (yaml_node_item_t *item = node->data.sequence.items.start;
         list && item < node->data.sequence.items.top; item++) {
        json_t *value = resolve(r, hw_tpl_node(r->tpl, *item), depth);
        if (!value || json_array_append_new(list, value) < 0) {
            json_decref(list);
            list = NULL;
        }
    }
    return list;
}

static json_t *resolve_map(struct resolver *r, const yaml_node_t *node, unsigned depth)
{
    json_t *map = json_object();
    hw_tpl_each(node, pair)
    {
        json_t *value = resolve(r, hw_tpl_node(r->tpl, pair->value), depth);
        if (!value || !map) {
            json_decref(value);
            json_decref(map);
            return NULL;
        }
        json_object_set_new(map, hw_tpl_scalar(hw_tpl_node(r->tpl, pair->key)), value);
    }
    return map;
}

/* Fn::Sub in its long form: a text and names of its own. */
static json_t *sub_with_names(struct resolver *r, const json_t *parts)
{
    struct resolver inner = *r;
    inner.locals = json_array_get(parts, 1);
    const char *text = json_string_value(json_array_get(parts, 0));
    return text ? substitute(&inner, text) : NULL;
}

static json_t *split(const json_t *parts)
{
    const char *by = json_string_value(json_array_get(parts, 0));
    const char *text = json_string_value(json_array_get(parts, 1));
    if (!by || !*by || !text)
        return NULL;
    json_t *list = json_array();
    for (const char *at; (at = strstr(text, by)); text = at + strlen(by))
        json_array_append_new(list, json_stringn(text, (size_t)(at - text)));
    json_array_append_new(list, json_string(text));
    return list;
}

static json_t *select_one(const json_t *parts)
{
    const char *number = json_string_value(json_array_get(parts, 0));
    json_t *list = json_array_get(parts, 1);
    return number ? json_incref(json_array_get(list, strtoul(number, NULL, 10))) : NULL;
}

/* A function over a sequence. The text of a long Fn::Sub is not to be resolved on the way. */
static json_t *call(struct resolver *r, const char *tag, const yaml_node_t *node, unsigned depth)
{
    json_t *parts = resolve_list(r, node, depth), *result = NULL;
    if (strcmp(tag, "!Sub") == 0)
        result = sub_with_names(r, parts);
    else if (strcmp(tag, "!Split") == 0)
        result = split(parts);
    else if (strcmp(tag, "!Select") == 0)
        result = select_one(parts);
    json_decref(parts);
    return result;
}

static json_t *resolve_scalar(const struct resolver *r, const char *tag, const char *text)
{
    if (strcmp(tag, "!Sub") == 0)
        return substitute(r, text);
    const char *value = strcmp(tag, "!Ref") == 0 ? value_of(r, text) : *tag ? NULL : text;
    return value ? json_string(value) : NULL;
}

static json_t *resolve(struct resolver *r, const yaml_node_t *node, unsigned depth)
{
    const char *tag = node && node->tag ? (const char *)node->tag : "";
    if (!hw_text_starts(tag, "!"))
        tag = ""; /* a type of YAML itself */
    if (!node || depth > DEPTH_MAX)
        return NULL;
    switch (node->type) {
    case YAML_SCALAR_NODE:
        return resolve_scalar(r, tag, hw_tpl_scalar(node));
    case YAML_SEQUENCE_NODE:
        return *tag ? call(r, tag, node, depth + 1) : resolve_list(r, node, depth + 1);
    case YAML_MAPPING_NODE:
        return resolve_map(r, node, depth + 1);
    default:
        return NULL;
    }
}

static void add_role(struct resolver *r, const char *name, yaml_node_t *role, struct hw_strv *ret)
{
    yaml_node_t *properties = hw_tpl_get(r->tpl, role, "Properties");
    yaml_node_t *policies = properties ? hw_tpl_get(r->tpl, properties, "Policies") : NULL;
    if (!policies || policies->type != YAML_SEQUENCE_NODE ||
        policies->data.sequence.items.start == policies->data.sequence.items.top)
        return;
    yaml_node_t *first = hw_tpl_node(r->tpl, policies->data.sequence.items.start[0]);
    json_t *document = resolve(r, hw_tpl_get(r->tpl, first, "PolicyDocument"), 0);
    char *text = document ? json_dumps(document, JSON_COMPACT) : NULL;
    if (text) {
        hw_strv_add(ret, name);
        hw_strv_add(ret, text);
    }
    free(text);
    json_decref(document);
}

void hw_node_policies(const struct hw_check_run *run, struct hw_strv *ret)
{
    const struct hw_file *file = hw_fileset_find(&run->files, "foundation.yaml");
    struct hw_tpl tpl = {0};
    if (!file || !hw_tpl_parse(file->path, file->bytes, file->size, &tpl, NULL))
        return;
    struct resolver resolver = {.run = run, .tpl = &tpl};
    hw_tpl_each(hw_tpl_path(&tpl, "Resources"), pair)
    {
        yaml_node_t *resource = hw_tpl_node(&tpl, pair->value);
        if (strcmp(hw_tpl_scalar(hw_tpl_get(&tpl, resource, "Type")), "AWS::IAM::Role") == 0)
            add_role(&resolver, hw_tpl_scalar(hw_tpl_node(&tpl, pair->key)), resource, ret);
    }
    hw_tpl_done(&tpl);
}

/* ---- What each role needs ---- */

static void add_parameter(const struct hw_check_run *run, const char *key, struct hw_strv *ret)
{
    hw_strv_take(ret, hw_format("arn:%s:ssm:%s:%s:parameter%s", run->partition,
                                hw_check_get(run, "region"), run->account, hw_check_get(run, key)));
}

static void add_secrets(const struct hw_check_run *run, const char *role, struct hw_strv *ret)
{
    bool sql = strcmp(role, "SqlRole") == 0;
    if (sql) {
        add_parameter(run, "secrets.sql_username", ret);
        add_parameter(run, "secrets.sql_password", ret);
    }
    add_parameter(run, "secrets.service_username", ret);
    add_parameter(run, "secrets.service_password", ret);
    if (!sql)
        add_parameter(run, "secrets.certificate_password", ret);
}

/* The keys that the parameters are encrypted with; those of AWS as any key of the account. */
static void add_keys(const struct hw_check_run *run, struct hw_strv *ret)
{
    size_t i;
    json_t *parameter;
    hw_strv_take(ret, hw_format("arn:%s:kms:%s:%s:key/any", run->partition,
                                hw_check_get(run, "region"), run->account));
    json_array_foreach(hw_told(run, HW_TOPIC_PARAMETERS), i, parameter)
    {
        const char *key = hw_told_text(parameter, "KeyId");
        if (hw_text_starts(key, "arn:") && strstr(key, ":key/") && !hw_strv_has(ret, key))
            hw_strv_add(ret, key);
    }
}

const char *hw_node_need(const struct hw_check_run *run, const char *role, size_t need,
                         struct hw_strv *ret_resources)
{
    hw_auto_text bucket = hw_check_media_bucket(run);
    hw_auto_text folder = hw_check_media_folder(run);
    bool head = strcmp(role, "HeadRole") == 0;
    switch (need) {
    case 0:
        add_secrets(run, role, ret_resources);
        return "ssm:GetParameter";
    case 1:
        add_keys(run, ret_resources);
        return "kms:Decrypt";
    case 2:
        hw_strv_take(ret_resources,
                     hw_format("arn:%s:s3:::%s/%ssetup.exe", run->partition, bucket, folder));
        return head ? "s3:GetObject" : NULL;
    case 3:
        hw_strv_take(ret_resources, hw_format("arn:%s:s3:::%s", run->partition, bucket));
        return head ? "s3:ListBucket" : NULL;
    default:
        return NULL;
    }
}
