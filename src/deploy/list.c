/* SPDX-License-Identifier: Apache-2.0 */
/* The deployments that the journals in the state folder know. */
#include "deploy/run.h"

#include <dirent.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/text.h"

static const char *text_at(const json_t *object, const char *name)
{
    const char *text = json_string_value(json_object_get(object, name));
    return text ? text : "";
}

/* What a run that ended well has come to. */
static const char *good_end(const char *mode)
{
    return strcmp(mode, hw_run_mode_word(HW_DEPLOY_DESTROY)) == 0    ? "deleted"
           : strcmp(mode, hw_run_mode_word(HW_DEPLOY_ROLLBACK)) == 0 ? "rolled-back"
                                                                     : "complete";
}

struct reading {
    struct hw_deploy_known *known;
    char *mode;
};

static bool read_record(void *data, const json_t *record)
{
    struct reading *reading = data;
    struct hw_deploy_known *known = reading->known;
    const char *kind = text_at(record, "record"), *time = text_at(record, "time");
    hw_time_parse(time, strlen(time), &known->last_ms);
    if (strcmp(kind, "run") == 0) {
        hw_replace(&known->cluster, text_at(record, "cluster"));
        hw_replace(&known->region, text_at(record, "region"));
        hw_replace(&known->file, text_at(record, "file"));
        hw_replace(&known->state, "interrupted");
        hw_replace(&reading->mode, text_at(record, "mode"));
        known->started_ms = known->last_ms;
    } else if (strcmp(kind, "end") == 0) {
        const char *outcome = text_at(record, "outcome");
        bool good = strcmp(outcome, "complete") == 0 && reading->mode;
        hw_replace(&known->state, good ? good_end(reading->mode) : outcome);
    }
    return true;
}

static void known_done(struct hw_deploy_known *known)
{
    free(known->cluster);
    free(known->region);
    free(known->file);
    free(known->state);
    hw_cluster_free(known->answers);
}

/* false: no run stands in it. */
static bool read_known(const char *path, struct hw_deploy_known *known)
{
    *known = (struct hw_deploy_known){0};
    struct reading reading = {.known = known};
    bool read = hw_journal_read(path, read_record, &reading, NULL);
    free(reading.mode);
    if (!read || !known->cluster) {
        known_done(known);
        return false;
    }
    if (strcmp(known->state, "interrupted") == 0) {
        struct hw_err err = {0};
        struct hw_journal *lock = hw_journal_open(path, &err);
        hw_journal_close(lock);
        if (!lock && err.code == HW_ERR_BUSY)
            hw_replace(&known->state, "running");
    }
    return true;
}

static int newest_first(const void *a, const void *b)
{
    const struct hw_deploy_known *one = a, *two = b;
    return one->last_ms < two->last_ms ? 1 : one->last_ms > two->last_ms ? -1 : 0;
}

struct hw_deploy_known *hw_deploy_list(size_t *ret_count)
{
    struct hw_deploy_known *list = NULL;
    size_t count = 0, capacity = 0;
    hw_auto_text folder = NULL;
    DIR *dir = hw_dir_state(&folder, NULL) ? opendir(folder) : NULL;
    for (struct dirent *entry = dir ? readdir(dir) : NULL; entry; entry = readdir(dir)) {
        if (!hw_text_ends(entry->d_name, ".journal") || count >= HW_MAX_LIST)
            continue;
        hw_auto_text path = hw_path_join(folder, entry->d_name);
        hw_grow(&list, &capacity, count, sizeof *list);
        count += read_known(path, &list[count]);
    }
    if (dir)
        closedir(dir);
    if (count > 1)
        qsort(list, count, sizeof *list, newest_first);
    *ret_count = count;
    return list;
}

void hw_deploy_list_free(struct hw_deploy_known *list, size_t count)
{
    for (size_t i = 0; i < count; i++)
        known_done(&list[i]);
    free(list);
}
