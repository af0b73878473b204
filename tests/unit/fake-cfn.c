/* SPDX-License-Identifier: Apache-2.0 */
#include "fake-cfn.h"

#include <arpa/inet.h>
#include <jansson.h>
#include <microhttpd.h>
#include <pthread.h>
#include <signal.h>
#include <time.h>

#include "base/mem.h"
#include "base/text.h"

#define STACKS 16
#define EVENTS 64
#define PAGE   3

struct event {
    char *id, *resource, *type, *status, *reason;
};

struct stack {
    char *name, *status, *body, *change_set, *new_body;
    bool no_change, deleting;
    unsigned steps;
    struct event events[EVENTS];
    unsigned event_count;
};

struct fake_cfn {
    struct MHD_Daemon *daemon;
    pthread_mutex_t lock;
    struct stack stacks[STACKS];
    unsigned stack_count, throttle, slow, event_id, looks;
    char *fail_suffix, *fail_reason;
    char *refuse_suffix, *refuse_path, *refuse_why;
    struct hw_strv effects; /* actions that took effect */
    pid_t pid;
    unsigned kill_at;
    bool kill_after, killed;
    unsigned random, faults; /* chaos */
    long off_s;              /* of its clock */
    unsigned kept_asks;      /* while an interface is kept */
    bool kept_fails;
    struct hw_strv ids; /* of all events */
    char *lock_value;   /* of the parameter that tells who deploys; NULL: it is not there */
};

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

static struct stack *find(struct fake_cfn *f, const char *name)
{
    if (hw_text_starts(name, "arn:stack/"))
        name += strlen("arn:stack/");
    struct stack *deleted = NULL;
    for (unsigned i = 0; i < f->stack_count; i++) {
        struct stack *s = &f->stacks[i];
        if (!s->status || strcmp(s->name, name) != 0)
            continue;
        if (strcmp(s->status, "DELETE_COMPLETE") != 0)
            return s;
        deleted = s;
    }
    return deleted;
}

static struct stack *make(struct fake_cfn *f, const char *name, const char *status)
{
    struct stack *s = &f->stacks[f->stack_count++];
    *s = (struct stack){.name = hw_strdup(name), .status = hw_strdup(status)};
    return s;
}

static void add_event(struct fake_cfn *f, struct stack *s, const char *resource, const char *type,
                      const char *status, const char *reason)
{
    hw_strv_take(&f->ids, hw_format("event-%u", ++f->event_id));
    s->events[s->event_count++] = (struct event){.id = hw_format("event-%u", f->event_id),
                                                 .resource = hw_strdup(resource),
                                                 .type = hw_strdup(type),
                                                 .status = hw_strdup(status),
                                                 .reason = hw_strdup(reason)};
}

static void become(struct fake_cfn *f, struct stack *s, const char *status, const char *reason)
{
    hw_replace(&s->status, status);
    add_event(f, s, s->name, "AWS::CloudFormation::Stack", status, reason);
}

static void step_create(struct fake_cfn *f, struct stack *s)
{
    bool fails = f->fail_suffix && hw_text_ends(s->name, f->fail_suffix);
    bool update = hw_text_starts(s->status, "UPDATE");
    if (s->steps == 1) {
        add_event(f, s, "Group", "AWS::AutoScaling::AutoScalingGroup", "CREATE_IN_PROGRESS", "");
    } else if (s->steps == 2 + f->slow && fails) {
        add_event(f, s, "Group", "AWS::AutoScaling::AutoScalingGroup", "CREATE_FAILED",
                  f->fail_reason);
        add_event(f, s, "Other", "AWS::EC2::Volume", "CREATE_FAILED",
                  "Resource creation cancelled");
        become(f, s, update ? "UPDATE_ROLLBACK_IN_PROGRESS" : "ROLLBACK_IN_PROGRESS", "failed");
    } else if (s->steps == 2 + f->slow) {
        add_event(f, s, "Group", "AWS::AutoScaling::AutoScalingGroup", "CREATE_COMPLETE", "");
        become(f, s, update ? "UPDATE_COMPLETE" : "CREATE_COMPLETE", "");
    }
}

