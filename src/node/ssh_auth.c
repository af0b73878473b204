/* SPDX-License-Identifier: Apache-2.0 */
/* Logging in: what the server would take, then our credentials one after the other: the key pair's
 * key, the keys of IdentityFile or the usual ones, those of the agent, the password, and the
 * password once more where it is prompted for. A server ends the connection after six failures
 * (MaxAuthTries, sshd_config(5)), so that only a few keys are offered. */
#include "base/file.h"
#include "base/text.h"
#include "node/ssh_parts.h"
#include "node/ssh_wire.h"

#define KEYS_MAX 4u /* offered; leaves room for the password */

static const char *const usual_keys[] = {"~/.ssh/id_ed25519", "~/.ssh/id_ecdsa", "~/.ssh/id_rsa"};

/* Signing, in the work pool. */

struct hw_sign_job {
    struct hw_ssh_session *session; /* NULL: it is gone */
    struct hw_ssh_key *key;         /* NULL: by the agent */
    struct hw_agent_key agent;
    char *socket;
    struct hw_buf data, signature;
    struct hw_err err;
    bool ok;
};

static struct hw_agent_key copy_agent_key(const struct hw_agent_key *key)
{
    struct hw_agent_key copy = {.blob = hw_alloc(key->n + 1), .n = key->n};
    memcpy(copy.blob, key->blob, key->n);
    copy.comment = hw_strdup(key->comment);
    return copy;
}

static void run_sign(void *data)
{
    struct hw_sign_job *job = data;
    job->ok = job->key ? hw_ssh_key_sign(job->key, job->data.data, job->data.len, &job->signature)
                       : hw_agent_sign(job->socket, &job->agent, job->data.data, job->data.len,
                                       &job->signature, &job->err);
}

static void free_sign(void *data)
{
    struct hw_sign_job *job = data;
    hw_ssh_key_free(job->key);
    free(job->agent.blob);
    free(job->agent.comment);
    free(job->socket);
    hw_buf_done(&job->data);
    hw_buf_done(&job->signature);
    free(job);
}

static void on_signed(void *data)
{
    struct hw_sign_job *job = data;
    struct hw_ssh_session *session = job->session;
    if (session) {
        session->signing = NULL;
        session->signed_ = job->ok;
        session->sign_failed = !job->ok;
        hw_buf_clear(&session->signature);
        hw_buf_add(&session->signature, hw_buf_cstr(&job->signature), job->signature.len);
        if (*job->err.what)
            hw_buf_print(&session->notes, "%s%s", session->notes.len ? "; " : "", job->err.what);
        hw_ssh_session_kick(session);
    }
    free_sign(job);
}

static void begin_signature(struct hw_ssh_session *session, const unsigned char *bytes, size_t n)
{
    const struct hw_credential *credential = &session->credentials[session->trying];
    struct hw_sign_job *job = HW_NEW(struct hw_sign_job);
    job->session = session;
    job->data.max = job->signature.max = HW_MAX_TEXT;
    hw_buf_add(&job->data, bytes, n);
    if (credential->kind == HW_BY_KEY) {
        job->key = hw_ssh_key_ref(credential->key);
    } else {
        job->agent = copy_agent_key(&credential->agent);
        job->socket = hw_strdup(hw_ssh_ring_socket(session->ssh->ring));
    }
    session->signing = job;
    hw_work_add(session->ssh->work, run_sign, on_signed, free_sign, job);
}

/* libssh2 asks again with the same bytes as long as the answer is LIBSSH2_ERROR_EAGAIN, and frees
 * the signature with the allocator of the session, which is malloc's. */
static LIBSSH2_USERAUTH_PUBLICKEY_SIGN_FUNC(sign)
{
    struct hw_ssh_session *raw_owner = *abstract;
    (void)session;
    if (raw_owner->sign_failed)
        return -1;
    if (!raw_owner->signed_) {
        if (!raw_owner->signing)
            begin_signature(raw_owner, data, data_len);
        return LIBSSH2_ERROR_EAGAIN;
    }
    *sig = hw_alloc(raw_owner->signature.len);
    *sig_len = raw_owner->signature.len;
    memcpy(*sig, raw_owner->signature.data, *sig_len);
    return 0;
}

