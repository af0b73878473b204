/* SPDX-License-Identifier: Apache-2.0 */
#include "template/generate.h"

#include <jansson.h>

#include "base/text.h"
#include "model/cluster_yaml.h"
#include "template/assemble.h"
#include "template/fileset.h"

/* What is copied as it is. own_sql: only where the databases have a node of their own. */
static const struct copy {
    const char *source, *path;
    bool own_sql;
} copies[] = {
    {"powershell/lib.ps1", "scripts/lib.ps1", false},
    {"powershell/hpc.ps1", "scripts/hpc.ps1", false},
    {"powershell/database.ps1", "scripts/database.ps1", false},
    {"powershell/sql.ps1", "scripts/sql.ps1", true},
    {"powershell/head.ps1", "scripts/head.ps1", false},
    {"powershell/media.ps1", "scripts/media.ps1", false},
    {"powershell/approve.ps1", "scripts/approve.ps1", false},
    {"powershell/compute.ps1", "scripts/compute.ps1", false},
    {"sql/databases.sql", "scripts/sql/databases.sql", true},
    {"sql/backup.sql", "scripts/sql/backup.sql", true},
    {"sql/logins.sql", "scripts/sql/logins.sql", false},
    {"packer/common.pkr.hcl", "packer/common.pkr.hcl", false},
    {"packer/sql.pkr.hcl", "packer/sql.pkr.hcl", true},
    {"packer/head.pkr.hcl", "packer/head.pkr.hcl", false},
    {"packer/compute.pkr.hcl", "packer/compute.pkr.hcl", false},
    {"packer/scripts/tools.ps1", "packer/scripts/tools.ps1", false},
    {"powershell/media.ps1", "packer/scripts/media.ps1", false},
    {"packer/scripts/finish.ps1", "packer/scripts/finish.ps1", false},
    {"packer/scripts/winrm.txt", "packer/scripts/winrm.txt", false},
};

static void add_text(struct hw_fileset *set, const char *path, struct hw_buf *text, mode_t mode)
{
    struct hw_file file = {.path = hw_strdup(path), .size = text->len, .mode = mode};
    file.bytes = hw_buf_take(text);
    hw_fileset_take(set, &file);
}

static bool add_copies(struct hw_fileset *set, const struct hw_cluster *cluster, struct hw_err *err)
{
    bool own = !hw_cluster_sql_local(cluster);
    for (size_t i = 0; i < HW_COUNT(copies); i++) {
        hw_auto(hw_buf) text = HW_BUF(HW_MAX_TEMPLATE);
        if (copies[i].own_sql && !own)
            continue;
        if (!hw_assemble_copy(copies[i].source, &text, err))
            return false;
        add_text(set, copies[i].path, &text, 0644);
    }
    return true;
}

/* Takes root over. */
static bool add_json(struct hw_fileset *set, const char *path, json_t *root, struct hw_err *err)
{
    hw_auto(hw_buf) text = HW_BUF(HW_MAX_TEMPLATE);
    char *dumped = root ? json_dumps(root, JSON_INDENT(2)) : NULL;
    json_decref(root);
    if (!dumped)
        return hw_fail(err, HW_ERR_INPUT, _("cannot write '%s': a value is not UTF-8"), path);
    hw_buf_print(&text, "%s\n", dumped);
    free(dumped);
    add_text(set, path, &text, 0644);
    return true;
}

/* The form that `aws cloudformation create-change-set --parameters file://` takes. */
static bool add_parameters(struct hw_fileset *set, const struct hw_stack *stack, struct hw_err *err)
{
    hw_auto_text path =
        hw_format("%.*s.parameters.json", (int)strcspn(stack->file, "."), stack->file);
    json_t *root = json_array();
    for (size_t i = 0; i < stack->count; i++) {
        hw_auto_text value = hw_stack_parameter_mark(&stack->parameters[i]);
        json_t *item = json_pack("{s:s, s:s}", "ParameterKey", stack->parameters[i].name,
                                 "ParameterValue", value);
        if (json_array_append_new(root, item) != 0) {
            json_decref(root);
            return hw_fail(err, HW_ERR_INPUT, _("the value of '%s' is not UTF-8"),
                           stack->parameters[i].name);
        }
    }
    return add_json(set, path, root, err);
}

/* Stack tags, in the form of --tags file://. */
static bool add_tags(struct hw_fileset *set, const struct hw_cluster *cluster, struct hw_err *err)
{
    const struct hw_strv *tags = hw_cluster_list(cluster, "tags");
    json_t *root = json_array();
    json_array_append_new(root, json_pack("{s:s, s:s}", "Key", HW_CLUSTER_TAG, "Value",
                                          hw_cluster_get(cluster, "cluster")));
    for (size_t i = 0; i < tags->count; i++) {
        size_t n = strcspn(tags->items[i], "=");
        hw_auto_text key = hw_strndup(tags->items[i], n);
        const char *value = tags->items[i] + n + (tags->items[i][n] == '=');
        json_array_append_new(root, json_pack("{s:s, s:s}", "Key", key, "Value", value));
    }
    return add_json(set, "tags.json", root, err);
}

