/* SPDX-License-Identifier: Apache-2.0 */
#include "node/ssh_key.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <stdatomic.h>

#include "base/file.h"
#include "base/mem.h"
#include "base/text.h"
#include "node/ssh_wire.h"

#define KEY_FILE_MAX  (64u * 1024u)
#define BLOB_MAX      16384u
#define ROUNDS_MAX    4096u /* of bcrypt: some seconds */
#define SECRET_MAX    96u   /* cipher key and IV */
#define ED25519_BYTES 32u
#define POINT_MAX     133u /* of P-521, uncompressed */

#define OPENSSH_BEGIN "-----BEGIN OPENSSH PRIVATE KEY-----"
#define OPENSSH_END   "-----END OPENSSH PRIVATE KEY-----"
#define OPENSSH_MAGIC "openssh-key-v1" /* and its NUL */

struct hw_ssh_key {
    EVP_PKEY *pkey;
    struct hw_buf blob;
    atomic_int references;
};

struct curve {
    const char *ssh, *openssl; /* RFC 5656, section 10.1 */
    const EVP_MD *(*digest)(void);
};

static const struct curve curves[] = {
    {"nistp256", "prime256v1", EVP_sha256},
    {"nistp384", "secp384r1", EVP_sha384},
    {"nistp521", "secp521r1", EVP_sha512},
};

static const struct curve *curve_of(const EVP_PKEY *pkey)
{
    char name[64] = "";
    EVP_PKEY_get_utf8_string_param(pkey, OSSL_PKEY_PARAM_GROUP_NAME, name, sizeof name, NULL);
    for (size_t i = 0; i < HW_COUNT(curves); i++) {
        if (!strcmp(name, curves[i].openssl))
            return &curves[i];
    }
    return NULL;
}

static void wipe_buf(struct hw_buf *buf)
{
    if (buf->data)
        hw_wipe(buf->data, buf->capacity);
    hw_buf_done(buf);
}

/* The public key. */

static void put_number(struct hw_buf *out, const EVP_PKEY *pkey, const char *name)
{
    BIGNUM *number = NULL;
    unsigned char bytes[BLOB_MAX / 2];
    if (EVP_PKEY_get_bn_param(pkey, name, &number) &&
        (size_t)BN_num_bytes(number) <= sizeof bytes) {
        int n = BN_bn2bin(number, bytes);
        hw_put_mpint(out, bytes, (size_t)n);
    }
    BN_free(number);
}

static bool put_ecdsa(struct hw_buf *out, const EVP_PKEY *pkey)
{
    const struct curve *curve = curve_of(pkey);
    unsigned char point[POINT_MAX];
    size_t n = 0;
    hw_auto(hw_buf) name = HW_BUF(64);
    if (!curve ||
        !EVP_PKEY_get_octet_string_param(pkey, OSSL_PKEY_PARAM_PUB_KEY, point, sizeof point, &n))
        return false;
    hw_buf_print(&name, "ecdsa-sha2-%s", curve->ssh);
    hw_put_string(out, hw_buf_cstr(&name), name.len);
    hw_put_string(out, curve->ssh, strlen(curve->ssh));
    hw_put_string(out, point, n);
    return true;
}

static bool put_ed25519(struct hw_buf *out, const EVP_PKEY *pkey)
{
    unsigned char bytes[ED25519_BYTES];
    size_t n = sizeof bytes;
    if (!EVP_PKEY_get_raw_public_key(pkey, bytes, &n))
        return false;
    hw_put_string(out, "ssh-ed25519", strlen("ssh-ed25519"));
    hw_put_string(out, bytes, n);
    return true;
}

static bool put_public(struct hw_buf *out, const EVP_PKEY *pkey)
{
    switch (EVP_PKEY_get_base_id(pkey)) {
    case EVP_PKEY_RSA:
        hw_put_string(out, HW_SSH_RSA_SHA2, strlen(HW_SSH_RSA_SHA2));
        put_number(out, pkey, OSSL_PKEY_PARAM_RSA_E);
        put_number(out, pkey, OSSL_PKEY_PARAM_RSA_N);
        return !out->full;
    case EVP_PKEY_EC:
        return put_ecdsa(out, pkey);
    case EVP_PKEY_ED25519:
        return put_ed25519(out, pkey);
    default:
        return false;
    }
}

