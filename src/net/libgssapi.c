/* SPDX-License-Identifier: Apache-2.0 */
/* The functions of MIT Kerberos' GSSAPI, each under its own name, from a library that is loaded
 * when the first of them is called: only a node that asks for Negotiate needs it (see libcurl.c for
 * why loading counts). Where the library is absent each function says GSS_S_UNAVAILABLE. */
#include <gssapi/gssapi.h>
#include <gssapi/gssapi_ext.h>

#define LIBRARY "libgssapi_krb5.so.2" /* the name since MIT Kerberos 1.4 */

#define FUNCTIONS(F)                                                                               \
    F(gss_acquire_cred)                                                                            \
    F(gss_acquire_cred_with_password)                                                              \
    F(gss_delete_sec_context)                                                                      \
    F(gss_display_status)                                                                          \
    F(gss_import_name)                                                                             \
    F(gss_init_sec_context)                                                                        \
    F(gss_inquire_context)                                                                         \
    F(gss_release_buffer)                                                                          \
    F(gss_release_cred)                                                                            \
    F(gss_release_iov_buffer)                                                                      \
    F(gss_release_name)                                                                            \
    F(gss_set_neg_mechs)                                                                           \
    F(gss_unwrap)                                                                                  \
    F(gss_unwrap_iov)                                                                              \
    F(gss_wrap)                                                                                    \
    F(gss_wrap_iov)

#define PREPARE true

#include "base/lazy.h"

#define FORWARD_STATUS(name, parameters, arguments)                                                \
    FORWARD(OM_uint32, name, parameters, arguments, GSS_S_UNAVAILABLE)

FORWARD_STATUS(gss_acquire_cred,
               (OM_uint32 * minor, gss_name_t name, OM_uint32 seconds, gss_OID_set mechs,
                gss_cred_usage_t usage, gss_cred_id_t *ret, gss_OID_set *ret_mechs,
                OM_uint32 *ret_seconds),
               (minor, name, seconds, mechs, usage, ret, ret_mechs, ret_seconds))
FORWARD_STATUS(gss_acquire_cred_with_password,
               (OM_uint32 * minor, gss_name_t name, gss_buffer_t password, OM_uint32 seconds,
                gss_OID_set mechs, gss_cred_usage_t usage, gss_cred_id_t *ret,
                gss_OID_set *ret_mechs, OM_uint32 *ret_seconds),
               (minor, name, password, seconds, mechs, usage, ret, ret_mechs, ret_seconds))
FORWARD_STATUS(gss_delete_sec_context,
               (OM_uint32 * minor, gss_ctx_id_t *context, gss_buffer_t token),
               (minor, context, token))
FORWARD_STATUS(gss_display_status,
               (OM_uint32 * minor, OM_uint32 value, int type, gss_OID mech, OM_uint32 *more,
                gss_buffer_t ret),
               (minor, value, type, mech, more, ret))
FORWARD_STATUS(gss_import_name,
               (OM_uint32 * minor, gss_buffer_t text, gss_OID type, gss_name_t *ret),
               (minor, text, type, ret))
FORWARD_STATUS(gss_init_sec_context,
               (OM_uint32 * minor, gss_cred_id_t cred, gss_ctx_id_t *context, gss_name_t target,
                gss_OID mech, OM_uint32 flags, OM_uint32 seconds, gss_channel_bindings_t bindings,
                gss_buffer_t in, gss_OID *ret_mech, gss_buffer_t ret, OM_uint32 *ret_flags,
                OM_uint32 *ret_seconds),
               (minor, cred, context, target, mech, flags, seconds, bindings, in, ret_mech, ret,
                ret_flags, ret_seconds))
FORWARD_STATUS(gss_inquire_context,
               (OM_uint32 * minor, gss_ctx_id_t context, gss_name_t *source, gss_name_t *target,
                OM_uint32 *seconds, gss_OID *ret_mech, OM_uint32 *flags, int *local, int *open),
               (minor, context, source, target, seconds, ret_mech, flags, local, open))
FORWARD_STATUS(gss_release_buffer, (OM_uint32 * minor, gss_buffer_t buffer), (minor, buffer))
FORWARD_STATUS(gss_release_cred, (OM_uint32 * minor, gss_cred_id_t *cred), (minor, cred))
FORWARD_STATUS(gss_release_iov_buffer, (OM_uint32 * minor, gss_iov_buffer_desc *iov, int count),
               (minor, iov, count))
FORWARD_STATUS(gss_release_name, (OM_uint32 * minor, gss_name_t *name), (minor, name))
FORWARD_STATUS(gss_set_neg_mechs, (OM_uint32 * minor, gss_cred_id_t cred, const gss_OID_set mechs),
               (minor, cred, mechs))
FORWARD_STATUS(gss_unwrap,
               (OM_uint32 * minor, gss_ctx_id_t context, gss_buffer_t in, gss_buffer_t ret,
                int *sealed, gss_qop_t *qop),
               (minor, context, in, ret, sealed, qop))
FORWARD_STATUS(gss_unwrap_iov,
               (OM_uint32 * minor, gss_ctx_id_t context, int *sealed, gss_qop_t *qop,
                gss_iov_buffer_desc *iov, int count),
               (minor, context, sealed, qop, iov, count))
FORWARD_STATUS(gss_wrap,
               (OM_uint32 * minor, gss_ctx_id_t context, int seal, gss_qop_t qop, gss_buffer_t in,
                int *sealed, gss_buffer_t ret),
               (minor, context, seal, qop, in, sealed, ret))
FORWARD_STATUS(gss_wrap_iov,
               (OM_uint32 * minor, gss_ctx_id_t context, int seal, gss_qop_t qop, int *sealed,
                gss_iov_buffer_desc *iov, int count),
               (minor, context, seal, qop, sealed, iov, count))
