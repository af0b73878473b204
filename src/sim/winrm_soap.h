/* SPDX-License-Identifier: Apache-2.0 */
/* WS-Management envelopes of the remote shell: requests read, responses and faults written.
 * Forms: [MS-WSMV] "Web Services Management Protocol Extensions for Windows Vista", sections
 * 2.2.4 and 3.1.4; fault codes: Windows SDK, wsmerror.h. */
#ifndef HW_SIM_WINRM_SOAP_H
#define HW_SIM_WINRM_SOAP_H

#include "base/buf.h"
#include "sim/node_random.h"

enum sim_soap_op {
    SIM_SOAP_CREATE,
    SIM_SOAP_COMMAND,
    SIM_SOAP_SEND,
    SIM_SOAP_RECEIVE,
    SIM_SOAP_SIGNAL,
    SIM_SOAP_DELETE,
    SIM_SOAP_OPS,
};

enum sim_fault {
    SIM_FAULT_NONE,
    SIM_FAULT_TIMEOUT,     /* nothing to receive within OperationTimeout */
    SIM_FAULT_NO_SHELL,    /* unknown shell or command */
    SIM_FAULT_SHELL_QUOTA, /* too many shells */
    SIM_FAULT_TOO_MANY_COMMANDS,
    SIM_FAULT_SCHEMA,
    SIM_FAULT_ABORTED, /* the operation was cancelled by another */
    SIM_FAULT_RESOURCE,
    SIM_FAULT_ACTION,
    SIM_FAULTS,
};

/* One request. Texts are owned; absent ones are NULL. */
struct sim_soap {
    enum sim_soap_op op;
    char *message_id, *shell_id, *command_id, *signal;
    char *command_line; /* Command and its Arguments, joined */
    size_t max_envelope;
    int64_t timeout_ms, idle_ms;
    bool want_stdout, want_stderr;
    struct hw_buf input; /* Send: the bytes */
    bool input_end;
};

/* Reads an envelope. On a fault ret holds what could be read (at least message_id, for the
 * answer). The caller calls sim_soap_done either way. */
enum sim_fault sim_soap_read(const char *xml, size_t count, struct sim_soap *ret);
void sim_soap_done(struct sim_soap *soap);

/* Writes the envelope up to and including <s:Body>, and its end. */
void sim_soap_begin(struct hw_buf *out, const struct sim_soap *request, struct sim_random *random);
void sim_soap_end(struct hw_buf *out);
/* A whole fault envelope; machine: the name that it carries. HTTP status 500 goes with it. */
void sim_soap_fault(struct hw_buf *out, enum sim_fault fault, const struct sim_soap *request,
                    const char *machine, struct sim_random *random);

#endif
