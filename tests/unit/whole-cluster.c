/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/whole-cluster.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

struct hw_cluster *whole_cluster(void)
{
    static const char *const answers[][2] = {
        {"cluster", "riskgrid"},
        {"region", "eu-central-1"},
        {"network.vpc", "vpc-0a1b2c3d4e5f67890"},
        {"network.subnets", "subnet-0aaa1111,subnet-0bbb2222"},
        {"network.hosted_zone", "Z0123456789ABCDEFGHIJ"},
        {"network.zone_name", "hpc.example.internal"},
        {"network.sql_address", "10.20.1.5"},
        {"network.head_address", "10.20.1.6"},
        {"directory.domain", "corp.example.internal"},
        {"directory.netbios", "CORP"},
        {"access.key_pair", "hpc-admin"},
        {"access.from", "10.20.0.0/24"},
        {"hpc_pack.media", "s3://my-bucket/hpcpack/"},
        {"nodes.sql.image", "ami-0123456789abcdef0"},
        {"nodes.sql.type", "r6i.xlarge"},
        {"nodes.head.image", "ami-0123456789abcdef0"},
        {"nodes.head.type", "m6i.xlarge"},
        {"nodes.compute.0.image", "ami-0123456789abcdef0"},
        {"nodes.compute.0.type", "c6i.4xlarge"},
    };
    struct hw_cluster *cluster = hw_cluster_new();
    for (size_t i = 0; i < HW_COUNT(answers); i++) {
        struct hw_err err = {0};
        if (!hw_cluster_set(cluster, answers[i][0], answers[i][1], &err))
            fail_msg("%s", err.what);
    }
    return cluster;
}
