/* SPDX-License-Identifier: Apache-2.0 */
#include "aws/endpoint.h"

#include <curl/curl.h>

#include "base/text.h"

static const struct hw_aws_service_info services[HW_AWS_SERVICE_COUNT] = {
    [HW_AWS_STS] = {"sts", "sts", "STS", "2011-06-15", NULL, HW_AWS_QUERY, false, false},
    [HW_AWS_EC2] = {"ec2", "ec2", "EC2", "2016-11-15", NULL, HW_AWS_EC2_QUERY, false, false},
    [HW_AWS_AUTOSCALING] = {"autoscaling", "autoscaling", "AUTO_SCALING", "2011-01-01", NULL,
                            HW_AWS_QUERY, false, false},
    [HW_AWS_CLOUDFORMATION] = {"cloudformation", "cloudformation", "CLOUDFORMATION", "2010-05-15",
                               NULL, HW_AWS_QUERY, false, false},
    [HW_AWS_IAM] = {"iam", "iam", "IAM", "2010-05-08", NULL, HW_AWS_QUERY, true, false},
    [HW_AWS_ROUTE53] = {"route53", "route53", "ROUTE_53", NULL, NULL, HW_AWS_REST_XML, true, false},
    [HW_AWS_SSM] = {"ssm", "ssm", "SSM", NULL, "AmazonSSM", HW_AWS_JSON, false, false},
    [HW_AWS_S3] = {"s3", "s3", "S3", NULL, NULL, HW_AWS_REST_XML, false, false},
    [HW_AWS_SERVICE_QUOTAS] = {"servicequotas", "servicequotas", "SERVICE_QUOTAS", NULL,
                               "ServiceQuotasV20190624", HW_AWS_JSON, false, false},
    [HW_AWS_SSO] = {"portal.sso", "awsssoportal", "SSO", NULL, NULL, HW_AWS_REST_JSON, false,
                    false},
    [HW_AWS_SSO_OIDC] = {"oidc", "sso-oauth", "SSO_OIDC", NULL, NULL, HW_AWS_REST_JSON, false,
                         false},
    [HW_AWS_PRICING] = {"pricing", "pricing", "PRICING", NULL, "AWSPriceListService", HW_AWS_JSON,
                        false, true},
    [HW_AWS_DS] = {"ds", "ds", "DIRECTORY_SERVICE", NULL, "DirectoryService_20150416", HW_AWS_JSON,
                   false, true},
    [HW_AWS_KMS] = {"kms", "kms", "KMS", NULL, "TrentService", HW_AWS_JSON, false, true},
    [HW_AWS_LOGS] = {"logs", "logs", "CLOUDWATCH_LOGS", NULL, "Logs_20140328", HW_AWS_JSON, false,
                     false},
};

/* Where a global service answers: what stands between its name and the suffix, on usual and on
 * dual-stack hosts, and the region that it wants to be signed for. */
struct global_host {
    const char *plain, *dual, *region;
};

struct partition {
    const char *region_prefix; /* of its region names */
    const char *suffix, *dual_suffix;
    struct global_host iam, route53;
    bool plain_is_fips; /* the usual hosts are FIPS endpoints already */
    bool no_fips;
};

/* The last row takes every other name. Sources: partitions.json and the endpoint rule sets of
 * the AWS SDKs. */
static const struct partition partitions[] = {
    {.region_prefix = "cn-",
     .suffix = "amazonaws.com.cn",
     .dual_suffix = "api.amazonwebservices.com.cn",
     .iam = {".cn-north-1", ".global", "cn-north-1"},
     .route53 = {"", ".global", "cn-northwest-1"},
     .no_fips = true},
    {.region_prefix = "us-gov-",
     .suffix = "amazonaws.com",
     .dual_suffix = "api.aws",
     .iam = {".us-gov", ".us-gov", "us-gov-west-1"},
     .route53 = {".us-gov", ".us-gov", "us-gov-west-1"},
     .plain_is_fips = true},
    {.region_prefix = "us-iso-",
     .suffix = "c2s.ic.gov",
     .dual_suffix = "api.aws.ic.gov",
     .iam = {".us-iso-east-1", "", "us-iso-east-1"},
     .route53 = {"", "", "us-iso-east-1"}},
    {.region_prefix = "us-isob-",
     .suffix = "sc2s.sgov.gov",
     .dual_suffix = "api.aws.scloud",
     .iam = {".us-isob-east-1", "", "us-isob-east-1"},
     .route53 = {"", "", "us-isob-east-1"}},
    {.region_prefix = "eusc-",
     .suffix = "amazonaws.eu",
     .dual_suffix = "api.amazonwebservices.eu",
     .iam = {".eusc-de-east-1", "", "eusc-de-east-1"},
     .route53 = {"", ".global", "eusc-de-east-1"},
     .no_fips = true},
    {.region_prefix = "",
     .suffix = "amazonaws.com",
     .dual_suffix = "api.aws",
     .iam = {"", ".global", "us-east-1"},
     .route53 = {"", ".global", "us-east-1"}},
};

