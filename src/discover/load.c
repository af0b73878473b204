/* SPDX-License-Identifier: Apache-2.0 */
/* The life of a load: asked page by page, read slice by slice. */
#include "discover/load.h"

#define ANY_REGION "us-east-1" /* every Region can list the Regions */

static void send_page(struct hw_load *load);

static void drop_page(struct hw_load *load)
{
    hw_xml_free(load->doc);
    json_decref(load->json);
    load->doc = NULL;
    load->item = NULL;
    load->json = NULL;
    load->at = 0;
}

bool hw_load_reading(const struct hw_load *load)
{
    return load->item || load->json;
}

bool hw_load_over(const struct hw_load *load)
{
    return load && (load->state == HW_LOAD_READY || load->state == HW_LOAD_FAILED);
}

/* The page at hand is read. */
static void end_page(struct hw_load *load)
{
    drop_page(load);
    load->pages++;
    load->discover->side_facts++;
    if (!load->token || load->pages >= HW_MAX_PAGES)
        load->state = HW_LOAD_READY;
    else if (load->eager)
        send_page(load);
    else
        load->state = HW_LOAD_PAUSED;
}

static void read_item(struct hw_load *load)
{
    const struct hw_data_rule *rule = &hw_data_rules[load->set];
    if (load->json) {
        const json_t *item = json_array_get(load->json, load->at++);
        if (rule->take)
            rule->take(load, item);
        else
            hw_table_add_json(&load->table, item, rule->cells);
        return;
    }
    hw_table_add_xml(&load->table, load->item, rule->cells);
    load->item = hw_xml_next(load->item);
}

size_t hw_load_read(struct hw_load *load, size_t left)
{
    const struct hw_data_rule *rule = &hw_data_rules[load->set];
    size_t weight = rule->weight ? rule->weight : 1, count = 0;
    while (hw_load_reading(load) && count + weight <= left) {
        if (load->json && load->at >= json_array_size(load->json))
            break;
        read_item(load);
        count += weight;
    }
    if (load->json ? load->at >= json_array_size(load->json) : !load->item)
        end_page(load);
    return count;
}

static char *token_of(const struct hw_data_rule *rule, const struct hw_aws_reply *reply)
{
    if (!rule->token_out)
        return NULL;
    if (reply->json) {
        const char *token = json_string_value(json_object_get(reply->json, rule->token_out));
        return token && *token ? hw_strdup(token) : NULL;
    }
    char *token = reply->xml ? hw_xml_text(reply->xml, rule->token_out) : hw_strdup("");
    if (*token)
        return token;
    free(token);
    return NULL;
}

static void on_page(void *data, const struct hw_aws_reply *reply, const struct hw_err *err)
{
    struct hw_load *load = data;
    const struct hw_data_rule *rule = &hw_data_rules[load->set];
    load->call = NULL;
    if (err) {
        load->state = HW_LOAD_FAILED;
        load->err = *err;
        load->discover->side_facts++;
        if (rule->failed)
            rule->failed(load);
        hw_discover_go_on(load->discover);
        return;
    }
    free(load->token);
    load->token = token_of(rule, reply);
    if (reply->json) {
        load->json = json_incref(json_object_get(reply->json, rule->items));
        if (!json_is_array(load->json)) {
            json_decref(load->json);
            load->json = NULL;
        }
    } else {
        load->item = reply->xml ? hw_xml_path(reply->xml, rule->items) : NULL;
        load->doc = hw_aws_reply_keep(reply);
    }
    if (!hw_load_reading(load))
        end_page(load);
    hw_discover_go_on(load->discover);
}

static void send_page(struct hw_load *load)
{
    const struct hw_data_rule *rule = &hw_data_rules[load->set];
    struct hw_aws *aws = load->discover->aws;
    struct hw_aws_request *request = hw_aws_request_new(rule->service, rule->operation);
    for (const char *const *at = rule->params; at && at[0]; at += 2)
        hw_aws_param(request, at[0], at[1]);
    if (rule->prepare)
        rule->prepare(load, request);
    if (load->token)
        hw_aws_param(request, rule->token_in, load->token);
    if (!*hw_aws_region(aws))
        hw_aws_request_region(request, ANY_REGION);
    load->state = HW_LOAD_ASKING;
    load->call = hw_aws_send(aws, request, on_page, load);
}

struct hw_load *hw_load_find(const struct hw_discover *discover, enum hw_data_set set,
                             const char *subject)
{
    for (struct hw_load *load = discover->loads; load; load = load->next) {
        if (load->set == set && strcmp(load->subject, subject) == 0)
            return load;
    }
    return NULL;
}

struct hw_load *hw_load_want(struct hw_discover *discover, enum hw_data_set set,
                             const char *subject, bool eager)
{
    struct hw_load *load = hw_load_find(discover, set, subject);
    if (!load) {
        load = HW_NEW(struct hw_load);
        *load = (struct hw_load){.discover = discover, .next = discover->loads, .set = set};
        load->subject = hw_strdup(subject);
        discover->loads = load;
        send_page(load);
    }
    load->eager = load->eager || eager;
    if (load->eager && load->state == HW_LOAD_PAUSED)
        send_page(load);
    return load;
}

static void load_free(struct hw_load *load)
{
    hw_aws_cancel(load->call);
    drop_page(load);
    hw_table_done(&load->table);
    free(load->subject);
    free(load->token);
    free(load);
}

void hw_load_drop(struct hw_discover *discover, enum hw_data_set set)
{
    struct hw_load **slot = &discover->loads;
    while (*slot) {
        struct hw_load *load = *slot;
        if (load->set != set) {
            slot = &load->next;
            continue;
        }
        *slot = load->next;
        load_free(load);
    }
}

void hw_loads_forget(struct hw_discover *discover)
{
    while (discover->loads) {
        struct hw_load *load = discover->loads;
        discover->loads = load->next;
        load_free(load);
    }
}

const struct hw_table *hw_table_of(const struct hw_discover *discover, enum hw_data_set set)
{
    static const struct hw_table nothing;
    const struct hw_load *load = hw_load_find(discover, set, "");
    return load ? &load->table : &nothing;
}
