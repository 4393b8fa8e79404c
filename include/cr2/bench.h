/* SPDX-License-Identifier: MIT */
/*
 * What a benchmark measured: cases, each with the cost of one unit of work in the model and
 * beside it, mostly on this machine's kernel. Costs are nanoseconds unless a name says bytes.
 */
#ifndef CR2_BENCH_H
#define CR2_BENCH_H

#include <stddef.h>
#include <stdint.h>

/* One unit's cost over all rounds; n 0: not measured. */
struct cr2_bench_figure {
	size_t n; /* rounds */
	double min, low, median, high, max; /* low and high are the quartiles */
};

enum cr2_bench_group {
	CR2_BENCH_FAULTS, /* beside it: the kernel */
	CR2_BENCH_ACCESSES, /* beside it: the CPU */
	CR2_BENCH_OBSERVER, /* beside it: what making and telling the same stages costs alone */
	CR2_BENCH_MEMORY, /* bytes of host memory a simulated page */
	CR2_BENCH_COPIES, /* size: how many the model holds; beside it: nothing */
	CR2_BENCH_SPACE, /* size: GiB of address space; beside it: the kernel */
	CR2_BENCH_VMAS, /* size: mappings; beside it: the kernel */
	CR2_BENCH_GROWTH, /* size: as the case's name says; the model alone */
	CR2_BENCH_GROUPS,
};

struct cr2_bench_case {
	enum cr2_bench_group group;
	const char *name;
	const char *unit; /* "fault", "page", "access", "callback", "copy" */
	uint64_t size; /* of a growth case; else 0 */
	struct cr2_bench_figure model, beside;
	const char *absent; /* why there is nothing beside it; NULL where there is */
	double ratio_wanted; /* at least; 0: no target */
	double bytes; /* MEMORY */
	double bytes_wanted; /* at most */
};

#define CR2_BENCH_CASES 48
struct cr2_bench_report {
	char kernel[65]; /* release */
	const char *profile; /* the model's */
	int cpu; /* all ran on this one */
	unsigned rounds;
	uint64_t pages; /* of a fault case's round */
	size_t n;
	struct cr2_bench_case cases[CR2_BENCH_CASES];
};

/* The cost beside over the model's: how many times as fast the model is. 0: not known. */
static inline double cr2_bench_ratio(const struct cr2_bench_case *c)
{
	return c->model.n && c->beside.n && c->model.median > 0 ? c->beside.median / c->model.median
								: 0;
}

#endif
