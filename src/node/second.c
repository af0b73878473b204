/* SPDX-License-Identifier: Apache-2.0 */
#include "node/second.h"

#include "base/mem.h"
#include "node/ssh_program.h"

struct hw_second {
    struct hw_loop *loop;
    struct hw_second_handler handler;
    struct hw_ssh_program *program;
    struct hw_sftp *sftp;
    struct hw_timer *timer; /* what came was no SFTP */
    struct hw_err err;
    unsigned *count;
};

static void on_write(void *data, const char *bytes, size_t n)
{
    struct hw_second *second = data;
    hw_ssh_program_write(second->program, bytes, n);
}

static void on_ready(void *data)
{
    struct hw_second *second = data;
    second->handler.ready(second->handler.data);
}

static void on_failed(void *data)
{
    struct hw_second *second = data;
    second->timer = NULL;
    second->handler.ended(second->handler.data, &second->err);
}

static void on_bytes(void *data, bool is_error HW_UNUSED, const char *bytes, size_t n)
{
    struct hw_second *second = data;
    if (!second->timer && !hw_sftp_take(second->sftp, bytes, n, &second->err))
        second->timer = hw_loop_timer(second->loop, 0, on_failed, second);
}

static void on_ended(void *data, enum hw_ssh_end how HW_UNUSED, const struct hw_err *err)
{
    struct hw_second *second = data;
    hw_timer_cancel(second->timer);
    second->timer = NULL;
    second->err = *err;
    second->handler.ended(second->handler.data, &second->err);
}

struct hw_second *hw_second_start(struct hw_ssh *ssh, struct hw_loop *loop,
                                  const struct hw_target *target, unsigned *count,
                                  const struct hw_second_handler *handler)
{
    if (*count >= HW_SECONDS_MAX)
        return NULL;
    struct hw_second *second = HW_NEW(struct hw_second);
    struct hw_ssh_handler below = {.bytes = on_bytes, .ended = on_ended, .data = second};
    struct hw_sftp_handler above = {.write = on_write, .ready = on_ready, .data = second};
    second->loop = loop;
    second->handler = *handler;
    second->count = count;
    ++*count;
    second->program = hw_ssh_program_start(ssh, loop, target, NULL, &below);
    second->sftp = hw_sftp_new(&above);
    return second;
}

struct hw_sftp *hw_second_sftp(const struct hw_second *second)
{
    return second->sftp;
}

void hw_second_free(struct hw_second *second)
{
    if (!second)
        return;
    --*second->count;
    hw_timer_cancel(second->timer);
    hw_sftp_free(second->sftp);
    hw_ssh_program_free(second->program);
    free(second);
}
