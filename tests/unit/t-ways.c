/* SPDX-License-Identifier: Apache-2.0 */
/* The ways to a node that go through AWS, one session each. AWS is played here: this program
 * defines the few functions of aws/client.h that the ways call, so those of the library are not
 * linked. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/mem.h"
#include "base/text.h"
#include "node/script.h"
#include "node/way.h"
#include "played-aws.h"
#include "waiting.h"

static struct {
    struct hw_loop *loop;
    struct hw_way_room room;
    struct hw_target target;
    struct hw_files files;
    /* In their order, the last one again and again: the console's text before base64, or JSON;
     * behind a '!' the code of an error. */
    const char *const *answers;
    size_t answer_count, asked;
    struct hw_buf lines, ends, requests;
    const struct hw_way_class *way;
    void *session;
    char *left_over;
    unsigned beats, hellos;
    bool closed;
} world;

/* The AWS side. */

struct hw_aws_request {
    char *operation;
    json_t *body;
};

struct hw_aws_request *hw_aws_request_new(enum hw_aws_service service HW_UNUSED,
                                          const char *operation)
{
    struct hw_aws_request *request = HW_NEW(struct hw_aws_request);
    request->operation = hw_strdup(operation);
    hw_buf_print(&world.requests, "%s", operation);
    return request;
}

void hw_aws_patient(struct hw_aws_request *request HW_UNUSED)
{
}

void hw_aws_param(struct hw_aws_request *request HW_UNUSED, const char *name, const char *value)
{
    hw_buf_print(&world.requests, " %s=%s", name, value);
}

void hw_aws_body_json(struct hw_aws_request *request, json_t *body_take)
{
    char *text = json_dumps(body_take, JSON_COMPACT | JSON_SORT_KEYS);
    hw_buf_print(&world.requests, " %s", text);
    free(text);
    request->body = body_take;
}

static void free_request(struct hw_aws_request *request)
{
    json_decref(request->body);
    free(request->operation);
    free(request);
}

static void answer_console(struct hw_aws_call *call, const char *text)
{
    hw_auto(hw_buf) xml = HW_BUF(HW_MAX_REPLY);
    hw_buf_text(&xml, "<GetConsoleOutputResponse><output>");
    hw_buf_base64(&xml, text, strlen(text));
    hw_buf_text(&xml, "</output></GetConsoleOutputResponse>");
    struct hw_xml_doc *doc = hw_xml_parse(xml.data, xml.len);
    struct hw_aws_reply reply = {.status = 200, .xml = hw_xml_root(doc)};
    call->fn(call->data, &reply, NULL);
    hw_xml_free(doc);
}

static void answer(struct hw_aws_call *call)
{
    size_t last = world.answer_count - 1;
    const char *told = world.answers[world.asked < last ? world.asked : last];
    struct hw_err err = {0};
    world.asked++;
    hw_buf_char(&world.requests, '\n');
    if (*told == '!') {
        hw_fail(&err, !strcmp(told, "!Denied") ? HW_ERR_AUTH : HW_ERR_SERVICE, "%s", told + 1);
        snprintf(err.service_code, sizeof err.service_code, "%s", told + 1);
        call->fn(call->data, NULL, &err);
    } else if (call->request->body) {
        json_t *json = json_loads(told, 0, NULL);
        call->fn(call->data, &(struct hw_aws_reply){.status = 200, .json = json}, NULL);
        json_decref(json);
    } else {
        answer_console(call, told);
    }
}

/* One session. */

static void on_line(void *data HW_UNUSED, struct hw_file *file, uint64_t offset HW_UNUSED,
                    const char *text, size_t n)
{
    hw_buf_print(&world.lines, "%s: %.*s\n", file->name, (int)n, text);
}

static void on_frame(void *data HW_UNUSED, const struct hw_frame *frame)
{
    if (frame->kind == HW_FRAME_HELLO)
        world.hellos++;
    else if (frame->kind == HW_FRAME_BEAT)
        world.beats++;
    else
        assert_true(hw_files_take(&world.files, frame));
}

