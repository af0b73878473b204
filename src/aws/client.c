/* SPDX-License-Identifier: Apache-2.0 */
/* The life of a call: wait, queue for the budget, fly, and finish or wait again. */
#include "aws/parts.h"

#include <sys/random.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/text.h"

#define MOST_FLYING        16     /* the first look at an account, at once */
#define MOST_HURRIED       3      /* leave before a patient request does at all costs */
#define CONNECTIONS        16     /* kept, to several services */
#define SKEW_MS            240000 /* services refuse signatures that are five minutes off */
#define THROTTLE_NOTICE_MS 30000
#define PROCESS_MS         60000

static void pump(struct hw_aws *aws);
static void pump_later(struct hw_aws *aws, int64_t delay_ms);

static void init_fields(struct hw_aws *aws, struct hw_loop *loop,
                        const struct hw_aws_options *options)
{
    aws->loop = loop;
    aws->sink = options->sink;
    aws->endpoint_option = hw_strdup(options->endpoint_url);
    if (options->asker)
        aws->asker = *options->asker;
    aws->log_fd = -1;
    aws->tuning = (struct hw_aws_tuning){
        .connect_ms = 10000, .total_ms = 60000, .reply_max = HW_MAX_REPLY, .backoff = 1.0};
    aws->process_ms = PROCESS_MS;
    aws->multi = hw_multi_new(loop, CONNECTIONS);
    aws->signer = hw_sigv4_new();
    hw_budget_init(&aws->budget, hw_clock_monotonic_ms());
    hw_retry_quota_init(&aws->quota);
}

struct hw_aws *hw_aws_new(struct hw_loop *loop, struct hw_work *work HW_UNUSED,
                          const struct hw_aws_options *options, struct hw_err *err)
{
    struct hw_aws *aws = HW_NEW(struct hw_aws);
    init_fields(aws, loop, options);
    if (!hw_aws_profile_load(options->profile, &aws->profile, err) ||
        !hw_calllog_open(aws, options->log_file, err)) {
        hw_aws_free(aws);
        return NULL;
    }
    bool given = options->region && *options->region;
    aws->region = hw_strdup(given ? options->region : aws->profile.region);
    return aws;
}

static void unlink_call(struct hw_aws_call *call)
{
    struct hw_aws *aws = call->aws;
    if (call->previous)
        call->previous->next = call->next;
    else
        aws->calls = call->next;
    if (call->next)
        call->next->previous = call->previous;
    else
        aws->last_call = call->previous;
}

static void free_call(struct hw_aws_call *call)
{
    hw_reply_done(call);
    hw_wipe_buf(&call->answer.body); /* it may hold keys */
    hw_endpoint_done(&call->endpoint);
    hw_aws_encoded_done(&call->encoded);
    hw_aws_request_free(call->request);
    free(call);
}

static void drop_call(struct hw_aws_call *call)
{
    if (call->state == HW_CALL_FLYING)
        call->aws->flying--;
    hw_wire_stop(call);
    hw_timer_cancel(call->timer);
    unlink_call(call);
    free_call(call);
}

void hw_aws_free(struct hw_aws *aws)
{
    if (!aws)
        return;
    hw_keys_forget(aws); /* before the calls: some of them are the providers' */
    while (aws->calls)
        drop_call(aws->calls);
    hw_multi_free(aws->multi);
    hw_timer_cancel(aws->pump_timer);
    hw_calllog_close(aws);
    hw_aws_profile_done(&aws->profile);
    hw_sigv4_free(aws->signer);
    free(aws->region);
    free(aws->endpoint_option);
    free(aws);
}

const char *hw_aws_region(const struct hw_aws *aws)
{
    return aws->region;
}

const char *hw_aws_profile(const struct hw_aws *aws)
{
    return aws->profile.name;
}

void hw_aws_set_region(struct hw_aws *aws, const char *region)
{
    hw_replace(&aws->region, region ? region : "");
}

char *hw_aws_endpoint_url(const struct hw_aws *aws, enum hw_aws_service service)
{
    struct hw_endpoint endpoint = {0};
    char *url = NULL;
    if (hw_endpoint_find(service, aws->region, aws->endpoint_option, &aws->profile, &endpoint,
                         NULL))
        url = hw_format("%s%s", endpoint.url, endpoint.prefix);
    hw_endpoint_done(&endpoint);
    return url;
}

struct hw_loop *hw_aws_loop(const struct hw_aws *aws)
{
    return aws->loop;
}

const struct hw_sink *hw_aws_sink(const struct hw_aws *aws)
{
    return aws->sink;
}