/* Credentials. */

static struct hw_credential *add_credential(struct hw_ssh_session *session,
                                            enum hw_credential_kind kind, const char *label)
{
    hw_grow(&session->credentials, &session->credential_capacity, session->credential_count,
            sizeof *session->credentials);
    struct hw_credential *credential = &session->credentials[session->credential_count++];
    *credential = (struct hw_credential){
        .kind = kind, .label = hw_strdup(label), .blob = HW_BUF(HW_MAX_TEXT)};
    return credential;
}

static bool has_blob(const struct hw_ssh_session *session, const struct hw_buf *blob)
{
    for (size_t i = 0; i < session->credential_count; i++) {
        const struct hw_buf *other = &session->credentials[i].blob;
        if (other->len == blob->len && blob->len && !memcmp(other->data, blob->data, blob->len))
            return true;
    }
    return false;
}

static void add_key_file(struct hw_ssh_session *session, const char *path)
{
    const char *why;
    struct hw_ssh_key *key = hw_ssh_ring_key(session->ssh->ring, path, &why);
    if (!key && why)
        hw_buf_print(&session->notes, "%s%s", session->notes.len ? "; " : "", why);
    if (!key || session->credential_count >= KEYS_MAX)
        return;
    struct hw_span blob = hw_ssh_key_blob(key);
    struct hw_buf copy = HW_BUF(HW_MAX_TEXT);
    hw_buf_add(&copy, blob.p, blob.n);
    if (has_blob(session, &copy)) {
        hw_buf_done(&copy);
        return;
    }
    struct hw_credential *credential = add_credential(session, HW_BY_KEY, path);
    credential->key = hw_ssh_key_ref(key);
    credential->blob = copy;
}

/* RSA is offered under the name of its signature; see hw_ssh_key_blob. */
static void offer_blob(const struct hw_agent_key *key, struct hw_buf *out)
{
    struct hw_wire wire = {key->blob, key->n, false};
    struct hw_span type = hw_wire_string(&wire);
    bool rsa = type.n == strlen("ssh-rsa") && !memcmp(type.p, "ssh-rsa", type.n);
    if (rsa)
        hw_put_string(out, HW_SSH_RSA_SHA2, strlen(HW_SSH_RSA_SHA2));
    else
        hw_put_string(out, type.p, type.n);
    hw_buf_add(out, wire.p, wire.n);
}

static void add_agent_keys(struct hw_ssh_session *session)
{
    const struct hw_agent_keys *keys = hw_ssh_ring_agent(session->ssh->ring);
    for (size_t i = 0; i < keys->count && session->credential_count < KEYS_MAX; i++) {
        struct hw_buf blob = HW_BUF(HW_MAX_TEXT);
        offer_blob(&keys->items[i], &blob);
        if (has_blob(session, &blob)) {
            hw_buf_done(&blob);
            continue;
        }
        hw_auto_text label = hw_format("%s (%s)", keys->items[i].comment, _("agent"));
        struct hw_credential *credential = add_credential(session, HW_BY_AGENT, label);
        credential->agent = copy_agent_key(&keys->items[i]);
        credential->blob = blob;
    }
}

static void key_paths(const struct hw_ssh_session *session, struct hw_strv *paths)
{
    const struct hw_strv *identities = &session->host.identities;
    if (session->ssh->key_file)
        hw_strv_add(paths, session->ssh->key_file);
    for (size_t i = 0; i < identities->count; i++)
        hw_strv_add(paths, identities->items[i]);
    /* A configuration of one's own, as in a test, means nothing but what it says. */
    for (size_t i = 0; !identities->count && !session->ssh->config_file && i < HW_COUNT(usual_keys);
         i++)
        hw_strv_take(paths, hw_path_expand(usual_keys[i]));
}

