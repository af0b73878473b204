/* SPDX-License-Identifier: Apache-2.0 */
#include "node/password.h"

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include "base/file.h"
#include "base/mem.h"
#include "base/text.h"

#define KEY_FILE_MAX (64u * 1024u)
#define DATA_MAX     4096u

struct hw_password {
    struct hw_work *work;
    struct hw_aws_call *call;
    char *instance, *key_file, *data64;
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
    hw_secret_free(password->secret);
    free(password);
}

/* Without this, OpenSSL would ask for a passphrase on the terminal. */
static int no_passphrase(char *buf HW_UNUSED, int size HW_UNUSED, int writing HW_UNUSED, void *data)
{
    *(bool *)data = true;
    return 0;
}

static EVP_PKEY *read_key(const char *key_file, struct hw_err *err)
{
    hw_auto(hw_buf) pem = HW_BUF(KEY_FILE_MAX);
    bool asked = false;
    if (!hw_file_read(key_file, &pem, err)) {
        hw_wrap(err, _("the private key of the EC2 key pair"));
        return NULL;
    }
    BIO *bio = BIO_new_mem_buf(hw_buf_cstr(&pem), (int)pem.len);
    EVP_PKEY *key = bio ? PEM_read_bio_PrivateKey(bio, NULL, no_passphrase, &asked) : NULL;
    BIO_free(bio);
    if (pem.data)
        hw_wipe(pem.data, pem.capacity);
    if (asked)
        hw_fail(err, HW_ERR_AUTH, _("%s is protected by a passphrase; hpcwiz needs a copy without"),
                key_file);
    else if (!key)
        hw_fail(err, HW_ERR_INPUT, _("%s holds no private key in PEM form"), key_file);
    return key;
}

static bool decrypt(EVP_PKEY *key, const struct hw_buf *in, unsigned char *out, size_t *ret_length)
{
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new(key, NULL);
    bool ok =
        context && EVP_PKEY_decrypt_init(context) > 0 &&
        EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PADDING) > 0 &&
        EVP_PKEY_decrypt(context, out, ret_length, (const unsigned char *)in->data, in->len) > 0;
    EVP_PKEY_CTX_free(context);
    return ok;
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

struct hw_secret *hw_password_decrypt(const char *key_file, const char *data64, struct hw_err *err)
{
    hw_auto(hw_buf) in = HW_BUF(DATA_MAX);
    unsigned char out[DATA_MAX];
    size_t length = sizeof out;
    struct hw_secret *secret = NULL;
    if (!hw_buf_unbase64(&in, data64, strlen(data64)) || !in.len) {
        hw_fail(err, HW_ERR_PROTOCOL, _("the password data of the instance is no base64"));
        return NULL;
    }
    EVP_PKEY *key = read_key(key_file, err);
    if (!key)
        return NULL;
    if (decrypt(key, &in, out, &length) && looks_like_password(out, length))
        secret = hw_secret_new((const char *)out, length);
    if (!secret) {
        hw_fail(err, HW_ERR_AUTH, _("%s does not fit the key pair of the instance"), key_file);
        hw_err_next(err, _("Name the private key of the key pair it was launched with."));
    }
    hw_wipe(out, sizeof out);
    EVP_PKEY_free(key);
    return secret;
}

static void run_job(void *data)
{
    struct hw_password *password = data;
    password->secret = hw_password_decrypt(password->key_file, password->data64, &password->err);
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
                                    const char *key_file, hw_password_fn *fn, void *data)
{
    struct hw_password *password = HW_NEW(struct hw_password);
    password->work = work;
    password->instance = hw_strdup(instance);
    password->key_file = hw_strdup(key_file);
    password->fn = fn;
    password->data = data;
    struct hw_aws_request *request = hw_aws_request_new(HW_AWS_EC2, "GetPasswordData");
    hw_aws_param(request, "InstanceId", instance);
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
