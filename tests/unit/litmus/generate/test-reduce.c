/* SPDX-License-Identifier: MIT */
/* Scenarios get as small as what they show allows. */
#include <errno.h>
#include <stdlib.h>

#include <cr2/generate.h>

#include "../../test.h"

/* Shows it when all words are there; counts how often it was asked. */
struct wanted {
	const char *words[4];
	unsigned asked;
	int error; /* instead of an answer */
};

static int has_all(void *data, const char *text, size_t length)
{
	struct wanted *wanted = data;
	char *copy = strndup(text, length);
	int all = 1;

	wanted->asked++;
	for (size_t i = 0; i < CR2_ARRAY_SIZE(wanted->words) && wanted->words[i]; i++)
		all &= strstr(copy, wanted->words[i]) != NULL;
	free(copy);
	return wanted->error ? wanted->error : all;
}

static void reduces_to(const char *text, struct wanted *wanted, const char *expected)
{
	struct cr2_text small = {0};

	assert_int_equal(cr2_litmus_reduce(text, strlen(text), has_all, wanted, &small), 0);
	assert_string_equal(small.data, expected);
	cr2_text_finish(&small);
}

static void lines_that_do_not_matter_go(void **state)
{
	struct wanted wanted = {.words = {"fork c", "write a"}};

	(void)state;
	reduces_to("map a 1 rw\nread a\nfork c\nread a\nread a\nread a\nwrite a\nexit\n", &wanted,
		   "fork c\nwrite a\n");
}

static void numbers_get_small(void **state)
{
	struct wanted wanted = {.words = {"map a ", "write a"}};

	(void)state;
	reduces_to("map a 1024\nwrite a@513+77 200\n", &wanted, "map a 0\nwrite a\n");
}

static void words_that_do_not_matter_go(void **state)
{
	struct wanted wanted = {.words = {"map m 2", "advise m"}};

	(void)state;
	reduces_to("map m 2 rw shared noreserve\nadvise m@0..1 cold\n", &wanted,
		   "map m 2\nadvise m\n");
}

static void what_never_shows_stays_whole(void **state)
{
	struct wanted wanted = {.words = {"nowhere"}};

	(void)state;
	reduces_to("map a 1 rw\nread a\n", &wanted, "map a 1 rw\nread a\n");
}

static void an_error_ends_it(void **state)
{
	struct wanted wanted = {.words = {"map"}, .error = -EIO};
	struct cr2_text small = {0};

	(void)state;
	assert_int_equal(cr2_litmus_reduce("map a 1 rw\nread a\n", 18, has_all, &wanted, &small), -EIO);
	assert_int_equal(wanted.asked, 1);
	assert_null(small.data);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_that_do_not_matter_go),
		cmocka_unit_test(numbers_get_small),
		cmocka_unit_test(words_that_do_not_matter_go),
		cmocka_unit_test(what_never_shows_stays_whole),
		cmocka_unit_test(an_error_ends_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
