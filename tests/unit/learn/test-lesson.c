/* SPDX-License-Identifier: MIT */
/* A session: what comes next, what a wrong answer leads to, and that all of it survives being written and read. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include <cr2/lesson.h>

#include "../test.h"

struct talk {
	struct cr2_lesson lesson;
	struct cr2_lesson_reply reply;
};

static void meet(struct talk *t, uint64_t seed)
{
	struct cr2_progress progress;

	cr2_progress_init(&progress, seed);
	assert_int_equal(cr2_lesson_begin(&t->lesson, &progress, false, CR2_PROFILE_6_18, NULL, &t->reply), 0);
	assert_int_equal(t->reply.event, CR2_LESSON_BEGUN);
}

static enum cr2_lesson_event say(struct talk *t, const char *line)
{
	assert_int_equal(cr2_lesson_say(&t->lesson, line, &t->reply), 0);
	return t->reply.event;
}

static void say_answer(struct talk *t, const struct cr2_answer *answer)
{
	struct cr2_text text = {0};

	assert_int_equal(cr2_answer_format(answer, &text), 0);
	say(t, text.data);
	cr2_text_finish(&text);
}

static void solve(struct talk *t)
{
	while (cr2_lesson_part(&t->lesson)) {
		say_answer(t, &cr2_lesson_part(&t->lesson)->answer);
		assert_int_equal(t->reply.event, CR2_LESSON_RIGHT);
	}
	assert_true(t->reply.ended);
}

/* The whole of an exercise, with what somebody answers who has this misconception. Returns whether it showed. */
static bool solve_mistaken(struct talk *t, enum cr2_misconception misconception)
{
	const struct cr2_exercise_part *part;
	bool shown = false;

	while ((part = cr2_lesson_part(&t->lesson))) {
		struct cr2_answer answers[CR2_MISTAKES];

		if (cr2_exercise_mistakes(&t->lesson.exercise, part, misconception, answers)) {
			say_answer(t, &answers[0]);
			assert_int_equal(t->reply.event, CR2_LESSON_WRONG);
			assert_ptr_equal(cr2_lesson_part(&t->lesson), part);
			shown = true;
		}
		say_answer(t, &part->answer);
	}
	return shown;
}

/* Each topic's first level, then each one's second. */
static void topics_take_turns(void **state)
{
	struct talk t;

	(void)state;
	meet(&t, 5);
	for (unsigned level = 1; level <= 2; level++)
		for (int kind = 0; kind < CR2_EXERCISE_COUNT; kind++)
			for (unsigned i = 0; i < CR2_TOPIC_CLEAN; i++) {
				assert_int_equal(t.lesson.exercise.kind, kind);
				assert_int_equal(t.lesson.exercise.level, level);
				solve(&t);
				assert_int_equal(t.reply.rose, i + 1 == CR2_TOPIC_CLEAN);
				assert_int_equal(say(&t, ""), CR2_LESSON_BEGUN);
			}
	cr2_lesson_finish(&t.lesson);
}

/* A misconception is asked for at once, by exercises that show it, then later and later. */
static void a_misconception_comes_again(void **state)
{
	const enum cr2_misconception m = CR2_MISCONCEPTION_END_INCLUSIVE;
	struct talk t;
	unsigned pauses[CR2_RECALL_STAGES + 1] = {0}, stage = 0;

	(void)state;
	meet(&t, 1);
	do
		assert_int_equal(cr2_lesson_choose(&t.lesson, CR2_EXERCISE_VMA, 3, t.lesson.progress.seed++, &t.reply), 0);
	while (!solve_mistaken(&t, m));
	assert_true(t.lesson.progress.recalls[m].seen >= 1);
	for (unsigned i = 0; i < 100 && stage < CR2_RECALL_STAGES; i++) {
		say(&t, "");
		if (t.lesson.progress.place.why == CR2_LESSON_RECALL && t.lesson.progress.place.misconception == m) {
			struct cr2_answer answers[CR2_MISTAKES];
			size_t n = 0;

			for (size_t k = 0; k < t.lesson.exercise.n_parts; k++)
				n += cr2_exercise_mistakes(&t.lesson.exercise, &t.lesson.exercise.parts[k], m, answers);
			assert_true(n > 0);
			pauses[stage++] = i;
		}
		solve(&t);
	}
	assert_int_equal(stage, CR2_RECALL_STAGES);
	assert_int_equal(pauses[0], 0);
	for (unsigned i = 2; i < CR2_RECALL_STAGES; i++)
		assert_true(pauses[i] - pauses[i - 1] > pauses[i - 1] - pauses[i - 2]);
	assert_int_equal(t.lesson.progress.recalls[m].stage, CR2_RECALL_STAGES);
	cr2_lesson_finish(&t.lesson);
}

