/* SPDX-License-Identifier: Apache-2.0 */
#include "deploy-scene.h"

#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "model/cluster_yaml.h"

static const char cluster_text[] =
    "hpcwiz: 1\ncluster: riskgrid\nregion: eu-central-1\n"
    "network:\n  vpc: vpc-0a1b2c3d4e5f67890\n"
    "  subnets: [subnet-0aaa1111bbb22222c, subnet-0bbb1111bbb22222c]\n"
    "  hosted_zone: Z0123456789ABCDEFGHIJ\n  zone_name: hpc.example.internal\n"
    "  sql_address: 10.20.1.5\n  head_address: 10.20.1.6\n"
    "directory: {domain: corp.example.internal, netbios: CORP}\n"
    "access: {key_pair: hpc-admin, from: [10.20.0.0/24]}\n"
    "hpc_pack: {version: 2019, media: \"s3://my-bucket/hpcpack/\"}\n"
    "deploy: {bucket: my-bucket}\n"
    "nodes:\n"
    "  sql: {image: ami-0a1b2c3d4e5f67890, type: r6i.xlarge, data_volume_gib: 200}\n"
    "  head: {image: ami-0a1b2c3d4e5f67890, type: m6i.xlarge}\n"
    "  compute:\n"
    "    - {name: std, image: ami-0a1b2c3d4e5f67890, type: c6i.4xlarge, min: 1, desired: 2, max: "
    "4}\n"
    "    - {name: big, image: ami-0a1b2c3d4e5f67890, type: c6i.4xlarge, min: 1, desired: 2, max: "
    "4}\n";

void scene_tell(void *data, const struct hw_event *event)
{
    struct scene *s = data;
    if (event->type == HW_EV_STEP) {
        hw_strv_take(&s->steps,
                     hw_format("%s %s", event->u.step.stack, hw_step_word(event->u.step.step)));
        s->ahead_ms = event->u.step.time_ms - hw_clock_wall_ms();
        s->failing = s->failing || event->u.step.step == HW_STEP_ROLLING_BACK;
        hw_strv_take(&s->messages, hw_format("%s: %s", event->u.step.stack, event->u.step.message));
        if (s->stop_at && s->deploy && strcmp(s->steps.items[s->steps.count - 1], s->stop_at) == 0)
            hw_deploy_stop(s->deploy);
        if (s->moves_at && strcmp(s->steps.items[s->steps.count - 1], s->moves_at) == 0)
            fake_cfn_set(s->fake, s->moves, s->moves_to);
    } else if (event->type == HW_EV_STACK) {
        /* Each once; the scripted account has one activity for all groups. */
        assert_true(!hw_strv_has(&s->event_ids, event->u.stack.event_id) ||
                    strcmp(event->u.stack.event_id, "activity-1") == 0);
        hw_strv_add(&s->event_ids, event->u.stack.event_id);
        hw_strv_take(&s->events, hw_format("%s %s %s", event->u.stack.stack,
                                           event->u.stack.resource, event->u.stack.status));
        if (s->dies_at && s->events.count == s->dies_at)
            fake_cfn_stop(s->fake);
    } else if (event->type == HW_EV_PROGRESS) {
        assert_true(event->u.progress.permille >= s->permille &&
                    event->u.progress.permille <= 1000);
        assert_true(event->u.progress.left_ms >= 0);
        s->permille = event->u.progress.permille;
        s->progress++;
        s->late_progress += s->failing;
    } else if (event->type == HW_EV_NOTICE) {
        hw_strv_add(&s->notices, event->u.notice.text);
    }
}

void scene_forget(struct scene *s)
{
    s->permille = s->progress = s->late_progress = 0;
    s->failing = false;
    hw_strv_done(&s->steps);
    hw_strv_done(&s->events);
    hw_strv_done(&s->event_ids);
    hw_strv_done(&s->notices);
    hw_strv_done(&s->messages);
}

