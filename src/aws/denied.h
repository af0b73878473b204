/* SPDX-License-Identifier: Apache-2.0 */
/* Who may not do what on what, read from the sentence of an access denied error
 * ("Troubleshoot access denied error messages", IAM user guide). */
#ifndef HW_AWS_DENIED_H
#define HW_AWS_DENIED_H

#include "base/defs.h"

struct hw_denied {
    char who[200];      /* an ARN */
    char action[100];   /* "ec2:RunInstances" */
    char resource[200]; /* an ARN, "*", or "": not said */
    char policy[80];    /* the kind that decides: "identity-based policy"; "": not said */
    bool forbidden;     /* that policy denies it explicitly; else nothing allows it */
};

/* False: the sentence names no action. message is cleaned already. */
bool hw_denied_parse(const char *message, struct hw_denied *ret);

#endif
