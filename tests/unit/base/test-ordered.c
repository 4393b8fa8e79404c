/* SPDX-License-Identifier: MIT */
/* Ordered maps against an array, and copies that do not see each other's changes. */
#include <stdlib.h>

#include "base/ordered.h"

#include "../test.h"

#define KEYS 40

/* What a map should hold, by a and b; 0: nothing. */
struct wanted {
	unsigned value[3][KEYS];
	uint64_t end[3][KEYS];
};

static struct ordered_key key(uint64_t a, uint64_t b)
{
	return (struct ordered_key){a, b, 0};
}

static unsigned next(unsigned *seed)
{
	*seed = *seed * 1103515245 + 12345;
	return *seed >> 16;
}

static void change(struct ordered *map, struct wanted *w, unsigned *seed)
{
	unsigned a = next(seed) % 3, b = next(seed) % KEYS, value = 1 + next(seed);

	if (next(seed) % 3 == 0) {
		assert_int_equal(ordered_remove(map, key(a, b)), 0);
		w->value[a][b] = 0;
		return;
	}
	w->value[a][b] = value;
	w->end[a][b] = b + next(seed) % 8;
	assert_int_equal(ordered_put(map, key(a, b), w->end[a][b], &value), 0);
}

static void assert_overlaps(const struct ordered *map, const struct wanted *w, uint64_t a,
			    uint64_t from, uint64_t to)
{
	struct ordered_key at = key(a, 0);
	struct ordered_entry e;

	for (uint64_t b = 0; b < to && b < KEYS; b++) {
		if (!w->value[a][b] || w->end[a][b] <= from)
			continue;
		assert_true(ordered_overlap(map, at, from, to, &e));
		assert_int_equal(e.key.b, b);
		at = ordered_above(e.key);
	}
	assert_false(ordered_overlap(map, at, from, to, &e));
}

static void assert_holds(const struct ordered *map, const struct wanted *w)
{
	struct ordered_entry e, last = {0};
	struct ordered_key at = {0};
	bool any = false;

	for (unsigned a = 0; a < 3; a++) {
		for (unsigned b = 0; b < KEYS; b++) {
			const unsigned *value = ordered_get(map, key(a, b));

			assert_int_equal(value ? *value : 0, w->value[a][b]);
			if (value) {
				assert_true(ordered_ceil(map, at, &e));
				assert_int_equal(e.key.a, a);
				assert_int_equal(e.key.b, b);
				at = ordered_above(e.key);
				last = e;
				any = true;
			}
			assert_int_equal(ordered_floor(map, key(a, b), &e), any);
			if (any)
				assert_ptr_equal(e.value, last.value);
		}
		assert_overlaps(map, w, a, 5, 9);
		assert_overlaps(map, w, a, 0, KEYS);
		assert_overlaps(map, w, a, 30, 31);
	}
	assert_false(ordered_ceil(map, at, &e));
}

static void a_map_holds_what_was_put(void **state)
{
	(void)state;
	for (unsigned seed = 0; seed < 200; seed++) {
		static struct wanted w;
		unsigned random = seed;
		struct ordered map;

		w = (struct wanted){0};
		ordered_init(&map, sizeof(unsigned));
		for (int i = 0; i < 150; i++)
			change(&map, &w, &random);
		assert_holds(&map, &w);
		ordered_finish(&map);
	}
}

static void copies_go_their_own_ways(void **state)
{
	(void)state;
	for (unsigned seed = 0; seed < 100; seed++) {
		static struct wanted w[3];
		struct ordered map[3];
		unsigned random = seed;

		w[0] = (struct wanted){0};
		ordered_init(&map[0], sizeof(unsigned));
		for (int i = 0; i < 60; i++)
			change(&map[0], &w[0], &random);
		for (int c = 1; c < 3; c++) {
			ordered_copy(&map[0], &map[c]);
			w[c] = w[0];
		}
		for (int i = 0; i < 120; i++)
			change(&map[i % 3], &w[i % 3], &random);
		for (int c = 0; c < 3; c++)
			assert_holds(&map[c], &w[c]);
		ordered_finish(&map[seed % 3]);
		assert_holds(&map[(seed + 1) % 3], &w[(seed + 1) % 3]);
		ordered_finish(&map[(seed + 1) % 3]);
		assert_holds(&map[(seed + 2) % 3], &w[(seed + 2) % 3]);
		ordered_finish(&map[(seed + 2) % 3]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_map_holds_what_was_put),
		cmocka_unit_test(copies_go_their_own_ways),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
