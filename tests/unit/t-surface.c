/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "ui/draw.h"
#include "ui/keys.h"
#include "ui/layout.h"
#include "ui/surface.h"
#include "ui/widget_field.h"
#include "ui/widget_text.h"
#include "ui/widget_tree.h"

static struct ui_surface surface;

static int set_up(void **state)
{
    (void)state;
    ui_surface_init(&surface, 3, 10);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    ui_surface_done(&surface);
    return 0;
}

static void assert_picture(const char *expected)
{
    hw_auto(hw_buf) picture = HW_BUF(HW_MAX_TEXT);
    ui_surface_dump(&surface, &picture, false);
    assert_string_equal(hw_buf_cstr(&picture), expected);
}

static void test_wide_at_the_edge(void **state)
{
    struct ui_area area = ui_area_all(&surface);
    (void)state;
    assert_int_equal(ui_put(area, 0, 7, UI_NORMAL, "東京"), 10);
    assert_picture("       東\n\n\n");
}

static void test_half_overwritten(void **state)
{
    struct ui_area area = ui_area_all(&surface);
    (void)state;
    ui_put(area, 0, 0, UI_NORMAL, "東京");
    ui_put(area, 0, 1, UI_NORMAL, "x");
    ui_put(area, 1, 0, UI_NORMAL, "東京");
    ui_put(area, 1, 2, UI_NORMAL, "x");
    assert_picture(" x京\n東x\n\n");
}

static void test_combining(void **state)
{
    struct ui_area area = ui_area_all(&surface);
    (void)state;
    ui_put(area, 0, 0, UI_NORMAL, "e\xCC\x81x"); /* e, acute accent, x */
    ui_put(area, 1, 0, UI_NORMAL, "\xCC\x81y");  /* nothing to stand on */
    assert_picture("e\xCC\x81x\ny\n\n");
}

static void test_hostile(void **state)
{
    struct ui_area area = ui_area_all(&surface);
    (void)state;
    ui_put(area, 0, 0, UI_NORMAL, "a\x1b[2Jb");
    ui_put(area, 1, 0, UI_NORMAL,
           "a\xE2\x80\xAE"
           "b\xff");
    ui_put(area, 2, 0, UI_NORMAL, "one\ntwo");
    assert_picture("a␛[2Jb\nab\xEF\xBF\xBD\none\n");
}

static void test_clipped(void **state)
{
    struct ui_area inner = ui_area_sub(ui_area_all(&surface), 1, 2, 1, 4);
    (void)state;
    ui_put(inner, 0, -2, UI_NORMAL, "abcdefghij");
    ui_put(inner, 1, 0, UI_NORMAL, "below");
    ui_put(inner, -1, 0, UI_NORMAL, "above");
    ui_put(ui_area_sub(inner, 5, 5, 9, 9), 0, 0, UI_NORMAL, "outside");
    assert_picture("\n  cdef\n\n");
}

static void test_cut(void **state)
{
    struct ui_area area = ui_area_all(&surface);
    (void)state;
    assert_int_equal(ui_put_cut(area, 0, 0, 5, UI_NORMAL, "abcdefgh"), 5);
    ui_put_cut(area, 1, 0, 4, UI_NORMAL, "東京都");
    ui_put_right(area, 2, 10, UI_NORMAL, "end");
    assert_picture("abcd…\n東…\n       end\n");
}

static void test_ascii(void **state)
{
    struct ui_area area = ui_area_all(&surface);
    (void)state;
    surface.ascii = true;
    ui_put(area, 0, 0, UI_NORMAL, "▸ ✓ …é");
    ui_put(area, 1, 0, UI_NORMAL, "東x");
    assert_picture("> + ~e\n??x\n\n");
}

static void test_styles(void **state)
{
    hw_auto(hw_buf) picture = HW_BUF(HW_MAX_TEXT);
    (void)state;
    ui_put(ui_area_all(&surface), 0, 2, UI_BAD, "no");
    ui_surface_dump(&surface, &picture, true);
    assert_string_equal(hw_buf_cstr(&picture), "  no\n..bb\n\n\n");
}

static void test_wrap(void **state)
{
    (void)state;
    assert_int_equal(ui_draw_wrap(ui_area_all(&surface), 0, UI_NORMAL, "one two three four"), 2);
    assert_picture("one two\nthree four\n\n");
    assert_int_equal(ui_draw_wrap_rows("aaaaaaaaaaaa b\nc", 10), 3);
    assert_int_equal(ui_draw_wrap_rows("", 10), 0);
}