/* NULL, and pkey freed: of a kind that SSH does not know. */
static struct hw_ssh_key *new_key(EVP_PKEY *pkey_take, const char *path, struct hw_err *err)
{
    struct hw_ssh_key *key = HW_NEW(struct hw_ssh_key);
    key->pkey = pkey_take;
    key->blob.max = BLOB_MAX;
    atomic_init(&key->references, 1);
    if (put_public(&key->blob, key->pkey))
        return key;
    hw_ssh_key_free(key);
    hw_fail(err, HW_ERR_INPUT, _("%s: SSH knows no keys of this kind"), path);
    return NULL;
}

struct hw_ssh_key *hw_ssh_key_ref(struct hw_ssh_key *key)
{
    atomic_fetch_add(&key->references, 1);
    return key;
}

void hw_ssh_key_free(struct hw_ssh_key *key)
{
    if (!key || atomic_fetch_sub(&key->references, 1) > 1)
        return;
    EVP_PKEY_free(key->pkey);
    hw_buf_done(&key->blob);
    free(key);
}

struct hw_span hw_ssh_key_blob(const struct hw_ssh_key *key)
{
    return (struct hw_span){key->blob.data, key->blob.len};
}

/* Numbers of OpenSSH's form into a key of OpenSSL. */

static BIGNUM *read_number(struct hw_wire *wire)
{
    struct hw_span span = hw_wire_string(wire);
    return BN_bin2bn((const unsigned char *)span.p, (int)span.n, NULL);
}

static EVP_PKEY *from_params(const char *type, OSSL_PARAM_BLD *build)
{
    EVP_PKEY *pkey = NULL;
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, type, NULL);
    OSSL_PARAM *params = OSSL_PARAM_BLD_to_param(build);
    if (!context || !params || EVP_PKEY_fromdata_init(context) <= 0 ||
        EVP_PKEY_fromdata(context, &pkey, EVP_PKEY_KEYPAIR, params) <= 0)
        pkey = NULL;
    OSSL_PARAM_free(params);
    EVP_PKEY_CTX_free(context);
    return pkey;
}

/* n, e, d, iqmp, p, q (PROTOCOL.key); the exponents of the Chinese remainder theorem follow. */
static EVP_PKEY *read_rsa(struct hw_wire *wire)
{
    static const char *const names[] = {
        OSSL_PKEY_PARAM_RSA_N,         OSSL_PKEY_PARAM_RSA_E,
        OSSL_PKEY_PARAM_RSA_D,         OSSL_PKEY_PARAM_RSA_COEFFICIENT1,
        OSSL_PKEY_PARAM_RSA_FACTOR1,   OSSL_PKEY_PARAM_RSA_FACTOR2,
        OSSL_PKEY_PARAM_RSA_EXPONENT1, OSSL_PKEY_PARAM_RSA_EXPONENT2};
    enum { D = 2, P = 4, Q = 5, DP = 6, DQ = 7, READ = 6, ALL = 8 };
    BIGNUM *numbers[ALL] = {0};
    EVP_PKEY *pkey = NULL;
    BN_CTX *context = BN_CTX_new();
    BIGNUM *less = BN_new();
    OSSL_PARAM_BLD *build = OSSL_PARAM_BLD_new();
    for (size_t i = 0; i < READ; i++)
        numbers[i] = read_number(wire);
    for (size_t i = DP; i < ALL && !wire->bad; i++) {
        numbers[i] = BN_new();
        BN_copy(less, numbers[i == DP ? P : Q]);
        BN_sub_word(less, 1);
        wire->bad = !BN_mod(numbers[i], numbers[D], less, context);
    }
    bool ok = !wire->bad;
    for (size_t i = 0; ok && i < ALL; i++)
        ok = OSSL_PARAM_BLD_push_BN(build, names[i], numbers[i]);
    if (ok)
        pkey = from_params("RSA", build);
    OSSL_PARAM_BLD_free(build);
    for (size_t i = 0; i < ALL; i++)
        BN_clear_free(numbers[i]);
    BN_free(less);
    BN_CTX_free(context);
    return pkey;
}

