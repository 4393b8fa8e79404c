/* SPDX-License-Identifier: MIT */
/* src/trace/counts.h: durations find their slot, and kinds of faults their number. */
#include "trace/counts.h"

#include "../test.h"

/* Slots ascend with the time, leave none out, and are at most an eighth wide. */
static void slots_ascend_and_are_narrow(void **state)
{
	uint64_t first = 0;

	(void)state;
	for (uint64_t ns = 1; ns < 1000000; ns++) {
		uint32_t slot = trace_slot(ns), before = trace_slot(ns - 1);

		assert_in_range(slot - before, 0, 1);
		if (slot != before)
			first = ns;
		if (ns >= 8)
			assert_true((ns - first) * 8 < ns);
	}
}

static void small_times_are_exact(void **state)
{
	(void)state;
	for (uint64_t ns = 0; ns < 16; ns++)
		assert_int_equal(trace_slot(ns), ns);
}

static void no_time_is_beyond_the_last_slot(void **state)
{
	(void)state;
	assert_int_equal(trace_slot(UINT64_MAX), TRACE_SLOTS - 1);
	assert_true(trace_slot(1ULL << 40) < TRACE_SLOTS - 1);
}

/* Each number is one kind, and each kind has one. */
static void kinds_have_a_number_each(void **state)
{
	(void)state;
	for (uint32_t kind = 0; kind < TRACE_KINDS; kind++) {
		const struct trace_key key = trace_key_of(kind);

		assert_int_equal(trace_kind(&key), kind);
		assert_true(key.path < CR2_PATH_COUNT && key.mapping < CR2_TRACE_MAPPINGS);
		assert_true(key.kernel <= 1 && key.major <= 1 && key.who == 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(slots_ascend_and_are_narrow),
		cmocka_unit_test(small_times_are_exact),
		cmocka_unit_test(no_time_is_beyond_the_last_slot),
		cmocka_unit_test(kinds_have_a_number_each),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