const char *hw_aws_credentials_source(const struct hw_aws *aws)
{
    return aws->keys.creds.source ? aws->keys.creds.source : "";
}

int64_t hw_aws_credentials_expiry(const struct hw_aws *aws)
{
    return aws->keys.creds.expires_ms;
}

int64_t hw_aws_credentials_person(const struct hw_aws *aws)
{
    return aws->keys.creds.person_ms;
}

bool hw_aws_set_profile(struct hw_aws *aws, const char *name, struct hw_err *err)
{
    struct hw_aws_profile fresh = {0};
    if (!hw_aws_profile_load(name, &fresh, err))
        return false;
    hw_keys_forget(aws);
    hw_aws_profile_done(&aws->profile);
    aws->profile = fresh;
    if (fresh.region[0])
        hw_replace(&aws->region, fresh.region);
    hw_calls_keys_ready(aws); /* what waited for the other profile's keys asks for these */
    return true;
}

bool hw_aws_profiles(struct hw_strv *ret_names, struct hw_strv *ret_details, struct hw_err *err)
{
    HW_CLEANUP(hw_aws_files_done) struct hw_aws_files files = {0};
    if (!hw_aws_files_read(&files, err))
        return false;
    hw_aws_files_profiles(&files, ret_names);
    for (size_t i = 0; i < ret_names->count; i++) {
        const char *region = hw_aws_files_get(&files, ret_names->items[i], "region");
        hw_auto(hw_buf) clean = HW_BUF(HW_MAX_TEXT);
        hw_buf_print(&clean, "%s  ", hw_aws_files_method(&files, ret_names->items[i]));
        hw_text_clean(&clean, region ? region : "", strlen(region ? region : ""), false);
        hw_strv_take(ret_details, hw_buf_take(&clean));
    }
    return true;
}

int64_t hw_aws_clock_off_ms(const struct hw_aws *aws)
{
    return aws->clock_off_ms;
}

int64_t hw_aws_now_ms(const struct hw_aws *aws)
{
    int64_t off_ms = aws->clock_off_ms;
    bool same = off_ms > -HW_AWS_CLOCK_SLACK_MS && off_ms < HW_AWS_CLOCK_SLACK_MS;
    return hw_clock_wall_ms() + (same ? 0 : off_ms);
}

void hw_aws_rate(const struct hw_aws *aws, double *ret_per_second, double *ret_budget)
{
    *ret_per_second = hw_budget_per_second(&aws->budget, hw_clock_monotonic_ms());
    *ret_budget = aws->budget.rate;
}

void hw_aws_set_tuning(struct hw_aws *aws, const struct hw_aws_tuning *tuning)
{
    aws->tuning = *tuning;
}

/* Finishing. */

static void deliver(void *data)
{
    struct hw_aws_call *call = data;
    unlink_call(call);
    if (call->failed)
        call->fn(call->data, NULL, &call->err);
    else
        call->fn(call->data, &call->reply, NULL);
    free_call(call); /* the client itself may be gone by now */
}

static void finish(struct hw_aws_call *call)
{
    call->state = HW_CALL_FINISHED;
    call->timer = hw_loop_timer(call->aws->loop, 0, deliver, call);
}

static void finish_failed(struct hw_aws_call *call)
{
    call->failed = true;
    hw_trace("aws", "%s", call->err.what);
    finish(call);
}

struct hw_xml_doc *hw_aws_reply_keep(const struct hw_aws_reply *reply)
{
    struct hw_aws_call *call =
        (struct hw_aws_call *)((char *)reply - offsetof(struct hw_aws_call, reply));
    struct hw_xml_doc *doc = call->doc;
    call->doc = NULL;
    return doc;
}

/* Starting. */

static void tell_plain(struct hw_aws *aws, const struct hw_endpoint *endpoint)
{
    if (!endpoint->plain || endpoint->loopback || aws->plain_told)
        return;
    aws->plain_told = true;
    hw_tell_notice(aws->sink, HW_WARNING, _("%s is not encrypted: others can read what is sent"),
                   endpoint->url);
}

static bool prepare(struct hw_aws_call *call, struct hw_err *err)
{
    struct hw_aws *aws = call->aws;
    const struct hw_aws_request *request = call->request;
    const char *region = request->region ? request->region : aws->region;
    if (call->endpoint.url) /* another attempt */
        return true;
    if (!hw_endpoint_find(request->service, region, aws->endpoint_option, &aws->profile,
                          &call->endpoint, err))
        return false;
    tell_plain(aws, &call->endpoint);
    return hw_aws_request_encode(request, call->endpoint.prefix, &call->encoded, err);
}

