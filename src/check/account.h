/* SPDX-License-Identifier: Apache-2.0 */
/* One run of the checks that ask the account, for the files of this folder alone.
 *
 * Questions (questions_*.c) are sent side by side; each belongs to a topic, and what AWS tells is
 * kept under the topic as JSON: one object for each item, with the names of the wire, and "_at",
 * which question of several it answers. A judgement (judge_*.c) waits for the topics that it is
 * made of and then tells what it found. Where a question of its own was refused, the check is told
 * as skipped with the permission that is missing. */
#ifndef HW_CHECK_ACCOUNT_H
#define HW_CHECK_ACCOUNT_H

#include "aws/client.h"
#include "base/text.h"
#include "check/report.h"
#include "template/generate.h"

enum hw_topic {
    HW_TOPIC_IDENTITY,
    HW_TOPIC_REGIONS,
    HW_TOPIC_VPC,
    HW_TOPIC_DNS, /* the VPC's DNS attributes */
    HW_TOPIC_DHCP,
    HW_TOPIC_SUBNETS,
    HW_TOPIC_ROUTES,
    HW_TOPIC_ENDPOINTS,
    HW_TOPIC_ADDRESSES, /* interfaces that have the fixed addresses */
    HW_TOPIC_KEPT,      /* interfaces and volumes of this cluster's name */
    HW_TOPIC_ZONE,
    HW_TOPIC_RECORDS,
    HW_TOPIC_KEY_PAIR,
    HW_TOPIC_RULES_QUOTA,
    HW_TOPIC_IMAGE_PATHS,
    HW_TOPIC_IMAGES,
    HW_TOPIC_SNAPSHOTS,
    HW_TOPIC_SNAPSHOT_KEYS,
    HW_TOPIC_TYPES,
    HW_TOPIC_OFFERINGS,
    HW_TOPIC_RUNNING,
    HW_TOPIC_QUOTAS,
    HW_TOPIC_LAUNCHES,
    HW_TOPIC_MEDIA,
    HW_TOPIC_MEDIA_PLACE,
    HW_TOPIC_BUCKET,
    HW_TOPIC_PARAMETERS,
    HW_TOPIC_KEYS,
    HW_TOPIC_STACKS,
    HW_TOPIC_EXPORTS,
    HW_TOPIC_BODIES,
    HW_TOPIC_CALLER_ROLE,
    HW_TOPIC_CALLER, /* what the caller may do */
    HW_TOPIC_NODES,  /* what the nodes may do */
    HW_TOPIC_COUNT,  /* at most 64 */
};
#define HW_TOPIC_BIT(topic) (UINT64_C(1) << (topic))

/* A place that takes nodes of one kind. */
struct hw_place {
    char *image_key, *type_key; /* "nodes.compute.0.image" */
    const char *image, *type;   /* of the cluster, borrowed */
    char *image_id;             /* "" until it is known */
    const char *role;           /* sql | head | compute */
    size_t group;               /* of compute */
    unsigned now, most;         /* nodes */
    bool spot;
};

struct hw_check_question;

struct hw_topic_state {
    size_t open; /* questions that have no answer yet */
    bool asked, refused;
    char *why;    /* of refused */
    json_t *told; /* array */
};

struct hw_check_run {
    struct hw_aws *aws;
    struct hw_discover *discover;
    struct hw_cluster *cluster;
    struct hw_strv skip;
    struct hw_report report;
    struct hw_topic_state topics[HW_TOPIC_COUNT];
    struct hw_asked *asked; /* under way */
    struct hw_place *places;
    size_t place_count;
    struct hw_stacks stacks;
    struct hw_fileset files; /* empty where they cannot be generated */
    struct hw_strv policies; /* of node roles: role, document, ... */
    char *account, *arn, *partition;
    uint64_t judged;             /* by place in the table of judgements */
    uint64_t followed;           /* topics whose further questions were asked */
    struct hw_timer *cost_timer; /* the next look at prices */
    bool cost_judged;
    struct hw_timer *timer; /* the deadline, or the next round */
    hw_check_fn *fn;
    void *data;
};

