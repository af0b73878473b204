/* SPDX-License-Identifier: Apache-2.0 */
/* The simulator's dispatcher: signatures, protocols, errors, paging, faults; no socket. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "base/mem.h"
#include "sim/dispatch.h"
#include "sim/wire.h"

#define SECRET "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"

struct fixture {
    struct hw_loop *loop;
    struct sim_cloud *cloud;
    struct sim_faults faults;
    struct sim_answer answer;
    const char *secret;
    int64_t skew_ms;
};

static int set_up(void **state)
{
    struct fixture *fixture = HW_NEW(struct fixture);
    struct hw_err err = {0};
    const char *source = getenv("HPCWIZ_SOURCE");
    hw_auto_text file =
        hw_format("%s/templates/scenarios/account.yaml", source             ? source
                                                         : getenv("srcdir") ? getenv("srcdir")
                                                                            : ".");
    fixture->loop = hw_loop_new(&err);
    fixture->secret = SECRET;
    struct sim_cloud_config config = {.loop = fixture->loop,
                                      .account_file = file,
                                      .speed = 1,
                                      .access_key = "AKIAIOSFODNN7EXAMPLE",
                                      .secret_key = SECRET};
    fixture->cloud = sim_cloud_new(&config, &err);
    *state = fixture;
    return fixture->cloud ? 0 : 1;
}

static int tear_down(void **state)
{
    struct fixture *fixture = *state;
    sim_answer_done(&fixture->answer);
    sim_cloud_free(fixture->cloud);
    hw_loop_free(fixture->loop);
    free(fixture);
    return 0;
}

static void hmac(const void *key, size_t size, const char *text, unsigned char out[32])
{
    unsigned length = 32;
    HMAC(EVP_sha256(), key, (int)size, (const unsigned char *)text, strlen(text), out, &length);
}

static void hash(const char *text, struct hw_buf *out)
{
    unsigned char bytes[32];
    EVP_Digest(text, strlen(text), bytes, NULL, EVP_sha256(), NULL);
    hw_buf_hex(out, bytes, sizeof bytes);
}

/* The shortest signature that is one: POST /, headers host and x-amz-date. */
static void sign(const struct fixture *fixture, const char *service, const char *region,
                 struct sim_request *request)
{
    char date[HW_TIME_SIZE], day[9];
    hw_time_compact(hw_clock_wall_ms() + fixture->skew_ms, date);
    snprintf(day, sizeof day, "%.8s", date);
    hw_auto(hw_buf) canonical = HW_BUF(4096), text = HW_BUF(4096), hex = HW_BUF(64);
    hw_buf_print(&canonical, "POST\n/\n\nhost:h\nx-amz-date:%s\n\nhost;x-amz-date\n", date);
    hash(hw_buf_cstr(&request->body), &canonical);
    hw_buf_print(&text, "AWS4-HMAC-SHA256\n%s\n%s/%s/%s/aws4_request\n", date, day, region,
                 service);
    hash(hw_buf_cstr(&canonical), &text);
    unsigned char key[32];
    hw_auto_text first = hw_format("AWS4%s", fixture->secret);
    hmac(first, strlen(first), day, key);
    hmac(key, 32, region, key);
    hmac(key, 32, service, key);
    hmac(key, 32, "aws4_request", key);
    hmac(key, 32, hw_buf_cstr(&text), key);
    hw_buf_hex(&hex, key, 32);
    sim_put(request->headers, "host", "h");
    sim_put(request->headers, "x-amz-date", "%s", date);
    sim_put(request->headers, "authorization",
            "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/%s/%s/%s/aws4_request, "
            "SignedHeaders=host;x-amz-date, Signature=%s",
            day, region, service, hw_buf_cstr(&hex));
}

/* target: X-Amz-Target, or NULL. service NULL: not signed at all. */
static const char *post(struct fixture *fixture, const char *service, const char *target,
                        const char *body)
{
    struct sim_request request = {hw_strdup("POST"), hw_strdup("/"), json_object(),
                                  HW_BUF(HW_SIM_MAX_BODY)};
    hw_buf_text(&request.body, body);
    if (target)
        sim_put(request.headers, "x-amz-target", "%s", target);
    if (service)
        sign(fixture, service, "eu-central-1", &request);
    sim_answer_done(&fixture->answer);
    fixture->answer = (struct sim_answer){0};
    sim_dispatch(fixture->cloud, &fixture->faults, &request, &fixture->answer);
    sim_request_done(&request);
    return hw_buf_cstr(&fixture->answer.body);
}

static void has(const char *text, const char *part)
{
    if (!strstr(text, part))
        print_error("%s\n", text);
    assert_non_null(strstr(text, part));
}

