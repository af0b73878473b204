/* SPDX-License-Identifier: Apache-2.0 */
/* What is chosen by its name: Regions, key pairs, SSM parameters, media in buckets. */
#include "discover/build.h"

/* ---- Regions ---------------------------------------------------------------------------- */

static void offer_region(struct hw_build *build, const struct hw_row *row)
{
    const char *name = row->cell[HW_REGION_NAME];
    bool ours = strcmp(name, hw_aws_region(build->discover->aws)) == 0;
    struct hw_choice *choice = hw_offer(build, name, name, ours ? _("of this profile") : "");
    if (choice)
        choice->best = ours;
    if (strcmp(row->cell[HW_REGION_OPT_IN], "not-opted-in") == 0)
        hw_offer_unfit(choice, _("not enabled for this account"));
}

const struct hw_source_rule hw_regions_rule = {
    .source = HW_SOURCE_REGIONS,
    .parts = (const struct hw_part[]){{.set = HW_DATA_REGIONS, .offer = offer_region}},
    .part_count = 1,
    .order = hw_order_fit,
};

/* ---- Key pairs -------------------------------------------------------------------------- */

static void offer_key_pair(struct hw_build *build, const struct hw_row *row)
{
    const char *name = row->cell[HW_KEY_NAME], *type = row->cell[HW_KEY_TYPE];
    hw_auto_text detail = hw_format("%s  %s", type, row->cell[HW_KEY_ID]);
    struct hw_choice *choice = hw_offer(build, name, name, detail);
    if (strcmp(type, "ed25519") == 0)
        hw_offer_unfit(choice, _("Ed25519: Windows passwords need an RSA key"));
}

static void rank_key_pairs(struct hw_build *build)
{
    struct hw_choices *choices = &build->choices;
    for (size_t i = 0; i < choices->count; i++)
        choices->items[i].best = i == 0 && !choices->items[i].unfit;
}

const struct hw_source_rule hw_key_pairs_rule = {
    .source = HW_SOURCE_KEY_PAIRS,
    .parts = (const struct hw_part[]){{.set = HW_DATA_KEY_PAIRS, .offer = offer_key_pair}},
    .part_count = 1,
    .rank = rank_key_pairs,
    .order = hw_order_fit,
};

/* ---- Names of SSM parameters ------------------------------------------------------------ */

static void offer_secret_name(struct hw_build *build, const struct hw_row *row)
{
    const char *name = row->cell[HW_SECRET_NAME], *type = row->cell[HW_SECRET_TYPE];
    struct hw_choice *choice = hw_offer(build, name, name, type);
    if (strcmp(type, "StringList") == 0)
        hw_offer_unfit(choice, _("a list, not one value"));
}

const struct hw_source_rule hw_secret_names_rule = {
    .source = HW_SOURCE_SECRET_NAMES,
    .parts = (const struct hw_part[]){{.set = HW_DATA_SECRET_NAMES, .offer = offer_secret_name}},
    .part_count = 1,
    .order = hw_order_fit,
};

/* ---- Install media ---------------------------------------------------------------------- */

#define FOLDER      "/hpcpack/"
#define LOOKED_AT   4u /* so many buckets are looked into before one is chosen */
#define BYTES_A_MIB (1024.0 * 1024.0)

static bool key_media(const struct hw_discover *discover HW_UNUSED,
                      const struct hw_cluster *cluster, struct hw_buf *out)
{
    return hw_buf_print(out, " %s", hw_cluster_get(cluster, "hpc_pack.media"));
}

/* Only what can be asked for: a bucket's name and a folder that ends with a slash. */
static bool is_folder(const char *url)
{
    return hw_text_starts(url, "s3://") && strcspn(url + 5, "/") >= 3 && hw_text_ends(url, "/");
}

/* What the cluster file names is a choice too: then it is said whether it is there. */
static void begin_media(struct hw_build *build, const struct hw_cluster *cluster)
{
    const char *media = hw_cluster_get(cluster, "hpc_pack.media");
    if (!*media)
        return;
    hw_replace(&build->answer, media);
    hw_offer(build, media, media, "");
}

