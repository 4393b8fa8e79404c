/* SPDX-License-Identifier: MIT */
/* Virtual addresses taken apart, and what Linux keeps where. */
#include <cr2/decode.h>

#include "../test.h"

static void indices_put_together_again(void **state)
{
	uint64_t address = 1;

	(void)state;
	for (unsigned i = 0; i < 10000; i++) {
		unsigned levels = 4 + i % 2, bits = 12 + 9 * levels;
		uint64_t again = 0;
		struct cr2_va va;

		address = address * 6364136223846793005ULL + 1442695040888963407ULL;
		cr2_va_decode(address, levels, &va);
		for (size_t l = 0; l < levels; l++)
			again = again << 9 | va.indices[l];
		again = again << 12 | va.offset;
		assert_int_equal(again, address & ((1ULL << bits) - 1));
	}
}

static void canonical(void **state)
{
	static const struct {
		uint64_t address;
		bool four, five;
	} rows[] = {
		{0, true, true},
		{0x00007fffffffffff, true, true},
		{0x0000800000000000, false, true},
		{0x00ffffffffffffff, false, true},
		{0x0100000000000000, false, false},
		{0xfeffffffffffffff, false, false},
		{0xff00000000000000, false, true},
		{0xffff7fffffffffff, false, true},
		{0xffff800000000000, true, true},
		{UINT64_MAX, true, true},
	};

	(void)state;
	for (size_t i = 0; i < CR2_ARRAY_SIZE(rows); i++) {
		struct cr2_va va;

		cr2_va_decode(rows[i].address, 4, &va);
		assert_int_equal(va.canonical, rows[i].four);
		cr2_va_decode(rows[i].address, 5, &va);
		assert_int_equal(va.canonical, rows[i].five);
		assert_int_equal(va.kernel, rows[i].address >> 63);
	}
}

static void levels(void **state)
{
	struct cr2_va va;

	(void)state;
	cr2_va_decode(0x7ffe12345678, 4, &va);
	assert_int_equal(va.indices[0], 255);
	assert_int_equal(va.indices[3], 325);
	assert_int_equal(cr2_va_level(&va, 0), CR2_LEVEL_PGD);
	assert_int_equal(cr2_va_level(&va, 1), CR2_LEVEL_PUD);
	assert_int_equal(cr2_va_level(&va, 3), CR2_LEVEL_PTE);
	cr2_va_decode(0x7ffe12345678, 5, &va);
	assert_int_equal(va.indices[0], 0);
	assert_int_equal(cr2_va_level(&va, 1), CR2_LEVEL_P4D);
	assert_int_equal(cr2_va_level(&va, 4), CR2_LEVEL_PTE);
}

static void level_names(void **state)
{
	(void)state;
	for (int level = CR2_LEVEL_PTE; level <= CR2_LEVEL_PGD; level++) {
		assert_int_equal(cr2_level_parse(cr2_level_name(level)), level);
		assert_int_equal(cr2_level_parse(cr2_level_title(level)), level);
	}
	assert_true(cr2_level_parse("ptd") < 0);
	assert_null(cr2_level_name(0));
	assert_null(cr2_level_title(6));
}

static void regions(void **state)
{
	(void)state;
	assert_string_equal(cr2_va_region(0x7ffe12345678, 4), "user space");
	assert_string_equal(cr2_va_region(0x0000800000000000, 4), "no canonical address");
	assert_string_equal(cr2_va_region(0x0000800000000000, 5), "user space");
	assert_string_equal(cr2_va_region(0xffffffffff600000, 4), "the vsyscall page");
	assert_string_equal(cr2_va_region(0xffffffff81000000, 5), "the kernel's text and data");
	assert_string_equal(cr2_va_region(UINT64_MAX, 4), "a hole in the kernel's half");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(indices_put_together_again),
		cmocka_unit_test(canonical),
		cmocka_unit_test(levels),
		cmocka_unit_test(level_names),
		cmocka_unit_test(regions),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
