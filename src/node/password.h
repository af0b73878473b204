/* SPDX-License-Identifier: Apache-2.0 */
/* The Administrator's password of a Windows instance: ec2:GetPasswordData, decrypted here with the
 * private key of the instance's key pair (RSA, PKCS #1 v1.5; EC2 API reference). */
#ifndef HW_NODE_PASSWORD_H
#define HW_NODE_PASSWORD_H

#include "aws/client.h"
#include "base/secret.h"

struct hw_password;

/* Called from the loop once, unless cancelled. password_take NULL: err says why;
 * HW_ERR_BUSY = Windows has not set it yet, ask again later. */
typedef void hw_password_fn(void *data, struct hw_secret *password_take, const struct hw_err *err);

/* key_file: PEM or OpenSSH's form; passphrase: of it, copied; NULL: none is known. */
struct hw_password *hw_password_get(struct hw_aws *aws, struct hw_work *work, const char *instance,
                                    const char *key_file, const struct hw_secret *passphrase,
                                    hw_password_fn *fn, void *data);
void hw_password_cancel(struct hw_password *password); /* NULL allowed; not after fn */

/* Blocking: for jobs and tests. data64: base64 of the encrypted password. NULL: err. */
struct hw_secret *hw_password_decrypt(const char *key_file, const struct hw_secret *passphrase,
                                      const char *data64, struct hw_err *err) HW_USE_RESULT;

#endif
