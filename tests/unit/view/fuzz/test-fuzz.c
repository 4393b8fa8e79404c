/* SPDX-License-Identifier: MIT */
/* How random scenarios went, as text and JSON. */
#include <stdlib.h>

#include <jansson.h>

#include <cr2/view_fuzz.h>

#include "../golden.h"
#include "../../test.h"

static struct cr2_coverage coverage;
static const struct cr2_view_fuzz_reason reasons[] = {
	{"there is no swap: add some on a disk (swapon FILE)", 12, false},
	{"the process did not answer and was killed", 1, true},
};
static const struct cr2_view_fuzz fuzz = {
	.model = "model 6.18", .target = "host 6.18.44", .seed = 0x1f, .seconds = 12.34,
	.steps = 1234567, .scenarios = 54321, .skipped = 13,
	.findings = {[CR2_FUZZ_DIFFERENCE] = 2, [CR2_FUZZ_UNSTABLE] = 1},
	.widened = {[CR2_WIDENING_READ_AHEAD] = 77},
	.n_reasons = CR2_ARRAY_SIZE(reasons), .reasons = reasons, .coverage = &coverage,
};

static int fill(void **state)
{
	(void)state;
	for (int page = 0; page < CR2_COVERAGE_PAGES; page++)
		coverage.faults[CR2_PATH_WP_COPY][CR2_COVERAGE_MAPPING_PRIVATE_ANON][page] =
			page ? 9999ULL * (unsigned)page : 1;
	coverage.faults[CR2_PATH_WP_COPY][CR2_COVERAGE_MAPPING_PRIVATE_SHMEM][CR2_COVERAGE_PAGE_FILE] = 7;
	coverage.faults[CR2_PATH_ANON_HUGE_ZERO][CR2_COVERAGE_MAPPING_PRIVATE_ANON]
		       [CR2_COVERAGE_PAGE_NONE] = 1234567;
	coverage.results[CR2_OP_MAP][CR2_RESULT_OK] = 1000;
	coverage.results[CR2_OP_MAP][CR2_RESULT_ENOMEM] = 2;
	coverage.results[CR2_OP_MAP][CR2_RESULT_EINVAL] = 3;
	coverage.results[CR2_OP_WRITE][CR2_RESULT_OK] = 999;
	coverage.patterns[CR2_PATTERN_STALE_LOCK] = 1234;
	coverage.patterns[CR2_PATTERN_COW_BOTH] = 5;
	return 0;
}

static void summary_fits(unsigned width, const char *golden)
{
	struct cr2_style style = {.width = width}, colour = {.width = width, .colour = true};
	struct cr2_text text = {0}, coloured = {0};

	assert_int_equal(cr2_view_fuzz(&fuzz, &style, &text), 0);
	assert_int_equal(cr2_view_fuzz(&fuzz, &colour, &coloured), 0);
	assert_fits(&text, width);
	assert_same_without_colour(&coloured, &text);
	assert_golden(golden, &text);
	cr2_text_finish(&text);
	cr2_text_finish(&coloured);
}

static void the_summary(void **state)
{
	(void)state;
	summary_fits(100, "fuzz-100");
	summary_fits(80, "fuzz-80");
}

static void progress_is_one_line(void **state)
{
	struct cr2_style style = {.width = 30};
	struct cr2_text text = {0};

	(void)state;
	assert_int_equal(cr2_view_fuzz_progress(&fuzz, &style, &text), 0);
	assert_string_equal(text.data, "1,234,567 steps, 100,045/s, 5");
	cr2_text_finish(&text);
	style.width = 100;
	assert_int_equal(cr2_view_fuzz_progress(&fuzz, &style, &text), 0);
	assert_string_equal(text.data,
		"1,234,567 steps, 100,045/s, 54,321 scenarios, 12 fault cells, 3 found");
	cr2_text_finish(&text);
}

static json_t *parse(const struct cr2_text *text)
{
	json_t *object = json_loads(text->data, 0, NULL);

	assert_non_null(object);
	assert_int_equal(text->data[text->length - 1], '\n');
	return object;
}

static void the_summary_for_programs(void **state)
{
	struct cr2_text text = {0};
	json_t *object;

	(void)state;
	assert_int_equal(cr2_view_fuzz_json(&fuzz, &text), 0);
	object = parse(&text);
	assert_string_equal(json_string_value(json_object_get(object, "seed")), "0x1f");
	assert_int_equal(json_integer_value(json_object_get(object, "steps")), 1234567);
	assert_int_equal(json_integer_value(json_object_get(json_object_get(object, "findings"),
							    "difference")), 2);
	assert_int_equal(json_integer_value(json_object_get(json_object_get(object, "widened"),
							    "read_ahead")), 77);
	assert_int_equal(json_array_size(json_object_get(object, "faults")), 12);
	assert_int_equal(json_array_size(json_object_get(object, "reasons")), 2);
	assert_int_equal(json_integer_value(json_object_get(json_object_get(
		json_object_get(object, "operations"), "map"), "ENOMEM")), 2);
	assert_int_equal(json_integer_value(json_object_get(json_object_get(object, "patterns"),
							    "stale_lock")), 1234);
	assert_int_equal(json_object_size(json_object_get(object, "patterns")), CR2_PATTERN_COUNT);
	json_decref(object);
	cr2_text_finish(&text);
}

static void a_finding_for_programs(void **state)
{
	const struct cr2_view_fuzz_found found = {CR2_FUZZ_LEAK, 0xabc, "x/leak.litmus", "2 frames", NULL};
	struct cr2_text text = {0};

	(void)state;
	assert_int_equal(cr2_view_fuzz_found_json(&found, &text), 0);
	assert_string_equal(text.data, "{\"kind\":\"leak\",\"scenario\":\"0xabc\","
			    "\"file\":\"x/leak.litmus\",\"reason\":\"2 frames\",\"differences\":[]}\n");
	cr2_text_finish(&text);
}

static void findings_have_names(void **state)
{
	(void)state;
	for (int i = 0; i < CR2_FUZZ_FINDINGS; i++)
		assert_non_null(cr2_fuzz_finding_name((enum cr2_fuzz_finding)i));
	assert_null(cr2_fuzz_finding_name(CR2_FUZZ_FINDINGS));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_summary),
		cmocka_unit_test(progress_is_one_line),
		cmocka_unit_test(the_summary_for_programs),
		cmocka_unit_test(a_finding_for_programs),
		cmocka_unit_test(findings_have_names),
	};

	return cmocka_run_group_tests(tests, fill, NULL);
}
