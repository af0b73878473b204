/* SPDX-License-Identifier: Apache-2.0 */
#include "node/ssh_agent.h"

#include <errno.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/text.h"
#include "node/ssh_wire.h"

/* draft-miller-ssh-agent, section 5.1 */
enum {
    REQUEST_IDENTITIES = 11,
    IDENTITIES_ANSWER = 12,
    SIGN_REQUEST = 13,
    SIGN_RESPONSE = 14,
};

#define RSA_SHA2_256 2u /* flag of a request to sign */
#define MESSAGE_MAX  (256u * 1024u)
#define KEYS_MAX     64u
#define LIST_WAIT_S  5
#define SIGN_WAIT_S  30 /* a person may be asked */

void hw_agent_keys_done(struct hw_agent_keys *keys)
{
    for (size_t i = 0; i < keys->count; i++) {
        free(keys->items[i].blob);
        free(keys->items[i].comment);
    }
    free(keys->items);
    *keys = (struct hw_agent_keys){0};
}

static int connect_agent(const char *path, int wait_s, struct hw_err *err)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    struct timeval wait = {.tv_sec = wait_s};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (strlen(path) >= sizeof address.sun_path) {
        hw_fail(err, HW_ERR_INPUT, _("the path of the SSH agent's socket is too long"));
    } else {
        memcpy(address.sun_path, path, strlen(path) + 1);
        if (fd >= 0 && setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof wait) == 0 &&
            setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &wait, sizeof wait) == 0 &&
            connect(fd, (const struct sockaddr *)&address, sizeof address) == 0)
            return fd;
        hw_fail_errno(err, _("the SSH agent at %s"), path);
    }
    if (fd >= 0)
        close(fd);
    return -1;
}

static bool send_all(int fd, const char *p, size_t n)
{
    while (n) {
        ssize_t sent = send(fd, p, n, MSG_NOSIGNAL);
        if (sent < 0 && errno == EINTR)
            continue;
        if (sent <= 0)
            return false;
        p += sent;
        n -= (size_t)sent;
    }
    return true;
}

static bool receive_all(int fd, char *p, size_t n)
{
    while (n) {
        ssize_t got = recv(fd, p, n, 0);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return false;
        p += got;
        n -= (size_t)got;
    }
    return true;
}

/* One question, one answer of the expected kind. */
static bool ask(const char *path, int wait_s, const struct hw_buf *question, uint8_t expected,
                struct hw_buf *answer, struct hw_err *err)
{
    hw_auto(hw_buf) packet = HW_BUF(MESSAGE_MAX + 4);
    char size[4];
    int fd = connect_agent(path, wait_s, err);
    if (fd < 0)
        return false;
    hw_put_string(&packet, question->data, question->len);
    bool ok = send_all(fd, packet.data, packet.len) && receive_all(fd, size, sizeof size);
    struct hw_wire wire = {size, sizeof size, false};
    uint32_t length = ok ? hw_wire_u32(&wire) : 0;
    ok = length > 0 && length <= MESSAGE_MAX && hw_buf_fill(answer, '\0', length) &&
         receive_all(fd, answer->data, length);
    close(fd);
    if (!ok)
        return hw_fail(err, HW_ERR_NETWORK, _("the SSH agent at %s does not answer"), path);
    if ((uint8_t)answer->data[0] != expected)
        return hw_fail(err, HW_ERR_AUTH, _("the SSH agent at %s refused"), path);
    return true;
}

static bool is_ours(struct hw_span type)
{
    static const char *const kinds[] = {"ssh-rsa", "ssh-ed25519", "ecdsa-sha2-nistp256",
                                        "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521"};
    for (size_t i = 0; i < HW_COUNT(kinds); i++) {
        if (hw_span_equal(type, kinds[i]))
            return true;
    }
    return false;
}

static void add_key(struct hw_agent_keys *keys, struct hw_span blob, struct hw_span comment)
{
    hw_auto(hw_buf) clean = HW_BUF(HW_MAX_VALUE);
    struct hw_wire wire = {blob.p, blob.n, false};
    if (!is_ours(hw_wire_string(&wire))) {
        keys->beyond = true; /* certificates, security keys, DSA */
        return;
    }
    hw_text_clean(&clean, comment.p, comment.n < HW_MAX_VALUE / 8 ? comment.n : HW_MAX_VALUE / 8,
                  false);
    hw_grow(&keys->items, &keys->capacity, keys->count, sizeof *keys->items);
    struct hw_agent_key *key = &keys->items[keys->count++];
    *key = (struct hw_agent_key){
        .blob = hw_alloc(blob.n), .n = blob.n, .comment = hw_strdup(hw_buf_cstr(&clean))};
    memcpy(key->blob, blob.p, blob.n);
}

bool hw_agent_list(const char *socket, struct hw_agent_keys *ret, struct hw_err *err)
{
    hw_auto(hw_buf) question = HW_BUF(8), answer = HW_BUF(MESSAGE_MAX);
    *ret = (struct hw_agent_keys){0};
    hw_buf_char(&question, REQUEST_IDENTITIES);
    if (!ask(socket, LIST_WAIT_S, &question, IDENTITIES_ANSWER, &answer, err))
        return false;
    struct hw_wire wire = {answer.data + 1, answer.len - 1, false};
    for (uint32_t count = hw_wire_u32(&wire); count && !wire.bad && ret->count < KEYS_MAX;
         count--) {
        struct hw_span blob = hw_wire_string(&wire), comment = hw_wire_string(&wire);
        if (!wire.bad)
            add_key(ret, blob, comment);
    }
    return true;
}

bool hw_agent_sign(const char *socket, const struct hw_agent_key *key, const void *bytes, size_t n,
                   struct hw_buf *out, struct hw_err *err)
{
    hw_auto(hw_buf) question = HW_BUF(MESSAGE_MAX), answer = HW_BUF(MESSAGE_MAX);
    hw_buf_char(&question, SIGN_REQUEST);
    hw_put_string(&question, key->blob, key->n);
    hw_put_string(&question, bytes, n);
    hw_put_u32(&question, RSA_SHA2_256);
    if (question.full)
        return hw_fail(err, HW_ERR_LIMIT, _("too much for the SSH agent to sign"));
    if (!ask(socket, SIGN_WAIT_S, &question, SIGN_RESPONSE, &answer, err))
        return false;
    struct hw_wire wire = {answer.data + 1, answer.len - 1, false};
    struct hw_span whole = hw_wire_string(&wire);
    struct hw_wire inner = {whole.p, whole.n, wire.bad};
    hw_wire_string(&inner); /* the algorithm's name */
    struct hw_span signature = hw_wire_string(&inner);
    if (inner.bad)
        return hw_fail(err, HW_ERR_PROTOCOL, _("the SSH agent's signature is malformed"));
    return hw_buf_add(out, signature.p, signature.n);
}
