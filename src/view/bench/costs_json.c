/* SPDX-License-Identifier: MIT */
/* What faults cost as JSON: a line a case. */
#include "record/json.h"

#include <cr2/view_bench.h>

static json_t *spread(const struct cr2_bench_figure *f)
{
	if (!f->n)
		return json_null();
	return json_pack("{s:f, s:f, s:f, s:f}", KEY(MIN), f->min, KEY(LOW), f->low,
			 KEY(HIGH), f->high, KEY(MAX), f->max);
}

static json_t *cost_json(const struct cr2_calibration *c, const struct cr2_cost *cost)
{
	json_t *root = json_object();
	bool known = cost->ns.n > 0;

	json_object_set_new(root, KEY(CASE), json_string(cost->name));
	json_object_set_new(root, KEY(NS), known ? json_real(cost->ns.median) : json_null());
	json_object_set_new(root, KEY(UNIT), json_string(cost->unit));
	json_object_set_new(root, KEY(SPREAD), spread(&cost->ns));
	json_object_set_new(root, KEY(ROUNDS), json_integer((json_int_t)cost->ns.n));
	json_object_set_new(root, KEY(REFUSED_ROUNDS), json_integer(cost->refused));
	json_object_set_new(root, KEY(GROUP), json_string(cr2_cost_group_name(cost->group)));
	json_object_set_new(root, KEY(PATH), cost->path == CR2_PATH_UNKNOWN ? json_null()
				: json_string(cr2_path_name(cost->path)));
	json_object_set_new(root, KEY(MAJOR), json_boolean(cost->major));
	json_object_set_new(root, KEY(CLOCK), json_string(cost->wall ? "elapsed" : "thread"));
	json_object_set_new(root, KEY(UNITS), json_integer((json_int_t)cost->units));
	json_object_set_new(root, KEY(FAULTS), json_integer((json_int_t)cost->faults));
	if (cost->note[0])
		json_object_set_new(root, known ? KEY(NOTE) : KEY(ABSENT), json_string(cost->note));
	json_object_set_new(root, KEY(DATE), json_string(cost->date));
	json_object_set_new(root, KEY(CPU_MODEL), json_string(c->machine.cpu));
	json_object_set_new(root, KEY(KERNEL), json_string(c->machine.kernel));
	json_object_set_new(root, KEY(CORES), json_integer(c->machine.cores));
	json_object_set_new(root, KEY(LOAD), json_real(c->load));
	json_object_set_new(root, KEY(STOLEN), json_real(c->stolen));
	json_object_set_new(root, KEY(PREEMPTED), json_integer((json_int_t)c->preempted));
	return root;
}

int cr2_view_costs_json(const struct cr2_calibration *calibration, struct cr2_text *text)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < calibration->n; i++)
		r = view_json_line(cost_json(calibration, &calibration->costs[i]), text);
	return r;
}
