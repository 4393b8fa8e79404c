/* SPDX-License-Identifier: MIT */
/* What was counted between two readings. */
#include <errno.h>
#include <stdlib.h>

#include <cr2/trace.h>

static int compare(const void *left, const void *right)
{
	const struct cr2_trace_count *a = left, *b = right;

	if (a->who != b->who)
		return a->who < b->who ? -1 : 1;
	if (a->path != b->path)
		return a->path < b->path ? -1 : 1;
	if (a->mapping != b->mapping)
		return a->mapping < b->mapping ? -1 : 1;
	if (a->kernel != b->kernel)
		return a->kernel ? 1 : -1;
	return (int)a->major - (int)b->major;
}

void cr2_trace_count_add(struct cr2_trace_count *sum, const struct cr2_trace_count *more)
{
	sum->n += more->n;
	sum->ns += more->ns;
	if (more->longest_ns > sum->longest_ns)
		sum->longest_ns = more->longest_ns;
	sum->zeroed += more->zeroed;
	sum->copied += more->copied;
	sum->huge += more->huge;
	sum->large += more->large;
}

static void subtract(struct cr2_trace_count *count, const struct cr2_trace_count *before)
{
	count->n -= before->n;
	count->ns -= before->ns;
	count->zeroed -= before->zeroed;
	count->copied -= before->copied;
	count->huge -= before->huge;
	count->large -= before->large;
}

void cr2_trace_counts_sort(struct cr2_trace_counts *counts)
{
	if (counts->n)
		qsort(counts->items, counts->n, sizeof(*counts->items), compare);
}

const struct cr2_trace_count *cr2_trace_counts_find(const struct cr2_trace_counts *counts,
						    const struct cr2_trace_count *like)
{
	return counts->n ? bsearch(like, counts->items, counts->n, sizeof(*like), compare) : NULL;
}

int cr2_trace_counts_since(const struct cr2_trace_counts *counts, const struct cr2_trace_counts *before,
			   struct cr2_trace_counts *ret_counts)
{
	struct cr2_trace_counts since = {
		.source = counts->source,
		.recorded = counts->recorded - before->recorded,
		.kernel_counted = counts->kernel_counted - before->kernel_counted,
		.by_reference = counts->by_reference - before->by_reference,
		.lost = counts->lost - before->lost,
	};
	size_t at = 0;

	since.items = calloc(counts->n + 1, sizeof(*since.items));
	if (!since.items)
		return -ENOMEM;
	for (size_t i = 0; i < counts->n; i++) {
		struct cr2_trace_count count = counts->items[i];

		while (at < before->n && compare(&before->items[at], &count) < 0)
			at++;
		if (at < before->n && compare(&before->items[at], &count) == 0)
			subtract(&count, &before->items[at]);
		count.longest_ns = 0;
		if (count.n)
			since.items[since.n++] = count;
	}
	*ret_counts = since;
	return 0;
}

void cr2_trace_counts_finish(struct cr2_trace_counts *counts)
{
	free(counts->items);
	counts->items = NULL;
	counts->n = 0;
}
