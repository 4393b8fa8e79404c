/* SPDX-License-Identifier: MIT */
/*
 * Each misconception has exercises on which it, and it alone, is diagnosed: by its answer, written as a
 * person would write it. What two would answer names both.
 */
#include <errno.h>
#include <stdio.h>

#include <cr2/learn.h>

#include "../test.h"

/* A part of the exercise of which the check names this misconception and no other. */
static bool is_named_alone(const struct cr2_exercise *e, enum cr2_misconception misconception)
{
	for (size_t i = 0; i < e->n_parts; i++) {
		struct cr2_answer answers[CR2_MISTAKES];
		size_t n = cr2_exercise_mistakes(e, &e->parts[i], misconception, answers);

		for (size_t k = 0; k < n; k++) {
			struct cr2_text text = {0};
			struct cr2_check check;

			assert_int_equal(cr2_answer_format(&answers[k], &text), 0);
			cr2_exercise_check(e, &e->parts[i], text.data, &check);
			cr2_text_finish(&text);
			assert_false(check.correct);
			assert_null(check.reason);
			assert_true(check.n_misconceptions > 0);
			if (check.n_misconceptions == 1) {
				assert_int_equal(check.misconceptions[0], misconception);
				return true;
			}
		}
	}
	return false;
}

/* Looks for those that are still to be found; returns how many were. */
static int look_at(const struct cr2_exercise *e, bool *found)
{
	int n = 0;

	for (int i = 0; i < CR2_MISCONCEPTION_COUNT; i++)
		if (!found[i] && is_named_alone(e, (enum cr2_misconception)i)) {
			found[i] = true;
			n++;
		}
	return n;
}

#define SEEDS 100

static void each_is_diagnosed(void **state)
{
	bool found[CR2_MISCONCEPTION_COUNT] = {false};
	int left = CR2_MISCONCEPTION_COUNT;

	(void)state;
	for (unsigned i = 0; left && i < SEEDS * CR2_EXERCISE_LEVELS * CR2_EXERCISE_COUNT; i++) {
		enum cr2_exercise_kind kind = (enum cr2_exercise_kind)(i % CR2_EXERCISE_COUNT);
		unsigned level = 1 + i / CR2_EXERCISE_COUNT % CR2_EXERCISE_LEVELS;
		struct cr2_exercise e;

		assert_int_equal(cr2_exercise_make(kind, i, level, CR2_PROFILE_6_18, &e), 0);
		left -= look_at(&e, found);
		cr2_exercise_finish(&e);
	}
	for (int i = 0; i < CR2_MISCONCEPTION_COUNT; i++)
		if (!found[i])
			fail_msg("no exercise shows %s alone", cr2_misconception_name((enum cr2_misconception)i));
}

/* No kind is without: each has exercises on which several are diagnosed, at the first level already. */
static void each_kind_diagnoses(void **state)
{
	(void)state;
	for (int kind = 0; kind < CR2_EXERCISE_COUNT; kind++) {
		bool found[CR2_MISCONCEPTION_COUNT] = {false};
		int n = 0;

		for (uint64_t seed = 0; seed < 40; seed++) {
			struct cr2_exercise e;

			assert_int_equal(cr2_exercise_make((enum cr2_exercise_kind)kind, seed, 1, CR2_PROFILE_6_18, &e), 0);
			n += look_at(&e, found);
			cr2_exercise_finish(&e);
		}
		if (n < 2)
			fail_msg("%s: %d misconceptions are diagnosed", cr2_exercise_name((enum cr2_exercise_kind)kind), n);
	}
}

