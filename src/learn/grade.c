/* SPDX-License-Identifier: MIT */
/* Grades: what was handed in, judged by the exercises that are made again. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "grade.h"

const char *cr2_grade_state_name(enum cr2_grade_state state)
{
	static const char *const names[] = {
		[CR2_GRADE_RIGHT] = "right",
		[CR2_GRADE_WRONG] = "wrong",
		[CR2_GRADE_NOT_READ] = "not read",
		[CR2_GRADE_NOT_RUN] = "not run",
		[CR2_GRADE_TIMED_OUT] = "timed out",
	};

	return (unsigned)state < CR2_ARRAY_SIZE(names) ? names[state] : NULL;
}

static double all_points(const struct cr2_sheets *sheets, const struct cr2_sheet *sheet)
{
	double points = 0;

	for (size_t i = 0; i < sheet->n_items; i++)
		points += sheet->items[i].points;
	for (size_t i = 0; i < sheets->n_programs; i++)
		points += sheets->programs[i].points;
	return points;
}

int cr2_grades_begin(const struct cr2_sheets *sheets, struct cr2_grades *ret_grades)
{
	struct cr2_grade *items = calloc(sheets->n ? sheets->n : 1, sizeof(*items));

	if (!items)
		return -ENOMEM;
	for (size_t i = 0; i < sheets->n; i++) {
		items[i].sheet = &sheets->items[i];
		items[i].most = all_points(sheets, &sheets->items[i]);
	}
	*ret_grades = (struct cr2_grades){.sheets = sheets, .n = sheets->n, .items = items};
	return 0;
}

static void finish_notes(struct cr2_grade_notes *notes)
{
	for (size_t i = 0; i < notes->n; i++)
		free(notes->items[i].message);
	free(notes->items);
}

static void finish_item(struct cr2_grade_item *item)
{
	for (size_t i = 0; i < item->n_parts; i++) {
		free(item->parts[i].key);
		free(item->parts[i].answer);
		free(item->parts[i].reason);
	}
	free(item->parts);
	free(item->reason);
}

void hand_in_drop_item(struct cr2_grade_item *item)
{
	finish_item(item);
	*item = (struct cr2_grade_item){.exercise = item->exercise, .most = item->most};
}

void cr2_grades_finish(struct cr2_grades *grades)
{
	for (size_t i = 0; i < grades->n; i++) {
		struct cr2_grade *grade = &grades->items[i];

		for (size_t k = 0; k < grade->n_items; k++)
			finish_item(&grade->items[k]);
		free(grade->items);
		finish_notes(&grade->notes);
	}
	finish_notes(&grades->notes);
	free(grades->items);
	for (size_t i = 0; i < grades->n_files; i++)
		free(grades->files[i]);
	free(grades->files);
	*grades = (struct cr2_grades){0};
}

/* ---- the exercises ---- */

static int open_item(const struct cr2_sheet *sheet, size_t i, struct cr2_grade_item *item)
{
	struct cr2_exercise e;
	int r = cr2_sheet_exercise(sheet, i, &e);

	if (r < 0)
		return r;
	item->exercise = cr2_exercise_name(e.kind);
	item->most = sheet->items[i].points;
	item->parts = calloc(e.n_parts, sizeof(*item->parts));
	r = item->parts ? 0 : -ENOMEM;
	for (size_t k = 0; k < e.n_parts && r == 0; k++) {
		item->parts[k].state = CR2_GRADE_NOT_RUN;
		item->parts[k].key = strdup(e.parts[k].key);
		r = item->parts[k].key ? 0 : -ENOMEM;
		item->n_parts = k + 1;
	}
	cr2_exercise_finish(&e);
	return r;
}

int hand_in_open(struct cr2_grade *grade, const struct cr2_sheets *sheets)
{
	const struct cr2_sheet *sheet = grade->sheet;
	size_t n = sheet->n_items + sheets->n_programs;
	int r = 0;

	if (grade->handed_in)
		return 0;
	grade->items = calloc(n, sizeof(*grade->items));
	if (!grade->items)
		return -ENOMEM;
	grade->handed_in = true;
	grade->n_items = n;
	for (size_t i = 0; i < sheet->n_items && r == 0; i++)
		r = open_item(sheet, i, &grade->items[i]);
	for (size_t i = 0; i < sheets->n_programs; i++) {
		grade->items[sheet->n_items + i].exercise = cr2_program_name(sheets->programs[i].program);
		grade->items[sheet->n_items + i].most = sheets->programs[i].points;
	}
	return r;
}

/* ---- judged ---- */

