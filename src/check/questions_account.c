/* SPDX-License-Identifier: Apache-2.0 */
/* What the account is asked of media, secrets, keys, stacks and permissions. Names of parameters
 * and members are those of the API references of the services. */
#include "check/questions.h"

/* ---- S3, SSM and KMS ---- */

static bool fill_media(struct hw_check_run *run, size_t at HW_UNUSED,
                       struct hw_aws_request *request)
{
    hw_auto_text bucket = hw_check_media_bucket(run);
    hw_auto_text folder = hw_check_media_folder(run);
    hw_auto_text path = hw_format("/%s", bucket);
    hw_aws_rest(request, "GET", path);
    hw_aws_param(request, "list-type", "2");
    hw_aws_param(request, "max-keys", "1000");
    hw_aws_param(request, "prefix", folder);
    return *bucket != '\0';
}

/* A bucket that is not there, or that another Region answers for, is an answer. */
static bool bucket_refused(struct hw_check_run *run, enum hw_topic topic, const struct hw_err *err)
{
    if (err->code == HW_ERR_AUTH || !err->service_code[0])
        return false;
    hw_topic_add(run, topic, 0, json_pack("{s:s}", "error", err->service_code));
    return true;
}

static bool media_refused(struct hw_check_run *run, size_t at HW_UNUSED, const struct hw_err *err)
{
    return bucket_refused(run, HW_TOPIC_MEDIA, err);
}

static bool media_place_refused(struct hw_check_run *run, size_t at HW_UNUSED,
                                const struct hw_err *err)
{
    return bucket_refused(run, HW_TOPIC_MEDIA_PLACE, err);
}

static bool upload_refused(struct hw_check_run *run, size_t at HW_UNUSED, const struct hw_err *err)
{
    return bucket_refused(run, HW_TOPIC_BUCKET, err);
}

static bool fill_media_place(struct hw_check_run *run, size_t at HW_UNUSED,
                             struct hw_aws_request *request)
{
    hw_auto_text bucket = hw_check_media_bucket(run);
    hw_auto_text path = hw_format("/%s", bucket);
    hw_aws_rest(request, "GET", path);
    hw_aws_param(request, "location", "");
    return *bucket != '\0';
}

static bool fill_bucket(struct hw_check_run *run, size_t at HW_UNUSED,
                        struct hw_aws_request *request)
{
    const char *bucket = hw_check_get(run, "deploy.bucket");
    hw_auto_text path = hw_format("/%s", bucket);
    hw_aws_rest(request, "GET", path);
    hw_aws_param(request, "location", "");
    return *bucket != '\0';
}

struct named {
    struct hw_check_run *run;
    struct hw_strv *names;
};

static void add_name(void *data, const char *key, const struct hw_field *field)
{
    struct named *named = data;
    const char *name = hw_check_get(named->run, key);
    if (field->type == HW_TYPE_NAME_OF_SECRET && *name && !hw_strv_has(named->names, name))
        hw_strv_add(named->names, name);
}

static bool fill_parameters(struct hw_check_run *run, size_t at HW_UNUSED,
                            struct hw_aws_request *request)
{
    hw_auto(hw_strv) names = {0};
    hw_cluster_each(run->cluster, add_name, &(struct named){run, &names});
    hw_aws_body_json(request, hw_parameters_body(&names));
    return names.count > 0;
}

static bool fill_key(struct hw_check_run *run, size_t at, struct hw_aws_request *request)
{
    const json_t *all = hw_told(run, HW_TOPIC_PARAMETERS);
    const char *key = hw_told_text(json_array_get(all, at), "KeyId");
    bool asked = hw_text_starts(key, "alias/aws/"); /* keys of AWS itself are always usable */
    for (size_t i = 0; i < at && !asked; i++)
        asked = hw_told_is(json_array_get(all, i), "KeyId", key);
    hw_aws_param(request, "KeyId", key);
    return *key && !asked;
}

static bool key_refused(struct hw_check_run *run, size_t at, const struct hw_err *err)
{
    if (err->code != HW_ERR_NOT_FOUND)
        return false;
    hw_topic_add(run, HW_TOPIC_KEYS, at, json_pack("{s:s}", "KeyState", "NotFound"));
    return true;
}

/* ---- Stacks and permissions ---- */

