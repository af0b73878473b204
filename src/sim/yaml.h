/* SPDX-License-Identifier: Apache-2.0 */
/* YAML and JSON documents as a JSON tree, CloudFormation's short forms (!Ref, !Sub, !GetAtt ...)
 * written out as {"Ref": ...} and {"Fn::Sub": ...}. */
#ifndef HW_SIM_YAML_H
#define HW_SIM_YAML_H

#include <jansson.h>

#include "base/err.h"

/* The tree is the caller's. NULL: err names what is wrong at `name`:line:column. Refused:
 * duplicate keys, a second document, more than HW_SIM_MAX_DEPTH levels, more than
 * HW_SIM_MAX_NODES values. In plain scalars YAML 1.1's true, false, null and numbers are typed;
 * a text such as 2010-09-09 stays a text. */
json_t *sim_yaml_parse(const char *name, const char *bytes, size_t count, struct hw_err *err);

#endif
