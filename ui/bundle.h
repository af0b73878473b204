/* SPDX-License-Identifier: Apache-2.0 */
/* The key b of the pages where somebody gives up: what goes into a support bundle, whether names
 * are replaced in it, and where it is written. */
#ifndef UI_BUNDLE_H
#define UI_BUNDLE_H

#include "ui/app.h"

/* Part of a page. */
struct ui_bundle {
    struct ui_app *app; /* NULL: never asked */
    bool collecting;
    bool anonymous;
};

bool ui_bundle_offered(struct ui_app *app); /* the host can write one */
/* Begins to collect; the questions come when it is known what goes in. */
enum ui_result ui_bundle_begin(struct ui_bundle *bundle, struct ui_app *app);
void ui_bundle_event(struct ui_bundle *bundle, const struct hw_event *event);

#endif
