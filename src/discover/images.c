/* SPDX-License-Identifier: Apache-2.0 */
/* Windows images: Amazon's newest by the names of their public SSM parameters, the account's own
 * images, and Amazon's by id. */
#include "discover/load.h"

/* "Query for the latest Windows AMI using Systems Manager Parameter Store" (AWS Compute Blog).
 * The parameters exist in every region and always name the newest image. */
#define SSM_PREFIX "ssm:/aws/service/ami-windows-latest/"

struct standard_image {
    const char *name; /* of the parameter; "<name>-YYYY.MM.DD" is the image's own */
    const char *label;
    bool sql;
    bool best;
};

static const struct standard_image standard_images[] = {
    {"Windows_Server-2022-English-Full-SQL_2019_Standard",
     N_("Windows Server 2022, SQL Server 2019 Standard"), true, false},
    {"Windows_Server-2022-English-Full-SQL_2022_Standard",
     N_("Windows Server 2022, SQL Server 2022 Standard"), true, true},
    {"Windows_Server-2019-English-Full-SQL_2019_Standard",
     N_("Windows Server 2019, SQL Server 2019 Standard"), true, false},
    {"Windows_Server-2022-English-Full-SQL_2022_Enterprise",
     N_("Windows Server 2022, SQL Server 2022 Enterprise"), true, false},
    {"Windows_Server-2022-English-Full-Base", N_("Windows Server 2022"), false, true},
    {"Windows_Server-2019-English-Full-Base", N_("Windows Server 2019"), false, false},
};

static void begin_images(struct hw_load *load, const struct hw_cluster *cluster HW_UNUSED)
{
    for (size_t i = 0; i < HW_COUNT(standard_images); i++) {
        const struct standard_image *image = &standard_images[i];
        hw_auto_text value = hw_format("%s%s", SSM_PREFIX, image->name);
        struct hw_choice *choice =
            hw_offer(load, image->sql ? HW_SOURCE_IMAGES_SQL : HW_SOURCE_IMAGES_WINDOWS, value,
                     _(image->label), _("Amazon's newest"));
        choice->best = image->best;
    }
}

static struct hw_aws_request *ask_images(const char *owner)
{
    struct hw_aws_request *request = hw_aws_request_new(HW_AWS_EC2, "DescribeImages");
    hw_aws_param(request, "Owner.1", owner);
    hw_aws_param(request, "Filter.1.Name", "platform");
    hw_aws_param(request, "Filter.1.Value.1", "windows");
    hw_aws_param(request, "Filter.2.Name", "state");
    hw_aws_param(request, "Filter.2.Value.1", "available");
    hw_aws_param(request, "Filter.3.Name", "architecture");
    hw_aws_param(request, "Filter.3.Value.1", "x86_64");
    return request;
}

static struct hw_aws_request *ask_own_images(struct hw_load *load HW_UNUSED)
{
    struct hw_aws_request *request = ask_images("self");
    hw_aws_param(request, "MaxResults", "1000");
    return request;
}

static struct hw_aws_request *ask_amazon_images(struct hw_load *load HW_UNUSED)
{
    struct hw_aws_request *request = ask_images("amazon");
    hw_aws_param(request, "Filter.4.Name", "name");
    for (size_t i = 0; i < HW_COUNT(standard_images); i++) {
        hw_auto_text pattern = hw_format("%s-*", standard_images[i].name);
        hw_aws_paramf(request, pattern, "Filter.4.Value.%zu", i + 1);
    }
    hw_aws_param(request, "MaxResults", "1000");
    return request;
}

/* Licence codes of images with SQL Server Web, Standard and Enterprise (EC2 user guide, "AMI
 * billing information fields"); an image with a licence of one's own shows by its name. */
static bool holds_sql(const struct hw_xml *item, const char *name)
{
    static const char *const codes[] = {"RunInstances:0006", "RunInstances:0102",
                                        "RunInstances:0202"};
    hw_auto_text code = hw_xml_text(item, "usageOperation");
    for (size_t i = 0; i < HW_COUNT(codes); i++) {
        if (strcmp(code, codes[i]) == 0)
            return true;
    }
    return strcasestr(name, "sql") != NULL;
}

static void offer_image(struct hw_load *load, const struct hw_xml *item, const char *owner)
{
    hw_auto_text id = hw_xml_text(item, "imageId");
    hw_auto_text name = hw_xml_text(item, "name");
    hw_auto_text created = hw_xml_text(item, "creationDate");
    hw_auto_text detail = hw_format("%s  %.10s  %s", id, created, owner);
    enum hw_source source = holds_sql(item, name) ? HW_SOURCE_IMAGES_SQL : HW_SOURCE_IMAGES_WINDOWS;
    hw_offer(load, source, id, *name ? name : id, detail);
}

static void offer_images(struct hw_load *load, const struct hw_aws_reply *reply, const char *owner)
{
    const struct hw_xml *set = hw_xml_child(reply->xml, "imagesSet");
    for (struct hw_xml *item = set ? hw_xml_first(set, "item") : NULL; item;
         item = hw_xml_next(item))
        offer_image(load, item, owner);
}

static void read_own_images(struct hw_load *load, const struct hw_aws_reply *reply)
{
    offer_images(load, reply, _("own image"));
}

static void read_amazon_images(struct hw_load *load, const struct hw_aws_reply *reply)
{
    offer_images(load, reply, _("Amazon"));
}

static const struct hw_query amazon_query = {.build = ask_amazon_images,
                                             .read = read_amazon_images,
                                             .token_in = "NextToken",
                                             .token_out = "nextToken"};
const struct hw_data_rule hw_data_images = {
    .key = hw_key_region,
    .begin = begin_images,
    .query = &(const struct hw_query){.build = ask_own_images,
                                      .read = read_own_images,
                                      .token_in = "NextToken",
                                      .token_out = "nextToken",
                                      .then = &amazon_query},
    .sources = {HW_SOURCE_IMAGES_SQL, HW_SOURCE_IMAGES_WINDOWS},
};
