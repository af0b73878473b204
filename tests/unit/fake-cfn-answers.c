/* SPDX-License-Identifier: Apache-2.0 */
/* What the scripted CloudFormation answers. */
#include <jansson.h>

#include "base/text.h"
#include "fake-cfn-parts.h"

#define PAGE 3 /* events */

struct form {
    struct hw_strv pairs;
};

static const char *value(const struct form *form, const char *name)
{
    for (size_t i = 0; i + 1 < form->pairs.count; i += 2) {
        if (strcmp(form->pairs.items[i], name) == 0)
            return form->pairs.items[i + 1];
    }
    return "";
}

static void unescape(struct hw_strv *out, const char *text, size_t n)
{
    hw_auto(hw_buf) buf = HW_BUF(4u << 20);
    for (size_t i = 0; i < n; i++) {
        char hex[3] = {0};
        if (text[i] == '%' && i + 2 < n) {
            memcpy(hex, text + i + 1, 2);
            hw_buf_char(&buf, (char)strtol(hex, NULL, 16));
            i += 2;
        } else {
            hw_buf_char(&buf, text[i] == '+' ? ' ' : text[i]);
        }
    }
    hw_strv_add(out, hw_buf_cstr(&buf));
}

static void parse(struct form *form, const char *body)
{
    while (*body) {
        size_t n = strcspn(body, "&"), name = strcspn(body, "=&");
        unescape(&form->pairs, body, name);
        unescape(&form->pairs, body + name + (name < n), n - name - (name < n));
        body += n + (body[n] == '&');
    }
}

int fake_refuse(struct hw_buf *out, const char *code, const char *message)
{
    hw_buf_print(out, "<ErrorResponse><Error><Type>Sender</Type><Code>%s</Code><Message>", code);
    hw_buf_xml(out, message);
    hw_buf_text(out, "</Message></Error><RequestId>r</RequestId></ErrorResponse>");
    return 400;
}

static int absent(struct hw_buf *out, const char *name)
{
    hw_auto_text text = hw_format("Stack with id %s does not exist", name);
    return fake_refuse(out, "ValidationError", text);
}

static void took_effect(struct fake_cfn *f, const char *action)
{
    hw_strv_add(&f->effects, action);
}

/* Of all stacks, as the tags of the cluster show them; none of them moves. */
static int list_stacks(struct fake_cfn *f, struct hw_buf *out)
{
    hw_buf_text(out, "<Stacks>");
    for (unsigned i = 0; i < f->stack_count; i++) {
        const struct stack *s = &f->stacks[i];
        if (s->status && strcmp(s->status, "DELETE_COMPLETE") != 0)
            hw_buf_print(out,
                         "<member><StackName>%s</StackName><StackId>arn:stack/%s</StackId>"
                         "<StackStatus>%s</StackStatus><Parameters><member><ParameterKey>KeyPair"
                         "</ParameterKey><ParameterValue>hpc-admin</ParameterValue></member>"
                         "</Parameters><Tags><member><Key>hpcwiz:cluster</Key>"
                         "<Value>riskgrid</Value></member></Tags></member>",
                         s->name, s->name, s->status);
    }
    hw_buf_text(out, "</Stacks>");
    return 200;
}

static int describe_stacks(struct fake_cfn *f, const struct form *form, struct hw_buf *out)
{
    const char *name = value(form, "StackName");
    if (!*name)
        return list_stacks(f, out);
    struct stack *s = fake_stack_find(f, name);
    f->looks++;
    if (!s || (strcmp(s->status, "DELETE_COMPLETE") == 0 && !hw_text_starts(name, "arn:")))
        return absent(out, name);
    fake_stack_step(f, s);
    hw_buf_print(
        out,
        "<Stacks><member><StackName>%s</StackName><StackId>arn:stack/%s</StackId>"
        "<StackStatus>%s</StackStatus><Parameters><member><ParameterKey>DataVolumeSize"
        "</ParameterKey><ParameterValue>200</ParameterValue></member><member><ParameterKey>"
        "HpcVersion</ParameterKey><ParameterValue>2019</ParameterValue></member>"
        "</Parameters></member></Stacks>",
        s->name, s->name, s->status);
    return 200;
}

