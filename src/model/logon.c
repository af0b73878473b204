/* SPDX-License-Identifier: Apache-2.0 */
#include "model/logon.h"

static void add_list(const struct hw_strv *list, struct hw_buf *out)
{
    for (size_t i = 0; list && i < list->count; i++)
        hw_buf_print(out, "%s%s", i ? ", " : "", list->items[i]);
}

static void add_desktop(const struct hw_cluster *cluster, struct hw_buf *out)
{
    hw_auto(hw_buf) from = HW_BUF(HW_MAX_TEXT);
    const char *address = hw_cluster_get(cluster, "network.head_address");
    add_list(hw_cluster_list(cluster, "access.from"), &from);
    hw_buf_print(out, _("Head node: Remote Desktop to headnode.%s"),
                 hw_cluster_get(cluster, "network.zone_name"));
    if (*address)
        hw_buf_print(out, " (%s)", address);
    hw_buf_print(out, _(", open to %s\n"), hw_buf_cstr(&from));
}

/* The setup account is made an administrator of the node, and HPC Pack makes it one of the
 * cluster. */
static void add_administrators(const struct hw_cluster *cluster, struct hw_buf *out)
{
    hw_auto(hw_buf) who = HW_BUF(HW_MAX_TEXT);
    add_list(hw_cluster_list(cluster, "hpc_pack.administrators"), &who);
    if (!who.len)
        hw_buf_print(out, _("HPC Cluster Manager, there: as the account of %s\n"),
                     hw_cluster_get(cluster, "secrets.service_username"));
    else
        hw_buf_print(out, _("HPC Cluster Manager, there: as %s, or the account of %s\n"),
                     hw_buf_cstr(&who), hw_cluster_get(cluster, "secrets.service_username"));
}

void hw_logon_words(const struct hw_cluster *cluster, const char *instance, struct hw_buf *out)
{
    const char *pair = hw_cluster_get(cluster, "access.key_pair");
    const struct hw_strv *from = hw_cluster_list(cluster, "access.from");
    if (!*pair || !*hw_cluster_get(cluster, "network.zone_name") || !from || !from->count)
        return;
    add_desktop(cluster, out);
    hw_buf_print(out,
                 _("Password of its Administrator: aws ec2 get-password-data --region %s "
                   "--instance-id %s --priv-launch-key %s.pem\n"),
                 hw_cluster_get(cluster, "region"), instance && *instance ? instance : "i-…", pair);
    add_administrators(cluster, out);
}
