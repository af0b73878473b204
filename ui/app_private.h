/* SPDX-License-Identifier: Apache-2.0 */
/* What app.c and the files app_*.c share; nobody else. */
#ifndef UI_APP_PRIVATE_H
#define UI_APP_PRIVATE_H

#include "base/mem.h"
#include "ui/app.h"
#include "ui/layout.h"
#include "ui/widget_field.h"
#include "ui/widget_list.h"

enum ui_overlay {
    UI_OVERLAY_NONE,
    UI_OVERLAY_HELP,
    UI_OVERLAY_STEPS,
    UI_OVERLAY_ASK,
    UI_OVERLAY_QUIT,
    UI_OVERLAY_SECRET
};

struct ui_notice {
    char *text;
    enum hw_severity severity;
    int64_t until_ms;
};

struct ui_question { /* an open struct ui_dialog, texts owned */
    char *title, *text, *label, *expect, *problem;
    struct ui_field field;
    struct hw_secret *secret; /* in place of the field; or NULL */
    ui_dialog_fn *fn;
    ui_dialog_secret_fn *secret_fn;
    void *data;
};

/* A key goes into a secret; what is drawn in its place. */
void ui_secret_edit(struct hw_secret *value, uint32_t code);
const char *ui_secret_words(const struct hw_secret *value);
void ui_secret_draw_words(struct ui_area area, int row, int col, int width, const char *words);

/* The making of a secret: what is typed goes from the key straight into these. */
struct ui_secret {
    char *name, *problem;
    enum hw_secret_kind kind;
    struct hw_secret *values[2]; /* typed, and typed again */
    unsigned focus;              /* on one of them, or on the key */
    size_t key;                  /* among the host's */
    bool generated, sending;
};

struct ui_app {
    const struct ui_host *host;
    struct hw_cluster *cluster;
    char *path;
    unsigned long saved_revision;
    struct ui_page *pages[HW_PAGE_COUNT];
    bool reached[HW_PAGE_COUNT];
    enum hw_page_id current, target;
    enum hw_page_id origin; /* where a question was jumped to from; HW_PAGE_COUNT: nowhere */
    char *target_key;
    char *overwrite; /* a file that is there and was answered once: again means yes */
    char *account, *user, *region;
    struct ui_notice notice;
    enum ui_overlay overlay;
    struct ui_list overlay_list;
    struct ui_question question;
    struct ui_secret secret;
    unsigned long generations[HW_SOURCE_COUNT], cost_generation;
    int rows, cols;
    bool dirty, ended, jumping, identified, deploying, executing, watched;
    bool asking;      /* the question that lies over the page is the host's */
    bool pasted_line; /* a pasted line ended; a blank is due if another follows */
    int64_t ticked_ms;
    int64_t (*now_ms)(void);
    void (*flush)(void *data);
    void *flush_data;
    bool (*copy)(void *data, const char *text, size_t n);
    void *copy_data;
};

const struct ui_page_class *ui_app_class(const struct ui_app *app);
struct ui_page *ui_app_page(const struct ui_app *app);
struct ui_layout ui_app_layout(const struct ui_app *app);
/* What the page offers and what the frame adds. Returns the count (at most UI_OFFERS_MAX). */
size_t ui_app_offers(struct ui_app *app, struct ui_offer offers[UI_OFFERS_MAX]);
void ui_app_show(struct ui_app *app, enum hw_page_id page, const char *key);
enum ui_page_state ui_app_state(const struct ui_app *app, enum hw_page_id page);

/* app_overlay.c */
void ui_overlay_open(struct ui_app *app, enum ui_overlay overlay);
void ui_overlay_close(struct ui_app *app);
void ui_overlay_key(struct ui_app *app, uint32_t code);
void ui_overlay_draw(struct ui_app *app, struct ui_area content);
size_t ui_overlay_offers(const struct ui_app *app, struct ui_offer offers[UI_OFFERS_MAX]);
bool ui_overlay_covers(const struct ui_app *app); /* nothing of the page is seen */
void ui_overlay_save(struct ui_app *app);         /* saves, or asks where to */
/* The lower part of the page, parted by a rule; the page stays in view above. */
struct ui_area ui_overlay_lower_part(struct ui_area content, int rows);

/* app_secret.c */
void ui_secret_close(struct ui_app *app);
void ui_secret_key(struct ui_app *app, uint32_t code);
void ui_secret_draw(struct ui_app *app, struct ui_area content);
size_t ui_secret_offers(const struct ui_app *app, struct ui_offer offers[UI_OFFERS_MAX]);
void ui_secret_result(struct ui_app *app, const struct hw_ev_result *result);

#endif
