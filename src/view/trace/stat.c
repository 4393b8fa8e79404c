/* SPDX-License-Identifier: MIT */
/* What was counted of a program's faults: a row a path, the dearest first, then the books. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include <cr2/view_trace.h>

#include "record/json.h"
#include "view/draw/grid.h"
#include "view/draw/quantity.h"
#include "view/trace/amount.h"
#include "view/trace/books.h"
#include "view/trace/group.h"
#include "view/trace/own.h"

/* With what qsort() has no argument for. Rows are by path at least. */
struct row {
	struct cr2_trace_count count;
	unsigned by;
};

/* Equal rows stand together, so that they become one. */
static int compare_keys(const void *left, const void *right)
{
	const struct row *a = left, *b = right;

	return count_compare(&a->count, &b->count, a->by);
}

static int compare_times(const void *left, const void *right)
{
	const struct row *a = left, *b = right;

	if (a->count.ns != b->count.ns)
		return a->count.ns < b->count.ns ? 1 : -1;
	return compare_keys(left, right);
}

/* Returns how many rows there are, or -ENOMEM. */
static ssize_t make_rows(const struct cr2_view_stat *stat, struct row **ret_rows)
{
	struct row *rows = calloc(stat->counts->n + 1, sizeof(*rows));
	size_t n = 0;

	if (!rows)
		return -ENOMEM;
	for (size_t i = 0; i < stat->counts->n; i++)
		rows[i] = (struct row){stat->counts->items[i], stat->by | CR2_VIEW_BY_PATH};
	qsort(rows, stat->counts->n, sizeof(*rows), compare_keys);
	for (size_t i = 0; i < stat->counts->n; i++)
		if (n && compare_keys(&rows[n - 1], &rows[i]) == 0)
			cr2_trace_count_add(&rows[n - 1].count, &rows[i].count);
		else
			rows[n++] = rows[i];
	qsort(rows, n, sizeof(*rows), compare_times);
	*ret_rows = rows;
	return (ssize_t)n;
}

static struct cr2_trace_count total_of(const struct cr2_trace_counts *counts, int kernel, int major)
{
	struct cr2_trace_count total = {0};

	for (size_t i = 0; i < counts->n; i++)
		if ((kernel < 0 || counts->items[i].kernel == kernel) &&
		    (major < 0 || counts->items[i].major == major))
			cr2_trace_count_add(&total, &counts->items[i]);
	return total;
}

static void add_heading(struct grid *grid)
{
	static const char *const words[] = {"path", "  faults", "time", "p50", "p99", "what happens"};
	struct rich *cells = grid_row(grid);

	for (size_t i = 0; cells && i < CR2_ARRAY_SIZE(words); i++)
		rich_keep(&cells[i], INK_DIM, "%s", words[i]);
}

/* What the row is told apart by. */
static void add_name(struct rich *cell, const struct cr2_view_stat *stat, const struct row *row)
{
	if (row->by & CR2_VIEW_BY_PROCESS) {
		const char *name = stat->name ? stat->name(stat->data, row->count.who) : NULL;

		rich_keep(cell, INK_PLAIN, "%" PRIu64 " ", row->count.who);
		rich_keep(cell, INK_PLAIN, "%s%s", name ? name : "", name ? " " : "");
	}
	rich_keep(cell, INK_NAME, "%s", cr2_path_name(row->count.path));
	if (row->by & CR2_VIEW_BY_MAPPING)
		rich_keep(cell, INK_PLAIN, " %s", cr2_trace_mapping_name(row->count.mapping));
}

static void add_row(struct grid *grid, const struct cr2_view_stat *stat, const struct row *row)
{
	const struct cr2_trace_quantiles *q = &stat->counts->paths[row->count.path];
	struct rich *cells = grid_row(grid);

	if (!cells)
		return;
	add_name(&cells[0], stat, row);
	rich_keep(&cells[1], INK_PLAIN, "%8" PRIu64, row->count.n);
	rich_time(&cells[2], INK_PLAIN, (double)row->count.ns);
	/* Quantiles are kept by path alone. */
	if (row->by == CR2_VIEW_BY_PATH) {
		rich_time(&cells[3], INK_PLAIN, (double)q->p50);
		rich_time(&cells[4], INK_PLAIN, (double)q->p99);
	}
	rich_add(&cells[5], INK_DIM, cr2_path_sentence(row->count.path));
}

