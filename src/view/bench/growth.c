/* SPDX-License-Identifier: MIT */
/* How cost grows with size: a row a size, with a bar a side, all bars of a table to one scale. */
#include "bench.h"

#define INDENT 2
#define BAR 18 /* columns of the longest bar */

/* Cost over that of the smallest size; 0: not known. */
static double growth(const struct cr2_bench_figure *figure, const struct cr2_bench_figure *first)
{
	return figure->n && first->n && first->median > 0 ? figure->median / first->median : 0;
}

struct growth_table {
	const struct cr2_bench_report *report;
	enum cr2_bench_group group;
	const struct cr2_bench_case *first; /* the smallest size */
	double most; /* the largest growth of both sides */
};

static void measure_up(struct growth_table *t)
{
	for (size_t i = 0; i < t->report->n; i++) {
		const struct cr2_bench_case *c = &t->report->cases[i];
		double model, beside;

		if (c->group != t->group)
			continue;
		t->first = t->first ? t->first : c;
		model = growth(&c->model, &t->first->model);
		beside = growth(&c->beside, &t->first->beside);
		t->most = model > t->most ? model : t->most;
		t->most = beside > t->most ? beside : t->most;
	}
}

/* Eighths of a column; what is short of a column is padded, so that numbers line up. */
static void add_bar(struct rich *cell, enum ink ink, double part)
{
	static const char *const eighths[] = {"", "▏", "▎", "▍", "▌", "▋", "▊", "▉", "█"};
	unsigned n = (unsigned)(part * BAR * 8 + 0.5);

	for (; n >= 8; n -= 8)
		rich_add(cell, ink, "█");
	rich_add(cell, ink, eighths[n]);
}

static void add_side(const struct growth_table *t, struct rich *cells, enum ink ink,
		     const struct cr2_bench_figure *figure, const struct cr2_bench_figure *first)
{
	double factor = growth(figure, first);

	if (!figure->n) {
		rich_add(&cells[0], INK_DIM, "-");
		return;
	}
	rich_number(&cells[0], INK_PLAIN, figure->median);
	rich_keep(&cells[1], INK_DIM, "×%-5.2f ", factor);
	add_bar(&cells[1], ink, t->most > 0 ? factor / t->most : 0);
}

static void add_size(struct rich *cell, const struct growth_table *t, uint64_t size)
{
	rich_keep(cell, INK_NAME, t->group == CR2_BENCH_SPACE ? "%5llu GiB" : "%6llu",
		  (unsigned long long)size);
}

static int draw(const struct growth_table *t, const struct cr2_style *style, struct cr2_text *text)
{
	const char *words[] = {t->group == CR2_BENCH_SPACE ? "address space" : "mappings", "model", "",
			       "kernel", ""};
	struct grid grid = {.columns = 5, .at = INDENT};
	struct rich *cells = grid_row(&grid);

	for (size_t i = 0; cells && i < CR2_ARRAY_SIZE(words); i++)
		rich_add(&cells[i], INK_DIM, words[i]);
	for (size_t i = 0; i < t->report->n; i++) {
		const struct cr2_bench_case *c = &t->report->cases[i];

		cells = c->group == t->group ? grid_row(&grid) : NULL;
		if (!cells)
			continue;
		add_size(&cells[0], t, c->size);
		add_side(t, &cells[1], INK_GOOD, &c->model, &t->first->model);
		add_side(t, &cells[3], INK_WARN, &c->beside, &t->first->beside);
	}
	return grid_draw(&grid, style, text);
}

int bench_growth(const struct cr2_bench_report *report, enum cr2_bench_group group,
		 const struct cr2_style *style, struct cr2_text *text)
{
	struct growth_table t = {.report = report, .group = group};
	int r = bench_heading(text, style, group == CR2_BENCH_SPACE
			      ? "The same pages spread over more address space, ns a fault"
			      : "The same pages in more mappings, ns a fault");

	measure_up(&t);
	return r < 0 || !t.first ? r : draw(&t, style, text);
}
