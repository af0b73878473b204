/* SPDX-License-Identifier: Apache-2.0 */
/* What a cluster costs, before there is one: per hour and month, by role and part, each figure with
 * its source and date. What is unknown is told as unknown and is in no sum. Counted are the
 * instances with their Windows and SQL Server licences and their volumes; not counted are traffic,
 * NAT, snapshots, logs and taxes. */
#ifndef HW_COST_COST_H
#define HW_COST_COST_H

#include "base/event.h"
#include "cost/prices.h"
#include "model/cluster.h"

enum hw_sql_edition {
    HW_SQL_NONE, /* no SQL Server, or Express, which costs nothing */
    HW_SQL_WEB,
    HW_SQL_STANDARD,
    HW_SQL_ENTERPRISE,
    HW_SQL_OWN_LICENCE, /* nor is Windows charged for */
    HW_SQL_UNKNOWN,
};

/* What has to be known of the account; discovery answers. Both may be NULL. */
struct hw_cost_facts {
    void *data;
    long (*vcpus)(void *data, const char *type);         /* 0: unknown */
    const char *(*usage)(void *data, const char *image); /* "RunInstances:0006"; "": unknown */
};

enum hw_cost_part { HW_COST_LINUX, HW_COST_WINDOWS, HW_COST_SQL, HW_COST_VOLUMES };

struct hw_cost_line {
    char *role; /* "sql", "head", "compute std" */
    char *what; /* "r6i.xlarge", "gp3, 300 GiB" */
    enum hw_cost_part part;
    long nodes, most; /* started at first; the group's largest size */
    bool known;
    int64_t each_nano; /* of one node, an hour */
    char *unknown;     /* why, when it is */
    char *source, *date;
    bool at_most; /* Spot: never more than this */
};

struct hw_cost_sum {
    int64_t nano; /* an hour; what is known */
    bool whole;   /* nothing is unknown */
};

struct hw_cost {
    struct hw_cost_line *lines;
    size_t count, capacity;
    struct hw_cost_sum now, most; /* with the nodes started at first; at the largest size */
    struct hw_cost_sum licences;  /* Windows and SQL Server in now */
    char *date;                   /* of the oldest figure in it; "" if there is none */
};

void hw_cost_done(struct hw_cost *cost);
/* Never fails. facts may be NULL: nothing is known of the account. */
void hw_cost_estimate(const struct hw_cluster *cluster, const struct hw_prices *prices,
                      const struct hw_cost_facts *facts, struct hw_cost *ret);

int64_t hw_cost_line_now(const struct hw_cost_line *line); /* all its nodes, an hour; 0: unknown */
int64_t hw_cost_line_most(const struct hw_cost_line *line);
const char *hw_cost_part_word(enum hw_cost_part part); /* linux windows sql volumes */
/* One short line: "about 4.10 USD/h (licences 1.92, 2026-11-28)", "at least 1.92 USD/h ...", or
 * "cost unknown". For at most `columns` columns: what does not fit is left out from the end. */
char *hw_cost_say(const struct hw_cost *cost, size_t columns);

/* The whole of it as a table of at most 79 columns, several lines. */
void hw_cost_table(const struct hw_cost *cost, struct hw_buf *out);
/* The same as HW_EV_COST events: one for each line, then the sum (role "total"). */
void hw_cost_tell(const struct hw_cost *cost, const struct hw_sink *sink);

/* The edition by the image's licence code (EC2 user guide, "AMI billing information fields") or by
 * the name of Amazon's public parameter. */
enum hw_sql_edition hw_cost_edition(const char *image, const char *usage);
/* An hour of one node of this type, licences included; false: something of it is unknown. */
bool hw_cost_of_type(const struct hw_prices *prices, const char *region, const char *type,
                     long vcpus, enum hw_sql_edition edition, int64_t *ret_nano);
/* cost.limit_per_hour; 0: none. */
int64_t hw_cost_limit(const struct hw_cluster *cluster);

#endif
