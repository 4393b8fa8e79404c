/* SPDX-License-Identifier: MIT */
/* Costs by name and by path, and two calibrations made one. */
#include <errno.h>
#include <string.h>

#include <cr2/calibration.h>

static const struct {
	const char *name, *heading;
} groups[CR2_COST_GROUPS] = {
#define X(id, name, heading) [CR2_COST_##id] = {name, heading},
#include <cr2/tables/cost_group.def>
#undef X
};

const char *cr2_cost_group_name(enum cr2_cost_group group)
{
	return (size_t)group < CR2_COST_GROUPS ? groups[group].name : NULL;
}

const char *cr2_cost_group_heading(enum cr2_cost_group group)
{
	return (size_t)group < CR2_COST_GROUPS ? groups[group].heading : NULL;
}

static size_t place_of(const struct cr2_calibration *calibration, const char *name)
{
	size_t i = 0;

	while (i < calibration->n && strcmp(calibration->costs[i].name, name) != 0)
		i++;
	return i;
}

const struct cr2_cost *cr2_calibration_find(const struct cr2_calibration *calibration,
					    const char *name)
{
	size_t i = place_of(calibration, name);

	return i < calibration->n ? &calibration->costs[i] : NULL;
}

/* A fault of a running program is none that all cores take at once, nor one of a system call. */
static bool is_like(const struct cr2_cost *cost, enum cr2_path path, bool major)
{
	return cost->ns.n && cost->path == path && cost->major == major &&
	       cost->group != CR2_COST_CORES && cost->group != CR2_COST_KERNEL;
}

int cr2_calibration_range(const struct cr2_calibration *calibration, enum cr2_path path, bool major,
			  double *ret_low, double *ret_high)
{
	double low = 0, high = 0;
	bool any = false;

	for (size_t i = 0; path != CR2_PATH_UNKNOWN && i < calibration->n; i++) {
		const struct cr2_cost *cost = &calibration->costs[i];

		if (!is_like(cost, path, major))
			continue;
		low = !any || cost->ns.low < low ? cost->ns.low : low;
		high = !any || cost->ns.high > high ? cost->ns.high : high;
		any = true;
	}
	if (!any)
		return -ENOENT;
	*ret_low = low;
	*ret_high = high;
	return 0;
}

void cr2_calibration_merge(struct cr2_calibration *calibration, const struct cr2_calibration *update)
{
	if (!cr2_machine_same(&calibration->machine, &update->machine)) {
		*calibration = *update;
		return;
	}
	calibration->load = update->load;
	calibration->stolen = update->stolen;
	calibration->preempted = update->preempted;
	for (size_t i = 0; i < update->n; i++) {
		size_t place = place_of(calibration, update->costs[i].name);

		if (place == CR2_COSTS)
			continue;
		calibration->costs[place] = update->costs[i];
		if (place == calibration->n)
			calibration->n++;
	}
}
