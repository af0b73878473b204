/* SPDX-License-Identifier: Apache-2.0 */
/* Jump hosts: one connection to each, whatever the number of nodes behind it, so that its limits on
 * logins (MaxStartups of sshd_config(5)) meet one login alone. One that failed is not tried again
 * for a while, and one that refused us not at all. */
#include "base/clock.h"
#include "node/ssh_parts.h"

#define DEPTH_MAX 8u
#define RETRY_MS  15000
#define FOR_EVER  INT64_MAX

static void free_jump(struct hw_ssh_jump *jump)
{
    hw_timer_cancel(jump->timer);
    hw_ssh_session_free(jump->session);
    free(jump->route);
    free(jump->inner);
    free(jump->left);
    free(jump);
}

/* Those that nothing goes through any more go first. */
void hw_ssh_jumps_free(struct hw_ssh *ssh)
{
    while (ssh->jump_count) {
        size_t i = ssh->jump_count - 1;
        while (i > 0 && ssh->jumps[i]->count)
            i--;
        free_jump(ssh->jumps[i]);
        ssh->jumps[i] = ssh->jumps[--ssh->jump_count];
    }
    free(ssh->jumps);
}

static struct hw_ssh_jump *find(const struct hw_ssh *ssh, const char *route)
{
    for (size_t i = 0; i < ssh->jump_count; i++) {
        if (!strcmp(ssh->jumps[i]->route, route))
            return ssh->jumps[i];
    }
    return NULL;
}

/* Channels. */

LIBSSH2_CHANNEL *hw_ssh_jump_open(struct hw_ssh_jump *jump, struct hw_ssh_session *session,
                                  int *ret_code)
{
    LIBSSH2_SESSION *raw = jump->session->raw;
    *ret_code = LIBSSH2_ERROR_EAGAIN;
    if (jump->opening && jump->opener != session)
        return NULL;
    LIBSSH2_CHANNEL *channel =
        libssh2_channel_direct_tcpip(raw, session->host.name, (int)session->port);
    if (!channel)
        *ret_code = libssh2_session_last_errno(raw);
    bool had_begun = jump->opening;
    jump->opening = !channel && *ret_code == LIBSSH2_ERROR_EAGAIN;
    jump->opener = jump->opening ? session : NULL;
    if (had_begun && !jump->opening)
        hw_ssh_jump_stir(jump); /* the next one's turn */
    return channel;
}

static void leave_behind(struct hw_ssh_jump *jump, LIBSSH2_CHANNEL *channel, size_t unsent)
{
    hw_grow(&jump->left, &jump->left_capacity, jump->left_count, sizeof *jump->left);
    jump->left[jump->left_count++] = (struct hw_ssh_left){channel, unsent};
}

/* False: later. Where a packet is half out, libssh2 goes on with that alone, whatever the bytes
 * that it is given; a channel is gone only when the other side has closed it, too. */
static bool close_channel(struct hw_ssh_jump *jump, struct hw_ssh_left *left)
{
    if (left->unsent) {
        hw_auto(hw_buf) any = HW_BUF(left->unsent);
        hw_buf_fill(&any, '\0', left->unsent);
        if (libssh2_channel_write(left->channel, hw_buf_cstr(&any), left->unsent) ==
            LIBSSH2_ERROR_EAGAIN)
            return false;
        left->unsent = 0;
    }
    return !hw_ssh_session_is_half_out(jump->session) &&
           libssh2_channel_free(left->channel) != LIBSSH2_ERROR_EAGAIN;
}

/* The channel that nobody waits for any more must come before another one can be opened; whose it
 * is libssh2 knows. */
static void finish_opening(struct hw_ssh_jump *jump)
{
    LIBSSH2_SESSION *raw = jump->session->raw;
    LIBSSH2_CHANNEL *channel = libssh2_channel_direct_tcpip(raw, "", 0);
    if (!channel && libssh2_session_last_errno(raw) == LIBSSH2_ERROR_EAGAIN)
        return;
    jump->opening = false;
    if (channel)
        leave_behind(jump, channel, 0);
    hw_ssh_jump_stir(jump);
}

void hw_ssh_jump_tidy(struct hw_ssh_jump *jump)
{
    if (jump->opening && !jump->opener)
        finish_opening(jump);
    for (size_t i = jump->left_count; i-- > 0;) {
        if (close_channel(jump, &jump->left[i]))
            jump->left[i] = jump->left[--jump->left_count];
    }
}

/* Driving. */

