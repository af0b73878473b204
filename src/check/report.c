/* SPDX-License-Identifier: Apache-2.0 */
#include "check/report.h"

#include <assert.h>

#include "base/text.h"

static size_t place_of(const char *id)
{
    for (size_t i = 0; i < hw_check_count(); i++) {
        if (strcmp(hw_check_at(i)->id, id) == 0)
            return i;
    }
    assert(!"a check that is not in the catalogue");
    return 0;
}

static bool is_skipped(const struct hw_report *report, const char *id)
{
    return report->skip && hw_strv_has(report->skip, id);
}

static void tell(struct hw_report *report, const struct hw_check *check,
                 enum hw_check_status status, const char *message, const char *field,
                 const char *remedy)
{
    hw_tell(report->sink, &(struct hw_event){.type = HW_EV_CHECK,
                                             .u.check = {.id = check->id,
                                                         .severity = check->severity,
                                                         .status = status,
                                                         .message = message,
                                                         .field = field,
                                                         .remedy = remedy}});
}

static void count(struct hw_check_result *result, enum hw_severity severity)
{
    if (severity == HW_ERROR)
        result->errors++;
    else if (severity == HW_WARNING)
        result->warnings++;
    else
        result->passed++;
}

void hw_report_fail(struct hw_report *report, const char *id, const char *field, const char *remedy,
                    const char *fmt, ...)
{
    size_t place = place_of(id);
    if (is_skipped(report, id))
        return;
    hw_auto(hw_buf) text = HW_BUF(HW_MAX_VALUE), clean = HW_BUF(HW_MAX_TEXT);
    va_list args;
    va_start(args, fmt);
    hw_buf_vprint(&text, fmt, args);
    va_end(args);
    hw_text_clean(&clean, hw_buf_cstr(&text), text.len, false);
    report->failed[place] = true;
    count(&report->result, hw_check_at(place)->severity);
    tell(report, hw_check_at(place), HW_CHECK_FAIL, hw_buf_cstr(&clean), field, remedy);
}

void hw_report_unknown(struct hw_report *report, const char *id, const char *why)
{
    size_t place = place_of(id);
    if (is_skipped(report, id) || report->unknown[place])
        return;
    report->unknown[place] = true;
    report->result.skipped++;
    tell(report, hw_check_at(place), HW_SKIPPED, why, NULL, NULL);
}

static void done_at(struct hw_report *report, size_t place)
{
    const struct hw_check *check = hw_check_at(place);
    if (report->failed[place] || report->unknown[place] || report->told[place])
        return;
    bool skipped = is_skipped(report, check->id);
    if (skipped)
        report->result.skipped++;
    else
        report->result.passed++;
    report->told[place] = true;
    tell(report, check, skipped ? HW_SKIPPED : HW_PASS, _(check->title), NULL, NULL);
}

void hw_report_done(struct hw_report *report, const char *id)
{
    done_at(report, place_of(id));
}

void hw_report_rest(struct hw_report *report, bool online)
{
    for (size_t i = 0; i < hw_check_count(); i++) {
        if (hw_check_at(i)->online == online)
            done_at(report, i);
    }
}
