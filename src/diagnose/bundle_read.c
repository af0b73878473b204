/* SPDX-License-Identifier: Apache-2.0 */
/* A written bundle, told again. */
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "diagnose/archive.h"
#include "diagnose/bundle.h"

#define EVENTS "/events.jsonl"
#define LOGS   "/logs/"

struct reader {
    const struct hw_sink *sink;
    bool logs; /* the second pass */
    bool found;
};

static void tell_line(const struct reader *reader, const char *node, const char *source,
                      uint64_t offset, const char *text, size_t n)
{
    hw_auto(hw_buf) clean = HW_BUF(4 * HW_MAX_LINE);
    hw_text_clean(&clean, text, n < HW_MAX_LINE ? n : HW_MAX_LINE, true);
    hw_tell(reader->sink, &(struct hw_event){.type = HW_EV_LOG,
                                             .u.log = {.node = node,
                                                       .instance = "",
                                                       .source = source,
                                                       .offset = offset,
                                                       .text = hw_buf_cstr(&clean)}});
}

static void tell_event(const struct reader *reader, const char *text, size_t n)
{
    json_t *object = json_loadb(text, n, 0, NULL);
    if (object)
        hw_event_read(object, reader->sink);
    json_decref(object);
}

/* "<root>/logs/<node>_<instance>/<source>"; the two are the caller's. */
static bool split_name(const char *name, char **ret_node, char **ret_source)
{
    const char *node = strstr(name, LOGS);
    const char *slash = node ? strchr(node + strlen(LOGS), '/') : NULL;
    if (!slash)
        return false;
    node += strlen(LOGS);
    hw_auto(hw_buf) clean = HW_BUF(HW_MAX_VALUE);
    const char *end = strstr(node, "_i-");
    hw_text_clean(&clean, node, (size_t)((end && end < slash ? end : slash) - node), false);
    *ret_node = hw_buf_take(&clean);
    hw_text_clean(&clean, slash + 1, strlen(slash + 1), false);
    *ret_source = hw_buf_take(&clean);
    return true;
}

static void on_item(void *data, const struct hw_archive_item *item)
{
    struct reader *reader = data;
    hw_auto_text node = NULL;
    hw_auto_text source = NULL;
    bool is_log = split_name(item->name, &node, &source);
    bool is_events = hw_text_ends(item->name, EVENTS);
    if (reader->logs ? !is_log : !is_events)
        return;
    reader->found = true;
    for (size_t at = 0; at < item->size;) {
        const char *end = memchr(item->bytes + at, '\n', item->size - at);
        size_t n = end ? (size_t)(end - item->bytes) - at : item->size - at;
        if (reader->logs)
            tell_line(reader, node, source, at, item->bytes + at, n);
        else
            tell_event(reader, item->bytes + at, n);
        at += n + 1;
    }
}

bool hw_bundle_read(const char *path, const struct hw_sink *sink, struct hw_err *err)
{
    struct reader reader = {.sink = sink};
    if (!hw_archive_read(path, HW_MAX_BUNDLE, on_item, &reader, err))
        return false;
    reader.logs = true;
    if (!hw_archive_read(path, HW_MAX_BUNDLE, on_item, &reader, err))
        return false;
    return reader.found ||
           hw_fail(err, HW_ERR_INPUT, _("the archive '%s' holds no bundle of hpcwiz"), path);
}

bool hw_bundle_is(const char *path)
{
    unsigned char magic[2] = {0};
    FILE *file = fopen(path, "re");
    size_t n = file ? fread(magic, 1, sizeof magic, file) : 0;
    if (file)
        fclose(file);
    return n == sizeof magic && magic[0] == 0x1f && magic[1] == 0x8b;
}
