/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/xml.h"

static struct hw_xml_doc *parse(const char *text)
{
    return hw_xml_parse(text, strlen(text));
}

static void names_paths_and_texts(void **state HW_UNUSED)
{
    struct hw_xml_doc *doc = parse("<r><set><item><id>a&amp;b</id></item><other/><item><id> c "
                                   "</id><![CDATA[d]]></item></set></r>");
    assert_non_null(doc);
    const struct hw_xml *root = hw_xml_root(doc), *set = hw_xml_child(root, "set");
    hw_auto_text first = hw_xml_text(root, "set/item/id");
    assert_string_equal(first, "a&b");
    const struct hw_xml *item = hw_xml_next(hw_xml_first(set, "item"));
    hw_auto_text second = hw_xml_text(item, "id");
    assert_string_equal(second, " c ");
    hw_auto_text none = hw_xml_text(root, "set/item/missing/id");
    assert_string_equal(none, "");
    assert_null(hw_xml_next(item));
    assert_null(hw_xml_child(NULL, "x"));
    size_t count = 0;
    for (const struct hw_xml *at = root; at; at = hw_xml_following(root, at))
        count++;
    assert_int_equal(count, 7);
    hw_xml_free(doc);
}

static void namespaces_and_attributes(void **state HW_UNUSED)
{
    struct hw_xml_doc *doc =
        parse("<s:e xmlns:s='urn:s' s:k='1' k='2'><p xmlns='urn:p'><q/></p><s:f/></s:e>");
    assert_non_null(doc);
    const struct hw_xml *root = hw_xml_root(doc), *p = hw_xml_child(root, "p");
    assert_string_equal(root->name, "e");
    assert_string_equal(root->namespace, "urn:s");
    assert_string_equal(hw_xml_attribute(root, "k"), "2");
    assert_null(hw_xml_attribute(root, "s"));
    assert_string_equal(p->namespace, "urn:p");
    assert_string_equal(p->children->namespace, "urn:p");
    assert_string_equal(p->next->namespace, "urn:s");
    hw_xml_free(doc);
}

static void encodings(void **state HW_UNUSED)
{
    static const char latin[] = "<?xml version='1.0' encoding='iso-8859-1'?><a>\xe9\xe9\xe9</a>";
    struct hw_xml_doc *doc = parse(latin);
    assert_non_null(doc);
    assert_string_equal(hw_xml_root(doc)->text, "\xc3\xa9\xc3\xa9\xc3\xa9");
    hw_xml_free(doc);
}

static void what_is_no_document_is_refused(void **state HW_UNUSED)
{
    static const char *const wrong[] = {
        "",
        "<a>",
        "<a></b>",
        "<a/><b/>",
        "<a>\xff</a>",
        "<a>&undefined;</a>",
        "<p:a/>",
        "{\"json\": 1}",
        "<!DOCTYPE a><a/>",
        "<!DOCTYPE a [<!ENTITY l \"ha\"><!ENTITY m \"&l;&l;\">]><a>&m;</a>",
    };
    for (size_t i = 0; i < HW_COUNT(wrong); i++)
        assert_null(parse(wrong[i]));
    assert_null(hw_xml_parse("<a/>\0", 5));
}

static struct hw_xml_doc *nested(size_t depth)
{
    hw_auto(hw_buf) text = HW_BUF(HW_MAX_TEXT);
    for (size_t i = 0; i < depth; i++)
        hw_buf_text(&text, "<a>");
    for (size_t i = 0; i < depth; i++)
        hw_buf_text(&text, "</a>");
    return hw_xml_parse(text.data, text.len);
}

static void depth_and_number_are_limited(void **state HW_UNUSED)
{
    struct hw_xml_doc *doc = nested(HW_MAX_XML_DEPTH);
    assert_non_null(doc);
    hw_xml_free(doc);
    assert_null(nested(HW_MAX_XML_DEPTH + 1));
    hw_auto(hw_buf) many = HW_BUF(HW_MAX_REPLY);
    hw_buf_text(&many, "<a>");
    for (size_t i = 0; i < HW_MAX_XML_ELEMENTS; i++)
        hw_buf_text(&many, "<b/>");
    hw_buf_text(&many, "</a>");
    assert_false(many.full);
    assert_null(hw_xml_parse(many.data, many.len));
}

/* What is told, as text: "<name key=value>" where an element begins, "(text)" where a leaf ends. */
static void put_begin(void *data, const char *name, const char **attributes)
{
    hw_buf_print(data, "<%s", name);
    for (; *attributes; attributes += 2)
        hw_buf_print(data, " %s=%s", attributes[0], attributes[1]);
    hw_buf_text(data, ">");
}

static bool put_leaf(void *data, const char *text, size_t n)
{
    hw_buf_print(data, "(%.*s)", (int)n, text);
    return strcmp(text, "stop") != 0;
}

static bool tell(struct hw_buf *out, const char *text)
{
    static const struct hw_xml_events events = {put_begin, put_leaf};
    hw_buf_clear(out);
    return hw_xml_tell(text, strlen(text), &events, out);
}

static void elements_are_told_without_a_tree(void **state HW_UNUSED)
{
    hw_auto(hw_buf) out = HW_BUF(HW_MAX_TEXT);
    assert_true(tell(&out, "<s:a xmlns:s='u'>lost<b k='1' s:k='2'> x&amp;<![CDATA[y]]> </b>lost<s:c"
                           "/>lost<d>lost<e/>lost</d></s:a>"));
    assert_string_equal(hw_buf_cstr(&out), "<a xmlns:s=u><b k=1 s:k=2>( x&y )<c>()<d><e>()");
    assert_false(tell(&out, "<a><b>stop</b><c/></a>"));
    assert_string_equal(hw_buf_cstr(&out), "<a><b>(stop)");
    assert_false(tell(&out, "<a><b>1</b>"));
    assert_false(tell(&out, ""));
    assert_false(tell(&out, "<!DOCTYPE a [<!ENTITY l \"ha\">]><a>&l;</a>"));
    assert_string_equal(hw_buf_cstr(&out), "");
    hw_auto(hw_buf) deep = HW_BUF(HW_MAX_TEXT);
    for (size_t i = 0; i <= HW_MAX_XML_DEPTH; i++)
        hw_buf_text(&deep, "<a>");
    for (size_t i = 0; i <= HW_MAX_XML_DEPTH; i++)
        hw_buf_text(&deep, "</a>");
    assert_false(tell(&out, hw_buf_cstr(&deep)));
    deep.len -= strlen("</a>");
    deep.data[deep.len] = '\0';
    assert_true(tell(&out, hw_buf_cstr(&deep) + strlen("<a>")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_paths_and_texts),
        cmocka_unit_test(namespaces_and_attributes),
        cmocka_unit_test(encodings),
        cmocka_unit_test(what_is_no_document_is_refused),
        cmocka_unit_test(depth_and_number_are_limited),
        cmocka_unit_test(elements_are_told_without_a_tree),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
