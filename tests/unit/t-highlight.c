/* SPDX-License-Identifier: Apache-2.0 */
/* A picture a line: what each byte is. k key, s string, c comment, w keyword, n number,
 * v variable, '.' text. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/buf.h"
#include "ui/highlight.h"
#include "ui/highlight_lexis.h"

struct row {
    const char *line, *picture;
};

static void picture_of(enum ui_language language, struct ui_highlight *state, const char *line,
                       size_t length, struct hw_buf *out)
{
    static const char letters[] = ".kscwnv";
    struct ui_span spans[UI_HIGHLIGHT_SPANS];
    size_t count = ui_highlight_line(language, state, line, length, spans);
    hw_buf_clear(out);
    size_t at = 0;
    for (size_t i = 0; i < count; i++) {
        assert_true(spans[i].start >= at);
        assert_true(spans[i].start + spans[i].length <= length);
        hw_buf_fill(out, '.', spans[i].start - at);
        hw_buf_fill(out, letters[spans[i].token], spans[i].length);
        at = spans[i].start + spans[i].length;
    }
    hw_buf_fill(out, '.', length - at);
}

static void check(enum ui_language language, const struct row *rows, size_t count)
{
    hw_auto(hw_buf) out = HW_BUF(HW_MAX_LINE);
    struct ui_highlight state = {0};
    for (size_t i = 0; i < count; i++) {
        picture_of(language, &state, rows[i].line, strlen(rows[i].line), &out);
        if (strcmp(hw_buf_cstr(&out), rows[i].picture) != 0)
            fail_msg("\n%s\n%s <- is\n%s <- should be", rows[i].line, hw_buf_cstr(&out),
                     rows[i].picture);
    }
}

#define CHECK(language, rows) check(language, rows, HW_COUNT(rows))

/* clang-format off */
static void yaml_has_keys_tags_and_strings(void **state)
{
    static const struct row rows[] = {
        {"# The SQL Server",
         "cccccccccccccccc"},
        {"Resources:",
         "kkkkkkkkk."},
        {"  SqlGroup:",
         "..kkkkkkkk."},
        {"    Type: AWS::AutoScaling::AutoScalingGroup",
         "....kkkk...................................."},
        {"    Signal: {Count: 1, Timeout: PT30M}",
         "....kkkkkk...kkkkk..n..kkkkkkk........"},
        {"    MinSize: '0'  # none",
         "....kkkkkkk..sss..cccccc"},
        {"    Zones: [!Ref Zone, \"b#c\"]",
         "....kkkkk...wwww.......sssss."},
        {"      - Key: Name",
         "........kkk......"},
        {"    Fn::Sub: mssql.${ZoneName}.x",
         "....wwwwwww........vvvvvvvvvvv.."},
        {"    Name: !Sub '${Cluster}-head'",
         "....kkkk..wwww.svvvvvvvvvvssssss"},
        {"  Keep: true",
         "..kkkk..wwww"},
    };
    (void)state;
    CHECK(UI_LANG_YAML, rows);
}

static void scripts_within_yaml_have_their_own_colours(void **state)
{
    static const struct row rows[] = {
        {"files:",
         "kkkkk."},
        {"  'C:\\cfn\\join.ps1':",
         "..kkkkkkkkkkkkkkkkk."},
        {"    content: |",
         "....kkkkkkk..w"},
        {"      # join: the domain",
         "......cccccccccccccccccc"},
        {"      if ($Joined) { Restart-Computer }",
         "......ww..vvvvvvv....wwwwwwwwwwwwwwww.."},
        {"",
         ""},
        {"      $x = @\"",
         "......vv...ss"},
        {"      key: not a key",
         "......ssssssssssssss"},
        {"      \"@",
         "......ss"},
        {"  Other: |",
         "..kkkkk..w"},
        {"    if ${Zone}",
         ".......vvvvvvv"},
        {"Last: 1",
         "kkkk..n"},
    };
    (void)state;
    CHECK(UI_LANG_YAML, rows);
}

static void powershell(void **state)
{
    static const struct row rows[] = {
        {"<# Joins the domain.",
         "cccccccccccccccccccc"},
        {"   if it must #> $x = 1.5",
         "cccccccccccccccc.vv...nnn"},
        {"Write-Stage -Name domain # done",
         "wwwwwwwwwww..............cccccc"},
        {"$a = \"to `\"$Domain`\" on ${env:X} $(Get-X)\"",
         "vv...ssssssvvvvvvvssssssvvvvvvvvsvvvvvvvvs"},
        {"throw 'it''s $off'",
         "wwwww.ssssssssssss"},
        {"$b = @'",
         "vv...ss"},
        {"  '@ not here",
         "sssssssssssss"},
        {"'@ | Out-File x#y",
         "ss...wwwwwwww...."},
    };
    (void)state;
    CHECK(UI_LANG_POWERSHELL, rows);
}

static void sql(void **state)
{
    static const struct row rows[] = {
        {"/* one /* two */ still",
         "cccccccccccccccccccccc"},
        {"*/ CREATE LOGIN [x] -- why",
         "cc.wwwwww.wwwww.....cccccc"},
        {"SET @name = N'$(Login)';",
         "www.vvvvv....ssssssssss."},
        {"IF @@ROWCOUNT > 0 GO",
         "ww.vvvvvvvvvv...n.ww"},
    };
    (void)state;
    CHECK(UI_LANG_SQL, rows);
}