static void on_ended(void *data HW_UNUSED, enum hw_way_end how, const struct hw_err *err)
{
    hw_buf_print(&world.ends, "%s: %s\n", how == HW_WAY_REFUSED ? "refused" : "lost", err->what);
    world.way->free(world.session);
    world.session = NULL;
}

static void begin(const struct hw_way_class *way, bool once)
{
    struct hw_way_start start = {.room = &world.room,
                                 .target = &world.target,
                                 .files = &world.files,
                                 .once = once,
                                 .left_over = world.left_over};
    struct hw_way_handler handler = {.frame = on_frame, .ended = on_ended};
    hw_files_begin(&world.files);
    world.way = way;
    world.session = way->start(&start, &handler);
    free(world.left_over);
    world.left_over = NULL;
}

static void end(void)
{
    world.left_over = world.way->left_over(world.session);
    world.way->free(world.session);
    world.session = NULL;
}

#define PLAY(...)                                                                                  \
    static const char *const played[] = {__VA_ARGS__};                                             \
    world.answers = played;                                                                        \
    world.answer_count = HW_COUNT(played);                                                         \
    world.asked = 0

static void wait_asked(size_t count)
{
    for (int i = 0; world.asked < count; i++) {
        if (i > 20000)
            fail_msg("asked %zu times only: %s", world.asked, hw_buf_cstr(&world.requests));
        hw_loop_step(world.loop, 100);
    }
}

static int set_up(void **state HW_UNUSED)
{
    memset(&world, 0, sizeof world);
    world.loop = hw_loop_new(NULL);
    played_aws(world.loop, answer, free_request);
    world.room.loop = world.loop;
    world.room.aws = (struct hw_aws *)&world; /* somebody to ask; never looked into */
    world.room.slow_ms = 1;
    world.room.log_group = "/hpcwiz/riskgrid";
    world.room.snapshot = "the reader";
    world.target.instance = "i-0123456789abcdef0";
    world.target.address = "10.20.1.5";
    world.files.line = on_line;
    world.lines.max = world.ends.max = world.requests.max = HW_MAX_TEXT;
    return 0;
}

static int tear_down(void **state HW_UNUSED)
{
    if (world.session)
        world.way->free(world.session);
    free(world.left_over);
    hw_files_done(&world.files);
    hw_buf_done(&world.lines);
    hw_buf_done(&world.ends);
    hw_buf_done(&world.requests);
    hw_loop_free(world.loop);
    return 0;
}

static void assert_lines(const char *expected)
{
    assert_string_equal(hw_buf_cstr(&world.lines), expected);
}

/* The console. */

static void a_console_tells_each_line_once(void **state HW_UNUSED)
{
    PLAY("", "one\r\ntwo\r\n", "one\r\ntwo\r\n", "two\r\nthree\r\nthree\r\n",
         "new beginning\r\ntwo\r\nthree\r\n", "three\r\nthree\r\nfour\r\n");
    begin(&hw_way_console, false);
    wait_asked(HW_COUNT(played) + 2);
    assert_lines("console: one\nconsole: two\nconsole: three\nconsole: three\n"
                 "console: new beginning\nconsole: three\nconsole: four\n");
    assert_int_equal(world.hellos, 1);
    assert_non_null(strstr(hw_buf_cstr(&world.requests),
                           "GetConsoleOutput InstanceId=i-0123456789abcdef0 Latest=true\n"));
}

static void a_console_goes_on_in_another_session(void **state HW_UNUSED)
{
    PLAY("one\ntwo\n", "one\ntwo\nthree\n");
    begin(&hw_way_console, false);
    wait_asked(1);
    end();
    begin(&hw_way_console, false);
    wait_asked(3);
    assert_lines("console: one\nconsole: two\nconsole: three\n");
}

static void a_line_is_told_when_it_is_whole(void **state HW_UNUSED)
{
    PLAY("one\ntw", "one\ntwo", "one\ntwo", "one\ntwo\n");
    begin(&hw_way_console, false);
    wait_asked(2);
    assert_lines("console: one\n");
    wait_asked(5);
    assert_lines("console: one\nconsole: two\n");
}

static void one_look_tells_the_rest_too(void **state HW_UNUSED)
{
    PLAY("one\nunfinished");
    begin(&hw_way_console, true);
    wait_asked(1);
    assert_int_equal(world.beats, 1);
    assert_lines("console: one\nconsole: unfinished\n");
}

