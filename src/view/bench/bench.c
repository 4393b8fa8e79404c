/* SPDX-License-Identifier: MIT */
/* A benchmark as tables: a row a case, what is beside it, and whether the target is met. */
#include <stdio.h>

#include "bench.h"

#define INDENT 2

/* The median, and how far the middle half of the rounds lies from it. */
static void add_figure(struct rich *cell, const struct cr2_bench_figure *figure)
{
	double half = (figure->high - figure->low) / 2;

	if (!figure->n) {
		rich_add(cell, INK_DIM, "-");
		return;
	}
	rich_number(cell, INK_PLAIN, figure->median);
	rich_keep(cell, INK_DIM, " ±%.0f%%",
		  figure->median > 0 ? half * 100 / figure->median : 0);
}

static void add_verdict(struct rich *cell, const struct cr2_bench_case *c)
{
	double ratio = cr2_bench_ratio(c);
	bool met = c->group == CR2_BENCH_MEMORY ? c->bytes <= c->bytes_wanted
						: ratio >= c->ratio_wanted;

	if (c->absent)
		rich_add(cell, INK_WARN, c->absent);
	else if (c->group == CR2_BENCH_MEMORY)
		rich_printf(cell, met ? INK_GOOD : INK_BAD, "%s: at most %.0f", met ? "met" : "not met",
			    c->bytes_wanted);
	else if (c->ratio_wanted > 0)
		rich_printf(cell, met ? INK_GOOD : INK_BAD, "%s: at least %g", met ? "met" : "not met",
			    c->ratio_wanted);
}

static void add_row(struct grid *grid, const struct cr2_bench_case *c)
{
	struct rich *cells = grid_row(grid);

	if (!cells)
		return;
	rich_add(&cells[0], INK_NAME, c->name);
	rich_add(&cells[1], INK_DIM, c->unit);
	if (c->group == CR2_BENCH_MEMORY)
		rich_keep(&cells[2], INK_PLAIN, "%.1f bytes", c->bytes);
	else
		add_figure(&cells[2], &c->model);
	if (c->group < CR2_BENCH_MEMORY) {
		add_figure(&cells[3], &c->beside);
		if (cr2_bench_ratio(c) > 0)
			rich_number(&cells[4], INK_PLAIN, cr2_bench_ratio(c));
	}
	add_verdict(&cells[5], c);
}

static void add_head(struct grid *grid, const char *beside)
{
	const char *words[] = {"case", "a", "model", beside, beside[0] ? "ratio" : "", "target"};
	struct rich *cells = grid_row(grid);

	for (size_t i = 0; cells && i < CR2_ARRAY_SIZE(words); i++)
		rich_add(&cells[i], INK_DIM, words[i]);
}

static int table(const struct cr2_bench_report *report, enum cr2_bench_group group,
		 const char *heading, const char *beside, const struct cr2_style *style,
		 struct cr2_text *text)
{
	struct grid grid = {.columns = 6, .at = INDENT};
	int r = bench_heading(text, style, heading);

	add_head(&grid, beside);
	for (size_t i = 0; i < report->n; i++)
		if (report->cases[i].group == group)
			add_row(&grid, &report->cases[i]);
	if (r < 0)
		grid.error = r;
	return grid_draw(&grid, style, text);
}

static int title(const struct cr2_bench_report *report, const struct cr2_style *style,
		 struct cr2_text *text)
{
	struct rich line = {0};
	int r;

	rich_add(&line, INK_BOLD, "cr2 bench model");
	rich_printf(&line, INK_PLAIN, ": model %s beside Linux %s on CPU %d, medians of %u rounds, "
		    "± half the distance of the quartiles", report->profile, report->kernel,
		    report->cpu, report->rounds);
	r = rich_paragraph(text, style, 0, &line);
	rich_finish(&line);
	return r;
}

int cr2_view_bench(const struct cr2_bench_report *report, const struct cr2_style *style,
		   struct cr2_text *text)
{
	static const struct {
		enum cr2_bench_group group;
		const char *heading, *beside;
	} tables[] = {
		{CR2_BENCH_FAULTS, "Faults and pages, ns each", "kernel"},
		{CR2_BENCH_ACCESSES, "Accesses, ns each", "CPU"},
		{CR2_BENCH_OBSERVER, "Observing faults, ns added for each callback", "callback alone"},
		{CR2_BENCH_MEMORY, "Host memory of a resident page without distinct bytes", ""},
		{CR2_BENCH_COPIES, "A copy of a model that holds so many of these, ns", ""},
	};
	int r = title(report, style, text);

	for (size_t i = 0; r == 0 && i < CR2_ARRAY_SIZE(tables); i++)
		r = table(report, tables[i].group, tables[i].heading, tables[i].beside, style, text);
	if (r == 0)
		r = bench_growth(report, CR2_BENCH_SPACE, style, text);
	if (r == 0)
		r = bench_growth(report, CR2_BENCH_VMAS, style, text);
	return r < 0 ? r : table(report, CR2_BENCH_GROWTH, "Large scenarios, ns each", "", style, text);
}
