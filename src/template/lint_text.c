/* SPDX-License-Identifier: Apache-2.0 */
/* What texts inside a template refer to, and what the first lines that a node runs do. */
#include "base/text.h"
#include "template/lint_parts.h"

static yaml_node_t *section(struct hw_lint *lint, const char *name, const char *entry)
{
    yaml_node_t *node = hw_tpl_get(lint->tpl, NULL, name);
    return node ? hw_tpl_get(lint->tpl, node, entry) : NULL;
}

static bool is_known(struct hw_lint *lint, yaml_node_t *own, const char *name)
{
    return hw_text_starts(name, "AWS::") || section(lint, "Parameters", name) ||
           section(lint, "Resources", name) || (own && hw_tpl_get(lint->tpl, own, name));
}

/* "${Name}" and "${Name.Attribute}"; "${!" stands for a plain "${". own: the names that the
 * function brings itself, or NULL. */
static void check_substitutions(struct hw_lint *lint, const char *text, yaml_node_t *own)
{
    for (const char *at = text; (at = strstr(at, "${")); at += 2) {
        if (at[2] == '!')
            continue;
        hw_auto_text name = hw_strndup(at + 2, strcspn(at + 2, "}."));
        if (!is_known(lint, own, name))
            hw_lint_say(lint, "template.substitution", HW_ERROR,
                        _("${%s} stands for nothing in this template; PowerShell's own is ${!%s}"),
                        name, name);
    }
}

/* CloudFormation user guide, "Fn::Split": of a string. A parameter that holds one id has nothing
 * to split, one that holds a list is none. */
static void check_split(struct hw_lint *lint, yaml_node_t *node)
{
    if (node->data.sequence.items.top - node->data.sequence.items.start != 2)
        return;
    yaml_node_t *source = hw_tpl_node(lint->tpl, node->data.sequence.items.start[1]);
    if (strcmp((const char *)source->tag, "!Ref") != 0)
        return;
    yaml_node_t *parameter = section(lint, "Parameters", hw_tpl_scalar(source));
    const char *type =
        parameter ? hw_tpl_scalar(hw_tpl_get(lint->tpl, parameter, "Type")) : "String";
    if (hw_text_starts(type, "AWS::EC2::") || hw_text_starts(type, "List<") ||
        strcmp(type, "CommaDelimitedList") == 0)
        hw_lint_say(lint, "template.split", HW_ERROR,
                    _("%s is of type %s, which Fn::Split cannot split"), hw_tpl_scalar(source),
                    type);
}

void hw_lint_references(struct hw_lint *lint)
{
    yaml_node_t *node;
    for (int id = 1; (node = hw_tpl_node(lint->tpl, id)); id++) {
        const char *tag = node->tag ? (const char *)node->tag : "";
        bool sequence = node->type == YAML_SEQUENCE_NODE;
        if (node->type == YAML_SCALAR_NODE && strstr(hw_tpl_scalar(node), "%ERRORLEVEL%"))
            hw_lint_say(lint, "template.errorlevel", HW_ERROR,
                        _("each command of cfn-init has its own %%ERRORLEVEL%%, which is 0"));
        if (sequence && strcmp(tag, "!Split") == 0)
            check_split(lint, node);
        if (strcmp(tag, "!Sub") != 0)
            continue;
        if (!sequence)
            check_substitutions(lint, hw_tpl_scalar(node), NULL);
        else if (node->data.sequence.items.top - node->data.sequence.items.start == 2)
            check_substitutions(
                lint, hw_tpl_scalar(hw_tpl_node(lint->tpl, node->data.sequence.items.start[0])),
                hw_tpl_node(lint->tpl, node->data.sequence.items.start[1]));
    }
}

static size_t letters(const char *text)
{
    size_t n = 0;
    while (text[n] >= 'a' && text[n] <= 'z')
        n++;
    return n;
}

/* Length of a Region's name at text, such as "eu-central-1" or "us-gov-west-1"; 0: none. */
static size_t region_length(const char *text)
{
    size_t at = letters(text), words = 1;
    if (at != 2)
        return 0;
    while (text[at] == '-' && letters(text + at + 1) > 2) {
        at += 1 + letters(text + at + 1);
        words++;
    }
    bool ends = words >= 2 && text[at] == '-' && text[at + 1] >= '1' && text[at + 1] <= '9';
    return ends ? at + 2 : 0;
}

