/* SPDX-License-Identifier: Apache-2.0 */
/* Its port, its faults, and what tests ask of it. */
#include <arpa/inet.h>
#include <signal.h>
#include <time.h>

#include "base/text.h"
#include "fake-cfn-parts.h"

/* true: this request is the one at which the client dies. */
static bool is_last(struct fake_cfn *f)
{
    return f->pid && f->kill_at > 0 && --f->kill_at == 0;
}

/* Marsaglia's xorshift: the same faults for the same seed, whatever the C library. */
static unsigned chance(struct fake_cfn *f, unsigned below)
{
    f->random ^= f->random << 13;
    f->random ^= f->random >> 17;
    f->random ^= f->random << 5;
    return f->random % below;
}

enum fault {
    NO_FAULT,
    THROTTLE,
    INTERNAL,
    UNAVAILABLE,
    EXPIRED,
    LOST_BEFORE,
    LOST_AFTER,
    CUT,
    FAULTS
};

static enum fault draw_fault(struct fake_cfn *f)
{
    if (f->faults == 0 || chance(f, 8) > 0)
        return NO_FAULT;
    f->faults--;
    return (enum fault)(1 + chance(f, FAULTS - 1));
}

/* -1: the connection ends without an answer. */
static int answer_or_fault(struct fake_cfn *f, const char *method, const char *target,
                           const char *body, struct hw_buf *out)
{
    enum fault fault = draw_fault(f);
    int status = 400;
    switch (fault) {
    case THROTTLE:
        return fake_refuse(out, "Throttling", "Rate exceeded");
    case INTERNAL:
        fake_refuse(out, "InternalFailure", "Retry your request");
        return 500;
    case UNAVAILABLE:
        fake_refuse(out, "ServiceUnavailable", "Service Unavailable");
        return 503;
    case EXPIRED:
        fake_refuse(out, "ExpiredToken", "The security token included in the request is expired");
        return 403;
    case LOST_BEFORE:
        return -1;
    default:
        status = fake_answer(f, method, target, body, out);
    }
    if (fault == CUT && out->len > 1)
        out->len /= 2;
    return fault == LOST_AFTER ? -1 : status;
}

static int serve(struct fake_cfn *f, const char *method, const char *target, const char *body,
                 struct hw_buf *out)
{
    pthread_mutex_lock(&f->lock);
    bool last = is_last(f);
    int status = 500;
    if (last && !f->kill_after)
        kill(f->pid, SIGKILL);
    else
        status = answer_or_fault(f, method, target, body, out);
    if (last && f->kill_after)
        kill(f->pid, SIGKILL);
    f->killed = f->killed || last;
    pthread_mutex_unlock(&f->lock);
    return status;
}

static void add_date(struct fake_cfn *f, struct MHD_Response *response)
{
    char date[64];
    struct tm tm;
    pthread_mutex_lock(&f->lock);
    time_t now = time(NULL) + f->off_s;
    pthread_mutex_unlock(&f->lock);
    gmtime_r(&now, &tm);
    strftime(date, sizeof date, "%a, %d %b %Y %H:%M:%S GMT", &tm);
    MHD_add_response_header(response, "Date", date);
}

static enum MHD_Result on_request(void *data, struct MHD_Connection *connection, const char *url,
                                  const char *method, const char *version, const char *upload,
                                  size_t *upload_size, void **state)
{
    (void)url, (void)version;
    struct hw_buf *body = *state;
    if (!body) {
        body = *state = HW_NEW(struct hw_buf);
        body->max = 4u << 20;
        return MHD_YES;
    }
    if (*upload_size > 0) {
        hw_buf_add(body, upload, *upload_size);
        *upload_size = 0;
        return MHD_YES;
    }
    hw_auto(hw_buf) out = HW_BUF(8u << 20);
    const char *target = MHD_lookup_connection_value(connection, MHD_HEADER_KIND, "X-Amz-Target");
    int status = serve(data, method, target ? target : "", hw_buf_cstr(body), &out);
    if (status < 0)
        return MHD_NO;
    struct MHD_Response *response = MHD_create_response_from_buffer(
        out.len, (void *)(uintptr_t)hw_buf_cstr(&out), MHD_RESPMEM_MUST_COPY);
    MHD_add_response_header(response, "Content-Type", "text/xml");
    add_date(data, response);
    enum MHD_Result ok = MHD_queue_response(connection, (unsigned)status, response);
    MHD_destroy_response(response);
    return ok;
}

static void on_completed(void *data, struct MHD_Connection *connection, void **state,
                         enum MHD_RequestTerminationCode code)
{
    (void)data, (void)connection, (void)code;
    if (*state)
        hw_buf_done(*state);
    free(*state);
    *state = NULL;
}

struct fake_cfn *fake_cfn_new(char url[64])
{
    struct fake_cfn *f = HW_NEW(struct fake_cfn);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    pthread_mutex_init(&f->lock, NULL);
    f->daemon =
        MHD_start_daemon(MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_SUPPRESS_DATE_NO_CLOCK, 0, NULL,
                         NULL, on_request, f, MHD_OPTION_SOCK_ADDR, (struct sockaddr *)&address,
                         MHD_OPTION_NOTIFY_COMPLETED, on_completed, NULL, MHD_OPTION_END);
    if (!f->daemon)
        return NULL;
    const union MHD_DaemonInfo *info = MHD_get_daemon_info(f->daemon, MHD_DAEMON_INFO_BIND_PORT);
    snprintf(url, 64, "http://127.0.0.1:%u", info->port);
    return f;
}

void fake_cfn_stop(struct fake_cfn *f)
{
    if (f->daemon)
        MHD_stop_daemon(f->daemon);
    f->daemon = NULL;
}