static void old_instances_have_an_old_console(void **state HW_UNUSED)
{
    PLAY("!UnsupportedOperation", "one\n");
    begin(&hw_way_console, true);
    wait_asked(2);
    assert_lines("console: one\n");
    assert_non_null(
        strstr(hw_buf_cstr(&world.requests), "GetConsoleOutput InstanceId=i-0123456789abcdef0\n"));
}

static void what_is_denied_is_not_asked_again(void **state HW_UNUSED)
{
    PLAY("!Denied");
    begin(&hw_way_console, false);
    wait_asked(1);
    assert_string_equal(hw_buf_cstr(&world.ends), "refused: Denied\n");
}

/* Systems Manager. */

#define AGENT(ping)                                                                                \
    "{\"InstanceInformationList\":[{\"PingStatus\":\"" ping "\",\"PlatformType\":\"Windows\"}]}"
#define SENT          "{\"Command\":{\"CommandId\":\"c-1\"}}"
#define STATUS(text)  "{\"Status\":\"" text "\",\"StatusDetails\":\"" text "\"}"
#define WROTE(frames) "{\"Status\":\"Success\",\"StandardOutputContent\":\"" frames "\"}"
#define HELLO         "@H 1 20261128100000 20261128110000 4242 aG9zdA==\\n"

static void snapshots_go_on_where_the_last_one_ended(void **state HW_UNUSED)
{
    /* "C:\\a.log" twice, and "one\n", "two\nth", "ree\n" in turn */
    PLAY(AGENT("Online"), SENT, "!InvocationDoesNotExist", STATUS("Pending"), STATUS("InProgress"),
         WROTE(HELLO "@F 2048 0 4 QzpcYS5sb2c=\\n@D 2048 0 4 r b25lCg==\\n"), SENT,
         WROTE(HELLO "@F 0 4 10 QzpcYS5sb2c=\\n@D 0 4 6 r dHdvCnRo\\n@K 20261128110001\\n"), SENT,
         WROTE(HELLO "@F 0 10 14 QzpcYS5sb2c=\\n@D 0 10 4 r cmVlCg==\\n@K 20261128110002"), SENT,
         WROTE(HELLO "@K 20261128110003\\n"));
    begin(&hw_way_ssm, false);
    wait_asked(HW_COUNT(played));
    assert_lines("C:\\a.log: one\nC:\\a.log: two\nC:\\a.log: three\n");
    assert_int_equal(world.hellos, 1);
    assert_int_equal(world.beats, 3);
    const char *requests = hw_buf_cstr(&world.requests);
    assert_non_null(strstr(requests, "\"DocumentName\":\"AWS-RunPowerShellScript\""));
    assert_non_null(strstr(requests, "\"the reader\"]"));
    assert_non_null(strstr(requests, "\\\"ids\\\":2048,"));
    assert_non_null(strstr(requests, "\\\"ids\\\":4096,"));
    assert_non_null(strstr(requests, "[{\\\"id\\\":0,\\\"p\\\":\\\"C:\\\\\\\\a.log\\\","
                                     "\\\"o\\\":10,\\\"s\\\":\\\"b25lCnR3bwp0aA==\\\"}]"));
}

static void expect_end(const char *end)
{
    begin(&hw_way_ssm, false);
    for (int i = 0; world.session; i++) {
        assert_true(i < 20000);
        hw_loop_step(world.loop, 100);
    }
    assert_string_equal(hw_buf_cstr(&world.ends), end);
}

static void no_agent(void **state HW_UNUSED)
{
    PLAY("{\"InstanceInformationList\":[]}");
    expect_end("lost: its agent on the node has not registered\n");
}

static void an_agent_that_is_away(void **state HW_UNUSED)
{
    PLAY(AGENT("ConnectionLost"));
    expect_end("lost: its agent on the node is not online (ConnectionLost)\n");
}

static void who_may_not_send_is_refused(void **state HW_UNUSED)
{
    PLAY(AGENT("Online"), "!Denied");
    expect_end("refused: Denied\n");
}

