/* SPDX-License-Identifier: Apache-2.0 */
/* The program must end now: where the answers go, and what is said of it. */
#ifndef UI_RESCUE_H
#define UI_RESCUE_H

#include "base/err.h"
#include "model/cluster.h"

/* "<stem>.yaml", or with a number before the dot the first one that is not there. The caller's. */
char *ui_free_path(const char *stem);
/* The cluster file (path), or where there is none "<cluster>-unsaved.yaml", numbered: nobody can be
 * asked, so no other file is written over. The caller's. */
char *ui_rescue_path(const struct hw_cluster *cluster, const char *path);
/* HW_ERR_INTERRUPTED; rescued: the file with the answers, or NULL. Returns false. */
bool ui_rescue_error(int signo, const char *rescued, struct hw_err *err);

#endif
