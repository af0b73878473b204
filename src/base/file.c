/* SPDX-License-Identifier: Apache-2.0 */
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"

static void close_at(int *fd)
{
    if (*fd >= 0)
        close(*fd);
}

/* Waits until a pipe or a device has bytes; a signal ends the wait, which may be for ever. */
static ssize_t read_ready(int fd, char *chunk, size_t size)
{
    struct pollfd ready = {.fd = fd, .events = POLLIN};
    ssize_t n;
    do {
        if (poll(&ready, 1, -1) < 0)
            return -1;
        n = read(fd, chunk, size);
    } while (n < 0 && (errno == EAGAIN || errno == EINTR));
    return n;
}

bool hw_file_read(const char *path, struct hw_buf *out, struct hw_err *err)
{
    /* Not blocking: to open a pipe that nobody writes would wait beyond every signal. */
    HW_CLEANUP(close_at) int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0)
        return hw_fail_errno(err, _("cannot open '%s'"), path);
    char chunk[16384];
    for (;;) {
        ssize_t n = read_ready(fd, chunk, sizeof chunk);
        if (n < 0)
            return hw_fail_errno(err, _("cannot read '%s'"), path);
        if (n == 0)
            return hw_buf_add(out, "", 0);
        if (!hw_buf_add(out, chunk, (size_t)n))
            return hw_fail(err, HW_ERR_LIMIT, _("'%s' is larger than %zu bytes"), path, out->max);
    }
}

static bool write_all(int fd, const char *bytes, size_t count)
{
    while (count) {
        ssize_t n = write(fd, bytes, count);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return false;
        bytes += n;
        count -= (size_t)n;
    }
    return true;
}

static void sync_folder_of(const char *path)
{
    hw_auto_text folder = hw_path_folder(path);
    HW_CLEANUP(close_at) int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd >= 0)
        fsync(fd);
}

bool hw_fail_beside(struct hw_err *err, const char *path)
{
    hw_auto_text folder = hw_path_folder(path);
    if (errno != ENOENT || hw_path_exists(folder))
        return hw_fail_errno(err, _("cannot write beside '%s'"), path);
    hw_fail(err, HW_ERR_IO, _("cannot write '%s': its folder does not exist"), path);
    return hw_err_next(err, _("Make the folder first: mkdir -p %s"), folder);
}

bool hw_file_write(const char *path, const void *bytes, size_t count, mode_t mode,
                   struct hw_err *err)
{
    struct stat there;
    if (stat(path, &there) == 0 && !S_ISREG(there.st_mode))
        return hw_fail(err, HW_ERR_IO, _("'%s' is not a regular file and is left alone"), path);
    hw_auto_text real = realpath(path, NULL); /* a link stays one */
    const char *target = real ? real : path;
    hw_auto_text temporary = hw_format("%s.XXXXXX", target);
    HW_CLEANUP(close_at) int fd = mkostemp(temporary, O_CLOEXEC);
    if (fd < 0)
        return hw_fail_beside(err, path);
    bool ok = write_all(fd, bytes, count) && fchmod(fd, mode) == 0 && fsync(fd) == 0 &&
              rename(temporary, target) == 0;
    if (!ok) {
        hw_fail_errno(err, _("cannot write '%s'; it is as it was before"), path);
        unlink(temporary);
        return false;
    }
    sync_folder_of(target);
    return true;
}

bool hw_dir_make(const char *path, mode_t mode, struct hw_err *err)
{
    hw_auto_text copy = hw_strdup(path);
    for (char *p = copy + 1;; p++) {
        char end = *p;
        if (end != '/' && end != '\0')
            continue;
        *p = '\0';
        if (mkdir(copy, mode) < 0 && errno != EEXIST)
            return hw_fail_errno(err, _("cannot make the folder '%s'"), copy);
        *p = end;
        if (end == '\0')
            break;
    }
    struct stat st;
    if (stat(path, &st) < 0 || !S_ISDIR(st.st_mode))
        return hw_fail(err, HW_ERR_IO, _("'%s' is not a folder"), path);
    return true;
}

static int remove_one(const char *path, const struct stat *st HW_UNUSED, int kind HW_UNUSED,
                      struct FTW *at HW_UNUSED)
{
    return remove(path);
}

bool hw_dir_remove(const char *path, struct hw_err *err)
{
    if (nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS) != 0 && errno != ENOENT)
        return hw_fail_errno(err, _("cannot remove '%s'"), path);
    return true;
}

bool hw_dir_private(const char *prefix, char **ret, struct hw_err *err)
{
    const char *tmp = getenv("TMPDIR");
    char *path = hw_format("%s/%sXXXXXX", tmp && *tmp ? tmp : "/tmp", prefix);
    if (!mkdtemp(path)) {
        hw_fail_errno(err, _("cannot make a private folder '%s'"), path);
        free(path);
        return false;
    }
    *ret = path;
    return true;
}

bool hw_dir_state(char **ret, struct hw_err *err)
{
    const char *state = getenv("XDG_STATE_HOME"), *home = getenv("HOME");
    char *path;
    if (state && *state)
        path = hw_path_join(state, "hpcwiz");
    else if (home && *home)
        path = hw_path_join(home, ".local/state/hpcwiz");
    else
        return hw_fail(err, HW_ERR_IO, _("neither XDG_STATE_HOME nor HOME is set"));
    if (!hw_dir_make(path, 0700, err)) {
        free(path);
        return false;
    }
    *ret = path;
    return true;
}

char *hw_data_path(const char *name)
{
    const char *folder = getenv("HPCWIZ_DATADIR");
    return hw_path_join(folder && *folder ? folder : PKGDATADIR, name);
}

char *hw_path_join(const char *folder, const char *name)
{
    size_t n = strlen(folder);
    return hw_format("%s%s%s", folder, n && folder[n - 1] == '/' ? "" : "/", name);
}

const char *hw_path_base(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

char *hw_path_folder(const char *path)
{
    const char *slash = strrchr(path, '/');
    if (!slash)
        return hw_strdup(".");
    return hw_strndup(path, slash == path ? 1 : (size_t)(slash - path));
}

bool hw_path_exists(const char *path)
{
    return access(path, F_OK) == 0;
}

char *hw_path_expand(const char *path)
{
    const char *home = getenv("HOME");
    if (path[0] == '~' && (path[1] == '/' || path[1] == '\0') && home)
        return hw_format("%s%s", home, path + 1);
    return hw_strdup(path);
}
