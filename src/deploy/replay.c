/* SPDX-License-Identifier: Apache-2.0 */
/* Tells again what the last run of a journal told. */
#include "deploy/run.h"

static const char *text_at(const json_t *object, const char *name)
{
    const char *text = json_string_value(json_object_get(object, name));
    return text ? text : "";
}

/* First pass: where the last run begins, counting the parts of a run that was taken up. */
struct place {
    size_t record, run_start;
    char *run;
    const struct hw_sink *sink;
};

static bool find_run(void *data, const json_t *record)
{
    struct place *place = data;
    if (strcmp(text_at(record, "record"), "run") == 0) {
        if (!place->run || strcmp(place->run, text_at(record, "run")) != 0)
            place->run_start = place->record;
        hw_replace(&place->run, text_at(record, "run"));
    }
    place->record++;
    return true;
}

static bool tell_again(void *data, const json_t *record)
{
    struct place *place = data;
    const json_t *event = json_object_get(record, "event");
    if (place->record++ < place->run_start || !event)
        return true;
    hw_event_read(event, place->sink);
    return true;
}

bool hw_deploy_replay(const char *journal_path, const struct hw_sink *sink, struct hw_err *err)
{
    struct place place = {.sink = sink};
    bool ok = hw_journal_read(journal_path, find_run, &place, err);
    free(place.run);
    if (!ok)
        return false;
    place.record = 0;
    return hw_journal_read(journal_path, tell_again, &place, err);
}
