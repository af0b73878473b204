/* SPDX-License-Identifier: Apache-2.0 */
/* Answers that follow from other answers. */
#include "discover/job.h"

#define NETBIOS_MAX 15

static bool set_missing(struct hw_cluster *cluster, const char *key, const char *value)
{
    bool wanted = !hw_cluster_is_set(cluster, key) && !hw_cluster_is_left_empty(cluster, key);
    return wanted && *value && hw_cluster_set(cluster, key, value, NULL);
}

static bool fill_zone_name(const struct hw_discover *discover, struct hw_cluster *cluster)
{
    const char *id = hw_cluster_get(cluster, "network.hosted_zone");
    const struct hw_choice *zone =
        hw_choices_find(hw_discover_choices(discover, HW_SOURCE_ZONES), id);
    return zone && hw_load_is_current(discover, cluster, HW_SOURCE_ZONES) &&
           set_missing(cluster, "network.zone_name", zone->label);
}

/* The first free address that the other node has not. */
static bool fill_address(const struct hw_discover *discover, struct hw_cluster *cluster,
                         const char *key, const char *other_key)
{
    const struct hw_choices *choices = hw_discover_choices(discover, HW_SOURCE_ADDRESSES);
    const char *other = hw_cluster_get(cluster, other_key);
    for (size_t i = 0; i < choices->count; i++) {
        if (strcmp(choices->items[i].value, other) != 0)
            return set_missing(cluster, key, choices->items[i].value);
    }
    return false;
}

/* What the directory says; else "corp.example.internal" to "CORP". */
static bool fill_netbios(const struct hw_discover *discover, struct hw_cluster *cluster)
{
    char name[NETBIOS_MAX + 1] = "";
    const char *domain = hw_cluster_get(cluster, "directory.domain");
    const struct hw_row *directory =
        hw_table_find(hw_table_of(discover, HW_DATA_DIRECTORIES), HW_DIRECTORY_NAME, domain);
    if (*domain && directory && *directory->cell[HW_DIRECTORY_SHORT])
        return set_missing(cluster, "directory.netbios", directory->cell[HW_DIRECTORY_SHORT]);
    for (size_t i = 0; i < NETBIOS_MAX && domain[i] && domain[i] != '.'; i++) {
        bool lower = domain[i] >= 'a' && domain[i] <= 'z';
        name[i] = lower ? (char)(domain[i] - 'a' + 'A') : domain[i];
    }
    return set_missing(cluster, "directory.netbios", name);
}

bool hw_discover_fill(const struct hw_discover *discover, struct hw_cluster *cluster)
{
    bool changed = fill_zone_name(discover, cluster);
    if (hw_load_is_current(discover, cluster, HW_SOURCE_ADDRESSES)) {
        if (!hw_cluster_sql_local(cluster) &&
            fill_address(discover, cluster, "network.sql_address", "network.head_address"))
            changed = true;
        if (fill_address(discover, cluster, "network.head_address", "network.sql_address"))
            changed = true;
    }
    return fill_netbios(discover, cluster) || changed;
}
