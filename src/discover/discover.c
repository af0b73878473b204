/* SPDX-License-Identifier: Apache-2.0 */
/* The engine: when a data set is loaded, page by page, and who is told. */
#include "discover/job.h"
#include "discover/load.h"

static const struct hw_data_rule *const rules[HW_DATA_COUNT] = {
    [HW_DATA_REGIONS] = &hw_data_regions,     [HW_DATA_VPCS] = &hw_data_vpcs,
    [HW_DATA_SUBNETS] = &hw_data_subnets,     [HW_DATA_ZONES] = &hw_data_zones,
    [HW_DATA_ADDRESSES] = &hw_data_addresses, [HW_DATA_DOMAINS] = &hw_data_domains,
    [HW_DATA_KEY_PAIRS] = &hw_data_key_pairs, [HW_DATA_IMAGES] = &hw_data_images,
    [HW_DATA_TYPES] = &hw_data_types,         [HW_DATA_SECRET_NAMES] = &hw_data_secret_names,
    [HW_DATA_MEDIA] = &hw_data_media,
};

static void go_on(struct hw_load *load);

struct hw_discover *hw_discover_new(struct hw_aws *aws, hw_discover_fn *changed, void *data)
{
    struct hw_discover *discover = HW_NEW(struct hw_discover);
    discover->aws = aws;
    discover->changed = changed;
    discover->data = data;
    for (int i = 0; i < HW_DATA_COUNT; i++) {
        discover->loads[i].discover = discover;
        discover->loads[i].rule = rules[i];
    }
    return discover;
}

static void load_stop(struct hw_load *load)
{
    hw_aws_cancel(load->call);
    load->call = NULL;
    hw_replace(&load->token, NULL);
    hw_replace(&load->vpc, NULL);
    hw_replace(&load->subnet, NULL);
    hw_replace(&load->other, NULL);
    hw_replace(&load->key, NULL);
    hw_strv_done(&load->names);
    load->pages = 0;
    load->at = 0;
}

static void load_forget(struct hw_load *load)
{
    load_stop(load);
    for (const enum hw_source *source = load->rule->sources; *source; source++)
        hw_choices_done(&load->discover->choices[*source]);
}

void hw_discover_reset(struct hw_discover *discover)
{
    for (int i = 0; i < HW_DATA_COUNT; i++)
        load_forget(&discover->loads[i]);
    hw_subnets_forget(discover);
    hw_jobs_stop(discover);
}

void hw_discover_free(struct hw_discover *discover)
{
    if (!discover)
        return;
    hw_discover_reset(discover);
    free(discover->subnets);
    free(discover);
}

static struct hw_load *load_of(const struct hw_discover *discover, enum hw_source source)
{
    for (int i = 0; i < HW_DATA_COUNT; i++) {
        for (const enum hw_source *at = rules[i]->sources; *at; at++) {
            if (*at == source)
                return (struct hw_load *)&discover->loads[i];
        }
    }
    return NULL;
}

const struct hw_choices *hw_discover_choices(const struct hw_discover *discover,
                                             enum hw_source source)
{
    return &discover->choices[source];
}

static void set_state(struct hw_load *load, enum hw_choices_state state, const struct hw_err *err)
{
    for (const enum hw_source *source = load->rule->sources; *source; source++) {
        struct hw_choices *choices = &load->discover->choices[*source];
        choices->state = state;
        choices->generation++;
        if (err)
            choices->err = *err;
    }
}

/* The last thing of a round: `changed` may want or reset anything. */
static void tell(struct hw_load *load)
{
    struct hw_discover *discover = load->discover;
    const struct hw_data_rule *rule = load->rule;
    for (const enum hw_source *source = rule->sources; discover->changed && *source; source++)
        discover->changed(discover->data, *source);
}

static void take_token(struct hw_load *load, const struct hw_aws_reply *reply)
{
    hw_replace(&load->token, NULL);
    if (!load->query->token_out)
        return;
    if (reply->json) {
        const char *token = json_string_value(json_object_get(reply->json, load->query->token_out));
        load->token = hw_strdup(token ? token : "");
    } else {
        load->token = hw_xml_text(reply->xml, load->query->token_out);
    }
    if (!load->token[0])
        hw_replace(&load->token, NULL);
}

static void on_page(void *data, const struct hw_aws_reply *reply, const struct hw_err *err)
{
    struct hw_load *load = data;
    load->call = NULL;
    if (err && !load->query->optional) {
        set_state(load, HW_CHOICES_FAILED, err);
        tell(load);
        return;
    }
    if (reply) {
        load->query->read(load, reply);
        take_token(load, reply);
    }
    if (!reply || (!load->query->repeat && (!load->token || ++load->pages >= HW_MAX_PAGES))) {
        hw_replace(&load->token, NULL);
        load->pages = 0;
        load->query = load->query->then;
    }
    if (load->rule->rank)
        load->rule->rank(load);
    set_state(load, HW_CHOICES_LOADING, NULL);
    go_on(load);
    tell(load);
}

/* Sends the next request, or ends the load. */
static void go_on(struct hw_load *load)
{
    while (load->query) {
        struct hw_aws_request *request = load->query->build(load);
        if (request) {
            if (load->token)
                hw_aws_param(request, load->query->token_in, load->token);
            load->call = hw_aws_send(load->discover->aws, request, on_page, load);
            return;
        }
        load->query = load->query->then;
    }
    if (load->rule->rank)
        load->rule->rank(load);
    set_state(load, HW_CHOICES_READY, NULL);
}

void hw_discover_want(struct hw_discover *discover, const struct hw_cluster *cluster,
                      enum hw_source source)
{
    struct hw_load *load = load_of(discover, source);
    hw_auto(hw_buf) key = HW_BUF(HW_MAX_LINE);
    if (!load)
        return;
    if (!load->rule->key(discover, cluster, &key)) {
        if (load->key)
            load_forget(load);
        return;
    }
    if (load->key && strcmp(load->key, hw_buf_cstr(&key)) == 0)
        return;
    load_forget(load);
    load->key = hw_buf_take(&key);
    load->query = load->rule->query;
    if (load->rule->begin)
        load->rule->begin(load, cluster);
    set_state(load, HW_CHOICES_LOADING, NULL);
    go_on(load);
}

bool hw_load_is_current(const struct hw_discover *discover, const struct hw_cluster *cluster,
                        enum hw_source source)
{
    const struct hw_load *load = load_of(discover, source);
    hw_auto(hw_buf) key = HW_BUF(HW_MAX_LINE);
    return load && load->key && discover->choices[source].state == HW_CHOICES_READY &&
           load->rule->key(discover, cluster, &key) && strcmp(load->key, hw_buf_cstr(&key)) == 0;
}

bool hw_key_region(const struct hw_discover *discover, const struct hw_cluster *cluster HW_UNUSED,
                   struct hw_buf *out)
{
    const char *region = hw_aws_region(discover->aws);
    return *region && hw_buf_text(out, region);
}

bool hw_key_vpc(const struct hw_discover *discover, const struct hw_cluster *cluster,
                struct hw_buf *out)
{
    const char *vpc = hw_cluster_get(cluster, "network.vpc");
    return *vpc && hw_key_region(discover, cluster, out) && hw_buf_print(out, " %s", vpc);
}

const char *hw_first_subnet(const struct hw_cluster *cluster)
{
    const struct hw_strv *subnets = hw_cluster_list(cluster, "network.subnets");
    return subnets && subnets->count ? subnets->items[0] : "";
}
