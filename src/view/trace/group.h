/* SPDX-License-Identifier: MIT */
/* Counts that are told apart by less than what was counted. */
#ifndef VIEW_TRACE_GROUP_H
#define VIEW_TRACE_GROUP_H

#include <cr2/view_trace.h>

/* By process, path and mapping, as far as `by` tells them apart: the order in which they are merged. */
int count_compare(const struct cr2_trace_count *a, const struct cr2_trace_count *b, unsigned by);

#endif
