/* SPDX-License-Identifier: MIT */
/* What counts up is folded, and nothing else. */
#include <cr2/base.h>

#include "view/run/tokens.h"

#include "../../test.h"

static void assert_folded(const char *tokens, const char *wanted)
{
	struct cr2_text text = {0};
	struct token_run run;

	assert_int_equal(cr2_text_append(&text, ""), 0);
	while (token_run_next(&tokens, &run)) {
		cr2_text_printf(&text, "%s%.*s", text.length ? " " : "", (int)run.length, run.first);
		if (run.last)
			cr2_text_printf(&text, "..%.*s", (int)run.last_length, run.last);
	}
	assert_string_equal(text.data, wanted);
	cr2_text_finish(&text);
}

static void three_and_more_are_folded(void **state)
{
	(void)state;
	assert_folded("f:0 f:1 f:2 f:3 -*2", "f:0..f:3 -*2");
	assert_folded("a1 a2", "a1 a2");
	assert_folded("- a9 a10 a11 a12 z", "- a9..a12 z");
	assert_folded("a1/2 a2/2 a3/2 a4 a5 a6", "a1/2..a3/2 a4..a6");
	assert_folded("  a1  a2  a3 ", "a1..a3");
}

static void others_stand_alone(void **state)
{
	(void)state;
	assert_folded("", "");
	assert_folded("a3 a2 a1", "a3 a2 a1");
	assert_folded("a1 a1 a1", "a1 a1 a1");
	assert_folded("f:0 g:1 f:2", "f:0 g:1 f:2");
	assert_folded("a1/2 a2/3 a3/4", "a1/2 a2/3 a3/4");
	assert_folded("-*1 -*2 -*3", "-*1 -*2 -*3");
	assert_folded("a1..a4 a5..a8 a9..a12", "a1..a4 a5..a8 a9..a12");
	assert_folded("a1 h2 a3", "a1 h2 a3");
	assert_folded("7 / /3 !", "7 / /3 !");
}

static void numbers_too_long_to_count_stand_alone(void **state)
{
	(void)state;
	assert_folded("a18446744073709551615 a18446744073709551616 a18446744073709551617",
		      "a18446744073709551615 a18446744073709551616 a18446744073709551617");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(three_and_more_are_folded),
		cmocka_unit_test(others_stand_alone),
		cmocka_unit_test(numbers_too_long_to_count_stand_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
