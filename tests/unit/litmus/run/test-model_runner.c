/* SPDX-License-Identifier: MIT */
/* Scenarios through the model, end to end: what an observation says is what the model did. */
#include <errno.h>
#include <stdlib.h>

#include <cr2/run.h>

#include "../../test.h"

static int run(enum cr2_profile profile, const char *text, struct cr2_run *ret_run)
{
	struct cr2_model_config config;
	struct cr2_runner *runner;
	struct cr2_litmus litmus;
	struct cr2_diag diag;
	int r;

	if (cr2_litmus_parse("t", text, strlen(text), &litmus, &diag) < 0)
		fail_msg("%u:%u: %s", diag.line, diag.column, diag.message);
	cr2_model_config_init(&config, profile);
	assert_int_equal(cr2_runner_model_create(&config, &runner), 0);
	assert_string_equal(runner->ops->name, "model");
	r = cr2_litmus_run(&litmus, runner, NULL, NULL, ret_run);
	assert_null(cr2_runner_model_get(runner));
	cr2_runner_destroy(runner);
	cr2_litmus_finish(&litmus);
	return r;
}

static void expect_ok(const char *text)
{
	struct cr2_run result;
	int r = run(CR2_PROFILE_6_18, text, &result);

	if (r < 0)
		fail_msg("line %u: %s", result.reason_line, result.reason);
	for (size_t i = 0; i < result.n_failures; i++)
		print_error("line %u: expected %s, seen %s\n", result.failures[i].line,
			    result.failures[i].expected, result.failures[i].seen);
	assert_int_equal(result.n_failures, 0);
	cr2_run_finish(&result);
}

static void copy_on_write_copies_once(void **state)
{
	(void)state;
	expect_ok("map buf 4 rw\n"
		  "read buf@1 => 0x4 anon_zero minor ok value=0 map=z\n"
		  "write buf@0 0x41 => 0x6 anon_alloc map=a1\n"
		  "fork child\n"
		  "child: write buf@0 0x43 => 0x7 wp_copy map=a2\n"
		  "child: read buf@0 => none value=0x43\n"
		  "read buf@0 => none value=0x41 map=a1\n"
		  "write buf@0 => 0x7 wp_reuse map=a1\n"
		  "child: exit\n"
		  "read buf@4 => 0x4 SEGV_MAPERR segv_maperr map=!\n");
}

static void entries_are_expected_to_the_bit(void **state)
{
	(void)state;
	expect_ok("map buf 4 rw\n"
		  "read buf@1 => entry=raz\n"
		  "write buf@0 => entry=rwade\n"
		  "sync buf@2..3 => entry=-\n"
		  "fork child\n"
		  "read buf@0 => none entry=rad\n"
		  "child: sync buf@0 => entry=rD\n"
		  "child: read buf@0 => none entry=raD\n"
		  "child: exit\n"
		  "write buf@0 => wp_reuse entry=rwade\n"
		  "protect buf none => ok\n"
		  "sync buf@0 => entry=xnaDe\n");
}

static void a_file_is_mapped_around(void **state)
{
	(void)state;
	expect_ok("file f 8\nmap m 8 rw f\n"
		  "read m@3 => 0x4 file_read minor value=0xc3 map=f:3\n"
		  "read m@0..7 => none value=0xc3\n"
		  "write m@2 => 0x7 wp_copy map=a1\n");
}

static void an_exclusive_page_outlives_its_copy(void **state)
{
	struct cr2_text text = {0};
	struct cr2_run result;

	(void)state;
	assert_int_equal(run(CR2_PROFILE_COURSE,
			     "map a 2 rw\nwrite a\nfork c\nc: write a\nwrite a\n", &result),
			 0);
	assert_int_equal(cr2_observations_to_json(&result.observations, &text), 0);
	assert_non_null(strstr(text.data, "\"step\":5,"));
	assert_non_null(strstr(strstr(text.data, "\"step\":5,"),
			       "\"state\":{\"parent\":{\"a\":\"a1 -\"},\"c\":{\"a\":\"a2 -\"}}"));
	cr2_text_finish(&text);
	cr2_run_finish(&result);
}

