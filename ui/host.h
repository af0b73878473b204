/* SPDX-License-Identifier: Apache-2.0 */
/* What the screens may ask of the core. The program fills this table with the real rooms, the
 * screen tests with a stand-in; so libui.a knows no network. Every function returns at once;
 * what happens later comes as events (base/event.h) through ui_app_tell, or as a changed
 * generation of the choices. */
#ifndef UI_HOST_H
#define UI_HOST_H

#include "base/event.h"
#include "cost/cost.h"
#include "deploy/act.h"
#include "logs/store.h"
#include "model/choice.h"
#include "model/cluster.h"
#include "secrets/policy.h"

struct hw_pace;    /* deploy/pace.h */
struct hw_fileset; /* template/generate.h: the files, in memory */

struct ui_known_deployment {
    const char *cluster, *region, *file, *state; /* as hw_deploy_known */
    int64_t last_ms;
    const struct hw_cluster *answers; /* no journal here knows it, only the account: what following
                                         it needs; NULL: a journal does */
};

struct ui_asked {
    const char *title, *text, *label;
    const char *expect; /* only this is an answer */
    bool hidden;        /* the answer is a secret */
};

struct ui_host {
    void *data;

    /* Start page. */
    size_t (*known)(void *data, const struct ui_known_deployment **ret); /* borrowed */
    /* What becomes of looking in the account for more of them, in words; NULL: nothing to say. May
     * be NULL. */
    const char *(*known_more)(void *data);
    bool demo; /* the bundled simulator is being used */

    /* Account: tells HW_EV_IDENTITY or a notice with the error. */
    void (*identify)(void *data);
    /* The profiles of the AWS configuration; borrowed until the next call. FAILED: a malformed
     * file. May be NULL. */
    const struct hw_choices *(*profiles)(void *data);
    /* Another profile from now on: its keys, its account. Tells who we are there as identify. */
    bool (*use_profile)(void *data, const char *name, struct hw_err *err);
    /* What only a person can answer now (the code of an MFA device); NULL: nothing. borrowed. The
     * answer may be NULL: there will be none. Either may be NULL. */
    const char *(*asks)(void *data);
    void (*answer)(void *data, const char *text);

    /* What only a person can decide about a node; NULL: nothing. Borrowed. The answer is what was
     * typed, or NULL: closed without one. Either may be NULL. */
    const struct ui_asked *(*node_asks)(void *data);
    void (*node_answer)(void *data, const char *text);
    void (*node_secret)(void *data, struct hw_secret *value_take); /* NULL: none was given */

    /* Choices of a question. want() starts or refreshes loading; choices() is borrowed. */
    void (*want)(void *data, const struct hw_cluster *cluster, enum hw_source source);
    const struct hw_choices *(*choices)(void *data, enum hw_source source);
    /* Asks AWS again, also after a failure. */
    void (*again)(void *data, const struct hw_cluster *cluster, enum hw_source source);
    /* Fills what follows from other answers; true if it changed the cluster. */
    bool (*fill)(void *data, struct hw_cluster *cluster);

    /* Secrets: whether the parameter of that name exists, never its value. want() asks once;
     * known() is borrowed, NULL before. */
    void (*secret_want)(void *data, const struct hw_cluster *cluster, const char *name);
    const struct hw_parameter *(*secret_known)(void *data, const char *name);
    /* The KMS keys that may encrypt one; loading begins with the first call. Borrowed. */
    const struct hw_choices *(*secret_keys)(void *data);
    struct hw_secret *(*secret_generate)(void *data, struct hw_err *err);
    /* Makes it; value is taken. The end: HW_EV_RESULT with command "secret". */
    void (*secret_put)(void *data, const char *name, enum hw_secret_kind kind,
                       struct hw_secret *value_take, const char *key_id);

    /* Checks: HW_EV_CHECK for each, then HW_EV_RESULT with command "check". */
    void (*check)(void *data, const struct hw_cluster *cluster);

