/* SPDX-License-Identifier: MIT */
/* A learner's progress as JSON. What is read is checked whole: a file may be damaged, or another version's. */
#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "progress.h"

#define FORMAT 1
_Static_assert(CR2_PROGRESS_COUNTER < 32, "there is a bit for each program");

static const char *const whys[CR2_LESSON_WHYS] = {
	[CR2_LESSON_NEXT] = "next",
	[CR2_LESSON_RECALL] = "recall",
	[CR2_LESSON_CHOSEN] = "chosen",
};

/* ---- written ---- */

static json_t *topics_to_json(const struct cr2_progress *p)
{
	json_t *all = json_object();

	for (int i = 0; i < CR2_EXERCISE_COUNT; i++)
		json_object_set_new(all, cr2_exercise_name((enum cr2_exercise_kind)i),
				    json_pack("{s:i, s:i, s:I}", "level", (int)p->topics[i].level, "clean",
					      (int)p->topics[i].clean, "solved", (json_int_t)p->topics[i].solved));
	return all;
}

static json_t *recalls_to_json(const struct cr2_progress *p)
{
	json_t *all = json_object();

	for (int i = 0; i < CR2_MISCONCEPTION_COUNT; i++) {
		const struct cr2_recall *r = &p->recalls[i];

		if (r->seen)
			json_object_set_new(all, cr2_misconception_name((enum cr2_misconception)i),
					    json_pack("{s:I, s:i, s:I, s:s, s:i}", "seen", (json_int_t)r->seen,
						      "stage", (int)r->stage, "due", (json_int_t)r->due, "exercise",
						      cr2_exercise_name(r->kind), "level", (int)r->level));
	}
	return all;
}

static const char *program_name(unsigned program)
{
	return program == CR2_PROGRESS_COUNTER ? "counter" : cr2_demand_name((enum cr2_demand)program);
}

static json_t *programs_to_json(const struct cr2_progress *p)
{
	json_t *all = json_array();

	for (unsigned i = 0; i <= CR2_PROGRESS_COUNTER; i++)
		if (p->programs >> i & 1)
			json_array_append_new(all, json_string(program_name(i)));
	return all;
}

static json_t *place_to_json(const struct cr2_lesson_place *p)
{
	if (!p->there)
		return json_null();
	return json_pack("{s:s, s:I, s:i, s:s, s:s, s:s*, s:b, s:b, s:i, s:i, s:s}", "exercise",
			 cr2_exercise_name(p->kind), "seed", (json_int_t)p->seed, "level", (int)p->level, "kernel",
			 cr2_profile_name(p->profile), "why", whys[p->why], "misconception",
			 p->why == CR2_LESSON_RECALL ? cr2_misconception_name(p->misconception) : NULL, "counted",
			 p->counted, "wrong", p->wrong, "part", (int)p->part, "hints", (int)p->hints, "parts", p->parts);
}

int cr2_progress_to_json(const struct cr2_progress *progress, struct cr2_text *text)
{
	json_t *root = json_pack("{s:i, s:I, s:I, s:o, s:o, s:o, s:o, s:o}", "format", FORMAT, "seed",
				 (json_int_t)progress->seed, "exercises", (json_int_t)progress->exercises, "topics",
				 topics_to_json(progress), "recalls", recalls_to_json(progress), "programs",
				 programs_to_json(progress), "place", place_to_json(&progress->place), "before", place_to_json(&progress->before));
	char *dump = root ? json_dumps(root, JSON_INDENT(1)) : NULL;
	int r = dump ? cr2_text_append(text, dump) : -ENOMEM;

	json_decref(root);
	free(dump);
	return r < 0 ? r : cr2_text_append(text, "\n");
}

/* ---- read: NULL, or what is wrong ---- */

static const char *exercise_from_json(const char *name, int level, int most, enum cr2_exercise_kind *ret_kind)
{
	int kind = cr2_exercise_parse(name);

	if (kind < 0)
		return "there is no such exercise";
	if (level < 1 || level > most)
		return "there is no such level";
	*ret_kind = (enum cr2_exercise_kind)kind;
	return NULL;
}

static const char *topics_from_json(json_t *json, struct cr2_progress *p)
{
	const char *name, *wrong = NULL;
	json_t *row;

	json_object_foreach(json, name, row) {
		enum cr2_exercise_kind kind = CR2_EXERCISE_COUNT;
		json_int_t solved;
		int level, clean;

		if (json_unpack(row, "{s:i, s:i, s:I}", "level", &level, "clean", &clean, "solved", &solved) < 0 ||
		    clean < 0 || clean >= CR2_TOPIC_CLEAN || solved < 0)
			return "a topic is not as cr2 writes it";
		wrong = exercise_from_json(name, level, CR2_EXERCISE_LEVELS + 1, &kind);
		if (wrong)
			return wrong;
		p->topics[kind] = (struct cr2_topic){(unsigned)level, (unsigned)clean, (uint64_t)solved};
	}
	return NULL;
}

