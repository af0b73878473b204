/* SPDX-License-Identifier: Apache-2.0 */
/* The logs of a node in snapshots, by Systems Manager: its agent on the node runs a small reader
 * again and again, which writes what the files have gained. It takes seconds where WinRM and SSH
 * take none, but needs no way to the node: the agent asks AWS for work. Sources: Systems Manager
 * API reference, DescribeInstanceInformation, SendCommand, GetCommandInvocation. */
#include "node/way_calls.h"

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
    struct hw_way_calls calls;
    struct hw_frames frames;
    char *command; /* id of the one under way; NULL: none */
    uint64_t runs;
    int64_t give_up_ms; /* monotonic */
    bool greeted;       /* the first hello was passed on */
    bool whole;         /* the last snapshot had all */
};

static void look(void *data);

/* What the reader wrote. */

static void on_frame(void *data, const struct hw_frame *frame)
{
    struct session *session = data;
    session->whole |= frame->kind == HW_FRAME_BEAT;
    if (frame->kind == HW_FRAME_HELLO && session->greeted)
        return;
    session->greeted |= frame->kind == HW_FRAME_HELLO;
    hw_way_calls_tell(&session->calls, frame);
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
        hw_way_calls_wait(&session->calls,
                          session->whole ? session->calls.start.room->slow_ms / REST_DIVIDE : 0,
                          run_reader);
        return;
    }
    hw_fail(&err, HW_ERR_PROTOCOL, "%s", _("the reader on the node wrote nothing of use"));
    hw_way_calls_lose(&session->calls, HW_WAY_LOST, &err);
}

/* One run of the reader. */

static void fail_command(struct session *session, const json_t *answer)
{
    struct hw_err err = {0};
    const char *details = hw_way_calls_text(answer, "StatusDetails");
    hw_auto(hw_buf) said = HW_BUF(HW_MAX_LINE);
    const char *error = hw_way_calls_text(answer, "StandardErrorContent");
    hw_text_clean(&said, error, strcspn(error, "\r\n"), false);
    hw_fail(&err, HW_ERR_SERVICE, _("the reader on the node did not succeed (%s)%s%s"),
            *details ? details : hw_way_calls_text(answer, "Status"), said.len ? ": " : "",
            hw_buf_cstr(&said));
    hw_way_calls_lose(&session->calls, HW_WAY_LOST, &err);
}

static void look_again(struct session *session)
{
    struct hw_err err = {0};
    if (hw_clock_monotonic_ms() < session->give_up_ms) {
        hw_way_calls_wait(&session->calls, session->calls.start.room->slow_ms / LOOK_DIVIDE, look);
        return;
    }
    hw_fail(&err, HW_ERR_NETWORK, _("the reader on the node has not ended within %d seconds"),
            PATIENCE_MS / 1000);
    hw_way_calls_lose(&session->calls, HW_WAY_LOST, &err);
}

static void on_invocation(void *data, const struct hw_aws_reply *reply, const struct hw_err *err)
{
    static const char *const going[] = {"Pending", "InProgress", "Delayed", "Cancelling"};
    struct session *session = data;
    hw_way_calls_over(&session->calls);
    /* For a second or two AWS does not know what it has just been given. */
    if (err && !strcmp(err->service_code, "InvocationDoesNotExist")) {
        look_again(session);
        return;
    }
    if (err) {
        hw_way_calls_fail(&session->calls, err);
        return;
    }
    const char *status = hw_way_calls_text(reply->json, "Status");
    bool goes = false;
    for (size_t i = 0; i < HW_COUNT(going); i++)
        goes |= !strcmp(status, going[i]);
    if (goes)
        look_again(session);
    else if (!strcmp(status, "Success"))
        take_output(session, hw_way_calls_text(reply->json, "StandardOutputContent"));
    else
        fail_command(session, reply->json);
}

static void look(void *data)
{
    struct session *session = data;
    hw_way_calls_over(&session->calls);
    hw_way_calls_ask(&session->calls, HW_AWS_SSM, "GetCommandInvocation",
                     json_pack("{s:s,s:s}", "CommandId", session->command, "InstanceId",
                               session->calls.start.target->instance),
                     on_invocation);
}

