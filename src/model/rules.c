/* SPDX-License-Identifier: Apache-2.0 */
#include "model/rules.h"

#include "base/text.h"
#include "model/cluster.h"

#define LOWER  "abcdefghijklmnopqrstuvwxyz"
#define UPPER  "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define DIGITS "0123456789"
#define HEX    "0123456789abcdef"

/* value is `prefix` and then between min and max characters of `set`. */
static bool shaped(const char *value, const char *prefix, const char *set, size_t min, size_t max)
{
    size_t skip = strlen(prefix);
    if (!hw_text_starts(value, prefix))
        return false;
    size_t n = strlen(value + skip);
    return n >= min && n <= max && strspn(value + skip, set) == n;
}

static bool letter(char c)
{
    return c && strchr(LOWER UPPER, c);
}

bool hw_rule_name(const struct hw_cluster *cluster HW_UNUSED, const char *value, struct hw_err *err)
{
    size_t n = strlen(value);
    bool ok =
        letter(value[0]) && shaped(value, "", LOWER UPPER DIGITS "-", 1, 12) && value[n - 1] != '-';
    return ok || hw_fail(err, HW_ERR_INPUT,
                         _("'%s' is not a name of 1 to 12 letters, digits and inner hyphens that "
                           "begins with a letter"),
                         value);
}

bool hw_rule_region(const struct hw_cluster *cluster HW_UNUSED, const char *value,
                    struct hw_err *err)
{
    size_t n = strlen(value);
    bool ok = shaped(value, "", LOWER DIGITS "-", 8, 32) && letter(value[0]) &&
              strchr(DIGITS, value[n - 1]) && strchr(value, '-');
    return ok ||
           hw_fail(err, HW_ERR_INPUT, _("'%s' is not an AWS Region, such as eu-central-1"), value);
}

bool hw_rule_vpc(const struct hw_cluster *cluster HW_UNUSED, const char *value, struct hw_err *err)
{
    return shaped(value, "vpc-", HEX, 8, 17) ||
           hw_fail(err, HW_ERR_INPUT, _("'%s' is not a VPC id, such as vpc-0a1b2c3d4e5f67890"),
                   value);
}

bool hw_rule_subnet(const struct hw_cluster *cluster HW_UNUSED, const char *value,
                    struct hw_err *err)
{
    return shaped(value, "subnet-", HEX, 8, 17) ||
           hw_fail(err, HW_ERR_INPUT,
                   _("'%s' is not a subnet id, such as subnet-0a1b2c3d4e5f67890"), value);
}

bool hw_rule_hosted_zone(const struct hw_cluster *cluster HW_UNUSED, const char *value,
                         struct hw_err *err)
{
    return shaped(value, "Z", UPPER DIGITS, 1, 31) ||
           hw_fail(err, HW_ERR_INPUT,
                   _("'%s' is not a hosted zone id, such as Z0123456789ABCDEFGHIJ"), value);
}

static bool domain_label(const char *label, size_t n)
{
    return n >= 1 && n <= 63 && strspn(label, LOWER UPPER DIGITS "-") >= n && label[0] != '-' &&
           label[n - 1] != '-';
}

bool hw_rule_domain(const struct hw_cluster *cluster HW_UNUSED, const char *value,
                    struct hw_err *err)
{
    size_t labels = 0;
    bool ok = strlen(value) <= 255;
    for (const char *p = value; ok; labels++) {
        size_t n = strcspn(p, ".");
        ok = domain_label(p, n);
        if (!p[n])
            break;
        p += n + 1;
    }
    return (ok && labels >= 1) ||
           hw_fail(err, HW_ERR_INPUT,
                   _("'%s' is not a full domain name, such as corp.example.internal"), value);
}

bool hw_rule_netbios(const struct hw_cluster *cluster HW_UNUSED, const char *value,
                     struct hw_err *err)
{
    return shaped(value, "", LOWER UPPER DIGITS "-_", 1, 15) ||
           hw_fail(err, HW_ERR_INPUT,
                   _("'%s' is not a NetBIOS domain name of 1 to 15 letters, digits and hyphens"),
                   value);
}

bool hw_rule_ou(const struct hw_cluster *cluster HW_UNUSED, const char *value, struct hw_err *err)
{
    return hw_text_starts(value, "OU=") || hw_text_starts(value, "CN=") ||
           hw_fail(err, HW_ERR_INPUT,
                   _("'%s' is not a distinguished name, such as OU=HPC,DC=corp,DC=example"), value);
}

static bool bucket_name(const char *name, size_t n)
{
    return n >= 3 && n <= 63 && strspn(name, LOWER DIGITS ".-") >= n && name[0] != '.' &&
           name[0] != '-' && name[n - 1] != '.' && name[n - 1] != '-';
}

