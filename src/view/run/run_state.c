/* SPDX-License-Identifier: MIT */
/*
 * Page states under their step: one row a mapping of a process, where the step changed it or
 * targets differ in it, then a row for each page that differs with both tokens side by side.
 */
#include <stdlib.h>
#include <string.h>

#include "run.h"
#include "tokens.h"

/* Of a state with more tokens than LONG, HEAD and TAIL are shown and the others counted. */
#define LONG 64
#define HEAD 48
#define TAIL 8
/* Rows of differing pages that one mapping gets. */
#define PAGES_SHOWN 8

static const char *tokens_of(const struct cr2_observation *o, const char *process,
			     const char *mapping)
{
	for (size_t p = 0; o && p < o->n_processes; p++) {
		const struct cr2_observed_process *candidate = &o->state[p];

		if (strcmp(candidate->name, process) != 0)
			continue;
		for (size_t m = 0; m < candidate->n_mappings; m++)
			if (strcmp(candidate->mappings[m].name, mapping) == 0)
				return candidate->mappings[m].tokens;
	}
	return NULL;
}

static bool same(const char *a, const char *b)
{
	return a == b || (a && b && strcmp(a, b) == 0);
}

/* Is "child.buf@3" about this mapping? */
static bool is_about(const char *where, const char *process, const char *mapping)
{
	size_t p = strlen(process), m = strlen(mapping);

	return where && strncmp(where, process, p) == 0 && where[p] == '.' &&
	       strncmp(where + p + 1, mapping, m) == 0 &&
	       (where[p + 1 + m] == '@' || where[p + 1 + m] == '\0');
}

static bool is_state(const struct cr2_view_difference *d, size_t i)
{
	return d->observation == i && strcmp(d->field, "state") == 0;
}

static size_t count_tokens(const char *tokens)
{
	struct token_run run;
	size_t n = 0;

	while (token_run_next(&tokens, &run))
		n++;
	return n;
}

static void add_tokens(struct rich *cell, const char *tokens, enum ink ink)
{
	size_t n = count_tokens(tokens);
	struct token_run run;

	for (size_t i = 0; token_run_next(&tokens, &run); i++) {
		if (n > LONG && i == HEAD)
			rich_printf(cell, INK_DIM, " ... %zu more (--json has them) ...",
				    n - HEAD - TAIL);
		if (n > LONG && i >= HEAD && i < n - TAIL)
			continue;
		rich_gap(cell, i > 0);
		rich_keep(cell, ink, "%.*s", (int)run.length, run.first);
		if (run.last)
			rich_keep(cell, ink, "..%.*s", (int)run.last_length, run.last);
	}
}

/* The labels of a state row; without a column of processes the process need not be named. */
static void add_labels(struct row *row, const char *process, const char *place)
{
	rich_keep(&row->cells[CELL_PROCESS], INK_DIM, "%s", process);
	rich_keep(&row->cells[CELL_OPERATION], INK_DIM, "  %s", place);
}

static int add_mapping(struct table *table, size_t i, const char *process, const char *mapping)
{
	const struct cr2_view_run *run = table->run;
	struct row *row;
	int r = table_add(table, ROW_STATE, i, &row);

	if (r < 0)
		return r;
	add_labels(row, process, mapping);
	for (size_t c = 0; c < run->n_columns; c++) {
		const char *tokens = tokens_of(run_observation(run, c, i), process, mapping);

		if (tokens)
			add_tokens(&row->cells[CELL_TARGET(c)], tokens, INK_PLAIN);
		else
			rich_keep(&row->cells[CELL_TARGET(c)], INK_DIM, "none");
	}
	for (size_t d = 0; d < run->n_differences; d++)
		if (is_state(&run->differences[d], i) &&
		    is_about(run->differences[d].where, process, mapping))
			row_mark(row, run->differences[d].column);
	return 0;
}

static bool is_changed(const struct table *table, size_t i, const char *process,
		       const char *mapping)
{
	const struct cr2_view_run *run = table->run;

	for (size_t c = 0; c < run->n_columns; c++) {
		const struct cr2_observation *before = i ? run_observation(run, c, i - 1) : NULL;
		const char *tokens = tokens_of(run_observation(run, c, i), process, mapping);

		if (tokens && !same(tokens, tokens_of(before, process, mapping)))
			return true;
	}
	for (size_t d = 0; d < run->n_differences; d++)
		if (is_state(&run->differences[d], i) &&
		    is_about(run->differences[d].where, process, mapping))
			return true;
	return false;
}

