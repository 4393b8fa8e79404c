/* SPDX-License-Identifier: MIT */
/*
 * Page states under their step: one row a mapping of a process, where the step changed it or
 * targets differ in it, then a row for each run of pages that differ with both side by side.
 */
#include <errno.h>
#include <inttypes.h>

#include "run.h"
#include "tokens.h"

/* Rows of differing pages that one step gets. */
#define PAGES_SHOWN 8

/* A mapping of a process. */
struct spot {
	uint32_t process, mapping;
};

static bool list_equal(const struct cr2_page_list *a, const struct cr2_page_list *b)
{
	if (a->n != b->n || a->n_pages != b->n_pages)
		return false;
	for (size_t i = 0; i < a->n; i++)
		if (a->items[i].n != b->items[i].n ||
		    a->items[i].ascending != b->items[i].ascending ||
		    !cr2_page_equal(&a->items[i].page, &b->items[i].page))
			return false;
	return true;
}

static int list_of(const struct cr2_state *state, struct spot spot, struct cr2_page_list *ret_list)
{
	*ret_list = (struct cr2_page_list){0};
	return state ? cr2_state_list(state, spot.process, spot.mapping, 0, UINT64_MAX - 1, ret_list)
		     : 0;
}

static bool has(const struct cr2_state *state, struct spot spot)
{
	struct cr2_state_mapping m;

	return state && cr2_state_find(state, spot.process, spot.mapping, &m);
}

static bool is_about(const struct cr2_difference *d, struct spot spot)
{
	return d->field == CR2_FIELD_STATE && d->process == spot.process &&
	       d->mapping == spot.mapping;
}

/* The labels of a state row; without a column of processes the process need not be named. */
static void add_labels(struct row *row, const struct cr2_names *names, struct spot spot)
{
	rich_keep(&row->cells[CELL_PROCESS], INK_DIM, "%s",
		  cr2_name(&names->processes, spot.process));
	rich_keep(&row->cells[CELL_OPERATION], INK_DIM, "  %s",
		  cr2_name(&names->mappings, spot.mapping));
}

static int add_pages(struct rich *cell, const struct cr2_names *names,
		     const struct cr2_state *state, struct spot spot)
{
	struct cr2_page_list list;
	int r = list_of(state, spot, &list);

	if (r < 0)
		return r;
	tokens_add(cell, names, &list, INK_PLAIN);
	cr2_page_list_finish(&list);
	return 0;
}

static int add_mapping(struct table *table, size_t i, struct spot spot)
{
	const struct cr2_view_run *run = table->run;
	size_t d, end = run_differences(table, i, &d);
	struct row *row;
	int r = table_add(table, ROW_STATE, i, &row);

	if (r < 0)
		return r;
	add_labels(row, run_names(run, i), spot);
	for (size_t c = 0; c < run->n_columns && r == 0; c++) {
		struct rich *cell = &row->cells[CELL_TARGET(c)];

		if (has(table->states[c].now, spot) && run_observation(run, c, i))
			r = add_pages(cell, &run->columns[c].observations->names,
				      table->states[c].now, spot);
		else
			rich_keep(cell, INK_DIM, "none");
	}
	for (; d < end; d++)
		if (is_about(&run->differences[d], spot))
			row_mark(row, run->differences[d].column);
	return r;
}

static int has_changed(const struct table *table, size_t column, struct spot spot, bool *ret_changed)
{
	const struct column_state *s = &table->states[column];
	struct cr2_page_list before, now;
	int r;

	*ret_changed = true;
	if (has(s->before, spot) != has(s->now, spot))
		return 0;
	r = list_of(s->before, spot, &before);
	if (r < 0)
		return r;
	r = list_of(s->now, spot, &now);
	if (r == 0)
		*ret_changed = !list_equal(&before, &now);
	cr2_page_list_finish(&before);
	cr2_page_list_finish(&now);
	return r;
}

static int is_news(const struct table *table, size_t i, struct spot spot, bool *ret_news)
{
	const struct cr2_view_run *run = table->run;
	size_t d, end = run_differences(table, i, &d);
	int r = 0;

	*ret_news = false;
	for (size_t c = 0; c < run->n_columns && r == 0 && !*ret_news; c++)
		if (run_observation(run, c, i) && has(table->states[c].now, spot))
			r = has_changed(table, c, spot, ret_news);
	for (; d < end; d++)
		*ret_news |= is_about(&run->differences[d], spot);
	return r;
}

/* A mapping that an earlier column has too was shown with that one. */
static bool is_shown(const struct table *table, size_t column, size_t i, struct spot spot)
{
	for (size_t c = 0; c < column; c++)
		if (run_observation(table->run, c, i) && has(table->states[c].now, spot))
			return true;
	return false;
}

