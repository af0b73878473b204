/* SPDX-License-Identifier: Apache-2.0 */
#include "deploy/pace.h"

#include "base/clock.h"
#include "base/journal.h"
#include "base/mem.h"

static const struct hw_pace_stage SQL[] = {
    {"boot", 150},       {"volumes", 30},   {"network", 20}, {"domain", 150},
    {"sql-config", 120}, {"databases", 30}, {"logins", 15},  {"signal", 5},
};
static const struct hw_pace_stage HEAD[] = {
    {"boot", 150},       {"network", 20}, {"domain", 150},    {"wait-sql", 20},
    {"certificate", 15}, {"setup", 1500}, {"configure", 240}, {"share-certificate", 20},
    {"online", 60},      {"signal", 5},
};
static const struct hw_pace_stage COMPUTE[] = {
    {"boot", 150},  {"domain", 150},   {"wait-head", 30}, {"fetch-certificate", 15},
    {"setup", 420}, {"configure", 60}, {"online", 60},    {"signal", 5},
};

static const struct {
    const char *role;
    const struct hw_pace_stage *stages;
    size_t count;
} ROLES[] = {
    {"sql", SQL, HW_COUNT(SQL)},
    {"head", HEAD, HW_COUNT(HEAD)},
    {"compute", COMPUTE, HW_COUNT(COMPUTE)},
};

_Static_assert(HW_COUNT(SQL) + HW_COUNT(HEAD) + HW_COUNT(COMPUTE) <= HW_PACE_STAGES,
               "each stage has a place");

const struct hw_pace_stage *hw_pace_stages(const char *role, size_t *ret_count)
{
    *ret_count = 0;
    for (size_t i = 0; role && i < HW_COUNT(ROLES); i++) {
        if (strcmp(ROLES[i].role, role) != 0)
            continue;
        *ret_count = ROLES[i].count;
        return ROLES[i].stages;
    }
    return NULL;
}

/* The place of a stage among those of all roles; HW_PACE_STAGES: there is none. */
static size_t place_of(const char *role, const char *stage)
{
    size_t before = 0;
    for (size_t i = 0; i < HW_COUNT(ROLES); i++) {
        for (size_t k = 0; strcmp(ROLES[i].role, role) == 0 && k < ROLES[i].count; k++) {
            if (strcmp(ROLES[i].stages[k].name, stage) == 0)
                return before + k;
        }
        before += ROLES[i].count;
    }
    return HW_PACE_STAGES;
}

unsigned hw_pace_seconds(const struct hw_pace *pace, const char *role, const char *stage)
{
    size_t count, place = place_of(role, stage);
    const struct hw_pace_stage *stages = hw_pace_stages(role, &count);
    if (place == HW_PACE_STAGES)
        return 0;
    if (pace && pace->learned[place].seconds)
        return pace->learned[place].seconds;
    for (size_t i = 0; i < count; i++) {
        if (strcmp(stages[i].name, stage) == 0)
            return stages[i].seconds;
    }
    return 0;
}

unsigned hw_pace_role_minutes(const struct hw_pace *pace, const char *role)
{
    size_t count;
    unsigned seconds = 0;
    const struct hw_pace_stage *stages = hw_pace_stages(role, &count);
    for (size_t i = 0; i < count; i++)
        seconds += hw_pace_seconds(pace, role, stages[i].name);
    return seconds < 60 ? 1 : (seconds + 30) / 60;
}

/* Stages that have begun and not ended yet, of all nodes. */
#define OPEN_MAX 4096u

struct begun {
    char *node;
    size_t place;
    int64_t time_ms;
};

struct learning {
    struct hw_pace *pace;
    struct begun *open;
    size_t count, capacity;
};

static const char *text_at(const json_t *object, const char *name)
{
    const char *text = json_string_value(json_object_get(object, name));
    return text ? text : "";
}

static struct begun *begun_of(struct learning *learning, const char *node, size_t place)
{
    for (size_t i = 0; i < learning->count; i++) {
        if (learning->open[i].place == place && strcmp(learning->open[i].node, node) == 0)
            return &learning->open[i];
    }
    return NULL;
}

static void begin_stage(struct learning *learning, const char *node, size_t place, int64_t time_ms)
{
    struct begun *begun = begun_of(learning, node, place);
    if (!begun && learning->count < OPEN_MAX) {
        hw_grow(&learning->open, &learning->capacity, learning->count, sizeof *learning->open);
        begun = &learning->open[learning->count++];
        *begun = (struct begun){.node = hw_strdup(node), .place = place};
    }
    if (begun)
        begun->time_ms = time_ms;
}

static void end_stage(struct learning *learning, const char *node, size_t place, int64_t time_ms)
{
    struct begun *begun = begun_of(learning, node, place);
    if (!begun || begun->time_ms == 0 || time_ms < begun->time_ms)
        return;
    unsigned seconds = (unsigned)((time_ms - begun->time_ms + 999) / 1000);
    begun->time_ms = 0;
    /* Of many nodes the slower half decides when the group is done: half the way upwards, a
     * quarter downwards. */
    unsigned known = learning->pace->learned[place].seconds;
    if (known == 0)
        known = seconds;
    learning->pace->learned[place].seconds =
        seconds > known ? known + (seconds - known + 1) / 2 : known - (known - seconds) / 4;
}

static bool learn_record(void *data, const json_t *record)
{
    struct learning *learning = data;
    const json_t *event = json_object_get(record, "event");
    const char *time = text_at(event, "time"), *status = text_at(event, "status");
    int64_t time_ms;
    if (strcmp(text_at(event, "type"), "stage") != 0 ||
        !hw_time_parse(time, strlen(time), &time_ms))
        return true;
    size_t place = place_of(text_at(event, "role"), text_at(event, "stage"));
    if (place == HW_PACE_STAGES)
        return true;
    if (strcmp(status, "started") == 0)
        begin_stage(learning, text_at(event, "node"), place, time_ms);
    else if (strcmp(status, "done") == 0)
        end_stage(learning, text_at(event, "node"), place, time_ms);
    return true;
}

void hw_pace_learn(struct hw_pace *pace, const char *journal_path)
{
    struct learning learning = {.pace = pace};
    hw_journal_read(journal_path, learn_record, &learning, NULL);
    for (size_t i = 0; i < learning.count; i++)
        free(learning.open[i].node);
    free(learning.open);
}
