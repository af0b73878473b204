/* SPDX-License-Identifier: Apache-2.0 */
/* How the choices of a source are built from the tables of what was loaded, slice by slice. */
#ifndef HW_DISCOVER_BUILD_H
#define HW_DISCOVER_BUILD_H

#include "cost/cost.h"
#include "discover/load.h"

#define HW_PARTS 3

/* One table that choices come from, or that must be there whole before any is offered. */
struct hw_part {
    enum hw_data_set set;
    /* Offers what a row gives, if it gives anything. NULL: the table is only looked into, and
     * nothing is offered before it is whole. */
    void (*offer)(struct hw_build *build, const struct hw_row *row);
    bool of_vpc;   /* the subject is build->vpc; else there is none */
    bool optional; /* what is known without it has to do if it fails */
};

struct hw_source_rule {
    enum hw_source source;
    /* Appends what the choices depend on beside the tables, and notes in the build what it needs of
     * the cluster; false: that has no answer yet. NULL: on the Region alone. */
    bool (*key)(const struct hw_discover *discover, const struct hw_cluster *cluster,
                struct hw_buf *out);
    /* Takes from the cluster what offering needs; may offer the first choices. Or NULL. */
    void (*begin)(struct hw_build *build, const struct hw_cluster *cluster);
    const struct hw_part *parts; /* HW_PARTS of them; a part without operation ends them */
    size_t part_count;
    /* Asks for what only a closer look tells (the zones of each VPC) once all rows are offered.
     * false: it is not all there yet. Or NULL. */
    bool (*look)(struct hw_build *build);
    enum hw_data_set look_set; /* what look asks for; 0: nothing */
    /* Marks the best, each time all rows at hand are offered. Or NULL. */
    void (*rank)(struct hw_build *build);
    /* Puts what came meanwhile into a choice (its price). Or NULL. */
    void (*revise)(struct hw_build *build, struct hw_choice *choice);
    int (*order)(const void *a, const void *b); /* of two choices; NULL: as they come */
};

extern const struct hw_source_rule hw_regions_rule, hw_vpcs_rule, hw_subnets_rule, hw_zones_rule,
    hw_addresses_rule, hw_networks_rule, hw_domains_rule, hw_key_pairs_rule, hw_images_sql_rule,
    hw_images_windows_rule, hw_types_sql_rule, hw_types_head_rule, hw_types_compute_rule,
    hw_secret_names_rule, hw_media_rule;

struct hw_build {
    struct hw_discover *discover;
    const struct hw_source_rule *rule;
    char *key;                           /* NULL: nobody asked */
    char *vpc, *subnet, *image, *answer; /* of the cluster */
    size_t at[HW_PARTS];                 /* the next row of each part */
    size_t sorted;                       /* choices that are in order */
    size_t revised;                      /* choices that were looked at again */
    unsigned long side_facts;            /* with which */
    bool ranked, looked;
    const struct hw_err *err; /* why look cannot end; the load's */
    /* Of types: what holds for all rows, as it was with facts_seen. */
    unsigned long facts_seen;
    char *zone, *boot;
    enum hw_sql_edition edition;
    struct hw_strv offered; /* sorted; the types of the zone */
    bool told;              /* something new to tell in this turn */
    struct hw_choices choices;
};

struct hw_build *hw_build_of(const struct hw_discover *discover, enum hw_source source);
/* Starts anew for the cluster as it is, unless that is what it was built for. */
void hw_build_want(struct hw_build *build, const struct hw_cluster *cluster);
bool hw_build_key(const struct hw_build *build, const struct hw_cluster *cluster,
                  struct hw_buf *out);
void hw_build_forget(struct hw_build *build);
/* Works on at most `left` items; returns how many it took. */
size_t hw_build_work(struct hw_build *build, size_t left);
/* Could go on at once. */
bool hw_build_waits(const struct hw_build *build);

/* One line of plain text: a value goes into the cluster file as it is, so nothing hostile may be in
 * it. */
bool hw_is_plain(const char *value);
/* Adds a choice whose label and detail are cleaned; a value that is not plain is not
 * added and NULL comes back. */
struct hw_choice *hw_offer(struct hw_build *build, const char *value, const char *label,
                           const char *detail);
void hw_offer_unfit(struct hw_choice *choice, const char *why); /* choice may be NULL */
void hw_offer_detail(struct hw_choice *choice, const char *detail);
/* Fit ones first, then by label in natural order. */
int hw_order_fit(const void *a, const void *b);

#endif
