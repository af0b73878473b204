/* SPDX-License-Identifier: Apache-2.0 */
/* Deployments against a scripted CloudFormation: whole, again, failing, refused, rolled back,
 * planned and destroyed. */
#include "base/clock.h"
#include "base/journal.h"
#include "base/text.h"
#include "deploy-scene.h"
#include "deploy/pace.h"

static void test_whole(void **state)
{
    struct scene *s = *state;
    assert_int_equal(scene_run(s, HW_DEPLOY_EXECUTE, false), HW_DEPLOY_COMPLETE);
    assert_int_equal(fake_cfn_stacks(s->fake), STACKS);
    assert_int_equal(fake_cfn_count(s->fake, "ExecuteChangeSet"), STACKS);
    assert_true(scene_place(&s->steps, "riskgrid-foundation done") <
                scene_place(&s->steps, "riskgrid-sql executing"));
    assert_true(scene_place(&s->steps, "riskgrid-head done") <
                scene_place(&s->steps, "riskgrid-compute-std executing"));
    assert_true(scene_place(&s->steps, "riskgrid-compute-big executing") <
                scene_place(&s->steps, "riskgrid-compute-std done")); /* side by side */
    /* Oldest first: the stack's beginning, its group, its end. */
    assert_true(scene_place(&s->events, "riskgrid-sql riskgrid-sql CREATE_IN_PROGRESS") <
                scene_place(&s->events, "riskgrid-sql Group CREATE_COMPLETE"));
    assert_true(scene_place(&s->events, "riskgrid-sql Group CREATE_COMPLETE") <
                scene_place(&s->events, "riskgrid-sql riskgrid-sql CREATE_COMPLETE"));

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
    assert_int_equal(scene_run(s, HW_DEPLOY_EXECUTE, false), HW_DEPLOY_COMPLETE);
    assert_int_equal(scene_run(s, HW_DEPLOY_EXECUTE, false), HW_DEPLOY_NO_CHANGES);
    assert_int_equal(fake_cfn_count(s->fake, "ExecuteChangeSet"), STACKS);
    assert_int_equal(fake_cfn_change_sets(s->fake), 0);
    assert_int_equal(s->events.count, 0);
    scene_place(&s->steps, "riskgrid-head unchanged");
}

static void test_replay(void **state)
{
    struct scene *s = *state;
    struct hw_err err = {0};
    struct hw_strv steps = {0}, events = {0};
    scene_run(s, HW_DEPLOY_EXECUTE, false);
    hw_strv_copy(&steps, &s->steps);
    hw_strv_copy(&events, &s->events);
    scene_forget(s);
    struct hw_sink sink = {scene_tell, s};
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
    assert_int_equal(scene_run(s, HW_DEPLOY_EXECUTE, false), HW_DEPLOY_FAILED);
    assert_non_null(strstr(s->err.what, "riskgrid-head"));
    assert_non_null(strstr(s->err.what, "Received FAILURE signal"));
    assert_true(scene_place(&s->steps, "riskgrid-head rolling-back") <
                scene_place(&s->steps, "riskgrid-head failed"));
    scene_place(&s->events, "riskgrid-head riskgrid-head ROLLBACK_COMPLETE");
    assert_int_equal(fake_cfn_stacks(s->fake), 3); /* no compute */
    /* What is left can only be deleted; deploying again says so and what to do. */
    assert_int_equal(scene_run(s, HW_DEPLOY_EXECUTE, false), HW_DEPLOY_FAILED);
    assert_non_null(strstr(s->err.what, "ROLLBACK_COMPLETE"));
    assert_non_null(strstr(s->err.next, "hpcwiz destroy"));
    fake_cfn_fail(s->fake, "none", "");
    assert_int_equal(scene_run(s, HW_DEPLOY_DESTROY, false), HW_DEPLOY_COMPLETE);
    assert_int_equal(scene_run(s, HW_DEPLOY_EXECUTE, false), HW_DEPLOY_COMPLETE);
}