static void say_title(struct rich *line, const struct cr2_view_stat *stat)
{
	struct cr2_trace_count all = total_of(stat->counts, -1, -1);

	rich_add(line, INK_BOLD, stat->title);
	rich_keep(line, INK_PLAIN, ": %" PRIu64 " fault%s in ", all.n, all.n == 1 ? "" : "s");
	rich_time(line, INK_PLAIN, (double)stat->elapsed_ns);
	rich_add(line, INK_PLAIN, ", which took ");
	rich_time(line, INK_PLAIN, (double)all.ns);
	if (stat->cpu_ns) {
		rich_keep(line, INK_PLAIN, ": %.0f %% of ", (double)all.ns * 100 / (double)stat->cpu_ns);
		rich_time(line, INK_PLAIN, (double)stat->cpu_ns);
		rich_add(line, INK_PLAIN, " of CPU time");
	}
	if (stat->counts->all.n) {
		rich_add(line, INK_PLAIN, "; p50 ");
		rich_time(line, INK_PLAIN, (double)stat->counts->all.p50);
		rich_add(line, INK_PLAIN, ", p99 ");
		rich_time(line, INK_PLAIN, (double)stat->counts->all.p99);
		rich_add(line, INK_PLAIN, ", longest ");
		rich_time(line, INK_PLAIN, (double)stat->counts->all.longest);
	}
}

static void say_kinds(struct rich *line, const struct cr2_trace_counts *counts)
{
	struct cr2_trace_count all = total_of(counts, -1, -1);

	rich_keep(line, INK_PLAIN, "%" PRIu64 " minor, %" PRIu64 " major; ",
		  total_of(counts, -1, false).n, total_of(counts, -1, true).n);
	rich_keep(line, INK_PLAIN, "%" PRIu64 " in user mode, %" PRIu64 " in kernel mode; ",
		  total_of(counts, false, -1).n, total_of(counts, true, -1).n);
	view_bytes(line, all.zeroed);
	rich_keep(line, INK_PLAIN, " zeroed, ");
	view_bytes(line, all.copied);
	rich_keep(line, INK_PLAIN, " copied; %" PRIu64 " of 2 MiB, %" PRIu64 " of large folios", all.huge,
		  all.large);
	if (counts->signals)
		rich_keep(line, INK_WARN, "; %" PRIu64 " ended in a signal", counts->signals);
}

static int draw_line(struct rich *line, unsigned at, const struct cr2_style *style,
		     struct cr2_text *text)
{
	int r = rich_paragraph(text, style, at, line);

	rich_finish(line);
	return r;
}

int cr2_view_stat(const struct cr2_view_stat *stat, const struct cr2_style *style,
		  struct cr2_text *text)
{
	struct grid grid = {.columns = 6, .at = 2};
	struct rich line = {0};
	struct row *rows;
	ssize_t n;
	int r;

	if (stat->counts->source == CR2_TRACE_SOURCE_PERF)
		return view_own_stat(stat, style, text);
	n = make_rows(stat, &rows);
	if (n < 0)
		return (int)n;
	say_title(&line, stat);
	r = draw_line(&line, 0, style, text);
	if (n)
		add_heading(&grid);
	for (ssize_t i = 0; i < n; i++)
		add_row(&grid, stat, &rows[i]);
	if (r == 0)
		r = cr2_text_append(text, "\n");
	if (r == 0 && n)
		r = grid_draw(&grid, style, text);
	grid_finish(&grid);
	free(rows);
	line = (struct rich){0};
	say_kinds(&line, stat->counts);
	rich_break(&line);
	view_books(&line, stat->counts);
	if (r == 0 && n)
		r = cr2_text_append(text, "\n");
	return r == 0 ? draw_line(&line, 2, style, text) : (rich_finish(&line), r);
}

static double per_second(const struct cr2_view_stat *stat, uint64_t n)
{
	return stat->elapsed_ns ? (double)n * 1e9 / (double)stat->elapsed_ns : 0;
}

static void say_interval(struct rich *line, const struct cr2_view_stat *stat, uint64_t t)
{
	struct cr2_trace_count all = total_of(stat->counts, -1, -1);

	rich_keep(line, INK_BOLD, "%.3f s", (double)t / 1e9);
	rich_keep(line, INK_PLAIN, ": %" PRIu64 " fault%s, ", all.n, all.n == 1 ? "" : "s");
	rich_number(line, INK_PLAIN, per_second(stat, all.n));
	rich_add(line, INK_PLAIN, " a second");
	if (stat->counts->source != CR2_TRACE_SOURCE_PERF) {
		rich_add(line, INK_PLAIN, ", which took ");
		rich_time(line, INK_PLAIN, (double)all.ns);
	}
	if (stat->counts->lost)
		rich_keep(line, INK_BAD, "; %" PRIu64 " lost", stat->counts->lost);
}

