/* SPDX-License-Identifier: Apache-2.0 */
#include "aws/endpoint.h"

#include <curl/curl.h>

#include "base/text.h"

static const struct hw_aws_service_info services[HW_AWS_SERVICE_COUNT] = {
    [HW_AWS_STS] = {"sts", "sts", "STS", "2011-06-15", NULL, HW_AWS_QUERY, false},
    [HW_AWS_EC2] = {"ec2", "ec2", "EC2", "2016-11-15", NULL, HW_AWS_EC2_QUERY, false},
    [HW_AWS_AUTOSCALING] = {"autoscaling", "autoscaling", "AUTO_SCALING", "2011-01-01", NULL,
                            HW_AWS_QUERY, false},
    [HW_AWS_CLOUDFORMATION] = {"cloudformation", "cloudformation", "CLOUDFORMATION", "2010-05-15",
                               NULL, HW_AWS_QUERY, false},
    [HW_AWS_IAM] = {"iam", "iam", "IAM", "2010-05-08", NULL, HW_AWS_QUERY, true},
    [HW_AWS_ROUTE53] = {"route53", "route53", "ROUTE_53", NULL, NULL, HW_AWS_REST_XML, true},
    [HW_AWS_SSM] = {"ssm", "ssm", "SSM", NULL, "AmazonSSM", HW_AWS_JSON, false},
    [HW_AWS_S3] = {"s3", "s3", "S3", NULL, NULL, HW_AWS_REST_XML, false},
    [HW_AWS_SERVICE_QUOTAS] = {"servicequotas", "servicequotas", "SERVICE_QUOTAS", NULL,
                               "ServiceQuotasV20190624", HW_AWS_JSON, false},
    [HW_AWS_PRICING] = {"pricing", "pricing", "PRICING", NULL, "AWSPriceListService", HW_AWS_JSON,
                        false},
    [HW_AWS_DS] = {"ds", "ds", "DIRECTORY_SERVICE", NULL, "DirectoryService_20150416", HW_AWS_JSON,
                   false},
};

struct partition {
    const char *region_prefix; /* of its region names */
    const char *suffix;
    const char *global_region;           /* what global services are signed for */
    const char *iam_host, *route53_host; /* without the suffix */
};

/* The last row takes every other name. Sources: partitions.json and the endpoint rule sets of
 * the AWS SDKs. */
static const struct partition partitions[] = {
    {"cn-", "amazonaws.com.cn", "cn-north-1", "iam.cn-north-1", "route53"},
    {"us-gov-", "amazonaws.com", "us-gov-west-1", "iam.us-gov", "route53.us-gov"},
    {"", "amazonaws.com", "us-east-1", "iam", "route53"},
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

static const char *env(const char *name)
{
    const char *value = getenv(name);
    return value && *value ? value : NULL;
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
    const char *ignore = env("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS");
    if (ignore && hw_text_equal_nocase(ignore, "true"))
        return NULL;
    hw_auto_text name = hw_format("AWS_ENDPOINT_URL_%s", info->env);
    const char *url = env(name);
    *ret_where = "AWS_ENDPOINT_URL";
    if (!url)
        url = env("AWS_ENDPOINT_URL");
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

static char *default_host(enum hw_aws_service service, const char *region,
                          const struct partition *partition)
{
    if (service == HW_AWS_IAM)
        return hw_format("%s.%s", partition->iam_host, partition->suffix);
    if (service == HW_AWS_ROUTE53)
        return hw_format("%s.%s", partition->route53_host, partition->suffix);
    if (service == HW_AWS_PRICING)
        return hw_format("api.pricing.%s.%s", region, partition->suffix);
    return hw_format("%s.%s.%s", services[service].id, region, partition->suffix);
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
    if (url) {
        if (!split_url(url, where, &endpoint, err))
            return false;
    } else {
        endpoint.host = default_host(service, region, partition);
        endpoint.url = hw_format("https://%s", endpoint.host);
        endpoint.prefix = hw_strdup("");
    }
    endpoint.sign_region = hw_strdup(info->global ? partition->global_region : region);
    if (service == HW_AWS_ROUTE53 && hw_text_starts(region, "cn-"))
        hw_replace(&endpoint.sign_region, "cn-northwest-1");
    *ret = endpoint;
    return true;
}
