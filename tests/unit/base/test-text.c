/* SPDX-License-Identifier: MIT */
#include <errno.h>

#include <cr2/base.h>

#include "../test.h"

static void text_grows(void **state)
{
	struct cr2_text text = {0};

	(void)state;
	for (int i = 0; i < 1000; i++)
		assert_int_equal(cr2_text_printf(&text, "%03d,", i), 0);
	assert_int_equal(text.length, 4000);
	assert_memory_equal(text.data + 3996, "999,", 5);
	cr2_text_clear(&text);
	assert_string_equal(text.data, "");
	cr2_text_finish(&text);
	assert_null(text.data);
}

static void numbers_parse_whole_or_not_at_all(void **state)
{
	uint64_t value = 7;

	(void)state;
	assert_int_equal(cr2_parse_u64("18446744073709551615", &value), 0);
	assert_true(value == UINT64_MAX);
	assert_int_equal(cr2_parse_u64("18446744073709551616", &value), -ERANGE);
	assert_int_equal(cr2_parse_u64("0x10000000000000000", &value), -ERANGE);
	assert_int_equal(cr2_parse_u64("0x", &value), -EINVAL);
	assert_int_equal(cr2_parse_u64("", &value), -EINVAL);
	assert_int_equal(cr2_parse_u64("-1", &value), -EINVAL);
	assert_int_equal(cr2_parse_u64("12a", &value), -EINVAL);
	assert_int_equal(cr2_parse_u64("0xfF", &value), 0);
	assert_int_equal(value, 255);
	assert_int_equal(cr2_parse_hex("14", &value), 0);
	assert_int_equal(value, 0x14);
}

static void numbers_as_people_write_them(void **state)
{
	static const struct {
		const char *text;
		uint64_t value;
	} right[] = {
		{"14", 0x14}, {"0x14", 0x14}, {"0b10111", 0x17}, {"10111b", 0x17}, {"0B1", 1},
		{"00111b", 7}, {"0x10111b", 0x10111b}, {"0x7FFE_1234_5678", 0x7ffe12345678},
		{"0x12345_003", 0x12345003}, {"1_0000", 0x10000}, {"0b1_0111", 0x17}, {"b", 0xb},
		{"7b", 0x7b}, {"ffffffffffffffff", UINT64_MAX},
	};
	static const char *const wrong[] = {
		"", "0x", "0b", "0b12", "0b2", "_1", "1_", "1__2", "0x_1", "0xg", "-1", " 1", "1 ",
		"10000000000000000", "0x1_0000_0000_0000_0000",
	};

	(void)state;
	for (size_t i = 0; i < CR2_ARRAY_SIZE(right); i++) {
		const char *reason = "";
		uint64_t value;

		assert_int_equal(cr2_parse_number(right[i].text, &value, &reason), 0);
		assert_int_equal(value, right[i].value);
		assert_null(reason);
	}
	for (size_t i = 0; i < CR2_ARRAY_SIZE(wrong); i++) {
		const char *reason = NULL;
		uint64_t value = 42;

		assert_int_equal(cr2_parse_number(wrong[i], &value, &reason), -EINVAL);
		assert_int_equal(value, 42);
		assert_non_null(reason);
	}
}

static void nearest_finds_slips_and_nothing_else(void **state)
{
	static const char *const verbs[] = {"read", "write", "protect", "unmap"};

	(void)state;
	assert_string_equal(cr2_nearest("wirte", verbs, 4), "write");
	assert_string_equal(cr2_nearest("protct", verbs, 4), "protect");
	assert_string_equal(cr2_nearest("WRITE", verbs, 4), "write");
	assert_null(cr2_nearest("xyz", verbs, 4));
	assert_null(cr2_nearest("ride", verbs, 4)); /* half of it would be slips */
	assert_null(cr2_nearest("", verbs, 4));
}

static void diag_points_at_the_column(void **state)
{
	struct cr2_diag diag = {.path = "a.litmus", .line = 3, .column = 2, .width = 3,
				.message = "unknown operation 'raed'", .hint = "did you mean 'read'?",
				.excerpt = "\traed buf"};
	struct cr2_text text = {0};

	(void)state;
	assert_int_equal(cr2_diag_format(&diag, &text), 0);
	assert_string_equal(text.data, "a.litmus:3:2: unknown operation 'raed'\n"
				       "    \traed buf\n    \t^~~\n    did you mean 'read'?\n");
	cr2_text_finish(&text);
}

static void diag_shows_foreign_text_and_points_at_it(void **state)
{
	struct cr2_diag diag = {.path = "a\nb", .line = 1, .column = 5, .width = 6,
				.message = "unknown '\033[2J'",
				.excerpt = "é \x01\xe2\x80\xae" "ab x"};
	struct cr2_text text = {0};

	(void)state;
	assert_int_equal(cr2_diag_format(&diag, &text), 0);
	assert_string_equal(text.data, "a\\x0ab:1:5: unknown '\\x1b[2J'\n"
				       "    é \\x01\\u202eab x\n"
				       "          ^~~~~~~~~\n");
	cr2_text_finish(&text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(text_grows),
		cmocka_unit_test(numbers_parse_whole_or_not_at_all),
		cmocka_unit_test(numbers_as_people_write_them),
		cmocka_unit_test(nearest_finds_slips_and_nothing_else),
		cmocka_unit_test(diag_points_at_the_column),
		cmocka_unit_test(diag_shows_foreign_text_and_points_at_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
