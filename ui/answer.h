/* SPDX-License-Identifier: Apache-2.0 */
/* What stands behind one question at the moment: its answer, a default, a proposal from live
 * facts, or nothing yet. The form pages and --plain share it. */
#ifndef UI_ANSWER_H
#define UI_ANSWER_H

#include "ui/host.h"

enum ui_answer_state {
    UI_ANSWER_SET,      /* given */
    UI_ANSWER_DEFAULT,  /* the schema's own default */
    UI_ANSWER_PROPOSED, /* from live facts: taken with Enter */
    UI_ANSWER_LOADING,  /* a proposal may come */
    UI_ANSWER_FAILED,   /* the list could not be loaded */
    UI_ANSWER_EMPTY,
};

struct ui_answer {
    enum ui_answer_state state;
    char *value;  /* as the cluster file has it, lists joined with ", " */
    char *label;  /* how a list names it; the value otherwise; the error when FAILED */
    char *detail; /* "10.20.0.0/16  hpc-prod", or "" */
};

void ui_answer_done(struct ui_answer *answer);
void ui_answer_get(const struct ui_host *host, const struct hw_cluster *cluster, const char *key,
                   const struct hw_field *field, struct ui_answer *ret);
/* Sets or clears ("") an answer, clears those that hung on the one before, and lets the host
 * fill in what follows; but not what was cleared here and may stay empty. */
bool ui_answer_set(const struct ui_host *host, struct hw_cluster *cluster, const char *key,
                   const char *value, struct hw_err *err);
/* A file that answers all that is required means what it leaves out: the host fills in none of it.
 */
void ui_answer_settle(struct hw_cluster *cluster);
/* Takes the proposal if there is no answer. false: a required answer is missing, err says why;
 * HW_ERR_BUSY: it is still loading. */
bool ui_answer_accept(const struct ui_host *host, struct hw_cluster *cluster, const char *key,
                      const struct hw_field *field, struct hw_err *err);
/* Asks the host for everything that the questions of a page offer. */
void ui_answer_want(const struct ui_host *host, const struct hw_cluster *cluster,
                    enum hw_page_id page);
/* What can be chosen: the host's list, or the field's own options put into scratch. NULL: the
 * question is typed. */
const struct hw_choices *ui_answer_choices(const struct ui_host *host, const struct hw_field *field,
                                           struct hw_choices *scratch);
/* Answered from a list; else a text is typed (which may have a list to help). */
bool ui_answer_is_list(const struct hw_field *field);

#endif
