/* SPDX-License-Identifier: MIT */
/* Mappings as people paste them. */
#include <errno.h>

#include <cr2/decode.h>

#include "../test.h"

static void right(void **state)
{
	static const struct {
		const char *text;
		struct cr2_mapping mapping;
	} rows[] = {
		{"7f0000200000-7f0000204000:rw-p", {0x7f0000200000, 0x7f0000204000, 3, false, false}},
		{"7f0000200000-7f0000204000", {0x7f0000200000, 0x7f0000204000, 0, false, true}},
		{"0x7f00_0020_0000-0x7f00_0020_4000:r", {0x7f0000200000, 0x7f0000204000, 1, false, false}},
		/* The kernel pads to eight digits, which may begin with 0b. */
		{"0b100000-0b101000 rw-p 00000000 00:00 0", {0xb100000, 0xb101000, 3, false, false}},
		{"0x1000-0x2000:r-xs", {0x1000, 0x2000, 5, true, false}},
		{"1000-2000:rw", {0x1000, 0x2000, 3, false, false}},
		{"1000-2000:---p", {0x1000, 0x2000, 0, false, false}},
		{"1000-2000:x", {0x1000, 0x2000, 4, false, false}},
		{"55d0c0de1000-55d0c0de2000 r-xp 00001000 08:01 4711   /usr/bin/prog",
		 {0x55d0c0de1000, 0x55d0c0de2000, 5, false, false}},
		{"ffffffffff600000-ffffffffff601000 --xp 00000000 00:00 0 [vsyscall]",
		 {0xffffffffff600000, 0xffffffffff601000, 4, false, false}},
	};

	(void)state;
	for (size_t i = 0; i < CR2_ARRAY_SIZE(rows); i++) {
		struct cr2_mapping mapping;
		const char *reason;

		assert_int_equal(cr2_mapping_parse(rows[i].text, &mapping, &reason), 0);
		assert_null(reason);
		assert_int_equal(mapping.start, rows[i].mapping.start);
		assert_int_equal(mapping.end, rows[i].mapping.end);
		assert_int_equal(mapping.prot, rows[i].mapping.prot);
		assert_int_equal(mapping.shared, rows[i].mapping.shared);
		assert_int_equal(mapping.bare, rows[i].mapping.bare);
	}
}

static void wrong(void **state)
{
	static const char *const rows[] = {
		"", "1000", "1000-2000:", "0b100000-0b101000:rw", "1000 2000", "1000-2000:q", "1000-2000:rwxpp",
		"1000-2000:wr", "2000-1000:rw-p", "1000-1000:rw-p", "1001-2000:rw-p",
		"1000-2001:rw-p", "-:rw", ":", "-", "1000-2000:p", "10000000000000000-2:rw", "g-2000:rw-p", "1000--2000:rw-p",
		"00000000000000000000000000000000000000000000000000000000000000000000000000001000-2000:rw",
	};

	(void)state;
	for (size_t i = 0; i < CR2_ARRAY_SIZE(rows); i++) {
		struct cr2_mapping mapping = {.start = 42};
		const char *reason = NULL;

		assert_int_equal(cr2_mapping_parse(rows[i], &mapping, &reason), -EINVAL);
		assert_non_null(reason);
		assert_int_equal(mapping.start, 42);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(right),
		cmocka_unit_test(wrong),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
