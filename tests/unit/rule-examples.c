/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/rule-examples.h"

#include "base/text.h"

struct hw_rules *rules;

int rule_load(void **state HW_UNUSED)
{
    struct hw_err err = {0};
    char text[1400];
    if (hw_rules_load(HW_RULES_INSTALLED, NULL, &rules, &err))
        return 0;
    fprintf(stderr, "%s\n", hw_err_text(&err, text, sizeof text));
    return -1;
}

int rule_free(void **state HW_UNUSED)
{
    hw_rules_free(rules);
    return 0;
}

void rule_log(struct hw_diagnose *d, const char *node, const char *source, const char *text)
{
    hw_diagnose_feed(d, &(struct hw_event){
                            .type = HW_EV_LOG,
                            .u.log = {.node = node, .source = source, .offset = 1, .text = text}});
}

void rule_stack_event(struct hw_diagnose *d, const char *stack, const char *resource,
                      const char *type, const char *status, const char *reason)
{
    hw_diagnose_feed(d, &(struct hw_event){.type = HW_EV_STACK,
                                           .u.stack = {.time_ms = 1000,
                                                       .stack = stack,
                                                       .resource = resource,
                                                       .resource_type = type,
                                                       .status = status,
                                                       .reason = reason}});
}

void rule_node_event(struct hw_diagnose *d, const char *node, const char *role,
                     enum hw_node_state state, int64_t time_ms, const char *detail)
{
    hw_diagnose_feed(d, &(struct hw_event){.type = HW_EV_NODE,
                                           .u.node = {.time_ms = time_ms,
                                                      .node = node,
                                                      .role = role,
                                                      .instance = "i-0f3c1a2b4d5e6f708",
                                                      .state = state,
                                                      .detail = detail}});
}

void rule_stage(struct hw_diagnose *d, const char *node, const char *role, const char *name,
                enum hw_stage_status status, int code, const char *message)
{
    hw_diagnose_feed(d, &(struct hw_event){.type = HW_EV_STAGE,
                                           .u.stage = {.time_ms = 1000,
                                                       .node = node,
                                                       .role = role,
                                                       .stage = name,
                                                       .status = status,
                                                       .exit_code = code,
                                                       .message = message}});
}

const char *rule_role(const struct hw_rule *rule)
{
    return rule->roles.count ? rule->roles.items[0] : "head";
}

/* "@event RESOURCE TYPE STATUS REASON" */
static bool example_event(struct hw_diagnose *d, const char *role, char *line)
{
    char *save = NULL;
    char *resource = strtok_r(line, " ", &save), *type = strtok_r(NULL, " ", &save);
    char *status = strtok_r(NULL, " ", &save);
    hw_auto_text stack = strcmp(role, "compute") == 0 ? hw_strdup("riskgrid-compute-std")
                                                      : hw_format("riskgrid-%s", role);
    if (!status)
        return false;
    rule_stack_event(d, stack, resource, type, status, save);
    return true;
}

bool rule_example_line(struct hw_diagnose *d, const char *role, char *line, int64_t *now_ms)
{
    enum hw_node_state state;
    long minutes;
    if (hw_text_starts(line, "@event "))
        return example_event(d, role, line + 7);
    if (hw_text_starts(line, "@node ")) {
        char *detail = strchr(line + 6, ' ');
        if (!detail)
            return false;
        *detail++ = '\0';
        if (!hw_node_state_parse(line + 6, &state))
            return false;
        rule_node_event(d, role, role, state, *now_ms, detail);
    } else if (hw_text_starts(line, "@silence ")) {
        if (!hw_parse_int(line + 9, 1, 600, &minutes))
            return false;
        *now_ms += minutes * 60000;
        rule_node_event(d, "other", "", HW_NODE_LIVE, *now_ms, "");
    } else {
        rule_log(d, role, "install.log", line);
    }
    return true;
}

