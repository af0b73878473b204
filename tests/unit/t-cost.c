/* SPDX-License-Identifier: Apache-2.0 */
/* What a cluster costs: figures, price files (wrong ones above all), products of the Price List
 * API, estimates by hand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/file.h"
#include "base/text.h"
#include "cost/cost.h"

#define REGION "eu-central-1"
#define PUBLIC "ssm:/aws/service/ami-windows-latest/Windows_Server-2022-English-Full-"

static void test_amounts(void **state HW_UNUSED)
{
    static const struct {
        const char *text;
        int64_t nano;
    } good[] = {{"0", 0},
                {"0.046", 46000000},
                {"12", INT64_C(12000000000)},
                {"0.3010000000", 301000000},
                {"0.0000000019", 1}, /* beyond nine decimals nothing counts */
                {"999999.999999999", INT64_C(999999999999999)}};
    static const char *const bad[] = {"",        ".5",  "1.", "-1", "1e3",
                                      "1000000", "0x1", " 1", "1 ", "99999999999999999999",
                                      "1,5",     "nan"};
    char text[32];
    int64_t nano;
    for (size_t i = 0; i < HW_COUNT(good); i++) {
        assert_true(hw_amount_parse(good[i].text, &nano));
        assert_int_equal(nano, good[i].nano);
    }
    for (size_t i = 0; i < HW_COUNT(bad); i++)
        assert_false(hw_amount_parse(bad[i], &nano));
    assert_string_equal(hw_amount_text(4095000000, 2, text), "4.10");
    assert_string_equal(hw_amount_text(4094999999, 2, text), "4.09");
    assert_string_equal(hw_amount_text(999999999, 2, text), "1.00");
    assert_string_equal(hw_amount_text(1500000000, 0, text), "2");
    assert_string_equal(hw_amount_text(46000000, 3, text), "0.046");
}

static struct hw_price price(int64_t nano, const char *date)
{
    return (struct hw_price){nano, "somebody", date};
}

static void test_the_newest_figure_counts(void **state HW_UNUSED)
{
    struct hw_prices *prices = hw_prices_new();
    struct hw_price old = price(1, "2026-01-01"), new = price(2, "2026-02-01"), got;
    assert_false(hw_prices_find(prices, HW_PRICE_LINUX, REGION, "m6i.xlarge", &got));
    hw_prices_put(prices, HW_PRICE_LINUX, REGION, "m6i.xlarge", &new);
    hw_prices_put(prices, HW_PRICE_LINUX, REGION, "m6i.xlarge", &old);
    assert_true(hw_prices_find(prices, HW_PRICE_LINUX, REGION, "m6i.xlarge", &got));
    assert_int_equal(got.nano, 2);
    assert_string_equal(got.date, "2026-02-01");
    assert_false(hw_prices_find(prices, HW_PRICE_LINUX, "us-east-1", "m6i.xlarge", &got));
    assert_false(hw_prices_find(prices, HW_PRICE_VOLUME, REGION, "m6i.xlarge", &got));
    hw_prices_put(prices, HW_PRICE_LINUX, HW_PRICE_ANYWHERE, "m6i.xlarge", &old);
    assert_true(hw_prices_find(prices, HW_PRICE_LINUX, "us-east-1", "m6i.xlarge", &got));
    assert_int_equal(got.nano, 1);
    for (int i = 0; i < 500; i++) { /* in no order */
        hw_auto_text type = hw_format("t%d.x", i * 7919 % 500);
        struct hw_price one = price(i, "2026-03-01");
        assert_true(hw_prices_put(prices, HW_PRICE_LINUX, REGION, type, &one));
    }
    for (int i = 0; i < 500; i++) {
        hw_auto_text type = hw_format("t%d.x", i * 7919 % 500);
        assert_true(hw_prices_find(prices, HW_PRICE_LINUX, REGION, type, &got));
        assert_int_equal(got.nano, i);
    }
    hw_prices_free(prices);
}

/* ---- Files ------------------------------------------------------------------------------ */

static char *write_file(const char *text)
{
    char *folder = NULL;
    struct hw_err err = {0};
    assert_true(hw_dir_private("t-cost", &folder, &err));
    char *path = hw_path_join(folder, "prices.yaml");
    assert_true(hw_file_write(path, text, strlen(text), 0600, &err));
    free(folder);
    return path;
}

static void remove_file(char *path)
{
    *strrchr(path, '/') = '\0';
    hw_dir_remove(path, NULL);
    free(path);
}

