/* SPDX-License-Identifier: Apache-2.0 */
#include "fake_choices.h"

#include "base/mem.h"

/* source, value, label, detail, group, why it is unfit, best */
static const struct {
    enum hw_source source;
    const char *value, *label, *detail, *group, *unfit;
    bool best;
} canned[] = {
    {HW_SOURCE_REGIONS, "eu-central-1", "eu-central-1", "Frankfurt", "", NULL, true},
    {HW_SOURCE_REGIONS, "eu-west-1", "eu-west-1", "Ireland", "", NULL, false},
    {HW_SOURCE_REGIONS, "us-east-1", "us-east-1", "Virginia", "", NULL, false},
    {HW_SOURCE_VPCS, "vpc-0a1b2c3d4e5f67890", "vpc-0a1b2c3d4e5f67890", "10.20.0.0/16  hpc-prod", "",
     NULL, true},
    {HW_SOURCE_VPCS, "vpc-0fedcba9876543210", "vpc-0fedcba9876543210", "172.31.0.0/16  default", "",
     NULL, false},
    {HW_SOURCE_VPCS, "vpc-0123456789abcdef0", "vpc-0123456789abcdef0", "10.99.0.0/16  東京 テスト",
     "", NULL, false},
    {HW_SOURCE_SUBNETS, "subnet-0aaa1111bbb22222c", "subnet-0aaa1111bbb22222c",
     "10.20.1.0/24  private-a  240 free", "eu-central-1a", NULL, true},
    {HW_SOURCE_SUBNETS, "subnet-0bbb1111bbb22222c", "subnet-0bbb1111bbb22222c",
     "10.20.2.0/24  private-b  251 free", "eu-central-1b", NULL, true},
    {HW_SOURCE_SUBNETS, "subnet-0ccc1111bbb22222c", "subnet-0ccc1111bbb22222c",
     "10.20.9.0/28  tiny", "eu-central-1c", "only 3 addresses are free", false},
    {HW_SOURCE_ZONES, "Z0123456789ABCDEFGHIJ", "hpc.example.internal", "Z0123456789ABCDEFGHIJ", "",
     NULL, true},
    {HW_SOURCE_ADDRESSES, "10.20.1.5", "10.20.1.5", "free", "", NULL, true},
    {HW_SOURCE_ADDRESSES, "10.20.1.6", "10.20.1.6", "free", "", NULL, false},
    {HW_SOURCE_DOMAINS, "corp.example.internal", "corp.example.internal",
     "from the VPC's DHCP options", "", NULL, true},
    {HW_SOURCE_NETWORKS, "10.20.0.0/24", "10.20.0.0/24", "this machine's network", "", NULL, true},
    {HW_SOURCE_KEY_PAIRS, "hpc-admin", "hpc-admin", "RSA", "", NULL, true},
    {HW_SOURCE_KEY_PAIRS, "laptop", "laptop", "ed25519", "", "Windows takes RSA keys only", false},
    {HW_SOURCE_IMAGES_SQL,
     "ssm:/aws/service/ami-windows-latest/Windows_Server-2022-English-Full-SQL_2022_Standard",
     "Windows Server 2022, SQL Server 2022 Standard", "AWS, newest", "", NULL, true},
    {HW_SOURCE_IMAGES_WINDOWS,
     "ssm:/aws/service/ami-windows-latest/Windows_Server-2022-English-Full-Base",
     "Windows Server 2022", "AWS, newest", "", NULL, true},
    {HW_SOURCE_IMAGES_WINDOWS, "ami-0123456789abcdef0", "hpc-node-2026-11", "own, 12 Nov 2026", "",
     NULL, false},
    {HW_SOURCE_TYPES_SQL, "r6i.xlarge", "r6i.xlarge", "4 vCPU  32 GiB", "", NULL, true},
    {HW_SOURCE_TYPES_HEAD, "m6i.xlarge", "m6i.xlarge", "4 vCPU  16 GiB", "", NULL, true},
    {HW_SOURCE_TYPES_COMPUTE, "c6i.4xlarge", "c6i.4xlarge", "16 vCPU  32 GiB", "", NULL, true},
    {HW_SOURCE_TYPES_COMPUTE, "c6i.8xlarge", "c6i.8xlarge", "32 vCPU  64 GiB", "", NULL, false},
    {HW_SOURCE_MEDIA, "s3://my-bucket/hpcpack/", "s3://my-bucket/hpcpack/", "HPC Pack 2019", "",
     NULL, true},
    {HW_SOURCE_SECRET_NAMES, "/service-account/username", "/service-account/username", "String", "",
     NULL, false},
    {HW_SOURCE_SECRET_NAMES, "/service-account/password", "/service-account/password",
     "SecureString", "", NULL, false},
};

void fake_choices_add(enum hw_source source, struct hw_choices *list)
{
    for (size_t i = 0; i < HW_COUNT(canned); i++) {
        if (canned[i].source != source)
            continue;
        struct hw_choice *item =
            hw_choices_add(list, canned[i].value, canned[i].label, canned[i].detail);
        hw_replace(&item->group, canned[i].group);
        hw_replace(&item->unfit, canned[i].unfit);
        item->best = canned[i].best;
    }
}

const char *fake_choices_detail(enum hw_source source, const char *value)
{
    for (size_t i = 0; i < HW_COUNT(canned); i++) {
        if (canned[i].source == source && strcmp(canned[i].value, value) == 0)
            return canned[i].detail;
    }
    return NULL;
}
