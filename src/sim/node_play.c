/* SPDX-License-Identifier: Apache-2.0 */
/* Plays a role's stages. One timer a node: each tick writes the lines that are due, then ends the
 * stage, waits, reboots, hangs or fails. A hook is always the last thing a tick does, since it may
 * stop the node. */
#include "sim/node_impl.h"

#include "base/clock.h"

#define FLOOD_TICK_MS   100
#define CERTIFICATE_TAG "hpcwiz:winrm-sha256"

static void tick(void *data);

static int64_t scaled_ms(const struct sim_node *node, int64_t real_ms)
{
    return (int64_t)((double)real_ms / node->nodes->config.speed);
}

void sim_play_schedule(struct sim_node *node, int64_t delay_ms)
{
    hw_timer_cancel(node->timer);
    node->timer = hw_loop_timer(node->nodes->config.loop, delay_ms, tick, node);
}

const struct sim_stage *sim_play_stage(const struct sim_node *node)
{
    return node->stage < node->plan->count ? &node->plan->stages[node->stage] : NULL;
}

bool sim_play_done(const struct sim_node *node, const char *stage)
{
    for (size_t i = 0; i < node->stage; i++) {
        if (!strcmp(node->plan->stages[i].name, stage))
            return true;
    }
    return false;
}

/* The flood of the load scenario. */

static void flood(void *data)
{
    struct sim_node *node = data;
    const struct sim_flood *plan = &node->nodes->config.scenario->flood;
    unsigned count = plan->lines_a_second * FLOOD_TICK_MS / 1000;
    for (unsigned i = 0; i < count; i++)
        sim_text_write(node, plan->file, plan->text, (unsigned)++node->flood_line, NULL);
    node->flood_timer = hw_loop_timer(node->nodes->config.loop, FLOOD_TICK_MS, flood, node);
}

/* Listening, reboot. */

static void listen_winrm(struct sim_node *node)
{
    const struct sim_node_hooks *hooks = &node->nodes->config.hooks;
    struct hw_err err = {0};
    struct sim_endpoint_spec spec = {.address = node->address,
                                     .port = node->nodes->config.winrm_port,
                                     .host = node->name,
                                     .password = hw_secret_bytes(node->password),
                                     .boot_ms = node->boot_ms,
                                     .guest = node->guest,
                                     .answer = sim_text_answer,
                                     .answer_data = node};
    node->endpoint = sim_winrm_listen(node->nodes->winrm, &spec, &err);
    if (node->endpoint)
        return;
    char text[1024];
    hw_err_text(&err, text, sizeof text);
    if (hooks->problem)
        hooks->problem(hooks->data, node->instance_id, text);
}

/* The port opens and what depends on it begins. */
static void open_machine(struct sim_node *node)
{
    listen_winrm(node);
    if (node->nodes->config.scenario->flood.lines_a_second)
        flood(node);
}

void sim_play_reboot(struct sim_node *node, unsigned seconds, enum sim_phase after)
{
    sim_endpoint_close(node->endpoint);
    node->endpoint = NULL;
    node->phase = SIM_PHASE_AWAY;
    node->after_reboot = after;
    hw_timer_cancel(node->flood_timer);
    node->flood_timer = NULL;
    int64_t away_ms = sim_random_around(&node->random, (int64_t)seconds * 1000, 20);
    sim_play_schedule(node, scaled_ms(node, away_ms));
}

static void come_back(struct sim_node *node)
{
    node->boot_ms = hw_clock_wall_ms();
    node->phase = node->after_reboot;
    if (node->password_set)
        open_machine(node);
    sim_play_schedule(node, 0);
}

/* The end of a stage. */

static bool must_wait(const struct sim_node *node)
{
    const struct sim_stage *stage = sim_play_stage(node);
    if (stage->wait_role < 0 || node->stage_twisted)
        return false;
    const struct sim_node *peer = sim_node_peer(node, (enum sim_role)stage->wait_role);
    return peer ? !sim_play_done(peer, stage->wait_stage) : !stage->wait_optional;
}

