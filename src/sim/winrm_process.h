/* SPDX-License-Identifier: Apache-2.0 */
/* A command running on a simulated machine: hostname, echo, type, and powershell with hpcwiz's
 * log follower or one of its tests as its encoded script. Anything else is "not recognized", as
 * cmd.exe says. */
#ifndef HW_SIM_WINRM_PROCESS_H
#define HW_SIM_WINRM_PROCESS_H

#include "base/loop.h"
#include "sim/guest.h"

/* The machine that runs it. Borrowed; outlives its processes. */
struct sim_machine {
    struct hw_loop *loop;
    struct sim_guest *guest;
    const char *host, *address;
    int64_t boot_ms;
    sim_answer_fn *answer; /* NULL: it knows no test */
    void *answer_data;
};

struct sim_process {
    struct hw_buf out,
        err; /* not yet fetched; drop what was fetched, then call sim_process_fetched */
    bool ended;
    int exit_code;
};

/* changed(data): there is output or the end. Called from the loop, never from inside start. */
struct sim_process *sim_process_start(const struct sim_machine *machine, const char *command_line,
                                      void (*changed)(void *data), void *data);
void sim_process_free(struct sim_process *process); /* NULL allowed; ends it without a word */

void sim_process_input(struct sim_process *process, const char *bytes, size_t count, bool end);
void sim_process_fetched(struct sim_process *process);            /* output was taken: write on */
void sim_process_end(struct sim_process *process, int exit_code); /* from outside: killed */

#endif
