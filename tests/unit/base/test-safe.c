/* SPDX-License-Identifier: MIT */
/* Foreign text is shown and does nothing else; long messages keep both their ends. */
#include <stdlib.h>
#include <string.h>

#include <base/safe.h>
#include <cr2/base.h>

#include "../test.h"

#define assert_shown(function, s, wanted) \
	do { \
		struct cr2_text text_ = {0}; \
		assert_int_equal(function(&text_, s, sizeof(s) - 1), 0); \
		assert_string_equal(text_.data, wanted); \
		cr2_text_finish(&text_); \
	} while (0)

static void controls_are_spelled(void **state)
{
	(void)state;
	assert_shown(cr2_text_append_safe, "a \033[31mb\n", "a \\x1b[31mb\\x0a");
	assert_shown(cr2_text_append_safe, "x\xc2\x9b" "2J", "x\\u009b2J");
	assert_shown(cr2_text_append_safe, "\xff\xe2\x86", "\\xff\\xe2\\x86");
	assert_shown(cr2_text_append_safe, "a\xe2\x80\xae" "b", "a\\u202eb");
	assert_shown(cr2_text_append_safe, "\xf3\xa0\x81\x81", "\\U000e0041");
	assert_shown(cr2_text_append_safe, "nul\0 é →", "nul\\x00 é →");
}

static void steps_are_as_wide_as_what_is_shown(void **state)
{
	static const char *const texts[] = {"a", "\033", "\xff", "\xe2\x80\xae", "\xf3\xa0\x81\x81"};

	(void)state;
	for (size_t i = 0; i < CR2_ARRAY_SIZE(texts); i++) {
		struct cr2_text shown = {0};
		unsigned columns;

		assert_int_equal(safe_step(texts[i], strlen(texts[i]), &columns), strlen(texts[i]));
		assert_int_equal(cr2_text_append_safe(&shown, texts[i], strlen(texts[i])), 0);
		assert_int_equal(columns, shown.length);
		cr2_text_finish(&shown);
	}
}

static void ascii_has_stand_ins(void **state)
{
	(void)state;
	assert_shown(cr2_text_append_ascii, "1 → 2 ≤ 3 µs ×2 …", "1 -> 2 <= 3 us x2 ...");
	assert_shown(cr2_text_append_ascii, "é\xff", "\\u00e9\\xff");
	assert_shown(cr2_text_append_ascii, "\033[1mbold\033[0m\n", "\033[1mbold\033[0m\n");
}

static void a_long_message_keeps_both_ends(void **state)
{
	size_t n = 60 << 20;
	struct cr2_text text = {0};
	char *s = malloc(n + 1);

	(void)state;
	assert_non_null(s);
	memset(s, 'A', n);
	memcpy(s, "line 1: '", 9);
	memcpy(s + n - 16, "': not a number", 16);
	s[n] = '\0';
	assert_int_equal(cr2_text_append_message(&text, s), 0);
	assert_true(text.length < CR2_MESSAGE_MAX);
	assert_memory_equal(text.data, "line 1: 'AAA", 12);
	assert_non_null(strstr(text.data, " bytes more)..."));
	assert_non_null(strstr(text.data, "A': not a number"));
	cr2_text_finish(&text);
	free(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(controls_are_spelled),
		cmocka_unit_test(steps_are_as_wide_as_what_is_shown),
		cmocka_unit_test(ascii_has_stand_ins),
		cmocka_unit_test(a_long_message_keeps_both_ends),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
