/* SPDX-License-Identifier: Apache-2.0 */
/* Deployments that are taken up when the cluster file or the account is another one by then. */
#include "deploy-scene.h"

static void set(struct scene *s, const char *key, const char *value)
{
    assert_true(hw_cluster_set(s->cluster, key, value, NULL));
}

static void stop_at(struct scene *s, const char *step)
{
    s->stop_at = step;
    assert_int_equal(scene_run(s, HW_DEPLOY_EXECUTE, false), HW_DEPLOY_STOPPED);
    s->stop_at = NULL;
}

/* The account has what the file says, and nothing of a plan is left over. */
static void expect_as_written(struct scene *s)
{
    assert_int_equal(fake_cfn_change_sets(s->fake), 0);
    assert_int_equal(scene_run(s, HW_DEPLOY_PLAN, false), HW_DEPLOY_NO_CHANGES);
    assert_int_equal(fake_cfn_change_sets(s->fake), 0);
}

/* Stopped in the sight of its plan, corrected, deployed: what was corrected, and only that. */
static void test_corrected_behind_the_plan(void **state)
{
    struct scene *s = *state;
    stop_at(s, "riskgrid-sql planned");
    set(s, "nodes.sql.type", "r6i.2xlarge");
    assert_int_equal(scene_run(s, HW_DEPLOY_EXECUTE, false), HW_DEPLOY_COMPLETE);
    assert_int_equal(fake_cfn_count(s->fake, "ExecuteChangeSet"), STACKS);
    expect_as_written(s);
}

/* Taken back to what the account has: the plan goes, and nothing is executed. */
static void test_taken_back_behind_the_plan(void **state)
{
    struct scene *s = *state;
    scene_run(s, HW_DEPLOY_EXECUTE, false);
    set(s, "nodes.sql.type", "r6i.2xlarge");
    stop_at(s, "riskgrid-sql planned");
    set(s, "nodes.sql.type", "r6i.xlarge");
    assert_int_equal(scene_run(s, HW_DEPLOY_EXECUTE, false), HW_DEPLOY_NO_CHANGES);
    assert_int_equal(fake_cfn_count(s->fake, "ExecuteChangeSet"), STACKS);
    expect_as_written(s);
}

/* A plan that found nothing to do says nothing of what is written since. */
static void test_written_behind_nothing_to_do(void **state)
{
    struct scene *s = *state;
    scene_run(s, HW_DEPLOY_EXECUTE, false);
    stop_at(s, "riskgrid-sql unchanged");
    assert_int_equal(fake_cfn_change_sets(s->fake), 1);
    set(s, "nodes.sql.type", "r6i.2xlarge");
    assert_int_equal(scene_run(s, HW_DEPLOY_EXECUTE, false), HW_DEPLOY_COMPLETE);
    assert_int_equal(fake_cfn_count(s->fake, "ExecuteChangeSet"), STACKS + 1);
    expect_as_written(s);
}

/* One that failed, or whose stack was changed since, is made again. */
static void test_stale_change_set(void **state)
{
    struct scene *s = *state;
    stop_at(s, "riskgrid-sql planned");
    fake_cfn_outdate(s->fake);
    assert_int_equal(scene_run(s, HW_DEPLOY_EXECUTE, false), HW_DEPLOY_COMPLETE);
    assert_int_equal(fake_cfn_count(s->fake, "ExecuteChangeSet"), STACKS);
    expect_as_written(s);
    unsigned made = fake_cfn_count(s->fake, "CreateChangeSet");
    stop_at(s, "riskgrid-foundation unchanged");
    assert_int_equal(scene_run(s, HW_DEPLOY_EXECUTE, false), HW_DEPLOY_NO_CHANGES);
    assert_int_equal(fake_cfn_count(s->fake, "CreateChangeSet"), made + 1 + STACKS);
    expect_as_written(s);
}

/* Stopped while it is made, corrected, deployed while it is still made: it is made, and then
 * changed. */
static void test_corrected_on_the_way(void **state)
{
    struct scene *s = *state;
    fake_cfn_slow(s->fake, 5);
    stop_at(s, "riskgrid-sql executing");
    set(s, "nodes.sql.type", "r6i.2xlarge");
    assert_int_equal(scene_run(s, HW_DEPLOY_EXECUTE, false), HW_DEPLOY_COMPLETE);
    assert_int_equal(fake_cfn_count(s->fake, "ExecuteChangeSet"), STACKS + 1);
    assert_true(scene_place(&s->messages, "riskgrid-sql: already under way") <
                scene_place(&s->messages, "riskgrid-sql: an update, if anything changed"));
    scene_place(&s->events, "riskgrid-sql riskgrid-sql UPDATE_COMPLETE");
    expect_as_written(s);
}

/* What somebody else began says nothing of what is written here; and it is changed in its turn. */
static void test_moved_by_another(void **state)
{
    struct scene *s = *state;
    scene_run(s, HW_DEPLOY_EXECUTE, false);
    fake_cfn_set(s->fake, "riskgrid-sql", "UPDATE_IN_PROGRESS");
    assert_int_equal(scene_run(s, HW_DEPLOY_EXECUTE, false), HW_DEPLOY_COMPLETE);
    assert_int_equal(fake_cfn_count(s->fake, "ExecuteChangeSet"), STACKS);
    scene_place(&s->messages, "riskgrid-sql: UPDATE_COMPLETE");
    fake_cfn_set(s->fake, "riskgrid-sql", "UPDATE_IN_PROGRESS");
    set(s, "nodes.sql.type", "r6i.2xlarge");
    set(s, "access.from", "10.20.9.0/24");
    assert_int_equal(scene_run(s, HW_DEPLOY_EXECUTE, false), HW_DEPLOY_COMPLETE);
    assert_true(scene_place(&s->steps, "riskgrid-sql executing") <
                scene_place(&s->steps, "riskgrid-foundation planning"));
    assert_true(scene_place(&s->steps, "riskgrid-foundation done") <
                scene_place(&s->steps, "riskgrid-sql planning"));
    expect_as_written(s);
}

/* An update failed and was kept; the next one may not say that it rolls back. */
static void test_update_after_a_kept_failure(void **state)
{
    struct scene *s = *state;
    scene_run(s, HW_DEPLOY_EXECUTE, false);
    fake_cfn_set(s->fake, "riskgrid-sql", "UPDATE_FAILED");
    set(s, "deploy.on_failure", "rollback");
    set(s, "nodes.sql.type", "r6i.2xlarge");
    assert_int_equal(scene_run(s, HW_DEPLOY_EXECUTE, false), HW_DEPLOY_COMPLETE);
    assert_true(scene_has_notice(s, "riskgrid-sql: its last update failed and was kept"));
    expect_as_written(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCENE(test_corrected_behind_the_plan),    SCENE(test_taken_back_behind_the_plan),
        SCENE(test_written_behind_nothing_to_do), SCENE(test_stale_change_set),
        SCENE(test_corrected_on_the_way),         SCENE(test_moved_by_another),
        SCENE(test_update_after_a_kept_failure),
    };
    return SCENES_RUN(tests);
}
