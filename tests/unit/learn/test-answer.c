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

/* A page is a size where bytes are asked for; bare digits of hex may end in b. */
static void what_is_asked_for_decides(void **state)
{
	const struct cr2_answer bytes = {.type = CR2_ANSWER_SIZE, .n = 1, .values = {8192}};
	const struct cr2_answer number = {.type = CR2_ANSWER_NUMBER, .n = 1, .values = {2}};
	const struct cr2_answer hex = {.type = CR2_ANSWER_HEX, .n = 1, .values = {0x11b}};
	struct cr2_answer a;
	const char *reason;

	(void)state;
	assert_int_equal(learn_answer_read("2 pages", &bytes, &a, &reason), 0);
	assert_int_equal(a.values[0], 8192);
	assert_int_equal(learn_answer_read("2 pages", &number, &a, &reason), 0);
	assert_int_equal(a.values[0], 2);
	assert_int_equal(learn_answer_read("11b", &hex, &a, &reason), 0);
	assert_int_equal(a.values[0], 0x11b);
	assert_int_equal(learn_answer_read("11b", &number, &a, &reason), 0);
	assert_int_equal(a.values[0], 3);
	assert_int_equal(learn_answer_read("10b", &hex, &a, &reason), 0);
	assert_int_equal(a.values[0], 2);
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
		assert_non_null(cr2_answer_type_listed((enum cr2_answer_type)i));
	}
	assert_null(cr2_answer_type_name(CR2_ANSWER_TYPES));
}

/* --- every form --- */

static int append_form(void *data, const char *form)
{
	struct cr2_text *text = data;
	int r = text->length ? cr2_text_append(text, "; ") : 0;

	return r ? r : cr2_text_append(text, form);
}

static void forms(void **state)
{
	const struct {
		struct cr2_answer answer;
		const char *all;
	} rows[] = {
		/* 10 would be ten, 10b two */
		{learn_answer(CR2_ANSWER_NUMBER, 0x10),
		 "0x10; 0b10000; 0b1_0000; 16; 10000b; 1_0000b; 10h; 16 bytes; 16 byte; 16 b; 16 pages; 16 page; 16 faults"},
		{learn_answer(CR2_ANSWER_HEX, 0x1f),
		 "0x1f; 0b11111; 0b1_1111; 31; 11111b; 1_1111b; 1f; 1fh; 31 bytes; 31 byte; 31 b; 31 pages; 31 page; 31 faults"},
		{learn_answer(CR2_ANSWER_SIZE, 4096),
		 "0x1000; 0b1000000000000; 0b1_0000_0000_0000; 4096; 4_096; 1000000000000b; 1_0000_0000_0000b; 1000h; "
		 "4096 bytes; 4096 byte; 4096 b; 1 pages; 1 page; 4096 faults; 4KiB; 4 KiB; 4KB; 4 KB; 4K; 4 K"},
		{learn_answer(CR2_ANSWER_YESNO, 0), "no; n; false; f; 0; clear; off"},
		{learn_answer(CR2_ANSWER_BIT, 1), "yes; y; true; t; 1; set; on; 0x1; 0b1; 1b; 1h"},
		{learn_answer(CR2_ANSWER_ACCESS, CR2_ACCESS_WRITE), "write; store; w"},
		{learn_answer(CR2_ANSWER_MODE, 1), "user; user mode; u"},
		{{.type = CR2_ANSWER_ERRORS}, "none; nothing; -"},
		{{.type = CR2_ANSWER_ERRORS, .n = 2, .values = {4, 7}},
		 "0x4 0x7; 0x4, 0x7; 0x4,0x7; 0b100 0b111; 0b100, 0b111; 0b100,0b111; 4 7; 4, 7; 4,7; "
		 "100b 111b; 100b, 111b; 100b,111b; 4h 7h; 4h, 7h; 4h,7h"},
		{{.type = CR2_ANSWER_PATHS, .n = 1, .values = {CR2_PATH_WP_COPY}}, "wp_copy"},
		{{.type = CR2_ANSWER_FLAGS, .flags = CR2_FLAGS_FAULT, .kernel = 6018, .n = 1, .values = {0x41}},
		 "WRITE USER; WRITE|USER; WRITE, USER; WRITE,USER; 0x41; 0b1000001; 0b100_0001; 65; 1000001b; 100_0001b; 41h"},
		{learn_answer(CR2_ANSWER_TIME, 1500),
		 "0x5dc; 0b10111011100; 0b101_1101_1100; 1500; 1_500; 10111011100b; 101_1101_1100b; 5dc; 5dch; 1500ns; 1500 ns"},
		{{.type = CR2_ANSWER_FUNCTION, .word = "do_wp_page"}, "do_wp_page; do_wp_page()"},
	};

	struct cr2_text text = {0};

	(void)state;
	for (size_t i = 0; i < CR2_ARRAY_SIZE(rows); i++) {
		assert_int_equal(cr2_answer_forms(&rows[i].answer, false, append_form, &text), 0);
		assert_string_equal(text.data, rows[i].all);
		cr2_text_finish(&text);
	}
	assert_int_equal(cr2_answer_forms(&rows[2].answer, true, append_form, &text), 0);
	assert_string_equal(text.data, "0x1000; 0b1000000000000; 4096; 1000000000000b; 1000h");
	cr2_text_finish(&text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers),
		cmocka_unit_test(lists),
		cmocka_unit_test(flags),
		cmocka_unit_test(functions),
		cmocka_unit_test(what_is_asked_for_decides),
		cmocka_unit_test(forms),
		cmocka_unit_test(types),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
