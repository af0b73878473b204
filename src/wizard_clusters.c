/* SPDX-License-Identifier: Apache-2.0 */
/* The clusters that the start page lists: of the journals, and of the account alone. */
#include "wizard_parts.h"

#include "base/clock.h"

#define KNOWN_MS 1000 /* the journals are not read for each line that is drawn */

static void forget_known(struct hw_wizard *w)
{
    hw_deploy_list_free(w->known, w->known_count);
    free(w->known_shown);
    w->known = NULL;
    w->known_shown = NULL;
    w->known_count = w->shown_count = 0;
}

void hw_wizard_forget_found(struct hw_wizard *w)
{
    hw_deploy_find_free(w->find);
    hw_deploy_list_free(w->found, w->found_count);
    w->find = NULL;
    w->found = NULL;
    w->found_count = 0;
    hw_replace(&w->found_more, NULL);
    forget_known(w);
}

static void show_known(struct hw_wizard *w, const struct hw_deploy_known *known)
{
    for (size_t i = 0; known->answers && i < w->known_count; i++) {
        if (strcmp(w->known[i].cluster, known->cluster) == 0 &&
            strcmp(w->known[i].region, known->region) == 0)
            return; /* its journal says more */
    }
    w->known_shown[w->shown_count++] = (struct ui_known_deployment){.cluster = known->cluster,
                                                                    .region = known->region,
                                                                    .file = known->file,
                                                                    .state = known->state,
                                                                    .answers = known->answers,
                                                                    .last_ms = known->last_ms};
}

static size_t host_known(void *data, const struct ui_known_deployment **ret)
{
    struct hw_wizard *w = data;
    int64_t now_ms = hw_clock_monotonic_ms();
    if (!w->known_shown || now_ms - w->known_ms >= KNOWN_MS) {
        forget_known(w);
        w->known_ms = now_ms;
        w->known = hw_deploy_list(&w->known_count);
        w->known_shown = hw_alloc((w->known_count + w->found_count + 1) * sizeof *w->known_shown);
        for (size_t i = 0; i < w->known_count; i++)
            show_known(w, &w->known[i]);
        for (size_t i = 0; i < w->found_count; i++)
            show_known(w, &w->found[i]);
    }
    *ret = w->known_shown;
    return w->shown_count;
}

static const char *host_known_more(void *data)
{
    struct hw_wizard *w = data;
    return w->found_more;
}

static void on_find(void *data, struct hw_deploy_known *list, size_t count,
                    const struct hw_err *err)
{
    struct hw_wizard *w = data;
    hw_wizard_forget_found(w);
    w->found = list;
    w->found_count = count;
    if (err)
        w->found_more =
            hw_format(_("Clusters in the account could not be looked for: %s"), err->what);
    ui_app_dirty(w->app);
}

/* Who we are is known: which clusters does the account have? Nobody waits for the answer. */
void hw_wizard_find_clusters(struct hw_wizard *w)
{
    struct hw_aws *aws = hw_session_aws(w->session);
    if (!w->app || !hw_aws_region(aws)[0])
        return;
    hw_wizard_forget_found(w);
    w->found_more = hw_format(_("Looking for clusters in %s…"), hw_aws_region(aws));
    w->find = hw_deploy_find(aws, on_find, w);
    ui_app_dirty(w->app);
}

void hw_wizard_host_clusters(struct ui_host *host)
{
    host->known = host_known;
    host->known_more = host_known_more;
}
