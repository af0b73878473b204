/* SPDX-License-Identifier: Apache-2.0 */
/* A fileset onto the disk, whole or not at all. */
#include <dirent.h>
#include <errno.h>
#include <jansson.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "template/generate.h"

static bool write_file(const char *folder, const struct hw_file *file, struct hw_err *err)
{
    hw_auto_text path = hw_path_join(folder, file->path);
    char *slash = strrchr(path, '/');
    *slash = '\0';
    if (!hw_dir_make(path, 0755, err))
        return false;
    *slash = '/';
    FILE *stream = fopen(path, "we");
    if (!stream)
        return hw_fail_errno(err, _("cannot write '%s'"), path);
    bool ok = fwrite(file->bytes, 1, file->size, stream) == file->size;
    ok = fchmod(fileno(stream), file->mode) == 0 && ok;
    ok = fclose(stream) == 0 && ok;
    return ok ? true : hw_fail_errno(err, _("cannot write '%s'"), path);
}

static bool is_empty(const char *dir)
{
    DIR *stream = opendir(dir);
    if (!stream)
        return false;
    size_t count = 0;
    while (readdir(stream))
        count++;
    closedir(stream);
    return count <= 2;
}

/* A MANIFEST.json that says "hpcwiz" makes the folder ours. */
static bool is_ours(const char *dir)
{
    hw_auto_text path = hw_path_join(dir, "MANIFEST.json");
    hw_auto(hw_buf) text = HW_BUF(HW_MAX_TEMPLATE);
    if (!hw_file_read(path, &text, NULL))
        return false;
    json_t *root = json_loadb(hw_buf_cstr(&text), text.len, 0, NULL);
    bool ours = json_is_string(json_object_get(root, "hpcwiz"));
    json_decref(root);
    return ours;
}

static bool may_replace(const char *dir, struct hw_err *err)
{
    struct stat st;
    if (lstat(dir, &st) < 0)
        return errno == ENOENT ? true : hw_fail_errno(err, _("cannot look at '%s'"), dir);
    if (S_ISDIR(st.st_mode) && (is_empty(dir) || is_ours(dir)))
        return true;
    if (S_ISDIR(st.st_mode))
        hw_fail(err, HW_ERR_INPUT, _("the folder '%s' holds files that hpcwiz did not write"), dir);
    else
        hw_fail(err, HW_ERR_INPUT, _("'%s' exists and is no folder"), dir);
    return hw_err_next(err, _("Name another folder, or remove this one yourself."));
}

/* Puts fresh in the place of dir; what was there is put back if that fails. */
static bool change_places(const char *fresh, const char *dir, struct hw_err *err)
{
    hw_auto_text old = hw_format("%s.old", fresh);
    bool had = rename(dir, old) == 0;
    if (!had && errno != ENOENT)
        return hw_fail_errno(err, _("cannot replace '%s'"), dir);
    if (rename(fresh, dir) != 0) {
        hw_fail_errno(err, _("cannot make '%s'"), dir);
        if (had && rename(old, dir) != 0)
            hw_err_next(err, _("What was there is now '%s'."), old);
        return false;
    }
    return had ? hw_dir_remove(old, err) : true;
}

static bool write_all(const struct hw_fileset *set, const char *fresh, const char *dir,
                      struct hw_err *err)
{
    if (chmod(fresh, 0755) != 0)
        return hw_fail_errno(err, _("cannot change '%s'"), fresh);
    for (size_t i = 0; i < set->count; i++) {
        if (!write_file(fresh, &set->items[i], err))
            return false;
    }
    return change_places(fresh, dir, err);
}

bool hw_generate_write(const struct hw_fileset *set, const char *dir, struct hw_err *err)
{
    hw_auto_text path = hw_strdup(dir);
    for (size_t n = strlen(path); n > 1 && path[n - 1] == '/'; n--)
        path[n - 1] = '\0';
    if (!may_replace(path, err))
        return false;
    hw_auto_text fresh = hw_format("%s.XXXXXX", path);
    if (!mkdtemp(fresh))
        return hw_fail_beside(err, path);
    if (!write_all(set, fresh, path, err)) {
        hw_dir_remove(fresh, NULL);
        return false;
    }
    return true;
}
