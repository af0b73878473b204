/* SPDX-License-Identifier: Apache-2.0 */
/* What the account offers, as choices for the schema's questions. Each listing is asked for once,
 * kept, and told about whenever it grew or changed; the choices of a source are built anew when
 * what they depend on changes (subnets depend on network.vpc, types on the first subnet and the
 * image), mostly without another call. However long a listing is, one turn of the loop works on a
 * bounded number of its items, so that the screen never waits. */
#ifndef HW_DISCOVER_DISCOVER_H
#define HW_DISCOVER_DISCOVER_H

#include "aws/client.h"
#include "cost/cost.h"
#include "model/choice.h"

struct hw_discover;

/* changed(data, source): the choices of source have another generation. From the loop; may call
 * anything here but hw_discover_free. */
typedef void hw_discover_fn(void *data, enum hw_source source);
struct hw_discover *hw_discover_new(struct hw_aws *aws, hw_discover_fn *changed, void *data);
void hw_discover_free(struct hw_discover *discover);

/* Starts loading what is not loaded for the cluster as it is now. Cheap to call often. What it
 * depends on and has no answer yet (the VPC of subnets) leaves the state NONE. A load that failed
 * stays so until hw_discover_again, hw_discover_reset or until what it depends on changes. */
void hw_discover_want(struct hw_discover *discover, const struct hw_cluster *cluster,
                      enum hw_source source);
/* Asks at once for what a person will look at in a Region, the first page of each listing: about
 * fourteen calls side by side, in two steps. The rest of the pages comes with hw_discover_want.
 * Nothing while no Region is known. Prices of all types are loaded with the types from now on. */
void hw_discover_ahead(struct hw_discover *discover, const struct hw_cluster *cluster);
/* Forgets what the source offers and asks for it again (F5). */
void hw_discover_again(struct hw_discover *discover, const struct hw_cluster *cluster,
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

/* Default vCPUs of a type that was listed; 0: not known. */
long hw_discover_vcpus(const struct hw_discover *discover, const char *type);
/* What the cluster costs. want_cost starts loading what an estimate needs and is cheap to call
 * often; true: there is nothing more to come. hw_discover_cost is the estimate with what is known
 * now (hw_cost_done it); the generation counts up when it may have changed. */
bool hw_discover_want_cost(struct hw_discover *discover, const struct hw_cluster *cluster);
void hw_discover_cost(const struct hw_discover *discover, const struct hw_cluster *cluster,
                      struct hw_cost *ret);
unsigned long hw_discover_cost_generation(const struct hw_discover *discover);

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