/* The password is the Windows Administrator's, and nobody else's. */
static const struct hw_secret *password_of(const struct hw_ssh_session *session)
{
    const struct hw_target *target = session->target;
    bool is_admin = target && (target->user || hw_text_equal_nocase(session->user, HW_ADMIN_USER));
    return is_admin ? target->password : NULL;
}

static void on_keys(void *data)
{
    struct hw_ssh_session *session = data;
    hw_auto(hw_strv) paths = {0};
    session->keys = NULL;
    key_paths(session, &paths);
    for (size_t i = 0; i < paths.count; i++)
        add_key_file(session, paths.items[i]);
    if (!session->host.identities_only)
        add_agent_keys(session);
    if (password_of(session)) {
        add_credential(session, HW_BY_PASSWORD, _("the password"));
        add_credential(session, HW_BY_PROMPT, _("the password, prompted for"));
    }
    session->stage = HW_AT_LOGIN;
    hw_ssh_session_kick(session);
}

void hw_ssh_auth_begin(struct hw_ssh_session *session)
{
    hw_auto(hw_strv) paths = {0};
    key_paths(session, &paths);
    session->stage = HW_AT_KEYS;
    session->keys = hw_ssh_ring_read(session->ssh->ring, &paths, on_keys, session);
}

/* Stages. */

enum hw_ssh_step hw_ssh_auth_methods(struct hw_ssh_session *session)
{
    char *list =
        libssh2_userauth_list(session->raw, session->user, (unsigned)strlen(session->user));
    if (list) {
        hw_replace(&session->methods, list);
        hw_ssh_auth_begin(session);
        return HW_SSH_AGAIN;
    }
    if (libssh2_userauth_authenticated(session->raw)) { /* it asks for nothing */
        session->stage = HW_AT_CHANNEL;
        return HW_SSH_ON;
    }
    int code = libssh2_session_last_errno(session->raw);
    return code == LIBSSH2_ERROR_EAGAIN
               ? HW_SSH_AGAIN
               : hw_ssh_session_fail(session, _("the SSH server ended the login"), code);
}

static bool offers(const struct hw_ssh_session *session, const char *method)
{
    const char *p = session->methods;
    size_t n = strlen(method);
    while (*p) {
        size_t length = strcspn(p, ",");
        if (length == n && !strncmp(p, method, n))
            return true;
        p += length + (p[length] == ',');
    }
    return false;
}

/* Answers prompts that do not echo with the password; whatever else is asked, with nothing. */
static LIBSSH2_USERAUTH_KBDINT_RESPONSE_FUNC(answer_prompts)
{
    const struct hw_ssh_session *session = *abstract;
    const struct hw_secret *password = password_of(session);
    (void)name, (void)name_len, (void)instruction, (void)instruction_len;
    for (int i = 0; i < num_prompts; i++) {
        bool hidden = !prompts[i].echo && password;
        size_t n = hidden ? hw_secret_length(password) : 0;
        responses[i].text = hw_alloc(n + 1); /* libssh2 frees it */
        responses[i].length = (unsigned)n;
        if (hidden)
            memcpy(responses[i].text, hw_secret_bytes(password), n);
    }
}

/* libssh2's code, or 1: this server does not take such a credential. */
static int try_credential(struct hw_ssh_session *session, const struct hw_credential *credential)
{
    const struct hw_secret *password = password_of(session);
    unsigned user_n = (unsigned)strlen(session->user);
    void *self = session;
    switch (credential->kind) {
    case HW_BY_KEY:
    case HW_BY_AGENT:
        if (!offers(session, "publickey"))
            return 1;
        return libssh2_userauth_publickey(session->raw, session->user,
                                          (const unsigned char *)credential->blob.data,
                                          credential->blob.len, sign, &self);
    case HW_BY_PASSWORD:
        if (!password || !offers(session, "password"))
            return 1;
        return libssh2_userauth_password_ex(session->raw, session->user, user_n,
                                            hw_secret_bytes(password),
                                            (unsigned)hw_secret_length(password), NULL);
    case HW_BY_PROMPT:
        /* A server that took no password takes no better one at a prompt, and each failure counts
         * towards locking the account. */
        if (!password || offers(session, "password") || !offers(session, "keyboard-interactive"))
            return 1;
        return libssh2_userauth_keyboard_interactive_ex(session->raw, session->user, user_n,
                                                        answer_prompts);
    }
    return 1;
}

