/* SPDX-License-Identifier: Apache-2.0 */
/* The client against a server that plays a script on the same loop: what it sends, what it makes
 * of answers and of errors. */
#include "tests/unit/aws-fixture.h"

#include "base/clock.h"
#include "base/file.h"
#include "base/text.h"

static void test_what_is_sent(void **state)
{
    struct aws_fixture *f = *state;
    aws_script(f, &aws_good, 1);
    struct hw_aws_request *request = hw_aws_request_new(HW_AWS_EC2, "DescribeVpcs");
    hw_aws_param(request, "Filter.1.Name", "tag:a b");
    hw_aws_paramf(request, "x&y=\xC3\xA9", "Filter.%d.Value.%d", 1, 1);
    hw_aws_send(f->aws, request, aws_on_reply, f);
    aws_run(f, 1);
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
    struct aws_fixture *f = *state;
    static const struct scene scene = {"200 OK", "", "{\"Value\":\"there\"}", KEEP};
    aws_script(f, &scene, 1);
    struct hw_aws_request *request = hw_aws_request_new(HW_AWS_SSM, "GetParameter");
    hw_aws_body_json(request, json_pack("{s:b}", "WithDecryption", 0));
    hw_aws_param(request, "Name", "/a/b");
    hw_aws_send(f->aws, request, aws_on_reply, f);
    aws_run(f, 1);
    assert_string_equal(f->text, "there");
    assert_non_null(strstr(f->server.seen[0], "X-Amz-Target: AmazonSSM.GetParameter\r\n"));
    assert_non_null(strstr(f->server.seen[0], "{\"WithDecryption\":false,\"Name\":\"/a/b\"}"));
}

static void test_s3_put(void **state)
{
    struct aws_fixture *f = *state;
    static const struct scene scene = {"200 OK", "ETag: \"x\"\r\n", "", KEEP};
    aws_script(f, &scene, 1);
    struct hw_aws_request *request = hw_aws_request_new(HW_AWS_S3, "PutObject");
    hw_aws_rest(request, "PUT", "/bucket/a b/../c.yaml");
    hw_aws_body(request, NULL, "text", 4);
    hw_aws_send(f->aws, request, aws_on_reply, f);
    aws_run(f, 1);
    assert_int_equal(f->replies, 1);
    assert_true(hw_text_starts(f->server.seen[0], "PUT /bucket/a%20b/../c.yaml HTTP/1.1\r\n"));
    assert_non_null(strstr(f->server.seen[0],
                           "X-Amz-Content-Sha256: 982d9e3eb996f559e633f4d194def3761d909f5a3b"));
    assert_null(strstr(f->server.seen[0], "Content-Type"));
}