void scene_use(const struct scene *s)
{
    setenv("HOME", s->folder, 1);
    setenv("XDG_STATE_HOME", s->state ? s->state : s->folder, 1);
    setenv("AWS_ENDPOINT_URL", s->url, 1);
    setenv("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE", 1);
    setenv("AWS_SECRET_ACCESS_KEY", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", 1);
    setenv("HPCWIZ_POLL_MS", "1", 1);
}

void scene_new_client(struct scene *s)
{
    struct hw_err err = {0};
    struct hw_aws_options options = {.region = "eu-central-1"};
    hw_discover_free(s->discover);
    hw_aws_free(s->aws);
    s->aws = hw_aws_new(s->loop, s->work, &options, &err);
    assert_non_null(s->aws);
    s->discover = hw_discover_new(s->aws, NULL, NULL);
}

int scene_set_up(void **state)
{
    struct scene *s = HW_NEW(struct scene);
    struct hw_err err = {0};
    assert_true(hw_dir_private("deploy", &s->folder, &err));
    s->fake = fake_cfn_new(s->url);
    assert_non_null(s->fake);
    scene_use(s);
    s->file = hw_path_join(s->folder, "riskgrid.yaml");
    assert_true(hw_file_write(s->file, cluster_text, strlen(cluster_text), 0600, &err));
    if (!hw_cluster_read(s->file, false, &s->cluster, &err))
        fail_msg("%s: %s", err.place, err.what);
    s->loop = hw_loop_new(&err);
    s->work = hw_work_new(s->loop, 1);
    scene_new_client(s);
    s->state_journal = hw_deploy_journal_path(s->cluster, &err);
    *state = s;
    alarm(900);
    return 0;
}

int scene_tear_down(void **state)
{
    struct scene *s = *state;
    hw_discover_free(s->discover);
    hw_aws_free(s->aws);
    hw_work_free(s->work);
    hw_loop_free(s->loop);
    hw_cluster_free(s->cluster);
    fake_cfn_free(s->fake);
    scene_forget(s);
    hw_dir_remove(s->folder, NULL);
    free(s->folder);
    free(s->file);
    free(s->state_journal);
    free(s);
    return 0;
}

void scene_on_end(void *data, enum hw_deploy_outcome outcome, const struct hw_err *err)
{
    struct scene_end *w = data;
    assert_false(w->over);
    w->over = true;
    w->scene->outcome = outcome;
    w->scene->err = err ? *err : (struct hw_err){0};
}

enum hw_deploy_outcome scene_run(struct scene *s, enum hw_deploy_mode mode, bool delete_data)
{
    struct scene_end w = {.scene = s};
    struct hw_err err = {0};
    struct hw_sink sink = {scene_tell, s};
    struct hw_deploy_options how = {.mode = mode,
                                    .delete_data = delete_data,
                                    .account = s->account,
                                    .file = s->file,
                                    .sink = &sink,
                                    .only = &s->only,
                                    .skip = &s->skip,
                                    .retry = s->retry};
    scene_forget(s);
    scene_new_client(s);
    s->deploy =
        hw_deploy_start(s->aws, s->discover, s->loop, s->cluster, &how, scene_on_end, &w, &err);
    if (!s->deploy)
        fail_msg("%s", err.what);
    while (!w.over)
        hw_loop_step(s->loop, -1);
    hw_deploy_free(s->deploy);
    s->deploy = NULL;
    return s->outcome;
}

size_t scene_place(const struct hw_strv *list, const char *text)
{
    for (size_t i = 0; i < list->count; i++) {
        if (strcmp(list->items[i], text) == 0)
            return i;
    }
    fail_msg("'%s' was not told", text);
    return 0;
}

bool scene_has_notice(const struct scene *s, const char *text)
{
    for (size_t i = 0; i < s->notices.count; i++) {
        if (strstr(s->notices.items[i], text))
            return true;
    }
    return false;
}
