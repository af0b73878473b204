/* SPDX-License-Identifier: Apache-2.0 */
/* The one description of each question. From this table come the wizard's form pages, the
 * numbered prompts of --plain, the reader and writer of the cluster file, the comments that
 * `hpcwiz new` writes and the table in hpcwiz.yaml(5). A new question is one row.
 *
 * A key is the path in the cluster file, joined with dots: "network.vpc". In a field's key a
 * compute group stands as "nodes.compute.*.type"; a concrete key names the group by its place:
 * "nodes.compute.0.type". */
#ifndef HW_MODEL_SCHEMA_H
#define HW_MODEL_SCHEMA_H

#include "base/err.h"

struct hw_cluster;

enum hw_type {
    HW_TYPE_TEXT,
    HW_TYPE_NAME_OF_SECRET, /* the name of an SSM parameter, never a value */
    HW_TYPE_INT,
    HW_TYPE_BOOL,     /* "true" or "false" */
    HW_TYPE_CHOICE,   /* one of options, or of what discovery offers for source */
    HW_TYPE_MULTI,    /* several of what discovery offers; a list in the file */
    HW_TYPE_LIST,     /* free texts; a list in the file */
    HW_TYPE_CIDR,     /* IPv4 network in CIDR notation; a list if `list` */
    HW_TYPE_ADDRESS,  /* IPv4 */
    HW_TYPE_DURATION, /* "90m", "1h30m" */
    HW_TYPE_MAP,      /* "Key=Value" items; a mapping in the file (tags) */
};

/* What discovery can offer for a field (src/discover). */
enum hw_source {
    HW_SOURCE_NONE,
    HW_SOURCE_REGIONS,
    HW_SOURCE_VPCS,
    HW_SOURCE_SUBNETS,
    HW_SOURCE_ZONES,     /* private hosted zones of the VPC */
    HW_SOURCE_ADDRESSES, /* free addresses of the first subnet */
    HW_SOURCE_KEY_PAIRS, /* RSA only: Windows passwords */
    HW_SOURCE_IMAGES_SQL,
    HW_SOURCE_IMAGES_WINDOWS,
    HW_SOURCE_TYPES_SQL, /* instance types fit for the role and offered in its zone */
    HW_SOURCE_TYPES_HEAD,
    HW_SOURCE_TYPES_COMPUTE,
    HW_SOURCE_SECRET_NAMES, /* names of SSM parameters; values are never read */
    HW_SOURCE_DOMAINS,      /* Active Directory domains: domain-name of the VPC's DHCP options */
    HW_SOURCE_NETWORKS,     /* CIDR blocks for access.from: the VPC's, best; its subnets' */
    HW_SOURCE_MEDIA, /* "s3://BUCKET/hpcpack/" of the account's buckets, those named *hpc* best */
    HW_SOURCE_COUNT,
};

/* Pages of the wizard, in their order. */
enum hw_page_id {
    HW_PAGE_START,
    HW_PAGE_ACCOUNT, /* cluster name, region, tags, cost */
    HW_PAGE_NETWORK,
    HW_PAGE_DIRECTORY, /* Active Directory and access */
    HW_PAGE_IMAGES,
    HW_PAGE_NODES,
    HW_PAGE_HPC_PACK,
    HW_PAGE_SECRETS,
    HW_PAGE_CHECKS,
    HW_PAGE_REVIEW,
    HW_PAGE_DEPLOY,
    HW_PAGE_LOGS,
    HW_PAGE_FINDINGS,
    HW_PAGE_COUNT, /* as a field's page: on no page */
};

struct hw_field {
    const char *key;
    enum hw_type type;
    enum hw_page_id page;
    const char *label;   /* N_(), at most 16 columns in English */
    const char *help;    /* N_(), one to three sentences: what it is for, what depends on it */
    const char *example; /* shown when empty, and in `hpcwiz new` */
    const char *def;     /* literal default, or NULL */
    const char *const
        *options; /* values of a CHOICE that needs no discovery; NULL-ended, or NULL */
    enum hw_source source;
    bool required; /* must be in the cluster file (contract section 2) */
    bool list;     /* several values */
    bool advanced; /* hidden in the wizard until asked for */
    long min, max; /* of an INT */
    bool (*applies)(const struct hw_cluster *cluster); /* NULL: always */
    /* Says what is wrong with one value, beyond its type. NULL: nothing to add. */
    bool (*check)(const struct hw_cluster *cluster, const char *value, struct hw_err *err);
};

struct hw_page {
    enum hw_page_id id;
    const char *word;  /* stable, for commands and actions: "network" */
    const char *title; /* N_() */
    const char *intro; /* N_() one sentence shown while no field has the focus; may be NULL */
    bool form;         /* a form page: fields only, no code of its own */
};

size_t hw_schema_count(void);
const struct hw_field *hw_schema_at(size_t index); /* in the order of the cluster file */
/* The field of a concrete or a starred key; NULL if there is none. */
const struct hw_field *hw_schema_find(const char *key);
const struct hw_page *hw_page(enum hw_page_id id);
/* "network" to its page; false if there is none. */
bool hw_page_find(const char *word, enum hw_page_id *ret);
/* Where a check or a rule sends a person: "page:" (may be left out) and the key of a question or
 * the word of a page. ret_field may be NULL; *ret_field is NULL for a page as a whole. false: there
 * is no such place. */
bool hw_place_find(const char *place, enum hw_page_id *ret_page, const struct hw_field **ret_field);

/* Type and field check of one value (one item of a list). err names what was expected. */
bool hw_field_check(const struct hw_field *field, const struct hw_cluster *cluster,
                    const char *value, struct hw_err *err);

/* "nodes.compute.*.type" and 2 to "nodes.compute.2.type"; the caller's. */
char *hw_key_of_group(const char *starred_key, size_t group);
/* true and the group's place if key lies in a compute group. */
bool hw_key_group(const char *key, size_t *ret_group);

/* The table of hpcwiz.yaml(5) as man(7) source. */
struct hw_buf;
void hw_schema_man(struct hw_buf *out);

#endif
