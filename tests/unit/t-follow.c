/* SPDX-License-Identifier: Apache-2.0 */
/* Which way to a node is tried when: direct ones, a makeshift one and one beside, which are played
 * here, each by a script of its ends. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/mem.h"
#include "base/text.h"
#include "node/follow.h"
#include "node/script.h"
#include "waiting.h"

enum { ONE, TWO, SHIFT, BESIDE, WAYS };

struct played {
    const char *missing; /* why it cannot be tried; NULL: it can */
    bool final;
    const char *script; /* a letter an attempt: l lost, r refused, o opens, s silent, k opens and
                         * has told all */
    unsigned attempts;
    struct session *open;
};

struct session {
    struct played *of;
    struct hw_way_handler handler;
    struct hw_timer *timer;
    char act;
};

static struct {
    struct hw_loop *loop;
    struct played ways[WAYS];
    struct hw_way_room room;
    struct hw_target target;
    struct hw_follow *follow;
    struct hw_buf events;
    unsigned logins, clocks;
    bool complete, closed;
} world;

static void act(void *data)
{
    struct session *session = data;
    struct hw_err err = {0};
    struct hw_frame hello = {.kind = HW_FRAME_HELLO, .version = HW_SCRIPT_VERSION, .text = ""};
    session->timer = NULL;
    struct hw_frame beat = {.kind = HW_FRAME_BEAT};
    if (session->act == 'o' || session->act == 'k') {
        session->handler.frame(session->handler.data, &hello);
        if (session->act == 'k')
            session->handler.frame(session->handler.data, &beat);
        return;
    }
    hw_fail(&err, HW_ERR_NETWORK, session->act == 'r' ? "no" : "away");
    session->handler.ended(session->handler.data,
                           session->act == 'r' ? HW_WAY_REFUSED : HW_WAY_LOST, &err);
}

static void *start(struct played *way, const struct hw_way_handler *handler)
{
    struct session *session = HW_NEW(struct session);
    size_t last = strlen(way->script) - 1;
    session->of = way;
    session->handler = *handler;
    session->act = way->script[way->attempts < last ? way->attempts : last];
    way->attempts++;
    way->open = session;
    if (session->act != 's')
        session->timer = hw_loop_timer(world.loop, 0, act, session);
    return session;
}

static void *start_one(const struct hw_way_start *given HW_UNUSED,
                       const struct hw_way_handler *handler)
{
    return start(&world.ways[ONE], handler);
}

static const char *missing_one(const struct hw_way_room *room HW_UNUSED,
                               const struct hw_target *target HW_UNUSED, bool *ret_final)
{
    *ret_final = world.ways[ONE].final;
    return world.ways[ONE].missing;
}

static void *start_two(const struct hw_way_start *given HW_UNUSED,
                       const struct hw_way_handler *handler)
{
    return start(&world.ways[TWO], handler);
}

static const char *missing_two(const struct hw_way_room *room HW_UNUSED,
                               const struct hw_target *target HW_UNUSED, bool *ret_final)
{
    *ret_final = world.ways[TWO].final;
    return world.ways[TWO].missing;
}

static void *start_shift(const struct hw_way_start *given HW_UNUSED,
                         const struct hw_way_handler *handler)
{
    return start(&world.ways[SHIFT], handler);
}

static const char *missing_shift(const struct hw_way_room *room HW_UNUSED,
                                 const struct hw_target *target HW_UNUSED, bool *ret_final)
{
    *ret_final = world.ways[SHIFT].final;
    return world.ways[SHIFT].missing;
}

static void *start_beside(const struct hw_way_start *given HW_UNUSED,
                          const struct hw_way_handler *handler)
{
    return start(&world.ways[BESIDE], handler);
}

static const char *missing_beside(const struct hw_way_room *room HW_UNUSED,
                                  const struct hw_target *target HW_UNUSED, bool *ret_final)
{
    *ret_final = world.ways[BESIDE].final;
    return world.ways[BESIDE].missing;
}

static char *left_over(const void *session HW_UNUSED)
{
    return NULL;
}

static const char *manner(const void *session HW_UNUSED)
{
    return "somehow";
}

static void free_session(void *data)
{
    struct session *session = data;
    hw_timer_cancel(session->timer);
    session->of->open = NULL;
    free(session);
}

static void close_session(void *data, void (*closed)(void *data), void *closed_data)
{
    free_session(data);
    hw_loop_timer(world.loop, 0, closed, closed_data);
}

static const struct hw_way_class one = {"one",     "One",     50,     HW_WAY_DIRECT, missing_one,
                                        start_one, left_over, manner, close_session, free_session};
static const struct hw_way_class two = {"two",     "Two",     50,     HW_WAY_DIRECT, missing_two,
                                        start_two, left_over, manner, close_session, free_session};
