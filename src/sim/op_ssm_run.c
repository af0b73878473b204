/* SPDX-License-Identifier: Apache-2.0 */
/* Systems Manager's agents, Run Command and sessions (SSM API reference): as much as reading logs
 * takes. No session carries bytes. The one script that the nodes can run is
 * templates/powershell/snapshot.ps1; any other succeeds without a word. */
#include "sim/op_ssm.h"

#include "base/mem.h"
#include "base/text.h"

#define DOCUMENT    "AWS-RunPowerShellScript"
#define KNOWN_S     0.5 /* a command is not known before */
#define BEGUN_S     1.0
#define ENDED_S     2.0
#define OUTPUT_MAX  24000u /* characters that are kept */
#define CUT         "\n---Output truncated---"
#define CONFIG      "$c=ConvertFrom-Json '"
#define MAX_TARGETS 50u

static struct sim_node *node_of(struct sim_call *call, const char *instance)
{
    return call->cloud->nodes ? sim_node_find(call->cloud->nodes, instance) : NULL;
}

/* Agents register when Windows has started; where a node is only away they are still known. */
static const char *ping_of(struct sim_call *call, const char *instance)
{
    struct sim_node *node = call->cloud->unmanaged ? NULL : node_of(call, instance);
    if (!node || !sim_node_password(node))
        return NULL;
    return sim_node_is_up(node) ? "Online" : "ConnectionLost";
}

static json_t *show_agent(struct sim_call *call, const json_t *instance, const char *ping)
{
    const char *id = sim_text(instance, "instanceId");
    double now = (double)(hw_clock_wall_ms() / 1000);
    json_t *agent =
        json_pack("{s:s, s:s, s:f, s:s, s:b}", "InstanceId", id, "PingStatus", ping,
                  "LastPingDateTime", now, "AgentVersion", "3.3.1957.0", "IsLatestVersion", 1);
    sim_put(agent, "PlatformType", "Windows");
    sim_put(agent, "PlatformName", "Microsoft Windows Server 2022 Datacenter");
    sim_put(agent, "PlatformVersion", "10.0.20348");
    sim_put(agent, "ResourceType", "EC2Instance");
    sim_put(agent, "IPAddress", "%s", sim_text(instance, "privateIpAddress"));
    sim_put(agent, "ComputerName", "%s", sim_node_name(node_of(call, id)));
    return agent;
}

/* Filters: InstanceIds, PingStatus, PlatformTypes. */
static bool passes(struct sim_call *call, const json_t *agent)
{
    static const struct {
        const char *filter, *member;
    } KEYS[] = {{"InstanceIds", "InstanceId"},
                {"PingStatus", "PingStatus"},
                {"PlatformTypes", "PlatformType"}};
    size_t i;
    json_t *filter;
    json_array_foreach(json_object_get(call->in, "Filters"), i, filter)
    {
        const char *member = NULL;
        for (size_t k = 0; k < HW_COUNT(KEYS); k++) {
            if (sim_is(filter, "Key", KEYS[k].filter))
                member = KEYS[k].member;
        }
        if (!member)
            return sim_refuse(call, 400, "InvalidFilterKey", "%s is no key of a filter",
                              sim_text(filter, "Key"));
        if (!sim_has(json_object_get(filter, "Values"), sim_text(agent, member)))
            return false;
    }
    return true;
}

static void describe_instance_information(struct sim_call *call)
{
    static const struct sim_page page = {
        "InstanceInformationList", "MaxResults", "NextToken", "NextToken", 10, 50};
    json_t *list = json_array();
    size_t i;
    json_t *instance;
    json_array_foreach(sim_cloud_list(call->cloud, "instances"), i, instance)
    {
        const char *ping = ping_of(call, sim_text(instance, "instanceId"));
        json_t *agent = ping ? show_agent(call, instance, ping) : NULL;
        if (agent && passes(call, agent))
            json_array_append(list, agent);
        json_decref(agent);
    }
    if (call->code[0])
        json_decref(list);
    else
        sim_page(call, list, &page);
}

/* Run Command. */

