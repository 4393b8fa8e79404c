/* SPDX-License-Identifier: MIT */
/* What answers come to: right or wrong, and which misconceptions answer so. */
#include "learn.h"

static const struct field_block heading_block = {.columns = 1};
static const struct field_block block = {.columns = 4, .at = 2};

static void misconceptions(struct fields *f, const struct cr2_check *check)
{
	const char *names[CR2_MISCONCEPTION_COUNT];

	for (size_t i = 0; i < check->n_misconceptions; i++) {
		names[i] = cr2_misconception_name(check->misconceptions[i]);
		if (i > 0)
			fields_break(f);
		fields_keep(f, INK_NAME, "%s", names[i]);
		fields_say(f, INK_PLAIN, ": %s", cr2_misconception_sentence(check->misconceptions[i]));
	}
	fields_texts(f, CR2_KEY_MISCONCEPTIONS, names, check->n_misconceptions);
}

/* What it would be right of; what is right is not told. */
static void variant(struct fields *f, const struct cr2_check *check)
{
	if (!check->variant)
		return;
	fields_break(f);
	fields_say(f, INK_PLAIN, "that is the answer to another scenario, ");
	fields_object(f, CR2_KEY_VARIANT);
	field_text(f, AS_IF, check->variant->as_if, .form = "%");
	field_text(f, SCENARIO, learn_variant_scenario(f, check->variant));
	fields_end(f);
}

static void row(struct fields *f, const struct cr2_check *check)
{
	bool read = !check->reason;

	fields_object(f, CR2_KEY_NONE);
	fields_cells(f);
	field_text(f, KEY, check->part->key, .form = "%", .ink = INK_NAME, .keep = true);
	fields_cell(f);
	learn_add_answer(f, CR2_KEY_ANSWER, &check->answer, !read, "%");
	fields_cell(f);
	field_bool(f, CORRECT, check->correct, .form = "%", .words = {"wrong", "right"},
		   .ink = check->correct ? INK_GOOD : INK_BAD, .keep = true);
	fields_cell(f);
	misconceptions(f, check);
	variant(f, check);
	if (!read) {
		field_text(f, REASON, check->reason, .form = "%");
		fields_say(f, INK_PLAIN, "; it is %s", cr2_answer_type_form(check->part->answer.type));
	}
	fields_end(f);
}

static bool is_answered(const struct cr2_exercise_part *part, const struct cr2_check *checks, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (checks[i].part == part)
			return true;
	return false;
}

static void unanswered(struct fields *f, const struct cr2_exercise *e, const struct cr2_check *checks,
		       size_t n)
{
	bool any = false;

	fields_block(f, &block);
	fields_list(f, CR2_KEY_UNANSWERED);
	for (size_t i = 0; i < e->n_parts; i++) {
		if (is_answered(&e->parts[i], checks, n))
			continue;
		fields_cells(f);
		field_text(f, KEY, e->parts[i].key, .form = "%", .ink = INK_NAME, .keep = true);
		fields_cell(f);
		fields_cell(f);
		fields_say(f, INK_DIM, "%s", any ? "" : "not answered");
		any = true;
	}
	fields_end(f);
}

static void fill(struct fields *f, const struct cr2_exercise *e, const struct cr2_check *checks, size_t n)
{
	bool all = true;

	fields_block(f, &heading_block);
	learn_heading(f, e);
	fields_block(f, &block);
	fields_list(f, CR2_KEY_PARTS);
	for (size_t i = 0; i < n; i++) {
		row(f, &checks[i]);
		all = all && checks[i].correct;
	}
	fields_end(f);
	unanswered(f, e, checks, n);
	field_bool(f, CORRECT, all);
}

int cr2_view_checks(const struct cr2_exercise *e, const struct cr2_check *checks, size_t n,
		    const struct cr2_style *style, struct cr2_text *text)
{
	struct fields f = {0};

	fill(&f, e, checks, n);
	return fields_draw(&f, style, text);
}

int cr2_view_checks_json(const struct cr2_exercise *e, const struct cr2_check *checks, size_t n,
			 struct cr2_text *text)
{
	struct fields f = {.for_programs = true};

	fill(&f, e, checks, n);
	return fields_json(&f, text);
}
