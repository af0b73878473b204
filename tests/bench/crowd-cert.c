/* SPDX-License-Identifier: Apache-2.0 */
#include "crowd-parts.h"

#include <openssl/x509.h>

#define RSA_BITS 2048
#define SERIAL   1
#define LIFE_S   (24L * 60 * 60)

static X509 *sign_self(EVP_PKEY *key)
{
    X509 *cert = X509_new();
    X509_NAME *name = X509_get_subject_name(cert);
    X509_set_version(cert, X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(cert), SERIAL);
    X509_gmtime_adj(X509_getm_notBefore(cert), 0);
    X509_gmtime_adj(X509_getm_notAfter(cert), LIFE_S);
    X509_set_pubkey(cert, key);
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, (const unsigned char *)"crowd", -1, -1, 0);
    X509_set_issuer_name(cert, name);
    if (X509_sign(cert, key, EVP_sha256()))
        return cert;
    X509_free(cert);
    return NULL;
}

SSL_CTX *crowd_tls(char ret_pin[CROWD_PIN_SIZE])
{
    EVP_PKEY *key = EVP_RSA_gen(RSA_BITS);
    X509 *cert = key ? sign_self(key) : NULL;
    SSL_CTX *tls = SSL_CTX_new(TLS_server_method());
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned size = 0;
    bool ok = cert && tls && X509_digest(cert, EVP_sha256(), digest, &size) &&
              SSL_CTX_use_certificate(tls, cert) == 1 && SSL_CTX_use_PrivateKey(tls, key) == 1;
    hw_auto(hw_buf) pin = HW_BUF(CROWD_PIN_SIZE);
    hw_buf_hex(&pin, digest, size);
    snprintf(ret_pin, CROWD_PIN_SIZE, "%s", hw_buf_cstr(&pin));
    X509_free(cert);
    EVP_PKEY_free(key);
    if (ok) {
        SSL_CTX_set_session_cache_mode(tls, SSL_SESS_CACHE_OFF);
        SSL_CTX_set_num_tickets(tls, 0);
        SSL_CTX_set_mode(tls, SSL_MODE_RELEASE_BUFFERS);
        return tls;
    }
    SSL_CTX_free(tls);
    return NULL;
}