/* The interface is still there: the group waits for it, or fails. */
static bool is_held(struct fake_cfn *f, struct stack *s)
{
    static const char type[] = "AWS::EC2::SecurityGroup";
    if (!hw_text_ends(s->name, "-foundation") || f->kept_asks == 0)
        return false;
    if (s->steps == 1)
        add_event(f, s, "NodeGroup", type, "DELETE_IN_PROGRESS", "");
    if (s->steps == 3 && f->kept_fails) {
        add_event(f, s, "NodeGroup", type, "DELETE_FAILED",
                  "resource sg-0a1b2c3d has a dependent object (Service: Ec2, Status Code: 400, "
                  "Error Code: DependencyViolation)");
        become(f, s, "DELETE_FAILED", "The following resource(s) failed to delete: [NodeGroup].");
    }
    return true;
}

static void step_delete(struct fake_cfn *f, struct stack *s)
{
    if (is_held(f, s))
        return;
    if (s->steps < 2)
        return;
    if (hw_text_ends(s->name, "-sql"))
        add_event(f, s, "DataVolume", "AWS::EC2::Volume", "DELETE_SKIPPED", "");
    become(f, s, "DELETE_COMPLETE", "");
}

static void step(struct fake_cfn *f, struct stack *s)
{
    if (!hw_text_ends(s->status, "_IN_PROGRESS") || strcmp(s->status, "REVIEW_IN_PROGRESS") == 0)
        return;
    s->steps++;
    if (strcmp(s->status, "ROLLBACK_IN_PROGRESS") == 0)
        become(f, s, "ROLLBACK_COMPLETE", "");
    else if (strcmp(s->status, "UPDATE_ROLLBACK_IN_PROGRESS") == 0)
        become(f, s, "UPDATE_ROLLBACK_COMPLETE", "");
    else if (strcmp(s->status, "DELETE_IN_PROGRESS") == 0)
        step_delete(f, s);
    else
        step_create(f, s);
}

static int refuse(struct hw_buf *out, const char *code, const char *message)
{
    hw_buf_print(out, "<ErrorResponse><Error><Type>Sender</Type><Code>%s</Code><Message>", code);
    hw_buf_xml(out, message);
    hw_buf_text(out, "</Message></Error><RequestId>r</RequestId></ErrorResponse>");
    return 400;
}

static int absent(struct hw_buf *out, const char *name)
{
    hw_auto_text text = hw_format("Stack with id %s does not exist", name);
    return refuse(out, "ValidationError", text);
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
    struct stack *s = find(f, name);
    f->looks++;
    if (!s || (strcmp(s->status, "DELETE_COMPLETE") == 0 && !hw_text_starts(name, "arn:")))
        return absent(out, name);
    step(f, s);
    hw_buf_print(out,
                 "<Stacks><member><StackName>%s</StackName><StackId>arn:stack/%s</StackId>"
                 "<StackStatus>%s</StackStatus><Parameters><member><ParameterKey>DataVolumeSize"
                 "</ParameterKey><ParameterValue>200</ParameterValue></member></Parameters>"
                 "</member></Stacks>",
                 s->name, s->name, s->status);
    return 200;
}

static int create_change_set(struct fake_cfn *f, const struct form *form, struct hw_buf *out)
{
    struct stack *s = find(f, value(form, "StackName"));
    bool create = strcmp(value(form, "ChangeSetType"), "CREATE") == 0;
    if (s && strcmp(s->status, "DELETE_COMPLETE") == 0)
        s = NULL;
    const char *body = value(form, "TemplateBody"), *url = value(form, "TemplateURL");
    if (s && s->change_set && strcmp(s->change_set, value(form, "ChangeSetName")) == 0)
        return refuse(out, "AlreadyExistsException", "change set exists");
    if (s && create && strcmp(s->status, "REVIEW_IN_PROGRESS") != 0)
        return refuse(out, "ValidationError", "stack exists");
    if (!s)
        s = make(f, value(form, "StackName"), "REVIEW_IN_PROGRESS");
    hw_replace(&s->change_set, value(form, "ChangeSetName"));
    hw_replace(&s->new_body, *body ? body : url);
    s->no_change = s->body && strcmp(s->body, s->new_body) == 0;
    took_effect(f, "CreateChangeSet");
    hw_buf_print(out, "<Id>cs</Id><StackId>arn:stack/%s</StackId>", s->name);
    return 200;
}

