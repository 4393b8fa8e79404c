/* SPDX-License-Identifier: MIT */
/* Sheets in Markdown that were filled in, and answers in CSV. */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/csv.h"
#include "grade.h"

/* ---- Markdown ---- */

/* What is left of lists, quotes and tables in front of a line. */
static const char *skip_marks(const char *s)
{
	for (;;) {
		if (*s && strchr(" \t>*+-`|\\", *s))
			s++;
		else if (strncmp(s, "\xc2\xa0", 2) == 0)
			s += 2;
		else
			return s;
	}
}

static const char *skip_blanks(const char *s)
{
	return s + strspn(s, " \t");
}

/* "Sheet: ID". Returns the ID's beginning, or NULL. */
static const char *sheet_line(const char *line)
{
	const char *s = skip_marks(line);

	if (strncasecmp(s, "sheet", 5) != 0)
		return NULL;
	s = skip_blanks(s + 5 + strspn(s + 5, "*"));
	return *s == ':' ? s + 1 : NULL;
}

#define KEY_MAX 40
struct answer_line {
	unsigned long item;
	char key[KEY_MAX + 1];
	const char *answer;
};

/* "N.KEY = ANSWER" */
static bool read_answer_line(const char *line, struct answer_line *ret)
{
	const char *s = skip_marks(line);
	size_t n = 0;
	char *end;

	if (!isdigit((unsigned char)*s))
		return false;
	ret->item = strtoul(s, &end, 10);
	s = end + strspn(end, "\\");
	if (*s++ != '.')
		return false;
	/* More than one blank is an item of a list, of prose. */
	for (s += *s == ' '; isalnum((unsigned char)*s) || *s == '_' || *s == '\\'; s++)
		if (*s != '\\' && n < KEY_MAX)
			ret->key[n++] = *s;
	ret->key[n] = '\0';
	s = skip_blanks(s);
	ret->answer = s + 1;
	return n > 0 && *s == '=';
}

static char *copy_line(const char *s, const char *end, const char **ret_next)
{
	const char *newline = memchr(s, '\n', (size_t)(end - s));

	*ret_next = newline ? newline + 1 : end;
	return strndup(s, (size_t)((newline ? newline : end) - s));
}

bool hand_in_is_markdown(const char *data, size_t size)
{
	const char *end = data + size;
	struct answer_line line;
	bool found = false;

	for (const char *s = data; s < end && !found;) {
		char *copy = copy_line(s, end, &s);

		found = copy && (sheet_line(copy) || read_answer_line(copy, &line));
		free(copy);
	}
	return found;
}

/* Cuts the ID out of what stands behind "Sheet:". */
static int find_owner(const struct hand_in *file, struct cr2_grade **ret_grade)
{
	const char *end = file->data + file->size;
	unsigned number = 1;

	for (const char *s = file->data; s < end; number++) {
		char *copy = copy_line(s, end, &s);
		const char *id = copy ? sheet_line(copy) : NULL;
		int r = -ENOMEM;

		if (id) {
			char *word = (char *)skip_marks(id);

			word[strcspn(word, " \t\r*`")] = '\0';
			r = hand_in_student(file, number, word, ret_grade);
		}
		free(copy);
		if (id || !copy)
			return r;
	}
	return hand_in_owner(file, ret_grade);
}

static int read_lines(const struct hand_in *file, struct cr2_grade *grade)
{
	const char *end = file->data + file->size;
	unsigned number = 1;
	int r = 0;

	for (const char *s = file->data; s < end && r == 0; number++) {
		char *copy = copy_line(s, end, &s);
		struct answer_line line;

		if (!copy)
			r = -ENOMEM;
		else if (read_answer_line(copy, &line))
			r = hand_in_answer(file, grade, number, line.item, line.key, line.answer);
		free(copy);
	}
	return r;
}

/* Lines that a sheet came with, and that are not there any more. */
static int note_missing(const struct hand_in *file, struct cr2_grade *grade)
{
	struct cr2_text text = {0};
	int r = 0;

	for (size_t i = 0; i < grade->sheet->n_items; i++)
		for (size_t k = 0; k < grade->items[i].n_parts && r == 0; k++)
			if (!grade->items[i].parts[k].file)
				r = cr2_text_printf(&text, " %zu.%s", i + 1, grade->items[i].parts[k].key);
	if (r == 0 && text.length)
		r = hand_in_note(file, grade, 0, "lines are missing:%s", text.data);
	cr2_text_finish(&text);
	return r;
}

int hand_in_markdown(const struct hand_in *file)
{
	struct cr2_grade *grade = NULL;
	int r = find_owner(file, &grade);

	if (r == 0)
		r = read_lines(file, grade);
	return r == 0 ? note_missing(file, grade) : r;
}

/* ---- CSV ---- */

enum column { STUDENT, ITEM, PART, ANSWER, COLUMNS };
static const char *const titles[COLUMNS] = {[STUDENT] = "student", [ITEM] = "item", [PART] = "part", [ANSWER] = "answer"};

static bool find_columns(const struct csv *row, size_t places[COLUMNS])
{
	size_t found = 0;

	for (size_t c = 0; c < COLUMNS; c++)
		for (size_t i = 0; i < row->n; i++)
			if (strcasecmp(row->fields[i], titles[c]) == 0) {
				places[c] = i;
				found++;
				break;
			}
	return found == COLUMNS;
}

static int read_row(const struct hand_in *file, const struct csv *row, const size_t places[COLUMNS])
{
	struct cr2_grade *grade = NULL;
	const char *item;
	char *end;
	unsigned long number;
	int r;

	for (size_t c = 0; c < ANSWER; c++)
		if (places[c] >= row->n)
			return hand_in_refuse(file, row->line, "no %s: a line is student,item,part,answer", titles[c]);
	item = row->fields[places[ITEM]];
	number = strtoul(item, &end, 10);
	if (!isdigit((unsigned char)*item) || *end)
		return hand_in_refuse(file, row->line, "'%s' is no item: a line is student,item,part,answer", item);
	r = hand_in_student(file, row->line, row->fields[places[STUDENT]], &grade);
	return r < 0 ? r : hand_in_answer(file, grade, row->line, number, row->fields[places[PART]],
					  places[ANSWER] < row->n ? row->fields[places[ANSWER]] : "");
}

/* A row that is wrong takes nothing away from the others; where the first is none of answers, the file is something else. */
static int read_rows(const struct hand_in *file, struct csv *csv)
{
	size_t places[COLUMNS] = {STUDENT, ITEM, PART, ANSWER};
	int r = csv_next(csv);
	const bool titled = r > 0 && find_columns(csv, places);

	if (r == 0)
		return hand_in_refuse(file, 0, "nothing is in it");
	if (r > 0 && !titled && csv->n < ANSWER)
		return hand_in_refuse(file, 0, "neither a sheet (1.P = ANSWER), nor CSV (student,item,part,answer), nor JSON");
	if (titled)
		r = csv_next(csv);
	while (r > 0) {
		r = hand_in_go_on(file, NULL, read_row(file, csv, places));
		if (r == 0)
			r = csv_next(csv);
	}
	return csv->reason ? hand_in_refuse(file, csv->line, "%s", csv->reason) : r;
}

int hand_in_csv(const struct hand_in *file)
{
	struct csv csv;
	int r;

	csv_begin(&csv, file->data, file->size);
	r = read_rows(file, &csv);
	csv_finish(&csv);
	return r;
}
