/* SPDX-License-Identifier: Apache-2.0 */
#include "base/file.h"
#include "cli/cli.h"
#include "model/cluster_yaml.h"

static bool apply(struct hw_cluster *cluster, const struct hw_strv *settings, struct hw_err *err)
{
    for (size_t i = 0; i < settings->count; i++) {
        const char *equals = strchr(settings->items[i], '=');
        if (!equals)
            return hw_fail(err, HW_ERR_USAGE, _("--set takes KEY=VALUE, not '%s'"),
                           settings->items[i]);
        hw_auto_text key = hw_strndup(settings->items[i], (size_t)(equals - settings->items[i]));
        size_t group;
        while (hw_key_group(key, &group) && group == hw_cluster_groups(cluster)) {
            if (!hw_cluster_group_add(cluster, err))
                return false;
        }
        if (!hw_cluster_set(cluster, key, equals + 1, err))
            return hw_wrap(err, "--set %s", settings->items[i]);
    }
    return true;
}

int hw_cmd_new(struct hw_cli *cli)
{
    const char *path = cli->options->args.items[0];
    struct hw_cluster *cluster = hw_cluster_new();
    struct hw_err err = {0};
    bool ok = true;
    if (hw_path_exists(path)) {
        ok = hw_fail(&err, HW_ERR_INPUT, _("'%s' is there already; it is left as it is"), path);
        hw_err_next(&err, "%s", _("Name another file, or remove this one first."));
    }
    ok = ok && apply(cluster, &cli->options->set, &err) &&
         hw_cluster_write(cluster, path, true, &err);
    hw_auto_text missing = ok ? hw_cluster_first_missing(cluster) : NULL;
    hw_cluster_free(cluster);
    if (!ok)
        return hw_cli_result(cli, &err, NULL);
    if (missing)
        return hw_cli_ok(cli, NULL,
                         _("%s written. Fill in what says 'Needed', then: hpcwiz check %s"), path,
                         path);
    return hw_cli_ok(cli, NULL, _("%s written. Next: hpcwiz check %s"), path, path);
}
