/* SPDX-License-Identifier: Apache-2.0 */
/* How a person gets to the head node of a complete cluster. */
#ifndef HW_MODEL_LOGON_H
#define HW_MODEL_LOGON_H

#include "base/buf.h"
#include "model/cluster.h"

/* Three sentences, each with its line end, translated: where Remote Desktop leads, how the local
 * Administrator's password is got (AWS CLI Command Reference, ec2 get-password-data), and who is an
 * administrator of the cluster. Nothing while the answers for it are missing. instance: that of the
 * head node; NULL or "": not known. */
void hw_logon_words(const struct hw_cluster *cluster, const char *instance, struct hw_buf *out);

#endif
