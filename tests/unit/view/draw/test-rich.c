/* SPDX-License-Identifier: MIT */
/* Widths are columns, wrapping keeps what must stay together, colour changes no layout. */
#include "view/draw/rich.h"

#include "../../test.h"
#include "../golden.h"

static const struct cr2_style plain = {.width = 20}, coloured = {.width = 20, .colour = true};

#define assert_paragraph(rich, at, wanted) \
	do { \
		struct cr2_text text_ = {0}; \
		assert_int_equal(rich_paragraph(&text_, &plain, at, rich), 0); \
		assert_string_equal(text_.data, wanted); \
		cr2_text_finish(&text_); \
	} while (0)

static void paragraphs_wrap_at_blanks_and_hang(void **state)
{
	struct rich rich = {.hang = 2};

	(void)state;
	rich_add(&rich, INK_PLAIN, "one two three four five ≠ ≤ → six");
	assert_paragraph(&rich, 0, "one two three four\n  five ≠ ≤ → six\n");
	rich_finish(&rich);
}

static void kept_words_stay_together(void **state)
{
	struct rich rich = {0};

	(void)state;
	rich_add(&rich, INK_PLAIN, "a long enough ");
	rich_keep(&rich, INK_BAD, "0x7 wp_copy");
	rich_gap(&rich, 3);
	rich_keep(&rich, INK_PLAIN, "minor  fault");
	assert_paragraph(&rich, 0, "a long enough\n0x7 wp_copy\nminor  fault\n");
	rich_finish(&rich);
}

static void kept_words_that_never_fit_break_at_a_blank(void **state)
{
	struct rich rich = {0};

	(void)state;
	rich_keep(&rich, INK_BAD, "0x6 anon_alloc minor fault");
	assert_paragraph(&rich, 0, "0x6 anon_alloc minor\nfault\n");
	rich_finish(&rich);
}

static void flags_break_after_bars(void **state)
{
	struct rich rich = {.hang = 4};

	(void)state;
	rich_add(&rich, INK_PLAIN, "0x255 = WRITE|ALLOW_RETRY|KILLABLE|USER");
	assert_paragraph(&rich, 0, "0x255 = WRITE|\n    ALLOW_RETRY|\n    KILLABLE|USER\n");
	rich_finish(&rich);
}

static void words_without_a_break_are_cut_not_lost(void **state)
{
	struct rich rich = {0};

	(void)state;
	rich_add(&rich, INK_PLAIN, "→123456789012345678901234567890");
	assert_paragraph(&rich, 0, "→1234567890123456789\n01234567890\n");
	rich_finish(&rich);
}

static void harmful_bytes_are_shown(void **state)
{
	struct rich rich = {0};

	(void)state;
	rich_add(&rich, INK_PLAIN, "a\033[31m\x01\xff\tb\n");
	assert_paragraph(&rich, 0, "a\\x1b[31m\\x01\\xff\nb\\x0a\n");
	rich_finish(&rich);
}

static void cells_stand_side_by_side(void **state)
{
	struct rich cells[3] = {{.hang = 0}};
	const struct slot slots[] = {{0, 6}, {8, 5}, {14, 6}};
	struct cr2_text a = {0}, b = {0};

	(void)state;
	rich_add(&cells[0], INK_DIM, "→ in the");
	rich_add(&cells[2], INK_BAD, "three four five");
	assert_int_equal(rich_row(&a, &plain, 3, slots, cells), 0);
	assert_string_equal(a.data, "→ in          three\n"
				    "the           four\n"
				    "              five\n");
	assert_int_equal(rich_row(&b, &coloured, 3, slots, cells), 0);
	assert_same_without_colour(&b, &a);
	assert_fits(&b, 20);
	for (size_t i = 0; i < 3; i++)
		rich_finish(&cells[i]);
	cr2_text_finish(&a);
	cr2_text_finish(&b);
}

static void ends_meet_or_stand_below_each_other(void **state)
{
	struct rich left = {0}, right = {0};
	struct cr2_text text = {0};

	(void)state;
	rich_add(&left, INK_PLAIN, "→ left");
	rich_add(&right, INK_PLAIN, "right →");
	assert_int_equal(rich_ends(&text, &plain, &left, &right), 0);
	assert_string_equal(text.data, "→ left       right →\n");
	cr2_text_clear(&text);
	rich_add(&left, INK_PLAIN, " and longer");
	assert_int_equal(rich_ends(&text, &plain, &left, &right), 0);
	assert_string_equal(text.data, "→ left and longer\n             right →\n");
	rich_finish(&left);
	rich_finish(&right);
	cr2_text_finish(&text);
}

static void ascii_is_measured_as_it_is_drawn(void **state)
{
	static const struct cr2_style ascii = {.width = 20, .ascii = true};
	static const struct slot slots[] = {{0, 8}, {10, 10}};
	struct rich cells[2] = {0};
	struct cr2_text text = {0};

	(void)state;
	rich_add(&cells[0], INK_PLAIN, "a → b ≤ c");
	rich_add(&cells[1], INK_PLAIN, "é×");
	assert_int_equal(rich_width(&cells[0], &plain), 9);
	assert_int_equal(rich_width(&cells[0], &ascii), 11);
	assert_int_equal(rich_row(&text, &ascii, 2, slots, cells), 0);
	assert_string_equal(text.data, "a -> b    \\u00e9x\n<= c\n");
	cr2_text_finish(&text);
	rich_finish(&cells[0]);
	rich_finish(&cells[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(paragraphs_wrap_at_blanks_and_hang),
		cmocka_unit_test(kept_words_stay_together),
		cmocka_unit_test(kept_words_that_never_fit_break_at_a_blank),
		cmocka_unit_test(flags_break_after_bars),
		cmocka_unit_test(words_without_a_break_are_cut_not_lost),
		cmocka_unit_test(harmful_bytes_are_shown),
		cmocka_unit_test(cells_stand_side_by_side),
		cmocka_unit_test(ends_meet_or_stand_below_each_other),
		cmocka_unit_test(ascii_is_measured_as_it_is_drawn),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
