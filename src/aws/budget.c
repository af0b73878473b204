/* SPDX-License-Identifier: Apache-2.0 */
#include "aws/budget.h"

#define FULL_RATE  10.0
#define LEAST_RATE 0.5
#define BURST      20.0
#define RESERVE    10.0 /* of BURST: not for those that can wait */
#define GROWTH     0.5  /* requests a second, won back in each quiet second */
#define QUIET_MS   2000 /* after a throttle nothing grows for so long */
#define HALVE_MS   1000 /* answers of one burst halve the rate once */

void hw_budget_init(struct hw_budget *budget, int64_t now_ms)
{
    *budget = (struct hw_budget){
        .rate = FULL_RATE, .tokens = BURST, .at_ms = now_ms, .slowed_ms = now_ms - QUIET_MS};
    for (size_t i = 0; i < HW_COUNT(budget->recent); i++)
        budget->recent[i] = now_ms - HW_BUDGET_LOOK_MS;
}

static void refill(struct hw_budget *budget, int64_t now_ms)
{
    double seconds = (double)(now_ms - budget->at_ms) / 1000.0;
    if (seconds <= 0)
        return;
    if (now_ms - budget->slowed_ms > QUIET_MS && budget->rate < FULL_RATE) {
        budget->rate += GROWTH * seconds;
        if (budget->rate > FULL_RATE)
            budget->rate = FULL_RATE;
    }
    budget->tokens += budget->rate * seconds;
    double most = BURST * budget->rate / FULL_RATE;
    if (most < 1)
        most = 1;
    if (budget->tokens > most)
        budget->tokens = most;
    budget->at_ms = now_ms;
}

/* Takes one of those above the floor. */
static int64_t take_above(struct hw_budget *budget, double floor, int64_t now_ms)
{
    refill(budget, now_ms);
    double least = floor + 1;
    if (budget->tokens < least)
        return 1 + (int64_t)((least - budget->tokens) / budget->rate * 1000.0);
    budget->tokens -= 1;
    budget->recent[budget->recent_next++ % HW_COUNT(budget->recent)] = now_ms;
    return 0;
}

int64_t hw_budget_take(struct hw_budget *budget, int64_t now_ms)
{
    return take_above(budget, 0, now_ms);
}

int64_t hw_budget_take_spare(struct hw_budget *budget, int64_t now_ms)
{
    double most = BURST * budget->rate / FULL_RATE;
    double reserve = RESERVE * budget->rate / FULL_RATE;
    return take_above(budget, most - reserve < 1 ? 0 : reserve, now_ms);
}

void hw_budget_throttled(struct hw_budget *budget, int64_t now_ms)
{
    refill(budget, now_ms);
    if (now_ms - budget->slowed_ms < HALVE_MS)
        return;
    budget->rate = budget->rate / 2 > LEAST_RATE ? budget->rate / 2 : LEAST_RATE;
    if (budget->tokens > 1)
        budget->tokens = 1;
    budget->slowed_ms = now_ms;
}

double hw_budget_per_second(const struct hw_budget *budget, int64_t now_ms)
{
    unsigned count = 0;
    for (size_t i = 0; i < HW_COUNT(budget->recent); i++)
        count += now_ms - budget->recent[i] < HW_BUDGET_LOOK_MS;
    return count * 1000.0 / HW_BUDGET_LOOK_MS;
}
