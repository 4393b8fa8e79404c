/* SPDX-License-Identifier: MIT */
/*
 * The two sides of a comparison. A case is one function a side: it runs a round, puts back
 * what it changed, and tells what a unit of work cost. They do the same, operation by operation.
 */
#ifndef BENCH_SIDE_H
#define BENCH_SIDE_H

#include <sys/types.h>

#include <cr2/model.h>

#include "bench.h"

struct bench_sides;
struct bench_item;

/* 0, a negative errno, or -EOPNOTSUPP: not available here, item->absent says why. */
typedef int bench_fn(struct bench_sides *sides, struct bench_item *item, double *ret_ns);

struct bench_item {
	enum cr2_bench_group group;
	const char *name;
	const char *unit;
	bench_fn *model, *beside; /* beside NULL: nothing is like it */
	uint64_t size; /* growth, copies: GiB, mappings, pages or names; file_read: pages of fault-around */
	double ratio_wanted;
	/* While it runs. */
	const char *absent;
	struct bench_series model_series, beside_series;
	struct cr2_model *model_state; /* growth: mappings stay from round to round */
	uint8_t *kernel_state; /* the same, of kernel_bytes */
	uint64_t kernel_bytes;
};

struct bench_sides {
	const struct bench_plan *plan;
	struct cr2_model *model;
	uint32_t n_processes; /* of the model: numbers are never used again */
	uint32_t *order; /* the first plan->growth_pages numbers, shuffled */
	bool counting; /* warm-up is over */
	int memfd; /* plan->pages pages of tmpfs, resident; -1: none */
	pid_t child; /* where what is beside the model runs (beside.c) */
	int to_child, from_child; /* -1: none */
};

/* Starts it; list is copied as it is now. Returns 0 or a negative errno. */
int bench_beside_start(struct bench_sides *sides, struct bench_item *list);
/* A round of item, one of list: as bench_fn. */
int bench_beside_run(struct bench_sides *sides, const struct bench_item *list,
		     struct bench_item *item, double *ret_ns);
void bench_beside_finish(struct bench_sides *sides);

/* Where a model's mapping lies in every case. */
#define BENCH_BASE 0x100000000000ULL

/* One operation of a model that has to succeed, and one that maps anonymous memory, read-write. */
int bench_call(struct cr2_model *m, const struct cr2_op *op);
int bench_call_map(struct cr2_model *m, uint64_t address, uint64_t bytes, uint32_t flags);

bench_fn model_anon_alloc, model_anon_zero, model_wp_copy, model_wp_reuse, model_file_read,
	model_fork, model_munmap, model_tlb_hit, model_tlb_hit_op, model_walk, model_observer, model_space,
	model_vmas;
bench_fn kernel_anon_alloc, kernel_anon_zero, kernel_wp_copy, kernel_wp_reuse, kernel_file_read,
	kernel_fork, kernel_munmap, kernel_space, kernel_vmas;
bench_fn model_maps_down, model_pageout, model_far_touch, model_names, model_run_maps,
	model_run_forks, model_run_writes, model_run_beside; /* nothing beside them */
bench_fn model_copy_pages, model_copy_processes, model_copy_mappings, model_copy_slots,
	model_copy_files; /* nor these */
bench_fn native_tlb_hit, native_walk, native_observer;

/* Bytes of host memory a resident page, page tables aside. Returns 0 or a negative errno. */
int model_memory(const struct bench_plan *plan, double *ret_bytes, const char **ret_absent);

/* What a TLB hit is measured on: pages that both TLBs hold, each at another line of the cache. */
#define HIT_PAGES 64
#define HIT_ACCESSES 100000
#define HIT_OFFSET(i) ((i) % HIT_PAGES * (CR2_PAGE_SIZE + 64))
/* Forks copy this many times the pages of another case: the difference to a bare fork is taken. */
#define FORK_TIMES 2

#endif
