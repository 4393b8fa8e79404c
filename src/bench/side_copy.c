/* SPDX-License-Identifier: MIT */
/* What a copy of a model costs: it should not matter what the model holds, nor how much. */
#include <errno.h>

#include <cr2/model.h>

#include "side.h"

#define COPIES 64 /* a round */

static int fill_pages(struct cr2_model *m, uint64_t n)
{
	return bench_call_map(m, BENCH_BASE, n * CR2_PAGE_SIZE,
			      CR2_MAP_PRIVATE | CR2_MAP_POPULATE);
}

static int fill_processes(struct cr2_model *m, uint64_t n)
{
	int r = 0;

	for (uint32_t i = 1; r == 0 && i <= n; i++)
		r = bench_call(m, &(struct cr2_op){.kind = CR2_OP_FORK, .child = i});
	return r;
}

static int fill_mappings(struct cr2_model *m, uint64_t n)
{
	int r = 0;

	for (uint64_t i = 0; r == 0 && i < n; i++)
		r = bench_call_map(m, BENCH_BASE + 2 * i * CR2_PAGE_SIZE, CR2_PAGE_SIZE,
				   CR2_MAP_PRIVATE);
	return r;
}

static int fill_slots(struct cr2_model *m, uint64_t n)
{
	int r = fill_pages(m, n);

	return r < 0 ? r : bench_call(m, &(struct cr2_op){
		.kind = CR2_OP_ADVISE, .advice = CR2_ADVICE_PAGEOUT, .address = BENCH_BASE,
		.length = n * CR2_PAGE_SIZE});
}

static int fill_files(struct cr2_model *m, uint64_t n)
{
	int r = 0;

	for (uint32_t i = 0; r == 0 && i < n; i++)
		r = bench_call(m, &(struct cr2_op){
			.kind = CR2_OP_FILE, .object = i, .length = CR2_PAGE_SIZE, .cold = true});
	return r;
}

/* Filled once, for copies only. */
static int prepare(struct bench_item *item, int (*fill)(struct cr2_model *m, uint64_t n))
{
	struct cr2_model_config config;
	int r;

	if (item->model_state)
		return 0;
	cr2_model_config_init(&config, CR2_PROFILE_6_18);
	config.frames += 16 * item->size;
	config.swap = true;
	r = cr2_model_create(&config, &item->model_state);
	return r < 0 ? r : fill(item->model_state, item->size);
}

static int copy(struct bench_sides *sides, struct bench_item *item, double *ret_ns,
		int (*fill)(struct cr2_model *m, uint64_t n))
{
	double start, ns = 0;
	int r;

	(void)sides;
	r = prepare(item, fill);
	for (unsigned i = 0; r == 0 && i < COPIES; i++) {
		struct cr2_model *m;

		start = bench_now();
		r = cr2_model_copy(item->model_state, &m);
		ns += bench_now() - start;
		if (r == 0)
			cr2_model_destroy(m);
	}
	*ret_ns = ns / COPIES;
	return r;
}

int model_copy_pages(struct bench_sides *sides, struct bench_item *item, double *ret_ns)
{
	return copy(sides, item, ret_ns, fill_pages);
}

int model_copy_processes(struct bench_sides *sides, struct bench_item *item, double *ret_ns)
{
	return copy(sides, item, ret_ns, fill_processes);
}

int model_copy_mappings(struct bench_sides *sides, struct bench_item *item, double *ret_ns)
{
	return copy(sides, item, ret_ns, fill_mappings);
}

int model_copy_slots(struct bench_sides *sides, struct bench_item *item, double *ret_ns)
{
	return copy(sides, item, ret_ns, fill_slots);
}

int model_copy_files(struct bench_sides *sides, struct bench_item *item, double *ret_ns)
{
	return copy(sides, item, ret_ns, fill_files);
}
