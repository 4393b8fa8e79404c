/* SPDX-License-Identifier: MIT */
/* cr2 bench model: the cases, and the rounds that measure both sides of each in turn. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>

#include <cr2/model.h>

#include "side.h"

static const struct bench_item items[] = {
#define X(group, name, unit, model, beside, size, wanted) \
	{CR2_BENCH_##group, #name, unit, model, beside, size, wanted, NULL, {0}, {0}, NULL, NULL, 0},
#include "model.def"
#undef X
};
#define N_ITEMS CR2_ARRAY_SIZE(items)
_Static_assert(N_ITEMS < CR2_BENCH_CASES, "memory is a case besides");

void bench_plan_init(struct bench_plan *plan, bool quick)
{
	*plan = (struct bench_plan){
		.warmup = 3,
		.rounds = quick ? 3 : 31,
		.pages = quick ? 2048 : 8192, /* so many that the first ones, with cold caches, count little */
		.growth_pages = 10000,
		.memory_pages = quick ? 1U << 16 : 1U << 20,
		.largest = quick ? 10000 : UINT64_MAX,
	};
}

/* The same order in every run. */
static int shuffle(uint64_t n, uint32_t **ret_order)
{
	uint32_t *order = malloc(n * sizeof(*order));
	uint64_t seed = 1;

	if (!order)
		return -ENOMEM;
	for (uint32_t i = 0; i < n; i++) {
		uint64_t other;

		seed = seed * 6364136223846793005ULL + 1442695040888963407ULL;
		other = (seed >> 33) % (i + 1);
		order[i] = order[other];
		order[other] = i;
	}
	*ret_order = order;
	return 0;
}

static int run_side(struct bench_sides *sides, struct bench_item *list, struct bench_item *item,
		    bool beside)
{
	struct bench_series *series = beside ? &item->beside_series : &item->model_series;
	double ns = 0;
	int r;

	if (beside && (item->absent || !item->beside))
		return 0;
	if (item->size > sides->plan->largest && item->group >= CR2_BENCH_COPIES) {
		item->absent = "not with --quick";
		return 0;
	}
	r = beside ? bench_beside_run(sides, list, item, &ns) : item->model(sides, item, &ns);
	if (r == -EOPNOTSUPP && item->absent) {
		series->n = 0;
		return 0;
	}
	return r < 0 || !sides->counting ? r : bench_series_add(series, ns);
}

/* Alternate the order, so that neither side always finds the other's warm caches. */
static int run_round(struct bench_sides *sides, struct bench_item *list, unsigned round)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < N_ITEMS; i++) {
		r = run_side(sides, list, &list[i], round % 2);
		if (r == 0)
			r = run_side(sides, list, &list[i], !(round % 2));
	}
	return r;
}

static int run_rounds(struct bench_sides *sides, struct bench_item *list)
{
	const struct bench_plan *plan = sides->plan;
	unsigned all = plan->warmup + plan->rounds;
	int r = 0;

	for (unsigned round = 0; r == 0 && round < all; round++) {
		if (plan->progress)
			plan->progress(round, all);
		sides->counting = round >= plan->warmup;
		r = run_round(sides, list, round);
	}
	return r;
}

static void report_items(struct bench_item *list, struct cr2_bench_report *report)
{
	for (size_t i = 0; i < N_ITEMS; i++)
		report->cases[report->n++] = (struct cr2_bench_case){
			.group = list[i].group,
			.name = list[i].name,
			.unit = list[i].unit,
			.size = list[i].group >= CR2_BENCH_COPIES ? list[i].size : 0,
			.model = bench_series_figure(&list[i].model_series),
			.beside = bench_series_figure(&list[i].beside_series),
			.absent = list[i].absent,
			.ratio_wanted = list[i].ratio_wanted,
		};
}

static int report_memory(const struct bench_plan *plan, struct cr2_bench_report *report)
{
	struct cr2_bench_case *c = &report->cases[report->n];
	int r;

	*c = (struct cr2_bench_case){
		.group = CR2_BENCH_MEMORY,
		.name = "memory",
		.unit = "page",
		.bytes_wanted = 64,
	};
	r = model_memory(plan, &c->bytes, &c->absent);
	if (r == 0)
		report->n++;
	return r;
}

static void finish(struct bench_sides *sides, struct bench_item *list)
{
	for (size_t i = 0; i < N_ITEMS; i++) {
		bench_series_finish(&list[i].model_series);
		bench_series_finish(&list[i].beside_series);
		cr2_model_destroy(list[i].model_state);
	}
	bench_beside_finish(sides);
	cr2_model_destroy(sides->model);
	free(sides->order);
}

static void report_machine(const struct bench_plan *plan, struct cr2_bench_report *report)
{
	struct utsname name;

	if (uname(&name) == 0)
		memcpy(report->kernel, name.release, sizeof(report->kernel));
	report->profile = cr2_profile_name(CR2_PROFILE_6_18);
	report->rounds = plan->rounds;
	report->pages = plan->pages;
}

int bench_model(const struct bench_plan *plan, struct cr2_bench_report *ret_report)
{
	struct cr2_bench_report report = {0};
	struct bench_item list[N_ITEMS];
	struct bench_sides sides = {.plan = plan, .memfd = -1, .to_child = -1, .from_child = -1};
	int r = bench_pin(&report.cpu);

	memcpy(list, items, sizeof(list));
	report_machine(plan, &report);
	if (r == 0)
		r = shuffle(plan->growth_pages, &sides.order);
	if (r == 0)
		r = bench_beside_start(&sides, list);
	if (r == 0)
		r = report_memory(plan, &report);
	if (r == 0)
		r = run_rounds(&sides, list);
	if (r == 0) {
		report_items(list, &report);
		*ret_report = report;
	}
	finish(&sides, list);
	return r;
}
