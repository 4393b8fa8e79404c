/* SPDX-License-Identifier: MIT */
/* Names of ranges of numbers: of kernel functions by their addresses, of control groups by their ids. */
#ifndef RECORD_PERF_LABELS_H
#define RECORD_PERF_LABELS_H

#include "base/ordered.h"

struct labels {
	struct ordered ranges; /* of char * */
};
void labels_init(struct labels *labels);
void labels_finish(struct labels *labels);
/* What is there of the same beginning is replaced. 0 or -ENOMEM. */
int labels_put(struct labels *labels, uint64_t start, uint64_t end, const char *name, size_t n);
/* NULL: none. Valid until the table changes. */
const char *labels_get(const struct labels *labels, uint64_t number);

#endif
