/* SPDX-License-Identifier: MIT */
/* What is exported: escaped, cumulative, whole, and as each format wants it. */
#include <stdlib.h>

#include <cr2/view_metrics.h>

#include "../../test.h"

static const struct cr2_metrics_row rows[] = {
	{.cgroup = "/a \"b\"\\\n\xff", .path = CR2_PATH_WP_COPY, .n = 7, .ns = 1500000002, .major = 1, .copied = 28672,
	 .octaves = {[0] = 1, [5] = 2, [12] = 1, [39] = 3}},
};
static const struct cr2_trace_counts books = {.recorded = 7, .kernel_counted = 9, .by_reference = 2};

static char *metrics(bool openmetrics)
{
	const struct cr2_view_metrics m = {.openmetrics = openmetrics, .version = "1", .n = 1, .rows = rows,
		.books = &books, .removed = {[CR2_PATH_SIGBUS] = 5}, .own = 1, .limit = 100};
	struct cr2_text text = {0};

	assert_int_equal(cr2_view_metrics(&m, &text), 0);
	return text.data;
}

static void has(const char *text, const char *line)
{
	if (!strstr(text, line))
		fail_msg("no \"%s\" in:\n%s", line, text);
}

static void labels_are_escaped(void **state)
{
	char *text = metrics(true);

	(void)state;
	has(text, "\ncr2_page_faults_total{cgroup=\"/a \\\"b\\\"\\\\\\\\x0a\\\\xff\",path=\"wp_copy\"} 7\n");
	free(text);
}

static void buckets_are_cumulative(void **state)
{
	char *text = metrics(true);

	(void)state;
	has(text, ",le=\"0.000000256\"} 3\n");
	has(text, ",le=\"0.000016384\"} 3\n");
	has(text, ",le=\"0.000065536\"} 4\n");
	has(text, ",le=\"1.073741824\"} 4\n");
	has(text, ",le=\"+Inf\"} 7\n");
	has(text, "_sum{");
	has(text, "} 1.500000002\n");
	free(text);
}

static void each_format_has_its_own(void **state)
{
	char *text = metrics(true);
	size_t n = strlen(text);

	(void)state;
	assert_string_equal(text + n - 7, "\n# EOF\n");
	has(text, "# TYPE cr2_page_faults counter\n");
	has(text, "# TYPE cr2_build info\n");
	has(text, "# UNIT cr2_page_fault_copied_bytes bytes\n");
	has(text, "cr2_page_faults_removed_total{path=\"sigbus\"} 5\n");
	free(text);
	text = metrics(false);
	has(text, "# TYPE cr2_page_faults_total counter\n");
	has(text, "# TYPE cr2_build_info gauge\n");
	assert_null(strstr(text, "# UNIT"));
	assert_null(strstr(text, "# EOF"));
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(labels_are_escaped),
		cmocka_unit_test(buckets_are_cumulative),
		cmocka_unit_test(each_format_has_its_own),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
