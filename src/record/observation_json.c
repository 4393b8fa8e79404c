/* SPDX-License-Identifier: MIT */
/* Observations as JSON lines: the format of LITMUS.md, written and read. */
#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cr2/record.h>

static json_t *faults_to_json(const struct cr2_observation *o)
{
	json_t *faults = json_array();

	for (size_t i = 0; i < o->n_faults; i++) {
		const struct cr2_observed_fault *f = &o->faults[i];
		char err[24];

		snprintf(err, sizeof(err), "0x%" PRIx64, f->error_code);
		json_array_append_new(faults, json_pack("{s:s, s:s, s:b, s:s}", "err", err,
			"at", f->at, "major", f->major, "path", cr2_path_name(f->path)));
	}
	return faults;
}

static json_t *state_to_json(const struct cr2_observation *o)
{
	json_t *state = json_object();

	for (size_t i = 0; i < o->n_processes; i++) {
		const struct cr2_observed_process *p = &o->state[i];
		json_t *mappings = json_object();

		for (size_t j = 0; j < p->n_mappings; j++)
			json_object_set_new(mappings, p->mappings[j].name,
					    json_string(p->mappings[j].tokens));
		json_object_set_new(state, p->name, mappings);
	}
	return state;
}

int cr2_observation_to_json(const struct cr2_observation *o, struct cr2_text *text)
{
	json_t *root = json_pack("{s:I, s:I, s:s, s:s}", "step", (json_int_t)o->step,
				 "line", (json_int_t)o->line, "proc", o->process,
				 "op", cr2_op_name(o->op));
	char *dump;
	int r = -ENOMEM;

	if (o->at)
		json_object_set_new(root, "at", json_string(o->at));
	json_object_set_new(root, "result", json_string(cr2_result_name(o->result)));
	if (o->has_value)
		json_object_set_new(root, "value", json_integer(o->value));
	if (o->either)
		json_object_set_new(root, "either", json_true());
	json_object_set_new(root, "faults", faults_to_json(o));
	json_object_set_new(root, "state", state_to_json(o));
	dump = json_dumps(root, JSON_COMPACT);
	json_decref(root);
	if (dump) {
		r = cr2_text_append(text, dump);
		if (r == 0)
			r = cr2_text_append(text, "\n");
	}
	free(dump);
	return r;
}

static int copy(const char *s, char **ret)
{
	*ret = s ? strdup(s) : NULL;
	return s && !*ret ? -ENOMEM : 0;
}

/* Names are read by the table they come from; what it lacks (a newer cr2 wrote it) is unknown. */
static int fault_from_json(json_t *json, struct cr2_observed_fault *f)
{
	const char *err, *at, *path = "unknown", *evidence = "unknown";
	int major, id;

	if (json_unpack(json, "{s:s, s:s, s:b, s?s, s?s}", "err", &err, "at", &at, "major", &major,
			"path", &path, "evidence", &evidence) < 0 ||
	    cr2_parse_u64(err, &f->error_code) < 0)
		return -EINVAL;
	f->major = major;
	id = cr2_path_parse(path);
	f->path = id < 0 ? CR2_PATH_UNKNOWN : (enum cr2_path)id;
	id = cr2_evidence_parse(evidence);
	f->evidence = id < 0 ? CR2_EVIDENCE_UNKNOWN : (enum cr2_evidence)id;
	return copy(at, &f->at);
}

static int faults_from_json(json_t *json, struct cr2_observation *o)
{
	size_t n = json_array_size(json);

	o->faults = n ? calloc(n, sizeof(*o->faults)) : NULL;
	if (n && !o->faults)
		return -ENOMEM;
	for (; o->n_faults < n; o->n_faults++) {
		int r = fault_from_json(json_array_get(json, o->n_faults), &o->faults[o->n_faults]);

		if (r < 0)
			return r;
	}
	return 0;
}

static int mappings_from_json(json_t *json, struct cr2_observed_process *p)
{
	const char *name;
	json_t *tokens;
	int r = 0;

	if (!json_is_object(json))
		return -EINVAL;
	p->mappings = calloc(json_object_size(json) + 1, sizeof(*p->mappings));
	if (!p->mappings)
		return -ENOMEM;
	json_object_foreach(json, name, tokens) {
		struct cr2_observed_mapping *m = &p->mappings[p->n_mappings++];

		if (!json_is_string(tokens))
			return -EINVAL;
		r = copy(name, &m->name);
		if (r == 0)
			r = copy(json_string_value(tokens), &m->tokens);
		if (r < 0)
			return r;
	}
	return 0;
}

static int state_from_json(json_t *json, struct cr2_observation *o)
{
	const char *name;
	json_t *mappings;

	o->state = calloc(json_object_size(json) + 1, sizeof(*o->state));
	if (!o->state)
		return -ENOMEM;
	json_object_foreach(json, name, mappings) {
		struct cr2_observed_process *p = &o->state[o->n_processes++];
		int r = copy(name, &p->name);

		if (r == 0)
			r = mappings_from_json(mappings, p);
		if (r < 0)
			return r;
	}
	return 0;
}

static int fill(json_t *root, struct cr2_observation *o)
{
	const char *process, *op, *at = NULL, *result;
	json_t *faults, *state;
	int step, line, value = -1, either = 0, kind, code, r;

	if (json_unpack(root, "{s:i, s:i, s:s, s:s, s?s, s:s, s?i, s?b, s:o, s:o}", "step", &step,
			"line", &line, "proc", &process, "op", &op, "at", &at, "result", &result,
			"value", &value, "either", &either, "faults", &faults, "state", &state) < 0 ||
	    !json_is_array(faults) || !json_is_object(state))
		return -EINVAL;
	kind = cr2_op_parse(op);
	code = cr2_result_parse(result);
	if (kind < 0 || step < 0 || line < 0 || value > 255)
		return -EINVAL;
	o->step = (unsigned)step;
	o->line = (unsigned)line;
	o->op = (enum cr2_op_kind)kind;
	o->result = code < 0 ? CR2_RESULT_UNKNOWN : (enum cr2_result)code;
	o->has_value = value >= 0;
	o->either = either;
	o->value = (uint8_t)(value < 0 ? 0 : value);
	r = copy(process, &o->process);
	if (r == 0)
		r = copy(at, &o->at);
	if (r == 0)
		r = faults_from_json(faults, o);
	return r < 0 ? r : state_from_json(state, o);
}

int cr2_observation_from_json(const char *line, struct cr2_observation *ret_o)
{
	struct cr2_observation o = {0};
	json_t *root = json_loads(line, 0, NULL);
	int r = root ? fill(root, &o) : -EINVAL;

	json_decref(root);
	if (r < 0) {
		cr2_observation_finish(&o);
		return r;
	}
	*ret_o = o;
	return 0;
}
