/* SPDX-License-Identifier: MIT */
/*
 * What faults cost: a row a case, each with its place on a logarithmic axis that all tables
 * share. Thin lines reach from the fastest to the slowest round, thick ones hold the middle half.
 */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "bench.h"

#define INDENT 2
#define NAME 16 /* columns of the longest case's name */
#define VALUE 18 /* "1.23 µs ±10% /fault" at most */
#define AXIS_AT (INDENT + NAME + 2 + VALUE + 2)
#define SCALE_LEAST 8 /* columns of a decade that is labelled; else every other one is */
#define AXIS_MOST 60 /* columns */

/* Whole decades that hold all that was measured. */
struct axis {
	int first; /* power of ten, ns */
	int decades;
	unsigned columns; /* of all */
};

static struct axis make_axis(const struct cr2_calibration *c, unsigned width)
{
	double min = INFINITY, max = 1;
	struct axis axis;

	for (size_t i = 0; i < c->n; i++) {
		const struct cr2_bench_figure *f = &c->costs[i].ns;

		if (!f->n)
			continue;
		min = f->min > 0 && f->min < min ? f->min : min;
		max = f->max > max ? f->max : max;
	}
	axis.first = isfinite(min) ? (int)floor(log10(min)) : 0;
	axis.decades = (int)ceil(log10(max)) - axis.first;
	axis.decades = axis.decades < 1 ? 1 : axis.decades;
	axis.columns = width > AXIS_AT + 20 ? width - AXIS_AT : 20;
	axis.columns = axis.columns > AXIS_MOST ? AXIS_MOST : axis.columns;
	axis.columns -= axis.columns % (unsigned)axis.decades;
	if (!axis.columns) /* more decades than columns */
		axis.columns = (unsigned)axis.decades;
	return axis;
}

static unsigned place(const struct axis *axis, double ns)
{
	double at = ns > 0 ? (log10(ns) - axis->first) / axis->decades * axis->columns : 0;

	if (at < 0)
		at = 0;
	return at < axis->columns ? (unsigned)at : axis->columns - 1;
}

static void add_range(struct rich *cell, const struct cr2_style *style, const struct axis *axis,
		      const struct cr2_bench_figure *f)
{
	unsigned min = place(axis, f->min), low = place(axis, f->low), high = place(axis, f->high);
	unsigned median = place(axis, f->median), max = place(axis, f->max);

	rich_pad(cell, style, min);
	for (unsigned i = min; i <= max; i++)
		if (i == median)
			rich_add(cell, INK_BOLD, "┃");
		else
			rich_add(cell, INK_DIM, i >= low && i <= high ? "━" : "─");
}

/* "10 ns", "1 µs", "100 ms" */
static void add_power(struct rich *cell, int power)
{
	static const char *const units[] = {"ns", "µs", "ms", "s"};
	static const char *const numbers[] = {"1", "10", "100"};

	if (power < 0)
		rich_keep(cell, INK_DIM, "%g ns", pow(10, power));
	else
		rich_keep(cell, INK_DIM, "%s %s", numbers[power % 3], units[power / 3 < 3 ? power / 3 : 3]);
}

static int draw_scale(const struct axis *axis, const struct cr2_style *style, struct cr2_text *text)
{
	const struct slot slots[] = {{INDENT, NAME + VALUE}, {AXIS_AT, axis->columns + 8}};
	struct rich cells[2] = {0};
	unsigned decade = axis->columns / (unsigned)axis->decades;
	int r;

	for (int i = 0; i <= axis->decades; i += decade < SCALE_LEAST ? 2 : 1) {
		rich_pad(&cells[1], style, decade * (unsigned)i);
		if (i < axis->decades || style->width >= AXIS_AT + axis->columns + 8)
			add_power(&cells[1], axis->first + i);
	}
	r = rich_row(text, style, 2, slots, cells);
	rich_finish(&cells[0]);
	rich_finish(&cells[1]);
	return r;
}

static void add_value(struct rich *cell, const struct cr2_cost *cost)
{
	double half = (cost->ns.high - cost->ns.low) / 2;

	if (!cost->ns.n) {
		rich_add(cell, INK_DIM, "not measured");
		return;
	}
	rich_time(cell, INK_PLAIN, cost->ns.median);
	rich_keep(cell, INK_DIM, " ±%.0f%%",
		  cost->ns.median > 0 ? half * 100 / cost->ns.median : 0);
	if (strcmp(cost->unit, "fault") != 0 && strcmp(cost->unit, "signal") != 0)
		rich_keep(cell, INK_DIM, " /%s", cost->unit);
}

