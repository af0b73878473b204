/* SPDX-License-Identifier: Apache-2.0 */
/* The frame of the wizard: header, steps, key line, help, dialogs; and what a page is. The app
 * reads no terminal and waits for nothing: keys and events are told to it, and it draws itself
 * on a surface. Host and cluster outlive no call but are the app's to use until it is freed. */
#ifndef UI_APP_H
#define UI_APP_H

#include "ui/host.h"
#include "ui/keys.h"
#include "ui/surface.h"

struct ui_app;

/* cluster is taken over. path: its file, or NULL if it has none yet; with a path the wizard
 * opens at the first question without answer, else at the start page. */
struct ui_app *ui_app_new(const struct ui_host *host, struct hw_cluster *cluster, const char *path);
void ui_app_free(struct ui_app *app); /* NULL allowed */

void ui_app_tell(struct ui_app *app, const struct hw_event *event); /* the host's sink */
void ui_app_key(struct ui_app *app, uint32_t code);
/* One key of a pasted text. It is only ever text: a line end becomes a blank, and nothing is chosen
 * or sent off by it. */
void ui_app_paste(struct ui_app *app, uint32_t code);
void ui_app_resize(struct ui_app *app, int rows, int cols);
/* Looks for changed choices and for the clock; true: ui_app_draw would show something new. */
bool ui_app_poll(struct ui_app *app);
void ui_app_draw(struct ui_app *app, struct ui_surface *surface);
bool ui_app_ended(const struct ui_app *app); /* the person has quit */
/* The program must end now: saves unsaved answers to the cluster file, or, if there is none, to
 * "<cluster>-unsaved.yaml". true: path says where. */
bool ui_app_rescue(struct ui_app *app, char *ret_path, size_t size);
/* Drops typed-ahead keys; the terminal sets it, tests may leave it out. */
void ui_app_on_flush(struct ui_app *app, void (*flush)(void *data), void *data);
/* Takes texts to the terminal's clipboard; false: there is none. NULL: no terminal. */
void ui_app_on_copy(struct ui_app *app, bool (*copy)(void *data, const char *text, size_t n),
                    void *data);
/* Clock of the frame in wall milliseconds; tests set their own. NULL: the real one. */
void ui_app_set_clock(struct ui_app *app, int64_t (*now_ms)(void));

/* ---- What a page is -------------------------------------------------------------------- */

enum ui_result {
    UI_PASS, /* not mine: the frame does what the key usually does */
    UI_STAY,
    UI_NEXT,
    UI_BACK,
    UI_QUIT,
    UI_HELP,
    UI_GOTO, /* where ui_app_goto said */
};

enum ui_page_state {
    UI_PAGE_OPEN,    /* nothing to say yet: dim while not reached */
    UI_PAGE_DONE,    /* ✓ */
    UI_PAGE_PROBLEM, /* ! */
    UI_PAGE_BUSY,    /* ● works in the background */
    UI_PAGE_FAILED,  /* ✗ */
};

struct ui_page;

struct ui_page_class {
    struct ui_page *(*init)(struct ui_app *app, enum hw_page_id id);
    void (*done)(struct ui_page *page);
    void (*enter)(struct ui_page *page,
                  const char *key); /* shown now; key: field to focus or NULL */
    void (*layout)(struct ui_page *page, int rows, int cols); /* of the area of draw */
    void (*draw)(struct ui_page *page, struct ui_area area);
    enum ui_result (*act)(struct ui_page *page, const struct ui_input *input);
    /* Every event is told to every page, shown or not. */
    void (*event)(struct ui_page *page, const struct hw_event *event);
    void (*choices)(struct ui_page *page);      /* what a question offers has changed */
    bool (*typing)(const struct ui_page *page); /* the focus takes characters */
    /* What can be done now, the most important first; borrowed until the next call. The frame
     * adds next, back, steps, help and quit. */
    size_t (*offers)(struct ui_page *page, const struct ui_offer **ret);
    enum ui_page_state (*state)(const struct ui_page *page);
    /* Help of the focus, shown under the page; NULL or "" = none. */
    const char *(*hint)(struct ui_page *page);
    const char *help; /* N_(): the page's own text for F1 */
    bool wide;        /* the whole width: no steps at the left, no hint below */
    bool ages;        /* ages or elapsed times stand on it: drawn anew each second while shown */
};
/* Members of the class may be NULL, but for init, done and draw. */