static void type(struct ui_field *field, uint32_t code)
{
    ui_field_act(field, &(struct ui_input){UI_ACT_TEXT, code});
}

static void test_field(void **state)
{
    struct ui_field field;
    (void)state;
    ui_field_init(&field, "old");
    type(&field, 'n');
    assert_string_equal(ui_field_text(&field), "n");
    type(&field, 0x6771);
    type(&field, 'e');
    type(&field, 0x301);
    type(&field, UI_KEY_BACKSPACE); /* the letter goes with its accent */
    type(&field, UI_KEY_LEFT);
    type(&field, 'x');
    assert_string_equal(ui_field_text(&field), "nx東");
    type(&field, UI_KEY_HOME);
    type(&field, UI_KEY_DELETE);
    type(&field, UI_KEY_END);
    type(&field, UI_KEY_CTRL('w'));
    assert_string_equal(ui_field_text(&field), "");
    assert_false(ui_field_act(&field, &(struct ui_input){UI_ACT_UP, UI_KEY_UP}));
    ui_field_done(&field);
}

static void test_field_scrolls(void **state)
{
    struct ui_field field;
    (void)state;
    ui_field_init(&field, "0123456789abcdef");
    ui_field_draw(&field, ui_area_all(&surface), 0, 0, 6);
    assert_picture("bcdef\n\n\n");
    assert_int_equal(surface.cursor_col, 5);
    ui_field_done(&field);
}

static void test_text_search(void **state)
{
    static const char lines[] = "alpha\nBeta\nalphabet\n";
    struct ui_text text = {0};
    size_t place, count;
    (void)state;
    ui_text_set(&text, lines, strlen(lines));
    assert_int_equal(text.count, 3);
    assert_int_equal(ui_text_search(&text, "BET"), 0);
    assert_int_equal(ui_text_search(&text, "bet"), 2);
    ui_text_matches(&text, &place, &count);
    assert_int_equal(place, 1);
    ui_text_act(&text, &(struct ui_input){UI_ACT_SEARCH_NEXT, 'n'});
    assert_int_equal(text.match, 2);
    ui_text_draw(&text, ui_area_all(&surface));
    assert_picture("alpha\nBeta\nalphabet\n");
    ui_text_set(&text, "", 0);
    ui_text_draw(&text, ui_area_all(&surface));
    ui_text_done(&text);
}

/* A match right of the edge is scrolled to; a line that goes on says so. */
static void test_text_search_aside(void **state)
{
    static const char lines[] = "\tbegins and ends\nends\n";
    struct ui_text text = {0};
    (void)state;
    ui_text_set(&text, lines, strlen(lines));
    ui_text_draw(&text, ui_area_all(&surface));
    assert_picture("        ›\nends\n\n");
    assert_int_equal(ui_text_search(&text, "ends"), 2);
    ui_surface_clear(&surface);
    ui_text_draw(&text, ui_area_all(&surface));
    assert_picture(" ends\n\n\n");
    ui_text_act(&text, &(struct ui_input){UI_ACT_SEARCH_NEXT, 'n'});
    ui_surface_clear(&surface);
    ui_text_draw(&text, ui_area_all(&surface));
    assert_picture("        ›\nends\n\n");
    ui_text_done(&text);
}

static void draw_tag(void *data, struct ui_area rest, size_t tag, bool focused)
{
    (void)data;
    (void)focused;
    ui_print(rest, 0, 0, UI_NORMAL, "%zu", tag);
}

static void build_tree(struct ui_tree *tree)
{
    ui_tree_begin(tree);
    ui_tree_add(tree, 1, 0, true);
    ui_tree_add(tree, 2, 1, false);
    ui_tree_add(tree, 3, 2, true);
    ui_tree_add(tree, 4, 0, true);
    ui_tree_end(tree);
}

