/* SPDX-License-Identifier: MIT */
/* A roster in CSV: which columns it has, and the students in them. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/csv.h"
#include "sheet.h"

/* What universities' systems call the columns, those that are better first. */
static const char *const id_titles[] = {"id", "sid", "student id", "id number", "login id", "sis login id", "username"};
static const char *const name_titles[] = {"name", "full name", "student"};
static const char *const first_titles[] = {"first name"};
static const char *const last_titles[] = {"last name", "surname"};
/* Titles of what is not looked at, by which a first line is known to name columns. */
static const char *const other_titles[] = {"mail", "email", "e-mail", "email address", "e-mail address", "given name", "section",
					   "group", "groups"};

struct columns {
	int id, name, last; /* -1: there is none; last: behind the name */
};

static int find_column(const struct csv *row, const char *const *titles, size_t n)
{
	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < row->n; k++)
			if (strcasecmp(row->fields[k], titles[i]) == 0)
				return (int)k;
	return -1;
}
#define FIND(row, titles) find_column(row, titles, CR2_ARRAY_SIZE(titles))

static const char *field(const struct csv *row, int column)
{
	return column >= 0 && (size_t)column < row->n ? row->fields[column] : "";
}

static int refuse_columns(const struct csv *row, struct cr2_diag *diag)
{
	struct cr2_text list = {0};
	int r = 0;

	for (size_t i = 1; i < CR2_ARRAY_SIZE(id_titles) && r == 0; i++)
		r = cr2_text_printf(&list, "%s%s", i > 1 ? ", " : "", id_titles[i]);
	if (r == 0)
		r = learn_refuse(diag, row->line, "the first line names columns, and none of IDs: call that one %s (or %s)",
				 id_titles[0], list.data);
	cr2_text_finish(&list);
	return r;
}

/* Does the first row name the columns? 1, 0, or a negative errno. */
static int find_columns(const struct csv *row, struct columns *ret, struct cr2_diag *diag)
{
	struct columns c = {.id = FIND(row, id_titles), .name = FIND(row, name_titles), .last = -1};

	if (c.name < 0) {
		c.name = FIND(row, first_titles);
		c.last = FIND(row, last_titles);
	}
	if (c.id < 0)
		return c.name < 0 && FIND(row, last_titles) < 0 && FIND(row, other_titles) < 0 ? 0 : refuse_columns(row, diag);
	*ret = c;
	return 1;
}

/* Rows that Canvas's gradebook has below the titles: what can be had, and which columns are graded by hand. */
static bool is_gradebook_row(const struct csv *row, const struct columns *c)
{
	const char *name = field(row, c->name);
	bool manual = false;

	name += strspn(name, " ");
	for (size_t i = 0; i < row->n; i++)
		manual |= strcmp(row->fields[i], "Manual Posting") == 0;
	return !*field(row, c->id) && (strcmp(name, "Points Possible") == 0 || (manual && !*name));
}

static int add_student(const struct csv *row, const struct columns *c, struct cr2_sheets *sheets, struct cr2_diag *diag)
{
	const char *id = field(row, c->id), *name = field(row, c->name), *last = field(row, c->last);
	struct cr2_text whole = {0};
	int r;

	if (!learn_is_student(id))
		return learn_refuse(diag, row->line, LEARN_STUDENT_FORM ": ID,NAME");
	r = cr2_text_printf(&whole, "%s%s%s", name, *name && *last ? " " : "", last);
	if (r == 0)
		r = learn_sheets_add(sheets, id, whole.data);
	cr2_text_finish(&whole);
	return r;
}

/* All lines again, for those of an ID that stands there twice. */
static int refuse_twice(const char *text, size_t size, const struct columns *c, const char *id, struct cr2_diag *diag)
{
	unsigned lines[2] = {0};
	struct csv csv;

	csv_begin(&csv, text, size);
	for (size_t n = 0; n < 2 && csv_next(&csv) > 0;)
		if (strcmp(field(&csv, c->id), id) == 0)
			lines[n++] = csv.line;
	csv_finish(&csv);
	return learn_refuse(diag, lines[1], "'%s' stands in line %u, too; an ID is one student's", id, lines[0]);
}

int cr2_sheets_read_roster(const char *text, size_t size, struct cr2_sheets *ret_sheets, struct cr2_diag *diag)
{
	struct columns columns = {.id = 0, .name = 1, .last = -1};
	struct cr2_sheets sheets = {0};
	const struct cr2_sheet *twice;
	bool first = true, titled = false;
	struct csv csv;
	int r;

	csv_begin(&csv, text, size);
	while ((r = csv_next(&csv)) > 0) {
		r = first ? find_columns(&csv, &columns, diag) : 0;
		titled |= r > 0;
		if (r == 0 && !(titled && is_gradebook_row(&csv, &columns)))
			r = add_student(&csv, &columns, &sheets, diag);
		first = false;
		if (r < 0)
			break;
	}
	if (csv.reason)
		r = learn_refuse(diag, csv.line, "%s", csv.reason);
	csv_finish(&csv);
	twice = learn_sheets_sort(&sheets);
	if (r == 0 && twice)
		r = refuse_twice(text, size, &columns, twice->id, diag);
	if (r == 0 && sheets.n == 0)
		r = learn_refuse(diag, 0, "no student is in it; a line a student: ID,NAME");
	if (r == 0)
		*ret_sheets = sheets;
	else
		cr2_sheets_finish(&sheets);
	return r;
}
