/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <signal.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/loop.h"
#include "base/mem.h"
#include "base/work.h"

struct seen {
    struct hw_loop *loop;
    char order[32];
    size_t count;
    struct hw_watch *watch;
    struct hw_timer *other;
    int fds[2];
};

static void note(struct seen *seen, char c)
{
    seen->order[seen->count++] = c;
    seen->order[seen->count] = '\0';
}

static void on_a(void *data)
{
    note(data, 'a');
}

static void on_b(void *data)
{
    note(data, 'b');
}

static void on_stop(void *data)
{
    struct seen *seen = data;
    note(seen, '.');
    hw_loop_stop(seen->loop);
}

static void timers_fire_in_order(void **state HW_UNUSED)
{
    struct seen seen = {.loop = hw_loop_new(NULL)};
    hw_loop_timer(seen.loop, 20, on_stop, &seen);
    hw_loop_timer(seen.loop, 10, on_b, &seen);
    hw_loop_timer(seen.loop, 0, on_a, &seen);
    struct hw_timer *never = hw_loop_timer(seen.loop, 5, on_b, &seen);
    assert_int_equal(seen.count, 0); /* never from inside the call that asked */
    hw_timer_cancel(never);
    hw_timer_cancel(NULL);
    hw_loop_run(seen.loop);
    assert_string_equal(seen.order, "ab.");
    hw_loop_free(seen.loop);
}

static void many_timers_can_be_cancelled(void **state HW_UNUSED)
{
    struct seen seen = {.loop = hw_loop_new(NULL)};
    struct hw_timer *timers[500];
    for (size_t i = 0; i < 500; i++)
        timers[i] = hw_loop_timer(seen.loop, (int64_t)(i * 7919 % 50), on_a, &seen);
    for (size_t i = 0; i < 500; i++) {
        if (i % 50)
            hw_timer_cancel(timers[i]);
    }
    hw_loop_timer(seen.loop, 60, on_stop, &seen);
    hw_loop_run(seen.loop);
    assert_string_equal(seen.order, "aaaaaaaaaa.");
    hw_loop_free(seen.loop);
}

static void on_cancel_other(void *data)
{
    struct seen *seen = data;
    note(seen, 'c');
    hw_timer_cancel(seen->other);
}

static void a_callback_may_cancel_another(void **state HW_UNUSED)
{
    struct seen seen = {.loop = hw_loop_new(NULL)};
    hw_loop_timer(seen.loop, 0, on_cancel_other, &seen);
    seen.other = hw_loop_timer(seen.loop, 0, on_b, &seen);
    hw_loop_timer(seen.loop, 5, on_stop, &seen);
    hw_loop_run(seen.loop);
    assert_string_equal(seen.order, "c.");
    hw_loop_free(seen.loop);
}

static void on_readable(void *data, int fd, unsigned events)
{
    struct seen *seen = data;
    char c;
    assert_true(events & HW_READ);
    if (read(fd, &c, 1) == 1)
        note(seen, c);
    else
        hw_loop_stop(seen->loop);
    if (c == 'x')
        hw_watch_remove(seen->watch); /* itself, in its own callback */
}

static void watches_read_and_remove_themselves(void **state HW_UNUSED)
{
    struct seen seen = {.loop = hw_loop_new(NULL)};
    assert_int_equal(pipe(seen.fds), 0);
    seen.watch = hw_loop_watch(seen.loop, seen.fds[0], HW_READ, on_readable, &seen);
    assert_int_equal(write(seen.fds[1], "1xz", 3), 3);
    hw_loop_timer(seen.loop, 20, on_stop, &seen);
    hw_loop_run(seen.loop);
    assert_string_equal(seen.order, "1x.");
    close(seen.fds[0]);
    close(seen.fds[1]);
    hw_loop_free(seen.loop);
}

/* A person's key, that came while a callback worked. */
static void on_key(void *data, int fd, unsigned events)
{
    struct seen *seen = data;
    char key;
    (void)events;
    assert_int_equal(read(fd, &key, 1), 1);
    note(seen, key);
}

static void on_work(void *data)
{
    struct seen *seen = data;
    note(seen, 'w');
    if (seen->count == 1)
        assert_int_equal(write(seen->fds[1], "k", 1), 1);
}

static void what_is_urgent_comes_after_the_callback_under_way(void **state HW_UNUSED)
{
    struct seen seen = {.loop = hw_loop_new(NULL)};
    assert_int_equal(pipe(seen.fds), 0);
    seen.watch = hw_loop_watch(seen.loop, seen.fds[0], HW_READ, on_key, &seen);
    hw_watch_urgent(seen.watch);
    for (int i = 0; i < 3; i++)
        hw_loop_timer(seen.loop, 0, on_work, &seen);
    hw_loop_step(seen.loop, 0);
    assert_string_equal(seen.order, "wk"); /* and the round ended, for its effect to be shown */
    hw_watch_remove(seen.watch);
    hw_loop_step(seen.loop, 0);
    assert_string_equal(seen.order, "wkww");
    hw_loop_free(seen.loop);
    close(seen.fds[0]);
    close(seen.fds[1]);
}

static void on_idle(void *data)
{
    note(data, 't');
}