static json_t *text_list(const struct hw_strv *list)
{
    json_t *root = json_array();
    for (size_t i = 0; i < list->count; i++)
        json_array_append_new(root, json_string(list->items[i]));
    return root;
}

static bool add_packer_values(struct hw_fileset *set, const struct hw_cluster *cluster,
                              struct hw_err *err)
{
    const struct hw_strv *subnets = hw_cluster_list(cluster, "network.subnets");
    const char *media = hw_cluster_get(cluster, "hpc_pack.media");
    hw_auto_text folder = hw_format("%s%s", media, hw_text_ends(media, "/") ? "" : "/");
    json_t *root = json_pack(
        "{s:s, s:s, s:s, s:s, s:o}", "cluster", hw_cluster_get(cluster, "cluster"), "region",
        hw_cluster_get(cluster, "region"), "subnet", subnets->count ? subnets->items[0] : "",
        "media", folder, "access_from", text_list(hw_cluster_list(cluster, "access.from")));
    return add_json(set, "packer/cluster.auto.pkrvars.json", root, err);
}

static bool add_shell(struct hw_fileset *set, const struct hw_cluster *cluster,
                      const struct hw_stacks *stacks, struct hw_err *err)
{
    static const char *const names[] = {"deploy.sh", "destroy.sh"};
    for (size_t i = 0; i < HW_COUNT(names); i++) {
        hw_auto(hw_buf) text = HW_BUF(HW_MAX_TEMPLATE);
        hw_auto_text source = hw_format("shell/%s", names[i]);
        if (!hw_assemble_shell(cluster, source, stacks, &text, err))
            return false;
        add_text(set, names[i], &text, 0755);
    }
    return true;
}

static bool add_templates(struct hw_fileset *set, const struct hw_cluster *cluster,
                          const struct hw_stacks *stacks, struct hw_err *err)
{
    HW_CLEANUP(hw_tpl_done) struct hw_tpl tpl = {0};
    const char *loaded = "";
    size_t group = 0;
    for (size_t i = 0; i < stacks->count; i++) {
        const struct hw_stack *stack = &stacks->items[i];
        hw_auto_text source = hw_format("cloudformation/%s.yaml", stack->role);
        struct hw_file file = {0};
        if (strcmp(loaded, stack->role) != 0) {
            hw_tpl_done(&tpl);
            if (!hw_tpl_load(source, &tpl, err))
                return false;
            loaded = stack->role;
        }
        if (!hw_assemble_template(cluster, group, &tpl, &file, err))
            return hw_wrap(err, "%s", source);
        file.path = hw_strdup(stack->file);
        hw_fileset_take(set, &file);
        if (!add_parameters(set, stack, err))
            return false;
        if (strcmp(stack->role, "compute") == 0)
            group++;
    }
    return true;
}

static bool generate(const struct hw_cluster *cluster, struct hw_span source,
                     struct hw_fileset *set, struct hw_err *err)
{
    HW_CLEANUP(hw_stacks_done) struct hw_stacks stacks = {0};
    return hw_template_stacks(cluster, &stacks, err) && add_templates(set, cluster, &stacks, err) &&
           add_copies(set, cluster, err) && add_tags(set, cluster, err) &&
           add_packer_values(set, cluster, err) && add_shell(set, cluster, &stacks, err) &&
           hw_fileset_manifest(set, hw_cluster_get(cluster, "cluster"), source, err);
}

bool hw_generate_from(const struct hw_cluster *cluster, struct hw_span source,
                      struct hw_fileset *ret, struct hw_err *err)
{
    hw_auto_text missing = hw_cluster_first_missing(cluster);
    if (missing) {
        hw_fail(err, HW_ERR_INPUT, _("'%s' has no value yet"), missing);
        return hw_err_at(err, missing, 0, 0);
    }
    struct hw_fileset set = {0};
    if (!generate(cluster, source, &set, err)) {
        hw_fileset_done(&set);
        return false;
    }
    *ret = set;
    return true;
}

bool hw_generate(const struct hw_cluster *cluster, struct hw_fileset *ret, struct hw_err *err)
{
    hw_auto(hw_buf) text = HW_BUF(HW_MAX_CLUSTER_FILE);
    if (!hw_cluster_print(cluster, false, &text))
        return hw_fail(err, HW_ERR_LIMIT, _("the cluster file is larger than %u bytes"),
                       HW_MAX_CLUSTER_FILE);
    struct hw_span source = {hw_buf_cstr(&text), text.len};
    return hw_generate_from(cluster, source, ret, err);
}
