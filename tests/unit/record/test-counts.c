/* SPDX-License-Identifier: MIT */
/* src/record/counts.c: what came between two readings, whatever their order. */
#include <cr2/trace.h>

#include "../test.h"

#define ROW(path_, count, time) {.path = CR2_PATH_##path_, .n = (count), .ns = (time), .longest_ns = 9}

static void only_what_came_since(void **state)
{
	struct cr2_trace_count first[] = {ROW(WP_COPY, 5, 50), ROW(ANON_ALLOC, 3, 30)};
	struct cr2_trace_count second[] = {ROW(SWAP_IN, 1, 10), ROW(ANON_ALLOC, 3, 30), ROW(WP_COPY, 9, 70)};
	struct cr2_trace_counts before = {.n = 2, .items = first, .recorded = 8, .lost = 1};
	struct cr2_trace_counts now = {.n = 3, .items = second, .recorded = 13, .lost = 1}, since;

	(void)state;
	cr2_trace_counts_sort(&before);
	cr2_trace_counts_sort(&now);
	assert_int_equal(cr2_trace_counts_since(&now, &before, &since), 0);
	assert_int_equal(since.n, 2);
	assert_int_equal(since.items[0].path, CR2_PATH_WP_COPY);
	assert_int_equal(since.items[0].n, 4);
	assert_int_equal(since.items[0].ns, 20);
	assert_int_equal(since.items[0].longest_ns, 0);
	assert_int_equal(since.items[1].path, CR2_PATH_SWAP_IN);
	assert_int_equal(since.recorded, 5);
	assert_int_equal(since.lost, 0);
	cr2_trace_counts_finish(&since);
	assert_int_equal(cr2_trace_counts_since(&now, &now, &since), 0);
	assert_int_equal(since.n, 0);
	cr2_trace_counts_finish(&since);
	before.n = 0;
	assert_int_equal(cr2_trace_counts_since(&now, &before, &since), 0);
	assert_int_equal(since.n, 3);
	cr2_trace_counts_finish(&since);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_what_came_since),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