static void test_tree(void **state)
{
    struct ui_tree tree = {0};
    size_t tag;
    (void)state;
    build_tree(&tree);
    ui_tree_go(&tree, 3);
    assert_true(ui_tree_focus(&tree, &tag));
    assert_int_equal(tag, 3);
    ui_tree_draw(&tree, ui_area_all(&surface), true, draw_tag, NULL);
    assert_picture("  ▾ 1    █\n    ▾ 2  █\n▸       3│\n");
    build_tree(&tree); /* keeps what is open and the focus */
    assert_true(ui_tree_focus(&tree, &tag));
    assert_int_equal(tag, 3);
    ui_tree_act(&tree, &(struct ui_input){UI_ACT_LEFT, UI_KEY_LEFT});
    ui_tree_act(&tree, &(struct ui_input){UI_ACT_LEFT, UI_KEY_LEFT});
    assert_int_equal(tree.list.count, 3);
    ui_surface_clear(&surface);
    ui_tree_draw(&tree, ui_area_all(&surface), true, draw_tag, NULL);
    assert_picture("  ▾ 1\n▸   ▹ 2\n    4\n");
    ui_tree_done(&tree);
}

static void test_keys(void **state)
{
    static const struct ui_offer offers[] = {{UI_ACT_SEARCH_NEXT, NULL}, {UI_ACT_UP, NULL}};
    (void)state;
    assert_int_equal(ui_keys_find(offers, 2, 'n', false), UI_ACT_SEARCH_NEXT);
    assert_int_equal(ui_keys_find(offers, 2, 'n', true), UI_ACT_TEXT);
    assert_int_equal(ui_keys_find(offers, 2, UI_KEY_UP, true), UI_ACT_UP);
    assert_int_equal(ui_keys_find(offers, 2, 'q', false), UI_ACT_NONE);
    assert_int_equal(ui_key_parse("F10"), UI_KEY_F(10));
    assert_int_equal(ui_key_parse("^S"), UI_KEY_CTRL('s'));
    assert_int_equal(ui_key_parse("F13"), UI_KEY_NONE);
    assert_int_equal(ui_key_parse("Nonsense"), UI_KEY_NONE);
}

static void test_keys_man(void **state)
{
    hw_auto(hw_buf) table = HW_BUF(HW_MAX_TEXT);
    (void)state;
    ui_key_man(&table);
    assert_non_null(strstr(hw_buf_cstr(&table), "\nPgDn, Ctrl\\-N|T{\nto the next step\nT}\n"));
}

static void test_theme(void **state)
{
    static const int white[] = {7, 15, 255};
    (void)state;
    for (enum ui_style style = UI_NORMAL; style < UI_STYLE_COUNT; style++) {
        for (int colours = 8; colours <= 256; colours = colours == 8 ? 16 : colours * 16) {
            struct ui_look look = ui_theme_look(style, colours);
            assert_true(look.back < 0 || look.fore >= 0);
            for (size_t i = 0; i < HW_COUNT(white); i++)
                assert_true(look.back >= 0 || look.fore != white[i]);
        }
    }
    assert_true(ui_theme_look(UI_DIM, 8).attributes & UI_FAINT);
}

static void test_layout(void **state)
{
    (void)state;
    assert_false(ui_layout(23, 80, 12, false).fits);
    assert_false(ui_layout(24, 79, 12, false).fits);
    assert_int_equal(ui_layout(24, 80, 12, false).steps.cols, 16);
    assert_int_equal(ui_layout(24, 80, 15, false).steps.cols, 19); /* a language of long words */
    assert_int_equal(ui_layout(24, 80, 15, false).body.cols, 61);
    for (int rows = 24; rows < 120; rows += 7) {
        struct ui_layout layout = ui_layout(rows, 80 + rows, 12, false);
        assert_true(layout.fits);
        assert_true(layout.steps.rows >= 12); /* all steps are in view */
        assert_int_equal(layout.body.row + layout.body.rows, layout.hint.row);
        assert_int_equal(layout.hint.row + layout.hint.rows, layout.rule_bottom);
        assert_int_equal(layout.keys.row, rows - 1);
        assert_int_equal(ui_layout(rows, 200, 12, true).body.cols, 200);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_wide_at_the_edge, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_half_overwritten, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_combining, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_hostile, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_clipped, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_cut, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_ascii, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_styles, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_wrap, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_field, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_field_scrolls, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_text_search_aside, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_text_search, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_tree, set_up, tear_down),
        cmocka_unit_test(test_keys),
        cmocka_unit_test(test_keys_man),
        cmocka_unit_test(test_theme),
        cmocka_unit_test(test_layout),
    };
    return cmocka_run_group_tests_name("surface", tests, NULL, NULL);
}
