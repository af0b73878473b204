/* SPDX-License-Identifier: Apache-2.0 */
/* Not the logs of a node, but the copies that its CloudWatch agent has sent, where the cluster has
 * them (logs.cloudwatch): each stream "INSTANCE/LOG" of the log group is told as "LOG
 * (CloudWatch)". Their bytes are not those of the file, so that neither can be gone on with in the
 * other. Sources: CloudWatch Logs API reference, DescribeLogStreams and GetLogEvents: a stream is
 * at its end when it answers with the token that it was asked with. */
#include "node/way.h"

#include "base/mem.h"
#include "base/text.h"

#define STREAMS_MAX 32u /* of one node; the generated configuration has 5 */
#define PAGES_MAX   8u  /* of one stream in one look, so that each has its turn */
#define DEADLINE_MS 60000u
#define REST_DIVIDE 2 /* looks in a slow pause: 30 s */

struct stream {
    char *name;  /* with the instance before it */
    char *label; /* what its lines are told under */
    char *token; /* of what follows; NULL: from its beginning */
    bool named;
    uint64_t offset;
};

struct session {
    struct hw_way_handler handler;
    struct hw_way_start start;
    struct stream streams[STREAMS_MAX];
    size_t count, current;
    unsigned pages;
    bool greeted;
    json_t *tokens; /* of streams, by name: from the session before */
    struct hw_aws_call *call;
    struct hw_timer *timer;
    struct hw_way_closing closing;
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

static void tell(struct session *session, const struct hw_frame *frame)
{
    session->handler.frame(session->handler.data, frame);
}

static void lose(struct session *session, enum hw_way_end how, const struct hw_err *err)
{
    session->handler.ended(session->handler.data, how, err);
}

static void fail(struct session *session, const struct hw_err *err)
{
    struct hw_err plain = {0};
    if (strcmp(err->service_code, "ResourceNotFoundException")) {
        lose(session, err->code == HW_ERR_AUTH ? HW_WAY_REFUSED : HW_WAY_LOST, err);
        return;
    }
    hw_fail(&plain, HW_ERR_NOT_FOUND, _("there is no log group %s"),
            session->start.room->log_group);
    lose(session, HW_WAY_REFUSED, &plain);
}

static void ask(struct session *session, const char *operation, json_t *body_take, hw_aws_fn *fn)
{
    struct hw_aws_request *request = hw_aws_request_new(HW_AWS_LOGS, operation);
    hw_aws_patient(request);
    hw_aws_body_json(request, body_take);
    session->call = hw_aws_send(session->start.room->aws, request, fn, session);
}

static const char *text_of(const json_t *object, const char *key)
{
    return json_string_value(json_object_get(object, key));
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
    tell(session, &file);
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
    tell(session, &data);
}

static void next_stream(struct session *session)
{
    struct hw_frame beat = {.kind = HW_FRAME_BEAT};
    session->pages = 0;
    if (++session->current < session->count) {
        read_stream(session);
        return;
    }
    session->timer =
        hw_loop_timer(session->start.room->loop, session->start.room->slow_ms / REST_DIVIDE,
                      list_streams, session);
    tell(session, &beat);
}

static void on_events(void *data, const struct hw_aws_reply *reply, const struct hw_err *err)
{
    struct session *session = data;
    struct stream *stream = &session->streams[session->current];
    session->call = NULL;
    if (err) {
        fail(session, err);
        return;
    }
    size_t i;
    const json_t *event;
    json_array_foreach(json_object_get(reply->json, "events"), i, event)
    {
        const char *message = text_of(event, "message");
        if (message)
            tell_event(session, stream, message);
    }
    const char *token = text_of(reply->json, "nextForwardToken");
    bool more = token && (!stream->token || strcmp(token, stream->token));
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
    json_t *body = json_pack("{s:s,s:s,s:b}", "logGroupName", session->start.room->log_group,
                             "logStreamName", stream->name, "startFromHead", 1);
    if (stream->token)
        json_object_set_new(body, "nextToken", json_string(stream->token));
    ask(session, "GetLogEvents", body, on_events);
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
    stream->label = hw_format("%s (CloudWatch)", slash + 1);
    stream->token = hw_strdup(text_of(session->tokens, name));
    const struct hw_file *file = hw_files_find(session->start.files, stream->label);
    stream->offset = file ? file->offset : 0;
}

static void on_streams(void *data, const struct hw_aws_reply *reply, const struct hw_err *err)
{
    struct session *session = data;
    struct hw_err none = {0};
    struct hw_frame hello = {.kind = HW_FRAME_HELLO, .text = ""};
    session->call = NULL;
    if (err) {
        fail(session, err);
        return;
    }
    size_t i;
    const json_t *stream;
    json_array_foreach(json_object_get(reply->json, "logStreams"), i, stream)
    {
        const char *name = text_of(stream, "logStreamName");
        if (name)
            add_stream(session, name);
    }
    if (!session->count) {
        hw_fail(&none, HW_ERR_NOT_FOUND, _("the log group %s has nothing of this node"),
                session->start.room->log_group);
        lose(session, HW_WAY_LOST, &none);
        return;
    }
    if (!session->greeted)
        tell(session, &hello);
    session->greeted = true;
    session->current = 0;
    read_stream(session);
}

/* A page holds 50, which is more than there are. */
static void list_streams(void *data)
{
    struct session *session = data;
    hw_auto_text prefix = hw_format("%s/", session->start.target->instance);
    session->timer = NULL;
    ask(session, "DescribeLogStreams",
        json_pack("{s:s,s:s}", "logGroupName", session->start.room->log_group,
                  "logStreamNamePrefix", prefix),
        on_streams);
}

/* The face. */

static void *start(const struct hw_way_start *start, const struct hw_way_handler *handler)
{
    struct session *session = HW_NEW(struct session);
    session->handler = *handler;
    session->start = *start;
    session->tokens = start->left_over ? json_loads(start->left_over, 0, NULL) : NULL;
    session->timer = hw_loop_timer(start->room->loop, 0, list_streams, session);
    return session;
}

/* How far each stream has been read. */
static char *left_over(const void *data)
{
    const struct session *session = data;
    json_t *tokens = session->tokens ? json_deep_copy(session->tokens) : json_object();
    for (size_t i = 0; i < session->count; i++) {
        if (session->streams[i].token)
            json_object_set_new(tokens, session->streams[i].name,
                                json_string(session->streams[i].token));
    }
    char *text = json_dumps(tokens, JSON_COMPACT);
    char *copy = hw_strdup(text);
    free(text);
    json_decref(tokens);
    return copy;
}

static void stop(struct session *session)
{
    hw_aws_cancel(session->call);
    hw_timer_cancel(session->timer);
    session->call = NULL;
    session->timer = NULL;
}

static void free_session(void *data)
{
    struct session *session = data;
    stop(session);
    hw_timer_cancel(session->closing.timer);
    for (size_t i = 0; i < session->count; i++) {
        free(session->streams[i].name);
        free(session->streams[i].label);
        free(session->streams[i].token);
    }
    json_decref(session->tokens);
    free(session);
}

static const char *manner(const void *data HW_UNUSED)
{
    return _("its copies are shown");
}

static void close_session(void *data, void (*closed)(void *data), void *closed_data)
{
    struct session *session = data;
    hw_way_close(&session->closing, session, free_session, closed, closed_data);
    stop(session);
    hw_way_close_in(&session->closing, session->start.room->loop, 0);
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
    .close = close_session,
    .free = free_session,
};