void fake_cfn_free(struct fake_cfn *f)
{
    fake_cfn_stop(f);
    for (unsigned i = 0; i < f->stack_count; i++) {
        struct stack *s = &f->stacks[i];
        for (unsigned k = 0; k < s->event_count; k++) {
            free(s->events[k].id);
            free(s->events[k].resource);
            free(s->events[k].type);
            free(s->events[k].status);
            free(s->events[k].reason);
        }
        free(s->name);
        free(s->status);
        free(s->body);
        free(s->new_body);
        free(s->change_set);
        hw_strv_done(&s->older_sets);
    }
    hw_strv_done(&f->effects);
    hw_strv_done(&f->ids);
    free(f->lock_value);
    free(f->fail_suffix);
    free(f->fail_reason);
    free(f->refuse_suffix);
    free(f->refuse_path);
    free(f->refuse_why);
    free(f);
}

void fake_cfn_fail(struct fake_cfn *f, const char *suffix, const char *reason)
{
    hw_replace(&f->fail_suffix, suffix);
    hw_replace(&f->fail_reason, reason);
}

void fake_cfn_lock(struct fake_cfn *f, const char *lock)
{
    pthread_mutex_lock(&f->lock);
    hw_replace(&f->lock_value, lock);
    pthread_mutex_unlock(&f->lock);
}

bool fake_cfn_locked(struct fake_cfn *f)
{
    pthread_mutex_lock(&f->lock);
    bool locked = f->lock_value;
    pthread_mutex_unlock(&f->lock);
    return locked;
}

void fake_cfn_chaos(struct fake_cfn *f, unsigned seed, unsigned faults)
{
    pthread_mutex_lock(&f->lock);
    f->random = seed * 2654435761u + 1;
    f->faults = faults;
    pthread_mutex_unlock(&f->lock);
}

void fake_cfn_events(struct fake_cfn *f, struct hw_strv *ret)
{
    pthread_mutex_lock(&f->lock);
    hw_strv_copy(ret, &f->ids);
    pthread_mutex_unlock(&f->lock);
}

void fake_cfn_refuse(struct fake_cfn *f, const char *suffix, const char *path, const char *sentence)
{
    pthread_mutex_lock(&f->lock);
    hw_replace(&f->refuse_suffix, suffix);
    hw_replace(&f->refuse_path, path);
    hw_replace(&f->refuse_why, sentence);
    pthread_mutex_unlock(&f->lock);
}

void fake_cfn_keep_interface(struct fake_cfn *f, unsigned asks, bool fails)
{
    pthread_mutex_lock(&f->lock);
    f->kept_asks = asks;
    f->kept_fails = fails;
    pthread_mutex_unlock(&f->lock);
}

void fake_cfn_clock(struct fake_cfn *f, long off_s)
{
    pthread_mutex_lock(&f->lock);
    f->off_s = off_s;
    pthread_mutex_unlock(&f->lock);
}

void fake_cfn_throttle(struct fake_cfn *f, unsigned requests)
{
    f->throttle = requests;
}

void fake_cfn_slow(struct fake_cfn *f, unsigned steps)
{
    f->slow = steps;
}

void fake_cfn_kill_at(struct fake_cfn *f, pid_t pid, unsigned n, bool after)
{
    pthread_mutex_lock(&f->lock);
    f->pid = pid;
    f->kill_at = n;
    f->kill_after = after;
    f->killed = false;
    pthread_mutex_unlock(&f->lock);
}

bool fake_cfn_killed(struct fake_cfn *f)
{
    pthread_mutex_lock(&f->lock);
    bool killed = f->killed;
    pthread_mutex_unlock(&f->lock);
    return killed;
}

unsigned fake_cfn_count(struct fake_cfn *f, const char *action)
{
    unsigned count = 0;
    for (size_t i = 0; i < f->effects.count; i++)
        count += strcmp(f->effects.items[i], action) == 0;
    return count;
}

unsigned fake_cfn_looks(struct fake_cfn *f)
{
    pthread_mutex_lock(&f->lock);
    unsigned looks = f->looks;
    pthread_mutex_unlock(&f->lock);
    return looks;
}

unsigned fake_cfn_stacks(struct fake_cfn *f)
{
    unsigned count = 0;
    for (unsigned i = 0; i < f->stack_count; i++)
        count += f->stacks[i].status && strcmp(f->stacks[i].status, "DELETE_COMPLETE") != 0;
    return count;
}

bool fake_cfn_has(struct fake_cfn *f, const char *suffix, const char *status)
{
    for (unsigned i = 0; i < f->stack_count; i++) {
        if (hw_text_ends(f->stacks[i].name, suffix) && f->stacks[i].status &&
            strcmp(f->stacks[i].status, status) == 0)
            return true;
    }
    return false;
}

unsigned fake_cfn_change_sets(struct fake_cfn *f)
{
    unsigned count = 0;
    for (unsigned i = 0; i < f->stack_count; i++) {
        const struct stack *s = &f->stacks[i];
        count += s->change_set != NULL;
        for (size_t k = 0; k < s->older_sets.count; k++)
            count += s->older_sets.items[k][0] != '(';
    }
    return count;
}

void fake_cfn_outdate(struct fake_cfn *f)
{
    pthread_mutex_lock(&f->lock);
    for (unsigned i = 0; i < f->stack_count; i++)
        f->stacks[i].obsolete = f->stacks[i].change_set;
    pthread_mutex_unlock(&f->lock);
}

void fake_cfn_set(struct fake_cfn *f, const char *name, const char *status)
{
    struct stack *s = fake_stack_find(f, name);
    if (!s)
        s = fake_stack_make(f, name, status);
    hw_replace(&s->status, status);
    s->steps = 0;
}
