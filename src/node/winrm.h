/* SPDX-License-Identifier: Apache-2.0 */
/* One command on a Windows machine, through the remote shell of WS-Management: Create, Command,
 * Send, Receive until the command ends, Signal, Delete. Non-blocking, on the loop. How the messages
 * get there, and who proves what to whom, is node/wsman.h's matter. */
#ifndef HW_NODE_WINRM_H
#define HW_NODE_WINRM_H

#include "node/wsman.h"

struct hw_winrm;

struct hw_winrm_command {
    const char *line;      /* at most HW_WINRM_LINE_MAX bytes */
    const char *input;     /* for its standard input, or NULL */
    const char *old_shell; /* left behind by a broken connection: deleted first; or NULL */
};

/* cmd.exe takes no longer line (Microsoft Learn, "Command prompt line string limitation"). */
#define HW_WINRM_LINE_MAX 8191u

enum hw_winrm_end {
    HW_WINRM_ENDED,   /* the command ended by itself */
    HW_WINRM_LOST,    /* no connection, or it broke: worth another try later */
    HW_WINRM_REFUSED, /* wrong password or certificate: trying again would lock the account */
};

/* Called from the loop. Only `ended`, which is the last call, may free or close the struct. */
struct hw_winrm_handler {
    void (*opened)(void *data); /* the command runs and has its input */
    void (*output)(void *data, bool is_error, const char *bytes, size_t n);
    void (*ended)(void *data, enum hw_winrm_end how, int exit_code, const struct hw_err *err);
    void *data;
};

/* Everything is copied. */
struct hw_winrm *hw_winrm_start(struct hw_multi *multi, struct hw_loop *loop,
                                const struct hw_wsman_target *target,
                                const struct hw_winrm_command *command,
                                const struct hw_winrm_handler *handler);
const char *hw_winrm_shell(const struct hw_winrm *winrm); /* its id; NULL: none was made */

/* Ends command and shell on the machine, then calls closed(data) (may be NULL) and frees; takes
 * at most some seconds. The handler is not called any more. */
void hw_winrm_close(struct hw_winrm *winrm, void (*closed)(void *data), void *data);
/* At once; a shell is left to its idle timeout. NULL allowed. */
void hw_winrm_free(struct hw_winrm *winrm);

#endif
