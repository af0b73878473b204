/* SPDX-License-Identifier: Apache-2.0 */
/* What the account says of who asks, of permissions, media, secrets and stacks. */
#include "base/clock.h"
#include "check/account.h"
#include "secrets/parameters.h"

/* ---- Who asks ---- */

void hw_judge_credentials(struct hw_check_run *run)
{
    const json_t *told = json_array_get(hw_told(run, HW_TOPIC_IDENTITY), 0);
    const char *error = hw_told_text(told, "error"), *next = hw_told_text(told, "next");
    if (*error)
        hw_found(run, "account.credentials", "region", *next ? next : NULL, "%s", error);
    if (!*run->arn)
        return;
    struct hw_event event = {
        .type = HW_EV_IDENTITY,
        .u.identity = {.account = run->account,
                       .arn = run->arn,
                       .region = hw_aws_region(run->aws),
                       .profile = hw_aws_profile(run->aws),
                       .source = hw_aws_credentials_source(run->aws),
                       .expires_ms = hw_aws_credentials_expiry(run->aws)},
    };
    hw_tell(run->report.sink, &event);
}

/* About what a deployment takes, in seconds: the foundation, then each role's installation. */
static int64_t deployment_seconds(const struct hw_check_run *run)
{
    enum { FOUNDATION = 180, SQL = 720, HEAD = 2400, COMPUTE = 1500 };
    return FOUNDATION + (hw_check_sql_own(run) ? SQL : 0) + HEAD + COMPUTE;
}

static void judge_session(struct hw_check_run *run, const char *id)
{
    int64_t end_ms = hw_aws_credentials_person(run->aws);
    int64_t left = (end_ms - hw_clock_wall_ms()) / 1000, needs = deployment_seconds(run);
    if (end_ms && left < needs)
        hw_found(
            run, id, "region",
            _("Sign in again first, or run `hpcwiz deploy FILE` once more when they have ended."),
            _("in %lld min the credentials need a sign-in or a code; a deployment takes about "
              "%lld"),
            (long long)(left > 0 ? left / 60 : 0), (long long)(needs / 60));
}

#define CLOCK_MS (60 * 1000) /* AWS refuses signatures that are 5 minutes off, and Kerberos too */

static void judge_clock(struct hw_check_run *run, const char *id)
{
    int64_t off = hw_aws_clock_off_ms(run->aws);
    if (off > CLOCK_MS || off < -CLOCK_MS)
        hw_found(run, id, NULL, _("Let NTP set it: timedatectl set-ntp true."),
                 off > 0 ? _("the clock of this machine is %lld min slow; hpcwiz corrects that, "
                             "deploy.sh would be refused")
                         : _("the clock of this machine is %lld min fast; hpcwiz corrects that, "
                             "deploy.sh would be refused"),
                 (long long)((off > 0 ? off : -off) / 60000));
}

/* ---- Permissions ---- */

static void denied(struct hw_check_run *run, enum hw_topic topic, struct hw_buf *out)
{
    size_t i;
    json_t *told;
    json_array_foreach(hw_told(run, topic), i, told)
    {
        const char *action = hw_told_text(told, "EvalActionName");
        if (*action && !hw_told_is(told, "EvalDecision", "allowed"))
            hw_buf_print(out, "%s%s", out->len ? ", " : "", action);
    }
}

static void judge_permissions(struct hw_check_run *run, const char *id)
{
    hw_auto(hw_buf) actions = HW_BUF(HW_MAX_VALUE);
    denied(run, HW_TOPIC_CALLER, &actions);
    if (actions.len)
        hw_found(run, id, "region", _("Ask whoever manages the account to allow them."),
                 _("by their policies you may not do this on every resource: %s"),
                 hw_buf_cstr(&actions));
}

static void judge_node_permissions(struct hw_check_run *run, const char *id)
{
    size_t i;
    json_t *told;
    json_array_foreach(hw_told(run, HW_TOPIC_NODES), i, told)
    {
        size_t role = (size_t)json_integer_value(json_object_get(told, "_at")) / HW_NODE_NEEDS * 2;
        const char *action = hw_told_text(told, "EvalActionName");
        if (hw_told_is(told, "EvalDecision", "allowed") || role >= run->policies.count)
            continue;
        hw_found(run, id,
                 hw_text_starts(action, "s3:") ? "hpc_pack.media" : "secrets.service_password",
                 _("Choose a resource of this account and Region."),
                 _("%s will not be allowed %s on %s"), run->policies.items[role], action,
                 hw_told_text(told, "EvalResourceName"));
    }
}

