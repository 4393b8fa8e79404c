/* SPDX-License-Identifier: MIT */
/* Every kind of fault, forced on this kernel: exactly one of it, and all witnesses agree. */
#include <cr2/host.h>

#include <errno.h>
#include <signal.h>
#include <stdio.h>

#include "host.h"

#define FLAG_ANON_EXCLUSIVE (1ULL << 34)

static struct cr2_runner *runner;
static struct cr2_text settings; /* before all tests */

/* Skips where this machine cannot; the report is to be finished. */
static void force(enum cr2_force kind, struct cr2_force_report *report)
{
	int r = cr2_force_run(runner, kind, report);

	if (r == -EOPNOTSUPP || r == -EPERM || (r == 0 && !report->traced)) {
		char why[256];

		snprintf(why, sizeof(why), "%s: %s", cr2_force_name(kind), report->reason);
		cr2_force_report_finish(report);
		test_skip("%s", why);
	}
	if (r < 0)
		fail_msg("%s: %d: %s", cr2_force_name(kind), r, report->reason);
	if (report->expected)
		print_error("%s: expected %s, seen %s\n", cr2_force_name(kind), report->expected,
			    report->seen);
	if (!cr2_force_holds(report))
		fail_msg("%s: %u exceptions, %u faults", cr2_force_name(kind), report->exceptions,
			 report->n_faults);
	assert_int_equal(report->fault.address, report->address);
}

static void settled_faults_are_counted_once(void **state)
{
	static const enum cr2_force kinds[] = {
		CR2_FORCE_DEMAND, CR2_FORCE_COW, CR2_FORCE_REUSE, CR2_FORCE_FILE, CR2_FORCE_STACK,
		CR2_FORCE_ZERO, /* not everywhere */
	};

	(void)state;
	for (size_t i = 0; i < CR2_ARRAY_SIZE(kinds); i++) {
		struct cr2_force_report report;

		force(kinds[i], &report);
		assert_int_equal(report.exceptions, 1);
		assert_int_equal(report.minor, 1);
		assert_int_equal(report.major, 0);
		assert_int_equal(report.signal.number, 0);
		assert_int_equal(report.result, CR2_RESULT_OK);
		assert_int_not_equal(report.after.frame, CR2_NO_FRAME);
		cr2_force_report_finish(&report);
	}
}

/* The kernel counts no fault that it could not settle, and both error codes are one. */
static void refused_faults_end_in_signals(void **state)
{
	static const struct {
		enum cr2_force kind;
		int signal;
		uint64_t error_code;
		enum cr2_force_agreement agreement;
	} rows[] = {
		{CR2_FORCE_PROTECTION, SIGSEGV, 0x7, CR2_FORCE_SAME},
		{CR2_FORCE_NULL_POINTER, SIGSEGV, 0x4, CR2_FORCE_SAME},
		{CR2_FORCE_EXEC, SIGSEGV, 0x15, CR2_FORCE_SAME},
		{CR2_FORCE_BUS, SIGBUS, 0x4, CR2_FORCE_SAME},
		{CR2_FORCE_KERNEL, SIGSEGV, 0x5, CR2_FORCE_HIDDEN},
	};

	(void)state;
	for (size_t i = 0; i < CR2_ARRAY_SIZE(rows); i++) {
		struct cr2_force_report report;

		force(rows[i].kind, &report);
		assert_int_equal(report.signal.number, rows[i].signal);
		assert_int_equal(report.signal.error_code, rows[i].error_code);
		assert_int_equal(cr2_force_agreement(&report), rows[i].agreement);
		assert_int_equal(report.signal.trap, 14);
		assert_int_equal(report.signal.cr2, report.address);
		assert_int_equal(report.signal.fault_address, report.address);
		assert_int_equal(report.signal.ip, report.fault.ip);
		assert_int_equal(report.minor + report.major, 0);
		assert_int_equal(report.before.frame, report.after.frame);
		cr2_force_report_finish(&report);
	}
}

