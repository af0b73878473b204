/* SPDX-License-Identifier: Apache-2.0 */
/* For the ways to a node that ask AWS for what it has of the node: one call at a time, and pauses
 * between them. */
#ifndef HW_NODE_WAY_CALLS_H
#define HW_NODE_WAY_CALLS_H

#include "node/way.h"

/* The first member of a session, which every callback is given. */
struct hw_way_calls {
    void (*free)(void *session); /* which calls hw_way_calls_done */
    struct hw_way_handler handler;
    struct hw_way_start start; /* without what was left over */
    struct hw_aws_call *call;  /* NULL: none */
    struct hw_timer *timer;    /* NULL: it does not wait */
    bool told; /* something of the node has come; till then it keeps from other ways */
    struct hw_way_closing closing;
};

void hw_way_calls_init(struct hw_way_calls *calls, const struct hw_way_start *start,
                       const struct hw_way_handler *handler, void (*free)(void *session));
void hw_way_calls_done(struct hw_way_calls *calls);

/* For `missing`: AWS can be asked. */
const char *hw_way_calls_missing(const struct hw_way_room *room, const struct hw_target *target,
                                 bool *ret_final);

/* fn, and the one of a pause, begins with hw_way_calls_over. */
void hw_way_calls_send(struct hw_way_calls *calls, struct hw_aws_request *request_take,
                       hw_aws_fn *fn);
/* A JSON service's request. */
void hw_way_calls_ask(struct hw_way_calls *calls, enum hw_aws_service service,
                      const char *operation, json_t *body_take, hw_aws_fn *fn);
void hw_way_calls_wait(struct hw_way_calls *calls, int64_t delay_ms, hw_timer_fn *fn);
void hw_way_calls_over(struct hw_way_calls *calls);

void hw_way_calls_tell(struct hw_way_calls *calls, const struct hw_frame *frame);
/* The end of the session. `fail`: by what AWS answered; a denial is final. */
void hw_way_calls_lose(struct hw_way_calls *calls, enum hw_way_end how, const struct hw_err *err);
void hw_way_calls_fail(struct hw_way_calls *calls, const struct hw_err *err);
/* For `close`: nothing runs on the node that would have to be ended. */
void hw_way_calls_close(void *session, void (*closed)(void *data), void *data);

/* A text of an answer; "": it has none of that name. */
const char *hw_way_calls_text(const json_t *object, const char *key);

#endif
