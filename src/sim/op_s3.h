/* SPDX-License-Identifier: Apache-2.0 */
#ifndef HW_SIM_OP_S3_H
#define HW_SIM_OP_S3_H

#include "sim/call.h"

/* The object (a JSON text when it was put), or NULL. For TemplateURL. */
const json_t *sim_s3_object(struct sim_cloud *cloud, const char *bucket, const char *key);

#endif