static bool check_targets(struct sim_call *call, const json_t *ids)
{
    if (json_array_size(ids) == 0 || json_array_size(ids) > MAX_TARGETS)
        return sim_refuse(call, 400, "ValidationException",
                          "1 validation error detected: Value at 'instanceIds' failed to satisfy "
                          "constraint: Member must have length less than or equal to %u",
                          MAX_TARGETS);
    size_t i;
    json_t *id;
    json_array_foreach(ids, i, id)
    {
        const char *text = json_is_string(id) ? json_string_value(id) : "";
        const char *ping = ping_of(call, text);
        if (!ping || strcmp(ping, "Online"))
            return sim_refuse(call, 400, "InvalidInstanceId",
                              "Instances [[%s]] not in a valid state for account %s", text,
                              sim_cloud_account(call->cloud));
    }
    return true;
}

static void send_command(struct sim_call *call)
{
    const json_t *ids = json_object_get(call->in, "InstanceIds");
    char id[SIM_ID_SIZE];
    if (!sim_need(call, "DocumentName"))
        return;
    if (!sim_is(call->in, "DocumentName", DOCUMENT)) {
        sim_refuse(call, 400, "InvalidDocument", "Document with name %s does not exist.",
                   sim_text(call->in, "DocumentName"));
        return;
    }
    if (!check_targets(call, ids))
        return;
    int64_t now_ms = hw_clock_wall_ms(), timeout = sim_int(call->in, "TimeoutSeconds");
    json_t *command =
        json_pack("{s:s, s:s, s:s, s:s, s:f, s:f}", "CommandId", sim_uuid(call->cloud, id),
                  "DocumentName", DOCUMENT, "Status", "Pending", "StatusDetails", "Pending",
                  "RequestedDateTime", (double)now_ms / 1000, "ExpiresAfter",
                  (double)(now_ms / 1000 + (timeout ? timeout : 3600)));
    static const char *const SAME[] = {"InstanceIds", "Parameters", "Comment", "TimeoutSeconds"};
    for (size_t i = 0; i < HW_COUNT(SAME); i++)
        sim_copy(command, call->in, SAME[i]);
    sim_put_int(command, "TargetCount", (int64_t)json_array_size(ids));
    sim_put_int(command, "CompletedCount", 0);
    sim_put_int(command, "ErrorCount", 0);
    json_array_append_new(sim_cloud_list(call->cloud, "commands"), command);
    json_t *shown = json_copy(command);
    json_object_set_new(call->out, "Command", shown);
    sim_put_int(command, "_sent", now_ms);
}

/* What stands between the quotes of the line that configures the reader; NULL: another script. */
static char *config_of(const json_t *command)
{
    const json_t *lines = json_object_get(json_object_get(command, "Parameters"), "commands");
    const char *line = json_string_value(json_array_get(lines, 0));
    hw_auto(hw_buf) text = HW_BUF(HW_MAX_TEXT);
    if (!line || !hw_text_starts(line, CONFIG))
        return NULL;
    for (const char *p = line + strlen(CONFIG); *p && (p[0] != '\'' || p[1] == '\''); p++) {
        hw_buf_char(&text, *p);
        p += *p == '\'';
    }
    return hw_buf_take(&text);
}

/* Runs when it is first asked for behind its time. */
static void run_command(struct sim_call *call, json_t *command, const char *instance)
{
    hw_auto(hw_buf) out = HW_BUF(HW_MAX_FILE);
    hw_auto_text key = hw_format("_out:%s", instance);
    struct sim_node *node = node_of(call, instance);
    hw_auto_text config = config_of(command);
    if (json_object_get(command, key))
        return;
    if (node && config)
        sim_node_snapshot(node, config, &out);
    if (out.len > OUTPUT_MAX) {
        out.len = OUTPUT_MAX;
        hw_buf_text(&out, CUT);
    }
    json_object_set_new(command, key, json_stringn(hw_buf_cstr(&out), out.len));
}

static const char *status_of(struct sim_call *call, const json_t *command)
{
    double passed =
        (double)(hw_clock_wall_ms() - sim_int(command, "_sent")) / 1000 * call->cloud->speed;
    return passed < KNOWN_S   ? NULL
           : passed < BEGUN_S ? "Pending"
           : passed < ENDED_S ? "InProgress"
                              : "Success";
}

