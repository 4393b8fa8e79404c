/* SPDX-License-Identifier: MIT */
/* All sheets of a class as JSON: what a key is made from, without an answer. What is read is checked whole. */
#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "sheet.h"

#define FORMAT 1

/* ---- what an exercise came to when the sheet was made: another version of cr2 may make another one of its seed ---- */

static uint64_t mix(uint64_t hash, const void *data, size_t n)
{
	for (const unsigned char *p = data; n--; p++)
		hash = (hash ^ *p) * 0x100000001b3ULL;
	return hash;
}

static uint64_t mix_text(uint64_t hash, const char *s)
{
	return s ? mix(hash, s, strlen(s) + 1) : hash;
}

static uint64_t digest(const struct cr2_exercise *e)
{
	uint64_t hash = 0xcbf29ce484222325ULL;

	for (size_t i = 0; i < e->n_given; i++) {
		hash = mix_text(hash, e->given[i].key);
		hash = mix_text(hash, e->given[i].text);
		for (unsigned shift = 0; shift < 64; shift += 8)
			hash = mix(hash, &(unsigned char){(unsigned char)(e->given[i].number >> shift)}, 1);
	}
	for (size_t i = 0; i < e->n_parts; i++)
		hash = mix_text(hash, e->parts[i].key);
	/* As JSON and --seed have numbers. */
	return hash & INT64_MAX;
}

/* ---- written ---- */

static json_t *parts_to_json(const struct cr2_exercise *e)
{
	json_t *parts = json_array();

	for (size_t i = 0; i < e->n_parts; i++)
		json_array_append_new(parts, json_string(e->parts[i].key));
	return parts;
}

static int item_to_json(const struct cr2_sheet *sheet, size_t i, json_t *items)
{
	const struct cr2_sheet_item *item = &sheet->items[i];
	struct cr2_exercise e;
	json_t *json;
	int r = cr2_sheet_exercise(sheet, i, &e);

	if (r < 0)
		return r;
	json = json_pack("{s:s, s:I, s:i, s:s, s:f, s:o, s:I}", "exercise", cr2_exercise_name(item->kind), "seed",
			 (json_int_t)item->seed, "level", (int)item->level, "kernel", cr2_profile_name(item->profile),
			 "points", item->points, "parts", parts_to_json(&e), "digest", (json_int_t)digest(&e));
	cr2_exercise_finish(&e);
	return json_array_append_new(items, json) < 0 ? -ENOMEM : 0;
}

/* NULL: nothing is demanded. */
static json_t *force_to_json(const struct cr2_sheet *sheet)
{
	if (!sheet->has_force)
		return NULL;
	return json_pack("{s:s, s:I}", "task", cr2_demand_name(sheet->force.demand), "seed", (json_int_t)sheet->force.seed);
}

static int sheet_to_json(const struct cr2_sheet *sheet, json_t *students)
{
	json_t *items = json_array();
	int r = items ? 0 : -ENOMEM;

	for (size_t i = 0; i < sheet->n_items && r == 0; i++)
		r = item_to_json(sheet, i, items);
	if (r < 0) {
		json_decref(items);
		return r;
	}
	return json_array_append_new(students, json_pack("{s:s, s:s, s:o, s:o*}", "id", sheet->id, "name", sheet->name, "items",
							 items, "force", force_to_json(sheet))) < 0 ? -ENOMEM : 0;
}

static json_t *programs_to_json(const struct cr2_sheets *sheets)
{
	json_t *programs = json_array();

	for (size_t i = 0; i < sheets->n_programs; i++)
		json_array_append_new(programs, json_pack("{s:s, s:f}", "exercise",
							  cr2_program_name(sheets->programs[i].program), "points",
							  sheets->programs[i].points));
	return programs;
}

