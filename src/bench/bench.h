/* SPDX-License-Identifier: MIT */
/* Benchmarks: what the program may ask for. */
#ifndef BENCH_H
#define BENCH_H

#include <stdbool.h>

#include "bench/measure.h"

struct bench_plan {
	unsigned warmup; /* rounds that are not counted */
	unsigned rounds;
	uint64_t pages; /* touched in a round of a fault case */
	uint64_t growth_pages; /* the same where cost grows with size; more than a TLB has entries */
	uint64_t memory_pages; /* resident in the model when its memory is measured */
	uint64_t largest; /* copies and scenarios beyond this size are left out */
	/* Told before each round, if not NULL. */
	void (*progress)(unsigned round, unsigned rounds);
};

void bench_plan_init(struct bench_plan *plan, bool quick);

/*
 * The model beside this machine's kernel, round by round in turn, on one CPU.
 * Returns 0 or a negative errno.
 */
int bench_model(const struct bench_plan *plan, struct cr2_bench_report *ret_report);

#endif
