/* SPDX-License-Identifier: Apache-2.0 */
/* A security group or an interface of the cluster cannot be deleted while AWS keeps network
 * interfaces with it: of instances that are terminated, for a minute or two, of Lambda functions
 * for up to half an hour (Lambda developer guide, "Giving Lambda functions access to resources in
 * an Amazon VPC"). CloudFormation waits, and gives up at times. What is waited for is told; a stack
 * whose deletion failed for nothing else is deleted again once they are released. */
#include "deploy/run.h"

#include "base/clock.h"
#include "base/text.h"

#define EVERY_LOOKS 4u
#define WAIT_MS     (INT64_C(45) * 60000)
#define TRIES       3u
#define NAMED       3u /* of the interfaces that are waited for */

/* What the stack is taking away, which an interface may hold. */
void hw_unit_learn_held(struct hw_unit *unit, const struct hw_heard *h)
{
    bool group = strcmp(h->type, "AWS::EC2::SecurityGroup") == 0 &&
                 hw_text_starts(h->status, "DELETE_") && h->physical_id[0];
    if (group && !hw_strv_has(&unit->held_groups, h->physical_id) &&
        unit->held_groups.count < HW_MAX_LIST)
        hw_strv_add(&unit->held_groups, h->physical_id);
}

/* "eni-0a1b (of i-0f3c), eni-0c2d (AWS Lambda VPC ENI-riskgrid)" */
static void add_interface(struct hw_buf *out, const struct hw_xml *item)
{
    hw_auto_text id = hw_xml_text(item, "networkInterfaceId");
    hw_auto_text instance = hw_xml_text(item, "attachment/instanceId");
    hw_auto_text description = hw_xml_text(item, "description");
    hw_auto_text of = instance[0] ? hw_format(_("of %s"), instance) : hw_strdup(description);
    hw_auto_text raw = of[0] ? hw_format("%s%s (%s)", out->len ? ", " : "", id, of)
                             : hw_format("%s%s", out->len ? ", " : "", id);
    hw_text_clean(out, raw, hw_text_cut(raw, 160), false);
}

static size_t read_interfaces(const struct hw_xml *xml, struct hw_buf *out)
{
    struct hw_xml *set = xml ? hw_xml_child(xml, "networkInterfaceSet") : NULL;
    struct hw_xml *item = set ? hw_xml_first(set, "item") : NULL;
    size_t count = 0;
    for (; item; item = hw_xml_next(item)) {
        if (count++ < NAMED)
            add_interface(out, item);
    }
    if (count > NAMED)
        hw_buf_text(out, ", …");
    return count;
}

/* Once, and again when they are others. */
static void tell_interfaces(struct hw_unit *unit, size_t count, const char *names)
{
    if (unit->held_told && strcmp(unit->held_told, names) == 0)
        return;
    hw_replace(&unit->held_told, names);
    hw_tell_notice(unit->deploy->sink, HW_INFO,
                   P_("%s waits for %zu network interface that AWS has not released yet: %s",
                      "%s waits for %zu network interfaces that AWS has not released yet: %s",
                      count),
                   unit->stack->name, count, names);
}

static void ask(struct hw_unit *unit, hw_unit_reply_fn *fn)
{
    struct hw_aws_request *request = hw_aws_request_new(HW_AWS_EC2, "DescribeNetworkInterfaces");
    hw_aws_param(request, "Filter.1.Name", "group-id");
    for (size_t i = 0; i < unit->held_groups.count; i++)
        hw_aws_paramf(request, unit->held_groups.items[i], "Filter.1.Value.%zu", i + 1);
    hw_unit_send(unit, request, fn);
}

/* While CloudFormation waits. What cannot be read is not told. */
static void on_watched(struct hw_unit *unit, const struct hw_xml *xml,
                       const struct hw_err *err HW_UNUSED)
{
    hw_auto(hw_buf) names = HW_BUF(HW_MAX_VALUE);
    size_t count = read_interfaces(xml, &names);
    if (count > 0)
        tell_interfaces(unit, count, hw_buf_cstr(&names));
    hw_unit_later(unit, hw_unit_pace(unit, false), hw_unit_follow);
}

bool hw_unit_ask_interfaces(struct hw_unit *unit)
{
    if (unit->held_groups.count == 0 || strcmp(unit->status, "DELETE_IN_PROGRESS") != 0 ||
        ++unit->held_looks % EVERY_LOOKS != 0)
        return false;
    ask(unit, on_watched);
    return true;
}

static void wait_for_release(struct hw_unit *unit);

static void on_waited(struct hw_unit *unit, const struct hw_xml *xml, const struct hw_err *err)
{
    hw_auto(hw_buf) names = HW_BUF(HW_MAX_VALUE);
    size_t count = read_interfaces(xml, &names);
    bool late = hw_clock_monotonic_ms() - unit->held_since_ms > WAIT_MS;
    if (count > 0)
        tell_interfaces(unit, count, hw_buf_cstr(&names));
    if (err || (count > 0 && late)) {
        hw_unit_conclude_badly(unit);
    } else if (count > 0) {
        hw_unit_later(unit, hw_unit_pace(unit, false), wait_for_release);
    } else {
        unit->held_tries++;
        hw_replace(&unit->reason, NULL);
        hw_replace(&unit->held_told, NULL);
        hw_tell_notice(unit->deploy->sink, HW_INFO,
                       _("%s is deleted again: AWS has released the network interfaces"),
                       unit->stack->name);
        hw_unit_delete(unit);
    }
}

static void wait_for_release(struct hw_unit *unit)
{
    ask(unit, on_waited);
}

bool hw_unit_await_interfaces(struct hw_unit *unit)
{
    const char *reason = unit->reason ? unit->reason : "";
    bool held = strstr(reason, "DependencyViolation") || strstr(reason, "has a dependent object") ||
                strstr(reason, "in use");
    if (strcmp(unit->status, "DELETE_FAILED") != 0 || !held || unit->held_groups.count == 0 ||
        unit->held_tries >= TRIES)
        return false;
    unit->held_since_ms = hw_clock_monotonic_ms();
    wait_for_release(unit);
    return true;
}
