/* SPDX-License-Identifier: Apache-2.0 */
#include "ui/rescue.h"

#include "base/text.h"

char *ui_rescue_path(const struct hw_cluster *cluster, const char *path)
{
    const char *name = hw_cluster_get(cluster, "cluster");
    return path ? hw_strdup(path) : hw_format("%s-unsaved.yaml", *name ? name : "cluster");
}

bool ui_rescue_error(int signo, const char *rescued, struct hw_err *err)
{
    hw_fail(err, HW_ERR_INTERRUPTED, _("ended by signal %d"), signo);
    if (rescued)
        hw_err_next(err, _("The answers are in %s."), rescued);
    return false;
}
