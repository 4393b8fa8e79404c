/* SPDX-License-Identifier: MIT */
/* What grows with a scenario: each case in a model of its own, whose size the case says. */
#include <errno.h>
#include <string.h>

#include <cr2/litmus.h>
#include <cr2/model.h>
#include <cr2/run.h>

#include "side.h"

static int create(struct cr2_model **ret_model)
{
	struct cr2_model_config config;

	cr2_model_config_init(&config, CR2_PROFILE_6_18);
	config.swap = true;
	return cr2_model_create(&config, ret_model);
}

/* As many mappings as the case says, from the highest address down. */
int model_maps_down(struct bench_sides *sides, struct bench_item *item, double *ret_ns)
{
	struct cr2_model *m;
	int r = create(&m);
	double start = bench_now();

	(void)sides;
	if (r < 0)
		return r;
	for (uint64_t i = item->size; r == 0 && i-- > 0;)
		r = bench_call_map(m, BENCH_BASE + 2 * i * CR2_PAGE_SIZE, CR2_PAGE_SIZE,
				   CR2_MAP_PRIVATE);
	*ret_ns = (bench_now() - start) / (double)item->size;
	cr2_model_destroy(m);
	return r;
}

int model_pageout(struct bench_sides *sides, struct bench_item *item, double *ret_ns)
{
	struct cr2_model *m;
	int r = create(&m);
	double start;

	(void)sides;
	if (r < 0)
		return r;
	r = bench_call_map(m, BENCH_BASE, item->size * CR2_PAGE_SIZE,
			   CR2_MAP_PRIVATE | CR2_MAP_POPULATE);
	start = bench_now();
	if (r == 0)
		r = bench_call(m, &(struct cr2_op){
			.kind = CR2_OP_ADVISE, .advice = CR2_ADVICE_PAGEOUT,
			.address = BENCH_BASE, .length = item->size * CR2_PAGE_SIZE});
	*ret_ns = (bench_now() - start) / (double)item->size;
	cr2_model_destroy(m);
	return r;
}

/* The first touch of shared memory so far behind its start, in pages. */
int model_far_touch(struct bench_sides *sides, struct bench_item *item, double *ret_ns)
{
	struct cr2_model *m;
	int r = create(&m);
	double start;

	(void)sides;
	if (r < 0)
		return r;
	r = bench_call_map(m, BENCH_BASE, item->size * CR2_PAGE_SIZE,
			   CR2_MAP_SHARED | CR2_MAP_NORESERVE);
	start = bench_now();
	if (r == 0)
		r = bench_call(m, &(struct cr2_op){
			.kind = CR2_OP_WRITE, .value = 1,
			.address = BENCH_BASE + (item->size - 1) * CR2_PAGE_SIZE});
	*ret_ns = bench_now() - start;
	cr2_model_destroy(m);
	return r;
}

/* A process forks a process that forks ...; each reads what the first has mapped. */
static int write_descent(struct cr2_text *text, uint64_t names)
{
	int r = cr2_text_append(text, "map m 1 rw\nfork p0\n");

	for (uint64_t i = 1; r == 0 && i < names; i++)
		r = cr2_text_printf(text, "p%llu: fork p%llu\np%llu: read m\n",
				    (unsigned long long)i - 1, (unsigned long long)i,
				    (unsigned long long)i);
	return r;
}

int model_names(struct bench_sides *sides, struct bench_item *item, double *ret_ns)
{
	struct cr2_text text = {0};
	struct cr2_litmus litmus;
	struct cr2_diag diag = {0};
	int r = write_descent(&text, item->size);
	double start = bench_now();

	(void)sides;
	if (r == 0)
		r = cr2_litmus_parse("bench", text.data, text.length, &litmus, &diag);
	*ret_ns = (bench_now() - start) / (double)item->size;
	if (r == 0)
		cr2_litmus_finish(&litmus);
	cr2_diag_finish(&diag);
	cr2_text_finish(&text);
	return r;
}

/* Runs the scenario, and compares it with itself: what a step of both costs. */
static int run_and_compare(const struct cr2_litmus *litmus, struct cr2_runner *runner,
			   double *ret_ns)
{
	struct cr2_differences differences;
	struct cr2_run run;
	double start = bench_now();
	int r = cr2_litmus_run(litmus, runner, NULL, NULL, &run);

	if (r == 0)
		r = cr2_litmus_compare(litmus, &run, &run, &differences);
	if (r == 0) {
		*ret_ns = (bench_now() - start) / (double)run.observations.count;
		r = differences.count ? -EPROTO : 0;
		cr2_differences_finish(&differences);
	}
	cr2_run_finish(&run);
	return r;
}

/* Takes the text over. */
static int run_text(struct cr2_text *text, int r, double *ret_ns)
{
	struct cr2_model_config config;
	struct cr2_runner *runner = NULL;
	struct cr2_litmus litmus;
	struct cr2_diag diag = {0};

	cr2_model_config_init(&config, CR2_PROFILE_6_18);
	if (r == 0)
		r = cr2_runner_model_create(&config, &runner);
	if (r == 0)
		r = cr2_litmus_parse("bench", text->data, text->length, &litmus, &diag);
	if (r == 0) {
		r = run_and_compare(&litmus, runner, ret_ns);
		cr2_litmus_finish(&litmus);
	}
	cr2_runner_destroy(runner);
	cr2_diag_finish(&diag);
	cr2_text_finish(text);
	return r;
}

int model_run_maps(struct bench_sides *sides, struct bench_item *item, double *ret_ns)
{
	struct cr2_text text = {0};
	int r = 0;

	(void)sides;
	for (unsigned i = 0; r == 0 && i < item->size; i++)
		r = cr2_text_printf(&text, "map m%u 1 rw\nwrite m%u\n", i, i);
	return run_text(&text, r, ret_ns);
}

int model_run_forks(struct bench_sides *sides, struct bench_item *item, double *ret_ns)
{
	struct cr2_text text = {0};
	int r = cr2_text_append(&text, "map m 4 rw\nwrite m@0..3\n");

	(void)sides;
	for (unsigned i = 0; r == 0 && i < item->size; i++)
		r = cr2_text_printf(&text, "fork p%u\n", i);
	return run_text(&text, r, ret_ns);
}

int model_run_writes(struct bench_sides *sides, struct bench_item *item, double *ret_ns)
{
	struct cr2_text text = {0};

	(void)sides;
	return run_text(&text, cr2_text_printf(&text, "map m 100000 rw\nwrite m@0..%u\n",
					       (unsigned)item->size - 1), ret_ns);
}

int model_run_beside(struct bench_sides *sides, struct bench_item *item, double *ret_ns)
{
	struct cr2_text text = {0};

	(void)sides;
	return run_text(&text, cr2_text_printf(&text, "map big %u rw\nmap m 2000 rw\n"
					       "write m@0..1999\n", (unsigned)item->size), ret_ns);
}
