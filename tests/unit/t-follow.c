/* SPDX-License-Identifier: Apache-2.0 */
/* Which way to a node is tried when: two ways that are played here, each by a script of its ends.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/mem.h"
#include "base/text.h"
#include "node/follow.h"
#include "node/script.h"

struct played {
    const char *missing; /* why it cannot be tried; NULL: it can */
    bool final;
    const char *script; /* a letter an attempt: l lost, r refused, o opens, s silent */
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
    struct played ways[2];
    struct hw_way_room room;
    struct hw_target target;
    struct hw_follow *follow;
    struct hw_buf events;
    unsigned logins;
    bool complete, closed;
} world;

static void act(void *data)
{
    struct session *session = data;
    struct hw_err err = {0};
    struct hw_frame hello = {.kind = HW_FRAME_HELLO, .version = HW_SCRIPT_VERSION, .text = ""};
    session->timer = NULL;
    if (session->act == 'o') {
        session->handler.frame(session->handler.data, &hello);
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
    return start(&world.ways[0], handler);
}

static void *start_two(const struct hw_way_start *given HW_UNUSED,
                       const struct hw_way_handler *handler)
{
    return start(&world.ways[1], handler);
}

static const char *missing_one(const struct hw_target *target HW_UNUSED, bool *ret_final)
{
    *ret_final = world.ways[0].final;
    return world.ways[0].missing;
}

static const char *missing_two(const struct hw_target *target HW_UNUSED, bool *ret_final)
{
    *ret_final = world.ways[1].final;
    return world.ways[1].missing;
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

static const struct hw_way_class one = {
    "one", "One", 50, missing_one, start_one, left_over, manner, close_session, free_session};
static const struct hw_way_class two = {
    "two", "Two", 50, missing_two, start_two, left_over, manner, close_session, free_session};

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
    world.ways[0].script = script_one;
    world.ways[1].script = script_two;
    struct hw_follow_options options = {
        .room = &world.room,
        .target = &world.target,
        .ways = {&one, script_two ? &two : NULL},
        .once = once,
        .logins = &world.logins,
        .retry_ms = 5,
        .hold_ms = hold_ms,
        .handler = {.state = on_state, .line = on_line, .complete = on_complete},
    };
    world.follow = hw_follow_start(&options);
}

static int set_up(void **state HW_UNUSED)
{
    memset(&world, 0, sizeof world);
    world.loop = hw_loop_new(NULL);
    world.room.loop = world.loop;
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
    for (int i = 0; !strstr(hw_buf_cstr(&world.events), text); i++) {
        if (i > 20000)
            fail_msg("no '%s' in: %s", text, hw_buf_cstr(&world.events));
        hw_loop_step(world.loop, 100);
    }
}

static void the_second_way_helps(void **state HW_UNUSED)
{
    begin("l", "o", false, 0);
    wait_event("live two somehow|");
    assert_non_null(strstr(hw_buf_cstr(&world.events), "connecting one One: away|"));
    assert_int_equal(world.ways[0].attempts, 1);
}

static void what_went_well_is_tried_first(void **state HW_UNUSED)
{
    begin("l", "oo", false, 0);
    wait_event("live two");
    hw_buf_clear(&world.events);
    world.ways[1].open->act = 'l';
    act(world.ways[1].open);
    wait_event("lost two Two: away|");
    wait_event("live two");
    assert_int_equal(world.ways[0].attempts, 1);
}

static void a_refused_way_rests_and_the_other_goes_on(void **state HW_UNUSED)
{
    begin("r", "lllo", false, 0);
    wait_event("live two");
    assert_int_equal(world.ways[0].attempts, 1);
    assert_non_null(strstr(hw_buf_cstr(&world.events), "One: no; Two: away|"));
    world.ways[0].script = "o";
    world.ways[0].attempts = 0;
    hw_follow_forgive(world.follow, &one);
    hw_loop_step(world.loop, 0);
    assert_int_equal(world.ways[0].attempts, 0); /* the other one is open */
}

static void all_refused_is_final_until_forgiven(void **state HW_UNUSED)
{
    begin("ro", "r", false, 0);
    wait_event("refused two One: no; Two: no|");
    for (int i = 0; i < 5; i++)
        hw_loop_step(world.loop, 5);
    assert_int_equal(world.ways[0].attempts, 1);
    hw_follow_forgive(world.follow, &one);
    wait_event("live one somehow|");
    assert_int_equal(world.ways[1].attempts, 1);
}

static void silence_has_a_deadline(void **state HW_UNUSED)
{
    begin("s", "o", false, 0);
    wait_event("live two");
    assert_non_null(strstr(hw_buf_cstr(&world.events), "One: no answer within"));
    assert_null(world.ways[0].open);
}

static void others_wait_for_the_first(void **state HW_UNUSED)
{
    world.ways[0].missing = "not yet";
    begin("o", "o", false, 1000000);
    wait_event("connecting one One: not yet|");
    for (int i = 0; i < 5; i++)
        hw_loop_step(world.loop, 10);
    assert_int_equal(world.ways[1].attempts, 0);
    world.ways[0].missing = NULL;
    hw_follow_look_again(world.follow);
    wait_event("live one");
}

static void but_not_for_ever(void **state HW_UNUSED)
{
    world.ways[0].missing = "not yet";
    begin("o", "o", false, 20);
    wait_event("live two");
    assert_int_equal(world.ways[0].attempts, 0);
}

static void nor_where_it_is_final(void **state HW_UNUSED)
{
    world.ways[0].missing = "never";
    world.ways[0].final = true;
    begin("o", "r", false, 1000000);
    wait_event("refused two One: never; Two: no|");
}

static void one_look_ends(void **state HW_UNUSED)
{
    begin("l", "l", true, 0);
    for (int i = 0; !world.complete; i++) {
        assert_true(i < 20000);
        hw_loop_step(world.loop, 100);
    }
    assert_int_equal(world.ways[0].attempts, 3);
    assert_int_equal(world.ways[1].attempts, 3);
}

static void one_look_waits_for_nothing(void **state HW_UNUSED)
{
    world.ways[0].missing = "not yet";
    begin("o", "o", true, 0);
    for (int i = 0; !world.complete; i++) {
        assert_true(i < 20000);
        hw_loop_step(world.loop, 100);
    }
    assert_int_equal(world.ways[1].attempts, 0);
}

static void a_reboot_over_a_way_without_boot_times(void **state HW_UNUSED)
{
    begin("oo", NULL, false, 0);
    wait_event("live one somehow|");
    hw_follow_expect_reboot(world.follow);
    world.ways[0].open->act = 'l';
    act(world.ways[0].open);
    wait_event("rebooting one away|");
    wait_event("live one rebooted|");
}

static void closing_waits_for_the_way(void **state HW_UNUSED)
{
    begin("o", NULL, false, 0);
    wait_event("live one");
    hw_follow_close(world.follow, on_closed, NULL);
    world.follow = NULL;
    for (int i = 0; !world.closed; i++) {
        assert_true(i < 20000);
        hw_loop_step(world.loop, 100);
    }
}

int main(void)
{
#define WORLD_TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        WORLD_TEST(the_second_way_helps),
        WORLD_TEST(what_went_well_is_tried_first),
        WORLD_TEST(a_refused_way_rests_and_the_other_goes_on),
        WORLD_TEST(all_refused_is_final_until_forgiven),
        WORLD_TEST(silence_has_a_deadline),
        WORLD_TEST(others_wait_for_the_first),
        WORLD_TEST(but_not_for_ever),
        WORLD_TEST(nor_where_it_is_final),
        WORLD_TEST(one_look_ends),
        WORLD_TEST(one_look_waits_for_nothing),
        WORLD_TEST(a_reboot_over_a_way_without_boot_times),
        WORLD_TEST(closing_waits_for_the_way),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
