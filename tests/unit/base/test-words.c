/* SPDX-License-Identifier: MIT */
#include <stdio.h>

#include <base/words.h>

#include "../test.h"

static void equal_texts_are_one(void **state)
{
	struct words words = {0};
	char text[16];

	(void)state;
	assert_int_equal(words_number(&words, ""), 0);
	for (int round = 0; round < 2; round++)
		for (int i = 0; i < 10000; i++) {
			snprintf(text, sizeof(text), "word %d", i);
			assert_int_equal(words_number(&words, text), i + 1);
		}
	assert_int_equal(words.n, 10001);
	assert_string_equal(words.items[7778], "word 7777");
	words_finish(&words);
	assert_int_equal(words.n, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(equal_texts_are_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
