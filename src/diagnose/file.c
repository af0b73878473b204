/* SPDX-License-Identifier: Apache-2.0 */
/* A saved log, line by line. */
#include "diagnose/engine.h"

#include <errno.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/text.h"

struct feeder {
    struct hw_diagnose *diagnose;
    struct hw_buf line, clean;
    const char *source;
    char *node;
    uint64_t offset; /* of the line's first byte */
};

/* "/tmp/head.log" is the log of "head". */
static char *node_of_path(const char *path)
{
    const char *name = hw_path_base(path);
    const char *dot = strrchr(name, '.');
    return hw_strndup(name, dot && dot > name ? (size_t)(dot - name) : strlen(name));
}

static void end_line(struct feeder *f)
{
    size_t n = f->line.len;
    while (n > 0 && f->line.data[n - 1] == '\r')
        n--;
    hw_buf_clear(&f->clean);
    hw_text_clean(&f->clean, f->line.data, n, true);
    hw_diagnose_feed(f->diagnose,
                     &(struct hw_event){.type = HW_EV_LOG,
                                        .u.log = {.node = f->node,
                                                  .source = f->source,
                                                  .offset = f->offset,
                                                  .text = hw_buf_cstr(&f->clean)}});
    hw_buf_clear(&f->line);
}

static void take(struct feeder *f, const char *bytes, size_t n, uint64_t offset)
{
    for (size_t i = 0; i < n;) {
        const char *end = memchr(bytes + i, '\n', n - i);
        size_t part = end ? (size_t)(end - bytes) - i : n - i;
        size_t room = f->line.max - f->line.len;
        hw_buf_add(&f->line, bytes + i, part < room ? part : room); /* the rest is cut off */
        i += part;
        if (!end)
            break;
        end_line(f);
        f->offset = offset + ++i;
    }
}

bool hw_diagnose_file(struct hw_diagnose *diagnose, const char *path, struct hw_err *err)
{
    FILE *file = fopen(path, "re");
    if (!file)
        return hw_fail_errno(err, _("cannot open the log '%s'"), path);
    hw_auto_text node = node_of_path(path);
    struct feeder f = {.diagnose = diagnose,
                       .line = HW_BUF(HW_MAX_LINE),
                       .clean = HW_BUF(4 * HW_MAX_LINE),
                       .source = hw_path_base(path),
                       .node = node};
    char bytes[16384];
    uint64_t offset = 0;
    size_t n;
    while ((n = fread(bytes, 1, sizeof bytes, file)) > 0) {
        take(&f, bytes, n, offset);
        offset += n;
    }
    bool ok = !ferror(file);
    if (!ok)
        hw_fail_errno(err, _("cannot read the log '%s'"), path);
    if (f.line.len > 0)
        end_line(&f);
    hw_buf_done(&f.line);
    hw_buf_done(&f.clean);
    fclose(file);
    hw_diagnose_end(diagnose, node);
    return ok;
}
