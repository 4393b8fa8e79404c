/* SPDX-License-Identifier: MIT */
#include <base/hash.h>

#include "../test.h"

static void what_was_set_is_found(void **state)
{
	struct hash table = {0};

	(void)state;
	assert_int_equal(hash_get(&table, 1, 2), 0);
	for (uint64_t i = 0; i < 10000; i++)
		assert_int_equal(hash_set(&table, i / 100, i % 100, i + 1), 0);
	assert_int_equal(hash_set(&table, 7, 7, 5), 0);
	for (uint64_t i = 0; i < 10000; i++)
		assert_int_equal(hash_get(&table, i / 100, i % 100), i == 707 ? 5 : i + 1);
	assert_int_equal(hash_get(&table, 100, 0), 0);
	hash_clear(&table);
	assert_int_equal(hash_get(&table, 7, 7), 0);
	assert_int_equal(hash_set(&table, 7, 7, 6), 0);
	assert_int_equal(hash_get(&table, 7, 7), 6);
	hash_finish(&table);
	assert_int_equal(hash_get(&table, 7, 7), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_was_set_is_found),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
