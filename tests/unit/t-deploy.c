/* SPDX-License-Identifier: Apache-2.0 */
/* Deployments against a scripted CloudFormation: whole, again, killed at each of its calls and
 * taken up, failing, throttled, with a full disk, with a dead endpoint, planned and destroyed. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/journal.h"
#include "base/text.h"
#include "deploy/find.h"
#include "deploy/pace.h"
#include "fake-cfn.h"
#include "model/cluster_yaml.h"

static const char cluster_text[] =
    "hpcwiz: 1\ncluster: riskgrid\nregion: eu-central-1\n"
    "network:\n  vpc: vpc-0a1b2c3d4e5f67890\n"
    "  subnets: [subnet-0aaa1111bbb22222c, subnet-0bbb1111bbb22222c]\n"
    "  hosted_zone: Z0123456789ABCDEFGHIJ\n  zone_name: hpc.example.internal\n"
    "  sql_address: 10.20.1.5\n  head_address: 10.20.1.6\n"
    "directory: {domain: corp.example.internal, netbios: CORP}\n"
    "access: {key_pair: hpc-admin, from: [10.20.0.0/24]}\n"
    "hpc_pack: {version: 2019, media: \"s3://my-bucket/hpcpack/\"}\n"
    "deploy: {bucket: my-bucket}\n"
    "nodes:\n"
    "  sql: {image: ami-0a1b2c3d4e5f67890, type: r6i.xlarge, data_volume_gib: 200}\n"
    "  head: {image: ami-0a1b2c3d4e5f67890, type: m6i.xlarge}\n"
    "  compute:\n"
    "    - {name: std, image: ami-0a1b2c3d4e5f67890, type: c6i.4xlarge, min: 1, desired: 2, max: "
    "4}\n"
    "    - {name: big, image: ami-0a1b2c3d4e5f67890, type: c6i.4xlarge, min: 1, desired: 2, max: "
    "4}\n";

#define STACKS 5u

struct scene {
    char *folder, *file, *state_journal, url[64];
    char *state; /* where the state is kept; NULL: in the folder */
    struct fake_cfn *fake;
    struct hw_cluster *cluster;
    struct hw_loop *loop;
    struct hw_work *work;
    struct hw_aws *aws;
    struct hw_discover *discover;
    struct hw_deploy *deploy;
    /* What was told. */
    struct hw_strv steps;  /* "<stack> <step>" */
    struct hw_strv events; /* "<stack> <resource> <status>" */
    struct hw_strv event_ids, notices, messages;
    unsigned permille, progress, late_progress; /* told; after something had failed */
    bool failing;
    int64_t ahead_ms; /* of our clock, the newest step */
    enum hw_deploy_outcome outcome;
    struct hw_err err;
    const char *stop_at; /* a step at which the run is stopped */
    unsigned dies_at;    /* the endpoint, after so many events */
    struct hw_strv only; /* of the options */
    bool retry;
};

static void tell(void *data, const struct hw_event *event)
{
    struct scene *s = data;
    if (event->type == HW_EV_STEP) {
        hw_strv_take(&s->steps,
                     hw_format("%s %s", event->u.step.stack, hw_step_word(event->u.step.step)));
        s->ahead_ms = event->u.step.time_ms - hw_clock_wall_ms();
        s->failing = s->failing || event->u.step.step == HW_STEP_ROLLING_BACK;
        hw_strv_take(&s->messages, hw_format("%s: %s", event->u.step.stack, event->u.step.message));
        if (s->stop_at && s->deploy && strcmp(s->steps.items[s->steps.count - 1], s->stop_at) == 0)
            hw_deploy_stop(s->deploy);
    } else if (event->type == HW_EV_STACK) {
        /* Each once; the scripted account has one activity for all groups. */
        assert_true(!hw_strv_has(&s->event_ids, event->u.stack.event_id) ||
                    strcmp(event->u.stack.event_id, "activity-1") == 0);
        hw_strv_add(&s->event_ids, event->u.stack.event_id);
        hw_strv_take(&s->events, hw_format("%s %s %s", event->u.stack.stack,
                                           event->u.stack.resource, event->u.stack.status));
        if (s->dies_at && s->events.count == s->dies_at)
            fake_cfn_stop(s->fake);
    } else if (event->type == HW_EV_PROGRESS) {
        assert_true(event->u.progress.permille >= s->permille &&
                    event->u.progress.permille <= 1000);
        assert_true(event->u.progress.left_ms >= 0);
        s->permille = event->u.progress.permille;
        s->progress++;
        s->late_progress += s->failing;
    } else if (event->type == HW_EV_NOTICE) {
        hw_strv_add(&s->notices, event->u.notice.text);
    }
}

static void forget_told(struct scene *s)
{
    s->permille = s->progress = s->late_progress = 0;
    s->failing = false;
    hw_strv_done(&s->steps);
    hw_strv_done(&s->events);
    hw_strv_done(&s->event_ids);
    hw_strv_done(&s->notices);
    hw_strv_done(&s->messages);
}

