/* SPDX-License-Identifier: Apache-2.0 */
/* A fleet that goes on when its cluster is deployed again, against simulated WinRM servers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/mem.h"
#include "fleet-world.h"

static bool again(const char *key_file)
{
    struct hw_fleet_options options = world_options(true, NULL, key_file);
    hw_buf_clear(&world->events);
    return hw_fleet_again(world->fleet, &options);
}

static void no_line_is_told_twice(void **state HW_UNUSED)
{
    world->machines[0].state = world->machines[1].state = "running";
    world_write(0, "2026-11-22T20:15:00.000Z HPCWIZ stage=domain status=started code=0 msg=\"\"");
    world_write(0, "2026-11-22T20:15:01.000Z HPCWIZ stage=domain status=done code=0 msg=\"in\"");
    world_write(0, "half of it");
    world_write_other(1, "of another log");
    world_start(true, NULL, world->key_file);
    world_wait_lines(0);
    world_wait_lines(1);
    assert_true(again(world->key_file));
    world_wait_event("sql live ;");
    world_wait_event("head live ;");
    world_wait_event("sql stage domain started 0 ;sql stage domain done 0 in;");
    world_write(0, "the other half");
    world_write_other(1, "goes on, too");
    world_wait_lines(0);
    world_wait_lines(1);
    world_let_pass();
    assert_int_equal(world_count(hw_buf_cstr(&world->events), "sql stage domain done"), 1);
    assert_null(strstr(hw_buf_cstr(&world->events), "connecting"));
    world_wait_lines(0);
    world_close();
}

/* Its place is taken under the same name; the lines that the log view has of it stay. */
static void what_is_gone_is_not_told_again(void **state HW_UNUSED)
{
    world->machines[0].state = world->machines[2].state = "running";
    world_start(true, NULL, world->key_file);
    world_wait_event("sql live ;");
    world_wait_event("std-01 live ;");
    world->machines[0].state = "terminated";
    world_wait_event("sql gone ");
    world->machines[0].state = NULL;
    world->machines[1].role = "sql";
    assert_true(again(world->key_file));
    world->machines[1].state = "running";
    world_wait_event("sql live ;");
    assert_null(strstr(hw_buf_cstr(&world->events), "gone"));
    assert_null(strstr(hw_buf_cstr(&world->events), "sql-2"));
    world_close();
}

static void a_group_replaces_under_the_same_name(void **state HW_UNUSED)
{
    struct machine *first = &world->machines[2], *second = &world->machines[3];
    first->state = "running";
    world_start(true, NULL, world->key_file);
    world_wait_event("std-01 live ;");
    first->state = "terminated";
    world_wait_event("std-01 gone ");
    hw_buf_clear(&world->events);
    second->state = "running";
    world_wait_event("std-01 live ;");
    world_write(3, "of the second one");
    world_wait_lines(3);
    world_close();
}

static void another_key_is_tried_at_once(void **state HW_UNUSED)
{
    world->machines[0].state = "running";
    world_write(0, "at last");
    world_start(true, NULL, world->other_key_file);
    world_wait_event("sql refused ");
    assert_true(again(world->key_file));
    world_wait_event("sql live ;");
    world_wait_lines(0);
    world_close();
}

static void a_list_under_way_is_asked_for_anew(void **state HW_UNUSED)
{
    world->machines[0].state = "running";
    world_start(true, NULL, world->key_file);
    for (int i = 0; i < 20; i++) {
        assert_true(again(world->key_file));
        hw_loop_step(world->loop, 5);
    }
    world_wait_event("sql live ;");
    world_close();
}

static void other_nodes_need_another_fleet(void **state HW_UNUSED)
{
    hw_auto(hw_strv) nodes = {0};
    hw_strv_add(&nodes, "sql");
    world_start(true, NULL, world->key_file);
    struct hw_fleet_options options = world_options(true, NULL, world->key_file);
    assert_true(hw_fleet_again(world->fleet, &options));
    options.follow = false;
    assert_false(hw_fleet_again(world->fleet, &options));
    options = world_options(true, &nodes, world->key_file);
    assert_false(hw_fleet_again(world->fleet, &options));
    options = world_options(true, NULL, world->key_file);
    options.cluster = "other";
    assert_false(hw_fleet_again(world->fleet, &options));
    world_close();
}

int main(void)
{
#define WORLD_TEST(f) cmocka_unit_test_setup_teardown(f, world_set_up, world_tear_down)
    const struct CMUnitTest tests[] = {
        WORLD_TEST(no_line_is_told_twice),
        WORLD_TEST(what_is_gone_is_not_told_again),
        WORLD_TEST(a_group_replaces_under_the_same_name),
        WORLD_TEST(another_key_is_tried_at_once),
        WORLD_TEST(a_list_under_way_is_asked_for_anew),
        WORLD_TEST(other_nodes_need_another_fleet),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
