/* SPDX-License-Identifier: MIT */
/* Grades for people: of each student what is not right and why, then what the class has understood wrongly. */
#include <string.h>

#include "grade.h"
#include "learn.h"

static const struct field_block student_block = {.columns = 1};
static const struct field_block parts_block = {.columns = 4, .at = 2, .joined = true, .percent = {30, 25}};
static const struct field_block lines_block = {.columns = 1, .at = 2, .hang = 2, .joined = true};
static const struct field_block summary_block = {.columns = 4, .at = 2, .joined = true};

static const char *safe(struct fields *f, const char *s)
{
	struct cr2_text text = {0};
	int r = cr2_text_append_message(&text, s);

	return fields_take(f, &text, r);
}

static const char *points(struct fields *f, double value)
{
	char buffer[GRADE_POINTS];

	return fields_printf(f, "%s", grade_points(value, buffer));
}

static const char *part_name(struct fields *f, const struct cr2_grade *g, size_t item, const struct cr2_grade_part *part)
{
	struct cr2_text text = {0};
	int r = grade_part_name(g, item, part, &text);

	return fields_take(f, &text, r);
}

/* ---- a student ---- */

static void explain(struct fields *f, const struct cr2_grade_part *part)
{
	if (part->reason)
		fields_say(f, INK_PLAIN, "%s", safe(f, part->reason));
	for (size_t i = 0; i < part->n_misconceptions; i++) {
		if (i > 0 || part->reason)
			fields_break(f);
		fields_keep(f, INK_NAME, "%s", cr2_misconception_name(part->misconceptions[i]));
		fields_say(f, INK_PLAIN, ": %s", cr2_misconception_sentence(part->misconceptions[i]));
	}
}

static void add_part(struct fields *f, const struct cr2_grade *g, size_t item, const struct cr2_grade_part *part)
{
	fields_cells(f);
	fields_say(f, INK_NAME, "%s", part_name(f, g, item, part));
	fields_cell(f);
	if (part->answer)
		fields_say(f, INK_PLAIN, "%s", safe(f, part->answer));
	fields_cell(f);
	fields_keep(f, INK_BAD, "%s", cr2_grade_state_name(part->state));
	fields_cell(f);
	explain(f, part);
}

static void add_parts(struct fields *f, const struct cr2_grade *g)
{
	fields_block(f, &parts_block);
	for (size_t i = 0; i < g->n_items; i++)
		for (size_t k = 0; k < g->items[i].n_parts; k++)
			if (g->items[i].parts[k].state != CR2_GRADE_RIGHT && g->items[i].parts[k].state != CR2_GRADE_NOT_RUN)
				add_part(f, g, i, &g->items[i].parts[k]);
}

static void add_not_run(struct fields *f, const struct cr2_grade *g)
{
	if (g->counts[CR2_GRADE_NOT_RUN] == 0)
		return;
	fields_cells(f);
	fields_say(f, INK_WARN, "not run:");
	for (size_t i = 0; i < g->n_items; i++) {
		for (size_t k = 0; k < g->items[i].n_parts; k++)
			if (g->items[i].parts[k].state == CR2_GRADE_NOT_RUN)
				fields_say(f, INK_PLAIN, " %s", part_name(f, g, i, &g->items[i].parts[k]));
		if (g->items[i].n_parts == 0)
			fields_say(f, INK_PLAIN, " %s", g->items[i].exercise);
	}
}

static void add_notes(struct fields *f, const struct cr2_grade_notes *notes)
{
	fields_block(f, &lines_block);
	for (size_t i = 0; i < notes->n; i++) {
		const struct cr2_grade_note *note = &notes->items[i];
		const enum ink ink = note->unread ? INK_WARN : INK_DIM;
		struct cr2_text text = {0};
		int r = grade_note(note, &text);

		fields_cells(f);
		if (note->unread)
			fields_say(f, ink, "not read: ");
		fields_say(f, ink, "%s", fields_take(f, &text, r));
	}
}

static void add_lines(struct fields *f, const struct cr2_grade *g)
{
	fields_block(f, &lines_block);
	add_not_run(f, g);
	for (size_t i = 0; i < g->n_items; i++)
		if (g->items[i].reason) {
			fields_cells(f);
			fields_say(f, INK_WARN, "%s: %s", g->items[i].exercise, safe(f, g->items[i].reason));
		}
	add_notes(f, &g->notes);
}

static void add_student(struct fields *f, const struct cr2_grade *g)
{
	fields_block(f, &student_block);
	fields_cells(f);
	fields_say(f, INK_BOLD, "%s", g->sheet->id);
	if (*g->sheet->name)
		fields_say(f, INK_PLAIN, ", %s", safe(f, g->sheet->name));
	if (g->handed_in)
		fields_say(f, INK_PLAIN, ": %s of %s points", points(f, g->points), points(f, g->most));
	add_parts(f, g);
	add_lines(f, g);
}

/* ---- the class ---- */

static void add_misconceptions(struct fields *f, const struct cr2_grades *grades)
{
	fields_block(f, &summary_block);
	for (int i = 0; i < CR2_MISCONCEPTION_COUNT; i++) {
		const struct cr2_grade_count *count = &grades->misconceptions[i];

		if (count->answers == 0)
			continue;
		fields_cells(f);
		fields_keep(f, INK_NAME, "%s", cr2_misconception_name((enum cr2_misconception)i));
		fields_cell(f);
		fields_keep(f, INK_PLAIN, "%zu student%s", count->students, count->students == 1 ? "" : "s");
		fields_cell(f);
		fields_keep(f, INK_PLAIN, "%zu answer%s", count->answers, count->answers == 1 ? "" : "s");
		fields_cell(f);
		fields_say(f, INK_PLAIN, "%s", cr2_misconception_sentence((enum cr2_misconception)i));
	}
}

/* Those of whom nothing is graded; unread: though they handed something in. */
static void add_students(struct fields *f, const struct cr2_grades *grades, bool unread)
{
	size_t n = 0;

	for (size_t i = 0; i < grades->n; i++) {
		const struct cr2_grade *g = &grades->items[i];

		if (g->handed_in || (g->notes.n > 0) != unread)
			continue;
		if (n++ == 0)
			fields_say(f, INK_WARN, unread ? " Not read:" : " Not handed in:");
		fields_say(f, INK_PLAIN, " %s", g->sheet->id);
	}
	if (n && unread)
		fields_say(f, INK_PLAIN, ".");
}

static void add_class(struct fields *f, const struct cr2_grades *grades)
{
	fields_block(f, &student_block);
	fields_cells(f);
	fields_say(f, INK_BOLD, "%zu of %zu handed in.", grades->n_handed_in, grades->n);
	add_students(f, grades, true);
	add_students(f, grades, false);
	add_notes(f, &grades->notes);
	add_misconceptions(f, grades);
}

int cr2_view_grades(const struct cr2_grades *grades, const struct cr2_style *style, struct cr2_text *text)
{
	int r = 0;

	for (size_t i = 0; i < grades->n && r == 0; i++) {
		struct fields f = {.for_people = true};

		if (!grades->items[i].handed_in && grades->items[i].notes.n == 0)
			continue;
		add_student(&f, &grades->items[i]);
		r = fields_draw(&f, style, text);
	}
	if (r == 0) {
		struct fields f = {.for_people = true};

		add_class(&f, grades);
		r = fields_draw(&f, style, text);
	}
	return r;
}
