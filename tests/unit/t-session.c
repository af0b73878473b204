/* SPDX-License-Identifier: Apache-2.0 */
/* What a session lets go when it is given another cluster, and what it keeps. Nobody answers at its
 * endpoint. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/file.h"
#include "session/session.h"

struct rooms {
    char *folder;
    struct hw_loop *loop;
    struct hw_session *session;
    struct hw_cluster *cluster;
};

static int set_up(void **state)
{
    struct rooms *r = HW_NEW(struct rooms);
    assert_true(hw_dir_private("session", &r->folder, NULL));
    hw_auto_text config = hw_path_join(r->folder, "config");
    static const char profiles[] = "[profile ops]\nregion = eu-central-1\n";
    assert_true(hw_file_write(config, profiles, strlen(profiles), 0600, NULL));
    setenv("HOME", r->folder, 1);
    setenv("XDG_STATE_HOME", r->folder, 1);
    setenv("AWS_CONFIG_FILE", config, 1);
    setenv("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE", 1);
    setenv("AWS_SECRET_ACCESS_KEY", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", 1);
    setenv("AWS_EC2_METADATA_DISABLED", "true", 1);
    r->loop = hw_loop_new(NULL);
    struct hw_session_options options = {
        .region = "eu-central-1", .endpoint_url = "http://127.0.0.1:9", .undiagnosed = true};
    r->session = hw_session_new(r->loop, &options, NULL, NULL);
    assert_non_null(r->session);
    r->cluster = hw_cluster_new();
    assert_true(hw_cluster_set(r->cluster, "cluster", "riskgrid", NULL));
    assert_true(hw_cluster_set(r->cluster, "region", "eu-central-1", NULL));
    *state = r;
    return 0;
}

static int tear_down(void **state)
{
    struct rooms *r = *state;
    hw_session_free(r->session);
    hw_cluster_free(r->cluster);
    hw_loop_free(r->loop);
    hw_dir_remove(r->folder, NULL);
    free(r->folder);
    free(r);
    return 0;
}

static void on_end(void *data HW_UNUSED, enum hw_deploy_outcome outcome HW_UNUSED,
                   const struct hw_err *err HW_UNUSED)
{
}

static void on_closed(void *data)
{
    *(bool *)data = true;
}

/* The nodes that are no longer followed go from the loop. */
static void let_nodes_go(struct rooms *r)
{
    bool closed = false;
    hw_session_close_nodes(r->session, on_closed, &closed);
    while (!closed)
        hw_loop_step(r->loop, -1);
}

static void follow(struct rooms *r)
{
    struct hw_deploy_options options = {.mode = HW_DEPLOY_FOLLOW};
    struct hw_err err = {0};
    if (!hw_session_deploy(r->session, r->cluster, &options, on_end, NULL, &err))
        fail_msg("%s", err.what);
}

/* A line of the cluster's head node, which every cluster has. */
static void hear_line(struct rooms *r)
{
    struct hw_event line = {
        .type = HW_EV_LOG,
        .u.log = {.node = "head", .instance = "i-0a1b2c3d4e5f67890", .source = "a", .text = "b"}};
    hw_tell(hw_session_sink(r->session), &line);
}

static uint64_t lines(const struct rooms *r)
{
    return hw_logs_end(hw_session_logs(r->session));
}

static void the_same_cluster_keeps_its_lines(void **state)
{
    struct rooms *r = *state;
    follow(r);
    hear_line(r);
    assert_int_equal(lines(r), 1);
    follow(r);
    assert_int_equal(lines(r), 1);
}

static void another_name_or_region_begins_anew(void **state)
{
    struct rooms *r = *state;
    follow(r);
    hear_line(r);
    assert_true(hw_cluster_set(r->cluster, "region", "us-east-1", NULL));
    follow(r);
    assert_int_equal(lines(r), 0);
    hear_line(r);
    assert_true(hw_cluster_set(r->cluster, "cluster", "farm", NULL));
    follow(r);
    assert_int_equal(lines(r), 0);
}

static void another_profile_begins_anew(void **state)
{
    struct rooms *r = *state;
    struct hw_err err = {0};
    follow(r);
    hear_line(r);
    assert_true(hw_session_use_profile(r->session, "ops", &err));
    let_nodes_go(r);
    follow(r);
    assert_int_equal(lines(r), 0);
    hear_line(r);
    follow(r);
    assert_int_equal(lines(r), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_same_cluster_keeps_its_lines, set_up, tear_down),
        cmocka_unit_test_setup_teardown(another_name_or_region_begins_anew, set_up, tear_down),
        cmocka_unit_test_setup_teardown(another_profile_begins_anew, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
