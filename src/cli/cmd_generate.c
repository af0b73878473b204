/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/cli.h"
#include "template/generate.h"

int hw_cmd_generate(struct hw_cli *cli)
{
    const char *folder = cli->options->output;
    struct hw_err err = {0};
    if (!folder) {
        hw_fail(&err, HW_ERR_USAGE, "%s", _("generate needs a folder: -o DIR"));
        return hw_cli_result(cli, &err, NULL);
    }
    struct hw_cluster *cluster = hw_cli_cluster(cli);
    if (!cluster)
        return 2;
    hw_auto(hw_fileset) files = {0};
    bool ok = hw_generate(cluster, &files, &err) && hw_generate_write(&files, folder, &err);
    hw_cluster_free(cluster);
    if (!ok)
        return hw_cli_result(cli, &err, NULL);
    hw_auto_text detail = hw_format("{\"files\":%zu}", files.count);
    return hw_cli_ok(cli, detail,
                     P_("%zu file written to %s", "%zu files written to %s", files.count),
                     files.count, folder);
}
