/* SPDX-License-Identifier: MIT */
/* Grades for programs: JSON, an object a student and one for the class; CSV, a row a student. */
#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include <cr2/tables.h>

#include "base/csv.h"
#include "grade.h"

#define KEY(id) cr2_key_name(CR2_KEY_##id)

/* Points as people read them: two places. */
static json_t *points(double value)
{
	char buffer[GRADE_POINTS];

	return json_real(strtod(grade_points(value, buffer), NULL));
}

static json_t *misconceptions(const struct cr2_grade_part *part)
{
	json_t *list = json_array();

	for (size_t i = 0; i < part->n_misconceptions; i++)
		json_array_append_new(list, json_string(cr2_misconception_name(part->misconceptions[i])));
	return list;
}

static json_t *part_to_json(const struct cr2_grade_part *part)
{
	json_t *json = json_pack("{s:s, s:s?, s:s, s:s?, s:o, s:s?}", KEY(KEY), part->key, KEY(ANSWER), part->answer, KEY(VERDICT),
				 cr2_grade_state_name(part->state), KEY(REASON), part->reason, KEY(MISCONCEPTIONS),
				 misconceptions(part), KEY(FILE), part->file);

	if (part->line)
		json_object_set_new(json, KEY(LINE), json_integer(part->line));
	return json;
}

static json_t *item_to_json(const struct cr2_grade_item *item)
{
	json_t *parts = json_array();

	for (size_t i = 0; i < item->n_parts; i++)
		json_array_append_new(parts, part_to_json(&item->parts[i]));
	return json_pack("{s:s, s:o, s:o, s:s?, s:o}", KEY(EXERCISE), item->exercise, KEY(POINTS), points(item->points),
			 KEY(MAX_POINTS), points(item->most), KEY(REASON), item->reason, KEY(PARTS), parts);
}

static json_t *notes_to_json(const struct cr2_grade_notes *notes)
{
	json_t *list = json_array();

	for (size_t i = 0; i < notes->n; i++) {
		const struct cr2_grade_note *note = &notes->items[i];

		json_array_append_new(list, json_pack("{s:s, s:i, s:s, s:b}", KEY(FILE), note->file, KEY(LINE), (int)note->line,
						      KEY(MESSAGE), note->message, KEY(UNREAD), note->unread));
	}
	return list;
}

static json_t *student_to_json(const struct cr2_grade *g)
{
	json_t *items = json_array();

	for (size_t i = 0; i < g->n_items; i++)
		json_array_append_new(items, item_to_json(&g->items[i]));
	return json_pack("{s:s, s:s, s:b, s:o, s:o, s:o, s:o}", KEY(STUDENT), g->sheet->id, KEY(NAME), g->sheet->name,
			 KEY(HANDED_IN), g->handed_in, KEY(POINTS), points(g->points), KEY(MAX_POINTS), points(g->most), KEY(ITEMS),
			 items, KEY(NOTES), notes_to_json(&g->notes));
}

static json_t *class_to_json(const struct cr2_grades *grades)
{
	json_t *list = json_array();

	for (int i = 0; i < CR2_MISCONCEPTION_COUNT; i++) {
		const struct cr2_grade_count *count = &grades->misconceptions[i];

		if (count->answers)
			json_array_append_new(list, json_pack("{s:s, s:I, s:I}", KEY(NAME),
							      cr2_misconception_name((enum cr2_misconception)i), KEY(STUDENTS),
							      (json_int_t)count->students, KEY(ANSWERS), (json_int_t)count->answers));
	}
	return json_pack("{s:I, s:I, s:o, s:o}", KEY(STUDENTS), (json_int_t)grades->n, KEY(HANDED_IN),
			 (json_int_t)grades->n_handed_in, KEY(MISCONCEPTIONS), list, KEY(NOTES), notes_to_json(&grades->notes));
}

/* Takes it over. A line that is not UTF-8 throughout has no JSON. */
static int append(json_t *json, struct cr2_text *text)
{
	char *dump = json ? json_dumps(json, JSON_COMPACT | JSON_REAL_PRECISION(12)) : NULL;
	int r = dump ? cr2_text_append(text, dump) : -ENOMEM;

	json_decref(json);
	free(dump);
	return r < 0 ? r : cr2_text_append(text, "\n");
}