static int describe_change_set(struct fake_cfn *f, const struct form *form, struct hw_buf *out)
{
    struct stack *s = find(f, value(form, "StackName"));
    if (!s || !s->change_set)
        return refuse(out, "ChangeSetNotFound", "no such change set");
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
        hw_buf_text(out, "<Status>CREATE_COMPLETE</Status><ExecutionStatus>AVAILABLE"
                         "</ExecutionStatus><Changes><member><ResourceChange><Action>Add</Action>"
                         "</ResourceChange></member><member><ResourceChange><Action>Modify"
                         "</Action></ResourceChange></member></Changes>");
    return 200;
}

static int execute(struct fake_cfn *f, const struct form *form, struct hw_buf *out)
{
    struct stack *s = find(f, value(form, "StackName"));
    if (!s || !s->change_set)
        return refuse(out, "ChangeSetNotFound", "no such change set");
    bool create = strcmp(s->status, "REVIEW_IN_PROGRESS") == 0;
    hw_replace(&s->change_set, NULL);
    hw_replace(&s->body, s->new_body);
    s->steps = 0;
    took_effect(f, "ExecuteChangeSet");
    become(f, s, create ? "CREATE_IN_PROGRESS" : "UPDATE_IN_PROGRESS", "User Initiated");
    return 200;
}