/* Answered so again, it is asked for again at once; --again knows nothing else. */
static void again(void **state)
{
	struct cr2_progress progress;
	struct talk t;

	(void)state;
	cr2_progress_init(&progress, 1);
	assert_int_equal(cr2_lesson_begin(&t.lesson, &progress, true, CR2_PROFILE_6_18, NULL, &t.reply), 0);
	assert_int_equal(t.reply.event, CR2_LESSON_NOTHING);
	assert_null(cr2_lesson_part(&t.lesson));
	progress.recalls[CR2_MISCONCEPTION_PAGE_FROM_ONE] = (struct cr2_recall){
		.seen = 1, .due = 900, .kind = CR2_EXERCISE_VMA, .level = 2};
	assert_int_equal(cr2_lesson_begin(&t.lesson, &progress, true, CR2_PROFILE_6_18, NULL, &t.reply), 0);
	assert_int_equal(t.reply.event, CR2_LESSON_BEGUN);
	for (int i = 0; i < 3; i++) {
		assert_int_equal(t.lesson.progress.place.misconception, CR2_MISCONCEPTION_PAGE_FROM_ONE);
		assert_true(solve_mistaken(&t, CR2_MISCONCEPTION_PAGE_FROM_ONE));
		assert_int_equal(say(&t, ""), CR2_LESSON_BEGUN);
	}
	cr2_lesson_finish(&t.lesson);
}

/* Two that are due do not follow each other, unless the first is answered wrongly again. */
static void recalls_stand_apart(void **state)
{
	struct cr2_progress progress;
	struct talk t;

	(void)state;
	cr2_progress_init(&progress, 1);
	progress.recalls[CR2_MISCONCEPTION_PAGE_FROM_ONE] = progress.recalls[CR2_MISCONCEPTION_END_INCLUSIVE] =
		(struct cr2_recall){.seen = 1, .kind = CR2_EXERCISE_VMA, .level = 2};
	assert_int_equal(cr2_lesson_begin(&t.lesson, &progress, false, CR2_PROFILE_6_18, NULL, &t.reply), 0);
	for (int i = 0; i < 4; i++) {
		assert_int_equal(t.lesson.progress.place.why, i % 2 ? CR2_LESSON_NEXT : CR2_LESSON_RECALL);
		solve(&t);
		assert_int_equal(say(&t, ""), CR2_LESSON_BEGUN);
		if (i == 1) {
			assert_true(solve_mistaken(&t, t.lesson.progress.place.misconception));
			assert_int_equal(say(&t, ""), CR2_LESSON_BEGUN);
		}
	}
	cr2_lesson_finish(&t.lesson);
}

/* The course's sheet comes in its order, however it is come to, and on the course's kernel. */
static void course_in_order(void **state)
{
	struct talk t;

	(void)state;
	meet(&t, 123);
	for (uint64_t seed = 1; seed <= CR2_COURSE_EXERCISES; seed++) {
		assert_int_equal(say(&t, "start course"), CR2_LESSON_BEGUN);
		assert_int_equal(t.lesson.exercise.seed, seed);
		assert_int_equal(t.lesson.exercise.profile, CR2_PROFILE_COURSE);
		solve(&t);
		if (seed == 3)
			assert_int_equal(say(&t, "start bits"), CR2_LESSON_BEGUN);
	}
	assert_int_equal(say(&t, "start course"), CR2_LESSON_BEGUN);
	assert_int_equal(t.lesson.exercise.seed, 1);
	cr2_lesson_finish(&t.lesson);
}

