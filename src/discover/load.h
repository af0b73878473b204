/* SPDX-License-Identifier: Apache-2.0 */
/* How a source is loaded: what the files of discover share.
 *
 * A data set is loaded by a chain of queries and feeds one or more sources. A query is one call
 * with its pages; after each page the choices so far are ranked and told about. */
#ifndef HW_DISCOVER_LOAD_H
#define HW_DISCOVER_LOAD_H

#include "base/text.h"
#include "discover/discover.h"

enum hw_data_set {
    HW_DATA_REGIONS,
    HW_DATA_VPCS,
    HW_DATA_SUBNETS,
    HW_DATA_ZONES,
    HW_DATA_ADDRESSES,
    HW_DATA_DOMAINS,
    HW_DATA_KEY_PAIRS,
    HW_DATA_IMAGES,
    HW_DATA_TYPES,
    HW_DATA_SECRET_NAMES,
    HW_DATA_MEDIA,
    HW_DATA_COUNT,
};

struct hw_load;

struct hw_query {
    struct hw_aws_request *(*build)(struct hw_load *load); /* NULL: nothing to ask, go on */
    void (*read)(struct hw_load *load, const struct hw_aws_reply *reply);
    const char *token_in;  /* the parameter of the next page; NULL: one page */
    const char *token_out; /* where its value stands in the answer */
    const struct hw_query *then;
    bool repeat;   /* asked again until build returns NULL; no pages */
    bool optional; /* if it fails, what is known without it has to do */
};

struct hw_data_rule {
    /* Appends what the data set depends on; false: that has no answer yet. */
    bool (*key)(const struct hw_discover *discover, const struct hw_cluster *cluster,
                struct hw_buf *out);
    /* Takes from the cluster what the queries need; may offer the first choices. Or NULL. */
    void (*begin)(struct hw_load *load, const struct hw_cluster *cluster);
    const struct hw_query *query;
    void (*rank)(struct hw_load *load); /* sorts and marks the best; or NULL */
    enum hw_source sources[4];          /* ended by HW_SOURCE_NONE */
};

/* A subnet that was seen. */
struct hw_subnet {
    char *id, *zone, *cidr;
    long free;
};

struct hw_load {
    struct hw_discover *discover;
    const struct hw_data_rule *rule;
    char *key; /* NULL: nothing loaded */
    const struct hw_query *query;
    struct hw_aws_call *call;
    char *token;
    unsigned pages;
    size_t at;                  /* where a repeated query stands */
    char *vpc, *subnet, *other; /* what the queries need */
    struct hw_strv names;       /* what one query hands to the next */
};

struct hw_discover {
    struct hw_aws *aws;
    hw_discover_fn *changed;
    void *data;
    struct hw_load loads[HW_DATA_COUNT];
    struct hw_choices choices[HW_SOURCE_COUNT];
    struct hw_subnet *subnets; /* of the chosen VPC, and those asked for one by one */
    size_t subnet_count, subnet_capacity;
    struct hw_job *jobs; /* job.h */
};

extern const struct hw_data_rule hw_data_regions, hw_data_vpcs, hw_data_subnets, hw_data_zones,
    hw_data_addresses, hw_data_domains, hw_data_key_pairs, hw_data_images, hw_data_types,
    hw_data_secret_names, hw_data_media;

/* True if the set that feeds source is loaded whole for the cluster as it is now. */
bool hw_load_is_current(const struct hw_discover *discover, const struct hw_cluster *cluster,
                        enum hw_source source);

/* Keys. */
bool hw_key_region(const struct hw_discover *discover, const struct hw_cluster *cluster,
                   struct hw_buf *out);
bool hw_key_vpc(const struct hw_discover *discover, const struct hw_cluster *cluster,
                struct hw_buf *out);
/* The first of network.subnets, or "". */
const char *hw_first_subnet(const struct hw_cluster *cluster);

/* ListHostedZonesByVPC. */
struct hw_aws_request *hw_zones_request(const struct hw_discover *discover, const char *vpc);

/* Adds a choice whose label and detail are cleaned; value must be one line of plain text, or
 * nothing is added and NULL comes back. */
struct hw_choice *hw_offer(struct hw_load *load, enum hw_source source, const char *value,
                           const char *label, const char *detail);
void hw_offer_unfit(struct hw_choice *choice, const char *why);
struct hw_choices *hw_offered(struct hw_load *load, enum hw_source source);
/* Fit ones first, then by label in natural order. */
void hw_choices_sort(struct hw_choices *choices);
/* The value of the tag "Name" below an EC2 item, "" if it has none; the caller's. */
char *hw_name_tag(const struct hw_xml *item);

const struct hw_subnet *hw_subnet_find(const struct hw_discover *discover, const char *id);
/* Reads one item of DescribeSubnets and keeps it. */
const struct hw_subnet *hw_subnet_keep(struct hw_discover *discover, const struct hw_xml *item);
void hw_subnets_forget(struct hw_discover *discover);
/* DescribeSubnets for this one id. */
struct hw_aws_request *hw_subnet_request(const char *id);

/* The n lowest free addresses of the subnet, from its sixth on, without the last, which AWS
 * reserves as it does the first four (VPC user guide, "Subnet sizing"). taken: sorted. */
size_t hw_free_addresses(const char *cidr, const uint32_t *taken, size_t taken_count, uint32_t *out,
                         size_t most);

#endif
