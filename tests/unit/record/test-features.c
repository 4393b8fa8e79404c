/* SPDX-License-Identifier: MIT */
/* src/record/features.c: the first that is needed and not there is the one that is missing. */
#include <cr2/features.h>

#include "../test.h"

static void the_first_missing_one_is_named(void **state)
{
	struct cr2_feature_state states[CR2_FEATURES] = {0};

	(void)state;
	for (int i = 0; i < CR2_FEATURES; i++)
		states[i].there = true;
	assert_int_equal(cr2_features_missing(states), CR2_FEATURES);
	states[CR2_FEATURE_FENTRY].there = states[CR2_FEATURE_CGROUP2].there = false;
	assert_int_equal(cr2_features_missing(states), CR2_FEATURES);
	states[CR2_FEATURE_PERF_EVENTS].there = false;
	assert_int_equal(cr2_features_missing(states), CR2_FEATURE_PERF_EVENTS);
	states[CR2_FEATURE_BTF].there = false;
	assert_int_equal(cr2_features_missing(states), CR2_FEATURE_BTF);
}

static void each_row_is_whole(void **state)
{
	(void)state;
	for (int i = 0; i < CR2_FEATURES; i++) {
		assert_true(cr2_feature_name((enum cr2_feature)i)[0]);
		assert_true(cr2_feature_sentence((enum cr2_feature)i)[0]);
		assert_true(cr2_feature_remedy((enum cr2_feature)i)[0]);
	}
	assert_null(cr2_feature_name(CR2_FEATURES));
	assert_null(cr2_feature_remedy(CR2_FEATURES));
	assert_false(cr2_feature_needed(CR2_FEATURES));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_first_missing_one_is_named),
		cmocka_unit_test(each_row_is_whole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
