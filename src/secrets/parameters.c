/* SPDX-License-Identifier: Apache-2.0 */
#include "secrets/parameters.h"

#include <assert.h>

#include "base/text.h"

#define KNOWN_MAX    200u
#define GATHER_MS    200 /* names that are typed come one character after the other */
#define NAMES_A_CALL 50u /* DescribeParameters, ParameterStringFilter "Values" */

struct hw_parameters {
    struct hw_aws *aws;
    hw_timer_fn *changed;
    void *data;
    struct hw_parameter *items;
    size_t count, capacity;
    struct hw_timer *timer; /* the next question */
    struct hw_strv asked;   /* names of the question under way */
    struct hw_aws_call *call, *keys_call, *put_call;
    struct hw_choices keys;
    char *token; /* of the next page of keys */
    hw_put_fn *put_fn;
    void *put_data;
    char *put_name;
    struct hw_err put_err; /* of a value that was not sent */
    struct hw_timer *put_timer;
};

struct hw_parameters *hw_parameters_new(struct hw_aws *aws, hw_timer_fn *changed, void *data)
{
    struct hw_parameters *p = HW_NEW(struct hw_parameters);
    *p = (struct hw_parameters){.aws = aws, .changed = changed, .data = data};
    return p;
}

void hw_parameters_forget(struct hw_parameters *p)
{
    hw_aws_cancel(p->call);
    hw_aws_cancel(p->keys_call);
    hw_timer_cancel(p->timer);
    p->call = p->keys_call = NULL;
    p->timer = NULL;
    for (size_t i = 0; i < p->count; i++) {
        free(p->items[i].name);
        free(p->items[i].key_id);
    }
    p->count = 0;
    hw_strv_done(&p->asked);
    hw_choices_done(&p->keys);
    hw_replace(&p->token, NULL);
}

void hw_parameters_free(struct hw_parameters *p)
{
    if (!p)
        return;
    hw_parameters_forget(p);
    hw_aws_cancel(p->put_call);
    hw_timer_cancel(p->put_timer);
    free(p->items);
    free(p->put_name);
    free(p);
}

static void tell_changed(struct hw_parameters *p)
{
    if (p->changed)
        p->changed(p->data);
}

static struct hw_parameter *find(const struct hw_parameters *p, const char *name)
{
    for (size_t i = 0; i < p->count; i++) {
        if (strcmp(p->items[i].name, name) == 0)
            return &p->items[i];
    }
    return NULL;
}

const struct hw_parameter *hw_parameters_find(const struct hw_parameters *p, const char *name)
{
    return find(p, name);
}

/* ---- Asking ---- */

json_t *hw_parameters_body(const struct hw_strv *names)
{
    json_t *values = json_array();
    for (size_t i = 0; i < names->count && i < NAMES_A_CALL; i++)
        json_array_append_new(values, json_string(names->items[i]));
    return json_pack("{s:[{s:s, s:s, s:o}], s:i}", "ParameterFilters", "Key", "Name", "Option",
                     "Equals", "Values", values, "MaxResults", (int)NAMES_A_CALL);
}

static const char *text_of(const json_t *item, const char *key)
{
    const char *text = json_string_value(json_object_get(item, key));
    return text ? text : "";
}

static void learn(struct hw_parameters *p, const json_t *item)
{
    struct hw_parameter *known = find(p, text_of(item, "Name"));
    const char *type = text_of(item, "Type");
    if (!known)
        return;
    known->state = strcmp(type, "SecureString") == 0 ? HW_PARAMETER_SECURE
                   : strcmp(type, "StringList") == 0 ? HW_PARAMETER_LIST
                                                     : HW_PARAMETER_PLAIN;
    known->safe = hw_secret_pattern_known(text_of(item, "AllowedPattern"));
    hw_replace(&known->key_id, text_of(item, "KeyId"));
}

static void ask_later(struct hw_parameters *p);

