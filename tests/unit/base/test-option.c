/* SPDX-License-Identifier: MIT */
/* Options of callers older and newer than the library. */
#include <errno.h>

#include <base/option.h>

#include "../test.h"

struct options {
	size_t size;
	int a, b;
};

struct newer {
	size_t size;
	int a, b, c, d;
};

static void what_an_older_caller_lacks_keeps_its_default(void **state)
{
	struct options own = {.a = 1, .b = 2};
	const struct options given = {.size = offsetof(struct options, b), .a = 7, .b = 9};

	(void)state;
	assert_int_equal(option_take(&own, sizeof(own), &given), 0);
	assert_int_equal(own.a, 7);
	assert_int_equal(own.b, 2);
	assert_int_equal(own.size, sizeof(own));
}

static void a_newer_caller_is_refused_what_is_not_known(void **state)
{
	struct newer given = {.size = sizeof(given), .a = 7, .b = 8};
	struct options own = {.a = 1, .b = 2};

	(void)state;
	assert_int_equal(option_take(&own, sizeof(own), &given), 0);
	assert_int_equal(own.b, 8);
	given.d = 1;
	assert_int_equal(option_take(&own, sizeof(own), &given), -EINVAL);
}

static void no_size_is_no_struct(void **state)
{
	const struct options given = {.a = 7};
	struct options own = {.a = 1};

	(void)state;
	assert_int_equal(option_take(&own, sizeof(own), &given), -EINVAL);
	assert_int_equal(own.a, 1);
}

static void as_much_is_given_as_the_caller_knows(void **state)
{
	const struct options own = {.size = 99, .a = 7, .b = 9};
	struct options older = {.size = offsetof(struct options, b), .a = 1, .b = 2}, none = {0};
	struct newer newer = {.size = sizeof(newer), .a = 1, .b = 2, .c = 3, .d = 4};

	(void)state;
	assert_int_equal(option_give(&older, &own, sizeof(own)), 0);
	assert_true(older.size == offsetof(struct options, b) && older.a == 7 && older.b == 2);
	assert_int_equal(option_give(&newer, &own, sizeof(own)), 0);
	assert_true(newer.size == sizeof(newer) && newer.a == 7 && newer.b == 9 && !newer.c && !newer.d);
	assert_int_equal(option_give(&none, &own, sizeof(own)), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_an_older_caller_lacks_keeps_its_default),
		cmocka_unit_test(a_newer_caller_is_refused_what_is_not_known),
		cmocka_unit_test(no_size_is_no_struct),
		cmocka_unit_test(as_much_is_given_as_the_caller_knows),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
