/* SPDX-License-Identifier: Apache-2.0 */
/* The instances of a cluster as ec2:DescribeInstances tells them. */
#ifndef HW_NODE_INSTANCES_H
#define HW_NODE_INSTANCES_H

#include "aws/client.h"
#include "base/mem.h"

/* Texts are checked: an id, address, role, group or pin of another form is "". */
struct hw_instance {
    char *id, *address;
    char *state;  /* pending running shutting-down stopping stopped */
    char *launch; /* RFC 3339 */
    char *role;   /* tag hpcwiz:role: sql head compute, or "" */
    char *group;  /* tag hpcwiz:group */
    char *pin;    /* tag hpcwiz:winrm-sha256 */
    char *ssh;    /* tag hpcwiz:ssh-sha256: of each host key, separated by blanks */
    char *label;  /* tag Name */
};

struct hw_instances {
    struct hw_instance *items;
    size_t count, capacity;
    size_t pages; /* read so far */
    bool cut;     /* there are more than fit: what is missing may still be there */
};

void hw_instances_done(struct hw_instances *instances);
/* Appends one page; at most HW_MAX_NODES in all. An instance without a usable id is left out, and
 * one that is terminated: EC2 lists it for about an hour more (EC2 user guide, "Terminate Amazon
 * EC2 instances"), and a cluster that was made anew has as many of them as of others. *ret_token:
 * of the next page, NULL when this was the last; the caller's. */
void hw_instances_read(struct hw_instances *instances, const struct hw_xml *xml, char **ret_token);
/* By time of launch, then id. */
void hw_instances_sort(struct hw_instances *instances);

#endif
