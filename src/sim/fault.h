/* SPDX-License-Identifier: Apache-2.0 */
/* Faults that a test orders: KIND[:SERVICE[:AMOUNT]], SERVICE '*' or absent = every service.
 *   throttle  the service's own throttling error
 *   500       HTTP 500 InternalFailure
 *   503       HTTP 503 ServiceUnavailable
 *   reset     the connection is closed without an answer, and nothing was done
 *   lost      what was asked for is done, but the connection is closed without an answer
 *   malformed a success whose body is cut in the middle
 *   expired   the credentials have expired
 *   denied    access is denied
 *   delay     AMOUNT is milliseconds: every answer comes so much later
 * The service "winrm" must be named: a request to a node is reset, or its answer is lost.
 * AMOUNT (default 1) from 1 on is a number of requests, below 1 a probability for each. */
#ifndef HW_SIM_FAULT_H
#define HW_SIM_FAULT_H

#include "sim/cloud.h"

enum sim_fault_kind {
    SIM_FAULT_NONE,
    SIM_FAULT_THROTTLE,
    SIM_FAULT_500,
    SIM_FAULT_503,
    SIM_FAULT_RESET,
    SIM_FAULT_LOST,
    SIM_FAULT_MALFORMED,
    SIM_FAULT_EXPIRED,
    SIM_FAULT_DENIED,
    SIM_FAULT_DELAY,
};

struct sim_fault {
    enum sim_fault_kind kind;
    char service[32]; /* "*" = every */
    double amount;
};

#define SIM_WINRM "winrm"

#define SIM_MAX_FAULTS 32

struct sim_faults {
    struct sim_fault items[SIM_MAX_FAULTS];
    size_t count;
};

bool sim_fault_add(struct sim_faults *faults, const char *spec, struct hw_err *err);
/* What happens to this request; counts it. */
enum sim_fault_kind sim_fault_take(struct sim_faults *faults, struct sim_cloud *cloud,
                                   const char *service);
int64_t sim_fault_delay(const struct sim_faults *faults, const char *service); /* ms */

#endif
