/* SPDX-License-Identifier: MIT */
/*
 * Answers in JSON: one object or list, or one behind the other, a line each. An object is a student's answers, one answer,
 * or what became of a program.
 */
#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "grade.h"

/* ---- answers ---- */

/* A value as it would be typed. */
static int value_text(json_t *value, struct cr2_text *text)
{
	if (json_is_string(value))
		return cr2_text_append(text, json_string_value(value));
	if (json_is_integer(value))
		return cr2_text_printf(text, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
	if (json_is_boolean(value))
		return cr2_text_append(text, json_is_true(value) ? "yes" : "no");
	return json_is_null(value) ? cr2_text_append(text, "") : -EINVAL;
}

static int read_value(const struct hand_in *file, struct cr2_grade *grade, unsigned line, unsigned long item,
		      const char *part, json_t *value)
{
	struct cr2_text text = {0};
	int r = value_text(value, &text);

	if (r == 0)
		r = hand_in_answer(file, grade, line, item, part, text.data);
	else if (r == -EINVAL)
		r = hand_in_refuse(file, line, "%lu.%s: an answer is a string, a whole number, true, false or null", item, part);
	cr2_text_finish(&text);
	return r;
}

/* {"answers": {"1.P": ...}} */
static int read_answers(const struct hand_in *file, struct cr2_grade *grade, unsigned line, json_t *answers)
{
	const char *key;
	json_t *value;
	int r = 0;

	json_object_foreach(answers, key, value) {
		char *end;
		unsigned long item = strtoul(key, &end, 10);

		if (end == key || *end != '.')
			return hand_in_refuse(file, line, "'%s' is no part: they are called as on the sheet, 1.P", key);
		r = read_value(file, grade, line, item, end + 1, value);
		if (r < 0)
			return r;
	}
	return 0;
}

/* ---- programs ---- */

static const char *string_of(json_t *json, const char *key)
{
	return json_string_value(json_object_get(json, key));
}

static int copy_string(const char *s, char **ret)
{
	*ret = s ? strdup(s) : NULL;
	return s && !*ret ? -ENOMEM : 0;
}

static int add_misconception(json_t *name, struct cr2_grade_part *part)
{
	int m = json_is_string(name) ? cr2_misconception_parse(json_string_value(name)) : -EINVAL;

	if (m < 0)
		return -EINVAL;
	for (size_t i = 0; i < part->n_misconceptions; i++)
		if (part->misconceptions[i] == (enum cr2_misconception)m)
			return 0;
	part->misconceptions[part->n_misconceptions++] = (enum cr2_misconception)m;
	return 0;
}

/* One, or a list. */
static int add_misconceptions(json_t *json, struct cr2_grade_part *part)
{
	json_t *names = json_object_get(json, "misconceptions"), *name;
	size_t i;
	int r = json_is_string(names) ? add_misconception(names, part) : 0;

	json_array_foreach(names, i, name)
		if (r == 0)
			r = add_misconception(name, part);
	return r;
}

/* Of a part, or of the whole. */
static int read_verdict(json_t *json, enum cr2_grade_state *ret)
{
	const char *verdict = string_of(json, "verdict");

	for (int i = 0; verdict && i < CR2_GRADE_STATES; i++)
		if (strcmp(verdict, cr2_grade_state_name((enum cr2_grade_state)i)) == 0) {
			*ret = (enum cr2_grade_state)i;
			return 0;
		}
	return -EINVAL;
}

/* What was expected is not looked at: it is not for the student. */
static int read_part(json_t *json, struct cr2_grade_part *part)
{
	const char *key = string_of(json, "case") ? string_of(json, "case") : string_of(json, "key");
	int r = key ? read_verdict(json, &part->state) : -EINVAL;

	if (r == 0)
		r = copy_string(key, &part->key);
	if (r == 0 && part->state == CR2_GRADE_WRONG)
		r = copy_string(string_of(json, "hint"), &part->reason);
	return r < 0 ? r : add_misconceptions(json, part);
}

/* Of a program that could not be tried at all. */
static int read_whole(json_t *json, struct cr2_grade_item *item)
{
	int r = read_verdict(json, &item->parts[0].state);

	return r < 0 ? r : copy_string("program", &item->parts[0].key);
}

/* A program that got all right and does not end has timed out all the same. */
static void end_late(json_t *json, struct cr2_grade_item *item)
{
	const char *ended = string_of(json, "ended");

	for (size_t i = 0; ended && strcmp(ended, "time out") == 0 && i < item->n_parts; i++)
		item->parts[i].state = CR2_GRADE_TIMED_OUT;
}

static int read_parts(json_t *json, struct cr2_grade_item *item)
{
	json_t *parts = json_object_get(json, "parts"), *part;
	size_t i, n = json_array_size(parts);
	int r = copy_string(string_of(json, "reason"), &item->reason);

	if (r < 0)
		return r;
	item->parts = calloc(n ? n : 1, sizeof(*item->parts));
	if (!item->parts)
		return -ENOMEM;
	item->handed_in = true;
	item->whole = string_of(json, "verdict");
	item->n_parts = n ? n : 1;
	if (n == 0)
		return read_whole(json, item);
	json_array_foreach(parts, i, part)
		if (r == 0)
			r = read_part(part, &item->parts[i]);
	if (r == 0)
		end_late(json, item);
	return r;
}

/* What cr2 learn force saw instead of what it demanded: of the first part that is not met. */
static int read_mistakes(json_t *json, struct cr2_grade_item *item)
{
	json_t *mistake;
	size_t i, k = 0;

	while (k < item->n_parts && item->parts[k].state != CR2_GRADE_WRONG)
		k++;
	json_array_foreach(json_object_get(json, "mistakes"), i, mistake) {
		int r = k < item->n_parts ? add_misconceptions(mistake, &item->parts[k]) : 0;

		if (r < 0)
			return r;
	}
	return 0;
}

/* Is the result of the student's own task, with the parts that this has? Without parts nothing is right. */
static bool is_of_task(json_t *json, const struct cr2_demand_task *task)
{
	struct cr2_demand_part parts[CR2_DEMAND_PARTS];
	const char *name = string_of(json, "task"), *verdict = string_of(json, "verdict");
	json_t *seed = json_object_get(json, "seed"), *list = json_object_get(json, "parts"), *part;
	size_t i, n = cr2_demand_parts(task, parts);

	if (!name || strcmp(name, cr2_demand_name(task->demand)) != 0 || !json_is_integer(seed) ||
	    (uint64_t)json_integer_value(seed) != task->seed)
		return false;
	if (json_array_size(list) == 0)
		return verdict && strcmp(verdict, cr2_grade_state_name(CR2_GRADE_RIGHT)) != 0;
	json_array_foreach(list, i, part) {
		const char *key = string_of(part, "key");

		if (i >= n || !key || strcmp(key, parts[i].key) != 0)
			return false;
	}
	return i == n;
}

static int read_program(const struct hand_in *file, struct cr2_grade *grade, unsigned line, json_t *json)
{
	const char *name = string_of(json, "exercise");
	int program = cr2_program_parse(name), r;
	struct cr2_grade_item *item = NULL;

	if (program < 0)
		return hand_in_refuse(file, line, "'%s' is no programming exercise", name);
	for (size_t i = grade->sheet->n_items; i < grade->n_items && !item; i++)
		if (strcmp(grade->items[i].exercise, name) == 0)
			item = &grade->items[i];
	if (!item)
		return hand_in_refuse(file, line, "'%s' is not graded by this key: cr2 learn sheet --programs %s says that it is",
				      name, name);
	if (program == CR2_PROGRAM_FORCE && grade->sheet->has_force && !is_of_task(json, &grade->sheet->force))
		return hand_in_refuse(file, line, "this is not of the task on the sheet: cr2 learn force %s --seed %llu PROGRAM.c --json",
				      cr2_demand_name(grade->sheet->force.demand), (unsigned long long)grade->sheet->force.seed);
	if (item->handed_in)
		return hand_in_refuse(file, line, "'%s' is there twice, and the first counts: give one of the two", name);
	r = read_parts(json, item);
	if (r == 0)
		r = read_mistakes(json, item);
	if (r < 0)
		hand_in_drop_item(item);
	else
		file->grades->n_taken++;
	return r == -EINVAL ? hand_in_refuse(file, line, "'%s' is not as cr2 learn %s --json prints it", name, name) : r;
}

/* ---- a file ---- */

static int read_object(const struct hand_in *file, unsigned line, json_t *json)
{
	const char *student = string_of(json, "student"), *part = string_of(json, "part");
	json_t *answers = json_object_get(json, "answers"), *item = json_object_get(json, "item");
	struct cr2_grade *grade = NULL;
	int r = student ? hand_in_student(file, line, student, &grade) : hand_in_owner(file, &grade);

	if (r < 0)
		return hand_in_go_on(file, student ? NULL : hand_in_named(file), r);
	if (json_is_object(answers))
		r = read_answers(file, grade, line, answers);
	else if (part && json_is_integer(item) && json_integer_value(item) >= 0)
		r = read_value(file, grade, line, (unsigned long)json_integer_value(item), part, json_object_get(json, "answer"));
	else if (string_of(json, "exercise"))
		r = read_program(file, grade, line, json);
	else
		r = hand_in_refuse(file, line, "neither answers nor what became of a program: {\"student\": ID, \"answers\": "
				   "{\"1.P\": ...}}");
	return hand_in_go_on(file, grade, r);
}

static int read_json(const struct hand_in *file, unsigned line, json_t *json)
{
	size_t i;
	json_t *one;
	int r = 0;

	if (json_is_object(json))
		return read_object(file, line, json);
	json_array_foreach(json, i, one) {
		r = json_is_object(one) ? read_object(file, line, one) : hand_in_refuse(file, line, "a list of objects is wanted");
		if (r < 0)
			break;
	}
	return r;
}

/* Moves on over blanks, counting lines. */
static const char *skip_blanks(const char *s, const char *end, unsigned *line)
{
	for (; s < end && strchr(" \t\r\n", *s); s++)
		*line += *s == '\n';
	return s;
}

int hand_in_json(const struct hand_in *file)
{
	const char *s = file->data, *end = s + file->size;
	unsigned line = 1;
	int r = 0;

	while (r == 0 && (s = skip_blanks(s, end, &line)) < end) {
		json_error_t error = {.line = 0};
		json_t *json = json_loadb(s, (size_t)(end - s), JSON_DISABLE_EOF_CHECK | JSON_REJECT_DUPLICATES, &error);

		if (!json)
			return hand_in_refuse(file, line + (error.line > 0 ? (unsigned)error.line - 1 : 0), "%s", error.text);
		r = read_json(file, line, json);
		json_decref(json);
		for (const char *next = s + error.position; s < next; s++)
			line += *s == '\n';
	}
	return r;
}