static void wake_waiting(struct sim_node *node)
{
    struct sim_nodes *nodes = node->nodes;
    for (size_t i = 0; i < nodes->count; i++) {
        struct sim_node *peer = nodes->items[i];
        if (peer->phase == SIM_PHASE_WAITING && !must_wait(peer))
            sim_play_schedule(peer, 0);
    }
}

static void tell_cloud(struct sim_node *node, const char *stage, bool first_boot)
{
    const struct sim_node_hooks *hooks = &node->nodes->config.hooks;
    if (first_boot && node->endpoint && hooks->tag)
        hooks->tag(hooks->data, node->instance_id, CERTIFICATE_TAG,
                   sim_winrm_fingerprint(node->nodes->winrm));
    else if (!strcmp(stage, "signal") && hooks->signal)
        hooks->signal(hooks->data, node->instance_id, node->stack_id, node->logical_id, true, "");
}

static void end_stage(struct sim_node *node)
{
    const struct sim_stage *stage = sim_play_stage(node);
    sim_text_write_stage(node, stage->name, "done", stage->code, stage->done);
    node->stage++;
    node->phase = sim_play_stage(node) ? SIM_PHASE_BEGIN : SIM_PHASE_FINISHED;
    if (node->phase == SIM_PHASE_BEGIN)
        sim_play_schedule(node, 0);
    bool first_boot = !strcmp(stage->name, "boot");
    if (first_boot) {
        node->password_set = true;
        open_machine(node);
    }
    wake_waiting(node);
    tell_cloud(node, stage->name, first_boot);
}

static void fail_stage(struct sim_node *node)
{
    const struct sim_node_hooks *hooks = &node->nodes->config.hooks;
    const struct sim_stage *stage = sim_play_stage(node);
    const struct sim_twist *twist = &stage->twist;
    if (twist->deletes && hooks->deleted)
        hooks->deleted(hooks->data, node->instance_id, twist->deletes);
    for (size_t i = 0; i < twist->lines.count; i++) {
        for (unsigned k = 0; k < twist->lines.items[i].repeat; k++)
            sim_text_write_line(node, &twist->lines.items[i], k);
    }
    sim_text_write_stage(node, stage->name, "failed", twist->code, twist->message);
    node->phase = SIM_PHASE_FAILED;
    hw_auto(hw_buf) reason = HW_BUF(HW_MAX_LINE);
    hw_buf_print(&reason, "stage %s failed with exit code %d: ", stage->name, twist->code);
    sim_text_fill(node, twist->message ? twist->message : "", 0, NULL, &reason);
    if (hooks->signal)
        hooks->signal(hooks->data, node->instance_id, node->stack_id, node->logical_id, false,
                      hw_buf_cstr(&reason));
}

static void hang(struct sim_node *node)
{
    const struct sim_twist *twist = &sim_play_stage(node)->twist;
    node->phase = SIM_PHASE_HUNG;
    for (size_t i = 0; i < twist->lines.count; i++) {
        for (unsigned k = 0; k < twist->lines.items[i].repeat; k++)
            sim_text_write_line(node, &twist->lines.items[i], k);
    }
    if (twist->every_s)
        sim_play_schedule(node, scaled_ms(node, (int64_t)twist->every_s * 1000) + 1);
}

/* All lines of the stage are written. */
static void finish_lines(struct sim_node *node)
{
    const struct sim_stage *stage = sim_play_stage(node);
    if (node->stage_twisted && stage->twist.kind == SIM_HANG)
        hang(node);
    else if (node->stage_twisted)
        fail_stage(node);
    else if (stage->reboot_s)
        sim_play_reboot(node, stage->reboot_s, SIM_PHASE_ENDING);
    else
        end_stage(node);
}

/* The lines of a stage. */

static size_t count_units(const struct sim_lines *lines)
{
    size_t count = 0;
    for (size_t i = 0; i < lines->count; i++)
        count += lines->items[i].repeat;
    return count;
}

