/* SPDX-License-Identifier: MIT */
/* Observations as JSON lines: the format of LITMUS.md, written. observation_read.c reads it. */
#include <stdlib.h>

#include <cr2/state.h>

#include "json.h"
#include "observation_json.h"

/* Owned text becomes JSON; NULL where r says that it could not be made. */
static json_t *text_json(struct cr2_text *text, int r)
{
	json_t *json = r == 0 ? json_stringn(text->data, text->length) : NULL;

	cr2_text_finish(text);
	return json;
}

static json_t *ref_json(const struct cr2_names *names, const struct cr2_ref *ref)
{
	struct cr2_text text = {0};

	return text_json(&text, cr2_ref_append(names, ref, &text));
}

static json_t *faults_json(const struct cr2_names *names, const struct cr2_observation *o)
{
	json_t *faults = json_array();

	for (size_t i = 0; i < o->n_faults; i++) {
		const struct cr2_observed_fault *f = &o->faults[i];

		json_array_append_new(faults, json_pack("{s:o, s:o, s:b, s:s, s:s}",
			KEY(ERROR), view_json_hex(f->error_code),
			KEY(AT), ref_json(names, &f->at), KEY(MAJOR), f->major,
			KEY(PATH), cr2_path_name(f->path),
			KEY(EVIDENCE), cr2_evidence_name(f->evidence)));
	}
	return faults;
}

static json_t *pages_json(const struct cr2_names *names, const struct cr2_state *state,
			  uint32_t process, const struct cr2_state_mapping *mapping)
{
	struct cr2_page_list list = {0};
	struct cr2_text text = {0};
	int r = cr2_state_list(state, process, mapping->mapping, 0, mapping->pages - 1, &list);

	if (r == 0)
		r = cr2_page_list_append(names, &list, &text);
	cr2_page_list_finish(&list);
	return text_json(&text, r);
}

static json_t *process_json(const struct cr2_names *names, const struct cr2_state *state,
			    uint32_t process)
{
	struct cr2_state_mapping mapping;
	json_t *mappings = json_object();

	for (uint32_t at = 0; cr2_state_mapping(state, process, at, &mapping);
	     at = mapping.mapping + 1) {
		json_t *pages = pages_json(names, state, process, &mapping);

		if (pages)
			json_object_set_new(mappings, cr2_name(&names->mappings, mapping.mapping),
					    pages);
	}
	return mappings;
}

static json_t *state_json(const struct cr2_names *names, const struct cr2_state *state)
{
	json_t *json = json_object();

	for (uint32_t p = cr2_state_process(state, 0); p != CR2_NO_OBJECT;
	     p = cr2_state_process(state, p + 1))
		json_object_set_new(json, cr2_name(&names->processes, p),
				    process_json(names, state, p));
	return json;
}

json_t *observation_json(const struct cr2_names *names, const struct cr2_state *state,
			 const struct cr2_observation *o)
{
	json_t *root = json_pack("{s:I, s:I, s:s, s:s}", KEY(STEP), (json_int_t)o->step,
				 KEY(LINE), (json_int_t)o->line,
				 KEY(PROC), cr2_name(&names->processes, o->process),
				 KEY(OP), cr2_op_name(o->op));

	if (o->has_at)
		json_object_set_new(root, KEY(AT), ref_json(names, &o->at));
	json_object_set_new(root, KEY(RESULT), json_string(cr2_result_name(o->result)));
	if (o->has_value)
		json_object_set_new(root, KEY(VALUE), json_integer(o->value));
	if (o->either)
		json_object_set_new(root, KEY(EITHER), json_true());
	json_object_set_new(root, KEY(FAULTS), faults_json(names, o));
	json_object_set_new(root, KEY(STATE), state_json(names, state));
	return root;
}

int cr2_observation_to_json(const struct cr2_names *names, const struct cr2_state *state,
			    const struct cr2_observation *o, struct cr2_text *text)
{
	return view_json_line(observation_json(names, state, o), text);
}

int cr2_observations_to_json(const struct cr2_observations *list, struct cr2_text *text)
{
	struct cr2_state *state;
	int r = cr2_state_create(&state);

	if (r < 0)
		return r;
	for (size_t i = 0; i < list->count && r == 0; i++) {
		r = cr2_state_apply(state, &list->items[i]);
		if (r == 0)
			r = cr2_observation_to_json(&list->names, state, &list->items[i], text);
	}
	cr2_state_destroy(state);
	return r;
}
