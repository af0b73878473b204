/* SPDX-License-Identifier: Apache-2.0 */
/* Saved logs, line by line: one as it is, several merged by the times of their lines, so that what
 * set-up wrote into its own log stands between the stage lines of the node. */
#include "diagnose/engine.h"

#include <errno.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/text.h"
#include "diagnose/saved.h"
#include "logs/decode.h"
#include "logs/linetime.h"
#include "logs/redact.h"

#define BLOCK (256u * 1024u) /* bytes read at once */
#define PROBE (64u * 1024u)  /* of the first block, to judge the form */

/* A line that waits for its turn among several files. */
struct waiting {
    uint64_t offset;
    int64_t time_ms;
    char *text;
};

struct source {
    struct hw_diagnose *diagnose;
    struct hw_redact *redact;
    const char *path, *name;
    char *node;
    FILE *file;
    bool ended, queues;
    enum hw_saved_form form;
    struct hw_decoder decoder;
    unsigned pem;
    struct hw_buf redacted, clean;
    int64_t time_ms; /* of the last line that has one */
    struct waiting *lines;
    size_t count, capacity, next;
};

/* ---- Whose log it is ------------------------------------------------------------------- */

/* Files that every node has: the folder tells the node. Patterns of names, '*' at their end. */
static bool is_common(const char *name)
{
    static const char *const common[] = {
        "install.log", "chainer.txt", "ERRORLOG*", "agent.log",  "console.log",  "error.log",
        "cfn-*",       "Hpc*",        "Userdata*", "Ec2Launch*", "NetSetup.LOG", "Summary.txt"};
    for (size_t i = 0; i < HW_COUNT(common); i++) {
        size_t n = strcspn(common[i], "*");
        if (strncmp(name, common[i], n) == 0 && (common[i][n] == '*' || name[n] == '\0'))
            return true;
    }
    return false;
}

/* "/tmp/head.log" and "/tmp/head/chainer.txt" are logs of "head". */
static char *node_of_path(const char *path)
{
    const char *name = hw_path_base(path);
    const char *dot = strrchr(name, '.');
    if (!is_common(name) || name - path < 2)
        return hw_strndup(name, dot && dot > name ? (size_t)(dot - name) : strlen(name));
    hw_auto_text folder = hw_strndup(path, (size_t)(name - path) - 1);
    return hw_strdup(hw_path_base(folder));
}

/* "head=/tmp/x.log" names the node, unless there is a file of that name. */
static void name_source(struct source *s, const char *argument)
{
    size_t n = strcspn(argument, "=/");
    if (argument[n] == '=' && n > 0 && !hw_path_exists(argument)) {
        s->path = argument + n + 1;
        s->node = hw_strndup(argument, n);
    } else {
        s->path = argument;
        s->node = node_of_path(argument);
    }
    s->name = hw_path_base(s->path);
}

/* ---- Lines ----------------------------------------------------------------------------- */

/* The text of a saved event is redacted again: whoever saved it may have known less. */
static void on_event(void *data, const struct hw_event *event)
{
    struct source *s = data;
    struct hw_event copy = *event;
    if (event->type == HW_EV_LOG) {
        hw_buf_clear(&s->redacted);
        hw_redact_line(s->redact, &s->pem, event->u.log.text, strlen(event->u.log.text),
                       &s->redacted);
        copy.u.log.text = hw_buf_cstr(&s->redacted);
    }
    hw_diagnose_feed(s->diagnose, &copy);
}

static void feed(struct source *s, uint64_t offset, const char *text)
{
    struct hw_saved_line saved;
    struct hw_ev_log log = {.node = s->node, .source = s->name, .offset = offset, .text = text};
    if (s->form == HW_SAVED_JSON) {
        hw_saved_event(text, strlen(text), &(struct hw_sink){on_event, s});
        return;
    }
    if (s->form == HW_SAVED_LINES && hw_saved_line(text, &saved)) {
        log = (struct hw_ev_log){
            .node = saved.node, .source = saved.source, .offset = 1, .text = saved.text};
    }
    hw_diagnose_feed(s->diagnose, &(struct hw_event){.type = HW_EV_LOG, .u.log = log});
}

static void on_line(void *data, uint64_t offset, const char *text, size_t n)
{
    struct source *s = data;
    hw_buf_clear(&s->redacted);
    hw_buf_clear(&s->clean);
    if (s->form == HW_SAVED_JSON)
        hw_buf_add(&s->redacted, text, n);
    else
        hw_redact_line(s->redact, &s->pem, text, n, &s->redacted);
    hw_text_clean(&s->clean, hw_buf_cstr(&s->redacted), s->redacted.len, true);
    if (!s->queues) {
        feed(s, offset, hw_buf_cstr(&s->clean));
        return;
    }
    hw_linetime_read(text, n, &s->time_ms);
    hw_grow(&s->lines, &s->capacity, s->count, sizeof *s->lines);
    s->lines[s->count++] =
        (struct waiting){offset, s->time_ms, hw_strndup(hw_buf_cstr(&s->clean), s->clean.len)};
}