static void hints_and_solution_are_help(void **state)
{
	struct talk t;
	size_t n_hints;

	(void)state;
	meet(&t, 7);
	n_hints = t.lesson.exercise.n_hints;
	for (size_t i = 0; i < n_hints; i++) {
		assert_int_equal(say(&t, " HINT "), CR2_LESSON_HINTED);
		assert_int_equal(t.reply.hint, i);
	}
	assert_int_equal(say(&t, "hint"), CR2_LESSON_NO_HINT);
	assert_int_equal(say(&t, "maybe"), CR2_LESSON_WRONG);
	assert_non_null(t.reply.check.reason);
	assert_int_equal(say(&t, "solution"), CR2_LESSON_SOLVED);
	assert_string_equal(t.lesson.progress.place.parts, "=........");
	assert_int_equal(say(&t, "skip"), CR2_LESSON_SKIPPED);
	assert_int_equal(say(&t, "back"), CR2_LESSON_ASKED);
	solve(&t);
	assert_int_equal(t.lesson.progress.topics[CR2_EXERCISE_BITS].solved, 0);
	assert_int_equal(t.lesson.progress.topics[CR2_EXERCISE_BITS].clean, 0);
	say(&t, "");
	solve(&t);
	assert_int_equal(t.lesson.progress.topics[CR2_EXERCISE_BITS].clean, 1);
	/* What is gone through once more does not count again. */
	say(&t, "back");
	solve(&t);
	assert_int_equal(t.lesson.progress.topics[CR2_EXERCISE_BITS].solved, 1);
	cr2_lesson_finish(&t.lesson);
}

static void any_exercise_can_be_started(void **state)
{
	struct talk t;
	uint64_t seed;

	(void)state;
	meet(&t, 7);
	assert_int_equal(say(&t, "back"), CR2_LESSON_NOT_KNOWN);
	seed = t.lesson.exercise.seed;
	assert_int_equal(say(&t, "start cow 2"), CR2_LESSON_BEGUN);
	assert_int_equal(t.lesson.exercise.kind, CR2_EXERCISE_COW);
	assert_int_equal(t.lesson.exercise.level, 2);
	assert_int_equal(say(&t, "start cow 6"), CR2_LESSON_NOT_KNOWN);
	assert_int_equal(say(&t, "start cows"), CR2_LESSON_NOT_KNOWN);
	assert_int_equal(say(&t, "start a-kind-whose-name-is-too-long"), CR2_LESSON_NOT_KNOWN);
	assert_int_equal(say(&t, "back"), CR2_LESSON_BEGUN);
	assert_int_equal(t.lesson.exercise.seed, seed);
	assert_int_equal(say(&t, "?"), CR2_LESSON_HELPED);
	assert_int_equal(say(&t, "topics"), CR2_LESSON_TOPICS);
	assert_int_equal(say(&t, "quit"), CR2_LESSON_LEFT);
	cr2_lesson_finish(&t.lesson);
}

/* No answer that is right is taken for a command, and no command for an answer. */
static void commands_are_no_answers(void **state)
{
	(void)state;
	for (int kind = 0; kind < CR2_EXERCISE_COUNT; kind++)
		for (unsigned level = 1; level <= CR2_EXERCISE_LEVELS; level++) {
			struct cr2_exercise e;

			assert_int_equal(cr2_exercise_make((enum cr2_exercise_kind)kind, level, level, CR2_PROFILE_6_18, &e), 0);
			assert_true(e.n_parts <= CR2_LESSON_PARTS);
			for (size_t i = 0; i < e.n_parts; i++)
				for (int c = 0; c < CR2_LESSON_COMMANDS; c++) {
					struct cr2_check check;

					cr2_exercise_check(&e, &e.parts[i], cr2_lesson_command_word((enum cr2_lesson_command)c), &check);
					assert_false(check.correct);
				}
			cr2_exercise_finish(&e);
		}
}

static void read_back(const struct cr2_progress *progress, struct cr2_progress *ret)
{
	struct cr2_text text = {0}, again = {0};
	struct cr2_diag diag = {0};

	assert_int_equal(cr2_progress_to_json(progress, &text), 0);
	assert_int_equal(cr2_progress_from_json(text.data, text.length, ret, &diag), 0);
	assert_int_equal(cr2_progress_to_json(ret, &again), 0);
	assert_string_equal(text.data, again.data);
	cr2_text_finish(&text);
	cr2_text_finish(&again);
}

