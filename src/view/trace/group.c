/* SPDX-License-Identifier: MIT */
/* Counts alike, added up. */
#include "view/trace/group.h"

void count_add(struct cr2_trace_count *sum, const struct cr2_trace_count *more)
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

int count_compare(const struct cr2_trace_count *a, const struct cr2_trace_count *b, unsigned by)
{
	if ((by & CR2_VIEW_BY_PROCESS) && a->who != b->who)
		return a->who < b->who ? -1 : 1;
	if ((by & CR2_VIEW_BY_PATH) && a->path != b->path)
		return a->path < b->path ? -1 : 1;
	return by & CR2_VIEW_BY_MAPPING ? (int)a->mapping - (int)b->mapping : 0;
}
