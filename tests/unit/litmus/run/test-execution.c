/* SPDX-License-Identifier: MIT */
/* Steps taken one by one, and copies that go on by themselves. */
#include <errno.h>
#include <stdlib.h>

#include <cr2/generate.h>
#include <cr2/run.h>

#include "../../test.h"

static const char scenario[] =
	"swap on\n"
	"file f 8\n"
	"map m 8 rw\n"
	"map n 8 rw f\n"
	"write m@0..3\n"
	"read n@2 => 0x4\n"
	"fork c => EINVAL\n"
	"c: write m@1..2 => 0x7 wp_copy\n"
	"write m@1 => none\n"
	"advise m pageout\n"
	"read m@0..7\n"
	"c: exit\n"
	"write n@1..2\n"
	"remap m 16\n"
	"write m@12\n";

static void parse(const char *text, struct cr2_litmus *ret_litmus)
{
	struct cr2_diag diag;

	if (cr2_litmus_parse("t", text, strlen(text), ret_litmus, &diag) < 0)
		fail_msg("%u:%u: %s", diag.line, diag.column, diag.message);
}

static struct cr2_runner *model(void)
{
	struct cr2_model_config config;
	struct cr2_runner *runner;

	cr2_model_config_init(&config, CR2_PROFILE_6_18);
	assert_int_equal(cr2_runner_model_create(&config, &runner), 0);
	return runner;
}

/* What a whole run says. */
static char *straight(const struct cr2_litmus *litmus)
{
	struct cr2_runner *runner = model();
	struct cr2_text text = {0};
	struct cr2_run run;
	int r = cr2_litmus_run(litmus, runner, NULL, NULL, &run);

	assert_int_equal(cr2_observations_to_json(&run.observations, &text), 0);
	for (size_t i = 0; i < run.n_failures; i++)
		cr2_text_printf(&text, "%u: %s, %s\n", run.failures[i].line,
				run.failures[i].expected, run.failures[i].seen);
	cr2_text_printf(&text, "%d %s\n", r, run.reason ? run.reason : "");
	cr2_run_finish(&run);
	cr2_runner_destroy(runner);
	return text.data;
}

/* What an execution said until now: observations, then failures. */
struct said {
	struct cr2_text observations, failures;
};

/* Takes a step; false: that was the end. */
static bool take(struct cr2_execution *x, const struct cr2_litmus *litmus, struct said *said)
{
	struct cr2_step coming, step;
	int more = cr2_execution_peek(x, &coming), r = cr2_execution_next(x, &step);
	const char *reason;
	unsigned line;

	assert_int_equal(more, r == 1 || (r < 0 && more));
	if (r == 1) {
		assert_int_equal(step.number, coming.number);
		assert_ptr_equal(step.statement, coming.statement);
		cr2_observation_to_json(&litmus->names, cr2_execution_state(x), step.observation,
					&said->observations);
		if (step.failure)
			cr2_text_printf(&said->failures, "%u: %s, %s\n", step.failure->line,
					step.failure->expected, step.failure->seen);
		return true;
	}
	reason = cr2_execution_reason(x, &line);
	cr2_text_printf(&said->failures, "%d %s\n", r, reason ? reason : "");
	return false;
}

static void take_all(struct cr2_execution *x, const struct cr2_litmus *litmus, struct said *said)
{
	while (take(x, litmus, said))
		;
}

static void assert_said(struct said *said, const char *wanted)
{
	cr2_text_append(&said->observations, said->failures.data);
	assert_string_equal(said->observations.data, wanted);
	cr2_text_finish(&said->observations);
	cr2_text_finish(&said->failures);
}

static void copy_said(const struct said *from, struct said *to)
{
	*to = (struct said){0};
	cr2_text_append(&to->observations, from->observations.data ? from->observations.data : "");
	cr2_text_append(&to->failures, from->failures.data ? from->failures.data : "");
}

/* Copies after n steps; how: which of both goes on first, and which is destroyed first. */
static bool copy_in_the_middle(const struct cr2_litmus *litmus, unsigned n, int how,
			       const char *wanted)
{
	struct cr2_runner *runner = model();
	struct cr2_execution *x, *copy, *first, *second;
	struct said said = {0}, said_too;
	bool more = true;

	assert_int_equal(cr2_execution_begin(litmus, runner, &x), 0);
	while (n-- && more)
		more = take(x, litmus, &said);
	if (!more) {
		assert_said(&said, wanted);
		cr2_execution_destroy(x);
		cr2_runner_destroy(runner);
		return false;
	}
	assert_int_equal(cr2_execution_copy(x, &copy), 0);
	copy_said(&said, &said_too);
	first = how & 1 ? copy : x;
	second = how & 1 ? x : copy;
	take_all(first, litmus, how & 1 ? &said_too : &said);
	if (how & 2)
		cr2_execution_destroy(first);
	take_all(second, litmus, how & 1 ? &said : &said_too);
	cr2_execution_destroy(second);
	if (!(how & 2))
		cr2_execution_destroy(first);
	assert_said(&said, wanted);
	assert_said(&said_too, wanted);
	cr2_runner_destroy(runner);
	return true;
}

