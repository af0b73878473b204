/* SPDX-License-Identifier: Apache-2.0 */
#include "base/journal.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/limits.h"
#include "base/mem.h"

struct hw_journal {
    int fd;
    char *path;
};

/* After a torn last line the next record must not be glued to it. */
static bool end_torn_line(int fd)
{
    char last;
    off_t size = lseek(fd, 0, SEEK_END);
    if (size <= 0 || (pread(fd, &last, 1, size - 1) == 1 && last == '\n'))
        return size >= 0;
    return write(fd, "\n", 1) == 1;
}

struct hw_journal *hw_journal_open(const char *path, struct hw_err *err)
{
    int fd = open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (fd < 0) {
        hw_fail_errno(err, _("cannot open the journal '%s'"), path);
        return NULL;
    }
    if (flock(fd, LOCK_EX | LOCK_NB) < 0) {
        if (errno == EWOULDBLOCK)
            hw_fail(err, HW_ERR_BUSY, _("another hpcwiz is using the journal '%s'"), path);
        else
            hw_fail_errno(err, _("cannot lock the journal '%s'"), path);
        close(fd);
        return NULL;
    }
    if (!end_torn_line(fd)) {
        hw_fail_errno(err, _("cannot read the journal '%s'"), path);
        close(fd);
        return NULL;
    }
    struct hw_journal *journal = HW_NEW(struct hw_journal);
    *journal = (struct hw_journal){.fd = fd, .path = hw_strdup(path)};
    return journal;
}

void hw_journal_close(struct hw_journal *journal)
{
    if (!journal)
        return;
    close(journal->fd);
    free(journal->path);
    free(journal);
}

bool hw_journal_append(struct hw_journal *journal, const json_t *record, bool durable,
                       struct hw_err *err)
{
    char *text = json_dumps(record, JSON_COMPACT);
    if (!text)
        return hw_fail(err, HW_ERR_IO, _("cannot write a record to the journal"));
    hw_auto(hw_buf) line = HW_BUF(HW_MAX_JOURNAL_LINE);
    bool fits = hw_buf_text(&line, text) && hw_buf_char(&line, '\n');
    free(text);
    if (!fits)
        return hw_fail(err, HW_ERR_LIMIT, _("a journal record is larger than %u bytes"),
                       HW_MAX_JOURNAL_LINE);
    /* One write: O_APPEND keeps it whole; a short one is a full disk. */
    off_t before = lseek(journal->fd, 0, SEEK_END);
    ssize_t n = write(journal->fd, line.data, line.len);
    if (n == (ssize_t)line.len && (!durable || fdatasync(journal->fd) == 0))
        return true;
    if (n >= 0 && n < (ssize_t)line.len)
        errno = ENOSPC;
    hw_fail_errno(err, _("cannot write the journal '%s'"), journal->path);
    if (before >= 0 && ftruncate(journal->fd, before) < 0)
        hw_err_next(err, "%s", _("Free some space on the disk; the journal's last line is torn."));
    return false;
}

bool hw_journal_read(const char *path, hw_journal_fn *fn, void *data, struct hw_err *err)
{
    FILE *file = fopen(path, "re");
    if (!file)
        return hw_fail_errno(err, _("cannot open the journal '%s'"), path);
    char *line = hw_alloc(HW_MAX_JOURNAL_LINE + 2);
    while (fgets(line, HW_MAX_JOURNAL_LINE + 2, file)) {
        size_t n = strlen(line);
        if (n == 0 || line[n - 1] != '\n')
            continue; /* torn by a crash */
        json_t *record = json_loadb(line, n, 0, NULL);
        bool more = !json_is_object(record) || fn(data, record);
        json_decref(record);
        if (!more)
            break;
    }
    bool whole = !ferror(file) || hw_fail_errno(err, _("cannot read the journal '%s'"), path);
    free(line);
    fclose(file);
    return whole;
}
