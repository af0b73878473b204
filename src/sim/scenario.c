/* SPDX-License-Identifier: Apache-2.0 */
#include "sim/scenario_impl.h"

#include <glob.h>

#include "base/file.h"
#include "base/text.h"

#define EXTENDS_DEPTH 4

static const char *const role_words[SIM_ROLES] = {"sql", "head", "compute"};

const char *sim_role_word(enum sim_role role)
{
    return role_words[role];
}

bool sim_role_parse(const char *word, enum sim_role *ret)
{
    for (unsigned i = 0; i < SIM_ROLES; i++) {
        if (!strcmp(word, role_words[i])) {
            *ret = (enum sim_role)i;
            return true;
        }
    }
    return false;
}

void sim_lines_done(struct sim_lines *lines)
{
    for (size_t i = 0; i < lines->count; i++) {
        hw_strv_done(&lines->items[i].items);
        free(lines->items[i].text);
    }
    free(lines->items);
    *lines = (struct sim_lines){0};
}

static void stage_done(struct sim_stage *stage)
{
    sim_lines_done(&stage->lines);
    sim_lines_done(&stage->wait_lines);
    sim_lines_done(&stage->twist.lines);
    free(stage->twist.message);
    free(stage->twist.deletes);
    free(stage->name);
    free(stage->wait_stage);
    free(stage->started);
    free(stage->done);
}

void sim_scenario_free(struct sim_scenario *scenario)
{
    if (!scenario)
        return;
    for (unsigned role = 0; role < SIM_ROLES; role++) {
        for (size_t i = 0; i < scenario->roles[role].count; i++)
            stage_done(&scenario->roles[role].stages[i]);
        free(scenario->roles[role].stages);
        free(scenario->launch[role].text);
        free(scenario->launch[role].type);
    }
    for (size_t i = 0; i < scenario->file_count; i++) {
        free(scenario->files[i].key);
        free(scenario->files[i].path);
        free(scenario->files[i].prefix);
    }
    free(scenario->files);
    for (size_t i = 0; i < scenario->answer_count; i++) {
        free(scenario->answers[i].test);
        free(scenario->answers[i].with);
        free(scenario->answers[i].say);
    }
    free(scenario->answers);
    free(scenario->flood.text);
    free(scenario->summary);
    free(scenario->name);
    free(scenario);
}

struct sim_stage *sim_scenario_need_stage(struct sim_role_plan *plan, const char *name)
{
    for (size_t i = 0; i < plan->count; i++) {
        if (!strcmp(plan->stages[i].name, name))
            return &plan->stages[i];
    }
    hw_grow(&plan->stages, &plan->capacity, plan->count, sizeof(*plan->stages));
    struct sim_stage *stage = &plan->stages[plan->count++];
    *stage = (struct sim_stage){.name = hw_strdup(name), .wait_role = -1};
    return stage;
}

int sim_scenario_file(const struct sim_scenario *scenario, const char *key)
{
    for (size_t i = 0; i < scenario->file_count; i++) {
        if (!strcmp(scenario->files[i].key, key))
            return (int)i;
    }
    return -1;
}

/* `name` as the command line or `extends` gives it; beside: the folder of the file that says
 * `extends`, looked in before the installed scenarios, or NULL. The caller's. */
static char *path_of(const char *name, const char *beside)
{
    if (strchr(name, '/') || hw_text_ends(name, ".yaml"))
        return hw_strdup(name);
    hw_auto_text file = hw_format("%s.yaml", name);
    hw_auto_text near = beside ? hw_path_join(beside, file) : NULL;
    if (near && hw_path_exists(near))
        return hw_strdup(near);
    hw_auto_text in_data = hw_format("scenarios/%s", file);
    return hw_data_path(in_data);
}

static bool read_chain(const char *path, struct sim_scenario *scenario, unsigned depth,
                       struct hw_err *err)
{
    hw_auto_text extends = NULL;
    if (depth >= EXTENDS_DEPTH)
        return hw_fail(err, HW_ERR_INPUT, _("%s: scenarios extend each other too deeply"), path);
    if (!sim_scenario_read(path, scenario, true, &extends, err))
        return false;
    if (extends) {
        hw_auto_text folder = hw_path_folder(path);
        hw_auto_text base = path_of(extends, folder);
        if (!read_chain(base, scenario, depth + 1, err))
            return false;
    }
    hw_auto_text again = NULL;
    return sim_scenario_read(path, scenario, false, &again, err);
}

struct sim_scenario *sim_scenario_load(const char *name, struct hw_err *err)
{
    struct sim_scenario *scenario = HW_NEW(struct sim_scenario);
    hw_auto_text path = path_of(name, NULL);
    if (!read_chain(path, scenario, 0, err)) {
        sim_scenario_free(scenario);
        hw_wrap(err, _("scenario '%s'"), name);
        if (!hw_path_exists(path))
            hw_err_next(err, "%s", _("hpcwiz-sim --help lists the scenarios."));
        return NULL;
    }
    return scenario;
}

void sim_scenario_list(struct hw_strv *ret)
{
    hw_auto_text pattern = hw_data_path("scenarios/*.yaml");
    glob_t found = {0};
    if (glob(pattern, 0, NULL, &found) == 0) {
        for (size_t i = 0; i < found.gl_pathc; i++) {
            struct sim_scenario *scenario = sim_scenario_load(found.gl_pathv[i], NULL);
            if (scenario && scenario->name && scenario->summary && !scenario->hidden) {
                hw_strv_add(ret, scenario->name);
                hw_strv_add(ret, scenario->summary);
            }
            sim_scenario_free(scenario); /* none: the account's file is no scenario */
        }
    }
    globfree(&found);
}

/* Appends text with {type} and {az} filled in. */
static void fill_launch(const char *text, const char *type, const char *az, struct hw_buf *out)
{
    while (*text) {
        if (hw_text_starts(text, "{type}")) {
            hw_buf_text(out, type);
            text += strlen("{type}");
        } else if (hw_text_starts(text, "{az}")) {
            hw_buf_text(out, az);
            text += strlen("{az}");
        } else {
            hw_buf_char(out, *text++);
        }
    }
}

bool sim_scenario_launch_fault(const struct sim_scenario *scenario, enum sim_role role,
                               unsigned attempt, const char *instance_type,
                               const char *availability_zone, struct hw_buf *out)
{
    const struct sim_launch_fault *fault = &scenario->launch[role];
    if (!fault->text ||
        (fault->type && strcmp(fault->type, instance_type ? instance_type : "") != 0) ||
        (fault->attempts == SIM_FIRST && attempt > 1) ||
        (fault->attempts == SIM_LATER && attempt == 1))
        return false;
    fill_launch(fault->text, instance_type ? instance_type : "",
                availability_zone ? availability_zone : "", out);
    return true;
}

const struct sim_stage *sim_scenario_stage(const struct sim_scenario *scenario, enum sim_role role,
                                           const char *name)
{
    const struct sim_role_plan *plan = &scenario->roles[role];
    for (size_t i = 0; i < plan->count; i++) {
        if (!strcmp(plan->stages[i].name, name))
            return &plan->stages[i];
    }
    return NULL;
}

unsigned sim_scenario_seconds(const struct sim_scenario *scenario, enum sim_role role)
{
    unsigned seconds = 0;
    const struct sim_role_plan *plan = &scenario->roles[role];
    for (size_t i = 0; i < plan->count; i++) {
        if (!plan->stages[i].absent)
            seconds += plan->stages[i].seconds + plan->stages[i].reboot_s;
    }
    return seconds;
}