static EVP_PKEY *read_ecdsa(struct hw_wire *wire)
{
    struct hw_span name = hw_wire_string(wire), point = hw_wire_string(wire);
    BIGNUM *secret = read_number(wire);
    OSSL_PARAM_BLD *build = OSSL_PARAM_BLD_new();
    EVP_PKEY *pkey = NULL;
    for (size_t i = 0; i < HW_COUNT(curves) && !wire->bad; i++) {
        if (hw_span_equal(name, curves[i].ssh) &&
            OSSL_PARAM_BLD_push_utf8_string(build, OSSL_PKEY_PARAM_GROUP_NAME, curves[i].openssl,
                                            0) &&
            OSSL_PARAM_BLD_push_octet_string(build, OSSL_PKEY_PARAM_PUB_KEY, point.p, point.n) &&
            OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_PRIV_KEY, secret))
            pkey = from_params("EC", build);
    }
    OSSL_PARAM_BLD_free(build);
    BN_clear_free(secret);
    return pkey;
}

static EVP_PKEY *read_ed25519(struct hw_wire *wire)
{
    hw_wire_string(wire); /* the public key */
    struct hw_span both = hw_wire_string(wire);
    if (wire->bad || both.n < ED25519_BYTES)
        return NULL;
    return EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, (const unsigned char *)both.p,
                                        ED25519_BYTES);
}

static EVP_PKEY *read_numbers(struct hw_wire *wire)
{
    struct hw_span type = hw_wire_string(wire);
    if (hw_span_equal(type, "ssh-rsa"))
        return read_rsa(wire);
    if (hw_span_equal(type, "ssh-ed25519"))
        return read_ed25519(wire);
    return type.n > 11 && !strncmp(type.p, "ecdsa-sha2-", 11) ? read_ecdsa(wire) : NULL;
}

/* OpenSSH's form: PROTOCOL.key in its source. */

struct sealed {
    struct hw_span cipher, kdf, options, secret;
};

static bool read_envelope(const struct hw_buf *raw, struct sealed *ret)
{
    struct hw_wire wire = {raw->data, raw->len, false};
    if (raw->len < sizeof OPENSSH_MAGIC || memcmp(raw->data, OPENSSH_MAGIC, sizeof OPENSSH_MAGIC))
        return false;
    wire.p += sizeof OPENSSH_MAGIC;
    wire.n -= sizeof OPENSSH_MAGIC;
    ret->cipher = hw_wire_string(&wire);
    ret->kdf = hw_wire_string(&wire);
    ret->options = hw_wire_string(&wire);
    uint32_t count = hw_wire_u32(&wire);
    hw_wire_string(&wire); /* the public key */
    ret->secret = hw_wire_string(&wire);
    return !wire.bad && count == 1;
}

static bool derive(const struct sealed *sealed, const struct hw_secret *passphrase,
                   unsigned char *out, size_t n)
{
    struct hw_wire options = {sealed->options.p, sealed->options.n, false};
    struct hw_span salt = hw_wire_string(&options);
    uint32_t rounds = hw_wire_u32(&options);
    return !options.bad && rounds <= ROUNDS_MAX && hw_span_equal(sealed->kdf, "bcrypt") &&
           hw_bcrypt_pbkdf(hw_secret_bytes(passphrase), hw_secret_length(passphrase), salt.p,
                           salt.n, rounds, out, n);
}