static void json_and_hcl(void **state)
{
    static const struct row json[] = {
        {"{\"Key\": \"a\\\"b\", \"n\": -1.5, \"t\": true}",
         ".kkkkk..ssssss..kkk...nnn..kkk..wwww."},
    };
    static const struct row hcl[] = {
        {"source \"amazon-ebs\" \"sql\" { // x",
         "wwwwww.ssssssssssss.sssss...cccc"},
        {"  region = var.region",
         "..kkkkkk............."},
        {"  name   = \"hpc-${local.t}\"",
         "..kkkk.....sssssvvvvvvvvvvs"},
        {"  inline = <<-EOT",
         "..kkkkkk...wwwwww"},
        {"    a = \"b\"",
         "sssssssssss"},
        {"  EOT",
         "wwwww"},
        {"}",
         "."},
    };
    (void)state;
    CHECK(UI_LANG_JSON, json);
    CHECK(UI_LANG_HCL, hcl);
}

static void shell(void **state)
{
    static const struct row rows[] = {
        {"#!/bin/sh",
         "ccccccccc"},
        {"for f in \"$@\"; do echo ${f#x} a#b # c",
         "www...ww.svvs..ww......vvvvvv.....ccc"},
        {"x='no $var",
         "..ssssssss"},
        {"here' \\' # c",
         "sssss....ccc"},
    };
    (void)state;
    CHECK(UI_LANG_SHELL, rows);
}
/* clang-format on */

static void language_follows_the_name(void **state)
{
    (void)state;
    assert_int_equal(ui_highlight_language("head.yaml"), UI_LANG_YAML);
    assert_int_equal(ui_highlight_language("scripts/sql/logins.sql"), UI_LANG_SQL);
    assert_int_equal(ui_highlight_language("packer/sql.pkr.hcl"), UI_LANG_HCL);
    assert_int_equal(ui_highlight_language("README"), UI_LANG_TEXT);
    assert_string_equal(ui_highlight_language_name(UI_LANG_SQL), "T-SQL");
}

static void keyword_tables_are_sorted(void **state)
{
    (void)state;
    for (enum ui_language language = UI_LANG_TEXT; language <= UI_LANG_SHELL; language++) {
        const struct ui_lexis *lexis = ui_lexis(language);
        for (size_t i = 0; lexis && i < lexis->word_count; i++) {
            assert_true(i == 0 || strcmp(lexis->words[i - 1], lexis->words[i]) < 0);
            assert_true(ui_lexis_has_word(lexis, lexis->words[i], strlen(lexis->words[i])));
        }
    }
    assert_true(ui_lexis_has_word(ui_lexis(UI_LANG_SQL), "SELECT", 6));
    assert_false(ui_lexis_has_word(ui_lexis(UI_LANG_SHELL), "FOR", 3));
    assert_false(ui_lexis_has_word(ui_lexis(UI_LANG_SHELL), "fo", 2));
}

/* Any bytes at all, in any state: spans in order and within the line (picture_of asserts). */
static void hostile_bytes_stay_within_the_line(void **state)
{
    static const char alphabet[] = "\"'`\\$@#<>{}[]():;|-!&*%/?=,. \t\nab0\xff\xc3(\0";
    hw_auto(hw_buf) out = HW_BUF(HW_MAX_LINE);
    uint32_t seed = 1;
    (void)state;
    for (unsigned round = 0; round < 4000; round++) {
        struct ui_highlight highlight = {0};
        for (unsigned lines = 0; lines < 5; lines++) {
            char line[80];
            size_t length = (seed = seed * 1664525u + 1013904223u) >> 26;
            for (size_t i = 0; i < length; i++) {
                seed = seed * 1664525u + 1013904223u;
                line[i] = alphabet[(seed >> 16) % (sizeof alphabet - 1)];
            }
            picture_of((enum ui_language)(round % 7), &highlight, line, length, &out);
        }
    }
}

static void a_long_line_keeps_to_its_spans(void **state)
{
    hw_auto(hw_buf) line = HW_BUF(HW_MAX_LINE), out = HW_BUF(HW_MAX_LINE);
    struct ui_highlight highlight = {0};
    (void)state;
    for (unsigned i = 0; i < 2000; i++)
        hw_buf_text(&line, "$a 1 ");
    picture_of(UI_LANG_POWERSHELL, &highlight, line.data, line.len, &out);
    assert_int_equal(out.len, line.len);
    assert_int_equal(out.data[0], 'v');
    assert_int_equal(out.data[line.len - 2], '.');
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(yaml_has_keys_tags_and_strings),
        cmocka_unit_test(scripts_within_yaml_have_their_own_colours),
        cmocka_unit_test(powershell),
        cmocka_unit_test(sql),
        cmocka_unit_test(json_and_hcl),
        cmocka_unit_test(shell),
        cmocka_unit_test(language_follows_the_name),
        cmocka_unit_test(keyword_tables_are_sorted),
        cmocka_unit_test(hostile_bytes_stay_within_the_line),
        cmocka_unit_test(a_long_line_keeps_to_its_spans),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
