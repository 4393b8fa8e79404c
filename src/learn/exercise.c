/* SPDX-License-Identifier: MIT */
/* Exercises from outside: their kinds, made and ended. */
#include <stdlib.h>
#include <string.h>

#include "maker.h"

static const struct {
	const char *name, *summary;
	void (*make)(struct maker *m);
} kinds[] = {
#define X(id, name, summary) [CR2_EXERCISE_##id] = {#name, summary, learn_make_##name},
#include <cr2/tables/exercise.def>
#undef X
};

const char *cr2_exercise_name(enum cr2_exercise_kind kind)
{
	return (unsigned)kind < CR2_EXERCISE_COUNT ? kinds[kind].name : NULL;
}

const char *cr2_exercise_summary(enum cr2_exercise_kind kind)
{
	return (unsigned)kind < CR2_EXERCISE_COUNT ? kinds[kind].summary : NULL;
}

int cr2_exercise_parse(const char *name)
{
	for (int i = 0; i < CR2_EXERCISE_COUNT; i++)
		if (strcmp(kinds[i].name, name) == 0)
			return i;
	return -EINVAL;
}

/* By its name, so that a kind's exercises stay what they are when others are added. */
static uint64_t kind_number(enum cr2_exercise_kind kind)
{
	uint64_t number = 0;

	for (const char *s = kinds[kind].name; *s; s++)
		number = number * 31 + (unsigned char)*s;
	return number;
}

static int make(enum cr2_exercise_kind kind, uint64_t seed, unsigned level, enum cr2_profile profile, bool timed,
		const struct cr2_calibration *calibration, struct cr2_exercise *ret_exercise)
{
	struct cr2_exercise e = {.kind = kind, .seed = seed, .level = level, .profile = profile};
	struct maker m = {.exercise = &e, .level = level, .kernel = cr2_profile_version(profile), .timed = timed,
			  .calibration = calibration};

	if ((unsigned)kind >= CR2_EXERCISE_COUNT || level < 1 || level > CR2_EXERCISE_LEVELS ||
	    (unsigned)profile >= CR2_PROFILE_COUNT)
		return -EINVAL;
	e.memory = calloc(1, sizeof(*e.memory));
	if (!e.memory)
		return -ENOMEM;
	m.facts = &e.memory->facts;
	e.memory->kind = kind;
	random_init(&m.random, random_seed(random_seed(seed, kind_number(kind)), level));
	kinds[kind].make(&m);
	if (m.error < 0) {
		cr2_exercise_finish(&e);
		return m.error;
	}
	*ret_exercise = e;
	return 0;
}

int cr2_exercise_make(enum cr2_exercise_kind kind, uint64_t seed, unsigned level,
		      enum cr2_profile profile, struct cr2_exercise *ret_exercise)
{
	return make(kind, seed, level, profile, false, NULL, ret_exercise);
}

int cr2_exercise_make_timed(enum cr2_exercise_kind kind, uint64_t seed, unsigned level, enum cr2_profile profile,
			    const struct cr2_calibration *calibration, struct cr2_exercise *ret_exercise)
{
	return make(kind, seed, level, profile, true, calibration, ret_exercise);
}

void cr2_exercise_finish(struct cr2_exercise *exercise)
{
	struct cr2_exercise_memory *memory = exercise->memory;

	for (size_t i = 0; memory && i < memory->n; i++)
		free(memory->texts[i]);
	if (memory)
		free(memory->texts);
	free(memory);
	free(exercise->given);
	free(exercise->parts);
	free(exercise->hints);
	free(exercise->steps);
	*exercise = (struct cr2_exercise){0};
}

const struct cr2_exercise_part *cr2_exercise_part(const struct cr2_exercise *exercise,
						  const char *key)
{
	for (size_t i = 0; i < exercise->n_parts; i++)
		if (strcmp(exercise->parts[i].key, key) == 0)
			return &exercise->parts[i];
	return NULL;
}