/* How far it is and how long it may still take is told while nothing has failed. */
static void test_progress(void **state)
{
    struct scene *s = *state;
    fake_cfn_slow(s->fake, 6); /* looks of a millisecond or more each, and ten of them a word */
    assert_int_equal(scene_run(s, HW_DEPLOY_EXECUTE, false), HW_DEPLOY_COMPLETE);
    assert_true(s->progress > 1);
    assert_true(s->permille > 0);
    scene_run(s, HW_DEPLOY_DESTROY, false);
    assert_int_equal(s->progress, 0);
    fake_cfn_fail(s->fake, "-sql", "Received FAILURE signal");
    assert_int_equal(scene_run(s, HW_DEPLOY_EXECUTE, false), HW_DEPLOY_FAILED);
    assert_true(s->progress > 0);
    assert_int_equal(s->late_progress, 0);
}

/* Steps stand on the clock of the events beside them, also where this machine's is minutes off. */
static void test_wrong_clock(void **state)
{
    struct scene *s = *state;
    fake_cfn_clock(s->fake, 420);
    assert_int_equal(scene_run(s, HW_DEPLOY_EXECUTE, false), HW_DEPLOY_COMPLETE);
    assert_in_range(s->ahead_ms, 360000, 480000);
    fake_cfn_clock(s->fake, -420);
    scene_run(s, HW_DEPLOY_EXECUTE, false);
    assert_in_range(-s->ahead_ms, 360000, 480000);
    fake_cfn_clock(s->fake, 1); /* as near as can be told */
    scene_run(s, HW_DEPLOY_EXECUTE, false);
    assert_true(s->ahead_ms <= 0);
}

/* What keeps a group from starting instances is told while the stack still waits. */
static void test_activities(void **state)
{
    struct scene *s = *state;
    fake_cfn_fail(s->fake, "-foundation", "We currently do not have sufficient capacity");
    fake_cfn_slow(s->fake, 10);
    assert_int_equal(scene_run(s, HW_DEPLOY_EXECUTE, false), HW_DEPLOY_FAILED);
    assert_true(scene_place(&s->events, "riskgrid-foundation Group FAILED") <
                scene_place(&s->events, "riskgrid-foundation Group CREATE_FAILED"));
}

static void test_plan(void **state)
{
    struct scene *s = *state;
    assert_int_equal(scene_run(s, HW_DEPLOY_PLAN, false), HW_DEPLOY_CHANGES);
    assert_int_equal(fake_cfn_count(s->fake, "ExecuteChangeSet"), 0);
    assert_int_equal(fake_cfn_stacks(s->fake), 0);
    assert_int_equal(fake_cfn_change_sets(s->fake), 0);
    scene_place(&s->messages, "riskgrid-foundation: 1 to add, 1 to change, 0 to remove");
    bool honest = false;
    for (size_t i = 0; i < s->messages.count; i++)
        honest = honest || strstr(s->messages.items[i], "before riskgrid-foundation exists");
    assert_true(honest);
    scene_run(s, HW_DEPLOY_EXECUTE, false);
    assert_int_equal(scene_run(s, HW_DEPLOY_PLAN, false), HW_DEPLOY_NO_CHANGES);
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
    assert_int_equal(scene_run(s, HW_DEPLOY_EXECUTE, false), HW_DEPLOY_FAILED);
    assert_string_equal(s->err.place, "nodes.sql.type");
    assert_non_null(strstr(s->err.what, "Launch: r6i.xlarge is not offered here"));
    assert_non_null(strstr(s->err.next, "nodes.sql.type"));
    assert_int_equal(fake_cfn_stacks(s->fake), 1); /* the foundation; no empty stack */
    assert_int_equal(fake_cfn_change_sets(s->fake), 0);
    fake_cfn_refuse(s->fake, "-sql", NULL,
                    "Parameter validation failed: parameter value hpc-admin for parameter name "
                    "KeyPair does not exist");
    assert_int_equal(scene_run(s, HW_DEPLOY_EXECUTE, false), HW_DEPLOY_FAILED);
    assert_string_equal(s->err.place, "access.key_pair");
    fake_cfn_refuse(s->fake, "-big", NULL, "parameter name InstanceType: no");
    assert_int_equal(scene_run(s, HW_DEPLOY_EXECUTE, false), HW_DEPLOY_FAILED);
    fake_cfn_refuse(s->fake, "-big", "/Resources/ComputeGroup/Properties/MaxSize", "no");
    assert_int_equal(scene_run(s, HW_DEPLOY_EXECUTE, false), HW_DEPLOY_FAILED);
    assert_string_equal(s->err.place, "nodes.compute.1.max");
    fake_cfn_refuse(s->fake, NULL, NULL, NULL);
    assert_int_equal(scene_run(s, HW_DEPLOY_EXECUTE, false), HW_DEPLOY_COMPLETE);
}

