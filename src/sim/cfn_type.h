/* SPDX-License-Identifier: Apache-2.0 */
/* The resource types that the simulator can make. */
#ifndef HW_SIM_CFN_TYPE_H
#define HW_SIM_CFN_TYPE_H

#include "sim/cloud.h"

/* One resource that is made, changed or removed. */
struct sim_make {
    struct sim_cloud *cloud;
    json_t *stack;
    json_t *resource;         /* the stack's record: the maker sets id and attributes */
    const json_t *properties; /* worked out */
    char why[512];            /* on failure: the service's sentence */
};

struct sim_type {
    const char *name;
    double seconds;             /* of the real world, to make it */
    const char *const *replace; /* properties whose change makes a new one; NULL-ended, or NULL */
    bool (*create)(struct sim_make *make);
    bool (*update)(struct sim_make *make); /* NULL: nothing to do */
    void (*remove)(struct sim_make *make); /* NULL: nothing to do */
    bool group;                            /* an Auto Scaling group: signals, instances */
};

const struct sim_type *sim_type_find(const char *name); /* NULL: unknown */

/* For makers. */
void sim_make_id(struct sim_make *make, const char *fmt, ...) HW_PRINTF(2, 3);
void sim_make_attribute(struct sim_make *make, const char *name, const char *fmt, ...)
    HW_PRINTF(3, 4);
bool sim_make_fail(struct sim_make *make, const char *fmt, ...) HW_PRINTF(2, 3);
/* "<stack>-<LogicalId>-<random>", at most so long: the name of what has none. */
void sim_make_name(struct sim_make *make, const char *property, size_t max, struct hw_buf *out);
/* Tags of the properties and of the stack, in EC2's spelling; the caller's. */
json_t *sim_make_tags(struct sim_make *make);

/* Auto Scaling groups, in group.c. */
bool sim_group_create(struct sim_make *make);
bool sim_group_update(struct sim_make *make);
void sim_group_remove(struct sim_make *make);

#endif
