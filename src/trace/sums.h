/* SPDX-License-Identifier: MIT */
/* The counts of faults alike, as the BPF programs keep them: a number a CPU, which are added up here. */
#ifndef TRACE_SUMS_H
#define TRACE_SUMS_H

#include <cr2/trace.h>

struct sums {
	int all, each; /* the maps: of all by trace_kind(), or of each by itself; -1: not kept */
	int cpus;
	struct cr2_trace_counts folded; /* of those that are gone: rows of nobody, sorted */
};

/* Both return 0 or a negative errno. */
int sums_read(struct sums *sums, struct cr2_trace_counts *counts);
int sums_fold(struct sums *sums, const struct cr2_trace_counts *seen, cr2_trace_gone_fn *gone, void *data);
/* Of each control group and path; those that are gone are left out from then on. */
int sums_durations(int fd, int cpus, struct cr2_trace_durations **ret_items, size_t *ret_n);
void sums_forget_durations(int fd, cr2_trace_gone_fn *gone, void *data);
void sums_finish(struct sums *sums);

#endif
