/* SPDX-License-Identifier: Apache-2.0 */
/* A fleet goes on for somebody who has heard nothing of it yet. */
#include "base/mem.h"
#include "node/nodes.h"

static bool same_text(const char *a, const char *b)
{
    return !a || !b ? a == b : strcmp(a, b) == 0;
}

static bool same_list(const struct hw_strv *had, const struct hw_strv *wanted)
{
    static const struct hw_strv none;
    return hw_strv_equal(had, wanted ? wanted : &none);
}

static bool is_same(const struct hw_fleet *fleet, const struct hw_fleet_options *options)
{
    return !fleet->once && options->follow && same_text(fleet->cluster, options->cluster) &&
           same_text(fleet->region, hw_aws_region(fleet->aws)) &&
           same_text(fleet->profile, hw_aws_profile(fleet->aws)) &&
           same_list(&fleet->wanted_stacks, options->stacks) &&
           same_list(&fleet->wanted_instances, options->instances) &&
           same_list(&fleet->wanted_nodes, options->nodes);
}

/* They were told as gone, and belong to what is over. */
static void drop_gone(struct hw_fleet *fleet)
{
    size_t kept = 0;
    hw_names_done(&fleet->ids);
    fleet->ids = (struct hw_names){0};
    for (size_t i = 0; i < fleet->count; i++) {
        struct hw_node *node = fleet->nodes[i];
        if (node->state == HW_NODE_GONE && node->told) {
            hw_node_free(node);
            continue;
        }
        fleet->nodes[kept++] = node;
        hw_names_add(&fleet->ids, node->instance);
    }
    fleet->count = kept;
}

bool hw_fleet_again(struct hw_fleet *fleet, const struct hw_fleet_options *options)
{
    if (!is_same(fleet, options))
        return false;
    drop_gone(fleet);
    hw_fleet_take_login(fleet, options);
    fleet->crowd = options->crowd;
    hw_fleet_set_pace(fleet);
    for (size_t i = 0; i < fleet->count; i++)
        hw_node_again(fleet->nodes[i]);
    fleet->login_asked = false;
    fleet->tell_again = true;
    hw_fleet_look_anew(fleet, options->secrets);
    return true;
}