/* ---- Media and bucket ---- */

static void judge_media(struct hw_check_run *run, const char *id)
{
    const char *media = hw_check_get(run, "hpc_pack.media");
    const char *error = hw_told_text(json_array_get(hw_told(run, HW_TOPIC_MEDIA), 0), "error");
    bool found = false, any = false;
    size_t i;
    json_t *object;
    json_array_foreach(hw_told(run, HW_TOPIC_MEDIA), i, object)
    {
        const char *name = hw_told_text(object, "Key");
        size_t length = strlen(name);
        any = any || *name;
        found = found || (length >= 9 && strcasecmp(name + length - 9, "setup.exe") == 0) ||
                hw_text_ends(name, ".zip");
    }
    if (strcmp(error, "PermanentRedirect") == 0 ||
        strcmp(error, "AuthorizationHeaderMalformed") == 0)
        return; /* hpc.media-region says it */
    if (*error)
        hw_found(run, id, "hpc_pack.media", _("Correct the name, or make the bucket."),
                 _("there is no bucket for %s"), media);
    else if (!found)
        hw_found(run, id, "hpc_pack.media",
                 _("Upload the HPC Pack package there, unpacked or as zip."),
                 any ? _("%s has neither setup.exe nor a zip file") : _("%s is empty"), media);
}

/* An empty answer stands for us-east-1 and "EU" for eu-west-1 (S3 API, GetBucketLocation). */
static void judge_place(struct hw_check_run *run, const char *id, enum hw_topic topic,
                        const char *key)
{
    const json_t *told = json_array_get(hw_told(run, topic), 0);
    const char *where = hw_told_text(told, "value"), *error = hw_told_text(told, "error");
    const char *region = hw_check_get(run, "region");
    if (!told)
        return;
    where = !*where ? "us-east-1" : strcmp(where, "EU") == 0 ? "eu-west-1" : where;
    if (strcmp(error, "NoSuchBucket") == 0)
        hw_found(run, id, key, _("Correct the name, or make the bucket."),
                 _("%s: there is no bucket %s"), key, hw_check_get(run, key));
    else if (!*error && strcmp(where, region) != 0)
        hw_found(run, id, key, _("Use a bucket of the cluster's Region."),
                 _("%s: the bucket of %s is in %s, the cluster in %s"), key, hw_check_get(run, key),
                 where, region);
}

static void judge_media_region(struct hw_check_run *run, const char *id)
{
    const json_t *told = json_array_get(hw_told(run, HW_TOPIC_MEDIA_PLACE), 0);
    if (!hw_told_is(told, "error", "NoSuchBucket"))
        judge_place(run, id, HW_TOPIC_MEDIA_PLACE, "hpc_pack.media");
}

static void judge_bucket(struct hw_check_run *run, const char *id)
{
    judge_place(run, id, HW_TOPIC_BUCKET, "deploy.bucket");
}

/* ---- Secrets ---- */

struct each {
    struct hw_check_run *run;
    const char *id;
    size_t count;       /* found so far */
    const char *first;  /* key of the first */
    struct hw_buf *out; /* labels */
};

static const json_t *parameter_of(const struct hw_check_run *run, const char *key)
{
    return hw_told_find(run, HW_TOPIC_PARAMETERS, "Name", hw_check_get(run, key));
}

static void look_exists(void *data, const char *key, const struct hw_field *field)
{
    struct each *each = data;
    if (field->type == HW_TYPE_NAME_OF_SECRET && !parameter_of(each->run, key))
        hw_found(each->run, each->id, key,
                 _("Make it on the Secrets page, or with: hpcwiz secret FILE KEY"),
                 _("%s: there is no parameter %s"), key, hw_check_get(each->run, key));
}

