/* SPDX-License-Identifier: Apache-2.0 */
/* What of a cluster is still there once its stacks are deleted, by the tag that everything of it
 * carries: so that nothing goes on costing money unseen. */
#include "deploy/run.h"

#include "base/text.h"

static const char *words_of(const char *type)
{
    static const struct {
        const char *type, *words;
    } KNOWN[] = {
        {"volume", N_("data volume, kept; it costs money until it is deleted")},
        {"snapshot", N_("snapshot, kept; it costs money until it is deleted")},
        {"instance", N_("instance, still there; it costs money until it is terminated")},
        {"network-interface", N_("network interface, still there")},
        {"launch-template", N_("launch template, still there")},
        {"security-group", N_("security group, still there")},
        {"parameter", N_("parameter with the cluster's certificate, kept")},
    };
    for (size_t i = 0; i < HW_COUNT(KNOWN); i++) {
        if (strcmp(KNOWN[i].type, type) == 0)
            return _(KNOWN[i].words);
    }
    return _("still there");
}

static void tell_left(struct hw_deploy *d, const char *type, const char *id)
{
    hw_auto(hw_buf) clean = HW_BUF(HW_MAX_VALUE);
    hw_text_clean(&clean, id, hw_text_cut(id, 256), false);
    hw_tell_notice(d->sink, HW_INFO, _("left: %s (%s)"), hw_buf_cstr(&clean), words_of(type));
    d->left++;
}

static void on_parameter(void *data, const struct hw_aws_reply *reply, const struct hw_err *err)
{
    struct hw_deploy *d = data;
    d->data_call = NULL;
    json_t *list = err || !reply->json ? NULL : json_object_get(reply->json, "Parameters");
    size_t i;
    json_t *item;
    json_array_foreach(list, i, item)
    {
        const char *name = json_string_value(json_object_get(item, "Name"));
        if (name && !hw_text_ends(name, "/deployment")) /* of this very run */
            tell_left(d, "parameter", name);
    }
    if (err)
        hw_tell_notice(d->sink, HW_WARNING, _("parameters that stay cannot be listed: %s"),
                       err->what);
    else if (d->left == 0)
        hw_tell_notice(d->sink, HW_INFO,
                       _("nothing that carries the tag hpcwiz:cluster=%s is left"), d->cluster);
    hw_run_end(d, d->left_outcome, NULL);
}

static void ask_parameters(struct hw_deploy *d)
{
    hw_auto_text name = hw_format("/hpcwiz/%s/", d->cluster);
    struct hw_aws_request *request = hw_aws_request_new(HW_AWS_SSM, "DescribeParameters");
    hw_aws_body_json(request, json_pack("{s:[{s:s, s:s, s:[s]}]}", "ParameterFilters", "Key",
                                        "Name", "Option", "BeginsWith", "Values", name));
    d->data_call = hw_aws_send(d->aws, request, on_parameter, d);
}

/* The tags of a terminated instance can be seen for an hour: instances are asked for by state. */
static void on_instances(void *data, const struct hw_aws_reply *reply, const struct hw_err *err)
{
    struct hw_deploy *d = data;
    d->data_call = NULL;
    struct hw_xml *set = err || !reply->xml ? NULL : hw_xml_child(reply->xml, "reservationSet");
    for (struct hw_xml *item = set; item; item = hw_xml_following(set, item)) {
        if (strcmp(item->name, "instanceId") == 0 && strcmp(item->parent->name, "item") == 0 &&
            strcmp(item->parent->parent->name, "instancesSet") == 0)
            tell_left(d, "instance", item->text);
    }
    ask_parameters(d);
}

static void ask_instances(struct hw_deploy *d)
{
    static const char *const ALIVE[] = {"pending", "running", "stopping", "stopped"};
    struct hw_aws_request *request = hw_aws_request_new(HW_AWS_EC2, "DescribeInstances");
    hw_aws_param(request, "Filter.1.Name", "tag:hpcwiz:cluster");
    hw_aws_param(request, "Filter.1.Value.1", d->cluster);
    hw_aws_param(request, "Filter.2.Name", "instance-state-name");
    for (size_t i = 0; i < HW_COUNT(ALIVE); i++)
        hw_aws_paramf(request, ALIVE[i], "Filter.2.Value.%zu", i + 1);
    d->data_call = hw_aws_send(d->aws, request, on_instances, d);
}

static void on_tags(void *data, const struct hw_aws_reply *reply, const struct hw_err *err)
{
    struct hw_deploy *d = data;
    d->data_call = NULL;
    struct hw_xml *set = err || !reply->xml ? NULL : hw_xml_child(reply->xml, "tagSet");
    struct hw_xml *item = set ? hw_xml_first(set, "item") : NULL;
    for (; item; item = hw_xml_next(item)) {
        hw_auto_text type = hw_xml_text(item, "resourceType");
        hw_auto_text id = hw_xml_text(item, "resourceId");
        if (strcmp(type, "instance") != 0)
            tell_left(d, type, id);
    }
    if (err)
        hw_tell_notice(d->sink, HW_WARNING, _("what is left cannot be listed by its tag: %s"),
                       err->what);
    ask_instances(d);
}

void hw_run_tell_left(struct hw_deploy *d, enum hw_deploy_outcome outcome)
{
    struct hw_aws_request *request = hw_aws_request_new(HW_AWS_EC2, "DescribeTags");
    d->left_outcome = outcome;
    d->left = 0;
    hw_aws_param(request, "Filter.1.Name", "key");
    hw_aws_param(request, "Filter.1.Value.1", HW_CLUSTER_TAG);
    hw_aws_param(request, "Filter.2.Name", "value");
    hw_aws_param(request, "Filter.2.Value.1", d->cluster);
    d->data_call = hw_aws_send(d->aws, request, on_tags, d);
}
