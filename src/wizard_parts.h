/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of the wizard share; nobody else. Each fills its part of the table of functions
 * through which the screens ask the core (ui/host.h). */
#ifndef HW_WIZARD_PARTS_H
#define HW_WIZARD_PARTS_H

#include "deploy/find.h"
#include "session/pack.h"
#include "template/generate.h"
#include "ui/plain.h"
#include "ui/run.h"
#include "wizard.h"

struct hw_demo;

struct hw_wizard {
    const struct hw_options *options;
    struct hw_loop *loop;
    struct hw_demo *demo;
    struct hw_session *session;
    struct ui_host host;
    struct ui_app *app;            /* full-screen, or */
    struct ui_plain *plain;        /* plain */
    struct hw_deploy_known *known; /* of the journals */
    struct ui_known_deployment *known_shown;
    size_t known_count, shown_count;
    int64_t known_ms;            /* when the journals were read */
    struct hw_deploy_find *find; /* in the account, under way */
    struct hw_deploy_known *found;
    size_t found_count;
    char *found_more; /* what became of it, in words; NULL: nothing to say */
    struct hw_fileset files;
    struct hw_cost cost;
    unsigned long cost_generation, cost_revision;
    bool cost_known;
    struct hw_check_run *check;
    struct hw_choices profiles;
    char *question;           /* what AWS asks a person; NULL: nothing */
    struct hw_pack *pack;     /* being collected, or collected */
    struct hw_bundle *bundle; /* what goes in; NULL: nothing was collected */
    char *bundle_path; /* where the one that is being packed or written goes; NULL: nowhere */
    bool bundle_anonymous;
    struct ui_asked asked; /* about a node's host key or certificate; no text: nothing */
    char *asked_text;
    bool passphrase_given;           /* of the key file, in a question */
    bool asked_login;                /* that is how to log in to the nodes */
    char *login_user;                /* whose password is asked for; or NULL */
    enum hw_node_action node_action; /* the last one that was asked for */
    bool deploying; /* its calls must go on to the account and Region they began in */
};

/* wizard.c: how a command ended, for the screen. err NULL: well. */
void hw_wizard_tell_result(struct hw_wizard *w, const char *command, const struct hw_err *err);

/* wizard_clusters.c */
void hw_wizard_host_clusters(struct ui_host *host);
void hw_wizard_forget_found(struct hw_wizard *w);
void hw_wizard_find_clusters(struct hw_wizard *w);

/* wizard_account.c */
void hw_wizard_host_account(struct hw_wizard *w, struct ui_host *host);
void hw_wizard_on_ask(void *data, const char *question);
void hw_wizard_on_ask_done(void *data);
void hw_wizard_on_node_ask(void *data, const struct hw_fleet_question *question);
void hw_wizard_on_node_ask_done(void *data);
void hw_wizard_use_region(struct hw_wizard *w, const struct hw_cluster *cluster);
void hw_wizard_on_parameters(void *data);

/* wizard_login.c */
void hw_wizard_ask_login(struct hw_wizard *w, const struct hw_fleet_question *question);
void hw_wizard_login_user(struct hw_wizard *w, const char *user);
void hw_wizard_login_secret(struct hw_wizard *w, struct hw_secret *value_take);

/* wizard_deploy.c */
void hw_wizard_host_deploy(struct ui_host *host);

/* wizard_logs.c */
void hw_wizard_host_logs(struct ui_host *host);

#endif
