/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/certificates.h"

#include "base/clock.h"
#include "base/journal.h"
#include "base/mem.h"
#include "logs/stage.h"

#define DAY_MS       (INT64_C(24) * 3600 * 1000)
#define CERTIFICATES 8192u /* of more nodes than a cluster has */

void hw_certificates_done(struct hw_certificates *certificates)
{
    for (size_t i = 0; i < certificates->count; i++) {
        free(certificates->items[i].node);
        free(certificates->items[i].instance);
    }
    free(certificates->items);
    *certificates = (struct hw_certificates){0};
}

static struct hw_certificate *find(struct hw_certificates *certificates, const char *instance,
                                   bool winrm)
{
    for (size_t i = 0; i < certificates->count; i++) {
        struct hw_certificate *one = &certificates->items[i];
        if (one->winrm == winrm && strcmp(one->instance, instance) == 0)
            return one;
    }
    return NULL;
}

void hw_certificates_feed(struct hw_certificates *certificates, const struct hw_event *event)
{
    const struct hw_ev_stage *stage = &event->u.stage;
    int64_t until_ms;
    if (event->type != HW_EV_STAGE || !stage->stage || !stage->instance ||
        !hw_stage_valid_until(stage->message, &until_ms))
        return;
    bool winrm = strcmp(stage->stage, "boot") == 0;
    struct hw_certificate *one = find(certificates, stage->instance, winrm);
    if (!one && certificates->count < CERTIFICATES) {
        hw_grow(&certificates->items, &certificates->capacity, certificates->count,
                sizeof *certificates->items);
        one = &certificates->items[certificates->count++];
        *one = (struct hw_certificate){
            .node = hw_strdup(stage->node), .instance = hw_strdup(stage->instance), .winrm = winrm};
    }
    if (one)
        one->until_ms = until_ms;
}

static void tell(void *data, const struct hw_event *event)
{
    hw_certificates_feed(data, event);
}

static bool recall(void *data, const json_t *record)
{
    const json_t *event = json_object_get(record, "event");
    if (event)
        hw_event_read(event, &(struct hw_sink){tell, data});
    return true;
}

void hw_certificates_recall(struct hw_certificates *certificates, const char *journal_path)
{
    hw_journal_read(journal_path, recall, certificates, NULL);
}

long hw_certificate_days(const struct hw_certificate *certificate, int64_t now_ms)
{
    int64_t left_ms = certificate->until_ms - now_ms;
    return (long)(left_ms >= 0 ? left_ms / DAY_MS : -1 - (-left_ms - 1) / DAY_MS);
}

void hw_certificate_say(const struct hw_certificate *certificate, int64_t now_ms,
                        struct hw_buf *out)
{
    char day[HW_TIME_SIZE];
    hw_time_rfc3339(certificate->until_ms, day);
    day[strcspn(day, "T")] = '\0';
    const char *node = certificate->node;
    long days = hw_certificate_days(certificate, now_ms);
    if (certificate->until_ms <= now_ms)
        hw_buf_print(out,
                     certificate->winrm ? _("the WinRM certificate of %s ended on %s")
                                        : _("the certificate of %s ended on %s"),
                     node, day);
    else if (certificate->winrm)
        hw_buf_print(out,
                     P_("the WinRM certificate of %s ends on %s, in %ld day",
                        "the WinRM certificate of %s ends on %s, in %ld days", (unsigned long)days),
                     node, day, days);
    else
        hw_buf_print(out,
                     P_("the certificate of %s ends on %s, in %ld day",
                        "the certificate of %s ends on %s, in %ld days", (unsigned long)days),
                     node, day, days);
}
