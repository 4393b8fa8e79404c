/* SPDX-License-Identifier: MIT */
#include <stdlib.h>

#include <model/array.h>

#include "../test.h"

#if defined(__SANITIZE_ADDRESS__)
#define SANITIZED
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SANITIZED
#endif
#endif

#define COPIES 4
#define ELEMENTS 100000
#define SOME 40 /* elements that are written to, at both ends of leaves and nodes */

/* Each refers to a count of references, or to none. */
struct element {
	uint32_t *refs;
	uint32_t value;
};

#define SHIFT 4

static void hook(void *elements, enum array_event event)
{
	struct element *element = elements;

	for (size_t i = 0; i < 1U << SHIFT; i++) {
		if (element[i].refs && event == ARRAY_COPIED)
			array_get(element[i].refs);
		if (element[i].refs && event == ARRAY_DROPPED)
			array_put(element[i].refs);
	}
}

static const struct array_kind kind = {sizeof(struct element), SHIFT, hook};

static uint64_t next_random(uint64_t *seed)
{
	*seed = *seed * 6364136223846793005ULL + 1442695040888963407ULL;
	return *seed >> 33;
}

static size_t place(uint64_t n)
{
	return n % 8 * 16 + n / 8 * 4095;
}

/* Random writes, copies and ends beside plain arrays to which the same is done. */
static void copies_are_as_plain_arrays(void **state)
{
	static uint32_t plain[COPIES][SOME], refs[SOME];
	struct array arrays[COPIES];
	uint64_t seed = 1;
	bool failed = false;

	(void)state;
	for (unsigned i = 0; i < COPIES; i++) {
		array_init(&arrays[i], &failed);
		assert_int_equal(array_reserve(&arrays[i], &kind, ELEMENTS), 0);
	}
	for (int step = 0; step < 100000; step++) {
		unsigned a = next_random(&seed) % COPIES, b = next_random(&seed) % COPIES;
		unsigned at = next_random(&seed) % SOME;
		struct element *element;
		const struct element *seen;

		if (next_random(&seed) % 100 == 0 && a != b) {
			array_finish(&arrays[b], &kind);
			assert_int_equal(array_copy(&arrays[a], &kind, &failed, &arrays[b]), 0);
			memcpy(plain[b], plain[a], sizeof(plain[b]));
			continue;
		}
		if (next_random(&seed) % 4 == 0) {
			element = array_edit(&arrays[a], &kind, place(at));
			element->value = plain[a][at] = (uint32_t)step;
			if (!element->refs)
				array_get(element->refs = &refs[at]);
		}
		at = next_random(&seed) % SOME;
		seen = array_peek(&arrays[b], &kind, place(at));
		assert_int_equal(seen ? seen->value : 0, plain[b][at]);
	}
	for (unsigned i = 0; i < COPIES; i++)
		array_finish(&arrays[i], &kind);
	for (unsigned i = 0; i < SOME; i++)
		assert_int_equal(refs[i], 0);
	assert_false(failed);
}

static void what_was_never_written_costs_nothing_and_is_not_there(void **state)
{
	struct array a;
	bool failed = false;

	(void)state;
	array_init(&a, &failed);
	assert_null(array_peek(&a, &kind, 12345));
	assert_int_equal(array_reserve(&a, &kind, ELEMENTS), 0);
	assert_null(array_peek(&a, &kind, 12345));
	((struct element *)array_edit(&a, &kind, 12345))->value = 1;
	assert_non_null(array_peek(&a, &kind, 12345));
	assert_null(array_peek(&a, &kind, 12345 + 16));
#ifndef SANITIZED /* whose allocator ends the program */
	assert_true(array_reserve(&a, &kind, SIZE_MAX) < 0);
#endif
	array_finish(&a, &kind);
}

/* The last that has it does not copy it once more. */
static void what_is_shared_no_more_stays_where_it_is(void **state)
{
	struct array a, copy;
	bool failed = false;
	void *element;

	(void)state;
	array_init(&a, &failed);
	assert_int_equal(array_reserve(&a, &kind, ELEMENTS), 0);
	element = array_edit(&a, &kind, 7);
	assert_int_equal(array_copy(&a, &kind, &failed, &copy), 0);
	assert_ptr_equal(array_peek(&copy, &kind, 7), element);
	array_finish(&copy, &kind);
	assert_ptr_equal(array_edit(&a, &kind, 7), element);
	assert_int_equal(array_copy(&a, &kind, &failed, &copy), 0);
	assert_ptr_not_equal(array_edit(&a, &kind, 7), element);
	assert_ptr_equal(array_edit(&copy, &kind, 7), element);
	array_finish(&a, &kind);
	array_finish(&copy, &kind);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(copies_are_as_plain_arrays),
		cmocka_unit_test(what_was_never_written_costs_nothing_and_is_not_there),
		cmocka_unit_test(what_is_shared_no_more_stays_where_it_is),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
