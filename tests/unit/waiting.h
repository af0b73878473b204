/* SPDX-License-Identifier: Apache-2.0 */
/* For tests on a loop: runs it until something has come, and fails where it does not. */
#ifndef HW_TESTS_WAITING_H
#define HW_TESTS_WAITING_H

#include "base/buf.h"
#include "base/loop.h"

#define WAITING_ROUNDS 200000

void wait_flag(struct hw_loop *loop, const bool *flag);
/* Until the text stands in the buffer. */
void wait_text(struct hw_loop *loop, const struct hw_buf *buf, const char *text);

#endif