static void a_reader_that_fails_says_why(void **state HW_UNUSED)
{
    PLAY(AGENT("Online"), SENT,
         "{\"Status\":\"Failed\",\"StandardErrorContent\":\"no\\u001b[31m way\\r\\nat line 3\"}");
    begin(&hw_way_ssm, false);
    wait_asked(3);
    assert_null(world.session);
    const char *ends = hw_buf_cstr(&world.ends);
    assert_non_null(strstr(ends, "lost: the reader on the node did not succeed (Failed): no"));
    assert_null(strchr(ends, '\033'));
    assert_null(strstr(ends, "line 3"));
}

static void a_reader_that_writes_nothing(void **state HW_UNUSED)
{
    PLAY(AGENT("Online"), SENT, WROTE(""));
    expect_end("lost: the reader on the node wrote nothing of use\n");
}

static void answers_that_make_no_sense(void **state HW_UNUSED)
{
    PLAY(AGENT("Online"), "[]", "{}");
    expect_end("lost: the reader on the node did not succeed ()\n");
}

/* The one quote that a path may have does not end the text that it stands in. */
static void no_path_breaks_out_of_its_quotes(void **state HW_UNUSED)
{
    struct hw_frame frame = {.kind = HW_FRAME_FILE, .text = "C:\\it's \xE2\x80\x99;exit.log"};
    assert_true(hw_files_take(&world.files, &frame));
    hw_auto_text input = hw_snapshot_input(&world.files, 2048);
    assert_non_null(strstr(input, "C:\\\\it''s \\u2019;exit.log"));
    assert_true(hw_text_plain(input, strlen(input)));
}

/* Systems Manager would take {{x}} for one of its variables. */
static void the_reader_travels_well(void **state HW_UNUSED)
{
    hw_auto(hw_buf) reader = HW_BUF(HW_MAX_TEXT);
    assert_true(hw_script_snapshot(&reader, NULL));
    assert_null(strstr(hw_buf_cstr(&reader), "{{"));
    for (size_t i = 0; i < reader.len; i++)
        assert_true(reader.data[i] == '\n' || hw_text_plain(&reader.data[i], 1));
}

/* CloudWatch Logs. */

#define STREAMS(names) "{\"logStreams\":[" names "]}"
#define STREAM(name)   "{\"logStreamName\":\"i-0123456789abcdef0/" name "\"}"
#define EVENTS(list, token)                                                                        \
    "{\"events\":[" list "],\"nextForwardToken\":\"" token "\",\"nextBackwardToken\":\"b\"}"
#define EVENT(text) "{\"timestamp\":1764324000000,\"message\":\"" text "\"}"

static void copies_come_once_and_go_on(void **state HW_UNUSED)
{
    PLAY(STREAMS(STREAM("install.log") "," STREAM("agent.log")),
         EVENTS(EVENT("one") "," EVENT("two\\n"), "f1"), EVENTS("", "f1"),
         EVENTS(EVENT("other"), "g1"), EVENTS("", "g1"),
         STREAMS(STREAM("install.log") "," STREAM("agent.log")), EVENTS(EVENT("three"), "f2"),
         EVENTS("", "f2"), EVENTS("", "g1"));
    begin(&hw_way_cloudwatch, false);
    wait_asked(HW_COUNT(played));
    assert_lines("install.log (CloudWatch): one\ninstall.log (CloudWatch): two\n"
                 "agent.log (CloudWatch): other\ninstall.log (CloudWatch): three\n");
    assert_int_equal(world.hellos, 1);
    assert_int_equal(world.beats, 2);
    const char *requests = hw_buf_cstr(&world.requests);
    assert_non_null(strstr(requests, "DescribeLogStreams {\"logGroupName\":\"/hpcwiz/riskgrid\","
                                     "\"logStreamNamePrefix\":\"i-0123456789abcdef0/\"}"));
    assert_non_null(strstr(requests, "\"nextToken\":\"f1\",\"startFromHead\":true}"));
}

