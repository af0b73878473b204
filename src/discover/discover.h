/* SPDX-License-Identifier: Apache-2.0 */
/* What the account offers, as choices for the schema's questions. Each source is asked for once
 * per state of what it depends on (subnets depend on network.vpc, types on the first subnet's
 * zone ...), kept, and told about whenever it grew or changed. */
#ifndef HW_DISCOVER_DISCOVER_H
#define HW_DISCOVER_DISCOVER_H

#include "aws/client.h"
#include "model/choice.h"
#include "model/cluster.h"

struct hw_discover;

/* changed(data, source): the choices of source have another generation. From the loop; may call
 * anything here but hw_discover_free. */
typedef void hw_discover_fn(void *data, enum hw_source source);
struct hw_discover *hw_discover_new(struct hw_aws *aws, hw_discover_fn *changed, void *data);
void hw_discover_free(struct hw_discover *discover);

/* Starts loading what is not loaded for the cluster as it is now. Cheap to call often. What it
 * depends on and has no answer yet (the VPC of subnets) leaves the state NONE. A load that failed
 * stays so until hw_discover_reset or until what it depends on changes. */
void hw_discover_want(struct hw_discover *discover, const struct hw_cluster *cluster,
                      enum hw_source source);
/* Borrowed; state NONE before the first want. */
const struct hw_choices *hw_discover_choices(const struct hw_discover *discover,
                                             enum hw_source source);
/* Forgets everything (another region or profile), and cancels what is under way without calling
 * back. */
void hw_discover_reset(struct hw_discover *discover);

/* Who we are (sts:GetCallerIdentity): told to the sink as HW_EV_IDENTITY, then fn. */
typedef void hw_discover_identity_fn(void *data, const struct hw_ev_identity *identity,
                                     const struct hw_err *err);
void hw_discover_identity(struct hw_discover *discover, hw_discover_identity_fn *fn, void *data);

/* Values that follow from an answer and are not asked for: network.zone_name from
 * network.hosted_zone, free addresses for network.sql_address and .head_address (the lowest
 * free one from .5 on), directory.netbios from directory.domain. Sets only what is not set. True if
 * it changed something. */
bool hw_discover_fill(const struct hw_discover *discover, struct hw_cluster *cluster);

/* What only the account knows of a finished cluster: the zone of the first subnet, and the image
 * id of each node group, resolved where it is an "ssm:" path. Asynchronous; fn gets them as name
 * and value pairs ("zone", "nodes.sql.image", "nodes.compute.0.image", ...) or err. */
struct hw_facts {
    struct hw_strv names, values;
};
typedef void hw_facts_fn(void *data, const struct hw_facts *facts, const struct hw_err *err);
void hw_discover_facts(struct hw_discover *discover, const struct hw_cluster *cluster,
                       hw_facts_fn *fn, void *data);

#endif
