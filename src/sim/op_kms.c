/* SPDX-License-Identifier: Apache-2.0 */
/* As much of KMS as tells which keys there are and whether they can be used (KMS API reference). */
#include "sim/call.h"

#include "base/mem.h"
#include "base/text.h"

static void key_arn(const struct sim_call *call, const json_t *key, json_t *out, const char *member)
{
    sim_put(out, member, "arn:aws:kms:%s:%s:key/%s", call->region, sim_cloud_account(call->cloud),
            sim_text(key, "KeyId"));
}

/* By id, ARN or alias. */
static json_t *need_key(struct sim_call *call)
{
    const char *id = sim_need(call, "KeyId");
    const json_t *keys = json_object_get(call->cloud->state, "kms_keys");
    if (!id)
        return NULL;
    const char *slash = hw_text_starts(id, "arn:") ? strstr(id, ":key/") : NULL;
    json_t *key = sim_find(keys, hw_text_starts(id, "alias/") ? "alias" : "KeyId",
                           slash ? slash + strlen(":key/") : id);
    if (!key)
        sim_refuse(call, 400, "NotFoundException", "Key '%s' does not exist", id);
    return key;
}

static void describe_key(struct sim_call *call)
{
    json_t *key = need_key(call);
    if (!key)
        return;
    const char *state = sim_text(key, "KeyState");
    json_t *shown = json_object();
    json_object_set_new(call->out, "KeyMetadata", shown);
    sim_copy(shown, key, "KeyId");
    sim_copy(shown, key, "KeyManager");
    key_arn(call, key, shown, "Arn");
    sim_put(shown, "KeyState", "%s", *state ? state : "Enabled");
    sim_put_bool(shown, "Enabled", !*state || strcmp(state, "Enabled") == 0);
    sim_put(shown, "KeyUsage", "ENCRYPT_DECRYPT");
}

static void list_aliases(struct sim_call *call)
{
    static const struct sim_page page = {"Aliases", "Limit", "Marker", "NextMarker", 50, 100};
    json_t *list = json_array();
    size_t i;
    json_t *key;
    json_array_foreach(json_object_get(call->cloud->state, "kms_keys"), i, key)
    {
        json_t *alias = json_object();
        sim_put(alias, "AliasName", "%s", sim_text(key, "alias"));
        sim_put(alias, "AliasArn", "arn:aws:kms:%s:%s:%s", call->region,
                sim_cloud_account(call->cloud), sim_text(key, "alias"));
        sim_put(alias, "TargetKeyId", "%s", sim_text(key, "KeyId"));
        json_array_append_new(list, alias);
    }
    if (sim_page(call, list, &page))
        sim_put_bool(call->out, "Truncated", *sim_text(call->out, "NextMarker") != '\0');
}

static void get_key_policy(struct sim_call *call)
{
    json_t *key = need_key(call);
    if (key)
        sim_put(call->out, "Policy", "%s", sim_text(key, "policy"));
}

static void list_grants(struct sim_call *call)
{
    if (!need_key(call))
        return;
    sim_list(call->out, "Grants");
    sim_put_bool(call->out, "Truncated", false);
}

static const struct sim_op OPERATIONS[] = {
    {"DescribeKey", NULL, describe_key, NULL},
    {"ListAliases", NULL, list_aliases, NULL},
    {"GetKeyPolicy", NULL, get_key_policy, NULL},
    {"ListGrants", NULL, list_grants, NULL},
    {NULL, NULL, NULL, NULL},
};

const struct sim_service sim_kms = {"kms", SIM_JSON, "TrentService", OPERATIONS, NULL};