/* A fresh exercise for somebody with a misconception: one that shows it. */
static void separate(void **state)
{
	struct cr2_exercise e;
	uint64_t seed;

	(void)state;
	assert_int_equal(cr2_exercise_separate(CR2_MISCONCEPTION_END_INCLUSIVE, CR2_EXERCISE_VMA, 3,
					       CR2_PROFILE_6_18, 1000, &seed), 0);
	assert_true(seed >= 1000 && seed < 1000 + CR2_SEPARATE_SEEDS);
	assert_int_equal(cr2_exercise_make(CR2_EXERCISE_VMA, seed, 3, CR2_PROFILE_6_18, &e), 0);
	assert_true(is_named_alone(&e, CR2_MISCONCEPTION_END_INCLUSIVE));
	cr2_exercise_finish(&e);
	assert_int_equal(cr2_exercise_separate(CR2_MISCONCEPTION_END_INCLUSIVE, CR2_EXERCISE_BITS, 1,
					       CR2_PROFILE_6_18, 0, &seed), -ENOENT);
	assert_int_equal(cr2_exercise_separate(CR2_MISCONCEPTION_COUNT, CR2_EXERCISE_BITS, 1,
					       CR2_PROFILE_6_18, 0, &seed), -EINVAL);
}

/* Right answers never are. */
static void none_where_right(void **state)
{
	(void)state;
	for (int kind = 0; kind < CR2_EXERCISE_COUNT; kind++)
		for (uint64_t seed = 0; seed < 40; seed++) {
			struct cr2_exercise e;

			assert_int_equal(cr2_exercise_make((enum cr2_exercise_kind)kind, seed, 1 + seed % 5,
							   CR2_PROFILE_6_18, &e), 0);
			for (size_t i = 0; i < e.n_parts; i++) {
				struct cr2_text text = {0};
				struct cr2_check check;

				assert_int_equal(cr2_answer_format(&e.parts[i].answer, &text), 0);
				cr2_exercise_check(&e, &e.parts[i], text.data, &check);
				cr2_text_finish(&text);
				assert_true(check.correct);
				assert_int_equal(check.n_misconceptions, 0);
			}
			cr2_exercise_finish(&e);
		}
}

/* Is it there as a word of its own? */
static bool says(const char *text, const char *word)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz_0123456789";
	const size_t n = strlen(word);

	for (const char *at = text; (at = strstr(at, word)); at++)
		if ((at == text || !strchr(letters, at[-1])) && (!at[n] || !strchr(letters, at[n])))
			return true;
	return false;
}

static bool is_telling(const struct cr2_exercise_part *part, const struct cr2_text *answer)
{
	switch (part->answer.type) {
	case CR2_ANSWER_FUNCTION:
	case CR2_ANSWER_ERRORS:
	case CR2_ANSWER_PATHS:
		return strcmp(answer->data, "none") != 0;
	default:
		return false;
	}
}

static void look_for_answer(const struct cr2_exercise *e, const struct cr2_exercise_part *part)
{
	struct cr2_text answer = {0};

	assert_int_equal(cr2_answer_format(&part->answer, &answer), 0);
	for (size_t i = 0; i < e->n_parts && is_telling(part, &answer); i++)
		if (says(e->parts[i].ask, answer.data))
			fail_msg("%s, seed %u: '%s' tells %s", cr2_exercise_name(e->kind), (unsigned)e->seed, e->parts[i].ask,
				 answer.data);
	for (int i = 0; i < CR2_MISCONCEPTION_COUNT && is_telling(part, &answer); i++) {
		const enum cr2_misconception m = (enum cr2_misconception)i;
		struct cr2_answer answers[CR2_MISTAKES];

		if (cr2_exercise_mistakes(e, part, m, answers) && says(cr2_misconception_sentence(m), answer.data))
			fail_msg("%s, seed %u: '%s' tells %s", cr2_exercise_name(e->kind), (unsigned)e->seed,
				 cr2_misconception_sentence(m), answer.data);
	}
	cr2_text_finish(&answer);
}

/* Neither do another question's words, nor what is said of a wrong answer. */
static void no_answer_is_told(void **state)
{
	(void)state;
	for (int kind = 0; kind < CR2_EXERCISE_COUNT; kind++)
		for (uint64_t seed = 0; seed < 60; seed++) {
			struct cr2_exercise e;

			assert_int_equal(cr2_exercise_make((enum cr2_exercise_kind)kind,
							   kind == CR2_EXERCISE_COURSE ? 1 + seed % 7 : seed, 1 + seed % 5,
							   kind == CR2_EXERCISE_COURSE ? CR2_PROFILE_COURSE : CR2_PROFILE_6_18,
							   &e), 0);
			for (size_t i = 0; i < e.n_parts; i++)
				look_for_answer(&e, &e.parts[i]);
			cr2_exercise_finish(&e);
		}
}