struct ui_page {
    const struct ui_page_class *class; /* set by the frame after init */
    struct ui_app *app;
    enum hw_page_id id;
};

extern const struct ui_page_class ui_page_start, ui_page_account, ui_page_form, ui_page_checks,
    ui_page_review, ui_page_deploy, ui_page_logs, ui_page_findings;

/* ---- For pages ------------------------------------------------------------------------- */

const struct ui_host *ui_app_host(const struct ui_app *app);
struct hw_cluster *ui_app_cluster(struct ui_app *app);
/* Another cluster (taken over) takes the place of this one; path may be NULL. */
void ui_app_open(struct ui_app *app, struct hw_cluster *cluster, const char *path);
const char *ui_app_path(const struct ui_app *app); /* of the cluster file; NULL: none yet */
/* A deployment that was begun here runs; one that is only followed does not count. */
bool ui_app_deploying(const struct ui_app *app);
void ui_app_executes(struct ui_app *app, bool executes);
/* What happens, or has happened, to the cluster that is open is shown, or is being asked for. */
bool ui_app_watched(const struct ui_app *app);
void ui_app_watch(struct ui_app *app);
bool ui_app_unsaved(const struct ui_app *app);
bool ui_app_save(struct ui_app *app, const char *path, struct hw_err *err);
/* Who we are in the account is not known any more (another profile): it comes as an event. */
void ui_app_forget_identity(struct ui_app *app);
bool ui_app_copy(struct ui_app *app, const char *text, size_t n); /* false: there is no clipboard */
int64_t ui_app_now_ms(const struct ui_app *app);                  /* wall clock */
void ui_app_dirty(struct ui_app *app);                            /* what is shown has changed */
/* A line above the key line; goes after a while or with the next key. */
void ui_app_notice(struct ui_app *app, enum hw_severity severity, const char *fmt, ...)
    HW_PRINTF(3, 4);
void ui_app_notice_clear(struct ui_app *app); /* what it said is over */
void ui_app_error(struct ui_app *app, const struct hw_err *err);
/* To another page, with the focus on a field (key may be NULL), when the key, event or answer at
 * hand has been dealt with. In act: `return ui_app_goto(...)`. */
enum ui_result ui_app_goto(struct ui_app *app, enum hw_page_id page, const char *key);
/* Where a question was jumped to from (a check, a finding): once it is answered, `return
 * ui_app_goto_origin(...)` leads back there. UI_PASS: it was reached the usual way. */
enum ui_result ui_app_goto_origin(struct ui_app *app);
/* As ui_app_goto for a place that a check or a finding names (hw_place_find); false: no such place.
 */
bool ui_app_goto_place(struct ui_app *app, const char *place);

/* Asks for the value of the secret of this key, unseen, or generates it, and has it made. */
void ui_app_make_secret(struct ui_app *app, const char *key);

/* A question over the page. The answer comes later to fn, once: the text that was typed, or
 * NULL when it was closed with Esc. fn returns false with err to keep the question open. */
typedef bool ui_dialog_fn(void *data, const char *answer, struct hw_err *err);
/* value_take NULL: the question was closed. */
typedef void ui_dialog_secret_fn(void *data, struct hw_secret *value_take);

struct ui_dialog {
    const char *title;
    const char *text;    /* may have several lines; wrapped */
    const char *label;   /* of the line that is typed */
    const char *initial; /* what stands there at first; NULL: nothing */
    const char *expect; /* only this text is taken (a confirmation; typed-ahead keys are dropped) */
    ui_dialog_fn *fn;
    /* Instead of fn: what is typed is a secret, and shown nowhere. */
    ui_dialog_secret_fn *secret_fn;
    void *data;
};
void ui_app_ask(struct ui_app *app, const struct ui_dialog *dialog); /* texts are copied */
/* Whether the page is the one that is shown, and nothing lies over it. */
bool ui_app_on_top(const struct ui_app *app, const struct ui_page *page);

#endif
