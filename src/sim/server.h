/* SPDX-License-Identifier: Apache-2.0 */
/* The HTTP side: one listener on 127.0.0.1, on the simulator's loop. */
#ifndef HW_SIM_SERVER_H
#define HW_SIM_SERVER_H

#include "sim/dispatch.h"

struct sim_server;

/* port 0: a free one. NULL: err says why. verbose: one line an answer on standard error. */
struct sim_server *sim_server_new(struct sim_cloud *cloud, struct sim_faults *faults, unsigned port,
                                  bool verbose, struct hw_err *err);
void sim_server_free(struct sim_server *server); /* NULL allowed; before the cloud */
unsigned sim_server_port(const struct sim_server *server);

#endif
