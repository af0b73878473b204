/* SPDX-License-Identifier: Apache-2.0 */
/* The logs of a node in snapshots, by Systems Manager: its agent on the node runs a small reader
 * again and again, which writes what the files have gained. It takes seconds where WinRM and SSH
 * take none, but needs no way to the node: the agent asks AWS for work. Sources: Systems Manager
 * API reference, DescribeInstanceInformation, SendCommand, GetCommandInvocation. */
#include "node/way.h"

#include "base/clock.h"
#include "base/mem.h"
#include "base/text.h"
#include "node/script.h"

#define DOCUMENT    "AWS-RunPowerShellScript"
#define DEADLINE_MS 90000u
#define COMMAND_S   60 /* for the agent to begin, and again for the reader to end */
#define READER_S    "60"
#define COMMAND_MAX 60000u /* characters of the command: a guess, AWS names no limit of its own */
#define LOOK_DIVIDE 40     /* looks at a command in a slow pause: 1.5 s */
#define REST_DIVIDE 6      /* snapshots in a slow pause: 10 s */
#define PATIENCE_MS 150000 /* for one command */

struct session {
    struct hw_way_handler handler;
    struct hw_way_start start;
    struct hw_frames frames;
    struct hw_aws_call *call;
    struct hw_timer *timer;
    char *command; /* id of the one under way; NULL: none */
    uint64_t runs;
    int64_t give_up_ms; /* monotonic */
    bool greeted;       /* the first hello was passed on */
    bool whole;         /* the last snapshot had all */
    struct hw_way_closing closing;
};

static void look(void *data);

static const char *missing(const struct hw_way_room *room, const struct hw_target *target HW_UNUSED,
                           bool *ret_final)
{
    *ret_final = true;
    return room->aws ? NULL : _("AWS is not asked");
}

static void lose(struct session *session, enum hw_way_end how, const struct hw_err *err)
{
    session->handler.ended(session->handler.data, how, err);
}

static void fail(struct session *session, const struct hw_err *err)
{
    lose(session, err->code == HW_ERR_AUTH ? HW_WAY_REFUSED : HW_WAY_LOST, err);
}

static void ask(struct session *session, const char *operation, json_t *body_take, hw_aws_fn *fn)
{
    struct hw_aws_request *request = hw_aws_request_new(HW_AWS_SSM, operation);
    hw_aws_patient(request);
    hw_aws_body_json(request, body_take);
    session->call = hw_aws_send(session->start.room->aws, request, fn, session);
}

static void wait_then(struct session *session, int64_t delay_ms, hw_timer_fn *fn)
{
    session->timer = hw_loop_timer(session->start.room->loop, delay_ms, fn, session);
}

static const char *text_of(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text ? text : "";
}

/* What the reader wrote. */

static void on_frame(void *data, const struct hw_frame *frame)
{
    struct session *session = data;
    session->whole |= frame->kind == HW_FRAME_BEAT;
    if (frame->kind == HW_FRAME_HELLO && session->greeted)
        return;
    session->greeted |= frame->kind == HW_FRAME_HELLO;
    session->handler.frame(session->handler.data, frame);
}

static void run_reader(void *data);

static void take_output(struct session *session, const char *output)
{
    struct hw_err err = {0};
    session->whole = false;
    hw_frames_reset(&session->frames);
    hw_frames_add(&session->frames, output, strlen(output), on_frame, session);
    hw_frames_add(&session->frames, "\n", 1, on_frame, session);
    if (session->greeted) {
        wait_then(session, session->whole ? session->start.room->slow_ms / REST_DIVIDE : 0,
                  run_reader);
        return;
    }
    hw_fail(&err, HW_ERR_PROTOCOL, "%s", _("the reader on the node wrote nothing of use"));
    lose(session, HW_WAY_LOST, &err);
}

/* One run of the reader. */

static void fail_command(struct session *session, const json_t *answer)
{
    struct hw_err err = {0};
    const char *details = text_of(answer, "StatusDetails");
    hw_auto(hw_buf) said = HW_BUF(HW_MAX_LINE);
    const char *error = text_of(answer, "StandardErrorContent");
    hw_text_clean(&said, error, strcspn(error, "\r\n"), false);
    hw_fail(&err, HW_ERR_SERVICE, _("the reader on the node did not succeed (%s)%s%s"),
            *details ? details : text_of(answer, "Status"), said.len ? ": " : "",
            hw_buf_cstr(&said));
    lose(session, HW_WAY_LOST, &err);
}

static void look_again(struct session *session)
{
    struct hw_err err = {0};
    if (hw_clock_monotonic_ms() < session->give_up_ms) {
        wait_then(session, session->start.room->slow_ms / LOOK_DIVIDE, look);
        return;
    }
    hw_fail(&err, HW_ERR_NETWORK, _("the reader on the node has not ended within %d seconds"),
            PATIENCE_MS / 1000);
    lose(session, HW_WAY_LOST, &err);
}

