/* SPDX-License-Identifier: MIT */
/* What faults cost as JSON: a line a case. */
#include "record/json.h"

#include <cr2/view_bench.h>

static json_t *spread(const struct cr2_bench_figure *f)
{
	if (!f->n)
		return json_null();
	return json_pack("{s:f, s:f, s:f, s:f}", "min", f->min, "low", f->low, "high", f->high, "max",
			 f->max);
}

static json_t *cost_json(const struct cr2_calibration *c, const struct cr2_cost *cost)
{
	json_t *root = json_object();
	bool known = cost->ns.n > 0;

	json_object_set_new(root, "case", json_string(cost->name));
	json_object_set_new(root, "ns", known ? json_real(cost->ns.median) : json_null());
	json_object_set_new(root, "unit", json_string(cost->unit));
	json_object_set_new(root, "spread", spread(&cost->ns));
	json_object_set_new(root, "rounds", json_integer((json_int_t)cost->ns.n));
	json_object_set_new(root, "refused_rounds", json_integer(cost->refused));
	json_object_set_new(root, "group", json_string(cr2_cost_group_name(cost->group)));
	json_object_set_new(root, "path", cost->path == CR2_PATH_UNKNOWN ? json_null()
				: json_string(cr2_path_name(cost->path)));
	json_object_set_new(root, "major", json_boolean(cost->major));
	json_object_set_new(root, "clock", json_string(cost->wall ? "elapsed" : "thread"));
	json_object_set_new(root, "units", json_integer((json_int_t)cost->units));
	json_object_set_new(root, "faults", json_integer((json_int_t)cost->faults));
	if (cost->note[0])
		json_object_set_new(root, known ? "note" : "absent", json_string(cost->note));
	json_object_set_new(root, "date", json_string(cost->date));
	json_object_set_new(root, "cpu", json_string(c->machine.cpu));
	json_object_set_new(root, "kernel", json_string(c->machine.kernel));
	json_object_set_new(root, "cores", json_integer(c->machine.cores));
	json_object_set_new(root, "load", json_real(c->load));
	json_object_set_new(root, "stolen", json_real(c->stolen));
	json_object_set_new(root, "preempted", json_integer((json_int_t)c->preempted));
	return root;
}

int cr2_view_costs_json(const struct cr2_calibration *calibration, struct cr2_text *text)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < calibration->n; i++)
		r = view_json_line(cost_json(calibration, &calibration->costs[i]), text);
	return r;
}