const struct hw_aws_service_info *hw_aws_service_info(enum hw_aws_service service)
{
    return &services[service];
}

void hw_endpoint_done(struct hw_endpoint *endpoint)
{
    free(endpoint->url);
    free(endpoint->host);
    free(endpoint->prefix);
    free(endpoint->sign_region);
    *endpoint = (struct hw_endpoint){0};
}

static const struct partition *partition_of(const char *region)
{
    size_t i = 0;
    while (!hw_text_starts(region, partitions[i].region_prefix))
        i++;
    return &partitions[i];
}

/* It becomes part of a host name, so nothing else may pass. */
static bool region_ok(const char *region)
{
    size_t n = strspn(region, "abcdefghijklmnopqrstuvwxyz0123456789-");
    return n > 0 && n < 40 && region[n] == '\0' && region[0] != '-' && region[n - 1] != '-';
}

static bool check_region(const char *region, bool needed, struct hw_err *err)
{
    if (!*region) {
        if (!needed)
            return true;
        hw_fail(err, HW_ERR_INPUT, _("no AWS region is set"));
        return hw_err_next(err, _("Choose one with --region, AWS_REGION or `region` in the "
                                  "profile."));
    }
    if (region_ok(region))
        return true;
    hw_fail(err, HW_ERR_INPUT, _("'%s' is not the name of an AWS region"), region);
    return hw_err_next(err, _("A region looks like eu-central-1."));
}

static const char *from_services(const struct hw_aws_profile *profile, const char *id)
{
    for (size_t i = 0; i < profile->service_ids.count; i++) {
        if (hw_text_equal_nocase(profile->service_ids.items[i], id))
            return profile->service_urls.items[i];
    }
    return NULL;
}

/* The URL that somebody configured, or NULL; *ret_where says who. */
static const char *configured(const struct hw_aws_service_info *info, const char *option,
                              const struct hw_aws_profile *profile, const char **ret_where)
{
    *ret_where = "--endpoint-url";
    if (option && *option)
        return option;
    if (profile->ignore_endpoints)
        return NULL;
    hw_auto_text name = hw_format("AWS_ENDPOINT_URL_%s", info->env);
    const char *url = hw_aws_env(name);
    *ret_where = "AWS_ENDPOINT_URL";
    if (!url)
        url = hw_aws_env("AWS_ENDPOINT_URL");
    if (url)
        return url;
    *ret_where = profile->config_path;
    url = from_services(profile, info->env);
    if (!url && profile->endpoint_url[0])
        url = profile->endpoint_url;
    return url;
}

static bool is_loopback(const char *host)
{
    return strcmp(host, "localhost") == 0 || strcmp(host, "[::1]") == 0 ||
           hw_text_starts(host, "127.");
}

static bool bad_url(const char *url, const char *where, struct hw_err *err)
{
    hw_fail(err, HW_ERR_INPUT, _("'%s' is not a URL that can be used as an endpoint"), url);
    hw_err_at(err, where, 0, 0);
    return hw_err_next(err, _("It should look like https://host or http://127.0.0.1:5700."));
}

static bool url_parts(CURLU *parts, char **scheme, char **host, char **port, char **path)
{
    curl_url_get(parts, CURLUPART_PORT, port, 0); /* may be absent */
    return !curl_url_get(parts, CURLUPART_SCHEME, scheme, 0) &&
           !curl_url_get(parts, CURLUPART_HOST, host, 0) &&
           !curl_url_get(parts, CURLUPART_PATH, path, 0);
}

static void fill_from_parts(const char *scheme, const char *host, const char *port,
                            const char *path, struct hw_endpoint *ret)
{
    size_t length = strlen(path);
    while (length && path[length - 1] == '/')
        length--;
    ret->plain = strcmp(scheme, "http") == 0;
    ret->loopback = is_loopback(host);
    ret->host = hw_format("%s%s%s", host, port ? ":" : "", port ? port : "");
    ret->prefix = hw_strndup(path, length);
    ret->url = hw_format("%s://%s", scheme, ret->host);
}