static bool fill_stack(struct hw_check_run *run, size_t at, struct hw_aws_request *request)
{
    hw_aws_param(request, "StackName", run->stacks.items[at].name);
    return true;
}

static bool fill_body(struct hw_check_run *run, size_t at, struct hw_aws_request *request)
{
    const struct hw_file *file = hw_fileset_find(&run->files, run->stacks.items[at].file);
    if (!file || file->size > HW_CFN_BODY_INLINE)
        return false;
    hw_aws_param(request, "TemplateBody", file->bytes);
    return true;
}

static bool body_refused(struct hw_check_run *run, size_t at, const struct hw_err *err)
{
    if (err->code == HW_ERR_AUTH || strcmp(err->service_code, "ValidationError") != 0)
        return false;
    hw_topic_add(run, HW_TOPIC_BODIES, at, json_pack("{s:s}", "message", err->what));
    return true;
}

/* The name of an assumed role: "arn:aws:sts::123456789012:assumed-role/NAME/SESSION". */
static char *role_name(const char *arn)
{
    const char *role = strstr(arn, ":assumed-role/");
    role = role ? role + strlen(":assumed-role/") : "";
    return hw_strndup(role, strcspn(role, "/"));
}

static bool fill_caller_role(struct hw_check_run *run, size_t at HW_UNUSED,
                             struct hw_aws_request *request)
{
    hw_auto_text name = role_name(run->arn);
    hw_aws_param(request, "RoleName", name);
    return *name != '\0';
}

/* What a deployment calls, itself or through CloudFormation. */
static const char *const caller_actions[] = {
    "cloudformation:CreateChangeSet",
    "cloudformation:DescribeChangeSet",
    "cloudformation:ExecuteChangeSet",
    "cloudformation:DeleteChangeSet",
    "cloudformation:DescribeStacks",
    "cloudformation:DescribeStackEvents",
    "cloudformation:DeleteStack",
    "ec2:CreateSecurityGroup",
    "ec2:AuthorizeSecurityGroupIngress",
    "ec2:CreateNetworkInterface",
    "ec2:CreateVolume",
    "ec2:CreateLaunchTemplate",
    "ec2:RunInstances",
    "ec2:CreateTags",
    "ec2:DescribeInstances",
    "ec2:GetPasswordData",
    "autoscaling:CreateAutoScalingGroup",
    "autoscaling:UpdateAutoScalingGroup",
    "autoscaling:DescribeAutoScalingGroups",
    "autoscaling:DescribeScalingActivities",
    "iam:CreateRole",
    "iam:PutRolePolicy",
    "iam:CreateInstanceProfile",
    "iam:AddRoleToInstanceProfile",
    "iam:PassRole",
    "route53:ChangeResourceRecordSets",
    "ssm:GetParameters",
};

static bool fill_caller(struct hw_check_run *run, size_t at HW_UNUSED,
                        struct hw_aws_request *request)
{
    const json_t *role = json_array_get(hw_told(run, HW_TOPIC_CALLER_ROLE), 0);
    const char *source = strstr(run->arn, ":user/") ? run->arn : hw_told_text(role, "Role.Arn");
    hw_aws_param(request, "PolicySourceArn", source);
    for (size_t i = 0; i < HW_COUNT(caller_actions); i++)
        hw_aws_paramf(request, caller_actions[i], "ActionNames.member.%zu", i + 1);
    return *source != '\0';
}

static void add_context(struct hw_aws_request *request, unsigned number, const char *key,
                        const char *value)
{
    hw_aws_paramf(request, key, "ContextEntries.member.%u.ContextKeyName", number);
    hw_aws_paramf(request, "string", "ContextEntries.member.%u.ContextKeyType", number);
    hw_aws_paramf(request, value, "ContextEntries.member.%u.ContextKeyValues.member.1", number);
}