    /* Review: generated files in memory (borrowed until the next call), or err. */
    const struct hw_fileset *(*generate)(void *data, const struct hw_cluster *cluster,
                                         struct hw_err *err);
    bool (*save_files)(void *data, const struct hw_cluster *cluster, const char *folder,
                       struct hw_err *err);
    bool (*save_cluster)(void *data, const struct hw_cluster *cluster, const char *path,
                         struct hw_err *err);

    /* What the cluster costs with the prices that are known (borrowed until the next call); while
     * *ret_over is false more are on their way. Another generation: it would answer otherwise. */
    const struct hw_cost *(*cost)(void *data, const struct hw_cluster *cluster, bool *ret_over);
    unsigned long (*cost_generation)(void *data);

    /* Deploy: HW_EV_STEP, HW_EV_STACK, HW_EV_NODE, HW_EV_STAGE, HW_EV_LOG; at the end
     * HW_EV_RESULT with command "deploy". false: it could not be started. */
    bool (*deploy)(void *data, const struct hw_cluster *cluster, struct hw_err *err);
    /* Watches a running deployment without changing anything. */
    bool (*follow)(void *data, const struct hw_cluster *cluster, struct hw_err *err);
    /* How long stages took in earlier runs of the cluster. NULL: nothing is known. */
    void (*pace)(void *data, const struct hw_cluster *cluster, struct hw_pace *ret);
    /* Shows what deploying would change: steps, HW_EV_CHANGE, then HW_EV_RESULT with command
     * "plan". May be NULL. */
    bool (*plan)(void *data, const struct hw_cluster *cluster, struct hw_err *err);
    /* Stops deploying and goes back to what was before; events as with deploy, but HW_EV_RESULT
     * with command "rollback". only: names of stacks, NULL: all; skip: "STACK/RESOURCE" that a
     * stuck rollback leaves out, NULL: none; both are copied. May be NULL. */
    bool (*roll_back)(void *data, const struct hw_cluster *cluster, const struct hw_strv *only,
                      const struct hw_strv *skip, struct hw_err *err);
    /* With one node, by its instance; what came of it is told as a notice. May be NULL. */
    void (*node_act)(void *data, enum hw_node_action action, const char *instance);
    /* The clock that the events of a deployment carry minus this machine's; 0 while they are alike.
     * May be NULL. */
    int64_t (*clock_off)(void *data);
    void (*leave)(void *data); /* stop watching; the stacks go on */

    /* Lines of all nodes (borrowed; filled before HW_EV_LOG is told). */
    const struct hw_logs *(*logs)(void *data);
    bool (*save_logs)(void *data, const struct hw_log_view *view, const char *path,
                      struct hw_err *err);

    /* Findings, root causes first (borrowed). */
    size_t (*findings)(void *data);
    const struct hw_ev_finding *(*finding)(void *data, size_t index);
    size_t (*finding_cause)(void *data, size_t index); /* SIZE_MAX: a root cause */

    /* A support bundle: what goes in is collected, then HW_EV_RESULT with command "bundle" comes,
     * and its entries can be looked at (false: no more). Writing collects again, names replaced or
     * not; that it is written, and where, is told as a notice. Until then there is no other: false.
     * bundle may be NULL, then all are. */
    bool (*bundle)(void *data, const struct hw_cluster *cluster, struct hw_err *err);
    bool (*bundle_entry)(void *data, size_t index, const char **ret_name, size_t *ret_bytes);
    bool (*bundle_write)(void *data, const struct hw_cluster *cluster, bool anonymous,
                         const char *path, struct hw_err *err);

    /* Runs the test of a finding's question on its node, over the connection that brings its log;
     * a person has agreed. Its answer changes the finding and comes as HW_EV_TEST; a failure is
     * told as a notice. false: it could not be started. May be NULL. */
    bool (*test)(void *data, const struct hw_ev_question *question, struct hw_err *err);

    /* Requests of the last second against the budget. */
    void (*rate)(void *data, double *ret_per_second, double *ret_budget);
};

#endif
