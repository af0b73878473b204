/* SPDX-License-Identifier: Apache-2.0 */
#include "node/password.h"

#include "base/mem.h"
#include "base/text.h"
#include "node/ssh_key.h"

#define DATA_MAX 4096u

struct hw_password {
    struct hw_work *work;
    struct hw_aws_call *call;
    char *instance, *key_file, *data64;
    struct hw_secret *passphrase;
    hw_password_fn *fn; /* NULL: cancelled while the job runs */
    void *data;
    struct hw_secret *secret;
    struct hw_err err;
};

static void free_password(void *data)
{
    struct hw_password *password = data;
    free(password->instance);
    free(password->key_file);
    free(password->data64);
    hw_secret_free(password->passphrase);
    hw_secret_free(password->secret);
    free(password);
}

static struct hw_ssh_key *read_key(const char *key_file, const struct hw_secret *passphrase,
                                   struct hw_err *err)
{
    struct hw_ssh_key *key = hw_ssh_key_read(key_file, passphrase, err);
    if (!key && err->code == HW_ERR_IO)
        hw_wrap(err, _("the private key of the EC2 key pair"));
    return key;
}

/* OpenSSL from 3.2 on answers a wrong key with random bytes instead of an error. */
static bool looks_like_password(const unsigned char *bytes, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (bytes[i] < 0x20 || bytes[i] == 0x7F)
            return false;
    }
    return n > 0 && hw_utf8_valid((const char *)bytes, n);
}

struct hw_secret *hw_password_decrypt(const char *key_file, const struct hw_secret *passphrase,
                                      const char *data64, struct hw_err *err)
{
    hw_auto(hw_buf) in = HW_BUF(DATA_MAX);
    unsigned char out[DATA_MAX];
    size_t length = sizeof out;
    struct hw_secret *secret = NULL;
    if (!hw_buf_unbase64(&in, data64, strlen(data64)) || !in.len) {
        hw_fail(err, HW_ERR_PROTOCOL, _("the password data of the instance is no base64"));
        return NULL;
    }
    struct hw_ssh_key *key = read_key(key_file, passphrase, err);
    if (!key)
        return NULL;
    if (hw_ssh_key_decrypt(key, in.data, in.len, out, &length) && looks_like_password(out, length))
        secret = hw_secret_new((const char *)out, length);
    if (!secret) {
        hw_fail(err, HW_ERR_AUTH, _("%s does not fit the key pair of the instance"), key_file);
        hw_err_next(err, _("Name the private key of the key pair it was launched with."));
    }
    hw_wipe(out, sizeof out);
    hw_ssh_key_free(key);
    return secret;
}

static void run_job(void *data)
{
    struct hw_password *password = data;
    password->secret = hw_password_decrypt(password->key_file, password->passphrase,
                                           password->data64, &password->err);
}

static void job_done(void *data)
{
    struct hw_password *password = data;
    struct hw_secret *secret = password->secret;
    if (password->fn) {
        password->secret = NULL;
        password->fn(password->data, secret, secret ? NULL : &password->err);
    }
    free_password(password);
}

static void fail(struct hw_password *password, const struct hw_err *err)
{
    password->fn(password->data, NULL, err);
    free_password(password);
}

static void on_reply(void *data, const struct hw_aws_reply *reply, const struct hw_err *err)
{
    struct hw_password *password = data;
    struct hw_err waiting = {0};
    password->call = NULL;
    if (err) {
        fail(password, err);
        return;
    }
    hw_auto_text text = hw_xml_text(reply->xml, "passwordData");
    struct hw_span trimmed = hw_text_trim(text, strlen(text));
    if (trimmed.n == 0) {
        hw_fail(&waiting, HW_ERR_BUSY,
                _("waiting for Windows to set the Administrator's password"));
        fail(password, &waiting);
        return;
    }
    password->data64 = hw_strndup(trimmed.p, trimmed.n);
    hw_work_add(password->work, run_job, job_done, free_password, password);
}

struct hw_password *hw_password_get(struct hw_aws *aws, struct hw_work *work, const char *instance,
                                    const char *key_file, const struct hw_secret *passphrase,
                                    hw_password_fn *fn, void *data)
{
    struct hw_password *password = HW_NEW(struct hw_password);
    password->work = work;
    password->instance = hw_strdup(instance);
    password->key_file = hw_strdup(key_file);
    password->passphrase = hw_secret_copy(passphrase);
    password->fn = fn;
    password->data = data;
    struct hw_aws_request *request = hw_aws_request_new(HW_AWS_EC2, "GetPasswordData");
    hw_aws_param(request, "InstanceId", instance);
    hw_aws_patient(request); /* 1,000 nodes need 100 s for theirs; the stacks cannot wait so long */
    password->call = hw_aws_send(aws, request, on_reply, password);
    return password;
}

void hw_password_cancel(struct hw_password *password)
{
    if (!password)
        return;
    password->fn = NULL;
    if (!password->call)
        return; /* the job frees it */
    hw_aws_cancel(password->call);
    free_password(password);
}