static void test_reading_wrapped_results(void **state)
{
    struct aws_fixture *f = *state;
    static const struct scene scene = {
        "200 OK", "",
        "<DescribeStacksResponse><DescribeStacksResult><Value>inner</Value></DescribeStacksResult>"
        "<ResponseMetadata><RequestId>r</RequestId></ResponseMetadata></DescribeStacksResponse>",
        KEEP};
    aws_script(f, &scene, 1);
    aws_ask(f, HW_AWS_CLOUDFORMATION, "DescribeStacks");
    assert_string_equal(f->text, "inner");
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
    struct aws_fixture *f = *state;
    for (size_t i = 0; i < HW_COUNT(errors); i++) {
        struct scene scene = {errors[i].status, "", errors[i].body, KEEP};
        aws_script(f, &scene, 1);
        f->replies = f->errors = 0;
        aws_ask(f, errors[i].service, errors[i].operation);
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
    struct aws_fixture *f = *state;
    static const struct scene scene = {
        "400 Bad Request", "", "{\"__type\":\"E\",\"message\":\"red \\u001b[31m\\nalert\"}", KEEP};
    aws_script(f, &scene, 1);
    aws_ask(f, HW_AWS_SSM, "GetParameter");
    assert_null(strchr(f->err.what, '\x1b'));
    assert_null(strchr(f->err.what, '\n'));
}

static void test_log_file(void **state)
{
    struct aws_fixture *f = *state;
    static const struct scene scenes[] = {
        {"200 OK", "x-amzn-RequestId: 11111111-2222\r\n", VPCS("fine"), KEEP},
        {"400 Bad Request", "", ERROR_EC2("Nope", "n"), KEEP}};
    hw_auto(hw_buf) log = HW_BUF(HW_MAX_FILE);
    aws_script(f, scenes, 2);
    aws_ask(f, HW_AWS_EC2, "DescribeVpcs");
    f->replies = 0;
    aws_ask(f, HW_AWS_EC2, "DescribeVpcs");
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
    struct aws_fixture *f = *state;
    aws_script(f, &aws_good, 1);
    unsetenv("AWS_ACCESS_KEY_ID");
    unsetenv("AWS_SECRET_ACCESS_KEY");
    aws_ask(f, HW_AWS_EC2, "DescribeVpcs");
    assert_int_equal(f->err.code, HW_ERR_AUTH);
    assert_int_equal(f->server.played, 0);
}

static void test_expired_keys_are_read_again(void **state)
{
    struct aws_fixture *f = *state;
    static const struct scene scenes[] = {
        {"400 Bad Request", "", ERROR_QUERY("ExpiredToken", "expired"), KEEP},
        {"200 OK", "", VPCS("fine"), KEEP}};
    aws_script(f, scenes, 2);
    aws_ask(f, HW_AWS_STS, "GetCallerIdentity");
    assert_int_equal(f->errors, 1);
    setenv("AWS_ACCESS_KEY_ID", "ASIAIOSFODNN7EXAMPLE", 1);
    f->errors = 0;
    aws_ask(f, HW_AWS_EC2, "DescribeVpcs");
    assert_non_null(strstr(f->server.seen[1], "Credential=ASIAIOSFODNN7EXAMPLE/"));
}

static void test_many_at_once(void **state)
{
    struct aws_fixture *f = *state;
    aws_script(f, &aws_good, 1);
    f->aws->budget.tokens = 20;
    for (int i = 0; i < 19; i++)
        hw_aws_send(f->aws, hw_aws_request_new(HW_AWS_EC2, "DescribeVpcs"), aws_on_reply, f);
    aws_run(f, 19);
    assert_int_equal(f->replies, 19);
}

/* What left in which order: 'p' patient, 'v' not. All stand in the queue before the first may. */
static void leave_in_order(struct aws_fixture *f, unsigned patient, unsigned others,
                           char *ret_order)
{
    unsigned total = patient + others;
    aws_script(f, &aws_good, 1);
    f->aws->budget.tokens = 0; /* one at a time */
    for (unsigned i = 0; i < patient; i++) {
        struct hw_aws_request *request = hw_aws_request_new(HW_AWS_EC2, "DescribeVpcs");
        hw_aws_param(request, "MaxResults", "5");
        hw_aws_patient(request);
        hw_aws_send(f->aws, request, aws_on_reply, f);
    }
    for (unsigned i = 0; i < others; i++)
        hw_aws_send(f->aws, hw_aws_request_new(HW_AWS_EC2, "DescribeVpcs"), aws_on_reply, f);
    aws_run(f, (int)total);
    for (unsigned i = 0; i < total; i++)
        ret_order[i] = strstr(f->server.seen[i], "MaxResults") ? 'p' : 'v';
    ret_order[total] = '\0';
}

static void test_patient_ones_let_others_pass(void **state)
{
    char order[10];
    leave_in_order(*state, 5, 3, order);
    assert_string_equal(order, "vvvppppp");
}

static void test_patient_ones_leave_too(void **state)
{
    char order[15];
    leave_in_order(*state, 2, 12, order);
    assert_string_equal(order, "vvvpvvvpvvvvvv");
}

static void test_patient_ones_leave_a_reserve(void **state HW_UNUSED)
{
    struct hw_budget budget;
    hw_budget_init(&budget, 1000);
    for (int i = 0; i < 10; i++)
        assert_int_equal(hw_budget_take_spare(&budget, 1000), 0);
    assert_in_range(hw_budget_take_spare(&budget, 1000), 90, 110);
    for (int i = 0; i < 10; i++)
        assert_int_equal(hw_budget_take(&budget, 1000), 0);
    assert_in_range(hw_budget_take(&budget, 1000), 90, 110);
    for (int i = 0; i < 20; i++)
        hw_budget_throttled(&budget, 2000 + i * 1000);
    assert_int_equal(hw_budget_take_spare(&budget, 24000),
                     0); /* so slow, a reserve would starve them */
}

static void test_cancel_and_free(void **state)
{
    struct aws_fixture *f = *state;
    static const struct scene scene = {"200 OK", "", "", HOLD};
    struct hw_aws_call *calls[6];
    aws_script(f, &scene, 1);
    for (size_t i = 0; i < HW_COUNT(calls); i++)
        calls[i] =
            hw_aws_send(f->aws, hw_aws_request_new(HW_AWS_EC2, "DescribeVpcs"), aws_on_reply, f);
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
    struct aws_fixture *f = data;
    aws_on_reply(data, reply, err);
    hw_aws_free(f->aws);
    f->aws = NULL;
}

static void test_free_from_a_callback(void **state)
{
    struct aws_fixture *f = *state;
    aws_script(f, &aws_good, 1);
    hw_aws_send(f->aws, hw_aws_request_new(HW_AWS_EC2, "DescribeVpcs"), on_reply_free, f);
    hw_aws_send(f->aws, hw_aws_request_new(HW_AWS_EC2, "DescribeVpcs"), on_reply_free, f);
    aws_run(f, 1);
    for (int i = 0; i < 5; i++)
        hw_loop_step(f->loop, 0);
    assert_int_equal(f->replies, 1);
}

static void test_rate_shown_is_the_rate_kept(void **state HW_UNUSED)
{
    struct hw_budget budget;
    hw_budget_init(&budget, 1000);
    int64_t now_ms = 1000;
    for (int64_t wait_ms; now_ms < 31000; now_ms += wait_ms) {
        wait_ms = hw_budget_take(&budget, now_ms);
        assert_true(hw_budget_per_second(&budget, now_ms) <= 12.05); /* the first burst of 20 */
    }
    double rate = hw_budget_per_second(&budget, now_ms);
    assert_true(rate > 9 && rate < 10.05);
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
    double rate = hw_budget_per_second(&budget, 1000 + wait_ms);
    assert_true(rate > 2.09 && rate < 2.11); /* 21 within ten seconds */
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        AWS_CASE(test_what_is_sent),
        AWS_CASE(test_json_service),
        AWS_CASE(test_s3_put),
        AWS_CASE(test_reading_wrapped_results),
        AWS_CASE(test_errors_of_all_protocols),
        AWS_CASE(test_json_text_is_cleaned),
        AWS_CASE(test_log_file),
        AWS_CASE(test_no_credentials),
        AWS_CASE(test_expired_keys_are_read_again),
        AWS_CASE(test_many_at_once),
        AWS_CASE(test_cancel_and_free),
        AWS_CASE(test_free_from_a_callback),
        AWS_CASE(test_patient_ones_let_others_pass),
        AWS_CASE(test_patient_ones_leave_too),
        cmocka_unit_test(test_patient_ones_leave_a_reserve),
        cmocka_unit_test(test_budget),
        cmocka_unit_test(test_rate_shown_is_the_rate_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
