/* SPDX-License-Identifier: Apache-2.0 */
/* Phases: settle (the group gets its number back), signals or pause (the new instances prove
 * themselves), gone (a batch shuts down), and again until no obsolete instance is left. */
#include "sim/cfn_roll.h"

#include "base/mem.h"
#include "base/text.h"
#include "sim/engine.h"
#include "sim/group.h"
#include "sim/signal.h"

/* One look at a rolling update. */
struct roll {
    struct sim_step *step;
    json_t *state, *group; /* the task's "roll"; the group */
};

static json_t *group_of(const struct sim_step *step)
{
    return sim_group_find(step->cloud,
                          sim_text(json_object_get(step->task, "resource"), "PhysicalResourceId"));
}

static long long largest(long long a, long long b)
{
    return a > b ? a : b;
}

static long long smallest(long long a, long long b)
{
    return a < b ? a : b;
}

static void tell_begin(struct sim_step *step, const json_t *state, long long kept)
{
    hw_auto(hw_buf) text = HW_BUF(HW_MAX_VALUE);
    const char *pause = sim_text(state, "pause");
    hw_buf_print(&text,
                 "Rolling update initiated. Terminating %zu obsolete instance(s) in batches "
                 "of %lld",
                 json_array_size(json_object_get(state, "old")), (long long)sim_int(state, "size"));
    if (kept > 0)
        hw_buf_print(&text, ", while keeping at least %lld instance(s) in service", kept);
    hw_buf_text(&text, ".");
    if (sim_bool(state, "wait"))
        hw_buf_print(&text,
                     " Waiting on resource signals with a timeout of %s when new instances "
                     "are added to the autoscaling group.",
                     pause);
    else if (*pause)
        hw_buf_print(
            &text, " Pausing for %s when new instances are added to the autoscaling group.", pause);
    sim_task_tell(step, "IN_PROGRESS", hw_buf_cstr(&text));
}

/* More instances than usual, where so many must stay in service while a batch is away. */
static void grow(struct sim_step *step, json_t *group, long long wanted)
{
    if (wanted <= sim_int(group, "DesiredCapacity"))
        return;
    hw_auto_text text = hw_format("Temporarily setting autoscaling group MinSize and "
                                  "DesiredCapacity to %lld.",
                                  wanted);
    sim_task_tell(step, "IN_PROGRESS", text);
    sim_group_resize(step->cloud, group, wanted, wanted);
}

bool sim_roll_begin(struct sim_step *step, const json_t *policy)
{
    json_t *group = group_of(step), *old = sim_group_obsolete(group);
    long long count = (long long)json_array_size(old), max = sim_int(group, "MaxSize"),
              kept = sim_int(policy, "MinInstancesInService"),
              size = largest(1, sim_int(policy, "MaxBatchSize"));
    if (count == 0) {
        json_decref(old);
        return false;
    }
    size = smallest(smallest(size, count), largest(1, max - kept));
    json_t *state = json_pack("{s:s, s:o, s:[], s:o, s:i, s:i}", "phase", "settle", "old", old,
                              "batch", "seen", sim_group_members(group), "gone", 0, "want", 0);
    sim_put_int(state, "size", size);
    sim_copy(state, group, "MinSize");
    sim_copy(state, group, "DesiredCapacity");
    sim_put_bool(state, "wait", sim_bool(policy, "WaitOnResourceSignals"));
    sim_put(state, "pause", "%s", sim_text(policy, "PauseTime"));
    json_object_set_new(step->task, "roll", state);
    json_object_set_new(json_object_get(step->task, "resource"), "_signals", json_object());
    tell_begin(step, state, kept);
    grow(step, group, smallest(max, kept + size));
    return true;
}

bool sim_roll_is_on(const struct sim_step *step)
{
    return json_object_get(step->task, "roll") != NULL;
}

static void to_phase(const struct roll *roll, const char *phase)
{
    sim_put(roll->state, "phase", "%s", phase);
}

static size_t total(const struct roll *roll)
{
    return json_array_size(json_object_get(roll->state, "old"));
}

/* "a,b" */
static void join(const json_t *ids, struct hw_buf *out)
{
    size_t i;
    json_t *id;
    json_array_foreach(ids, i, id)
    {
        hw_buf_print(out, "%s%s", i ? "," : "", json_string_value(id));
    }
}

/* The next ones to go; the group gets back its size with the last. */
static void terminate_batch(const struct roll *roll)
{
    json_t *old = json_object_get(roll->state, "old"), *batch = json_array();
    long long gone = sim_int(roll->state, "gone"), size = sim_int(roll->state, "size"), i;
    hw_auto(hw_buf) names = HW_BUF(HW_MAX_VALUE);
    for (i = gone; i < smallest(gone + size, (long long)json_array_size(old)); i++)
        json_array_append(batch, json_array_get(old, (size_t)i));
    long long count = i - gone, replaced = count;
    if (i == (long long)json_array_size(old)) {
        long long wanted = sim_int(roll->state, "DesiredCapacity");
        json_t *members = sim_group_members(roll->group);
        replaced = largest(0, wanted - ((long long)json_array_size(members) - count));
        json_decref(members);
        sim_group_resize(roll->step->cloud, roll->group, sim_int(roll->state, "MinSize"), wanted);
    }
    join(batch, &names);
    hw_auto_text text = hw_format("Terminating instance(s) [%s]; replacing with %lld new "
                                  "instance(s).",
                                  hw_buf_cstr(&names), replaced);
    sim_task_tell(roll->step, "IN_PROGRESS", text);
    sim_group_take_out(roll->step->cloud, roll->group, batch);
    json_object_set_new(roll->state, "batch", batch);
    to_phase(roll, "gone");
}