static bool load(struct hw_prices *prices, const char *text, struct hw_err *err)
{
    char *path = write_file(text);
    bool ok = hw_prices_load(prices, path, err);
    remove_file(path);
    return ok;
}

#define HEAD "hpcwiz-prices: 1\ncurrency: USD\nsource: my notes\ndate: 2026-11-01\n"

static void test_files(void **state HW_UNUSED)
{
    struct hw_prices *prices = hw_prices_new();
    struct hw_err err = {0};
    struct hw_price got;
    assert_true(load(prices,
                     "types:\n  eu-central-1: {m6i.xlarge: 0.25, r6i.xlarge: 0.3}\n" HEAD
                     "licences: {windows: 0.05}\nlicences-not-for: [t3]\n"
                     "volumes: {'*': {gp3: 0.1}}\n",
                     &err));
    assert_true(hw_prices_find(prices, HW_PRICE_LINUX, REGION, "r6i.xlarge", &got));
    assert_int_equal(got.nano, 300000000);
    assert_string_equal(got.source, "my notes");
    assert_true(hw_prices_find(prices, HW_PRICE_WINDOWS, REGION, "", &got));
    assert_true(hw_prices_find(prices, HW_PRICE_VOLUME, REGION, "gp3", &got));
    assert_true(hw_prices_is_except(prices, "t3.large"));
    assert_false(hw_prices_is_except(prices, "t3a.large"));
    hw_prices_free(prices);
}

static void test_wrong_files(void **state HW_UNUSED)
{
    static const struct {
        const char *text, *place, *what;
    } wrong[] = {
        {"", ":1:1", "empty"},
        {"- 1\n", ":1:1", "a mapping"},
        {"date: 2026-11-01\n", ":1:1", "source and date"},
        {HEAD "date: 2026-11-02\n", ":5:1", "twice"},
        {HEAD "typs: {}\n", ":5:1", "types"},
        {HEAD "types: {r: {a: free}}\n", ":5:16", "an amount"},
        {HEAD "types: {r: [a]}\n", ":5:12", "a mapping"},
        {HEAD "licences: {linux: 1}\n", ":5:12", "unknown key"},
        {HEAD "licences-not-for: t3\n", ":5:19", "a list"},
        {HEAD "licences-not-for: [[t3]]\n", ":5:20", "a text"},
        {"hpcwiz-prices: 2\n", ":1:16", "format 1"},
        {"currency: EUR\n", ":1:11", "USD"},
        {"date: yesterday\n", ":1:7", "a day"},
        {"source: \"a\\0b\"\n", ":1:9", "a text"},
        {HEAD "types: {r: {a: 1, a: 2}}\n", ":5:19", "twice"},
        {HEAD "types: *nowhere\n", ":5:8", "alias"},
        {HEAD "types: {\n", ":6:1", ""},
    };
    struct hw_prices *prices = hw_prices_new();
    for (size_t i = 0; i < HW_COUNT(wrong); i++) {
        struct hw_err err = {0};
        if (load(prices, wrong[i].text, &err))
            fail_msg("taken: %s", wrong[i].text);
        if (!hw_text_ends(err.place, wrong[i].place) || !strstr(err.what, wrong[i].what))
            fail_msg("%s: %s %s", wrong[i].text, err.place, err.what);
    }
    struct hw_err err = {0};
    assert_false(hw_prices_load(prices, "/nonexistent", &err));
    assert_int_equal(hw_prices_generation(prices), 0); /* nothing of a wrong file is kept */
    hw_prices_free(prices);
}

static struct hw_prices *shipped(void)
{
    struct hw_prices *prices = hw_prices_new();
    struct hw_err err = {0};
    setenv("XDG_CONFIG_HOME", "/nonexistent", 1);
    if (!hw_prices_load_all(prices, &err))
        fail_msg("%s: %s", err.place, err.what);
    return prices;
}

static void test_own_file(void **state HW_UNUSED)
{
    hw_auto_text folder = NULL;
    struct hw_err err = {0};
    struct hw_price got;
    assert_true(hw_dir_private("t-cost", &folder, &err));
    hw_auto_text below = hw_path_join(folder, "hpcwiz");
    hw_auto_text path = hw_path_join(below, "prices.yaml");
    static const char text[] = HEAD "types: {eu-central-1: {m6i.xlarge: 0.25}}\n";
    assert_true(hw_dir_make(below, 0700, &err));
    assert_true(hw_file_write(path, text, strlen(text), 0600, &err));
    setenv("XDG_CONFIG_HOME", folder, 1);
    struct hw_prices *prices = hw_prices_new();
    assert_true(hw_prices_load_all(prices, &err));
    assert_true(hw_prices_find(prices, HW_PRICE_LINUX, REGION, "m6i.xlarge", &got));
    assert_true(hw_prices_find(prices, HW_PRICE_SQL_STANDARD, REGION, "", &got));
    hw_prices_free(prices);
    hw_dir_remove(folder, NULL);
}

