/* SPDX-License-Identifier: Apache-2.0 */
/* What the commands share. Each command is one file and one function that returns the exit
 * status of contract section 1; it ends with hw_cli_result. */
#ifndef HW_CLI_CLI_H
#define HW_CLI_CLI_H

#include "cli/options.h"
#include "model/cluster.h"
#include "session/session.h"

struct hw_cli_ask;

struct hw_cli {
    const struct hw_options *options;
    struct hw_loop *loop;
    struct hw_session *session; /* hw_cli_online makes it */
    struct hw_cli_ask *ask;     /* NULL: there is no terminal to ask on */
    struct hw_watch *output;    /* of standard output's other end */
    struct hw_sink sink;        /* prints: text, or JSON lines with --json */
    struct hw_sink listen;      /* events go here instead while it is set */
    bool interrupted;           /* SIGINT, SIGTERM or SIGHUP came */
    bool output_closed;         /* standard output went away, or cannot be written */
    int64_t told_ms;            /* when the last event was printed; monotonic; 0: none yet */
    int64_t progress_ms;        /* the same of the last progress, which is no news by itself */
    int status;                 /* the exit status of the last hw_cli_result */
    const char *file;           /* the cluster file that was read; NULL: none yet */
    bool quiet_logs;            /* text mode: log lines are not printed (deploy prints stages) */
    bool quiet_nodes;           /* text mode: of nodes and stages only what a person must know is
                                   printed, on standard error */
    bool hold_logs;             /* no line is printed yet: they are merged by time first */
    bool (*keep_log)(void *data, const struct hw_ev_log *log); /* NULL: every line is printed */
    void *keep_data;
};

bool hw_cli_init(struct hw_cli *cli, const struct hw_options *options, struct hw_err *err);
void hw_cli_done(struct hw_cli *cli);

/* Reads the cluster file args[0]; on failure prints the error and leaves cli->status. */
struct hw_cluster *hw_cli_cluster(struct hw_cli *cli);
/* Makes cli->session for the cluster's region (NULL: none); on failure prints the error
 * and leaves cli->status. */
bool hw_cli_online(struct hw_cli *cli, const struct hw_cluster *cluster);

/* ask.c: how a person logs in to the nodes. The secrets are the caller's. */
struct hw_login {
    struct hw_secret *password;   /* of --user; NULL: there is no such user, or a ticket */
    bool ticket;                  /* --user has a Kerberos ticket */
    struct hw_secret *passphrase; /* of the key file; NULL: it needs none, or it was not told */
};

/* Asks on the terminal what is missing. key_pair names the key file where there is no --key-file;
 * NULL: it is not known. False: err (no terminal, a wrong passphrase, *interrupted); ret is empty.
 */
bool hw_login_ask(struct hw_loop *loop, const struct hw_options *options, const char *key_pair,
                  const bool *interrupted, struct hw_login *ret, struct hw_err *err);
/* A code of an MFA device and its like, asked on the terminal. False: there is none. */
bool hw_cli_ask_init(struct hw_cli *cli, struct hw_aws_asker *ret);
void hw_cli_ask_done(struct hw_cli *cli);

/* A password, asked on the terminal without an echo, into a secret; runs the loop meanwhile. NULL:
 * err (no terminal, nothing typed, *interrupted). */
struct hw_secret *hw_ask_secret(struct hw_loop *loop, const char *question, const bool *interrupted,
                                struct hw_err *err) HW_USE_RESULT;

/* Prints an event as sink does, also while listen is set. */
void hw_cli_tell(struct hw_cli *cli, const struct hw_event *event);

/* Runs the loop until *finished or an interruption. */
void hw_cli_wait(struct hw_cli *cli, const bool *finished);

/* How something that was begun ended; hw_cli_on_end takes one as its data. */
struct hw_cli_end {
    bool finished, failed;
    struct hw_err err;
};
void hw_cli_on_end(void *data, const struct hw_err *err);

/* Ends the shells on the nodes and waits for it (hw_session_close_nodes: a few seconds), also after
 * an interruption and when nobody reads the output any more; a second interruption ends it. */
void hw_cli_close_nodes(struct hw_cli *cli);

/* Prints the last line (JSON) or the error (standard error) and returns the exit status.
 * detail_json: further members of the JSON result, or NULL. */
int hw_cli_result(struct hw_cli *cli, const struct hw_err *err, const char *detail_json);
/* "done" with a sentence for people. */
int hw_cli_ok(struct hw_cli *cli, const char *detail_json, const char *fmt, ...) HW_PRINTF(3, 4);

/* Text on standard output; what cannot be written is complained about once. */
void hw_cli_print(struct hw_cli *cli, const char *fmt, ...) HW_PRINTF(2, 3);
/* The result of a command that was interrupted (status 5); again: what starts it once more. */
int hw_cli_interrupted(struct hw_cli *cli, const char *what, const char *again);

/* Tells every finding to the sink. Returns their number. */
size_t hw_cli_findings(struct hw_cli *cli, const struct hw_diagnose *diagnose);

/* Tells each cause once, as soon as it is found; what another one explains is left to
 * hw_cli_findings. told: the ids and nodes of those that were, kept by the caller. */
void hw_cli_tell_found(struct hw_cli *cli, struct hw_strv *told);

/* Waits for the prices and tells what the cluster costs: a table, or cost events with --json. */
void hw_cli_cost(struct hw_cli *cli, const struct hw_cluster *cluster);

/* Waits for a typed line on the terminal that must be the cluster's name. */
bool hw_cli_confirm(struct hw_cli *cli, const struct hw_cluster *cluster, const char *question,
                    struct hw_err *err);

/* Waits for a typed "yes" to the question; with --yes at once. */
bool hw_cli_agree(struct hw_cli *cli, const char *question, struct hw_err *err);

/* test.c: diagnose --list and diagnose --test. */
int hw_cli_list_tests(struct hw_cli *cli);
int hw_cli_test(struct hw_cli *cli, const struct hw_cluster *cluster);

int hw_cmd_new(struct hw_cli *cli);
int hw_cmd_check(struct hw_cli *cli);
int hw_cmd_secret(struct hw_cli *cli);
int hw_cmd_generate(struct hw_cli *cli);
int hw_cmd_plan(struct hw_cli *cli);
int hw_cmd_deploy(struct hw_cli *cli);
int hw_cmd_status(struct hw_cli *cli);
int hw_cmd_logs(struct hw_cli *cli);
int hw_cmd_diagnose(struct hw_cli *cli);
int hw_cmd_follow(struct hw_cli *cli);
int hw_cmd_watch(struct hw_cli *cli); /* follow of a cluster file */
int hw_cmd_bundle(struct hw_cli *cli);
int hw_cmd_node(struct hw_cli *cli); /* retry, hold, release */
int hw_cmd_rollback(struct hw_cli *cli);
int hw_cmd_destroy(struct hw_cli *cli);

#endif