int cr2_view_grades_json(const struct cr2_grades *grades, struct cr2_text *text)
{
	int r = 0;

	for (size_t i = 0; i < grades->n && r == 0; i++)
		r = append(student_to_json(&grades->items[i]), text);
	return r < 0 ? r : append(class_to_json(grades), text);
}

/* ---- CSV ---- */

static int append_points(double value, struct cr2_text *text)
{
	char buffer[GRADE_POINTS];

	return csv_append(text, false, grade_points(value, buffer));
}

static int append_count(size_t n, struct cr2_text *text)
{
	return cr2_text_printf(text, ",%zu", n);
}

/* All that fit any of the answers, in the order of the table. */
static int append_misconceptions(const struct cr2_grade *g, struct cr2_text *text)
{
	bool seen[CR2_MISCONCEPTION_COUNT] = {0};
	struct cr2_text names = {0};
	int r = cr2_text_append(&names, "");

	for (size_t i = 0; i < g->n_items; i++)
		for (size_t k = 0; k < g->items[i].n_parts; k++)
			for (size_t m = 0; m < g->items[i].parts[k].n_misconceptions; m++)
				seen[g->items[i].parts[k].misconceptions[m]] = true;
	for (int m = 0; m < CR2_MISCONCEPTION_COUNT && r == 0; m++)
		if (seen[m])
			r = cr2_text_printf(&names, "%s%s", names.length ? " " : "",
					    cr2_misconception_name((enum cr2_misconception)m));
	if (r == 0)
		r = csv_append(text, false, names.data);
	cr2_text_finish(&names);
	return r;
}

static int append_notes(const struct cr2_grade_notes *notes, struct cr2_text *text)
{
	struct cr2_text whole = {0};
	int r = cr2_text_append(&whole, "");

	for (size_t i = 0; i < notes->n && r == 0; i++) {
		if (i > 0)
			r = cr2_text_append(&whole, "\n");
		if (r == 0)
			r = grade_note(&notes->items[i], &whole);
	}
	if (r == 0)
		r = csv_append(text, false, whole.data);
	cr2_text_finish(&whole);
	return r;
}

static int append_row(const struct cr2_grade *g, struct cr2_text *text)
{
	int r = csv_append(text, true, g->sheet->id);

	if (r == 0)
		r = csv_append(text, false, g->sheet->name);
	if (r == 0)
		r = csv_append(text, false, g->handed_in ? "yes" : g->notes.n ? "not read" : "no");
	if (r == 0)
		r = append_points(g->points, text);
	if (r == 0)
		r = append_points(g->most, text);
	for (int state = 0; state < CR2_GRADE_STATES && r == 0; state++)
		r = append_count(g->counts[state], text);
	if (r == 0)
		r = append_misconceptions(g, text);
	if (r == 0)
		r = append_notes(&g->notes, text);
	return r < 0 ? r : cr2_text_append(text, "\r\n");
}

/* Of files that nobody knows the student of: a row of nobody's, which has notes alone. */
static int append_nobody(const struct cr2_grade_notes *notes, struct cr2_text *text)
{
	int r = cr2_text_append(text, ",,not read,,");

	for (int state = 0; state < CR2_GRADE_STATES && r == 0; state++)
		r = cr2_text_append(text, ",");
	if (r == 0)
		r = cr2_text_append(text, ",");
	if (r == 0)
		r = append_notes(notes, text);
	return r < 0 ? r : cr2_text_append(text, "\r\n");
}

int cr2_view_grades_csv(const struct cr2_grades *grades, struct cr2_text *text)
{
	int r = cr2_text_append(text, "student,name,handed_in,points,max_points");

	for (int state = 0; state < CR2_GRADE_STATES && r == 0; state++)
		r = csv_append(text, false, cr2_grade_state_name((enum cr2_grade_state)state));
	if (r == 0)
		r = cr2_text_append(text, ",misconceptions,notes\r\n");
	for (size_t i = 0; i < grades->n && r == 0; i++)
		r = append_row(&grades->items[i], text);
	return r < 0 || grades->notes.n == 0 ? r : append_nobody(&grades->notes, text);
}
