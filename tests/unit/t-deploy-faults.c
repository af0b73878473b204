/* SPDX-License-Identifier: Apache-2.0 */
/* Deployments through random faults, each schedule from a seed that is printed when it fails:
 * throttled, refused, answers lost before and after they took effect, expired tokens, a service
 * that makes a stack fail, and hpcwiz gone in the middle, again and again. Each schedule is
 * deployed and taken up until it is whole, then half of them are destroyed. It must end in the
 * right state: every stack there (or none), no change set left over, nothing executed twice, no
 * stack event lost or told twice. Many run side by side, since most of the time is waiting.
 *
 * HPCWIZ_SCHEDULES: how many (default 125); HPCWIZ_SEED: the first seed (default 1). */
#include <setjmp.h>
#include <stdarg.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/file.h"
#include "base/text.h"
#include "deploy/deploy.h"
#include "fake-cfn.h"
#include "model/cluster_yaml.h"

#define STACKS    3u   /* SQL Server Express on the head node */
#define SIDE      125u /* schedules at a time */
#define RUNS_MOST 40u  /* of one schedule; faults are fewer */

static const char cluster_text[] =
    "hpcwiz: 1\ncluster: riskgrid\nregion: eu-central-1\n"
    "network:\n  vpc: vpc-0a1b2c3d4e5f67890\n"
    "  subnets: [subnet-0aaa1111bbb22222c]\n"
    "  hosted_zone: Z0123456789ABCDEFGHIJ\n  zone_name: hpc.example.internal\n"
    "directory: {domain: corp.example.internal, netbios: CORP}\n"
    "access: {key_pair: hpc-admin, from: [10.20.0.0/24]}\n"
    "hpc_pack: {version: 2019, media: \"s3://my-bucket/hpcpack/\"}\n"
    "deploy: {bucket: my-bucket}\n"
    "nodes:\n"
    "  sql: local\n"
    "  head: {image: ami-0a1b2c3d4e5f67890, type: m6i.xlarge}\n"
    "  compute:\n"
    "    - {name: std, image: ami-0a1b2c3d4e5f67890, type: c6i.4xlarge, min: 1, desired: 2, max: "
    "4}\n";

struct schedule {
    unsigned seed, random;
    char url[64];
    char *journal;
    struct fake_cfn *fake;
    struct hw_aws *aws;
    struct hw_discover *discover;
    struct hw_deploy *deploy;
    struct hw_strv told; /* ids of events, over all runs */
    enum hw_deploy_mode mode;
    unsigned runs, kills; /* kills that are still to come */
    unsigned events_left; /* until this process is gone */
    bool fails;           /* the head node's stack, until a run says so */
    unsigned undone;      /* makings of a stack that failed and were rolled back */
    bool gone, over, done;
    enum hw_deploy_outcome outcome;
    struct hw_err err;
};

struct stage_set {
    char *folder;
    struct hw_cluster *cluster;
    struct hw_loop *loop;
    struct hw_work *work;
};

static unsigned chance(struct schedule *s, unsigned below)
{
    s->random ^= s->random << 13;
    s->random ^= s->random >> 17;
    s->random ^= s->random << 5;
    return s->random % below;
}

static void expect(const struct schedule *s, bool ok, const char *what)
{
    if (!ok)
        fail_msg("seed %u: %s (%s; %u runs; last error: %s)", s->seed, what,
                 s->mode == HW_DEPLOY_DESTROY ? "destroying" : "deploying", s->runs, s->err.what);
}

static void tell(void *data, const struct hw_event *event)
{
    struct schedule *s = data;
    if (event->type != HW_EV_STACK ||
        strcmp(event->u.stack.resource_type, "AWS::AutoScaling::Activity") == 0)
        return;
    expect(s, !hw_strv_has(&s->told, event->u.stack.event_id), "an event was told twice");
    hw_strv_add(&s->told, event->u.stack.event_id);
    s->undone += strcmp(event->u.stack.status, "ROLLBACK_COMPLETE") == 0;
    if (s->kills > 0 && s->events_left > 0 && --s->events_left == 0)
        s->gone = true;
}

static void on_end(void *data, enum hw_deploy_outcome outcome, const struct hw_err *err)
{
    struct schedule *s = data;
    s->over = true;
    s->outcome = outcome;
    s->err = err ? *err : (struct hw_err){0};
}

static void leave(struct schedule *s)
{
    hw_deploy_free(s->deploy);
    hw_discover_free(s->discover);
    hw_aws_free(s->aws);
    s->deploy = NULL;
    s->discover = NULL;
    s->aws = NULL;
}

/* As a new process would. */
static void start(struct stage_set *set, struct schedule *s)
{
    struct hw_err err = {0};
    struct hw_sink sink = {tell, s};
    struct hw_aws_options aws = {.region = "eu-central-1", .endpoint_url = s->url};
    struct hw_deploy_options how = {
        .mode = s->mode, .journal_path = s->journal, .retry = true, .sink = &sink};
    static struct hw_sink sinks[SIDE];
    sinks[s->seed % SIDE] = sink; /* outlives the deployment */
    how.sink = &sinks[s->seed % SIDE];
    leave(s);
    s->over = s->gone = false;
    s->events_left = s->kills ? 1 + chance(s, 12) : 0;
    expect(s, s->runs++ < RUNS_MOST, "it never ends");
    s->aws = hw_aws_new(set->loop, set->work, &aws, &err);
    s->discover = hw_discover_new(s->aws, NULL, NULL);
    s->deploy =
        hw_deploy_start(s->aws, s->discover, set->loop, set->cluster, &how, on_end, s, &err);
    s->err = err;
    expect(s, s->deploy != NULL, "it does not start");
}

