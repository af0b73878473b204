/* SPDX-License-Identifier: Apache-2.0 */
/* The client in trouble: lost, broken and malformed answers, throttles, a wrong clock, proxies,
 * denials, and when it asks again. */
#include "tests/unit/aws-fixture.h"

#include "base/clock.h"
#include "base/text.h"

static void test_server_errors_are_retried(void **state)
{
    struct aws_fixture *f = *state;
    static const struct scene scenes[] = {
        {"500 Internal Server Error", "", ERROR_EC2("InternalError", "oops"), KEEP},
        {"503 Service Unavailable", "", "<html>busy</html>", CLOSE},
        {"200 OK", "", VPCS("third time"), KEEP}};
    aws_script(f, scenes, 3);
    aws_ask(f, HW_AWS_EC2, "DescribeVpcs");
    assert_string_equal(f->text, "third time");
    assert_int_equal(f->server.played, 3);
}

static void test_three_attempts_and_no_more(void **state)
{
    struct aws_fixture *f = *state;
    static const struct scene scene = {"503 Service Unavailable", "", "<html>busy</html>", KEEP};
    aws_script(f, &scene, 1);
    aws_ask(f, HW_AWS_EC2, "DescribeVpcs");
    assert_int_equal(f->server.played, 3);
    assert_int_equal(f->err.code, HW_ERR_SERVICE);
    assert_non_null(strstr(f->err.what, "503"));
}

static void test_as_many_attempts_as_asked_for(void **state)
{
    struct aws_fixture *f = *state;
    static const struct scene scene = {"503 Service Unavailable", "", "<html>busy</html>", KEEP};
    aws_script(f, &scene, 1);
    setenv("AWS_RETRY_MODE", "legacy", 1);
    setenv("AWS_MAX_ATTEMPTS", "5", 1);
    assert_true(hw_aws_set_profile(f->aws, NULL, NULL));
    aws_ask(f, HW_AWS_EC2, "DescribeVpcs");
    assert_int_equal(f->server.played, 5);
    unsetenv("AWS_MAX_ATTEMPTS");
    unsetenv("AWS_RETRY_MODE");
}

static void test_writes_are_not_sent_twice(void **state)
{
    struct aws_fixture *f = *state;
    static const struct scene scene = {"500 Internal Server Error", "", "", CLOSE};
    aws_script(f, &scene, 1);
    aws_ask(f, HW_AWS_CLOUDFORMATION, "ExecuteChangeSet");
    assert_int_equal(f->server.played, 1);
}

static void test_token_makes_a_write_repeatable(void **state)
{
    struct aws_fixture *f = *state;
    static const struct scene scenes[] = {
        {NULL, "", "HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n<Crea", CLOSE},
        {"200 OK", "",
         "<CreateChangeSetResponse><CreateChangeSetResult><Value>set</Value>"
         "</CreateChangeSetResult></CreateChangeSetResponse>",
         KEEP}};
    aws_script(f, scenes, 2);
    struct hw_aws_request *request = hw_aws_request_new(HW_AWS_CLOUDFORMATION, "CreateChangeSet");
    hw_aws_idempotent(request);
    hw_aws_send(f->aws, request, aws_on_reply, f);
    aws_run(f, 1);
    assert_string_equal(f->text, "set");
}

static void test_throttled_for_long(void **state)
{
    struct aws_fixture *f = *state;
    struct scene scenes[9];
    for (size_t i = 0; i < 8; i++)
        scenes[i] = (struct scene){"503 Service Unavailable", "",
                                   ERROR_EC2("RequestLimitExceeded", "Rate exceeded"), KEEP};
    scenes[8] = aws_good;
    aws_script(f, scenes, 9);
    f->aws->budget.tokens = 20; /* the halved budget itself has its own test */
    aws_ask(f, HW_AWS_EC2, "DescribeVpcs");
    assert_string_equal(f->text, "fine");
    assert_int_equal(f->server.played, 9);
    double rate, budget;
    hw_aws_rate(f->aws, &rate, &budget);
    assert_true(budget < 10);
    assert_non_null(strstr(hw_buf_cstr(&f->notices), "ec2 DescribeVpcs"));
}

