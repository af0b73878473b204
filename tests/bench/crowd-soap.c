/* SPDX-License-Identifier: Apache-2.0 */
/* Answers of WS-Management in the form that Windows gives them, as cheaply as can be: only their
 * ids and their output differ. */
#include "crowd-parts.h"

#include <stdlib.h>
#include <time.h>

#include "base/text.h"

#define NS_SHELL "http://schemas.microsoft.com/wbem/wsman/1/windows/shell"
#define NS_WSMAN "http://schemas.dmtf.org/wbem/wsman/1/wsman.xsd"
#define NS_MOVE  "http://schemas.xmlsoap.org/ws/2004/09/transfer"
#define NS_WHERE "http://schemas.xmlsoap.org/ws/2004/08/addressing"

#define PAGE_SIZE     200
#define NODES_A_BLOCK 250 /* addresses x.y.z.1 to x.y.z.250 */
#define ENVELOPE_MAX  (4u * 1024u * 1024u)

static const char *const ops[] = {
    [CROWD_CREATE] = NS_MOVE "/Create",  [CROWD_COMMAND] = NS_SHELL "/Command",
    [CROWD_SEND] = NS_SHELL "/Send",     [CROWD_RECEIVE] = NS_SHELL "/Receive",
    [CROWD_SIGNAL] = NS_SHELL "/Signal", [CROWD_DELETE] = NS_MOVE "/Delete",
};

enum crowd_op crowd_op_of(const char *envelope)
{
    const char *action = strstr(envelope, "<a:Action");
    action = action ? strchr(action, '>') : NULL;
    for (unsigned op = 0; action && op < CROWD_NO_OP; op++) {
        size_t n = strlen(ops[op]);
        if (!strncmp(action + 1, ops[op], n) && action[1 + n] == '<')
            return (enum crowd_op)op;
    }
    return CROWD_NO_OP;
}

static void put_command(struct hw_buf *out, size_t node)
{
    hw_buf_print(out, "C0A4E2B0-77D1-4F1C-9B1A-%012zX", node);
}

static void put_body(struct hw_buf *out, enum crowd_op op, size_t node, struct hw_buf *told)
{
    switch (op) {
    case CROWD_CREATE:
        hw_buf_print(out,
                     "<rsp:Shell><rsp:ShellId>5E11A0B0-77D1-4F1C-9B1A-%012zX</rsp:ShellId>"
                     "<rsp:Owner>NODE\\Administrator</rsp:Owner></rsp:Shell>",
                     node);
        break;
    case CROWD_COMMAND:
        hw_buf_text(out, "<rsp:CommandResponse><rsp:CommandId>");
        put_command(out, node);
        hw_buf_text(out, "</rsp:CommandId></rsp:CommandResponse>");
        break;
    case CROWD_RECEIVE:
        hw_buf_text(out, "<rsp:ReceiveResponse><rsp:Stream Name=\"stdout\" CommandId=\"");
        put_command(out, node);
        hw_buf_text(out, "\">");
        hw_buf_base64(out, told->data, told->len);
        hw_buf_clear(told);
        hw_buf_text(out, "</rsp:Stream><rsp:CommandState CommandId=\"");
        put_command(out, node);
        hw_buf_text(out, "\" State=\"" NS_SHELL "/CommandState/Running\"></rsp:CommandState>"
                         "</rsp:ReceiveResponse>");
        break;
    case CROWD_SEND:
        hw_buf_text(out, "<rsp:SendResponse/>");
        break;
    case CROWD_SIGNAL:
        hw_buf_text(out, "<rsp:SignalResponse/>");
        break;
    case CROWD_DELETE:
    case CROWD_NO_OP:
        break;
    }
}

/* By which the client tells how far its own clock is off. */
static const char *http_date(void)
{
    static _Thread_local time_t made;
    static _Thread_local char text[sizeof "Sat, 28 Nov 2026 20:15:00 GMT"];
    time_t now = time(NULL);
    struct tm utc;
    if (now != made && gmtime_r(&now, &utc))
        strftime(text, sizeof text, "%a, %d %b %Y %H:%M:%S GMT", &utc);
    made = now;
    return text;
}

