/* SPDX-License-Identifier: Apache-2.0 */
/* WinRM over HTTPS for simulated machines: one HTTP daemon on the loop, one listening socket a
 * machine, one self-signed certificate a run. */
#ifndef HW_SIM_WINRM_H
#define HW_SIM_WINRM_H

#include "base/loop.h"
#include "sim/guest.h"

struct sim_winrm;
struct sim_endpoint;

/* Copied; guest is borrowed and outlives the endpoint. */
struct sim_endpoint_spec {
    const char *address;  /* numeric IPv4 */
    unsigned port;        /* 0: any free one */
    const char *host;     /* computer name */
    const char *password; /* of Administrator */
    int64_t boot_ms;      /* wall time when the machine started */
    struct sim_guest *guest;
    sim_answer_fn *answer; /* or NULL */
    void *answer_data;
};

struct sim_winrm *sim_winrm_new(struct hw_loop *loop, uint64_t seed, struct hw_err *err);
/* Closes every endpoint. Call it when the loop no longer runs. NULL allowed. */
void sim_winrm_free(struct sim_winrm *winrm);

/* What becomes of a request, asked before each is answered: a broken connection. */
enum sim_cut {
    SIM_CUT_NONE,
    SIM_CUT_BEFORE, /* it was never carried out */
    SIM_CUT_AFTER,  /* it was, but its answer is lost */
};
typedef enum sim_cut sim_cut_fn(void *data);
void sim_winrm_on_request(struct sim_winrm *winrm, sim_cut_fn *fn, void *data); /* fn NULL: none */

/* Lower-case hex SHA-256 over the DER form of the certificate. Borrowed. */
const char *sim_winrm_fingerprint(const struct sim_winrm *winrm);

/* Listens at once. NULL: err says why. */
struct sim_endpoint *sim_winrm_listen(struct sim_winrm *winrm, const struct sim_endpoint_spec *spec,
                                      struct hw_err *err);
unsigned sim_endpoint_port(const struct sim_endpoint *endpoint);
/* The machine goes away: the port is closed, connections are reset, shells and their commands
 * end. NULL allowed. */
void sim_endpoint_close(struct sim_endpoint *endpoint);

#endif
