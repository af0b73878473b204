/* SPDX-License-Identifier: Apache-2.0 */
/* Questions to AWS side by side, and their answers as JSON. */
#include "check/account.h"

#define ITEMS_MAX 20000u /* of one topic; beyond it an account is larger than any check needs */

struct hw_asked {
    struct hw_check_run *run;
    const struct hw_check_question *question;
    size_t at;
    unsigned pages;
    struct hw_aws_call *call;
    struct hw_asked *previous, *next;
};

static void on_answer(void *data, const struct hw_aws_reply *reply, const struct hw_err *err);

static void unlink_asked(struct hw_asked *asked)
{
    struct hw_check_run *run = asked->run;
    if (asked->previous)
        asked->previous->next = asked->next;
    else
        run->asked = asked->next;
    if (asked->next)
        asked->next->previous = asked->previous;
}

static void settle(struct hw_check_run *run, enum hw_topic topic)
{
    if (--run->topics[topic].open == 0)
        hw_topic_settled(run, topic);
}

static bool send_page(struct hw_asked *asked, const char *token)
{
    const struct hw_check_question *q = asked->question;
    struct hw_aws_request *request = hw_aws_request_new(q->service, q->operation);
    if (q->fill && !q->fill(asked->run, asked->at, request)) {
        hw_aws_request_free(request);
        return false;
    }
    if (token)
        hw_aws_param(request, q->token_in, token);
    asked->call = hw_aws_send(asked->run->aws, request, on_answer, asked);
    return true;
}

void hw_ask(struct hw_check_run *run, const struct hw_check_question *question, size_t at)
{
    struct hw_asked *asked = HW_NEW(struct hw_asked);
    *asked = (struct hw_asked){.run = run, .question = question, .at = at, .next = run->asked};
    run->topics[question->topic].asked = true;
    if (!send_page(asked, NULL)) {
        free(asked);
        return;
    }
    if (run->asked)
        run->asked->previous = asked;
    run->asked = asked;
    run->topics[question->topic].open++;
}

void hw_topic_open(struct hw_check_run *run, enum hw_topic topic)
{
    run->topics[topic].asked = true;
}

void hw_topic_refuse(struct hw_check_run *run, enum hw_topic topic, const char *why)
{
    struct hw_topic_state *state = &run->topics[topic];
    state->asked = state->refused = true;
    if (!state->why)
        hw_replace(&state->why, why);
}

/* ---- Answers ---- */

static json_t *from_xml(const struct hw_xml *element);

/* "item" and "member" of EC2 and the query services, and Route 53's VPC of VPCs. */
static bool is_listing(const struct hw_xml *element)
{
    const struct hw_xml *child = element->children;
    size_t length = strlen(child->name);
    return strcmp(child->name, "item") == 0 || strcmp(child->name, "member") == 0 ||
           (strncmp(element->name, child->name, length) == 0 &&
            strcmp(element->name + length, "s") == 0);
}

static json_t *list_from_xml(const struct hw_xml *element)
{
    json_t *list = json_array();
    for (const struct hw_xml *child = element->children; child; child = child->next)
        json_array_append_new(list, from_xml(child));
    return list;
}

/* Lists become arrays, other elements objects and texts. */
static json_t *from_xml(const struct hw_xml *element)
{
    if (!element->children)
        return json_string(element->text);
    if (is_listing(element))
        return list_from_xml(element);
    json_t *object = json_object();
    for (const struct hw_xml *child = element->children; child; child = child->next)
        json_object_set_new(object, child->name, from_xml(child));
    return object;
}

void hw_topic_add(struct hw_check_run *run, enum hw_topic topic, size_t at, json_t *item_take)
{
    json_t *told = run->topics[topic].told;
    if (json_is_object(item_take) && json_array_size(told) < ITEMS_MAX) {
        json_object_set_new(item_take, "_at", json_integer((json_int_t)at));
        json_array_append(told, item_take);
    }
    json_decref(item_take);
}

static void keep(struct hw_asked *asked, json_t *item_take)
{
    const struct hw_check_question *q = asked->question;
    if (q->keep && json_is_object(item_take) && !q->keep(item_take))
        json_decref(item_take);
    else
        hw_topic_add(asked->run, q->topic, asked->at, item_take);
}

static json_t *as_object(json_t *value_take)
{
    return json_is_object(value_take) ? value_take : json_pack("{s:o}", "value", value_take);
}

static void keep_xml(struct hw_asked *asked, const struct hw_xml *xml)
{
    const char *set = asked->question->set, *slash = strrchr(set, '/');
    if (!*set) {
        keep(asked, as_object(xml ? from_xml(xml) : json_object()));
        return;
    }
    hw_auto_text folder = hw_strndup(set, slash ? (size_t)(slash - set) : 0);
    const struct hw_xml *parent = *folder ? hw_xml_path(xml, folder) : xml;
    for (struct hw_xml *item = parent ? hw_xml_first(parent, slash ? slash + 1 : set) : NULL; item;
         item = hw_xml_next(item))
        keep(asked, as_object(from_xml(item)));
}

