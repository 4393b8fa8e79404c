/* SPDX-License-Identifier: MIT */
/* Ordered maps, beside a table of the same keys; and which of a node's places a key can take. */
#include <cr2/base.h>
#include <model/tree.h>

#include "../test.h"

#define KEYS 4096

static uint32_t next_random(uint32_t *seed)
{
	*seed = *seed * 1664525u + 1013904223u;
	return *seed >> 8;
}

/* Every answer about key is that of the table, in which 0 is: not there. */
static void check(const struct tree_pool *pool, const struct tree *tree, const uint32_t *table,
		  uint32_t key)
{
	uint32_t value = 0;
	struct tree_entry entry;
	unsigned above = key, below = key;

	assert_int_equal(tree_find(pool, tree, key, &value), table[key] != 0);
	assert_int_equal(value, table[key]);
	while (above < KEYS && !table[above])
		above++;
	assert_int_equal(tree_from(pool, tree, key, &entry), above < KEYS);
	if (above < KEYS) {
		assert_int_equal(entry.key, above);
		assert_int_equal(entry.value, table[above]);
	}
	while (below < KEYS && !table[below])
		below--;
	assert_int_equal(tree_up_to(pool, tree, key, &entry), below < KEYS);
	if (below < KEYS) {
		assert_int_equal(entry.key, below);
		assert_int_equal(entry.value, table[below]);
	}
}

/* Rows that begin at key, end inside a node or behind several, and have holes or none. */
static void check_rows(const struct tree_pool *pool, const struct tree *tree,
		       const uint32_t *table, uint32_t key)
{
	static const unsigned lengths[] = {0, 1, 16, 33, 512};
	uint32_t row[512];

	for (size_t i = 0; i < CR2_ARRAY_SIZE(lengths); i++) {
		tree_find_row(pool, tree, key, lengths[i], row);
		for (unsigned k = 0; k < lengths[i]; k++)
			assert_int_equal(row[k], key + k < KEYS ? table[key + k] : 0);
	}
}

static void finds_rows(void **state)
{
	static uint32_t table[KEYS];
	bool failed = false;
	struct tree_pool pool;
	struct tree tree = {0};
	uint32_t random = 1;

	(void)state;
	tree_pool_init(&pool, &failed);
	for (uint32_t key = 0; key < KEYS; key++) {
		table[key] = key + 1;
		assert_int_equal(tree_set(&pool, &tree, key, key + 1), 0);
	}
	for (unsigned i = 0; i < KEYS; i++) {
		uint32_t key = next_random(&random) % KEYS;

		if (i % 8 == 0)
			check_rows(&pool, &tree, table, key);
		tree_delete(&pool, &tree, key);
		table[key] = 0;
	}
	tree_pool_finish(&pool);
}

static void answers_as_a_table(void **state)
{
	bool failed = false;
	struct tree_pool pool;

	(void)state;
	tree_pool_init(&pool, &failed);
	/* Growing and shrinking, sparse and dense. */
	for (uint32_t seed = 1; seed <= 8; seed++) {
		static uint32_t table[KEYS];
		struct tree tree = {0};
		uint32_t random = seed, nodes;

		memset(table, 0, sizeof(table));
		for (unsigned i = 0; i < 4 * KEYS; i++) {
			uint32_t key = next_random(&random) % KEYS;
			bool add = next_random(&random) % 100 < (i / KEYS % 2 ? 20 : 80);

			if (add)
				assert_int_equal(tree_set(&pool, &tree, key, i + 1), 0);
			else
				tree_delete(&pool, &tree, key);
			table[key] = add ? i + 1 : 0;
			check(&pool, &tree, table, next_random(&random) % KEYS);
		}
		for (uint32_t key = 0; key < KEYS; key++) {
			check(&pool, &tree, table, key);
			tree_delete(&pool, &tree, key);
			table[key] = 0;
		}
		assert_int_equal(tree.root, 0);
		/* An emptied map has given all nodes back: the next takes no new ones. */
		nodes = pool.n;
		for (uint32_t key = 0; key < KEYS; key++)
			assert_int_equal(tree_set(&pool, &tree, key, 1), 0);
		for (uint32_t key = KEYS; key-- > 0;)
			tree_delete(&pool, &tree, key);
		assert_int_equal(tree.root, 0);
		if (seed > 1)
			assert_int_equal(pool.n, nodes);
	}
	assert_false(failed);
	tree_pool_finish(&pool);
}

/* In order, up or down, nodes come out full: a page of a file costs some 13 bytes. */
static void ordered_keys_fill_nodes(void **state)
{
	bool failed = false;

	(void)state;
	for (unsigned down = 0; down < 2; down++) {
		struct tree_pool pool;
		struct tree tree = {0};

		tree_pool_init(&pool, &failed);
		for (uint64_t i = 0; i < 10000; i++)
			assert_int_equal(tree_set(&pool, &tree, down ? UINT64_MAX - i : i, 1), 0);
		assert_in_range(pool.n, 10000 / 32, 10000 / 29);
		tree_pool_finish(&pool);
	}
}

static void copies_are_independent(void **state)
{
	bool failed = false;
	struct tree_pool pool, copy;
	struct tree tree = {0}, copied;
	uint32_t value = 0;

	(void)state;
	tree_pool_init(&pool, &failed);
	for (uint64_t key = 0; key < 1000; key++)
		assert_int_equal(tree_set(&pool, &tree, key, 1), 0);
	assert_int_equal(tree_pool_copy(&pool, &failed, &copy), 0);
	copied = tree;
	for (uint64_t key = 0; key < 1000; key += 2) {
		assert_int_equal(tree_set(&copy, &copied, key, 2), 0);
		tree_delete(&pool, &tree, key);
	}
	for (uint64_t key = 0; key < 1000; key++) {
		assert_int_equal(tree_find(&pool, &tree, key, &value), key % 2);
		assert_true(tree_find(&copy, &copied, key, &value));
		assert_int_equal(value, key % 2 ? 1 : 2);
	}
	tree_pool_finish(&pool);
	tree_pool_finish(&copy);
}

static void the_lowest_free_number_is_taken(void **state)
{
	bool failed = false;
	struct numbers numbers = {0};
	struct tree_pool pool;

	(void)state;
	tree_pool_init(&pool, &failed);
	for (uint32_t i = 1; i <= 100; i++)
		assert_int_equal(numbers_take(&pool, &numbers), i);
	assert_int_equal(numbers_give(&pool, &numbers, 70), 0);
	assert_int_equal(numbers_give(&pool, &numbers, 30), 0);
	assert_int_equal(numbers.n_free, 2);
	assert_int_equal(numbers_take(&pool, &numbers), 30);
	assert_int_equal(numbers_take(&pool, &numbers), 70);
	assert_int_equal(numbers_take(&pool, &numbers), 101);
	tree_pool_finish(&pool);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(answers_as_a_table),
		cmocka_unit_test(finds_rows),
		cmocka_unit_test(ordered_keys_fill_nodes),
		cmocka_unit_test(copies_are_independent),
		cmocka_unit_test(the_lowest_free_number_is_taken),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
