/* SPDX-License-Identifier: MIT */
/* Measuring: a clock, one CPU, and series of rounds whose medians and spread are reported. */
#ifndef BENCH_MEASURE_H
#define BENCH_MEASURE_H

#include <cr2/bench.h>

/* Nanoseconds that this thread has run: what others run meanwhile does not count. */
double bench_now(void);
/* Keeps this thread on the CPU it is on. Returns 0 or a negative errno. */
int bench_pin(int *ret_cpu);

/* One number a round. */
struct bench_series {
	size_t n, capacity;
	double *values;
};

int bench_series_add(struct bench_series *series, double value); /* 0 or -ENOMEM */
/* Sorts the series. */
struct cr2_bench_figure bench_series_figure(struct bench_series *series);
void bench_series_finish(struct bench_series *series);

#endif