/* Those inside are driven: each sees what came for it, or that the way is gone. */
static void wake_inner(void *data)
{
    struct hw_ssh_jump *jump = data;
    jump->timer = NULL;
    hw_ssh_jump_tidy(jump);
    for (size_t i = jump->count; i-- > 0;) {
        if (i < jump->count)
            hw_ssh_session_drive(jump->inner[i]);
    }
    if (jump->session && jump->session->stirred)
        hw_ssh_jump_stir(jump);
}

void hw_ssh_jump_stir(struct hw_ssh_jump *jump)
{
    if (jump->session)
        jump->session->stirred = false;
    if (!jump->timer)
        jump->timer = hw_loop_timer(jump->ssh->loop, 0, wake_inner, jump);
}

/* Its connection. */

/* All its channels go with it. */
static void end_connection(struct hw_ssh_jump *jump)
{
    for (size_t i = 0; i < jump->count; i++)
        jump->inner[i]->tunnel = NULL;
    jump->left_count = 0;
    jump->opening = false;
    hw_ssh_session_free(jump->session);
    jump->session = NULL;
}

static void on_opened(void *data)
{
    hw_ssh_jump_stir(data);
}

static void on_ended(void *data, enum hw_ssh_end how, const struct hw_err *err)
{
    struct hw_ssh_jump *jump = data;
    bool refused = how == HW_SSH_REFUSED;
    jump->how = how;
    jump->err = *err;
    jump->failed_until_ms = refused ? FOR_EVER : hw_clock_monotonic_ms() + RETRY_MS;
    hw_wrap(&jump->err, _("jump host %s"), jump->route);
    end_connection(jump);
    hw_ssh_jump_stir(jump);
}

void hw_ssh_jump_drop(struct hw_ssh_jump *jump)
{
    end_connection(jump);
    jump->failed_until_ms = 0;
}

void hw_ssh_jumps_forgive(struct hw_ssh *ssh)
{
    for (size_t i = 0; i < ssh->jump_count; i++) {
        if (!ssh->jumps[i]->session)
            ssh->jumps[i]->failed_until_ms = 0;
    }
}

static const struct hw_ssh_handler handler = {.opened = on_opened, .ended = on_ended};

static bool start(struct hw_ssh_jump *jump, unsigned depth)
{
    const char *comma = strrchr(jump->route, ',');
    const char *last = comma ? comma + 1 : jump->route;
    hw_auto_text before = comma ? hw_strndup(jump->route, (size_t)(comma - jump->route)) : NULL;
    char *user = NULL, *host = NULL;
    unsigned port;
    if (depth >= DEPTH_MAX || !hw_ssh_jump_parse(last, strlen(last), &user, &host, &port))
        return false;
    jump->session = hw_ssh_jump_session(jump, user, host, port, before, depth + 1);
    jump->session->handler = handler;
    jump->session->handler.data = jump;
    free(user);
    free(host);
    return true;
}

struct hw_ssh_jump *hw_ssh_jump_get(struct hw_ssh *ssh, const char *route, unsigned depth,
                                    enum hw_ssh_end *ret_how, struct hw_err *err)
{
    struct hw_ssh_jump *jump = find(ssh, route);
    if (!jump) {
        jump = HW_NEW(struct hw_ssh_jump);
        jump->ssh = ssh;
        jump->route = hw_strdup(route);
        hw_grow(&ssh->jumps, &ssh->jump_capacity, ssh->jump_count, sizeof(struct hw_ssh_jump *));
        ssh->jumps[ssh->jump_count++] = jump;
    }
    if (jump->session)
        return jump;
    if (hw_clock_monotonic_ms() < jump->failed_until_ms) {
        *ret_how = jump->how;
        *err = jump->err;
        return NULL;
    }
    if (start(jump, depth))
        return jump;
    *ret_how = HW_SSH_REFUSED;
    hw_fail(err, HW_ERR_INPUT,
            _("'%s' is no jump host that can be reached: ProxyJump wants "
              "[user@]host[:port], and at most %u in a row"),
            route, DEPTH_MAX);
    return NULL;
}

void hw_ssh_jump_join(struct hw_ssh_jump *jump, struct hw_ssh_session *session)
{
    hw_grow(&jump->inner, &jump->capacity, jump->count, sizeof(struct hw_ssh_session *));
    jump->inner[jump->count++] = session;
    hw_ssh_session_kick(jump->session);
}

void hw_ssh_jump_leave(struct hw_ssh_jump *jump, struct hw_ssh_session *session)
{
    for (size_t i = 0; i < jump->count; i++) {
        if (jump->inner[i] == session)
            jump->inner[i] = jump->inner[--jump->count];
    }
    if (jump->opener == session)
        jump->opener = NULL;
    if (!session->tunnel)
        return;
    leave_behind(jump, session->tunnel, session->unsent);
    session->tunnel = NULL;
    hw_ssh_session_kick(jump->session);
}
