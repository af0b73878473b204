/* SPDX-License-Identifier: Apache-2.0 */
#include "node/way.h"

void hw_way_close(struct hw_way_closing *closing, void *session, void (*free)(void *session),
                  void (*closed)(void *data), void *data)
{
    *closing =
        (struct hw_way_closing){.session = session, .free = free, .closed = closed, .data = data};
}

void hw_way_close_in(struct hw_way_closing *closing, struct hw_loop *loop, int64_t delay_ms)
{
    closing->timer = hw_loop_timer(loop, delay_ms, hw_way_closed, closing);
}

void hw_way_closed(void *data)
{
    struct hw_way_closing closing = *(struct hw_way_closing *)data; /* it dies with its session */
    ((struct hw_way_closing *)data)->timer = NULL;
    closing.free(closing.session);
    closing.closed(closing.data);
}

char *hw_way_leaves_nothing(const void *session HW_UNUSED)
{
    return NULL;
}

const char *hw_way_no_manner(const void *session HW_UNUSED)
{
    return NULL;
}
