/* SPDX-License-Identifier: Apache-2.0 */
/* Sentences of access denied errors, as the IAM user guide and the services have them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "aws/denied.h"
#include "base/mem.h"

#define ANNA "arn:aws:iam::123456789012:user/anna"
#define OPS  "arn:aws:sts::123456789012:assumed-role/Ops/anna"

static const struct {
    const char *message;
    const char *who, *action, *resource, *policy;
    bool forbidden;
} sentences[] = {
    {"User: " ANNA " is not authorized to perform: ssm:GetParameter on resource: "
     "arn:aws:ssm:eu-central-1:123456789012:parameter/a because no identity-based policy allows "
     "the ssm:GetParameter action",
     ANNA, "ssm:GetParameter", "arn:aws:ssm:eu-central-1:123456789012:parameter/a",
     "identity-based policy", false},
    {"You are not authorized to perform this operation. User: " OPS
     " is not authorized to perform: ec2:RunInstances on resource: "
     "arn:aws:ec2:eu-central-1:123456789012:instance/* with an explicit deny in a service control "
     "policy.",
     OPS, "ec2:RunInstances", "arn:aws:ec2:eu-central-1:123456789012:instance/*",
     "service control policy", true},
    {"User: " ANNA " is not authorized to perform: sts:AssumeRole on resource: "
     "arn:aws:iam::123456789012:role/x",
     ANNA, "sts:AssumeRole", "arn:aws:iam::123456789012:role/x", "", false},
    {"User: " ANNA " is not authorized to perform: servicequotas:GetServiceQuota with an explicit "
     "deny in an identity-based policy: arn:aws:iam::123456789012:policy/p",
     ANNA, "servicequotas:GetServiceQuota", "", "identity-based policy", true},
    {"User: " ANNA " is not authorized to perform: cloudformation:CreateChangeSet on resource: "
     "arn:aws:cloudformation:eu-central-1:123456789012:stack/a/*, because no permissions boundary "
     "allows the cloudformation:CreateChangeSet action",
     ANNA, "cloudformation:CreateChangeSet",
     "arn:aws:cloudformation:eu-central-1:123456789012:stack/a/*", "permissions boundary", false},
    {"is not authorized to perform: iam:PassRole.", "", "iam:PassRole", "", "", false},
};

static void test_sentences(void **state HW_UNUSED)
{
    for (size_t i = 0; i < HW_COUNT(sentences); i++) {
        struct hw_denied denied;
        assert_true(hw_denied_parse(sentences[i].message, &denied));
        assert_string_equal(denied.who, sentences[i].who);
        assert_string_equal(denied.action, sentences[i].action);
        assert_string_equal(denied.resource, sentences[i].resource);
        assert_string_equal(denied.policy, sentences[i].policy);
        assert_int_equal(denied.forbidden, sentences[i].forbidden);
    }
}

static void test_no_action(void **state HW_UNUSED)
{
    static const char *const others[] = {
        "", "You are not authorized to perform this operation.", "Access Denied",
        "not authorized to perform: ", "User: x is not authorized to perform: something"};
    struct hw_denied denied;
    for (size_t i = 0; i < HW_COUNT(others); i++)
        assert_false(hw_denied_parse(others[i], &denied));
}

/* Whatever its length, nothing is written beyond its room. */
static void test_endless(void **state HW_UNUSED)
{
    char *long_word = hw_alloc(5001);
    struct hw_denied denied;
    memset(long_word, 'x', 5000);
    hw_auto_text message =
        hw_format("User: %s is not authorized to perform: a:%s on resource: %s with an explicit "
                  "deny in a %s",
                  long_word, long_word, long_word, long_word);
    assert_true(hw_denied_parse(message, &denied));
    assert_int_equal(strlen(denied.who), sizeof denied.who - 1);
    assert_int_equal(strlen(denied.action), sizeof denied.action - 1);
    assert_int_equal(strlen(denied.resource), sizeof denied.resource - 1);
    assert_int_equal(strlen(denied.policy), sizeof denied.policy - 1);
    free(long_word);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sentences),
        cmocka_unit_test(test_no_action),
        cmocka_unit_test(test_endless),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
