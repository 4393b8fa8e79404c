/* SPDX-License-Identifier: MIT */
/*
 * Variants: each edit is shown on some exercise; what a variant comes to in the model is just what was answered, and
 * what stands beside it is right.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include <cr2/learn.h>
#include <cr2/run.h>

#include "../test.h"

static const char *const as_if[] = {
#define X(id, edit, words, as_if) as_if,
#include "learn/variant.def"
#undef X
};
static const enum cr2_misconception misconceptions[] = {
#define X(id, edit, words, as_if) CR2_MISCONCEPTION_##id,
#include "learn/variant.def"
#undef X
};

static void mark(const struct cr2_variant *v, bool *seen)
{
	for (size_t i = 0; i < CR2_ARRAY_SIZE(as_if); i++)
		seen[i] |= misconceptions[i] == v->misconception && strcmp(as_if[i], v->as_if) == 0;
}

/* The codes of a line's faults, run apart from the exercise. */
static void run_again(const struct cr2_exercise *e, const struct cr2_variant *v, struct cr2_answer *ret_codes)
{
	struct cr2_text text = {0};
	struct cr2_model_config config;
	struct cr2_runner *runner;
	struct cr2_litmus litmus;
	struct cr2_diag diag;
	struct cr2_run run;

	for (size_t i = 0; i < v->n; i++)
		assert_int_equal(cr2_text_printf(&text, "%s\n", v->lines[i].variant.statement), 0);
	cr2_model_config_init(&config, e->profile);
	assert_int_equal(cr2_runner_model_create(&config, &runner), 0);
	assert_int_equal(cr2_litmus_parse("variant", text.data, text.length, &litmus, &diag), 0);
	assert_int_equal(cr2_litmus_run(&litmus, runner, NULL, NULL, &run), 0);
	*ret_codes = (struct cr2_answer){.type = CR2_ANSWER_ERRORS};
	for (size_t i = 0; i < run.observations.count; i++) {
		const struct cr2_observation *o = &run.observations.items[i];

		for (size_t k = 0; o->line == v->n && k < o->n_faults; k++)
			ret_codes->values[ret_codes->n++] = o->faults[k].error_code;
	}
	cr2_run_finish(&run);
	cr2_litmus_finish(&litmus);
	cr2_runner_destroy(runner);
	cr2_text_finish(&text);
}

static void look_at_variant(const struct cr2_exercise *e, const struct cr2_check *check, const struct cr2_variant *v)
{
	const struct cr2_variant_line *last = &v->lines[v->n - 1];
	const size_t k = last->right.n_answers - 1;
	struct cr2_answer codes;
	unsigned line = 0;

	assert_true(v->n > 1 && last->part && last->line == check->part->line);
	assert_true(cr2_answer_equal(&last->right.answers[k], &check->part->answer));
	assert_true(cr2_answer_equal(&last->variant.answers[k], &check->answer));
	/* All lines of the exercise up to there, in their order. */
	for (size_t i = 0; i < v->n; i++)
		if (v->lines[i].line)
			assert_int_equal(v->lines[i].line, ++line);
	assert_int_equal(line, check->part->line);
	if (check->part->answer.type != CR2_ANSWER_ERRORS)
		return;
	run_again(e, v, &codes);
	assert_true(cr2_answer_equal(&codes, &check->answer));
}

static void answer(const struct cr2_exercise *e, const struct cr2_exercise_part *part, const struct cr2_answer *answer,
		   bool *seen)
{
	struct cr2_variant *v = NULL;
	struct cr2_text text = {0};
	struct cr2_check check;
	int r;

	assert_int_equal(cr2_answer_format(answer, &text), 0);
	cr2_exercise_check(e, part, text.data, &check);
	cr2_text_finish(&text);
	r = cr2_exercise_variant(e, &check, &v);
	if (check.correct)
		assert_int_equal(r, -ENOENT);
	if (r == 0) {
		look_at_variant(e, &check, v);
		mark(v, seen);
	}
	free(v);
}

static void look_at(const struct cr2_exercise *e, bool *seen)
{
	for (size_t i = 0; i < e->n_parts; i++) {
		answer(e, &e->parts[i], &e->parts[i].answer, seen);
		for (size_t k = 0; k < CR2_ARRAY_SIZE(misconceptions); k++) {
			struct cr2_answer answers[CR2_MISTAKES];
			size_t n = cr2_exercise_mistakes(e, &e->parts[i], misconceptions[k], answers);

			for (size_t m = 0; m < n; m++)
				answer(e, &e->parts[i], &answers[m], seen);
		}
	}
}

static void each_edit_is_shown(void **state)
{
	bool seen[CR2_ARRAY_SIZE(as_if)] = {false};

	(void)state;
	for (unsigned seed = 0; seed < 90; seed++) {
		struct cr2_exercise e;

		assert_int_equal(cr2_exercise_make(seed % 3 ? CR2_EXERCISE_PREDICT : CR2_EXERCISE_COW, seed, 1 + seed % 5,
						   CR2_PROFILE_6_18, &e), 0);
		look_at(&e, seen);
		cr2_exercise_finish(&e);
	}
	for (size_t i = 0; i < CR2_ARRAY_SIZE(as_if); i++)
		if (!seen[i])
			fail_msg("%s: no exercise shows it '%s'", cr2_misconception_name(misconceptions[i]), as_if[i]);
}

/* By hand: after fork the parent's write faults; "no fault" is right where both had copies. */
static void pages_copied_at_fork(void **state)
{
	struct cr2_variant *v;
	struct cr2_check check;
	struct cr2_exercise e;

	(void)state;
	assert_int_equal(cr2_exercise_make(CR2_EXERCISE_PREDICT, 0, 2, CR2_PROFILE_6_18, &e), 0);
	assert_non_null(strstr(e.given[0].text, "fork child\nchild: write buf 2\n"));
	cr2_exercise_check(&e, cr2_exercise_part(&e, "error_4"), "none", &check);
	assert_int_equal(check.n_misconceptions, 1);
	assert_int_equal(check.misconceptions[0], CR2_MISCONCEPTION_COPIES_AT_FORK);
	assert_int_equal(cr2_exercise_variant(&e, &check, &v), 0);
	assert_int_equal(v->n, 6);
	assert_string_equal(v->lines[3].variant.statement, "child: write buf@0+4000");
	assert_string_equal(v->lines[3].right.statement, "");
	assert_false(v->lines[1].part);
	assert_true(v->lines[5].part);
	assert_int_equal(v->lines[5].right.answers[0].values[0], 0x7);
	assert_int_equal(v->lines[5].variant.answers[0].n, 0);
	free(v);
	/* Of no scenario there is none. */
	cr2_exercise_finish(&e);
	assert_int_equal(cr2_exercise_make(CR2_EXERCISE_VMA, 0, 2, CR2_PROFILE_6_18, &e), 0);
	cr2_exercise_check(&e, &e.parts[0], e.parts[0].answer.values[0] ? "no" : "yes", &check);
	assert_int_equal(cr2_exercise_variant(&e, &check, &v), -ENOENT);
	cr2_exercise_finish(&e);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_edit_is_shown),
		cmocka_unit_test(pages_copied_at_fork),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