static void list_tried(const struct hw_ssh_session *session, struct hw_buf *out)
{
    for (size_t i = 0; i < session->credential_count; i++) {
        if (session->credentials[i].kind != HW_BY_PROMPT)
            hw_buf_print(out, "%s%s", out->len ? ", " : "", session->credentials[i].label);
    }
}

/* Nothing of ours was taken. A password that is still to come is worth another try. */
static enum hw_ssh_step end_refused(struct hw_ssh_session *session)
{
    struct hw_err err = {0};
    hw_auto(hw_buf) tried = HW_BUF(HW_MAX_TEXT);
    const struct hw_target *target = session->target;
    bool later = target && !target->password && target->password_pending;
    list_tried(session, &tried);
    if (tried.len)
        hw_fail(&err, HW_ERR_AUTH, _("the SSH server refused %s with: %s (it takes: %s)"),
                session->user, hw_buf_cstr(&tried), session->methods);
    else
        hw_fail(&err, HW_ERR_AUTH, _("there is no key and no password to log in with as %s"),
                session->user);
    if (session->notes.len)
        snprintf(err.what + strlen(err.what), sizeof err.what - strlen(err.what), "; %s",
                 hw_buf_cstr(&session->notes));
    else
        hw_err_next(&err, _("Name the private key with --key-file, or load it into the agent"));
    if (hw_ssh_ring_agent(session->ssh->ring)->beyond && !session->host.identities_only)
        return hw_ssh_session_finish(session, HW_SSH_BEYOND, &err);
    return hw_ssh_session_finish(session, later ? HW_SSH_LOST : HW_SSH_REFUSED, &err);
}

static bool is_plain(const struct hw_ssh_session *session, enum hw_credential_kind kind)
{
    return kind == HW_BY_AGENT ||
           (kind == HW_BY_KEY && !hw_ssh_ring_has_passphrase(session->ssh->ring));
}

enum hw_ssh_step hw_ssh_auth_login(struct hw_ssh_session *session)
{
    if (session->trying >= session->credential_count)
        return end_refused(session);
    int code = try_credential(session, &session->credentials[session->trying]);
    switch (code) {
    case 0:
        session->plain_key = is_plain(session, session->credentials[session->trying].kind);
        hw_ssh_auth_done(session);
        session->stage = HW_AT_CHANNEL;
        return HW_SSH_ON;
    case LIBSSH2_ERROR_EAGAIN:
        return HW_SSH_AGAIN;
    case 1:
    case LIBSSH2_ERROR_AUTHENTICATION_FAILED:
    case LIBSSH2_ERROR_PUBLICKEY_UNVERIFIED:
    case LIBSSH2_ERROR_PASSWORD_EXPIRED:
        session->trying++;
        session->signed_ = session->sign_failed = false;
        return HW_SSH_ON;
    default:
        return hw_ssh_session_fail(session, _("the SSH server ended the login"), code);
    }
}

void hw_ssh_auth_done(struct hw_ssh_session *session)
{
    hw_ssh_ring_cancel(session->keys);
    session->keys = NULL;
    if (session->signing)
        session->signing->session = NULL;
    session->signing = NULL;
    for (size_t i = 0; i < session->credential_count; i++) {
        struct hw_credential *credential = &session->credentials[i];
        hw_ssh_key_free(credential->key);
        free(credential->agent.blob);
        free(credential->agent.comment);
        hw_buf_done(&credential->blob);
        free(credential->label);
    }
    free(session->credentials);
    session->credentials = NULL;
    session->credential_count = session->credential_capacity = session->trying = 0;
    free(session->methods);
    session->methods = NULL;
}
