/* SPDX-License-Identifier: Apache-2.0 */
/* Not the logs of a node, but the copies that its CloudWatch agent has sent, where the cluster has
 * them (logs.cloudwatch): each stream "INSTANCE/LOG" of the log group is told as "LOG
 * (CloudWatch)". Their bytes are not those of the file, so that neither can be gone on with in the
 * other. Sources: CloudWatch Logs API reference, DescribeLogStreams and GetLogEvents: a stream is
 * at its end when it answers with the token that it was asked with; a token expires after 24 hours.
 */
#include "node/way_calls.h"

#include "base/mem.h"
#include "base/text.h"

#define STREAMS_MAX 32u /* of one node; the generated configuration has 5 */
#define PAGES_MAX   8u  /* of one stream in one look, so that each has its turn */
#define DEADLINE_MS 60000u
#define REST_DIVIDE 2 /* looks in a slow pause: 30 s */

struct stream {
    char *name;  /* with the instance before it */
    char *label; /* what its lines are told under */
    char *token; /* of what follows; NULL: from its beginning, or from from_ms on */
    bool named;
    int64_t last_ms; /* of the latest event that was told; 0: none was */
    json_int_t same; /* so many of that time were told */
    int64_t from_ms; /* its token has expired: it is read from this time on; 0: it has not */
    json_int_t skip; /* events of that time that come again */
    uint64_t offset;
};

struct session {
    struct hw_way_calls calls;
    struct stream streams[STREAMS_MAX];
    size_t count, current;
    unsigned pages;
    bool greeted;
    json_t *marks; /* where the session before ended in streams, by name */
};

static void list_streams(void *data);
static void read_stream(struct session *session);

static const char *missing(const struct hw_way_room *room, const struct hw_target *target HW_UNUSED,
                           bool *ret_final)
{
    *ret_final = true;
    if (!room->aws || !room->log_group)
        return _("the cluster's name is not known");
    return NULL;
}

static void fail(struct session *session, const struct hw_err *err)
{
    struct hw_err plain = {0};
    if (strcmp(err->service_code, "ResourceNotFoundException")) {
        hw_way_calls_fail(&session->calls, err);
        return;
    }
    hw_fail(&plain, HW_ERR_NOT_FOUND, _("there is no log group %s"),
            session->calls.start.room->log_group);
    hw_way_calls_lose(&session->calls, HW_WAY_REFUSED, &plain);
}

/* Events. */

static void name_stream(struct session *session, struct stream *stream)
{
    size_t id = (size_t)(stream - session->streams);
    struct hw_frame file = {.kind = HW_FRAME_FILE,
                            .id = id,
                            .offset = stream->offset,
                            .length = stream->offset,
                            .text = stream->label};
    stream->named = true;
    hw_way_calls_tell(&session->calls, &file);
}

/* An event is a line, or several. */
static void tell_event(struct session *session, struct stream *stream, const char *message)
{
    size_t n = strlen(message);
    hw_auto(hw_buf) line = HW_BUF(HW_MAX_FILE);
    hw_buf_add(&line, message, n);
    if (!n || message[n - 1] != '\n')
        hw_buf_char(&line, '\n');
    struct hw_frame data = {.kind = HW_FRAME_DATA,
                            .id = (uint64_t)(stream - session->streams),
                            .offset = stream->offset,
                            .length = line.len,
                            .bytes = {line.data, line.len}};
    stream->offset += line.len;
    hw_way_calls_tell(&session->calls, &data);
}

/* False: it was told before its token expired. */
static bool is_news(struct stream *stream, int64_t time_ms)
{
    if (stream->skip && time_ms == stream->from_ms) {
        stream->skip--;
        return false;
    }
    if (time_ms > stream->last_ms) {
        stream->last_ms = time_ms;
        stream->same = 0;
    }
    stream->same += time_ms == stream->last_ms;
    return true;
}

/* What GetLogEvents answers then is not documented; this is what it says to a token of no use. */
static bool has_expired(const struct stream *stream, const struct hw_err *err)
{
    return stream->token && !strcmp(err->service_code, "InvalidParameterException");
}

static void go_on_by_time(struct session *session, struct stream *stream)
{
    free(stream->token);
    stream->token = NULL;
    stream->from_ms = stream->last_ms;
    stream->skip = stream->same;
    read_stream(session);
}

static void next_stream(struct session *session)
{
    struct hw_frame beat = {.kind = HW_FRAME_BEAT};
    session->pages = 0;
    if (++session->current < session->count) {
        read_stream(session);
        return;
    }
    hw_way_calls_wait(&session->calls, session->calls.start.room->slow_ms / REST_DIVIDE,
                      list_streams);
    hw_way_calls_tell(&session->calls, &beat);
}

static void on_events(void *data, const struct hw_aws_reply *reply, const struct hw_err *err)
{
    struct session *session = data;
    struct stream *stream = &session->streams[session->current];
    hw_way_calls_over(&session->calls);
    if (err && has_expired(stream, err)) {
        go_on_by_time(session, stream);
        return;
    }
    if (err) {
        fail(session, err);
        return;
    }
    size_t i;
    const json_t *event;
    json_array_foreach(json_object_get(reply->json, "events"), i, event)
    {
        const char *message = json_string_value(json_object_get(event, "message"));
        if (message && is_news(stream, json_integer_value(json_object_get(event, "timestamp"))))
            tell_event(session, stream, message);
    }
    const char *token = hw_way_calls_text(reply->json, "nextForwardToken");
    bool more = *token && (!stream->token || strcmp(token, stream->token));
    if (more)
        hw_replace(&stream->token, token);
    if (more && ++session->pages < PAGES_MAX)
        read_stream(session);
    else
        next_stream(session);
}

