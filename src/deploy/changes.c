/* SPDX-License-Identifier: Apache-2.0 */
/* What a change set would do, resource by resource, and what that means for the cluster: a plan is
 * read by somebody who knows the cluster, not CloudFormation's words "Replacement: True". */
#include "deploy/run.h"

#include "base/text.h"

#define CHANGE_TEXT (HW_MAX_VALUE / 4)

static bool named(const struct hw_change *change, const char *property)
{
    size_t n = strlen(property);
    for (const char *p = change->properties; (p = strstr(p, property)); p += n) {
        bool begins = p == change->properties || p[-1] == ' ';
        if (begins && (p[n] == ',' || p[n] == '\0'))
            return true;
    }
    return false;
}

static bool is_type(const struct hw_change *change, const char *type)
{
    return strcmp(change->type, type) == 0;
}

/* What lies on the data volume is the only thing of a cluster that cannot be made again. A volume
 * that is taken out of the stack stays (DeletionPolicy Retain), but the cluster has it no more. */
static bool loses_data(const struct hw_change *change)
{
    return is_type(change, "AWS::EC2::Volume") &&
           (change->action == HW_CHANGE_REPLACE || change->action == HW_CHANGE_MAY_REPLACE ||
            change->action == HW_CHANGE_REMOVE);
}

/* DescribeChangeSet, "ResourceChange": Action Add | Modify | Remove | Import | Dynamic;
 * Replacement True | False | Conditional, only with Modify. */
static enum hw_change_action action_of(const struct hw_xml *member)
{
    hw_auto_text action = hw_xml_text(member, "ResourceChange/Action");
    hw_auto_text replacement = hw_xml_text(member, "ResourceChange/Replacement");
    if (strcmp(action, "Add") == 0 || strcmp(action, "Import") == 0)
        return HW_CHANGE_ADD;
    if (strcmp(action, "Remove") == 0)
        return HW_CHANGE_REMOVE;
    if (strcmp(replacement, "True") == 0)
        return HW_CHANGE_REPLACE;
    bool unsure = strcmp(replacement, "Conditional") == 0 || strcmp(action, "Dynamic") == 0;
    return unsure ? HW_CHANGE_MAY_REPLACE : HW_CHANGE_MODIFY;
}

/* "ImageId, Tags", each name once. */
static char *properties_of(const struct hw_xml *member)
{
    hw_auto(hw_buf) names = HW_BUF(HW_MAX_VALUE);
    hw_auto(hw_strv) seen = {0};
    struct hw_xml *details = hw_xml_path(member, "ResourceChange/Details");
    struct hw_xml *detail = details ? hw_xml_first(details, "member") : NULL;
    for (; detail; detail = hw_xml_next(detail)) {
        char *name = hw_read_text(detail, "Target/Name", CHANGE_TEXT);
        if (!name[0]) {
            free(name);
            name = hw_read_text(detail, "Target/Attribute", CHANGE_TEXT);
        }
        if (name[0] && !hw_strv_has(&seen, name) && seen.count < HW_MAX_LIST) {
            hw_buf_print(&names, "%s%s", names.len ? ", " : "", name);
            hw_strv_add(&seen, name);
        }
        free(name);
    }
    return hw_strdup(hw_buf_cstr(&names));
}

void hw_unit_forget_changes(struct hw_unit *unit)
{
    for (size_t i = 0; i < unit->change_count; i++) {
        free(unit->changes[i].resource);
        free(unit->changes[i].type);
        free(unit->changes[i].physical_id);
        free(unit->changes[i].properties);
    }
    free(unit->changes);
    unit->changes = NULL;
    unit->change_count = unit->change_capacity = 0;
    unit->added = unit->changed = unit->removed = 0;
}

