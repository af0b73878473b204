/* SPDX-License-Identifier: Apache-2.0 */
#include "waiting.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

void wait_flag(struct hw_loop *loop, const bool *flag)
{
    for (int i = 0; !*flag; i++) {
        assert_true(i < WAITING_ROUNDS);
        hw_loop_step(loop, 100);
    }
}

void wait_text(struct hw_loop *loop, const struct hw_buf *buf, const char *text)
{
    for (int i = 0; !strstr(hw_buf_cstr(buf), text); i++) {
        if (i > WAITING_ROUNDS)
            fail_msg("no '%s' in: %s", text, hw_buf_cstr(buf));
        hw_loop_step(loop, 100);
    }
}
