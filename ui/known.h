/* SPDX-License-Identifier: Apache-2.0 */
/* What is known of clusters before anybody looks at them here: from the journals of this machine
 * and from the tags in the account (ui/host.h). */
#ifndef HW_UI_KNOWN_H
#define HW_UI_KNOWN_H

#include "ui/app.h"
#include "ui/surface.h"

/* "running" in the user's language; a state of a newer version as it is. */
const char *ui_known_word(const struct ui_known_deployment *known);
/* Its sign, "●"; NULL: none, of a state of a newer version. */
const char *ui_known_sign(const struct ui_known_deployment *known, enum ui_style *ret_style);

/* It is the cluster that is open: its name, in its Region. */
bool ui_known_is_open(const struct ui_known_deployment *known, const struct ui_app *app);
/* The cluster that is open, when it has been deployed and nothing of that is shown yet; NULL: it
 * has not, or all that this program does is shown. Borrowed until the next call. */
const struct ui_known_deployment *ui_known_here(const struct ui_app *app);
/* What became of it, and what the keys do about it: one sentence of at most 66 columns. */
const char *ui_known_sentence(const struct ui_known_deployment *known);
/* Shows how far the cluster that is open is, on the deploy page. */
enum ui_result ui_known_follow(struct ui_app *app);

#endif
