/* SPDX-License-Identifier: MIT */
/* The last line of a run: how many steps and faults, and whether all is as it should be. */
#include <string.h>

#include "run.h"

/* "model" of "model 6.18", unless another column begins with the same word. */
static int name_length(const struct cr2_view_run *run, size_t column)
{
	const char *name = run->columns[column].name;
	size_t length = strcspn(name, " ");

	for (size_t c = 0; c < run->n_columns; c++)
		if (c != column && strcspn(run->columns[c].name, " ") == length &&
		    strncmp(run->columns[c].name, name, length) == 0)
			return (int)strlen(name);
	return (int)length;
}

static size_t count_faults(const struct cr2_view_column *column)
{
	size_t n = 0;

	for (size_t i = 0; i < column->observations->count; i++)
		n += column->observations->items[i].n_faults;
	return n;
}

static const char *plural(size_t n)
{
	return n == 1 ? "" : "s";
}

/* "4 faults", or "4 and 5 faults" where targets took different numbers. */
static void sum_faults(struct rich *sum, const struct cr2_view_run *run)
{
	size_t first = count_faults(&run->columns[0]);
	bool equal = true;

	for (size_t c = 1; c < run->n_columns; c++)
		equal &= count_faults(&run->columns[c]) == first;
	rich_printf(sum, INK_PLAIN, ", %zu", first);
	for (size_t c = 1; !equal && c < run->n_columns; c++)
		rich_printf(sum, INK_PLAIN, "%s%zu", c + 1 < run->n_columns ? ", " : " and ",
			    count_faults(&run->columns[c]));
	rich_printf(sum, INK_PLAIN, " fault%s", equal ? plural(first) : "s");
}

static bool all_ran(const struct cr2_view_run *run, size_t *ret_least)
{
	size_t steps = run_steps(run);
	bool all = true;

	*ret_least = steps;
	for (size_t c = 0; c < run->n_columns; c++) {
		all &= !run->columns[c].stopped && run->columns[c].observations->count == steps;
		if (run->columns[c].observations->count < *ret_least)
			*ret_least = run->columns[c].observations->count;
	}
	return all;
}

static void sum_agreement(struct rich *sum, const struct cr2_view_run *run)
{
	size_t least, n = run->n_columns;
	bool all = all_ran(run, &least);

	if (run->n_differences) {
		rich_printf(sum, INK_BAD, ", %zu difference%s", run->n_differences,
			    plural(run->n_differences));
		return;
	}
	if (n < 2 || least == 0)
		return;
	rich_add(sum, INK_PLAIN, ", ");
	for (size_t c = 0; c < n; c++)
		rich_printf(sum, INK_GOOD, "%s%.*s",
			    c == 0 ? "" : c + 1 < n ? ", " : " and ", name_length(run, c),
			    run->columns[c].name);
	rich_add(sum, INK_GOOD, " agree");
	if (!all)
		rich_printf(sum, INK_WARN, " on the %zu that %s ran", least,
			    n == 2 ? "both" : "all");
}

static void sum_expectations(struct rich *sum, const struct cr2_view_run *run)
{
	size_t failed = 0, least, n = run->n_expectations;

	for (size_t c = 0; c < run->n_columns; c++)
		failed += run->columns[c].n_failures;
	if (failed)
		rich_printf(sum, INK_BAD, ", %zu expectation%s failed", failed, plural(failed));
	else if (n && run->unchecked)
		rich_printf(sum, INK_WARN, ", %zu expectation%s not checked", n, plural(n));
	else if (n && all_ran(run, &least))
		rich_printf(sum, INK_GOOD, ", %zu expectation%s met", n, plural(n));
}

int run_draw_sum(const struct cr2_view_run *run, const struct cr2_style *style,
		    struct cr2_text *text)
{
	struct rich sum = {0};
	size_t steps = run_steps(run);
	int r;

	rich_printf(&sum, INK_PLAIN, "%zu step%s", steps, plural(steps));
	sum_faults(&sum, run);
	sum_agreement(&sum, run);
	sum_expectations(&sum, run);
	r = rich_paragraph(text, style, 0, &sum);
	rich_finish(&sum);
	return r;
}