struct hw_check_question {
    enum hw_topic topic;
    enum hw_aws_service service;
    const char *operation, *action; /* action: the permission that it takes */
    /* Adds the parameters of the question at; false: there is nothing to ask. */
    bool (*fill)(struct hw_check_run *run, size_t at, struct hw_aws_request *request);
    const char *set; /* where the items stand in the answer: "subnetSet/item"; "": one, all of it */
    const char *token_in, *token_out; /* of further pages, or NULL */
    bool (*keep)(json_t *item);       /* false: this item is not needed; or NULL */
    /* An error that is an answer: adds to told and returns true. Or NULL. */
    bool (*refused)(struct hw_check_run *run, size_t at, const struct hw_err *err);
};

/* questions.c: the first questions, and those that hang on the answers to others. */
void hw_questions_first(struct hw_check_run *run);
void hw_questions_more(struct hw_check_run *run, enum hw_topic settled);

/* ask.c */
void hw_ask(struct hw_check_run *run, const struct hw_check_question *question, size_t at);
/* Opens a topic without a question, so that it counts as answered with nothing. */
void hw_topic_open(struct hw_check_run *run, enum hw_topic topic);
/* A topic whose questions were not asked because another was refused. */
void hw_topic_refuse(struct hw_check_run *run, enum hw_topic topic, const char *why);
void hw_topic_add(struct hw_check_run *run, enum hw_topic topic, size_t at, json_t *item_take);
void hw_ask_stop(struct hw_check_run *run); /* cancels all */
/* Refuses what is still open. */
void hw_ask_give_up(struct hw_check_run *run, const char *why);
/* account.c: a topic has all its answers (or none to wait for). */
void hw_topic_settled(struct hw_check_run *run, enum hw_topic topic);

/* What follows from answers: the image ids of the places; account, ARN and partition. */
void hw_places_resolve(struct hw_check_run *run);
void hw_identity_resolve(struct hw_check_run *run);

/* Reading what was told. All borrowed. */
const json_t *hw_told(const struct hw_check_run *run, enum hw_topic topic);
/* The member at path "ebs.volumeSize" ("[0]" of an array as "0"): "" if it is not there. */
const char *hw_told_text(const json_t *item, const char *path);
const json_t *hw_told_at(const json_t *item, const char *path);
long hw_told_number(const json_t *item, const char *path); /* -1: none */
bool hw_told_is(const json_t *item, const char *path, const char *value);
/* The first item whose member at path is value, or NULL. */
const json_t *hw_told_find(const struct hw_check_run *run, enum hw_topic topic, const char *path,
                           const char *value);
/* The value of an EC2 tag, or "". */
const char *hw_told_tag(const json_t *item, const char *key);

const char *hw_check_get(const struct hw_check_run *run, const char *key);
const struct hw_strv *hw_check_list(const struct hw_check_run *run, const char *key);
bool hw_check_sql_own(const struct hw_check_run *run);
/* The body of ssm:DescribeParameters for exactly these names. */
json_t *hw_parameters_body(const struct hw_strv *names);
/* "bucket" and "folder/" of hpc_pack.media; the caller's. */
char *hw_check_media_bucket(const struct hw_check_run *run);
char *hw_check_media_folder(const struct hw_check_run *run);

/* The quota that an instance of the type counts against; NULL: a family that is not known. */
struct hw_quota {
    const char *letters; /* families, as in the name of the quota */
    const char *on_demand, *spot;
};
const struct hw_quota *hw_quota_of(const char *type);
const char *hw_quota_code(const char *type, bool spot); /* NULL: none known */

/* policy.c: the policies that the generated template gives the roles of the nodes, as pairs of role
 * ("SqlRole") and policy document. Nothing where the template is not of the form that is read. */
void hw_node_policies(const struct hw_check_run *run, struct hw_strv *ret);
/* What the role of a node must be able to do: the action of need 0 .. HW_NODE_NEEDS - 1 and the
 * resources it is done on. NULL: this role has no such need. */
#define HW_NODE_NEEDS 4u
const char *hw_node_need(const struct hw_check_run *run, const char *role, size_t need,
                         struct hw_strv *ret_resources);

/* A judgement waits for topics and tells what it found of check id. */
struct hw_judgement {
    const char *id;
    uint64_t topics;
    void (*judge)(struct hw_check_run *run, const char *id);
};
/* Before all of them: who asks, told as HW_EV_IDENTITY; without an answer nothing else has one. */
void hw_judge_credentials(struct hw_check_run *run);
extern const struct hw_judgement hw_judge_network[], hw_judge_nodes[], hw_judge_account[];

/* hw_report_fail of a judgement. */
#define hw_found(run, ...) hw_report_fail(&(run)->report, __VA_ARGS__)

#endif
