/* SPDX-License-Identifier: Apache-2.0 */
#include "node/soap.h"

#include <openssl/rand.h>

#include "base/mem.h"
#include "base/text.h"
#include "base/xml.h"

#define NS_SOAP       "http://www.w3.org/2003/05/soap-envelope"
#define NS_ADDRESSING "http://schemas.xmlsoap.org/ws/2004/08/addressing"
#define NS_TRANSFER   "http://schemas.xmlsoap.org/ws/2004/09/transfer"
#define NS_WSMAN      "http://schemas.dmtf.org/wbem/wsman/1/wsman.xsd"
#define NS_MICROSOFT  "http://schemas.microsoft.com/wbem/wsman/1/wsman.xsd"
#define NS_SHELL      "http://schemas.microsoft.com/wbem/wsman/1/windows/shell"
#define MUST          " s:mustUnderstand=\"true\""
#define MAY           " s:mustUnderstand=\"false\""

/* Every Windows allows 500 KiB; a third of that keeps twenty flooded nodes in little memory and
 * one answer a matter of milliseconds. */
#define ENVELOPE_SIZE "153600"
#define ID_MAX        128u /* of a shell or command */
#define FAULT_MAX     512u /* of a fault's message that is shown */

static const char *const actions[] = {
    [HW_SOAP_CREATE] = NS_TRANSFER "/Create", [HW_SOAP_COMMAND] = NS_SHELL "/Command",
    [HW_SOAP_SEND] = NS_SHELL "/Send",        [HW_SOAP_RECEIVE] = NS_SHELL "/Receive",
    [HW_SOAP_SIGNAL] = NS_SHELL "/Signal",    [HW_SOAP_DELETE] = NS_TRANSFER "/Delete",
};

static const char *const options[] = {
    [HW_SOAP_CREATE] = "<w:Option Name=\"WINRS_NOPROFILE\">TRUE</w:Option>"
                       "<w:Option Name=\"WINRS_CODEPAGE\">65001</w:Option>",
    [HW_SOAP_COMMAND] = "<w:Option Name=\"WINRS_CONSOLEMODE_STDIN\">FALSE</w:Option>"
                        "<w:Option Name=\"WINRS_SKIP_CMD_SHELL\">FALSE</w:Option>",
    [HW_SOAP_RECEIVE] = "<w:Option Name=\"WSMAN_CMDSHELL_OPTION_KEEPALIVE\">TRUE</w:Option>",
    [HW_SOAP_DELETE] = NULL,
};

/* A random UUID (RFC 4122, version 4). */
static void put_uuid(struct hw_buf *out)
{
    unsigned char b[16] = {0};
    RAND_bytes(b, sizeof b);
    b[6] = (unsigned char)((b[6] & 0x0F) | 0x40);
    b[8] = (unsigned char)((b[8] & 0x3F) | 0x80);
    for (size_t i = 0; i < sizeof b; i++)
        hw_buf_print(out, "%s%02X", i == 4 || i == 6 || i == 8 || i == 10 ? "-" : "", b[i]);
}

static void put_header(struct hw_buf *out, const struct hw_soap_request *request)
{
    hw_buf_text(out, "<s:Header><a:To>");
    hw_buf_xml(out, request->url);
    hw_buf_text(out, "</a:To><a:ReplyTo><a:Address" MUST ">" NS_ADDRESSING
                     "/role/anonymous</a:Address></a:ReplyTo><w:MaxEnvelopeSize" MUST
                     ">" ENVELOPE_SIZE "</w:MaxEnvelopeSize><a:MessageID>uuid:");
    put_uuid(out);
    hw_buf_print(out,
                 "</a:MessageID><w:Locale xml:lang=\"en-US\"" MAY "/>"
                 "<p:DataLocale xml:lang=\"en-US\"" MAY "/>"
                 "<w:OperationTimeout>PT20S</w:OperationTimeout>"
                 "<w:ResourceURI" MUST ">" NS_SHELL "/cmd</w:ResourceURI>"
                 "<a:Action" MUST ">%s</a:Action>",
                 actions[request->op]);
    if (request->shell) {
        hw_buf_text(out, "<w:SelectorSet><w:Selector Name=\"ShellId\">");
        hw_buf_xml(out, request->shell);
        hw_buf_text(out, "</w:Selector></w:SelectorSet>");
    }
    if (options[request->op])
        hw_buf_print(out, "<w:OptionSet>%s</w:OptionSet>", options[request->op]);
    hw_buf_text(out, "</s:Header>");
}

static void put_attribute(struct hw_buf *out, const char *open, const char *value,
                          const char *close)
{
    hw_buf_text(out, open);
    hw_buf_xml(out, value);
    hw_buf_text(out, close);
}

static void put_body(struct hw_buf *out, const struct hw_soap_request *request)
{
    switch (request->op) {
    case HW_SOAP_CREATE:
        hw_buf_text(out, "<rsp:Shell><rsp:IdleTimeOut>PT180S</rsp:IdleTimeOut><rsp:InputStreams>"
                         "stdin</rsp:InputStreams><rsp:OutputStreams>stdout stderr"
                         "</rsp:OutputStreams></rsp:Shell>");
        break;
    case HW_SOAP_COMMAND:
        put_attribute(out, "<rsp:CommandLine><rsp:Command>", request->text,
                      "</rsp:Command></rsp:CommandLine>");
        break;
    case HW_SOAP_SEND:
        put_attribute(out, "<rsp:Send><rsp:Stream Name=\"stdin\" CommandId=\"", request->command,
                      "\">");
        hw_buf_base64(out, request->text, strlen(request->text));
        hw_buf_text(out, "</rsp:Stream></rsp:Send>");
        break;
    case HW_SOAP_RECEIVE:
        put_attribute(out, "<rsp:Receive><rsp:DesiredStream CommandId=\"", request->command,
                      "\">stdout stderr</rsp:DesiredStream></rsp:Receive>");
        break;
    case HW_SOAP_SIGNAL:
        put_attribute(out, "<rsp:Signal CommandId=\"", request->command,
                      "\"><rsp:Code>" NS_SHELL "/signal/terminate</rsp:Code></rsp:Signal>");
        break;
    case HW_SOAP_DELETE:
        break;
    }
}

