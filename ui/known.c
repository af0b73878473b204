/* SPDX-License-Identifier: Apache-2.0 */
#include "ui/known.h"

#include "ui/page_deploy.h"

static const struct state {
    const char *state, *word, *sign;
    enum ui_style style;
    const char *sentence;
} states[] = {
    {"running", N_("running"), "●", UI_WAIT,
     N_("It is being deployed; Enter shows how far it is.")},
    {"complete", N_("complete"), "✓", UI_GOOD,
     N_("It is deployed; Enter shows it, with its nodes and their logs.")},
    {"failed", N_("failed"), "✗", UI_BAD,
     N_("Its last deployment failed; Enter shows it and why, D tries again.")},
    {"interrupted", N_("interrupted"), "!", UI_WAIT,
     N_("Its deployment was interrupted; Enter shows it, D goes on with it.")},
    {"rolled-back", N_("rolled back"), "!", UI_WAIT,
     N_("Its last deployment was rolled back; Enter shows what is there.")},
    {"deleted", N_("deleted"), "-", UI_DIM,
     N_("It, or a stack of it, was deleted; Enter shows what is there.")},
};

/* NULL: a state of a newer version. */
static const struct state *state_of(const struct ui_known_deployment *known)
{
    for (size_t i = 0; i < HW_COUNT(states); i++) {
        if (strcmp(states[i].state, known->state) == 0)
            return &states[i];
    }
    return NULL;
}

const char *ui_known_word(const struct ui_known_deployment *known)
{
    const struct state *state = state_of(known);
    return state ? _(state->word) : known->state;
}

const char *ui_known_sign(const struct ui_known_deployment *known, enum ui_style *ret_style)
{
    const struct state *state = state_of(known);
    *ret_style = state ? state->style : UI_NORMAL;
    return state ? state->sign : NULL;
}

bool ui_known_is_open(const struct ui_known_deployment *known, const struct ui_app *app)
{
    const struct hw_cluster *cluster = ui_app_cluster((struct ui_app *)app);
    return strcmp(known->cluster, hw_cluster_get(cluster, "cluster")) == 0 &&
           strcmp(known->region, hw_cluster_get(cluster, "region")) == 0;
}

const struct ui_known_deployment *ui_known_here(const struct ui_app *app)
{
    const struct ui_host *host = ui_app_host(app);
    const struct ui_known_deployment *known = NULL;
    size_t count = ui_app_watched(app) || !host->known ? 0 : host->known(host->data, &known);
    for (size_t i = 0; i < count; i++) {
        if (ui_known_is_open(&known[i], app))
            return state_of(&known[i]) ? &known[i] : NULL;
    }
    return NULL;
}

const char *ui_known_sentence(const struct ui_known_deployment *known)
{
    const struct state *state = state_of(known);
    return state ? _(state->sentence) : "";
}

enum ui_result ui_known_follow(struct ui_app *app)
{
    const struct ui_host *host = ui_app_host(app);
    struct hw_err err = {0};
    if (!host->follow || !host->follow(host->data, ui_app_cluster(app), &err)) {
        ui_app_error(app, &err);
        return UI_STAY;
    }
    ui_app_watch(app);
    return ui_app_goto(app, HW_PAGE_DEPLOY, UI_DEPLOY_FOLLOW);
}
