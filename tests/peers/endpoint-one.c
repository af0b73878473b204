/* SPDX-License-Identifier: Apache-2.0 */
/* Prints host and signing region for each line "service region fips dual" (0 or 1) of standard
 * input; endpoints-botocore.py compares. */
#include <stdio.h>
#include <string.h>

#include "aws/endpoint.h"

static bool find_service(const char *id, enum hw_aws_service *ret)
{
    for (enum hw_aws_service service = 0; service < HW_AWS_SERVICE_COUNT; service++) {
        if (strcmp(hw_aws_service_info(service)->id, id) == 0) {
            *ret = service;
            return true;
        }
    }
    return false;
}

int main(void)
{
    char id[64], region[64];
    int fips, dual;
    while (scanf("%63s %63s %d %d", id, region, &fips, &dual) == 4) {
        struct hw_aws_profile profile = {
            .ignore_endpoints = true, .fips = fips == 1, .dual_stack = dual == 1};
        struct hw_endpoint endpoint = {0};
        struct hw_err err = {0};
        enum hw_aws_service service;
        if (!find_service(id, &service)) {
            puts("unknown");
        } else if (hw_endpoint_find(service, region, NULL, &profile, &endpoint, &err)) {
            printf("%s %s\n", endpoint.host, endpoint.sign_region);
            hw_endpoint_done(&endpoint);
        } else {
            printf("refused: %s\n", err.what);
        }
    }
    return 0;
}
