/* SPDX-License-Identifier: Apache-2.0 */
/* What the account holds at the beginning, read from templates/scenarios/account.yaml. */
#ifndef HW_SIM_ACCOUNT_H
#define HW_SIM_ACCOUNT_H

#include "base/err.h"
#include "sim/tree.h"

/* The first state. path NULL: scenarios/account.yaml of the data files. The caller's; NULL: err. */
json_t *sim_account_load(const char *path, struct hw_err *err);

/* Moves the first VPC and its subnets into another /16 of 127.0.0.0/8 ("127.23.0.0/16"). */
bool sim_account_move(json_t *state, const char *cidr, struct hw_err *err);
/* Keeps the network of the first VPC from other simulators, by its .0.1 with this port, as long as
 * *ret_hold is open: the caller's. A VPC outside of 127.0.0.0/8 needs none. */
bool sim_account_hold(const json_t *state, unsigned port, int *ret_hold, struct hw_err *err);
/* The first /16 from the account's own on whose .0.1 the port is free. *ret_hold is the caller's
 * descriptor that keeps the port, and with it the network, from other simulators. */
bool sim_account_move_to_free(json_t *state, unsigned port, int *ret_hold, struct hw_err *err);

/* A fresh RSA key pair for the first RSA key pair of the account: the private key goes into
 * key_file (PEM, 0600), *ret (EVP_PKEY) is the caller's. A key_file that holds a key is read. */
bool sim_account_key(const char *key_file, void **ret, struct hw_err *err);

#endif