static void put_http(struct hw_buf *out, const char *type, const struct hw_buf *body)
{
    hw_buf_print(out,
                 "HTTP/1.1 200 \r\nContent-Type: %s\r\nServer: Microsoft-HTTPAPI/2.0\r\n"
                 "Date: %s\r\nContent-Length: %zu\r\n\r\n",
                 type, http_date(), body->len);
    hw_buf_add(out, body->data, body->len);
}

void crowd_answer(struct hw_buf *out, enum crowd_op op, size_t node, struct hw_buf *told)
{
    static struct hw_buf body = HW_BUF(ENVELOPE_MAX);
    hw_buf_clear(&body);
    hw_buf_text(&body, "<s:Envelope xml:lang=\"en-US\" "
                       "xmlns:s=\"http://www.w3.org/2003/05/soap-envelope\" xmlns:a=\"" NS_WHERE
                       "\" xmlns:x=\"" NS_MOVE "\" xmlns:w=\"" NS_WSMAN "\" xmlns:rsp=\"" NS_SHELL
                       "\" xmlns:p=\"http://schemas.microsoft.com/wbem/wsman/1/wsman.xsd\">"
                       "<s:Header><a:Action>");
    hw_buf_text(&body, ops[op]);
    hw_buf_text(&body,
                "Response</a:Action><a:MessageID>uuid:7B8C1A9E-5F7A-4A3C-8E57-0D1B2C3D4E5F"
                "</a:MessageID><a:To>" NS_WHERE "/role/anonymous</a:To><a:RelatesTo>"
                "uuid:11111111-2222-4333-8444-555555555555</a:RelatesTo></s:Header><s:Body>");
    put_body(&body, op, node, told);
    hw_buf_text(&body, "</s:Body></s:Envelope>");
    put_http(out, "application/soap+xml;charset=UTF-8", &body);
}

void crowd_refuse(struct hw_buf *out, int status)
{
    hw_buf_print(out, "HTTP/1.1 %d \r\n%sContent-Length: 0\r\n\r\n", status,
                 status == 401 ? "WWW-Authenticate: Basic realm=\"WSMAN\"\r\n" : "");
}

uint32_t crowd_address(unsigned first, size_t node)
{
    return (uint32_t)(127u << 24 | first << 16 | (unsigned)(node / NODES_A_BLOCK) << 8 |
                      (unsigned)(node % NODES_A_BLOCK + 1));
}

static void put_tag(struct hw_buf *out, const char *name, const char *value)
{
    hw_buf_print(out, "<item><key>%s</key><value>%s</value></item>", name, value);
}

static void put_instance(struct hw_buf *out, size_t node, unsigned first, const char *pin)
{
    char address[16];
    hw_ipv4_text(crowd_address(first, node), address);
    hw_buf_print(out,
                 "<item><reservationId>r-%017zx</reservationId><instancesSet><item><instanceId>"
                 "i-%017zx</instanceId><privateIpAddress>%s</privateIpAddress><instanceState><code>"
                 "16</code><name>running</name></instanceState><launchTime>2026-11-28T20:00:00.000Z"
                 "</launchTime><tagSet>",
                 node, node, address);
    put_tag(out, "hpcwiz:role", "compute");
    put_tag(out, "hpcwiz:group", "compute");
    put_tag(out, "hpcwiz:winrm-sha256", pin);
    hw_buf_text(out, "</tagSet></item></instancesSet></item>");
}

void crowd_instances(struct hw_buf *out, const char *request, size_t count, unsigned first,
                     const char *pin)
{
    static const char token[] = "NextToken=";
    hw_auto(hw_buf) body = HW_BUF(ENVELOPE_MAX);
    const char *at = strstr(request, token);
    size_t from = at ? strtoul(at + strlen(token), NULL, 10) : 0;
    size_t to = from + PAGE_SIZE < count ? from + PAGE_SIZE : count;
    hw_buf_text(&body, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<DescribeInstancesResponse "
                       "xmlns=\"http://ec2.amazonaws.com/doc/2016-11-15/\"><requestId>"
                       "59dbff89-35bd-4eac-99ed-be587EXAMPLE</requestId><reservationSet>");
    for (size_t node = from; node < to; node++)
        put_instance(&body, node, first, pin);
    hw_buf_text(&body, "</reservationSet>");
    if (to < count)
        hw_buf_print(&body, "<nextToken>%zu</nextToken>", to);
    hw_buf_text(&body, "</DescribeInstancesResponse>");
    put_http(out, "text/xml;charset=UTF-8", &body);
}
