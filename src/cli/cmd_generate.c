/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/cli.h"
#include "model/cluster_yaml.h"
#include "template/generate.h"

int hw_cmd_generate(struct hw_cli *cli)
{
    const char *folder = cli->options->output;
    struct hw_err err = {0};
    if (!folder) {
        hw_fail(&err, HW_ERR_USAGE, "%s", _("generate needs a folder: -o DIR"));
        hw_err_next(&err, _("For example: hpcwiz generate %s -o out"), cli->options->args.items[0]);
        return hw_cli_result(cli, &err, NULL);
    }
    const char *path = cli->options->args.items[0];
    struct hw_cluster *cluster = NULL;
    hw_auto(hw_buf) source = HW_BUF(HW_MAX_CLUSTER_FILE);
    hw_auto(hw_fileset) files = {0};
    bool ok = hw_cluster_load(path, false, &source, &cluster, &err) &&
              hw_generate_from(cluster, (struct hw_span){source.data, source.len}, &files, &err) &&
              hw_generate_write(&files, folder, &err);
    hw_cluster_free(cluster);
    if (!ok)
        return hw_cli_result(cli, &err, NULL);
    hw_auto_text detail = hw_format("{\"files\":%zu}", files.count);
    return hw_cli_ok(cli, detail,
                     P_("%zu file written to %s", "%zu files written to %s", files.count),
                     files.count, folder);
}
