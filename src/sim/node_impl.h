/* SPDX-License-Identifier: Apache-2.0 */
/* Shared by node.c (life of a node), node_play.c (its stages) and node_text.c (its lines). */
#ifndef HW_SIM_NODE_IMPL_H
#define HW_SIM_NODE_IMPL_H

#include "base/clock.h"
#include "base/secret.h"
#include "sim/guest.h"
#include "sim/node.h"
#include "sim/node_random.h"

/* One count a place in a group: how often a node was booted there. */
struct sim_attempt {
    char *place; /* "cluster/role/group/number" */
    unsigned boots;
};

struct sim_nodes {
    struct sim_nodes_config config;
    struct sim_winrm *winrm;
    struct sim_node **items;
    size_t count, capacity;
    struct sim_attempt *attempts;
    size_t attempt_count, attempt_capacity;
};

enum sim_phase {
    SIM_PHASE_BEGIN,   /* the next tick begins the stage */
    SIM_PHASE_WAITING, /* for a peer */
    SIM_PHASE_PLAYING, /* the stage's own lines */
    SIM_PHASE_AWAY,    /* rebooting */
    SIM_PHASE_ENDING,  /* the next tick ends the stage */
    SIM_PHASE_HUNG,
    SIM_PHASE_FAILED,
    SIM_PHASE_FINISHED,
};

struct sim_node {
    struct sim_nodes *nodes;
    struct sim_guest *guest;
    struct sim_endpoint *endpoint; /* NULL while the port is closed */
    struct sim_random random;
    enum sim_role role;
    unsigned number, attempt;
    char *instance_id, *address, *group, *cluster, *stack_name, *stack_id, *logical_id, *region;
    char *instance_type, *domain, *netbios, *zone, *version;
    char *name;       /* computer name */
    char *thumbprint; /* of the HPC certificate, upper-case hex: the same in a whole cluster */
    struct hw_secret *password;
    bool password_set; /* and so the port is open unless the machine is away */

    const struct sim_role_plan *plan;
    size_t stage; /* index in plan */
    enum sim_phase phase;
    enum sim_phase after_reboot; /* what a machine that is away goes on with */
    bool stage_twisted;          /* the stage's twist applies to this node */
    size_t unit, unit_count;     /* of the stage's lines: written, to write */
    int64_t stage_ms, play_from_ms, play_ms, boot_ms;
    char stamp[HW_TIME_SIZE]; /* "YYYYMMDD-HHMMSS" when the stage began, for folder names */
    struct hw_timer *timer, *flood_timer;
    uint64_t flood_line;
};

/* node_play.c */

/* The stages go on delay_ms from now. */
void sim_play_schedule(struct sim_node *node, int64_t delay_ms);
const struct sim_stage *sim_play_stage(const struct sim_node *node); /* NULL: all are played */
/* The machine goes down: connections reset, port closed; back after `seconds` of the scenario, and
 * then goes on with `after`. */
void sim_play_reboot(struct sim_node *node, unsigned seconds, enum sim_phase after);
bool sim_play_done(const struct sim_node *node, const char *stage);

/* node_text.c */

/* Appends text with its placeholders filled; an unknown {word} stays as it is. n: {n}; item:
 * {item}, may be NULL. */
void sim_text_fill(const struct sim_node *node, const char *text, unsigned n, const char *item,
                   struct hw_buf *out);
/* Writes text, which may be several lines, filled, to a file of the scenario on node's disk. */
void sim_text_write(struct sim_node *node, size_t file, const char *text, unsigned n,
                    const char *item);
/* Writes one of the repetitions of line; to the peer's disk when it names one. */
void sim_text_write_line(struct sim_node *node, const struct sim_line *line, unsigned repetition);
/* The stage line of HPCWIZ in the node's install log. */
void sim_text_write_stage(struct sim_node *node, const char *stage, const char *status, int code,
                          const char *message);
/* What the scenario lets the node (data) say to a test; a sim_answer_fn. */
void sim_text_answer(void *data, const char *test, const char *with, struct hw_buf *out);
/* A peer of that role in the node's cluster, or NULL. */
struct sim_node *sim_node_peer(const struct sim_node *node, enum sim_role role);

#endif
