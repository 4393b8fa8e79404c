/* SPDX-License-Identifier: MIT */
/* What is a character, how wide it is, and what stands for it in ASCII. */
#include <string.h>

#include <base/utf8.h>
#include <cr2/base.h>

#include "../test.h"

static size_t read_at(const char *s, uint32_t *ret_c)
{
	return utf8_read(s, strlen(s), ret_c);
}

static void only_valid_utf8_is_a_character(void **state)
{
	uint32_t c = 0;

	(void)state;
	assert_int_equal(read_at("→", &c), 3);
	assert_int_equal(c, 0x2192);
	assert_int_equal(read_at("\U0001f600", &c), 4);
	assert_int_equal(c, 0x1f600);
	assert_int_equal(read_at("\xc0\x80", &c), 0); /* overlong */
	assert_int_equal(read_at("\xe0\x80\x80", &c), 0);
	assert_int_equal(read_at("\xed\xa0\x80", &c), 0); /* a surrogate */
	assert_int_equal(read_at("\xf4\x90\x80\x80", &c), 0); /* beyond Unicode */
	assert_int_equal(read_at("\xe2\x86", &c), 0); /* cut short */
	assert_int_equal(utf8_read("→", 2, &c), 0);
	assert_int_equal(utf8_read("", 0, &c), 0);
}

static void columns_are_those_of_a_terminal(void **state)
{
	(void)state;
	assert_int_equal(utf8_columns('a'), 1);
	assert_int_equal(utf8_columns(0x2192), 1); /* → */
	assert_int_equal(utf8_columns(0x0301), 0); /* a combining accent */
	assert_int_equal(utf8_columns(0x9875), 2); /* 页 */
}

static void what_steers_or_reorders_is_not_safe(void **state)
{
	static const uint32_t unsafe[] = {0, '\n', '\t', 0x1b, 0x7f, 0x9b, 0x200b, 0x200e, 0x2028,
					  0x202e, 0x2066, 0xfeff, 0xe0041};
	static const uint32_t safe[] = {' ', '~', 0xe9, 0x2192, 0x200d, 0x1f600};

	(void)state;
	for (size_t i = 0; i < CR2_ARRAY_SIZE(unsafe); i++)
		assert_false(utf8_is_safe(unsafe[i]));
	for (size_t i = 0; i < CR2_ARRAY_SIZE(safe); i++)
		assert_true(utf8_is_safe(safe[i]));
}

static void everything_has_a_stand_in(void **state)
{
	char buffer[UTF8_ASCII_SIZE];

	(void)state;
	assert_string_equal(utf8_ascii('a', buffer), "a");
	assert_string_equal(utf8_ascii(0x2192, buffer), "->");
	assert_string_equal(utf8_ascii(0xe9, buffer), "\\u00e9");
	assert_string_equal(utf8_ascii(0x1f600, buffer), "\\U0001f600");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_valid_utf8_is_a_character),
		cmocka_unit_test(columns_are_those_of_a_terminal),
		cmocka_unit_test(what_steers_or_reorders_is_not_safe),
		cmocka_unit_test(everything_has_a_stand_in),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