static int judge_part(const struct cr2_exercise *e, size_t i, struct cr2_grade_part *part)
{
	struct cr2_check check;

	if (!part->answer)
		return 0;
	cr2_exercise_check(e, &e->parts[i], part->answer, &check);
	part->state = check.reason ? CR2_GRADE_NOT_READ : check.correct ? CR2_GRADE_RIGHT : CR2_GRADE_WRONG;
	part->n_misconceptions = check.n_misconceptions;
	memcpy(part->misconceptions, check.misconceptions, sizeof(check.misconceptions));
	if (!check.reason)
		return 0;
	part->reason = strdup(check.reason);
	return part->reason ? 0 : -ENOMEM;
}

static int weigh_parts(const struct cr2_exercise *e, struct cr2_grade_item *item)
{
	bool *right = calloc(item->n_parts, sizeof(*right));

	if (!right)
		return -ENOMEM;
	for (size_t i = 0; i < item->n_parts; i++)
		right[i] = item->parts[i].state == CR2_GRADE_RIGHT;
	for (size_t i = 0; i < item->n_parts; i++) {
		struct cr2_grade_part *part = &item->parts[i];
		struct cr2_check check = {.n_misconceptions = part->n_misconceptions};

		memcpy(check.misconceptions, part->misconceptions, sizeof(check.misconceptions));
		cr2_exercise_weigh(e, right, &check);
		part->n_misconceptions = check.n_misconceptions;
		memcpy(part->misconceptions, check.misconceptions, sizeof(check.misconceptions));
	}
	free(right);
	return 0;
}

static int judge_item(const struct cr2_sheet *sheet, size_t i, struct cr2_grade_item *item)
{
	struct cr2_exercise e;
	int r = cr2_sheet_exercise(sheet, i, &e);

	if (r < 0)
		return r;
	for (size_t k = 0; k < item->n_parts && r == 0; k++)
		r = judge_part(&e, k, &item->parts[k]);
	if (r == 0)
		r = weigh_parts(&e, item);
	cr2_exercise_finish(&e);
	return r;
}

/*
 * A program that timed out has no points, whatever it had got right by then. What is whole is right or not: a program that
 * does nothing has done nothing wrong.
 */
static void sum_item(struct cr2_grade *grade, struct cr2_grade_item *item)
{
	size_t right = 0, late = 0;

	for (size_t i = 0; i < item->n_parts; i++) {
		grade->counts[item->parts[i].state]++;
		right += item->parts[i].state == CR2_GRADE_RIGHT;
		late += item->parts[i].state == CR2_GRADE_TIMED_OUT;
	}
	if (item->n_parts == 0)
		grade->counts[CR2_GRADE_NOT_RUN]++;
	if (right && !late && (!item->whole || right == item->n_parts))
		item->points = item->most * (double)right / (double)item->n_parts;
	grade->points += item->points;
}

static void sum_misconceptions(const struct cr2_grade *grade, struct cr2_grades *grades)
{
	bool seen[CR2_MISCONCEPTION_COUNT] = {0};

	for (size_t i = 0; i < grade->n_items; i++)
		for (size_t k = 0; k < grade->items[i].n_parts; k++) {
			const struct cr2_grade_part *part = &grade->items[i].parts[k];

			for (size_t m = 0; m < part->n_misconceptions; m++) {
				grades->misconceptions[part->misconceptions[m]].answers++;
				seen[part->misconceptions[m]] = true;
			}
		}
	for (size_t m = 0; m < CR2_MISCONCEPTION_COUNT; m++)
		grades->misconceptions[m].students += seen[m];
}

int cr2_grades_judge(struct cr2_grades *grades)
{
	int r = 0;

	for (size_t i = 0; i < grades->n && r == 0; i++) {
		struct cr2_grade *grade = &grades->items[i];

		if (!grade->handed_in)
			continue;
		grades->n_handed_in++;
		for (size_t k = 0; k < grade->sheet->n_items && r == 0; k++)
			r = judge_item(grade->sheet, k, &grade->items[k]);
		for (size_t k = 0; k < grade->n_items; k++)
			sum_item(grade, &grade->items[k]);
		sum_misconceptions(grade, grades);
	}
	return r;
}

bool cr2_grades_right(const struct cr2_grades *grades)
{
	for (size_t i = 0; i < grades->n; i++)
		for (int state = 0; state < CR2_GRADE_STATES; state++)
			if (state != CR2_GRADE_RIGHT && grades->items[i].counts[state])
				return false;
	return grades->n_handed_in > 0 && grades->n_unread == 0;
}
