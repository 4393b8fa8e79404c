/* SPDX-License-Identifier: MIT */
/* Exercises: made, and answers to them checked. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <cr2/view_learn.h>

#include "record/json.h"
#include "web.h"

/* The kinds, an object a line. */
int WEB_EXPORT(web_exercises)(void)
{
	return cr2_view_progress_json(NULL, web_begin());
}

/* seed is a text: numbers of JavaScript have 53 bits. */
static int make(const char *name, const char *seed, unsigned level, const char *kernel, struct cr2_exercise *ret)
{
	int kind = cr2_exercise_parse(name), profile = cr2_profile_parse(kernel);
	char *end;
	uint64_t number = strtoull(seed, &end, 10);

	if (kind < 0 || profile < 0 || end == seed || *end)
		return -EINVAL;
	return cr2_exercise_make((enum cr2_exercise_kind)kind, number, level, (enum cr2_profile)profile, ret);
}

/* One of them; with its answers, hints and solution where they are asked for. */
int WEB_EXPORT(web_exercise)(const char *kind, const char *seed, unsigned level, const char *kernel, bool answers)
{
	struct cr2_text *out = web_begin();
	struct cr2_exercise exercise;
	int r = make(kind, seed, level, kernel, &exercise);

	if (r < 0)
		return r;
	r = cr2_view_exercise_json(&exercise, answers, out);
	cr2_exercise_finish(&exercise);
	return r;
}

/* What an answer to one part comes to: right or wrong, why it could not be read, what it may come from. */
static int check_json(const struct cr2_check *check, struct cr2_text *out)
{
	json_t *sentences = json_array();

	for (size_t i = 0; i < check->n_misconceptions; i++)
		json_array_append_new(sentences, json_string(cr2_misconception_sentence(check->misconceptions[i])));
	return view_json_line(json_pack("{s:b, s:s?, s:s, s:o}", KEY(CORRECT), check->correct, KEY(REASON),
					check->reason, KEY(TYPE), cr2_answer_type_form(check->part->answer.type),
					KEY(MISCONCEPTIONS), sentences),
			      out);
}

int WEB_EXPORT(web_answer)(const char *kind, const char *seed, unsigned level, const char *kernel, const char *key,
			   const char *answer)
{
	struct cr2_text *out = web_begin();
	struct cr2_exercise exercise;
	const struct cr2_exercise_part *part;
	struct cr2_check check;
	int r = make(kind, seed, level, kernel, &exercise);

	if (r < 0)
		return r;
	part = cr2_exercise_part(&exercise, key);
	if (part) {
		cr2_exercise_check(&exercise, part, answer, &check);
		r = check_json(&check, out);
	}
	cr2_exercise_finish(&exercise);
	return part ? r : -ENOENT;
}