static void test_malformed(void **state)
{
    struct aws_fixture *f = *state;
    static const char *const bodies[] = {
        "<DescribeVpcsResponse><Value>cut", "", "<html><body>Sign in</body></html>",
        "<!DOCTYPE a [<!ENTITY b SYSTEM \"file:///etc/passwd\">]>"
        "<DescribeVpcsResponse><Value>&b;</Value></DescribeVpcsResponse>",
        "<!DOCTYPE a [<!ENTITY b \"bbbbbbbb\"><!ENTITY c \"&b;&b;&b;&b;\">]>"
        "<DescribeVpcsResponse><Value>&c;</Value></DescribeVpcsResponse>"};
    for (size_t i = 0; i < HW_COUNT(bodies); i++) {
        struct scene scene = {"200 OK", "", bodies[i], KEEP};
        aws_script(f, &scene, 1);
        f->replies = f->errors = 0;
        aws_ask(f, HW_AWS_EC2, "DescribeVpcs");
        assert_int_equal(f->errors, 1);
        assert_int_equal(f->err.code, HW_ERR_PROTOCOL);
        assert_non_null(strstr(f->err.what, "127.0.0.1"));
    }
}

static void test_malformed_json(void **state)
{
    struct aws_fixture *f = *state;
    static const struct scene scenes[] = {{"200 OK", "", "{\"Value\": \"cu", KEEP},
                                          {"200 OK", "", "[1]", KEEP},
                                          {"200 OK", "", "{\"Value\":\"ok\"}", KEEP}};
    aws_script(f, scenes, 3);
    aws_ask(f, HW_AWS_SSM, "GetParameter");
    assert_string_equal(f->text, "ok");
}

static void test_wrong_length(void **state)
{
    struct aws_fixture *f = *state;
    static const struct scene scenes[] = {
        {"200 OK", "Content-Length: 4000\r\n", VPCS("short"), CLOSE},
        {"200 OK", "", VPCS("whole"), KEEP}};
    aws_script(f, scenes, 2);
    aws_ask(f, HW_AWS_EC2, "DescribeVpcs");
    assert_string_equal(f->text, "whole");
}

static void test_reset(void **state)
{
    struct aws_fixture *f = *state;
    static const struct scene scenes[] = {{NULL, "", "", RESET},
                                          {NULL, "", "HTTP/1.1 2", CLOSE},
                                          {"200 OK", "", VPCS("at last"), KEEP}};
    aws_script(f, scenes, 3);
    aws_ask(f, HW_AWS_EC2, "DescribeVpcs");
    assert_string_equal(f->text, "at last");
}

static void test_no_http_at_all(void **state)
{
    struct aws_fixture *f = *state;
    static const struct scene scene = {NULL, "", "SSH-2.0-OpenSSH_9.2\r\n", CLOSE};
    aws_script(f, &scene, 1);
    aws_ask(f, HW_AWS_EC2, "DescribeVpcs");
    assert_int_equal(f->err.code, HW_ERR_NETWORK);
    assert_true(f->err.next[0]);
}

static void test_slow(void **state)
{
    struct aws_fixture *f = *state;
    static const struct scene scene = {"200 OK", "", "", HOLD};
    aws_script(f, &scene, 1);
    hw_aws_set_tuning(f->aws, &(struct hw_aws_tuning){2000, 50, 65536, 0.0, false});
    aws_ask(f, HW_AWS_EC2, "DescribeVpcs");
    assert_int_equal(f->err.code, HW_ERR_NETWORK);
    assert_int_equal(f->server.played, 3);
    assert_non_null(strstr(f->err.what, "http://127.0.0.1:"));
}