/* Keys first: the instance that they belong to may tell the region. */
static bool lacks_keys(struct hw_aws_call *call)
{
    if (call->request->sign != HW_SIGN_AS_CLIENT || hw_keys_want(call->aws) == HW_KEYS_READY)
        return false;
    call->state = HW_CALL_KEYLESS;
    return true;
}

static void queue(struct hw_aws_call *call)
{
    if (lacks_keys(call))
        return;
    if (prepare(call, &call->err))
        call->state = HW_CALL_QUEUED;
    else
        finish_failed(call);
}

static void enqueue(void *data)
{
    struct hw_aws_call *call = data;
    call->timer = NULL;
    queue(call);
    pump(call->aws);
}

static void wait_and_enqueue(struct hw_aws_call *call, int64_t delay_ms)
{
    call->state = HW_CALL_WAITING;
    call->timer = hw_loop_timer(call->aws->loop, delay_ms, enqueue, call);
}

static void launch(struct hw_aws_call *call)
{
    call->attempts++;
    if (!hw_wire_send(call, &call->err)) {
        finish_failed(call);
        return;
    }
    call->state = HW_CALL_FLYING;
    call->aws->flying++;
}

static void on_pump(void *data)
{
    struct hw_aws *aws = data;
    aws->pump_timer = NULL;
    pump(aws);
}

void hw_calls_keys_ready(struct hw_aws *aws)
{
    for (struct hw_aws_call *call = aws->calls; call; call = call->next) {
        if (call->state == HW_CALL_KEYLESS)
            queue(call);
    }
    pump_later(aws, 0);
}

void hw_calls_keys_failed(struct hw_aws *aws, const struct hw_err *err)
{
    for (struct hw_aws_call *call = aws->calls; call; call = call->next) {
        if (call->state != HW_CALL_KEYLESS)
            continue;
        call->err = *err;
        finish_failed(call);
    }
}

/* The last to say when knows best: it has seen the queue as it is. */
static void pump_later(struct hw_aws *aws, int64_t delay_ms)
{
    hw_timer_cancel(aws->pump_timer);
    aws->pump_timer = hw_loop_timer(aws->loop, delay_ms, on_pump, aws);
}

/* The next to leave, or NULL: in their order, the patient ones after the others. */
static struct hw_aws_call *next_queued(const struct hw_aws *aws)
{
    struct hw_aws_call *patient = NULL, *other = NULL;
    for (struct hw_aws_call *call = aws->calls; call && !(patient && other); call = call->next) {
        struct hw_aws_call **first = call->request->patient ? &patient : &other;
        if (call->state == HW_CALL_QUEUED && !*first)
            *first = call;
    }
    return patient && (!other || aws->hurried >= MOST_HURRIED) ? patient : other;
}

static int64_t take_from_budget(struct hw_aws *aws, const struct hw_aws_call *call)
{
    int64_t now_ms = hw_clock_monotonic_ms();
    bool can_wait = call->request->patient && aws->hurried < MOST_HURRIED;
    if (aws->tuning.unpaced)
        return 0;
    return can_wait ? hw_budget_take_spare(&aws->budget, now_ms)
                    : hw_budget_take(&aws->budget, now_ms);
}

static void pump(struct hw_aws *aws)
{
    struct hw_aws_call *call;
    while (aws->flying < MOST_FLYING && (call = next_queued(aws))) {
        if (lacks_keys(call)) /* they ran out while it stood in the queue */
            continue;
        int64_t wait_ms = take_from_budget(aws, call);
        if (wait_ms > 0) {
            pump_later(aws, wait_ms);
            return;
        }
        aws->hurried = call->request->patient ? 0 : aws->hurried + 1;
        launch(call);
    }
}

struct hw_aws_call *hw_aws_send(struct hw_aws *aws, struct hw_aws_request *request_take,
                                hw_aws_fn *fn, void *data)
{
    struct hw_aws_call *call = HW_NEW(struct hw_aws_call);
    *call = (struct hw_aws_call){.aws = aws, .request = request_take, .fn = fn, .data = data};
    call->previous = aws->last_call;
    if (aws->last_call)
        aws->last_call->next = call;
    else
        aws->calls = call;
    aws->last_call = call;
    wait_and_enqueue(call, 0);
    return call;
}

void hw_aws_cancel(struct hw_aws_call *call)
{
    if (!call)
        return;
    struct hw_aws *aws = call->aws;
    drop_call(call);
    pump_later(aws, 0);
}

/* After an attempt. */

/* [0, 1) */
static double random_part(void)
{
    uint32_t bits = 0;
    if (getrandom(&bits, sizeof bits, GRND_NONBLOCK) != (ssize_t)sizeof bits)
        bits = (uint32_t)hw_clock_monotonic_ms() * 2654435761u;
    return bits / 4294967296.0;
}

