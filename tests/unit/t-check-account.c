/* SPDX-License-Identifier: Apache-2.0 */
/* Checks of the account against canned answers: those whose fault a simulated account cannot have
 * (tests/peers/checks.py provokes the others), hostile texts, and the end of a run. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "aws/parts.h"
#include "base/clock.h"
#include "check/check.h"
#include "discover/discover.h"
#include "tests/unit/scripted-aws.h"
#include "tests/unit/whole-cluster.h"

struct canned {
    const char *asked, *body;
};

struct fixture {
    struct hw_loop *loop;
    struct scripted server;
    struct hw_aws *aws;
    struct hw_discover *discover;
    struct hw_cluster *cluster;
    const struct canned *canned; /* before the common ones */
    int64_t expires_ms, person_ms, clock_off_ms;
    const char *id; /* the check that is looked for */
    unsigned failed, passed, skipped;
    char message[600], remedy[300], field[64];
    bool done;
};

#define STACK(name, status, tags)                                                                  \
    "<DescribeStacksResponse><DescribeStacksResult><Stacks><member><StackName>" name               \
    "</StackName><StackStatus>" status "</StackStatus><Tags>" tags                                 \
    "</Tags></member></Stacks></DescribeStacksResult></DescribeStacksResponse>"
#define OURS "<member><Key>hpcwiz:cluster</Key><Value>riskgrid</Value></member>"
#define VOLUME(zone, status)                                                                       \
    "<DescribeVolumesResponse><volumeSet><item><volumeId>vol-0a1b2c3d</volumeId><size>200</size>"  \
    "<availabilityZone>" zone "</availabilityZone><status>" status                                 \
    "</status><tagSet><item><key>hpcwiz:role</key><value>sql</value></item><item><key>"            \
    "aws:cloudformation:stack-name</key><value>riskgrid-sql</value></item></tagSet></item>"        \
    "</volumeSet></DescribeVolumesResponse>"

static const struct canned common[] = {
    {"Action=GetCallerIdentity",
     "<GetCallerIdentityResponse><GetCallerIdentityResult><Account>123456789012</Account>"
     "<Arn>arn:aws:iam::123456789012:user/ops</Arn></GetCallerIdentityResult>"
     "</GetCallerIdentityResponse>"},
    {"Action=DescribeSubnets",
     "<DescribeSubnetsResponse><subnetSet><item><subnetId>subnet-0aaa1111</subnetId>"
     "<vpcId>vpc-0a1b2c3d4e5f67890</vpcId><availabilityZone>eu-central-1a</availabilityZone>"
     "<cidrBlock>10.20.1.0/24</cidrBlock><state>available</state>"
     "<availableIpAddressCount>200</availableIpAddressCount></item></subnetSet>"
     "</DescribeSubnetsResponse>"},
    {"Action=DescribeStacks",
     "!<ErrorResponse><Error><Code>ValidationError</Code><Message>Stack with id x does not exist"
     "</Message></Error></ErrorResponse>"},
    {NULL, NULL},
};

static const char *find_canned(const struct canned *list, const char *request)
{
    for (; list && list->asked; list++) {
        if (strstr(request, list->asked))
            return list->body;
    }
    return NULL;
}

static char *answer(void *data, const char *request)
{
    struct fixture *f = data;
    f->aws->keys.creds.expires_ms = f->expires_ms;
    f->aws->keys.creds.person_ms = f->person_ms;
    f->aws->clock_off_ms = f->clock_off_ms;
    const char *body = find_canned(f->canned, request);
    if (!body)
        body = find_canned(common, request);
    const char *action = strstr(request, "Action=");
    if (body)
        return hw_strdup(body);
    if (!action)
        return hw_strdup(strstr(request, "application/x-amz-json") ? "{}" : "<nothing/>");
    action += strlen("Action=");
    int length = (int)strcspn(action, "&");
    return hw_format("<%.*sResponse><%.*sResult/></%.*sResponse>", length, action, length, action,
                     length, action);
}

static void set(struct hw_cluster *cluster, const char *key, const char *value)
{
    struct hw_err err = {0};
    if (!hw_cluster_set(cluster, key, value, &err))
        fail_msg("%s", err.what);
}

/* The account's answers are of one subnet, and say which addresses in it are free. */
static struct hw_cluster *our_cluster(void)
{
    struct hw_cluster *cluster = whole_cluster();
    set(cluster, "network.subnets", "subnet-0aaa1111");
    hw_cluster_clear(cluster, "network.sql_address");
    hw_cluster_clear(cluster, "network.head_address");
    return cluster;
}

static int setup(void **state)
{
    struct fixture *f = HW_NEW(struct fixture);
    struct hw_err err = {0};
    f->loop = hw_loop_new(&err);
    f->aws = scripted_aws(&f->server, f->loop, answer, f);
    f->discover = hw_discover_new(f->aws, NULL, NULL);
    f->cluster = our_cluster();
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    hw_cluster_free(f->cluster);
    hw_discover_free(f->discover);
    hw_aws_free(f->aws);
    scripted_close(&f->server);
    hw_loop_free(f->loop);
    free(f);
    return 0;
}