int cr2_sheets_to_json(const struct cr2_sheets *sheets, struct cr2_text *text)
{
	json_t *students = json_array(), *root = json_pack("{s:s, s:i, s:o, s:o}", "what", "cr2 learn sheet", "format", FORMAT,
							   "programs", programs_to_json(sheets), "students", students);
	int r = root ? 0 : -ENOMEM;
	char *dump = NULL;

	for (size_t i = 0; i < sheets->n && r == 0; i++)
		r = sheet_to_json(&sheets->items[i], students);
	if (r == 0 && !(dump = json_dumps(root, JSON_INDENT(1) | JSON_REAL_PRECISION(12))))
		r = -ENOMEM;
	if (r == 0)
		r = cr2_text_append(text, dump);
	json_decref(root);
	free(dump);
	return r < 0 ? r : cr2_text_append(text, "\n");
}

/* ---- read ---- */

static bool has_parts(const struct cr2_exercise *e, json_t *parts)
{
	size_t i;
	json_t *part;

	if (json_array_size(parts) != e->n_parts)
		return false;
	json_array_foreach(parts, i, part)
		if (!json_is_string(part) || strcmp(json_string_value(part), e->parts[i].key) != 0)
			return false;
	return true;
}

static bool are_points(double points)
{
	return points >= 0 && points <= 1e6;
}

static int item_from_json(json_t *json, struct cr2_sheet *sheet, struct cr2_diag *diag)
{
	const char *exercise, *kernel;
	struct cr2_sheet_item *item = &sheet->items[sheet->n_items];
	json_int_t seed, made;
	json_t *parts;
	struct cr2_exercise e;
	int level, kind, profile, r;
	bool same;

	if (json_unpack(json, "{s:s, s:I, s:i, s:s, s:F, s:o, s:I}", "exercise", &exercise, "seed", &seed, "level", &level,
			"kernel", &kernel, "points", &item->points, "parts", &parts, "digest", &made) < 0)
		return learn_refuse(diag, 0, "item %zu of '%s': something is missing or of another type", sheet->n_items + 1,
				    sheet->id);
	kind = cr2_exercise_parse(exercise);
	profile = cr2_profile_parse(kernel);
	if (kind < 0 || profile < 0 || seed < 0 || level < 1 || level > CR2_EXERCISE_LEVELS ||
	    !are_points(item->points))
		return learn_refuse(diag, 0, "item %zu of '%s': there is no such exercise, seed, level or kernel, or points are "
				    "not from 0 to 1,000,000", sheet->n_items + 1, sheet->id);
	item->kind = (enum cr2_exercise_kind)kind;
	item->seed = (uint64_t)seed;
	item->level = (unsigned)level;
	item->profile = (enum cr2_profile)profile;
	r = cr2_sheet_exercise(sheet, sheet->n_items, &e);
	if (r < 0)
		return r;
	same = has_parts(&e, parts) && digest(&e) == (uint64_t)made;
	cr2_exercise_finish(&e);
	if (!same)
		return learn_refuse(diag, 0, "item %zu of '%s': this cr2 makes another exercise of it: take the version that made "
				    "the sheets", sheet->n_items + 1, sheet->id);
	sheet->n_items++;
	return 0;
}

static int items_from_json(json_t *items, struct cr2_sheet *sheet, struct cr2_diag *diag)
{
	size_t i, n = json_array_size(items);
	json_t *item;
	int r = 0;

	if (n == 0 || n > CR2_SHEET_ITEMS)
		return learn_refuse(diag, 0, "'%s' has no items, or more than %d", sheet->id, CR2_SHEET_ITEMS);
	sheet->items = calloc(n, sizeof(*sheet->items));
	if (!sheet->items)
		return -ENOMEM;
	json_array_foreach(items, i, item)
		if (r == 0)
			r = item_from_json(item, sheet, diag);
	return r;
}

