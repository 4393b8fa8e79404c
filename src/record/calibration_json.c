/* SPDX-License-Identifier: MIT */
/* A calibration as JSON: one object with the machine and an array of costs. */
#include <errno.h>
#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <cr2/calibration.h>

#define FORMAT 1

static json_t *figure_to_json(const struct cr2_bench_figure *f)
{
	if (!f->n)
		return json_null();
	return json_pack("{s:I, s:f, s:f, s:f, s:f, s:f}", "rounds", (json_int_t)f->n, "min", f->min,
			 "low", f->low, "median", f->median, "high", f->high, "max", f->max);
}

static json_t *cost_to_json(const struct cr2_cost *c)
{
	return json_pack("{s:s, s:s, s:s, s:s, s:b, s:b, s:o, s:I, s:I, s:i, s:s, s:s}", "case", c->name,
			 "group", cr2_cost_group_name(c->group), "unit", c->unit, "path",
			 cr2_path_name(c->path), "major", c->major, "wall", c->wall, "ns",
			 figure_to_json(&c->ns), "units", (json_int_t)c->units, "faults",
			 (json_int_t)c->faults, "refused", (int)c->refused, "note", c->note, "date",
			 c->date);
}

static json_t *to_json(const struct cr2_calibration *c)
{
	json_t *costs = json_array();

	for (size_t i = 0; i < c->n; i++)
		json_array_append_new(costs, cost_to_json(&c->costs[i]));
	if (json_array_size(costs) != c->n) {
		json_decref(costs);
		return NULL;
	}
	return json_pack("{s:i, s:{s:s, s:s, s:i}, s:{s:f, s:f, s:I}, s:o}", "format", FORMAT,
			 "machine", "cpu", c->machine.cpu, "kernel", c->machine.kernel, "cores",
			 (int)c->machine.cores, "noise", "load", c->load, "stolen", c->stolen,
			 "preempted", (json_int_t)c->preempted, "costs", costs);
}

int cr2_calibration_to_json(const struct cr2_calibration *calibration, struct cr2_text *text)
{
	json_t *root = to_json(calibration);
	char *dump = root ? json_dumps(root, JSON_INDENT(1)) : NULL;
	int r = dump ? cr2_text_append(text, dump) : -ENOMEM;

	json_decref(root);
	free(dump);
	return r < 0 ? r : cr2_text_append(text, "\n");
}

static int refuse(struct cr2_diag *diag, const json_error_t *error, size_t cost, const char *what)
{
	struct cr2_text text = {0};
	int r;

	*diag = (struct cr2_diag){0};
	if (error)
		r = cr2_text_append(&text, error->text);
	else if (cost)
		r = cr2_text_printf(&text, "cost %zu: %s", cost, what);
	else
		r = cr2_text_append(&text, what);
	if (r == 0 && error && error->line > 0) {
		diag->line = (unsigned)error->line;
		diag->column = error->column > 0 ? (unsigned)error->column : 0;
	}
	diag->message = text.data;
	diag->hint = strdup("measure anew: cr2 bench");
	if (r == 0 && diag->hint)
		return -EINVAL;
	cr2_diag_finish(diag);
	return -ENOMEM;
}

/* A name that is longer than a field was not written by cr2. */
static bool copy(char *field, size_t size, const char *value)
{
	size_t length = strlen(value);

	if (length < size)
		memcpy(field, value, length + 1);
	return length < size;
}
#define COPY(field, value) copy(field, sizeof(field), value)

static bool ascend(const struct cr2_bench_figure *f)
{
	return f->min <= f->low && f->low <= f->median && f->median <= f->high &&
	       f->high <= f->max && isfinite(f->min) && isfinite(f->max);
}

static bool figure_from_json(json_t *json, struct cr2_bench_figure *f)
{
	json_int_t rounds;

	if (json_is_null(json))
		return true;
	if (json_unpack(json, "{s:I, s:F, s:F, s:F, s:F, s:F}", "rounds", &rounds, "min", &f->min,
			"low", &f->low, "median", &f->median, "high", &f->high, "max",
			&f->max) < 0 || rounds < 1)
		return false;
	f->n = (size_t)rounds;
	return ascend(f);
}