static void get_command_invocation(struct sim_call *call)
{
    const char *id = sim_need(call, "CommandId");
    const char *instance = id ? sim_need(call, "InstanceId") : NULL;
    if (!instance)
        return;
    json_t *command = sim_find(sim_cloud_list(call->cloud, "commands"), "CommandId", id);
    bool known = command && sim_has(json_object_get(command, "InstanceIds"), instance);
    const char *status = known ? status_of(call, command) : NULL;
    if (!status) {
        sim_refuse(call, 400, "InvocationDoesNotExist", "%s", "");
        return;
    }
    bool ended = !strcmp(status, "Success");
    if (ended)
        run_command(call, command, instance);
    static const char *const SAME[] = {"CommandId", "DocumentName", "Comment"};
    for (size_t i = 0; i < HW_COUNT(SAME); i++)
        sim_copy(call->out, command, SAME[i]);
    hw_auto_text key = hw_format("_out:%s", instance);
    sim_put(call->out, "InstanceId", "%s", instance);
    sim_put(call->out, "PluginName", "aws:runPowerShellScript");
    sim_put(call->out, "Status", "%s", status);
    sim_put(call->out, "StatusDetails", "%s", status);
    sim_put_int(call->out, "ResponseCode", ended ? 0 : -1);
    sim_put(call->out, "StandardOutputContent", "%s", sim_text(command, key));
    sim_put(call->out, "StandardErrorContent", "%s", "");
}

/* Sessions. */

static void start_session(struct sim_call *call)
{
    const char *target = sim_need(call, "Target");
    const char *ping = target ? ping_of(call, target) : NULL;
    char id[SIM_ID_SIZE], token[SIM_ID_SIZE];
    if (!target)
        return;
    if (!ping || strcmp(ping, "Online")) {
        sim_refuse(call, 400, "TargetNotConnected", "%s is not connected.", target);
        return;
    }
    hw_auto_text name = hw_format("hpcwiz-%s", sim_id(call->cloud, "", 17, id));
    sim_put(call->out, "SessionId", "%s", name);
    sim_put(call->out, "TokenValue", "%s", sim_uuid(call->cloud, token));
    sim_put(call->out, "StreamUrl", "wss://ssmmessages.%s.amazonaws.com/v1/data-channel/%s",
            call->region, name);
    json_array_append_new(
        sim_cloud_list(call->cloud, "sessions"),
        json_pack("{s:s, s:s, s:s}", "SessionId", name, "Target", target, "Status", "Connected"));
}

static void terminate_session(struct sim_call *call)
{
    const char *id = sim_need(call, "SessionId");
    json_t *session =
        id ? sim_find(sim_cloud_list(call->cloud, "sessions"), "SessionId", id) : NULL;
    if (session)
        sim_put(session, "Status", "Terminated");
    if (id)
        sim_put(call->out, "SessionId", "%s", id);
}

/* State: Active | History. */
static void describe_sessions(struct sim_call *call)
{
    static const struct sim_page page = {"Sessions",  "MaxResults", "NextToken",
                                         "NextToken", 200,          200};
    const char *wanted = sim_is(call->in, "State", "Active") ? "Connected" : "Terminated";
    json_t *list = json_array();
    size_t i;
    json_t *session;
    json_array_foreach(sim_cloud_list(call->cloud, "sessions"), i, session)
    {
        if (sim_is(session, "Status", wanted))
            json_array_append(list, session);
    }
    sim_page(call, list, &page);
}

const struct sim_op sim_ssm_run[] = {
    {"DescribeInstanceInformation", NULL, describe_instance_information, NULL},
    {"SendCommand", NULL, send_command, NULL},
    {"GetCommandInvocation", NULL, get_command_invocation, NULL},
    {"StartSession", NULL, start_session, NULL},
    {"TerminateSession", NULL, terminate_session, NULL},
    {"DescribeSessions", NULL, describe_sessions, NULL},
    {NULL, NULL, NULL, NULL},
};
