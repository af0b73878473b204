/* SPDX-License-Identifier: Apache-2.0 */
/* Where hpcwiz was built without libssh2: everything goes through the system's ssh program. */
#include "base/mem.h"
#include "node/ssh_parts.h"

struct hw_ssh_session {
    struct hw_ssh_handler handler;
    struct hw_timer *timer;
};

void hw_ssh_jumps_free(struct hw_ssh *ssh HW_UNUSED)
{
}

void hw_ssh_jumps_forgive(struct hw_ssh *ssh HW_UNUSED)
{
}

static void on_end(void *data)
{
    struct hw_ssh_session *session = data;
    struct hw_err err = {0};
    session->timer = NULL;
    hw_fail(&err, HW_ERR_PROTOCOL, _("hpcwiz was built without libssh2"));
    session->handler.ended(session->handler.data, HW_SSH_BEYOND, &err);
}

struct hw_ssh_session *hw_ssh_session_start(struct hw_ssh *ssh,
                                            const struct hw_target *target HW_UNUSED,
                                            const char *command HW_UNUSED,
                                            const struct hw_ssh_handler *handler)
{
    struct hw_ssh_session *session = HW_NEW(struct hw_ssh_session);
    session->handler = *handler;
    session->timer = hw_loop_timer(ssh->loop, 0, on_end, session);
    return session;
}

bool hw_ssh_session_is_slow(const struct hw_ssh_session *session HW_UNUSED)
{
    return false;
}

void hw_ssh_session_write(struct hw_ssh_session *session HW_UNUSED, const char *bytes HW_UNUSED,
                          size_t n HW_UNUSED)
{
}

void hw_ssh_session_end_input(struct hw_ssh_session *session HW_UNUSED)
{
}

void hw_ssh_session_free(struct hw_ssh_session *session)
{
    if (!session)
        return;
    hw_timer_cancel(session->timer);
    free(session);
}
