/* SPDX-License-Identifier: Apache-2.0 */
/* For tests of the fleet: machines with simulated WinRM servers, an account that lists them, a
 * fleet, and what it tells. AWS is played (played-aws.h). */
#ifndef HW_TESTS_FLEET_WORLD_H
#define HW_TESTS_FLEET_WORLD_H

#include <openssl/evp.h>

#include "node/fleet.h"
#include "played-aws.h"
#include "sim/node.h"
#include "sim/winrm.h"
#include "waiting.h"

#define MACHINES 4
#define INSTALL  "C:\\ProgramData\\hpcwiz\\install.log"
#define ERRORLOG "C:\\Program Files\\Microsoft SQL Server\\MSSQL15.X\\MSSQL\\Log\\ERRORLOG"
#define PASSWORD "Start:123 geheim"

struct machine {
    const char *id, *address, *role, *group, *launch;
    const char *state; /* NULL: not listed */
    bool published;
    int64_t boot_ms;
    struct sim_guest *guest;
    struct sim_endpoint *endpoint;
};

struct world {
    struct hw_loop *loop;
    struct hw_work *work;
    struct sim_winrm *sim;
    struct machine machines[MACHINES];
    struct hw_fleet *fleet;
    char *folder, *key_file, *other_key_file;
    EVP_PKEY *key;
    unsigned port;
    bool password_set, list_fails, closed, done;
    const char *pin;    /* published; NULL: the right one */
    const char *answer; /* of each machine to each test */
    enum hw_code done_code;
    struct hw_buf written[MACHINES], received[MACHINES];     /* install.log; one line each */
    struct hw_buf other[MACHINES], other_received[MACHINES]; /* ERRORLOG */
    struct hw_buf events;                                    /* states and stages */
    unsigned describes;
    size_t others;                /* further instances, that are listed before the machines */
    const char *others_state;     /* of them all */
    int64_t aws_off_ms, first_ms; /* first_ms: of the line that came first */
    struct hw_buf questions;      /* asked and over */
    struct hw_strv trusted;
    bool nobody_asks, with_ssh;
    unsigned crowd;
    struct sim_nodes *played; /* nodes of a scenario, in place of the machines */
};

extern struct world *world; /* of the test that runs */

int world_set_up(void **state);
int world_tear_down(void **state);

void world_power_on(struct machine *machine, bool rebooted);
void world_power_off(struct machine *machine);
size_t world_machine_of(const char *instance);
/* A line that the fleet is to tell: of install.log, of ERRORLOG. */
void world_write(size_t machine, const char *text);
void world_write_other(size_t machine, const char *text);

/* nodes as hw_fleet_options has it. */
struct hw_fleet_options world_options(bool follow, const struct hw_strv *nodes,
                                      const char *key_file);
void world_start(bool follow, const struct hw_strv *nodes, const char *key_file);
void world_close(void);

void world_wait_event(const char *text);
/* Until everything that was written has come; and nothing else has. */
void world_wait_lines(size_t machine);
/* Until exactly this was asked. */
void world_wait_questions(const char *text);
/* So long that what must not come would have come. */
void world_let_pass(void);
size_t world_count(const char *text, const char *part);

#endif
