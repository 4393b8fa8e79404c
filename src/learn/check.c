/* SPDX-License-Identifier: MIT */
/* Answers checked, and wrong ones explained: by what each misconception would have answered. */
#include <errno.h>
#include <string.h>

#include "learn.h"

static const struct {
	const char *name, *sentence;
	learn_mistake_fn *mistake;
} misconceptions[] = {
#define X(id, name, function, sentence) [CR2_MISCONCEPTION_##id] = {name, sentence, learn_##function},
#include <cr2/tables/misconception.def>
#undef X
};

const char *cr2_misconception_name(enum cr2_misconception misconception)
{
	return (unsigned)misconception < CR2_MISCONCEPTION_COUNT ? misconceptions[misconception].name : NULL;
}

const char *cr2_misconception_sentence(enum cr2_misconception misconception)
{
	return (unsigned)misconception < CR2_MISCONCEPTION_COUNT ?
	       misconceptions[misconception].sentence : NULL;
}

int cr2_misconception_parse(const char *name)
{
	for (int i = 0; i < CR2_MISCONCEPTION_COUNT; i++)
		if (strcmp(misconceptions[i].name, name) == 0)
			return i;
	return -EINVAL;
}

static bool is_near(uint64_t answer, uint64_t right)
{
	return (answer > right ? answer - right : right - answer) <= right / 100 * CR2_ANSWER_PERCENT +
								     right % 100 * CR2_ANSWER_PERCENT / 100;
}

static bool is_right(const struct cr2_exercise_part *part, const struct cr2_answer *answer)
{
	bool right = part->answer.type == CR2_ANSWER_TIME ? is_near(answer->values[0], part->answer.values[0]) :
		     cr2_answer_equal(answer, &part->answer);

	for (size_t i = 0; i < part->n_also && !right; i++)
		right = cr2_answer_equal(answer, &part->also[i]);
	return right;
}

size_t cr2_exercise_mistakes(const struct cr2_exercise *exercise,
			     const struct cr2_exercise_part *part,
			     enum cr2_misconception misconception, struct cr2_answer *ret_answers)
{
	struct cr2_answer answers[CR2_MISTAKES];
	size_t n, kept = 0;

	for (size_t i = 0; i < CR2_MISTAKES; i++)
		answers[i] = part->answer;
	n = misconceptions[misconception].mistake(exercise, part, answers);
	for (size_t i = 0; i < n; i++)
		if (!is_right(part, &answers[i]))
			ret_answers[kept++] = answers[i];
	return kept;
}

static bool may_answer(const struct cr2_exercise *exercise, const struct cr2_exercise_part *part,
		       enum cr2_misconception misconception, const struct cr2_answer *answer)
{
	struct cr2_answer answers[CR2_MISTAKES];
	size_t n = cr2_exercise_mistakes(exercise, part, misconception, answers);

	for (size_t i = 0; i < n; i++)
		if (cr2_answer_equal(&answers[i], answer))
			return true;
	return false;
}

static void diagnose(const struct cr2_exercise *exercise, struct cr2_check *check)
{
	for (int i = 0; i < CR2_MISCONCEPTION_COUNT; i++)
		if (may_answer(exercise, check->part, (enum cr2_misconception)i, &check->answer))
			check->misconceptions[check->n_misconceptions++] = (enum cr2_misconception)i;
}

void cr2_exercise_check(const struct cr2_exercise *exercise, const struct cr2_exercise_part *part,
			const char *answer, struct cr2_check *ret_check)
{
	const char *reason = NULL;

	*ret_check = (struct cr2_check){.part = part};
	if (learn_answer_read(answer, &part->answer, &ret_check->answer, &reason) < 0) {
		ret_check->answer = (struct cr2_answer){.type = part->answer.type};
		ret_check->reason = reason;
		return;
	}
	ret_check->correct = is_right(part, &ret_check->answer);
	if (!ret_check->correct)
		diagnose(exercise, ret_check);
}

static bool is_contradicted(const struct cr2_exercise *exercise, const bool *right, enum cr2_misconception misconception)
{
	struct cr2_answer answers[CR2_MISTAKES];

	for (size_t i = 0; i < exercise->n_parts; i++)
		if (right[i] && cr2_exercise_mistakes(exercise, &exercise->parts[i], misconception, answers) > 0)
			return true;
	return false;
}

void cr2_exercise_weigh(const struct cr2_exercise *exercise, const bool *right, struct cr2_check *check)
{
	size_t kept = 0;

	for (size_t i = 0; i < check->n_misconceptions; i++)
		if (!is_contradicted(exercise, right, check->misconceptions[i]))
			check->misconceptions[kept++] = check->misconceptions[i];
	if (kept)
		check->n_misconceptions = kept;
}

/* How well an exercise separates: 0 not at all, 1 beside others, 2 alone. */
static int separates(const struct cr2_exercise *exercise, enum cr2_misconception misconception)
{
	struct cr2_answer answers[CR2_MISTAKES];
	int best = 0;

	for (size_t i = 0; i < exercise->n_parts; i++) {
		const struct cr2_exercise_part *part = &exercise->parts[i];
		size_t n = cr2_exercise_mistakes(exercise, part, misconception, answers);

		for (size_t k = 0; k < n && best < 2; k++) {
			struct cr2_check check = {.part = part, .answer = answers[k]};

			diagnose(exercise, &check);
			best = check.n_misconceptions == 1 ? 2 : 1;
		}
	}
	return best;
}

int cr2_exercise_separate(enum cr2_misconception misconception, enum cr2_exercise_kind kind,
			  unsigned level, enum cr2_profile profile, uint64_t from,
			  uint64_t *ret_seed)
{
	int best = 0;

	if ((unsigned)misconception >= CR2_MISCONCEPTION_COUNT)
		return -EINVAL;
	for (uint64_t seed = from; seed - from < CR2_SEPARATE_SEEDS && best < 2; seed++) {
		struct cr2_exercise exercise;
		int r = cr2_exercise_make(kind, seed, level, profile, &exercise), how;

		if (r < 0)
			return r;
		how = separates(&exercise, misconception);
		cr2_exercise_finish(&exercise);
		if (how > best) {
			best = how;
			*ret_seed = seed;
		}
	}
	return best ? 0 : -ENOENT;
}
