/* SPDX-License-Identifier: MIT */
/* All that a session went through, as rows: for a line of time, on which one goes to and fro. */
#include <cr2/view_step.h>

#include "record/json.h"

static json_t *place_json(const struct cr2_names *names, bool has_at, const struct cr2_ref *at)
{
	struct cr2_text text = {0};
	json_t *json = json_null();

	if (has_at)
		json = cr2_ref_append(names, at, &text) < 0 ? NULL : json_string(text.data);
	cr2_text_finish(&text);
	return json;
}

static json_t *steps_json(const struct cr2_session *session, const struct cr2_names *names)
{
	json_t *list = json_array();

	for (unsigned i = 1; i <= cr2_session_steps(session); i++) {
		const struct cr2_step_row *row = cr2_session_step(session, i);

		json_array_append_new(list, json_pack("{s:i, s:s, s:s, s:o, s:s, s:i, s:b}", KEY(LINE), (int)row->line,
			KEY(PROC), cr2_name(&names->processes, row->process), KEY(OP), cr2_op_name(row->op),
			KEY(AT), place_json(names, row->has_at, &row->at), KEY(RESULT),
			cr2_result_name(row->result), KEY(FAULTS), (int)row->n_faults, KEY(FAILED), row->failed));
	}
	return list;
}

static json_t *faults_json(const struct cr2_session *session, const struct cr2_names *names)
{
	json_t *list = json_array();
	size_t n;
	const struct cr2_fault_facts *faults = cr2_session_faults(session, &n);

	for (size_t i = 0; i < n; i++) {
		const struct cr2_fault_facts *f = &faults[i];

		json_array_append_new(list, json_pack("{s:i, s:i, s:i, s:o, s:o, s:o, s:s?, s:s, s:b}", KEY(STEP),
			(int)f->step, KEY(FAULT_NUMBER), (int)f->number, KEY(STAGES), (int)f->n_stages, KEY(ERROR),
			view_json_hex(f->error_code), KEY(ADDR), view_json_hex(f->address), KEY(AT),
			place_json(names, f->has_at, &f->at), KEY(PATH), cr2_path_name(f->path), KEY(RESULT),
			cr2_result_name(f->result), KEY(MAJOR), f->major));
	}
	return list;
}

int cr2_view_timeline_json(const struct cr2_session *session, struct cr2_text *text)
{
	const struct cr2_litmus *litmus = cr2_session_litmus(session);

	return view_json_line(json_pack("{s:s, s:s?, s:o, s:o}", KEY(KIND), "timeline", KEY(TITLE), litmus->title,
					KEY(STEPS), steps_json(session, &litmus->names), KEY(FAULTS),
					faults_json(session, &litmus->names)),
			      text);
}