static int group_parse(const char *name)
{
	for (int i = 0; i < CR2_COST_GROUPS; i++)
		if (strcmp(cr2_cost_group_name((enum cr2_cost_group)i), name) == 0)
			return i;
	return -EINVAL;
}

/* NULL: it was read, or is of a group that this cr2 does not know (*ret_known). */
static const char *cost_from_json(json_t *json, struct cr2_cost *c, bool *ret_known)
{
	const char *name, *group, *unit, *path, *note, *date;
	int major, wall, refused, id;
	json_int_t units, faults;
	json_t *ns;

	if (json_unpack(json, "{s:s, s:s, s:s, s:s, s:b, s:b, s:o, s:I, s:I, s:i, s:s, s:s}", "case",
			&name, "group", &group, "unit", &unit, "path", &path, "major", &major, "wall",
			&wall, "ns", &ns, "units", &units, "faults", &faults, "refused", &refused,
			"note", &note, "date", &date) < 0)
		return "a field is missing or of another type";
	id = group_parse(group);
	*ret_known = id >= 0;
	if (!*ret_known)
		return NULL;
	c->group = (enum cr2_cost_group)id;
	id = cr2_path_parse(path);
	c->path = id < 0 ? CR2_PATH_UNKNOWN : (enum cr2_path)id;
	c->major = major;
	c->wall = wall;
	if (!*name || !COPY(c->name, name) || !COPY(c->unit, unit) || !COPY(c->note, note) ||
	    !COPY(c->date, date))
		return "a text is too long";
	if (units < 0 || faults < 0 || refused < 0)
		return "a count is negative";
	c->units = (uint64_t)units;
	c->faults = (uint64_t)faults;
	c->refused = (unsigned)refused;
	return figure_from_json(ns, &c->ns) ? NULL : "its times are not in ascending order";
}

static int costs_from_json(json_t *costs, struct cr2_calibration *c, struct cr2_diag *diag)
{
	size_t i;
	json_t *json;

	if (json_array_size(costs) > CR2_COSTS)
		return refuse(diag, NULL, 0, "more costs than any cr2 writes");
	json_array_foreach(costs, i, json) {
		bool known = false;
		const char *wrong = cost_from_json(json, &c->costs[c->n], &known);

		if (wrong)
			return refuse(diag, NULL, i + 1, wrong);
		if (known)
			c->n++;
		else
			c->costs[c->n] = (struct cr2_cost){0};
	}
	return 0;
}

static int fill(json_t *root, struct cr2_calibration *c, struct cr2_diag *diag)
{
	const char *cpu, *kernel;
	json_int_t preempted;
	int format, cores;
	json_t *costs;

	if (json_unpack(root, "{s:i}", "format", &format) < 0)
		return refuse(diag, NULL, 0, "this is no calibration");
	if (format != FORMAT)
		return refuse(diag, NULL, 0, "another version of cr2 wrote this calibration");
	if (json_unpack(root, "{s:{s:s, s:s, s:i}, s:{s:F, s:F, s:I}, s:o}", "machine", "cpu", &cpu,
			"kernel", &kernel, "cores", &cores, "noise", "load", &c->load, "stolen",
			&c->stolen, "preempted", &preempted, "costs", &costs) < 0 ||
	    !json_is_array(costs) || cores < 1 || preempted < 0 ||
	    !COPY(c->machine.cpu, cpu) || !COPY(c->machine.kernel, kernel))
		return refuse(diag, NULL, 0, "the machine, the noise or the costs are missing");
	c->machine.cores = (unsigned)cores;
	c->preempted = (uint64_t)preempted;
	return costs_from_json(costs, c, diag);
}

int cr2_calibration_from_json(const char *json, size_t size, struct cr2_calibration *ret_calibration,
			      struct cr2_diag *diag)
{
	struct cr2_calibration *c = calloc(1, sizeof(*c));
	json_error_t error;
	json_t *root;
	int r;

	if (!c)
		return -ENOMEM;
	root = json_loadb(json, size, 0, &error);
	r = root ? fill(root, c, diag) : refuse(diag, &error, 0, NULL);
	json_decref(root);
	if (r == 0)
		*ret_calibration = *c;
	free(c);
	return r;
}
