/* SPDX-License-Identifier: Apache-2.0 */
/* Signatures of AWS's published suite ("get-vanilla" and its relatives; key, time and host are
 * the suite's) and of the forms that are ours. tests/peers/sigv4-botocore.py compares more. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "aws/sigv4.h"
#include "base/text.h"

#define WHEN_MS 1440938160000LL /* 2015-08-30T12:36:00Z */

struct vector {
    const char *method, *path, *query;
    struct hw_sigv4_header extra[2];
    const char *body, *token;
    bool s3;
    const char *signature;
};

static const struct vector vectors[] = {
    {"GET",
     "/",
     "",
     {{0}},
     "",
     NULL,
     false,
     "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"},
    {"GET",
     "/",
     "Param2=value2&Param1=value1",
     {{0}},
     "",
     NULL,
     false,
     "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500"},
    {"GET",
     "/",
     "b=2&a=1&b=1&c",
     {{0}},
     "",
     NULL,
     false,
     "1523eef279a3362f7c72a189933bba9eb3fe0af661226da076132a4302073d7c"},
    {"POST",
     "/",
     "",
     {{"Content-Type", "application/x-www-form-urlencoded"}},
     "Param1=value1",
     NULL,
     false,
     "ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a"},
    {"GET",
     "/",
     "",
     {{"My-Header1", " value1   a "}, {"My-Header1", "b"}},
     "",
     NULL,
     false,
     "b327bc101d83bdc9715252c2d4ca5caa2cc774c07d50541440513c1b2b766d80"},
    {"GET",
     "/a/./b/../c%20d/",
     "",
     {{0}},
     "",
     NULL,
     false,
     "0199f7d0423fc4aaa8510c8d1a13325a375f02806f0459e47fa1d30b4884f786"},
    {"GET",
     "/",
     "",
     {{0}},
     "",
     "TOKENEXAMPLE",
     false,
     "2b44fdfe521902049e0554c4cba2d6951162f645a0e46cd0e40acdb44f9df35a"},
    {"PUT",
     "/bucket/a%20b/../c//d",
     "",
     {{0}},
     "text",
     NULL,
     true,
     "c2d318d0d28231cbb3248fd8582f58f66427481bb5c603d317356adddeb870ae"},
};

static struct hw_secret *new_secret(const char *text)
{
    return text ? hw_secret_new(text, strlen(text)) : NULL;
}

static void check_vector(struct hw_sigv4 *signer, const struct vector *v)
{
    struct hw_sigv4_header headers[3] = {{"Host", "example.amazonaws.com"}};
    size_t count = 1;
    for (size_t i = 0; i < 2 && v->extra[i].name; i++)
        headers[count++] = v->extra[i];
    struct hw_sigv4_request request = {v->method, v->path, v->query,        headers,
                                       count,     v->body, strlen(v->body), v->s3};
    struct hw_secret *secret = new_secret("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY");
    struct hw_secret *token = new_secret(v->token);
    struct hw_sigv4_keys keys = {"AKIDEXAMPLE", secret, token};
    struct hw_sigv4_result result;
    struct hw_err err = {0};
    assert_true(hw_sigv4_sign(signer, &request, &keys, WHEN_MS, "us-east-1",
                              v->s3 ? "s3" : "service", &result, &err));
    assert_string_equal(result.date, "20150830T123600Z");
    assert_true(hw_text_ends(hw_buf_cstr(&result.authorization), v->signature));
    assert_null(strstr(hw_buf_cstr(&result.authorization), "TOKENEXAMPLE"));
    hw_sigv4_result_done(&result);
    hw_secret_free(secret);
    hw_secret_free(token);
}

static void test_vectors(void **state HW_UNUSED)
{
    struct hw_sigv4 *signer = hw_sigv4_new();
    for (int round = 0; round < 2; round++) { /* the second time with kept keys */
        for (size_t i = 0; i < HW_COUNT(vectors); i++)
            check_vector(signer, &vectors[i]);
    }
    hw_sigv4_free(signer);
}

static void sign_at(struct hw_sigv4 *signer, const char *key, int64_t when_ms, const char *region,
                    char *out, size_t size)
{
    struct hw_sigv4_header host = {"Host", "example.amazonaws.com"};
    struct hw_sigv4_request request = {"GET", "/", "", &host, 1, "", 0, false};
    struct hw_secret *secret = new_secret(key);
    struct hw_sigv4_keys keys = {"AKIDEXAMPLE", secret, NULL};
    struct hw_sigv4_result result;
    assert_true(hw_sigv4_sign(signer, &request, &keys, when_ms, region, "service", &result, NULL));
    snprintf(out, size, "%s", hw_buf_cstr(&result.authorization));
    hw_sigv4_result_done(&result);
    hw_secret_free(secret);
}

static void test_keys_kept_by_day_and_region(void **state HW_UNUSED)
{
    char a[512], b[512];
    struct hw_sigv4 *used = hw_sigv4_new();
    for (int day = 0; day < 40; day++) { /* more than are kept */
        int64_t when_ms = WHEN_MS + day * 86400000LL;
        const char *region = day % 2 ? "us-east-1" : "eu-west-1";
        struct hw_sigv4 *fresh = hw_sigv4_new();
        sign_at(used, "secret", when_ms, region, a, sizeof a);
        sign_at(fresh, "secret", when_ms, region, b, sizeof b);
        assert_string_equal(a, b);
        hw_sigv4_free(fresh);
    }
    hw_sigv4_free(used);
}

static void test_forgets_other_credentials(void **state HW_UNUSED)
{
    char a[512], b[512], c[512];
    struct hw_sigv4 *signer = hw_sigv4_new();
    sign_at(signer, "one", WHEN_MS, "us-east-1", a, sizeof a);
    hw_sigv4_forget(signer);
    sign_at(signer, "two", WHEN_MS, "us-east-1", b, sizeof b);
    hw_sigv4_forget(signer);
    sign_at(signer, "one", WHEN_MS, "us-east-1", c, sizeof c);
    assert_string_not_equal(a, b);
    assert_string_equal(a, c);
    hw_sigv4_free(signer);
}

static void test_too_many_parameters(void **state HW_UNUSED)
{
    hw_auto(hw_buf) query = HW_BUF(HW_MAX_LINE);
    for (int i = 0; i < 2000; i++)
        hw_buf_print(&query, "%sa=%d", i ? "&" : "", i);
    struct hw_sigv4 *signer = hw_sigv4_new();
    struct hw_sigv4_header host = {"Host", "example.amazonaws.com"};
    struct hw_sigv4_request request = {"GET", "/", query.data, &host, 1, "", 0, false};
    struct hw_secret *secret = new_secret("secret");
    struct hw_sigv4_keys keys = {"AKIDEXAMPLE", secret, NULL};
    struct hw_sigv4_result result;
    struct hw_err err = {0};
    assert_false(
        hw_sigv4_sign(signer, &request, &keys, WHEN_MS, "us-east-1", "service", &result, &err));
    assert_int_equal(err.code, HW_ERR_LIMIT);
    hw_secret_free(secret);
    hw_sigv4_free(signer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_vectors),
        cmocka_unit_test(test_keys_kept_by_day_and_region),
        cmocka_unit_test(test_forgets_other_credentials),
        cmocka_unit_test(test_too_many_parameters),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