static void tell_clock(struct hw_aws *aws)
{
    long long minutes = (long long)((aws->skew_ms < 0 ? -aws->skew_ms : aws->skew_ms) / 60000);
    if (aws->skew_ms > 0)
        hw_tell_notice(aws->sink, HW_WARNING,
                       _("The clock of this machine is %lld minutes slow; signing with AWS's time. "
                         "Set it, for instance with chronyc makestep."),
                       minutes);
    else
        hw_tell_notice(aws->sink, HW_WARNING,
                       _("The clock of this machine is %lld minutes fast; signing with AWS's time. "
                         "Set it, for instance with chronyc makestep."),
                       minutes);
}

/* The clock of this machine is off by more than a signature may be: from now on sign with the
 * service's time. True once for a call. Of calls that left together the first one sets the clock
 * for all. */
static bool correct_clock(struct hw_aws_call *call)
{
    struct hw_aws *aws = call->aws;
    int64_t off_ms = call->answer.date_ms - call->signed_ms;
    if (call->re_signed || !call->answer.date_ms || !hw_retry_may_be_skew(call->err.service_code))
        return false;
    if (off_ms < SKEW_MS && off_ms > -SKEW_MS)
        return false;
    call->re_signed = true;
    if (aws->skew_ms != call->skew_ms)
        return true;
    aws->skew_ms += off_ms;
    tell_clock(aws);
    return true;
}

static void slow_down(struct hw_aws_call *call)
{
    struct hw_aws *aws = call->aws;
    int64_t now_ms = hw_clock_monotonic_ms();
    call->throttles++;
    hw_budget_throttled(&aws->budget, now_ms);
    if (aws->throttle_told_ms && now_ms - aws->throttle_told_ms < THROTTLE_NOTICE_MS)
        return;
    aws->throttle_told_ms = now_ms;
    hw_tell_notice(aws->sink, HW_INFO, _("AWS asks for fewer requests (%s %s); slowing down"),
                   hw_aws_service_info(call->request->service)->id, call->request->operation);
}

/* Keys that AWS says have expired are looked for anew, once for each call. */
static bool renew_keys(struct hw_aws_call *call)
{
    if (call->renewed || call->request->sign != HW_SIGN_AS_CLIENT ||
        !hw_text_starts(call->err.service_code, "ExpiredToken"))
        return false;
    call->renewed = true;
    hw_keys_refused(call->aws, call->keys_number, &call->err);
    return true;
}

/* Milliseconds until the call is sent again, or -1. */
static int64_t pause_before_next(struct hw_aws_call *call, enum hw_failure failure)
{
    struct hw_aws *aws = call->aws;
    struct hw_retry_count count = {call->attempts, call->throttles, aws->profile.max_attempts};
    int64_t delay_ms = hw_retry_delay_ms(failure, call->request->idempotent, count, random_part());
    bool timed_out = call->answer.curl == CURLE_OPERATION_TIMEDOUT;
    if (delay_ms >= 0 && failure != HW_FAILURE_THROTTLED &&
        !hw_retry_quota_take(&aws->quota, timed_out))
        return -1;
    return delay_ms < 0 ? -1 : (int64_t)((double)delay_ms * aws->tuning.backoff);
}

/* A service may repeat in its message what it was sent. */
static void hide_message(struct hw_aws_call *call)
{
    struct hw_err *err = &call->err;
    if (call->request->whole && err->service_code[0])
        snprintf(err->what, sizeof err->what, "%s %s: %s",
                 hw_aws_service_info(call->request->service)->id, call->request->operation,
                 err->service_code);
}

void hw_call_ended(struct hw_aws_call *call)
{
    struct hw_aws *aws = call->aws;
    aws->flying--;
    call->err = (struct hw_err){0};
    if (call->answer.date_ms)
        aws->clock_off_ms = call->answer.date_ms - hw_clock_wall_ms();
    enum hw_failure failure = hw_reply_read(call, &call->err);
    hide_message(call);
    hw_calllog_write(call, &call->err);
    if (failure == HW_FAILURE_THROTTLED)
        slow_down(call);
    if (failure == HW_FAILURE_NONE) {
        hw_retry_quota_give(&aws->quota, call->attempts);
        finish(call);
    } else if (correct_clock(call) || renew_keys(call)) {
        queue(call);
    } else {
        int64_t delay_ms = pause_before_next(call, failure);
        if (delay_ms >= 0)
            wait_and_enqueue(call, delay_ms);
        else
            finish_failed(call);
    }
    pump_later(aws, 0);
}
