/* SPDX-License-Identifier: MIT */
/* Answers as people type them, read. What exercises ask for in all forms: test-exercise.c. */
#include <errno.h>

#include <cr2/decode.h>

#include "learn/learn.h"

#include "../test.h"

static void numbers(void **state)
{
	static const struct {
		const char *s;
		uint64_t value;
	} rows[] = {
		{"42", 42}, {"0x2a", 42}, {"0X2A", 42}, {"2ah", 42}, {"0b101010", 42}, {"101010b", 42},
		{"0b10_1010", 42}, {"2a", 42}, {"0x7FFE_1234_5678", 0x7ffe12345678}, {"1_000", 1000},
		{"4K", 4096}, {"4 KiB", 4096}, {"4kb", 4096}, {"2M", 2 << 20}, {"1 GiB", 1 << 30},
		{"0x10K", 16384}, {"4096 bytes", 4096}, {"3 pages", 3}, {" 7\t", 7}, {"0x11b", 0x11b},
		{"11b", 3}, {"0xffffffffffffffff", UINT64_MAX}, {"18446744073709551615", UINT64_MAX},
		{"1 page", 1}, {"0", 0}, {"007", 7},
	};
	static const char *const refused[] = {
		"", " ", "x", "0x", "q", "0b2", "4Q", "_4", "4_", "4__4", "-1", "1.5", "0x1q", "K", "12 34",
		"18446744073709551616", "0x10000000000000000", "99999999999G", "yes",
	};
	const struct cr2_answer like = {.type = CR2_ANSWER_NUMBER};
	struct cr2_answer a;
	const char *reason;

	(void)state;
	for (size_t i = 0; i < CR2_ARRAY_SIZE(rows); i++) {
		if (learn_answer_read(rows[i].s, &like, &a, &reason) < 0)
			fail_msg("'%s': %s", rows[i].s, reason);
		assert_int_equal(a.values[0], rows[i].value);
	}
	for (size_t i = 0; i < CR2_ARRAY_SIZE(refused); i++) {
		if (learn_answer_read(refused[i], &like, &a, &reason) == 0)
			fail_msg("'%s' is taken for a number", refused[i]);
		assert_non_null(reason);
	}
}

static void lists(void **state)
{
	struct cr2_answer like = {.type = CR2_ANSWER_ERRORS}, a;
	struct cr2_text text = {0};
	const char *reason;

	(void)state;
	assert_int_equal(learn_answer_read("0x14, 0b10101", &like, &a, &reason), 0);
	assert_int_equal(a.n, 2);
	assert_int_equal(a.values[1], 0x15);
	assert_int_equal(learn_answer_read("None", &like, &a, &reason), 0);
	assert_int_equal(a.n, 0);
	assert_int_equal(learn_answer_read("7 7 7 7 7 7 7 7 7", &like, &a, &reason), -EINVAL);
	assert_int_equal(learn_answer_read("seven", &like, &a, &reason), -EINVAL);
	like.type = CR2_ANSWER_PATHS;
	assert_int_equal(learn_answer_read("WP_copy anon_alloc", &like, &a, &reason), 0);
	assert_int_equal(cr2_answer_format(&a, &text), 0);
	assert_string_equal(text.data, "wp_copy anon_alloc");
	cr2_text_finish(&text);
	assert_int_equal(learn_answer_read("copy", &like, &a, &reason), -EINVAL);
}

static void flags(void **state)
{
	const struct cr2_answer like = {
		.type = CR2_ANSWER_FLAGS, .flags = CR2_FLAGS_FAULT, .kernel = 6018,
	};
	static const char *const same[] = {
		"WRITE|USER", "user write", "FAULT_FLAG_USER, FAULT_FLAG_WRITE", "0x41", "USER + 0x1", "65",
	};
	struct cr2_answer a, entry = like;
	const char *reason;

	(void)state;
	for (size_t i = 0; i < CR2_ARRAY_SIZE(same); i++) {
		assert_int_equal(learn_answer_read(same[i], &like, &a, &reason), 0);
		assert_int_equal(a.values[0], CR2_FAULT_FLAG(WRITE) | CR2_FAULT_FLAG(USER));
	}
	assert_int_equal(learn_answer_read("none", &like, &a, &reason), 0);
	assert_int_equal(a.values[0], 0);
	assert_int_equal(learn_answer_read("WRITE|WRONG", &like, &a, &reason), -EINVAL);
	assert_int_equal(learn_answer_read("WRITE=2", &like, &a, &reason), -EINVAL);
	entry.flags = CR2_FLAGS_ENTRY_SMALL;
	assert_int_equal(learn_answer_read("P W user NX pkey=3", &entry, &a, &reason), 0);
	assert_int_equal(a.values[0], CR2_PTE(P) | CR2_PTE(W) | CR2_PTE(U) | CR2_PTE(NX) | 3ULL << CR2_PTE_PKEY_BIT);
}

static void functions(void **state)
{
	const struct cr2_answer like = {.type = CR2_ANSWER_FUNCTION, .word = "lock_vma_under_rcu"};
	struct cr2_answer a;
	const char *reason;

	(void)state;
	assert_int_equal(learn_answer_read("lock_vma_under_rcu()", &like, &a, &reason), 0);
	assert_true(cr2_answer_equal(&a, &like));
	assert_int_equal(learn_answer_read("do_wp_page", &like, &a, &reason), 0);
	assert_false(cr2_answer_equal(&a, &like));
	assert_int_equal(learn_answer_read("do_something", &like, &a, &reason), -EINVAL);
}

static void types(void **state)
{
	(void)state;
	for (int i = 0; i < CR2_ANSWER_TYPES; i++) {
		assert_non_null(cr2_answer_type_name((enum cr2_answer_type)i));
		assert_non_null(cr2_answer_type_form((enum cr2_answer_type)i));
	}
	assert_null(cr2_answer_type_name(CR2_ANSWER_TYPES));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers),
		cmocka_unit_test(lists),
		cmocka_unit_test(flags),
		cmocka_unit_test(functions),
		cmocka_unit_test(types),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