static int draw_cost(const struct cr2_cost *cost, const struct axis *axis,
		     const struct cr2_style *style, struct cr2_text *text)
{
	const struct slot slots[] = {
		{INDENT, NAME}, {INDENT + NAME + 2, VALUE}, {AXIS_AT, axis->columns},
	};
	struct rich cells[3] = {0};
	int r;

	rich_add(&cells[0], INK_NAME, cost->name);
	add_value(&cells[1], cost);
	if (cost->ns.n)
		add_range(&cells[2], style, axis, &cost->ns);
	r = rich_row(text, style, 3, slots, cells);
	for (size_t i = 0; i < CR2_ARRAY_SIZE(cells); i++)
		rich_finish(&cells[i]);
	return r;
}

/* Why there is no figure, what was left out of one, or what to know of it. */
static int draw_note(const struct cr2_cost *cost, const struct cr2_style *style,
		     struct cr2_text *text)
{
	struct rich line = {.hang = 2};
	int r = 0;

	rich_keep(&line, INK_NAME, "%s", cost->name);
	if (cost->refused)
		rich_printf(&line, INK_WARN, ": %u rounds do not count: %s", cost->refused, cost->note);
	else
		rich_printf(&line, cost->ns.n ? INK_DIM : INK_WARN, ": %s", cost->note);
	if (cost->note[0])
		r = rich_paragraph(text, style, INDENT, &line);
	rich_finish(&line);
	return r;
}

static int table(const struct cr2_calibration *c, enum cr2_cost_group group,
		 const struct axis *axis, const struct cr2_style *style, struct cr2_text *text)
{
	bool begun = false;
	int r = 0;

	for (size_t i = 0; r == 0 && i < c->n; i++) {
		if (c->costs[i].group != group)
			continue;
		if (!begun)
			r = bench_heading(text, style, cr2_cost_group_heading(group));
		if (r == 0 && !begun)
			r = draw_scale(axis, style, text);
		begun = true;
		if (r == 0)
			r = draw_cost(&c->costs[i], axis, style, text);
	}
	for (size_t i = 0; r == 0 && i < c->n; i++)
		if (c->costs[i].group == group)
			r = draw_note(&c->costs[i], style, text);
	return r;
}

static size_t most_rounds(const struct cr2_calibration *c)
{
	size_t most = 0;

	for (size_t i = 0; i < c->n; i++)
		most = c->costs[i].ns.n > most ? c->costs[i].ns.n : most;
	return most;
}

static int title(const struct cr2_calibration *c, const struct cr2_style *style,
		 struct cr2_text *text)
{
	struct rich line = {0};
	int r;

	rich_add(&line, INK_BOLD, "cr2 bench");
	rich_printf(&line, INK_PLAIN, ": what faults cost on this machine, medians of %zu rounds, "
		    "± half the distance of the quartiles", most_rounds(c));
	rich_break(&line);
	rich_printf(&line, INK_PLAIN, "%s, %u core%s, Linux %s", c->machine.cpu, c->machine.cores,
		    c->machine.cores == 1 ? "" : "s", c->machine.kernel);
	rich_break(&line);
	rich_add(&line, INK_DIM, "each line from the fastest to the slowest round: ━ the middle half of "
		 "them, ┃ the median");
	rich_break(&line);
	rich_printf(&line, INK_DIM, "meanwhile: load %.1f, others ran here %llu times, a hypervisor took "
		    "%.1f%% of the time", c->load, (unsigned long long)c->preempted, c->stolen * 100);
	r = rich_paragraph(text, style, 0, &line);
	rich_finish(&line);
	return r;
}

int cr2_view_costs(const struct cr2_calibration *calibration, const struct cr2_style *style,
		   struct cr2_text *text)
{
	struct axis axis = make_axis(calibration, style->width);
	int r = title(calibration, style, text);

	for (int group = 0; r == 0 && group < CR2_COST_GROUPS; group++)
		r = table(calibration, (enum cr2_cost_group)group, &axis, style, text);
	return r;
}