static int programs_from_json(json_t *programs, struct cr2_sheets *sheets, struct cr2_diag *diag)
{
	size_t i;
	json_t *json;

	json_array_foreach(programs, i, json) {
		const char *name;
		double points;
		int program;

		if (json_unpack(json, "{s:s, s:F}", "exercise", &name, "points", &points) < 0 || !are_points(points))
			return learn_refuse(diag, 0, "program %zu is not as cr2 writes it", i + 1);
		program = cr2_program_parse(name);
		if (program < 0 || cr2_sheets_add_program(sheets, (enum cr2_program)program) < 0)
			return learn_refuse(diag, 0, "program %zu, '%s', is no programming exercise, or stands there twice", i + 1,
					    name);
		sheets->programs[sheets->n_programs - 1].points = points;
	}
	return 0;
}

static bool has_program(const struct cr2_sheets *sheets, enum cr2_program program)
{
	for (size_t i = 0; i < sheets->n_programs; i++)
		if (sheets->programs[i].program == program)
			return true;
	return false;
}

static int force_from_json(json_t *json, struct cr2_sheet *sheet, struct cr2_diag *diag)
{
	const char *task;
	json_int_t seed;
	int demand;

	if (json_unpack(json, "{s:s, s:I}", "task", &task, "seed", &seed) < 0)
		return learn_refuse(diag, 0, "'%s' has no task and seed of 'force': make the sheets again", sheet->id);
	demand = cr2_demand_parse(task);
	if (demand < 0 || seed < 0)
		return learn_refuse(diag, 0, "'force' of '%s': there is no such task, or seed", sheet->id);
	sheet->has_force = true;
	return cr2_demand_make((enum cr2_demand)demand, (uint64_t)seed, &sheet->force);
}

static int students_from_json(json_t *students, struct cr2_sheets *sheets, struct cr2_diag *diag)
{
	size_t i;
	json_t *student;
	int r = 0;

	json_array_foreach(students, i, student) {
		const char *id, *name;
		json_t *items;

		if (json_unpack(student, "{s:s, s:s, s:o}", "id", &id, "name", &name, "items", &items) < 0 ||
		    !learn_is_student(id))
			return learn_refuse(diag, 0, "student %zu is not as cr2 writes it", i + 1);
		r = learn_sheets_add(sheets, id, name);
		if (r == 0)
			r = items_from_json(items, &sheets->items[sheets->n - 1], diag);
		if (r == 0 && has_program(sheets, CR2_PROGRAM_FORCE))
			r = force_from_json(json_object_get(student, "force"), &sheets->items[sheets->n - 1], diag);
		if (r < 0)
			return r;
	}
	return 0;
}

static int fill_sheets(json_t *root, struct cr2_sheets *sheets, struct cr2_diag *diag)
{
	const struct cr2_sheet *twice;
	const char *what;
	json_t *students, *programs;
	int format, r;

	if (json_unpack(root, "{s:s, s:i}", "what", &what, "format", &format) < 0 || strcmp(what, "cr2 learn sheet") != 0)
		return learn_refuse(diag, 0, "this is no key of cr2 learn sheet");
	if (format != FORMAT)
		return learn_refuse(diag, 0, "another version of cr2 wrote this key");
	if (json_unpack(root, "{s:o, s:o}", "students", &students, "programs", &programs) < 0 || json_array_size(students) == 0)
		return learn_refuse(diag, 0, "no students are in it, or no programs");
	r = programs_from_json(programs, sheets, diag);
	if (r == 0)
		r = students_from_json(students, sheets, diag);
	twice = r == 0 ? learn_sheets_sort(sheets) : NULL;
	return twice ? learn_refuse(diag, 0, "'%s' stands there twice; an ID is one student's", twice->id) : r;
}

int cr2_sheets_from_json(const char *json, size_t size, struct cr2_sheets *ret_sheets, struct cr2_diag *diag)
{
	struct cr2_sheets sheets = {0};
	json_error_t error = {.line = 0};
	json_t *root = json_loadb(json, size, JSON_REJECT_DUPLICATES, &error);
	int r = root ? fill_sheets(root, &sheets, diag) :
		       learn_refuse(diag, error.line < 0 ? 0 : (unsigned)error.line, "%s", error.text);

	json_decref(root);
	if (r == 0)
		*ret_sheets = sheets;
	else
		cr2_sheets_finish(&sheets);
	return r;
}
