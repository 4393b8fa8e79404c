/* SPDX-License-Identifier: MIT */
/* A benchmark as JSON: a line a case. */
#include "record/json.h"

#include <cr2/view_bench.h>

static const char *const groups[CR2_BENCH_GROUPS] = {
	[CR2_BENCH_FAULTS] = "faults",   [CR2_BENCH_ACCESSES] = "accesses",
	[CR2_BENCH_OBSERVER] = "observer", [CR2_BENCH_MEMORY] = "memory",
	[CR2_BENCH_COPIES] = "copies",
	[CR2_BENCH_SPACE] = "space",     [CR2_BENCH_VMAS] = "vmas",
	[CR2_BENCH_GROWTH] = "growth",
};

static json_t *number(bool known, double value)
{
	return known ? json_real(value) : json_null();
}

static json_t *spread(const struct cr2_bench_figure *figure)
{
	if (!figure->n)
		return json_null();
	return json_pack("{s:f, s:f, s:f, s:f}", KEY(MIN), figure->min, KEY(LOW), figure->low,
			 KEY(HIGH), figure->high, KEY(MAX), figure->max);
}

static void add_target(json_t *root, const struct cr2_bench_case *c)
{
	double ratio = cr2_bench_ratio(c);

	if (c->ratio_wanted > 0) {
		json_object_set_new(root, KEY(RATIO_WANTED), json_real(c->ratio_wanted));
		json_object_set_new(root, KEY(MET),
				    ratio > 0 ? json_boolean(ratio >= c->ratio_wanted) : json_null());
	}
	if (c->group != CR2_BENCH_MEMORY)
		return;
	json_object_set_new(root, KEY(BYTES), number(!c->absent, c->bytes));
	json_object_set_new(root, KEY(BYTES_WANTED), json_real(c->bytes_wanted));
	json_object_set_new(root, KEY(MET),
			    c->absent ? json_null() : json_boolean(c->bytes <= c->bytes_wanted));
}

static json_t *case_json(const struct cr2_bench_report *report, const struct cr2_bench_case *c)
{
	double ratio = cr2_bench_ratio(c);
	json_t *root = json_object();

	json_object_set_new(root, KEY(CASE), json_string(c->name));
	json_object_set_new(root, KEY(MODEL_NS), number(c->model.n, c->model.median));
	json_object_set_new(root, KEY(KERNEL_NS), number(c->beside.n, c->beside.median));
	json_object_set_new(root, KEY(RATIO), number(ratio > 0, ratio));
	json_object_set_new(root, KEY(GROUP), json_string(groups[c->group]));
	json_object_set_new(root, KEY(UNIT), json_string(c->unit));
	if (c->size)
		json_object_set_new(root, KEY(SIZE), json_integer((json_int_t)c->size));
	json_object_set_new(root, KEY(MODEL_SPREAD), spread(&c->model));
	json_object_set_new(root, KEY(KERNEL_SPREAD), spread(&c->beside));
	if (c->absent)
		json_object_set_new(root, KEY(ABSENT), json_string(c->absent));
	add_target(root, c);
	json_object_set_new(root, KEY(ROUNDS), json_integer(report->rounds));
	json_object_set_new(root, KEY(CPU), json_integer(report->cpu));
	json_object_set_new(root, KEY(KERNEL), json_string(report->kernel));
	json_object_set_new(root, KEY(PROFILE), json_string(report->profile));
	return root;
}

int cr2_view_bench_json(const struct cr2_bench_report *report, struct cr2_text *text)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < report->n; i++)
		r = view_json_line(case_json(report, &report->cases[i]), text);
	return r;
}