void hw_unit_add_changes(struct hw_unit *unit, const struct hw_xml *xml)
{
    struct hw_xml *list = hw_xml_child(xml, "Changes");
    struct hw_xml *member = list ? hw_xml_first(list, "member") : NULL;
    for (; member && unit->change_count < HW_CFN_RESOURCES * 2; member = hw_xml_next(member)) {
        hw_grow(&unit->changes, &unit->change_capacity, unit->change_count, sizeof *unit->changes);
        struct hw_change *change = &unit->changes[unit->change_count++];
        *change = (struct hw_change){
            .resource = hw_read_text(member, "ResourceChange/LogicalResourceId", CHANGE_TEXT),
            .type = hw_read_text(member, "ResourceChange/ResourceType", CHANGE_TEXT),
            .physical_id = hw_read_text(member, "ResourceChange/PhysicalResourceId", CHANGE_TEXT),
            .properties = properties_of(member),
            .action = action_of(member)};
        change->loses_data = loses_data(change);
        unit->added += change->action == HW_CHANGE_ADD;
        unit->removed += change->action == HW_CHANGE_REMOVE;
        unit->changed += change->action != HW_CHANGE_ADD && change->action != HW_CHANGE_REMOVE;
    }
}

/* Words. */

enum role { FOUNDATION, SQL, HEAD, COMPUTE, ROLES };

static enum role role_of(const struct hw_unit *unit)
{
    static const char *const NAMES[ROLES] = {"foundation", "sql", "head", "compute"};
    for (size_t i = 0; i < ROLES; i++) {
        if (strcmp(NAMES[i], unit->stack->role) == 0)
            return (enum role)i;
    }
    return FOUNDATION;
}

static bool is_replaced(const struct hw_unit *unit, const char *type)
{
    for (size_t i = 0; i < unit->change_count; i++) {
        const struct hw_change *change = &unit->changes[i];
        if (is_type(change, type) && change->action != HW_CHANGE_MODIFY)
            return true;
    }
    return false;
}

/* The nodes of the stack get another computer. */
static char *nodes_replaced(const struct hw_unit *unit)
{
    unsigned minutes = hw_pace_role_minutes(&unit->deploy->pace, unit->stack->role);
    const char *what, *stays = "";
    switch (role_of(unit)) {
    case SQL:
        what = _("the SQL Server instance is replaced");
        if (!is_replaced(unit, "AWS::EC2::Volume"))
            stays = is_replaced(unit, "AWS::EC2::NetworkInterface")
                        ? _("its data volume stays; ")
                        : _("its data volume and address stay; ");
        break;
    case HEAD:
        what = _("the head node's instance is replaced; jobs that run are lost");
        if (!is_replaced(unit, "AWS::EC2::NetworkInterface"))
            stays = _("its address stays; ");
        break;
    default:
        return hw_format(P_("the nodes are replaced one after the other, each drained first; "
                            "about %u minute for each",
                            "the nodes are replaced one after the other, each drained first; "
                            "about %u minutes for each",
                            minutes),
                         minutes);
    }
    hw_auto_text how_long = hw_format(
        P_("about %u minute of no scheduler", "about %u minutes of no scheduler", minutes),
        minutes);
    return hw_format("%s; %s%s", what, stays, how_long);
}

/* CloudFormation counts a group as changed with its launch template, but metadata alone, which
 * holds the scripts, makes no new version of that. */
static bool only_scripts(const struct hw_change *change)
{
    return change->action == HW_CHANGE_MODIFY && strcmp(change->properties, "Metadata") == 0;
}

static bool keeps_its_nodes(const struct hw_unit *unit)
{
    for (size_t i = 0; i < unit->change_count; i++) {
        if (is_type(&unit->changes[i], "AWS::EC2::LaunchTemplate"))
            return only_scripts(&unit->changes[i]);
    }
    return false;
}

static char *words_of_group(const struct hw_unit *unit, const struct hw_change *change)
{
    if (change->action == HW_CHANGE_REMOVE)
        return hw_strdup(_("all its nodes are terminated"));
    if (change->action == HW_CHANGE_MODIFY && strcmp(change->properties, "LaunchTemplate") == 0 &&
        keeps_its_nodes(unit))
        return hw_strdup(_("no node is replaced"));
    if (change->action != HW_CHANGE_MODIFY || named(change, "LaunchTemplate"))
        return nodes_replaced(unit);
    if (named(change, "DesiredCapacity") || named(change, "MinSize") || named(change, "MaxSize"))
        return hw_strdup(_("the size changes; nodes that stay are not touched"));
    return hw_strdup(_("no node is replaced"));
}