/* Questions about a role: hw_node_need says which action on which resource. */
static bool fill_node(struct hw_check_run *run, size_t at, struct hw_aws_request *request)
{
    size_t role = at / HW_NODE_NEEDS * 2;
    hw_auto(hw_strv) resources = {0};
    const char *action =
        hw_node_need(run, run->policies.items[role], at % HW_NODE_NEEDS, &resources);
    if (!action || !resources.count)
        return false;
    hw_auto_text via = hw_format("ssm.%s.amazonaws.com", hw_check_get(run, "region"));
    hw_aws_param(request, "PolicyInputList.member.1", run->policies.items[role + 1]);
    hw_aws_param(request, "ActionNames.member.1", action);
    for (size_t i = 0; i < resources.count; i++)
        hw_aws_paramf(request, resources.items[i], "ResourceArns.member.%zu", i + 1);
    add_context(request, 1, "kms:ViaService", via);
    return true;
}

const struct hw_first_question hw_first_account[] = {
    {HW_ONCE,
     {.topic = HW_TOPIC_MEDIA,
      .service = HW_AWS_S3,
      .operation = "ListObjectsV2",
      .action = "s3:ListBucket",
      .fill = fill_media,
      .set = "Contents",
      .refused = media_refused}},
    {HW_ONCE,
     {.topic = HW_TOPIC_MEDIA_PLACE,
      .service = HW_AWS_S3,
      .operation = "GetBucketLocation",
      .action = "s3:GetBucketLocation",
      .fill = fill_media_place,
      .set = "",
      .refused = media_place_refused}},
    {HW_ONCE,
     {.topic = HW_TOPIC_BUCKET,
      .service = HW_AWS_S3,
      .operation = "GetBucketLocation",
      .action = "s3:GetBucketLocation",
      .fill = fill_bucket,
      .set = "",
      .refused = upload_refused}},
    {HW_ONCE,
     {.topic = HW_TOPIC_PARAMETERS,
      .service = HW_AWS_SSM,
      .operation = "DescribeParameters",
      .action = "ssm:DescribeParameters",
      .fill = fill_parameters,
      .set = "Parameters",
      .token_in = "NextToken",
      .token_out = "NextToken"}},
    {HW_FOR_STACKS,
     {.topic = HW_TOPIC_STACKS,
      .service = HW_AWS_CLOUDFORMATION,
      .operation = "DescribeStacks",
      .action = "cloudformation:DescribeStacks",
      .fill = fill_stack,
      .set = "Stacks/member",
      .refused = hw_ask_absent}},
    {HW_ONCE,
     {.topic = HW_TOPIC_EXPORTS,
      .service = HW_AWS_CLOUDFORMATION,
      .operation = "ListExports",
      .action = "cloudformation:ListExports",
      .set = "Exports/member",
      .token_in = "NextToken",
      .token_out = "NextToken"}},
    {HW_FOR_STACKS,
     {.topic = HW_TOPIC_BODIES,
      .service = HW_AWS_CLOUDFORMATION,
      .operation = "ValidateTemplate",
      .action = "cloudformation:ValidateTemplate",
      .fill = fill_body,
      .set = "",
      .refused = body_refused}},
    {.question = {.operation = NULL}},
};

const struct hw_check_question hw_question_key = {.topic = HW_TOPIC_KEYS,
                                                  .service = HW_AWS_KMS,
                                                  .operation = "DescribeKey",
                                                  .action = "kms:DescribeKey",
                                                  .fill = fill_key,
                                                  .set = "KeyMetadata",
                                                  .refused = key_refused};
const struct hw_check_question hw_question_caller_role = {.topic = HW_TOPIC_CALLER_ROLE,
                                                          .service = HW_AWS_IAM,
                                                          .operation = "GetRole",
                                                          .action = "iam:GetRole",
                                                          .fill = fill_caller_role,
                                                          .set = ""};
const struct hw_check_question hw_question_caller = {.topic = HW_TOPIC_CALLER,
                                                     .service = HW_AWS_IAM,
                                                     .operation = "SimulatePrincipalPolicy",
                                                     .action = "iam:SimulatePrincipalPolicy",
                                                     .fill = fill_caller,
                                                     .set = "EvaluationResults/member",
                                                     .token_in = "Marker",
                                                     .token_out = "Marker"};
const struct hw_check_question hw_question_node = {.topic = HW_TOPIC_NODES,
                                                   .service = HW_AWS_IAM,
                                                   .operation = "SimulateCustomPolicy",
                                                   .action = "iam:SimulateCustomPolicy",
                                                   .fill = fill_node,
                                                   .set = "EvaluationResults/member",
                                                   .token_in = "Marker",
                                                   .token_out = "Marker"};
