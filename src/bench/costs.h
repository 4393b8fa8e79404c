/* SPDX-License-Identifier: MIT */
/*
 * What each fault path costs on this machine. A case is one function: it makes a round, that is
 * it brings about what the faults need, takes them under the meter, and puts back what it
 * changed. It says which faults it expects; a round that took others does not count.
 */
#ifndef BENCH_COSTS_H
#define BENCH_COSTS_H

#include <cr2/calibration.h>

#include <sched.h>

#include "meter.h"

struct cost_plan {
	unsigned warmup; /* rounds that are not counted */
	unsigned rounds;
	uint64_t pages; /* touched in a round */
	uint64_t many_pages; /* of fork, exit and munmap */
	uint64_t huge_pages;
	uint64_t cold_pages; /* read from the disk in a round */
	bool chosen[CR2_COSTS]; /* by index; none: all */
	/* Told before each round, if not NULL. */
	void (*progress)(unsigned round, unsigned rounds);
};

void cost_plan_init(struct cost_plan *plan, bool quick);
size_t cost_count(void);
const char *cost_name(size_t index);
const char *cost_summary(size_t index);
/* -1: no case has this name. */
int cost_find(const char *name);

/* Measures the chosen cases by turns, on one CPU. Returns 0 or a negative errno. */
int cost_measure(const struct cost_plan *plan, struct cr2_calibration *ret_calibration);

/* One round of one case: what it found, and what it should have. */
struct cost_sample {
	double ns; /* a unit */
	uint64_t units;
	struct meter_count seen;
	struct meter_count seen_after; /* of a check that is not part of the cost */
	uint64_t settled; /* faults expected, minor or major */
	uint64_t major; /* of them; UINT64_MAX: as many as there are */
	uint64_t refused; /* exceptions expected that end in a signal */
	char doubt[CR2_ARRAY_SIZE(((struct cr2_cost *)0)->note)]; /* why it is not what it should be */
};

/* What the cases share, from round to round. */
struct cost_bench {
	const struct cost_plan *plan;
	struct meter meter;
	cpu_set_t cpus; /* that this program may use */
	int memfd; /* plan->pages pages of tmpfs, resident; -1: not yet */
	int cold; /* a file of plan->cold_pages on a disk; -1: not yet */
	int zero; /* /dev/zero; -1: not yet */
	int pagemap; /* /proc/self/pagemap; -1: not available */
	uint32_t *order; /* plan->cold_pages numbers, shuffled */
	/* Of the case that runs. */
	char note[CR2_ARRAY_SIZE(((struct cr2_cost *)0)->note)];
};

/* 0, a negative errno, or -EOPNOTSUPP: not available here, bench->note says why. */
typedef int cost_fn(struct cost_bench *bench, struct cost_sample *sample);

#define X(group, name, unit, path, wall, fn, summary) cost_fn fn;
#include "bench/costs.def"
#undef X

/* Fills bench->note. Returns -EOPNOTSUPP. */
int cost_absent(struct cost_bench *bench, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
/* The round is not what it should be; the first reason stands. */
void cost_doubt(struct cost_sample *sample, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* Ends the metered work of so many units, each expected to be one minor fault. */
void cost_take(struct cost_bench *bench, uint64_t units, struct cost_sample *sample);

/* Makes bench->memfd. */
int cost_open_memfd(struct cost_bench *bench);
/*
 * The frames of n pages, 0 where not present. Returns 0, or -EPERM: it takes CAP_SYS_ADMIN.
 */
int cost_frames(const struct cost_bench *bench, const uint8_t *base, uint64_t n, uint64_t *frames);

#endif