bool rule_example(struct hw_diagnose *d, const char *role, const char *example)
{
    int64_t now_ms = 60000;
    hw_auto_text copy = hw_strdup(example);
    char *save = NULL;
    bool ok = true;
    rule_node_event(d, role, role, HW_NODE_LIVE, now_ms, "");
    for (char *line = strtok_r(copy, "\n", &save); line; line = strtok_r(NULL, "\n", &save))
        ok = rule_example_line(d, role, line, &now_ms) && ok;
    return ok;
}

bool rule_example_is_log(const char *example)
{
    return example[0] != '@' && !strstr(example, "\n@");
}

static const char *const noise[] = {
    "2026-11-22T20:10:03.120Z Command 10-volumes succeeded",
    "2026-11-22 20:10:04.55 spid7s      Recovery is complete. This is an informational message "
    "only.",
    "[2026-11-22 20:10:05][Info] VC++ runtime: 0",
    "HpcServer_x64.msi: 0 errors, 0 failed, 3 warnings",
    "MSI (s) (A4:1C) [20:33:01:120]: Product: HPC Pack -- Installation completed successfully.",
    "$ErrorActionPreference = 'Stop'; Get-Item -ErrorAction SilentlyContinue",
    "WARNING: The names of some imported commands include unapproved verbs.",
    "2026-11-22 20:12:01 Try 1 of 30: HpcManagement is not yet running",
    "Login succeeded for user 'hpcsetup'. Connection made using SQL Server authentication.",
    "Test-Path \\\\headnode.hpc.example.internal\\REMINST\\Setup.exe: True",
    "MSI (s) (A4:1C) [20:33:01:120]: MainEngineThread is returning 0",
    "Action ended 20:33:01: InstallFinalize. Return value 1.",
    "set-up ended with exit code 0 (try 1 of 3)",
    "[11/22/2026 20:31:40.120] [Info] Prerequisite check: no reboot is pending",
    "[11/22/2026 20:31:40.320] [Info] .NET Framework 4.8 found, 4.7.2 is needed",
    "[11/22/2026 20:31:41.120] [Info] Certificate 8C1F0E9A7B6D5C4B3A291807F6E5D4C3B2A19080: found "
    "in "
    "LocalMachine\\My",
    "2026-11-22 20:10:04.55 Logon       Login succeeded for user 'CORP\\HEAD$'. [CLIENT: "
    "10.20.1.6]",
    "2026-11-22 20:10:09.11 spid51      Starting up database 'HPCManagement'.",
    "2026-11-22 20:10:09.12 spid51      Setting database option ONLINE to ON for database "
    "'HPCScheduler'.",
    "Resolve-DnsName headnode.hpc.example.internal: 10.20.1.6",
    "Test-NetConnection dc1.corp.example.internal -Port 445: TcpTestSucceeded : True",
    "Gruppenrichtlinie: Die Aktualisierung der Computerrichtlinie wurde erfolgreich abgeschlossen "
    "(B\xC3\xBCro Z\xC3\xBCrich).",
    "Der Dienst wurde gestartet, 0 Fehler.",
    "2026-11-22 20:10:11,120 [INFO] Command 10-domain succeeded",
    "2026-11-22 20:10:11,121 [DEBUG] No services specified",
    "2026-11-22 20:10:12 Info: Task initializeVolume completed with no error",
    "Node N-0123456789ABC: state Online, health OK",
    "if ($LASTEXITCODE -ne 0) { throw 'setup.exe failed' }",
    "The certificate is qualified: KeySpec AT_KEYEXCHANGE",
    "Copy-S3Object: 214 files, 0 errors",
};

const char *rule_noise_line(size_t i)
{
    return noise[i % HW_COUNT(noise)];
}

void rule_noise(struct hw_diagnose *d, const char *node, size_t lines)
{
    for (size_t i = 0; i < lines; i++)
        rule_log(d, node, "install.log", rule_noise_line(i));
}