static const char *recalls_from_json(json_t *json, struct cr2_progress *p)
{
	const char *name, *exercise;
	json_t *row;

	json_object_foreach(json, name, row) {
		int misconception = cr2_misconception_parse(name), stage, level;
		struct cr2_recall *recall = &p->recalls[misconception < 0 ? 0 : misconception];
		json_int_t seen, due;
		const char *wrong;

		if (misconception < 0)
			return "there is no such misconception";
		if (json_unpack(row, "{s:I, s:i, s:I, s:s, s:i}", "seen", &seen, "stage", &stage, "due", &due,
				"exercise", &exercise, "level", &level) < 0 ||
		    seen < 1 || stage < 0 || stage > CR2_RECALL_STAGES || due < 0)
			return "a misconception is not as cr2 writes it";
		wrong = exercise_from_json(exercise, level, CR2_EXERCISE_LEVELS, &recall->kind);
		if (wrong)
			return wrong;
		recall->seen = (uint64_t)seen;
		recall->stage = (unsigned)stage;
		recall->due = (uint64_t)due;
		recall->level = (unsigned)level;
	}
	return NULL;
}

static const char *programs_from_json(json_t *json, struct cr2_progress *p)
{
	json_t *name;
	size_t i;

	json_array_foreach(json, i, name) {
		const char *word = json_string_value(name);
		unsigned program = 0;

		while (program <= CR2_PROGRESS_COUNTER && word && strcmp(program_name(program), word) != 0)
			program++;
		if (!word || program > CR2_PROGRESS_COUNTER)
			return "there is no such program";
		p->programs |= 1U << program;
	}
	return NULL;
}

static bool why_from_json(const char *why, const char *misconception, struct cr2_lesson_place *p)
{
	int id = misconception ? cr2_misconception_parse(misconception) : 0, i = 0;

	while (i < CR2_LESSON_WHYS && strcmp(whys[i], why) != 0)
		i++;
	if (i == CR2_LESSON_WHYS || id < 0 || (i == CR2_LESSON_RECALL) != (misconception != NULL))
		return false;
	p->why = (enum cr2_lesson_why)i;
	p->misconception = (enum cr2_misconception)id;
	return true;
}

static const char *place_from_json(json_t *json, struct cr2_lesson_place *p)
{
	const char *exercise, *kernel, *why, *misconception = NULL, *parts;
	int level, counted, wrong, part, hints, profile;
	json_int_t seed;

	if (json_is_null(json))
		return NULL;
	if (json_unpack(json, "{s:s, s:I, s:i, s:s, s:s, s?s, s:b, s:b, s:i, s:i, s:s}", "exercise", &exercise,
			"seed", &seed, "level", &level, "kernel", &kernel, "why", &why, "misconception",
			&misconception, "counted", &counted, "wrong", &wrong, "part", &part, "hints", &hints,
			"parts", &parts) < 0)
		return "the exercise is not as cr2 writes it";
	profile = cr2_profile_parse(kernel);
	if (seed < 0 || part < 0 || hints < 0 || profile < 0 || strlen(parts) >= sizeof(p->parts) ||
	    parts[strspn(parts, (const char[]){CR2_LESSON_OPEN, CR2_LESSON_FIRST, CR2_LESSON_LATER,
					       CR2_LESSON_SHOWN, '\0'})] ||
	    !why_from_json(why, misconception, p))
		return "the exercise has a value that cr2 does not write";
	strcpy(p->parts, parts);
	p->there = true;
	p->seed = (uint64_t)seed;
	p->level = (unsigned)level;
	p->profile = (enum cr2_profile)profile;
	p->counted = counted;
	p->wrong = wrong;
	p->part = (unsigned)part;
	p->hints = (unsigned)hints;
	return exercise_from_json(exercise, level, CR2_EXERCISE_LEVELS, &p->kind);
}

static const char *fill_progress(json_t *root, struct cr2_progress *p)
{
	json_t *topics, *recalls, *programs = NULL, *place, *before;
	json_int_t seed, exercises;
	const char *wrong;
	int format;

	if (json_unpack(root, "{s:i}", "format", &format) < 0)
		return "this is no learner's progress";
	if (format != FORMAT)
		return "another version of cr2 wrote this";
	/* Progress from before programs were kept has none. */
	if (json_unpack(root, "{s:I, s:I, s:o, s:o, s?o, s:o, s:o}", "seed", &seed, "exercises", &exercises, "topics",
			&topics, "recalls", &recalls, "programs", &programs, "place", &place, "before", &before) < 0 ||
	    seed < 0 || exercises < 0)
		return "something is missing or of another type";
	p->seed = (uint64_t)seed;
	p->exercises = (uint64_t)exercises;
	wrong = topics_from_json(topics, p);
	if (!wrong)
		wrong = recalls_from_json(recalls, p);
	if (!wrong && programs)
		wrong = programs_from_json(programs, p);
	if (!wrong)
		wrong = place_from_json(place, &p->place);
	return wrong ? wrong : place_from_json(before, &p->before);
}

int cr2_progress_from_json(const char *json, size_t size, struct cr2_progress *ret_progress,
			   struct cr2_diag *diag)
{
	struct cr2_progress progress;
	json_error_t error = {.line = 0};
	json_t *root = json_loadb(json, size, 0, &error);
	const char *wrong;

	cr2_progress_init(&progress, 0);
	wrong = root ? fill_progress(root, &progress) : error.text;
	if (!wrong)
		*ret_progress = progress;
	else
		*diag = (struct cr2_diag){.line = root || error.line < 0 ? 0 : (unsigned)error.line,
					  .message = strdup(wrong)};
	json_decref(root);
	return !wrong ? 0 : diag->message ? -EINVAL : -ENOMEM;
}
