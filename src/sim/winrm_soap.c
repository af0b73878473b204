/* SPDX-License-Identifier: Apache-2.0 */
#include "sim/winrm_soap.h"

#include "base/mem.h"
#include "base/text.h"
#include "base/xml.h"

#define NS_SOAP       "http://www.w3.org/2003/05/soap-envelope"
#define NS_ADDRESSING "http://schemas.xmlsoap.org/ws/2004/08/addressing"
#define NS_WSMAN      "http://schemas.dmtf.org/wbem/wsman/1/wsman.xsd"
#define NS_TRANSFER   "http://schemas.xmlsoap.org/ws/2004/09/transfer"
#define NS_SHELL      "http://schemas.microsoft.com/wbem/wsman/1/windows/shell"
#define SHELL_CMD     NS_SHELL "/cmd"
#define FAULT_ACTION  "http://schemas.dmtf.org/wbem/wsman/1/wsman/fault"

#define DEFAULT_ENVELOPE   153600u
#define SMALLEST_ENVELOPE  8192u
#define LARGEST_ENVELOPE   512000u /* MaxEnvelopeSizekb 500 of the service */
#define LARGEST_TIMEOUT_MS 60000   /* MaxTimeoutms */
#define DEFAULT_IDLE_MS    7200000 /* IdleTimeout */

static const char *const actions[SIM_SOAP_OPS] = {
    NS_TRANSFER "/Create", NS_SHELL "/Command", NS_SHELL "/Send",
    NS_SHELL "/Receive",   NS_SHELL "/Signal",  NS_TRANSFER "/Delete",
};

struct fault_form {
    const char *code, *subcode, *number, *text;
};

static const struct fault_form fault_forms[SIM_FAULTS] = {
    [SIM_FAULT_TIMEOUT] = {"s:Receiver", "w:TimedOut", "2150858793",
                           "The WS-Management service cannot complete the operation within the "
                           "time specified in OperationTimeout.  "},
    [SIM_FAULT_NO_SHELL] = {"s:Sender", "w:InvalidSelectors", "2150858843",
                            "The request for the Windows Remote Shell with ShellId failed because "
                            "the shell was not found on the server. Possible causes are: the "
                            "specified ShellId is incorrect or the shell no longer exists on the "
                            "server. Provide the correct ShellId or create a new shell and retry "
                            "the operation. "},
    [SIM_FAULT_SHELL_QUOTA] = {"s:Receiver", "w:QuotaLimit", "2150859173",
                               "The WS-Management service cannot process the request. This user "
                               "has exceeded the maximum number of concurrent shells. Close "
                               "existing shells or raise the quota for this user. "},
    [SIM_FAULT_TOO_MANY_COMMANDS] =
        {"s:Receiver", "w:QuotaLimit", "2150859174",
         "The WS-Management service cannot process the request. This "
         "user has exceeded the maximum number of commands per shell. "},
    [SIM_FAULT_SCHEMA] = {"s:Sender", "w:SchemaValidationError", "2150858817",
                          "The SOAP XML in the message does not match the corresponding XML "
                          "schema definition. Change the XML and retry. "},
    [SIM_FAULT_ABORTED] = {"s:Receiver", "w:InternalError", "995",
                           "The I/O operation has been aborted because of either a thread exit "
                           "or an application request. "},
    [SIM_FAULT_RESOURCE] = {"s:Sender", "a:DestinationUnreachable", "2150858752",
                            "The WS-Management service cannot process the request. The resource "
                            "URI was not found in the WS-Management catalog. "},
    [SIM_FAULT_ACTION] = {"s:Sender", "a:ActionNotSupported", "2150858753",
                          "The WS-Management service cannot process the request because the "
                          "action is not supported by the service. "},
};

/* Reading. */

static bool is(const struct hw_xml *node, const char *ns, const char *name)
{
    return !strcmp(node->name, name) && !strcmp(node->namespace, ns);
}

static const struct hw_xml *child(const struct hw_xml *parent, const char *ns, const char *name)
{
    const struct hw_xml *node = parent ? parent->children : NULL;
    while (node && !is(node, ns, name))
        node = node->next;
    return node;
}

/* The caller's; NULL when node is NULL. */
static char *content(const struct hw_xml *node)
{
    if (!node)
        return NULL;
    struct hw_span trimmed = hw_text_trim(node->text, strlen(node->text));
    return hw_strndup(trimmed.p, trimmed.n);
}

static char *attribute(const struct hw_xml *node, const char *name)
{
    return node ? hw_strdup(hw_xml_attribute(node, name)) : NULL;
}

/* "PT20S", "PT20.000S", "PT1M", "P0DT0H0M20S" into milliseconds. */
static bool read_duration(const char *text, int64_t *ret_ms)
{
    if (*text++ != 'P')
        return false;
    double total = 0;
    bool in_time = false, any = false;
    while (*text) {
        if (*text == 'T' && !in_time) {
            in_time = true;
            text++;
            continue;
        }
        char *end;
        double value = *text >= '0' && *text <= '9' ? strtod(text, &end) : -1;
        if (value < 0 || value > 1e7)
            return false;
        double unit = *end == 'D' && !in_time  ? 86400
                      : *end == 'H' && in_time ? 3600
                      : *end == 'M' && in_time ? 60
                      : *end == 'S' && in_time ? 1
                                               : 0;
        if (unit == 0)
            return false;
        total += value * unit;
        any = true;
        text = end + 1;
    }
    *ret_ms = (int64_t)(total * 1000);
    return any;
}