static void on_invocation(void *data, const struct hw_aws_reply *reply, const struct hw_err *err)
{
    static const char *const going[] = {"Pending", "InProgress", "Delayed", "Cancelling"};
    struct session *session = data;
    session->call = NULL;
    /* For a second or two AWS does not know what it has just been given. */
    if (err && !strcmp(err->service_code, "InvocationDoesNotExist")) {
        look_again(session);
        return;
    }
    if (err) {
        fail(session, err);
        return;
    }
    const char *status = text_of(reply->json, "Status");
    bool goes = false;
    for (size_t i = 0; i < HW_COUNT(going); i++)
        goes |= !strcmp(status, going[i]);
    if (goes)
        look_again(session);
    else if (!strcmp(status, "Success"))
        take_output(session, text_of(reply->json, "StandardOutputContent"));
    else
        fail_command(session, reply->json);
}

static void look(void *data)
{
    struct session *session = data;
    session->timer = NULL;
    ask(session, "GetCommandInvocation",
        json_pack("{s:s,s:s}", "CommandId", session->command, "InstanceId",
                  session->start.target->instance),
        on_invocation);
}

static void on_sent(void *data, const struct hw_aws_reply *reply, const struct hw_err *err)
{
    struct session *session = data;
    session->call = NULL;
    if (err) {
        fail(session, err);
        return;
    }
    hw_replace(&session->command, text_of(json_object_get(reply->json, "Command"), "CommandId"));
    session->give_up_ms = hw_clock_monotonic_ms() + PATIENCE_MS;
    look_again(session);
}

static void run_reader(void *data)
{
    struct session *session = data;
    struct hw_err err = {0};
    session->timer = NULL;
    hw_auto_text input =
        hw_snapshot_input(session->start.files, ++session->runs * 2 * HW_MAX_NODE_FILES);
    const char *reader = session->start.room->snapshot;
    if (strlen(input) + strlen(reader) > COMMAND_MAX) {
        hw_fail(&err, HW_ERR_LIMIT, "%s", _("the node has too many logs for one command"));
        lose(session, HW_WAY_REFUSED, &err);
        return;
    }
    json_t *parameters =
        json_pack("{s:[s,s],s:[s]}", "commands", input, reader, "executionTimeout", READER_S);
    ask(session, "SendCommand",
        json_pack("{s:s,s:[s],s:o,s:i,s:s}", "DocumentName", DOCUMENT, "InstanceIds",
                  session->start.target->instance, "Parameters", parameters, "TimeoutSeconds",
                  COMMAND_S, "Comment", "hpcwiz reads install logs"),
        on_sent);
}

/* Whether there is an agent to run it. */

static void judge_agent(struct session *session, const json_t *agent)
{
    struct hw_err err = {0};
    const char *ping = text_of(agent, "PingStatus"), *platform = text_of(agent, "PlatformType");
    if (!agent)
        hw_fail(&err, HW_ERR_NOT_FOUND, "%s", _("its agent on the node has not registered"));
    else if (strcmp(ping, "Online"))
        hw_fail(&err, HW_ERR_NETWORK, _("its agent on the node is not online (%s)"), ping);
    else if (*platform && strcmp(platform, "Windows"))
        hw_fail(&err, HW_ERR_INPUT, _("the node runs %s, not Windows"), platform);
    if (err.code != HW_OK)
        lose(session, err.code == HW_ERR_INPUT ? HW_WAY_REFUSED : HW_WAY_LOST, &err);
    else
        run_reader(session);
}

static void on_agents(void *data, const struct hw_aws_reply *reply, const struct hw_err *err)
{
    struct session *session = data;
    session->call = NULL;
    if (err)
        fail(session, err);
    else
        judge_agent(session,
                    json_array_get(json_object_get(reply->json, "InstanceInformationList"), 0));
}

static void *start(const struct hw_way_start *start, const struct hw_way_handler *handler)
{
    struct session *session = HW_NEW(struct session);
    session->handler = *handler;
    session->start = *start;
    hw_frames_init(&session->frames);
    ask(session, "DescribeInstanceInformation",
        json_pack("{s:[{s:s,s:[s]}]}", "Filters", "Key", "InstanceIds", "Values",
                  start->target->instance),
        on_agents);
    return session;
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
    hw_frames_done(&session->frames);
    free(session->command);
    free(session);
}

static const char *manner(const void *data HW_UNUSED)
{
    return _("in snapshots by Systems Manager");
}

/* A reader that still runs ends by itself, within the minute. */
static void close_session(void *data, void (*closed)(void *data), void *closed_data)
{
    struct session *session = data;
    hw_way_close(&session->closing, session, free_session, closed, closed_data);
    stop(session);
    hw_way_close_in(&session->closing, session->start.room->loop, 0);
}

const struct hw_way_class hw_way_ssm = {
    .name = "ssm",
    .title = N_("Systems Manager"),
    .deadline_ms = DEADLINE_MS,
    .rank = HW_WAY_MAKESHIFT,
    .missing = missing,
    .start = start,
    .left_over = hw_way_leaves_nothing,
    .manner = manner,
    .close = close_session,
    .free = free_session,
};
