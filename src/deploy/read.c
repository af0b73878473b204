/* SPDX-License-Identifier: Apache-2.0 */
#include "deploy/read.h"

#include "base/clock.h"
#include "base/limits.h"
#include "base/text.h"

char *hw_read_text(const struct hw_xml *element, const char *path, size_t most)
{
    hw_auto_text raw = hw_xml_text(element, path);
    hw_auto(hw_buf) clean = HW_BUF(most * 4); /* what cleaning makes of a byte */
    hw_text_clean(&clean, raw, hw_text_cut(raw, most), false);
    return hw_buf_take(&clean);
}

const struct hw_xml *hw_read_member(const struct hw_xml *list, const char *key, const char *name)
{
    const struct hw_xml *member = list ? hw_xml_first(list, "member") : NULL;
    for (; member; member = hw_xml_next(member)) {
        hw_auto_text found = hw_xml_text(member, key);
        if (strcmp(found, name) == 0)
            return member;
    }
    return NULL;
}

void hw_heard_read(struct hw_heard *ret, const struct hw_xml *member)
{
    hw_auto_text time = hw_xml_text(member, "Timestamp");
    *ret = (struct hw_heard){
        .resource = hw_read_text(member, "LogicalResourceId", HW_MAX_VALUE),
        .type = hw_read_text(member, "ResourceType", HW_MAX_VALUE),
        .physical_id = hw_read_text(member, "PhysicalResourceId", HW_MAX_VALUE),
        .status = hw_read_text(member, "ResourceStatus", HW_MAX_VALUE),
        .reason = hw_read_text(member, "ResourceStatusReason", HW_MAX_VALUE),
        .event_id = hw_read_text(member, "EventId", HW_MAX_VALUE),
    };
    if (!hw_time_parse(time, strlen(time), &ret->time_ms))
        ret->time_ms = hw_clock_wall_ms();
}

void hw_heard_done(struct hw_heard *heard)
{
    free(heard->resource);
    free(heard->type);
    free(heard->physical_id);
    free(heard->status);
    free(heard->reason);
    free(heard->event_id);
}

struct hw_event hw_heard_event(const struct hw_heard *heard, const char *stack)
{
    return (struct hw_event){.type = HW_EV_STACK,
                             .u.stack = {.time_ms = heard->time_ms,
                                         .stack = stack,
                                         .resource = heard->resource,
                                         .resource_type = heard->type,
                                         .physical_id = heard->physical_id,
                                         .status = heard->status,
                                         .reason = heard->reason,
                                         .event_id = heard->event_id}};
}