/* ---- Products --------------------------------------------------------------------------- */

#define ATTRIBUTES                                                                                 \
    "\"instanceType\":\"m6i.xlarge\",\"operatingSystem\":\"Linux\",\"preInstalledSw\":\"NA\","     \
    "\"tenancy\":\"Shared\",\"capacitystatus\":\"Used\",\"regionCode\":\"eu-central-1\""
#define PRODUCT(family, attributes, unit, amount)                                                  \
    "{\"product\":{\"productFamily\":\"" family "\",\"attributes\":{" attributes                   \
    "},\"sku\":\"S\"},\"serviceCode\":\"AmazonEC2\",\"terms\":{\"OnDemand\":{\"S.T\":{"            \
    "\"priceDimensions\":{\"S.T.R\":{\"unit\":\"" unit "\",\"pricePerUnit\":{" amount              \
    "}}},\"effectiveDate\":\"2026-11-01T00:00:00Z\"}}},\"version\":\"20261118\","                  \
    "\"publicationDate\":\"2026-11-18T20:01:02Z\"}"
#define INSTANCE(attributes, unit, amount) PRODUCT("Compute Instance", attributes, unit, amount)

static bool take(struct hw_prices *prices, const char *text)
{
    return hw_prices_read_product(prices, text, strlen(text));
}

static void test_products(void **state HW_UNUSED)
{
    static const char good[] = INSTANCE(ATTRIBUTES, "Hrs", "\"USD\":\"0.2300000000\"");
    static const char *const others[] = {
        INSTANCE(ATTRIBUTES, "Hrs", "\"CNY\":\"1.0\""),
        INSTANCE(ATTRIBUTES, "Quantity", "\"USD\":\"1.0\""),
        INSTANCE(ATTRIBUTES, "Hrs", "\"USD\":\"-1\""),
        INSTANCE(ATTRIBUTES, "Hrs", "\"USD\":1.0"),
        INSTANCE("\"instanceType\":\"m6i.xlarge\",\"operatingSystem\":\"Windows\"", "Hrs",
                 "\"USD\":\"1\""),
        INSTANCE("", "Hrs", "\"USD\":\"1\""),
        "",
        "[]",
        "null",
        "{\"product\":7}",
        "{\"product\":{\"attributes\":[]},\"publicationDate\":\"2026-11-18T\"}",
    };
    struct hw_prices *prices = hw_prices_new();
    struct hw_price got;
    for (size_t i = 0; i < HW_COUNT(others); i++) {
        if (take(prices, others[i]))
            fail_msg("taken: %s", others[i]);
    }
    for (size_t n = 0; n < strlen(good); n++) /* cut anywhere */
        assert_false(hw_prices_read_product(prices, good, n));
    assert_int_equal(hw_prices_generation(prices), 0);
    assert_true(take(prices, good));
    assert_true(hw_prices_find(prices, HW_PRICE_LINUX, REGION, "m6i.xlarge", &got));
    assert_int_equal(got.nano, 230000000);
    assert_string_equal(got.date, "2026-11-18");
    assert_string_equal(got.source, "AWS Price List API");
    assert_true(take(prices, INSTANCE(ATTRIBUTES, "Hrs\",\"description\":\"Simulated",
                                      "\"USD\":\"0.2300000000\"")));
    assert_true(hw_prices_find(prices, HW_PRICE_LINUX, REGION, "m6i.xlarge", &got));
    assert_string_equal(got.source, "simulated");
    assert_true(
        take(prices, PRODUCT("Storage", "\"volumeApiName\":\"gp3\",\"regionCode\":\"eu-central-1\"",
                             "GB-Mo", "\"USD\":\"0.0952000000\"")));
    assert_true(hw_prices_find(prices, HW_PRICE_VOLUME, REGION, "gp3", &got));
    assert_int_equal(got.nano, 95200000);
    hw_prices_free(prices);
}

/* ---- Estimates -------------------------------------------------------------------------- */