/* What is named is the event that was never told. */
static void expect_events(const struct schedule *s)
{
    struct hw_strv all = {0};
    fake_cfn_events(s->fake, &all);
    for (size_t i = 0; i < all.count; i++)
        if (!hw_strv_has(&s->told, all.items[i]))
            expect(s, false, all.items[i]);
    expect(s, all.count == s->told.count, "an event was made up");
    hw_strv_done(&all);
}

static void expect_whole(const struct schedule *s)
{
    unsigned executed = fake_cfn_count(s->fake, "ExecuteChangeSet");
    expect(s, fake_cfn_stacks(s->fake) == STACKS, "stacks are missing or left over");
    expect(s, fake_cfn_change_sets(s->fake) == 0, "a change set is left over");
    expect(s, executed == STACKS + s->undone, "something was executed twice");
    expect_events(s);
}

/* A run has ended: what its outcome asks for. */
static void go_on(struct stage_set *set, struct schedule *s)
{
    bool good = s->outcome == HW_DEPLOY_COMPLETE || s->outcome == HW_DEPLOY_NO_CHANGES;
    if (good && s->mode == HW_DEPLOY_EXECUTE) {
        expect_whole(s);
        s->mode = HW_DEPLOY_DESTROY;
        s->kills = chance(s, 3);
        s->done = s->seed % 2 == 0;
    } else if (good) {
        expect(s, fake_cfn_stacks(s->fake) == 0, "stacks are left over");
        expect_events(s);
        s->done = true;
    } else {
        expect(s, s->err.next[0] != '\0', "it does not say what to do next");
        if (s->fails && strstr(s->err.what, "made to fail"))
            fake_cfn_fail(s->fake, "none", "");
    }
    if (s->done)
        leave(s);
    else
        start(set, s);
}

static void look_at(struct stage_set *set, struct schedule *s)
{
    if (s->done)
        return;
    if (s->gone) {
        s->kills--;
        start(set, s);
    } else if (s->over) {
        go_on(set, s);
    }
}

static void begin(struct stage_set *set, struct schedule *s, unsigned seed)
{
    *s = (struct schedule){
        .seed = seed, .random = seed * 2246822519u + 7, .mode = HW_DEPLOY_EXECUTE};
    hw_auto_text name = hw_format("%u.journal", seed);
    s->journal = hw_path_join(set->folder, name);
    s->fake = fake_cfn_new(s->url);
    assert_non_null(s->fake);
    fake_cfn_chaos(s->fake, seed, chance(s, 7));
    fake_cfn_slow(s->fake, chance(s, 4));
    s->kills = chance(s, 4);
    s->fails = chance(s, 4) == 0;
    if (s->fails)
        fake_cfn_fail(s->fake, "-head", "made to fail");
    start(set, s);
}

static void finish(struct schedule *s)
{
    leave(s);
    fake_cfn_free(s->fake);
    hw_strv_done(&s->told);
    free(s->journal);
}

static void run_side_by_side(struct stage_set *set, unsigned first, unsigned count)
{
    static struct schedule schedules[SIDE];
    unsigned left = count;
    for (unsigned i = 0; i < count; i++)
        begin(set, &schedules[i], first + i);
    while (left > 0) {
        hw_loop_step(set->loop, -1);
        left = 0;
        for (unsigned i = 0; i < count; i++) {
            look_at(set, &schedules[i]);
            left += !schedules[i].done;
        }
    }
    for (unsigned i = 0; i < count; i++)
        finish(&schedules[i]);
}

static unsigned number_from(const char *name, unsigned otherwise)
{
    long value;
    const char *text = getenv(name);
    return text && hw_parse_int(text, 1, 1000000, &value) ? (unsigned)value : otherwise;
}

static void test_schedules(void **state)
{
    struct stage_set *set = *state;
    unsigned count = number_from("HPCWIZ_SCHEDULES", 125), seed = number_from("HPCWIZ_SEED", 1);
    print_message("%u schedules, seeds %u to %u\n", count, seed, seed + count - 1);
    for (unsigned from = 0; from < count; from += SIDE)
        run_side_by_side(set, seed + from, count - from < SIDE ? count - from : SIDE);
}

static int set_up(void **state)
{
    struct stage_set *set = HW_NEW(struct stage_set);
    struct hw_err err = {0};
    assert_true(hw_dir_private("faults", &set->folder, &err));
    setenv("HOME", set->folder, 1);
    setenv("XDG_STATE_HOME", set->folder, 1);
    setenv("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE", 1);
    setenv("AWS_SECRET_ACCESS_KEY", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", 1);
    setenv("HPCWIZ_POLL_MS", "20", 1);
    hw_auto_text file = hw_path_join(set->folder, "riskgrid.yaml");
    assert_true(hw_file_write(file, cluster_text, strlen(cluster_text), 0600, &err));
    if (!hw_cluster_read(file, false, &set->cluster, &err))
        fail_msg("%s: %s", err.place, err.what);
    set->loop = hw_loop_new(&err);
    set->work = hw_work_new(set->loop, 1);
    *state = set;
    return 0;
}

static int tear_down(void **state)
{
    struct stage_set *set = *state;
    hw_work_free(set->work);
    hw_loop_free(set->loop);
    hw_cluster_free(set->cluster);
    hw_dir_remove(set->folder, NULL);
    free(set->folder);
    free(set);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_schedules, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
