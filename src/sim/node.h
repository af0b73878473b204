/* SPDX-License-Identifier: Apache-2.0 */
/* The simulated Windows nodes: each boots, plays its role's stages of the scenario, writes logs
 * in their real encodings, answers WinRM over HTTPS at its own address, reboots, fails.
 * One struct sim_nodes a simulator; everything runs on its loop. */
#ifndef HW_SIM_NODE_H
#define HW_SIM_NODE_H

#include "base/loop.h"
#include "sim/guest.h"
#include "sim/scenario.h"
#include "sim/winrm.h"

struct sim_nodes;
struct sim_node;

/* How nodes reach the cloud around them. Called from the loop only. All texts are borrowed for
 * the length of the call. A hook may call any function of this header. */
struct sim_node_hooks {
    /* cfn-signal: for the group `logical_id` of stack `stack_id`. Called once a node at most:
     * success at the end of stage "signal", or failure at once when a stage fails, with
     * "stage setup failed with exit code 13818: <last line>" as the reason. */
    void (*signal)(void *data, const char *instance_id, const char *stack_id,
                   const char *logical_id, bool success, const char *reason);
    /* ec2:CreateTags from the node: "hpcwiz:winrm-sha256" = lower-case hex SHA-256 over the DER
     * form of the listener's certificate, when stage "boot" is done and the port is open. */
    void (*tag)(void *data, const char *instance_id, const char *key, const char *value);
    /* Somebody has deleted this parameter of Parameter Store. */
    void (*deleted)(void *data, const char *instance_id, const char *parameter);
    /* What went wrong in the simulator itself (an address that cannot be listened on). */
    void (*problem)(void *data, const char *instance_id, const char *text);
    void *data;
};

struct sim_nodes_config {
    struct hw_loop *loop;
    const struct sim_scenario *scenario; /* borrowed; must outlive the nodes */
    double speed;                        /* durations / speed; 1 = real time */
    uint64_t seed;                       /* same seed, same durations and passwords */
    unsigned winrm_port;                 /* 0: 5986 */
    struct sim_node_hooks hooks;         /* each function may be NULL */
};

/* What the cloud knows about an instance when it launches it. Copied. Absent texts: NULL or "". */
struct sim_node_spec {
    const char *instance_id; /* "i-..." */
    const char *address;     /* a loopback address of its own, "127.20.1.5" */
    enum sim_role role;
    const char *group;   /* compute group, or "" */
    const char *cluster; /* peers are nodes of the same cluster */
    /* Place in its group, from 1. A replacement takes the number of the node that it replaces;
     * "the first attempt" of a scenario is the first boot of a (cluster, role, group, number). */
    unsigned number;
    const char *stack_name, *stack_id;
    const char *logical_id; /* of the Auto Scaling group or instance to signal for */
    const char *region;
    const char *instance_type;
    const char *domain, *netbios,
        *zone_name;          /* defaults: corp.example.internal CORP hpc.example.internal */
    const char *hpc_version; /* "2016" or "2019" (default) */
};

struct sim_nodes *sim_nodes_new(const struct sim_nodes_config *config, struct hw_err *err);
/* Stops every node. Call it when the loop no longer runs, before hw_loop_free. NULL allowed. */
void sim_nodes_free(struct sim_nodes *nodes);

/* As sim_winrm_on_request, for all of them. */
void sim_nodes_on_request(struct sim_nodes *nodes, sim_cut_fn *fn, void *data);

/* The instance is "running" now; its first stage begins in the next round of the loop. The
 * node is owned by nodes and lives until sim_node_stop. */
struct sim_node *sim_node_boot(struct sim_nodes *nodes, const struct sim_node_spec *spec);

/* Terminated: connections are reset, the port is closed, no hook is called any more, node is
 * freed. Allowed from inside a hook. NULL allowed. */
void sim_node_stop(struct sim_node *node);

/* ec2:RebootInstances: connections are reset, the port refuses for a while, files stay, the
 * stage under way begins again. */
void sim_node_reboot(struct sim_node *node);

struct sim_node *sim_node_find(struct sim_nodes *nodes, const char *instance_id); /* or NULL */

/* The Administrator's password; NULL until Windows has set it (end of stage "boot"). Borrowed. */
const char *sim_node_password(const struct sim_node *node);
/* For ec2:GetConsoleOutput: what EC2Launch has printed so far. Borrowed until the node writes on.
 */
const char *sim_node_console(const struct sim_node *node);
/* Windows runs and has its network. */
bool sim_node_is_up(const struct sim_node *node);
/* What snapshot.ps1 would write there; false: config is none of its. */
bool sim_node_snapshot(const struct sim_node *node, const char *config, struct hw_buf *out);
/* A file of its disk; NULL: there is none. Borrowed until the node writes on. */
const struct sim_guest_file *sim_node_file(const struct sim_node *node, const char *path);
/* The computer name, such as "RISKGRID-DB" or "N-0C4A91D22F7E8". Borrowed. */
const char *sim_node_name(const struct sim_node *node);
/* The stage under way ("boot", ..., or "" when it has played all), and whether it failed. */
const char *sim_node_stage(const struct sim_node *node);
bool sim_node_failed(const struct sim_node *node);
bool sim_node_stage_done(const struct sim_node *node, const char *stage);

/* The pin of the run's certificate (see the tag above). Borrowed. */
const char *sim_nodes_fingerprint(const struct sim_nodes *nodes);

#endif
