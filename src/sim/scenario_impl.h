/* SPDX-License-Identifier: Apache-2.0 */
/* Shared by scenario.c and scenario_yaml.c. */
#ifndef HW_SIM_SCENARIO_IMPL_H
#define HW_SIM_SCENARIO_IMPL_H

#include "sim/scenario.h"

/* Reads one file onto what scenario already holds. *ret_extends: the name it extends, the
 * caller's, NULL when none; with `only_extends` nothing else is read. */
bool sim_scenario_read(const char *path, struct sim_scenario *scenario, bool only_extends,
                       char **ret_extends, struct hw_err *err);

void sim_lines_done(struct sim_lines *lines);
/* The stage of that name, made at the end of the role when it is new. */
struct sim_stage *sim_scenario_need_stage(struct sim_role_plan *plan, const char *name);
/* The file of that key, or -1. */
int sim_scenario_file(const struct sim_scenario *scenario, const char *key);

#endif
