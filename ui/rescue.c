/* SPDX-License-Identifier: Apache-2.0 */
#include "ui/rescue.h"

#include "base/file.h"
#include "base/text.h"

enum { NUMBERED_MOST = 99 };

char *ui_free_path(const char *stem)
{
    char *path = hw_format("%s.yaml", stem);
    for (int i = 2; hw_path_exists(path) && i <= NUMBERED_MOST; i++) {
        free(path);
        path = hw_format("%s-%d.yaml", stem, i);
    }
    return path;
}

char *ui_rescue_path(const struct hw_cluster *cluster, const char *path)
{
    const char *name = hw_cluster_get(cluster, "cluster");
    hw_auto_text stem = hw_format("%s-unsaved", *name ? name : "cluster");
    return path ? hw_strdup(path) : ui_free_path(stem);
}

bool ui_rescue_error(int signo, const char *rescued, struct hw_err *err)
{
    hw_fail(err, HW_ERR_INTERRUPTED, _("ended by signal %d"), signo);
    if (rescued)
        hw_err_next(err, _("The answers are in %s."), rescued);
    return false;
}
