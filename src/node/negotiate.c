/* SPDX-License-Identifier: Apache-2.0 */
#include "node/negotiate.h"

#include <gssapi/gssapi.h>
#include <gssapi/gssapi_ext.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "node/sealed.h"

#define NTLM_SIGNATURE 16u /* [MS-NLMP] 2.2.2.9: what gss-ntlmssp puts before the message */
#define TOKEN_MAX      (64u * 1024u)
#define END_POINT      "tls-server-end-point:" /* RFC 5929, section 4 */

/* Object identifiers in DER without tag and length: those of the headers are data of a library
 * that may be absent. */
static gss_OID_desc mech_ntlm = {10, (char *)"\x2b\x06\x01\x04\x01\x82\x37\x02\x02\x0a"};
static gss_OID_desc mech_krb5 = {9, (char *)"\x2a\x86\x48\x86\xf7\x12\x01\x02\x02"};
static gss_OID_desc mech_spnego = {6, (char *)"\x2b\x06\x01\x05\x05\x02"};
static gss_OID_desc type_user = {10, (char *)"\x2a\x86\x48\x86\xf7\x12\x01\x02\x01\x01"};
static gss_OID_desc type_service = {10, (char *)"\x2a\x86\x48\x86\xf7\x12\x01\x02\x01\x04"};

const char hw_negotiate_sealed_type[] = HW_SEALED_TYPE;

struct hw_negotiate {
    struct hw_work *work;
    char *user, *service;
    struct hw_secret *password;
    struct hw_buf bindings;
    bool kerberos;
    gss_cred_id_t cred;
    gss_ctx_id_t context;
    gss_name_t target;
    bool complete, is_krb5;

    /* The step under way; the pool's while `busy`. */
    bool busy, gone;
    struct hw_buf in, token;
    struct hw_err err;
    bool ok;
    hw_negotiate_fn *fn;
    void *data;
};

/* Errors. */

static void add_status(struct hw_buf *out, OM_uint32 status, int type, gss_OID mech)
{
    OM_uint32 minor, more = 0;
    gss_buffer_desc text = GSS_C_EMPTY_BUFFER;
    if (gss_display_status(&minor, status, type, mech, &more, &text) != GSS_S_COMPLETE)
        return;
    hw_text_clean(out, text.value, text.length, false);
    gss_release_buffer(&minor, &text);
}

static bool fail(struct hw_err *err, enum hw_code code, OM_uint32 major, OM_uint32 minor,
                 gss_OID mech)
{
    hw_auto(hw_buf) why = HW_BUF(sizeof err->what);
    if (GSS_ROUTINE_ERROR(major) == GSS_S_UNAVAILABLE ||
        GSS_ROUTINE_ERROR(major) == GSS_S_BAD_MECH) {
        hw_fail(
            err, HW_ERR_IO,
            _("the node asks for Negotiate, and GSSAPI or its NTLM part is not installed here"));
        return hw_err_next(err, _("Install the package gss-ntlmssp (Debian) or gssntlmssp (Amazon "
                                  "Linux)."));
    }
    add_status(&why, major, GSS_C_GSS_CODE, mech);
    if (minor) {
        hw_buf_text(&why, ": ");
        add_status(&why, minor, GSS_C_MECH_CODE, mech);
    }
    return hw_fail(err, code, "Negotiate: %s", hw_buf_cstr(&why));
}

/* Credentials and names, in the pool. */

static bool import(const char *text, gss_OID type, gss_name_t *ret, struct hw_err *err)
{
    OM_uint32 minor;
    gss_buffer_desc buffer = {strlen(text), (void *)text};
    OM_uint32 major = gss_import_name(&minor, &buffer, type, ret);
    return !GSS_ERROR(major) || fail(err, HW_ERR_AUTH, major, minor, GSS_C_NO_OID);
}

/* Of the ticket cache. */
static OM_uint32 acquire_ticket(gss_name_t user, OM_uint32 *minor, gss_cred_id_t *ret)
{
    OM_uint32 seconds = 0;
    gss_OID_set_desc set = {1, &mech_krb5};
    OM_uint32 major =
        gss_acquire_cred(minor, user, GSS_C_INDEFINITE, &set, GSS_C_INITIATE, ret, NULL, &seconds);
    return !GSS_ERROR(major) && seconds == 0 ? GSS_S_CREDENTIALS_EXPIRED : major;
}