bool hw_soap_write(struct hw_buf *out, const struct hw_soap_request *request)
{
    hw_buf_text(out, "<?xml version=\"1.0\" encoding=\"utf-8\"?><s:Envelope xmlns:s=\"" NS_SOAP
                     "\" xmlns:a=\"" NS_ADDRESSING "\" xmlns:w=\"" NS_WSMAN
                     "\" xmlns:p=\"" NS_MICROSOFT "\" xmlns:rsp=\"" NS_SHELL "\">");
    put_header(out, request);
    hw_buf_text(out, "<s:Body>");
    put_body(out, request);
    hw_buf_text(out, "</s:Body></s:Envelope>");
    return !out->full;
}

/* Reading. */

static bool is(const struct hw_xml *node, const char *name)
{
    return strcmp(node->name, name) == 0;
}

/* Cleaned and cut; the caller's. */
static char *short_text(const struct hw_xml *node, size_t max)
{
    struct hw_span trimmed = hw_text_trim(node->text, strlen(node->text));
    hw_auto(hw_buf) out = HW_BUF(4 * max);
    hw_text_clean(&out, trimmed.p, trimmed.n < max ? trimmed.n : max, false);
    return hw_buf_take(&out);
}

static void take_id(char **slot, char *id_take)
{
    if (*slot || !id_take || strlen(id_take) > ID_MAX) {
        free(id_take);
        return;
    }
    *slot = id_take;
}

static bool read_stream(const struct hw_xml *node, struct hw_soap_reply *ret)
{
    const char *name = hw_xml_attribute(node, "Name");
    struct hw_buf *to = name && !strcmp(name, "stderr") ? &ret->err : &ret->out;
    return hw_buf_unbase64(to, node->text, strlen(node->text));
}

static void read_state(const struct hw_xml *node, struct hw_soap_reply *ret)
{
    const char *state = hw_xml_attribute(node, "State");
    ret->done = ret->done || (state && hw_text_ends(state, "/CommandState/Done"));
}

static void read_exit_code(const struct hw_xml *node, struct hw_soap_reply *ret)
{
    hw_auto_text text = short_text(node, 32);
    long code;
    if (hw_parse_int(text, INT32_MIN, UINT32_MAX, &code))
        ret->exit_code = (int)code;
}

static void read_fault(const struct hw_xml *node, struct hw_soap_reply *ret)
{
    const char *text = hw_xml_attribute(node, "Code");
    long code;
    if (text && hw_parse_int(text, 0, UINT32_MAX, &code))
        ret->fault_code = (uint32_t)code;
}

/* False: broken base64. */
static bool read_element(const struct hw_xml *node, struct hw_soap_reply *ret)
{
    if (is(node, "Selector")) {
        const char *name = hw_xml_attribute(node, "Name");
        if (name && !strcmp(name, "ShellId"))
            take_id(&ret->shell, short_text(node, ID_MAX));
    } else if (is(node, "ShellId")) {
        take_id(&ret->shell, short_text(node, ID_MAX));
    } else if (is(node, "CommandId")) {
        take_id(&ret->command, short_text(node, ID_MAX));
    } else if (is(node, "Stream")) {
        return read_stream(node, ret);
    } else if (is(node, "CommandState")) {
        read_state(node, ret);
    } else if (is(node, "ExitCode")) {
        read_exit_code(node, ret);
    } else if (is(node, "Fault")) {
        ret->fault = true;
    } else if (is(node, "WSManFault")) {
        read_fault(node, ret);
    } else if (is(node, "Text") && ret->fault && !ret->fault_text) {
        ret->fault_text = short_text(node, FAULT_MAX);
    }
    return true;
}

bool hw_soap_read(const char *xml, size_t n, struct hw_soap_reply *ret, struct hw_err *err)
{
    *ret = (struct hw_soap_reply){.out = HW_BUF(HW_MAX_SOAP), .err = HW_BUF(HW_MAX_SOAP)};
    struct hw_xml_doc *doc = n <= HW_MAX_SOAP ? hw_xml_parse(xml, n) : NULL;
    const struct hw_xml *root = doc ? hw_xml_root(doc) : NULL;
    bool ok = root && is(root, "Envelope");
    if (!ok)
        hw_fail(err, HW_ERR_PROTOCOL, _("the answer is no WS-Management message"));
    for (const struct hw_xml *node = root; ok && node; node = hw_xml_following(root, node)) {
        ok = read_element(node, ret);
        if (!ok)
            hw_fail(err, HW_ERR_PROTOCOL, _("the answer holds broken base64"));
    }
    hw_xml_free(doc);
    if (!ok)
        hw_soap_reply_done(ret);
    return ok;
}

void hw_soap_reply_done(struct hw_soap_reply *reply)
{
    free(reply->shell);
    free(reply->command);
    free(reply->fault_text);
    hw_buf_done(&reply->out);
    hw_buf_done(&reply->err);
    *reply = (struct hw_soap_reply){0};
}