static const struct hw_way_class shift = {"shift",       "Shift",     50,        HW_WAY_MAKESHIFT,
                                          missing_shift, start_shift, left_over, manner,
                                          close_session, free_session};
static const struct hw_way_class beside = {"beside",       "Beside",     50,        HW_WAY_BESIDE,
                                           missing_beside, start_beside, left_over, manner,
                                           close_session,  free_session};
static const struct hw_way_class *const besides[] = {&beside, NULL};

static void on_state(void *data HW_UNUSED, enum hw_node_state state, const char *via,
                     const char *detail)
{
    hw_buf_print(&world.events, "%s %s %s|", hw_node_state_word(state), via, detail);
}

static void on_line(void *data HW_UNUSED, const char *path HW_UNUSED,
                    struct hw_line_state *state HW_UNUSED, uint64_t offset HW_UNUSED,
                    const char *text HW_UNUSED, size_t n HW_UNUSED)
{
}

static void on_clock(void *data HW_UNUSED, int64_t node_ms HW_UNUSED, bool first HW_UNUSED)
{
    world.clocks++;
}

static void on_complete(void *data HW_UNUSED)
{
    world.complete = true;
}

static void on_closed(void *data HW_UNUSED)
{
    world.closed = true;
}

static void begin(const char *script_one, const char *script_two, bool once, unsigned hold_ms)
{
    world.ways[ONE].script = script_one;
    world.ways[TWO].script = script_two;
    struct hw_follow_options options = {
        .room = &world.room,
        .target = &world.target,
        .ways = {&one, script_two ? &two : NULL, world.ways[SHIFT].script ? &shift : NULL},
        .beside = world.ways[BESIDE].script ? besides : NULL,
        .once = once,
        .logins = &world.logins,
        .retry_ms = 5,
        .hold_ms = hold_ms,
        .handler = {.state = on_state, .line = on_line, .clock = on_clock, .complete = on_complete},
    };
    world.follow = hw_follow_start(&options);
}

static int set_up(void **state HW_UNUSED)
{
    memset(&world, 0, sizeof world);
    world.loop = hw_loop_new(NULL);
    world.room.loop = world.loop;
    world.room.slow_ms = 10;
    world.events.max = HW_MAX_TEXT;
    return 0;
}

static int tear_down(void **state HW_UNUSED)
{
    hw_follow_free(world.follow);
    assert_int_equal(world.logins, 0);
    hw_buf_done(&world.events);
    hw_loop_free(world.loop);
    return 0;
}

static void wait_event(const char *text)
{
    wait_text(world.loop, &world.events, text);
}

static void set_flag(void *flag)
{
    *(bool *)flag = true;
}

static void let_pass(unsigned ms)
{
    bool passed = false;
    hw_loop_timer(world.loop, ms, set_flag, &passed);
    wait_flag(world.loop, &passed);
}

static void the_second_way_helps(void **state HW_UNUSED)
{
    begin("l", "o", false, 0);
    wait_event("live two somehow|");
    assert_non_null(strstr(hw_buf_cstr(&world.events), "connecting one One: away|"));
    assert_int_equal(world.ways[ONE].attempts, 1);
}

static void what_went_well_is_tried_first(void **state HW_UNUSED)
{
    begin("l", "oo", false, 0);
    wait_event("live two");
    hw_buf_clear(&world.events);
    world.ways[TWO].open->act = 'l';
    act(world.ways[TWO].open);
    wait_event("lost two Two: away|");
    wait_event("live two");
    assert_int_equal(world.ways[ONE].attempts, 1);
}

static void the_order_may_change_on_the_way(void **state HW_UNUSED)
{
    begin("lo", "lo", false, 1000000);
    wait_event("connecting two One: away; Two: away|");
    hw_follow_prefer(world.follow, &two);
    hw_follow_prefer(world.follow, &shift); /* not one of its ways */
    wait_event("live two");
    assert_int_equal(world.ways[ONE].attempts, 1);
    hw_follow_prefer(world.follow, &one);
    hw_buf_clear(&world.events);
    world.ways[TWO].open->act = 'l';
    act(world.ways[TWO].open);
    wait_event("lost two Two: away|");
    wait_event("live two"); /* it has gone well */
    assert_int_equal(world.ways[ONE].attempts, 1);
}

static void a_refused_way_rests_and_the_other_goes_on(void **state HW_UNUSED)
{
    begin("r", "lllo", false, 0);
    wait_event("live two");
    assert_int_equal(world.ways[ONE].attempts, 1);
    assert_non_null(strstr(hw_buf_cstr(&world.events), "One: no; Two: away|"));
    world.ways[ONE].script = "o";
    world.ways[ONE].attempts = 0;
    hw_follow_forgive(world.follow, &one);
    hw_loop_step(world.loop, 0);
    assert_int_equal(world.ways[ONE].attempts, 0); /* the other one is open */
}

