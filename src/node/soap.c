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

#define MESSAGE_ID  "<a:MessageID>uuid:"
#define UUID_SIZE   36u
#define UUID_BYTES  16u
#define UUIDS_AHEAD 64u /* asking for randomness takes longer than all else of a request */

/* A random UUID (RFC 4122, version 4). */
static void make_uuid(char out[UUID_SIZE])
{
    static const char digits[] = "0123456789ABCDEF";
    static unsigned char pool[UUIDS_AHEAD][UUID_BYTES];
    static size_t left;
    if (left == 0) {
        RAND_bytes(pool[0], sizeof pool);
        left = UUIDS_AHEAD;
    }
    unsigned char *b = pool[--left];
    b[6] = (unsigned char)((b[6] & 0x0F) | 0x40);
    b[8] = (unsigned char)((b[8] & 0x3F) | 0x80);
    for (size_t i = 0; i < UUID_BYTES; i++) {
        if (i == 4 || i == 6 || i == 8 || i == 10)
            *out++ = '-';
        *out++ = digits[b[i] >> 4];
        *out++ = digits[b[i] & 15];
    }
}

static void put_header(struct hw_buf *out, const struct hw_soap_request *request)
{
    hw_buf_text(out, "<s:Header><a:To>");
    hw_buf_xml(out, request->url);
    hw_buf_text(out, "</a:To><a:ReplyTo><a:Address" MUST ">" NS_ADDRESSING
                     "/role/anonymous</a:Address></a:ReplyTo><w:MaxEnvelopeSize" MUST
                     ">" ENVELOPE_SIZE "</w:MaxEnvelopeSize>" MESSAGE_ID);
    char uuid[UUID_SIZE];
    make_uuid(uuid);
    hw_buf_add(out, uuid, sizeof uuid);
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

void hw_soap_renew(struct hw_buf *message)
{
    char *id = memmem(message->data, message->len, MESSAGE_ID, strlen(MESSAGE_ID));
    make_uuid(id + strlen(MESSAGE_ID));
}

/* Reading. */

/* What an element without children is read for. */
enum leaf { NOTHING, SHELL_ID, COMMAND_ID, OUT, ERR, EXIT_CODE, FAULT_TEXT };

struct reading {
    struct hw_soap_reply *ret;
    bool is_envelope, begun, broken;
    enum leaf leaf;
};

/* Cleaned and cut; the caller's. */
static char *short_text(const char *text, size_t n, size_t max)
{
    struct hw_span trimmed = hw_text_trim(text, n);
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

/* "" where the attribute is missing. */
static const char *attribute(const char **attributes, const char *name)
{
    for (; *attributes; attributes += 2) {
        if (!strcmp(attributes[0], name))
            return attributes[1];
    }
    return "";
}

static void read_exit_code(const char *text, size_t n, struct hw_soap_reply *ret)
{
    hw_auto_text digits = short_text(text, n, 32);
    long code;
    if (hw_parse_int(digits, INT32_MIN, UINT32_MAX, &code))
        ret->exit_code = (int)code;
}

static void read_fault(const char *text, struct hw_soap_reply *ret)
{
    long code;
    if (*text && hw_parse_int(text, 0, UINT32_MAX, &code))
        ret->fault_code = (uint32_t)code;
}

static enum leaf leaf_of(const char *name, const char **attributes, const struct hw_soap_reply *ret)
{
    if (!strcmp(name, "Stream"))
        return !strcmp(attribute(attributes, "Name"), "stderr") ? ERR : OUT;
    if (!strcmp(name, "ShellId") ||
        (!strcmp(name, "Selector") && !strcmp(attribute(attributes, "Name"), "ShellId")))
        return SHELL_ID;
    if (!strcmp(name, "CommandId"))
        return COMMAND_ID;
    if (!strcmp(name, "ExitCode"))
        return EXIT_CODE;
    return !strcmp(name, "Text") && ret->fault && !ret->fault_text ? FAULT_TEXT : NOTHING;
}

static void on_begin(void *data, const char *name, const char **attributes)
{
    struct reading *reading = data;
    struct hw_soap_reply *ret = reading->ret;
    if (!reading->begun)
        reading->is_envelope = !strcmp(name, "Envelope");
    reading->begun = true;
    if (!strcmp(name, "CommandState"))
        ret->done |= hw_text_ends(attribute(attributes, "State"), "/CommandState/Done");
    else if (!strcmp(name, "Fault"))
        ret->fault = true;
    else if (!strcmp(name, "WSManFault"))
        read_fault(attribute(attributes, "Code"), ret);
    reading->leaf = leaf_of(name, attributes, ret);
}

static bool on_leaf(void *data, const char *text, size_t n)
{
    struct reading *reading = data;
    struct hw_soap_reply *ret = reading->ret;
    switch (reading->leaf) {
    case NOTHING:
        break;
    case SHELL_ID:
        take_id(&ret->shell, short_text(text, n, ID_MAX));
        break;
    case COMMAND_ID:
        take_id(&ret->command, short_text(text, n, ID_MAX));
        break;
    case OUT:
    case ERR:
        reading->broken = !hw_buf_unbase64(reading->leaf == ERR ? &ret->err : &ret->out, text, n);
        break;
    case EXIT_CODE:
        read_exit_code(text, n, ret);
        break;
    case FAULT_TEXT:
        ret->fault_text = short_text(text, n, FAULT_MAX);
        break;
    }
    return !reading->broken;
}

bool hw_soap_read(const char *xml, size_t n, struct hw_soap_reply *ret, struct hw_err *err)
{
    static const struct hw_xml_events events = {on_begin, on_leaf};
    struct reading reading = {.ret = ret};
    *ret = (struct hw_soap_reply){.out = HW_BUF(HW_MAX_SOAP), .err = HW_BUF(HW_MAX_SOAP)};
    bool whole = n <= HW_MAX_SOAP && hw_xml_tell(xml, n, &events, &reading);
    if (whole && reading.is_envelope)
        return true;
    hw_soap_reply_done(ret);
    return hw_fail(err, HW_ERR_PROTOCOL, "%s",
                   reading.broken ? _("the answer holds broken base64")
                                  : _("the answer is no WS-Management message"));
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
