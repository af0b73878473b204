/* SPDX-License-Identifier: Apache-2.0 */
#include "sim/call.h"

/* Tokens are opaque to the client: base64 of the operation and the place. */
static bool read_token(const struct sim_call *call, const char *token, size_t *ret)
{
    hw_auto(hw_buf) text = HW_BUF(HW_MAX_VALUE);
    if (!hw_buf_unbase64(&text, token, strlen(token)))
        return false;
    size_t length = strlen(call->operation);
    const char *plain = hw_buf_cstr(&text);
    if (strncmp(plain, call->operation, length) != 0 || plain[length] != '@')
        return false;
    char *end;
    *ret = strtoul(plain + length + 1, &end, 10);
    return *end == '\0';
}

static void write_token(struct sim_call *call, const char *key, size_t place)
{
    hw_auto(hw_buf) plain = HW_BUF(HW_MAX_VALUE), token = HW_BUF(HW_MAX_VALUE);
    hw_buf_print(&plain, "%s@%zu", call->operation, place);
    hw_buf_base64(&token, plain.data, plain.len);
    sim_put(call->out, key, "%s", hw_buf_cstr(&token));
}

static bool refuse_token(struct sim_call *call)
{
    switch (call->service->protocol) {
    case SIM_EC2:
        return sim_refuse(call, 400, "InvalidPaginationToken", "The token is not valid.");
    case SIM_JSON:
        return sim_refuse(call, 400, "InvalidNextToken", "The specified token isn't valid.");
    case SIM_REST:
        return sim_refuse(call, 400, "InvalidPaginationToken", "The token is not valid.");
    default:
        return sim_refuse(call, 400,
                          strcmp(call->service->name, "autoscaling") == 0 ? "InvalidNextToken"
                                                                          : "ValidationError",
                          "The specified NextToken is not valid.");
    }
}

bool sim_page(struct sim_call *call, json_t *list, const struct sim_page *page)
{
    const char *token = sim_text(call->in, page->token_in);
    size_t from = 0, count = json_array_size(list);
    if (*token && !read_token(call, token, &from)) {
        json_decref(list);
        return refuse_token(call);
    }
    int64_t asked = page->limit_key ? sim_int(call->in, page->limit_key) : 0;
    size_t size = asked > 0 && (size_t)asked < page->most ? (size_t)asked
                  : asked > 0                             ? page->most
                                                          : page->normal;
    json_t *set = sim_list(call->out, page->set);
    size_t at = from;
    for (; at < count && at < from + size; at++)
        json_array_append(set, json_array_get(list, at));
    if (at < count)
        write_token(call, page->token_out, at);
    json_decref(list);
    return true;
}
