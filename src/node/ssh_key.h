/* SPDX-License-Identifier: Apache-2.0 */
/* Private keys of SSH users: RSA, ECDSA and Ed25519, in PEM (PKCS #1, PKCS #8, SEC 1) or OpenSSH's
 * own form (PROTOCOL.key), encrypted or not. Reading and signing burn CPU and belong into the work
 * pool; a key is shared by all logins and may be used by several threads. */
#ifndef HW_NODE_SSH_KEY_H
#define HW_NODE_SSH_KEY_H

#include "base/buf.h"
#include "base/err.h"
#include "base/secret.h"

struct hw_ssh_key;

/* passphrase: NULL: none is known. NULL: err; HW_ERR_AUTH: a passphrase is needed, or it is wrong.
 */
struct hw_ssh_key *hw_ssh_key_read(const char *path, const struct hw_secret *passphrase,
                                   struct hw_err *err);
/* Whether a passphrase (NULL: none was given) is the only thing that is wrong. Blocks for as long
 * as deriving the key takes. */
bool hw_ssh_key_lacks_passphrase(const char *path, const struct hw_secret *passphrase);
/* The same from text, for tests; path names it in errors. */
struct hw_ssh_key *hw_ssh_key_parse(const char *text, size_t n, const char *path,
                                    const struct hw_secret *passphrase, struct hw_err *err);
struct hw_ssh_key *hw_ssh_key_ref(struct hw_ssh_key *key);
void hw_ssh_key_free(struct hw_ssh_key *key); /* gives one reference back; NULL allowed */

/* Public key blob as the SSH server is offered it. RSA: under the name "rsa-sha2-256" (RFC 8332),
 * which libssh2 1.10 takes as the algorithm's name; by itself it only knows SHA-1, which servers
 * refuse. */
struct hw_span hw_ssh_key_blob(const struct hw_ssh_key *key);
/* The signature without its algorithm's name: RSA's number, r and s of ECDSA, Ed25519's bytes. */
bool hw_ssh_key_sign(const struct hw_ssh_key *key, const void *bytes, size_t n, struct hw_buf *out);

/* What was encrypted for the key (RSA, PKCS #1 v1.5). *ret_n: the room in out, then what stands
 * there, which is the caller's to wipe. False: not for this key, or it is no RSA key. */
bool hw_ssh_key_decrypt(const struct hw_ssh_key *key, const void *bytes, size_t n,
                        unsigned char *out, size_t *ret_n);

/* bcrypt_pbkdf of OpenSSH's private keys (OpenBSD, lib/libutil/bcrypt_pbkdf.c). */
bool hw_bcrypt_pbkdf(const char *pass, size_t pass_n, const void *salt, size_t salt_n,
                     unsigned rounds, unsigned char *out, size_t out_n);

#define HW_SSH_RSA_SHA2 "rsa-sha2-256"

#endif
