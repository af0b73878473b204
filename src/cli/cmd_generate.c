/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/cli.h"
#include "model/cluster_yaml.h"
#include "template/generate.h"
#include "template/lint.h"

static void on_lint(void *data, const char *id, enum hw_severity severity, const char *file,
                    const char *message)
{
    struct hw_cli *cli = data;
    hw_auto_text text = hw_format("%s: %s", file, message);
    hw_cli_tell(cli, &(struct hw_event){.type = HW_EV_CHECK,
                                        .u.check = {.id = id,
                                                    .severity = severity,
                                                    .status = HW_CHECK_FAIL,
                                                    .message = text,
                                                    .field = "",
                                                    .remedy = ""}});
}

/* What AWS would refuse is not written. */
static bool look_at(struct hw_cli *cli, const struct hw_fileset *files, struct hw_err *err)
{
    size_t errors = hw_lint_fileset(files, on_lint, cli);
    if (errors == 0)
        return true;
    hw_fail(err, HW_ERR_CHECK,
            P_("%zu error in the templates; nothing was written",
               "%zu errors in the templates; nothing was written", errors),
            errors);
    return hw_err_next(err, _("See the causes with: hpcwiz check --offline %s"),
                       cli->options->args.items[0]);
}

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
              look_at(cli, &files, &err) && hw_generate_write(&files, folder, &err);
    hw_cluster_free(cluster);
    if (!ok)
        return hw_cli_result(cli, &err, NULL);
    hw_auto_text detail = hw_format("{\"files\":%zu}", files.count);
    return hw_cli_ok(cli, detail,
                     P_("%zu file written to %s", "%zu files written to %s", files.count),
                     files.count, folder);
}
