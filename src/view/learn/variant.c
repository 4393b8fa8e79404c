/* SPDX-License-Identifier: MIT */
/* A wrong answer run as a variant, beside the right one. */
#include <string.h>

#include "learn.h"

static const struct field_block said_block = {.columns = 1, .at = 2};
static const struct field_block lines_block = {.columns = 4, .at = 2};

static void outcome(struct fields *f, const struct cr2_variant_line *line, const struct cr2_variant_side *s)
{
	const struct cr2_answer *first = &s->answers[0];

	if (line->number && strcmp(line->number, "faults") == 0)
		fields_keep(f, INK_PLAIN, "%llu fault%s", (unsigned long long)first->values[0], first->values[0] == 1 ? "" : "s");
	else if (line->number)
		fields_keep(f, INK_PLAIN, "%s %llu", line->number, (unsigned long long)first->values[0]);
	else if (first->n == 0)
		fields_keep(f, INK_PLAIN, "no fault");
	else
		for (size_t i = 0; i < s->n_answers; i++)
			learn_add_answer(f, CR2_KEY_NONE, &s->answers[i], false, i ? " %" : "%");
}

/* --- lined up --- */

static void statements(struct fields *f, const struct cr2_variant_line *line, bool same)
{
	if (*line->right.statement)
		fields_say(f, INK_PLAIN, "%s", line->right.statement);
	if (same)
		return;
	if (*line->right.statement)
		fields_break(f);
	fields_say(f, INK_WARN, "%s%s", line->line ? "yours: " : "", line->variant.statement);
}

static void side(struct fields *f, const struct cr2_variant_line *line, const struct cr2_variant_side *s)
{
	fields_cell(f);
	if (s->n_answers)
		outcome(f, line, s);
}

static void add_row(struct fields *f, const struct cr2_variant_line *line, bool same)
{
	fields_cells(f);
	if (line->line)
		fields_keep(f, line->part ? INK_BAD : INK_DIM, "%u%s", line->line, line->part ? "*" : "");
	else
		fields_keep(f, INK_DIM, "+");
	fields_cell(f);
	statements(f, line, same);
	side(f, line, &line->right);
	side(f, line, &line->variant);
}

static void add_heading(struct fields *f)
{
	static const char *const words[] = {"line", "statement", "right", "yours"};

	fields_block(f, &lines_block);
	fields_cells(f);
	for (size_t i = 0; i < CR2_ARRAY_SIZE(words); i++) {
		if (i > 0)
			fields_cell(f);
		fields_keep(f, INK_DIM, "%s", words[i]);
	}
}

/* --- one sentence a line --- */

static void add_sentence(struct fields *f, const struct cr2_variant_line *line, bool same)
{
	fields_cells(f);
	if (line->line)
		fields_say(f, INK_PLAIN, "Line %u, %s", line->line, line->right.statement);
	if (!same)
		fields_say(f, INK_PLAIN, "%s%s", line->line ? ", yours: " : "Yours alone: ", line->variant.statement);
	if (line->right.n_answers) {
		fields_say(f, INK_PLAIN, "; right: ");
		outcome(f, line, &line->right);
	}
	if (line->variant.n_answers) {
		fields_say(f, INK_PLAIN, line->line ? "; yours: " : "; it comes to ");
		outcome(f, line, &line->variant);
	}
	fields_say(f, INK_PLAIN, "%s.", line->part ? "; they part" : "");
}

/* --- both --- */

static unsigned parts_at(const struct cr2_variant *v)
{
	for (size_t i = 0; i < v->n; i++)
		if (v->lines[i].part)
			return v->lines[i].line;
	return 0;
}

void learn_add_variant(struct fields *f, const struct cr2_variant *v, bool linear)
{
	fields_block(f, &said_block);
	fields_cells(f);
	fields_say(f, INK_PLAIN, "Your answer is that of another scenario, %s. Both in the model; they part at line %u:", v->as_if,
		   parts_at(v));
	if (!linear)
		add_heading(f);
	for (size_t i = 0; i < v->n; i++) {
		const struct cr2_variant_line *line = &v->lines[i];
		bool same = strcmp(line->right.statement, line->variant.statement) == 0;

		(linear ? add_sentence : add_row)(f, line, same);
	}
}

const char *learn_variant_scenario(struct fields *f, const struct cr2_variant *v)
{
	struct cr2_text text = {0};
	int r = 0;

	for (size_t i = 0; i < v->n && r == 0; i++)
		r = cr2_text_printf(&text, "%s\n", v->lines[i].variant.statement);
	return fields_take(f, &text, r);
}
