/* SPDX-License-Identifier: Apache-2.0 */
/* A deployment is not alone: stopped, throttled, deployed from another machine, found by its tags,
 * followed, without an endpoint. */
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/journal.h"
#include "deploy-scene.h"
#include "deploy/find.h"

static void test_stop(void **state)
{
    struct scene *s = *state;
    s->stop_at = "riskgrid-sql executing";
    assert_int_equal(scene_run(s, HW_DEPLOY_EXECUTE, false), HW_DEPLOY_STOPPED);
    assert_int_equal(s->err.code, HW_ERR_INTERRUPTED);
    assert_int_equal(hw_err_exit_status(&s->err), 5);
    s->stop_at = NULL;
    assert_int_equal(scene_run(s, HW_DEPLOY_EXECUTE, false), HW_DEPLOY_COMPLETE);
    assert_int_equal(fake_cfn_count(s->fake, "ExecuteChangeSet"), STACKS);
}

static void test_throttled(void **state)
{
    struct scene *s = *state;
    fake_cfn_throttle(s->fake, 3);
    assert_int_equal(scene_run(s, HW_DEPLOY_EXECUTE, false), HW_DEPLOY_COMPLETE);
    assert_int_equal(fake_cfn_count(s->fake, "ExecuteChangeSet"), STACKS);
}

static void test_busy(void **state)
{
    struct scene *s = *state;
    struct hw_err err = {0};
    struct scene_end w = {.scene = s};
    scene_run(s, HW_DEPLOY_EXECUTE, false);
    struct hw_journal *other = hw_journal_open(s->state_journal, &err);
    assert_non_null(other);
    struct hw_deploy_options how = {.mode = HW_DEPLOY_EXECUTE};
    assert_null(
        hw_deploy_start(s->aws, s->discover, s->loop, s->cluster, &how, scene_on_end, &w, &err));
    assert_int_equal(err.code, HW_ERR_BUSY);
    assert_non_null(strstr(err.what, "process"));
    assert_non_null(strstr(err.what, " UTC)"));
    assert_non_null(strstr(err.next, "hpcwiz follow"));
    hw_journal_close(other);
}

/* The clock of this machine, as a linker's option puts it in front of the real one. */
static int64_t clock_is_off_ms;
int64_t __real_hw_clock_wall_ms(void);
int64_t __wrap_hw_clock_wall_ms(void);
int64_t __wrap_hw_clock_wall_ms(void)
{
    return __real_hw_clock_wall_ms() + clock_is_off_ms;
}

/* A machine whose clock is minutes off takes nothing over that lives, and looks alive itself. */
static void test_clock_is_off(void **state)
{
    struct scene *s = *state;
    char now[HW_TIME_SIZE];
    hw_time_rfc3339(hw_clock_wall_ms(), now);
    hw_auto_text alive = hw_format("{\"place\":\"bastion-2:/j\",\"alive\":\"%s\"}", now);
    fake_cfn_lock(s->fake, alive);
    clock_is_off_ms = INT64_C(4) * 60000;
    assert_int_equal(scene_run(s, HW_DEPLOY_EXECUTE, false), HW_DEPLOY_FAILED);
    assert_int_equal(s->err.code, HW_ERR_BUSY);
    assert_true(fake_cfn_locked(s->fake));
    clock_is_off_ms = 0;
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
    assert_int_equal(scene_run(s, HW_DEPLOY_EXECUTE, false), HW_DEPLOY_FAILED);
    assert_int_equal(s->err.code, HW_ERR_BUSY);
    assert_non_null(strstr(s->err.what, "process 7 on bastion-2"));
    assert_non_null(strstr(s->err.what, " UTC; last sign of life"));
    assert_non_null(strstr(s->err.next, "--take-over"));
    assert_int_equal(fake_cfn_stacks(s->fake), 0);
    assert_true(fake_cfn_locked(s->fake));                                    /* the other's */
    assert_int_equal(scene_run(s, HW_DEPLOY_PLAN, false), HW_DEPLOY_CHANGES); /* looking is free */
    fake_cfn_lock(s->fake, silent);
    assert_int_equal(scene_run(s, HW_DEPLOY_EXECUTE, false), HW_DEPLOY_COMPLETE);
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
    scene_new_client(s);
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
    scene_run(s, HW_DEPLOY_EXECUTE, false);
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
    assert_int_equal(scene_run(s, HW_DEPLOY_FOLLOW, false), HW_DEPLOY_COMPLETE);
    scene_place(&s->steps, "riskgrid-compute-big done");
    scene_place(&s->events, "riskgrid-sql riskgrid-sql CREATE_COMPLETE");
    assert_false(hw_path_exists(s->state_journal)); /* looking leaves nothing behind */
    s->cluster = whole;
    hw_deploy_list_free(finding.list, finding.count);
}

