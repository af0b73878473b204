/* SPDX-License-Identifier: Apache-2.0 */
#include "base/work.h"

#include <pthread.h>
#include <signal.h>

#include "base/mem.h"

#define THREADS_MAX 8

struct item {
    struct hw_work *work;
    struct item *next;
    hw_work_fn *run, *done, *drop;
    void *job;
};

struct queue {
    struct item *first, **end;
};

struct hw_work {
    struct hw_loop *loop;
    pthread_mutex_t lock;
    pthread_cond_t more;
    bool stop;
    struct queue waiting;  /* not begun */
    struct queue finished; /* run, not yet handed to the loop's thread */
    pthread_t threads[THREADS_MAX];
    unsigned thread_count;
};

static void push(struct queue *queue, struct item *item)
{
    item->next = NULL;
    *queue->end = item;
    queue->end = &item->next;
}

static struct item *pop(struct queue *queue)
{
    struct item *item = queue->first;
    if (item) {
        queue->first = item->next;
        if (!queue->first)
            queue->end = &queue->first;
    }
    return item;
}

static void deliver(void *data)
{
    struct hw_work *work = data;
    pthread_mutex_lock(&work->lock);
    struct item *item = pop(&work->finished);
    pthread_mutex_unlock(&work->lock);
    if (!item)
        return;
    item->done(item->job);
    free(item);
}

/* In place of the threads. */
static void run_one(void *data)
{
    struct hw_work *work = data;
    struct item *item = pop(&work->waiting);
    if (work->waiting.first)
        hw_loop_timer(work->loop, 0, run_one, work);
    item->run(item->job);
    item->done(item->job);
    free(item);
}

static void *worker(void *data)
{
    struct hw_work *work = data;
    pthread_mutex_lock(&work->lock);
    for (;;) {
        while (!work->stop && !work->waiting.first)
            pthread_cond_wait(&work->more, &work->lock);
        if (work->stop)
            break;
        struct item *item = pop(&work->waiting);
        pthread_mutex_unlock(&work->lock);
        item->run(item->job);
        pthread_mutex_lock(&work->lock);
        push(&work->finished, item);
        if (!work->stop)
            hw_loop_post(work->loop, deliver, work);
    }
    pthread_mutex_unlock(&work->lock);
    return NULL;
}

struct hw_work *hw_work_new(struct hw_loop *loop, unsigned threads)
{
    struct hw_work *work = HW_NEW(struct hw_work);
    work->loop = loop;
    work->waiting.end = &work->waiting.first;
    work->finished.end = &work->finished.first;
    pthread_mutex_init(&work->lock, NULL);
    pthread_cond_init(&work->more, NULL);
    /* Signals belong to the loop's thread. */
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    for (unsigned i = 0; i < threads && i < THREADS_MAX; i++) {
        if (pthread_create(&work->threads[work->thread_count], NULL, worker, work) == 0)
            work->thread_count++;
    }
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return work;
}

static void drop_all(struct queue *queue)
{
    for (struct item *item = pop(queue); item; item = pop(queue)) {
        if (item->drop)
            item->drop(item->job);
        free(item);
    }
}

void hw_work_free(struct hw_work *work)
{
    if (!work)
        return;
    pthread_mutex_lock(&work->lock);
    work->stop = true;
    pthread_cond_broadcast(&work->more);
    pthread_mutex_unlock(&work->lock);
    for (unsigned i = 0; i < work->thread_count; i++)
        pthread_join(work->threads[i], NULL);
    drop_all(&work->waiting);
    drop_all(&work->finished);
    pthread_cond_destroy(&work->more);
    pthread_mutex_destroy(&work->lock);
    free(work);
}

void hw_work_add(struct hw_work *work, hw_work_fn *run, hw_work_fn *done, hw_work_fn *drop,
                 void *job)
{
    struct item *item = HW_NEW(struct item);
    if (!work->thread_count && !work->waiting.first)
        hw_loop_timer(work->loop, 0, run_one, work);
    *item = (struct item){.work = work, .run = run, .done = done, .drop = drop, .job = job};
    pthread_mutex_lock(&work->lock);
    push(&work->waiting, item);
    pthread_cond_signal(&work->more);
    pthread_mutex_unlock(&work->lock);
}
