/* SPDX-License-Identifier: MIT */
/* cr2 top: what was counted since the last reading, in the rows that are to be seen. */
#include <errno.h>
#include <math.h>
#include <signal.h>
#include <stdlib.h>

#include "top.h"

static bool has_ended(void *data, uint64_t pid)
{
	(void)data;
	return kill((pid_t)pid, 0) < 0 && errno == ESRCH;
}

/* What was added up of those that have ended came before. */
static void leave_out_ended(struct cr2_trace_counts *counts)
{
	size_t n = 0;

	for (size_t i = 0; i < counts->n; i++)
		if (counts->items[i].who)
			counts->items[n++] = counts->items[i];
	counts->n = n;
}

int top_read(struct top *top)
{
	struct cr2_trace_counts now, since;
	int r = cr2_trace_read(top->traced.trace, &now);

	if (r < 0)
		return r;
	cr2_trace_counts_sort(&now);
	r = cr2_trace_counts_since(&now, &top->now, &since);
	if (r < 0) {
		cr2_trace_counts_finish(&now);
		return r;
	}
	leave_out_ended(&since);
	cr2_trace_counts_finish(&top->before);
	cr2_trace_counts_finish(&top->since);
	top->before = top->now;
	top->now = now;
	top->since = since;
	top->window_ns = top->traced.elapsed_ns - top->read_at;
	top->read_at = top->traced.elapsed_ns;
	top->n_readings++;
	r = cr2_trace_fold(top->traced.trace, &top->now, has_ended, NULL);
	return r < 0 ? r : top_arrange(top);
}

int top_arrange(struct top *top)
{
	struct cr2_top_row *rows;
	size_t n;
	int r;

	top->view.title = top->traced.title;
	top->view.filter = top->filter;
	top->view.counts = top->view.whole ? &top->now : &top->since;
	top->view.books = &top->now;
	top->view.elapsed_ns = top->read_at;
	top->view.window_ns = top->view.whole ? top->read_at : top->window_ns;
	r = cr2_top_rows(&top->view, &rows, &n);
	if (r < 0)
		return r;
	free(top->rows);
	top->rows = rows;
	top->n_rows = n;
	return 0;
}

int top_rest(const struct top *top)
{
	double rest = top->seconds - (double)(top->traced.elapsed_ns - top->read_at) / 1e9;

	return rest > 0 ? (int)ceil(rest * 1000) : 0;
}

bool top_wait(struct top *top, int milliseconds)
{
	if (!traced_go_on(&top->traced, milliseconds))
		top->ended = true;
	return !top->ended;
}