/* The template and its parameters; the caller's. */
static char *wanted(const struct form *form)
{
    const char *body = value(form, "TemplateBody"), *url = value(form, "TemplateURL");
    hw_auto(hw_buf) all = HW_BUF(4u << 20);
    hw_buf_text(&all, *body ? body : url);
    for (size_t i = 0; i + 1 < form->pairs.count; i += 2) {
        if (hw_text_starts(form->pairs.items[i], "Parameters."))
            hw_buf_print(&all, "\n%s=%s", form->pairs.items[i], form->pairs.items[i + 1]);
    }
    return hw_buf_take(&all);
}

static int create_change_set(struct fake_cfn *f, const struct form *form, struct hw_buf *out)
{
    struct stack *s = fake_stack_find(f, value(form, "StackName"));
    bool create = strcmp(value(form, "ChangeSetType"), "CREATE") == 0;
    if (s && strcmp(s->status, "DELETE_COMPLETE") == 0)
        s = NULL;
    const char *name = value(form, "ChangeSetName");
    bool same = s && s->change_set && strcmp(s->change_set, name) == 0;
    if (same || (s && hw_strv_has(&s->older_sets, name)))
        return fake_refuse(out, "AlreadyExistsException", "change set exists");
    if (s && create && strcmp(s->status, "REVIEW_IN_PROGRESS") != 0)
        return fake_refuse(out, "ValidationError", "stack exists");
    if (!s)
        s = fake_stack_make(f, value(form, "StackName"), "REVIEW_IN_PROGRESS");
    if (s->change_set)
        hw_strv_add(&s->older_sets, s->change_set);
    hw_replace(&s->change_set, name);
    free(s->new_body);
    s->new_body = wanted(form);
    s->obsolete = false;
    s->no_change = s->body && strcmp(s->body, s->new_body) == 0;
    took_effect(f, "CreateChangeSet");
    hw_buf_print(out, "<Id>cs</Id><StackId>arn:stack/%s</StackId>", s->name);
    return 200;
}

static int describe_change_set(struct fake_cfn *f, const struct form *form, struct hw_buf *out)
{
    struct stack *s = fake_stack_find(f, value(form, "StackName"));
    if (!s || !s->change_set)
        return fake_refuse(out, "ChangeSetNotFound", "no such change set");
    hw_buf_print(out, "<StackId>arn:stack/%s</StackId>", s->name);
    if (f->refuse_suffix && hw_text_ends(s->name, f->refuse_suffix))
        hw_buf_print(out, "<Status>FAILED</Status><StatusReason>%s</StatusReason>",
                     f->refuse_path
                         ? "The following hook(s)/validation failed: "
                           "[AWS::EarlyValidation::PropertyValidation]. To troubleshoot Early "
                           "Validation errors, use the DescribeEvents API for detailed failure "
                           "information."
                         : f->refuse_why);
    else if (s->no_change)
        hw_buf_text(out, "<Status>FAILED</Status><StatusReason>The submitted information didn't "
                         "contain changes. Submit different information.</StatusReason>");
    else
        hw_buf_print(out,
                     "<Status>CREATE_COMPLETE</Status><ExecutionStatus>%s"
                     "</ExecutionStatus><Changes><member><ResourceChange><Action>Add</Action>"
                     "</ResourceChange></member><member><ResourceChange><Action>Modify"
                     "</Action></ResourceChange></member></Changes>",
                     s->obsolete ? "OBSOLETE" : "AVAILABLE");
    return 200;
}