static char *words_of_volume(const struct hw_change *change)
{
    if (change->action == HW_CHANGE_MODIFY)
        return hw_strdup(_("the data volume grows in place; its data stays"));
    return hw_format(_("the cluster gets an empty data volume; the old one (%s) is kept and costs "
                       "money, but nothing uses it any more"),
                     change->physical_id[0] ? change->physical_id : "?");
}

static char *words_of_interface(const struct hw_change *change)
{
    if (change->action == HW_CHANGE_MODIFY)
        return hw_strdup(_("the address stays"));
    return hw_strdup(_("the address changes; the node must let go of the old interface first, so "
                       "it is replaced too"));
}

static char *words_of_security(const struct hw_change *change)
{
    if (change->action == HW_CHANGE_MODIFY)
        return hw_strdup(_("who may connect changes at once; no node is touched"));
    return hw_strdup(
        _("a new security group takes the place of the old one; what uses it follows"));
}

/* What a change means, or "" where CloudFormation's words say all. The caller's. */
static char *words_of(const struct hw_unit *unit, const struct hw_change *change)
{
    if (change->action == HW_CHANGE_ADD)
        return hw_strdup("");
    if (is_type(change, "AWS::AutoScaling::AutoScalingGroup"))
        return words_of_group(unit, change);
    if (is_type(change, "AWS::EC2::LaunchTemplate") && only_scripts(change))
        return hw_strdup(_("what installs the nodes that start from now on; those that run stay"));
    if (is_type(change, "AWS::EC2::LaunchTemplate"))
        return hw_strdup(_("a new version, from which the group starts its nodes"));
    if (is_type(change, "AWS::EC2::Volume"))
        return words_of_volume(change);
    if (is_type(change, "AWS::EC2::NetworkInterface"))
        return words_of_interface(change);
    if (hw_text_starts(change->type, "AWS::EC2::SecurityGroup"))
        return words_of_security(change);
    if (hw_text_starts(change->type, "AWS::Route53::"))
        return hw_strdup(_("the name points elsewhere within a minute"));
    if (hw_text_starts(change->type, "AWS::IAM::"))
        return hw_strdup(_("what the nodes may do changes; no node is touched"));
    if (is_type(change, "AWS::EC2::PlacementGroup"))
        return hw_strdup(_("nodes that are started from now on stand elsewhere"));
    return hw_strdup("");
}

static void tell_change(struct hw_unit *unit, const struct hw_change *change)
{
    hw_auto_text words = words_of(unit, change);
    struct hw_event event = {.type = HW_EV_CHANGE,
                             .u.change = {.stack = unit->stack->name,
                                          .resource = change->resource,
                                          .resource_type = change->type,
                                          .physical_id = change->physical_id,
                                          .action = change->action,
                                          .loses_data = change->loses_data,
                                          .properties = change->properties,
                                          .message = words}};
    hw_deploy_note(unit->deploy, &event);
    hw_tell(unit->deploy->sink, &event);
}

/* What a new stack adds is as many lines as its template has; its number says enough, but in a
 * plan. */
void hw_unit_tell_changes(struct hw_unit *unit)
{
    for (size_t i = 0; i < unit->change_count; i++) {
        if (!unit->creates || unit->deploy->mode == HW_DEPLOY_PLAN)
            tell_change(unit, &unit->changes[i]);
    }
}

bool hw_unit_may_change(const struct hw_unit *unit, struct hw_err *err)
{
    for (size_t i = 0; i < unit->change_count; i++) {
        const struct hw_change *change = &unit->changes[i];
        hw_auto_text full = hw_format("%s/%s", unit->stack->name, change->resource);
        if (!change->loses_data || hw_strv_has(&unit->deploy->allow_loss, full))
            continue;
        hw_fail(err, HW_ERR_CHECK,
                _("the update of stack '%s' would lose the data on %s (%s); nothing was changed"),
                unit->stack->name, change->resource,
                change->physical_id[0] ? change->physical_id : change->type);
        return hw_err_next(err,
                           _("Undo that change in the cluster file, or, if it is meant: "
                             "hpcwiz deploy FILE --allow-data-loss %s"),
                           full);
    }
    return true;
}
