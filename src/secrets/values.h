/* SPDX-License-Identifier: Apache-2.0 */
/* The values of the cluster's secrets, read once so that they can be hidden wherever a log shows
 * them. They are handed on as they come and kept nowhere: what carried them here is wiped. */
#ifndef HW_SECRETS_VALUES_H
#define HW_SECRETS_VALUES_H

#include "aws/client.h"

struct hw_values;

/* What came of it: some values may be known although others are not. */
struct hw_values_result {
    size_t known;             /* values handed on */
    size_t refused;           /* names whose value we may not read, or could not */
    const struct hw_err *err; /* why the last of them was refused; NULL: none was */
};

struct hw_values_handler {
    void (*value)(void *data, const char *bytes, size_t n);
    void (*done)(void *data, const struct hw_values_result *result); /* last, from the loop */
    void *data;
};

/* Asks for each name (ssm:GetParameter, decrypted; nothing else in the program does). Parameters
 * that are not there are passed over. aws must outlive it. */
struct hw_values *hw_values_read(struct hw_aws *aws, const struct hw_strv *names,
                                 const struct hw_values_handler *handler);
void hw_values_free(struct hw_values *values); /* at once, without a word; NULL allowed */

#endif