static void read_stream(struct session *session)
{
    struct stream *stream = &session->streams[session->current];
    if (!stream->named)
        name_stream(session, stream);
    json_t *body = json_pack("{s:s,s:s,s:b}", "logGroupName", session->calls.start.room->log_group,
                             "logStreamName", stream->name, "startFromHead", 1);
    if (stream->token)
        json_object_set_new(body, "nextToken", json_string(stream->token));
    if (stream->from_ms)
        json_object_set_new(body, "startTime", json_integer(stream->from_ms));
    hw_way_calls_ask(&session->calls, HW_AWS_LOGS, "GetLogEvents", body, on_events);
}

/* Streams. */

static bool has_stream(const struct session *session, const char *name)
{
    for (size_t i = 0; i < session->count; i++) {
        if (!strcmp(session->streams[i].name, name))
            return true;
    }
    return false;
}

static void add_stream(struct session *session, const char *name)
{
    const char *slash = strchr(name, '/');
    if (!slash || !slash[1] || session->count == STREAMS_MAX || has_stream(session, name))
        return;
    struct stream *stream = &session->streams[session->count++];
    stream->name = hw_strdup(name);
    stream->label = hw_format("%s" HW_WAY_COPIED, slash + 1);
    const json_t *mark = json_object_get(session->marks, name);
    stream->token = hw_strdup(json_string_value(json_object_get(mark, "token")));
    stream->last_ms = json_integer_value(json_object_get(mark, "last"));
    stream->same = json_integer_value(json_object_get(mark, "same"));
    const struct hw_file *file = hw_files_find(session->calls.start.files, stream->label);
    stream->offset = file ? file->offset : 0;
}

static void on_streams(void *data, const struct hw_aws_reply *reply, const struct hw_err *err)
{
    struct session *session = data;
    struct hw_err none = {0};
    struct hw_frame hello = {.kind = HW_FRAME_HELLO, .text = ""};
    hw_way_calls_over(&session->calls);
    if (err) {
        fail(session, err);
        return;
    }
    size_t i;
    const json_t *stream;
    json_array_foreach(json_object_get(reply->json, "logStreams"), i, stream)
    {
        add_stream(session, hw_way_calls_text(stream, "logStreamName"));
    }
    if (!session->count) {
        hw_fail(&none, HW_ERR_NOT_FOUND, _("the log group %s has nothing of this node"),
                session->calls.start.room->log_group);
        hw_way_calls_lose(&session->calls, HW_WAY_LOST, &none);
        return;
    }
    if (!session->greeted)
        hw_way_calls_tell(&session->calls, &hello);
    session->greeted = true;
    session->current = 0;
    read_stream(session);
}

/* A page holds 50, which is more than there are. */
static void list_streams(void *data)
{
    struct session *session = data;
    hw_auto_text prefix = hw_format("%s/", session->calls.start.target->instance);
    hw_way_calls_over(&session->calls);
    hw_way_calls_ask(&session->calls, HW_AWS_LOGS, "DescribeLogStreams",
                     json_pack("{s:s,s:s}", "logGroupName", session->calls.start.room->log_group,
                               "logStreamNamePrefix", prefix),
                     on_streams);
}

/* The face. */

/* How far each stream has been read. */
static char *left_over(const void *data)
{
    const struct session *session = data;
    json_t *marks = session->marks ? json_deep_copy(session->marks) : json_object();
    for (size_t i = 0; i < session->count; i++) {
        const struct stream *stream = &session->streams[i];
        if (stream->token)
            json_object_set_new(marks, stream->name,
                                json_pack("{s:s,s:I,s:I}", "token", stream->token, "last",
                                          (json_int_t)stream->last_ms, "same", stream->same));
    }
    char *text = json_dumps(marks, JSON_COMPACT);
    char *copy = hw_strdup(text);
    free(text);
    json_decref(marks);
    return copy;
}

static void free_session(void *data)
{
    struct session *session = data;
    hw_way_calls_done(&session->calls);
    for (size_t i = 0; i < session->count; i++) {
        free(session->streams[i].name);
        free(session->streams[i].label);
        free(session->streams[i].token);
    }
    json_decref(session->marks);
    free(session);
}

static void *start(const struct hw_way_start *start, const struct hw_way_handler *handler)
{
    struct session *session = HW_NEW(struct session);
    hw_way_calls_init(&session->calls, start, handler, free_session);
    session->marks = start->left_over ? json_loads(start->left_over, 0, NULL) : NULL;
    hw_way_calls_wait(&session->calls, 0, list_streams);
    return session;
}

static const char *manner(const void *data HW_UNUSED)
{
    return _("its copies are shown");
}

const struct hw_way_class hw_way_cloudwatch = {
    .name = "cloudwatch",
    .title = "CloudWatch Logs",
    .deadline_ms = DEADLINE_MS,
    .rank = HW_WAY_BESIDE,
    .missing = missing,
    .start = start,
    .left_over = left_over,
    .manner = manner,
    .close = hw_way_calls_close,
    .free = free_session,
};
