/* SPDX-License-Identifier: Apache-2.0 */
/* The simulated account: one tree of state, one clock, one source of chance. */
#ifndef HW_SIM_CLOUD_H
#define HW_SIM_CLOUD_H

#include "base/clock.h"
#include "base/loop.h"
#include "base/secret.h"
#include "sim/node.h"
#include "sim/tree.h"

struct sim_cloud_config {
    struct hw_loop *loop;
    const char *account_file; /* NULL: scenarios/account.yaml of the data files */
    const char *scenario;     /* NULL: ok */
    const char *state_file;   /* NULL: nothing is kept */
    const char *key_file;     /* NULL: nobody can decrypt passwords */
    const char *vpc_cidr;     /* NULL: the account file's, moved when its port is taken */
    double speed;             /* durations / speed */
    uint64_t seed;
    const char *access_key, *session_token; /* session_token: "" = long-lived key */
    const char *secret_key;                 /* copied into a struct hw_secret */
    unsigned winrm_port;                    /* 0: 5986 */
    bool unmanaged;                         /* Systems Manager has no agent on the nodes */
    bool play_nodes; /* false: instances run, but nothing signals by itself (tests) */
};

struct sim_cloud {
    struct hw_loop *loop;
    json_t *state;
    json_t *instances_by_id; /* the very objects of the list "instances" (sim/instance.c) */
    double speed;
    uint64_t chance;
    unsigned winrm_port;
    bool unmanaged;
    int network_hold; /* keeps the VPC's network from other simulators; -1: none */
    char *access_key, *session_token, *state_file;
    struct hw_secret *secret_key;
    void *host_key; /* EVP_PKEY of the key pair that encrypts passwords */
    struct sim_scenario *scenario;
    struct sim_nodes *nodes; /* NULL: play_nodes was false */
    struct hw_timer *timer, *save_timer;
    int64_t timer_due_ms;
};

struct sim_cloud *sim_cloud_new(const struct sim_cloud_config *config, struct hw_err *err);
/* Saves the state when there is a state file. Call it when the loop no longer runs. */
void sim_cloud_free(struct sim_cloud *cloud);

/* A list of the state: "vpcs", "stacks", ... Borrowed. */
json_t *sim_cloud_list(struct sim_cloud *cloud, const char *name);
const char *sim_cloud_account(const struct sim_cloud *cloud);
const char *sim_cloud_region(const struct sim_cloud *cloud); /* the one that holds things */

/* Wall time at which something that takes so many seconds of the real world is over. */
int64_t sim_cloud_after(const struct sim_cloud *cloud, double seconds);
/* Something changed: everything under way is looked at in the next round of the loop. */
void sim_cloud_wake(struct sim_cloud *cloud);
/* ... or at this wall time. */
void sim_cloud_wake_at(struct sim_cloud *cloud, int64_t due_ms);

/* Chance and names. Seeded: the same calls give the same names. */
uint64_t sim_random(struct sim_cloud *cloud);
#define SIM_ID_SIZE 64
const char *sim_id(struct sim_cloud *cloud, const char *prefix, unsigned hex_digits,
                   char out[SIM_ID_SIZE]);
const char *sim_uuid(struct sim_cloud *cloud, char out[SIM_ID_SIZE]);
/* "SqlProfile-1A2B3C4D5E6F7": the way CloudFormation names what has no name. */
const char *sim_suffix(struct sim_cloud *cloud, char out[SIM_ID_SIZE]);
/* Now, RFC 3339. */
const char *sim_now(char out[HW_TIME_SIZE]);

#endif