/* What EBS would refuse in the middle of an update is refused before anything is sent. */
static void test_volume_shrinks(void **state)
{
    struct scene *s = *state;
    scene_run(s, HW_DEPLOY_EXECUTE, false);
    unsigned change_sets = fake_cfn_count(s->fake, "CreateChangeSet");
    assert_true(hw_cluster_set(s->cluster, "nodes.sql.data_volume_gib", "100", NULL));
    assert_int_equal(scene_run(s, HW_DEPLOY_EXECUTE, false), HW_DEPLOY_FAILED);
    assert_string_equal(s->err.place, "nodes.sql.data_volume_gib");
    assert_non_null(strstr(s->err.what, "has 200 GiB and cannot shrink to 100"));
    assert_int_equal(fake_cfn_count(s->fake, "CreateChangeSet"), change_sets + 1); /* foundation */
    assert_true(hw_cluster_set(s->cluster, "nodes.sql.data_volume_gib", "300", NULL));
    assert_int_equal(scene_run(s, HW_DEPLOY_PLAN, false), HW_DEPLOY_CHANGES);
}

static void test_downgrade(void **state)
{
    struct scene *s = *state;
    scene_run(s, HW_DEPLOY_EXECUTE, false);
    assert_true(hw_cluster_set(s->cluster, "hpc_pack.version", "2016", NULL));
    assert_int_equal(scene_run(s, HW_DEPLOY_PLAN, false), HW_DEPLOY_FAILED);
    assert_string_equal(s->err.place, "hpc_pack.version");
    assert_non_null(strstr(s->err.what, "has HPC Pack 2019"));
}

/* Left over by a failure: explained with its choices, then made again, or deleted alone. */
static void test_left_over(void **state)
{
    struct scene *s = *state;
    fake_cfn_fail(s->fake, "-head", "made to fail");
    assert_int_equal(scene_run(s, HW_DEPLOY_EXECUTE, false), HW_DEPLOY_FAILED);
    assert_int_equal(scene_run(s, HW_DEPLOY_EXECUTE, false), HW_DEPLOY_FAILED);
    assert_non_null(strstr(s->err.what, "nothing is left of it"));
    assert_non_null(strstr(s->err.next, "--retry"));
    assert_non_null(strstr(s->err.next, "--stack riskgrid-head"));
    hw_strv_add(&s->only, "riskgrid-head");
    assert_int_equal(scene_run(s, HW_DEPLOY_DESTROY, false), HW_DEPLOY_COMPLETE);
    assert_int_equal(fake_cfn_stacks(s->fake), 2);
    hw_strv_done(&s->only);
    hw_strv_add(&s->only, "riskgrid-nothing");
    assert_int_equal(scene_run(s, HW_DEPLOY_DESTROY, false), HW_DEPLOY_FAILED);
    assert_int_equal(fake_cfn_stacks(s->fake), 2);
    hw_strv_done(&s->only);
    assert_int_equal(scene_run(s, HW_DEPLOY_EXECUTE, false), HW_DEPLOY_FAILED);
    fake_cfn_fail(s->fake, "none", "");
    s->retry = true;
    assert_int_equal(scene_run(s, HW_DEPLOY_EXECUTE, false), HW_DEPLOY_COMPLETE);
    assert_int_equal(fake_cfn_stacks(s->fake), STACKS);
}

