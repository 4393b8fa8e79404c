/* SPDX-License-Identifier: MIT */
/* An exercise: question, values, parts; hints; and the solution. */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "learn.h"

static const struct field_block heading_block = {.columns = 1};
static const struct field_block paragraph = {.columns = 1, .at = 2};
static const struct field_block values_block = {.columns = 2, .at = 2};
static const struct field_block parts_block = {.columns = 2, .at = 2};
static const struct field_block steps_block = {.columns = 2, .at = 2};

void learn_heading(struct fields *f, const struct cr2_exercise *e)
{
	fields_cells(f);
	field_text(f, EXERCISE, cr2_exercise_name(e->kind), .form = "%", .ink = INK_BOLD);
	field_number(f, SEED, e->seed, .form = ", seed %");
	field_number(f, LEVEL, e->level, .form = ", level %");
	field_text(f, KERNEL, cr2_profile_name(e->profile), .form = ", kernel %");
}

static const char *written(struct fields *f, const struct cr2_answer *answer)
{
	struct cr2_text text = {0};
	int r = cr2_answer_format(answer, &text);

	return fields_take(f, &text, r);
}

void learn_add_answer(struct fields *f, enum cr2_key key, const struct cr2_answer *a, bool absent,
		      const char *form)
{
	struct field field = {.key = key, .form = form, .absent = absent, .keep = true, .none = "?"};

	switch (a->type) {
	case CR2_ANSWER_HEX:
		field.type = FIELD_HEX;
		field.number = a->values[0];
		break;
	case CR2_ANSWER_NUMBER:
	case CR2_ANSWER_SIZE:
	case CR2_ANSWER_BIT:
	case CR2_ANSWER_TIME:
		field.type = FIELD_NUMBER;
		field.number = a->values[0];
		break;
	case CR2_ANSWER_YESNO:
		field.type = FIELD_BOOL;
		field.number = a->values[0];
		field.words[0] = "no";
		field.words[1] = "yes";
		break;
	default:
		field.type = FIELD_TEXT;
		field.text = absent ? NULL : written(f, a);
		break;
	}
	fields_add(f, &field);
}

/* --- what is given --- */

/* A text of several lines: each on its own, numbered, as scenarios are talked about by their lines. */
static void lines(struct fields *f, const char *text)
{
	unsigned number = 1;

	for (size_t n; *text; text += n + (text[n] == '\n'), number++) {
		n = strcspn(text, "\n");
		if (number > 1)
			fields_break(f);
		fields_keep(f, INK_DIM, "%2u  ", number);
		fields_keep(f, INK_PLAIN, "%.*s", (int)n, text);
	}
}

static void value(struct fields *f, const struct cr2_given *given)
{
	struct field field = {.name = given->key, .form = "%", .number = given->number, .keep = true};
	bool long_text = given->type == CR2_GIVEN_TEXT && strchr(given->text, '\n');

	field.type = given->type == CR2_GIVEN_HEX ? FIELD_HEX :
		     given->type == CR2_GIVEN_NUMBER ? FIELD_NUMBER : FIELD_TEXT;
	field.text = given->text;
	if (given->type == CR2_GIVEN_TEXT)
		field.keep = false;
	if (long_text)
		field.form = NULL;
	fields_row(f, given->key);
	fields_add(f, &field);
	if (long_text)
		lines(f, given->text);
}

void learn_values(struct fields *f, const struct cr2_exercise *e, const struct field_block *block)
{
	const char *group = NULL;

	fields_block(f, block);
	fields_object(f, CR2_KEY_GIVEN);
	for (size_t i = 0; i < e->n_given; i++) {
		const struct cr2_given *g = &e->given[i];

		if (group && (!g->group || strcmp(g->group, group) != 0))
			fields_end(f);
		if (g->group && (!group || strcmp(g->group, group) != 0)) {
			fields_row(f, g->group);
			fields_object(f, (enum cr2_key)cr2_key_parse(g->group));
		}
		group = g->group;
		value(f, g);
	}
	if (group)
		fields_end(f);
	fields_end(f);
}

/* --- what is asked --- */

static void part(struct fields *f, const struct cr2_exercise_part *p, bool answers)
{
	fields_object(f, CR2_KEY_NONE);
	fields_cells(f);
	field_text(f, KEY, p->key, .form = "%", .ink = INK_NAME, .keep = true);
	fields_cell(f);
	field_text(f, ASK, p->ask, .form = "%");
	field_text(f, TYPE, cr2_answer_type_name(p->answer.type), .form = " (%)", .ink = INK_DIM, .keep = true);
	if (answers)
		learn_add_answer(f, CR2_KEY_ANSWER, &p->answer, false, NULL);
	if (answers && p->n_also) {
		fields_list(f, CR2_KEY_ALSO);
		for (size_t i = 0; i < p->n_also; i++)
			learn_add_answer(f, CR2_KEY_NONE, &p->also[i], false, NULL);
		fields_end(f);
	}
	fields_end(f);
}

void learn_statement(struct fields *f, const struct cr2_exercise *e)
{
	fields_block(f, &paragraph);
	fields_cells(f);
	field_text(f, QUESTION, e->question, .form = "%");
	learn_values(f, e, &values_block);
}

static void fill(struct fields *f, const struct cr2_exercise *e, bool answers)
{
	fields_block(f, &heading_block);
	learn_heading(f, e);
	learn_statement(f, e);
	fields_block(f, &parts_block);
	fields_list(f, CR2_KEY_PARTS);
	for (size_t i = 0; i < e->n_parts; i++)
		part(f, &e->parts[i], answers);
	fields_end(f);
}

int cr2_view_exercise(const struct cr2_exercise *e, const struct cr2_style *style,
		      struct cr2_text *text)
{
	struct fields f = {0};

	fill(&f, e, false);
	return fields_draw(&f, style, text);
}

int cr2_view_exercise_json(const struct cr2_exercise *e, bool answers, struct cr2_text *text)
{
	struct fields f = {.for_programs = true};

	fill(&f, e, answers);
	if (answers) {
		fields_texts(&f, CR2_KEY_HINTS, e->hints, e->n_hints);
		fields_texts(&f, CR2_KEY_SOLUTION, e->steps, e->n_steps);
	}
	return fields_json(&f, text);
}

/* --- hints and solution --- */

void learn_numbered(struct fields *f, const char *const *texts, size_t n)
{
	fields_block(f, &steps_block);
	for (size_t i = 0; i < n; i++) {
		fields_cells(f);
		fields_keep(f, INK_DIM, "%zu.", i + 1);
		fields_cell(f);
		fields_say(f, INK_PLAIN, "%s", texts[i]);
	}
}

int cr2_view_exercise_hints(const struct cr2_exercise *e, const struct cr2_style *style,
			    struct cr2_text *text)
{
	struct fields f = {0};

	learn_numbered(&f, e->hints, e->n_hints);
	return fields_draw(&f, style, text);
}

int cr2_view_exercise_solution(const struct cr2_exercise *e, const struct cr2_style *style,
			       struct cr2_text *text)
{
	struct fields f = {0};

	learn_numbered(&f, e->steps, e->n_steps);
	fields_block(&f, &values_block);
	for (size_t i = 0; i < e->n_parts; i++) {
		fields_row(&f, e->parts[i].key);
		learn_add_answer(&f, CR2_KEY_ANSWER, &e->parts[i].answer, false, "%");
	}
	return fields_draw(&f, style, text);
}