static int add_process(struct table *table, size_t column, size_t i, uint32_t process)
{
	const struct cr2_state *state = table->states[column].now;
	struct cr2_state_mapping m;
	int r = 0;

	for (uint32_t at = 0; r == 0 && cr2_state_mapping(state, process, at, &m);
	     at = m.mapping + 1) {
		const struct spot spot = {process, m.mapping};
		bool news;

		if (is_shown(table, column, i, spot))
			continue;
		r = is_news(table, i, spot, &news);
		if (r == 0 && news)
			r = add_mapping(table, i, spot);
	}
	return r;
}

static int add_mappings(struct table *table, size_t column, size_t i)
{
	const struct cr2_state *state = table->states[column].now;
	int r = 0;

	if (!run_observation(table->run, column, i))
		return 0;
	for (uint32_t p = cr2_state_process(state, 0); r == 0 && p != CR2_NO_OBJECT;
	     p = cr2_state_process(state, p + 1))
		r = add_process(table, column, i, p);
	return r;
}

static void label_pages(struct row *row, const struct cr2_names *names,
			const struct cr2_difference *d)
{
	struct rich *cell = &row->cells[CELL_OPERATION];

	rich_keep(&row->cells[CELL_PROCESS], INK_DIM, "%s", cr2_name(&names->processes, d->process));
	if (d->mapping == CR2_NO_OBJECT)
		rich_keep(cell, INK_DIM, "  process");
	else
		rich_keep(cell, INK_DIM, "  %s@%" PRIu64, cr2_name(&names->mappings, d->mapping),
			  d->first);
	if (d->last > d->first)
		rich_keep(cell, INK_DIM, "..%" PRIu64, d->last);
}

static void add_side(struct rich *cell, const struct cr2_names *names,
		     const struct cr2_difference *d, int side)
{
	if (d->pages[side].n)
		tokens_add(cell, names, &d->pages[side], INK_BAD);
	else
		rich_keep(cell, INK_BAD, d->lacks[side] || d->mapping != CR2_NO_OBJECT ? "nothing"
										       : "lives");
}

static int add_difference(struct table *table, const struct cr2_difference *d)
{
	const struct cr2_view_run *run = table->run;
	struct row *row;
	int r = table_add(table, ROW_STATE, d->observation, &row);

	if (r < 0)
		return r;
	label_pages(row, &run->columns[0].observations->names, d);
	add_side(&row->cells[CELL_TARGET(0)], &run->columns[0].observations->names, d, 0);
	add_side(&row->cells[CELL_TARGET(d->column)], &run->columns[d->column].observations->names,
		 d, 1);
	row_mark(row, d->column);
	return 0;
}

static int add_rest(struct table *table, size_t i, size_t rows)
{
	struct row *row;
	int r = table_add(table, ROW_NOTE, i, &row);

	if (r == 0)
		rich_printf(&row->cells[CELL_OPERATION], INK_DIM,
			    "  and %zu more places where pages differ (--json has them)", rows);
	return r;
}

/* A row for each run of pages that differ; of very many, the first. */
static int add_differences(struct table *table, size_t i)
{
	size_t d, end = run_differences(table, i, &d), shown = 0;
	int r = 0;

	for (; r == 0 && d < end; d++)
		if (table->run->differences[d].field == CR2_FIELD_STATE && shown++ < PAGES_SHOWN)
			r = add_difference(table, &table->run->differences[d]);
	if (r == 0 && shown > PAGES_SHOWN)
		r = add_rest(table, i, shown - PAGES_SHOWN);
	return r;
}

/* Takes the column's pages to after step i. */
static int advance(struct table *table, size_t column, size_t i)
{
	const struct cr2_observation *o = run_observation(table->run, column, i);
	struct column_state *s = &table->states[column];

	cr2_state_destroy(s->before);
	s->before = NULL;
	if (cr2_state_copy(s->now, &s->before) < 0)
		return -ENOMEM;
	return o ? cr2_state_apply(s->now, o) : 0;
}

/* Does any column's state change, or differ, in step i? */
static bool has_news(const struct table *table, size_t i)
{
	size_t d, end = run_differences(table, i, &d);
	bool news = d < end;

	for (size_t c = 0; c < table->run->n_columns; c++) {
		const struct cr2_observation *o = run_observation(table->run, c, i);

		news |= o && o->n_changes;
	}
	return news;
}

int state_add_rows(struct table *table, size_t i)
{
	const struct cr2_view_run *run = table->run;
	int r = 0;

	if (!has_news(table, i))
		return 0;

	for (size_t c = 0; r == 0 && run->state && c < run->n_columns; c++)
		r = advance(table, c, i);
	for (size_t c = 0; r == 0 && run->state && c < run->n_columns; c++)
		r = add_mappings(table, c, i);
	return r == 0 ? add_differences(table, i) : r;
}