static int execute(struct fake_cfn *f, const struct form *form, struct hw_buf *out)
{
    struct stack *s = fake_stack_find(f, value(form, "StackName"));
    if (!s || !s->change_set)
        return fake_refuse(out, "ChangeSetNotFound", "no such change set");
    if (s->obsolete || strcmp(s->change_set, value(form, "ChangeSetName")) != 0)
        return fake_refuse(out, "InvalidChangeSetStatus", "it cannot be executed");
    bool failed = strcmp(s->status, "UPDATE_FAILED") == 0;
    if (failed && strcmp(value(form, "DisableRollback"), "true") != 0)
        return fake_refuse(out, "ValidationError",
                           "This stack is currently in a non-terminal [UPDATE_FAILED] state.");
    bool create = strcmp(s->status, "REVIEW_IN_PROGRESS") == 0;
    hw_replace(&s->change_set, NULL);
    hw_strv_done(&s->older_sets);
    hw_replace(&s->body, s->new_body);
    s->steps = 0;
    took_effect(f, "ExecuteChangeSet");
    fake_stack_become(f, s, create ? "CREATE_IN_PROGRESS" : "UPDATE_IN_PROGRESS", "User Initiated");
    return 200;
}

static int stack_events(struct fake_cfn *f, const struct form *form, struct hw_buf *out)
{
    struct stack *s = fake_stack_find(f, value(form, "StackName"));
    if (!s)
        return absent(out, value(form, "StackName"));
    long skip = strtol(value(form, "NextToken"), NULL, 10);
    if (skip == 0)
        fake_stack_step(f, s);
    hw_buf_text(out, "<StackEvents>");
    for (long i = skip; i < skip + PAGE && i < (long)s->event_count; i++) {
        const struct event *e = &s->events[s->event_count - 1 - (unsigned)i];
        hw_buf_print(out,
                     "<member><EventId>%s</EventId><LogicalResourceId>%s</LogicalResourceId>"
                     "<ResourceType>%s</ResourceType><ResourceStatus>%s</ResourceStatus>"
                     "<ResourceStatusReason>%s</ResourceStatusReason><PhysicalResourceId>"
                     "vol-0a1b2c3d4e5f67890</PhysicalResourceId>"
                     "<Timestamp>2026-11-22T20:15:00.000Z</Timestamp></member>",
                     e->id, e->resource, e->type, e->status, e->reason);
    }
    hw_buf_text(out, "</StackEvents>");
    if (skip + PAGE < (long)s->event_count)
        hw_buf_print(out, "<NextToken>%ld</NextToken>", skip + PAGE);
    return 200;
}

/* What took effect names the stack and what it is to leave out. */
static int continue_rollback(struct fake_cfn *f, const struct form *form,
                             struct hw_buf *out HW_UNUSED)
{
    struct stack *s = fake_stack_find(f, value(form, "StackName"));
    hw_auto(hw_buf) effect = HW_BUF(HW_MAX_VALUE);
    if (!s)
        return absent(out, value(form, "StackName"));
    hw_buf_print(&effect, "ContinueUpdateRollback %s", s->name);
    for (unsigned i = 1;; i++) {
        hw_auto_text name = hw_format("ResourcesToSkip.member.%u", i);
        if (!*value(form, name))
            break;
        hw_buf_print(&effect, " %s", value(form, name));
    }
    took_effect(f, hw_buf_cstr(&effect));
    fake_stack_become(f, s, "UPDATE_ROLLBACK_IN_PROGRESS", "User Initiated");
    return 200;
}

static int delete_stack(struct fake_cfn *f, const struct form *form, struct hw_buf *out HW_UNUSED)
{
    struct stack *s = fake_stack_find(f, value(form, "StackName"));
    if (!s)
        return 200;
    took_effect(f, "DeleteStack");
    hw_replace(&s->change_set, NULL);
    hw_strv_done(&s->older_sets);
    s->steps = 0;
    if (strcmp(s->status, "REVIEW_IN_PROGRESS") == 0)
        hw_replace(&s->status, NULL);
    else
        fake_stack_become(f, s, "DELETE_IN_PROGRESS", "User Initiated");
    return 200;
}

