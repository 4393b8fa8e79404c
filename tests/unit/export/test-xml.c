/* SPDX-License-Identifier: MIT */
/* XML: what is escaped, and where lines end. */
#include "export/xml.h"

#include "../test.h"

static void escaped(void **state)
{
	struct cr2_text text = {0};
	struct xml x = {0};
	xml_node *list = xml_add(&x, xml_begin(&x), "list", NULL), *item = xml_add(&x, list, "item", "name", "<\"&\">", NULL);

	(void)state;
	xml_text(&x, item, "a < b & \"c\"\n  d");
	xml_add(&x, list, "none", NULL);
	xml_leaf(&x, list, "empty", "");
	xml_cdata(&x, xml_add(&x, list, "html", NULL), "<b>]]></b>]]>");
	assert_int_equal(xml_end(&x, &text), 0);
	assert_string_equal(text.data, "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n"
			    "<list>\n"
			    "<item name=\"&lt;&quot;&amp;&quot;&gt;\">a &lt; b &amp; &quot;c&quot;\n  d</item>\n"
			    "<none />\n"
			    "<empty></empty>\n"
			    "<html><![CDATA[<b>]]]]><![CDATA[></b>]]]]><![CDATA[>]]></html>\n"
			    "</list>\n");
	cr2_text_finish(&text);
}

/* What goes into another document ends without a line. */
static void part(void **state)
{
	struct cr2_text text = {0};
	struct xml x = {0};

	(void)state;
	xml_leaf(&x, xml_begin_part(&x, "div"), "p", "x");
	assert_int_equal(xml_end(&x, &text), 0);
	assert_string_equal(text.data, "<div>\n<p>x</p>\n</div>");
	cr2_text_finish(&text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(escaped),
		cmocka_unit_test(part),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
