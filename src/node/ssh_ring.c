/* SPDX-License-Identifier: Apache-2.0 */
#include "node/ssh_ring.h"

#include "base/clock.h"
#include "base/file.h"
#include "base/log.h"

#define STALE_MS 10000 /* what failed, and the agent's keys, are asked for again after that */

struct entry {
    char *path; /* "": the agent */
    bool reading;
    int64_t read_ms; /* monotonic; 0: never */
    struct hw_ssh_key *key;
    struct hw_agent_keys agent;
    char *why;
};

struct hw_ssh_wait {
    struct hw_ssh_ring *ring;
    struct hw_strv paths;
    struct hw_timer *timer; /* all are there */
    hw_timer_fn *fn;
    void *data;
};

struct hw_ssh_ring {
    struct hw_loop *loop;
    struct hw_work *work;
    char *socket;
    struct hw_secret *passphrase;
    struct entry **entries;
    size_t count, capacity;
    struct hw_ssh_wait **waits;
    size_t wait_count, wait_capacity;
    struct job *jobs; /* under way */
};

struct job {
    struct hw_ssh_ring *ring; /* NULL: it is gone */
    struct job *next;
    char *path, *socket;
    struct hw_secret *passphrase;
    struct hw_ssh_key *key;
    struct hw_agent_keys agent;
    struct hw_err err;
};

static struct entry *find(const struct hw_ssh_ring *ring, const char *path)
{
    for (size_t i = 0; i < ring->count; i++) {
        if (!strcmp(ring->entries[i]->path, path))
            return ring->entries[i];
    }
    return NULL;
}

/* Reading. */

static void run_job(void *data)
{
    struct job *job = data;
    if (job->socket)
        hw_agent_list(job->socket, &job->agent, &job->err);
    else
        job->key = hw_ssh_key_read(job->path, job->passphrase, &job->err);
}

static void free_job(void *data)
{
    struct job *job = data;
    hw_ssh_key_free(job->key);
    hw_agent_keys_done(&job->agent);
    hw_secret_free(job->passphrase);
    free(job->path);
    free(job->socket);
    free(job);
}

static void leave(struct job *job)
{
    struct job **at = &job->ring->jobs;
    while (*at != job)
        at = &(*at)->next;
    *at = job->next;
}

static void wake(void *data)
{
    struct hw_ssh_wait *wait = data;
    hw_timer_fn *fn = wait->fn;
    void *fn_data = wait->data;
    wait->timer = NULL;
    hw_ssh_ring_cancel(wait);
    fn(fn_data);
}

static bool all_there(const struct hw_ssh_wait *wait)
{
    for (size_t i = 0; i < wait->paths.count; i++) {
        const struct entry *entry = find(wait->ring, wait->paths.items[i]);
        if (entry && entry->reading)
            return false;
    }
    return true;
}

static void wake_waiting(struct hw_ssh_ring *ring)
{
    for (size_t i = 0; i < ring->wait_count; i++) {
        struct hw_ssh_wait *wait = ring->waits[i];
        if (!wait->timer && all_there(wait))
            wait->timer = hw_loop_timer(ring->loop, 0, wake, wait);
    }
}

static void job_done(void *data)
{
    struct job *job = data;
    if (job->ring) {
        struct entry *entry = find(job->ring, job->path);
        leave(job);
        entry->reading = false;
        entry->read_ms = hw_clock_monotonic_ms();
        hw_agent_keys_done(&entry->agent);
        entry->agent = job->agent;
        job->agent = (struct hw_agent_keys){0};
        entry->key = job->key;
        job->key = NULL;
        bool worth_telling = !job->socket && !entry->key && hw_path_exists(job->path);
        hw_auto_text why =
            hw_format("%s%s%s", job->err.what, *job->err.next ? ". " : "", job->err.next);
        hw_replace(&entry->why, worth_telling ? why : NULL);
        if (*job->err.what)
            hw_trace("ssh", "%s", job->err.what);
        wake_waiting(job->ring);
    }
    free_job(job);
}

