/* SPDX-License-Identifier: Apache-2.0 */
#include "node/certificate.h"

#include <openssl/objects.h>
#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>

#include "base/mem.h"
#include "base/text.h"

#define SUBJECT_MAX 200

/* RFC 5929, section 4.1: the hash of the certificate's own signature, SHA-256 for weaker ones. */
static void note_end_point(struct hw_certificate *c, const X509 *leaf)
{
    int digest = NID_undef;
    OBJ_find_sigid_algs(X509_get_signature_nid(leaf), &digest, NULL);
    const EVP_MD *md = digest == NID_undef || digest == NID_md5 || digest == NID_sha1
                           ? NULL
                           : EVP_get_digestbynid(digest);
    if (!X509_digest(leaf, md ? md : EVP_sha256(), c->end_point, &c->end_point_size))
        c->end_point_size = 0;
}

static void hex_digest(const X509 *leaf, const EVP_MD *md, struct hw_buf *out)
{
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned size = 0;
    if (X509_digest(leaf, md, digest, &size))
        hw_buf_hex(out, digest, size);
}

static void clean_subject(const X509 *leaf, struct hw_buf *out)
{
    BIO *bio = BIO_new(BIO_s_mem());
    char *text = NULL;
    if (bio && X509_NAME_print_ex(bio, X509_get_subject_name(leaf), 0,
                                  XN_FLAG_RFC2253 & ~(unsigned long)ASN1_STRFLGS_ESC_MSB) >= 0) {
        long n = BIO_get_mem_data(bio, &text);
        hw_text_clean(out, text, n < SUBJECT_MAX ? (size_t)n : SUBJECT_MAX, false);
    }
    BIO_free(bio);
}

static void tell_unknown(const struct hw_certificate *c, const char *sha256)
{
    hw_auto(hw_buf) sha1 = HW_BUF(2 * EVP_MAX_MD_SIZE);
    hw_auto(hw_buf) subject = HW_BUF(HW_MAX_TEXT);
    struct tm end;
    char until[sizeof "2027-11-28"] = "?";
    hex_digest(c->strange, EVP_sha1(), &sha1);
    clean_subject(c->strange, &subject);
    if (ASN1_TIME_to_tm(X509_get0_notAfter(c->strange), &end) && end.tm_year < 9999 - 1900)
        strftime(until, sizeof until, "%Y-%m-%d", &end);
    c->unknown(c->unknown_data, &(struct hw_wsman_certificate){.sha256 = sha256,
                                                               .sha1 = hw_buf_cstr(&sha1),
                                                               .subject = hw_buf_cstr(&subject),
                                                               .until = until});
}

static bool is_pinned(struct hw_certificate *c, const X509 *leaf)
{
    hw_auto(hw_buf) hex = HW_BUF(2 * EVP_MAX_MD_SIZE);
    hex_digest(leaf, EVP_sha256(), &hex);
    bool right = !strcmp(hw_buf_cstr(&hex), c->pin);
    if (!right)
        snprintf(c->seen, sizeof c->seen, "%s", hw_buf_cstr(&hex));
    return right;
}

/* In place of OpenSSL's own check of the chain where there is a pin. */
static int check_certificate(X509_STORE_CTX *context, void *data)
{
    struct hw_certificate *c = data;
    const X509 *leaf = X509_STORE_CTX_get0_cert(context);
    if (leaf)
        note_end_point(c, leaf);
    if (!c->pin) {
        X509_free(c->strange);
        c->strange = leaf ? X509_dup(leaf) : NULL;
        return X509_verify_cert(context);
    }
    bool right = leaf && is_pinned(c, leaf);
    X509_STORE_CTX_set_error(context, right ? X509_V_OK : X509_V_ERR_CERT_UNTRUSTED);
    return right;
}

static CURLcode set_up_tls(CURL *easy HW_UNUSED, void *ssl_context, void *data)
{
    SSL_CTX_set_cert_verify_callback(ssl_context, check_certificate, data);
    return CURLE_OK;
}

/* Where OpenSSL's programs are told of other ones than the system's; libcurl does not ask (OpenSSL,
 * openssl-env(7)). NULL: the system's. */
static const char *system_authorities(void)
{
    const char *file = getenv("SSL_CERT_FILE");
    return file && *file ? file : NULL;
}

bool hw_certificate_set_up(struct hw_certificate *c, CURL *easy)
{
    bool ok = curl_easy_setopt(easy, CURLOPT_SSL_CTX_FUNCTION, set_up_tls) == CURLE_OK &&
              curl_easy_setopt(easy, CURLOPT_SSL_CTX_DATA, c) == CURLE_OK &&
              curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 1L) == CURLE_OK;
    curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, c->pin ? 0L : 2L);
    curl_easy_setopt(easy, CURLOPT_SSL_SESSIONID_CACHE, 0L); /* resuming would skip the check */
    const char *ca_file = c->ca_file ? c->ca_file : system_authorities();
    if (c->pin || ca_file) {
        curl_easy_setopt(easy, CURLOPT_CAINFO, c->pin ? NULL : ca_file);
        curl_easy_setopt(easy, CURLOPT_CAPATH, NULL);
    }
    return ok;
}

static bool fail_pin(const struct hw_certificate *c, struct hw_err *err)
{
    hw_fail(err, HW_ERR_AUTH,
            _("the certificate is not the one the node published: expected %s, got %s"), c->pin,
            c->seen);
    hw_err_next(err, _("Somebody may be in between. Compare both with the certificate on the "
                       "node, then replace the node or its tag hpcwiz:winrm-sha256."));
    return true;
}

static bool fail_unknown(const struct hw_certificate *c, struct hw_err *err)
{
    hw_auto(hw_buf) sha256 = HW_BUF(2 * EVP_MAX_MD_SIZE);
    hex_digest(c->strange, EVP_sha256(), &sha256);
    tell_unknown(c, hw_buf_cstr(&sha256));
    hw_fail(err, HW_ERR_AUTH, _("nobody vouches for the certificate of the node: SHA-256 %s"),
            hw_buf_cstr(&sha256));
    hw_err_next(err, _("If it is the node's, say so when asked, or give the instance the tag "
                       "hpcwiz:winrm-sha256 with this value."));
    return true;
}

bool hw_certificate_refused(const struct hw_certificate *c, bool untrusted, struct hw_err *err)
{
    if (*c->seen)
        return fail_pin(c, err);
    return untrusted && c->unknown && c->strange && fail_unknown(c, err);
}

void hw_certificate_done(struct hw_certificate *c)
{
    free(c->pin);
    free(c->ca_file);
    X509_free(c->strange);
}
