/* SPDX-License-Identifier: Apache-2.0 */
/* The client against a server that plays a script on the same loop: what it sends, what it makes
 * of every kind of answer, and what it does when there is none. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "aws/parts.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/text.h"
#include "tests/unit/scripted.h"

struct fixture {
    struct hw_loop *loop;
    struct scripted server;
    struct hw_sink sink;
    struct hw_buf notices;
    char *folder, *log;
    struct hw_aws *aws;
    int replies, errors;
    struct hw_err err;
    char text[256]; /* what the last reply said */
};

static void on_event(void *data, const struct hw_event *event)
{
    struct fixture *f = data;
    if (event->type == HW_EV_NOTICE)
        hw_buf_print(&f->notices, "%s\n", event->u.notice.text);
}

static int setup(void **state)
{
    struct fixture *f = HW_NEW(struct fixture);
    struct hw_err err = {0};
    f->notices = (struct hw_buf)HW_BUF(HW_MAX_TEXT);
    f->sink = (struct hw_sink){on_event, f};
    f->loop = hw_loop_new(&err);
    hw_auto_text url = hw_format("http://127.0.0.1:%u", scripted_open(&f->server, f->loop));
    assert_true(hw_dir_private("t-aws-client-", &f->folder, &err));
    f->log = hw_path_join(f->folder, "calls.log");
    setenv("AWS_CONFIG_FILE", "/nonexistent", 1);
    setenv("AWS_SHARED_CREDENTIALS_FILE", "/nonexistent", 1);
    setenv("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE", 1);
    setenv("AWS_SECRET_ACCESS_KEY", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", 1);
    setenv("AWS_SESSION_TOKEN", "SESSIONTOKENEXAMPLE", 1);
    setenv("http_proxy", "http://127.0.0.1:1", 1); /* never for loopback */
    struct hw_aws_options options = {
        .region = "eu-central-1", .endpoint_url = url, .log_file = f->log, .sink = &f->sink};
    f->aws = hw_aws_new(f->loop, NULL, &options, &err);
    assert_non_null(f->aws);
    hw_aws_set_tuning(f->aws, &(struct hw_aws_tuning){2000, 20000, 65536, 0.0});
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    hw_aws_free(f->aws);
    scripted_close(&f->server);
    hw_loop_free(f->loop);
    hw_dir_remove(f->folder, NULL);
    hw_buf_done(&f->notices);
    free(f->folder);
    free(f->log);
    free(f);
    return 0;
}

static void script(struct fixture *f, const struct scene *scenes, size_t count)
{
    f->server.scenes = scenes;
    f->server.scene_count = count;
}

static void on_reply(void *data, const struct hw_aws_reply *reply, const struct hw_err *err)
{
    struct fixture *f = data;
    assert_true(!reply != !err);
    if (err) {
        f->errors++;
        f->err = *err;
    } else {
        hw_auto_text text = reply->xml ? hw_xml_text(reply->xml, "Value") : hw_strdup("");
        const char *json = json_string_value(json_object_get(reply->json, "Value"));
        f->replies++;
        snprintf(f->text, sizeof f->text, "%s", json ? json : text);
    }
}

static void run(struct fixture *f, int answers)
{
    int64_t end_ms = hw_clock_monotonic_ms() + 60000; /* a watchdog, not a measure */
    while (f->replies + f->errors < answers && hw_clock_monotonic_ms() < end_ms)
        hw_loop_step(f->loop, 1000);
    assert_int_equal(f->replies + f->errors, answers);
}

static void ask(struct fixture *f, enum hw_aws_service service, const char *operation)
{
    hw_aws_send(f->aws, hw_aws_request_new(service, operation), on_reply, f);
    assert_int_equal(f->replies + f->errors, 0); /* never from inside the call */
    run(f, 1);
}

#define VPCS(value)                                                                                \
    "<?xml version=\"1.0\"?><DescribeVpcsResponse "                                                \
    "xmlns=\"http://ec2.amazonaws.com/doc/2016-11-15/\">"                                          \
    "<requestId>r-1</requestId><Value>" value "</Value></DescribeVpcsResponse>"
#define ERROR_EC2(code, message)                                                                   \
    "<Response><Errors><Error><Code>" code "</Code><Message>" message                              \
    "</Message></Error></Errors><RequestID>r-9</RequestID></Response>"
#define ERROR_QUERY(code, message)                                                                 \
    "<ErrorResponse><Error><Type>Sender</Type><Code>" code "</Code><Message>" message              \
    "</Message></Error><RequestId>r-8</RequestId></ErrorResponse>"

static const struct scene good = {"200 OK", "", VPCS("fine"), KEEP};

static void test_what_is_sent(void **state)
{
    struct fixture *f = *state;
    script(f, &good, 1);
    struct hw_aws_request *request = hw_aws_request_new(HW_AWS_EC2, "DescribeVpcs");
    hw_aws_param(request, "Filter.1.Name", "tag:a b");
    hw_aws_paramf(request, "x&y=\xC3\xA9", "Filter.%d.Value.%d", 1, 1);
    hw_aws_send(f->aws, request, on_reply, f);
    run(f, 1);
    assert_string_equal(f->text, "fine");
    const char *seen = f->server.seen[0];
    assert_true(hw_text_starts(seen, "POST / HTTP/1.1\r\n"));
    assert_non_null(strstr(seen, "Action=DescribeVpcs&Version=2016-11-15&Filter.1.Name=tag%3Aa%20b"
                                 "&Filter.1.Value.1=x%26y%3D%C3%A9"));
    assert_non_null(
        strstr(seen, "Authorization: AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/"));
    assert_non_null(strstr(seen, "/eu-central-1/ec2/aws4_request"));
    assert_non_null(strstr(seen, "X-Amz-Security-Token: SESSIONTOKENEXAMPLE\r\n"));
    assert_null(strstr(seen, "Expect:"));
    assert_null(strstr(seen, "wJalrXUtn"));
}

static void test_json_service(void **state)
{
    struct fixture *f = *state;
    static const struct scene scene = {"200 OK", "", "{\"Value\":\"there\"}", KEEP};
    script(f, &scene, 1);
    struct hw_aws_request *request = hw_aws_request_new(HW_AWS_SSM, "GetParameter");
    hw_aws_body_json(request, json_pack("{s:b}", "WithDecryption", 0));
    hw_aws_param(request, "Name", "/a/b");
    hw_aws_send(f->aws, request, on_reply, f);
    run(f, 1);
    assert_string_equal(f->text, "there");
    assert_non_null(strstr(f->server.seen[0], "X-Amz-Target: AmazonSSM.GetParameter\r\n"));
    assert_non_null(strstr(f->server.seen[0], "{\"WithDecryption\":false,\"Name\":\"/a/b\"}"));
}

static void test_s3_put(void **state)
{
    struct fixture *f = *state;
    static const struct scene scene = {"200 OK", "ETag: \"x\"\r\n", "", KEEP};
    script(f, &scene, 1);
    struct hw_aws_request *request = hw_aws_request_new(HW_AWS_S3, "PutObject");
    hw_aws_rest(request, "PUT", "/bucket/a b/../c.yaml");
    hw_aws_body(request, NULL, "text", 4);
    hw_aws_send(f->aws, request, on_reply, f);
    run(f, 1);
    assert_int_equal(f->replies, 1);
    assert_true(hw_text_starts(f->server.seen[0], "PUT /bucket/a%20b/../c.yaml HTTP/1.1\r\n"));
    assert_non_null(strstr(f->server.seen[0],
                           "X-Amz-Content-Sha256: 982d9e3eb996f559e633f4d194def3761d909f5a3b"));
    assert_null(strstr(f->server.seen[0], "Content-Type"));
}

static void test_reading_wrapped_results(void **state)
{
    struct fixture *f = *state;
    static const struct scene scene = {
        "200 OK", "",
        "<DescribeStacksResponse><DescribeStacksResult><Value>inner</Value></DescribeStacksResult>"
        "<ResponseMetadata><RequestId>r</RequestId></ResponseMetadata></DescribeStacksResponse>",
        KEEP};
    script(f, &scene, 1);
    ask(f, HW_AWS_CLOUDFORMATION, "DescribeStacks");
    assert_string_equal(f->text, "inner");
}

static void test_server_errors_are_retried(void **state)
{
    struct fixture *f = *state;
    static const struct scene scenes[] = {
        {"500 Internal Server Error", "", ERROR_EC2("InternalError", "oops"), KEEP},
        {"503 Service Unavailable", "", "<html>busy</html>", CLOSE},
        {"200 OK", "", VPCS("third time"), KEEP}};
    script(f, scenes, 3);
    ask(f, HW_AWS_EC2, "DescribeVpcs");
    assert_string_equal(f->text, "third time");
    assert_int_equal(f->server.played, 3);
}

static void test_three_attempts_and_no_more(void **state)
{
    struct fixture *f = *state;
    static const struct scene scene = {"503 Service Unavailable", "", "<html>busy</html>", KEEP};
    script(f, &scene, 1);
    ask(f, HW_AWS_EC2, "DescribeVpcs");
    assert_int_equal(f->server.played, 3);
    assert_int_equal(f->err.code, HW_ERR_SERVICE);
    assert_non_null(strstr(f->err.what, "503"));
}

static void test_writes_are_not_sent_twice(void **state)
{
    struct fixture *f = *state;
    static const struct scene scene = {"500 Internal Server Error", "", "", CLOSE};
    script(f, &scene, 1);
    ask(f, HW_AWS_CLOUDFORMATION, "ExecuteChangeSet");
    assert_int_equal(f->server.played, 1);
}

static void test_token_makes_a_write_repeatable(void **state)
{
    struct fixture *f = *state;
    static const struct scene scenes[] = {
        {NULL, "", "HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n<Crea", CLOSE},
        {"200 OK", "",
         "<CreateChangeSetResponse><CreateChangeSetResult><Value>set</Value>"
         "</CreateChangeSetResult></CreateChangeSetResponse>",
         KEEP}};
    script(f, scenes, 2);
    struct hw_aws_request *request = hw_aws_request_new(HW_AWS_CLOUDFORMATION, "CreateChangeSet");
    hw_aws_idempotent(request);
    hw_aws_send(f->aws, request, on_reply, f);
    run(f, 1);
    assert_string_equal(f->text, "set");
}

static void test_throttled_for_long(void **state)
{
    struct fixture *f = *state;
    struct scene scenes[9];
    for (size_t i = 0; i < 8; i++)
        scenes[i] = (struct scene){"503 Service Unavailable", "",
                                   ERROR_EC2("RequestLimitExceeded", "Rate exceeded"), KEEP};
    scenes[8] = good;
    script(f, scenes, 9);
    f->aws->budget.tokens = 20; /* the halved budget itself has its own test */
    ask(f, HW_AWS_EC2, "DescribeVpcs");
    assert_string_equal(f->text, "fine");
    assert_int_equal(f->server.played, 9);
    double rate, budget;
    hw_aws_rate(f->aws, &rate, &budget);
    assert_true(budget < 10);
    assert_non_null(strstr(hw_buf_cstr(&f->notices), "ec2 DescribeVpcs"));
}

static void test_malformed(void **state)
{
    struct fixture *f = *state;
    static const char *const bodies[] = {
        "<DescribeVpcsResponse><Value>cut", "", "<html><body>Sign in</body></html>",
        "<!DOCTYPE a [<!ENTITY b SYSTEM \"file:///etc/passwd\">]>"
        "<DescribeVpcsResponse><Value>&b;</Value></DescribeVpcsResponse>",
        "<!DOCTYPE a [<!ENTITY b \"bbbbbbbb\"><!ENTITY c \"&b;&b;&b;&b;\">]>"
        "<DescribeVpcsResponse><Value>&c;</Value></DescribeVpcsResponse>"};
    for (size_t i = 0; i < HW_COUNT(bodies); i++) {
        struct scene scene = {"200 OK", "", bodies[i], KEEP};
        script(f, &scene, 1);
        f->replies = f->errors = 0;
        ask(f, HW_AWS_EC2, "DescribeVpcs");
        assert_int_equal(f->errors, 1);
        assert_int_equal(f->err.code, HW_ERR_PROTOCOL);
        assert_non_null(strstr(f->err.what, "127.0.0.1"));
    }
}

static void test_malformed_json(void **state)
{
    struct fixture *f = *state;
    static const struct scene scenes[] = {{"200 OK", "", "{\"Value\": \"cu", KEEP},
                                          {"200 OK", "", "[1]", KEEP},
                                          {"200 OK", "", "{\"Value\":\"ok\"}", KEEP}};
    script(f, scenes, 3);
    ask(f, HW_AWS_SSM, "GetParameter");
    assert_string_equal(f->text, "ok");
}

static void test_wrong_length(void **state)
{
    struct fixture *f = *state;
    static const struct scene scenes[] = {
        {"200 OK", "Content-Length: 4000\r\n", VPCS("short"), CLOSE},
        {"200 OK", "", VPCS("whole"), KEEP}};
    script(f, scenes, 2);
    ask(f, HW_AWS_EC2, "DescribeVpcs");
    assert_string_equal(f->text, "whole");
}

static void test_reset(void **state)
{
    struct fixture *f = *state;
    static const struct scene scenes[] = {{NULL, "", "", RESET},
                                          {NULL, "", "HTTP/1.1 2", CLOSE},
                                          {"200 OK", "", VPCS("at last"), KEEP}};
    script(f, scenes, 3);
    ask(f, HW_AWS_EC2, "DescribeVpcs");
    assert_string_equal(f->text, "at last");
}

static void test_no_http_at_all(void **state)
{
    struct fixture *f = *state;
    static const struct scene scene = {NULL, "", "SSH-2.0-OpenSSH_9.2\r\n", CLOSE};
    script(f, &scene, 1);
    ask(f, HW_AWS_EC2, "DescribeVpcs");
    assert_int_equal(f->err.code, HW_ERR_NETWORK);
    assert_true(f->err.next[0]);
}

static void test_slow(void **state)
{
    struct fixture *f = *state;
    static const struct scene scene = {"200 OK", "", "", HOLD};
    script(f, &scene, 1);
    hw_aws_set_tuning(f->aws, &(struct hw_aws_tuning){2000, 50, 65536, 0.0});
    ask(f, HW_AWS_EC2, "DescribeVpcs");
    assert_int_equal(f->err.code, HW_ERR_NETWORK);
    assert_int_equal(f->server.played, 3);
    assert_non_null(strstr(f->err.what, "http://127.0.0.1:"));
}

static void test_nobody_there(void **state)
{
    struct fixture *f = *state;
    script(f, &good, 1);
    hw_replace(&f->aws->endpoint_option, "http://127.0.0.1:1");
    ask(f, HW_AWS_CLOUDFORMATION, "ExecuteChangeSet");
    assert_int_equal(f->err.code, HW_ERR_NETWORK);
    assert_non_null(strstr(f->err.what, "http://127.0.0.1:1"));
    assert_true(f->err.next[0]);
}

static void test_too_large(void **state)
{
    struct fixture *f = *state;
    hw_auto_text body = hw_alloc(70000);
    memset(body, 'x', 69999);
    struct scene scene = {"200 OK", "", body, CLOSE};
    script(f, &scene, 1);
    ask(f, HW_AWS_EC2, "DescribeVpcs");
    assert_int_equal(f->err.code, HW_ERR_LIMIT);
    assert_int_equal(f->server.played, 1);
}

struct expected {
    const char *status, *body;
    enum hw_aws_service service;
    const char *operation;
    enum hw_code code;
    const char *service_code, *what;
};

static const struct expected errors[] = {
    {"400 Bad Request", ERROR_QUERY("ExpiredToken", "The security token is expired"), HW_AWS_STS,
     "GetCallerIdentity", HW_ERR_AUTH, "ExpiredToken", "expired"},
    {"403 Forbidden", ERROR_QUERY("InvalidClientTokenId", "no"), HW_AWS_STS, "GetCallerIdentity",
     HW_ERR_AUTH, "InvalidClientTokenId", "no"},
    {"403 Forbidden", ERROR_QUERY("SignatureDoesNotMatch", "no"), HW_AWS_IAM,
     "ListInstanceProfiles", HW_ERR_AUTH, "SignatureDoesNotMatch", "no"},
    {"403 Forbidden",
     ERROR_EC2("UnauthorizedOperation", "You may not. Encoded authorization failure message: abc"),
     HW_AWS_EC2, "DescribeVpcs", HW_ERR_AUTH, "UnauthorizedOperation", "You may not."},
    {"400 Bad Request", ERROR_QUERY("ValidationError", "Stack with id x does not exist"),
     HW_AWS_CLOUDFORMATION, "DescribeStacks", HW_ERR_NOT_FOUND, "ValidationError",
     "does not exist"},
    {"400 Bad Request", ERROR_EC2("InvalidVpcID.NotFound", "gone"), HW_AWS_EC2, "DescribeVpcs",
     HW_ERR_NOT_FOUND, "InvalidVpcID.NotFound", "gone"},
    {"400 Bad Request", "{\"__type\":\"com.amazonaws.ssm#ParameterNotFound\",\"message\":\"m\"}",
     HW_AWS_SSM, "GetParameter", HW_ERR_NOT_FOUND, "ParameterNotFound", "m"},
    {"400 Bad Request", "{\"__type\":\"AccessDeniedException\",\"Message\":\"M\"}", HW_AWS_SSM,
     "GetParameter", HW_ERR_AUTH, "AccessDeniedException", "M"},
    {"404 Not Found", "<Error><Code>NoSuchBucket</Code><Message>none</Message></Error>", HW_AWS_S3,
     "GetBucketLocation", HW_ERR_NOT_FOUND, "NoSuchBucket", "none"},
    {"400 Bad Request", ERROR_QUERY("AlreadyExistsException", "it is"), HW_AWS_CLOUDFORMATION,
     "CreateStack", HW_ERR_SERVICE, "AlreadyExistsException", "it is"},
    {"400 Bad Request", ERROR_EC2("X", "red \x1b[31m alert"), HW_AWS_EC2, "DescribeVpcs",
     HW_ERR_SERVICE, "", "400"}, /* ESC is not allowed in XML at all */
    {"418 Teapot", "short and stout", HW_AWS_EC2, "DescribeVpcs", HW_ERR_SERVICE, "", "418"},
};

static void test_errors_of_all_protocols(void **state)
{
    struct fixture *f = *state;
    for (size_t i = 0; i < HW_COUNT(errors); i++) {
        struct scene scene = {errors[i].status, "", errors[i].body, KEEP};
        script(f, &scene, 1);
        f->replies = f->errors = 0;
        ask(f, errors[i].service, errors[i].operation);
        assert_int_equal(f->errors, 1);
        assert_int_equal(f->err.code, errors[i].code);
        assert_string_equal(f->err.service_code, errors[i].service_code);
        assert_non_null(strstr(f->err.what, errors[i].what));
        assert_null(strstr(f->err.what, "Encoded"));
        assert_true(f->err.code != HW_ERR_AUTH || f->err.next[0]);
    }
}

static void test_json_text_is_cleaned(void **state)
{
    struct fixture *f = *state;
    static const struct scene scene = {
        "400 Bad Request", "", "{\"__type\":\"E\",\"message\":\"red \\u001b[31m\\nalert\"}", KEEP};
    script(f, &scene, 1);
    ask(f, HW_AWS_SSM, "GetParameter");
    assert_null(strchr(f->err.what, '\x1b'));
    assert_null(strchr(f->err.what, '\n'));
}

static void test_clock_is_corrected_once(void **state)
{
    struct fixture *f = *state;
    static const struct scene scenes[] = {
        {"403 Forbidden", "Date: Sun, 30 Aug 2015 12:36:00 GMT\r\n",
         ERROR_QUERY("SignatureDoesNotMatch", "Signature expired"), KEEP},
        {"200 OK", "",
         "<GetCallerIdentityResponse><GetCallerIdentityResult><Value>me</Value>"
         "</GetCallerIdentityResult></GetCallerIdentityResponse>",
         KEEP}};
    script(f, scenes, 2);
    ask(f, HW_AWS_STS, "GetCallerIdentity");
    assert_string_equal(f->text, "me");
    assert_non_null(strstr(f->server.seen[1], "X-Amz-Date: 20150830T123"));
    assert_non_null(strstr(hw_buf_cstr(&f->notices), "clock"));
    assert_non_null(strstr(hw_buf_cstr(&f->notices), "minutes fast"));
    script(f, scenes, 1); /* the same error with the right time: the key is wrong after all */
    f->server.played = 0;
    f->replies = 0;
    ask(f, HW_AWS_STS, "GetCallerIdentity");
    assert_int_equal(f->err.code, HW_ERR_AUTH);
    assert_int_equal(f->server.played, 1);
}

static void test_log_file(void **state)
{
    struct fixture *f = *state;
    static const struct scene scenes[] = {
        {"200 OK", "x-amzn-RequestId: 11111111-2222\r\n", VPCS("fine"), KEEP},
        {"400 Bad Request", "", ERROR_EC2("Nope", "n"), KEEP}};
    hw_auto(hw_buf) log = HW_BUF(HW_MAX_FILE);
    script(f, scenes, 2);
    ask(f, HW_AWS_EC2, "DescribeVpcs");
    f->replies = 0;
    ask(f, HW_AWS_EC2, "DescribeVpcs");
    assert_true(hw_file_read(f->log, &log, NULL));
    assert_non_null(strstr(log.data, " ec2 DescribeVpcs 200 "));
    assert_non_null(strstr(log.data, " 11111111-2222 attempt=1\n"));
    assert_non_null(strstr(log.data, " ec2 DescribeVpcs 400 "));
    assert_non_null(strstr(log.data, "error=Nope"));
    assert_null(strstr(log.data, "TOKEN"));
    assert_null(strstr(log.data, "Signature"));
}

static void test_no_credentials(void **state)
{
    struct fixture *f = *state;
    script(f, &good, 1);
    unsetenv("AWS_ACCESS_KEY_ID");
    unsetenv("AWS_SECRET_ACCESS_KEY");
    ask(f, HW_AWS_EC2, "DescribeVpcs");
    assert_int_equal(f->err.code, HW_ERR_AUTH);
    assert_int_equal(f->server.played, 0);
}

static void test_expired_keys_are_read_again(void **state)
{
    struct fixture *f = *state;
    static const struct scene scenes[] = {
        {"400 Bad Request", "", ERROR_QUERY("ExpiredToken", "expired"), KEEP},
        {"200 OK", "", VPCS("fine"), KEEP}};
    script(f, scenes, 2);
    ask(f, HW_AWS_STS, "GetCallerIdentity");
    assert_int_equal(f->errors, 1);
    setenv("AWS_ACCESS_KEY_ID", "ASIAIOSFODNN7EXAMPLE", 1);
    f->errors = 0;
    ask(f, HW_AWS_EC2, "DescribeVpcs");
    assert_non_null(strstr(f->server.seen[1], "Credential=ASIAIOSFODNN7EXAMPLE/"));
}

static void test_many_at_once(void **state)
{
    struct fixture *f = *state;
    script(f, &good, 1);
    f->aws->budget.tokens = 20;
    for (int i = 0; i < 19; i++)
        hw_aws_send(f->aws, hw_aws_request_new(HW_AWS_EC2, "DescribeVpcs"), on_reply, f);
    run(f, 19);
    assert_int_equal(f->replies, 19);
}

static void test_cancel_and_free(void **state)
{
    struct fixture *f = *state;
    static const struct scene scene = {"200 OK", "", "", HOLD};
    struct hw_aws_call *calls[6];
    script(f, &scene, 1);
    for (size_t i = 0; i < HW_COUNT(calls); i++)
        calls[i] = hw_aws_send(f->aws, hw_aws_request_new(HW_AWS_EC2, "DescribeVpcs"), on_reply, f);
    hw_aws_cancel(calls[0]); /* before it began */
    while (f->server.played < 5)
        hw_loop_step(f->loop, 1000);
    hw_aws_cancel(calls[1]); /* under way */
    hw_aws_cancel(NULL);
    for (int i = 0; i < 5; i++)
        hw_loop_step(f->loop, 0);
    assert_int_equal(f->replies + f->errors, 0);
    /* teardown frees the client with four calls under way */
}

static void on_reply_free(void *data, const struct hw_aws_reply *reply, const struct hw_err *err)
{
    struct fixture *f = data;
    on_reply(data, reply, err);
    hw_aws_free(f->aws);
    f->aws = NULL;
}

static void test_free_from_a_callback(void **state)
{
    struct fixture *f = *state;
    script(f, &good, 1);
    hw_aws_send(f->aws, hw_aws_request_new(HW_AWS_EC2, "DescribeVpcs"), on_reply_free, f);
    hw_aws_send(f->aws, hw_aws_request_new(HW_AWS_EC2, "DescribeVpcs"), on_reply_free, f);
    run(f, 1);
    for (int i = 0; i < 5; i++)
        hw_loop_step(f->loop, 0);
    assert_int_equal(f->replies, 1);
}

static void test_budget(void **state HW_UNUSED)
{
    struct hw_budget budget;
    hw_budget_init(&budget, 1000);
    for (int i = 0; i < 20; i++)
        assert_int_equal(hw_budget_take(&budget, 1000), 0);
    int64_t wait_ms = hw_budget_take(&budget, 1000);
    assert_in_range(wait_ms, 90, 110);
    assert_int_equal(hw_budget_take(&budget, 1000 + wait_ms), 0);
    assert_true(hw_budget_per_second(&budget, 1000 + wait_ms) > 20);
    hw_budget_throttled(&budget, 5000);
    hw_budget_throttled(&budget, 5100); /* of the same burst */
    assert_true(budget.rate > 4.9 && budget.rate < 5.1);
    for (int i = 0; i < 20; i++)
        hw_budget_throttled(&budget, 10000 + i * 1000);
    assert_true(budget.rate >= 0.5);
    hw_budget_take(&budget, 29100);
    hw_budget_take(&budget, 129100);
    assert_true(budget.rate > 9.9 && budget.rate <= 10);
}

static void test_retry_rules(void **state HW_UNUSED)
{
    assert_int_equal(hw_retry_delay_ms(HW_FAILURE_NONE, true, 1, 0, 0.5), -1);
    assert_int_equal(hw_retry_delay_ms(HW_FAILURE_FINAL, true, 1, 0, 0.5), -1);
    assert_int_equal(hw_retry_delay_ms(HW_FAILURE_LOST, false, 1, 0, 0.5), -1);
    assert_int_equal(hw_retry_delay_ms(HW_FAILURE_LOST, true, 1, 0, 0.5), 500);
    assert_int_equal(hw_retry_delay_ms(HW_FAILURE_LOST, true, 2, 0, 0.5), 1000);
    assert_int_equal(hw_retry_delay_ms(HW_FAILURE_LOST, true, 3, 0, 0.5), -1);
    assert_true(hw_retry_delay_ms(HW_FAILURE_LOST, true, 12, 10, 0.5) >= 0);
    assert_int_equal(hw_retry_delay_ms(HW_FAILURE_NOT_SENT, false, 1, 0, 0.5), 500);
    int64_t longest = 0, all = 0;
    for (unsigned i = 1; hw_retry_delay_ms(HW_FAILURE_THROTTLED, false, i, i, 0) >= 0; i++) {
        int64_t ms = hw_retry_delay_ms(HW_FAILURE_THROTTLED, false, i, i, 0);
        longest = ms > longest ? ms : longest;
        all += ms;
    }
    assert_int_equal(longest, 10000);
    assert_true(all > 5 * 60 * 1000);
}

static void test_retry_quota(void **state HW_UNUSED)
{
    struct hw_retry_quota quota;
    int taken = 0;
    hw_retry_quota_init(&quota);
    while (hw_retry_quota_take(&quota, false))
        taken++;
    assert_int_equal(taken, 100);
    for (int i = 0; i < 5; i++)
        hw_retry_quota_give(&quota, 1);
    assert_true(hw_retry_quota_take(&quota, false));
    hw_retry_quota_give(&quota, 2); /* what a call took, it gives back when it succeeds */
    assert_false(hw_retry_quota_take(&quota, true));
    assert_true(hw_retry_quota_take(&quota, false));
    for (int i = 0; i < 1000; i++)
        hw_retry_quota_give(&quota, 2);
    assert_int_equal(quota.tokens, 500);
}

/* A service that is down is not beaten by everybody for ever. */
static void test_quota_ends_retries(void **state)
{
    struct fixture *f = *state;
    static const struct scene scene = {"500 Internal Server Error", "", "", KEEP};
    script(f, &scene, 1);
    f->aws->quota.tokens = 5;
    ask(f, HW_AWS_EC2, "DescribeVpcs");
    assert_int_equal(f->errors, 1);
    assert_int_equal(f->server.played, 2);
}

/* Ten minutes off is corrected, three are let be: services take them. */
static void test_clock_off_by_minutes(void **state)
{
    struct fixture *f = *state;
    static const int minutes[] = {3, 10, -10};
    for (size_t i = 0; i < HW_COUNT(minutes); i++) {
        time_t then = (time_t)(hw_clock_wall_ms() / 1000) + minutes[i] * 60;
        char date[64];
        struct tm parts;
        gmtime_r(&then, &parts);
        strftime(date, sizeof date, "Date: %a, %d %b %Y %H:%M:%S GMT\r\n", &parts);
        const struct scene scenes[] = {
            {"403 Forbidden", date, ERROR_EC2("RequestExpired", "Request has expired."), KEEP},
            good};
        script(f, scenes, 2);
        f->server.played = 0;
        f->replies = f->errors = 0;
        f->aws->skew_ms = 0;
        ask(f, HW_AWS_EC2, "DescribeVpcs");
        bool corrected = minutes[i] != 3;
        assert_int_equal(f->replies, corrected ? 1 : 0);
        int64_t rest_ms = f->aws->skew_ms - (corrected ? minutes[i] * 60000 : 0);
        assert_true(rest_ms > -60000 && rest_ms < 60000);
    }
    assert_non_null(strstr(hw_buf_cstr(&f->notices), "minutes slow"));
    assert_non_null(strstr(hw_buf_cstr(&f->notices), "minutes fast"));
}

/* AWS's own hosts are asked through the proxy, but for those that NO_PROXY names. */
static void test_proxy(void **state)
{
    struct fixture *f = *state;
    static const struct scene scene = {"403 Forbidden", "", "no", CLOSE};
    struct hw_err err = {0};
    hw_auto_text proxy = hw_strdup(f->aws->endpoint_option);
    script(f, &scene, 1);
    setenv("HTTPS_PROXY", proxy, 1);
    hw_aws_free(f->aws);
    f->aws = hw_aws_new(f->loop, NULL, &(struct hw_aws_options){.region = "eu-central-1"}, &err);
    hw_aws_set_tuning(f->aws, &(struct hw_aws_tuning){2000, 20000, 65536, 0.0});
    ask(f, HW_AWS_EC2, "DescribeVpcs");
    assert_int_equal(f->errors, 1);
    assert_true(hw_text_starts(f->server.seen[0],
                               "CONNECT ec2.eu-central-1.amazonaws.com:443 HTTP/1.1\r\n"));
    assert_null(strstr(f->server.seen[0], "Authorization"));
    size_t before = f->server.seen_count;
    setenv("NO_PROXY", "ssm.eu-central-1.amazonaws.com", 1);
    hw_aws_set_tuning(f->aws, &(struct hw_aws_tuning){50, 50, 65536, 0.0});
    f->errors = 0;
    ask(f, HW_AWS_SSM, "GetParameter");
    unsetenv("HTTPS_PROXY");
    unsetenv("NO_PROXY");
    assert_int_equal(f->errors, 1);
    assert_int_equal(f->server.seen_count, before);
}

/* Who may not do what, and whom to ask. */
static void test_denied(void **state)
{
    struct fixture *f = *state;
    static const struct scene scenes[] = {
        {"403 Forbidden", "",
         ERROR_EC2("UnauthorizedOperation",
                   "You are not authorized to perform this operation. User: "
                   "arn:aws:iam::123456789012:user/anna is not authorized to perform: "
                   "ec2:DescribeVpcs because no identity-based policy allows the "
                   "ec2:DescribeVpcs action. Encoded authorization failure message: 4fYv"),
         KEEP},
        {"403 Forbidden", "", ERROR_EC2("UnauthorizedOperation", "You may not."), KEEP}};
    script(f, scenes, 2);
    ask(f, HW_AWS_EC2, "DescribeVpcs");
    assert_int_equal(hw_err_exit_status(&f->err), 4);
    assert_string_equal(f->err.what,
                        "ec2 DescribeVpcs: access denied: arn:aws:iam::123456789012:user/anna may "
                        "not do ec2:DescribeVpcs on * (UnauthorizedOperation)");
    assert_non_null(strstr(f->err.next, "allow ec2:DescribeVpcs on * (no identity-based policy"));
    assert_string_equal(f->err.service_code, "UnauthorizedOperation");
    f->errors = 0;
    ask(f, HW_AWS_EC2, "DescribeVpcs");
    assert_non_null(strstr(f->err.next, "allow ec2:DescribeVpcs"));
}

static void test_region_not_enabled(void **state)
{
    struct fixture *f = *state;
    static const struct scene scene = {
        "401 Unauthorized", "",
        ERROR_EC2("AuthFailure", "AWS was not able to validate the provided access credentials"),
        KEEP};
    script(f, &scene, 1);
    hw_aws_set_region(f->aws, "me-south-1");
    ask(f, HW_AWS_EC2, "DescribeVpcs");
    assert_non_null(strstr(f->err.next, "me-south-1"));
    hw_aws_set_region(f->aws, "eu-central-1");
    f->errors = 0;
    ask(f, HW_AWS_EC2, "DescribeVpcs");
    assert_null(strstr(f->err.next, "enabled"));
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_what_is_sent),
        CASE(test_json_service),
        CASE(test_s3_put),
        CASE(test_reading_wrapped_results),
        CASE(test_server_errors_are_retried),
        CASE(test_three_attempts_and_no_more),
        CASE(test_writes_are_not_sent_twice),
        CASE(test_token_makes_a_write_repeatable),
        CASE(test_throttled_for_long),
        CASE(test_malformed),
        CASE(test_malformed_json),
        CASE(test_wrong_length),
        CASE(test_reset),
        CASE(test_no_http_at_all),
        CASE(test_slow),
        CASE(test_nobody_there),
        CASE(test_too_large),
        CASE(test_errors_of_all_protocols),
        CASE(test_json_text_is_cleaned),
        CASE(test_clock_is_corrected_once),
        CASE(test_log_file),
        CASE(test_no_credentials),
        CASE(test_expired_keys_are_read_again),
        CASE(test_many_at_once),
        CASE(test_cancel_and_free),
        CASE(test_free_from_a_callback),
        cmocka_unit_test(test_budget),
        cmocka_unit_test(test_retry_rules),
        cmocka_unit_test(test_retry_quota),
        CASE(test_quota_ends_retries),
        CASE(test_clock_off_by_minutes),
        CASE(test_proxy),
        CASE(test_denied),
        CASE(test_region_not_enabled),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
