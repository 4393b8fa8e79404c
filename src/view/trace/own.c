/* SPDX-License-Identifier: MIT */
/* Faults that perf events showed: a row a kind of mapping, then the books; or a line a fault. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

#include "view/draw/grid.h"
#include "view/draw/quantity.h"
#include "view/trace/books.h"
#include "view/trace/frame.h"
#include "view/trace/group.h"
#include "view/trace/own.h"

struct row {
	struct cr2_trace_count count;
	uint64_t major;
	unsigned by;
};

static int compare_keys(const void *left, const void *right)
{
	const struct row *a = left, *b = right;

	return count_compare(&a->count, &b->count, a->by);
}

static int compare_counts(const void *left, const void *right)
{
	const struct row *a = left, *b = right;

	return a->count.n < b->count.n ? 1 : a->count.n > b->count.n ? -1 : compare_keys(left, right);
}

/* Returns how many there are. */
static size_t merge(const struct cr2_view_stat *stat, struct row *rows)
{
	size_t n = 0, all = stat->counts->n;

	for (size_t i = 0; i < all; i++) {
		const struct cr2_trace_count *count = &stat->counts->items[i];

		rows[i] = (struct row){*count, count->major ? count->n : 0,
				       (stat->by & CR2_VIEW_BY_PROCESS) | CR2_VIEW_BY_MAPPING};
	}
	qsort(rows, all, sizeof(*rows), compare_keys);
	for (size_t i = 0; i < all; i++)
		if (n && compare_keys(&rows[n - 1], &rows[i]) == 0) {
			cr2_trace_count_add(&rows[n - 1].count, &rows[i].count);
			rows[n - 1].major += rows[i].major;
		} else {
			rows[n++] = rows[i];
		}
	qsort(rows, n, sizeof(*rows), compare_counts);
	return n;
}

static void add_row(struct grid *grid, const struct cr2_view_stat *stat, const struct row *row)
{
	struct rich *cells = grid_row(grid);
	const char *name;

	if (!cells)
		return;
	if (row->by & CR2_VIEW_BY_PROCESS) {
		name = stat->name ? stat->name(stat->data, row->count.who) : NULL;
		rich_keep(&cells[0], INK_PLAIN, "%" PRIu64 " %s%s", row->count.who, name ? name : "", name ? " " : "");
	}
	rich_keep(&cells[0], INK_NAME, "%s", cr2_trace_mapping_name(row->count.mapping));
	rich_keep(&cells[1], INK_PLAIN, "%8" PRIu64, row->count.n);
	rich_keep(&cells[2], row->major ? INK_WARN : INK_PLAIN, "%8" PRIu64, row->major);
	rich_add(&cells[3], INK_DIM, cr2_trace_mapping_sentence(row->count.mapping));
}

static void add_heading(struct grid *grid)
{
	static const char *const words[] = {"mapping", "  faults", "   major", "what it is"};
	struct rich *cells = grid_row(grid);

	for (size_t i = 0; cells && i < CR2_ARRAY_SIZE(words); i++)
		rich_keep(&cells[i], INK_DIM, "%s", words[i]);
}

static int draw_title(const struct cr2_view_stat *stat, const struct cr2_style *style, struct cr2_text *text)
{
	struct rich line = {0};
	int r;

	rich_add(&line, INK_BOLD, stat->title);
	rich_keep(&line, INK_PLAIN, ": %" PRIu64 " faults of user mode in ", stat->counts->recorded);
	rich_time(&line, INK_PLAIN, (double)stat->elapsed_ns);
	r = rich_paragraph(text, style, 0, &line);
	rich_finish(&line);
	return r == 0 ? cr2_text_append(text, "\n") : r;
}

static int draw_rows(const struct cr2_view_stat *stat, const struct cr2_style *style, struct cr2_text *text)
{
	struct row *rows = calloc(stat->counts->n + 1, sizeof(*rows));
	struct grid grid = {.columns = 4, .at = 2};
	size_t n;
	int r;

	if (!rows)
		return -ENOMEM;
	n = merge(stat, rows);
	if (n)
		add_heading(&grid);
	for (size_t i = 0; i < n; i++)
		add_row(&grid, stat, &rows[i]);
	r = n ? grid_draw(&grid, style, text) : 0;
	if (r == 0 && n)
		r = cr2_text_append(text, "\n");
	grid_finish(&grid);
	free(rows);
	return r;
}

int view_own_stat(const struct cr2_view_stat *stat, const struct cr2_style *style, struct cr2_text *text)
{
	struct rich line = {0};
	int r = draw_title(stat, style, text);

	if (r == 0)
		r = draw_rows(stat, style, text);
	view_books(&line, stat->counts);
	if (r == 0)
		r = rich_paragraph(text, style, 2, &line);
	rich_finish(&line);
	return r;
}

const char *view_own_access(const struct cr2_traced_fault *fault)
{
	return fault->access ? cr2_trace_access_name(fault->access) : NULL;
}

int view_own_traced(const struct cr2_traced_fault *fault, uint64_t began, const struct cr2_frame *code,
		    const struct cr2_style *style, struct cr2_text *text)
{
	struct cr2_style one_line = *style;
	const char *access = view_own_access(fault);
	uint64_t us = (fault->time - began) / 1000;
	struct rich line = {0};
	int r;

	one_line.width = 10000;
	rich_keep(&line, INK_DIM, "%" PRIu64 ".%06" PRIu64 " ", us / 1000000, us % 1000000);
	rich_keep(&line, INK_PLAIN, "%s %" PRIu64 "  ", fault->comm, fault->tid);
	rich_keep(&line, INK_NAME, "%-13s ", cr2_path_name(fault->path));
	rich_keep(&line, INK_PLAIN, "%-5s%s ", access ? access : "?", fault->major ? " major" : "");
	rich_keep(&line, INK_PLAIN, "0x%" PRIx64 " ", fault->addr);
	if (fault->name[0])
		rich_keep(&line, INK_PLAIN, "%s+0x%" PRIx64, fault->name, fault->offset + (uint64_t)(fault->addr % CR2_PAGE_SIZE));
	else
		rich_keep(&line, INK_PLAIN, "%s", cr2_trace_mapping_name(fault->mapping));
	rich_keep(&line, INK_DIM, "  ip 0x%" PRIx64, fault->ip);
	if (code) {
		rich_keep(&line, INK_PLAIN, " ");
		view_frame(&line, code);
	}
	r = rich_paragraph(text, &one_line, 0, &line);
	rich_finish(&line);
	return r;
}
