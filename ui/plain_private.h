/* SPDX-License-Identifier: Apache-2.0 */
/* What the files plain*.c share; nobody else. */
#ifndef UI_PLAIN_PRIVATE_H
#define UI_PLAIN_PRIVATE_H

#include <termios.h>

#include "base/mem.h"
#include "ui/answer.h"
#include "ui/plain.h"

enum ui_plain_state {
    UI_PLAIN_START,       /* new, open or follow */
    UI_PLAIN_NAME,        /* of a new cluster */
    UI_PLAIN_FILE,        /* to open */
    UI_PLAIN_QUESTION,    /* one of the form pages */
    UI_PLAIN_SECRET,      /* whether the parameter that was named exists; how to make it */
    UI_PLAIN_SECRET_TYPE, /* its value, twice, without echo */
    UI_PLAIN_SECRET_MAKE, /* it is being made */
    UI_PLAIN_CHECKS,      /* they run */
    UI_PLAIN_REVIEW,      /* what would be made */
    UI_PLAIN_CONFIRM,     /* the cluster's name */
    UI_PLAIN_DEPLOY,      /* it runs */
    UI_PLAIN_SAVE,        /* where to, before the end */
    UI_PLAIN_END,
};

struct ui_plain {
    const struct ui_host *host;
    struct hw_cluster *cluster;
    char *path;
    int in;
    FILE *out;
    enum ui_plain_state state;
    enum hw_page_id page;
    struct hw_strv keys; /* of the page's questions */
    size_t question;
    bool shown;    /* the prompt is written: a line is expected */
    bool loading;  /* said so once */
    bool all;      /* the whole list was asked for */
    bool advanced; /* the questions that few people need are asked too */
    int signo;     /* that ended it; 0: none */
    bool asked;    /* the host's question is written: the next line answers it */
    bool input_ended, show_logs, failed;
    struct hw_err err; /* of a deployment that failed */
    char *head;        /* instance of the head node, as far as it was seen */
    unsigned long saved_revision;
    struct hw_choices options;
    struct hw_strv queue; /* lines that came early */
    struct hw_buf rest;   /* of a line that is not complete yet */
    unsigned passed, warnings, errors;
    struct hw_secret *typed[2]; /* a secret, and again */
    unsigned typing;            /* which of them */
    size_t kms_key;             /* among the host's */
    bool silent;                /* the terminal does not echo; before: how it was */
    struct termios before;
};

/* plain.c */
void ui_plain_go(struct ui_plain *plain, enum ui_plain_state state);
bool ui_plain_unsaved(const struct ui_plain *plain);
char *ui_plain_default_path(const struct ui_plain *plain); /* of the cluster file; the caller's */
bool ui_plain_save(struct ui_plain *plain, const char *path);

/* plain_pages.c */
const char *ui_plain_key(const struct ui_plain *plain); /* of the question; NULL: none left */
void ui_plain_open_page(struct ui_plain *plain, enum hw_page_id page);
void ui_plain_next_question(struct ui_plain *plain);
void ui_plain_open_first_missing(struct ui_plain *plain);
void ui_plain_start_checks(struct ui_plain *plain);
void ui_plain_back(struct ui_plain *plain);
void ui_plain_show_advanced(struct ui_plain *plain);
/* + and - of a compute group; false: the question at hand has nothing to do with groups. */
bool ui_plain_change_groups(struct ui_plain *plain, bool more);

/* plain_secret.c */
/* The question's answer names a secret: false if the host knows nothing of secrets. */
bool ui_plain_secret_begin(struct ui_plain *plain);
/* Writes the prompt of UI_PLAIN_SECRET; false: it exists, and there is nothing to ask. */
bool ui_plain_secret_ask(struct ui_plain *plain);
void ui_plain_secret_answer(struct ui_plain *plain, const char *line);
bool ui_plain_secret_read(struct ui_plain *plain); /* UI_PLAIN_SECRET_TYPE: from the descriptor */
void ui_plain_secret_result(struct ui_plain *plain, const struct hw_ev_result *result);
void ui_plain_secret_done(struct ui_plain *plain); /* wipes; the terminal echoes again */

/* plain_print.c */
void ui_plain_prompt(const struct ui_plain *plain, const char *text);
void ui_plain_say(const struct ui_plain *plain, const char *fmt, ...) HW_PRINTF(2, 3);
void ui_plain_say_error(const struct ui_plain *plain, const struct hw_err *err);
void ui_plain_ask_start(const struct ui_plain *plain);
void ui_plain_ask_question(struct ui_plain *plain, const struct hw_field *field,
                           const struct hw_choices *choices);
void ui_plain_show_review(const struct ui_plain *plain);
void ui_plain_show_findings(const struct ui_plain *plain);
/* How to get to what was deployed. */
void ui_plain_show_logon(const struct ui_plain *plain);
void ui_plain_show_event(const struct ui_plain *plain, const struct hw_event *event);

#endif