/* Going back: what was never whole goes, what is done stays. */
static void test_roll_back(void **state)
{
    struct scene *s = *state;
    fake_cfn_fail(s->fake, "-head", "made to fail");
    scene_run(s, HW_DEPLOY_EXECUTE, false);
    assert_int_equal(scene_run(s, HW_DEPLOY_ROLLBACK, false), HW_DEPLOY_COMPLETE);
    assert_int_equal(fake_cfn_stacks(s->fake), 2);
    assert_int_equal(scene_run(s, HW_DEPLOY_ROLLBACK, false), HW_DEPLOY_NO_CHANGES);
}

/* Rollbacks that got stuck go on, each without what is named for it, and for it alone. */
static void test_stuck(void **state)
{
    struct scene *s = *state;
    scene_run(s, HW_DEPLOY_EXECUTE, false);
    fake_cfn_set(s->fake, "riskgrid-sql", "UPDATE_ROLLBACK_FAILED");
    fake_cfn_set(s->fake, "riskgrid-head", "UPDATE_ROLLBACK_FAILED");
    fake_cfn_set(s->fake, "riskgrid-compute-std", "ROLLBACK_COMPLETE");
    hw_strv_add(&s->only, "riskgrid-sql");
    hw_strv_add(&s->only, "riskgrid-head");
    hw_strv_add(&s->skip, "riskgrid-sql/SqlGroup");
    hw_strv_add(&s->skip, "Volume");
    assert_int_equal(scene_run(s, HW_DEPLOY_ROLLBACK, false), HW_DEPLOY_COMPLETE);
    assert_int_equal(fake_cfn_count(s->fake, "ContinueUpdateRollback riskgrid-sql SqlGroup Volume"),
                     1);
    assert_int_equal(fake_cfn_count(s->fake, "ContinueUpdateRollback riskgrid-head Volume"), 1);
    assert_true(fake_cfn_has(s->fake, "-sql", "UPDATE_ROLLBACK_COMPLETE"));
    assert_true(fake_cfn_has(s->fake, "-compute-std", "ROLLBACK_COMPLETE")); /* was not named */
    hw_strv_done(&s->only);
    hw_strv_done(&s->skip);
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
    scene_run(s, HW_DEPLOY_EXECUTE, false);
    assert_int_equal(scene_run(s, HW_DEPLOY_DESTROY, false), HW_DEPLOY_COMPLETE);
    assert_int_equal(fake_cfn_stacks(s->fake), 0);
    assert_int_equal(fake_cfn_count(s->fake, "DeleteVolume"), 0);
    assert_int_equal(fake_cfn_count(s->fake, "DeleteParameter"), 0);
    assert_true(scene_place(&s->steps, "riskgrid-compute-std deleted") <
                scene_place(&s->steps, "riskgrid-head deleting"));
    assert_true(scene_place(&s->steps, "riskgrid-sql deleted") <
                scene_place(&s->steps, "riskgrid-foundation deleting"));
    bool kept = false;
    for (size_t i = 0; i < s->notices.count; i++)
        kept = kept || strstr(s->notices.items[i], "vol-0a1b2c3d4e5f67890");
    assert_true(kept);
    assert_int_equal(scene_run(s, HW_DEPLOY_DESTROY, false), HW_DEPLOY_NO_CHANGES);
}

/* AWS keeps an interface for a while: what is waited for is told, and where CloudFormation gives up
 * the stack is deleted again. */
