/* SPDX-License-Identifier: MIT */
/* The rows of a run's table, and what there is of a run at a step. */
#include <stdlib.h>

#include "row.h"

#define NOT_EQUAL "≠"

const struct cr2_observation *run_observation(const struct cr2_view_run *run, size_t column,
					      size_t i)
{
	const struct cr2_observations *list = run->columns[column].observations;

	return i < list->count ? &list->items[i] : NULL;
}

const struct cr2_observation *run_any(const struct cr2_view_run *run, size_t i)
{
	const struct cr2_observation *o = NULL;

	for (size_t c = 0; !o && c < run->n_columns; c++)
		o = run_observation(run, c, i);
	return o;
}

const struct cr2_names *run_names(const struct cr2_view_run *run, size_t i)
{
	size_t c = 0;

	while (c + 1 < run->n_columns && !run_observation(run, c, i))
		c++;
	return &run->columns[c].observations->names;
}

size_t run_steps(const struct cr2_view_run *run)
{
	size_t steps = 0;

	for (size_t c = 0; c < run->n_columns; c++)
		if (run->columns[c].observations->count > steps)
			steps = run->columns[c].observations->count;
	return steps;
}

size_t run_differences(const struct table *table, size_t i, size_t *ret_first)
{
	const struct cr2_view_run *run = table->run;
	size_t end = table->difference;

	while (end < run->n_differences && run->differences[end].observation == i)
		end++;
	*ret_first = table->difference;
	return end;
}

int table_add(struct table *table, enum row_kind kind, size_t observation, struct row **ret_row)
{
	int r = cr2_grow(&table->rows, &table->capacity, table->n + 1, sizeof(*table->rows));

	if (r < 0)
		return r;
	table->rows[table->n] = (struct row){.kind = kind, .first = observation,
					     .last = observation};
	*ret_row = &table->rows[table->n++];
	return 0;
}

void row_finish(struct row *row)
{
	for (size_t i = 0; i < CELLS_MAX; i++)
		rich_finish(&row->cells[i]);
}

void table_finish(struct table *table)
{
	for (size_t i = 0; i < table->n; i++)
		row_finish(&table->rows[i]);
	free(table->rows);
	for (size_t c = 0; c < CR2_VIEW_COLUMNS; c++) {
		cr2_state_destroy(table->states[c].before);
		cr2_state_destroy(table->states[c].now);
	}
}

void row_mark(struct row *row, size_t column)
{
	if (rich_empty(&row->cells[CELL_GUTTER]))
		rich_add(&row->cells[CELL_GUTTER], INK_BAD, NOT_EQUAL);
	if (rich_empty(&row->cells[CELL_MARK(column)]))
		rich_add(&row->cells[CELL_MARK(column)], INK_BAD, NOT_EQUAL);
}