static void look_type(void *data, const char *key, const struct hw_field *field)
{
    struct each *each = data;
    const json_t *told =
        field->type == HW_TYPE_NAME_OF_SECRET ? parameter_of(each->run, key) : NULL;
    const char *type = hw_told_text(told, "Type");
    if (told && strcmp(type, "SecureString") != 0 && hw_text_ends(key, "password"))
        hw_found(each->run, each->id, key, _("Delete it and make it again as SecureString."),
                 _("%s: %s is a %s: the password is not encrypted"), key,
                 hw_check_get(each->run, key), type);
    else if (told && strcmp(type, "StringList") == 0)
        hw_found(each->run, each->id, key, _("Name a parameter with one value."),
                 _("%s: %s is a StringList, not one value"), key, hw_check_get(each->run, key));
}

static void look_key(void *data, const char *key, const struct hw_field *field)
{
    struct each *each = data;
    const json_t *told =
        field->type == HW_TYPE_NAME_OF_SECRET ? parameter_of(each->run, key) : NULL;
    size_t i;
    json_t *state;
    json_array_foreach(hw_told(each->run, HW_TOPIC_KEYS), i, state)
    {
        const json_t *asked =
            json_array_get(hw_told(each->run, HW_TOPIC_PARAMETERS),
                           (size_t)json_integer_value(json_object_get(state, "_at")));
        if (!told || !hw_told_is(told, "KeyId", hw_told_text(asked, "KeyId")) ||
            hw_told_is(state, "KeyState", "Enabled"))
            continue;
        hw_found(each->run, each->id, key, _("Enable the key, or make the parameter with another."),
                 _("%s: the key of %s is %s: nodes cannot read it"), key,
                 hw_check_get(each->run, key), hw_told_text(state, "KeyState"));
    }
}

/* The value is never read. One that hpcwiz made carries the pattern that it was held to; SSM holds
 * each new value to it. */
static void look_safe(void *data, const char *key, const struct hw_field *field)
{
    struct each *each = data;
    const json_t *told =
        field->type == HW_TYPE_NAME_OF_SECRET ? parameter_of(each->run, key) : NULL;
    if (!told || !hw_text_ends(key, "password") ||
        hw_secret_pattern_known(hw_told_text(told, "AllowedPattern")))
        return;
    each->first = each->first ? each->first : key;
    hw_buf_print(each->out, "%s%s", each->count++ ? ", " : "", hw_check_get(each->run, key));
}

static void judge_exist(struct hw_check_run *run, const char *id)
{
    hw_cluster_each(run->cluster, look_exists, &(struct each){.run = run, .id = id});
}

static void judge_type(struct hw_check_run *run, const char *id)
{
    hw_cluster_each(run->cluster, look_type, &(struct each){.run = run, .id = id});
}

static void judge_key(struct hw_check_run *run, const char *id)
{
    hw_cluster_each(run->cluster, look_key, &(struct each){.run = run, .id = id});
}

static void judge_safe(struct hw_check_run *run, const char *id)
{
    hw_auto(hw_buf) names = HW_BUF(HW_MAX_VALUE);
    struct each each = {.run = run, .id = id, .out = &names};
    hw_cluster_each(run->cluster, look_safe, &each);
    if (each.count)
        hw_found(run, id, each.first,
                 _("Make sure that they have none of ; ' \" { } = and no blank at an end."),
                 _("hpcwiz reads no password and did not make these, so it cannot tell whether "
                   "they break a connection string: %s"),
                 hw_buf_cstr(&names));
}

/* ---- Stacks ---- */

/* What is to be done with a stack in a dead end; NULL: it is in none. One in REVIEW_IN_PROGRESS is
 * empty, and deployed as if it were not there. */
static const char *way_out(const char *status)
{
    static const char *const never_whole[] = {"ROLLBACK_COMPLETE", "ROLLBACK_FAILED",
                                              "CREATE_FAILED", "DELETE_FAILED"};
    for (size_t i = 0; i < HW_COUNT(never_whole); i++) {
        if (strcmp(status, never_whole[i]) == 0)
            return _("Delete it and make it again: hpcwiz deploy FILE --retry. Or only delete the "
                     "stacks: hpcwiz destroy FILE");
    }
    return strcmp(status, "UPDATE_ROLLBACK_FAILED") == 0
               ? _("Continue its rollback: hpcwiz rollback FILE")
               : NULL;
}