static bool read_timeout(const struct hw_xml *header, struct sim_soap *ret)
{
    hw_auto_text text = content(child(header, NS_WSMAN, "OperationTimeout"));
    ret->timeout_ms = LARGEST_TIMEOUT_MS;
    if (text && !read_duration(text, &ret->timeout_ms))
        return false;
    if (ret->timeout_ms > LARGEST_TIMEOUT_MS)
        ret->timeout_ms = LARGEST_TIMEOUT_MS;
    return true;
}

static bool read_envelope_size(const struct hw_xml *header, struct sim_soap *ret)
{
    hw_auto_text text = content(child(header, NS_WSMAN, "MaxEnvelopeSize"));
    long size = (long)DEFAULT_ENVELOPE;
    if (text && !hw_parse_int(text, 1, INT32_MAX, &size))
        return false;
    ret->max_envelope = (size_t)size;
    if (ret->max_envelope < SMALLEST_ENVELOPE)
        ret->max_envelope = SMALLEST_ENVELOPE;
    if (ret->max_envelope > LARGEST_ENVELOPE)
        ret->max_envelope = LARGEST_ENVELOPE;
    return true;
}

static void read_shell_id(const struct hw_xml *header, struct sim_soap *ret)
{
    const struct hw_xml *set = child(header, NS_WSMAN, "SelectorSet");
    for (const struct hw_xml *node = set ? set->children : NULL; node; node = node->next) {
        if (!is(node, NS_WSMAN, "Selector"))
            continue;
        hw_auto_text name = attribute(node, "Name");
        if (name && hw_text_equal_nocase(name, "ShellId")) {
            free(ret->shell_id);
            ret->shell_id = content(node);
        }
    }
}

static enum sim_fault read_action(const struct hw_xml *header, struct sim_soap *ret)
{
    hw_auto_text resource = content(child(header, NS_WSMAN, "ResourceURI"));
    if (!resource || strcmp(resource, SHELL_CMD) != 0)
        return SIM_FAULT_RESOURCE;
    hw_auto_text action = content(child(header, NS_ADDRESSING, "Action"));
    for (unsigned i = 0; action && i < SIM_SOAP_OPS; i++) {
        if (!strcmp(action, actions[i])) {
            ret->op = (enum sim_soap_op)i;
            return SIM_FAULT_NONE;
        }
    }
    return SIM_FAULT_ACTION;
}

static bool read_create(const struct hw_xml *body, struct sim_soap *ret)
{
    const struct hw_xml *shell = child(body, NS_SHELL, "Shell");
    hw_auto_text idle = content(child(shell, NS_SHELL, "IdleTimeOut"));
    ret->idle_ms = DEFAULT_IDLE_MS;
    return shell && (!idle || read_duration(idle, &ret->idle_ms));
}

static bool read_command(const struct hw_xml *body, struct sim_soap *ret)
{
    const struct hw_xml *line = child(body, NS_SHELL, "CommandLine");
    const struct hw_xml *command = child(line, NS_SHELL, "Command");
    if (!command)
        return false;
    hw_auto(hw_buf) joined = HW_BUF(HW_MAX_SOAP);
    hw_auto_text first = content(command);
    hw_buf_text(&joined, first);
    for (const struct hw_xml *node = line->children; node; node = node->next) {
        if (!is(node, NS_SHELL, "Arguments"))
            continue;
        hw_auto_text argument = content(node);
        hw_buf_print(&joined, " %s", argument);
    }
    ret->command_line = hw_buf_take(&joined);
    return true;
}

static bool read_send(const struct hw_xml *body, struct sim_soap *ret)
{
    const struct hw_xml *send = child(body, NS_SHELL, "Send");
    ret->input = (struct hw_buf)HW_BUF(HW_MAX_SOAP);
    for (const struct hw_xml *node = send ? send->children : NULL; node; node = node->next) {
        if (!is(node, NS_SHELL, "Stream"))
            continue;
        hw_auto_text end = attribute(node, "End");
        hw_auto_text base64 = content(node);
        free(ret->command_id);
        ret->command_id = attribute(node, "CommandId");
        if (!hw_buf_unbase64(&ret->input, base64, strlen(base64)))
            return false;
        ret->input_end |= end && (hw_text_equal_nocase(end, "true") || !strcmp(end, "1"));
    }
    return send && ret->command_id;
}

static bool read_receive(const struct hw_xml *body, struct sim_soap *ret)
{
    const struct hw_xml *stream =
        child(child(body, NS_SHELL, "Receive"), NS_SHELL, "DesiredStream");
    hw_auto_text names = content(stream);
    ret->command_id = attribute(stream, "CommandId");
    ret->want_stdout = names && strstr(names, "stdout");
    ret->want_stderr = names && strstr(names, "stderr");
    return ret->command_id && (ret->want_stdout || ret->want_stderr);
}

