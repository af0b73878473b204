/* SPDX-License-Identifier: Apache-2.0 */
/* From a cluster to the files that make it (contract section 3). Generation assembles the data
 * files under cloudformation/, powershell/, sql/, packer/ and shell/: it copies scripts into
 * AWS::CloudFormation::Init, gives parameters their values and drops or repeats what the cluster
 * file decides. It never asks the network: same cluster, same bytes. What only the account knows
 * stays a template parameter with a mark (enum hw_resolve). */
#ifndef HW_TEMPLATE_GENERATE_H
#define HW_TEMPLATE_GENERATE_H

#include <sys/types.h>

#include "base/buf.h"
#include "base/mem.h"
#include "model/cluster.h"

struct hw_file {
    char *path; /* relative, '/' between parts: "sql.yaml", "scripts/lib.ps1" */
    char *bytes;
    size_t size;
    mode_t mode; /* 0644, 0755 for deploy.sh and destroy.sh */
    /* Of a template: the longest user data it can give an instance, in bytes before base64, and
     * the number of its resources. 0 for other files. */
    size_t user_data, resources;
};

struct hw_fileset {
    struct hw_file *items; /* sorted by path */
    size_t count, capacity;
};
void hw_fileset_done(struct hw_fileset *set);
const struct hw_file *hw_fileset_find(const struct hw_fileset *set, const char *path); /* or NULL */

/* Every file, in memory. ret is zeroed before; the caller's. err: a required answer is missing
 * (HW_ERR_INPUT with the key as its place), or a data file is missing or wrong (HW_ERR_IO). */
bool hw_generate(const struct hw_cluster *cluster, struct hw_fileset *ret, struct hw_err *err);

/* The same for a cluster that was read from a file: MANIFEST.json then carries the sha256 of
 * exactly these bytes, otherwise that of the file as hw_cluster_print writes it. */
bool hw_generate_from(const struct hw_cluster *cluster, struct hw_span source,
                      struct hw_fileset *ret, struct hw_err *err);

/* Writes dir whole or not at all: into a temporary sibling folder, which then takes dir's place.
 * An existing dir is replaced only if it is empty or holds a MANIFEST.json of hpcwiz's. */
bool hw_generate_write(const struct hw_fileset *set, const char *dir, struct hw_err *err);

/* What the account has to be asked for before a stack can be made. */
enum hw_resolve {
    HW_RESOLVE_NONE,        /* value is the value */
    HW_RESOLVE_SUBNET_ZONE, /* value is "subnet-..."; needed: its availability zone */
    HW_RESOLVE_SSM_IMAGE,   /* value is the path of a public SSM parameter "/aws/service/...";
                             * needed: the image id it holds */
};

struct hw_stack_parameter {
    char *name, *value;
    char *key; /* the question that gives it: "nodes.compute.0.image" */
    enum hw_resolve resolve;
};

/* One stack. In the order of hw_template_stacks each depends only on those before it. */
struct hw_stack {
    char *name;  /* "riskgrid-compute-std" */
    char *file;  /* "compute-std.yaml"; its parameters are in "compute-std.parameters.json" */
    char *role;  /* foundation | sql | head | compute */
    char *group; /* compute group, or "" */
    struct hw_strv after;                  /* names of the stacks that must be complete before */
    bool capability_iam;                   /* needs CAPABILITY_IAM */
    struct hw_stack_parameter *parameters; /* in the template's order */
    size_t count, capacity;
};

struct hw_stacks {
    struct hw_stack *items;
    size_t count, capacity;
};
void hw_stacks_done(struct hw_stacks *stacks);
/* "<cluster>-<role>" or "<cluster>-compute-<group>", contract section 3: the stack that nodes of a
 * role belong to; group counts for "compute" alone. The caller's. */
char *hw_stack_name(const char *cluster, const char *role, const char *group);

/* The stacks in their order: foundation, sql (unless nodes.sql is local), head, one for each
 * compute group. Compute groups depend on the head node only, so they may be made together.
 * Stack tags are the cluster's `tags` and "hpcwiz:cluster". */
bool hw_template_stacks(const struct hw_cluster *cluster, struct hw_stacks *ret,
                        struct hw_err *err);

/* The text that stands for an unresolved value in *.parameters.json: "zone-of:subnet-..." or
 * "ssm:/aws/...". The caller's. */
char *hw_stack_parameter_mark(const struct hw_stack_parameter *parameter);

#endif
