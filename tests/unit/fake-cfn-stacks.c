/* SPDX-License-Identifier: Apache-2.0 */
/* The stacks of the scripted CloudFormation, and how they move. */
#include "base/text.h"
#include "fake-cfn-parts.h"

struct stack *fake_stack_find(struct fake_cfn *f, const char *name)
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

struct stack *fake_stack_make(struct fake_cfn *f, const char *name, const char *status)
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

void fake_stack_become(struct fake_cfn *f, struct stack *s, const char *status, const char *reason)
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
        fake_stack_become(f, s, update ? "UPDATE_ROLLBACK_IN_PROGRESS" : "ROLLBACK_IN_PROGRESS",
                          "failed");
    } else if (s->steps == 2 + f->slow) {
        add_event(f, s, "Group", "AWS::AutoScaling::AutoScalingGroup", "CREATE_COMPLETE", "");
        fake_stack_become(f, s, update ? "UPDATE_COMPLETE" : "CREATE_COMPLETE", "");
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
        fake_stack_become(f, s, "DELETE_FAILED",
                          "The following resource(s) failed to delete: [NodeGroup].");
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
    fake_stack_become(f, s, "DELETE_COMPLETE", "");
}

void fake_stack_step(struct fake_cfn *f, struct stack *s)
{
    if (!hw_text_ends(s->status, "_IN_PROGRESS") || strcmp(s->status, "REVIEW_IN_PROGRESS") == 0)
        return;
    s->steps++;
    if (strcmp(s->status, "ROLLBACK_IN_PROGRESS") == 0)
        fake_stack_become(f, s, "ROLLBACK_COMPLETE", "");
    else if (strcmp(s->status, "UPDATE_ROLLBACK_IN_PROGRESS") == 0)
        fake_stack_become(f, s, "UPDATE_ROLLBACK_COMPLETE", "");
    else if (strcmp(s->status, "DELETE_IN_PROGRESS") == 0)
        step_delete(f, s);
    else
        step_create(f, s);
}
