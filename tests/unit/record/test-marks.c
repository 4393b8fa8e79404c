/* SPDX-License-Identifier: MIT */
/* What entries say, from their bits (Intel SDM 3A 4.5; Linux's own as src/tables/entry_bit.def has them). */
#include <stdlib.h>
#include <string.h>

#include <cr2/record.h>

#include "../test.h"

static void entries_say_what_their_bits_do(void **state)
{
	static const struct {
		uint64_t entry;
		unsigned level;
		bool exclusive;
		const char *text;
	} cases[] = {
		{0, 1, false, ""},
		{0x60, 1, false, ""}, /* A and D alone, which the CPU may set while it is cleared */
		{0x8000000012345067, 1, true, "rwade"},
		{0x8000000012345865, 1, false, "rads"}, /* read-only and dirty: before 6.6 */
		{0x8400000012345025, 1, false, "raD"},
		{0x0000000012345025, 1, false, "rxa"},
		{0x8000000012345225, 1, false, "raz"}, /* the zero page */
		{0x8000000012345425, 1, false, "rau"},
		{0x80000000122000e7, 2, true, "rwadeh"},
		{0x0000000012345120, 1, false, "xna"}, /* PROT_NONE */
		{0x8800000012345025, 1, false, "rak"},
		{0x8000000012345063, 1, false, "rwad?"}, /* the kernel's */
		{0x80000000123450a5, 1, false, "ra?"}, /* memory type */
		{0x8000000012345025, 2, false, "rah?"},
		{0x07fffffffffffa00, 1, false, ""}, /* swapped out */
		{0x07fffffffffffa0e, 1, false, "sue"},
		{0xfffffffffffffc00, 1, false, "u"}, /* markers: what comes is protected; */
		{0xf7fffffffffffc00, 1, false, "u"}, /* of 6.1, */
		{0xfffffffffffffa00, 1, false, ""}, /* lost */
		{0xfffffffffffff600, 1, false, ""}, /* and a guard page */
	};

	(void)state;
	for (size_t i = 0; i < CR2_ARRAY_SIZE(cases); i++) {
		uint32_t marks = cr2_marks_of_entry(cases[i].entry, cases[i].level, cases[i].exclusive), again;
		struct cr2_text text = {0};

		assert_int_equal(cr2_text_append(&text, ""), 0);
		assert_int_equal(cr2_marks_append(marks, &text), 0);
		if (strcmp(text.data, cases[i].text) != 0)
			fail_msg("0x%llx is %s, not %s", (unsigned long long)cases[i].entry, text.data, cases[i].text);
		assert_int_equal(cr2_marks_parse(text.data, &again), text.length);
		assert_int_equal(again, marks);
		cr2_text_finish(&text);
	}
}

static void letters_stand_in_order(void **state)
{
	uint32_t marks;

	(void)state;
	assert_int_equal(cr2_marks_parse("wr", &marks), 1);
	assert_int_equal(cr2_marks_parse("rw*3", &marks), 2);
	assert_int_equal(cr2_marks_parse("rr", &marks), 1);
	assert_int_equal(cr2_marks_parse("|", &marks), 0);
	assert_int_equal(marks, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(entries_say_what_their_bits_do),
		cmocka_unit_test(letters_stand_in_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