static long vcpus(void *data HW_UNUSED, const char *type)
{
    return strcmp(type, "c6i.4xlarge") == 0 ? 16 : strcmp(type, "r6i.large") == 0 ? 2 : 4;
}

static const char *usage(void *data HW_UNUSED, const char *image)
{
    return strcmp(image, "ami-00000000000000001") == 0 ? "RunInstances:0102" : "";
}

static const struct hw_cost_facts facts = {NULL, vcpus, usage};

static void set(struct hw_cluster *cluster, const char *key, const char *value)
{
    struct hw_err err = {0};
    if (!hw_cluster_set(cluster, key, value, &err))
        fail_msg("%s: %s", key, err.what);
}

static struct hw_cluster *cluster_of_three(void)
{
    struct hw_cluster *cluster = hw_cluster_new();
    set(cluster, "region", REGION);
    set(cluster, "nodes.sql.type", "r6i.xlarge");
    set(cluster, "nodes.sql.image", PUBLIC "SQL_2022_Standard");
    set(cluster, "nodes.head.type", "m6i.xlarge");
    set(cluster, "nodes.head.image", PUBLIC "Base");
    set(cluster, "nodes.compute.0.type", "c6i.4xlarge");
    set(cluster, "nodes.compute.0.image", PUBLIC "Base");
    return cluster;
}

static void put(struct hw_prices *prices, enum hw_price_kind kind, const char *name, int64_t nano)
{
    struct hw_price one = price(nano, "2026-11-20");
    hw_prices_put(prices, kind, REGION, name, &one);
}

static const struct hw_cost_line *line_of(const struct hw_cost *cost, const char *role,
                                          enum hw_cost_part part)
{
    for (size_t i = 0; i < cost->count; i++) {
        if (strcmp(cost->lines[i].role, role) == 0 && cost->lines[i].part == part)
            return &cost->lines[i];
    }
    return NULL;
}

/* By hand: sql 0.3 + 4*0.046 + 4*0.12 + 300*0.073/730, head 0.2 + 4*0.046 + 100*0.073/730,
 * compute 0.7 + 16*0.046 + 0.01, four of them, sixteen at most. */
static void test_by_hand(void **state HW_UNUSED)
{
    struct hw_prices *prices = shipped();
    struct hw_cluster *cluster = cluster_of_three();
    struct hw_cost cost;
    put(prices, HW_PRICE_LINUX, "r6i.xlarge", 300000000);
    put(prices, HW_PRICE_LINUX, "m6i.xlarge", 200000000);
    put(prices, HW_PRICE_LINUX, "c6i.4xlarge", 700000000);
    put(prices, HW_PRICE_VOLUME, "gp3", 73000000);
    hw_cost_estimate(cluster, prices, &facts, &cost);
    int64_t sql = 300000000 + 4 * 46000000 + 4 * 120000000 + 30000000;
    int64_t head = 200000000 + 4 * 46000000 + 10000000;
    int64_t compute = 700000000 + 16 * 46000000 + 10000000;
    assert_int_equal(cost.now.nano, sql + head + 4 * compute);
    assert_int_equal(cost.most.nano, sql + head + 16 * compute);
    assert_true(cost.now.whole && cost.most.whole);
    assert_int_equal(cost.licences.nano, (4 + 4 + 4 * 16) * INT64_C(46000000) + 4 * 120000000);
    assert_string_equal(cost.date, "2026-11-20"); /* the oldest */
    hw_auto_text text = hw_cost_say(&cost, 80);
    assert_string_equal(text, "about 7.17 USD/h (licences 3.79, 2026-11-20)");
    hw_auto_text small = hw_cost_say(&cost, 30);
    assert_string_equal(small, "about 7.17 USD/h");
    hw_cost_done(&cost);
    hw_cluster_free(cluster);
    hw_prices_free(prices);
}

static void test_unknown_is_said(void **state HW_UNUSED)
{
    struct hw_prices *prices = shipped();
    struct hw_cluster *cluster = cluster_of_three();
    struct hw_cost cost;
    hw_cost_estimate(cluster, prices, &facts, &cost); /* as without the Price List API */
    assert_false(cost.now.whole);
    assert_true(cost.licences.whole);
    assert_int_equal(cost.now.nano, cost.licences.nano);
    assert_non_null(line_of(&cost, "head", HW_COST_LINUX)->unknown);
    hw_auto_text text = hw_cost_say(&cost, 80);
    assert_true(hw_text_starts(text, "at least 3.79 USD/h (licences 3.79, "));
    hw_cost_done(&cost);
    hw_cost_estimate(cluster, prices, NULL, &cost); /* as without an account */
    assert_int_equal(cost.now.nano, 0);
    hw_auto_text nothing = hw_cost_say(&cost, 80);
    assert_string_equal(nothing, "cost unknown");
    hw_cost_done(&cost);
    set(cluster, "nodes.head.type", "t3.xlarge"); /* its licence has a figure of its own */
    set(cluster, "nodes.compute.0.image", "ami-00000000000000002");
    hw_cost_estimate(cluster, prices, &facts, &cost);
    assert_false(line_of(&cost, "head", HW_COST_WINDOWS)->known);
    assert_false(line_of(&cost, "compute std", HW_COST_WINDOWS)->known);
    hw_cost_done(&cost);
    hw_cluster_free(cluster);
    hw_prices_free(prices);
}

