/* SPDX-License-Identifier: Apache-2.0 */
#include "fake_event.h"

#include "base/mem.h"
#include "base/text.h"

enum { PAIRS_MAX = 16 };

struct pairs {
    char *text;
    const char *names[PAIRS_MAX], *values[PAIRS_MAX];
    size_t count;
};

static void split(struct pairs *pairs, const char *line)
{
    pairs->text = hw_strdup(line);
    char *rest = pairs->text, *part;
    while ((part = strsep(&rest, "|")) && pairs->count < PAIRS_MAX) {
        char *equals = strchr(part, '=');
        if (!equals)
            continue;
        *equals = '\0';
        pairs->names[pairs->count] = part;
        pairs->values[pairs->count++] = equals + 1;
    }
}

static const char *value(const struct pairs *pairs, const char *name)
{
    for (size_t i = 0; i < pairs->count; i++) {
        if (strcmp(pairs->names[i], name) == 0)
            return pairs->values[i];
    }
    return "";
}

static enum hw_severity severity_of(const struct pairs *pairs)
{
    const char *word = value(pairs, "severity");
    return strcmp(word, "error") == 0     ? HW_ERROR
           : strcmp(word, "warning") == 0 ? HW_WARNING
                                          : HW_INFO;
}

static int64_t time_of(const struct pairs *pairs)
{
    return ((int64_t)FAKE_START_S + strtol(value(pairs, "at"), NULL, 10)) * 1000;
}

static struct hw_event check_event(const struct pairs *p)
{
    const char *status = value(p, "status");
    return (struct hw_event){.type = HW_EV_CHECK,
                             .u.check = {.id = value(p, "id"),
                                         .severity = severity_of(p),
                                         .status = strcmp(status, "pass") == 0   ? HW_PASS
                                                   : strcmp(status, "fail") == 0 ? HW_CHECK_FAIL
                                                                                 : HW_SKIPPED,
                                         .message = value(p, "message"),
                                         .field = value(p, "field"),
                                         .remedy = value(p, "remedy")}};
}

static struct hw_event notice_event(const struct pairs *p)
{
    return (struct hw_event){
        .type = HW_EV_NOTICE,
        .u.notice = {.time_ms = time_of(p), .severity = severity_of(p), .text = value(p, "text")}};
}

static struct hw_event step_event(const struct pairs *p)
{
    struct hw_event event = {.type = HW_EV_STEP,
                             .u.step = {.time_ms = time_of(p),
                                        .stack = value(p, "stack"),
                                        .message = value(p, "message")}};
    hw_step_parse(value(p, "step"), &event.u.step.step);
    return event;
}

static struct hw_event change_event(const struct pairs *p)
{
    struct hw_event event = {.type = HW_EV_CHANGE,
                             .u.change = {.stack = value(p, "stack"),
                                          .resource = value(p, "resource"),
                                          .resource_type = value(p, "type"),
                                          .properties = value(p, "properties"),
                                          .loses_data = strcmp(value(p, "loses"), "true") == 0,
                                          .message = value(p, "message")}};
    hw_change_parse(value(p, "action"), &event.u.change.action);
    return event;
}

static struct hw_event stack_event(const struct pairs *p)
{
    return (struct hw_event){.type = HW_EV_STACK,
                             .u.stack = {.time_ms = time_of(p),
                                         .stack = value(p, "stack"),
                                         .resource = value(p, "resource"),
                                         .resource_type = value(p, "type"),
                                         .physical_id = value(p, "physical"),
                                         .status = value(p, "status"),
                                         .reason = value(p, "reason"),
                                         .event_id = value(p, "id")}};
}

static struct hw_event node_event(const struct pairs *p)
{
    struct hw_event event = {.type = HW_EV_NODE,
                             .u.node = {.time_ms = time_of(p),
                                        .node = value(p, "node"),
                                        .instance = value(p, "instance"),
                                        .role = value(p, "role"),
                                        .group = value(p, "group"),
                                        .address = value(p, "address"),
                                        .via = value(p, "via"),
                                        .detail = value(p, "detail")}};
    hw_node_state_parse(value(p, "state"), &event.u.node.state);
    return event;
}

static struct hw_event stage_event(const struct pairs *p)
{
    struct hw_event event = {.type = HW_EV_STAGE,
                             .u.stage = {.time_ms = time_of(p),
                                         .node = value(p, "node"),
                                         .instance = value(p, "instance"),
                                         .role = value(p, "role"),
                                         .stage = value(p, "stage"),
                                         .exit_code = (int)strtol(value(p, "code"), NULL, 10),
                                         .message = value(p, "message")}};
    hw_stage_status_parse(value(p, "status"), &event.u.stage.status);
    return event;
}

