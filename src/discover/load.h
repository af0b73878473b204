/* SPDX-License-Identifier: Apache-2.0 */
/* How a listing of the account is loaded: what the files of discover share.
 *
 * A data set is one operation of one service (sets.c). A load is a data set of one subject: the
 * subnets of the Region, the zones of one VPC. Loads run side by side; each is asked for page by
 * page and read in slices, so that no turn of the loop takes more than HW_SLICE items, however
 * long an answer is. What the questions offer is built from their tables (build.h). */
#ifndef HW_DISCOVER_LOAD_H
#define HW_DISCOVER_LOAD_H

#include "base/text.h"
#include "cost/prices.h"
#include "discover/discover.h"
#include "discover/table.h"

#define HW_SLICE 500u /* items of one turn: read, offered or looked at again */

enum hw_data_set {
    HW_DATA_REGIONS,
    HW_DATA_VPCS,
    HW_DATA_SUBNETS,
    HW_DATA_DHCP,
    HW_DATA_DIRECTORIES,
    HW_DATA_ZONES,      /* subject: a VPC */
    HW_DATA_INTERFACES, /* subject: subnets, separated by blanks */
    HW_DATA_KEY_PAIRS,
    HW_DATA_STANDARD_IMAGES, /* what the public SSM parameters of hw_standard_images hold */
    HW_DATA_OWN_IMAGES,
    HW_DATA_AMAZON_IMAGES,
    HW_DATA_OFFERINGS,
    HW_DATA_TYPES,
    HW_DATA_SECRET_NAMES,
    HW_DATA_BUCKETS,
    HW_DATA_MEDIA,  /* subject: "s3://BUCKET/FOLDER/" */
    HW_DATA_PRICES, /* subject: "" (all types), a type, or HW_PRICES_VOLUME "gp3"; goes into
                       discover->prices, so it has no rows */
    HW_DATA_COUNT,
};
#define HW_PRICES_VOLUME "volume "

/* The cells of the rows, by data set; sets.c says where they come from. */
enum { HW_REGION_NAME, HW_REGION_OPT_IN };
enum { HW_VPC_ID, HW_VPC_CIDR, HW_VPC_DEFAULT, HW_VPC_DHCP, HW_VPC_NAME, HW_VPC_CIDRS };
enum {
    HW_SUBNET_ID,
    HW_SUBNET_VPC,
    HW_SUBNET_ZONE,
    HW_SUBNET_CIDR,
    HW_SUBNET_FREE,
    HW_SUBNET_NAME
};
enum { HW_DHCP_ID, HW_DHCP_DOMAINS };
enum {
    HW_DIRECTORY_NAME,
    HW_DIRECTORY_SHORT,
    HW_DIRECTORY_TYPE,
    HW_DIRECTORY_STAGE,
    HW_DIRECTORY_VPC
};
enum { HW_ZONE_ID, HW_ZONE_NAME, HW_ZONE_SERVICE };
enum { HW_INTERFACE_SUBNET, HW_INTERFACE_ADDRESS, HW_INTERFACE_ADDRESSES };
enum { HW_KEY_NAME, HW_KEY_TYPE, HW_KEY_ID };
enum { HW_PARAMETER_NAME, HW_PARAMETER_VALUE };
enum {
    HW_IMAGE_ID,
    HW_IMAGE_NAME,
    HW_IMAGE_CREATED,
    HW_IMAGE_USAGE,
    HW_IMAGE_BOOT,
    HW_IMAGE_DEPRECATED,
};
enum { HW_OFFERING_TYPE, HW_OFFERING_ZONE };
enum { HW_TYPE_NAME, HW_TYPE_VCPUS, HW_TYPE_MIB, HW_TYPE_NETWORK, HW_TYPE_BOOT };
enum { HW_SECRET_NAME, HW_SECRET_TYPE };
enum { HW_BUCKET_NAME };
enum { HW_OBJECT_KEY, HW_OBJECT_SIZE };

struct hw_load;

struct hw_data_rule {
    enum hw_aws_service service;
    const char *operation;
    const char *const *params;   /* names and values, ended by NULL; may be NULL */
    const char *items;           /* where they stand in the answer */
    const char *cells[HW_CELLS]; /* where each cell stands in an item */
    const char *token_in;        /* the parameter of the next page; NULL: one page */
    const char *token_out;       /* where its value stands in the answer */
    /* Adds what params cannot say: the subject, another form of request. Or NULL. */
    void (*prepare)(const struct hw_load *load, struct hw_aws_request *request);
    /* Takes an item instead of a row of the table. Or NULL. */
    void (*take)(struct hw_load *load, const json_t *item);
    void (*failed)(struct hw_load *load); /* says so, where no list does; or NULL */
    size_t weight;                        /* items of a slice that one counts for; 0 is 1 */
};
extern const struct hw_data_rule hw_data_rules[HW_DATA_COUNT];

