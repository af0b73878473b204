/* SPDX-License-Identifier: Apache-2.0 */
/* Tells from time to time how far the run is and how long it may still take, as long as nothing of
 * it has failed or is deleted: a rest that will not be made has no length. */
#include "deploy/run.h"

#define EVERY_MS    10000
#define EVERY_LOOKS 10 /* with $HPCWIZ_POLL_MS */

static bool goes_well(const struct hw_deploy *d)
{
    for (size_t i = 0; i < d->unit_count; i++) {
        const struct hw_unit *unit = &d->units[i];
        if (unit->state == HW_UNIT_FAILED || unit->reason || unit->step == HW_STEP_ROLLING_BACK)
            return false;
        if (unit->gone || (unit->step_told && unit->step == HW_STEP_DELETING && !unit->cleared))
            return false;
    }
    return true;
}

static void on_time(void *data)
{
    struct hw_deploy *d = data;
    int64_t now_ms = hw_aws_now_ms(d->aws), left_ms;
    unsigned permille = hw_guess_permille(d->guess, &d->pace, now_ms, &left_ms);
    d->progress_timer =
        hw_loop_timer(d->loop, d->poll_ms ? d->poll_ms * EVERY_LOOKS : EVERY_MS, on_time, d);
    if (left_ms < 0 || d->ended || !goes_well(d))
        return;
    if (permille > d->permille) /* a stack that is planned once more goes back; what was told not */
        d->permille = permille;
    hw_tell(d->sink,
            &(struct hw_event){
                .type = HW_EV_PROGRESS,
                .u.progress = {.time_ms = now_ms, .permille = d->permille, .left_ms = left_ms}});
}

void hw_run_progress_begin(struct hw_deploy *d)
{
    if (d->mode != HW_DEPLOY_EXECUTE && d->mode != HW_DEPLOY_FOLLOW)
        return;
    d->guess = hw_guess_new(d->cluster);
    for (size_t i = 0; i < d->unit_count; i++)
        hw_guess_stack(d->guess, d->units[i].stack->name);
    on_time(d);
}

void hw_run_progress_feed(struct hw_deploy *d, const struct hw_event *event)
{
    if (d->guess)
        hw_guess_feed(d->guess, event, hw_aws_now_ms(d->aws));
}

void hw_run_progress_end(struct hw_deploy *d)
{
    hw_timer_cancel(d->progress_timer);
    d->progress_timer = NULL;
}
