/* SPDX-License-Identifier: MIT */
/* A scenario inside a page: whole, and never the page's own markup. */
#include <errno.h>

#include <cr2/view_learn.h>
#include <cr2/view_step.h>

#include "../../test.h"

static void a_scenario_stands_in_its_place(void **state)
{
	struct cr2_text text = {0};

	(void)state;
	assert_int_equal(cr2_view_page("<p><script id=\"scenario\"></script>", "# </script> é\nread 0\n", CR2_PROFILE_6_1,
				       "course", &text), 0);
	assert_string_equal(text.data, "<p><script id=\"scenario\">{\"text\":\"# \\u003c/script> \\u00E9\\nread 0\\n\","
			    "\"kernel\":\"6.1\",\"against\":\"course\"}</script>");
	cr2_text_finish(&text);
}

static void a_sheet_stands_there_with_all_digits_of_its_seeds(void **state)
{
	struct cr2_sheet_item items[] = {
		{.kind = CR2_EXERCISE_BITS, .seed = UINT64_MAX, .level = 2, .profile = CR2_PROFILE_6_18},
		{.kind = CR2_EXERCISE_COW, .seed = 7, .level = 3, .profile = CR2_PROFILE_6_1},
	};
	const struct cr2_sheet sheet = {.id = (char *)"ada", .name = (char *)"Ada <L>", .n_items = 2, .items = items};
	struct cr2_text text = {0};

	(void)state;
	assert_int_equal(cr2_view_sheet_page("<script id=\"scenario\"></script>", &sheet, &text), 0);
	assert_string_equal(text.data, "<script id=\"scenario\">{\"student\":\"ada\",\"name\":\"Ada \\u003cL>\",\"items\":["
			    "{\"exercise\":\"bits\",\"seed\":\"18446744073709551615\",\"level\":2,\"kernel\":\"6.18\"},"
			    "{\"exercise\":\"cow\",\"seed\":\"7\",\"level\":3,\"kernel\":\"6.1\"}]}</script>");
	cr2_text_finish(&text);
	assert_int_equal(cr2_view_sheet_page("<p>", &sheet, &text), -EINVAL);
}

static void another_page_is_refused(void **state)
{
	struct cr2_text text = {0};

	(void)state;
	assert_int_equal(cr2_view_page("<p>", "read 0\n", CR2_PROFILE_6_18, "", &text), -EINVAL);
	assert_null(text.data);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_scenario_stands_in_its_place),
		cmocka_unit_test(a_sheet_stands_there_with_all_digits_of_its_seeds),
		cmocka_unit_test(another_page_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