static void use_scene(const struct scene *s)
{
    setenv("HOME", s->folder, 1);
    setenv("XDG_STATE_HOME", s->state ? s->state : s->folder, 1);
    setenv("AWS_ENDPOINT_URL", s->url, 1);
    setenv("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE", 1);
    setenv("AWS_SECRET_ACCESS_KEY", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", 1);
    setenv("HPCWIZ_POLL_MS", "1", 1);
}

/* A new one has its whole budget of requests. */
static void new_client(struct scene *s)
{
    struct hw_err err = {0};
    struct hw_aws_options options = {.region = "eu-central-1"};
    hw_discover_free(s->discover);
    hw_aws_free(s->aws);
    s->aws = hw_aws_new(s->loop, s->work, &options, &err);
    assert_non_null(s->aws);
    s->discover = hw_discover_new(s->aws, NULL, NULL);
}

static int set_up(void **state)
{
    struct scene *s = HW_NEW(struct scene);
    struct hw_err err = {0};
    assert_true(hw_dir_private("deploy", &s->folder, &err));
    s->fake = fake_cfn_new(s->url);
    assert_non_null(s->fake);
    use_scene(s);
    s->file = hw_path_join(s->folder, "riskgrid.yaml");
    assert_true(hw_file_write(s->file, cluster_text, strlen(cluster_text), 0600, &err));
    if (!hw_cluster_read(s->file, false, &s->cluster, &err))
        fail_msg("%s: %s", err.place, err.what);
    s->loop = hw_loop_new(&err);
    s->work = hw_work_new(s->loop, 1);
    new_client(s);
    s->state_journal = hw_deploy_journal_path(s->cluster, &err);
    *state = s;
    alarm(900);
    return 0;
}

static int tear_down(void **state)
{
    struct scene *s = *state;
    hw_discover_free(s->discover);
    hw_aws_free(s->aws);
    hw_work_free(s->work);
    hw_loop_free(s->loop);
    hw_cluster_free(s->cluster);
    fake_cfn_free(s->fake);
    forget_told(s);
    hw_dir_remove(s->folder, NULL);
    free(s->folder);
    free(s->file);
    free(s->state_journal);
    free(s);
    return 0;
}

struct waiting {
    struct scene *scene;
    bool over;
};

static void on_end(void *data, enum hw_deploy_outcome outcome, const struct hw_err *err)
{
    struct waiting *w = data;
    assert_false(w->over);
    w->over = true;
    w->scene->outcome = outcome;
    w->scene->err = err ? *err : (struct hw_err){0};
}

static enum hw_deploy_outcome run(struct scene *s, enum hw_deploy_mode mode, bool delete_data)
{
    struct waiting w = {.scene = s};
    struct hw_err err = {0};
    struct hw_sink sink = {tell, s};
    struct hw_deploy_options how = {.mode = mode,
                                    .delete_data = delete_data,
                                    .file = s->file,
                                    .sink = &sink,
                                    .only = &s->only,
                                    .retry = s->retry};
    forget_told(s);
    new_client(s);
    s->deploy = hw_deploy_start(s->aws, s->discover, s->loop, s->cluster, &how, on_end, &w, &err);
    if (!s->deploy)
        fail_msg("%s", err.what);
    while (!w.over)
        hw_loop_step(s->loop, -1);
    hw_deploy_free(s->deploy);
    s->deploy = NULL;
    return s->outcome;
}

static size_t place_of(const struct hw_strv *list, const char *text)
{
    for (size_t i = 0; i < list->count; i++) {
        if (strcmp(list->items[i], text) == 0)
            return i;
    }
    fail_msg("'%s' was not told", text);
    return 0;
}

static void test_whole(void **state)
{
    struct scene *s = *state;
    assert_int_equal(run(s, HW_DEPLOY_EXECUTE, false), HW_DEPLOY_COMPLETE);
    assert_int_equal(fake_cfn_stacks(s->fake), STACKS);
    assert_int_equal(fake_cfn_count(s->fake, "ExecuteChangeSet"), STACKS);
    assert_true(place_of(&s->steps, "riskgrid-foundation done") <
                place_of(&s->steps, "riskgrid-sql executing"));
    assert_true(place_of(&s->steps, "riskgrid-head done") <
                place_of(&s->steps, "riskgrid-compute-std executing"));
    assert_true(place_of(&s->steps, "riskgrid-compute-big executing") <
                place_of(&s->steps, "riskgrid-compute-std done")); /* side by side */
    /* Oldest first: the stack's beginning, its group, its end. */
    assert_true(place_of(&s->events, "riskgrid-sql riskgrid-sql CREATE_IN_PROGRESS") <
                place_of(&s->events, "riskgrid-sql Group CREATE_COMPLETE"));
    assert_true(place_of(&s->events, "riskgrid-sql Group CREATE_COMPLETE") <
                place_of(&s->events, "riskgrid-sql riskgrid-sql CREATE_COMPLETE"));

    size_t count;
    struct hw_deploy_known *known = hw_deploy_list(&count);
    assert_int_equal(count, 1);
    assert_string_equal(known->cluster, "riskgrid");
    assert_string_equal(known->state, "complete");
    assert_string_equal(known->file, s->file);
    hw_deploy_list_free(known, count);
}

static void test_second_run_changes_nothing(void **state)
{
    struct scene *s = *state;
    assert_int_equal(run(s, HW_DEPLOY_EXECUTE, false), HW_DEPLOY_COMPLETE);
    assert_int_equal(run(s, HW_DEPLOY_EXECUTE, false), HW_DEPLOY_NO_CHANGES);
    assert_int_equal(fake_cfn_count(s->fake, "ExecuteChangeSet"), STACKS);
    assert_int_equal(fake_cfn_change_sets(s->fake), 0);
    assert_int_equal(s->events.count, 0);
    place_of(&s->steps, "riskgrid-head unchanged");
}

static void test_replay(void **state)
{
    struct scene *s = *state;
    struct hw_err err = {0};
    struct hw_strv steps = {0}, events = {0};
    run(s, HW_DEPLOY_EXECUTE, false);
    hw_strv_copy(&steps, &s->steps);
    hw_strv_copy(&events, &s->events);
    forget_told(s);
    struct hw_sink sink = {tell, s};
    assert_true(hw_deploy_replay(s->state_journal, &sink, &err));
    assert_true(hw_strv_equal(&steps, &s->steps));
    assert_true(hw_strv_equal(&events, &s->events));
    hw_strv_done(&steps);
    hw_strv_done(&events);
    assert_false(hw_deploy_replay("/nonexistent/journal", &sink, &err));
}

static void test_failure(void **state)
{
    struct scene *s = *state;
    fake_cfn_fail(s->fake, "-head", "Received FAILURE signal with UniqueId i-0f3c1a2b4d5e6f708");
    assert_int_equal(run(s, HW_DEPLOY_EXECUTE, false), HW_DEPLOY_FAILED);
    assert_non_null(strstr(s->err.what, "riskgrid-head"));
    assert_non_null(strstr(s->err.what, "Received FAILURE signal"));
    assert_true(place_of(&s->steps, "riskgrid-head rolling-back") <
                place_of(&s->steps, "riskgrid-head failed"));
    place_of(&s->events, "riskgrid-head riskgrid-head ROLLBACK_COMPLETE");
    assert_int_equal(fake_cfn_stacks(s->fake), 3); /* no compute */
    /* What is left can only be deleted; deploying again says so and what to do. */
    assert_int_equal(run(s, HW_DEPLOY_EXECUTE, false), HW_DEPLOY_FAILED);
    assert_non_null(strstr(s->err.what, "ROLLBACK_COMPLETE"));
    assert_non_null(strstr(s->err.next, "hpcwiz destroy"));
    fake_cfn_fail(s->fake, "none", "");
    assert_int_equal(run(s, HW_DEPLOY_DESTROY, false), HW_DEPLOY_COMPLETE);
    assert_int_equal(run(s, HW_DEPLOY_EXECUTE, false), HW_DEPLOY_COMPLETE);
}

/* How far it is and how long it may still take is told while nothing has failed. */
static void test_progress(void **state)
{
    struct scene *s = *state;
    fake_cfn_slow(s->fake, 6); /* looks of a millisecond or more each, and ten of them a word */
    assert_int_equal(run(s, HW_DEPLOY_EXECUTE, false), HW_DEPLOY_COMPLETE);
    assert_true(s->progress > 1);
    assert_true(s->permille > 0);
    run(s, HW_DEPLOY_DESTROY, false);
    assert_int_equal(s->progress, 0);
    fake_cfn_fail(s->fake, "-sql", "Received FAILURE signal");
    assert_int_equal(run(s, HW_DEPLOY_EXECUTE, false), HW_DEPLOY_FAILED);
    assert_true(s->progress > 0);
    assert_int_equal(s->late_progress, 0);
}

/* Steps stand on the clock of the events beside them, also where this machine's is minutes off. */
static void test_wrong_clock(void **state)
{
    struct scene *s = *state;
    fake_cfn_clock(s->fake, 420);
    assert_int_equal(run(s, HW_DEPLOY_EXECUTE, false), HW_DEPLOY_COMPLETE);
    assert_in_range(s->ahead_ms, 360000, 480000);
    fake_cfn_clock(s->fake, -420);
    run(s, HW_DEPLOY_EXECUTE, false);
    assert_in_range(-s->ahead_ms, 360000, 480000);
    fake_cfn_clock(s->fake, 1); /* as near as can be told */
    run(s, HW_DEPLOY_EXECUTE, false);
    assert_true(s->ahead_ms <= 0);
}

/* What keeps a group from starting instances is told while the stack still waits. */
static void test_activities(void **state)
{
    struct scene *s = *state;
    fake_cfn_fail(s->fake, "-foundation", "We currently do not have sufficient capacity");
    fake_cfn_slow(s->fake, 10);
    assert_int_equal(run(s, HW_DEPLOY_EXECUTE, false), HW_DEPLOY_FAILED);
    assert_true(place_of(&s->events, "riskgrid-foundation Group FAILED") <
                place_of(&s->events, "riskgrid-foundation Group CREATE_FAILED"));
}

static void test_plan(void **state)
{
    struct scene *s = *state;
    assert_int_equal(run(s, HW_DEPLOY_PLAN, false), HW_DEPLOY_CHANGES);
    assert_int_equal(fake_cfn_count(s->fake, "ExecuteChangeSet"), 0);
    assert_int_equal(fake_cfn_stacks(s->fake), 0);
    assert_int_equal(fake_cfn_change_sets(s->fake), 0);
    place_of(&s->messages, "riskgrid-foundation: 1 to add, 1 to change, 0 to remove");
    bool honest = false;
    for (size_t i = 0; i < s->messages.count; i++)
        honest = honest || strstr(s->messages.items[i], "before riskgrid-foundation exists");
    assert_true(honest);
    run(s, HW_DEPLOY_EXECUTE, false);
    assert_int_equal(run(s, HW_DEPLOY_PLAN, false), HW_DEPLOY_NO_CHANGES);
    assert_int_equal(fake_cfn_change_sets(s->fake), 0);
    assert_int_equal(fake_cfn_stacks(s->fake), STACKS);
}

/* What CloudFormation refuses is told at the question that it comes from, and nothing is left over.
 */
static void test_refused(void **state)
{
    struct scene *s = *state;
    fake_cfn_refuse(s->fake, "-sql", "/Resources/Launch/Properties/LaunchTemplateData/InstanceType",
                    "r6i.xlarge is not offered here");
    assert_int_equal(run(s, HW_DEPLOY_EXECUTE, false), HW_DEPLOY_FAILED);
    assert_string_equal(s->err.place, "nodes.sql.type");
    assert_non_null(strstr(s->err.what, "Launch: r6i.xlarge is not offered here"));
    assert_non_null(strstr(s->err.next, "nodes.sql.type"));
    assert_int_equal(fake_cfn_stacks(s->fake), 1); /* the foundation; no empty stack */
    assert_int_equal(fake_cfn_change_sets(s->fake), 0);
    fake_cfn_refuse(s->fake, "-sql", NULL,
                    "Parameter validation failed: parameter value hpc-admin for parameter name "
                    "KeyPair does not exist");
    assert_int_equal(run(s, HW_DEPLOY_EXECUTE, false), HW_DEPLOY_FAILED);
    assert_string_equal(s->err.place, "access.key_pair");
    fake_cfn_refuse(s->fake, "-big", NULL, "parameter name InstanceType: no");
    assert_int_equal(run(s, HW_DEPLOY_EXECUTE, false), HW_DEPLOY_FAILED);
    fake_cfn_refuse(s->fake, "-big", "/Resources/ComputeGroup/Properties/MaxSize", "no");
    assert_int_equal(run(s, HW_DEPLOY_EXECUTE, false), HW_DEPLOY_FAILED);
    assert_string_equal(s->err.place, "nodes.compute.1.max");
    fake_cfn_refuse(s->fake, NULL, NULL, NULL);
    assert_int_equal(run(s, HW_DEPLOY_EXECUTE, false), HW_DEPLOY_COMPLETE);
}

/* What EBS would refuse in the middle of an update is refused before anything is sent. */
static void test_volume_shrinks(void **state)
{
    struct scene *s = *state;
    run(s, HW_DEPLOY_EXECUTE, false);
    unsigned change_sets = fake_cfn_count(s->fake, "CreateChangeSet");
    assert_true(hw_cluster_set(s->cluster, "nodes.sql.data_volume_gib", "100", NULL));
    assert_int_equal(run(s, HW_DEPLOY_EXECUTE, false), HW_DEPLOY_FAILED);
    assert_string_equal(s->err.place, "nodes.sql.data_volume_gib");
    assert_non_null(strstr(s->err.what, "has 200 GiB and cannot shrink to 100"));
    assert_int_equal(fake_cfn_count(s->fake, "CreateChangeSet"), change_sets + 1); /* foundation */
    assert_true(hw_cluster_set(s->cluster, "nodes.sql.data_volume_gib", "300", NULL));
    assert_int_equal(run(s, HW_DEPLOY_PLAN, false), HW_DEPLOY_CHANGES);
}

/* Left over by a failure: explained with its choices, then made again, or deleted alone. */
static void test_left_over(void **state)
{
    struct scene *s = *state;
    fake_cfn_fail(s->fake, "-head", "made to fail");
    assert_int_equal(run(s, HW_DEPLOY_EXECUTE, false), HW_DEPLOY_FAILED);
    assert_int_equal(run(s, HW_DEPLOY_EXECUTE, false), HW_DEPLOY_FAILED);
    assert_non_null(strstr(s->err.what, "nothing is left of it"));
    assert_non_null(strstr(s->err.next, "--retry"));
    assert_non_null(strstr(s->err.next, "--stack riskgrid-head"));
    hw_strv_add(&s->only, "riskgrid-head");
    assert_int_equal(run(s, HW_DEPLOY_DESTROY, false), HW_DEPLOY_COMPLETE);
    assert_int_equal(fake_cfn_stacks(s->fake), 2);
    hw_strv_done(&s->only);
    hw_strv_add(&s->only, "riskgrid-nothing");
    assert_int_equal(run(s, HW_DEPLOY_DESTROY, false), HW_DEPLOY_FAILED);
    assert_int_equal(fake_cfn_stacks(s->fake), 2);
    hw_strv_done(&s->only);
    assert_int_equal(run(s, HW_DEPLOY_EXECUTE, false), HW_DEPLOY_FAILED);
    fake_cfn_fail(s->fake, "none", "");
    s->retry = true;
    assert_int_equal(run(s, HW_DEPLOY_EXECUTE, false), HW_DEPLOY_COMPLETE);
    assert_int_equal(fake_cfn_stacks(s->fake), STACKS);
}

/* Going back: what was never whole goes, what is done stays. */
static void test_roll_back(void **state)
{
    struct scene *s = *state;
    fake_cfn_fail(s->fake, "-head", "made to fail");
    run(s, HW_DEPLOY_EXECUTE, false);
    assert_int_equal(run(s, HW_DEPLOY_ROLLBACK, false), HW_DEPLOY_COMPLETE);
    assert_int_equal(fake_cfn_stacks(s->fake), 2);
    assert_int_equal(run(s, HW_DEPLOY_ROLLBACK, false), HW_DEPLOY_NO_CHANGES);
}

/* A time that an earlier run took is what the next one reckons with. */
static void test_pace(void **state)
{
    struct scene *s = *state;
    static const char *const RECORDS[] = {
        "{\"record\":\"event\",\"event\":{\"type\":\"stage\",\"time\":"
        "\"2026-11-22T20:00:00.000Z\",\"node\":\"head\",\"role\":\"head\",\"stage\":"
        "\"setup\",\"status\":\"started\"}}",
        "{\"record\":\"event\",\"event\":{\"type\":\"stage\",\"time\":"
        "\"2026-11-22T20:10:00.000Z\",\"node\":\"head\",\"role\":\"head\",\"stage\":"
        "\"setup\",\"status\":\"done\"}}",
    };
    struct hw_pace pace = {0};
    struct hw_journal *journal = hw_journal_open(s->state_journal, NULL);
    assert_int_equal(hw_pace_seconds(&pace, "head", "setup"), 1500);
    for (size_t i = 0; i < HW_COUNT(RECORDS); i++) {
        json_t *record = json_loads(RECORDS[i], 0, NULL);
        assert_true(hw_journal_append(journal, record, false, NULL));
        json_decref(record);
    }
    hw_journal_close(journal);
    hw_pace_learn(&pace, s->state_journal);
    assert_int_equal(hw_pace_seconds(&pace, "head", "setup"), 600);
    assert_int_equal(hw_pace_seconds(&pace, "compute", "setup"), 420); /* another role's */
    assert_int_equal(hw_pace_seconds(&pace, "head", "nothing"), 0);
    hw_pace_learn(&pace, "/nonexistent/journal");
    assert_int_equal(hw_pace_seconds(&pace, "head", "setup"), 600);
}

static void test_destroy(void **state)
{
    struct scene *s = *state;
    run(s, HW_DEPLOY_EXECUTE, false);
    assert_int_equal(run(s, HW_DEPLOY_DESTROY, false), HW_DEPLOY_COMPLETE);
    assert_int_equal(fake_cfn_stacks(s->fake), 0);
    assert_int_equal(fake_cfn_count(s->fake, "DeleteVolume"), 0);
    assert_int_equal(fake_cfn_count(s->fake, "DeleteParameter"), 0);
    assert_true(place_of(&s->steps, "riskgrid-compute-std deleted") <
                place_of(&s->steps, "riskgrid-head deleting"));
    assert_true(place_of(&s->steps, "riskgrid-sql deleted") <
                place_of(&s->steps, "riskgrid-foundation deleting"));
    bool kept = false;
    for (size_t i = 0; i < s->notices.count; i++)
        kept = kept || strstr(s->notices.items[i], "vol-0a1b2c3d4e5f67890");
    assert_true(kept);
    assert_int_equal(run(s, HW_DEPLOY_DESTROY, false), HW_DEPLOY_NO_CHANGES);
}

static bool has_notice(const struct scene *s, const char *text)
{
    for (size_t i = 0; i < s->notices.count; i++) {
        if (strstr(s->notices.items[i], text))
            return true;
    }
    return false;
}

/* AWS keeps an interface for a while: what is waited for is told, and where CloudFormation gives up
 * the stack is deleted again. */
static void test_destroy_waits(void **state)
{
    static const char waits[] =
        "riskgrid-foundation waits for 1 network interface that AWS has not "
        "released yet: eni-0a1b2c3d4e5f67890 (AWS Lambda VPC ENI-riskgrid)";
    struct scene *s = *state;
    run(s, HW_DEPLOY_EXECUTE, false);
    fake_cfn_keep_interface(s->fake, 3, false);
    assert_int_equal(run(s, HW_DEPLOY_DESTROY, false), HW_DEPLOY_COMPLETE);
    assert_true(has_notice(s, waits));
    assert_false(has_notice(s, "deleted again"));
    run(s, HW_DEPLOY_EXECUTE, false);
    fake_cfn_keep_interface(s->fake, 4, true);
    assert_int_equal(run(s, HW_DEPLOY_DESTROY, false), HW_DEPLOY_COMPLETE);
    assert_true(has_notice(s, waits));
    assert_true(has_notice(s, "riskgrid-foundation is deleted again"));
    assert_int_equal(fake_cfn_stacks(s->fake), 0);
}

static void test_destroy_data(void **state)
{
    struct scene *s = *state;
    run(s, HW_DEPLOY_EXECUTE, false);
    assert_int_equal(run(s, HW_DEPLOY_DESTROY, true), HW_DEPLOY_COMPLETE);
    assert_int_equal(fake_cfn_count(s->fake, "DeleteVolume"), 1);
    assert_int_equal(fake_cfn_count(s->fake, "DeleteParameter"), 1);
}

static void test_stop(void **state)
{
    struct scene *s = *state;
    s->stop_at = "riskgrid-sql executing";
    assert_int_equal(run(s, HW_DEPLOY_EXECUTE, false), HW_DEPLOY_STOPPED);
    assert_int_equal(s->err.code, HW_ERR_INTERRUPTED);
    assert_int_equal(hw_err_exit_status(&s->err), 5);
    s->stop_at = NULL;
    assert_int_equal(run(s, HW_DEPLOY_EXECUTE, false), HW_DEPLOY_COMPLETE);
    assert_int_equal(fake_cfn_count(s->fake, "ExecuteChangeSet"), STACKS);
}

static void test_throttled(void **state)
{
    struct scene *s = *state;
    fake_cfn_throttle(s->fake, 3);
    assert_int_equal(run(s, HW_DEPLOY_EXECUTE, false), HW_DEPLOY_COMPLETE);
    assert_int_equal(fake_cfn_count(s->fake, "ExecuteChangeSet"), STACKS);
}

static void test_busy(void **state)
{
    struct scene *s = *state;
    struct hw_err err = {0};
    struct waiting w = {.scene = s};
    run(s, HW_DEPLOY_EXECUTE, false);
    struct hw_journal *other = hw_journal_open(s->state_journal, &err);
    assert_non_null(other);
    struct hw_deploy_options how = {.mode = HW_DEPLOY_EXECUTE};
    assert_null(hw_deploy_start(s->aws, s->discover, s->loop, s->cluster, &how, on_end, &w, &err));
    assert_int_equal(err.code, HW_ERR_BUSY);
    assert_non_null(strstr(err.what, "process"));
    assert_non_null(strstr(err.what, " UTC)"));
    assert_non_null(strstr(err.next, "hpcwiz follow"));
    hw_journal_close(other);
}

/* Another machine deploys: refused while it lives, taken over when it is silent or named dead. */
static void test_other_machine(void **state)
{
    struct scene *s = *state;
    char now[HW_TIME_SIZE], long_ago[HW_TIME_SIZE];
    hw_time_rfc3339(hw_clock_wall_ms(), now);
    hw_time_rfc3339(hw_clock_wall_ms() - 600000, long_ago);
    hw_auto_text alive = hw_format("{\"run\":\"other\",\"place\":\"bastion-2:/j\",\"process\":7,"
                                   "\"since\":\"%s\",\"alive\":\"%s\"}",
                                   long_ago, now);
    hw_auto_text silent = hw_format("{\"run\":\"other\",\"place\":\"bastion-2:/j\",\"process\":7,"
                                    "\"since\":\"%s\",\"alive\":\"%s\"}",
                                    long_ago, long_ago);
    fake_cfn_lock(s->fake, alive);
    assert_int_equal(run(s, HW_DEPLOY_EXECUTE, false), HW_DEPLOY_FAILED);
    assert_int_equal(s->err.code, HW_ERR_BUSY);
    assert_non_null(strstr(s->err.what, "process 7 on bastion-2"));
    assert_non_null(strstr(s->err.what, " UTC; last sign of life"));
    assert_non_null(strstr(s->err.next, "--take-over"));
    assert_int_equal(fake_cfn_stacks(s->fake), 0);
    assert_true(fake_cfn_locked(s->fake));                              /* the other's */
    assert_int_equal(run(s, HW_DEPLOY_PLAN, false), HW_DEPLOY_CHANGES); /* looking is free */
    fake_cfn_lock(s->fake, silent);
    assert_int_equal(run(s, HW_DEPLOY_EXECUTE, false), HW_DEPLOY_COMPLETE);
    bool told = false;
    for (size_t i = 0; i < s->notices.count; i++)
        told = told || strstr(s->notices.items[i], "taking over from process 7 on bastion-2");
    assert_true(told);
    assert_false(fake_cfn_locked(s->fake));
}

struct finding {
    struct hw_deploy_known *list;
    size_t count;
    bool over;
    struct hw_err err;
};

static void on_find(void *data, struct hw_deploy_known *list, size_t count,
                    const struct hw_err *err)
{
    struct finding *finding = data;
    *finding = (struct finding){.list = list, .count = count, .over = true};
    if (err)
        finding->err = *err;
}

static struct finding find_clusters(struct scene *s)
{
    struct finding finding = {0};
    new_client(s);
    struct hw_deploy_find *find = hw_deploy_find(s->aws, on_find, &finding);
    while (!finding.over)
        hw_loop_step(s->loop, -1);
    hw_deploy_find_free(find);
    return finding;
}

static void expect_found(struct scene *s, const char *state)
{
    struct finding finding = find_clusters(s);
    assert_int_equal(finding.err.code, HW_OK);
    assert_int_equal(finding.count, state ? 1 : 0);
    if (state) {
        assert_string_equal(finding.list->cluster, "riskgrid");
        assert_string_equal(finding.list->region, "eu-central-1");
        assert_string_equal(finding.list->state, state);
    }
    hw_deploy_list_free(finding.list, finding.count);
}

/* On a machine without its journal a cluster is found by its tags, and followed. */
static void test_find(void **state)
{
    struct scene *s = *state;
    expect_found(s, NULL);
    fake_cfn_set(s->fake, "riskgrid-foundation", "REVIEW_IN_PROGRESS");
    expect_found(s, NULL); /* a plan is no cluster */
    run(s, HW_DEPLOY_EXECUTE, false);
    fake_cfn_set(s->fake, "riskgrid-head", "UPDATE_ROLLBACK_FAILED");
    expect_found(s, "failed");
    fake_cfn_set(s->fake, "riskgrid-head", "UPDATE_IN_PROGRESS");
    expect_found(s, "running");
    fake_cfn_set(s->fake, "riskgrid-head", "DELETE_COMPLETE");
    expect_found(s, "interrupted");
    fake_cfn_set(s->fake, "riskgrid-head", "UPDATE_COMPLETE");
    expect_found(s, "complete");
    assert_true(hw_path_exists(s->state_journal));
    unlink(s->state_journal);
    struct finding finding = find_clusters(s);
    struct hw_cluster *whole = s->cluster;
    s->cluster = finding.list->answers;
    assert_string_equal(hw_cluster_get(s->cluster, "access.key_pair"), "hpc-admin");
    assert_int_equal(hw_cluster_groups(s->cluster), 2);
    assert_int_equal(run(s, HW_DEPLOY_FOLLOW, false), HW_DEPLOY_COMPLETE);
    place_of(&s->steps, "riskgrid-compute-big done");
    place_of(&s->events, "riskgrid-sql riskgrid-sql CREATE_COMPLETE");
    assert_false(hw_path_exists(s->state_journal)); /* looking leaves nothing behind */
    s->cluster = whole;
    hw_deploy_list_free(finding.list, finding.count);
}

/* What is not there yet may come as long as another machine deploys. */
static void test_follow_elsewhere(void **state)
{
    struct scene *s = *state;
    char now[HW_TIME_SIZE];
    struct hw_err err = {0};
    struct waiting w = {.scene = s};
    struct hw_deploy_options how = {.mode = HW_DEPLOY_FOLLOW};
    hw_time_rfc3339(hw_clock_wall_ms(), now);
    hw_auto_text alive = hw_format("{\"place\":\"bastion-2:/j\",\"alive\":\"%s\"}", now);
    fake_cfn_lock(s->fake, alive);
    s->deploy = hw_deploy_start(s->aws, s->discover, s->loop, s->cluster, &how, on_end, &w, &err);
    assert_non_null(s->deploy);
    while (fake_cfn_looks(s->fake) < 3 * STACKS)
        hw_loop_step(s->loop, -1);
    assert_false(w.over);
    fake_cfn_lock(s->fake, NULL);
    while (!w.over)
        hw_loop_step(s->loop, -1);
    assert_int_equal(s->outcome, HW_DEPLOY_FAILED); /* none has come, and nobody deploys */
    assert_int_equal(s->err.code, HW_ERR_NOT_FOUND);
    assert_string_equal(s->err.what,
                        "no stack of 'riskgrid' is in eu-central-1, and nobody deploys it");
    assert_non_null(strstr(s->err.next, "hpcwiz deploy"));
    hw_deploy_free(s->deploy);
    s->deploy = NULL;
}

/* A run that was killed leaves a fresh sign of life behind; its own machine knows better. */
static void test_follow_killed(void **state)
{
    struct scene *s = *state;
    char now[HW_TIME_SIZE], host[256] = "?";
    run(s, HW_DEPLOY_EXECUTE, false);
    fake_cfn_set(s->fake, "riskgrid-compute-big", "REVIEW_IN_PROGRESS");
    hw_time_rfc3339(hw_clock_wall_ms(), now);
    gethostname(host, sizeof host - 1);
    hw_auto_text alive =
        hw_format("{\"place\":\"%s:%s\",\"alive\":\"%s\"}", host, s->state_journal, now);
    fake_cfn_lock(s->fake, alive);
    assert_int_equal(run(s, HW_DEPLOY_FOLLOW, false), HW_DEPLOY_FAILED);
    assert_int_equal(s->err.code, HW_ERR_INTERRUPTED);
    assert_non_null(strstr(s->err.what, "'riskgrid-compute-big' is not made"));
    place_of(&s->messages, "riskgrid-compute-big: not made");
}

/* Nobody deploys any more: what is not made is no deployment that ended well. */
static void test_follow_undone(void **state)
{
    struct scene *s = *state;
    run(s, HW_DEPLOY_EXECUTE, false);
    fake_cfn_set(s->fake, "riskgrid-compute-big", "DELETE_COMPLETE");
    assert_int_equal(run(s, HW_DEPLOY_FOLLOW, false), HW_DEPLOY_FAILED);
    assert_int_equal(s->err.code, HW_ERR_INTERRUPTED);
    assert_non_null(strstr(s->err.what, "riskgrid-compute-big"));
    assert_non_null(strstr(s->err.next, "hpcwiz deploy"));
}

static void test_find_denied(void **state)
{
    struct scene *s = *state;
    fake_cfn_stop(s->fake);
    struct finding finding = find_clusters(s);
    assert_int_equal(finding.err.code, HW_ERR_NETWORK);
    assert_int_equal(finding.count, 0);
    hw_deploy_list_free(finding.list, finding.count);
}

static void test_endpoint_dies(void **state)
{
    struct scene *s = *state;
    s->dies_at = 4;
    assert_int_equal(run(s, HW_DEPLOY_EXECUTE, false), HW_DEPLOY_FAILED);
    assert_int_equal(s->err.code, HW_ERR_NETWORK);
    assert_non_null(strstr(s->err.next, "hpcwiz deploy"));
}

/* Freed in the middle: no callback, nothing leaks. */
static void test_free_early(void **state)
{
    struct scene *s = *state;
    struct hw_err err = {0};
    struct waiting w = {.scene = s};
    struct hw_deploy_options how = {.mode = HW_DEPLOY_EXECUTE};
    struct hw_deploy *d =
        hw_deploy_start(s->aws, s->discover, s->loop, s->cluster, &how, on_end, &w, &err);
    for (int i = 0; i < 10; i++)
        hw_loop_step(s->loop, 20);
    hw_deploy_free(d);
    for (int i = 0; i < 3; i++)
        hw_loop_step(s->loop, 5);
    assert_false(w.over);
}

/* What happens to a child at its n-th journal record (deploy-once.c). */
struct trouble {
    const char *what; /* NULL: nothing */
    unsigned record;
};

/* What a child said; the caller's. */
static char *said_by(const struct scene *s)
{
    hw_auto(hw_buf) text = HW_BUF(HW_MAX_FILE);
    hw_auto_text path = hw_path_join(s->folder, "said");
    assert_true(hw_file_read(path, &text, NULL));
    return hw_buf_take(&text);
}

/* In the child, until the test has told the endpoint when to kill it. */
static void become_child(struct scene *s, const char *mode, struct trouble trouble)
{
    hw_auto_text program = hw_path_join(getenv("HPCWIZ_BUILD"), "tests/unit/deploy-once");
    hw_auto_text said = hw_path_join(s->folder, "said");
    hw_auto_text record = hw_format("%u", trouble.record);
    struct rlimit none = {0, 0};
    int out = open(said, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    dup2(out, 2);
    setrlimit(RLIMIT_CORE, &none);
    if (trouble.what) {
        setenv("DEPLOY_ONCE_TROUBLE", trouble.what, 1);
        setenv("DEPLOY_ONCE_RECORD", record, 1);
    }
    raise(SIGSTOP);
    execl(program, program, mode, s->file, (char *)NULL);
    _exit(127);
}

static pid_t start_child(struct scene *s, const char *mode, unsigned kill_at, bool after,
                         struct trouble trouble)
{
    int status;
    use_scene(s);
    pid_t pid = fork();
    if (pid == 0)
        become_child(s, mode, trouble);
    assert_true(pid > 0);
    assert_int_equal(waitpid(pid, &status, WUNTRACED), pid);
    fake_cfn_kill_at(s->fake, pid, kill_at, after);
    kill(pid, SIGCONT);
    return pid;
}

/* -1: it was killed. */
static int end_child(struct scene *s, pid_t pid)
{
    int status;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    fake_cfn_kill_at(s->fake, 0, 0, false);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static int run_child(struct scene *s, const char *mode, struct trouble trouble)
{
    return end_child(s, start_child(s, mode, 0, false, trouble));
}

static void expect_whole(const struct scene *s, unsigned n, int outcome)
{
    unsigned executions = fake_cfn_count(s->fake, "ExecuteChangeSet");
    if (outcome > HW_DEPLOY_NO_CHANGES || executions != STACKS)
        print_error("killed %s request %u: outcome %d, %u executions\n", n % 2 ? "after" : "before",
                    n / 2 + 1, outcome, executions);
    assert_true(outcome <= HW_DEPLOY_NO_CHANGES);
    assert_int_equal(executions, STACKS);
    assert_int_equal(fake_cfn_stacks(s->fake), STACKS);
    assert_int_equal(fake_cfn_change_sets(s->fake), 0);
}

#define KILLS 20u

/* Killed at its n-th request, before or after the request took effect, and taken up; all side by
 * side, each with an endpoint and a journal of its own. */
static void test_killed_anywhere(void **state HW_UNUSED)
{
    void *scenes[KILLS];
    pid_t pids[KILLS];
    bool killed[KILLS];
    for (unsigned i = 0; i < KILLS; i++) {
        set_up(&scenes[i]);
        pids[i] = start_child(scenes[i], "deploy", i / 2 + 1, i % 2, (struct trouble){0});
    }
    for (unsigned i = 0; i < KILLS; i++)
        killed[i] = end_child(scenes[i], pids[i]) == -1;
    assert_true(killed[KILLS - 1]); /* the run is longer than that */
    for (unsigned i = 0; i < KILLS; i++)
        pids[i] = start_child(scenes[i], "deploy", 0, false, (struct trouble){0});
    for (unsigned i = 0; i < KILLS; i++) {
        int outcome = end_child(scenes[i], pids[i]);
        expect_whole(scenes[i], i, outcome);
        tear_down(&scenes[i]);
    }
}

/* Killed, and taken up on a machine that has no journal: with the same end. While the dead one's
 * last sign of life is fresh, that is refused. */
static void test_killed_journal_lost(void **state HW_UNUSED)
{
    void *scenes[KILLS];
    pid_t pids[KILLS];
    unsigned held_count = 0;
    for (unsigned i = 0; i < KILLS; i++) {
        set_up(&scenes[i]);
        pids[i] = start_child(scenes[i], "deploy", i / 2 + 3, i % 2, (struct trouble){0});
    }
    for (unsigned i = 0; i < KILLS; i++) {
        struct scene *s = scenes[i];
        end_child(s, pids[i]);
        bool held = fake_cfn_locked(s->fake);
        held_count += held;
        char *other = hw_path_join(s->folder, "other-machine");
        s->state = other;
        if (held)
            assert_int_equal(run_child(s, "deploy", (struct trouble){0}), HW_DEPLOY_FAILED);
        pids[i] = start_child(s, "take-over", 0, false, (struct trouble){0});
    }
    assert_true(held_count > KILLS / 2);
    for (unsigned i = 0; i < KILLS; i++) {
        struct scene *s = scenes[i];
        int outcome = end_child(s, pids[i]);
        expect_whole(s, i, outcome);
        free(s->state);
        tear_down(&scenes[i]);
    }
}

struct in_journal {
    struct hw_strv ids; /* of stack events */
    size_t records, planned, executed, events;
};

static bool take_record(void *data, const json_t *record)
{
    struct in_journal *in = data;
    const json_t *event = json_object_get(record, "event");
    const char *id = json_string_value(json_object_get(event, "event_id"));
    const char *step = json_string_value(json_object_get(record, "step"));
    in->records++;
    in->planned += step && strcmp(step, "planning") == 0;
    in->executed += step && strcmp(step, "executing") == 0;
    if (id && strcmp(json_string_value(json_object_get(event, "resource_type")),
                     "AWS::AutoScaling::Activity") != 0)
        hw_strv_add(&in->ids, id);
    return true;
}

/* Every event of every stack stands in the journal, once. */
static void expect_events(struct scene *s, struct trouble trouble)
{
    struct in_journal in = {0};
    struct hw_strv all = {0};
    fake_cfn_events(s->fake, &all);
    assert_true(hw_journal_read(s->state_journal, take_record, &in, NULL));
    for (size_t i = 0; i < all.count; i++) {
        if (!hw_strv_has(&in.ids, all.items[i]))
            fail_msg("%s at record %u: %s was lost", trouble.what, trouble.record, all.items[i]);
    }
    if (in.ids.count != all.count)
        fail_msg("%s at record %u: %zu events in the journal, %zu happened", trouble.what,
                 trouble.record, in.ids.count, all.count);
    hw_strv_done(&in.ids);
    hw_strv_done(&all);
}

/* Records of a run that nothing happens to. */
static unsigned records_of_a_run(void)
{
    void *scene;
    struct in_journal in = {0};
    set_up(&scene);
    struct scene *s = scene;
    assert_int_equal(run_child(s, "deploy", (struct trouble){0}), HW_DEPLOY_COMPLETE);
    expect_events(s, (struct trouble){0});
    assert_true(hw_journal_read(s->state_journal, take_record, &in, NULL));
    hw_strv_done(&in.ids);
    tear_down(&scene);
    return (unsigned)in.records;
}

#define RECORDS_MOST 200u
#define SIDE_BY_SIDE 50u

/* Nothing has changed the account that does not stand in the journal. */
static void expect_nothing_unnoted(struct scene *s, struct trouble trouble)
{
    struct in_journal in = {0};
    hw_journal_read(s->state_journal, take_record, &in, NULL);
    unsigned planned = fake_cfn_count(s->fake, "CreateChangeSet");
    unsigned executed = fake_cfn_count(s->fake, "ExecuteChangeSet");
    if (planned > in.planned || executed > in.executed)
        fail_msg("%s at record %u: %u change sets made, %zu noted; %u executed, %zu noted",
                 trouble.what, trouble.record, planned, in.planned, executed, in.executed);
    hw_strv_done(&in.ids);
}

/* It died, or it said that the disk is full and how to go on. */
static void expect_end(struct scene *s, struct trouble trouble, int outcome, bool last)
{
    bool dies = strcmp(trouble.what, "die") == 0 || strcmp(trouble.what, "torn") == 0;
    hw_auto_text said = said_by(s);
    bool ok = dies                  ? outcome == -1
              : last                ? outcome == HW_DEPLOY_COMPLETE
              : trouble.record == 1 ? outcome == 9
                                    : outcome == HW_DEPLOY_FAILED;
    bool tells =
        dies || (strstr(said, "cannot write the journal") && strstr(said, "No space left"));
    bool goes_on = dies || last || strstr(said, "run `hpcwiz deploy FILE`");
    if (!ok || !tells || !goes_on)
        fail_msg("%s at record %u: outcome %d: %s", trouble.what, trouble.record, outcome, said);
    expect_nothing_unnoted(s, trouble);
}

static void trouble_some(const char *what, unsigned from, unsigned count, unsigned records)
{
    void *scenes[SIDE_BY_SIDE];
    pid_t pids[SIDE_BY_SIDE];
    for (unsigned i = 0; i < count; i++) {
        set_up(&scenes[i]);
        pids[i] = start_child(scenes[i], "deploy", 0, false, (struct trouble){what, from + i});
    }
    for (unsigned i = 0; i < count; i++) {
        struct trouble trouble = {what, from + i};
        expect_end(scenes[i], trouble, end_child(scenes[i], pids[i]), from + i == records);
        pids[i] = start_child(scenes[i], "deploy", 0, false, (struct trouble){0});
    }
    for (unsigned i = 0; i < count; i++) {
        int outcome = end_child(scenes[i], pids[i]);
        expect_whole(scenes[i], 0, outcome);
        expect_events(scenes[i], (struct trouble){what, from + i});
        tear_down(&scenes[i]);
    }
}

static void at_each_record(const char *const *what)
{
    unsigned records = records_of_a_run();
    assert_in_range(records, 40, RECORDS_MOST);
    for (unsigned from = 1; from <= records; from += SIDE_BY_SIDE) {
        unsigned left = records - from + 1;
        trouble_some(what[from / SIDE_BY_SIDE % 2], from, left < SIDE_BY_SIDE ? left : SIDE_BY_SIDE,
                     records);
    }
}

static void test_killed_at_each_record(void **state HW_UNUSED)
{
    at_each_record((const char *const[]){"die", "torn"});
    at_each_record((const char *const[]){"torn", "die"});
}

/* From each record on there is no room any more; then there is again. */
static void test_full_disk_at_each_record(void **state HW_UNUSED)
{
    at_each_record((const char *const[]){"full", "short"});
    at_each_record((const char *const[]){"short", "full"});
}

int main(void)
{
#define SCENE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        SCENE(test_whole),
        SCENE(test_second_run_changes_nothing),
        SCENE(test_replay),
        SCENE(test_failure),
        SCENE(test_plan),
        SCENE(test_progress),
        SCENE(test_wrong_clock),
        SCENE(test_activities),
        SCENE(test_refused),
        SCENE(test_volume_shrinks),
        SCENE(test_left_over),
        SCENE(test_roll_back),
        SCENE(test_pace),
        SCENE(test_destroy),
        SCENE(test_destroy_waits),
        SCENE(test_destroy_data),
        SCENE(test_stop),
        SCENE(test_throttled),
        SCENE(test_busy),
        SCENE(test_other_machine),
        SCENE(test_find),
        SCENE(test_find_denied),
        SCENE(test_follow_elsewhere),
        SCENE(test_follow_undone),
        SCENE(test_follow_killed),
        SCENE(test_endpoint_dies),
        SCENE(test_free_early),
        cmocka_unit_test(test_killed_anywhere),
        cmocka_unit_test(test_killed_journal_lost),
        cmocka_unit_test(test_killed_at_each_record),
        cmocka_unit_test(test_full_disk_at_each_record),
    };
    if (getenv("ONLY"))
        cmocka_set_test_filter(getenv("ONLY"));
    return cmocka_run_group_tests(tests, NULL, NULL);
}
