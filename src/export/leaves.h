/* SPDX-License-Identifier: MIT */
/* The rows of a report that no row stands below, each with all above it as one stack. */
#ifndef EXPORT_LEAVES_H
#define EXPORT_LEAVES_H

#include <cr2/export.h>

/* What stands for a function: one, or what a row is told apart by. */
struct leaf_frame {
	enum cr2_report_by by;
	const char *text;
	const struct cr2_frame *frame; /* of a function; NULL: none */
};
struct leaf {
	const struct cr2_report_row *row;
	size_t n;
	const struct leaf_frame *frames; /* the outermost first */
};
/* Calls fn for each; what it returns, if not 0, ends it. 0, -ENOMEM, or that. */
typedef int leaf_fn(void *data, const struct leaf *leaf);
int leaves_each(const struct cr2_view_report *report, leaf_fn *fn, void *data);

uint64_t leaf_value(const struct cr2_report_row *row, enum cr2_export_weight weight);

#endif
