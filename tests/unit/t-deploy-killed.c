/* SPDX-License-Identifier: Apache-2.0 */
/* Deployments that are killed at each of their requests and journal records, or find the disk full,
 * and are taken up. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/file.h"
#include "base/journal.h"
#include "deploy-scene.h"

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
    scene_use(s);
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
        scene_set_up(&scenes[i]);
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
        scene_tear_down(&scenes[i]);
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
        scene_set_up(&scenes[i]);
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
        scene_tear_down(&scenes[i]);
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
    scene_set_up(&scene);
    struct scene *s = scene;
    assert_int_equal(run_child(s, "deploy", (struct trouble){0}), HW_DEPLOY_COMPLETE);
    expect_events(s, (struct trouble){0});
    assert_true(hw_journal_read(s->state_journal, take_record, &in, NULL));
    hw_strv_done(&in.ids);
    scene_tear_down(&scene);
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
        scene_set_up(&scenes[i]);
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
        scene_tear_down(&scenes[i]);
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
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_killed_anywhere),
        cmocka_unit_test(test_killed_journal_lost),
        cmocka_unit_test(test_killed_at_each_record),
        cmocka_unit_test(test_full_disk_at_each_record),
    };
    return SCENES_RUN(tests);
}