/* Who reads 0x1 from the left takes P for 0: somebody who has P right does not. */
static void what_is_right_speaks_too(void **state)
{
	bool right[64] = {false};
	struct cr2_exercise e;
	struct cr2_check check;

	(void)state;
	assert_int_equal(cr2_exercise_make(CR2_EXERCISE_BITS, 3, 1, CR2_PROFILE_6_18, &e), 0);
	assert_int_equal(e.given[0].number, 0x1);
	assert_true(e.n_parts <= CR2_ARRAY_SIZE(right));
	cr2_exercise_check(&e, cr2_exercise_part(&e, "present"), "no", &check);
	assert_int_equal(check.n_misconceptions, 2);
	cr2_exercise_weigh(&e, right, &check);
	assert_int_equal(check.n_misconceptions, 2);
	right[cr2_exercise_part(&e, "RSVD") - e.parts] = true;
	right[cr2_exercise_part(&e, "W") - e.parts] = true;
	right[cr2_exercise_part(&e, "U") - e.parts] = true;
	right[cr2_exercise_part(&e, "I") - e.parts] = true;
	cr2_exercise_weigh(&e, right, &check);
	assert_int_equal(check.n_misconceptions, 1);
	assert_int_equal(check.misconceptions[0], CR2_MISCONCEPTION_P_INVERTED);
	/* One that is left alone stays. */
	right[cr2_exercise_part(&e, "P") - e.parts] = true;
	cr2_exercise_weigh(&e, right, &check);
	assert_int_equal(check.n_misconceptions, 1);
	cr2_exercise_finish(&e);
}

/* Error 0x6 has 00110b: from the left its P is 0, too, its W is 1 and its U is 1, but its RSVD is 1. */
static void by_hand(void **state)
{
	struct cr2_exercise e;
	struct cr2_check check;
	uint64_t seed = 0;

	(void)state;
	for (;; seed++) {
		assert_int_equal(cr2_exercise_make(CR2_EXERCISE_BITS, seed, 1, CR2_PROFILE_6_18, &e), 0);
		if (e.given[0].number == 0x6)
			break;
		cr2_exercise_finish(&e);
	}
	cr2_exercise_check(&e, cr2_exercise_part(&e, "RSVD"), "1", &check);
	assert_false(check.correct);
	assert_int_equal(check.n_misconceptions, 1);
	assert_int_equal(check.misconceptions[0], CR2_MISCONCEPTION_BITS_REVERSED);
	cr2_exercise_check(&e, cr2_exercise_part(&e, "present"), "yes", &check);
	assert_int_equal(check.n_misconceptions, 1);
	assert_int_equal(check.misconceptions[0], CR2_MISCONCEPTION_P_INVERTED);
	cr2_exercise_check(&e, cr2_exercise_part(&e, "mode"), "maybe", &check);
	assert_false(check.correct);
	assert_non_null(check.reason);
	assert_int_equal(check.n_misconceptions, 0);
	cr2_exercise_finish(&e);
}

static void names(void **state)
{
	(void)state;
	for (int i = 0; i < CR2_MISCONCEPTION_COUNT; i++) {
		enum cr2_misconception m = (enum cr2_misconception)i;

		assert_int_equal(cr2_misconception_parse(cr2_misconception_name(m)), i);
		assert_non_null(cr2_misconception_sentence(m));
	}
	assert_null(cr2_misconception_name(CR2_MISCONCEPTION_COUNT));
	assert_int_equal(cr2_misconception_parse("none"), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_is_diagnosed),
		cmocka_unit_test(each_kind_diagnoses),
		cmocka_unit_test(separate),
		cmocka_unit_test(none_where_right),
		cmocka_unit_test(no_answer_is_told),
		cmocka_unit_test(what_is_right_speaks_too),
		cmocka_unit_test(by_hand),
		cmocka_unit_test(names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