static bool read_signal(const struct hw_xml *body, struct sim_soap *ret)
{
    const struct hw_xml *signal = child(body, NS_SHELL, "Signal");
    ret->command_id = attribute(signal, "CommandId");
    ret->signal = content(child(signal, NS_SHELL, "Code"));
    return ret->command_id && ret->signal;
}

static bool read_body(const struct hw_xml *body, struct sim_soap *ret)
{
    switch (ret->op) {
    case SIM_SOAP_CREATE:
        return read_create(body, ret);
    case SIM_SOAP_COMMAND:
        return read_command(body, ret);
    case SIM_SOAP_SEND:
        return read_send(body, ret);
    case SIM_SOAP_RECEIVE:
        return read_receive(body, ret);
    case SIM_SOAP_SIGNAL:
        return read_signal(body, ret);
    case SIM_SOAP_DELETE:
    case SIM_SOAP_OPS:
        break;
    }
    return true;
}

static enum sim_fault read_root(const struct hw_xml *root, struct sim_soap *ret)
{
    const struct hw_xml *header = child(root, NS_SOAP, "Header");
    const struct hw_xml *body = child(root, NS_SOAP, "Body");
    if (!is(root, NS_SOAP, "Envelope") || !header || !body)
        return SIM_FAULT_SCHEMA;
    ret->message_id = content(child(header, NS_ADDRESSING, "MessageID"));
    if (!ret->message_id || !read_timeout(header, ret) || !read_envelope_size(header, ret))
        return SIM_FAULT_SCHEMA;
    enum sim_fault fault = read_action(header, ret);
    if (fault)
        return fault;
    read_shell_id(header, ret);
    return read_body(body, ret) ? SIM_FAULT_NONE : SIM_FAULT_SCHEMA;
}

enum sim_fault sim_soap_read(const char *xml, size_t count, struct sim_soap *ret)
{
    *ret = (struct sim_soap){0};
    struct hw_xml_doc *doc = count <= HW_MAX_SOAP ? hw_xml_parse(xml, count) : NULL;
    enum sim_fault fault = doc ? read_root(hw_xml_root(doc), ret) : SIM_FAULT_SCHEMA;
    hw_xml_free(doc);
    return fault;
}

void sim_soap_done(struct sim_soap *soap)
{
    free(soap->message_id);
    free(soap->shell_id);
    free(soap->command_id);
    free(soap->signal);
    free(soap->command_line);
    hw_buf_done(&soap->input);
}

/* Writing. */

static void begin_envelope(struct hw_buf *out, const char *action, const char *suffix,
                           const char *relates_to, struct sim_random *random)
{
    char guid[SIM_GUID_SIZE];
    sim_random_guid(random, guid);
    hw_buf_text(out,
                "<s:Envelope xml:lang=\"en-US\" xmlns:s=\"" NS_SOAP "\" xmlns:a=\"" NS_ADDRESSING
                "\" xmlns:x=\"" NS_TRANSFER "\" xmlns:w=\"" NS_WSMAN "\" xmlns:rsp=\"" NS_SHELL
                "\" xmlns:p=\"http://schemas.microsoft.com/wbem/wsman/1/wsman.xsd\">");
    hw_buf_print(out, "<s:Header><a:Action>%s%s</a:Action><a:MessageID>uuid:%s</a:MessageID>",
                 action, suffix, guid);
    hw_buf_text(out, "<a:To>" NS_ADDRESSING "/role/anonymous</a:To><a:RelatesTo>");
    hw_buf_xml(out, relates_to ? relates_to : "");
    hw_buf_text(out, "</a:RelatesTo></s:Header><s:Body>");
}

void sim_soap_begin(struct hw_buf *out, const struct sim_soap *request, struct sim_random *random)
{
    begin_envelope(out, actions[request->op], "Response", request->message_id, random);
}

void sim_soap_end(struct hw_buf *out)
{
    hw_buf_text(out, "</s:Body></s:Envelope>");
}

void sim_soap_fault(struct hw_buf *out, enum sim_fault fault, const struct sim_soap *request,
                    const char *machine, struct sim_random *random)
{
    const struct fault_form *form = &fault_forms[fault];
    begin_envelope(out, FAULT_ACTION, "", request->message_id, random);
    hw_buf_print(out, "<s:Fault><s:Code><s:Value>%s</s:Value><s:Subcode><s:Value>%s</s:Value>",
                 form->code, form->subcode);
    hw_buf_print(out, "</s:Subcode></s:Code><s:Reason><s:Text xml:lang=\"en-US\">%s</s:Text>",
                 form->text);
    hw_buf_print(out,
                 "</s:Reason><s:Detail><f:WSManFault "
                 "xmlns:f=\"http://schemas.microsoft.com/wbem/wsman/1/wsmanfault\" Code=\"%s\" "
                 "Machine=\"%s\"><f:Message>%s</f:Message></f:WSManFault></s:Detail></s:Fault>",
                 form->number, machine, form->text);
    sim_soap_end(out);
}