static void test_licences(void **state HW_UNUSED)
{
    struct hw_prices *prices = shipped();
    struct hw_cluster *cluster = cluster_of_three();
    struct hw_cost cost;
    set(cluster, "nodes.sql.image", "ami-00000000000000001"); /* Enterprise, by its licence code */
    set(cluster, "nodes.sql.type", "r6i.large");              /* two vCPUs count for four */
    hw_cost_estimate(cluster, prices, &facts, &cost);
    assert_int_equal(line_of(&cost, "sql", HW_COST_SQL)->each_nano, 4 * 375000000);
    assert_int_equal(line_of(&cost, "sql", HW_COST_WINDOWS)->each_nano, 2 * 46000000);
    hw_cost_done(&cost);
    set(cluster, "nodes.sql", "local");
    set(cluster, "nodes.compute.0.spot", "true");
    hw_cost_estimate(cluster, prices, &facts, &cost);
    assert_null(line_of(&cost, "sql", HW_COST_LINUX)); /* Express on the head node costs nothing */
    assert_null(line_of(&cost, "head", HW_COST_SQL));
    assert_true(line_of(&cost, "compute std", HW_COST_LINUX)->at_most);
    assert_false(line_of(&cost, "compute std", HW_COST_VOLUMES)->at_most);
    hw_cost_done(&cost);
    assert_int_equal(hw_cost_edition(PUBLIC "SQL_2022_Web", ""), HW_SQL_WEB);
    assert_int_equal(hw_cost_edition(PUBLIC "SQL_2019_Express", ""), HW_SQL_NONE);
    assert_int_equal(hw_cost_edition("ami-1", "RunInstances:0800"), HW_SQL_OWN_LICENCE);
    assert_int_equal(hw_cost_edition("ami-1", ""), HW_SQL_UNKNOWN);
    assert_int_equal(hw_cost_edition("ssm:/own/my_Standard", ""), HW_SQL_UNKNOWN);
    hw_cluster_free(cluster);
    hw_prices_free(prices);
}

static void test_limit(void **state HW_UNUSED)
{
    struct hw_cluster *cluster = hw_cluster_new();
    assert_int_equal(hw_cost_limit(cluster), 0);
    set(cluster, "cost.limit_per_hour", "3.50");
    assert_int_equal(hw_cost_limit(cluster), 3500000000);
    hw_cluster_free(cluster);
}

/* The sizes that an estimate counts are those of the templates. */
static void test_volumes_of_the_templates(void **state HW_UNUSED)
{
    static const char *const names[] = {"sql", "head", "compute"};
    struct hw_err err = {0};
    for (size_t i = 0; i < HW_COUNT(names); i++) {
        hw_auto_text name = hw_format("cloudformation/%s.yaml", names[i]);
        hw_auto_text path = hw_data_path(name);
        hw_auto(hw_buf) text = HW_BUF(HW_MAX_FILE);
        assert_true(hw_file_read(path, &text, &err));
        assert_non_null(strstr(hw_buf_cstr(&text), "VolumeType: gp3, VolumeSize: 100,"));
        const char *first = strstr(hw_buf_cstr(&text), " VolumeSize:");
        assert_null(strstr(first + 1, " VolumeSize:"));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_amounts),
        cmocka_unit_test(test_the_newest_figure_counts),
        cmocka_unit_test(test_files),
        cmocka_unit_test(test_wrong_files),
        cmocka_unit_test(test_own_file),
        cmocka_unit_test(test_products),
        cmocka_unit_test(test_by_hand),
        cmocka_unit_test(test_unknown_is_said),
        cmocka_unit_test(test_licences),
        cmocka_unit_test(test_limit),
        cmocka_unit_test(test_volumes_of_the_templates),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
