/* SPDX-License-Identifier: Apache-2.0 */
/* Windows images: Amazon's newest by the names of their public SSM parameters, the account's own
 * images, and Amazon's by id. */
#include "discover/build.h"

/* "Query for the latest Windows AMI using Systems Manager Parameter Store" (AWS Compute Blog).
 * The parameters always name the newest image; what they name at the moment is shown, and what they
 * name when the stacks are made is pinned (facts.c). */
const struct hw_standard_image hw_standard_images[HW_STANDARD_IMAGES] = {
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

static void begin_images(struct hw_build *build, const struct hw_cluster *cluster HW_UNUSED)
{
    bool sql = build->rule->source == HW_SOURCE_IMAGES_SQL;
    for (size_t i = 0; i < HW_STANDARD_IMAGES; i++) {
        const struct hw_standard_image *image = &hw_standard_images[i];
        if (image->sql != sql)
            continue;
        hw_auto_text value = hw_format("ssm:%s%s", HW_SSM_IMAGES, image->name);
        hw_offer(build, value, _(image->label), _("Amazon's newest"))->best = image->best;
    }
    build->sorted = build->choices.count; /* in our order, before all others */
}

/* Licence codes of images with SQL Server Web, Standard and Enterprise (EC2 user guide, "AMI
 * billing information fields"); an image with a licence of one's own shows by its name. */
static bool holds_sql(const struct hw_row *row)
{
    static const char *const codes[] = {"RunInstances:0006", "RunInstances:0102",
                                        "RunInstances:0202"};
    for (size_t i = 0; i < HW_COUNT(codes); i++) {
        if (strcmp(row->cell[HW_IMAGE_USAGE], codes[i]) == 0)
            return true;
    }
    return strcasestr(row->cell[HW_IMAGE_NAME], "sql") != NULL;
}

static void offer_image(struct hw_build *build, const struct hw_row *row, const char *owner)
{
    const char *id = row->cell[HW_IMAGE_ID], *name = row->cell[HW_IMAGE_NAME];
    if (holds_sql(row) != (build->rule->source == HW_SOURCE_IMAGES_SQL))
        return;
    hw_auto_text detail = hw_format("%.10s  %s  %s", row->cell[HW_IMAGE_CREATED], id, owner);
    hw_offer(build, id, *name ? name : id, detail);
}

static void offer_own(struct hw_build *build, const struct hw_row *row)
{
    offer_image(build, row, _("own image"));
}

static void offer_amazon(struct hw_build *build, const struct hw_row *row)
{
    offer_image(build, row, _("Amazon"));
}

const struct hw_row *hw_image_find(const struct hw_discover *discover, const char *image)
{
    static const enum hw_data_set sets[] = {HW_DATA_OWN_IMAGES, HW_DATA_AMAZON_IMAGES};
    if (hw_text_starts(image, "ssm:")) {
        const struct hw_row *parameter =
            hw_table_find(hw_table_of(discover, HW_DATA_STANDARD_IMAGES), HW_PARAMETER_NAME,
                          image + strlen("ssm:"));
        image = parameter ? parameter->cell[HW_PARAMETER_VALUE] : "";
    }
    for (size_t i = 0; *image && i < HW_COUNT(sets); i++) {
        const struct hw_row *row =
            hw_table_find(hw_table_of(discover, sets[i]), HW_IMAGE_ID, image);
        if (row)
            return row;
    }
    return NULL;
}

/* Which image the parameter names now; one that it does not name in this Region cannot be taken. */
static void revise_image(struct hw_build *build, struct hw_choice *choice)
{
    const struct hw_load *load = hw_load_find(build->discover, HW_DATA_STANDARD_IMAGES, "");
    if (!hw_text_starts(choice->value, "ssm:") || !load || load->state != HW_LOAD_READY)
        return;
    const struct hw_row *parameter =
        hw_table_find(&load->table, HW_PARAMETER_NAME, choice->value + strlen("ssm:"));
    if (!parameter) {
        hw_offer_unfit(choice, _("not in this Region"));
        return;
    }
    const struct hw_row *image = hw_image_find(build->discover, choice->value);
    hw_auto_text detail = hw_format("%.10s  %s  %s", image ? image->cell[HW_IMAGE_CREATED] : "",
                                    parameter->cell[HW_PARAMETER_VALUE], _("Amazon's newest"));
    hw_offer_detail(choice, detail);
}

/* Own images before Amazon's, newest first. */
static int order_images(const void *a, const void *b)
{
    const struct hw_choice *x = a, *y = b;
    bool standard_x = hw_text_starts(x->value, "ssm:"),
         standard_y = hw_text_starts(y->value, "ssm:");
    if (standard_x || standard_y)
        return (int)standard_y - (int)standard_x;
    bool amazon_x = hw_text_ends(x->detail, _("Amazon")),
         amazon_y = hw_text_ends(y->detail, _("Amazon"));
    if (amazon_x != amazon_y)
        return amazon_x ? 1 : -1;
    int order = strcmp(y->detail, x->detail); /* which begins with the day */
    return order ? order : strcmp(x->value, y->value);
}

/* What the parameters hold is looked at by revise_image. */
static void offer_nothing(struct hw_build *build HW_UNUSED, const struct hw_row *row HW_UNUSED)
{
}

#define IMAGE_PARTS                                                                                \
    (const struct hw_part[])                                                                       \
    {                                                                                              \
        {.set = HW_DATA_OWN_IMAGES, .offer = offer_own},                                           \
            {.set = HW_DATA_AMAZON_IMAGES, .offer = offer_amazon, .optional = true},               \
        {                                                                                          \
            .set = HW_DATA_STANDARD_IMAGES, .offer = offer_nothing, .optional = true               \
        }                                                                                          \
    }

const struct hw_source_rule hw_images_sql_rule = {
    .source = HW_SOURCE_IMAGES_SQL,
    .begin = begin_images,
    .parts = IMAGE_PARTS,
    .part_count = 3,
    .revise = revise_image,
    .order = order_images,
};

const struct hw_source_rule hw_images_windows_rule = {
    .source = HW_SOURCE_IMAGES_WINDOWS,
    .begin = begin_images,
    .parts = IMAGE_PARTS,
    .part_count = 3,
    .revise = revise_image,
    .order = order_images,
};
