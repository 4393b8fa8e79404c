/* SPDX-License-Identifier: MIT */
/* The clock, the CPU, and what a series of rounds comes to. */
#include <errno.h>
#include <sched.h>
#include <stdlib.h>
#include <time.h>

#include <cr2/base.h>

#include "bench/measure.h"

double bench_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
	return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

int bench_pin(int *ret_cpu)
{
	int cpu = sched_getcpu();
	cpu_set_t set;

	if (cpu < 0)
		return -errno;
	CPU_ZERO(&set);
	CPU_SET((size_t)cpu, &set);
	if (sched_setaffinity(0, sizeof(set), &set) < 0)
		return -errno;
	*ret_cpu = cpu;
	return 0;
}

int bench_series_add(struct bench_series *series, double value)
{
	int r = cr2_grow(&series->values, &series->capacity, series->n + 1, sizeof(*series->values));

	if (r == 0)
		series->values[series->n++] = value;
	return r;
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* The value that a part of the series does not reach. */
static double quantile(const struct bench_series *series, double part)
{
	double at = part * (double)(series->n - 1);
	size_t i = (size_t)at;
	double rest = at - (double)i;

	if (i + 1 == series->n)
		return series->values[i];
	return series->values[i] * (1 - rest) + series->values[i + 1] * rest;
}

struct cr2_bench_figure bench_series_figure(struct bench_series *series)
{
	if (series->n == 0)
		return (struct cr2_bench_figure){0};
	qsort(series->values, series->n, sizeof(*series->values), compare);
	return (struct cr2_bench_figure){
		.n = series->n,
		.min = quantile(series, 0),
		.low = quantile(series, 0.25),
		.median = quantile(series, 0.5),
		.high = quantile(series, 0.75),
		.max = quantile(series, 1),
	};
}

void bench_series_finish(struct bench_series *series)
{
	free(series->values);
	*series = (struct bench_series){0};
}