static void keep_json(struct hw_asked *asked, const json_t *json)
{
    const char *set = asked->question->set;
    const json_t *found = *set ? json_object_get(json, set) : json;
    size_t i;
    json_t *item;
    if (json_is_object(found))
        keep(asked, json_deep_copy(found));
    json_array_foreach(found, i, item)
    {
        keep(asked, json_deep_copy(item));
    }
}

static char *next_token(const struct hw_check_question *q, const struct hw_aws_reply *reply)
{
    if (!q->token_out)
        return hw_strdup("");
    if (reply->xml)
        return hw_xml_text(reply->xml, q->token_out);
    const char *token = json_string_value(json_object_get(reply->json, q->token_out));
    return hw_strdup(token ? token : "");
}

/* The keys are good, but not for this. */
static bool is_denied(const struct hw_err *err)
{
    static const char *const codes[] = {"AccessDenied", "AccessDeniedException",
                                        "UnauthorizedOperation", "AuthorizationError",
                                        "NotAuthorized"};
    for (size_t i = 0; i < HW_COUNT(codes); i++) {
        if (strcmp(err->service_code, codes[i]) == 0)
            return true;
    }
    return false;
}

static void refuse(struct hw_asked *asked, const struct hw_err *err)
{
    const struct hw_check_question *q = asked->question;
    hw_auto_text why = is_denied(err)
                           ? hw_format(_("not looked at: you may not call %s"), q->action)
                           : hw_format(_("not looked at: %s"), err->what);
    hw_topic_refuse(asked->run, q->topic, why);
}

static bool take(struct hw_asked *asked, const struct hw_aws_reply *reply)
{
    if (reply->json)
        keep_json(asked, reply->json);
    else
        keep_xml(asked, reply->xml);
    hw_auto_text token = next_token(asked->question, reply);
    return *token && ++asked->pages < HW_MAX_PAGES && send_page(asked, token);
}

static void on_answer(void *data, const struct hw_aws_reply *reply, const struct hw_err *err)
{
    struct hw_asked *asked = data;
    struct hw_check_run *run = asked->run;
    const struct hw_check_question *q = asked->question;
    asked->call = NULL;
    if (!err && take(asked, reply))
        return;
    if (err && !(q->refused && q->refused(run, asked->at, err)))
        refuse(asked, err);
    unlink_asked(asked);
    free(asked);
    settle(run, q->topic);
}

void hw_ask_stop(struct hw_check_run *run)
{
    while (run->asked) {
        struct hw_asked *asked = run->asked;
        hw_aws_cancel(asked->call);
        unlink_asked(asked);
        free(asked);
    }
}

void hw_ask_give_up(struct hw_check_run *run, const char *why)
{
    for (struct hw_asked *asked = run->asked; asked; asked = asked->next)
        hw_topic_refuse(run, asked->question->topic, why);
    hw_ask_stop(run);
    for (size_t i = 0; i < HW_TOPIC_COUNT; i++) {
        if (!run->topics[i].asked)
            hw_topic_refuse(run, (enum hw_topic)i, why);
        run->topics[i].open = 0;
    }
}

/* ---- Reading ---- */

const json_t *hw_told(const struct hw_check_run *run, enum hw_topic topic)
{
    return run->topics[topic].told;
}

const json_t *hw_told_at(const json_t *item, const char *path)
{
    while (item && *path) {
        hw_auto_text step = hw_strndup(path, strcspn(path, "."));
        item = json_is_array(item) ? json_array_get(item, strtoul(step, NULL, 10))
                                   : json_object_get(item, step);
        path += strlen(step);
        path += *path == '.';
    }
    return item;
}

const char *hw_told_text(const json_t *item, const char *path)
{
    const char *text = json_string_value(hw_told_at(item, path));
    return text ? text : "";
}

long hw_told_number(const json_t *item, const char *path)
{
    const json_t *value = hw_told_at(item, path);
    long number;
    if (json_is_number(value))
        return (long)json_number_value(value);
    return json_is_string(value) && hw_parse_int(json_string_value(value), 0, 1L << 50, &number)
               ? number
               : -1;
}

bool hw_told_is(const json_t *item, const char *path, const char *value)
{
    return strcmp(hw_told_text(item, path), value) == 0;
}

const json_t *hw_told_find(const struct hw_check_run *run, enum hw_topic topic, const char *path,
                           const char *value)
{
    size_t i;
    json_t *item;
    json_array_foreach(run->topics[topic].told, i, item)
    {
        if (hw_told_is(item, path, value))
            return item;
    }
    return NULL;
}

const char *hw_told_tag(const json_t *item, const char *key)
{
    size_t i;
    json_t *tag;
    json_array_foreach(json_object_get(item, "tagSet"), i, tag)
    {
        if (hw_told_is(tag, "key", key))
            return hw_told_text(tag, "value");
    }
    return "";
}