/* Decrypts in place of a copy. */
static bool unseal(const struct sealed *sealed, const struct hw_secret *passphrase,
                   struct hw_buf *out)
{
    hw_auto_text name = hw_strndup(sealed->cipher.p, sealed->cipher.n);
    EVP_CIPHER *cipher = NULL;
    EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
    unsigned char secret[SECRET_MAX];
    int n = 0;
    if (!strncmp(name, "aes", 3) && !strstr(name, "@"))
        cipher = EVP_CIPHER_fetch(NULL, name, NULL);
    if (!cipher && strlen(name) == strlen("aes256-ctr") && !strncmp(name, "aes", 3)) {
        hw_auto_text dashed = hw_format("AES-%.3s-%s", name + 3, name + 7);
        cipher = EVP_CIPHER_fetch(NULL, dashed, NULL);
    }
    size_t key_n = cipher ? (size_t)EVP_CIPHER_get_key_length(cipher) : 0;
    size_t iv_n = cipher ? (size_t)EVP_CIPHER_get_iv_length(cipher) : 0;
    bool ok = cipher && key_n + iv_n <= sizeof secret && sealed->secret.n <= KEY_FILE_MAX &&
              derive(sealed, passphrase, secret, key_n + iv_n) &&
              hw_buf_fill(out, '\0', sealed->secret.n) &&
              EVP_DecryptInit_ex2(context, cipher, secret, secret + key_n, NULL) &&
              EVP_CIPHER_CTX_set_padding(context, 0) &&
              EVP_DecryptUpdate(context, (unsigned char *)out->data, &n,
                                (const unsigned char *)sealed->secret.p, (int)sealed->secret.n);
    hw_wipe(secret, sizeof secret);
    EVP_CIPHER_CTX_free(context);
    EVP_CIPHER_free(cipher);
    return ok;
}

static void fail_passphrase(const char *path, bool wrong, struct hw_err *err)
{
    if (wrong)
        hw_fail(err, HW_ERR_AUTH, _("the passphrase does not fit %s"), path);
    else
        hw_fail(err, HW_ERR_AUTH, _("%s is protected by a passphrase"), path);
    hw_err_next(err,
                _("Started on a terminal, hpcwiz asks for it. For SSH alone the agent may hold the "
                  "key: ssh-add %s"),
                path);
}

static EVP_PKEY *open_sealed(const struct sealed *sealed, const struct hw_secret *passphrase,
                             const char *path, struct hw_err *err)
{
    struct hw_buf open = HW_BUF(KEY_FILE_MAX);
    bool encrypted = !hw_span_equal(sealed->cipher, "none");
    EVP_PKEY *pkey = NULL;
    if (encrypted && !passphrase) {
        fail_passphrase(path, false, err);
        return NULL;
    }
    bool ok = encrypted ? unseal(sealed, passphrase, &open)
                        : hw_buf_add(&open, sealed->secret.p, sealed->secret.n);
    struct hw_wire wire = {hw_buf_cstr(&open), open.len, false};
    bool right = ok && hw_wire_u32(&wire) == hw_wire_u32(&wire) && !wire.bad; /* checkint, twice */
    if (right)
        pkey = read_numbers(&wire);
    if (!pkey && ok && !right && encrypted)
        fail_passphrase(path, true, err);
    else if (!pkey)
        hw_fail(err, HW_ERR_INPUT, _("%s holds no key that hpcwiz can read"), path);
    wipe_buf(&open);
    return pkey;
}

static EVP_PKEY *read_openssh(const char *text, const char *path,
                              const struct hw_secret *passphrase, struct hw_err *err)
{
    struct hw_buf base64 = HW_BUF(KEY_FILE_MAX), raw = HW_BUF(KEY_FILE_MAX);
    const char *begin = strstr(text, OPENSSH_BEGIN) + strlen(OPENSSH_BEGIN);
    const char *end = strstr(begin, OPENSSH_END);
    struct sealed sealed;
    EVP_PKEY *pkey = NULL;
    for (const char *p = begin; end && p < end; p++) {
        if (!strchr(" \t\r\n", *p))
            hw_buf_char(&base64, *p);
    }
    if (end && hw_buf_unbase64(&raw, hw_buf_cstr(&base64), base64.len) && raw.len &&
        read_envelope(&raw, &sealed))
        pkey = open_sealed(&sealed, passphrase, path, err);
    else
        hw_fail(err, HW_ERR_INPUT, _("%s is a damaged OpenSSH key"), path);
    wipe_buf(&base64);
    wipe_buf(&raw);
    return pkey;
}

/* PEM. */

struct asked {
    const struct hw_secret *passphrase;
    bool asked;
};

/* Without this, OpenSSL would ask on the terminal. */
static int give_passphrase(char *buf, int size, int writing HW_UNUSED, void *data)
{
    struct asked *asked = data;
    asked->asked = true;
    if (!asked->passphrase || hw_secret_length(asked->passphrase) > (size_t)size)
        return -1;
    memcpy(buf, hw_secret_bytes(asked->passphrase), hw_secret_length(asked->passphrase));
    return (int)hw_secret_length(asked->passphrase);
}