static int delete_change_set(struct fake_cfn *f, const struct form *form,
                             struct hw_buf *out HW_UNUSED)
{
    struct stack *s = fake_stack_find(f, value(form, "StackName"));
    const char *name = value(form, "ChangeSetName");
    if (s && s->change_set && strcmp(s->change_set, name) == 0)
        hw_replace(&s->change_set, NULL);
    for (size_t i = 0; s && i < s->older_sets.count; i++) {
        if (strcmp(s->older_sets.items[i], name) == 0)
            hw_replace(&s->older_sets.items[i], "(deleted)");
    }
    return 200;
}

static int describe_subnets(struct fake_cfn *f HW_UNUSED, const struct form *form HW_UNUSED,
                            struct hw_buf *out)
{
    hw_buf_text(out, "<subnetSet><item><subnetId>subnet-0aaa1111bbb22222c</subnetId>"
                     "<vpcId>vpc-0a1b2c3d4e5f67890</vpcId><state>available</state>"
                     "<cidrBlock>10.20.1.0/24</cidrBlock>"
                     "<availabilityZone>eu-central-1a</availabilityZone></item></subnetSet>");
    return 200;
}

static int activities(struct fake_cfn *f, const struct form *form HW_UNUSED, struct hw_buf *out)
{
    if (f->fail_reason)
        hw_buf_print(out,
                     "<Activities><member><ActivityId>activity-1</ActivityId><StatusCode>Failed"
                     "</StatusCode><StatusMessage>%s</StatusMessage></member></Activities>",
                     f->fail_reason);
    return 200;
}

/* What outlives the stacks: the data volume, while nobody has deleted it. */
static int describe_tags(struct fake_cfn *f, const struct form *form HW_UNUSED, struct hw_buf *out)
{
    bool deleted = hw_strv_has(&f->effects, "DeleteVolume");
    hw_buf_text(out, "<tagSet>");
    if (!deleted && hw_strv_has(&f->effects, "ExecuteChangeSet"))
        hw_buf_text(out, "<item><resourceId>vol-0a1b2c3d4e5f67890</resourceId>"
                         "<resourceType>volume</resourceType><key>hpcwiz:cluster</key>"
                         "<value>riskgrid</value></item>");
    hw_buf_text(out, "</tagSet>");
    return 200;
}

static int describe_instances(struct fake_cfn *f HW_UNUSED, const struct form *form HW_UNUSED,
                              struct hw_buf *out)
{
    hw_buf_text(out, "<reservationSet/>");
    return 200;
}

static int describe_interfaces(struct fake_cfn *f, const struct form *form, struct hw_buf *out)
{
    bool ours = strcmp(value(form, "Filter.1.Name"), "group-id") == 0 &&
                hw_text_starts(value(form, "Filter.1.Value.1"), "vol-"); /* the one physical id */
    if (ours && f->kept_asks > 0)
        f->kept_asks--;
    hw_buf_text(out, "<networkInterfaceSet>");
    if (ours && f->kept_asks > 0)
        hw_buf_text(out, "<item><networkInterfaceId>eni-0a1b2c3d4e5f67890</networkInterfaceId>"
                         "<description>AWS Lambda VPC ENI-riskgrid</description></item>");
    hw_buf_text(out, "</networkInterfaceSet>");
    return 200;
}

static int describe_events(struct fake_cfn *f, const struct form *form HW_UNUSED,
                           struct hw_buf *out)
{
    if (f->refuse_path)
        hw_buf_print(out,
                     "<OperationEvents><member><EventType>VALIDATION_ERROR</EventType>"
                     "<LogicalResourceId>Launch</LogicalResourceId><ValidationStatusReason>%s"
                     "</ValidationStatusReason><ValidationPath>%s</ValidationPath></member>"
                     "</OperationEvents>",
                     f->refuse_why, f->refuse_path);
    return 200;
}

static int delete_volume(struct fake_cfn *f, const struct form *form HW_UNUSED, struct hw_buf *out)
{
    took_effect(f, "DeleteVolume");
    hw_buf_text(out, "<return>true</return>");
    return 200;
}

