/* SPDX-License-Identifier: Apache-2.0 */
/* Why CloudFormation refuses a change set, told at the question that the refused value comes from.
 * Early validation (user guide, "Validate stack deployments") leaves its findings in the events of
 * the operation, which DescribeEvents lists; a parameter that is refused is named in the sentence
 * itself. */
#include "deploy/run.h"

#include "base/text.h"

/* Behind which words the name of a parameter stands in CloudFormation's sentences. */
static const char *const BEFORE_NAME[] = {"for parameter name ", "Parameter '", "parameter '",
                                          "Parameter: ", "Parameters: ["};

static const char *key_of(const struct hw_unit *unit, struct hw_span name)
{
    for (size_t i = 0; i < unit->stack->count; i++) {
        if (hw_span_equal(name, unit->stack->parameters[i].name))
            return unit->stack->parameters[i].key;
    }
    return NULL;
}

static const char *key_in_sentence(const struct hw_unit *unit, const char *text)
{
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    for (size_t i = 0; i < HW_COUNT(BEFORE_NAME); i++) {
        const char *at = strstr(text, BEFORE_NAME[i]);
        if (!at)
            continue;
        at += strlen(BEFORE_NAME[i]);
        const char *key = key_of(unit, (struct hw_span){at, strspn(at, letters)});
        if (key)
            return key;
    }
    return NULL;
}

/* The property that validation found at fault, by the last name of its path, and the parameter of
 * the templates that fills it. */
static const char *key_of_property(const struct hw_unit *unit, const char *path)
{
    static const struct {
        const char *property, *parameter;
    } FILLED[] = {
        {"ImageId", "ImageId"},
        {"InstanceType", "InstanceType"},
        {"KeyName", "KeyPair"},
        {"PrivateIpAddress", "Address"},
        {"HostedZoneId", "HostedZoneId"},
        {"SubnetId", "SubnetId"},
        {"VpcId", "VpcId"},
        {"Size", HW_VOLUME_PARAMETER},
        {"MinSize", "MinSize"},
        {"MaxSize", "MaxSize"},
        {"CidrIp", "AccessFrom"},
        {"DesiredCapacity", "DesiredCapacity"},
        {"GroupName", "ClusterName"},
        {"AvailabilityZone", "AvailabilityZone"},
        {"RoleName", "ClusterName"},
        {"VPCZoneIdentifier", "SubnetIds"},
    };
    const char *slash = strrchr(path, '/');
    const char *name = slash ? slash + 1 : path;
    for (size_t i = 0; i < HW_COUNT(FILLED); i++) {
        const char *parameter = FILLED[i].parameter;
        if (strcmp(FILLED[i].property, name) == 0)
            return key_of(unit, (struct hw_span){parameter, strlen(parameter)});
    }
    return NULL;
}

void hw_unit_place(const struct hw_unit *unit, struct hw_err *err)
{
    const char *key = key_in_sentence(unit, err->what);
    if (key && !err->place[0])
        snprintf(err->place, sizeof err->place, "%s", key);
}

static void refuse(struct hw_unit *unit, const char *reason, const char *key)
{
    struct hw_err err = {0};
    hw_auto(hw_buf) clean = HW_BUF(HW_MAX_VALUE);
    hw_text_clean(&clean, reason, hw_text_cut(reason, 500), false);
    hw_fail(&err, HW_ERR_SERVICE, _("stack '%s' cannot be planned: %s"), unit->stack->name,
            hw_buf_cstr(&clean));
    if (key)
        snprintf(err.place, sizeof err.place, "%s", key);
    hw_unit_place(unit, &err);
    if (err.place[0])
        hw_err_next(&err, _("Correct '%s' in the cluster file, then plan again."), err.place);
    else
        hw_err_next(&err, "%s", _("Run `hpcwiz check FILE` and correct what it names."));
    unit->err = err;
    hw_unit_drop_plan(unit);
}

/* DescribeEvents, "OperationEvents": LogicalResourceId, ValidationStatusReason, ValidationPath. */
static void on_findings(struct hw_unit *unit, const struct hw_xml *xml, const struct hw_err *err)
{
    hw_auto(hw_buf) all = HW_BUF(HW_MAX_VALUE);
    const char *key = NULL;
    struct hw_xml *list = err ? NULL : hw_xml_child(xml, "OperationEvents");
    struct hw_xml *event = list ? hw_xml_first(list, "member") : NULL;
    for (; event; event = hw_xml_next(event)) {
        hw_auto_text resource = hw_xml_text(event, "LogicalResourceId");
        hw_auto_text reason = hw_xml_text(event, "ValidationStatusReason");
        hw_auto_text path = hw_xml_text(event, "ValidationPath");
        if (!reason[0])
            continue;
        hw_buf_print(&all, "%s%s: %s", all.len ? "; " : "", resource, reason);
        key = key ? key : key_of_property(unit, path);
    }
    hw_auto_text sentence = hw_strdup(all.len ? hw_buf_cstr(&all) : unit->reason);
    hw_replace(&unit->reason, NULL);
    refuse(unit, sentence, key);
}

void hw_unit_invalid(struct hw_unit *unit, const char *reason)
{
    if (!strstr(reason, "EarlyValidation") && !strstr(reason, "DescribeEvents")) {
        refuse(unit, reason, NULL);
        return;
    }
    hw_replace(&unit->reason, reason); /* told when the findings cannot be had */
    struct hw_aws_request *request = hw_aws_request_new(HW_AWS_CLOUDFORMATION, "DescribeEvents");
    hw_aws_param(request, "StackName", unit->stack_id ? unit->stack_id : unit->stack->name);
    hw_aws_param(request, "ChangeSetName", unit->change_set);
    hw_aws_param(request, "Filters.FailedEvents", "true");
    hw_unit_send(unit, request, on_findings);
}
