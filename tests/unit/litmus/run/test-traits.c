/* SPDX-License-Identifier: MIT */
/* Which scenarios a trait of a machine changes, and how the model follows it. */
#include <cr2/run.h>

#include "../../test.h"

static void parse(const char *text, struct cr2_litmus *ret_litmus)
{
	struct cr2_diag diag = {0};

	if (cr2_litmus_parse("test", text, strlen(text), ret_litmus, &diag) < 0)
		fail_msg("%u:%u: %s", diag.line, diag.column, diag.message);
}

static bool depends(const char *text, unsigned traits)
{
	struct cr2_litmus litmus;
	bool depends;

	parse(text, &litmus);
	assert_int_equal(cr2_litmus_depends(&litmus, CR2_PROFILE_6_18, traits, &depends), 0);
	cr2_litmus_finish(&litmus);
	return depends;
}

static void what_shows_the_zero_page_depends_on_it(void **state)
{
	const unsigned none = CR2_TRAIT(NO_ZERO_PAGE);

	(void)state;
	assert_true(depends("map m 1 rw\nread m\n", none));
	assert_true(depends("map m 1 rw populate\nmap r 1 r populate\n", none));
	assert_true(depends("thp always\nmap m 512 rw\nread m\n", none));
	/* Below a stack only the path differs. */
	assert_true(depends("map m 2 rw growsdown\nread m@-1\n", none));
	assert_false(depends("map m 1 rw\nwrite m\nread m\n", none));
	assert_false(depends("file f 1\nmap m 1 r f\nread m\n", none));
	assert_false(depends("map m 1 rw\nread m\n", CR2_TRAIT(FETCH_UNCHECKED)));
}

static void the_model_follows(void **state)
{
	static const char text[] =
		"thp madvise\n"
		"map m 2 rw\n"
		"read m@0 => 0x4 anon_alloc map=a1\n"
		"write m@0 => none\n"
		"kread m@1 => 0x0 anon_alloc map=a2\n"
		"fork c\n"
		"c: write m@0 => 0x7 wp_copy\n"
		"map r 1 r\n"
		"exec r => 0x14 SEGV_ACCERR map=a4\n"
		"map h 512 rw\n"
		"advise h hugepage\n"
		"read h@3 => 0x4 anon_huge map=h1\n"
		"write h@4 => none\n";
	struct cr2_model_config config;
	struct cr2_runner *runner;
	struct cr2_litmus litmus;
	struct cr2_run run;

	(void)state;
	cr2_model_config_init(&config, CR2_PROFILE_6_18);
	cr2_traits_apply(CR2_TRAIT(NO_ZERO_PAGE), &config);
	assert_int_equal(cr2_runner_model_create(&config, &runner), 0);
	parse(text, &litmus);
	assert_int_equal(cr2_litmus_run(&litmus, runner, NULL, NULL, &run), 0);
	for (size_t i = 0; i < run.n_failures; i++)
		print_error("line %u: expected %s, seen %s\n", run.failures[i].line,
			    run.failures[i].expected, run.failures[i].seen);
	assert_int_equal(run.n_failures, 0);
	cr2_run_finish(&run);
	cr2_litmus_finish(&litmus);
	cr2_runner_destroy(runner);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_shows_the_zero_page_depends_on_it),
		cmocka_unit_test(the_model_follows),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