static void note(void *data, const struct hw_event *event)
{
    struct fixture *f = data;
    const struct hw_ev_check *check = &event->u.check;
    if (event->type != HW_EV_CHECK || strcmp(check->id, f->id) != 0)
        return;
    f->failed += check->status == HW_CHECK_FAIL;
    f->passed += check->status == HW_PASS;
    f->skipped += check->status == HW_SKIPPED;
    snprintf(f->message, sizeof f->message, "%s", check->message);
    snprintf(f->remedy, sizeof f->remedy, "%s", check->remedy ? check->remedy : "");
    snprintf(f->field, sizeof f->field, "%s", check->field ? check->field : "");
}

static void on_done(void *data, const struct hw_check_result *result HW_UNUSED)
{
    struct fixture *f = data;
    f->done = true;
}

/* All checks, with an eye on one. */
static void run(struct fixture *f, const char *id, const struct canned *answers)
{
    int64_t end_ms = hw_clock_monotonic_ms() + 60000; /* a watchdog, not a measure */
    f->id = id;
    f->canned = answers;
    f->failed = f->passed = f->skipped = 0;
    f->done = false;
    hw_budget_init(&f->aws->budget, hw_clock_monotonic_ms());
    hw_check_start(f->aws, f->discover, f->cluster, NULL, &(struct hw_sink){note, f}, on_done, f);
    while (!f->done && hw_clock_monotonic_ms() < end_ms)
        hw_loop_step(f->loop, 1000);
    assert_true(f->done);
}

static void expect(struct fixture *f, const char *id, const struct canned *answers,
                   const char *field)
{
    run(f, id, answers);
    if (!f->failed || f->passed || f->skipped)
        fail_msg("%s was not found (%s)", id, f->message);
    assert_string_equal(f->field, field);
}

static void each_fault_is_found(void **state)
{
    static const struct {
        const char *id, *field;
        struct canned answers[3];
    } faults[] = {
        {"network.same-zone",
         "network.subnets",
         {{"Action=DescribeVolumes", VOLUME("eu-central-1b", "in-use")},
          {"StackName=riskgrid-sql", STACK("riskgrid-sql", "CREATE_COMPLETE", OURS)}}},
        {"deploy.stacks",
         "cluster",
         {{"StackName=riskgrid-head", STACK("riskgrid-head", "ROLLBACK_COMPLETE", OURS)}}},
        {"deploy.owner",
         "cluster",
         {{"StackName=riskgrid-head", STACK("riskgrid-head", "CREATE_COMPLETE", "")}}},
        {"deploy.exports",
         "cluster",
         {{"Action=ListExports",
           "<ListExportsResponse><ListExportsResult><Exports><member><Name>riskgrid-HeadProfile"
           "</Name><ExportingStackId>arn:aws:cloudformation:eu-central-1:123456789012:stack/other/1"
           "</ExportingStackId></member></Exports></ListExportsResult></ListExportsResponse>"}}},
        {"deploy.leftovers",
         "cluster",
         {{"Action=DescribeVolumes", VOLUME("eu-central-1b", "available")}}},
        {"template.accepted",
         "",
         {{"Action=ValidateTemplate",
           "!<ErrorResponse><Error><Code>ValidationError</Code><Message>Template format error"
           "</Message></Error></ErrorResponse>"}}},
        {"hpc.media-region",
         "hpc_pack.media",
         {{"GET /my-bucket?location", "<LocationConstraint>eu-west-3</LocationConstraint>"}}},
        {"nodes.market",
         "nodes.compute.0.type",
         {{"Action=DescribeInstanceTypes&",
           "<DescribeInstanceTypesResponse><instanceTypeSet><item><instanceType>c6i.4xlarge"
           "</instanceType><supportedUsageClasses><item>on-demand</item></supportedUsageClasses>"
           "</item></instanceTypeSet></DescribeInstanceTypesResponse>"}}},
        {"network.address",
         "network.head_address",
         {{"Action=DescribeNetworkInterfaces&Version=2016-11-15&Filter.1.Name=vpc-id",
           "<DescribeNetworkInterfacesResponse><networkInterfaceSet><item><networkInterfaceId>eni-1"
           "</networkInterfaceId><privateIpAddressesSet><item><privateIpAddress>10.20.1.9"
           "</privateIpAddress></item></privateIpAddressesSet></item></networkInterfaceSet>"
           "</DescribeNetworkInterfacesResponse>"}}},
    };
    struct fixture *f = *state;
    set(f->cluster, "nodes.compute.0.spot", "true");
    set(f->cluster, "network.head_address", "10.20.1.9");
    for (size_t i = 0; i < HW_COUNT(faults); i++)
        expect(f, faults[i].id, faults[i].answers, faults[i].field);
}