bool hw_negotiate_has_ticket(const char *name)
{
    gss_name_t user = GSS_C_NO_NAME;
    gss_cred_id_t cred = GSS_C_NO_CREDENTIAL;
    OM_uint32 minor;
    struct hw_err err = {0};
    if (!strchr(name, '@') || !import(name, &type_user, &user, &err))
        return false;
    bool has = !GSS_ERROR(acquire_ticket(user, &minor, &cred));
    gss_release_name(&minor, &user);
    if (cred)
        gss_release_cred(&minor, &cred);
    return has;
}

static bool acquire(struct hw_negotiate *n, struct hw_err *err)
{
    gss_OID_desc wanted[] = {mech_krb5, mech_ntlm};
    gss_OID_set_desc outer = {1, n->kerberos ? &mech_spnego : &mech_ntlm};
    gss_OID_set_desc inner = {HW_COUNT(wanted), wanted};
    gss_name_t user = GSS_C_NO_NAME;
    OM_uint32 minor, ignored;
    if (!import(n->user, &type_user, &user, err))
        return false;
    if (!n->password) {
        OM_uint32 code = acquire_ticket(user, &minor, &n->cred);
        gss_release_name(&ignored, &user);
        return !GSS_ERROR(code) || fail(err, HW_ERR_AUTH, code, minor, &mech_krb5);
    }
    gss_buffer_desc password = {hw_secret_length(n->password),
                                (void *)hw_secret_bytes(n->password)};
    OM_uint32 major = gss_acquire_cred_with_password(&minor, user, &password, GSS_C_INDEFINITE,
                                                     &outer, GSS_C_INITIATE, &n->cred, NULL, NULL);
    gss_release_name(&ignored, &user);
    if (!GSS_ERROR(major) && n->kerberos)
        major = gss_set_neg_mechs(&minor, n->cred, &inner);
    return !GSS_ERROR(major) || fail(err, HW_ERR_AUTH, major, minor, outer.elements);
}

static bool is_same(gss_OID a, const gss_OID_desc *b)
{
    return a && a->length == b->length && !memcmp(a->elements, b->elements, b->length);
}

static bool run_leg(struct hw_negotiate *n)
{
    struct gss_channel_bindings_struct bindings = {
        .application_data = {n->bindings.len, n->bindings.data}};
    gss_buffer_desc in = {n->in.len, n->in.data}, out = GSS_C_EMPTY_BUFFER;
    gss_OID mech = GSS_C_NO_OID;
    OM_uint32 minor, ignored;
    OM_uint32 major = gss_init_sec_context(
        &minor, n->cred, &n->context, n->target, n->kerberos ? &mech_spnego : &mech_ntlm,
        GSS_C_MUTUAL_FLAG | GSS_C_INTEG_FLAG | GSS_C_CONF_FLAG | GSS_C_REPLAY_FLAG |
            GSS_C_SEQUENCE_FLAG,
        0, n->bindings.len ? &bindings : GSS_C_NO_CHANNEL_BINDINGS, &in, &mech, &out, NULL, NULL);
    bool fits = hw_buf_add(&n->token, out.value, out.length);
    gss_release_buffer(&ignored, &out);
    if (GSS_ERROR(major) || !fits)
        return fail(&n->err, HW_ERR_AUTH, major, minor, n->kerberos ? &mech_spnego : &mech_ntlm);
    n->complete = major == GSS_S_COMPLETE;
    n->is_krb5 = n->complete && is_same(mech, &mech_krb5);
    return true;
}

static void run_step(void *data)
{
    struct hw_negotiate *n = data;
    n->ok = (n->cred || acquire(n, &n->err)) &&
            (n->target || import(n->service, &type_service, &n->target, &n->err)) && run_leg(n);
}

/* The life of a context. */

static void destroy(void *data)
{
    struct hw_negotiate *n = data;
    OM_uint32 minor;
    if (n->context)
        gss_delete_sec_context(&minor, &n->context, GSS_C_NO_BUFFER);
    if (n->cred)
        gss_release_cred(&minor, &n->cred);
    if (n->target)
        gss_release_name(&minor, &n->target);
    hw_secret_free(n->password);
    free(n->user);
    free(n->service);
    hw_buf_done(&n->bindings);
    hw_buf_done(&n->in);
    hw_buf_done(&n->token);
    free(n);
}