/* At every part: written, read, and gone on from there. */
static void resume(void **state)
{
	struct cr2_progress progress;
	struct cr2_lesson other;
	struct talk t;

	(void)state;
	meet(&t, 3);
	t.lesson.progress.programs = 1U << CR2_DEMAND_COW | 1U << CR2_PROGRESS_COUNTER;
	say(&t, "hint");
	say(&t, "yes");
	for (int i = 0; i < 60; i++) {
		const struct cr2_exercise_part *part = cr2_lesson_part(&t.lesson);

		read_back(&t.lesson.progress, &progress);
		assert_int_equal(progress.programs, t.lesson.progress.programs);
		assert_int_equal(cr2_lesson_begin(&other, &progress, false, CR2_PROFILE_6_18, NULL, &t.reply), 0);
		if (part) {
			assert_int_equal(other.exercise.seed, t.lesson.exercise.seed);
			assert_string_equal(cr2_lesson_part(&other)->key, part->key);
			cr2_lesson_finish(&t.lesson);
			t.lesson = other;
			part = cr2_lesson_part(&t.lesson);
			say_answer(&t, i % 7 ? &part->answer : &(struct cr2_answer){.type = CR2_ANSWER_BIT, .n = 1});
		} else {
			assert_int_equal(t.reply.event, CR2_LESSON_BEGUN);
			cr2_lesson_finish(&other);
			say(&t, "");
		}
	}
	cr2_lesson_finish(&t.lesson);
}

/* Every prefix of a file, and every value of another kind, is refused; nothing else happens. */
static void damaged(void **state)
{
	static const char *const others[][2] = {
		{"\"format\": 1", "\"format\": 2"}, {"\"bits\"", "\"bist\""}, {"\"seed\"", "\"sede\""},
		{"\"why\": \"next\"", "\"why\": \"recall\""}, {"\"parts\": \".", "\"parts\": \"x"},
		{"\"programs\": []", "\"programs\": [\"forced\"]"}, {"\"level\": 1", "\"level\": 9"}, {"\"kernel\": \"6.18\"", "\"kernel\": \"2.4\""},
	};
	struct cr2_text text = {0};
	struct cr2_progress read;
	struct talk t;

	(void)state;
	meet(&t, 3);
	assert_int_equal(cr2_progress_to_json(&t.lesson.progress, &text), 0);
	for (size_t n = 0; n + 2 < text.length; n++) {
		struct cr2_diag diag = {0};

		assert_int_equal(cr2_progress_from_json(text.data, n, &read, &diag), -EINVAL);
		assert_non_null(diag.message);
		cr2_diag_finish(&diag);
	}
	for (size_t i = 0; i < CR2_ARRAY_SIZE(others); i++) {
		char *copy = strdup(text.data), *at = strstr(copy, others[i][0]);
		struct cr2_diag diag = {0};
		struct cr2_text changed = {0};

		assert_non_null(at);
		assert_int_equal(cr2_text_printf(&changed, "%.*s%s%s", (int)(at - copy), copy, others[i][1],
						 at + strlen(others[i][0])), 0);
		if (cr2_progress_from_json(changed.data, changed.length, &read, &diag) != -EINVAL)
			fail_msg("%s is taken", others[i][1]);
		cr2_diag_finish(&diag);
		cr2_text_finish(&changed);
		free(copy);
	}
	/* Of another version: as many parts as no exercise has. */
	strcat(t.lesson.progress.place.parts, ".");
	assert_int_equal(cr2_lesson_begin(&(struct cr2_lesson){0}, &t.lesson.progress, false, CR2_PROFILE_6_18, NULL, &t.reply),
			 -EINVAL);
	cr2_text_finish(&text);
	cr2_lesson_finish(&t.lesson);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(topics_take_turns),
		cmocka_unit_test(a_misconception_comes_again),
		cmocka_unit_test(again),
		cmocka_unit_test(recalls_stand_apart),
		cmocka_unit_test(course_in_order),
		cmocka_unit_test(hints_and_solution_are_help),
		cmocka_unit_test(any_exercise_can_be_started),
		cmocka_unit_test(commands_are_no_answers),
		cmocka_unit_test(resume),
		cmocka_unit_test(damaged),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
