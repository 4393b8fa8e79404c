/* SPDX-License-Identifier: MIT */
/* A scenario inside a page: whole, and never the page's own markup. */
#include <errno.h>

#include <cr2/view_step.h>

#include "../../test.h"

static void a_scenario_stands_in_its_place(void **state)
{
	struct cr2_text text = {0};

	(void)state;
	assert_int_equal(cr2_view_page("<p><script id=\"scenario\"></script>", "# </script> é\nread 0\n", CR2_PROFILE_6_1,
				       CR2_PROFILE_COURSE, &text), 0);
	assert_string_equal(text.data, "<p><script id=\"scenario\">{\"text\":\"# \\u003c/script> \\u00E9\\nread 0\\n\","
			    "\"kernel\":\"6.1\",\"against\":\"course\"}</script>");
	cr2_text_finish(&text);
}

static void another_page_is_refused(void **state)
{
	struct cr2_text text = {0};

	(void)state;
	assert_int_equal(cr2_view_page("<p>", "read 0\n", CR2_PROFILE_6_18, -1, &text), -EINVAL);
	assert_null(text.data);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_scenario_stands_in_its_place),
		cmocka_unit_test(another_page_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