static void finish_step(void *data)
{
    struct hw_negotiate *n = data;
    n->busy = false;
    if (n->gone) {
        destroy(n);
        return;
    }
    n->fn(n->data, &n->token, n->complete, n->ok ? NULL : &n->err);
}

struct hw_negotiate *hw_negotiate_new(struct hw_work *work,
                                      const struct hw_negotiate_options *options)
{
    struct hw_negotiate *n = HW_NEW(struct hw_negotiate);
    const char *host = options->host && *options->host ? options->host : NULL;
    n->work = work;
    n->user = hw_strdup(options->user);
    n->password = hw_secret_copy(options->password);
    /* A local account has no realm, and asking for one's Kerberos would only cost time. */
    n->kerberos = host && strchr(options->user, '@');
    n->service = hw_format("HTTP@%s", host ? host : "node");
    n->in.max = n->token.max = TOKEN_MAX;
    n->bindings.max = TOKEN_MAX;
    if (options->end_point_size) {
        hw_buf_text(&n->bindings, END_POINT);
        hw_buf_add(&n->bindings, options->end_point, options->end_point_size);
    }
    return n;
}

void hw_negotiate_free(struct hw_negotiate *negotiate)
{
    if (!negotiate)
        return;
    if (negotiate->busy)
        negotiate->gone = true;
    else
        destroy(negotiate);
}

void hw_negotiate_step(struct hw_negotiate *negotiate, const void *in, size_t n,
                       hw_negotiate_fn *fn, void *data)
{
    hw_buf_clear(&negotiate->in);
    hw_buf_clear(&negotiate->token);
    hw_buf_add(&negotiate->in, in, n);
    negotiate->err = (struct hw_err){0};
    negotiate->fn = fn;
    negotiate->data = data;
    negotiate->busy = true;
    hw_work_add(negotiate->work, run_step, finish_step, destroy, negotiate);
}

/* Sealing. */

static bool write_sealed(struct hw_buf *out, size_t plain_length, const gss_buffer_desc *header,
                         const void *message, size_t n, struct hw_err *err)
{
    struct hw_sealed sealed = {.plain_length = plain_length,
                               .header = {header->value, header->length},
                               .message = {message, n}};
    return hw_sealed_write(out, &sealed) ||
           hw_fail(err, HW_ERR_LIMIT, _("the message for the node is too long"));
}

/* gss-ntlmssp has no gss_wrap_iov; its gss_wrap gives signature and message in one piece. */
static bool seal_ntlm(struct hw_negotiate *n, const struct hw_buf *plain, struct hw_buf *out,
                      struct hw_err *err)
{
    gss_buffer_desc in = {plain->len, plain->data}, sealed = GSS_C_EMPTY_BUFFER;
    OM_uint32 minor, ignored;
    int is_sealed = 0;
    OM_uint32 major = gss_wrap(&minor, n->context, 1, GSS_C_QOP_DEFAULT, &in, &is_sealed, &sealed);
    if (GSS_ERROR(major))
        return fail(err, HW_ERR_PROTOCOL, major, minor, &mech_ntlm);
    bool ok = is_sealed && sealed.length >= NTLM_SIGNATURE;
    gss_buffer_desc header = {NTLM_SIGNATURE, sealed.value};
    if (ok)
        ok = write_sealed(out, plain->len, &header, (char *)sealed.value + NTLM_SIGNATURE,
                          sealed.length - NTLM_SIGNATURE, err);
    else
        hw_fail(err, HW_ERR_PROTOCOL, _("the connection to the node cannot be sealed"));
    gss_release_buffer(&ignored, &sealed);
    return ok;
}