static void test_nobody_there(void **state)
{
    struct aws_fixture *f = *state;
    aws_script(f, &aws_good, 1);
    hw_replace(&f->aws->endpoint_option, "http://127.0.0.1:1");
    aws_ask(f, HW_AWS_CLOUDFORMATION, "ExecuteChangeSet");
    assert_int_equal(f->err.code, HW_ERR_NETWORK);
    assert_non_null(strstr(f->err.what, "http://127.0.0.1:1"));
    assert_true(f->err.next[0]);
}

static void test_too_large(void **state)
{
    struct aws_fixture *f = *state;
    hw_auto_text body = hw_alloc(70000);
    memset(body, 'x', 69999);
    struct scene scene = {"200 OK", "", body, CLOSE};
    aws_script(f, &scene, 1);
    aws_ask(f, HW_AWS_EC2, "DescribeVpcs");
    assert_int_equal(f->err.code, HW_ERR_LIMIT);
    assert_int_equal(f->server.played, 1);
}

static void test_clock_is_corrected_once(void **state)
{
    struct aws_fixture *f = *state;
    static const struct scene scenes[] = {
        {"403 Forbidden", "Date: Sun, 30 Aug 2015 12:36:00 GMT\r\n",
         ERROR_QUERY("SignatureDoesNotMatch", "Signature expired"), KEEP},
        {"200 OK", "",
         "<GetCallerIdentityResponse><GetCallerIdentityResult><Value>me</Value>"
         "</GetCallerIdentityResult></GetCallerIdentityResponse>",
         KEEP}};
    aws_script(f, scenes, 2);
    aws_ask(f, HW_AWS_STS, "GetCallerIdentity");
    assert_string_equal(f->text, "me");
    assert_non_null(strstr(f->server.seen[1], "X-Amz-Date: 20150830T123"));
    assert_non_null(strstr(hw_buf_cstr(&f->notices), "clock"));
    assert_non_null(strstr(hw_buf_cstr(&f->notices), "minutes fast"));
    aws_script(f, scenes, 1); /* the same error with the right time: the key is wrong after all */
    f->server.played = 0;
    f->replies = 0;
    aws_ask(f, HW_AWS_STS, "GetCallerIdentity");
    assert_int_equal(f->err.code, HW_ERR_AUTH);
    assert_int_equal(f->server.played, 1);
}

#define COUNT(attempts, throttles) ((struct hw_retry_count){attempts, throttles, HW_RETRY_ATTEMPTS})

