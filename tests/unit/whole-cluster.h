/* SPDX-License-Identifier: Apache-2.0 */
/* For tests: a cluster in which every question has an answer, and no check has anything to say. */
#ifndef HW_TESTS_WHOLE_CLUSTER_H
#define HW_TESTS_WHOLE_CLUSTER_H

#include "model/cluster.h"

struct hw_cluster *whole_cluster(void); /* the caller's */

#endif