static void all_refused_is_final_until_forgiven(void **state HW_UNUSED)
{
    begin("ro", "r", false, 0);
    wait_event("refused two One: no; Two: no|");
    for (int i = 0; i < 5; i++)
        hw_loop_step(world.loop, 5);
    assert_int_equal(world.ways[ONE].attempts, 1);
    hw_follow_forgive(world.follow, &one);
    wait_event("live one somehow|");
    assert_int_equal(world.ways[TWO].attempts, 1);
}

static void silence_has_a_deadline(void **state HW_UNUSED)
{
    begin("s", "o", false, 0);
    wait_event("live two");
    assert_non_null(strstr(hw_buf_cstr(&world.events), "One: no answer within"));
    assert_null(world.ways[ONE].open);
}

static void others_wait_for_the_first(void **state HW_UNUSED)
{
    world.ways[ONE].missing = "not yet";
    begin("o", "o", false, 1000000);
    wait_event("connecting one One: not yet|");
    for (int i = 0; i < 5; i++)
        hw_loop_step(world.loop, 10);
    assert_int_equal(world.ways[TWO].attempts, 0);
    world.ways[ONE].missing = NULL;
    hw_follow_look_again(world.follow);
    wait_event("live one");
}

static void but_not_for_ever(void **state HW_UNUSED)
{
    world.ways[ONE].missing = "not yet";
    begin("o", "o", false, 20);
    wait_event("live two");
    assert_int_equal(world.ways[ONE].attempts, 0);
}

/* Of a thousand passwords the last comes after minutes. */
static void unless_its_password_is_on_its_way(void **state HW_UNUSED)
{
    world.ways[ONE].missing = "not yet";
    world.target.password_pending = true;
    begin("o", "o", false, 0);
    wait_event("connecting one One: not yet|");
    for (int i = 0; i < 5; i++)
        hw_loop_step(world.loop, 10);
    assert_int_equal(world.ways[TWO].attempts, 0);
    world.target.password_pending = false;
    wait_event("live two");
}

static void nor_where_it_is_final(void **state HW_UNUSED)
{
    world.ways[ONE].missing = "never";
    world.ways[ONE].final = true;
    begin("o", "r", false, 1000000);
    wait_event("refused two One: never; Two: no|");
}

static void one_look_ends(void **state HW_UNUSED)
{
    begin("l", "l", true, 0);
    wait_flag(world.loop, &world.complete);
    assert_int_equal(world.ways[ONE].attempts, 3);
    assert_int_equal(world.ways[TWO].attempts, 3);
}

static void one_look_waits_for_nothing(void **state HW_UNUSED)
{
    world.ways[ONE].missing = "not yet";
    begin("o", "o", true, 0);
    wait_flag(world.loop, &world.complete);
    assert_int_equal(world.ways[TWO].attempts, 0);
}

static void a_reboot_over_a_way_without_boot_times(void **state HW_UNUSED)
{
    begin("oo", NULL, false, 0);
    wait_event("live one somehow|");
    hw_follow_expect_reboot(world.follow, true);
    world.ways[ONE].open->act = 'l';
    act(world.ways[ONE].open);
    wait_event("rebooting one away|");
    wait_event("live one rebooted|");
}

static void snapshots_only_when_nothing_better_goes(void **state HW_UNUSED)
{
    world.ways[SHIFT].script = "o";
    begin("llllo", "r", false, 0);
    wait_event("live shift somehow; One: away; Two: no|");
    assert_null(strstr(hw_buf_cstr(&world.events), "live one"));
    hw_buf_clear(&world.events);
    wait_event("live one somehow|");
    /* While the direct way was tried, the node counted as reached. */
    assert_null(strstr(hw_buf_cstr(&world.events), "lost"));
    assert_null(world.ways[SHIFT].open);
}

static void snapshots_end_when_a_way_is_forgiven(void **state HW_UNUSED)
{
    world.ways[SHIFT].script = "o";
    begin("ro", "r", false, 0);
    wait_event("live shift somehow; One: no; Two: no|");
    for (int i = 0; i < 5; i++)
        hw_loop_step(world.loop, 20);
    assert_int_equal(world.ways[SHIFT].attempts, 1); /* nothing better to try */
    hw_follow_forgive(world.follow, &one);
    wait_event("live one");
    assert_null(world.ways[SHIFT].open);
}

