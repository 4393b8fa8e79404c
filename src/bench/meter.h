/* SPDX-License-Identifier: MIT */
/* What a piece of work cost, and how many faults the kernel counted meanwhile. */
#ifndef BENCH_METER_H
#define BENCH_METER_H

#include <stdbool.h>
#include <stdint.h>

struct meter_count {
	uint64_t minor, major; /* settled, as getrusage counts this thread's */
	uint64_t exceptions; /* page-fault exceptions, refused ones too; 0 where has_exceptions is not */
	bool has_exceptions;
};

struct meter {
	bool wall; /* elapsed time instead of this thread's own */
	int perf; /* counts exceptions of the thread that opened it; -1: not available */
	double start;
	struct meter_count before;
};

/* Opens the count of exceptions, in user and kernel mode, for this thread. */
int meter_open(void);
double bench_wall(void);

void meter_start(struct meter *meter);
/* ns since the start; ret_count gets what was counted since. */
double meter_stop(struct meter *meter, struct meter_count *ret_count);

#endif