static void write_unit(struct sim_node *node, const struct sim_lines *lines, size_t unit)
{
    for (size_t i = 0; i < lines->count; i++) {
        if (unit < lines->items[i].repeat) {
            sim_text_write_line(node, &lines->items[i], (unsigned)unit);
            return;
        }
        unit -= lines->items[i].repeat;
    }
}

/* When the next line is due, counted from the beginning of play. */
static int64_t due_ms(const struct sim_node *node, size_t unit)
{
    return node->play_ms * (int64_t)(unit + 1) / (int64_t)(node->unit_count + 1);
}

static void play(struct sim_node *node)
{
    const struct sim_stage *stage = sim_play_stage(node);
    int64_t since_ms = hw_clock_monotonic_ms() - node->play_from_ms;
    while (node->unit < node->unit_count && due_ms(node, node->unit) <= since_ms)
        write_unit(node, &stage->lines, node->unit++);
    int64_t next_ms = node->unit < node->unit_count ? due_ms(node, node->unit) : node->play_ms;
    if (node->unit == node->unit_count && since_ms >= node->play_ms)
        finish_lines(node);
    else
        sim_play_schedule(node, next_ms - since_ms);
}

static void begin_play(struct sim_node *node)
{
    const struct sim_stage *stage = sim_play_stage(node);
    unsigned percent = node->stage_twisted ? stage->twist.at_percent : 100;
    int64_t full_ms =
        sim_random_around(&node->random, (int64_t)stage->seconds * 1000, stage->jitter_percent);
    node->unit = 0;
    node->unit_count = count_units(&stage->lines) * percent / 100;
    node->play_ms = scaled_ms(node, full_ms * (int64_t)percent / 100);
    node->play_from_ms = hw_clock_monotonic_ms();
    node->phase = SIM_PHASE_PLAYING;
    play(node);
}

static void keep_waiting(struct sim_node *node)
{
    const struct sim_stage *stage = sim_play_stage(node);
    if (!must_wait(node)) {
        begin_play(node);
        return;
    }
    node->phase = SIM_PHASE_WAITING;
    for (size_t i = 0; i < stage->wait_lines.count; i++)
        sim_text_write_line(node, &stage->wait_lines.items[i], 0);
    int64_t every_s = stage->wait_every_s ? stage->wait_every_s : 20;
    sim_play_schedule(node, scaled_ms(node, every_s * 1000) + 1);
}

static void stamp_stage(struct sim_node *node)
{
    time_t seconds = (time_t)(hw_clock_wall_ms() / 1000);
    struct tm tm;
    gmtime_r(&seconds, &tm);
    strftime(node->stamp, sizeof node->stamp, "%Y%m%d-%H%M%S", &tm);
}

static void begin_stage(struct sim_node *node)
{
    const struct sim_stage *stage;
    while ((stage = sim_play_stage(node)) && stage->absent)
        node->stage++;
    if (!stage) {
        node->phase = SIM_PHASE_FINISHED;
        return;
    }
    stamp_stage(node);
    node->stage_twisted = stage->twist.kind && (!stage->twist.first_only || node->attempt == 1);
    sim_text_write_stage(node, stage->name, "started", 0, stage->started);
    keep_waiting(node);
}

static void tick(void *data)
{
    struct sim_node *node = data;
    node->timer = NULL;
    switch (node->phase) {
    case SIM_PHASE_BEGIN:
        begin_stage(node);
        break;
    case SIM_PHASE_WAITING:
        keep_waiting(node);
        break;
    case SIM_PHASE_PLAYING:
        play(node);
        break;
    case SIM_PHASE_AWAY:
        come_back(node);
        break;
    case SIM_PHASE_ENDING:
        end_stage(node);
        break;
    case SIM_PHASE_HUNG:
        hang(node);
        break;
    case SIM_PHASE_FAILED:
    case SIM_PHASE_FINISHED:
        break;
    }
}