/* The timer that would have tried them again is gone, too: nothing comes after the end. */
static void a_way_is_forgiven_while_others_wait_to_be_tried_again(void **state HW_UNUSED)
{
    world.ways[SHIFT].script = "o";
    world.room.slow_ms = 30;
    begin("ro", "l", false, 0);
    wait_event("live shift somehow; One: no; Two: away|");
    hw_follow_forgive(world.follow, &one);
    wait_event("live one");
    assert_non_null(world.ways[ONE].open);
    unsigned attempts = world.ways[ONE].attempts;
    hw_buf_clear(&world.events);
    let_pass(4 * world.room.slow_ms);
    assert_int_equal(world.ways[ONE].attempts, attempts);
    assert_string_equal(hw_buf_cstr(&world.events), "");
}

/* It would arm a second timer behind the first, and set the node's clock as often as it likes. */
static void who_greets_twice_is_not_trusted(void **state HW_UNUSED)
{
    struct hw_frame hello = {
        .kind = HW_FRAME_HELLO, .version = HW_SCRIPT_VERSION, .now_ms = 1, .text = ""};
    world.ways[SHIFT].script = "os";
    world.room.slow_ms = 30;
    begin("l", "r", false, 0);
    wait_event("live shift somehow; One: away; Two: no|");
    assert_int_equal(world.clocks, 0);
    struct session *session = world.ways[SHIFT].open;
    session->handler.frame(session->handler.data, &hello);
    session->handler.frame(session->handler.data, &hello);
    assert_int_equal(world.clocks, 0);
    hw_buf_clear(&world.events);
    wait_event("Shift: the log follower on the node sent what does not fit");
    let_pass(4 * world.room.slow_ms);
}

static void what_is_seen_from_outside_is_no_connection(void **state HW_UNUSED)
{
    world.ways[BESIDE].script = "o";
    begin("lllo", "r", false, 0);
    wait_event("connecting one One: away; Two: no; Beside: somehow|");
    assert_non_null(world.ways[BESIDE].open);
    wait_event("live one somehow|");
    assert_null(world.ways[BESIDE].open);
    hw_buf_clear(&world.events);
    world.ways[ONE].open->act = 'l';
    act(world.ways[ONE].open);
    wait_event("lost one One: away; Two: no|");
}

static void a_refused_node_is_seen_from_outside(void **state HW_UNUSED)
{
    world.ways[BESIDE].script = "lo";
    begin("r", "r", false, 0);
    wait_event("refused two One: no; Two: no; Beside: away|");
    wait_event("refused two One: no; Two: no; Beside: somehow|");
}

static void one_look_ends_with_what_is_seen(void **state HW_UNUSED)
{
    world.ways[SHIFT].script = "l";
    world.ways[BESIDE].script = "k";
    begin("r", "r", true, 0);
    wait_event("refused shift One: no; Two: no; Shift: away; Beside: somehow|");
    wait_flag(world.loop, &world.complete);
}

static void one_look_through_snapshots(void **state HW_UNUSED)
{
    world.ways[SHIFT].script = "k";
    world.ways[BESIDE].script = "k";
    begin("l", "l", true, 0);
    wait_event("live shift");
    assert_true(world.complete);
    assert_int_equal(world.ways[BESIDE].attempts, 0);
}

static void closing_waits_for_the_way(void **state HW_UNUSED)
{
    begin("o", NULL, false, 0);
    wait_event("live one");
    hw_follow_close(world.follow, on_closed, NULL);
    world.follow = NULL;
    wait_flag(world.loop, &world.closed);
}

int main(void)
{
#define WORLD_TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        WORLD_TEST(the_second_way_helps),
        WORLD_TEST(what_went_well_is_tried_first),
        WORLD_TEST(the_order_may_change_on_the_way),
        WORLD_TEST(a_refused_way_rests_and_the_other_goes_on),
        WORLD_TEST(all_refused_is_final_until_forgiven),
        WORLD_TEST(silence_has_a_deadline),
        WORLD_TEST(others_wait_for_the_first),
        WORLD_TEST(but_not_for_ever),
        WORLD_TEST(unless_its_password_is_on_its_way),
        WORLD_TEST(nor_where_it_is_final),
        WORLD_TEST(one_look_ends),
        WORLD_TEST(one_look_waits_for_nothing),
        WORLD_TEST(a_reboot_over_a_way_without_boot_times),
        WORLD_TEST(snapshots_only_when_nothing_better_goes),
        WORLD_TEST(snapshots_end_when_a_way_is_forgiven),
        WORLD_TEST(a_way_is_forgiven_while_others_wait_to_be_tried_again),
        WORLD_TEST(who_greets_twice_is_not_trusted),
        WORLD_TEST(what_is_seen_from_outside_is_no_connection),
        WORLD_TEST(a_refused_node_is_seen_from_outside),
        WORLD_TEST(one_look_ends_with_what_is_seen),
        WORLD_TEST(one_look_through_snapshots),
        WORLD_TEST(closing_waits_for_the_way),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