static EVP_PKEY *read_pem(const char *text, size_t n, const char *path,
                          const struct hw_secret *passphrase, struct hw_err *err)
{
    struct asked asked = {.passphrase = passphrase};
    BIO *bio = BIO_new_mem_buf(text, (int)n);
    EVP_PKEY *pkey = bio ? PEM_read_bio_PrivateKey(bio, NULL, give_passphrase, &asked) : NULL;
    BIO_free(bio);
    if (!pkey && asked.asked)
        fail_passphrase(path, passphrase != NULL, err);
    else if (!pkey)
        hw_fail(err, HW_ERR_INPUT, _("%s holds no private key in PEM or OpenSSH form"), path);
    return pkey;
}

struct hw_ssh_key *hw_ssh_key_parse(const char *text, size_t n, const char *path,
                                    const struct hw_secret *passphrase, struct hw_err *err)
{
    bool openssh = n <= KEY_FILE_MAX && strstr(text, OPENSSH_BEGIN);
    EVP_PKEY *pkey = openssh ? read_openssh(text, path, passphrase, err)
                             : read_pem(text, n, path, passphrase, err);
    return pkey ? new_key(pkey, path, err) : NULL;
}

struct hw_ssh_key *hw_ssh_key_read(const char *path, const struct hw_secret *passphrase,
                                   struct hw_err *err)
{
    struct hw_buf text = HW_BUF(KEY_FILE_MAX);
    struct hw_ssh_key *key = NULL;
    if (hw_file_read(path, &text, err))
        key = hw_ssh_key_parse(hw_buf_cstr(&text), text.len, path, passphrase, err);
    wipe_buf(&text);
    return key;
}

/* Signing. */

/* ECDSA: from ASN.1 to two mpints (RFC 5656, section 3.1.2). */
static bool put_r_s(struct hw_buf *out, const unsigned char *der, size_t n)
{
    ECDSA_SIG *signature = d2i_ECDSA_SIG(NULL, &der, (long)n);
    unsigned char bytes[POINT_MAX];
    if (!signature)
        return false;
    const BIGNUM *numbers[] = {ECDSA_SIG_get0_r(signature), ECDSA_SIG_get0_s(signature)};
    for (size_t i = 0; i < HW_COUNT(numbers); i++)
        hw_put_mpint(out, bytes, (size_t)BN_bn2bin(numbers[i], bytes));
    ECDSA_SIG_free(signature);
    return true;
}

bool hw_ssh_key_sign(const struct hw_ssh_key *key, const void *bytes, size_t n, struct hw_buf *out)
{
    unsigned char signature[BLOB_MAX];
    size_t size = sizeof signature;
    int kind = EVP_PKEY_get_base_id(key->pkey);
    const EVP_MD *digest = kind == EVP_PKEY_RSA  ? EVP_sha256()
                           : kind == EVP_PKEY_EC ? curve_of(key->pkey)->digest()
                                                 : NULL;
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    bool ok = EVP_DigestSignInit(context, NULL, digest, NULL, key->pkey) > 0 &&
              EVP_DigestSign(context, signature, &size, bytes, n) > 0;
    EVP_MD_CTX_free(context);
    if (!ok)
        return false;
    return kind == EVP_PKEY_EC ? put_r_s(out, signature, size) : hw_buf_add(out, signature, size);
}

/* Decrypting. */

bool hw_ssh_key_decrypt(const struct hw_ssh_key *key, const void *bytes, size_t n,
                        unsigned char *out, size_t *ret_n)
{
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new(key->pkey, NULL);
    bool ok = context && EVP_PKEY_decrypt_init(context) > 0 &&
              EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PADDING) > 0 &&
              EVP_PKEY_decrypt(context, out, ret_n, bytes, n) > 0;
    EVP_PKEY_CTX_free(context);
    return ok;
}

bool hw_ssh_key_lacks_passphrase(const char *path, const struct hw_secret *passphrase)
{
    struct hw_err err = {0};
    struct hw_ssh_key *key = hw_ssh_key_read(path, passphrase, &err);
    hw_ssh_key_free(key);
    return !key && err.code == HW_ERR_AUTH;
}
