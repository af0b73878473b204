/* SPDX-License-Identifier: Apache-2.0 */
#include "sim/winrm_cert.h"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include "base/secret.h"

#define DAY_S     86400L
#define VALID_S   (5 * 365 * DAY_S)
#define PEM_LIMIT 16384u

static bool fill_certificate(X509 *cert, EVP_PKEY *key)
{
    X509_NAME *name = X509_get_subject_name(cert);
    return X509_set_version(cert, X509_VERSION_3) &&
           ASN1_INTEGER_set_uint64(X509_get_serialNumber(cert), 1) &&
           X509_gmtime_adj(X509_getm_notBefore(cert), -DAY_S) &&
           X509_gmtime_adj(X509_getm_notAfter(cert), VALID_S) && X509_set_pubkey(cert, key) &&
           X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
                                      (const unsigned char *)"hpcwiz simulated node", -1, -1, 0) &&
           X509_set_issuer_name(cert, name) && X509_sign(cert, key, EVP_sha256());
}

static bool bio_to_buf(BIO *bio, struct hw_buf *out)
{
    char *bytes;
    long count = BIO_get_mem_data(bio, &bytes);
    *out = (struct hw_buf)HW_BUF(PEM_LIMIT);
    return count > 0 && hw_buf_add(out, bytes, (size_t)count);
}

static bool write_pem(struct sim_cert *ret, X509 *cert, EVP_PKEY *key)
{
    BIO *key_bio = BIO_new(BIO_s_mem()), *cert_bio = BIO_new(BIO_s_mem());
    bool ok = key_bio && cert_bio &&
              PEM_write_bio_PrivateKey(key_bio, key, NULL, NULL, 0, NULL, NULL) &&
              PEM_write_bio_X509(cert_bio, cert) && bio_to_buf(key_bio, &ret->key_pem) &&
              bio_to_buf(cert_bio, &ret->cert_pem);
    BIO_free(key_bio);
    BIO_free(cert_bio);
    return ok;
}

static bool write_fingerprint(struct sim_cert *ret, X509 *cert)
{
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned count;
    hw_auto(hw_buf) hex = HW_BUF(SIM_FINGERPRINT_SIZE);
    if (!X509_digest(cert, EVP_sha256(), digest, &count) || !hw_buf_hex(&hex, digest, count))
        return false;
    snprintf(ret->fingerprint, sizeof ret->fingerprint, "%s", hex.data);
    return true;
}

bool sim_cert_make(struct sim_cert *ret, struct hw_err *err)
{
    struct sim_cert made = {0};
    EVP_PKEY *key = EVP_EC_gen("P-256");
    X509 *cert = X509_new();
    bool ok = key && cert && fill_certificate(cert, key) && write_pem(&made, cert, key) &&
              write_fingerprint(&made, cert);
    X509_free(cert);
    EVP_PKEY_free(key);
    if (!ok) {
        sim_cert_done(&made);
        return hw_fail(err, HW_ERR_IO, _("cannot make the certificate of the simulated nodes"));
    }
    *ret = made;
    return true;
}

void sim_cert_done(struct sim_cert *cert)
{
    if (cert->key_pem.data)
        hw_wipe(cert->key_pem.data, cert->key_pem.len);
    hw_buf_done(&cert->key_pem);
    hw_buf_done(&cert->cert_pem);
}
