/* SPDX-License-Identifier: Apache-2.0 */
/* What a diagnosis remembers, for the files of this folder alone: for each node and each stack
 * one slot a rule, holding at most HW_MAX_EVIDENCE lines; nothing else of what was fed. */
#ifndef HW_DIAGNOSE_ENGINE_H
#define HW_DIAGNOSE_ENGINE_H

#include "diagnose/rules.h"

struct hw_proof {
    char *source, *text;
    uint64_t line;
};

/* Where a line stood. All 0: nowhere. */
struct hw_spot {
    const char *source; /* the name in hw_log_source; NULL: no file */
    uint64_t in_source; /* number of the line among those of its file */
    uint64_t in_place;  /* and of its node, 1 at least */
};

/* What is known of one rule at one place. */
struct hw_slot {
    bool hit;                          /* it matched and nothing has cleared it since */
    bool waiting;                      /* it matched; the line that must stand near has not come */
    bool failed;                       /* the stage in which it stands has failed */
    struct hw_spot at, near, not_near; /* the last lines that matched */
    uint64_t order;                    /* of the match among all matches */
    char *stage, *resource;
    struct hw_strv values;   /* name, value, name, value ... */
    struct hw_proof *proofs; /* HW_MAX_EVIDENCE at most; most rules never match anywhere */
    size_t proof_count;
};

struct hw_log_source {
    char *name;
    uint64_t lines;
    bool whole; /* seen from its first byte: line numbers are known */
};

#define HW_STRETCHES 8u /* open at one place; one more closes the oldest */

/* Lines that may complete an expression of several lines. */
struct hw_stretch {
    const struct hw_probe *probe; /* of its first line */
    const char *source;           /* the name in hw_log_source */
    uint64_t first, line;         /* number of the first line there; as hw_sighting has it */
    struct hw_buf text;
};

/* A node, or a stack. */
struct hw_place {
    char *name, *instance, *role, *group;
    bool is_stack;
    bool failed; /* a stack: an operation failed; a node: one of its stages did */
    bool whole;  /* a stack: its last operation has come to a good end */
    bool ended;  /* nothing more will come: a saved log */
    char *stage; /* the one under way, or the last one; "" before the first */
    enum hw_stage_status stage_status;
    uint64_t lines;
    int64_t last_ms;  /* of its last sign of life */
    int64_t stage_ms; /* when the stage under way was first seen, by our clock; 0: not known */
    bool overdue;     /* that stage lasts far longer than it does as a rule */
    bool live, gone;
    struct hw_log_source sources[HW_MAX_SOURCES];
    size_t source_count;
    struct hw_slot **slots; /* one a rule; NULL: nothing is known of it here, as of most */
    struct hw_stretch stretches[HW_STRETCHES];
    size_t stretch_count;
};

/* What a test has told. */
struct hw_known_answer {
    char *node, *instance, *test, *detail;
    struct hw_strv with;
    enum hw_answer answer;
};

/* A finding with its texts. */
struct hw_found {
    struct hw_ev_finding event;
    struct hw_evidence evidence[HW_MAX_EVIDENCE];
    char *title, *cause, *remedy, *action;
    struct hw_ev_question *questions; /* with owned texts */
    size_t question_count;
    char *verdict;
    size_t cause_index; /* SIZE_MAX: a root */
};

struct hw_diagnose {
    const struct hw_rules *rules;
    uint64_t *marked; /* two bits for each probe: which of its words stand in the line under way */
    size_t marked_low, marked_high; /* its words of 64 bits that are in use: [low, high) */
    bool stage_marked;
    struct hw_place **places; /* sorted by name, nodes before stacks */
    size_t place_count, place_capacity;
    struct hw_place *last; /* the one fed last: lines come in runs */
    uint64_t order;
    struct hw_strv facts; /* names and values, in turn */
    struct hw_known_answer *answers;
    size_t answer_count, answer_capacity;
    int64_t now_ms, silence_checked_ms;
    bool changed;        /* since the last feed returned */
    bool stale;          /* found[] is older than the slots */
    size_t nearest_left; /* findings for which the nearest rules are still looked for */
    struct hw_found *found;
    size_t found_count;
};

/* One thing that a rule may match. */
struct hw_sighting {
    struct hw_place *place;
    const char *source; /* "install.log", "events", "" */
    struct hw_spot spot;
    uint64_t line;     /* number in the file, for people; 0: not known */
    const char *text;  /* what the pattern is held against */
    const char *shown; /* as evidence; NULL: text */
    const char *resource, *status;
    int code;
};

