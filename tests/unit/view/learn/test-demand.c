/* SPDX-License-Identifier: MIT */
/* What a learner's program printed, beside its verdict: some of it, and how much is left out. */
#include <cr2/view_learn.h>

#include "../../test.h"

static void draw(const char *output, size_t n, uint64_t bytes, struct cr2_text *text)
{
	const struct cr2_style style = {.width = 80};
	struct cr2_view_demand result = {.output = output, .output_length = n, .output_bytes = bytes};
	struct cr2_demand_report report;

	assert_int_equal(cr2_demand_make(CR2_DEMAND_TOUCH, 1, &result.task), 0);
	cr2_demand_report_begin(&result.task, CR2_TRACE_SOURCE_BPF, &report);
	cr2_demand_report_end(&report, CR2_DEMAND_EXITED, 0, 0);
	result.report = &report;
	assert_int_equal(cr2_view_demand(&result, &style, text), 0);
}

static void has(const struct cr2_text *text, const char *part)
{
	if (!strstr(text->data, part))
		fail_msg("no '%s' in:\n%s", part, text->data);
}

static void test_short(void **state)
{
	struct cr2_text text = {0};

	(void)state;
	draw("one\n\x1b[2J\n", 9, 9, &text);
	has(&text, " It printed 9 bytes:\n  | one\n  | \\x1b[2J\n");
	assert_null(strstr(text.data, "bytes more"));
	cr2_text_finish(&text);
}

static void test_many_lines(void **state)
{
	struct cr2_text text = {0};

	(void)state;
	draw("a\nb\nc\nd\ne\nf\ng\nh\ni\nj\nk\nl\n", 24, 24, &text);
	has(&text, "  | j\n  and 4 bytes more\n");
	cr2_text_finish(&text);
}

/* A line without an end is cut, and no letter of it in two. */
static void test_long_line(void **state)
{
	static char output[65536];
	struct cr2_text text = {0};

	(void)state;
	memset(output, 'A', sizeof(output));
	memcpy(output + 998, "\xe2\x82\xac", 3);
	draw(output, sizeof(output), 100000, &text);
	has(&text, "AAA\n  and 99002 bytes more\n");
	assert_null(strstr(text.data, "\\xe2"));
	assert_in_range(text.length, 1000, 2000);
	cr2_text_finish(&text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_short),
		cmocka_unit_test(test_many_lines),
		cmocka_unit_test(test_long_line),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