enum hw_load_state { HW_LOAD_ASKING, HW_LOAD_PAUSED, HW_LOAD_READY, HW_LOAD_FAILED };

struct hw_load {
    struct hw_discover *discover;
    struct hw_load *next;
    enum hw_data_set set;
    char *subject;
    enum hw_load_state state;
    struct hw_err err; /* when FAILED */
    bool eager;        /* a person waits for all of it; else the first page will do for now */
    struct hw_aws_call *call;
    char *token;
    unsigned pages;
    struct hw_xml_doc *doc;    /* the page that is being read, or */
    const struct hw_xml *item; /* (its next item) */
    json_t *json;              /* the array of items, and the place of the next one */
    size_t at;
    struct hw_table table;
};

struct hw_build;

struct hw_discover {
    struct hw_aws *aws;
    hw_discover_fn *changed;
    void *data;
    struct hw_load *loads;
    struct hw_build *builds; /* build.h: one for each source */
    struct hw_prices *prices;
    unsigned long side_facts; /* counts up when something came that is only looked at */
    bool no_prices;           /* it was told that AWS gives none */
    bool prices_read;         /* the price files were looked for */
    bool browsing;            /* a person looks through the lists: prices of all types are wanted */
    bool ahead;               /* the second step of hw_discover_ahead is due */
    struct hw_timer *timer;   /* the next turn */
    size_t most_items;        /* of one turn so far */
    struct hw_job *jobs;      /* job.h */
};

/* The load of a set and subject, started if there is none. eager: all pages. */
struct hw_load *hw_load_want(struct hw_discover *discover, enum hw_data_set set,
                             const char *subject, bool eager);
/* NULL if it was never started. */
struct hw_load *hw_load_find(const struct hw_discover *discover, enum hw_data_set set,
                             const char *subject);
bool hw_load_over(const struct hw_load *load); /* READY or FAILED; false for NULL */
/* Reads at most `left` items of the page at hand; returns how many were read. */
size_t hw_load_read(struct hw_load *load, size_t left);
bool hw_load_reading(const struct hw_load *load); /* a page is at hand */
void hw_loads_forget(struct hw_discover *discover);
/* Forgets the loads of one set. */
void hw_load_drop(struct hw_discover *discover, enum hw_data_set set);
/* The table of a set that has no subject; empty before it is loaded. */
const struct hw_table *hw_table_of(const struct hw_discover *discover, enum hw_data_set set);

/* Asks for another turn. */
void hw_discover_go_on(struct hw_discover *discover);

/* So many VPCs are looked at closely before one is chosen: Route 53 takes five requests a second
 * from an account. */
#define HW_ASKED_VPCS 5u

/* Subnets. */
const struct hw_row *hw_subnet_find(const struct hw_discover *discover, const char *id);
/* The one of a VPC with most free addresses; NULL: it has none. */
const struct hw_row *hw_subnet_best(const struct hw_discover *discover, const char *vpc);
/* The load that tells which addresses of a subnet are taken, started if there is none. */
struct hw_load *hw_interfaces_of(struct hw_discover *discover, const char *subnet);
/* The first of network.subnets, or "". */
const char *hw_first_subnet(const struct hw_cluster *cluster);

/* The n lowest free addresses of the subnet, from its sixth on, without the last, which AWS
 * reserves as it does the first four (VPC user guide, "Subnet sizing"). taken: sorted. */
size_t hw_free_addresses(const char *cidr, const uint32_t *taken, size_t taken_count, uint32_t *out,
                         size_t most);

/* Amazon's images that are offered by the names of their public SSM parameters. */
struct hw_standard_image {
    const char *name;  /* of the parameter; "<name>-YYYY.MM.DD" is the image's own */
    const char *label; /* N_() */
    bool sql, best;
};
#define HW_STANDARD_IMAGES 6u
extern const struct hw_standard_image hw_standard_images[HW_STANDARD_IMAGES];
#define HW_SSM_IMAGES "/aws/service/ami-windows-latest/"
/* The row of an image by its id or by "ssm:" path; NULL: not known (yet). */
const struct hw_row *hw_image_find(const struct hw_discover *discover, const char *image);

#endif