static void lock_elsewhere(struct scene *s)
{
    char now[HW_TIME_SIZE];
    hw_time_rfc3339(hw_clock_wall_ms(), now);
    hw_auto_text alive = hw_format("{\"place\":\"bastion-2:/j\",\"alive\":\"%s\"}", now);
    fake_cfn_lock(s->fake, alive);
}

/* What is not there yet may come as long as another machine deploys. */
static void test_follow_elsewhere(void **state)
{
    struct scene *s = *state;
    struct hw_err err = {0};
    struct scene_end w = {.scene = s};
    struct hw_deploy_options how = {.mode = HW_DEPLOY_FOLLOW};
    lock_elsewhere(s);
    s->deploy =
        hw_deploy_start(s->aws, s->discover, s->loop, s->cluster, &how, scene_on_end, &w, &err);
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

/* Another machine destroys: what goes is told as deleted, what is whole waits for its turn, and the
 * end is a good one. One that went before is not missed. */
static void test_follow_destruction(void **state)
{
    struct scene *s = *state;
    struct scene_end w = {.scene = s};
    struct hw_err err = {0};
    struct hw_sink sink = {scene_tell, s};
    struct hw_deploy_options how = {.mode = HW_DEPLOY_FOLLOW, .sink = &sink};
    scene_run(s, HW_DEPLOY_EXECUTE, false);
    scene_forget(s);
    scene_new_client(s);
    fake_cfn_set(s->fake, "riskgrid-compute-big", "DELETE_COMPLETE");
    fake_cfn_set(s->fake, "riskgrid-compute-std", "DELETE_IN_PROGRESS");
    lock_elsewhere(s);
    s->deploy =
        hw_deploy_start(s->aws, s->discover, s->loop, s->cluster, &how, scene_on_end, &w, &err);
    static const char *const NEXT[] = {"riskgrid-head", "riskgrid-sql", "riskgrid-foundation"};
    hw_auto_text last = hw_strdup("riskgrid-compute-std deleted");
    for (size_t i = 0; i < HW_COUNT(NEXT); i++) {
        while (!hw_strv_has(&s->steps, last))
            hw_loop_step(s->loop, -1);
        assert_false(w.over);
        fake_cfn_set(s->fake, NEXT[i], "DELETE_IN_PROGRESS");
        hw_auto_text now = hw_format("%s deleted", NEXT[i]);
        hw_replace(&last, now);
    }
    fake_cfn_lock(s->fake, NULL);
    while (!w.over)
        hw_loop_step(s->loop, -1);
    assert_int_equal(s->outcome, HW_DEPLOY_DELETED);
    scene_place(&s->steps, last);
    hw_deploy_free(s->deploy);
    s->deploy = NULL;
}

/* A run that was killed leaves a fresh sign of life behind; its own machine knows better. */
static void test_follow_killed(void **state)
{
    struct scene *s = *state;
    char now[HW_TIME_SIZE], host[256] = "?";
    scene_run(s, HW_DEPLOY_EXECUTE, false);
    fake_cfn_set(s->fake, "riskgrid-compute-big", "REVIEW_IN_PROGRESS");
    hw_time_rfc3339(hw_clock_wall_ms(), now);
    gethostname(host, sizeof host - 1);
    hw_auto_text alive =
        hw_format("{\"place\":\"%s:%s\",\"alive\":\"%s\"}", host, s->state_journal, now);
    fake_cfn_lock(s->fake, alive);
    assert_int_equal(scene_run(s, HW_DEPLOY_FOLLOW, false), HW_DEPLOY_FAILED);
    assert_int_equal(s->err.code, HW_ERR_INTERRUPTED);
    assert_non_null(strstr(s->err.what, "'riskgrid-compute-big' is not made"));
    scene_place(&s->messages, "riskgrid-compute-big: not made");
}

/* Nobody deploys any more: what is not made is no deployment that ended well. */
static void test_follow_undone(void **state)
{
    struct scene *s = *state;
    scene_run(s, HW_DEPLOY_EXECUTE, false);
    fake_cfn_set(s->fake, "riskgrid-compute-big", "DELETE_COMPLETE");
    assert_int_equal(scene_run(s, HW_DEPLOY_FOLLOW, false), HW_DEPLOY_FAILED);
    assert_int_equal(s->err.code, HW_ERR_INTERRUPTED);
    assert_non_null(strstr(s->err.what, "riskgrid-compute-big"));
    assert_non_null(strstr(s->err.next, "hpcwiz deploy"));
}

/* A run that is taken up, at two in the morning, knows where every stack is with one list, and
 * follows those that move before it plans those that come first in order. */
static void test_taken_up_at_once(void **state)
{
    struct scene *s = *state;
    fake_cfn_slow(s->fake, 5);
    s->stop_at = "riskgrid-compute-std executing";
    assert_int_equal(scene_run(s, HW_DEPLOY_EXECUTE, false), HW_DEPLOY_STOPPED);
    s->stop_at = NULL;
    assert_int_equal(scene_run(s, HW_DEPLOY_EXECUTE, false), HW_DEPLOY_COMPLETE);
    assert_true(scene_place(&s->steps, "riskgrid-compute-std executing") <
                scene_place(&s->steps, "riskgrid-foundation planning"));
    scene_place(&s->messages, "riskgrid-head: CREATE_COMPLETE; waits for riskgrid-sql");
}

static bool takes_up(struct scene *s, const char *account)
{
    s->account = account;
    scene_run(s, HW_DEPLOY_EXECUTE, false);
    return scene_has_notice(s, "taking up the run");
}

/* A cluster of the same name in another account was never begun; journals that name no account, and
 * runs that know none, go on as before. */
static void test_taken_up_in_its_account(void **state)
{
    struct scene *s = *state;
    fake_cfn_slow(s->fake, 5);
    s->stop_at = "riskgrid-foundation executing";
    assert_false(takes_up(s, NULL));
    s->stop_at = "riskgrid-sql executing";
    assert_true(takes_up(s, "123456789012"));
    s->stop_at = "riskgrid-head executing";
    assert_true(takes_up(s, "123456789012"));
    s->stop_at = NULL;
    assert_false(takes_up(s, "210987654321"));
}

/* The list of all stacks tells of each; those that stand are not asked for one by one. */
static void test_follow_asks_once(void **state)
{
    struct scene *s = *state;
    scene_run(s, HW_DEPLOY_EXECUTE, false);
    unsigned looks = fake_cfn_looks(s->fake);
    assert_int_equal(scene_run(s, HW_DEPLOY_FOLLOW, false), HW_DEPLOY_COMPLETE);
    assert_int_equal(fake_cfn_looks(s->fake), looks);
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

/* A plan takes its empty stack away again; not one that somebody else has made, nor one that
 * somebody else has begun to fill meanwhile. */
static void test_plan_beside_a_deployment(void **state)
{
    struct scene *s = *state;
    fake_cfn_set(s->fake, "riskgrid-foundation", "REVIEW_IN_PROGRESS");
    assert_int_equal(scene_run(s, HW_DEPLOY_PLAN, false), HW_DEPLOY_CHANGES);
    assert_true(fake_cfn_has(s->fake, "-foundation", "REVIEW_IN_PROGRESS"));
    assert_int_equal(fake_cfn_change_sets(s->fake), 0);
    fake_cfn_set(s->fake, "riskgrid-foundation", "DELETE_COMPLETE");
    s->moves_at = "riskgrid-foundation planned";
    s->moves = "riskgrid-foundation";
    s->moves_to = "CREATE_COMPLETE";
    assert_int_equal(scene_run(s, HW_DEPLOY_PLAN, false), HW_DEPLOY_CHANGES);
    assert_int_equal(fake_cfn_count(s->fake, "DeleteStack"), 0);
    assert_true(fake_cfn_has(s->fake, "-foundation", "CREATE_COMPLETE"));
    assert_false(scene_has_notice(s, "still there"));
}

static void test_endpoint_dies(void **state)
{
    struct scene *s = *state;
    s->dies_at = 4;
    assert_int_equal(scene_run(s, HW_DEPLOY_EXECUTE, false), HW_DEPLOY_FAILED);
    assert_int_equal(s->err.code, HW_ERR_NETWORK);
    assert_non_null(strstr(s->err.next, "hpcwiz deploy"));
}

/* Freed in the middle: no callback, nothing leaks. */
static void test_free_early(void **state)
{
    struct scene *s = *state;
    struct hw_err err = {0};
    struct scene_end w = {.scene = s};
    struct hw_deploy_options how = {.mode = HW_DEPLOY_EXECUTE};
    struct hw_deploy *d =
        hw_deploy_start(s->aws, s->discover, s->loop, s->cluster, &how, scene_on_end, &w, &err);
    for (int i = 0; i < 10; i++)
        hw_loop_step(s->loop, 20);
    hw_deploy_free(d);
    for (int i = 0; i < 3; i++)
        hw_loop_step(s->loop, 5);
    assert_false(w.over);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCENE(test_stop),
        SCENE(test_throttled),
        SCENE(test_busy),
        SCENE(test_other_machine),
        SCENE(test_clock_is_off),
        SCENE(test_find),
        SCENE(test_find_denied),
        SCENE(test_follow_elsewhere),
        SCENE(test_follow_undone),
        SCENE(test_taken_up_at_once),
        SCENE(test_taken_up_in_its_account),
        SCENE(test_follow_asks_once),
        SCENE(test_follow_killed),
        SCENE(test_follow_destruction),
        SCENE(test_plan_beside_a_deployment),
        SCENE(test_endpoint_dies),
        SCENE(test_free_early),
    };
    return SCENES_RUN(tests);
}
