/* SPDX-License-Identifier: Apache-2.0 */
/* A self-signed certificate with its key, as a Windows machine makes one for its HTTPS listener. */
#ifndef HW_SIM_WINRM_CERT_H
#define HW_SIM_WINRM_CERT_H

#include "base/buf.h"
#include "base/err.h"

#define SIM_FINGERPRINT_SIZE 65

struct sim_cert {
    struct hw_buf key_pem, cert_pem;
    char fingerprint[SIM_FINGERPRINT_SIZE]; /* lower-case hex SHA-256 over the DER form */
};

bool sim_cert_make(struct sim_cert *ret, struct hw_err *err);
void sim_cert_done(struct sim_cert *cert);

#endif