static void test_retry_rules(void **state HW_UNUSED)
{
    assert_int_equal(hw_retry_delay_ms(HW_FAILURE_NONE, true, COUNT(1, 0), 0.5), -1);
    assert_int_equal(hw_retry_delay_ms(HW_FAILURE_FINAL, true, COUNT(1, 0), 0.5), -1);
    assert_int_equal(hw_retry_delay_ms(HW_FAILURE_LOST, false, COUNT(1, 0), 0.5), -1);
    assert_int_equal(hw_retry_delay_ms(HW_FAILURE_LOST, true, COUNT(1, 0), 0.5), 500);
    assert_int_equal(hw_retry_delay_ms(HW_FAILURE_LOST, true, COUNT(2, 0), 0.5), 1000);
    assert_int_equal(hw_retry_delay_ms(HW_FAILURE_LOST, true, COUNT(3, 0), 0.5), -1);
    assert_true(hw_retry_delay_ms(HW_FAILURE_LOST, true, COUNT(12, 10), 0.5) >= 0);
    assert_int_equal(hw_retry_delay_ms(HW_FAILURE_NOT_SENT, false, COUNT(1, 0), 0.5), 500);
    int64_t longest = 0, all = 0;
    for (unsigned i = 1; hw_retry_delay_ms(HW_FAILURE_THROTTLED, false, COUNT(i, i), 0) >= 0; i++) {
        int64_t ms = hw_retry_delay_ms(HW_FAILURE_THROTTLED, false, COUNT(i, i), 0);
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
    struct aws_fixture *f = *state;
    static const struct scene scene = {"500 Internal Server Error", "", "", KEEP};
    aws_script(f, &scene, 1);
    f->aws->quota.tokens = 5;
    aws_ask(f, HW_AWS_EC2, "DescribeVpcs");
    assert_int_equal(f->errors, 1);
    assert_int_equal(f->server.played, 2);
}

/* Ten minutes off is corrected, three are let be: services take them. */
static void test_clock_off_by_minutes(void **state)
{
    struct aws_fixture *f = *state;
    static const int minutes[] = {3, 10, -10};
    for (size_t i = 0; i < HW_COUNT(minutes); i++) {
        time_t then = (time_t)(hw_clock_wall_ms() / 1000) + minutes[i] * 60;
        char date[64];
        struct tm parts;
        gmtime_r(&then, &parts);
        strftime(date, sizeof date, "Date: %a, %d %b %Y %H:%M:%S GMT\r\n", &parts);
        const struct scene scenes[] = {
            {"403 Forbidden", date, ERROR_EC2("RequestExpired", "Request has expired."), KEEP},
            aws_good};
        aws_script(f, scenes, 2);
        f->server.played = 0;
        f->replies = f->errors = 0;
        f->aws->skew_ms = 0;
        aws_ask(f, HW_AWS_EC2, "DescribeVpcs");
        bool corrected = minutes[i] != 3;
        assert_int_equal(f->replies, corrected ? 1 : 0);
        int64_t rest_ms = f->aws->skew_ms - (corrected ? minutes[i] * 60000 : 0);
        assert_true(rest_ms > -60000 && rest_ms < 60000);
    }
    assert_non_null(strstr(hw_buf_cstr(&f->notices), "minutes slow"));
    assert_non_null(strstr(hw_buf_cstr(&f->notices), "minutes fast"));
}

static size_t choose_by_date(void *data, const char *request)
{
    const char *date = strcasestr(request, "\nX-Amz-Date: ");
    return date && strncmp(date + strlen("\nX-Amz-Date: "), data, strlen(data)) == 0;
}

/* Requests that leave together are all refused; the clock is still off only once. */
static void test_clock_is_off_for_many(void **state)
{
    struct aws_fixture *f = *state;
    const struct scene scenes[] = {{"403 Forbidden", "Date: Sun, 30 Aug 2015 12:36:00 GMT\r\n",
                                    ERROR_EC2("RequestExpired", "Request has expired."), KEEP},
                                   aws_good};
    enum { MANY = 5 };
    char right[] = "20150830T123";
    aws_script(f, scenes, 2);
    f->server.choose = choose_by_date;
    f->server.data = right;
    for (int i = 0; i < MANY; i++)
        hw_aws_send(f->aws, hw_aws_request_new(HW_AWS_EC2, "DescribeVpcs"), aws_on_reply, f);
    aws_run(f, MANY);
    assert_int_equal(f->replies, MANY);
    assert_int_equal(f->errors, 0);
    const char *told = strstr(hw_buf_cstr(&f->notices), "clock");
    assert_non_null(told);
    assert_null(strstr(told + 1, "The clock"));
}

/* AWS's own hosts are asked through the proxy, but for those that NO_PROXY names. */
static void test_proxy(void **state)
{
    struct aws_fixture *f = *state;
    static const struct scene scene = {"403 Forbidden", "", "no", CLOSE};
    struct hw_err err = {0};
    hw_auto_text proxy = hw_strdup(f->aws->endpoint_option);
    aws_script(f, &scene, 1);
    setenv("HTTPS_PROXY", proxy, 1);
    hw_aws_free(f->aws);
    f->aws = hw_aws_new(f->loop, NULL, &(struct hw_aws_options){.region = "eu-central-1"}, &err);
    hw_aws_set_tuning(f->aws, &(struct hw_aws_tuning){2000, 20000, 65536, 0.0, false});
    aws_ask(f, HW_AWS_EC2, "DescribeVpcs");
    assert_int_equal(f->errors, 1);
    assert_true(hw_text_starts(f->server.seen[0],
                               "CONNECT ec2.eu-central-1.amazonaws.com:443 HTTP/1.1\r\n"));
    assert_null(strstr(f->server.seen[0], "Authorization"));
    size_t before = f->server.seen_count;
    setenv("NO_PROXY", "ssm.eu-central-1.amazonaws.com", 1);
    hw_aws_set_tuning(f->aws, &(struct hw_aws_tuning){50, 50, 65536, 0.0, false});
    f->errors = 0;
    aws_ask(f, HW_AWS_SSM, "GetParameter");
    unsetenv("HTTPS_PROXY");
    unsetenv("NO_PROXY");
    assert_int_equal(f->errors, 1);
    assert_int_equal(f->server.seen_count, before);
}

/* Who may not do what, and whom to ask. */
static void test_denied(void **state)
{
    struct aws_fixture *f = *state;
    static const struct scene scenes[] = {
        {"403 Forbidden", "",
         ERROR_EC2("UnauthorizedOperation",
                   "You are not authorized to perform this operation. User: "
                   "arn:aws:iam::123456789012:user/anna is not authorized to perform: "
                   "ec2:DescribeVpcs because no identity-based policy allows the "
                   "ec2:DescribeVpcs action. Encoded authorization failure message: 4fYv"),
         KEEP},
        {"403 Forbidden", "", ERROR_EC2("UnauthorizedOperation", "You may not."), KEEP}};
    aws_script(f, scenes, 2);
    aws_ask(f, HW_AWS_EC2, "DescribeVpcs");
    assert_int_equal(hw_err_exit_status(&f->err), 4);
    assert_string_equal(f->err.what,
                        "ec2 DescribeVpcs: access denied: arn:aws:iam::123456789012:user/anna may "
                        "not do ec2:DescribeVpcs on * (UnauthorizedOperation)");
    assert_non_null(strstr(f->err.next, "allow ec2:DescribeVpcs on * (no identity-based policy"));
    assert_string_equal(f->err.service_code, "UnauthorizedOperation");
    f->errors = 0;
    aws_ask(f, HW_AWS_EC2, "DescribeVpcs");
    assert_non_null(strstr(f->err.next, "allow ec2:DescribeVpcs"));
}

static void test_region_not_enabled(void **state)
{
    struct aws_fixture *f = *state;
    static const struct scene scene = {
        "401 Unauthorized", "",
        ERROR_EC2("AuthFailure", "AWS was not able to validate the provided access credentials"),
        KEEP};
    aws_script(f, &scene, 1);
    hw_aws_set_region(f->aws, "me-south-1");
    aws_ask(f, HW_AWS_EC2, "DescribeVpcs");
    assert_non_null(strstr(f->err.next, "me-south-1"));
    hw_aws_set_region(f->aws, "eu-central-1");
    f->errors = 0;
    aws_ask(f, HW_AWS_EC2, "DescribeVpcs");
    assert_null(strstr(f->err.next, "enabled"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        AWS_CASE(test_server_errors_are_retried),
        AWS_CASE(test_three_attempts_and_no_more),
        AWS_CASE(test_as_many_attempts_as_asked_for),
        AWS_CASE(test_writes_are_not_sent_twice),
        AWS_CASE(test_token_makes_a_write_repeatable),
        AWS_CASE(test_throttled_for_long),
        AWS_CASE(test_malformed),
        AWS_CASE(test_malformed_json),
        AWS_CASE(test_wrong_length),
        AWS_CASE(test_reset),
        AWS_CASE(test_no_http_at_all),
        AWS_CASE(test_slow),
        AWS_CASE(test_nobody_there),
        AWS_CASE(test_too_large),
        AWS_CASE(test_clock_is_corrected_once),
        cmocka_unit_test(test_retry_rules),
        cmocka_unit_test(test_retry_quota),
        AWS_CASE(test_quota_ends_retries),
        AWS_CASE(test_clock_off_by_minutes),
        AWS_CASE(test_clock_is_off_for_many),
        AWS_CASE(test_proxy),
        AWS_CASE(test_denied),
        AWS_CASE(test_region_not_enabled),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