static void a_copy_goes_on_as_the_run_does(void **state)
{
	struct cr2_litmus litmus;
	char *wanted;

	(void)state;
	parse(scenario, &litmus);
	wanted = straight(&litmus);
	assert_non_null(strstr(wanted, "7: EINVAL, ok\n"));
	for (int how = 0; how < 4; how++)
		for (unsigned n = 0; copy_in_the_middle(&litmus, n, how, wanted); n++)
			;
	free(wanted);
	cr2_litmus_finish(&litmus);
}

static void a_run_may_be_left_in_the_middle(void **state)
{
	struct cr2_execution *x, *copy, *again;
	struct cr2_runner *runner = model();
	struct cr2_litmus litmus;
	struct cr2_step step;

	(void)state;
	parse(scenario, &litmus);
	assert_int_equal(cr2_execution_begin(&litmus, runner, &x), 0);
	for (int i = 0; i < 6; i++)
		assert_int_equal(cr2_execution_next(x, &step), 1);
	assert_int_equal(cr2_execution_copy(x, &copy), 0);
	assert_int_equal(cr2_execution_copy(copy, &again), 0);
	assert_ptr_not_equal(cr2_execution_runner(copy), runner);
	cr2_execution_destroy(copy);
	assert_int_equal(cr2_execution_next(again, &step), 1);
	assert_int_equal(step.number, 7);
	cr2_execution_destroy(x);
	assert_int_equal(cr2_execution_next(again, &step), 1);
	cr2_execution_destroy(again);
	cr2_execution_destroy(NULL);
	/* The runner is good for another one. */
	assert_int_equal(cr2_execution_begin(&litmus, runner, &x), 0);
	assert_int_equal(cr2_execution_next(x, &step), 1);
	cr2_execution_destroy(x);
	cr2_runner_destroy(runner);
	cr2_litmus_finish(&litmus);
}

static void what_cannot_begin_says_so_at_the_first_step(void **state)
{
	struct cr2_runner *runner = model();
	struct cr2_execution *x;
	struct cr2_litmus litmus;
	struct cr2_step step;
	unsigned line;

	(void)state;
	parse("kernel 6.19\nmap m 1 r\n", &litmus);
	assert_int_equal(cr2_execution_begin(&litmus, runner, &x), 0);
	assert_int_equal(cr2_execution_peek(x, &step), 0);
	assert_int_equal(cr2_execution_next(x, &step), -EOPNOTSUPP);
	assert_non_null(strstr(cr2_execution_reason(x, &line), "kernel 6.19"));
	cr2_execution_destroy(x);
	cr2_runner_destroy(runner);
	cr2_litmus_finish(&litmus);
}

/* The same scenario, with every page looked at after every step. */
static char *looked_at_whole(const struct cr2_litmus *litmus)
{
	struct cr2_runner *runner = model();
	struct cr2_runner_ops ops = *runner->ops;
	struct cr2_text text = {0};
	struct cr2_run run;

	ops.recount = NULL;
	ops.alike = NULL;
	runner->ops = &ops;
	cr2_litmus_run(litmus, runner, NULL, NULL, &run);
	assert_int_equal(cr2_observations_to_json(&run.observations, &text), 0);
	cr2_run_finish(&run);
	cr2_runner_destroy(runner);
	return text.data;
}

/* What is looked at after a step is all that the step has changed. */
static void nothing_that_changed_is_passed_over(void **state)
{
	const struct cr2_generator config = {.size = sizeof(config), .statements = 60,
					     .thp = true, .swap = true, .fault_around = true, .keys = true,
					     .hugetlb = true, .numa = true, .soft_dirty = true, .ksm = true};
	const char *sanitized = getenv("CR2_SANITIZED");

	(void)state;
	/* Sanitizers make it ten times as long, and see the same at each. */
	for (uint64_t n = 0; n < (sanitized && *sanitized ? 300 : 1500); n++) {
		struct cr2_text text = {0};
		struct cr2_litmus litmus;
		char *whole, *said;

		assert_int_equal(cr2_litmus_generate(cr2_generator_seed(7, n), &config, &text), 0);
		parse(text.data, &litmus);
		whole = looked_at_whole(&litmus);
		said = straight(&litmus);
		if (whole && strncmp(said, whole, strlen(whole)) != 0)
			fail_msg("%s\nlooked at whole:\n%s\nelse:\n%s", text.data, whole, said);
		free(whole);
		free(said);
		cr2_litmus_finish(&litmus);
		cr2_text_finish(&text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_copy_goes_on_as_the_run_does),
		cmocka_unit_test(a_run_may_be_left_in_the_middle),
		cmocka_unit_test(what_cannot_begin_says_so_at_the_first_step),
		cmocka_unit_test(nothing_that_changed_is_passed_over),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
