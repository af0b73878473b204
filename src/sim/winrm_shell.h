/* SPDX-License-Identifier: Apache-2.0 */
/* The remote shells of one simulated machine: what each WS-Management operation does. */
#ifndef HW_SIM_WINRM_SHELL_H
#define HW_SIM_WINRM_SHELL_H

#include "sim/winrm_process.h"
#include "sim/winrm_soap.h"

struct sim_shells;

/* The answer to one request. The caller sets `woken` and `data` and keeps it in place until it
 * is ready, or until sim_shells_forget. */
struct sim_reply {
    bool ready;
    unsigned http_status;
    struct hw_buf body;
    void (*woken)(void *data); /* it became ready; never called from inside the call that asked */
    void *data;
};

/* machine is borrowed and outlives the shells. */
struct sim_shells *sim_shells_new(const struct sim_machine *machine, uint64_t seed);
void sim_shells_free(struct sim_shells *shells); /* every reply still waited for is forgotten */

/* One envelope. Afterwards reply->ready, or a Receive waits for output. */
void sim_shells_call(struct sim_shells *shells, const char *xml, size_t count,
                     struct sim_reply *reply);
/* Nobody waits for reply any more. */
void sim_shells_forget(struct sim_shells *shells, struct sim_reply *reply);

size_t sim_shells_count(const struct sim_shells *shells);

#endif