static void judge_stacks(struct hw_check_run *run, const char *id)
{
    size_t i;
    json_t *told;
    json_array_foreach(hw_told(run, HW_TOPIC_STACKS), i, told)
    {
        const char *name = hw_told_text(told, "StackName");
        const char *status = hw_told_text(told, "StackStatus"), *way = way_out(status);
        if (way)
            hw_found(run, id, "cluster", way, _("stack %s is left in %s of an earlier failure"),
                     name, status);
        if (hw_text_starts(status, "DELETE_IN_PROGRESS"))
            hw_found(run, id, "cluster", _("Wait until it is gone."),
                     _("stack %s is just being deleted"), name);
    }
}

/* A stack of our name that hpcwiz did not make carries no tag of ours. */
static void judge_owner(struct hw_check_run *run, const char *id)
{
    size_t i, t;
    json_t *told, *tag;
    json_array_foreach(hw_told(run, HW_TOPIC_STACKS), i, told)
    {
        bool ours = hw_told_is(told, "StackStatus", "REVIEW_IN_PROGRESS");
        json_array_foreach(json_object_get(told, "Tags"), t, tag)
        {
            ours = ours || hw_told_is(tag, "Key", HW_CLUSTER_TAG);
        }
        if (!ours)
            hw_found(
                run, id, "cluster", _("Choose another name for the cluster."),
                _("there is a stack %s already that hpcwiz did not make; it would be replaced"),
                hw_told_text(told, "StackName"));
    }
}

static bool is_own_stack(const struct hw_check_run *run, const char *stack_id)
{
    hw_auto_text prefix = hw_format(":stack/%s-", hw_check_get(run, "cluster"));
    return strstr(stack_id, prefix) != NULL;
}

static void judge_exports(struct hw_check_run *run, const char *id)
{
    static const char *const names[] = {
        "AccessSecurityGroup", "NodeSecurityGroup", "HeadSecurityGroup",
        "SqlSecurityGroup",    "SqlProfile",        "HeadProfile",
        "ComputeProfile",      "LogConfig",         "SqlServer"};
    for (size_t n = 0; n < HW_COUNT(names); n++) {
        hw_auto_text name = hw_format("%s-%s", hw_check_get(run, "cluster"), names[n]);
        const json_t *told = hw_told_find(run, HW_TOPIC_EXPORTS, "Name", name);
        if (told && !is_own_stack(run, hw_told_text(told, "ExportingStackId")))
            hw_found(run, id, "cluster", _("Choose another name for the cluster."),
                     _("the export %s is taken by %s"), name,
                     hw_told_text(told, "ExportingStackId"));
    }
}

static void judge_bodies(struct hw_check_run *run, const char *id)
{
    size_t i;
    json_t *told;
    json_array_foreach(hw_told(run, HW_TOPIC_BODIES), i, told)
    {
        size_t at = (size_t)json_integer_value(json_object_get(told, "_at"));
        if (*hw_told_text(told, "message"))
            hw_found(run, id, NULL, _("This is a fault of hpcwiz; please report it."), "%s: %s",
                     run->stacks.items[at].file, hw_told_text(told, "message"));
    }
}

#define ON(topic) HW_TOPIC_BIT(HW_TOPIC_##topic)

const struct hw_judgement hw_judge_account[] = {
    {"account.session", ON(IDENTITY), judge_session},
    {"account.clock", ON(IDENTITY), judge_clock},
    {"account.permissions", ON(IDENTITY) | ON(CALLER_ROLE) | ON(CALLER), judge_permissions},
    {"account.node-permissions", ON(IDENTITY) | ON(NODES), judge_node_permissions},
    {"hpc.media", ON(MEDIA), judge_media},
    {"hpc.media-region", ON(MEDIA_PLACE), judge_media_region},
    {"deploy.bucket-place", ON(BUCKET), judge_bucket},
    {"secrets.exist", ON(PARAMETERS), judge_exist},
    {"secrets.type", ON(PARAMETERS), judge_type},
    {"secrets.key", ON(PARAMETERS) | ON(KEYS), judge_key},
    {"secrets.safe", ON(PARAMETERS), judge_safe},
    {"deploy.stacks", ON(STACKS), judge_stacks},
    {"deploy.owner", ON(STACKS), judge_owner},
    {"deploy.exports", ON(EXPORTS), judge_exports},
    {"template.accepted", ON(BODIES), judge_bodies},
    {NULL, 0, NULL},
};
