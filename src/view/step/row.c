/* SPDX-License-Identifier: MIT */
/* A step of a session, as it went. */
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

int cr2_view_step_json(const struct cr2_session *session, unsigned step, struct cr2_text *text)
{
	const struct cr2_names *names = &cr2_session_litmus(session)->names;
	const struct cr2_step_row *row = cr2_session_step(session, step);

	return view_json_line(json_pack("{s:s, s:i, s:i, s:s, s:s, s:o, s:s, s:i, s:b}", KEY(KIND), "step", KEY(STEP),
			(int)step, KEY(LINE), (int)row->line, KEY(PROC), cr2_name(&names->processes, row->process),
			KEY(OP), cr2_op_name(row->op), KEY(AT), place_json(names, row->has_at, &row->at), KEY(RESULT),
			cr2_result_name(row->result), KEY(FAULTS), (int)row->n_faults, KEY(FAILED), row->failed),
			      text);
}
