/* SPDX-License-Identifier: Apache-2.0 */
/* What a single value must look like, beyond its type: the check column of the schema. Each
 * returns true, or false with a sentence of what was expected. cluster may be NULL. */
#ifndef HW_MODEL_RULES_H
#define HW_MODEL_RULES_H

#include "base/err.h"

struct hw_cluster;

typedef bool hw_value_rule(const struct hw_cluster *cluster, const char *value, struct hw_err *err);

hw_value_rule hw_rule_name; /* cluster and group names: stack name prefix, NetBIOS */
hw_value_rule hw_rule_region;
hw_value_rule hw_rule_vpc;
hw_value_rule hw_rule_subnet;
hw_value_rule hw_rule_hosted_zone;
hw_value_rule hw_rule_domain;  /* RFC 1123 labels, at least two */
hw_value_rule hw_rule_netbios; /* 1 to 15 characters (Microsoft, naming conventions in AD) */
hw_value_rule hw_rule_ou;
hw_value_rule hw_rule_media;       /* s3://BUCKET/PREFIX */
hw_value_rule hw_rule_bucket;      /* S3 user guide, bucket naming rules */
hw_value_rule hw_rule_account;     /* DOMAIN\name */
hw_value_rule hw_rule_secret_name; /* SSM parameter name */
hw_value_rule hw_rule_image;       /* ami-... or ssm:/... */
hw_value_rule hw_rule_instance_type;
hw_value_rule hw_rule_amount;     /* decimal, not negative */
hw_value_rule hw_rule_tag;        /* Key=Value; EC2 user guide, tag restrictions */
hw_value_rule hw_rule_plain_text; /* no quotes, slashes or control characters */

#endif
