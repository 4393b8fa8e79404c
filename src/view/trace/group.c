/* SPDX-License-Identifier: MIT */
/* In which order counts stand that are to be added up. */
#include "view/trace/group.h"

int count_compare(const struct cr2_trace_count *a, const struct cr2_trace_count *b, unsigned by)
{
	if ((by & CR2_VIEW_BY_PROCESS) && a->who != b->who)
		return a->who < b->who ? -1 : 1;
	if ((by & CR2_VIEW_BY_PATH) && a->path != b->path)
		return a->path < b->path ? -1 : 1;
	return by & CR2_VIEW_BY_MAPPING ? (int)a->mapping - (int)b->mapping : 0;
}