static void test_destroy_waits(void **state)
{
    static const char waits[] =
        "riskgrid-foundation waits for 1 network interface that AWS has not "
        "released yet: eni-0a1b2c3d4e5f67890 (AWS Lambda VPC ENI-riskgrid)";
    struct scene *s = *state;
    scene_run(s, HW_DEPLOY_EXECUTE, false);
    fake_cfn_keep_interface(s->fake, 3, false);
    assert_int_equal(scene_run(s, HW_DEPLOY_DESTROY, false), HW_DEPLOY_COMPLETE);
    assert_true(scene_has_notice(s, waits));
    assert_false(scene_has_notice(s, "deleted again"));
    scene_run(s, HW_DEPLOY_EXECUTE, false);
    fake_cfn_keep_interface(s->fake, 4, true);
    assert_int_equal(scene_run(s, HW_DEPLOY_DESTROY, false), HW_DEPLOY_COMPLETE);
    assert_true(scene_has_notice(s, waits));
    assert_true(scene_has_notice(s, "riskgrid-foundation is deleted again"));
    assert_int_equal(fake_cfn_stacks(s->fake), 0);
}

static void test_destroy_data(void **state)
{
    struct scene *s = *state;
    scene_run(s, HW_DEPLOY_EXECUTE, false);
    assert_int_equal(scene_run(s, HW_DEPLOY_DESTROY, true), HW_DEPLOY_COMPLETE);
    assert_int_equal(fake_cfn_count(s->fake, "DeleteVolume"), 1);
    assert_int_equal(fake_cfn_count(s->fake, "DeleteParameter"), 1);
}

/* The certificate goes also where no volume is left to delete: with a local SQL Server, or when the
 * stacks went before. */
static void test_destroy_certificate(void **state)
{
    struct scene *s = *state;
    scene_run(s, HW_DEPLOY_EXECUTE, false);
    scene_run(s, HW_DEPLOY_DESTROY, false);
    assert_int_equal(scene_run(s, HW_DEPLOY_DESTROY, true), HW_DEPLOY_COMPLETE);
    assert_int_equal(fake_cfn_count(s->fake, "DeleteParameter"), 1);
    assert_int_equal(fake_cfn_count(s->fake, "DeleteVolume"), 0);
    assert_true(scene_has_notice(s, "the certificate in the parameter"));
    assert_true(scene_has_notice(s, "left: vol-0a1b2c3d4e5f67890"));
}

/* Broken off behind the deletion of a stack that the file does not name: its volume goes, too. */
static void test_destroy_data_unnamed(void **state)
{
    struct scene *s = *state;
    scene_run(s, HW_DEPLOY_EXECUTE, false);
    assert_true(hw_cluster_set(s->cluster, "nodes.sql", "local", NULL));
    s->stop_at = "riskgrid-sql deleted";
    assert_int_equal(scene_run(s, HW_DEPLOY_DESTROY, true), HW_DEPLOY_STOPPED);
    s->stop_at = NULL;
    assert_int_equal(scene_run(s, HW_DEPLOY_DESTROY, true), HW_DEPLOY_COMPLETE);
    assert_int_equal(fake_cfn_count(s->fake, "DeleteVolume"), 1);
}

/* An update that has ended but for its tidying up: there is nothing to take back. */
static void test_roll_back_cleanup(void **state)
{
    struct scene *s = *state;
    scene_run(s, HW_DEPLOY_EXECUTE, false);
    fake_cfn_set(s->fake, "riskgrid-sql", "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS");
    assert_int_equal(scene_run(s, HW_DEPLOY_ROLLBACK, false), HW_DEPLOY_NO_CHANGES);
    scene_place(&s->messages, "riskgrid-sql: UPDATE_COMPLETE_CLEANUP_IN_PROGRESS");
    assert_int_equal(fake_cfn_stacks(s->fake), STACKS);
}

int main(void)
{
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
        SCENE(test_downgrade),
        SCENE(test_left_over),
        SCENE(test_roll_back),
        SCENE(test_stuck),
        SCENE(test_pace),
        SCENE(test_destroy),
        SCENE(test_destroy_waits),
        SCENE(test_destroy_data),
        SCENE(test_destroy_certificate),
        SCENE(test_destroy_data_unnamed),
        SCENE(test_roll_back_cleanup),
    };
    return SCENES_RUN(tests);
}
