/* SPDX-License-Identifier: MIT */
/*
 * A run as a table: one row a step, one column a target. The rows are made here, all of them,
 * then measured and drawn by layout.c. What a cell says is outcome.c, page states are
 * run_state.c, the last line is sum.c.
 */
#include <errno.h>
#include <string.h>

#include "run.h"

#define FAILED "✗"

/* Step, line, process and operation of the steps that a row stands for. */
static void label(struct table *table, struct row *row)
{
	const struct cr2_observation *first = run_any(table->run, row->first);
	const struct cr2_observation *last = run_any(table->run, row->last);
	const struct cr2_names *names = run_names(table->run, row->first);

	for (size_t i = CELL_STEP; i <= CELL_OPERATION; i++)
		rich_clear(&row->cells[i]);
	if (first == last)
		rich_keep(&row->cells[CELL_STEP], INK_DIM, "%u", first->step);
	else
		rich_keep(&row->cells[CELL_STEP], INK_DIM, "%u-%u", first->step, last->step);
	rich_keep(&row->cells[CELL_LINE], INK_DIM, "%u", first->line);
	rich_keep(&row->cells[CELL_PROCESS], INK_PLAIN, "%s",
		  cr2_name(&names->processes, first->process));
	statement_add(&row->cells[CELL_OPERATION], &table->source, names, first, last);
	row->cells[CELL_OPERATION].hang = 2;
}

static bool same_cells(const struct row *a, const struct row *b)
{
	for (size_t i = CELL_TARGETS; i < CELLS_MAX; i++)
		if (!rich_equal(&a->cells[i], &b->cells[i]))
			return false;
	return rich_equal(&a->cells[CELL_GUTTER], &b->cells[CELL_GUTTER]);
}

/* The last row takes the one before it, when that is of the same statement and reads the same. */
static bool fold(struct table *table)
{
	struct row *row = &table->rows[table->n - 1], *before = row - 1;
	const struct cr2_observation *o, *p;

	if (table->n < 2 || before->kind != ROW_STEP)
		return false;
	o = run_any(table->run, row->first);
	p = run_any(table->run, before->last);
	if (o->line != p->line || !o->has_at || !p->has_at || o->process != p->process ||
	    !same_cells(before, row))
		return false;
	before->last = row->last;
	label(table, before);
	row_finish(row);
	table->n--;
	return true;
}

/* Failed expectations of step i, each a paragraph under it. */
static int add_failures(struct table *table, size_t column, size_t i)
{
	const struct cr2_view_column *c = &table->run->columns[column];
	struct row *row;
	int r;

	for (size_t f = 0; f < c->n_failures; f++) {
		struct rich *cell;

		if (c->failures[f].observation != i)
			continue;
		r = table_add(table, ROW_NOTE, i, &row);
		if (r < 0)
			return r;
		cell = &row->cells[CELL_OPERATION];
		rich_add(&row->cells[CELL_GUTTER], INK_BAD, FAILED);
		rich_printf(cell, INK_PLAIN, "%s: expected ", c->name);
		rich_add(cell, INK_GOOD, c->failures[f].expected);
		rich_add(cell, INK_PLAIN, ", seen ");
		rich_add(cell, INK_BAD, c->failures[f].seen);
		cell->hang = 2;
	}
	return 0;
}

static int add_step(struct table *table, size_t i)
{
	struct row *row;
	size_t rows, first;
	int r = table_add(table, ROW_STEP, i, &row);

	if (r < 0)
		return r;
	label(table, row);
	outcome_fill(table, row, i);
	rows = table->n;
	r = state_add_rows(table, i);
	for (size_t c = 0; r == 0 && c < table->run->n_columns; c++)
		r = add_failures(table, c, i);
	table->difference = run_differences(table, i, &first);
	if (r == 0 && table->n == rows)
		fold(table);
	return r;
}

/* Where a column ended before the scenario did. */
static int add_stop(struct table *table, size_t column)
{
	const struct cr2_view_column *c = &table->run->columns[column];
	struct row *row;
	int r;

	if (!c->stopped)
		return 0;
	r = table_add(table, ROW_NOTE, c->observations->count, &row);
	if (r < 0)
		return r;
	rich_add(&row->cells[CELL_GUTTER], INK_WARN, "!");
	rich_printf(&row->cells[CELL_OPERATION], INK_WARN, "%s %s", c->name,
		    c->observations->count ? "stopped" : "did not run");
	if (c->stopped_line)
		rich_printf(&row->cells[CELL_OPERATION], INK_WARN, " at line %u", c->stopped_line);
	rich_printf(&row->cells[CELL_OPERATION], INK_PLAIN, ": %s", c->stopped);
	row->cells[CELL_OPERATION].hang = 2;
	return 0;
}

/* Are the paths of a column's faults known in several ways, or in none? */
static bool has_mixed_evidence(const struct cr2_view_column *column)
{
	for (size_t i = 0; i < column->observations->count; i++)
		if (column->observations->items[i].n_faults)
			return outcome_evidence(column) == CR2_EVIDENCE_UNKNOWN;
	return false;
}

/* Are there pages, in what is shown, of another process than the one that acts in every step? */
static bool shows_others(const struct cr2_view_run *run, uint32_t process)
{
	for (size_t d = 0; d < run->n_differences; d++)
		if (run->differences[d].field == CR2_FIELD_STATE &&
		    run->differences[d].process != process)
			return true;
	for (size_t c = 0; run->state && c < run->n_columns; c++) {
		const struct cr2_observations *list = run->columns[c].observations;

		for (size_t i = 0; i < list->count; i++)
			for (size_t k = 0; k < list->items[i].n_changes; k++)
				if (list->items[i].changes[k].kind == CR2_CHANGE_PROCESS &&
				    list->items[i].changes[k].process != process)
					return true;
	}
	return false;
}

static int build(struct table *table)
{
	size_t steps = run_steps(table->run);
	uint32_t process = steps ? run_any(table->run, 0)->process : 0;
	int r = 0;

	table->processes = shows_others(table->run, process);
	for (size_t i = 0; i < steps; i++)
		table->processes |= run_any(table->run, i)->process != process;
	for (size_t c = 0; c < table->run->n_columns; c++) {
		table->evidence |= has_mixed_evidence(&table->run->columns[c]);
		if (r == 0 && table->run->state)
			r = cr2_state_create(&table->states[c].now);
	}
	outcome_measure(table);
	for (size_t i = 0; r == 0 && i < steps; i++)
		r = add_step(table, i);
	for (size_t c = 0; r == 0 && c < table->run->n_columns; c++)
		r = add_stop(table, c);
	return r;
}

static int draw_title(const struct cr2_view_run *run, const struct cr2_style *style,
		      struct cr2_text *text)
{
	struct rich title = {.hang = 2};
	int r;

	rich_add(&title, INK_BOLD, run->path ? run->path : "");
	if (run->title) {
		rich_break(&title);
		rich_add(&title, INK_PLAIN, run->title);
	}
	r = rich_paragraph(text, style, 0, &title);
	rich_finish(&title);
	return r;
}

int cr2_view_run(const struct cr2_view_run *run, const struct cr2_style *style,
		 struct cr2_text *text)
{
	struct table table = {.run = run};
	int r;

	if (run->n_columns < 1 || run->n_columns > CR2_VIEW_COLUMNS)
		return -EINVAL;
	source_begin(&table.source, run->source);
	r = build(&table);
	if (r == 0)
		r = draw_title(run, style, text);
	if (r == 0)
		r = table_draw(&table, style, text);
	if (r == 0)
		r = run_draw_sum(run, style, text);
	table_finish(&table);
	return r;
}
