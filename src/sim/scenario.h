/* SPDX-License-Identifier: Apache-2.0 */
/* What a simulated run plays: for each role the ordered stages, how long each takes, which lines
 * it writes to which file, where it fails. Read from templates/scenarios/NAME.yaml; the form is
 * described at the top of ok.yaml. Immutable once loaded. */
#ifndef HW_SIM_SCENARIO_H
#define HW_SIM_SCENARIO_H

#include "base/buf.h"
#include "base/err.h"
#include "base/mem.h"

enum sim_role { SIM_SQL, SIM_HEAD, SIM_COMPUTE, SIM_ROLES };

const char *sim_role_word(enum sim_role role); /* sql head compute */
bool sim_role_parse(const char *word, enum sim_role *ret);

enum sim_encoding { SIM_UTF8, SIM_UTF8_BOM, SIM_UTF16LE, SIM_UTF16LE_BOM };

/* A log file that lines name by `key`. */
struct sim_file {
    char *key;
    char *path;   /* Windows path, placeholders allowed */
    char *prefix; /* put before each line, placeholders allowed; NULL: none */
    enum sim_encoding encoding;
    bool crlf;
};

/* One line, or one line per item, or a number of lines that differ in {n}. */
struct sim_line {
    size_t file;          /* index in sim_scenario.files */
    int peer;             /* enum sim_role of the node that gets it instead; -1: the node itself */
    unsigned repeat;      /* at least 1 */
    struct hw_strv items; /* with items, repeat counts them: {item} */
    char *text;
};

struct sim_lines {
    struct sim_line *items;
    size_t count, capacity;
};

enum sim_twist_kind { SIM_NO_TWIST, SIM_FAIL, SIM_HANG };

/* A stage that goes wrong. */
struct sim_twist {
    enum sim_twist_kind kind;
    bool first_only; /* only the first node at this place of its group; its replacement is well */
    unsigned at_percent; /* so much of the stage's own lines is written before */
    unsigned every_s;    /* hang: its lines are written again so often */
    int code;            /* fail: exit code of the stage */
    char *message;       /* fail: one line */
    char *deletes;       /* fail: the parameter that is gone from then on; NULL: none */
    struct sim_lines lines;
};

struct sim_stage {
    char *name;
    unsigned seconds; /* as on real machines; divided by the run's speed */
    unsigned jitter_percent;
    bool absent;        /* not played: another scenario may need the stage */
    unsigned reboot_s;  /* the machine is away so long at the stage's end; 0: no reboot */
    int code;           /* exit code when it succeeds: 0, 3010 */
    int wait_role;      /* enum sim_role of the peer to wait for; -1: none */
    char *wait_stage;   /* until this stage of the peer is done */
    bool wait_optional; /* a cluster without such a peer does not wait */
    unsigned wait_every_s;
    struct sim_lines wait_lines; /* written again and again while it waits; then come `lines` */
    char *started, *done;        /* messages of the stage lines */
    struct sim_lines lines;
    struct sim_twist twist;
};

struct sim_role_plan {
    struct sim_stage *stages;
    size_t count, capacity;
};

struct sim_flood {
    unsigned lines_a_second; /* of real time, whatever the speed; 0: no flood */
    size_t file;
    char *text;
};

struct sim_launch_fault {
    char *text; /* NULL: launches succeed */
    char *type; /* only of this instance type; NULL: of any */
    enum sim_attempts { SIM_EVERY, SIM_FIRST, SIM_LATER } attempts; /* which of them fail */
};

/* What nodes say to a test of hpcwiz. The last one that fits counts. */
struct sim_test_answer {
    char *test;
    int role;         /* enum sim_role; -1: any */
    bool only_failed; /* while the node has failed or hangs */
    char *with;       /* its arguments hold this text; NULL: any */
    char *say;
};

struct sim_scenario {
    char *name, *summary;
    bool hidden; /* not offered in a list */
    struct sim_file *files;
    size_t file_count, file_capacity;
    struct sim_role_plan roles[SIM_ROLES];
    struct sim_flood flood;
    struct sim_launch_fault launch[SIM_ROLES];
    unsigned interfaces_stay; /* seconds that a terminated instance's own interface is kept */
    struct sim_test_answer *answers;
    size_t answer_count, answer_capacity;
};

/* name: a bare name is looked up as scenarios/NAME.yaml among the data files
 * (hw_data_path); anything with a '/' or ending in .yaml is a path. `extends` is looked up beside
 * the file that says it. Errors name file:line:column. NULL: err says why. */
struct sim_scenario *sim_scenario_load(const char *name, struct hw_err *err);
void sim_scenario_free(struct sim_scenario *scenario); /* NULL allowed */

/* Appends name and summary of each installed scenario that a list offers, sorted by name. */
void sim_scenario_list(struct hw_strv *ret);

/* The reason with which the launch of a node fails, as Auto Scaling words it, appended to out;
 * false: the launch succeeds. attempt counts from 1 per place of the group. */
bool sim_scenario_launch_fault(const struct sim_scenario *scenario, enum sim_role role,
                               unsigned attempt, const char *instance_type,
                               const char *availability_zone, struct hw_buf *out);

/* The stage of that name, or NULL. */
const struct sim_stage *sim_scenario_stage(const struct sim_scenario *scenario, enum sim_role role,
                                           const char *name);

/* Real-world seconds of all stages of a role, without jitter, waits and twists. */
unsigned sim_scenario_seconds(const struct sim_scenario *scenario, enum sim_role role);

#endif