static void check_region(struct hw_lint *lint, const char *name, const char *text)
{
    for (const char *at = text; *at; at++) {
        size_t n =
            at == text || !strchr("abcdefghijklmnopqrstuvwxyz-", at[-1]) ? region_length(at) : 0;
        if (n == 0)
            continue;
        hw_lint_say(lint, "template.region", HW_ERROR,
                    _("%s: the user data names the Region %.*s; use ${AWS::Region}"), name, (int)n,
                    at);
        return;
    }
}

/* EC2 user guide for Windows, "Run commands on your instance at launch": tags in lower case. */
static void check_tags(struct hw_lint *lint, const char *name, const char *text)
{
    const char *begin = strstr(text, "<powershell>");
    if (*text && (!begin || !strstr(begin, "</powershell>")))
        hw_lint_say(lint, "template.user-data-tags", HW_ERROR,
                    _("%s: the user data has no <powershell> with its </powershell>: nothing runs"),
                    name);
}

/* The lines of text that call a helper of CloudFormation. */
static void check_helpers(struct hw_lint *lint, const char *name, const char *text)
{
    static const char *const helpers[] = {"cfn-init.exe ", "cfn-signal.exe "};
    while (*text) {
        hw_auto_text line = hw_strndup(text, strcspn(text, "\n"));
        for (size_t i = 0; i < HW_COUNT(helpers); i++) {
            if (strstr(line, helpers[i]) && !strstr(line, "--region"))
                hw_lint_say(lint, "template.helper-region", HW_ERROR,
                            _("%s: %swithout --region asks us-east-1"), name, helpers[i]);
        }
        text += strlen(line);
        text += *text == '\n';
    }
}

/* The word after "--resource " of the helper's call in text; NULL: none. */
static char *resource_of(const char *text, const char *helper)
{
    const char *call = strstr(text, helper);
    const char *option = call ? strstr(call, "--resource ") : NULL;
    if (!option)
        return NULL;
    option += strlen("--resource ");
    return hw_strndup(option, strcspn(option, " \n"));
}

static void check_init(struct hw_lint *lint, const char *name, const char *text)
{
    hw_auto_text of = resource_of(text, "cfn-init");
    yaml_node_t *resource = of ? section(lint, "Resources", of) : NULL;
    if (of && !(resource && hw_lint_under(lint, resource, "Metadata", "AWS::CloudFormation::Init")))
        hw_lint_say(lint, "template.init", HW_ERROR,
                    _("%s: cfn-init reads %s, which has no AWS::CloudFormation::Init"), name, of);
}

void hw_lint_start(struct hw_lint *lint, const char *name, yaml_node_t *launch_template)
{
    const char *text = hw_lint_user_data(lint, launch_template);
    check_region(lint, name, text);
    check_tags(lint, name, text);
    check_helpers(lint, name, text);
    check_init(lint, name, text);
    if (strstr(text, "<persist>true"))
        hw_lint_say(lint, "template.persist", HW_ERROR,
                    _("%s: with <persist> the user data runs again at each start"), name);
}

void hw_lint_signals(struct hw_lint *lint, const char *name, yaml_node_t *group)
{
    yaml_node_t *properties = hw_tpl_get(lint->tpl, group, "Properties");
    yaml_node_t *id =
        properties ? hw_lint_under(lint, properties, "LaunchTemplate", "LaunchTemplateId") : NULL;
    yaml_node_t *template = id ? section(lint, "Resources", hw_tpl_scalar(id)) : NULL;
    const char *text = template ? hw_lint_user_data(lint, template) : "";
    if (!strstr(text, "cfn-signal"))
        return;
    if (!hw_lint_under(lint, group, "CreationPolicy", "ResourceSignal"))
        hw_lint_say(lint, "template.creation-policy", HW_ERROR,
                    _("%s: its nodes signal, but without a CreationPolicy nothing waits for them"),
                    name);
    hw_auto_text resource = resource_of(text, "cfn-signal");
    if (resource && strcmp(resource, name) != 0)
        hw_lint_say(lint, "template.signal", HW_ERROR, _("%s: its nodes signal for %s"), name,
                    resource);
}
