/* SPDX-License-Identifier: Apache-2.0 */
/* For tests of what asks AWS: a client whose endpoint is a scripted server, without retries that
 * take long, with keys in the environment. */
#ifndef HW_TESTS_SCRIPTED_AWS_H
#define HW_TESTS_SCRIPTED_AWS_H

#include "aws/parts.h"
#include "tests/unit/scripted.h"

/* Opens the server, which must outlive the client: answer as in struct scripted. The caller's. */
struct hw_aws *scripted_aws(struct scripted *server, struct hw_loop *loop,
                            char *(*answer)(void *data, const char *request), void *data);

#endif