/* What was asked for and not told is not there. */
static void on_described(void *data, const struct hw_aws_reply *reply, const struct hw_err *err)
{
    struct hw_parameters *p = data;
    size_t i;
    json_t *item;
    p->call = NULL;
    for (size_t n = 0; n < p->asked.count; n++) {
        struct hw_parameter *known = find(p, p->asked.items[n]);
        if (!known)
            continue;
        known->state = err ? HW_PARAMETER_FAILED : HW_PARAMETER_MISSING;
        if (err)
            known->err = *err;
    }
    if (reply) {
        json_array_foreach(json_object_get(reply->json, "Parameters"), i, item)
        {
            learn(p, item);
        }
    }
    hw_strv_done(&p->asked);
    tell_changed(p);
    ask_later(p);
}

static void ask(void *data)
{
    struct hw_parameters *p = data;
    p->timer = NULL;
    if (p->call)
        return;
    for (size_t i = 0; i < p->count && p->asked.count < NAMES_A_CALL; i++) {
        if (p->items[i].state == HW_PARAMETER_ASKED)
            hw_strv_add(&p->asked, p->items[i].name);
    }
    if (!p->asked.count)
        return;
    struct hw_aws_request *request = hw_aws_request_new(HW_AWS_SSM, "DescribeParameters");
    hw_aws_body_json(request, hw_parameters_body(&p->asked));
    p->call = hw_aws_send(p->aws, request, on_described, p);
}

static void ask_later(struct hw_parameters *p)
{
    if (!p->timer && !p->call)
        p->timer = hw_loop_timer(hw_aws_loop(p->aws), GATHER_MS, ask, p);
}

/* The oldest makes room: names that were typed and changed again. */
static void drop_oldest(struct hw_parameters *p)
{
    free(p->items[0].name);
    free(p->items[0].key_id);
    memmove(p->items, p->items + 1, (p->count - 1) * sizeof *p->items);
    p->count--;
}

void hw_parameters_want(struct hw_parameters *p, const char *name)
{
    if (!*name || find(p, name))
        return;
    if (p->count >= KNOWN_MAX)
        drop_oldest(p);
    hw_grow(&p->items, &p->capacity, p->count, sizeof *p->items);
    p->items[p->count++] = (struct hw_parameter){
        .name = hw_strdup(name), .state = HW_PARAMETER_ASKED, .key_id = hw_strdup("")};
    ask_later(p);
}

/* ---- Keys ---- */

static void ask_keys(struct hw_parameters *p);

#define OWN_KEY "alias/aws/ssm"

static void offer_key(struct hw_parameters *p, const json_t *item)
{
    hw_auto(hw_buf) label = HW_BUF(HW_MAX_VALUE);
    const char *alias = text_of(item, "AliasName");
    if (!*alias || strcmp(alias, OWN_KEY) == 0 || hw_text_starts(alias, "alias/aws/"))
        return;
    hw_text_clean(&label, alias, strlen(alias), false);
    hw_choices_add(&p->keys, alias, hw_buf_cstr(&label), "");
}

static void on_aliases(void *data, const struct hw_aws_reply *reply, const struct hw_err *err)
{
    struct hw_parameters *p = data;
    size_t i;
    json_t *item;
    p->keys_call = NULL;
    p->keys.state = HW_CHOICES_READY; /* without the list the account's own key can be used */
    if (err)
        p->keys.err = *err;
    if (reply) {
        json_array_foreach(json_object_get(reply->json, "Aliases"), i, item)
        {
            offer_key(p, item);
        }
        hw_replace(&p->token, text_of(reply->json, "NextMarker"));
        if (*p->token && p->keys.count < KNOWN_MAX)
            ask_keys(p);
    }
    p->keys.generation++;
    tell_changed(p);
}

static void ask_keys(struct hw_parameters *p)
{
    struct hw_aws_request *request = hw_aws_request_new(HW_AWS_KMS, "ListAliases");
    if (p->token && *p->token)
        hw_aws_param(request, "Marker", p->token);
    p->keys.state = HW_CHOICES_LOADING;
    p->keys_call = hw_aws_send(p->aws, request, on_aliases, p);
}

const struct hw_choices *hw_parameters_keys(struct hw_parameters *p)
{
    if (p->keys.state == HW_CHOICES_NONE) {
        struct hw_choice *own =
            hw_choices_add(&p->keys, OWN_KEY, OWN_KEY, _("the account's own key for parameters"));
        own->best = true;
        ask_keys(p);
    }
    return &p->keys;
}

