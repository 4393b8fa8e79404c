/* SPDX-License-Identifier: MIT */
/* The cell of one step of one target: its result or value, then its faults. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "run.h"

/* Results up to this many columns stand in a column of their own: "ok", "0x41". */
#define SHORT_RESULT 4

/* A value where one was loaded, else the result's name. */
static void result_format(const struct cr2_observation *o, char *s, size_t size)
{
	const char *name = cr2_result_name(o->result);

	if (o->has_value)
		snprintf(s, size, cr2_op_counts(o->op) ? "%u" : "0x%02x", o->value);
	else
		snprintf(s, size, "%s", name ? name : "?");
}

void outcome_measure(struct table *table)
{
	for (size_t c = 0; c < table->run->n_columns; c++) {
		const struct cr2_observations *list = table->run->columns[c].observations;

		for (size_t i = 0; i < list->count; i++) {
			char s[32];
			size_t length;

			result_format(&list->items[i], s, sizeof(s));
			length = strlen(s);
			if (length <= SHORT_RESULT && length > table->result_width)
				table->result_width = length;
		}
	}
}

enum cr2_evidence outcome_evidence(const struct cr2_view_column *column)
{
	enum cr2_evidence evidence = CR2_EVIDENCE_UNKNOWN;

	for (size_t i = 0; i < column->observations->count; i++) {
		const struct cr2_observation *o = &column->observations->items[i];

		for (size_t j = 0; j < o->n_faults; j++) {
			if (o->faults[j].path == CR2_PATH_UNKNOWN)
				continue;
			if (evidence != CR2_EVIDENCE_UNKNOWN && evidence != o->faults[j].evidence)
				return CR2_EVIDENCE_UNKNOWN;
			evidence = o->faults[j].evidence;
		}
	}
	return evidence;
}

/* A refused access maps nothing: it is neither minor nor major. */
static bool is_refusal(enum cr2_path path)
{
	return path == CR2_PATH_SEGV_MAPERR || path == CR2_PATH_SEGV_ACCERR ||
	       path == CR2_PATH_SEGV_PKUERR || path == CR2_PATH_SEGV_GUARD ||
	       path == CR2_PATH_SIGBUS || path == CR2_PATH_OOM;
}

static void add_place(struct rich *cell, const struct cr2_names *names, const struct cr2_ref *at,
		      enum ink ink)
{
	struct cr2_text text = {0};

	if (cr2_ref_append(names, at, &text) == 0)
		rich_keep(cell, ink, " at %s", text.data);
	cr2_text_finish(&text);
}

static void add_fault(struct rich *cell, const struct cr2_names *names,
		      const struct cr2_observation *o, const struct cr2_observed_fault *f,
		      bool evidence, enum ink ink)
{
	const char *path = cr2_path_name(f->path);

	rich_keep(cell, ink, "0x%" PRIx64 " %s", f->error_code, path ? path : "?");
	if (f->major)
		rich_keep(cell, ink, " major");
	else if (!is_refusal(f->path))
		rich_keep(cell, ink, " minor");
	if (!o->has_at || !cr2_ref_equal(&f->at, &o->at))
		add_place(cell, names, &f->at, ink);
	if (evidence && f->path != CR2_PATH_UNKNOWN)
		rich_keep(cell, INK_DIM, " (%s)", cr2_evidence_name(f->evidence));
}

static void fill_cell(const struct table *table, struct rich *cell, const struct cr2_names *names,
		      const struct cr2_observation *o, bool result_differs, bool faults_differ)
{
	bool failed = o->result != CR2_RESULT_OK;
	size_t used, wanted = table->result_width;
	char result[32];

	result_format(o, result, sizeof(result));
	used = strlen(result);
	rich_keep(cell, result_differs ? INK_BAD : failed ? INK_WARN : INK_PLAIN, "%s", result);
	if (o->n_faults || faults_differ)
		rich_gap(cell, 2 + (unsigned)(used < wanted ? wanted - used : 0));
	for (size_t i = 0; i < o->n_faults; i++) {
		add_fault(cell, names, o, &o->faults[i], table->evidence,
			  faults_differ ? INK_BAD : INK_PLAIN);
		rich_add(cell, INK_PLAIN, i + 1 < o->n_faults ? ", " : "");
	}
	if (faults_differ && !o->n_faults)
		rich_keep(cell, INK_BAD, "no fault");
}

/* Does a field of step i differ between this column and the first, or (column 0) any other? */
static bool differs(const struct table *table, size_t column, size_t i, enum cr2_field field)
{
	size_t d, end = run_differences(table, i, &d);

	for (; d < end; d++)
		if (table->run->differences[d].field == field &&
		    (column == 0 || column == table->run->differences[d].column))
			return true;
	return false;
}

void outcome_fill(const struct table *table, struct row *row, size_t i)
{
	const struct cr2_view_run *run = table->run;

	for (size_t c = 0; c < run->n_columns; c++) {
		const struct cr2_observation *o = run_observation(run, c, i);
		bool result = differs(table, c, i, CR2_FIELD_RESULT) ||
			      differs(table, c, i, CR2_FIELD_VALUE);
		bool faults = differs(table, c, i, CR2_FIELD_FAULTS) ||
			      differs(table, c, i, CR2_FIELD_PATH) ||
			      differs(table, c, i, CR2_FIELD_MAJOR);
		struct rich *cell = &row->cells[CELL_TARGET(c)];

		if (o)
			fill_cell(table, cell, &run->columns[c].observations->names, o, result,
				  faults);
		else
			rich_keep(cell, INK_DIM, "not run");
		if (c && (result || faults || differs(table, c, i, CR2_FIELD_STEPS)))
			row_mark(row, c);
	}
}
