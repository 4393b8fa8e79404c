/* SPDX-License-Identifier: MIT */
/* Counts outside, clock inside: reading the counts costs system calls. */
#include <linux/perf_event.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "bench/measure.h"
#include "bench/meter.h"
#include "bench/touch.h"

double bench_wall(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

int meter_open(void)
{
	struct perf_event_attr attr = {
		.type = PERF_TYPE_SOFTWARE,
		.size = sizeof(attr),
		.config = PERF_COUNT_SW_PAGE_FAULTS,
	};

	return (int)syscall(SYS_perf_event_open, &attr, 0, -1, -1, PERF_FLAG_FD_CLOEXEC);
}

static struct meter_count count(const struct meter *meter)
{
	struct meter_count now = {0};
	struct rusage usage;

	if (getrusage(RUSAGE_THREAD, &usage) == 0) {
		now.minor = (uint64_t)usage.ru_minflt;
		now.major = (uint64_t)usage.ru_majflt;
	}
	now.has_exceptions = meter->perf >= 0 &&
		read(meter->perf, &now.exceptions, sizeof(now.exceptions)) ==
		(ssize_t)sizeof(now.exceptions);
	return now;
}

static double clock_now(const struct meter *meter)
{
	return meter->wall ? bench_wall() : bench_now();
}

/* Warm up first: after a fork each page that this writes is shared, and faults once. */
void meter_start(struct meter *meter)
{
	bench_own_sequences();
	for (int i = 0; i < 2; i++) {
		meter->before = count(meter);
		meter->start = clock_now(meter);
	}
}

double meter_stop(struct meter *meter, struct meter_count *ret_count)
{
	double ns = clock_now(meter) - meter->start;
	struct meter_count now = count(meter);

	*ret_count = (struct meter_count){
		.minor = now.minor - meter->before.minor,
		.major = now.major - meter->before.major,
		.exceptions = now.exceptions - meter->before.exceptions,
		.has_exceptions = now.has_exceptions && meter->before.has_exceptions,
	};
	return ns;
}
