/* SPDX-License-Identifier: Apache-2.0 */
/* What only the account knows of a finished cluster. */
#include "discover/job.h"

#define NAMES_A_CALL 10 /* SSM GetParameters, "Names" */

static void next_step(struct hw_job *job);

static void add_fact(struct hw_job *job, const char *name, const char *value)
{
    hw_strv_add(&job->facts.names, name);
    hw_strv_add(&job->facts.values, value);
}

static void end_with(struct hw_job *job, const struct hw_err *err)
{
    hw_facts_fn *fn = job->facts_fn;
    void *data = job->data;
    struct hw_facts facts = job->facts;
    job->facts = (struct hw_facts){0};
    hw_job_free(job);
    fn(data, err ? NULL : &facts, err);
    hw_strv_done(&facts.names);
    hw_strv_done(&facts.values);
}

static void on_subnet(void *data, const struct hw_aws_reply *reply, const struct hw_err *err)
{
    struct hw_job *job = data;
    struct hw_err missing = {0};
    job->call = NULL;
    if (err) {
        end_with(job, err);
        return;
    }
    const struct hw_xml *item = hw_xml_path(reply->xml, "subnetSet/item");
    hw_auto_text zone = item ? hw_xml_text(item, "availabilityZone") : hw_strdup("");
    if (!*zone) {
        hw_fail(&missing, HW_ERR_NOT_FOUND, _("subnet %s does not exist in %s"), job->subnet,
                hw_aws_region(job->discover->aws));
        hw_err_next(&missing, _("Correct network.subnets or region in the cluster file."));
        end_with(job, &missing);
        return;
    }
    add_fact(job, "zone", zone);
    hw_replace(&job->subnet, NULL);
    next_step(job);
}

/* The value of the parameter in the answer, or NULL. */
static const char *value_of(const json_t *parameters, const char *path)
{
    size_t i;
    json_t *item;
    json_array_foreach(parameters, i, item)
    {
        const char *name = json_string_value(json_object_get(item, "Name"));
        if (name && strcmp(name, path) == 0)
            return json_string_value(json_object_get(item, "Value"));
    }
    return NULL;
}

static bool is_image(const char *value)
{
    return value && hw_text_starts(value, "ami-") &&
           strspn(value + 4, "0123456789abcdef") == strlen(value + 4);
}

static void drop_first(struct hw_strv *list, size_t count)
{
    for (size_t i = 0; i < count; i++)
        free(list->items[i]);
    memmove(list->items, list->items + count, (list->count - count) * sizeof list->items[0]);
    list->count -= count;
}

static size_t batch(const struct hw_job *job)
{
    return job->paths.count < NAMES_A_CALL ? job->paths.count : NAMES_A_CALL;
}

static void on_parameters(void *data, const struct hw_aws_reply *reply, const struct hw_err *err)
{
    struct hw_job *job = data;
    struct hw_err missing = {0};
    size_t count = batch(job);
    job->call = NULL;
    if (err) {
        end_with(job, err);
        return;
    }
    const json_t *parameters = json_object_get(reply->json, "Parameters");
    for (size_t i = 0; i < count; i++) {
        const char *value = value_of(parameters, job->paths.items[i]);
        if (!is_image(value)) {
            hw_fail(&missing, HW_ERR_NOT_FOUND, _("%s: SSM parameter %s %s in %s"),
                    job->keys.items[i], job->paths.items[i],
                    value ? _("does not hold an image id") : _("does not exist"),
                    hw_aws_region(job->discover->aws));
            hw_err_next(&missing, _("Choose another image for %s."), job->keys.items[i]);
            end_with(job, &missing);
            return;
        }
        add_fact(job, job->keys.items[i], value);
    }
    drop_first(&job->keys, count);
    drop_first(&job->paths, count);
    next_step(job);
}

static void ask_parameters(struct hw_job *job)
{
    struct hw_aws_request *request = hw_aws_request_new(HW_AWS_SSM, "GetParameters");
    json_t *names = json_array();
    for (size_t i = 0; i < batch(job); i++) {
        bool seen = false; /* groups often share an image, and a name may stand there once */
        for (size_t j = 0; j < i; j++)
            seen = seen || strcmp(job->paths.items[i], job->paths.items[j]) == 0;
        if (!seen)
            json_array_append_new(names, json_string(job->paths.items[i]));
    }
    hw_aws_body_json(request, json_pack("{s:o}", "Names", names));
    job->call = hw_aws_send(job->discover->aws, request, on_parameters, job);
}

/* This one subnet: the others may be thousands. */
static void ask_subnet(struct hw_job *job)
{
    struct hw_aws_request *request = hw_aws_request_new(HW_AWS_EC2, "DescribeSubnets");
    hw_aws_param(request, "SubnetId.1", job->subnet);
    job->call = hw_aws_send(job->discover->aws, request, on_subnet, job);
}

static void next_step(struct hw_job *job)
{
    if (job->subnet)
        ask_subnet(job);
    else if (job->paths.count)
        ask_parameters(job);
    else
        end_with(job, NULL);
}

static void add_image(struct hw_job *job, const struct hw_cluster *cluster, const char *key)
{
    const char *image = hw_cluster_get(cluster, key);
    if (hw_text_starts(image, "ssm:")) {
        hw_strv_add(&job->keys, key);
        hw_strv_add(&job->paths, image + strlen("ssm:"));
    } else if (*image) {
        add_fact(job, key, image);
    }
}

static void begin(void *data)
{
    struct hw_job *job = data;
    job->timer = NULL;
    next_step(job);
}

void hw_discover_facts(struct hw_discover *discover, const struct hw_cluster *cluster,
                       hw_facts_fn *fn, void *data)
{
    struct hw_job *job = hw_job_new(discover, data);
    job->facts_fn = fn;
    if (!hw_cluster_sql_local(cluster))
        add_image(job, cluster, "nodes.sql.image");
    add_image(job, cluster, "nodes.head.image");
    for (size_t i = 0; i < hw_cluster_groups(cluster); i++) {
        hw_auto_text key = hw_key_of_group("nodes.compute.*.image", i);
        add_image(job, cluster, key);
    }
    const char *id = hw_first_subnet(cluster);
    const struct hw_row *known = hw_subnet_find(discover, id);
    if (known)
        add_fact(job, "zone", known->cell[HW_SUBNET_ZONE]);
    else if (*id)
        job->subnet = hw_strdup(id);
    job->timer = hw_loop_timer(hw_aws_loop(discover->aws), 0, begin, job);
}