static void dead_ends_have_ways_out(void **state)
{
    static const struct {
        const char *status, *way;
    } ends[] = {{"CREATE_FAILED", "hpcwiz deploy FILE --retry"},
                {"ROLLBACK_COMPLETE", "hpcwiz deploy FILE --retry"},
                {"DELETE_FAILED", "hpcwiz destroy FILE"},
                {"UPDATE_ROLLBACK_FAILED", "hpcwiz rollback FILE"},
                {"REVIEW_IN_PROGRESS", ""}};
    struct fixture *f = *state;
    for (size_t i = 0; i < HW_COUNT(ends); i++) {
        hw_auto_text stack = hw_format(STACK("riskgrid-head", "%s", OURS), ends[i].status);
        const struct canned answers[] = {{"StackName=riskgrid-head", stack}, {NULL, NULL}};
        run(f, "deploy.stacks", answers);
        assert_int_equal(f->failed, *ends[i].way != '\0');
        if (f->failed && !strstr(f->remedy, ends[i].way))
            fail_msg("%s: %s", ends[i].status, f->remedy);
    }
}

static void what_is_ours_is_no_fault(void **state)
{
    struct fixture *f = *state;
    static const struct canned ours[] = {
        {"Action=DescribeVolumes", VOLUME("eu-central-1a", "in-use")},
        {"StackName=riskgrid-sql", STACK("riskgrid-sql", "UPDATE_COMPLETE", OURS)},
        {NULL, NULL}};
    static const char *const ids[] = {"network.same-zone", "deploy.stacks", "deploy.owner",
                                      "deploy.leftovers"};
    for (size_t i = 0; i < HW_COUNT(ids); i++) {
        run(f, ids[i], ours);
        if (f->failed || !f->passed)
            fail_msg("%s: %s", ids[i], f->message);
    }
}

static void credentials_that_end_soon(void **state)
{
    struct fixture *f = *state;
    f->expires_ms = hw_clock_wall_ms() + 22 * 60000 + 30000;
    f->person_ms = f->expires_ms;
    expect(f, "account.session", NULL, "region");
    assert_non_null(strstr(f->message, "22 min"));
    f->person_ms = 0; /* renewed by itself */
    run(f, "account.session", NULL);
    assert_int_equal(f->passed, 1);
    f->person_ms = hw_clock_wall_ms() + 12 * 3600000;
    run(f, "account.session", NULL);
    assert_int_equal(f->passed, 1);
}

static void a_wrong_clock(void **state)
{
    struct fixture *f = *state;
    f->clock_off_ms = -7 * 60000;
    expect(f, "account.clock", NULL, "");
    assert_non_null(strstr(f->message, "7 min fast"));
}

static void hostile_texts_are_made_visible(void **state)
{
    struct fixture *f = *state;
    static const struct canned hostile[] = {
        {"Action=DescribeVpcs",
         "<DescribeVpcsResponse><vpcSet><item><state>gone&#x9b;31m&#x202e;</state></item></vpcSet>"
         "</DescribeVpcsResponse>"},
        {NULL, NULL}};
    expect(f, "network.vpc", hostile, "network.vpc");
    assert_null(strstr(f->message, "\xC2\x9B"));
    assert_null(strstr(f->message, "\xE2\x80\xAE"));
}

/* Nothing that an account says makes a check end the program or stay away. */
static void nonsense_is_survived(void **state)
{
    struct fixture *f = *state;
    static const struct canned nonsense[] = {
        {"x-amz-json", "{\"Parameters\":[1,null,{\"Name\":7}],\"Quota\":[[]],\"Keys\":{}}"},
        {"HTTP/1.1",
         "<a><vpcSet><item/><item>x</item></vpcSet><subnetSet>y</subnetSet>"
         "<imagesSet><item><blockDeviceMapping>z</blockDeviceMapping></item></imagesSet>"
         "</a>"},
        {NULL, NULL}};
    run(f, "network.subnets", nonsense);
    assert_int_equal(f->failed + f->skipped + f->passed, 1);
}

static void a_cancelled_run_tells_nothing_more(void **state)
{
    struct fixture *f = *state;
    f->id = "network.vpc";
    struct hw_check_run *checks = hw_check_start(f->aws, f->discover, f->cluster, NULL,
                                                 &(struct hw_sink){note, f}, on_done, f);
    for (int i = 0; i < 5; i++)
        hw_loop_step(f->loop, 10);
    hw_check_cancel(checks);
    unsigned told = f->failed + f->passed + f->skipped;
    for (int i = 0; i < 5; i++)
        hw_loop_step(f->loop, 10);
    assert_false(f->done);
    assert_int_equal(f->failed + f->passed + f->skipped, told);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(each_fault_is_found, setup, teardown),
        cmocka_unit_test_setup_teardown(dead_ends_have_ways_out, setup, teardown),
        cmocka_unit_test_setup_teardown(what_is_ours_is_no_fault, setup, teardown),
        cmocka_unit_test_setup_teardown(credentials_that_end_soon, setup, teardown),
        cmocka_unit_test_setup_teardown(a_wrong_clock, setup, teardown),
        cmocka_unit_test_setup_teardown(hostile_texts_are_made_visible, setup, teardown),
        cmocka_unit_test_setup_teardown(nonsense_is_survived, setup, teardown),
        cmocka_unit_test_setup_teardown(a_cancelled_run_tells_nothing_more, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