static void test_signatures(void **state)
{
    struct fixture *f = *state;
    has(post(f, "sts", NULL, "Action=GetCallerIdentity"), "<Account>123456789012</Account>");
    assert_int_equal(f->answer.status, 200);
    has(post(f, NULL, NULL, "Action=GetCallerIdentity"), "MissingAuthenticationToken");
    f->secret = "wrong";
    has(post(f, "sts", NULL, "Action=GetCallerIdentity"), "SignatureDoesNotMatch");
    has(post(f, "ssm", "AmazonSSM.GetParameter", "{}"), "InvalidSignatureException");
    f->secret = SECRET;
    f->skew_ms = -16 * 60 * 1000;
    has(post(f, "cloudformation", NULL, "Action=DescribeStacks"), "Signature expired: ");
    has(post(f, "ec2", NULL, "Action=DescribeVpcs"), "RequestExpired");
    f->skew_ms = 16 * 60 * 1000;
    has(post(f, "iam", NULL, "Action=GetRole"), "Signature not yet current: ");
}

static void test_errors(void **state)
{
    struct fixture *f = *state;
    has(post(f, "ec2", NULL, "Action=Nonsense"), "InvalidAction");
    has(post(f, "ssm", "AmazonSSM.Nonsense", "{}"), "UnknownOperationException");
    has(post(f, "ssm", "AmazonSSM.GetParameter", "{\"Name\""), "SerializationException");
    has(post(f, "nothing", NULL, "Action=X"), "UnknownService");
    has(post(f, "ec2", NULL, "Action=DescribeVpcs&VpcId.1=vpc-0"), "InvalidVpcID.NotFound");
    has(post(f, "ec2", NULL, "Action=DescribeVpcs&A=%zz"), "MalformedQueryString");
    has(post(f, "cloudformation", NULL, "Action=DescribeStacks&StackName=x"),
        "Stack with id x does not exist");
    has(post(f, "ec2", NULL, "Action=DescribeTags&NextToken=xyz"), "InvalidPaginationToken");
}

static void test_pages(void **state)
{
    struct fixture *f = *state;
    has(post(f, "ec2", NULL, "Action=DescribeInstanceTypes&MaxResults=26"), "<nextToken>");
    hw_auto_text token = NULL;
    const char *at = strstr(hw_buf_cstr(&f->answer.body), "<nextToken>") + 11;
    token = hw_strndup(at, strcspn(at, "<"));
    hw_auto(hw_buf) body = HW_BUF(4096);
    hw_buf_text(&body, "Action=DescribeInstanceTypes&MaxResults=26&NextToken=");
    hw_buf_uri(&body, token, strlen(token), false);
    const char *second = post(f, "ec2", NULL, hw_buf_cstr(&body));
    has(second, "m7g.xlarge");
    assert_null(strstr(second, "<nextToken>"));
}

static void test_faults(void **state)
{
    struct fixture *f = *state;
    struct hw_err err = {0};
    assert_true(sim_fault_add(&f->faults, "throttle:cloudformation:2", &err));
    assert_true(sim_fault_add(&f->faults, "reset:sts", &err));
    assert_true(sim_fault_add(&f->faults, "delay:200", &err));
    assert_false(sim_fault_add(&f->faults, "burn", &err));
    assert_false(sim_fault_add(&f->faults, "500:ec2:-1", &err));
    has(post(f, "cloudformation", NULL, "Action=ListStacks"), "Rate exceeded");
    has(post(f, "cloudformation", NULL, "Action=ListStacks"), "Throttling");
    has(post(f, "cloudformation", NULL, "Action=ListStacks"), "<ListStacksResult>");
    assert_int_equal(f->answer.delay_ms, 200);
    post(f, "sts", NULL, "Action=GetCallerIdentity");
    assert_true(f->answer.reset);
    assert_null(strstr(hw_buf_cstr(&f->answer.body), "<Account>")); /* nothing was done */
    assert_true(sim_fault_add(&f->faults, "lost:sts", &err));
    has(post(f, "sts", NULL, "Action=GetCallerIdentity"), "<Account>");
    assert_true(f->answer.reset);
}

static void test_forms(void **state HW_UNUSED)
{
    static const char text[] = "Filter.1.Name=a&Filter.1.Value.10=z&Filter.1.Value.2=y+%26"
                               "&P.member.1.K=v&Flag=true";
    json_t *got = sim_form_parse(text, strlen(text));
    json_t *want = json_pack("{s:[{s:s, s:[s, s]}], s:[{s:s}], s:s}", "Filter", "Name", "a",
                             "Value", "y &", "z", "P", "K", "v", "Flag", "true");
    assert_true(json_equal(got, want));
    json_decref(got);
    json_decref(want);
    assert_null(sim_form_parse("a=%4", 4));
    assert_null(sim_form_parse("a.b.c.d.e.f.g.h.i.j.k.l.m.n.o.p.q=1", 35));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_signatures, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_errors, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_pages, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_faults, set_up, tear_down),
        cmocka_unit_test(test_forms),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
