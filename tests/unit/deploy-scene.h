/* SPDX-License-Identifier: Apache-2.0 */
/* A cluster of five stacks, deployed against the scripted CloudFormation, and what was told of it.
 */
#ifndef HW_TESTS_DEPLOY_SCENE_H
#define HW_TESTS_DEPLOY_SCENE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "deploy/deploy.h"
#include "fake-cfn.h"

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
    /* A step at which somebody else brings a stack to this status. */
    const char *moves_at, *moves, *moves_to;
    unsigned dies_at;          /* the endpoint, after so many events */
    struct hw_strv only, skip; /* of the options */
    bool retry;
    const char *account;
};

struct scene_end {
    struct scene *scene;
    bool over;
};

#define SCENE(test) cmocka_unit_test_setup_teardown(test, scene_set_up, scene_tear_down)

int scene_set_up(void **state);
int scene_tear_down(void **state);
void scene_use(const struct scene *s);  /* its endpoint and folders, for this process */
void scene_new_client(struct scene *s); /* with its whole budget of requests */
void scene_forget(struct scene *s);     /* what was told */
void scene_tell(void *data, const struct hw_event *event); /* a sink; data: the scene */
/* data: a struct scene_end. */
void scene_on_end(void *data, enum hw_deploy_outcome outcome, const struct hw_err *err);
/* To its end; what was told before is forgotten. */
enum hw_deploy_outcome scene_run(struct scene *s, enum hw_deploy_mode mode, bool delete_data);
/* Of the text in the list; fails where it is not. */
size_t scene_place(const struct hw_strv *list, const char *text);
bool scene_has_notice(const struct scene *s, const char *text);

/* For main(): the tests that $ONLY names, or all. */
#define SCENES_RUN(tests)                                                                          \
    (getenv("ONLY") ? cmocka_set_test_filter(getenv("ONLY")) : (void)0,                            \
     cmocka_run_group_tests(tests, NULL, NULL))

#endif