static void offer_bucket(struct hw_build *build, const struct hw_row *row)
{
    hw_auto_text value = hw_format("s3://%s%s", row->cell[HW_BUCKET_NAME], FOLDER);
    if (*row->cell[HW_BUCKET_NAME] && !hw_choices_find(&build->choices, value))
        hw_offer(build, value, value, _("folder in a bucket of this account"));
}

static bool named_for_it(const struct hw_choice *choice)
{
    const char *bucket = choice->value + strlen("s3://");
    const char *found = strstr(bucket, "hpc"); /* the folder has it in any case */
    return found && found < strchr(bucket, '/');
}

/* The first thousand objects say enough. */
static bool is_seen(const struct hw_load *load)
{
    return load && (load->pages || hw_load_over(load));
}

static bool look_into(struct hw_build *build, const struct hw_choice *choice, bool *all)
{
    if (!is_folder(choice->value))
        return false;
    *all = is_seen(hw_load_want(build->discover, HW_DATA_MEDIA, choice->value, false)) && *all;
    return true;
}

/* The folder of the answer, of the buckets that are named for it, and of a few others. */
static bool look_at_media(struct hw_build *build)
{
    size_t looked = 0;
    bool all = true;
    for (int named = 1; named >= 0; named--) {
        for (size_t i = 0; i < build->choices.count && looked < LOOKED_AT; i++) {
            const struct hw_choice *choice = &build->choices.items[i];
            bool first = named_for_it(choice) ||
                         (build->answer && strcmp(build->answer, choice->value) == 0);
            if (first == (bool)named)
                looked += look_into(build, choice, &all);
        }
    }
    return all;
}

static void sum_up(const struct hw_load *load, size_t *ret_files, double *ret_mib)
{
    *ret_files = 0;
    *ret_mib = 0;
    for (size_t i = 0; i < load->table.count; i++) {
        long size = hw_row_number(&load->table.rows[i], HW_OBJECT_SIZE);
        *ret_files += size > 0; /* a folder that was made by hand is an empty object */
        *ret_mib += (double)size / BYTES_A_MIB;
    }
}

static const struct hw_load *media_of(const struct hw_build *build, const struct hw_choice *choice)
{
    return hw_load_find(build->discover, HW_DATA_MEDIA, choice->value);
}

static void revise_media(struct hw_build *build, struct hw_choice *choice)
{
    const struct hw_load *load = media_of(build, choice);
    size_t files;
    double mib;
    if (!is_seen(load))
        return;
    hw_auto_text detail = NULL;
    if (load->state == HW_LOAD_FAILED) {
        detail = hw_format(_("cannot be looked into: %s"), load->err.what);
    } else {
        sum_up(load, &files, &mib);
        const char *more = load->state == HW_LOAD_READY ? "" : "> ";
        detail = files ? hw_format(P_("%s%zu file, %.1f MiB", "%s%zu files, %.1f MiB", files), more,
                                   files, mib)
                       : hw_strdup(_("nothing is in it yet"));
    }
    hw_offer_detail(choice, detail);
}

/* One that holds something, else one that is named for it. */
static void rank_media(struct hw_build *build)
{
    struct hw_choice *best = NULL;
    bool best_full = false;
    for (size_t i = 0; i < build->choices.count; i++) {
        struct hw_choice *choice = &build->choices.items[i];
        const struct hw_load *load = media_of(build, choice);
        bool full = load && load->table.count;
        choice->best = false;
        if ((full && !best_full) || (!best && named_for_it(choice))) {
            best = choice;
            best_full = full;
        }
    }
    if (best)
        best->best = true;
}

const struct hw_source_rule hw_media_rule = {
    .source = HW_SOURCE_MEDIA,
    .key = key_media,
    .begin = begin_media,
    .parts = (const struct hw_part[]){{.set = HW_DATA_BUCKETS, .offer = offer_bucket}},
    .part_count = 1,
    .look = look_at_media,
    .look_set = HW_DATA_MEDIA,
    .rank = rank_media,
    .revise = revise_media,
    .order = hw_order_fit,
};