static int stack_events(struct fake_cfn *f, const struct form *form, struct hw_buf *out)
{
    struct stack *s = find(f, value(form, "StackName"));
    if (!s)
        return absent(out, value(form, "StackName"));
    long skip = strtol(value(form, "NextToken"), NULL, 10);
    if (skip == 0)
        step(f, s);
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

static int delete_stack(struct fake_cfn *f, const struct form *form, struct hw_buf *out HW_UNUSED)
{
    struct stack *s = find(f, value(form, "StackName"));
    if (!s)
        return 200;
    took_effect(f, "DeleteStack");
    hw_replace(&s->change_set, NULL);
    s->steps = 0;
    if (strcmp(s->status, "REVIEW_IN_PROGRESS") == 0)
        hw_replace(&s->status, NULL);
    else
        become(f, s, "DELETE_IN_PROGRESS", "User Initiated");
    return 200;
}

static int delete_change_set(struct fake_cfn *f, const struct form *form,
                             struct hw_buf *out HW_UNUSED)
{
    struct stack *s = find(f, value(form, "StackName"));
    if (s)
        hw_replace(&s->change_set, NULL);
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

static int answer(struct fake_cfn *f, const char *method, const char *target, const char *body,
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
        return refuse(out, "Throttling", "Rate exceeded");
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
        status = refuse(out, "InvalidAction", action);
    else
        hw_buf_text(out, hw_buf_cstr(&result));
    hw_strv_done(&form.pairs);
    return status;
}

/* true: this request is the one at which the client dies. */
static bool is_last(struct fake_cfn *f)
{
    return f->pid && f->kill_at > 0 && --f->kill_at == 0;
}

/* Marsaglia's xorshift: the same faults for the same seed, whatever the C library. */
static unsigned chance(struct fake_cfn *f, unsigned below)
{
    f->random ^= f->random << 13;
    f->random ^= f->random >> 17;
    f->random ^= f->random << 5;
    return f->random % below;
}

enum fault {
    NO_FAULT,
    THROTTLE,
    INTERNAL,
    UNAVAILABLE,
    EXPIRED,
    LOST_BEFORE,
    LOST_AFTER,
    CUT,
    FAULTS
};

static enum fault draw_fault(struct fake_cfn *f)
{
    if (f->faults == 0 || chance(f, 8) > 0)
        return NO_FAULT;
    f->faults--;
    return (enum fault)(1 + chance(f, FAULTS - 1));
}

/* -1: the connection ends without an answer. */
static int answer_or_fault(struct fake_cfn *f, const char *method, const char *target,
                           const char *body, struct hw_buf *out)
{
    enum fault fault = draw_fault(f);
    int status = 400;
    switch (fault) {
    case THROTTLE:
        return refuse(out, "Throttling", "Rate exceeded");
    case INTERNAL:
        refuse(out, "InternalFailure", "Retry your request");
        return 500;
    case UNAVAILABLE:
        refuse(out, "ServiceUnavailable", "Service Unavailable");
        return 503;
    case EXPIRED:
        refuse(out, "ExpiredToken", "The security token included in the request is expired");
        return 403;
    case LOST_BEFORE:
        return -1;
    default:
        status = answer(f, method, target, body, out);
    }
    if (fault == CUT && out->len > 1)
        out->len /= 2;
    return fault == LOST_AFTER ? -1 : status;
}

static int serve(struct fake_cfn *f, const char *method, const char *target, const char *body,
                 struct hw_buf *out)
{
    pthread_mutex_lock(&f->lock);
    bool last = is_last(f);
    int status = 500;
    if (last && !f->kill_after)
        kill(f->pid, SIGKILL);
    else
        status = answer_or_fault(f, method, target, body, out);
    if (last && f->kill_after)
        kill(f->pid, SIGKILL);
    f->killed = f->killed || last;
    pthread_mutex_unlock(&f->lock);
    return status;
}

static void add_date(struct fake_cfn *f, struct MHD_Response *response)
{
    char date[64];
    struct tm tm;
    pthread_mutex_lock(&f->lock);
    time_t now = time(NULL) + f->off_s;
    pthread_mutex_unlock(&f->lock);
    gmtime_r(&now, &tm);
    strftime(date, sizeof date, "%a, %d %b %Y %H:%M:%S GMT", &tm);
    MHD_add_response_header(response, "Date", date);
}

static enum MHD_Result on_request(void *data, struct MHD_Connection *connection, const char *url,
                                  const char *method, const char *version, const char *upload,
                                  size_t *upload_size, void **state)
{
    (void)url, (void)version;
    struct hw_buf *body = *state;
    if (!body) {
        body = *state = HW_NEW(struct hw_buf);
        body->max = 4u << 20;
        return MHD_YES;
    }
    if (*upload_size > 0) {
        hw_buf_add(body, upload, *upload_size);
        *upload_size = 0;
        return MHD_YES;
    }
    hw_auto(hw_buf) out = HW_BUF(8u << 20);
    const char *target = MHD_lookup_connection_value(connection, MHD_HEADER_KIND, "X-Amz-Target");
    int status = serve(data, method, target ? target : "", hw_buf_cstr(body), &out);
    if (status < 0)
        return MHD_NO;
    struct MHD_Response *response = MHD_create_response_from_buffer(
        out.len, (void *)(uintptr_t)hw_buf_cstr(&out), MHD_RESPMEM_MUST_COPY);
    MHD_add_response_header(response, "Content-Type", "text/xml");
    add_date(data, response);
    enum MHD_Result ok = MHD_queue_response(connection, (unsigned)status, response);
    MHD_destroy_response(response);
    return ok;
}

static void on_completed(void *data, struct MHD_Connection *connection, void **state,
                         enum MHD_RequestTerminationCode code)
{
    (void)data, (void)connection, (void)code;
    if (*state)
        hw_buf_done(*state);
    free(*state);
    *state = NULL;
}

struct fake_cfn *fake_cfn_new(char url[64])
{
    struct fake_cfn *f = HW_NEW(struct fake_cfn);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    pthread_mutex_init(&f->lock, NULL);
    f->daemon =
        MHD_start_daemon(MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_SUPPRESS_DATE_NO_CLOCK, 0, NULL,
                         NULL, on_request, f, MHD_OPTION_SOCK_ADDR, (struct sockaddr *)&address,
                         MHD_OPTION_NOTIFY_COMPLETED, on_completed, NULL, MHD_OPTION_END);
    if (!f->daemon)
        return NULL;
    const union MHD_DaemonInfo *info = MHD_get_daemon_info(f->daemon, MHD_DAEMON_INFO_BIND_PORT);
    snprintf(url, 64, "http://127.0.0.1:%u", info->port);
    return f;
}

void fake_cfn_stop(struct fake_cfn *f)
{
    if (f->daemon)
        MHD_stop_daemon(f->daemon);
    f->daemon = NULL;
}

void fake_cfn_free(struct fake_cfn *f)
{
    fake_cfn_stop(f);
    for (unsigned i = 0; i < f->stack_count; i++) {
        struct stack *s = &f->stacks[i];
        for (unsigned k = 0; k < s->event_count; k++) {
            free(s->events[k].id);
            free(s->events[k].resource);
            free(s->events[k].type);
            free(s->events[k].status);
            free(s->events[k].reason);
        }
        free(s->name);
        free(s->status);
        free(s->body);
        free(s->new_body);
        free(s->change_set);
    }
    hw_strv_done(&f->effects);
    hw_strv_done(&f->ids);
    free(f->lock_value);
    free(f->fail_suffix);
    free(f->fail_reason);
    free(f->refuse_suffix);
    free(f->refuse_path);
    free(f->refuse_why);
    free(f);
}

void fake_cfn_fail(struct fake_cfn *f, const char *suffix, const char *reason)
{
    hw_replace(&f->fail_suffix, suffix);
    hw_replace(&f->fail_reason, reason);
}

void fake_cfn_lock(struct fake_cfn *f, const char *lock)
{
    pthread_mutex_lock(&f->lock);
    hw_replace(&f->lock_value, lock);
    pthread_mutex_unlock(&f->lock);
}

bool fake_cfn_locked(struct fake_cfn *f)
{
    pthread_mutex_lock(&f->lock);
    bool locked = f->lock_value;
    pthread_mutex_unlock(&f->lock);
    return locked;
}

void fake_cfn_chaos(struct fake_cfn *f, unsigned seed, unsigned faults)
{
    pthread_mutex_lock(&f->lock);
    f->random = seed * 2654435761u + 1;
    f->faults = faults;
    pthread_mutex_unlock(&f->lock);
}

void fake_cfn_events(struct fake_cfn *f, struct hw_strv *ret)
{
    pthread_mutex_lock(&f->lock);
    hw_strv_copy(ret, &f->ids);
    pthread_mutex_unlock(&f->lock);
}

void fake_cfn_refuse(struct fake_cfn *f, const char *suffix, const char *path, const char *sentence)
{
    pthread_mutex_lock(&f->lock);
    hw_replace(&f->refuse_suffix, suffix);
    hw_replace(&f->refuse_path, path);
    hw_replace(&f->refuse_why, sentence);
    pthread_mutex_unlock(&f->lock);
}

void fake_cfn_keep_interface(struct fake_cfn *f, unsigned asks, bool fails)
{
    pthread_mutex_lock(&f->lock);
    f->kept_asks = asks;
    f->kept_fails = fails;
    pthread_mutex_unlock(&f->lock);
}

void fake_cfn_clock(struct fake_cfn *f, long off_s)
{
    pthread_mutex_lock(&f->lock);
    f->off_s = off_s;
    pthread_mutex_unlock(&f->lock);
}

void fake_cfn_throttle(struct fake_cfn *f, unsigned requests)
{
    f->throttle = requests;
}

void fake_cfn_slow(struct fake_cfn *f, unsigned steps)
{
    f->slow = steps;
}

void fake_cfn_kill_at(struct fake_cfn *f, pid_t pid, unsigned n, bool after)
{
    pthread_mutex_lock(&f->lock);
    f->pid = pid;
    f->kill_at = n;
    f->kill_after = after;
    f->killed = false;
    pthread_mutex_unlock(&f->lock);
}

bool fake_cfn_killed(struct fake_cfn *f)
{
    pthread_mutex_lock(&f->lock);
    bool killed = f->killed;
    pthread_mutex_unlock(&f->lock);
    return killed;
}

unsigned fake_cfn_count(struct fake_cfn *f, const char *action)
{
    unsigned count = 0;
    for (size_t i = 0; i < f->effects.count; i++)
        count += strcmp(f->effects.items[i], action) == 0;
    return count;
}

unsigned fake_cfn_looks(struct fake_cfn *f)
{
    pthread_mutex_lock(&f->lock);
    unsigned looks = f->looks;
    pthread_mutex_unlock(&f->lock);
    return looks;
}

unsigned fake_cfn_stacks(struct fake_cfn *f)
{
    unsigned count = 0;
    for (unsigned i = 0; i < f->stack_count; i++)
        count += f->stacks[i].status && strcmp(f->stacks[i].status, "DELETE_COMPLETE") != 0;
    return count;
}

bool fake_cfn_has(struct fake_cfn *f, const char *suffix, const char *status)
{
    for (unsigned i = 0; i < f->stack_count; i++) {
        if (hw_text_ends(f->stacks[i].name, suffix) && f->stacks[i].status &&
            strcmp(f->stacks[i].status, status) == 0)
            return true;
    }
    return false;
}

unsigned fake_cfn_change_sets(struct fake_cfn *f)
{
    unsigned count = 0;
    for (unsigned i = 0; i < f->stack_count; i++)
        count += f->stacks[i].change_set != NULL;
    return count;
}

void fake_cfn_set(struct fake_cfn *f, const char *name, const char *status)
{
    struct stack *s = find(f, name);
    if (!s)
        s = make(f, name, status);
    hw_replace(&s->status, status);
}