static void a_round_ends_with_what_is_urgent(void **state HW_UNUSED)
{
    struct seen seen = {.loop = hw_loop_new(NULL)};
    assert_int_equal(pipe(seen.fds), 0);
    seen.watch = hw_loop_watch(seen.loop, seen.fds[0], HW_READ, on_key, &seen);
    hw_watch_urgent(seen.watch);
    for (int i = 0; i < 3; i++)
        hw_loop_timer(seen.loop, 0, on_idle, &seen);
    assert_int_equal(write(seen.fds[1], "k", 1), 1);
    hw_loop_step(seen.loop, 0);
    assert_string_equal(seen.order, "k"); /* no timer between a key and its effect */
    assert_int_equal(write(seen.fds[1], "k", 1), 1);
    hw_loop_step(seen.loop, 0);
    assert_string_equal(seen.order, "kkttt"); /* but keys do not keep timers from their turn */
    hw_watch_remove(seen.watch);
    hw_loop_free(seen.loop);
    close(seen.fds[0]);
    close(seen.fds[1]);
}

static void a_post_owed_its_turn_waits_for_nothing(void **state HW_UNUSED)
{
    struct seen seen = {.loop = hw_loop_new(NULL)};
    assert_int_equal(pipe(seen.fds), 0);
    seen.watch = hw_loop_watch(seen.loop, seen.fds[0], HW_READ, on_key, &seen);
    hw_watch_urgent(seen.watch);
    hw_loop_timer(seen.loop, 20000, on_idle, &seen); /* would end a wait */
    hw_loop_post(seen.loop, on_a, &seen);
    assert_int_equal(write(seen.fds[1], "k", 1), 1);
    hw_loop_step(seen.loop, -1);
    assert_string_equal(seen.order, "k");
    hw_loop_step(seen.loop, -1);
    assert_string_equal(seen.order, "ka");
    hw_watch_remove(seen.watch);
    hw_loop_free(seen.loop);
    close(seen.fds[0]);
    close(seen.fds[1]);
}

static void on_signal(void *data, int signo)
{
    assert_int_equal(signo, SIGUSR1);
    on_stop(data);
}

static void signals_come_as_callbacks(void **state HW_UNUSED)
{
    struct seen seen = {.loop = hw_loop_new(NULL)};
    struct hw_err err = {0};
    assert_true(hw_loop_signal(seen.loop, SIGUSR1, on_signal, &seen, &err));
    raise(SIGUSR1);
    assert_int_equal(seen.count, 0);
    hw_loop_run(seen.loop);
    assert_string_equal(seen.order, ".");
    hw_loop_free(seen.loop);
}

struct job {
    struct seen *seen;
    int input, output;
    int *left;
};

static void run_job(void *data)
{
    struct job *job = data;
    job->output = job->input * job->input;
}

static void job_done(void *data)
{
    struct job *job = data;
    assert_int_equal(job->output, job->input * job->input);
    if (--*job->left == 0)
        hw_loop_stop(job->seen->loop);
    free(job);
}

static void jobs_come_back_once_each(void **state HW_UNUSED)
{
    struct seen seen = {.loop = hw_loop_new(NULL)};
    struct hw_work *work = hw_work_new(seen.loop, 3);
    int left = 200;
    for (int i = 0; i < 200; i++) {
        struct job *job = HW_NEW(struct job);
        *job = (struct job){&seen, i, 0, &left};
        hw_work_add(work, run_job, job_done, free, job);
    }
    hw_loop_run(seen.loop);
    assert_int_equal(left, 0);
    for (int i = 0; i < 50; i++) { /* these are dropped or run, never delivered */
        struct job *job = HW_NEW(struct job);
        *job = (struct job){&seen, i, 0, &left};
        hw_work_add(work, run_job, job_done, free, job);
    }
    hw_work_free(work);
    hw_loop_free(seen.loop);
}

static void jobs_come_back_without_a_thread_too(void **state HW_UNUSED)
{
    struct seen seen = {.loop = hw_loop_new(NULL)};
    struct hw_work *work = hw_work_new(seen.loop, 0); /* as where none can be started */
    int left = 5;
    for (int i = 0; i < 5; i++) {
        struct job *job = HW_NEW(struct job);
        *job = (struct job){&seen, i, 0, &left};
        hw_work_add(work, run_job, job_done, free, job);
    }
    assert_int_equal(left, 5);
    hw_loop_run(seen.loop);
    assert_int_equal(left, 0);
    struct job *dropped = HW_NEW(struct job);
    hw_work_add(work, run_job, job_done, free, dropped);
    hw_work_free(work);
    hw_loop_free(seen.loop);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(timers_fire_in_order),
        cmocka_unit_test(many_timers_can_be_cancelled),
        cmocka_unit_test(a_callback_may_cancel_another),
        cmocka_unit_test(watches_read_and_remove_themselves),
        cmocka_unit_test(what_is_urgent_comes_after_the_callback_under_way),
        cmocka_unit_test(a_round_ends_with_what_is_urgent),
        cmocka_unit_test(a_post_owed_its_turn_waits_for_nothing),
        cmocka_unit_test(signals_come_as_callbacks),
        cmocka_unit_test(jobs_come_back_once_each),
        cmocka_unit_test(jobs_come_back_without_a_thread_too),
    };
    alarm(60);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