/* ---- Making ---- */

static void finish_put(struct hw_parameters *p, const struct hw_err *err)
{
    hw_put_fn *fn = p->put_fn;
    p->put_fn = NULL;
    struct hw_parameter *known = find(p, p->put_name);
    if (known) { /* look again: somebody else may have made it */
        known->state = HW_PARAMETER_ASKED;
        ask_later(p);
    }
    if (fn)
        fn(p->put_data, err);
}

static void on_put(void *data, const struct hw_aws_reply *reply HW_UNUSED, const struct hw_err *err)
{
    struct hw_parameters *p = data;
    struct hw_err failed = {0};
    p->put_call = NULL;
    if (err) {
        failed = *err;
        if (strcmp(err->service_code, "ParameterAlreadyExists") == 0) {
            hw_fail(&failed, HW_ERR_BUSY, _("%s exists already and was left as it is"),
                    p->put_name);
            hw_err_next(&failed, "%s",
                        _("To change a secret, use: aws ssm put-parameter --overwrite"));
        } else {
            hw_wrap(&failed, _("%s was not made"), p->put_name);
        }
    }
    finish_put(p, err ? &failed : NULL);
}

/* JSON has to escape the backslash alone: nothing else of the kind is in a value that was checked.
 */
static bool add_value(struct hw_secret *body, const struct hw_secret *value)
{
    bool ok = true;
    const char *bytes = hw_secret_bytes(value);
    for (size_t i = 0; ok && i < hw_secret_length(value); i++) {
        if (bytes[i] == '\\')
            ok = hw_secret_add(body, "\\", 1);
        ok = ok && hw_secret_add(body, bytes + i, 1);
    }
    return ok;
}

/* The request's text, put together where secrets live; NULL: too long. */
static struct hw_secret *put_body(const char *name, enum hw_secret_kind kind,
                                  const struct hw_secret *value, const char *key_id)
{
    json_t *rest = json_pack("{s:s, s:s, s:s, s:s}", "Name", name, "Type", "SecureString",
                             "AllowedPattern", hw_secret_pattern(kind), "Description",
                             "Secret of an HPC Pack cluster, made by hpcwiz");
    if (*key_id)
        json_object_set_new(rest, "KeyId", json_string(key_id));
    char *text = json_dumps(rest, JSON_COMPACT);
    json_decref(rest);
    struct hw_secret *body = text ? hw_secret_begin() : NULL;
    bool ok = body && hw_secret_add(body, "{\"Value\":\"", 10) && add_value(body, value) &&
              hw_secret_add(body, "\",", 2) && hw_secret_add(body, text + 1, strlen(text) - 1);
    free(text);
    if (ok)
        return body;
    hw_secret_free(body);
    return NULL;
}

static void on_refused(void *data)
{
    struct hw_parameters *p = data;
    p->put_timer = NULL;
    finish_put(p, &p->put_err);
}

void hw_parameters_put(struct hw_parameters *p, const char *name, enum hw_secret_kind kind,
                       struct hw_secret *value_take, const char *key_id, hw_put_fn *fn, void *data)
{
    struct hw_secret *body = NULL;
    assert(!p->put_fn);
    p->put_fn = fn;
    p->put_data = data;
    p->put_err = (struct hw_err){0};
    hw_replace(&p->put_name, name);
    if (hw_secret_check(kind, value_take, &p->put_err)) {
        body = put_body(name, kind, value_take, key_id);
        if (!body)
            hw_fail(&p->put_err, HW_ERR_LIMIT, "%s", _("the secret is too long"));
    }
    hw_secret_free(value_take);
    if (!body) {
        p->put_timer = hw_loop_timer(hw_aws_loop(p->aws), 0, on_refused, p);
        return;
    }
    struct hw_aws_request *request = hw_aws_request_new(HW_AWS_SSM, "PutParameter");
    hw_aws_body_secret(request, body);
    hw_secret_free(body);
    p->put_call = hw_aws_send(p->aws, request, on_put, p);
}