static void a_newer_kernel_s_scenario_is_refused(void **state)
{
	struct cr2_run result;

	(void)state;
	assert_int_equal(run(CR2_PROFILE_6_18, "kernel 6.19\nmap a 1 r\n", &result), -EOPNOTSUPP);
	assert_string_equal(result.reason,
			    "the scenario is for kernel 6.19 or later, the model is 6.18");
	assert_int_equal(result.reason_line, 0);
	assert_int_equal(result.observations.count, 0);
	cr2_run_finish(&result);
	assert_int_equal(run(CR2_PROFILE_6_18, "kernel 6.18\nmap a 1 r\n", &result), 0);
	cr2_run_finish(&result);
	assert_int_equal(run(CR2_PROFILE_COURSE, "kernel 9.0\nmap a 1 r\n", &result), 0);
	cr2_run_finish(&result);
}

/* Where its tree begins with a page that 6.1 does not find again, nothing is merged; with others it depends on the tree. */
static void ksm_is_refused_where_a_kernel_loses_pages(void **state)
{
	static const char scenario[] = "map a 2 rw\nwrite a@0..1\nadvise a mergeable\nprotect a none\nksm_scan\n";
	struct cr2_run result;

	(void)state;
	assert_int_equal(run(CR2_PROFILE_6_1, scenario, &result), -EOPNOTSUPP);
	assert_non_null(strstr(result.reason, "KSM of memory that nobody may access"));
	assert_int_equal(result.reason_line, 5);
	cr2_run_finish(&result);
	assert_int_equal(run(CR2_PROFILE_6_12, scenario, &result), 0);
	cr2_run_finish(&result);
}

/* So that a write still copies there. */
static void ksm_takes_nothing_apart_where_a_kernel_finds_no_page(void **state)
{
	static const char scenario[] = "map a 2 rw\nwrite a@0..1\nadvise a mergeable\nksm_scan\nprotect a none\n"
				       "advise a unmergeable\nprotect a rw\nwrite a\n";
	struct cr2_run result;

	(void)state;
	assert_int_equal(run(CR2_PROFILE_6_1, scenario, &result), 0);
	assert_int_equal(result.observations.items[8].n_faults, 1);
	assert_int_equal(result.observations.items[8].faults[0].path, CR2_PATH_WP_COPY);
	cr2_run_finish(&result);
	assert_int_equal(run(CR2_PROFILE_6_12, scenario, &result), 0);
	assert_int_equal(result.observations.items[8].n_faults, 0);
	cr2_run_finish(&result);
}

/* Where 47 bits end a hint's mapping lies on one side or the other. */
static void five_levels_do_not_move_hints_over_the_border(void **state)
{
	struct cr2_run result;

	(void)state;
	assert_int_equal(run(CR2_PROFILE_6_18,
			     "levels 5\nmap a 3 rw at 0x7fffffff8000 hint\nmap b 4 rw at 0x7fffffffc000 hint\nmap c 1 rw at 0x800000000000 hint\n"
			     "write 0x7fffffff8000\nwrite 0x800000000000\nwrite 0x7fffffffc000\n", &result), 0);
	assert_int_equal(result.observations.items[3].result, CR2_RESULT_OK);
	assert_int_equal(result.observations.items[4].result, CR2_RESULT_OK);
	assert_int_equal(result.observations.items[5].result, CR2_RESULT_SEGV_MAPERR);
	cr2_run_finish(&result);
	assert_int_equal(run(CR2_PROFILE_6_18, "map c 1 rw at 0x800000000000\nread 0x800000000000\n", &result), 0);
	assert_int_equal(result.observations.items[0].result, CR2_RESULT_ENOMEM);
	assert_int_equal(result.observations.items[1].result, CR2_RESULT_GP);
	cr2_run_finish(&result);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(copy_on_write_copies_once),
		cmocka_unit_test(entries_are_expected_to_the_bit),
		cmocka_unit_test(a_file_is_mapped_around),
		cmocka_unit_test(an_exclusive_page_outlives_its_copy),
		cmocka_unit_test(a_newer_kernel_s_scenario_is_refused),
		cmocka_unit_test(five_levels_do_not_move_hints_over_the_border),
		cmocka_unit_test(ksm_takes_nothing_apart_where_a_kernel_finds_no_page),
		cmocka_unit_test(ksm_is_refused_where_a_kernel_loses_pages),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