/* Of a file as it was saved: UTF-8. */
static void judge_form(struct source *s, const char *bytes, size_t n)
{
    static const char mark[] = "\xEF\xBB\xBF";
    size_t skip = n >= 3 && memcmp(bytes, mark, 3) == 0 ? 3 : 0;
    s->form = hw_saved_form(bytes + skip, (n < PROBE ? n : PROBE) - skip);
}

static bool read_block(struct source *s, char *bytes, struct hw_err *err)
{
    size_t n = fread(bytes, 1, BLOCK, s->file);
    if (ferror(s->file))
        return hw_fail_errno(err, _("cannot read the log '%s'"), s->path);
    if (s->decoder.offset == 0 && s->count == 0)
        judge_form(s, bytes, n);
    hw_decoder_add(&s->decoder, bytes, n, on_line, s);
    s->ended = n == 0;
    if (s->ended)
        hw_decoder_restart(&s->decoder, 0, on_line, s); /* a last line without an end */
    return true;
}

static bool open_source(struct source *s, struct hw_err *err)
{
    struct stat status;
    s->file = fopen(s->path, "re");
    if (!s->file)
        return hw_fail_errno(err, _("cannot open the log '%s'"), s->path);
    if (fstat(fileno(s->file), &status) == 0 && S_ISDIR(status.st_mode)) {
        hw_fail(err, HW_ERR_INPUT, _("'%s' is a folder"), s->path);
        return hw_err_next(err, "%s", _("Name its files, one --log each."));
    }
    hw_decoder_init(&s->decoder, 0);
    return true;
}

static void forget_lines(struct source *s)
{
    for (size_t i = s->next; i < s->count; i++)
        free(s->lines[i].text);
    s->count = s->next = 0;
}

static void done(struct source *s)
{
    forget_lines(s);
    free(s->lines);
    free(s->node);
    hw_decoder_done(&s->decoder);
    hw_buf_done(&s->redacted);
    hw_buf_done(&s->clean);
    if (s->file)
        fclose(s->file);
}

/* ---- Several files --------------------------------------------------------------------- */

/* Lines until one waits or the file is at its end. */
static bool fill(struct source *s, char *bytes, struct hw_err *err)
{
    while (s->next == s->count && !s->ended) {
        forget_lines(s);
        if (!read_block(s, bytes, err))
            return false;
    }
    return true;
}

static struct source *earliest(struct source *sources, size_t count)
{
    struct source *best = NULL;
    for (size_t i = 0; i < count; i++) {
        struct source *s = &sources[i];
        if (s->next < s->count &&
            (!best || s->lines[s->next].time_ms < best->lines[best->next].time_ms))
            best = s;
    }
    return best;
}

static bool feed_sources(struct source *sources, size_t count, char *bytes, struct hw_err *err)
{
    struct source *s = sources;
    for (size_t i = 0; i < count; i++) {
        if (!open_source(&sources[i], err) || !fill(&sources[i], bytes, err))
            return false;
    }
    while ((s = earliest(sources, count))) {
        struct waiting *line = &s->lines[s->next];
        feed(s, line->offset, line->text);
        free(line->text);
        s->next++;
        if (!fill(s, bytes, err))
            return false;
    }
    return true;
}

bool hw_diagnose_files(struct hw_diagnose *diagnose, const struct hw_strv *paths,
                       struct hw_err *err)
{
    struct source *sources = hw_alloc(paths->count * sizeof *sources);
    struct hw_redact *redact = hw_redact_new();
    hw_auto_text bytes = hw_alloc(BLOCK);
    for (size_t i = 0; i < paths->count; i++) {
        sources[i] = (struct source){.diagnose = diagnose,
                                     .redact = redact,
                                     .queues = paths->count > 1,
                                     .redacted = HW_BUF(2 * HW_MAX_LINE),
                                     .clean = HW_BUF(4 * HW_MAX_LINE)};
        name_source(&sources[i], paths->items[i]);
    }
    bool ok = feed_sources(sources, paths->count, bytes, err);
    hw_diagnose_end(diagnose);
    for (size_t i = 0; i < paths->count; i++)
        done(&sources[i]);
    free(sources);
    hw_redact_free(redact);
    return ok;
}