/* probe.c */
/* May the rule stand at this place, as it is now? */
bool hw_rule_applies(const struct hw_rule *rule, const struct hw_place *place);
/* Which probes want the line, and whether it may be a stage line; kept for hw_probe_line. */
void hw_probe_mark(struct hw_diagnose *d, const char *text, size_t n);
/* Holds the marked probes against the line that was marked last. */
void hw_probe_line(struct hw_diagnose *d, const struct hw_sighting *s, size_t n);
/* The rule matched. pattern: the one that has just matched, for its captures; NULL: none. */
void hw_probe_hit(struct hw_diagnose *d, size_t rule, const struct hw_expr *pattern,
                  const struct hw_sighting *s);
void hw_probe_prove(struct hw_slot *slot, const struct hw_sighting *s);
void hw_probe_clear(struct hw_diagnose *d, struct hw_slot *slot); /* NULL allowed */

/* stretch.c: the first line of an expression of several lines matched. */
void hw_stretch_open(struct hw_place *place, const struct hw_probe *probe,
                     const struct hw_sighting *s, size_t n);
/* Every line of a file, before its own probes. */
void hw_stretches_see(struct hw_diagnose *d, const struct hw_sighting *s, size_t n);
void hw_stretches_close(struct hw_place *place);

/* engine.c: after how many minutes a stage lasts far too long. */
unsigned hw_stage_limit(const char *stage);

/* place.c */
/* Makes it when it is new. NULL: HW_MAX_PLACES reached. */
struct hw_place *hw_place_get(struct hw_diagnose *d, const char *name, bool is_stack);
void hw_place_free(struct hw_place *place, size_t rule_count);
/* Learns what an event says of a node; absent texts change nothing. */
void hw_place_learn(struct hw_place *place, const char *instance, const char *role,
                    const char *group);
/* Counts one line of a file; returns its number there, 0 = unknown. */
uint64_t hw_place_count_line(struct hw_place *place, const char *source, bool first_byte,
                             struct hw_spot *ret);
/* 0 foundation, 1 sql, 2 head, 3 compute; -1 unknown: who has to wait for whom. */
int hw_place_rank(const struct hw_place *place);
/* Does node belong to the group that the stack makes? */
bool hw_place_of_stack(const struct hw_place *node, const struct hw_place *stack);
/* What is known of a rule there, to be read; of none nothing is known. */
const struct hw_slot *hw_slot_seen(const struct hw_place *place, size_t rule);
struct hw_slot *hw_slot_of(struct hw_place *place, size_t rule); /* to be written */
/* Keeps what is known of the lines around. NULL allowed. */
void hw_slot_clear(struct hw_slot *slot);
void hw_slot_proof(struct hw_slot *slot, const char *source, uint64_t line, const char *text);

/* path.c: the decision path of a rule, as far as the answers that are known lead.
 * place: where the rule stands; values: of its texts. Fills the remedy of found, its questions, and
 * where the path has come to its end verdict and action. */
void hw_path_walk(const struct hw_diagnose *d, const struct hw_rule *rule,
                  const struct hw_place *place, const struct hw_strv *values,
                  struct hw_found *found);
void hw_path_done(struct hw_found *found);
/* The newest answer to a question counts. */
void hw_answer_learn(struct hw_diagnose *d, const struct hw_ev_test *test);
void hw_answers_done(struct hw_diagnose *d);

/* remedy.c: what a person does. */
struct hw_remedy {
    const struct hw_place *place;
    const struct hw_place *node;   /* that could be looked at; NULL: none is known */
    const struct hw_strv *on_node; /* steps that need the node itself; NULL: none */
    const struct hw_strv *steps;
    bool open;    /* a question waits for its answer from the node */
    bool unasked; /* one cannot be asked any more */
    bool again;   /* it counts once it is deployed, or the node made, again */
};
/* Adds what the place tells for actions: "part" ("head", "compute.0"), "role", "secret". */
void hw_remedy_values(const struct hw_diagnose *d, const struct hw_place *place,
                      const struct hw_slot *slot, struct hw_strv *values);
/* The steps that can be done as things stand, one a line; the caller's. */
char *hw_remedy_text(const struct hw_diagnose *d, const struct hw_remedy *remedy,
                     const struct hw_strv *values);
/* action NULL: "". A question whose key is not fully known becomes its page. The caller's. */
char *hw_remedy_action(const char *action, const struct hw_strv *values);
/* The test as a command for a shell; the caller's. */
char *hw_remedy_command(const struct hw_diagnose *d, const char *node, const char *test,
                        const struct hw_strv *with);

#define HW_NEAREST_FINDINGS 8u

/* nearest.c: which known failures come near to the lines of a slot, as a sentence. */
void hw_nearest_write(struct hw_diagnose *d, const struct hw_slot *slot, struct hw_buf *out);

/* order.c: makes found[] from the slots. */
void hw_diagnose_order(struct hw_diagnose *d);
void hw_diagnose_forget_found(struct hw_diagnose *d);

/* Now that the logs were fed to their ends, what they hold stands. */
void hw_diagnose_end(struct hw_diagnose *d);

#endif
