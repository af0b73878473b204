/* SPDX-License-Identifier: Apache-2.0 */
/* What the cluster costs, after its plan. */
#include "cli/cli.h"

#define LOOK_EVERY_MS 20
#define GIVE_UP_MS    15000

struct wait {
    struct hw_cli *cli;
    const struct hw_cluster *cluster;
    struct hw_timer *look, *late;
    bool over;
};

static void on_look(void *data)
{
    struct wait *wait = data;
    wait->over = hw_discover_want_cost(hw_session_discover(wait->cli->session), wait->cluster);
    wait->look = NULL;
    if (!wait->over)
        wait->look = hw_loop_timer(wait->cli->loop, LOOK_EVERY_MS, on_look, wait);
}

static void on_late(void *data)
{
    struct wait *wait = data;
    wait->late = NULL;
    wait->over = true;
}

/* Prices that do not come in time are unknown; a plan does not fail for that. */
void hw_cli_cost(struct hw_cli *cli, const struct hw_cluster *cluster)
{
    struct wait wait = {.cli = cli, .cluster = cluster};
    struct hw_cost cost;
    wait.late = hw_loop_timer(cli->loop, GIVE_UP_MS, on_late, &wait);
    on_look(&wait);
    hw_cli_wait(cli, &wait.over);
    hw_timer_cancel(wait.look);
    hw_timer_cancel(wait.late);
    if (!wait.over)
        return;
    hw_discover_cost(hw_session_discover(cli->session), cluster, &cost);
    if (cli->options->json) {
        hw_cost_tell(&cost, &cli->sink);
    } else {
        hw_auto(hw_buf) table = HW_BUF(HW_MAX_TEXT);
        hw_cost_table(&cost, &table);
        hw_cli_print(cli, "\n%s\n", hw_buf_cstr(&table));
    }
    hw_cost_done(&cost);
}