/* A mapping that an earlier column has too was shown with that one. */
static bool is_shown(const struct table *table, size_t column, size_t i, const char *process,
		     const char *mapping)
{
	for (size_t c = 0; c < column; c++)
		if (tokens_of(run_observation(table->run, c, i), process, mapping))
			return true;
	return false;
}

static int add_mappings(struct table *table, size_t column, size_t i)
{
	const struct cr2_observation *o = run_observation(table->run, column, i);

	for (size_t p = 0; o && p < o->n_processes; p++) {
		for (size_t m = 0; m < o->state[p].n_mappings; m++) {
			const char *process = o->state[p].name;
			const char *mapping = o->state[p].mappings[m].name;
			int r = 0;

			if (!is_shown(table, column, i, process, mapping) &&
			    is_changed(table, i, process, mapping))
				r = add_mapping(table, i, process, mapping);
			if (r < 0)
				return r;
		}
	}
	return 0;
}

/* "child.buf@3": its page number, and what stands before. Without one: -1. */
static long page_of(const char *where, size_t *ret_stem)
{
	const char *at = strrchr(where, '@');
	char *end;
	long page = at ? strtol(at + 1, &end, 10) : -1;

	*ret_stem = at ? (size_t)(at - where) : strlen(where);
	return at && end != at + 1 && *end == '\0' ? page : -1;
}

/* Is b the page behind a in the same mapping, with the same difference? */
static bool continues(const struct cr2_view_difference *a, const struct cr2_view_difference *b)
{
	size_t stem_a, stem_b;
	long page_a, page_b;

	if (!a->where || !b->where || a->column != b->column || strcmp(b->field, "state") != 0 ||
	    a->observation != b->observation)
		return false;
	page_a = page_of(a->where, &stem_a);
	page_b = page_of(b->where, &stem_b);
	return page_a >= 0 && page_b == page_a + 1 && stem_a == stem_b &&
	       strncmp(a->where, b->where, stem_a) == 0 && same(a->left, b->left) &&
	       same(a->right, b->right);
}

static void label_pages(struct row *row, const char *first, const char *last)
{
	const char *where = first ? first : "";
	size_t process = strcspn(where, "."), stem;
	long page = page_of(last ? last : "", &stem);

	rich_keep(&row->cells[CELL_PROCESS], INK_DIM, "%.*s", (int)process, where);
	rich_keep(&row->cells[CELL_OPERATION], INK_DIM, "  %s",
		  where[process] ? where + process + 1 : "state");
	if (first != last)
		rich_keep(&row->cells[CELL_OPERATION], INK_DIM, "..%ld", page);
}

static int add_pages(struct table *table, const struct cr2_view_difference *first,
		     const struct cr2_view_difference *last)
{
	struct row *row;
	int r = table_add(table, ROW_STATE, first->observation, &row);

	if (r < 0)
		return r;
	label_pages(row, first->where, last->where);
	add_tokens(&row->cells[CELL_TARGET(0)], first->left ? first->left : "none", INK_BAD);
	add_tokens(&row->cells[CELL_TARGET(first->column)], first->right ? first->right : "none",
		   INK_BAD);
	row_mark(row, first->column);
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

/* A row for each run of pages that differ in the same way; of very many, the first. */
static int add_differences(struct table *table, size_t i)
{
	const struct cr2_view_run *run = table->run;
	size_t shown = 0, next;
	int r = 0;

	for (size_t d = 0; r == 0 && d < run->n_differences; d = next) {
		const struct cr2_view_difference *items = run->differences;

		next = d + 1;
		if (!is_state(&items[d], i))
			continue;
		while (next < run->n_differences && continues(&items[next - 1], &items[next]))
			next++;
		if (shown++ < PAGES_SHOWN)
			r = add_pages(table, &items[d], &items[next - 1]);
	}
	if (r == 0 && shown > PAGES_SHOWN)
		r = add_rest(table, i, shown - PAGES_SHOWN);
	return r;
}

int state_add_rows(struct table *table, size_t i)
{
	int r = 0;

	for (size_t c = 0; r == 0 && table->run->state && c < table->run->n_columns; c++)
		r = add_mappings(table, c, i);
	return r == 0 ? add_differences(table, i) : r;
}