static void on_sent(void *data, const struct hw_aws_reply *reply, const struct hw_err *err)
{
    struct session *session = data;
    hw_way_calls_over(&session->calls);
    if (err) {
        hw_way_calls_fail(&session->calls, err);
        return;
    }
    hw_replace(&session->command,
               hw_way_calls_text(json_object_get(reply->json, "Command"), "CommandId"));
    session->give_up_ms = hw_clock_monotonic_ms() + PATIENCE_MS;
    look_again(session);
}

static void run_reader(void *data)
{
    struct session *session = data;
    struct hw_err err = {0};
    hw_way_calls_over(&session->calls);
    hw_auto_text input =
        hw_snapshot_input(session->calls.start.files, ++session->runs * 2 * HW_MAX_NODE_FILES);
    const char *reader = session->calls.start.room->snapshot;
    if (strlen(input) + strlen(reader) > COMMAND_MAX) {
        hw_fail(&err, HW_ERR_LIMIT, "%s", _("the node has too many logs for one command"));
        hw_way_calls_lose(&session->calls, HW_WAY_REFUSED, &err);
        return;
    }
    json_t *parameters =
        json_pack("{s:[s,s],s:[s]}", "commands", input, reader, "executionTimeout", READER_S);
    hw_way_calls_ask(&session->calls, HW_AWS_SSM, "SendCommand",
                     json_pack("{s:s,s:[s],s:o,s:i,s:s}", "DocumentName", DOCUMENT, "InstanceIds",
                               session->calls.start.target->instance, "Parameters", parameters,
                               "TimeoutSeconds", COMMAND_S, "Comment", "hpcwiz reads install logs"),
                     on_sent);
}

/* Whether there is an agent to run it. */

static void judge_agent(struct session *session, const json_t *agent)
{
    struct hw_err err = {0};
    const char *ping = hw_way_calls_text(agent, "PingStatus"),
               *platform = hw_way_calls_text(agent, "PlatformType");
    if (!agent)
        hw_fail(&err, HW_ERR_NOT_FOUND, "%s", _("its agent on the node has not registered"));
    else if (strcmp(ping, "Online"))
        hw_fail(&err, HW_ERR_NETWORK, _("its agent on the node is not online (%s)"), ping);
    else if (*platform && strcmp(platform, "Windows"))
        hw_fail(&err, HW_ERR_INPUT, _("the node runs %s, not Windows"), platform);
    if (err.code != HW_OK)
        hw_way_calls_lose(&session->calls, err.code == HW_ERR_INPUT ? HW_WAY_REFUSED : HW_WAY_LOST,
                          &err);
    else
        run_reader(session);
}

static void on_agents(void *data, const struct hw_aws_reply *reply, const struct hw_err *err)
{
    struct session *session = data;
    hw_way_calls_over(&session->calls);
    if (err)
        hw_way_calls_fail(&session->calls, err);
    else
        judge_agent(session,
                    json_array_get(json_object_get(reply->json, "InstanceInformationList"), 0));
}

static void free_session(void *data)
{
    struct session *session = data;
    hw_way_calls_done(&session->calls);
    hw_frames_done(&session->frames);
    free(session->command);
    free(session);
}

static void *start(const struct hw_way_start *start, const struct hw_way_handler *handler)
{
    struct session *session = HW_NEW(struct session);
    hw_way_calls_init(&session->calls, start, handler, free_session);
    hw_frames_init(&session->frames);
    hw_way_calls_ask(&session->calls, HW_AWS_SSM, "DescribeInstanceInformation",
                     json_pack("{s:[{s:s,s:[s]}]}", "Filters", "Key", "InstanceIds", "Values",
                               start->target->instance),
                     on_agents);
    return session;
}

static const char *manner(const void *data HW_UNUSED)
{
    return _("in snapshots by Systems Manager");
}

const struct hw_way_class hw_way_ssm = {
    .name = "ssm",
    .title = N_("Systems Manager"),
    .deadline_ms = DEADLINE_MS,
    .rank = HW_WAY_MAKESHIFT,
    .missing = hw_way_calls_missing,
    .start = start,
    .left_over = hw_way_leaves_nothing,
    .manner = manner,
    .close = hw_way_calls_close,
    .free = free_session,
};
