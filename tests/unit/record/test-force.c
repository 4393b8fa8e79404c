/* SPDX-License-Identifier: MIT */
/* When the witnesses of a forced fault agree. */
#include <cr2/force.h>

#include "../test.h"

static struct cr2_force_report refused(uint64_t address, uint64_t traced, uint64_t signalled)
{
	return (struct cr2_force_report){
		.traced = true,
		.exceptions = 1,
		.n_faults = 1,
		.fault = {.address = address, .error_code = traced},
		.signal = {.number = 11, .error_code = signalled},
	};
}

static void codes_are_compared(void **state)
{
	static const struct {
		uint64_t address, traced, signalled;
		enum cr2_force_agreement agreement;
	} rows[] = {
		{0, 0x4, 0x4, CR2_FORCE_SAME},
		{0, 0x4, 0x5, CR2_FORCE_DIFFERENT},
		{0x7fffffffefff, 0x4, 0x5, CR2_FORCE_DIFFERENT},
		{0x7ffffffff000, 0x4, 0x5, CR2_FORCE_HIDDEN},
		{0xffff800000000000, 0x4, 0x5, CR2_FORCE_HIDDEN},
		{0xffff800000000000, 0x14, 0x15, CR2_FORCE_HIDDEN},
		{0xffff800000000000, 0x5, 0x5, CR2_FORCE_SAME},
		{0xffff800000000000, 0x5, 0x4, CR2_FORCE_DIFFERENT},
		{0xffff800000000000, 0x4, 0x7, CR2_FORCE_DIFFERENT},
	};

	(void)state;
	for (size_t i = 0; i < CR2_ARRAY_SIZE(rows); i++) {
		struct cr2_force_report report = refused(rows[i].address, rows[i].traced,
							 rows[i].signalled);

		assert_int_equal(cr2_force_agreement(&report), rows[i].agreement);
		assert_int_equal(cr2_force_holds(&report), rows[i].agreement != CR2_FORCE_DIFFERENT);
	}
}

static void one_code_alone_has_nothing_to_agree_with(void **state)
{
	struct cr2_force_report report = refused(0, 0x4, 0x6);

	(void)state;
	report.signal.number = 0;
	assert_int_equal(cr2_force_agreement(&report), CR2_FORCE_ONE_CODE);
	assert_true(cr2_force_holds(&report));
	report = refused(0, 0x4, 0x6);
	report.traced = false;
	assert_int_equal(cr2_force_agreement(&report), CR2_FORCE_ONE_CODE);
	assert_false(cr2_force_holds(&report));
}

static void exactly_one_is_one(void **state)
{
	struct cr2_force_report report = refused(0, 0x4, 0x4);
	char word[] = "0x6";

	(void)state;
	report.exceptions = 2;
	assert_false(cr2_force_holds(&report));
	report = refused(0, 0x4, 0x4);
	report.n_faults = 0;
	assert_false(cr2_force_holds(&report));
	report = refused(0, 0x4, 0x4);
	report.expected = word;
	assert_false(cr2_force_holds(&report));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(codes_are_compared),
		cmocka_unit_test(one_code_alone_has_nothing_to_agree_with),
		cmocka_unit_test(exactly_one_is_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