static struct hw_event log_event(const struct pairs *p)
{
    return (struct hw_event){.type = HW_EV_LOG,
                             .u.log = {.time_ms = time_of(p),
                                       .node = value(p, "node"),
                                       .instance = value(p, "instance"),
                                       .source = value(p, "source"),
                                       .text = value(p, "text")}};
}

static struct hw_event result_event(const struct pairs *p)
{
    static struct hw_err err;
    bool ok = strcmp(value(p, "ok"), "true") == 0;
    err = (struct hw_err){0};
    if (!ok)
        hw_fail(&err, *value(p, "interrupted") ? HW_ERR_INTERRUPTED : HW_ERR_SERVICE, "%s",
                value(p, "message"));
    if (*value(p, "place"))
        hw_err_at(&err, value(p, "place"), 0, 0);
    if (*value(p, "next"))
        hw_err_next(&err, "%s", value(p, "next"));
    return (struct hw_event){
        .type = HW_EV_RESULT,
        .u.result = {.ok = ok, .command = value(p, "command"), .err = ok ? NULL : &err}};
}

static const char *value_of(const void *data, const char *name)
{
    return value(data, name);
}

static void tell_finding(const char *line, struct fake_findings *findings,
                         const struct hw_sink *sink)
{
    struct pairs pairs = {0};
    split(&pairs, line);
    struct hw_event event = {.type = HW_EV_FINDING};
    event.u.finding = *fake_findings_add(findings, value_of, &pairs);
    hw_tell(sink, &event);
    free(pairs.text);
}

bool fake_event_tell(const char *line, struct fake_findings *findings, struct hw_logs *logs,
                     const struct hw_sink *sink)
{
    static const struct {
        const char *word;
        struct hw_event (*make)(const struct pairs *pairs);
    } makers[] = {{"check ", check_event}, {"notice ", notice_event}, {"step ", step_event},
                  {"stack ", stack_event}, {"node ", node_event},     {"stage ", stage_event},
                  {"log ", log_event},     {"result ", result_event}, {"change ", change_event}};
    if (hw_text_starts(line, "finding ")) {
        tell_finding(line + strlen("finding "), findings, sink);
        return true;
    }
    for (size_t i = 0; i < HW_COUNT(makers); i++) {
        if (!hw_text_starts(line, makers[i].word))
            continue;
        struct pairs pairs = {0};
        split(&pairs, line + strlen(makers[i].word));
        struct hw_event event = makers[i].make(&pairs);
        if (event.type == HW_EV_LOG)
            hw_logs_add(logs, &event.u.log);
        hw_tell(sink, &event);
        free(pairs.text);
        return true;
    }
    return false;
}

void fake_event_checks(const struct hw_sink *sink)
{
    static const struct hw_ev_check checks[] = {
        {"cluster.complete", HW_ERROR, HW_PASS, "Every required answer is given", "", ""},
        {"quota.vcpu", HW_WARNING, HW_CHECK_FAIL, "72 vCPU needed at full size, 64 left",
         "nodes.compute.0.max", "Ask for more in Service Quotas, or lower the maximum."},
        {"account.session", HW_INFO, HW_SKIPPED, "The session does not expire", "", ""}};
    for (size_t i = 0; i < HW_COUNT(checks); i++)
        hw_tell(sink, &(struct hw_event){.type = HW_EV_CHECK, .u.check = checks[i]});
    hw_tell(sink,
            &(struct hw_event){.type = HW_EV_RESULT, .u.result = {.ok = true, .command = "check"}});
}

const struct ui_asked *fake_event_asked(bool certificate)
{
    static const struct ui_asked asked[] = {
        {.title = "Is this the node?",
         .text = "std-01 (i-0123456789abcdef0, 10.20.1.7) shows a host key that nobody vouches "
                 "for: it is neither in a tag of the instance nor in a known_hosts file.\n"
                 "SHA256:8QxjrFWtyRzjVDOgPeCGH0KgRvm3RLVKFd3SaQ6Kp5E\nCompare it on the machine.",
         .label = "Type yes to trust it, Esc to leave it",
         .expect = "yes"},
        {.title = "Is this the node?",
         .text = "i-0123456789abcdef0 (i-0123456789abcdef0, 10.20.1.7) shows a certificate for "
                 "WinRM that nobody vouches for: no tag of the instance, and no authority.\n"
                 "SHA-256 "
                 "5f0c1b2a39485766f5e4d3c2b1a09f8e7d6c5b4a392817065f0c1b2a39485766\n"
                 "SHA-1 0a1b2c3d4e5f60718293a4b5c6d7e8f901234567\n"
                 "Subject CN=WIN-0A1B2C3D4E5, valid until 2027-11-28\n"
                 "Compare SHA-1 on the machine: winrm enumerate winrm/config/listener\n"
                 "If it is trusted, this run of hpcwiz remembers it for the instance.",
         .label = "Type yes to trust it, Esc to leave it",
         .expect = "yes"}};
    return &asked[certificate];
}
