/* SPDX-License-Identifier: Apache-2.0 */
/* What templates/powershell/follow.ps1 does on a real machine, done for a simulated one: reads
 * one JSON line, then follows files by wildcard and writes frames (the script's header describes
 * them). */
#ifndef HW_SIM_WINRM_FOLLOW_H
#define HW_SIM_WINRM_FOLLOW_H

#include "sim/winrm_process.h"

struct sim_follow;

struct sim_follow_hooks {
    void (*changed)(void *data);              /* out grew */
    void (*ended)(void *data, int exit_code); /* last call */
    void *data;
};

/* out: where frames go; borrowed. */
struct sim_follow *sim_follow_new(const struct sim_machine *machine, struct hw_buf *out,
                                  const struct sim_follow_hooks *hooks);
void sim_follow_free(struct sim_follow *follow); /* NULL allowed */
/* hooks->ended comes later, from the loop. */
void sim_follow_input(struct sim_follow *follow, const char *bytes, size_t count, bool end);
void sim_follow_fetched(struct sim_follow *follow);

/* The same for snapshot.ps1, at once: config as its header describes it. False: it is no such. */
bool sim_follow_snapshot(const struct sim_machine *machine, const char *config, struct hw_buf *out);

#endif