static bool split_url(const char *url, const char *where, struct hw_endpoint *ret,
                      struct hw_err *err)
{
    char *scheme = NULL, *host = NULL, *port = NULL, *path = NULL;
    CURLU *parts = curl_url();
    bool ok = parts && !curl_url_set(parts, CURLUPART_URL, url, 0) &&
              url_parts(parts, &scheme, &host, &port, &path) &&
              (strcmp(scheme, "http") == 0 || strcmp(scheme, "https") == 0);
    if (ok)
        fill_from_parts(scheme, host, port, path, ret);
    else
        bad_url(url, where, err);
    curl_free(scheme);
    curl_free(host);
    curl_free(port);
    curl_free(path);
    curl_url_cleanup(parts);
    return ok;
}

static const struct global_host *global_host(enum hw_aws_service service,
                                             const struct partition *partition)
{
    return service == HW_AWS_ROUTE53 ? &partition->route53 : &partition->iam;
}

static char *default_host(enum hw_aws_service service, const char *region,
                          const struct partition *partition, bool fips, bool dual)
{
    const char *id = service == HW_AWS_PRICING ? "api.pricing" : services[service].id;
    const char *suffix = dual ? partition->dual_suffix : partition->suffix;
    if (service == HW_AWS_S3)
        return hw_format("s3%s%s.%s.%s", fips ? "-fips" : "", dual ? ".dualstack" : "", region,
                         partition->suffix);
    if (services[service].global) {
        const struct global_host *host = global_host(service, partition);
        return hw_format("%s%s%s.%s", id, fips && !partition->plain_is_fips ? "-fips" : "",
                         dual ? host->dual : host->plain, suffix);
    }
    bool usual = partition->plain_is_fips && !services[service].own_fips;
    bool marked = fips && (dual || !usual);
    return hw_format("%s%s.%s.%s", id, marked ? "-fips" : "", region, suffix);
}

static bool check_fips(const struct partition *partition, bool fips, const char *region,
                       struct hw_err *err)
{
    if (!fips || !partition->no_fips)
        return true;
    hw_fail(err, HW_ERR_INPUT, _("there are no FIPS endpoints in region %s"), region);
    return hw_err_next(err, _("Unset AWS_USE_FIPS_ENDPOINT and use_fips_endpoint."));
}

static bool use_default(enum hw_aws_service service, const char *region,
                        const struct partition *partition, const struct hw_aws_profile *profile,
                        struct hw_endpoint *ret, struct hw_err *err)
{
    if (!check_fips(partition, profile->fips, region, err))
        return false;
    ret->host = default_host(service, region, partition, profile->fips, profile->dual_stack);
    ret->url = hw_format("https://%s", ret->host);
    ret->prefix = hw_strdup("");
    return true;
}

bool hw_endpoint_find(enum hw_aws_service service, const char *region, const char *option,
                      const struct hw_aws_profile *profile, struct hw_endpoint *ret,
                      struct hw_err *err)
{
    const struct hw_aws_service_info *info = &services[service];
    const struct partition *partition = partition_of(region);
    const char *where;
    const char *url = configured(info, option, profile, &where);
    struct hw_endpoint endpoint = {0};
    if (!check_region(region, !info->global, err))
        return false;
    bool ok = url ? split_url(url, where, &endpoint, err)
                  : use_default(service, region, partition, profile, &endpoint, err);
    if (!ok)
        return false;
    endpoint.sign_region =
        hw_strdup(info->global ? global_host(service, partition)->region : region);
    *ret = endpoint;
    return true;
}

bool hw_region_is_opt_in(const char *region)
{
    static const char *const regions[] = {
        "af-south-1",     "ap-east-1",      "ap-east-2",      "ap-south-2",     "ap-southeast-3",
        "ap-southeast-4", "ap-southeast-5", "ap-southeast-6", "ap-southeast-7", "ca-west-1",
        "eu-central-2",   "eu-south-1",     "eu-south-2",     "il-central-1",   "me-central-1",
        "me-south-1",     "mx-central-1"};
    for (size_t i = 0; i < HW_COUNT(regions); i++) {
        if (strcmp(region, regions[i]) == 0)
            return true;
    }
    return false;
}
