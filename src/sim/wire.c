/* SPDX-License-Identifier: Apache-2.0 */
#include "sim/wire.h"

#include "base/mem.h"
#include "base/text.h"

static bool open_tag(struct hw_buf *out, const char *name, size_t length)
{
    return hw_buf_char(out, '<') && hw_buf_add(out, name, length) && hw_buf_char(out, '>');
}

static bool close_tag(struct hw_buf *out, const char *name, size_t length)
{
    return hw_buf_text(out, "</") && hw_buf_add(out, name, length) && hw_buf_char(out, '>');
}

static bool write_content(struct hw_buf *out, const json_t *value, const char *word);

static bool write_list(struct hw_buf *out, const json_t *list, const char *word)
{
    size_t i;
    json_t *item;
    json_array_foreach(list, i, item)
    {
        sim_xml_write(out, word, item, word);
    }
    return !out->full;
}

static bool write_members(struct hw_buf *out, const json_t *object, const char *word)
{
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)object, key, value)
    {
        if (key[0] != '_')
            sim_xml_write(out, key, value, word);
    }
    return !out->full;
}

static bool write_content(struct hw_buf *out, const json_t *value, const char *word)
{
    if (json_is_array(value))
        return write_list(out, value, word);
    if (json_is_object(value))
        return write_members(out, value, word);
    hw_auto(hw_buf) text = HW_BUF(HW_SIM_MAX_BODY);
    return !sim_scalar(value, &text) || hw_buf_xml(out, hw_buf_cstr(&text));
}

bool sim_xml_write(struct hw_buf *out, const char *name, const json_t *value, const char *word)
{
    const char *slash = strchr(name, '/');
    size_t length = slash ? (size_t)(slash - name) : strlen(name);
    open_tag(out, name, length);
    write_content(out, value, slash ? slash + 1 : word);
    return close_tag(out, name, length);
}

/* A copy without the members that are the simulator's own. */
static json_t *public_copy(const json_t *value)
{
    if (json_is_array(value)) {
        json_t *list = json_array();
        size_t i;
        json_t *item;
        json_array_foreach(value, i, item)
        {
            json_array_append_new(list, public_copy(item));
        }
        return list;
    }
    if (!json_is_object(value))
        return json_incref((json_t *)value);
    json_t *object = json_object();
    const char *key;
    json_t *member;
    json_object_foreach((json_t *)value, key, member)
    {
        if (key[0] != '_')
            json_object_set_new(object, key, public_copy(member));
    }
    return object;
}

static bool write_json(struct hw_buf *out, json_t *value)
{
    char *text = json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY);
    bool ok = text && hw_buf_text(out, text);
    free(text);
    json_decref(value);
    return ok;
}

#define XML_HEAD "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"

static bool answer_ec2(const struct sim_call *call, const char *request_id, struct hw_buf *out)
{
    hw_buf_print(out, XML_HEAD "<%sResponse xmlns=\"%s\"><requestId>%s</requestId>",
                 call->operation, call->service->space, request_id);
    write_members(out, call->out, "item");
    return hw_buf_print(out, "</%sResponse>", call->operation);
}

static bool answer_query(const struct sim_call *call, const char *request_id, struct hw_buf *out)
{
    const char *op = call->operation;
    hw_buf_print(out, "<%sResponse xmlns=\"%s\"><%sResult>", op, call->service->space, op);
    write_members(out, call->out, "member");
    return hw_buf_print(out,
                        "</%sResult><ResponseMetadata><RequestId>%s</RequestId>"
                        "</ResponseMetadata></%sResponse>",
                        op, request_id, op);
}

static bool answer_rest(const struct sim_call *call, struct hw_buf *out)
{
    if (call->raw.len)
        return hw_buf_add(out, call->raw.data, call->raw.len);
    if (!call->root && json_object_size(call->out) == 0)
        return true;
    hw_auto_text name =
        call->root ? hw_strdup(call->root) : hw_format("%sResponse", call->operation);
    hw_buf_print(out, XML_HEAD "<%s xmlns=\"%s\">", name, call->service->space);
    write_members(out, call->out, "member");
    return hw_buf_print(out, "</%s>", name);
}

bool sim_wire_answer(const struct sim_call *call, const char *request_id, struct hw_buf *out)
{
    switch (call->service->protocol) {
    case SIM_EC2:
        return answer_ec2(call, request_id, out);
    case SIM_QUERY:
        return answer_query(call, request_id, out);
    case SIM_JSON:
        return write_json(out, public_copy(call->out));
    default:
        return answer_rest(call, out);
    }
}

bool sim_wire_error(const struct sim_call *call, const char *request_id, struct hw_buf *out)
{
    if (call->service->protocol == SIM_JSON)
        return write_json(out,
                          json_pack("{s:s, s:s}", "__type", call->code, "message", call->message));
    hw_auto(hw_buf) message = HW_BUF(HW_MAX_TEXT);
    hw_buf_xml(&message, call->message);
    const char *text = hw_buf_cstr(&message);
    switch (call->service->protocol) {
    case SIM_EC2:
        return hw_buf_print(out,
                            XML_HEAD "<Response><Errors><Error><Code>%s</Code><Message>%s"
                                     "</Message></Error></Errors><RequestID>%s</RequestID>"
                                     "</Response>",
                            call->code, text, request_id);
    case SIM_S3:
        return hw_buf_print(out,
                            XML_HEAD "<Error><Code>%s</Code><Message>%s</Message><RequestId>%s"
                                     "</RequestId></Error>",
                            call->code, text, request_id);
    default:
        return hw_buf_print(out,
                            "<ErrorResponse xmlns=\"%s\"><Error><Type>%s</Type><Code>%s</Code>"
                            "<Message>%s</Message></Error><RequestId>%s</RequestId>"
                            "</ErrorResponse>",
                            call->service->space, call->status >= 500 ? "Receiver" : "Sender",
                            call->code, text, request_id);
    }
}

const char *sim_wire_type(const struct sim_call *call)
{
    const char *own = json_string_value(json_object_get(call->headers, "Content-Type"));
    if (own)
        return own;
    return call->service->protocol == SIM_JSON ? "application/x-amz-json-1.1" : "text/xml";
}