static void a_copy_is_another_frame(void **state)
{
	struct cr2_force_report report;

	(void)state;
	force(CR2_FORCE_COW, &report);
	assert_int_not_equal(report.before.frame, report.after.frame);
	assert_int_equal(report.before.maps, 2);
	assert_int_equal(report.after.maps, 1);
	assert_int_equal(report.old_frame_maps, 1);
	assert_false(report.before.flags & FLAG_ANON_EXCLUSIVE);
	assert_true(report.after.flags & FLAG_ANON_EXCLUSIVE);
	cr2_force_report_finish(&report);
}

static void a_reused_page_stays(void **state)
{
	struct cr2_force_report report;

	(void)state;
	force(CR2_FORCE_REUSE, &report);
	assert_int_equal(report.before.frame, report.after.frame);
	assert_int_equal(report.before.maps, 1);
	assert_false(report.before.flags & FLAG_ANON_EXCLUSIVE);
	assert_true(report.after.flags & FLAG_ANON_EXCLUSIVE);
	cr2_force_report_finish(&report);
}

static void a_file_comes_with_its_neighbours(void **state)
{
	struct cr2_force_report report;

	(void)state;
	force(CR2_FORCE_FILE, &report);
	assert_int_equal(report.before.present, 0);
	assert_int_equal(report.after.present, 16);
	assert_int_equal(report.after.kind, CR2_PAGE_FILE);
	cr2_force_report_finish(&report);
}

static void a_stack_grows(void **state)
{
	struct cr2_force_report report;

	(void)state;
	force(CR2_FORCE_STACK, &report);
	assert_false(report.before.mapped);
	assert_true(report.after.mapped);
	assert_int_equal(report.after.start, report.address);
	cr2_force_report_finish(&report);
}

static void a_cold_page_is_major(void **state)
{
	struct cr2_force_report report;

	(void)state;
	force(CR2_FORCE_MAJOR, &report);
	assert_true(report.fault.major);
	assert_int_equal(report.minor, 0);
	assert_int_equal(report.major, 1);
	cr2_force_report_finish(&report);
}

static void a_huge_page_is_one_fault(void **state)
{
	struct cr2_force_report report;

	(void)state;
	force(CR2_FORCE_HUGE, &report);
	assert_int_equal(report.before.present, 0);
	assert_int_equal(report.after.present, 512);
	assert_int_equal(report.fault.page_shift, 21);
	assert_int_equal(report.minor, 1);
	cr2_force_report_finish(&report);
}

static void other_runners_cannot(void **state)
{
	struct cr2_force_report report;
	struct cr2_model_config config;
	struct cr2_runner *model;

	(void)state;
	cr2_model_config_init(&config, CR2_PROFILE_6_18);
	assert_int_equal(cr2_runner_model_create(&config, &model), 0);
	assert_int_equal(cr2_force_run(model, CR2_FORCE_DEMAND, &report), -EINVAL);
	cr2_runner_destroy(model);
	assert_int_equal(cr2_force_run(runner, CR2_FORCE_COUNT, &report), -EINVAL);
}

static int create(void **state)
{
	(void)state;
	host_read_settings(&settings);
	return cr2_runner_host_create(&runner);
}

static int destroy(void **state)
{
	struct cr2_text after = {0};
	bool same;

	(void)state;
	cr2_runner_destroy(runner);
	host_read_settings(&after);
	same = strcmp(after.data, settings.data) == 0;
	if (!same)
		print_error("settings were\n%sand are\n%s", settings.data, after.data);
	cr2_text_finish(&after);
	cr2_text_finish(&settings);
	return same ? 0 : -1;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(settled_faults_are_counted_once),
		cmocka_unit_test(refused_faults_end_in_signals),
		cmocka_unit_test(a_copy_is_another_frame),
		cmocka_unit_test(a_reused_page_stays),
		cmocka_unit_test(a_file_comes_with_its_neighbours),
		cmocka_unit_test(a_stack_grows),
		cmocka_unit_test(a_cold_page_is_major),
		cmocka_unit_test(a_huge_page_is_one_fault),
		cmocka_unit_test(other_runners_cannot),
	};

	return cmocka_run_group_tests(tests, create, destroy);
}