bool hw_rule_bucket(const struct hw_cluster *cluster HW_UNUSED, const char *value,
                    struct hw_err *err)
{
    return bucket_name(value, strlen(value)) ||
           hw_fail(err, HW_ERR_INPUT,
                   _("'%s' is not a bucket name of 3 to 63 lower-case letters, digits, dots and "
                     "hyphens"),
                   value);
}

bool hw_rule_media(const struct hw_cluster *cluster HW_UNUSED, const char *value,
                   struct hw_err *err)
{
    bool ok = hw_text_starts(value, "s3://");
    if (ok) {
        const char *bucket = value + 5;
        size_t n = strcspn(bucket, "/");
        ok = bucket_name(bucket, n) && !strpbrk(bucket, "'\"`$*? ");
    }
    return ok || hw_fail(err, HW_ERR_INPUT,
                         _("'%s' is not a folder in S3, such as s3://my-bucket/hpcpack/"), value);
}

bool hw_rule_account(const struct hw_cluster *cluster HW_UNUSED, const char *value,
                     struct hw_err *err)
{
    const char *slash = strchr(value, '\\');
    bool ok = slash && slash > value && slash[1] && !strchr(slash + 1, '\\') &&
              !strpbrk(value, "\"/[]:;|=,+*?<>");
    return ok || hw_fail(err, HW_ERR_INPUT,
                         _("'%s' is not a domain account, such as CORP\\hpcadmins"), value);
}

/* Systems Manager user guide, "Requirements and constraints for parameter names". */
bool hw_rule_secret_name(const struct hw_cluster *cluster HW_UNUSED, const char *value,
                         struct hw_err *err)
{
    if (!shaped(value, "/", LOWER UPPER DIGITS "_.-/", 1, 1010))
        return hw_fail(err, HW_ERR_INPUT,
                       _("'%s' is not the name of a parameter: it begins with / and has letters, "
                         "digits, and . - _ / only"),
                       value);
    if (value[strlen(value) - 1] == '/' || strstr(value, "//"))
        return hw_fail(err, HW_ERR_INPUT, _("'%s' has an empty part between slashes"), value);
    if (hw_text_starts(value, "/aws") || hw_text_starts(value, "/ssm"))
        return hw_fail(err, HW_ERR_INPUT, _("'%s' begins with a prefix that AWS keeps for itself"),
                       value);
    return true;
}

bool hw_rule_image(const struct hw_cluster *cluster HW_UNUSED, const char *value,
                   struct hw_err *err)
{
    bool ok = shaped(value, "ami-", HEX, 8, 17) ||
              shaped(value, "ssm:/", LOWER UPPER DIGITS "_.-/", 1, 1010);
    return ok || hw_fail(err, HW_ERR_INPUT,
                         _("'%s' is not an image: ami-... or ssm:/aws/service/..."), value);
}

bool hw_rule_instance_type(const struct hw_cluster *cluster HW_UNUSED, const char *value,
                           struct hw_err *err)
{
    const char *dot = strchr(value, '.');
    bool ok = dot && dot > value && dot[1] && shaped(value, "", LOWER DIGITS ".-", 4, 32);
    return ok ||
           hw_fail(err, HW_ERR_INPUT, _("'%s' is not an instance type, such as m6i.xlarge"), value);
}

bool hw_rule_amount(const struct hw_cluster *cluster HW_UNUSED, const char *value,
                    struct hw_err *err)
{
    size_t whole = strspn(value, DIGITS), n = strlen(value);
    bool ok = whole >= 1 && whole <= 9 &&
              (value[whole] == '\0' ||
               (value[whole] == '.' && shaped(value + whole + 1, "", DIGITS, 1, 4)));
    return (ok && n <= 16) ||
           hw_fail(err, HW_ERR_INPUT, _("'%s' is not an amount, such as 3.50"), value);
}

bool hw_rule_tag(const struct hw_cluster *cluster HW_UNUSED, const char *value, struct hw_err *err)
{
    const char *equals = strchr(value, '=');
    bool ok = equals && equals > value && equals - value <= 128 && strlen(equals + 1) <= 256;
    if (!ok)
        return hw_fail(err, HW_ERR_INPUT,
                       _("'%s' is not a tag: Key=Value, a key of at most 128 "
                         "characters and a value of at most 256"),
                       value);
    if (strncasecmp(value, "aws:", 4) == 0 || hw_text_starts(value, "hpcwiz:"))
        return hw_fail(err, HW_ERR_INPUT, _("'%s' begins with a reserved prefix"), value);
    return true;
}

bool hw_rule_plain_text(const struct hw_cluster *cluster HW_UNUSED, const char *value,
                        struct hw_err *err)
{
    bool ok = *value && strlen(value) <= 64 && !strpbrk(value, "\"'`$\\/;=,<>");
    return ok ||
           hw_fail(err, HW_ERR_INPUT,
                   _("'%s' must be 1 to 64 characters without quotes, slashes, $ ; = or ,"), value);
}
