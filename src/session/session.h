/* SPDX-License-Identifier: Apache-2.0 */
/* One cluster under work: the rooms joined. A deployment, the nodes it starts, their lines and
 * what they mean run side by side; each event goes to the log store and the diagnosis first,
 * then to the caller's sink. When a stage of a node fails while a deployment is watched, the node's
 * black box is saved (deploy/blackbox.h). The wizard and the commands use the same session. */
#ifndef HW_SESSION_SESSION_H
#define HW_SESSION_SESSION_H

#include "aws/client.h"
#include "deploy/act.h"
#include "deploy/deploy.h"
#include "diagnose/diagnose.h"
#include "discover/discover.h"
#include "logs/store.h"
#include "node/fleet.h"
#include "secrets/parameters.h"

struct hw_session;

struct hw_session_options {
    const char *region, *profile, *endpoint_url, *log_file; /* NULL: as hw_aws_options */
    const char *key_file;                    /* NULL: ~/.ssh/<key pair>.pem if it is there */
    struct hw_secret *passphrase_take;       /* of the key file, or NULL */
    const char *user;                        /* of the nodes; NULL: Administrator */
    struct hw_secret *password_take;         /* of that user, or NULL */
    bool ticket;                             /* that user has a Kerberos ticket */
    const char *rules;                       /* a folder with further diagnosis rules, or NULL */
    uint64_t log_space;                      /* bytes on disk for the nodes' lines; 0: 2 GiB */
    const struct hw_aws_asker *asker;        /* as hw_aws_options */
    const struct hw_fleet_asker *node_asker; /* as hw_fleet_options */
    bool no_secret_lookup;                   /* the values of secrets are not read to be hidden */
    bool undiagnosed;                /* nobody will ask for findings: events are not looked at */
    hw_discover_fn *choices_changed; /* may be NULL */
    void *choices_data;
    hw_timer_fn *parameters_changed; /* something is known of a parameter; may be NULL */
    void *parameters_data;
};

/* sink is copied; its data must outlive the session. */
struct hw_session *hw_session_new(struct hw_loop *loop, const struct hw_session_options *options,
                                  const struct hw_sink *sink, struct hw_err *err);
void hw_session_free(struct hw_session *session); /* NULL allowed */

/* The private key that the nodes' passwords and SSH take: the one that was named (or NULL), else
 * ~/.ssh/<key pair>.pem or ~/.ssh/<key pair> if it is there, else NULL. The caller's. */
char *hw_session_key_file(const char *named, const char *key_pair);

struct hw_aws *hw_session_aws(struct hw_session *session);
struct hw_discover *hw_session_discover(struct hw_session *session);
/* Of secrets: what exists, and the making of what does not. Made when first asked for. */
struct hw_parameters *hw_session_parameters(struct hw_session *session);
struct hw_logs *hw_session_logs(struct hw_session *session);
struct hw_work *hw_session_work(struct hw_session *session);
/* The instance that has had this name last; "": none is known. Borrowed until the next event. */
const char *hw_session_instance(const struct hw_session *session, const char *node);
/* Loads the rules when it is first asked for (some 10 ms, kept out of the program's start). Rules
 * of the user's own that cannot be read are left out; NULL: not even hpcwiz's own can be read. Why
 * was told as a notice. */
struct hw_diagnose *hw_session_diagnose(struct hw_session *session);
const struct hw_sink *hw_session_sink(const struct hw_session *session);

/* Another profile from now on, as hw_aws_set_profile: nothing that the account before offers or runs
 * is known any more. false: err, and nothing has changed. */
bool hw_session_use_profile(struct hw_session *session, const char *name, struct hw_err *err);

/* Starts a deployment (or following, planning, destroying one) and, unless it is a plan or a
 * destruction, the following of its nodes. One at a time. The sink of the options is not looked at:
 * the session's own is told. */
bool hw_session_deploy(struct hw_session *session, const struct hw_cluster *cluster,
                       const struct hw_deploy_options *options, hw_deploy_fn *fn, void *data,
                       struct hw_err *err);
#define HW_SESSION_SECRETS 3
/* Whose nodes: cluster (the value of their tag), or stacks (names of those that made them), or
 * instances (their ids). */
struct hw_session_nodes {
    const char *cluster;
    const char *key_pair; /* names the key file; NULL: not known */
    const char *access;   /* winrm | ssh, tried first; NULL: winrm */
    const char *domain;   /* of the directory; NULL: not known */
    const struct hw_strv *stacks, *instances;
    const struct hw_strv *nodes; /* only these names; NULL or empty: all */
    bool follow;
    unsigned crowd;                          /* as hw_fleet_options */
    const char *secrets[HW_SESSION_SECRETS]; /* names of SSM parameters; NULL: none. Unless the
                                                options forbid it, their values are read, and hidden
                                                in all lines */
};
/* As hw_fleet_answer. */
void hw_session_answer(struct hw_session *session, bool trust);
/* How to log in to the nodes from now on, those that are followed and others. password_take NULL:
 * that user has a Kerberos ticket. */
void hw_session_login(struct hw_session *session, const char *user,
                      struct hw_secret *password_take);
void hw_session_passphrase(struct hw_session *session, struct hw_secret *passphrase_take);
/* Only the nodes, without a deployment. */
bool hw_session_nodes(struct hw_session *session, const struct hw_session_nodes *of,
                      hw_fleet_fn *fn, void *data, struct hw_err *err);
/* The nodes of the cluster that the file describes. */
struct hw_session_nodes hw_session_nodes_of(const struct hw_cluster *cluster);
/* What a cluster file says that the questions and remedies of findings need. file: as a person
 * named it; NULL: there is none. */
void hw_session_learn(struct hw_session *session, const struct hw_cluster *cluster,
                      const char *file);
/* Runs a test (diagnose/tests.h) on a node that is being followed, by its name. Its answer is told
 * as HW_EV_TEST, then fn (may be NULL) is called; err: it could not be run. One at a time. The
 * caller has asked a person before. */
typedef void hw_session_test_fn(void *data, enum hw_answer answer, const struct hw_err *err);
bool hw_session_test(struct hw_session *session, const char *node, const char *test,
                     const struct hw_strv *with, hw_session_test_fn *fn, void *data,
                     struct hw_err *err);
/* Retries, holds or releases one node; fn as hw_node_act. One at a time. */
void hw_session_node_act(struct hw_session *session, enum hw_node_action action,
                         const char *instance, hw_node_act_fn *fn, void *data);
/* A black box of the deployment is not saved whole yet: AWS has not answered. */
bool hw_session_is_saving(const struct hw_session *session);
/* How much later than written the lines of the nodes may come, in milliseconds. */
unsigned hw_session_late_ms(const struct hw_session *session);
/* Stops watching the deployment; its stacks go on. */
void hw_session_stop(struct hw_session *session);
/* Ends the following of nodes: shells are closed, then closed(data). Comes from the loop also
 * when nothing was being followed. */
void hw_session_close_nodes(struct hw_session *session, hw_timer_fn *closed, void *data);

#endif