static void copies_go_on_in_another_session(void **state HW_UNUSED)
{
    PLAY(STREAMS(STREAM("install.log")), EVENTS(EVENT("one"), "f1"), EVENTS("", "f1"),
         STREAMS(STREAM("install.log")), EVENTS(EVENT("two"), "f2"), EVENTS("", "f2"));
    begin(&hw_way_cloudwatch, false);
    wait_asked(3);
    end();
    begin(&hw_way_cloudwatch, false);
    wait_asked(6);
    assert_lines("install.log (CloudWatch): one\ninstall.log (CloudWatch): two\n");
    assert_non_null(strstr(hw_buf_cstr(&world.requests), "\"nextToken\":\"f1\""));
}

/* The time of what was told last is known, and how many events of that time were told. */
static void copies_go_on_when_their_token_has_expired(void **state HW_UNUSED)
{
    PLAY(STREAMS(STREAM("install.log")), EVENTS(EVENT("one") "," EVENT("two"), "f1"),
         EVENTS("", "f1"), STREAMS(STREAM("install.log")), "!InvalidParameterException",
         EVENTS(EVENT("one") "," EVENT("two") "," EVENT("three"), "g1"), EVENTS("", "g1"));
    begin(&hw_way_cloudwatch, false);
    wait_asked(3);
    end();
    begin(&hw_way_cloudwatch, false);
    wait_asked(7);
    assert_lines("install.log (CloudWatch): one\ninstall.log (CloudWatch): two\n"
                 "install.log (CloudWatch): three\n");
    assert_string_equal(hw_buf_cstr(&world.ends), "");
    assert_non_null(strstr(hw_buf_cstr(&world.requests),
                           "\"startFromHead\":true,\"startTime\":1764324000000}\n"));
}

static void a_request_that_is_wrong_ends(void **state HW_UNUSED)
{
    PLAY(STREAMS(STREAM("install.log")), "!InvalidParameterException");
    begin(&hw_way_cloudwatch, false);
    wait_asked(2);
    assert_null(world.session);
}

static void expect_no_copies(const char *end)
{
    begin(&hw_way_cloudwatch, false);
    wait_asked(1);
    assert_null(world.session);
    assert_string_equal(hw_buf_cstr(&world.ends), end);
}

static void no_log_group(void **state HW_UNUSED)
{
    PLAY("!ResourceNotFoundException");
    expect_no_copies("refused: there is no log group /hpcwiz/riskgrid\n");
}

static void nothing_of_this_node(void **state HW_UNUSED)
{
    PLAY(STREAMS("{\"logStreamName\":\"i-0123456789abcdef0/\"},{}"));
    expect_no_copies("lost: the log group /hpcwiz/riskgrid has nothing of this node\n");
}

static void on_closed(void *data HW_UNUSED)
{
    world.closed = true;
}

static void closing_tells_when_it_is_over(void **state HW_UNUSED)
{
    PLAY("one\n");
    begin(&hw_way_console, false);
    world.way->close(world.session, on_closed, NULL);
    world.session = NULL;
    wait_flag(world.loop, &world.closed);
}

int main(void)
{
#define WORLD_TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        WORLD_TEST(a_console_tells_each_line_once),
        WORLD_TEST(a_console_goes_on_in_another_session),
        WORLD_TEST(a_line_is_told_when_it_is_whole),
        WORLD_TEST(one_look_tells_the_rest_too),
        WORLD_TEST(old_instances_have_an_old_console),
        WORLD_TEST(what_is_denied_is_not_asked_again),
        WORLD_TEST(snapshots_go_on_where_the_last_one_ended),
        WORLD_TEST(no_agent),
        WORLD_TEST(an_agent_that_is_away),
        WORLD_TEST(who_may_not_send_is_refused),
        WORLD_TEST(a_reader_that_fails_says_why),
        WORLD_TEST(a_reader_that_writes_nothing),
        WORLD_TEST(answers_that_make_no_sense),
        WORLD_TEST(no_path_breaks_out_of_its_quotes),
        WORLD_TEST(the_reader_travels_well),
        WORLD_TEST(copies_come_once_and_go_on),
        WORLD_TEST(copies_go_on_in_another_session),
        WORLD_TEST(copies_go_on_when_their_token_has_expired),
        WORLD_TEST(a_request_that_is_wrong_ends),
        WORLD_TEST(no_log_group),
        WORLD_TEST(nothing_of_this_node),
        WORLD_TEST(closing_tells_when_it_is_over),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
