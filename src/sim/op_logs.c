/* SPDX-License-Identifier: Apache-2.0 */
/* As much of CloudWatch Logs as reading a node's logs takes (CloudWatch Logs API reference,
 * 2014-03-28). The groups are those that stacks have made; their streams hold what the nodes that
 * run have in the files which the agent's configuration of the generated templates names. */
#include "sim/call.h"

#include <inttypes.h>

#include "base/mem.h"
#include "base/text.h"
#include "logs/decode.h"
#include "logs/linetime.h"

#define PAGE_EVENTS 100u /* AWS: as many as fit into 1 MB, up to 10,000 */

static const struct {
    const char *stream, *path;
} SHIPPED[] = {
    {"install.log", "C:\\ProgramData\\hpcwiz\\install.log"},
    {"cfn-init.log", "C:\\cfn\\log\\cfn-init.log"},
    {"agent.log", "C:\\ProgramData\\Amazon\\EC2Launch\\log\\agent.log"},
};

static const json_t *need_group(struct sim_call *call)
{
    const char *name = sim_need(call, "logGroupName");
    const json_t *group =
        name ? sim_find(sim_cloud_list(call->cloud, "log_groups"), "logGroupName", name) : NULL;
    if (name && !group)
        sim_refuse(call, 400, "ResourceNotFoundException",
                   "The specified log group does not exist.");
    return group;
}

static void describe_log_groups(struct sim_call *call)
{
    static const struct sim_page page = {"logGroups", "limit", "nextToken", "nextToken", 50, 50};
    json_t *list = json_array();
    size_t i;
    json_t *group;
    json_array_foreach(sim_cloud_list(call->cloud, "log_groups"), i, group)
    {
        if (hw_text_starts(sim_text(group, "logGroupName"),
                           sim_text(call->in, "logGroupNamePrefix")))
            json_array_append(list, group);
    }
    sim_page(call, list, &page);
}

/* One stream of one node. */
struct stream {
    const char *group; /* of which cluster */
    char name[128];
    const struct sim_guest_file *file;
};

typedef bool stream_fn(struct sim_call *call, const struct stream *stream, void *data);

/* Calls fn for every stream of the group until it returns false. */
static void each_stream(struct sim_call *call, const char *group, stream_fn *fn, void *data)
{
    size_t i;
    json_t *instance;
    json_array_foreach(sim_cloud_list(call->cloud, "instances"), i, instance)
    {
        const char *id = sim_text(instance, "instanceId");
        struct sim_node *node = call->cloud->nodes ? sim_node_find(call->cloud->nodes, id) : NULL;
        hw_auto_text own =
            hw_format("/hpcwiz/%s", sim_tag(json_object_get(instance, "tagSet"), "hpcwiz:cluster"));
        if (!node || strcmp(own, group))
            continue;
        for (size_t s = 0; s < HW_COUNT(SHIPPED); s++) {
            struct stream stream = {.group = group};
            stream.file = sim_node_file(node, SHIPPED[s].path);
            snprintf(stream.name, sizeof stream.name, "%s/%s", id, SHIPPED[s].stream);
            if (stream.file && !fn(call, &stream, data))
                return;
        }
    }
}

static bool add_stream(struct sim_call *call, const struct stream *stream, void *data)
{
    json_t *list = data;
    if (hw_text_starts(stream->name, sim_text(call->in, "logStreamNamePrefix")))
        json_array_append_new(list,
                              json_pack("{s:s, s:I, s:s}", "logStreamName", stream->name,
                                        "storedBytes", (json_int_t)0, "uploadSequenceToken", "1"));
    return true;
}

static void describe_log_streams(struct sim_call *call)
{
    static const struct sim_page page = {"logStreams", "limit", "nextToken", "nextToken", 50, 50};
    const json_t *group = need_group(call);
    if (!group)
        return;
    json_t *list = json_array();
    each_stream(call, sim_text(group, "logGroupName"), add_stream, list);
    sim_page(call, list, &page);
}

/* Events. */

struct reading {
    const char *wanted; /* a stream's name */
    json_t *events;     /* of that stream; NULL: there is none */
    int64_t time_ms;
};

static void add_event(void *data, uint64_t offset HW_UNUSED, const char *text, size_t n)
{
    struct reading *reading = data;
    hw_linetime_read(text, n, &reading->time_ms);
    json_array_append_new(reading->events,
                          json_pack("{s:I, s:o, s:I}", "timestamp", (json_int_t)reading->time_ms,
                                    "message", json_stringn_nocheck(text, n), "ingestionTime",
                                    (json_int_t)reading->time_ms));
}

static bool read_stream(struct sim_call *call HW_UNUSED, const struct stream *stream, void *data)
{
    struct reading *reading = data;
    struct hw_decoder decoder;
    if (strcmp(stream->name, reading->wanted))
        return true;
    reading->events = json_array();
    reading->time_ms = hw_clock_wall_ms();
    hw_decoder_init(&decoder, 0);
    hw_decoder_add(&decoder, hw_buf_cstr(&stream->file->bytes), stream->file->bytes.len, add_event,
                   reading);
    hw_decoder_done(&decoder);
    return false;
}

/* Forwards from the head alone, which is how logs are read. A token is "f/" and a place. */
static void get_log_events(struct sim_call *call)
{
    const json_t *group = need_group(call);
    const char *name = group ? sim_need(call, "logStreamName") : NULL;
    const char *token = sim_text(call->in, "nextToken");
    struct reading reading = {.wanted = name};
    long first = 0;
    if (!name)
        return;
    each_stream(call, sim_text(group, "logGroupName"), read_stream, &reading);
    if (!reading.events) {
        sim_refuse(call, 400, "ResourceNotFoundException",
                   "The specified log stream does not exist.");
        return;
    }
    if (*token && (!hw_text_starts(token, "f/") ||
                   !hw_parse_int(token + strlen("f/"), 0, 1000000000, &first))) {
        sim_refuse(call, 400, "InvalidParameterException", "The specified nextToken is invalid.");
        json_decref(reading.events);
        return;
    }
    json_t *page = json_array();
    size_t limit =
        call->in && sim_int(call->in, "limit") ? (size_t)sim_int(call->in, "limit") : PAGE_EVENTS;
    size_t next = (size_t)first;
    for (; next < json_array_size(reading.events) && next - (size_t)first < limit; next++)
        json_array_append(page, json_array_get(reading.events, next));
    json_object_set_new(call->out, "events", page);
    sim_put(call->out, "nextForwardToken", "f/%zu", next);
    sim_put(call->out, "nextBackwardToken", "b/%ld", first);
    json_decref(reading.events);
}

static const struct sim_op OPERATIONS[] = {
    {"DescribeLogGroups", NULL, describe_log_groups, NULL},
    {"DescribeLogStreams", NULL, describe_log_streams, NULL},
    {"GetLogEvents", NULL, get_log_events, NULL},
    {NULL, NULL, NULL, NULL},
};

const struct sim_service sim_logs = {"logs", SIM_JSON, "Logs_20140328", OPERATIONS, NULL};