static const struct {
    const char *action;
    int (*answer)(struct fake_cfn *, const struct form *, struct hw_buf *);
} actions[] = {
    {"DescribeStacks", describe_stacks},
    {"CreateChangeSet", create_change_set},
    {"ExecuteChangeSet", execute},
    {"DescribeChangeSet", describe_change_set},
    {"DescribeStackEvents", stack_events},
    {"ContinueUpdateRollback", continue_rollback},
    {"DeleteStack", delete_stack},
    {"DeleteChangeSet", delete_change_set},
    {"DescribeSubnets", describe_subnets},
    {"DeleteVolume", delete_volume},
    {"DescribeScalingActivities", activities},
    {"DescribeEvents", describe_events},
    {"DescribeTags", describe_tags},
    {"DescribeInstances", describe_instances},
    {"DescribeNetworkInterfaces", describe_interfaces},
};

static bool is_lock(const json_t *in)
{
    const char *name = json_string_value(json_object_get(in, "Name"));
    return name && hw_text_ends(name, "/deployment");
}

/* The one parameter that tells who deploys; deletions of others are counted. */
static int lock_parameter(struct fake_cfn *f, const char *target, const json_t *in,
                          struct hw_buf *out)
{
    const char *value_text = json_string_value(json_object_get(in, "Value"));
    bool put = hw_text_ends(target, ".PutParameter");
    if (put && f->lock_value && !json_is_true(json_object_get(in, "Overwrite"))) {
        hw_buf_text(out, "{\"__type\":\"ParameterAlreadyExists\",\"message\":\"exists\"}");
        return 400;
    }
    if (put) {
        hw_replace(&f->lock_value, value_text);
    } else if (!f->lock_value) {
        hw_buf_text(out, "{\"__type\":\"ParameterNotFound\",\"message\":\"absent\"}");
        return 400;
    } else if (hw_text_ends(target, ".GetParameter")) {
        json_t *answer = json_pack("{s:{s:s}}", "Parameter", "Value", f->lock_value);
        char *text = json_dumps(answer, 0);
        hw_buf_text(out, text);
        free(text);
        json_decref(answer);
        return 200;
    } else {
        hw_replace(&f->lock_value, NULL);
    }
    hw_buf_text(out, "{}");
    return 200;
}

static int systems_manager(struct fake_cfn *f, const char *target, const char *body,
                           struct hw_buf *out)
{
    json_t *in = json_loads(body, 0, NULL);
    int status = 200;
    if (is_lock(in)) {
        status = lock_parameter(f, target, in, out);
    } else {
        if (hw_text_ends(target, ".DeleteParameter"))
            took_effect(f, "DeleteParameter");
        hw_buf_text(out, "{}");
    }
    json_decref(in);
    return status;
}

int fake_answer(struct fake_cfn *f, const char *method, const char *target, const char *body,
                struct hw_buf *out)
{
    struct form form = {0};
    int status = 404;
    if (strcmp(method, "PUT") == 0) {
        took_effect(f, "PutObject");
        return 200;
    }
    if (f->throttle > 0) {
        f->throttle--;
        return fake_refuse(out, "Throttling", "Rate exceeded");
    }
    if (*body == '{')
        return systems_manager(f, target, body, out);
    parse(&form, body);
    const char *action = value(&form, "Action");
    hw_auto(hw_buf) result = HW_BUF(4u << 20);
    for (size_t i = 0; i < HW_COUNT(actions); i++) {
        if (strcmp(actions[i].action, action) == 0)
            status = actions[i].answer(f, &form, &result);
    }
    if (status == 200)
        hw_buf_print(out, "<%sResponse><%sResult>%s</%sResult>%s</%sResponse>", action, action,
                     hw_buf_cstr(&result), action, hw_buf_cstr(&result), action);
    else if (status == 404)
        status = fake_refuse(out, "InvalidAction", action);
    else
        hw_buf_text(out, hw_buf_cstr(&result));
    hw_strv_done(&form.pairs);
    return status;
}