/* Each phase: whether it is over, and the next one may begin at once. */

static bool await_end(const struct roll *roll)
{
    json_t *batch = json_object_get(roll->state, "batch");
    hw_auto(hw_buf) names = HW_BUF(HW_MAX_VALUE);
    size_t i;
    json_t *id;
    json_array_foreach(batch, i, id)
    {
        if (!sim_group_is_terminated(roll->step->cloud, json_string_value(id)))
            return false;
    }
    size_t gone = (size_t)sim_int(roll->state, "gone") + json_array_size(batch);
    join(batch, &names);
    hw_auto_text text =
        hw_format("Successfully terminated instance(s) [%s] (Progress %zu%%).", hw_buf_cstr(&names),
                  (200 * gone + total(roll)) / (2 * total(roll)));
    sim_task_tell(roll->step, "IN_PROGRESS", text);
    sim_put_int(roll->state, "gone", (int64_t)gone);
    to_phase(roll, "settle");
    return true;
}

/* Members that came since the last look; they count as seen from now on. */
static size_t count_fresh(const struct roll *roll)
{
    json_t *members = sim_group_members(roll->group), *seen = sim_list(roll->state, "seen");
    size_t count = 0, i;
    json_t *id;
    json_array_foreach(members, i, id)
    {
        if (!sim_has(seen, json_string_value(id))) {
            json_array_append(seen, id);
            count++;
        }
    }
    json_decref(members);
    return count;
}

static bool await_members(const struct roll *roll)
{
    const char *pause = sim_text(roll->state, "pause");
    bool wait = sim_bool(roll->state, "wait");
    if (!sim_group_ready(roll->step->cloud, sim_text(roll->group, "AutoScalingGroupName")))
        return false;
    size_t fresh = count_fresh(roll);
    if (fresh == 0 || (!wait && !*pause)) {
        if ((size_t)sim_int(roll->state, "gone") < total(roll))
            terminate_batch(roll);
        else
            to_phase(roll, "done");
        return true;
    }
    hw_auto_text text =
        wait ? hw_format("New instance(s) added to autoscaling group - Waiting on %zu resource "
                         "signal(s) with a timeout of %s.",
                         fresh, *pause ? pause : "PT5M")
             : hw_format("New instance(s) added to autoscaling group - Pausing for %s.", pause);
    sim_task_tell(roll->step, "IN_PROGRESS", text);
    sim_put_int(roll->state, "want", sim_int(roll->state, "want") + (int64_t)fresh);
    sim_put_int(roll->state, "_deadline",
                sim_cloud_after(roll->step->cloud, sim_signal_seconds(pause)));
    to_phase(roll, wait ? "signals" : "pause");
    return true;
}

/* Signals of instances that are to go prove nothing. */
static void count_signals(const struct roll *roll, long long *good, long long *bad)
{
    json_t *resource = json_object_get(roll->step->task, "resource");
    const char *id;
    json_t *success;
    json_object_foreach(json_object_get(resource, "_signals"), id, success)
    {
        if (!sim_has(json_object_get(roll->state, "old"), id))
            ++*(json_is_true(success) ? good : bad);
    }
}

static bool await_signals(const struct roll *roll, struct hw_buf *why)
{
    long long good = 0, bad = 0, want = sim_int(roll->state, "want");
    count_signals(roll, &good, &bad);
    if (bad == 0 && good >= want) {
        to_phase(roll, "settle");
        return true;
    }
    if (bad == 0 && !sim_due(roll->step->cloud, roll->state, "_deadline", roll->step->now_ms))
        return false;
    if (bad == 0) {
        hw_auto_text text =
            hw_format("Failed to receive %lld resource signal(s) for the current batch.  Each "
                      "resource signal timeout is counted as a FAILURE.",
                      want - good);
        sim_task_tell(roll->step, "IN_PROGRESS", text);
    }
    hw_buf_print(why,
                 "Received %lld %s signal(s) out of %zu.  Unable to satisfy 100%% "
                 "MinSuccessfulInstancesPercent requirement",
                 bad ? bad : good, bad ? "FAILURE" : "SUCCESS", total(roll));
    return false;
}

static bool pass_phase(const struct roll *roll, struct hw_buf *why)
{
    if (sim_is(roll->state, "phase", "gone"))
        return await_end(roll);
    if (sim_is(roll->state, "phase", "settle"))
        return await_members(roll);
    if (sim_is(roll->state, "phase", "signals"))
        return await_signals(roll, why);
    if (sim_is(roll->state, "phase", "pause") &&
        sim_due(roll->step->cloud, roll->state, "_deadline", roll->step->now_ms)) {
        to_phase(roll, "settle");
        return true;
    }
    return false;
}

enum sim_roll sim_roll_step(struct sim_step *step, struct hw_buf *why)
{
    struct roll roll = {step, json_object_get(step->task, "roll"), group_of(step)};
    const char *trouble =
        sim_group_trouble(step->cloud, sim_text(roll.group, "AutoScalingGroupName"));
    while (pass_phase(&roll, why)) {
    }
    if (!why->len && *trouble)
        hw_buf_text(why, trouble);
    if (why->len)
        return SIM_ROLL_FAILED;
    return sim_is(roll.state, "phase", "done") ? SIM_ROLL_DONE : SIM_ROLL_ON;
}