int cr2_view_stat_interval(const struct cr2_view_stat *stat, uint64_t t, const struct cr2_style *style,
			   struct cr2_text *text)
{
	struct grid grid = {.columns = 4, .at = 2};
	struct rich line = {0};
	struct row *rows;
	ssize_t n = make_rows(stat, &rows);
	int r;

	if (n < 0)
		return (int)n;
	say_interval(&line, stat, t);
	r = draw_line(&line, 0, style, text);
	for (ssize_t i = 0; i < n; i++) {
		struct rich *cells = grid_row(&grid);

		if (!cells)
			break;
		add_name(&cells[0], stat, &rows[i]);
		rich_keep(&cells[1], INK_PLAIN, "%8" PRIu64, rows[i].count.n);
		rich_number(&cells[2], INK_PLAIN, per_second(stat, rows[i].count.n));
		rich_keep(&cells[2], INK_DIM, "/s");
		if (stat->counts->source != CR2_TRACE_SOURCE_PERF)
			rich_time(&cells[3], INK_PLAIN, (double)rows[i].count.ns);
	}
	if (r == 0 && n)
		r = grid_draw(&grid, style, text);
	grid_finish(&grid);
	free(rows);
	return r;
}

/* ---- for programs ---- */

/* What perf events do not tell is null. */
static void set_known(const struct cr2_view_stat *stat, json_t *o, const char *key, uint64_t n)
{
	json_object_set_new(o, key, stat->counts->source == CR2_TRACE_SOURCE_PERF ? json_null() :
			    json_integer((json_int_t)n));
}

/* t: NULL in the rows of all. */
static int row_json(const struct cr2_view_stat *stat, const struct cr2_trace_count *count,
		    const uint64_t *t, struct cr2_text *text)
{
	json_t *o = json_object();

	json_object_set_new(o, KEY(KIND), json_string(t ? "interval" : "row"));
	if (t)
		json_object_set_new(o, KEY(T), view_json_seconds(*t));
	if (stat->by & CR2_VIEW_BY_PROCESS)
		view_json_set(o, KEY(PID), count->who);
	json_object_set_new(o, KEY(PATH), json_string(cr2_path_name(count->path)));
	json_object_set_new(o, KEY(MAPPING), json_string(cr2_trace_mapping_name(count->mapping)));
	json_object_set_new(o, KEY(MODE), json_string(count->kernel ? "kernel" : "user"));
	view_json_set(o, KEY(COUNT), count->n);
	view_json_set(o, KEY(MAJOR), count->major ? count->n : 0);
	set_known(stat, o, KEY(NS), count->ns);
	if (!t)
		set_known(stat, o, KEY(MAX), count->longest_ns);
	set_known(stat, o, KEY(ZEROED), count->zeroed);
	set_known(stat, o, KEY(COPIED), count->copied);
	return view_json_line(o, text);
}

int cr2_view_stat_interval_json(const struct cr2_view_stat *stat, uint64_t t, struct cr2_text *text)
{
	int r = 0;

	for (size_t i = 0; i < stat->counts->n && r == 0; i++)
		r = row_json(stat, &stat->counts->items[i], &t, text);
	return r;
}

int cr2_view_stat_json(const struct cr2_view_stat *stat, struct cr2_text *text)
{
	const struct cr2_trace_counts *c = stat->counts;
	json_t *o;
	int r = 0;

	for (size_t i = 0; i < c->n && r == 0; i++)
		r = row_json(stat, &c->items[i], NULL, text);
	if (r < 0)
		return r;
	o = json_object();
	json_object_set_new(o, KEY(KIND), json_string("summary"));
	view_books_json(o, c);
	view_json_set(o, KEY(ELAPSED_NS), stat->elapsed_ns);
	if (stat->cpu_ns)
		view_json_set(o, KEY(CPU_NS), stat->cpu_ns);
	set_known(stat, o, KEY(P50), c->all.p50);
	set_known(stat, o, KEY(P99), c->all.p99);
	set_known(stat, o, KEY(MAX), c->all.longest);
	json_object_set_new(o, KEY(SOURCE), json_string(c->source == CR2_TRACE_SOURCE_PERF ? "perf" : "bpf"));
	return view_json_line(o, text);
}
