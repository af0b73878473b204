/* SPDX-License-Identifier: Apache-2.0 */
/* A saved log, line by line. */
#include "diagnose/engine.h"

#include <errno.h>

#include "base/file.h"
#include "base/text.h"
#include "logs/decode.h"
#include "logs/redact.h"

#define BLOCK (256u * 1024u) /* bytes read at once */

struct feeder {
    struct hw_diagnose *diagnose;
    struct hw_redact *redact;
    unsigned pem;
    struct hw_buf redacted, clean;
    const char *source, *node;
};

/* "/tmp/head.log" is the log of "head". */
static char *node_of_path(const char *path)
{
    const char *name = hw_path_base(path);
    const char *dot = strrchr(name, '.');
    return hw_strndup(name, dot && dot > name ? (size_t)(dot - name) : strlen(name));
}

static void feed_line(void *data, uint64_t offset, const char *text, size_t n)
{
    struct feeder *f = data;
    hw_buf_clear(&f->redacted);
    hw_buf_clear(&f->clean);
    hw_redact_line(f->redact, &f->pem, text, n, &f->redacted);
    hw_text_clean(&f->clean, hw_buf_cstr(&f->redacted), f->redacted.len, true);
    hw_diagnose_feed(f->diagnose, &(struct hw_event){.type = HW_EV_LOG,
                                                     .u.log = {.node = f->node,
                                                               .source = f->source,
                                                               .offset = offset,
                                                               .text = hw_buf_cstr(&f->clean)}});
}

static bool feed_file(FILE *file, const char *path, struct feeder *f, struct hw_err *err)
{
    hw_auto_text bytes = hw_alloc(BLOCK);
    size_t n;
    struct hw_decoder decoder;
    hw_decoder_init(&decoder, 0);
    while ((n = fread(bytes, 1, BLOCK, file)) > 0)
        hw_decoder_add(&decoder, bytes, n, feed_line, f);
    bool ok = !ferror(file) || hw_fail_errno(err, _("cannot read the log '%s'"), path);
    hw_decoder_restart(&decoder, 0, feed_line, f); /* a last line without an end */
    hw_decoder_done(&decoder);
    return ok;
}

bool hw_diagnose_file(struct hw_diagnose *diagnose, const char *path, struct hw_err *err)
{
    FILE *file = fopen(path, "re");
    if (!file)
        return hw_fail_errno(err, _("cannot open the log '%s'"), path);
    hw_auto_text node = node_of_path(path);
    struct feeder f = {.diagnose = diagnose,
                       .redact = hw_redact_new(),
                       .redacted = HW_BUF(2 * HW_MAX_LINE),
                       .clean = HW_BUF(4 * HW_MAX_LINE),
                       .source = hw_path_base(path),
                       .node = node};
    bool ok = feed_file(file, path, &f, err);
    hw_redact_free(f.redact);
    hw_buf_done(&f.redacted);
    hw_buf_done(&f.clean);
    fclose(file);
    hw_diagnose_end(diagnose, node);
    return ok;
}