static bool seal_krb5(struct hw_negotiate *n, const struct hw_buf *plain, struct hw_buf *out,
                      struct hw_err *err)
{
    hw_auto(hw_buf) message = HW_BUF(HW_MAX_SOAP + TOKEN_MAX);
    hw_buf_add(&message, plain->data, plain->len); /* sealed in place */
    gss_iov_buffer_desc iov[] = {
        {GSS_IOV_BUFFER_TYPE_HEADER | GSS_IOV_BUFFER_FLAG_ALLOCATE, GSS_C_EMPTY_BUFFER},
        {GSS_IOV_BUFFER_TYPE_DATA, {message.len, message.data}},
        {GSS_IOV_BUFFER_TYPE_PADDING | GSS_IOV_BUFFER_FLAG_ALLOCATE, GSS_C_EMPTY_BUFFER},
    };
    OM_uint32 minor, ignored;
    int is_sealed = 0;
    OM_uint32 major =
        gss_wrap_iov(&minor, n->context, 1, GSS_C_QOP_DEFAULT, &is_sealed, iov, HW_COUNT(iov));
    if (GSS_ERROR(major))
        return fail(err, HW_ERR_PROTOCOL, major, minor, &mech_krb5);
    hw_buf_add(&message, iov[2].buffer.value, iov[2].buffer.length);
    bool ok = is_sealed
                  ? write_sealed(out, message.len, &iov[0].buffer, message.data, message.len, err)
                  : hw_fail(err, HW_ERR_PROTOCOL, _("the connection to the node cannot be sealed"));
    gss_release_iov_buffer(&ignored, iov, HW_COUNT(iov));
    return ok;
}

bool hw_negotiate_seal(struct hw_negotiate *negotiate, const struct hw_buf *plain,
                       struct hw_buf *out, struct hw_err *err)
{
    return (negotiate->is_krb5 ? seal_krb5 : seal_ntlm)(negotiate, plain, out, err);
}

static bool unseal_ntlm(struct hw_negotiate *n, const struct hw_sealed *sealed, struct hw_buf *out,
                        struct hw_err *err)
{
    /* Both parts follow each other in the body, as gss_unwrap wants them. */
    gss_buffer_desc in = {sealed->header.n + sealed->message.n, (void *)sealed->header.p};
    gss_buffer_desc plain = GSS_C_EMPTY_BUFFER;
    OM_uint32 minor, ignored;
    int was_sealed = 0;
    OM_uint32 major = gss_unwrap(&minor, n->context, &in, &plain, &was_sealed, NULL);
    if (GSS_ERROR(major))
        return fail(err, HW_ERR_PROTOCOL, major, minor, &mech_ntlm);
    bool ok = was_sealed && hw_buf_add(out, plain.value, plain.length);
    gss_release_buffer(&ignored, &plain);
    return ok || hw_fail(err, HW_ERR_PROTOCOL, _("the node's answer was not sealed"));
}

static bool unseal_krb5(struct hw_negotiate *n, const struct hw_sealed *sealed, struct hw_buf *out,
                        struct hw_err *err)
{
    hw_auto(hw_buf) copy = HW_BUF(HW_MAX_SOAP + TOKEN_MAX);
    hw_buf_add(&copy, sealed->header.p, sealed->header.n + sealed->message.n); /* opened in place */
    char *message = copy.data + sealed->header.n;
    gss_iov_buffer_desc iov[] = {
        {GSS_IOV_BUFFER_TYPE_HEADER, {sealed->header.n, copy.data}},
        {GSS_IOV_BUFFER_TYPE_DATA, {sealed->message.n, message}},
        {GSS_IOV_BUFFER_TYPE_PADDING, GSS_C_EMPTY_BUFFER},
    };
    OM_uint32 minor;
    int was_sealed = 0;
    OM_uint32 major = gss_unwrap_iov(&minor, n->context, &was_sealed, NULL, iov, HW_COUNT(iov));
    if (GSS_ERROR(major))
        return fail(err, HW_ERR_PROTOCOL, major, minor, &mech_krb5);
    return (was_sealed && hw_buf_add(out, iov[1].buffer.value, iov[1].buffer.length)) ||
           hw_fail(err, HW_ERR_PROTOCOL, _("the node's answer was not sealed"));
}

bool hw_negotiate_unseal(struct hw_negotiate *negotiate, const struct hw_buf *body,
                         struct hw_buf *out, struct hw_err *err)
{
    struct hw_sealed sealed;
    return hw_sealed_read(hw_buf_cstr(body), body->len, &sealed, err) &&
           (negotiate->is_krb5 ? unseal_krb5 : unseal_ntlm)(negotiate, &sealed, out, err);
}