static void read_entry(struct hw_ssh_ring *ring, const char *path)
{
    struct entry *entry = find(ring, path);
    if (!entry) {
        entry = HW_NEW(struct entry);
        entry->path = hw_strdup(path);
        hw_grow(&ring->entries, &ring->capacity, ring->count, sizeof(struct entry *));
        ring->entries[ring->count++] = entry;
    }
    bool fresh = entry->read_ms && hw_clock_monotonic_ms() - entry->read_ms < STALE_MS;
    if (entry->reading || entry->key || fresh)
        return;
    struct job *job = HW_NEW(struct job);
    *job = (struct job){.ring = ring,
                        .next = ring->jobs,
                        .path = hw_strdup(path),
                        .socket = *path ? NULL : hw_strdup(ring->socket),
                        .passphrase = hw_secret_copy(ring->passphrase)};
    ring->jobs = job;
    entry->reading = true;
    hw_work_add(ring->work, run_job, job_done, free_job, job);
}

struct hw_ssh_wait *hw_ssh_ring_read(struct hw_ssh_ring *ring, const struct hw_strv *paths,
                                     hw_timer_fn *fn, void *data)
{
    struct hw_ssh_wait *wait = HW_NEW(struct hw_ssh_wait);
    *wait = (struct hw_ssh_wait){.ring = ring, .fn = fn, .data = data};
    hw_strv_copy(&wait->paths, paths);
    if (ring->socket)
        hw_strv_add(&wait->paths, "");
    for (size_t i = 0; i < wait->paths.count; i++)
        read_entry(ring, wait->paths.items[i]);
    hw_grow(&ring->waits, &ring->wait_capacity, ring->wait_count, sizeof(struct hw_ssh_wait *));
    ring->waits[ring->wait_count++] = wait;
    wake_waiting(ring);
    return wait;
}

void hw_ssh_ring_cancel(struct hw_ssh_wait *wait)
{
    if (!wait)
        return;
    struct hw_ssh_ring *ring = wait->ring;
    for (size_t i = 0; i < ring->wait_count; i++) {
        if (ring->waits[i] == wait)
            ring->waits[i] = ring->waits[--ring->wait_count];
    }
    hw_timer_cancel(wait->timer);
    hw_strv_done(&wait->paths);
    free(wait);
}

/* Life. */

struct hw_ssh_ring *hw_ssh_ring_new(struct hw_loop *loop, struct hw_work *work, const char *agent,
                                    const struct hw_secret *passphrase)
{
    struct hw_ssh_ring *ring = HW_NEW(struct hw_ssh_ring);
    ring->loop = loop;
    ring->work = work;
    ring->socket = agent && *agent ? hw_strdup(agent) : NULL;
    ring->passphrase = hw_secret_copy(passphrase);
    return ring;
}

void hw_ssh_ring_passphrase(struct hw_ssh_ring *ring, const struct hw_secret *passphrase)
{
    hw_secret_free(ring->passphrase);
    ring->passphrase = hw_secret_copy(passphrase);
    for (size_t i = 0; i < ring->count; i++)
        ring->entries[i]->read_ms = 0;
}

bool hw_ssh_ring_has_passphrase(const struct hw_ssh_ring *ring)
{
    return ring->passphrase != NULL;
}

void hw_ssh_ring_free(struct hw_ssh_ring *ring)
{
    if (!ring)
        return;
    for (struct job *job = ring->jobs; job; job = job->next)
        job->ring = NULL;
    for (size_t i = 0; i < ring->count; i++) {
        struct entry *entry = ring->entries[i];
        hw_ssh_key_free(entry->key);
        hw_agent_keys_done(&entry->agent);
        free(entry->path);
        free(entry->why);
        free(entry);
    }
    free(ring->entries);
    free(ring->waits);
    hw_secret_free(ring->passphrase);
    free(ring->socket);
    free(ring);
}

struct hw_ssh_key *hw_ssh_ring_key(const struct hw_ssh_ring *ring, const char *path,
                                   const char **ret_why)
{
    const struct entry *entry = find(ring, path);
    *ret_why = entry ? entry->why : NULL;
    return entry ? entry->key : NULL;
}

const struct hw_agent_keys *hw_ssh_ring_agent(const struct hw_ssh_ring *ring)
{
    static const struct hw_agent_keys none;
    const struct entry *entry = find(ring, "");
    return entry ? &entry->agent : &none;
}

const char *hw_ssh_ring_socket(const struct hw_ssh_ring *ring)
{
    return ring->socket;
}
