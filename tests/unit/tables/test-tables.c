/* SPDX-License-Identifier: MIT */
/* Every table is whole, and every name leads back to its row. */
#include <errno.h>

#include <cr2/tables.h>

#include "../test.h"

#define ROUND_TRIP(count, name_of, parse) \
	for (int i = 0; i < (count); i++) { \
		assert_non_null(name_of(i)); \
		assert_int_equal(parse(name_of(i)), i); \
	} \
	assert_null(name_of(count)); \
	assert_int_equal(parse("no such name"), -EINVAL)

static void names_round_trip(void **state)
{
	(void)state;
	ROUND_TRIP(CR2_PATH_COUNT, cr2_path_name, cr2_path_parse);
	ROUND_TRIP(CR2_RESULT_COUNT, cr2_result_name, cr2_result_parse);
	ROUND_TRIP(CR2_OP_COUNT, cr2_op_name, cr2_op_parse);
	ROUND_TRIP(CR2_ADVICE_COUNT, cr2_advice_name, cr2_advice_parse);
	ROUND_TRIP(CR2_PROFILE_COUNT, cr2_profile_name, cr2_profile_parse);
	ROUND_TRIP(CR2_EVIDENCE_COUNT, cr2_evidence_name, cr2_evidence_parse);
	ROUND_TRIP(CR2_KEYS, cr2_key_name, cr2_key_parse);
	ROUND_TRIP(CR2_FORCE_COUNT, cr2_force_name, cr2_force_parse);
	ROUND_TRIP(CR2_TRAIT_COUNT, cr2_trait_name, cr2_trait_parse);
}

static void counts_are_no_bytes(void **state)
{
	(void)state;
	assert_true(cr2_op_counts(CR2_OP_SCAN) && cr2_op_counts(CR2_OP_MINCORE) && cr2_op_counts(CR2_OP_KREAD));
	assert_false(cr2_op_counts(CR2_OP_READ) || cr2_op_counts(CR2_OP_FREAD) || cr2_op_counts(CR2_OP_FORK));
	assert_true(cr2_op_makes_object(CR2_OP_FILE) && cr2_op_makes_object(CR2_OP_PROGRAM) && !cr2_op_makes_object(CR2_OP_MAP));
	assert_true(cr2_op_is_access(CR2_OP_KREAD) == 1 && !cr2_op_is_access(CR2_OP_SCAN));
}

static void results_round_trip_as_numbers(void **state)
{
	(void)state;
	for (int i = 0; i < CR2_RESULT_COUNT; i++) {
		int code, err = cr2_result_errno(i), signo = cr2_result_signal(i, &code);

		assert_false(err && signo);
		if (err)
			assert_int_equal(cr2_result_from_errno(err), i);
		if (signo)
			assert_int_equal(cr2_result_from_signal(signo, code), i);
	}
	assert_int_equal(cr2_result_from_errno(0), CR2_RESULT_OK);
	assert_int_equal(cr2_result_from_errno(4095), CR2_RESULT_UNKNOWN);
}

/* Up to 133 as the C library of an x86-64 Linux has them; beyond, the kernel's own. */
static void errors_have_linux_names(void **state)
{
	(void)state;
	for (unsigned i = 1; i < 512; i++) {
		const char *name = strerrorname_np((int)i);

		if (name)
			assert_string_equal(cr2_errno_name(i), name);
		else
			assert_null(cr2_errno_name(i));
	}
	assert_string_equal(cr2_errno_name(517), "EPROBE_DEFER");
	assert_null(cr2_errno_name(0));
	assert_null(cr2_errno_name(4095));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_round_trip),
		cmocka_unit_test(counts_are_no_bytes),
		cmocka_unit_test(results_round_trip_as_numbers),
		cmocka_unit_test(errors_have_linux_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
