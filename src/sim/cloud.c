/* SPDX-License-Identifier: Apache-2.0 */
#include "sim/cloud.h"

#include <openssl/evp.h>
#include <unistd.h>

#include "base/file.h"
#include "base/log.h"
#include "base/mem.h"
#include "sim/account.h"
#include "sim/engine.h"
#include "sim/instance.h"
#include "sim/op_ssm.h"
#include "sim/signal.h"

#define SAVE_AFTER_MS 200
#define DEFAULT_WINRM 5986u

json_t *sim_cloud_list(struct sim_cloud *cloud, const char *name)
{
    return sim_list(cloud->state, name);
}

const char *sim_cloud_account(const struct sim_cloud *cloud)
{
    return sim_text(cloud->state, "account");
}

const char *sim_cloud_region(const struct sim_cloud *cloud)
{
    return sim_text(cloud->state, "region");
}

int64_t sim_cloud_after(const struct sim_cloud *cloud, double seconds)
{
    return hw_clock_wall_ms() + (int64_t)(seconds * 1000.0 / cloud->speed);
}

static bool save(struct sim_cloud *cloud, struct hw_err *err)
{
    sim_put(cloud->state, "_chance", "%llu", (unsigned long long)cloud->chance);
    char *text = json_dumps(cloud->state, JSON_COMPACT);
    bool ok = text && hw_file_write(cloud->state_file, text, strlen(text), 0600, err);
    free(text);
    return ok;
}

static void on_save(void *data)
{
    struct sim_cloud *cloud = data;
    struct hw_err err = {0};
    cloud->save_timer = NULL;
    if (!save(cloud, &err))
        fprintf(stderr, "hpcwiz-sim: %s\n", err.what);
}

static void on_timer(void *data)
{
    struct sim_cloud *cloud = data;
    cloud->timer = NULL;
    int64_t now_ms = hw_clock_wall_ms();
    sim_instances_step(cloud, now_ms);
    sim_groups_step(cloud, now_ms);
    sim_stacks_step(cloud, now_ms);
    if (cloud->state_file && !cloud->save_timer)
        cloud->save_timer = hw_loop_timer(cloud->loop, SAVE_AFTER_MS, on_save, cloud);
}

void sim_cloud_wake_at(struct sim_cloud *cloud, int64_t due_ms)
{
    if (cloud->timer && cloud->timer_due_ms <= due_ms)
        return;
    hw_timer_cancel(cloud->timer);
    cloud->timer_due_ms = due_ms;
    cloud->timer = hw_loop_timer(cloud->loop, due_ms - hw_clock_wall_ms(), on_timer, cloud);
}

void sim_cloud_wake(struct sim_cloud *cloud)
{
    sim_cloud_wake_at(cloud, hw_clock_wall_ms());
}

bool sim_due(struct sim_cloud *cloud, const json_t *object, const char *key, int64_t now_ms)
{
    int64_t due_ms = sim_int(object, key);
    if (due_ms <= now_ms)
        return true;
    sim_cloud_wake_at(cloud, due_ms);
    return false;
}

static bool restore(struct sim_cloud *cloud, struct hw_err *err)
{
    hw_auto(hw_buf) text = HW_BUF(HW_MAX_REPLY);
    if (!hw_file_read(cloud->state_file, &text, err))
        return false;
    json_error_t error;
    cloud->state = json_loadb(hw_buf_cstr(&text), text.len, JSON_REJECT_DUPLICATES, &error);
    if (!json_is_object(cloud->state)) {
        hw_fail(err, HW_ERR_INPUT, _("the saved state cannot be read: %s"), error.text);
        return hw_err_at(err, cloud->state_file, (size_t)error.line, (size_t)error.column);
    }
    uint64_t chance = strtoull(sim_text(cloud->state, "_chance"), NULL, 10);
    cloud->chance = chance ? chance : cloud->chance;
    sim_stacks_restored(cloud);
    sim_groups_restored(cloud);
    return true;
}

static bool load_state(struct sim_cloud *cloud, const struct sim_cloud_config *config,
                       struct hw_err *err)
{
    int *hold = &cloud->network_hold;
    if (cloud->state_file && hw_path_exists(cloud->state_file))
        return restore(cloud, err) && sim_account_hold(cloud->state, cloud->winrm_port, hold, err);
    cloud->state = sim_account_load(config->account_file, err);
    if (!cloud->state)
        return false;
    if (!config->vpc_cidr)
        return sim_account_move_to_free(cloud->state, cloud->winrm_port, hold, err);
    return sim_account_move(cloud->state, config->vpc_cidr, err) &&
           sim_account_hold(cloud->state, cloud->winrm_port, hold, err);
}

static bool start_nodes(struct sim_cloud *cloud, const struct sim_cloud_config *config,
                        struct hw_err *err)
{
    cloud->scenario = sim_scenario_load(config->scenario ? config->scenario : "ok", err);
    if (!cloud->scenario)
        return false;
    struct sim_nodes_config nodes = {
        .loop = cloud->loop,
        .scenario = cloud->scenario,
        .speed = cloud->speed,
        .seed = config->seed,
        .winrm_port = cloud->winrm_port,
        .hooks = {sim_signal_from_node, sim_instance_tag, sim_ssm_deleted, sim_instance_problem,
                  cloud},
    };
    cloud->nodes = sim_nodes_new(&nodes, err);
    if (cloud->nodes)
        sim_instances_resume(cloud);
    return cloud->nodes != NULL;
}

struct sim_cloud *sim_cloud_new(const struct sim_cloud_config *config, struct hw_err *err)
{
    struct sim_cloud *cloud = HW_NEW(struct sim_cloud);
    cloud->network_hold = -1;
    cloud->loop = config->loop;
    cloud->speed = config->speed > 0 ? config->speed : 1;
    cloud->chance = config->seed * 0x9E3779B97F4A7C15u + 0x2545F4914F6CDD1Du;
    cloud->unmanaged = config->unmanaged;
    cloud->winrm_port = config->winrm_port ? config->winrm_port : DEFAULT_WINRM;
    cloud->access_key = hw_strdup(config->access_key);
    cloud->session_token = hw_strdup(config->session_token ? config->session_token : "");
    cloud->secret_key = hw_secret_new(config->secret_key, strlen(config->secret_key));
    cloud->state_file = hw_strdup(config->state_file);
    if (!load_state(cloud, config, err) || !sim_instances_loaded(cloud) ||
        !sim_account_key(config->key_file, &cloud->host_key, err) ||
        (config->play_nodes && !start_nodes(cloud, config, err))) {
        sim_cloud_free(cloud);
        return NULL;
    }
    sim_cloud_wake(cloud);
    return cloud;
}

void sim_cloud_free(struct sim_cloud *cloud)
{
    if (!cloud)
        return;
    struct hw_err err = {0};
    if (cloud->state_file && cloud->state && !save(cloud, &err))
        fprintf(stderr, "hpcwiz-sim: %s\n", err.what);
    if (cloud->network_hold >= 0)
        close(cloud->network_hold);
    hw_timer_cancel(cloud->timer);
    hw_timer_cancel(cloud->save_timer);
    sim_nodes_free(cloud->nodes);
    sim_scenario_free(cloud->scenario);
    EVP_PKEY_free(cloud->host_key);
    hw_secret_free(cloud->secret_key);
    json_decref(cloud->instances_by_id);
    json_decref(cloud->state);
    free(cloud->access_key);
    free(cloud->session_token);
    free(cloud->state_file);
    free(cloud);
}
