/* SPDX-License-Identifier: Apache-2.0 */
/* The client's keys: looked for when they are first needed, renewed before they end ("Refreshing
 * credentials" is what botocore does: 15 minutes before at leisure, 10 minutes before at all
 * costs), and looked for anew when AWS says that they have ended. One search at a time. */
#include "aws/parts.h"
#include "base/clock.h"

#define ADVISORY_MS  (15 * 60 * 1000) /* from here on newer ones are looked for by the way */
#define MANDATORY_MS (10 * 60 * 1000) /* from here on calls wait for them */
#define PAUSE_MS     (60 * 1000)      /* between two tries that brought nothing newer */

static int64_t least(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

/* As AWS's clock has it. */
static int64_t time_left(const struct hw_aws *aws)
{
    const struct hw_creds *creds = &aws->keys.creds;
    return creds->expires_ms ? creds->expires_ms - hw_clock_wall_ms() - aws->skew_ms : INT64_MAX;
}

/* Keys that live for minutes only are not renewed all the time. */
static int64_t window(const struct hw_creds *creds, int64_t usual_ms, int64_t part)
{
    int64_t life_ms = creds->expires_ms - creds->got_ms;
    return life_ms > 0 ? least(usual_ms, life_ms / part) : usual_ms;
}

static void tell_kept(struct hw_aws *aws, const struct hw_err *err)
{
    char until[HW_TIME_SIZE];
    hw_time_of_day(aws->keys.creds.expires_ms, until);
    hw_tell_notice(aws->sink, HW_WARNING,
                   _("The credentials could not be renewed; they are good until %s (%s)"), until,
                   err->what);
}

static void drop(struct hw_keys *keys)
{
    hw_creds_done(&keys->creds);
    keys->refused = false;
}

static void on_region(void *data, struct hw_creds *creds, const struct hw_err *err HW_UNUSED)
{
    struct hw_aws *aws = data;
    aws->keys.region_chain = NULL;
    if (creds && !aws->region[0])
        hw_replace(&aws->region, creds->region);
    if (creds)
        hw_creds_done(creds);
    hw_calls_keys_ready(aws);
}

/* The last place to look for a region is the instance, whoever handed the keys out ("AWS Region",
 * AWS SDKs and Tools Reference Guide). The calls wait for it. */
static void ask_region(struct hw_aws *aws)
{
    struct hw_keys *keys = &aws->keys;
    keys->region_asked = true;
    keys->region_chain = hw_chain_start(
        aws,
        &(struct hw_chain_want){.profile = aws->profile.name, .only = &hw_provider_imds_region},
        on_region, aws);
}

static void take(struct hw_aws *aws, struct hw_creds *creds)
{
    struct hw_keys *keys = &aws->keys;
    bool same = hw_creds_same(&keys->creds, creds);
    bool useless = same && keys->refused;
    drop(keys);
    if (useless) { /* the next call looks anew: somebody may have signed in by then */
        hw_creds_done(creds);
        hw_calls_keys_failed(aws, &keys->refusal);
        return;
    }
    keys->creds = *creds;
    if (!same) {
        keys->number++;
        hw_sigv4_forget(aws->signer);
    }
    if (!aws->region[0] && creds->region)
        hw_replace(&aws->region, creds->region);
    if (!aws->region[0] && !keys->region_asked)
        ask_region(aws);
    else
        hw_calls_keys_ready(aws);
}

static void on_found(void *data, struct hw_creds *creds, const struct hw_err *err)
{
    struct hw_aws *aws = data;
    struct hw_keys *keys = &aws->keys;
    keys->chain = NULL;
    keys->tried_ms = hw_clock_monotonic_ms();
    if (creds) {
        take(aws, creds);
    } else if (keys->creds.key_id && !keys->refused && time_left(aws) > 0) {
        tell_kept(aws, err);
        hw_calls_keys_ready(aws);
    } else {
        drop(keys);
        hw_calls_keys_failed(aws, err);
    }
}

static void look(struct hw_aws *aws)
{
    struct hw_keys *keys = &aws->keys;
    if (keys->chain)
        return;
    keys->chain =
        hw_chain_start(aws,
                       &(struct hw_chain_want){.profile = aws->profile.name,
                                               .environment = !aws->profile.named_by_option,
                                               .anew = keys->refused},
                       on_found, aws);
}

enum hw_keys_state hw_keys_want(struct hw_aws *aws)
{
    struct hw_keys *keys = &aws->keys;
    if (keys->region_chain)
        return HW_KEYS_WAIT;
    if (!keys->creds.key_id || keys->refused) {
        look(aws);
        return HW_KEYS_WAIT;
    }
    int64_t left_ms = time_left(aws);
    if (left_ms > window(&keys->creds, ADVISORY_MS, 2))
        return HW_KEYS_READY;
    bool just_tried =
        keys->tried_ms && hw_clock_monotonic_ms() - keys->tried_ms < PAUSE_MS && !keys->chain;
    if (just_tried)
        return HW_KEYS_READY; /* there are none newer; AWS will say when these have ended */
    look(aws);
    bool person = keys->asked && left_ms > 0; /* nobody stands still while somebody is asked */
    bool hurry = left_ms <= window(&keys->creds, MANDATORY_MS, 4);
    return hurry && !person ? HW_KEYS_WAIT : HW_KEYS_READY;
}

void hw_keys_refused(struct hw_aws *aws, unsigned number, const struct hw_err *refusal)
{
    if (number != aws->keys.number || !aws->keys.creds.key_id)
        return; /* newer ones are here already */
    aws->keys.refused = true;
    aws->keys.refusal = *refusal;
}

void hw_keys_forget(struct hw_aws *aws)
{
    struct hw_keys *keys = &aws->keys;
    hw_chain_stop(keys->chain);
    hw_chain_stop(keys->region_chain);
    hw_keys_ask_no_more(aws);
    hw_creds_done(&keys->creds);
    unsigned number = keys->number + 1;
    *keys = (struct hw_keys){.number = number};
    if (aws->signer)
        hw_sigv4_forget(aws->signer);
}

/* Questions. */

bool hw_keys_ask(struct hw_aws *aws, const char *question,
                 void (*answered)(void *data, const char *answer), void *data)
{
    if (!aws->asker.ask)
        return false;
    aws->keys.asked = answered;
    aws->keys.asked_data = data;
    aws->asker.ask(aws->asker.data, question);
    return true;
}

static void forget_answer(struct hw_keys *keys)
{
    hw_timer_cancel(keys->answer_timer);
    hw_secret_free(keys->answer);
    keys->answer_timer = NULL;
    keys->answer = NULL;
}

void hw_keys_ask_no_more(struct hw_aws *aws)
{
    bool asking = aws->keys.asked && !aws->keys.answer_timer;
    forget_answer(&aws->keys);
    aws->keys.asked = NULL;
    if (asking && aws->asker.done)
        aws->asker.done(aws->asker.data);
}

static void deliver_answer(void *data)
{
    struct hw_aws *aws = data;
    struct hw_keys *keys = &aws->keys;
    struct hw_secret *answer = keys->answer;
    void (*asked)(void *, const char *) = keys->asked;
    keys->answer_timer = NULL;
    keys->answer = NULL;
    keys->asked = NULL;
    asked(keys->asked_data, answer ? hw_secret_bytes(answer) : NULL);
    hw_secret_free(answer);
}

void hw_aws_answer(struct hw_aws *aws, const char *text)
{
    struct hw_keys *keys = &aws->keys;
    if (!keys->asked || keys->answer_timer)
        return;
    keys->answer = text ? hw_secret_new(text, strlen(text)) : NULL;
    keys->answer_timer = hw_loop_timer(aws->loop, 0, deliver_answer, aws);
}
